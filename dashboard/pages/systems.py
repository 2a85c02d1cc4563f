"""The systems pages: every parameter of every subsystem, from the mission database alone.

`/systems` has all of them; `/systems/iss/eps` one, large. No parameter is known here by its name.
"""

from dataclasses import dataclass
from typing import Any, Final

from dash import Dash, dcc, html

from dashboard import components
from dashboard.address import Address
from dashboard.catalogue import INGEST
from dashboard.means import Means
from dashboard.parameter_groups import ParameterGroup, parameter_groups
from dashboard.trends_ask import MAX_PARAMETERS
from telemetry.parameter import Parameter, ParameterType, Spacecraft, Subsystem

#: Below so many parameters no groups are made: they are seen at once.
_UNGROUPED: Final = 9


@dataclass(frozen=True, slots=True)
class SystemsPage:
    means: Means
    path: str = "/systems"
    name: str = "Systems"

    def layout(self, address: Address) -> html.Main:
        names = address.path.removeprefix(self.path).strip("/")
        return self._one(address, names) if names else self._all(address)

    def register(self, pages: Dash) -> None:
        """It asks the server for nothing."""

    def _all(self, address: Address) -> html.Main:
        return components.page(
            "systems",
            [
                html.H1("All systems", className="unseen"),
                html.Div(
                    [
                        _filter(address),
                        _alarm_toggle(),
                        html.Div(id="overview", className="overview"),
                    ],
                    className="toolbar",
                ),
                html.Div(id="panels", className="panels"),
            ],
        )

    def _one(self, address: Address, names: str) -> html.Main:
        craft_id, _, subsystem_id = names.partition("/")
        craft = self.means.database.spacecraft.get(craft_id)
        subsystem = craft.subsystems.get(subsystem_id) if craft else None
        if craft is None or subsystem is None:
            return components.page(
                "nothing",
                [
                    html.H1("There is no such subsystem"),
                    html.P(f"The mission database has no {craft_id}/{subsystem_id}."),
                    html.P(html.A("All systems", href=address.link(self.path))),
                ],
                class_name="no-page",
            )
        return components.page(
            "subsystem",
            [
                self._ways(address, f"{craft_id}/{subsystem_id}"),
                _head(address, craft, subsystem),
                html.Div(className="signal-banners"),
                html.Div(
                    [self._group(address, craft_id, group) for group in _groups(subsystem)],
                    className="groups",
                ),
                html.P("Nothing fits.", className="nothing-fits", hidden=True),
            ],
            class_name="systems-page",
        )

    def _ways(self, address: Address, here: str) -> html.Nav:
        """To all subsystems; the browser puts the state of each into its link."""
        ways: list[Any] = [html.A("All systems", href=address.link(self.path), className="chip")]
        crafts = self.means.database.spacecraft.values()
        for craft in sorted(crafts, key=lambda craft: craft.id == INGEST):
            ways.append(html.Span(craft.name, className="craft-name"))
            for subsystem in craft.subsystems.values():
                key = f"{craft.id}/{subsystem.id}"
                current: dict[str, Any] = {"aria-current": "page"} if key == here else {}
                ways.append(
                    html.A(
                        subsystem.id,
                        href=address.link(f"{self.path}/{key}"),
                        title=f"{craft.name}: {subsystem.name}",
                        className="chip",
                        **current,
                        **components.data(subsystem=key),
                    )
                )
        return html.Nav(ways, className="ways", **components.labelled("Subsystems"))

    def _group(self, address: Address, craft: str, group: ParameterGroup) -> html.Section:
        drawn = [one for one in group.parameters if one.type.numeric][:MAX_PARAMETERS]
        keys = ",".join(f"{craft}/{one.id}" for one in drawn)
        title = group.title or "General"
        trends = html.A(
            "Trends",
            href=address.link("/trends", p=keys),
            **components.labelled(f"Trends of {title}"),
        )
        return html.Section(
            [
                html.Header([html.H2(title), trends if drawn else None]),
                *(self._line(address, craft, group, one) for one in group.parameters),
            ],
            className="group",
        )

    def _line(
        self, address: Address, craft: str, group: ParameterGroup, parameter: Parameter
    ) -> html.Div:
        key = f"{craft}/{parameter.id}"
        textual = parameter.type is ParameterType.STRING
        row: Any = components.readout(key, self.means.database, strip=not textual)
        for part in row.children:
            if part.className == "name":
                part.children = [group.short(parameter), html.Small(parameter.id)]
        # how near to its limits: between the unit and the strip
        row.children.insert(4, html.Div(className="limit", **components.data(limit=key)))
        row.className += " text" if textual else "" if parameter.type.numeric else " state"
        link = html.A(
            "↗",
            href=address.link("/trends", p=key),
            title="Trends",
            **components.labelled(f"Trends of {parameter.name}"),
        )
        about = f"{parameter.name} {parameter.id} {group.title}".lower()
        return html.Div([row, link], className="line", **components.data(about=about))


def _groups(subsystem: Subsystem) -> tuple[ParameterGroup, ...]:
    parameters = tuple(subsystem.parameters.values())
    if len(parameters) < _UNGROUPED:
        return (ParameterGroup(title="All", of_one=False, parameters=parameters),)
    return parameter_groups(parameters)


def _head(address: Address, craft: Spacecraft, subsystem: Subsystem) -> html.Header:
    key = f"{craft.id}/{subsystem.id}"
    return html.Header(
        [
            html.H1([subsystem.name, html.Small(craft.name)]),
            components.freshness_badge(key),
            html.Span(className="heard"),
            html.Span(className="counts", role="status"),
            _alarm_toggle(),
            _filter(address),
        ],
        className="subsystem-head",
        **components.data(subsystem_head=key),
    )


def _filter(address: Address) -> dcc.Input:
    return dcc.Input(
        id="search",
        type="search",
        placeholder="Filter parameters",
        value=address.query.get("q", ""),
        debounce=False,
    )


def _alarm_toggle() -> html.Button:
    pressed: dict[str, Any] = {"aria-pressed": "false"}
    return html.Button("In alarm only", type="button", className="chip only-alarms", **pressed)
