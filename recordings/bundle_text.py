"""What a bundle says to people: what it is, what was asked and announced, what is in it. Pure."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Final

import msgspec

from ingest.bundle.contents import Said
from ingest.bundle.form import ALWAYS, Looked, plain
from ingest.record import TICK
from ingest.segment import Timed
from telemetry.clock import utc
from telemetry.incident import Incident
from telemetry.moments import exact_utc
from telemetry.topics import Kind, parse

if TYPE_CHECKING:
    from recordings.bundle import Wanted

#: A longer message is not repeated in `commands.jsonl`; it is among the records.
_LONG: Final = 100_000
_ANNOUNCED: Final = frozenset({"clock", "contacts"})

_README: Final = """\
An incident bundle of stationwatch
==================================

{what}

    range    {start} to {stop} (UTC, the spacecraft's time)
    made     {created} by {by}
    notes    {notes}

`stationwatch bundle show FILE` checks it and says what is in it, `stationwatch bundle replay FILE`
plays it again. Without stationwatch, any program that reads zip files opens it:

    manifest.json         what this is, and the SHA-256 of every other file
    samples.parquet       every sample: time, spacecraft, subsystem, parameter, value, quality.
                          Opens in pandas, DuckDB and whatever else reads Parquet
    journal.jsonl         the alarm journal, one event a line; times are ns since 1970, UTC
    commands.jsonl        what was asked and announced: acknowledgements, plans, contacts, clocks
    activities.json       what was planned
    incidents.json        what alarms were grouped into, and what each began with
    missiondb/            names, units, types and limits of then: what the samples mean. TOML
    records/              what was received, exactly and in order, for stationwatch to replay:
                          length-prefixed MessagePack, compressed with Zstandard

Checksums tell damage and careless edits. They tell nothing of who forges a bundle on purpose: it is
not signed.
"""


def readme(wanted: "Wanted", incidents: Sequence[Incident]) -> bytes:
    """`README.txt`."""
    titles = [f"{one.title}, {utc(one.opened_ns)}" for one in incidents]
    return _README.format(
        what="Incidents: " + "; ".join(titles) if titles else "There was no incident in its range.",
        start=exact_utc(wanted.start_ns),
        stop=exact_utc(wanted.stop_ns),
        created=utc(wanted.created_ns),
        by=wanted.by,
        notes=wanted.notes or "none",
    ).encode()


def said(timed: Timed) -> Said | None:
    """A record as a line of `commands.jsonl`; None if it is a frame, a tick or no concern."""
    record = timed.record
    address = parse(record.topic) if record.topic != TICK else None
    if address is None:
        return None
    asked = address.root == "cmd" or address.root.endswith("-cmd")
    if not asked and (address.kind != Kind.META or address.leaf not in _ANNOUNCED):
        return None
    message = msgspec.Raw(b"null")
    if len(record.payload) <= _LONG:
        with suppress(msgspec.DecodeError, ValueError, RecursionError):
            message = msgspec.Raw(msgspec.json.encode(msgspec.json.decode(record.payload)))
    return Said(
        time=utc(timed.time_ns) if timed.time_ns else "",
        received=utc(record.received_ns),
        n=record.n,
        spacecraft=address.spacecraft,
        what=f"{address.kind} {address.leaf}" if asked else address.leaf,
        message=message,
    )


def page(looked: Looked, name: str) -> str:
    """What is in a bundle, a short page for a terminal."""
    rows = list(_rows(looked))
    width = max(len(label) for label, _ in rows)
    lines = [f"{plain(name)}: an incident bundle, sound"]
    for label, text in rows:
        first, *more = text.split("\n")
        lines.append(f"  {label:<{width}}  {plain(first)}")
        lines += [f"  {'':<{width}}  {plain(one)}" for one in more]
    return "\n".join(lines)


def _rows(looked: Looked) -> Iterator[tuple[str, str]]:
    manifest, counts = looked.manifest, looked.manifest.counts
    seconds = (manifest.stop_ns - manifest.start_ns) / 1e9
    start, stop = exact_utc(manifest.start_ns), exact_utc(manifest.stop_ns)
    yield "range", f"{start} to {stop}, {seconds:,.0f} s"
    if manifest.centre_ns:
        yield "about", exact_utc(manifest.centre_ns)
    if manifest.incident:
        yield "incident", manifest.incident
    if (first := looked.first_out) is not None:
        what = f"{first.spacecraft}/{first.alarm} {first.severity} at {utc(first.time_ns)}"
        limit = f", {first.limit}" if first.limit else ""
        title = f"{first.title}: " if first.title else ""
        yield "first out", f"{title}{what}{limit}"
    yield "notes", manifest.notes or "none"
    yield (
        "made",
        (
            f"{utc(manifest.created_ns)} by {manifest.by}, stationwatch {manifest.stationwatch}, "
            f"format {manifest.format}"
        ),
    )
    yield "spacecraft", ", ".join(manifest.spacecraft)
    yield "samples", f"{counts.samples:,} in {counts.frames:,} frames"
    yield "alarms", f"{counts.events:,} events in {counts.incidents:,} incidents"
    yield "commands", f"{counts.commands:,} commands and announcements"
    yield "plans", f"{counts.activities:,} activities"
    others = sorted(set(looked.missiondbs) - {manifest.missiondb})
    also = f", and what judged before: {', '.join(others)}" if others else ""
    yield "missiondb", f"{manifest.missiondb}{also}"
    if manifest.span is None:
        yield "records", "none: nothing of it was received, so it replays as it happened only"
    else:
        yield "records", f"{counts.records:,}, under topics {manifest.root}/"
    yield from (("note", note) for note in looked.notes)
    if not manifest.heartbeat:
        yield "note", "only changes were recorded: silence in it means nothing"
    files = len(ALWAYS) + sum(looked.missiondbs.values())
    yield "checked", f"{files} files: names, sizes, checksums, contents and counts are as they say"
    yield "seal", f"{looked.seal} (not a signature: it tells damage, not forgery)"
