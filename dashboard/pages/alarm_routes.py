"""What the alarm pages and the annunciator ask for: JSON over HTTP, drawn by `assets/pages`.

GET /alarms/journal.json    a page of the journal      GET /alarms/journal.csv   the same as a file
GET /alarms/missed.json     what was annunciated while a browser was not listening
GET /alarms/about.json      one alarm: what to do, and the events of its occurrence
GET /alarms/notified.json   what people who are not at a console were told
GET /alarms/incidents.json  incidents that are over, as ingest has kept them

Where the store or ingest is away, `error` says so and the rest is empty: unknown is not nothing.
"""

import asyncio
import csv
import io
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final, cast

import msgspec
import numpy as np
from dash import Dash
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse

from dashboard import event_rows, incident_rows, journal
from dashboard.address import Address
from dashboard.alarm_rows import subject_words
from dashboard.ingest_client import IngestAway
from dashboard.means import Means
from dashboard.tree import NoTree
from telemetry.alarm import Event
from telemetry.clock import LAST_NS, SECOND_NS
from telemetry.errors import StoreError, UsageError
from telemetry.incident import Incident
from telemetry.limit import Response as Advice
from telemetry.limit import Severity
from telemetry.moments import parse_time
from telemetry.topics import LIVE_ROOT

MAX_CSV_LINES: Final = 50_000
#: Of one occurrence, in a detail pane.
MAX_OF_OCCURRENCE: Final = 100
MAX_INCIDENTS: Final = 200
_MAX_TEXT: Final = 100
#: What is drawn of the time when an alarm came.
ONSET_BEFORE_NS: Final = 300 * SECOND_NS
ONSET_AFTER_NS: Final = 600 * SECOND_NS
ONSET_WIDTH_NS: Final = 5 * SECOND_NS
_MAX_ABSENCE_NS: Final = 7 * 86_400 * SECOND_NS

Query = Mapping[str, str]
Ask = Callable[[Query], Awaitable[dict[str, Any]]]


