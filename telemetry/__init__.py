"""The vocabulary every other package speaks. It imports nothing of ours.

Glossary
--------
parameter
    The definition of one telemetry channel: id, name, type, unit, limits.
sample
    One value of one parameter at one time.
frame
    Samples of one spacecraft and subsystem taken together, with a sequence number.
generation time, reception time
    When the spacecraft took the samples; when ingest received them. UTC, integer nanoseconds.
stream clock
    Maps wall time to the generation time a stream is at: live, simulated or played.
limit
    The range, rate or states a parameter must keep, by severity.
severity
    NOMINAL, ADVISORY, CAUTION (yellow), WARNING (red), EMERGENCY: the classes of the ISS
    caution-and-warning system. WARNING is red and means "act now".
violation
    A parameter outside a limit for as long as the limit's persistence asks.
alarm, occurrence
    What an operator sees of a violation; one occurrence lasts from NORMAL back to NORMAL.
acknowledge, shelve, latch, return to normal (RTN)
    As in ISA-18.2. An acknowledgement names the occurrence it is for.
annunciation
    One sound-and-notify event.
activity, plan
    A planned thing with a window and a budget, such as a thruster test; and its life from proposal
    to close. In force from its approval by a second person, in its window.
derived parameter
    Computed by ingest from what was measured, and judged like any other.
incident
    One root cause's alarms on one card: first-out, cascade, consequences held back by a named rule.
late data
    Frames that arrive behind newer ones, such as a recorder's after AOS.
AOS, LOS
    Acquisition and loss of signal.
mission database
    Names, units, types, limits and responses of every parameter (`telemetry/missiondb`).
spool
    The ordered, durable log of everything ingest received; the one total order of what happened.
processor
    Decode, detect and alarm in one piece; live, replay and back-test run the same one.
recording, replay
    A stored stretch of telemetry; running it through a processor again.
"""
