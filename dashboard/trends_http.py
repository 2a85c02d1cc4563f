"""What the Trends page asks over HTTP: the chart of a range, and a file of its samples.

GET /trends/chart.json       the figure, what stands beside it, and what could not be had
GET /trends/export.<kind>    csv or parquet: every sample of what is shown, as `stationwatch export`

Queries as in `TrendAsk`, and the root. An answer that nobody waits for any longer is not made.
"""

import asyncio
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, cast

import msgspec
import numpy as np
from dash import Dash
from fastapi import FastAPI, Request, Response

from dashboard import figures, trends_figure
from dashboard.history import History
from dashboard.means import Means
from dashboard.theme import palette
from dashboard.tree import NoTree, Tree
from dashboard.trends_ask import TrendAsk, parameters
from dashboard.trends_context import context
from dashboard.trends_limits import context_note
from dashboard.trends_look import colour
from dashboard.trends_marks import Mark, violated_s
from dashboard.trends_read import Reader
from dashboard.trends_series import Series
from dashboard.trends_statistics import statistics
from telemetry.clock import SECOND_NS, utc
from telemetry.errors import StoreError, UsageError
from telemetry.frame import Frame
from telemetry.moments import exact_utc

#: Charts made at once, for all browsers: the store is asked a few questions for each.
MAX_AT_ONCE: Final = 2
#: Samples in a file from the page; what is larger is for the command line [A].
MAX_EXPORTED: Final = 500_000
_FORMATS: Final = {"csv": "text/csv", "parquet": "application/vnd.apache.parquet"}

Query = Mapping[str, str]


class TrendRoutes:
    def __init__(self, means: Means) -> None:
        self._means = means
        self._charts = asyncio.Semaphore(MAX_AT_ONCE)
        self._files = asyncio.Semaphore(1)

    def register(self, pages: Dash) -> None:
        """Before Dash's own catch-all, which would answer these with its page."""
        server = cast(FastAPI, pages.server)
        server.add_api_route("/trends/chart.json", self._get_chart)
        server.add_api_route("/trends/export.{kind}", self._get_file)

    async def _get_chart(self, request: Request) -> Response:
        async with self._charts:
            if await request.is_disconnected():
                return Response(status_code=204)  # a newer question of that page has come
            answer = await self.chart(dict(request.query_params))
        return Response(msgspec.json.encode(answer), media_type="application/json")

    async def _get_file(self, request: Request, kind: str) -> Response:
        if kind not in _FORMATS:
            return Response("csv or parquet", status_code=404, media_type="text/plain")
        async with self._files:
            try:
                name, content = await self.file(dict(request.query_params), kind)
            except UsageError as error:
                return Response(str(error), status_code=400, media_type="text/plain")
            except (StoreError, NoTree) as error:
                told = f"no file: {error}"
                return Response(told, status_code=503, media_type="text/plain")
        headers = {"content-disposition": f'attachment; filename="{name}"'}
        return Response(content, media_type=_FORMATS[kind], headers=headers)

    async def chart(self, query: Query) -> dict[str, Any]:
        """error: why there is none; else the figure, rows and marks, as `answer` makes them."""
        try:
            tree = self._means.trees.at(f"?root={query.get('root', '')}")
            ask = self._ask(tree, query)
        except (UsageError, NoTree) as error:
            return {"error": str(error)}
        notes = list(ask.missing)
        heartbeat = frozenset(
            craft
            for craft in self._means.database.spacecraft
            if craft not in tree.view.clocks or tree.view.clocks[craft].heartbeat
        )
        heard = {key: one.time_ns for key, one in tree.view.receptions.items()}
        means = self._means.of(f"?root={tree.root}")
        reader = Reader(means.history, ask, heard, heartbeat)
        (series, wrong), (marks, known) = await asyncio.gather(
            reader.series(), context(means, tree, ask, notes)
        )
        notes = list(dict.fromkeys([*notes, *wrong, *self._elsewhere(tree, ask)]))
        if not wrong and ask.entries and not any(one.total for one in series):
            notes.append("Nothing was recorded of this in this range.")
        return answer(ask, series, marks, notes, alarms_known=known)

    def _ask(self, tree: Tree, query: Query) -> TrendAsk:
        shown, _ = parameters(query.get("p", ""), self._means.database)
        crafts = [entry.craft.id for entry in shown] or list(self._means.database.spacecraft)
        return TrendAsk.read(query, self._means.database, self._now_ns(tree, crafts[0]))

    def _now_ns(self, tree: Tree, craft: str) -> int:
        """Where the stream of a spacecraft is."""
        wall_ns = self._means.clock.now_ns()
        clock = tree.view.clocks.get(craft)
        return wall_ns if clock is None else clock.at(wall_ns)

    def _elsewhere(self, tree: Tree, ask: TrendAsk) -> list[str]:
        """Spacecraft whose stream is not in a range that follows another's."""
        if not ask.follows:
            return []
        streams = {one.craft.id: self._now_ns(tree, one.craft.id) for one in ask.entries}
        apart_ns = max(ask.stop_ns - ask.start_ns, 60 * SECOND_NS)
        return [
            f"The stream of {craft} is at {utc(at_ns)[:19]}Z, not in this range."
            for craft, at_ns in streams.items()
            if abs(at_ns - ask.now_ns) > apart_ns
        ]

    async def file(self, query: Query, kind: str) -> tuple[str, bytes]:
        """Its name, and what is in it.

        :raises UsageError: if there is nothing to write, or too much for a page.
        :raises StoreError: if the store is away. :raises NoTree: if the root has ended.
        """
        tree = self._means.trees.at(f"?root={query.get('root', '')}")
        ask = self._ask(tree, query)
        if not ask.entries:
            raise UsageError("choose what to export")
        history = self._means.of(f"?root={tree.root}").history
        count = await self._count(history, ask)
        if count > MAX_EXPORTED:
            raise UsageError(
                f"{count:,} samples are more than a page gives ({MAX_EXPORTED:,}). In a terminal: "
                f"{command(ask, kind)}"
            )
        frames = await self._frames(history, ask)
        if not frames:
            raise UsageError("nothing was recorded of this in this range")
        name = f"trends-{exact_utc(ask.start_ns // SECOND_NS * SECOND_NS).replace(':', '')}.{kind}"
        return name, await asyncio.to_thread(self._written, frames, name)

    async def _count(self, history: History, ask: TrendAsk) -> int:
        width_ns = figures.bucket_width_ns((ask.stop_ns - ask.start_ns) / SECOND_NS)
        found = await asyncio.gather(
            *(
                history.buckets(
                    one.craft.id,
                    one.subsystem.id,
                    one.parameter.id,
                    ask.start_ns,
                    ask.stop_ns,
                    width_ns,
                )
                for one in ask.entries
            )
        )
        return sum(int(np.sum(one.count)) for one in found)

    async def _frames(self, history: History, ask: TrendAsk) -> list[Frame]:
        """In order of generation time; of one time in the order of the mission database."""
        parts: dict[tuple[str, str], list[str]] = {}
        for craft in self._means.database.spacecraft.values():
            for subsystem in craft.subsystems.values():
                for one in ask.entries:
                    if (one.craft.id, one.subsystem.id) == (craft.id, subsystem.id):
                        parts.setdefault((craft.id, subsystem.id), []).append(one.parameter.id)
        frames: list[Frame] = []
        for (craft_id, subsystem_id), ids in parts.items():
            blocks = await history.samples(
                craft_id, subsystem_id, ask.start_ns, ask.stop_ns, ids, MAX_EXPORTED
            )
            frames += [frame for block in blocks for frame in block.frames()]
        frames.sort(key=lambda frame: frame.time_ns)
        return frames

    def _written(self, frames: list[Frame], name: str) -> bytes:
        from telemetry import sample_file  # few ask for a file, and Parquet is large

        with tempfile.TemporaryDirectory(prefix="stationwatch-trends-") as folder:
            path = Path(folder) / name
            sample_file.write([frames], path, self._means.database, heartbeat=False)
            return path.read_bytes()


