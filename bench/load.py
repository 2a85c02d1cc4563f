"""Spacecraft of any shape, and what they say, for `bench`. Pure but for the files it writes.

Every parameter is a number with limits; values wander within them, so that all is checked and
nothing is told. What is published is text made ahead, in which only the time and the sequence
number are put: the publisher must cost little beside what is measured.
"""

import random
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec

from telemetry.missiondb import SHIPPED

#: So many different texts of values a subsystem says in turn.
_TEXTS: Final = 16

_LIMITS: Final = """range.caution = { low = -10.0, high = 10.0 }
range.warning = { low = -20.0, high = 20.0 }
response = "any"
"""
_HEAD: Final = """[subsystem]
name = "{name}"
period_s = 1.0
[response.any]
cause = "A bench."
consequence = "None."
action = "None."
time_available = "Any"
"""


class Shape(msgspec.Struct, frozen=True):
    """parameters: of each subsystem. a_frame: how many of them each frame has, in turn."""

    parameters: int = 150
    a_frame: int = 150
    subsystems: int = 10
    spacecraft: int = 1

    @property
    def crafts(self) -> list[str]:
        return [f"craft{i:02}" for i in range(self.spacecraft)]

    @property
    def names(self) -> list[str]:
        return [f"sub{i:02}" for i in range(self.subsystems)]

    def ids(self, subsystem: str) -> list[str]:
        return [f"{subsystem.upper()}_{i:03}" for i in range(self.parameters)]


def write_missiondb(folder: Path, shape: Shape) -> Path:
    """As ingest takes it, with `ground` as it is shipped."""
    shutil.copytree(SHIPPED / "ground", folder / "ground")
    for craft in shape.crafts:
        home = folder / craft
        home.mkdir()
        (home / "spacecraft.toml").write_text(f'name = "{craft}"\nsource = "bench"\n')
        for name in shape.names:
            parameters = (
                f'[parameter.{id_}]\nname = "{id_}"\ntype = "float"\nunit = "V"\n{_LIMITS}'
                for id_ in shape.ids(name)
            )
            (home / f"{name}.toml").write_text(_HEAD.format(name=name) + "".join(parameters))
    return folder


def values(shape: Shape) -> dict[str, list[dict[str, float]]]:
    """Per subsystem what its frames say, one after the other, and then again."""
    r = random.Random(1)
    said = {}
    for name in shape.names:
        ids = shape.ids(name)
        turns = max(_TEXTS, -(-len(ids) // shape.a_frame))
        said[name] = [
            {
                ids[(turn * shape.a_frame + i) % len(ids)]: round(r.uniform(-9.0, 9.0), 4)
                for i in range(shape.a_frame)
            }
            for turn in range(turns)
        ]
    return said


def frames(shape: Shape, start_ns: int, step_ns: int) -> Iterator[tuple[str, str, int, int, int]]:
    """(spacecraft, subsystem, time, sequence number, which of its values), without end.

    step_ns: from one frame to the next; of one subsystem no two have the same time.
    """
    n = 0
    while True:
        turn, i = divmod(n, shape.spacecraft * shape.subsystems)
        craft, sub = divmod(i, shape.subsystems)
        yield shape.crafts[craft], shape.names[sub], start_ns + n * step_ns, turn + 1, turn
        n += 1
