"""What people were told, over ingest's HTTP, for consoles.

GET /notified   JSON: the routes in force, what is owed to whom, what was sent and how it went
"""

from collections.abc import Sequence
from typing import Any, Final

import msgspec
from aiohttp import web

from ingest.notify.outbox import Outbox
from ingest.notify.routes import Route
from ingest.notify.told import MAX_SHOWN

PATH: Final = "/notified"


def notify_routes(routes: Sequence[Route], outbox: Outbox | None) -> list[web.RouteDef]:
    """outbox: None where no routes file is set, and so nobody is notified."""

    async def notified(_: web.Request) -> web.Response:
        body = {
            "routes": [_told(route) for route in routes],
            "attempts": await outbox.attempts(MAX_SHOWN) if outbox else [],
            "waiting": await outbox.waiting(MAX_SHOWN) if outbox else [],
            "owed": outbox.owed if outbox else 0,
            "given_up": outbox.given_up if outbox else 0,
        }
        return web.Response(body=msgspec.json.encode(body), content_type="application/json")

    return [web.get(PATH, notified)]


def _told(route: Route) -> dict[str, Any]:
    """Of a target only what may be shown: its address holds secrets."""
    return {
        "name": route.name,
        "targets": [target.shown for target in route.to],
        "severity": int(route.severity),
        "spacecraft": sorted(route.spacecraft),
        "subsystem": sorted(route.subsystem),
        "group_s": route.group_s,
        "repeat_s": route.repeat_s,
        "escalate_after_s": route.escalate_after_s,
        "escalate_to": route.escalate_to,
        "resolved": route.resolved,
        "only_escalations": route.only_escalations,
    }
