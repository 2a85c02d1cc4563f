"""Who is told what: the routes file. Every mistake in it is found at once; no secret is shown.

    [[route]]
    name = "flight-control"
    to = ["mailtos://watch:${MAIL_PASSWORD}@mail.example.org?to=fcr@example.org"]
    severity = "caution"            # and above
    spacecraft = ["iss"]            # all, when left out
    subsystem = ["adcs", "cmg"]     # all, when left out
    group_s = 10                    # wait this long for more to come, then send one message
    repeat_s = 600                  # again while nobody acknowledges; 0 is never
    escalate_after_s = 300          # then tell another route too
    escalate_to = "on-call"
    resolved = true                 # tell also when it is acknowledged or back in limits
    only_escalations = false        # this route hears only what others escalate to it

What a target may look like is Apprise's to say: https://appriseit.com/services/
"""

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import quote, urlsplit

from telemetry.errors import Problem, UsageError
from telemetry.limit import LEVELS, Severity
from telemetry.missiondb.table import Raw, Table, hint

#: A day: a longer wait is a mistake.
MAX_SECONDS: Final = 86_400.0
#: `ground` raises an alarm on what is owed for long; waiting on purpose must not be that.
MAX_GROUP_S: Final = 60.0
MAX_ROUTES: Final = 50
MAX_TARGETS: Final = 20

_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
_VARIABLE = re.compile(r"\$\{(\w+)\}")
_SEVERITIES = {level.name.lower(): level for level in LEVELS}
#: Schemes whose URL names a machine where others have a token.
_WITH_HOST: Final = frozenset(
    scheme + secure
    for scheme in (
        "apprise",
        "form",
        "gotify",
        "json",
        "mailto",
        "matrix",
        "mmost",
        "mqtt",
        "nctalk",
        "rocket",
        "rsyslog",
        "xml",
    )
    for secure in ("", "s")
)


class RoutesError(UsageError):
    """All mistakes found in a routes file, as `problems`."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        self.problems = problems
        more = (
            f" (and {len(problems) - 1} more: run `stationwatch notify check`)"
            if problems[1:]
            else ""
        )
        super().__init__(f"{problems[0]}{more}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One receiver of a route. Its URL holds secrets, so that only `shown` is for people."""

    route: str
    index: int
    url: str = field(repr=False)

    @property
    def shown(self) -> str:
        """`mailtos://mail.example.org`, or the scheme alone where a host could be a token."""
        return show(self.url)


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """severity: this class and above. spacecraft, subsystem: empty means all."""

    name: str
    to: tuple[Target, ...]
    severity: Severity = Severity.CAUTION
    spacecraft: frozenset[str] = frozenset()
    subsystem: frozenset[str] = frozenset()
    group_s: float = 10.0
    repeat_s: float = 0.0
    escalate_after_s: float = 0.0
    escalate_to: str = ""
    resolved: bool = False
    only_escalations: bool = False


def show(url: str) -> str:
    """What of a target's URL may be seen."""
    scheme, _, rest = url.partition("://")
    scheme = scheme if rest and re.fullmatch(r"[A-Za-z][A-Za-z0-9.+-]*", scheme) else "?"
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        host = ""
    return f"{scheme}://{host if scheme.lower() in _WITH_HOST else '...'}"


def read_routes(
    path: Path,
    environment: Mapping[str, str],
    *,
    spacecraft: Mapping[str, frozenset[str]],
    usable: Callable[[str], bool],
) -> tuple[Route, ...]:
    """The routes of a file.

    spacecraft: the ids there are, each with those of its subsystems. usable: whether a target's
    URL can be sent to.
    :raises RoutesError: with every mistake in the file.
    """
    problems: list[Problem] = []
    reader = _Reader(path.name, problems, environment, spacecraft, usable)
    routes = reader.routes(_load(path, problems))
    if problems:
        raise RoutesError(tuple(problems))
    return routes


def _load(path: Path, problems: list[Problem]) -> Raw:
    try:
        return tomllib.loads(path.read_bytes().decode())
    except OSError as error:
        problems.append(Problem(path.name, "", "", f"cannot be read: {error.strerror}"))
    except ValueError as error:
        problems.append(Problem(path.name, "", "", f"is not TOML: {error}"))
    return {"route": []}


