"""A comparison as tables, for the terminal and the page alike. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from backtest.compare import COUNTS_FROM, Comparison, Raised, Side
from telemetry.clock import SECOND_NS, utc


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """marked: numbers of the rows to look at. note: what the figures mean."""

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    marked: frozenset[int] = frozenset()
    note: str = ""


def tables(found: Comparison) -> list[Table]:
    sides = found.sides
    every = [_figures(found, sides)]
    if found.events_ns:
        every.append(_leads(found, sides))
    every += [_alarms(found, sides), _incidents(sides)]
    return every


def _figures(found: Comparison, sides: Sequence[Side]) -> Table:
    rows = [
        ("alarms", *(str(len(one.alarms)) for one in sides)),
        (
            f"alarms heard, {COUNTS_FROM.name} and worse",
            *(str(sum(alarm.counts is not None for alarm in side.alarms)) for side in sides),
        ),
        ("false alarms", *(str(one.false_alarms) for one in sides)),
        ("false alarms an hour", *(f"{one.false_per_hour:.2f}" for one in sides)),
        ("held back by incidents", *(str(one.held_back) for one in sides)),
        ("alarms that chattered", *(_chatter(one) for one in sides)),
        ("standing at the start", *(str(len(one.standing)) for one in sides)),
    ]
    shown = {figure.name: figure for side in sides for figure in side.figures}
    for name, figure in shown.items():
        if name.startswith(("annunciations", "time in flood", "floods")):
            values = [next((f.value for f in s.figures if f.name == name), None) for s in sides]
            cells = ["-" if value is None else f"{value:.3g}" for value in values]
            target = f" ({figure.target})" if figure.target else ""
            rows.append((f"{name}{target}", *cells))
    if found.events_ns:
        note = (
            f"A false alarm is one that is heard as {COUNTS_FROM.name} or worse, and not "
            f"within {found.before_s:g} s before to {found.after_s:g} s after a marked event."
        )
    else:
        note = (
            f"No event is marked, so every alarm that is heard as {COUNTS_FROM.name} or worse "
            "counts as false: right where nothing was wrong."
        )
    head = ("figure", *(one.name for one in sides))
    return Table(title="Side by side", head=head, rows=tuple(rows), note=note)


def _chatter(side: Side) -> str:
    names = ", ".join(name for name, _ in side.chattering[:3])
    more = len(side.chattering) - 3
    if more > 0:
        names += f" and {more} more"
    return f"{len(side.chattering)}" + (f" ({names})" if names else "")


def _leads(found: Comparison, sides: Sequence[Side]) -> Table:
    rows = []
    missed = set()
    for number, time_ns in enumerate(found.events_ns):
        cells = []
        for side in sides:
            one = side.marked[number]
            if one.first is None or one.lead_s is None:
                missed.add(number)
                cells.append("missed")
            else:
                when = f"{abs(one.lead_s):.1f} s {'before' if one.lead_s >= 0 else 'after'}"
                cells.append(f"{when}: {_described(one.first)}; {len(one.alarms)} in all")
        rows.append((utc(time_ns), *cells))
    return Table(
        title="Marked events",
        head=("event", *(one.name for one in sides)),
        rows=tuple(rows),
        marked=frozenset(missed),
        note=f"The first alarm that was heard as {COUNTS_FROM.name} or worse, and its lead.",
    )


def _alarms(found: Comparison, sides: Sequence[Side]) -> Table:
    """One row an alarm; those that differ first."""
    by_side = [_by_name(one.alarms) for one in sides]
    names = sorted({name for one in by_side for name in one})
    names.sort(key=lambda name: (name not in found.differs, -_worst(by_side, name)))
    rows: list[tuple[str, ...]] = []
    differs = set()
    for name in names:
        if name in found.differs:
            differs.add(len(rows))
        verdict = _verdict(by_side, name, name in found.differs)
        rows.append((name, *(_said(one.get(name, []), found.stop_ns) for one in by_side), verdict))
    head = ("alarm", *(one.name for one in sides), "")
    return Table(title="Alarms", head=head, rows=tuple(rows), marked=frozenset(differs))


def _worst(by_side: Sequence[dict[str, list[Raised]]], name: str) -> int:
    return max(int(alarm.severity) for one in by_side for alarm in one.get(name, ()))


def _verdict(by_side: Sequence[dict[str, list[Raised]]], name: str, differs: bool) -> str:
    if not differs:
        return ""
    before, after = by_side[0].get(name), by_side[-1].get(name)
    if before is None or after is None:
        return "new" if before is None else "gone"
    shift_s = (after[0].told_ns - before[0].told_ns) / SECOND_NS
    if shift_s:
        return f"{abs(shift_s):.1f} s {'later' if shift_s > 0 else 'earlier'}"
    return "differs"


def _said(alarms: Sequence[Raised], end_ns: int) -> str:
    if not alarms:
        return "-"
    lasted = sum((one.stop_ns or end_ns) - one.start_ns for one in alarms) / SECOND_NS
    worst = max(one.severity for one in alarms).name
    heard = sum(one.heard for one in alarms)
    first = min(alarms, key=lambda one: one.told_ns)
    stands = ", stands at the end" if any(not one.stop_ns for one in alarms) else ""
    return (
        f"{len(alarms)} x {worst}, {heard} heard; first {_described(first, name=False)} at "
        f"{utc(first.told_ns)}; {lasted:.1f} s in all{stands}"
    )


def _incidents(sides: Sequence[Side]) -> Table:
    def rows() -> Iterator[tuple[str, ...]]:
        for side in sides:
            for one in side.incidents:
                until = utc(one.closed_ns) if one.closed_ns else "open"
                first = utc(one.opened_ns)
                yield side.name, one.title, first, until, one.first_out, str(one.alarms)

    head = ("side", "incident", "from", "until", "first out", "alarms")
    return Table(title="Incidents", head=head, rows=tuple(rows()))


def _described(one: Raised, *, name: bool = True) -> str:
    step = one.counts or one.steps[0]
    return " ".join(filter(None, (one.name if name else "", step.severity.name, step.limit)))


def _by_name(alarms: Sequence[Raised]) -> dict[str, list[Raised]]:
    found: dict[str, list[Raised]] = {}
    for one in alarms:
        found.setdefault(one.name, []).append(one)
    return found
