"""The ground page: the product watched by itself, from the broker to the store and to people.

Stages stand in the order of the flow; what the mission database adds to ingest and no stage here
names stands at the end, so that nothing is left out.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from dash import Dash, Input, Output, State, dcc, html

from dashboard import components
from dashboard.address import Address
from dashboard.ingest_client import IngestAway
from dashboard.means import Means
from dashboard.pages.names import WHERE
from dashboard.pages.tabs import GROUND_TABS, tabs
from dashboard.paper import section, table, when
from dashboard.tree import NoTree, Tree
from telemetry.topics import GROUND

DEAD: Final = "ground-dead"
CONSOLE: Final = "ground-console"
REFRESH: Final = "ground-refresh"

REFRESH_MS: Final = 5000
#: Of what could not be used, the newest.
DEAD_ROWS: Final = 100
_SUBSYSTEM: Final = "ingest"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """name: of a part of the flow. parameters: of ingest that tell of it."""

    name: str
    about: str
    parameters: tuple[str, ...]


# fmt: off
STAGES: Final = (
    Stage(name="Receive", about="from the broker, acknowledged once it is on disk", parameters=(
        "GND_FRAMES_RECEIVED_RATE", "GND_FRAMES_RECEIVED_TOTAL", "GND_GAPS_TOTAL",
        "GND_RECONNECTS_TOTAL",
    )),
    Stage(name="Spool", about="on disk, until processor and writer have passed it", parameters=(
        "GND_SPOOL_USED", "GND_SPOOL_BYTES", "GND_SPOOL_FULL",
    )),
    Stage(name="Processor", about="limits, derived values, alarms, incidents", parameters=(
        "GND_PROCESSOR_LAG", "GND_SPOOL_UNREAD_PROCESSOR", "GND_JOURNAL_UNPUBLISHED",
        "GND_ALARMS_ACTIVE", "GND_INCIDENTS_OPEN", "GND_EVENTS_TOTAL", "GND_ANNUNCIATIONS_10MIN",
        "GND_ALARM_FLOOD", "GND_ALARMS_CHATTERING", "GND_CHATTERING",
    )),
    Stage(name="Store", about="every sample, and the record archive of replays", parameters=(
        "GND_STORE_AVAILABLE", "GND_SAMPLES_STORED_RATE", "GND_SPOOL_UNREAD_WRITER",
        "GND_OLDEST_UNWRITTEN_AGE", "GND_JOURNAL_UNSTORED", "GND_OLDEST_UNARCHIVED_AGE",
        "GND_REPLAYS_OPEN",
    )),
    Stage(name="Notify", about="who is owed which alarm; without routes, no data", parameters=(
        "GND_NOTIFY_PENDING", "GND_NOTIFY_OLDEST", "GND_NOTIFY_LATENCY", "GND_NOTIFY_SENT_TOTAL",
        "GND_NOTIFY_FAILED_TOTAL", "GND_NOTIFY_GIVEN_UP_TOTAL",
    )),
)
# fmt: on
_REFUSED: Final = "GND_DEAD_"


@dataclass(frozen=True, slots=True)
class GroundPage:
    means: Means
    path: str = "/ground"
    name: str = "Ground"

    def layout(self, address: Address) -> html.Main:
        known = self._known()
        named = {parameter for stage in STAGES for parameter in stage.parameters}
        refused = [parameter for parameter in known if parameter.startswith(_REFUSED)]
        others = [one for one in known if one not in named and one not in refused]
        return components.page(
            "ground",
            [
                dcc.Interval(id=REFRESH, interval=REFRESH_MS),
                tabs(GROUND_TABS, address),
                html.Div(
                    [
                        html.H1("Ingest"),
                        components.freshness_badge(f"{GROUND}/{_SUBSYSTEM}"),
                        html.Span("from the broker to the store, and to people", className="dim"),
                    ],
                    className="ground-head",
                ),
                html.Ol(
                    [self._stage(stage, known) for stage in STAGES],
                    className="flow",
                ),
                html.Div(
                    [
                        html.Section(
                            [
                                html.H2("Publishers, and what of them is silent"),
                                html.Div(id="ground-publishers"),
                            ],
                        ),
                        html.Section(
                            [html.H2("Not used, by reason"), *self._readouts(refused)],
                        ),
                        html.Section(
                            [html.H2("The process"), *self._readouts(others)],
                        ),
                        html.Section([html.H2("This console"), html.Div(id=CONSOLE)]),
                    ],
                    className="ground-columns",
                ),
                html.Div("Asking ingest ...", id=DEAD, className="ground-dead"),
            ],
        )

    def _known(self) -> list[str]:
        """Parameters of ingest; none in a mission database that does not watch the ground."""
        try:
            return list(self.means.database.subsystem(GROUND, _SUBSYSTEM).parameters)
        except KeyError:
            return []

    def _stage(self, stage: Stage, known: Sequence[str]) -> html.Li:
        here = [parameter for parameter in stage.parameters if parameter in known]
        return html.Li(
            [
                html.H2(stage.name),
                html.P(stage.about, className="dim"),
                *self._readouts(here),
            ],
            className="stage",
        )

    def _readouts(self, parameters: Sequence[str]) -> list[Any]:
        return [
            components.readout(f"{GROUND}/{one}", self.means.database) for one in parameters
        ] or [html.Div("Nothing is defined.", className="dim")]

    def register(self, pages: Dash) -> None:
        @pages.callback(
            Output(DEAD, "children"),
            Output(CONSOLE, "children"),
            Input(REFRESH, "n_intervals"),
            State(WHERE, "search"),
        )
        async def refresh(_: int | None, search: str | None) -> tuple[Any, Any]:
            try:
                tree = self.means.trees.at(search)
            except NoTree as error:
                return html.Div(str(error), className="dim"), ""
            return await self.dead(search), console(tree)

    async def dead(self, search: str | None = "") -> Any:
        """What could not be used, newest first, with its bytes."""
        try:
            kept = await self.means.of(search).ingest.get_json("/dead")
        except IngestAway as error:
            return html.Div(f"What could not be used is not known: {error}.", className="wrong")
        rows = [_dead_row(one) for one in kept[:DEAD_ROWS]]
        title = f"Newest messages that could not be used ({len(rows)})"
        heads = ("Received, UTC", "Topic", "Reason", "Why", "Bytes")
        return section(title, table(heads, rows, "None: everything that came could be used."))


def _dead_row(one: Mapping[str, Any]) -> list[Any]:
    head = bytes.fromhex(str(one.get("head", "")))
    size = int(one.get("bytes", len(head)))
    detail = ": ".join(filter(None, (str(one.get("parameter", "")), str(one["detail"]))))
    return [
        when(int(one["received_ns"])),
        html.Code(str(one["topic"])),
        str(one["reason"]),
        detail,
        html.Details(
            [html.Summary(f"{size} B"), html.Pre(hex_dump(head), className="bytes")]
            + ([html.Div(f"and {size - len(head)} more", className="dim")] * (size > len(head)))
        ),
    ]


def hex_dump(raw: bytes) -> str:
    """Sixteen bytes a line: offset, hexadecimal, and what of it is ASCII."""
    lines = []
    for start in range(0, len(raw), 16):
        part = raw[start : start + 16]
        text = "".join(chr(byte) if 32 <= byte < 127 else "." for byte in part)
        lines.append(f"{start:04x}  {part.hex(' '):<47}  {text}")
    return "\n".join(lines)


def console(tree: Tree) -> html.Dl:
    """What this console counts of itself."""
    refused = ", ".join(f"{reason} {count}" for reason, count in tree.feed.refused.most_common())
    facts = {
        "Root": tree.root,
        "Broker": "connected" if tree.view.connected else "LOST",
        "Browsers on this root": str(len(tree.hub)),
        "Not used by it": refused or "nothing",
        "Mission database": tree.view.database.version,
    }
    return html.Dl(
        [item for name, text in facts.items() for item in (html.Dt(name), html.Dd(text))]
    )
