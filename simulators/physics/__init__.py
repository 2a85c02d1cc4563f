"""The spacecraft as physics: pure functions and small state machines; no clock, no I/O, no ids.

Units are in names (`torque_nm`, `rate_rad_s`); vectors and quaternions are tuples of floats, since
the inner loops take one small step at a time, where arrays cost ten times as much. Each module says
its equations, its assumptions (marked [A]) and where it ends. Axes: ISS body +X forward,
+Y starboard, +Z nadir; LVLH likewise (+X along the velocity, +Y against the orbit's normal, +Z to
the Earth's centre).
"""
