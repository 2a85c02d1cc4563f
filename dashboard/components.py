"""Pieces of pages, as functions of values. Nothing here knows a parameter by name."""

import uuid
from collections.abc import Mapping
from typing import Any

import dash_mantine_components as dmc
from dash import html

from dashboard import theme
from telemetry.limit import Limits, Response, Severity
from telemetry.missiondb import MissionDatabase
from telemetry.parameter import Parameter, Subsystem


def labelled(words: str) -> dict[str, Any]:
    """For those who hear the page."""
    return {"aria-label": words}


def page(name: str, content: Any, class_name: str = "") -> html.Main:
    """The root of a page: `assets/core/document.js` finds its view by the name."""
    classes = f"page {name}-page {class_name}".strip()
    # of its own each time: React would put the next page into the nodes of the last one
    return html.Main(content, className=classes, key=uuid.uuid4().hex, **data(page=name))


def data(**fields: str) -> dict[str, Any]:
    """Attributes for the browser: `data(readout="iss/X")` is `data-readout="iss/X"`."""
    return {f"data-{name.replace('_', '-')}": value for name, value in fields.items()}


def severity_mark(severity: Severity) -> html.Span:
    look = theme.SEVERITY_LOOKS[severity]
    return html.Span(look.label, className=f"severity-{theme.css_name(look.word)}")


def readout(key: str, database: MissionDatabase, *, strip: bool = False) -> html.Div:
    """A value with its name, unit, age and what is said of it. `assets/core/readout.js` paints it.

    key: `iss/USLAB000010`. A parameter the mission database does not have is left out in words.
    """
    craft, _, parameter_id = key.partition("/")
    try:
        parameter = database.parameter(craft, parameter_id)
    except KeyError:
        return html.Div(f"{key}: not in the mission database", className="readout missing dim")
    parts: list[Any] = [
        html.Span(className="mark"),
        html.Span(parameter.name, className="name", title=f"{parameter.name} ({parameter.id})"),
        html.Span("NO DATA", className="value never"),
        html.Span(parameter.unit, className="unit"),
    ]
    if strip:
        parts.append(html.Canvas(className="strip", **labelled(f"{parameter.name}, 5 minutes")))
    parts.append(html.Span(className="age"))
    return html.Div(
        parts,
        className="readout with-strip" if strip else "readout",
        tabIndex=0,
        role="button",
        **data(readout=key),
    )


def freshness_badge(key: str) -> html.Span:
    """Whether the data of a subsystem come as they should. key: `iss/adcs`."""
    return html.Span("□ NO DATA", className="freshness no-data", **data(freshness=key))


def response_card(title: str, response: Response | None, note: str = "") -> html.Div:
    """What to do about an alarm."""
    if response is None:
        lines: Mapping[str, str] = {"Response": note or "None is defined: advisory only."}
    else:
        lines = {
            "First action": response.action,
            "Time available": response.time_available,
            "Cause": response.cause,
            "Consequence": response.consequence,
        }
    facts = [item for name, text in lines.items() for item in (html.Dt(name), html.Dd(text))]
    return html.Div([html.H3(title), html.Dl(facts)], className="response")


def limits_table(parameter: Parameter, limits: Limits | None = None) -> html.Div:
    """Every limit of a parameter, least severe first. limits: other ones that hold instead."""
    limits = limits or parameter.limits
    found = _limit_rows(parameter, limits)
    rows = [html.Tr([html.Td(severity_mark(s)), html.Td(t)]) for s, t in found]
    if not rows:
        return html.Div("No limit is defined.", className="dim")
    notes = [f"counts once it has lasted {limits.persistence_s:g} s"] * bool(limits.persistence_s)
    if limits.hysteresis:
        notes.append(f"returns {limits.hysteresis:g} {parameter.unit} inside the limit")
    if limits.latching:
        notes.append("latching: stays until reset")
    return html.Div(
        [
            html.Table(html.Tbody(rows), className="limits"),
            html.Div("; ".join(notes), className="dim"),
        ]
    )


def _limit_rows(parameter: Parameter, limits: Limits) -> list[tuple[Severity, str]]:
    rows = [(s, f"{_span(b.low, b.high)} {parameter.unit}") for s, b in limits.range.items()]
    rows += [
        (s, f"rate {_span(b.low, b.high)} {parameter.unit or '1'}/s")
        for s, b in limits.rate.items()
    ]
    rows += [
        (s, "when " + ", ".join(parameter.display(code) for code in sorted(codes)))
        for s, codes in limits.states.items()
    ]
    rows += [
        (s, f"grows by {_span(b.low, b.high)} {parameter.unit} in {limits.increase_over_s:g} s")
        for s, b in limits.increase.items()
    ]
    return sorted(rows, key=lambda row: row[0])


def _span(low: float | None, high: float | None) -> str:
    if low is None:
        return f"above {high:g}"
    if high is None:
        return f"below {low:g}"
    return f"outside {low:g} to {high:g}"


def definition(parameter: Parameter, subsystem: Subsystem) -> html.Dl:
    sampled = "on change" if parameter.period_s is None else f"every {parameter.period_s:g} s"
    facts = {
        "Id": parameter.id,
        "Subsystem": subsystem.name,
        "Type": parameter.type.value,
        "Unit": parameter.unit or "none",
        "Sent": sampled,
    }
    if parameter.states:
        facts["States"] = ", ".join(f"{code} {name}" for code, name in parameter.states.items())
    if parameter.description:
        facts["Description"] = parameter.description
    return html.Dl(
        [item for name, text in facts.items() for item in (html.Dt(name), html.Dd(text))],
        className="definition",
    )


def notification(
    title: str, message: str, *, colour: str, identity: str, stays: bool = False
) -> dict[str, Any]:
    """For `NotificationContainer.sendNotifications`."""
    return {
        "action": "show",
        "id": identity,
        "title": title,
        "message": message,
        "color": colour,
        "autoClose": False if stays else 6000,
    }


def notifications(identity: str) -> dmc.NotificationContainer:
    return dmc.NotificationContainer(id=identity, position="bottom-right", sendNotifications=[])