def command(ask: TrendAsk, kind: str) -> str:
    """The same in a terminal."""
    ids = ",".join(one.parameter.id for one in ask.entries)
    crafts = {one.craft.id for one in ask.entries}
    of = f" --spacecraft {next(iter(crafts))}" if len(crafts) == 1 else ""
    span = f"--from {exact_utc(ask.start_ns)} --to {exact_utc(ask.stop_ns)}"
    return f"stationwatch export {span}{of} --parameters {ids} --out trends.{kind}"


def answer(
    ask: TrendAsk,
    series: list[Series],
    marks: list[Mark],
    notes: list[str],
    *,
    alarms_known: bool,
) -> dict[str, Any]:
    """rows: one for each line, in order. marks: what else happened. Times in ms."""
    if note := context_note(series):
        notes = [*notes, note]
    return {
        "error": "",
        "figure": trends_figure.chart(ask, series, marks),
        "start": ask.start_ns / 1e6,
        "stop": ask.stop_ns / 1e6,
        "now": ask.now_ns / 1e6,
        "follows": ask.follows,
        "rows": [row(place, one, marks, ask, alarms_known) for place, one in enumerate(series)],
        "marks": [_mark(mark) for mark in marks],
        "notes": notes,
    }


def row(
    place: int, series: Series, marks: list[Mark], ask: TrendAsk, alarms_known: bool
) -> dict[str, Any]:
    """violated: seconds any alarm of it stood; null where alarms are not known."""
    parameter = series.entry.parameter
    seconds, severity = violated_s(marks, series.entry.key)
    return {
        "key": series.entry.key,
        "colour": colour(place, palette(ask.theme)),
        "width": series.width_ns / 1e6,
        "names": series.names if series.stated else None,
        "integer": parameter.type.value == "integer",
        "violated": seconds if alarms_known else None,
        "severity": int(severity),
    } | statistics(series)


def _mark(mark: Mark) -> dict[str, Any]:
    return {
        "kind": mark.kind.value,
        "start": mark.start_ns / 1e6,
        "stop": mark.stop_ns / 1e6,
        "title": mark.title,
        "severity": int(mark.severity),
        "open": mark.open,
        "keys": sorted(mark.keys),
    }