class AlarmRoutes:
    def __init__(self, means: Means) -> None:
        self._means = means
        self._exporting = asyncio.Lock()

    def _of(self, query: Query) -> Means:
        """With the store and the ingest of the root a page asks from."""
        return self._means.of(f"?root={query.get('root', '')}")

    def register(self, pages: Dash) -> None:
        """Before Dash's own catch-all, which would answer these with its page."""
        server = cast(FastAPI, pages.server)
        answers = {
            "journal": self.lines,
            "missed": self.missed,
            "about": self.about,
            "notified": self.notified,
            "incidents": self.incidents,
        }
        for name, ask in answers.items():
            server.add_api_route(f"/alarms/{name}.json", _json(ask))
        server.add_api_route("/alarms/journal.csv", self._file)

    async def _file(self, request: Request) -> Response:
        try:
            text = await self.csv(request.query_params)
        except UsageError as error:
            return Response(str(error), status_code=400, media_type="text/plain")
        except StoreError as error:
            return Response(str(error), status_code=503, media_type="text/plain")
        name = {"content-disposition": 'attachment; filename="alarm-journal.csv"'}
        return Response(text, media_type="text/csv; charset=utf-8", headers=name)

    async def lines(self, query: Query) -> dict[str, Any]:
        """query: craft, class, kind, heard, by, text, from, to; before: of the page before it.

        :raises UsageError: if it cannot be understood.
        """
        wanted = self._wanted(query)
        try:
            found = await journal.page(self._of(query).history.events, wanted, self._name)
        except StoreError as error:
            return {"rows": [], "before": "", "error": str(error)}
        return {
            "rows": [event_rows.row(event, self._means.database) for event in found.events],
            "before": str(found.before_ns or ""),
            "back_to": found.before_ns / 1e6,
            "error": "",
        }

    async def csv(self, query: Query) -> str:
        """The newest MAX_CSV_LINES that fit. :raises StoreError: if the store is away."""
        # one at a time: a long journal takes a second of this process, and browsers wait
        async with self._exporting:
            found = await journal.page(
                self._of(query).history.events, self._wanted(query), self._name, MAX_CSV_LINES
            )
            return await asyncio.to_thread(self._csv, found.events[:MAX_CSV_LINES])

    def _csv(self, events: Sequence[Event]) -> str:
        text = io.StringIO()
        lines = csv.writer(text)
        lines.writerow(event_rows.CSV_HEAD)
        for event in events:
            lines.writerow(event_rows.csv_line(event, self._means.database))
        return text.getvalue()

    async def missed(self, query: Query) -> dict[str, Any]:
        """query: from, to in ms of the wall; root.

        :raises UsageError: if it cannot be understood.
        """
        stop_ns = _milliseconds(query.get("to"))
        start_ns = max(_milliseconds(query.get("from")), stop_ns - _MAX_ABSENCE_NS)
        root = Address.read("/", f"?root={query.get('root', '')}").root
        if root not in ("", LIVE_ROOT):
            return {"rows": [], "error": "the journal is kept of live telemetry only"}
        try:
            clocks = self._means.trees.at("").view.clocks
            crafts = self._means.database.spacecraft
            read = self._means.history.events
            found = await journal.missed(read, clocks, crafts, start_ns, stop_ns)
        except (StoreError, NoTree) as error:
            return {"rows": [], "error": str(error)}
        return {
            "rows": [event_rows.row(e, self._means.database) for e in found.events],
            "more": found.more,
            "error": "" if found.whole else "the journal is too long to look through",
        }

    async def about(self, query: Query) -> dict[str, Any]:
        """query: craft, subject, occurrence; since: its beginning, ms."""
        craft, subject = query.get("craft", ""), query.get("subject", "")
        said: dict[str, Any] = {"response": _advice(self._advice(craft, subject)), "events": []}
        said["history"] = None
        since_ns = _milliseconds(query.get("since"))
        occurrence = query.get("occurrence", "")
        if not occurrence or craft not in self._means.database.spacecraft:
            return said | {"error": ""}
        try:
            # a float of milliseconds is not exact to the nanosecond
            events = await self._of(query).history.events(
                journal.MAX_LOOKED_AT, max(since_ns - SECOND_NS, 0), LAST_NS, craft
            )
            said["history"] = await self._onset(self._of(query), craft, subject, since_ns)
        except StoreError as error:
            return said | {"error": str(error)}
        its = [event for event in events if event.alarm.occurrence == occurrence]
        shown = [event_rows.row(e, self._means.database) for e in its[-MAX_OF_OCCURRENCE:]]
        return said | {"events": shown, "error": ""}

    async def _onset(
        self, means: Means, craft: str, subject: str, since_ns: int
    ) -> dict[str, Any] | None:
        """What was measured when it came: extremes of each ONSET_WIDTH_NS; None for no number."""
        try:
            subsystem = self._means.database.spacecraft[craft].subsystem_of(subject)
        except KeyError:
            return None
        start_ns, stop_ns = max(since_ns - ONSET_BEFORE_NS, 0), since_ns + ONSET_AFTER_NS
        buckets = await means.history.buckets(
            craft, subsystem.id, subject, start_ns, stop_ns, ONSET_WIDTH_NS
        )
        known = np.isfinite(buckets.minimum)
        if not known.any():
            return None
        return {
            "start": start_ns / 1e6,
            "stop": stop_ns / 1e6,
            "width": buckets.width_ns / 1e6,
            "t": (buckets.time_ns[known] / 1e6).tolist(),
            "low": buckets.minimum[known].tolist(),
            "high": buckets.maximum[known].tolist(),
        }

    async def notified(self, query: Query) -> dict[str, Any]:
        try:
            return cast(dict[str, Any], await self._of(query).ingest.get_json("/notified")) | {
                "error": ""
            }
        except IngestAway as error:
            return {"routes": [], "attempts": [], "waiting": [], "error": str(error)}

    async def incidents(self, query: Query) -> dict[str, Any]:
        """The newest first."""
        try:
            kept = await self._of(query).ingest.get_json("/log/incident")
        except IngestAway as error:
            return {"rows": [], "error": str(error)}
        known: dict[str, Incident] = {}
        for one in msgspec.convert(kept, list[Incident]):
            known.setdefault(one.id, one)  # the newest that was kept of it
        over = sorted(known.values(), key=lambda one: -one.opened_ns)
        rows = [incident_rows.row(i, self._means.database) for i in over if not i.open]
        return {"rows": rows[:MAX_INCIDENTS], "error": ""}

    def _wanted(self, query: Query) -> journal.Wanted:
        start, stop = query.get("from", ""), query.get("to", "")
        stop_ns = parse_time(stop) if stop else LAST_NS
        before = query.get("before", "")
        if before:
            stop_ns = min(stop_ns, _integer(before))
        try:
            name = query.get("class", "nominal").upper() or "NOMINAL"
            severity = Severity[name]
        except KeyError:
            raise UsageError(f"there is no class {query.get('class')!r}") from None
        kind = query.get("kind", "")
        if kind and kind not in journal.KINDS:
            raise UsageError(f"there is no kind {kind!r} of event")
        return journal.Wanted(
            spacecraft=query.get("craft", "")[:_MAX_TEXT],
            severity=severity,
            kind=kind,
            annunciated=query.get("heard", "") == "yes",
            by=query.get("by", "")[:_MAX_TEXT],
            text=query.get("text", "")[:_MAX_TEXT],
            start_ns=parse_time(start) if start else 0,
            stop_ns=stop_ns,
        )

    def _name(self, event: Event) -> str:
        alarm = event.alarm
        return subject_words(self._means.database, alarm.spacecraft, alarm.subject, None)[0]

    def _advice(self, craft: str, subject: str) -> Advice | None:
        spacecraft = self._means.database.spacecraft.get(craft)
        if spacecraft is None:
            return None
        if subject in spacecraft.subsystems:
            return spacecraft.subsystems[subject].stale_response
        try:
            return spacecraft.subsystem_of(subject).parameters[subject].limits.response
        except KeyError:
            return None


def _json(ask: Ask) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        try:
            return JSONResponse(await ask(request.query_params))
        except UsageError as error:
            return JSONResponse({"error": str(error)})  # for the page to show, as all others

    return answer


def _advice(advice: Advice | None) -> list[tuple[str, str]]:
    """In the order in which it is needed."""
    if advice is None:
        return []
    return [
        ("First action", advice.action),
        ("Time available", advice.time_available),
        ("Cause", advice.cause),
        ("Consequence", advice.consequence),
    ]


def _integer(text: str) -> int:
    try:
        return min(max(int(text), 0), LAST_NS)
    except ValueError:
        raise UsageError(f"{text[:40]!r} is no number") from None


def _milliseconds(text: str | None) -> int:
    """Nanoseconds; 0 for nothing."""
    try:
        return min(max(int(float(text or 0) * 1_000_000), 0), LAST_NS)
    except (ValueError, OverflowError):
        raise UsageError(f"{(text or '')[:40]!r} is no time in milliseconds") from None
