"""The report of a back-test as one HTML page that asks for nothing else. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from html import escape
from typing import Final

from backtest.compare import Comparison, Side
from backtest.drawing import drawing
from backtest.tables import Table, tables
from backtest.traces import Trace
from telemetry.clock import utc

#: Rows of one table; how many more there are is said.
MAX_ROWS: Final = 300

_STYLE: Final = """
body { font: 15px/1.5 system-ui, sans-serif; color: #1b232b; background: #fff; margin: 2rem auto;
  max-width: 68rem; padding: 0 1rem; }
h1 { font-size: 1.5rem } h2 { font-size: 1.15rem; margin-top: 2rem }
table { border-collapse: collapse; margin: .5rem 0; width: 100% }
th, td { text-align: left; padding: .2rem .6rem; border-bottom: 1px solid #d7dee4;
  vertical-align: top; font-variant-numeric: tabular-nums }
th { background: #f1f4f6 } tr.bad td { background: #fff2d6 }
svg { width: 100%; height: auto; margin: .3rem 0 1.2rem } text { font-size: 11px; fill: #4a5763 }
.field { fill: #f7f9fa; stroke: #d7dee4 } .trace { fill: #2e6a96; stroke: #2e6a96 }
.event { stroke: #1b232b; stroke-width: 2; stroke-dasharray: 1 3 } .dim { color: #5c6a76 }
code { background: #f1f4f6; padding: 0 .2rem }
@media (prefers-color-scheme: dark) { body { color: #dbe4ec; background: #0b0f14 }
  th { background: #1a232c } th, td { border-color: #26313c } tr.bad td { background: #3a2f14 }
  .field { fill: #121921; stroke: #26313c } text { fill: #8a98a6 } .event { stroke: #dbe4ec }
  .trace { fill: #9fc3dd; stroke: #9fc3dd } code { background: #1a232c } .dim { color: #8a98a6 } }
"""


def page(found: Comparison, traces: Sequence[Trace], more_traces: int, title: str) -> str:
    """traces: of the parameters whose alarms differ; more_traces: how many are not drawn."""
    return "".join(_page(found, traces, more_traces, title))


def _page(
    found: Comparison, traces: Sequence[Trace], more_traces: int, title: str
) -> Iterator[str]:
    yield '<!doctype html><html lang="en"><head><meta charset="utf-8">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body>"
    yield f"<h1>{escape(title)}</h1>"
    yield f"<p>{escape(utc(found.start_ns))} to {escape(utc(found.stop_ns))}, "
    yield f"{found.hours:.2f} h. {escape(_sides(found.sides))}</p>"
    yield from (f"<p>{escape(note)}</p>" for note in found.notes)
    if found.changes:
        yield "<h2>What is changed</h2><ul>"
        yield from (f"<li><code>{escape(line)}</code></li>" for line in found.changes)
        yield "</ul>"
    for table in tables(found):
        yield from _table(table)
    yield "<h2>What differs</h2>"
    if not found.differs:
        yield "<p>Nothing: every alarm comes, and goes, alike.</p>"
    for trace in traces:
        parameter = trace.parameter
        heading = f"{trace.spacecraft}/{parameter.id} {parameter.name}"
        yield f"<h3>{escape(heading)} <span class=dim>{escape(parameter.unit)}</span></h3>"
        yield drawing(trace, found)
    if more_traces:
        yield f"<p>{more_traces} more parameters differ and are not drawn.</p>"
    if traces:
        yield (
            "<p class=dim>Drawn are the lowest and highest value of each moment; limits in the "
            "colour of their class, solid as they are, dashed as edited, of the parameter itself "
            "and not of a context; below, when each side had an alarm; dotted, marked events.</p>"
        )
    yield "</body></html>\n"


def _sides(sides: Iterable[Side]) -> str:
    return "; ".join(f"{one.name}: mission database {one.version}" for one in sides)


def _table(table: Table) -> Iterator[str]:
    yield f"<h2>{escape(table.title)}</h2>"
    if table.note:
        yield f"<p class=dim>{escape(table.note)}</p>"
    if not table.rows:
        yield "<p>None.</p>"
        return
    yield "<table><tr>" + "".join(f"<th>{escape(one)}</th>" for one in table.head) + "</tr>"
    for number, row in enumerate(table.rows[:MAX_ROWS]):
        yield '<tr class="bad">' if number in table.marked else "<tr>"
        yield "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>"
    yield "</table>"
    if (more := len(table.rows) - MAX_ROWS) > 0:
        yield f"<p>and {more} more</p>"
