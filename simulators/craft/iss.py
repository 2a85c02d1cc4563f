"""The station's truth as parameters of NASA's feed: attitude, Russian segment, clocks.

What power, heat, bearings, antennas and cabin make is in iss_systems.py and iss_cabin.py; what
stands still is in steady.py. Ids that say SIM are ours: the feed has no such channel.
"""

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from simulators.craft.iss_cabin import eclss_truth
from simulators.craft.motion import Authority, Controller
from simulators.craft.station import Station
from simulators.craft.steady import STEADY
from simulators.physics.control import Gains
from simulators.physics.vector import Vector
from telemetry.clock import SECOND_NS

#: GPS seconds begin on 6 January 1980 and have no leap seconds: 18 of them since.
_GPS_UNIX_S: Final = 315_964_800 - 18
_SLOW_RATE_RAD_S: Final = math.radians(0.1)
#: USLAB000012.
_STANDBY, _CMG, _CMG_THRUSTER_ASSIST, _FREE_DRIFT = 3, 4, 5, 7
#: RUSSEG000025.
_THRUSTERS, _GYRODINES, _TRANSLATION, _HELP_CMGS, _RS_DRIFT = 1, 2, 5, 6, 7
#: RUSSEG000021.
_LVLH, _DAMPING = 1, 5
#: RUSSEG000001 and USLAB000086.
_RS_STANDARD, _RS_REBOOST, _RS_PROXIMITY = 7, 3, 4
_STANDARD, _REBOOST, _PROXIMITY = 1, 4, 8
_DOCKING_FLAGS: Final = tuple(f"RUSSEG{number:06}" for number in range(13, 20))
_AUTHORITIES: Final = {authority: code for code, authority in enumerate(Authority)}
_AXES: Final = "XYZ"


def truth(station: Station, subsystem: str) -> Mapping[str, float]:
    """The station's true values by parameter id; what is left out stands at its nominal value."""
    match subsystem:
        case "adcs":
            return adcs(station)
        case "rs":
            return rs(station)
        case "cdh":
            return cdh(station)
        case "sim":
            return sim(station)
        case "eclss":
            return {**STEADY["eclss"], **eclss_truth(station.cabin)}
        case "comm":
            # it transmits while the link is there, by whatever the scenario says gives it
            carried = {"Z1000013": station.link_state.ku}
            return {**STEADY["comm"], **station.systems.truth("comm"), **carried}
        case _:
            return {**STEADY[subsystem], **station.systems.truth(subsystem)}


def adcs(station: Station) -> Mapping[str, float]:
    control, orbit = station.control, station.conditions.orbit
    motion = control.motion
    values = {
        **STEADY["adcs"],
        **station.systems.bearings(),
        "USLAB000005": sum(control.cmgs),
        "USLAB000009": math.sqrt(sum(h * h for h in motion.momentum_nms)),
        "USLAB000010": control.momentum_pct,
        "USLAB000011": not control.desaturation,
        "USLAB000012": _us_mode(station),
        "USLAB000016": control.controller is Controller.MOMENTUM_MANAGEMENT,
        "USLAB000038": control.capacity_nms,
        "USLAB000039": control.mass.mass_kg,
        "USLAB000040": math.degrees(orbit.beta_rad),
        "USLAB000041": control.lost_cmg,
        "USLAB000042": control.lost_station,
        "USLAB000081": control.manoeuvring,
        "USLAB000102": station.time_ns / SECOND_NS - _GPS_UNIX_S,
    }
    for number, used in enumerate(control.cmgs, start=1):
        values[f"USLAB{number:06}"] = used
    values |= _vector(6, control.wanted_nm)
    values |= _vector(22, control.error_rad, math.degrees(1))
    values |= _vector(25, motion.rate_rad_s, math.degrees(1))
    values |= _vector(32, orbit.position_km)
    values |= _vector(35, orbit.velocity_km_s, 1_000)
    for first, quaternion in ((18, motion.attitude), (28, control.reference.attitude)):
        sign = -1 if quaternion[0] < 0 else 1  # both signs mean the same; the feed's scalar is > 0
        values |= {f"USLAB{first + i:06}": sign * part for i, part in enumerate(quaternion)}
    return values