class _Reader:
    def __init__(
        self,
        file: str,
        problems: list[Problem],
        environment: Mapping[str, str],
        spacecraft: Mapping[str, frozenset[str]],
        usable: Callable[[str], bool],
    ) -> None:
        self._file = file
        self._problems = problems
        self._environment = environment
        self._spacecraft = spacecraft
        self._usable = usable

    def routes(self, raw: Raw) -> tuple[Route, ...]:
        file = Table(raw, file=self._file, name="", problems=self._problems)
        rows: list[object] = []
        if "route" in file:
            rows = file.items("route") if file.raw["route"] != [] else []
        elif not self._problems:
            file.report("", "has no [[route]]")
        file.finish()
        if len(rows) > MAX_ROUTES:
            file.report("route", f"there are {len(rows)} routes; at most {MAX_ROUTES} can be")
        routes: dict[str, Route] = {}
        for number, row in enumerate(rows, 1):
            if not isinstance(row, dict):
                file.report("route", "each must be a table: [[route]]")
                continue
            called = row.get("name")
            name = f"route {called if isinstance(called, str) and called else number}"
            table = Table(row, file=self._file, name=name, problems=self._problems)
            route = self._route(table)
            if route.name in routes:
                table.report("name", f"another route is called {route.name!r} already")
            routes[route.name] = route
        self._check_escalations(routes)
        return tuple(routes.values())

    def _route(self, table: Table) -> Route:
        name = table.text("name")
        if name and not _NAME.fullmatch(name):
            table.report("name", "is of A-Z, a-z, 0-9, _ and -, at most 64")
        severity = table.choice("severity", _SEVERITIES) if "severity" in table else None
        spacecraft = self._ids(table, "spacecraft", frozenset(self._spacecraft))
        of = spacecraft or frozenset(self._spacecraft)
        subsystems = frozenset(one for craft in of for one in self._spacecraft[craft])
        route = Route(
            name=name,
            to=self._targets(table, name),
            severity=severity or Severity.CAUTION,
            spacecraft=spacecraft,
            subsystem=self._ids(table, "subsystem", subsystems),
            group_s=self._seconds(table, "group_s", 10.0, most=MAX_GROUP_S),
            repeat_s=self._seconds(table, "repeat_s"),
            escalate_after_s=self._seconds(table, "escalate_after_s"),
            escalate_to=table.text("escalate_to", required=False),
            resolved=table.flag("resolved"),
            only_escalations=table.flag("only_escalations"),
        )
        if bool(route.escalate_to) is not (route.escalate_after_s > 0):
            lacks = "escalate_after_s" if route.escalate_to else "escalate_to"
            table.report(lacks, "escalate_to and escalate_after_s go together")
        table.finish()
        return route

    def _targets(self, table: Table, route: str) -> tuple[Target, ...]:
        items = table.raw["to"] if "to" in table else None
        if not isinstance(items, list) or not items:
            # What is there instead could be a URL, and so is not shown.
            table.report("to", "must be a list of URLs")
            items = []
        if len(items) > MAX_TARGETS:
            table.report("to", f"has {len(items)} targets; at most {MAX_TARGETS} can be")
        targets = []
        for index, item in enumerate(items):
            if not isinstance(item, str) or not item.strip():
                table.report("to", f"target {index + 1} must be a text")
                continue
            before = len(self._problems)
            url = self._filled(table, item.strip())
            if len(self._problems) == before and not self._usable(url):
                table.report("to", f"target {index + 1}, {show(url)}, is no URL Apprise can use")
            targets.append(Target(route=route, index=index, url=url))
        return tuple(targets)

    def _filled(self, table: Table, text: str) -> str:
        """With its ${VARIABLES}. A variable that is not all of it is quoted: a password may
        hold what means something in a URL."""

        def value(match: re.Match[str]) -> str:
            variable = match.group(1)
            found = self._environment.get(variable, "")
            if not found:
                table.report("to", f"the environment variable {variable} is not set")
            return found if match.group(0) == text else quote(found, safe="")

        return _VARIABLE.sub(value, text)

    def _ids(self, table: Table, key: str, known: frozenset[str]) -> frozenset[str]:
        ids = set()
        for item in table.items(key) if key in table else []:
            if not isinstance(item, str):
                table.report(key, "must be a list of texts")
            elif item not in known:
                table.report(key, f"the mission database has no {item!r}{hint(item, known)}")
            else:
                ids.add(item)
        return frozenset(ids)

    def _seconds(
        self, table: Table, key: str, default: float = 0.0, most: float = MAX_SECONDS
    ) -> float:
        if key not in table:
            return default
        seconds = table.not_negative(key)
        if seconds > most:
            table.report(key, f"is longer than {most:.0f} s")
        return seconds

    def _check_escalations(self, routes: Mapping[str, Route]) -> None:
        for route in routes.values():
            if route.escalate_to and route.escalate_to not in routes:
                message = f"no route {route.escalate_to!r}{hint(route.escalate_to, routes)}"
                self._report(route, message)
            seen = {route.name}
            following = routes.get(route.escalate_to)
            while following and following.name not in seen:
                seen.add(following.name)
                following = routes.get(following.escalate_to)
            if following and following.name == route.name:
                self._report(route, "comes back to this route")
        escalated_to = {route.escalate_to for route in routes.values()}
        for route in routes.values():
            if route.only_escalations and route.name not in escalated_to:
                self._report(route, "no route escalates to this one", "only_escalations")

    def _report(self, route: Route, message: str, key: str = "escalate_to") -> None:
        self._problems.append(Problem(self._file, f"route {route.name}", key, message))
