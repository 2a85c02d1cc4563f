"""Finding a parameter in the mission database by what people remember of it. Pure."""

from dataclasses import dataclass

from telemetry.missiondb import MissionDatabase
from telemetry.parameter import Parameter, Spacecraft, Subsystem

#: More than fit on a page; how many more there are is said.
MAX_FOUND = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A parameter and where it is. text: all that can be searched, in lower case."""

    craft: Spacecraft
    subsystem: Subsystem
    parameter: Parameter
    text: str

    @property
    def key(self) -> str:
        return f"{self.craft.id}/{self.parameter.id}"


def entries(database: MissionDatabase) -> tuple[Entry, ...]:
    return tuple(
        Entry(craft=craft, subsystem=subsystem, parameter=parameter, text=_text(*where))
        for craft in database.spacecraft.values()
        for subsystem in craft.subsystems.values()
        for parameter in subsystem.parameters.values()
        for where in [(craft, subsystem, parameter)]
    )


def search(known: tuple[Entry, ...], words: str) -> list[Entry]:
    """Those that have every word, best first: an id, then a name, then anything else that begins
    with it. No word finds nothing."""
    wanted = words.lower().split()
    if not wanted:
        return []
    found = [one for one in known if all(word in one.text for word in wanted)]
    return sorted(found, key=lambda one: (_rank(one, wanted), one.key))


def _rank(entry: Entry, wanted: list[str]) -> int:
    """The smaller the better."""
    id_, name = entry.parameter.id.lower(), entry.parameter.name.lower()
    first = wanted[0].rpartition("/")[2]
    joined = " ".join(wanted)
    if joined in (id_, entry.key.lower(), name):
        return 0
    if id_.startswith(first):
        return 1
    if name.startswith(joined):
        return 2
    if all(any(part.startswith(word) for part in name.split()) for word in wanted):
        return 3
    return 4 if all(word in name for word in wanted) else 5


def _text(craft: Spacecraft, subsystem: Subsystem, parameter: Parameter) -> str:
    parts = (
        f"{craft.id}/{parameter.id}",
        parameter.name,
        parameter.unit,
        parameter.type.value,
        craft.name,
        subsystem.id,
        subsystem.name,
        parameter.description,
        *parameter.states.values(),
    )
    return "\n".join(parts).lower()
