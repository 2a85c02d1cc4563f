"""Which parameters a store holds and of what types; the mission database alone decides that."""

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

import msgspec

from telemetry.alarm import Event
from telemetry.errors import StoreError, StoreSchemaError
from telemetry.parameter import ParameterType
from telemetry.store.base import Schema

if TYPE_CHECKING:
    from telemetry.missiondb import MissionDatabase

#: The layout of what a store writes; another number than this one is refused untouched.
SCHEMA_NUMBER: Final = 1

#: Columns every frame has beside its parameters.
TIME, RECEIVED, SEQUENCE = "time", "received", "sequence"

#: `<id>__q` is the column of a parameter's quality; what follows `__` is the store's.
QUALITY_SUFFIX = "__q"

Types = Mapping[str, ParameterType]

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
_RESERVED = frozenset((TIME, RECEIVED, SEQUENCE))


def declared(database: "MissionDatabase") -> Schema:
    """The types the mission database gives.

    :raises StoreError: if a name cannot be a table, measurement or column in every store.
    """
    schema = {
        (spacecraft.id, subsystem.id): {p.id: p.type for p in subsystem.parameters.values()}
        for spacecraft in database.spacecraft.values()
        for subsystem in spacecraft.subsystems.values()
    }
    # joined by "_" as InfluxDB's measurements are: a_b + c and a + b_c would share one
    _check_names(
        "subsystem",
        ["_".join(key) for key in schema],
        {"stationwatch_meta", "stationwatch_events", "stationwatch_recordings"},
    )
    for (spacecraft_id, subsystem_id), types in schema.items():
        _check_names("spacecraft", [spacecraft_id], set())
        _check_names("subsystem", [subsystem_id], set())
        _check_names("parameter", list(types), _RESERVED)
    return schema


def _check_names(kind: str, names: Sequence[str], reserved: set[str] | frozenset[str]) -> None:
    seen: dict[str, str] = {}
    for name in names:
        if not _NAME.fullmatch(name) or "__" in name or name.casefold() in reserved:
            raise StoreError(f"{kind} {name!r}: a store cannot use this name")
        # SQL does not tell column names apart by case
        if other := seen.get(name.casefold()):
            raise StoreError(f"{kind}s {other!r} and {name!r} have one name to a store")
        seen[name.casefold()] = name


def reconcile(stored: Schema, wanted: Schema) -> Schema:
    """What the store holds once it has been opened with a mission database.

    A parameter the mission database no longer knows keeps its type, in case it comes back.
    :raises StoreSchemaError: if a parameter's type has changed.
    """
    for (spacecraft, subsystem), types in wanted.items():
        held = stored.get((spacecraft, subsystem), {})
        for parameter, kind in types.items():
            if (before := held.get(parameter, kind)) is not kind:
                raise StoreSchemaError(
                    f"{spacecraft}/{subsystem} {parameter} is stored as {before} but the mission "
                    f"database says {kind}: give it a new id or use a new store"
                )
    return {
        key: {**stored.get(key, {}), **wanted.get(key, {})} for key in stored.keys() | wanted.keys()
    }


def check_number(number: object, where: str) -> None:
    """where: the store, as people know it.

    :raises StoreSchemaError: if another version of stationwatch wrote the store.
    """
    if number != SCHEMA_NUMBER:
        raise StoreSchemaError(
            f"{where} has schema {number!r:.20} and this version of stationwatch writes "
            f"{SCHEMA_NUMBER}: use the version that wrote it, or a new store"
        )


def encode_types(types: Types) -> str:
    return msgspec.json.encode(types).decode()


def decode_types(text: str | bytes) -> dict[str, ParameterType]:
    try:
        return msgspec.json.decode(text, type=dict[str, ParameterType])
    except (ValueError, RecursionError) as error:  # DecodeError is a ValueError
        raise StoreSchemaError(f"the store's types cannot be read: {error}") from None


def decode_event(payload: str | bytes) -> Event:
    """An event kept as JSON."""
    try:
        return msgspec.json.decode(payload, type=Event)
    except (ValueError, RecursionError) as error:  # DecodeError is a ValueError
        raise StoreSchemaError(f"a stored event cannot be read: {error}") from None


def asked(
    database: "MissionDatabase", spacecraft: str, subsystem: str, parameters: Sequence[str] | None
) -> Types:
    """The types of the parameters a caller asked for; None is all of them.

    :raises KeyError: if the mission database has no such subsystem or parameter.
    """
    known = database.subsystem(spacecraft, subsystem).parameters
    return {id_: known[id_].type for id_ in (known if parameters is None else parameters)}
