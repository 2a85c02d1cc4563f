"""The mission database page: a parameter by what people remember of it, and all there is on it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from dash import Dash, Input, Output, State, dcc, html, no_update

from dashboard import components, limit_scale
from dashboard.address import Address
from dashboard.database_search import MAX_FOUND, Entry, entries, search
from dashboard.means import Means
from dashboard.pages.names import WHERE
from dashboard.pages.tabs import GROUND_TABS, tabs
from telemetry.errors import UsageError
from telemetry.incident import alarm_pattern
from telemetry.limit import Context
from telemetry.missiondb import SHIPPED
from telemetry.missiondb.changes import Change, ChangeFolder

QUERY: Final = "database-query"
FOUND: Final = "database-found"
_MAX_QUERY: Final = 200


@dataclass(frozen=True, slots=True)
class DatabasePage:
    means: Means
    path: str = "/database"
    name: str = ""
    _known: tuple[Entry, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_known", entries(self.means.database))

    def layout(self, address: Address) -> html.Main:
        words = address.query.get("q", "")[:_MAX_QUERY]
        return components.page(
            "database",
            [
                tabs(GROUND_TABS, address),
                html.Div(
                    [
                        html.Section(
                            [
                                html.Label(
                                    [
                                        "Search",
                                        dcc.Input(
                                            id=QUERY,
                                            type="search",
                                            value=words,
                                            placeholder="id, name, unit, subsystem, state ...",
                                            maxLength=_MAX_QUERY,
                                            debounce=False,
                                        ),
                                    ],
                                    className="database-search",
                                ),
                                html.Div(self.found(words, address), id=FOUND),
                            ],
                            className="database-list",
                        ),
                        html.Section(
                            self.about(address), className="database-about", id="database-about"
                        ),
                    ],
                    className="database-columns",
                ),
            ],
        )

    def register(self, pages: Dash) -> None:
        @pages.callback(
            Output(FOUND, "children"),
            Input(QUERY, "value"),
            State(WHERE, "pathname"),
            State(WHERE, "search"),
            prevent_initial_call=True,
        )
        async def show_found(words: str | None, path: str | None, query: str | None) -> Any:
            address = Address.read(path, query)
            if address.path != self.path:
                return no_update  # the page has gone
            return self.found(words or "", address)

    def found(self, words: str, address: Address) -> list[Any]:
        words = words[:_MAX_QUERY]
        if not words.strip():
            counted = f"{len(self._known)} parameters, version {self.means.database.version}."
            return [html.P(f"{counted} Type what you remember.", className="dim")]
        hits = search(self._known, words)
        if not hits:
            return [html.P("Nothing has all of these words.", className="dim")]
        shown = hits[:MAX_FOUND]
        more = f", the best {MAX_FOUND} of them:" if len(hits) > MAX_FOUND else ":"
        return [
            html.P(f"{len(hits)} found{more}", className="dim", role="status"),
            html.Ul([html.Li(_link(one, words, address)) for one in shown]),
        ]

    def about(self, address: Address) -> list[Any]:
        key = address.query.get("p", "")
        if not key:
            return [html.P("Choose a parameter to see all there is on it.", className="dim")]
        entry = next((one for one in self._known if one.key == key), None)
        if entry is None:
            return [html.P(f"{key[:80]} is not in the mission database.", className="dim")]
        return list(self._about(entry, address))

    def _about(self, entry: Entry, address: Address) -> Iterator[Any]:
        parameter, limits = entry.parameter, entry.parameter.limits
        yield html.H1([parameter.name, html.Small(f" {entry.key}")])
        yield html.Div(
            [
                components.freshness_badge(f"{entry.craft.id}/{entry.subsystem.id}"),
                html.A("History in Trends", href=address.link("/trends", p=entry.key)),
                html.A(
                    "Its subsystem",
                    href=address.link(f"/systems/{entry.craft.id}/{entry.subsystem.id}"),
                ),
            ],
            className="ways",
        )
        yield components.readout(entry.key, self.means.database, strip=True)
        yield components.definition(parameter, entry.subsystem)
        if entry.subsystem.derived:
            sources = ", ".join(entry.subsystem.derived_from)
            yield html.P(f"Computed by ingest, from {sources}.", className="dim")
        yield html.H2("Limits")
        if (drawn := limit_scale.scale(entry.key, limits.range)) is not None:
            yield drawn
        yield components.limits_table(parameter)
        for number, context in enumerate(limits.contexts, 1):
            yield html.H3(f"Instead, {number}: {_when(context)}")
            yield components.limits_table(parameter, limits.in_context(context))
        if limits.response:
            yield components.response_card("Response", limits.response)
        yield from self._incidents(entry)
        yield from self._changes(entry)
        if entry.craft.source:
            yield html.P(f"Source: {entry.craft.source}", className="dim")

    def _incidents(self, entry: Entry) -> Iterator[Any]:
        """Rules that name an alarm of it, and as what."""
        named = []
        for rule in self.means.database.incidents.values():
            groups = {
                "begins": rule.roots,
                "belongs to the cascade of": rule.cascade,
                "is explained, and held back, by": [one.alarm for one in rule.consequences],
            }
            named += [
                html.Li([f"{role} ", html.B(rule.title)])
                for role, patterns in groups.items()
                if any(_names(pattern, entry) for pattern in patterns)
            ]
        if named:
            yield html.H2("Incidents")
            yield html.Ul(named)

    def _changes(self, entry: Entry) -> Iterator[Any]:
        """Changes of its limits that were proposed, and what became of them."""
        yield html.H2("Changes of its limits")
        try:
            changes = list(ChangeFolder(self.means.missiondb or SHIPPED).all())
        except UsageError as error:
            yield html.P(f"They cannot be read: {error}.", className="dim")
            return
        lines = [_change(number, one) for number, one in changes if _concerns(one, entry)]
        yield html.Ul(lines) if lines else html.P("None was proposed.", className="dim")


def _link(entry: Entry, words: str, address: Address) -> html.A:
    parameter = entry.parameter
    return html.A(
        [
            html.Span(parameter.name, className="name"),
            html.Code(entry.key),
            html.Span(parameter.unit, className="dim"),
            html.Span(entry.subsystem.name, className="dim where"),
        ],
        href=address.link(address.path, q=words, p=entry.key),
        className="here" if address.query.get("p") == entry.key else "",
    )


def _when(context: Context) -> str:
    planned = " or ".join(sorted(context.planned))
    modes = [f"{name} is {' or '.join(sorted(states))}" for name, states in context.mode.items()]
    return " and ".join(filter(None, (f"while {planned} is planned" if planned else "", *modes)))


def _names(pattern: str, entry: Entry) -> bool:
    """Whether a rule's pattern is of an alarm of this parameter."""
    conditions = ("limit", "rate", "invalid", "increase")
    matches = alarm_pattern(pattern).fullmatch
    return any(matches(f"{entry.key}.{condition}") for condition in conditions)


def _concerns(change: Change, entry: Entry) -> bool:
    return any(entry.parameter.id in line for line in change.changes)


def _change(number: int, change: Change) -> html.Li:
    decided = f", {change.decided_by} on {change.decided_at}" if change.decided_by else ""
    return html.Li(
        [
            html.B(f"{number} {change.state}"),
            f" by {change.by} on {change.at}{decided}: {change.why}",
            html.Ul([html.Li(html.Code(line)) for line in change.changes]),
        ]
    )
