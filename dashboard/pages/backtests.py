"""The back-test page: a range judged by today's limits and, beside them, by edited ones.

What is judged, and how, is the command line's: this asks for it, waits, and shows the report.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import dash_mantine_components as dmc
from dash import Dash, Input, Output, State, ctx, dcc, html, no_update
from fastapi import FastAPI
from fastapi.responses import FileResponse, PlainTextResponse

from dashboard import components
from dashboard.address import Address
from dashboard.backtest_runs import Asked, BacktestRuns, Run, RunState, Side
from dashboard.means import Means
from dashboard.pages.desk import MAX_NAME, warn
from dashboard.pages.names import NOTIFICATIONS, OPERATOR, WHERE
from dashboard.pages.tabs import REPLAY_TABS, tabs
from dashboard.paper import moment
from dashboard.person import name_of, offered
from telemetry.clock import SECOND_NS
from telemetry.errors import UsageError
from telemetry.limit import LEVELS
from telemetry.moments import FORMS, parse_time

FROM: Final = "backtest-from"
TO: Final = "backtest-to"
RECORDING: Final = "backtest-recording"
EVENTS: Final = "backtest-events"
LIMITS: Final = "backtest-limits"
PARAMETER: Final = "backtest-parameter"
LEVEL: Final = "backtest-level"
LOW: Final = "backtest-low"
HIGH: Final = "backtest-high"
ADD: Final = "backtest-add"
RUN: Final = "backtest-run"
CANCEL: Final = "backtest-cancel"
STATE: Final = "backtest-state"
LIST: Final = "backtest-list"
REPORT: Final = "backtest-report"
POLL: Final = "backtest-poll"
SHOWN: Final = "backtest-shown"

POLL_MS: Final = 1000
MAX_LIMITS: Final = 20_000
_EXAMPLE: Final = "[iss.parameter.USLAB000010]\nrange.caution = { high = 55 }"


@dataclass(frozen=True, slots=True)
class BacktestPage:
    means: Means
    runs: BacktestRuns
    path: str = "/backtest"
    name: str = ""

    def layout(self, address: Address) -> html.Main:
        return components.page(
            "backtest",
            [
                tabs(REPLAY_TABS, address),
                dcc.Interval(id=POLL, interval=POLL_MS),
                dcc.Store(id=SHOWN, data=address.query.get("run")),
                html.Div(
                    [
                        html.Section(self._form(address), className="backtest-form"),
                        html.Section(
                            [
                                html.Div(id=STATE, className="backtest-state", role="status"),
                                html.Div(id=LIST),
                                html.Div(
                                    "The report of a back-test stands here.",
                                    id=REPORT,
                                    className="backtest-report dim",
                                ),
                            ],
                            className="backtest-found",
                        ),
                    ],
                    className="backtest-columns",
                ),
            ],
        )

    def _form(self, address: Address) -> list[Any]:
        query = address.query
        known = [
            {"value": f"{craft.id}/{one.id}", "label": f"{one.name} ({craft.id}/{one.id})"}
            for craft in self.means.database.spacecraft.values()
            for subsystem in craft.subsystems.values()
            for one in subsystem.parameters.values()
            if one.type.numeric
        ]
        levels = [level.name.lower() for level in LEVELS]
        return [
            html.H1("Back-test"),
            html.P(
                "Judges what was recorded by today's limits and, beside them, by edited ones: "
                "which alarms, when, how many of them false.",
                className="dim",
            ),
            _field("From, UTC", dcc.Input(id=FROM, value=query.get("from", ""), placeholder=FORMS)),
            _field("To, UTC", dcc.Input(id=TO, value=query.get("to", ""), placeholder=FORMS)),
            _field(
                "or a recording, by name",
                dcc.Input(id=RECORDING, value=query.get("recording", ""), maxLength=64),
            ),
            _field(
                "Times an alarm must be heard of (optional, one a line)",
                dcc.Textarea(id=EVENTS, rows=2, maxLength=2000),
            ),
            html.H2("Edited limits (optional)"),
            _field("Parameter", dmc.Select(id=PARAMETER, data=known, searchable=True, size="xs")),
            html.Div(
                [
                    _field("Class", dmc.Select(id=LEVEL, data=levels, value="caution", size="xs")),
                    _field("Below", dcc.Input(id=LOW, type="number")),
                    _field("Above", dcc.Input(id=HIGH, type="number")),
                    html.Button("Add", id=ADD, type="button", className="act", **offered()),
                ],
                className="backtest-edit",
            ),
            _field(
                "As TOML",
                dcc.Textarea(id=LIMITS, rows=7, placeholder=_EXAMPLE, maxLength=MAX_LIMITS),
            ),
            html.Div(
                [
                    html.Button(
                        "Run back-test", id=RUN, type="button", className="act", **offered()
                    ),
                    html.Button("Cancel", id=CANCEL, type="button", className="act", **offered()),
                ],
                className="act-line",
            ),
            html.P(
                "Approving changed limits needs two people and the terminal: "
                "`stationwatch limits propose`, `approve`.",
                className="dim",
            ),
        ]

    def register(self, pages: Dash) -> None:
        @pages.callback(
            Output(LIMITS, "value"),
            Output(NOTIFICATIONS, "sendNotifications", allow_duplicate=True),
            Input(ADD, "n_clicks"),
            State(LIMITS, "value"),
            State(PARAMETER, "value"),
            State(LEVEL, "value"),
            State(LOW, "value"),
            State(HIGH, "value"),
            prevent_initial_call=True,
        )
        async def add(
            clicks: int | None,
            text: str | None,
            key: str | None,
            level: str | None,
            low: float | None,
            high: float | None,
        ) -> tuple[Any, Any]:
            if not clicks:
                return no_update, no_update
            try:
                return f"{(text or '').rstrip()}\n{edit(key, level, low, high)}".lstrip(), no_update
            except UsageError as error:
                return no_update, [warn("Nothing added", str(error))]

        @pages.callback(
            Output(NOTIFICATIONS, "sendNotifications", allow_duplicate=True),
            Output(SHOWN, "data"),
            Input(RUN, "n_clicks"),
            Input(CANCEL, "n_clicks"),
            State(FROM, "value"),
            State(TO, "value"),
            State(RECORDING, "value"),
            State(EVENTS, "value"),
            State(LIMITS, "value"),
            State(OPERATOR, "value"),
            prevent_initial_call=True,
        )
        async def run(
            started: int | None, cancelled: int | None, *given: str | None
        ) -> tuple[Any, Any]:
            if ctx.triggered_id == CANCEL and cancelled:
                self.runs.cancel(name_of(given[-1])[:MAX_NAME] or "somebody without a name")
            elif ctx.triggered_id == RUN and started:
                try:
                    return no_update, self.start(*(text or "" for text in given)).id
                except UsageError as error:
                    return [warn("Not started", str(error))], no_update
            return no_update, no_update

        @pages.callback(
            Output(STATE, "children"),
            Output(LIST, "children"),
            Output(REPORT, "children"),
            Input(POLL, "n_intervals"),
            Input(SHOWN, "data"),
            State(WHERE, "pathname"),
            State(WHERE, "search"),
            State(REPORT, "children"),
        )
        async def show(
            _: int | None, shown: str | None, path: str | None, search: str | None, there: Any
        ) -> tuple[Any, Any, Any]:
            address = Address.read(path, search)
            run = self.runs.get(shown or "")
            report = self.report(run)
            # a frame that is put there anew loads anew
            same = isinstance(there, dict) and there == report.to_plotly_json()
            listed = [_entry(one, address) for one in self.runs.newest_first]
            return self.told(), html.Ul(listed), no_update if same else report

    def start(
        self, start: str, stop: str, recording: str, events: str, limits: str, by: str
    ) -> Run:
        """:raises UsageError: for what could not even be judged."""
        by = name_of(by)[:MAX_NAME]
        if not by:
            raise UsageError("enter your name in the top bar: it stands with the result")
        if not recording.strip() and not (start.strip() and stop.strip()):
            raise UsageError("give both ends of a range, or a recording")
        if start.strip() and stop.strip() and parse_time(start) >= parse_time(stop):
            raise UsageError("the range ends before it begins")
        times = tuple(line.strip() for line in events.splitlines() if line.strip())
        for time in times:
            parse_time(time)
        return self.runs.start(
            Asked(
                by=by,
                start=start.strip(),
                stop=stop.strip(),
                recording=recording.strip(),
                events=times,
                limits=limits[:MAX_LIMITS],
            )
        )

    def told(self) -> str:
        run = self.runs.running
        if run is None:
            return ""
        seconds = (self.means.clock.now_ns() - run.began_ns) // SECOND_NS
        return f"◷ Judging for {seconds} s. A day of every parameter takes some seconds."

    def report(self, run: Run | None) -> Any:
        if run is None:
            return html.Div("The report of a back-test stands here.")
        match run.state:
            case RunState.RUNNING:
                return html.Div("Judging ...")
            case RunState.DONE:
                address = f"/backtests/{run.id}"
                return html.Iframe(src=address, title="Report", className="report")
            case RunState.CANCELLED:
                return html.Div(f"It was {run.said}.")
            case RunState.FAILED:
                return html.Pre(run.said, className="wrong")


def add_reports(server: FastAPI, runs: BacktestRuns) -> None:
    """The reports, each as the page it is."""

    @server.get("/backtests/{id_}", response_model=None)
    async def report(id_: str) -> FileResponse | PlainTextResponse:
        path = runs.report(id_)
        if path is None:
            return PlainTextResponse("There is no such report, or no longer.", status_code=404)
        return FileResponse(path, media_type="text/html")


def edit(key: str | None, level: str | None, low: float | None, high: float | None) -> str:
    """One edited limit as TOML. :raises UsageError: if something is missing."""
    if not key or not level:
        raise UsageError("choose a parameter and a class")
    if low is None and high is None:
        raise UsageError("give a limit: below, above, or both")
    if low is not None and high is not None and low >= high:
        raise UsageError("the lower limit is above the upper one")
    craft, _, parameter = key.partition("/")
    sides = {"low": low, "high": high}
    band = ", ".join(f"{name} = {side!r}" for name, side in sides.items() if side is not None)
    return f"[{craft}.parameter.{parameter}]\nrange.{level} = {{ {band} }}\n"


def _entry(run: Run, address: Address) -> html.Li:
    asked = run.asked
    what = asked.recording or f"{asked.start} to {asked.stop}"
    limits = "edited limits" if asked.limits.strip() else "today's limits"
    words: list[Any] = [
        html.Time(moment(run.began_ns)),
        html.B(f" {run.state}"),
        f" {what}, {limits}, by {asked.by}",
    ]
    if run.state is RunState.CANCELLED:
        words.append(f": {run.said}")
    if run.state is not RunState.DONE:
        return html.Li(words)
    link = html.A("report", href=address.link(address.path, run=run.id))
    return html.Li([*words, ": ", _figures(run.found), " ", link])


def _figures(found: Sequence[Side]) -> str:
    """`today 12 alarms, 3 outside of events; edited 9 alarms, 1 outside of events`."""
    return "; ".join(
        f"{side.name} {side.alarms} alarms, {side.false_alarms} outside of events" for side in found
    )


def _field(words: str, field: Any) -> html.Label:
    return html.Label([html.Span(words), field], className="field")
