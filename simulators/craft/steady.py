"""What on the station does not move in quiet flight: states and levels, by subsystem and id.

From captures of the public feed (20 February 2018, 20 May 2022), with what docking flags do not
say of October 2021. What is on when its code is 1 is not listed: the nominal value says so.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

STEADY: Final[Mapping[str, Mapping[str, float]]] = MappingProxyType(
    {
        "adcs": {
            "USLAB000005": 4,  # CMGs on line
            "USLAB000011": 0,  # desaturation enabled
            "USLAB000012": 5,  # CMG/thruster assist
            "USLAB000013": 1,  # GPS 1
            "USLAB000014": 1,  # RGA 1
            "USLAB000015": 4,  # GPS 1
            "USLAB000016": 1,  # TEA
            "USLAB000017": 0,  # LVLH
            "USLAB000039": 420_000.0,
            "USLAB000043": 0,  # doing position fixes
            "USLAB000044": 0,
            "USLAB000081": 0,  # no manoeuvre
        },
        "cdh": {
            "USLAB000086": 1,  # standard mode
            "USLAB000087": 7,
        },
        "comm": {
            "USLAB000090": 0,
            "USLAB000091": 0,
            "USLAB000094": 0,  # the second audio controller is the backup
            "USLAB000095": 3,
            "USLAB000096": 7,
            "USLAB000097": 0,
            "USLAB000098": 0,
        },
        "eclss": {
            "AIRLOCK000050": 0,
            "AIRLOCK000055": 12_802.0,
            "AIRLOCK000056": 5_625.0,
            "AIRLOCK000057": 11_619.0,
            "USLAB000062": 0.0,
            "USLAB000063": 0.0,
            "USLAB000064": 5,
            "USLAB000065": 4,
            "NODE2000003": 5,
            "NODE3000018": 5,
            "AIRLOCK000053": 4,
            "NODE3000004": 32,  # standby
            "NODE3000006": 3,  # standby
            "NODE3000007": 0,
            "NODE3000010": 1,  # process
            "NODE3000011": 2.74,
        },
        "eps": {},
        "etcs": {},
        "eva": {
            "AIRLOCK000048": 0,
            # battery chargers switched off
            **{f"AIRLOCK{number:06}": 3 for number in range(23, 47)},
        },
        "itcs": {
            "USLAB000056": 80.0,
            "USLAB000057": 80.0,
            "NODE2000001": 43.0,
            "NODE2000002": 34.0,
            "NODE3000017": 79.0,
            "NODE3000019": 60.0,
        },
        "rs": {
            "RUSSEG000001": 7,  # standard
            "RUSSEG000002": 0,
            "RUSSEG000003": 0,
            "RUSSEG000005": 96_348.0,  # Kurs holds the last approach's values
            "RUSSEG000006": 134.8,
            "RUSSEG000007": 0,
            "RUSSEG000008": 0,
            "RUSSEG000009": 0,
            "RUSSEG000010": 0,
            "RUSSEG000011": 0,
            "RUSSEG000012": 0,
            "RUSSEG000014": 0,  # Zvezda aft is free
            "RUSSEG000017": 0,
            "RUSSEG000020": 0,
            "RUSSEG000021": 1,  # LVLH
            "RUSSEG000022": 0,  # the US segment controls
            "RUSSEG000023": 0,
            "RUSSEG000024": 0,
            "RUSSEG000025": 6,  # thrusters help CMGs
        },
    }
)
