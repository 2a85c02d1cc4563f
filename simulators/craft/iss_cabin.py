"""The station's air as NASA's feed shows it: Lab, Node 3 and airlock readings of one volume.

Node 3's analysers read otherwise than the Lab's in the captured snapshot; that ratio is kept. The
airlock is taken as open to the station: a spacewalk would need a volume of its own.
"""

from collections.abc import Mapping
from typing import Final

from simulators.physics.cabin import Cabin
from telemetry.clock import SECOND_NS

#: Pressurised volume, complete station: 32 333 cubic feet (NASA facts), before Nauka's 70 m3.
VOLUME_M3: Final = 915.6 + 70.0
#: Aboard from 5 to 17 October 2021: Expedition 65 with Soyuz MS-19's three.
CREW: Final = 10
#: Air scrubbed for each crew member, which holds 2.25 mmHg at average activity [A].
SCRUBBER_M3_S: Final = 0.00216
#: OGA and Elektron together, at most [A].
OXYGEN_MAX_KG_D: Final = 14.0
#: Of a sound station [A]; what was published for 2020 is of this order.
LEAKAGE_KG_D: Final = 0.3
#: Node 3 against Lab in the snapshot: oxygen 171/156, nitrogen 566/574, carbon dioxide 3.2/2.25.
_NODE_3: Final = (171 / 156, 566 / 574, 3.2 / 2.25)
#: The crew sleeps from 21:30 to 06:00 UTC. Metabolism asleep [A]; awake it makes up the day's mean.
_WAKES_H, _SLEEPS_H, _ASLEEP = 6.0, 21.5, 0.75
_AWAKE: Final = (24 - (24 - _SLEEPS_H + _WAKES_H) * _ASLEEP) / (_SLEEPS_H - _WAKES_H)


def station_cabin(crew: int = CREW) -> Cabin:
    """The station's air in equilibrium with its crew."""
    return Cabin(
        volume_m3=VOLUME_M3,
        crew=crew,
        scrubber_m3_s=crew * SCRUBBER_M3_S,
        oxygen_set_mmhg=156.0,
        oxygen_max_kg_d=OXYGEN_MAX_KG_D,
        leakage_kg_d=LEAKAGE_KG_D,
    )


def crew_activity(time_ns: int) -> float:
    """The crew's metabolism at a UTC time, of an average day's, by the station's timetable."""
    hour = time_ns // SECOND_NS % 86_400 / 3_600
    return _AWAKE if _WAKES_H <= hour < _SLEEPS_H else _ASLEEP


def eclss_truth(cabin: Cabin) -> Mapping[str, float]:
    """The atmosphere by public id; what else `eclss` holds is not the air's."""
    oxygen, nitrogen, carbon_dioxide = _NODE_3
    return {
        "USLAB000053": cabin.oxygen_mmhg,
        "USLAB000054": cabin.nitrogen_mmhg,
        "USLAB000055": cabin.carbon_dioxide_mmhg,
        "USLAB000058": cabin.pressure_mmhg,
        "USLAB000059": cabin.temperature_c,
        "NODE3000001": cabin.oxygen_mmhg * oxygen,
        "NODE3000002": cabin.nitrogen_mmhg * nitrogen,
        "NODE3000003": cabin.carbon_dioxide_mmhg * carbon_dioxide,
        "AIRLOCK000049": cabin.pressure_mmhg,
        "AIRLOCK000054": cabin.pressure_mmhg,
    }
