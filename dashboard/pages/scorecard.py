"""The scorecard page: the alarm system judged by its own journal, from the store."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import dash_mantine_components as dmc
from dash import Dash, Input, Output, State, html

from dashboard import components, scorecard_view
from dashboard.address import Address
from dashboard.means import Means
from dashboard.pages.names import WHERE
from dashboard.pages.tabs import ALARM_TABS, tabs
from dashboard.paper import moment
from telemetry.alarm import Event
from telemetry.clock import SECOND_NS
from telemetry.errors import StoreError
from telemetry.scorecard import Axis, score

SPAN: Final = "scorecard-span"
AXIS: Final = "scorecard-axis"
AGAIN: Final = "scorecard-again"
BODY: Final = "scorecard-body"

_HOUR_NS: Final = 3600 * SECOND_NS
SPANS: Final = {
    "8 h": 8 * _HOUR_NS,
    "24 h": 24 * _HOUR_NS,
    "7 d": 168 * _HOUR_NS,
    "30 d": 720 * _HOUR_NS,
}
AXES: Final = {"as heard": Axis.RECEIVED, "as it happened": Axis.GENERATION}
#: Journals longer than this are for the command line [A].
MAX_EVENTS: Final = 200_000


@dataclass(frozen=True, slots=True)
class ScorecardPage:
    means: Means
    path: str = "/scorecard"
    name: str = ""

    def layout(self, address: Address) -> html.Main:
        form = html.Div(
            [
                dmc.SegmentedControl(id=SPAN, data=list(SPANS), value="24 h", size="xs"),
                dmc.SegmentedControl(id=AXIS, data=list(AXES), value="as heard", size="xs"),
                html.Button("Again", id=AGAIN, type="button", className="act"),
            ],
            className="paper-form",
        )
        return components.page(
            "scorecard",
            [
                tabs(ALARM_TABS, address),
                html.H1("Alarm scorecard"),
                html.Div(
                    "Targets of EEMUA 191 and ISA-18.2, as vendors quote them.", className="dim"
                ),
                form,
                html.Div("Reading the journal ...", id=BODY),
            ],
            "paper",
        )

    def register(self, pages: Dash) -> None:
        @pages.callback(
            Output(BODY, "children"),
            Input(SPAN, "value"),
            Input(AXIS, "value"),
            Input(AGAIN, "n_clicks"),
            State(WHERE, "search"),
        )
        async def show(span: str, axis: str, _: int | None, search: str | None) -> Any:
            return await self.body(span, axis, search)

    async def body(self, span: str, axis_name: str, search: str | None = "") -> Any:
        axis = AXES.get(axis_name, Axis.RECEIVED)
        span_ns = SPANS.get(span, SPANS["24 h"])
        try:
            events = await self.means.of(search).history.events(MAX_EVENTS)
        except StoreError as error:
            return html.Div(f"No scorecard: the store is away ({error}).", className="wrong")
        if len(events) > MAX_EVENTS:
            return html.Div(
                f"The journal has over {MAX_EVENTS} events: use `stationwatch scorecard`.",
                className="wrong",
            )
        # counting takes seconds of a long journal, which no browser should wait for
        return await asyncio.to_thread(judged, events, span_ns, axis, self.means.clock.now_ns())


def judged(events: Sequence[Event], span_ns: int, axis: Axis, now_ns: int) -> Any:
    """The scorecard of the last span, or in words why there is none.

    It ends now, or with the newest event in generation time; it begins no earlier than the journal.
    """
    if not events:
        return html.Div("No alarm event is in the store: nothing to judge.", className="nothing")
    times = [axis.time_ns(event) for event in events]
    stop_ns = now_ns if axis is Axis.RECEIVED else max(times) + 1
    start_ns = min(max(stop_ns - span_ns, min(times)), stop_ns - 1)
    if not any(start_ns <= time_ns < stop_ns for time_ns in times):
        text = f"No alarm event from {moment(start_ns)} to {moment(stop_ns)} UTC: nothing to judge."
        return html.Div(text, className="nothing")
    return scorecard_view.render(score(events, start_ns, stop_ns, axis=axis))