def rs(station: Station) -> Mapping[str, float]:
    control, approach = station.control, station.approach
    values: dict[str, float] = {
        **STEADY["rs"],
        "RUSSEG000001": _RS_STANDARD,
        "RUSSEG000021": _LVLH,
        "RUSSEG000022": control.authority.by_jets,
        "RUSSEG000023": control.authority in (Authority.LOST, Authority.DRIFT),
        "RUSSEG000024": station.thrusters_terminated,
        "RUSSEG000025": _dynamic_mode(station),
        **{flag: flag in station.stack.flags for flag in _DOCKING_FLAGS},
    }
    if control.authority.by_jets and math.hypot(*control.rate_error_rad_s) > _SLOW_RATE_RAD_S:
        values["RUSSEG000021"] = _DAMPING
    if station.reboosting:
        values["RUSSEG000001"] = _RS_REBOOST
    if approach is not None:
        values |= {
            "RUSSEG000005": approach.range_m,
            "RUSSEG000006": approach.rate_m_s,
            "RUSSEG000012": approach.contact,
            # in free drift the docking mechanism still draws it in
            "RUSSEG000020": approach.hooked and control.authority is not Authority.DRIFT,
        }
        if not approach.docked:
            values |= {"RUSSEG000001": _RS_PROXIMITY, "RUSSEG000002": 1}
            values |= {f"RUSSEG{number:06}": 1 for number in (8, 9, 10)}
    return values


def cdh(station: Station) -> Mapping[str, float]:
    elapsed_s = station.elapsed_s
    unix_s = station.time_ns / SECOND_NS
    year = datetime.fromtimestamp(unix_s, UTC).year
    year_start_s = datetime(year, 1, 1, tzinfo=UTC).timestamp()
    gps_s = unix_s - _GPS_UNIX_S
    approaching = station.approach is not None and not station.approach.docked
    return {
        **STEADY["cdh"],
        "USLAB000082": 4_089 + elapsed_s // 90,
        "USLAB000083": 28_711 + elapsed_s // 1_200,
        "USLAB000084": math.floor(gps_s),
        "USLAB000085": gps_s % 1.0,
        "USLAB000086": _REBOOST if station.reboosting else _PROXIMITY if approaching else _STANDARD,
        # the feed's count: hour 24 is 1 January
        "TIME_000001": (unix_s - year_start_s + 86_400) * 1_000,
        "TIME_000002": year,
    }


def sim(station: Station) -> Mapping[str, float]:
    control, orbit, links = station.control, station.conditions.orbit, station.link_state
    values = {
        "SIM_ISS_CONTROL": _AUTHORITIES[control.authority],
        "SIM_ISS_ARRAYS_HELD": station.conditions.arrays_locked,
        "SIM_ISS_RS_PROP_KG": control.russian_propellant_kg,
        "SIM_ISS_RS_ONTIME": control.russian_on_time_s,
        "SIM_ISS_LATITUDE": orbit.latitude_deg,
        "SIM_ISS_LONGITUDE": orbit.longitude_deg,
        "SIM_ISS_ALTITUDE": orbit.altitude_km,
        "SIM_ISS_SUNLIGHT": orbit.sunlight,
        "SIM_ISS_LINK_KU": links.ku,
        "SIM_ISS_LINK_S_BAND": links.s_band,
        "SIM_ISS_LINK_RUSSIAN": links.russian,
        **_gains(control.gains),
    }
    for axis, momentum_nms in zip(_AXES, control.motion.momentum_nms, strict=True):
        values[f"SIM_ISS_H_{axis}"] = momentum_nms
    return values


def _us_mode(station: Station) -> int:
    match station.control.authority:
        case Authority.LOST | Authority.DRIFT:
            return _FREE_DRIFT
        case Authority.RUSSIAN | Authority.RETURNING:
            return _STANDBY
        case _:
            return _CMG_THRUSTER_ASSIST if station.control.desaturation else _CMG


def _dynamic_mode(station: Station) -> int:
    if station.reboosting:
        return _TRANSLATION
    match station.control.authority:
        case Authority.LOST | Authority.DRIFT:
            return _RS_DRIFT
        case Authority.RUSSIAN | Authority.RETURNING:
            return _THRUSTERS
        case _:
            return _HELP_CMGS if station.control.desaturation else _GYRODINES


def _vector(first: int, values: Vector, factor: float = 1.0) -> dict[str, float]:
    return {f"USLAB{first + axis:06}": factor * value for axis, value in enumerate(values)}


def _gains(gains: Gains) -> dict[str, float]:
    matrices = {
        "ATT": gains.attitude,
        "RATE": gains.rate,
        "MOM": gains.momentum,
        "INT": gains.integral,
    }
    return {
        f"SIM_ISS_GAIN_{name}_{letter}": matrix[axis][axis] if matrix else 0.0
        for name, matrix in matrices.items()
        for axis, letter in enumerate(_AXES)
    }
