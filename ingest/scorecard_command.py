"""`stationwatch scorecard`: the alarm system's own figures, from the events in the store."""

import argparse
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

from rich.console import Console, Group, RenderableType
from rich.table import Table

from telemetry.alarm import Event
from telemetry.clock import LAST_NS, SECOND_NS, SystemClock, utc
from telemetry.errors import UsageError
from telemetry.missiondb import load
from telemetry.scorecard import Axis, Figure, Scorecard, Verdict, score
from telemetry.settings import Settings
from telemetry.store.open import open_store
from telemetry.tally import DAY_NS

#: As wide as a table is made where there is no terminal.
_WIDTH: Final = 120
_LOOKS: Final = {Verdict.MET: "green", Verdict.MISSED: "bold red", Verdict.NONE: "dim"}


def scorecard_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--from", dest="start", type=_time_ns, metavar="TIME", help="(default: a day before --to)"
    )
    parser.add_argument("--to", dest="stop", type=_time_ns, metavar="TIME", help="(default: now)")
    parser.add_argument("--spacecraft", help="of this one only (default: all)")
    parser.add_argument(
        "--operators", type=_operators, default=1, metavar="N", help="on duty at once (default: 1)"
    )
    parser.add_argument(
        "--clock",
        type=Axis,
        choices=list(Axis),
        default=Axis.RECEIVED,
        help="received: when people heard it; generation: when it happened, for what was played "
        "or simulated faster than life (default: received)",
    )


async def run_scorecard(arguments: argparse.Namespace, settings: Settings) -> None:
    """Print the scorecard of a span, or in one line why there is none.

    :raises UsageError: for a span that is none, a spacecraft or a store that there is not.
    """
    database = load(settings.missiondb)
    if arguments.spacecraft and arguments.spacecraft not in database.spacecraft:
        known = ", ".join(database.spacecraft)
        message = f"no spacecraft {arguments.spacecraft!r} in the mission database; it has {known}"
        raise UsageError(message)
    require_file(settings.store)
    async with open_store(settings.store, database) as store:
        events = [one async for one in store.read_events(0, LAST_NS, arguments.spacecraft)]
    console = Console()
    if not console.is_terminal:
        console = Console(width=_WIDTH)
    console.print(
        report(
            events,
            arguments.start,
            arguments.stop,
            axis=arguments.clock,
            operators=arguments.operators,
            now_ns=SystemClock().now_ns(),
        )
    )


def report(
    events: Sequence[Event],
    start_ns: int | None,
    stop_ns: int | None,
    *,
    axis: Axis,
    operators: int,
    now_ns: int,
) -> RenderableType:
    """The scorecard as tables, or a line of text where there is nothing to judge.

    Without a stop the span ends now, or with the newest event in generation time; without a start
    it is the day before, or what there is of it.
    :raises UsageError: if the span is empty.
    """
    if not events:
        return "no alarm events in the store: nothing to judge"
    times = [axis.time_ns(event) for event in events]
    if stop_ns is None:
        stop_ns = now_ns if axis is Axis.RECEIVED else max(times) + 1
    if start_ns is None:
        start_ns = max(stop_ns - DAY_NS, min(times))
        start_ns = min(start_ns, stop_ns - 1)
    if start_ns >= stop_ns:
        raise UsageError(f"--from {utc(start_ns)} must be before --to {utc(stop_ns)}")
    if not any(start_ns <= one < stop_ns for one in times):
        return (
            f"no alarm events from {utc(start_ns)} to {utc(stop_ns)}: nothing to judge; "
            f"the store has {len(events)}, from {utc(min(times))} to {utc(max(times))}"
        )
    return _tables(score(events, start_ns, stop_ns, axis=axis, operators=operators))


def _tables(card: Scorecard) -> Group:
    hours = (card.stop_ns - card.start_ns) / (3600 * SECOND_NS)
    people = f"{card.operators} operator{'s' if card.operators > 1 else ''}"
    head = (
        f"{utc(card.start_ns)} to {utc(card.stop_ns)} ({hours:.1f} h), {people}: "
        f"{card.annunciations} annunciations, {card.held_back} held back by incidents"
    )
    parts: list[RenderableType] = [head, _figures(card.figures)]
    rows: list[tuple[str, ...]] = [
        (severity.name, f"{share:.0f} %") for severity, share in card.priorities.items()
    ]
    parts += _table("By class (wanted: 80/15/5)", ("class", "share"), rows)
    rows = [
        (f"{one.spacecraft}/{one.alarm}", str(one.annunciations), f"{one.share:.0f} %")
        for one in card.bad_actors
    ]
    parts += _table("Most frequent", ("alarm", "annunciations", "share"), rows)
    rows = [(utc(one.start_ns), utc(one.stop_ns)) for one in card.floods]
    parts += _table("Floods", ("from", "to"), rows)
    rows = [(name, str(times)) for name, times in card.chattering]
    parts += _table("Chattering", ("alarm", "times"), rows)
    rows = [(name, utc(since_ns)) for name, since_ns in card.standing]
    parts += _table("Active for over 24 h", ("alarm", "since"), rows)
    return Group(*parts)


def _figures(figures: Iterable[Figure]) -> Table:
    table = Table("figure", "value", "target", "verdict", "source", title="Scorecard")
    for one in figures:
        value = "-" if one.value is None else f"{_short(one.value)} {one.unit}".rstrip()
        look = _LOOKS[one.verdict]
        verdict = f"[{look}]{one.verdict}[/{look}]"
        table.add_row(one.name, value, one.target or "-", verdict, one.source)
    return table


def _short(value: float) -> str:
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"


def _table(
    title: str, columns: tuple[str, ...], rows: Sequence[tuple[str, ...]]
) -> Iterator[Table]:
    """One table; none where there are no rows."""
    if rows:
        table = Table(*columns, title=title)
        for row in rows:
            table.add_row(*row)
        yield table


def require_file(url: str) -> None:
    """Reading a store must not leave an empty one behind."""
    parts = urlsplit(url)
    path = Path(unquote(parts.path))
    if parts.scheme == "duckdb" and not path.exists():
        raise UsageError(f"there is no store {url}; give --store, or start ingest first")


def _time_ns(text: str) -> int:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no time like 2021-10-15T09:00:00Z") from None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return int(moment.timestamp()) * SECOND_NS + moment.microsecond * 1000


def _operators(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of operators")
    return int(text)
