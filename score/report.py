"""Flights into tables: what was false, what was missed, and whether both halves hold. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from score.fault import Fault, Must
from score.fly import FALSE_FROM, Flown, Heard, Met
from telemetry.limit import Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """bad: numbers of the rows that fail their half."""

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    bad: frozenset[int] = frozenset()

    def markdown(self) -> str:
        lines = [self.head, ("---",) * len(self.head), *self.rows]
        return "".join(f"| {' | '.join(line)} |\n" for line in lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """false: annunciations at CAUTION and above while nothing was wrong. missed: rows times seeds.

    verdicts: one line a half that was flown.
    """

    tables: tuple[Table, ...]
    verdicts: tuple[str, ...]
    false: int
    missed: int

    @property
    def holds(self) -> bool:
        return not self.false and not self.missed


def report(flights: Sequence[Flown], *, why: bool = False) -> Report:
    """why: with the justification of each latest time."""
    quiet = [one for one in flights if one.order.fault is None]
    faults = [one for one in flights if one.order.fault is not None]
    false = sum(heard.times for one in flights for heard in (*one.false, *one.loud))
    missed = sum(len(one.missed) + one.crowded for one in faults)
    tables, verdicts = [_by_scenario(quiet)] if quiet else [], []
    # what a fault's flight says before the fault is as false as on a quiet day
    tables.append(_cries(flights))
    verdicts.append(
        f"false alarms: {_verdict(not false)}, {false} at CAUTION and above in {len(quiet)} flights"
        + (f" and before and beside {len(faults)} faults" if faults else "")
    )
    if faults:
        asked = sum(len(one.met) + _counts(one.order.fault) for one in faults)
        tables.append(_must(faults, why))
        verdicts.append(f"must-detect: {_verdict(not missed)}, {asked - missed} of {asked} met")
    return Report(tables=tuple(tables), verdicts=tuple(verdicts), false=false, missed=missed)


def _verdict(holds: bool) -> str:
    return "HOLDS" if holds else "FAILS"


def _counts(fault: Fault | None) -> bool:
    return fault is not None and fault.at_most is not None


def _by_scenario(flights: Sequence[Flown]) -> Table:
    names = list(dict.fromkeys(one.order.scenario for one in flights))
    rows: list[tuple[str, ...]] = []
    bad = set()
    for n, name in enumerate(names):
        mine = [one for one in flights if one.order.scenario == name]
        false = sum(heard.times for one in mine for heard in one.false)
        heard = sum(heard.times for one in mine for heard in one.early)
        rows.append((name, str(len(mine)), str(false), str(heard - false)))
        if false:
            bad.add(n)
    head = ("nothing goes wrong in", "flights", "CAUTION and above", "ADVISORY")
    return Table(title="False alarms by scenario", head=head, rows=tuple(rows), bad=frozenset(bad))


def _cries(flights: Iterable[Flown]) -> Table:
    """One row an alarm and severity, worst first."""
    found: dict[tuple[Severity, str], list[tuple[Flown, Heard]]] = {}
    for one in flights:
        for heard in (*one.early, *one.loud):
            found.setdefault((heard.severity, heard.alarm), []).append((one, heard))
    rows: list[tuple[str, ...]] = []
    bad = set()
    for (severity, alarm), where in sorted(
        found.items(), key=lambda item: (-item[0][0], item[0][1])
    ):
        if severity >= FALSE_FROM:
            bad.add(len(rows))
        flight, first = where[0]
        names = dict.fromkeys(_where(one) for one, _ in where)
        rows.append(
            (
                severity.name,
                alarm,
                str(sum(heard.times for _, heard in where)),
                str(len(where)),
                ", ".join(names),
                f"seed {flight.order.seed}, {first.since_start_s:.0f} s in: "
                + " ".join(part for part in (first.value, first.limit) if part),
            )
        )
    head = ("severity", "alarm", "times", "flights", "in", "first")
    title = "What was heard while nothing was wrong"
    return Table(title=title, head=head, rows=tuple(rows), bad=frozenset(bad))


def _where(flight: Flown) -> str:
    fault = flight.order.fault
    return flight.order.scenario if fault is None else f"before {fault.name}"


def _must(flights: Sequence[Flown], why: bool) -> Table:
    """One row for each thing that must be heard, over all seeds."""
    by_fault: dict[tuple[str, str], list[Flown]] = {}
    for one in flights:
        if one.order.fault is not None:
            by_fault.setdefault(_of(one.order.fault), []).append(one)
    rows: list[tuple[str, ...]] = []
    bad = set()
    for key, mine in by_fault.items():
        for missed, row in _asked(mine):
            if missed:
                bad.add(len(rows))
            rows.append((*key, *row) if why else (*key, *row[:-1]))
    head = ["fault", "size", "must be heard", "at least", "within, s", "heard after, s"]
    head += ["seeds met", "by", *(["why"] if why else [])]
    return Table(title="What must be heard", head=tuple(head), rows=tuple(rows), bad=frozenset(bad))


def _asked(mine: Sequence[Flown]) -> Iterator[tuple[bool, tuple[str, ...]]]:
    """Of one fault over all seeds: whether each thing asked of it was missed, and its row."""
    fault = mine[0].order.fault
    if fault is None:
        return
    for n, must in enumerate(fault.must):
        met = [one.met[n] for one in mine]
        yield any(one.after_s is None for one in met), _heard(must, met)
    if fault.at_most is not None:
        row: tuple[str, ...] = (f"at most {fault.at_most}", "any", f"{fault.at_most_s:g}")
        row += (f"{_span(sorted(one.count for one in mine), 0)} heard",)
        row += (_share(not one.crowded for one in mine), "", "more is a flood (ISA-18.2)")
        yield any(one.crowded for one in mine), row
    if fault.silent:
        row = ("nothing", FALSE_FROM.name, f"{fault.silent:g}", "-")
        row += (_share(not one.loud for one in mine), "", "nothing is wrong")
        yield any(one.loud for one in mine), row


def _share(of: Iterable[bool]) -> str:
    each = list(of)
    return f"{sum(each)}/{len(each)}"


def _of(fault: Fault) -> tuple[str, str]:
    return fault.name, fault.size


def _heard(must: Must, met: Sequence[Met]) -> tuple[str, ...]:
    times = sorted(one.after_s for one in met if one.after_s is not None)
    by = dict.fromkeys(one.by for one in met if one.by)
    return (
        " or ".join(must.alarms) + (", late" if must.late else ""),
        must.severity,
        f"{must.within_s:g}",
        _span(times, 1) if times else "never",
        f"{len(times)}/{len(met)}",
        ", ".join(by),
        must.why,
    )


def _span(values: Sequence[float], digits: int) -> str:
    low, high = f"{values[0]:.{digits}f}", f"{values[-1]:.{digits}f}"
    return low if low == high else f"{low} to {high}"
