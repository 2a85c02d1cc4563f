"""The scorecard as tables. Pure: figures in, components out."""

from typing import Any, Final

from dash import html

from dashboard import components, paper
from dashboard.paper import moment
from telemetry.clock import SECOND_NS
from telemetry.scorecard import Figure, Scorecard, Verdict

_VERDICTS: Final = {
    Verdict.MET: ("✓ met", "verdict-met"),
    Verdict.MISSED: ("✖ MISSED", "verdict-missed"),
    Verdict.NONE: ("-", "verdict-none"),
}


def render(card: Scorecard) -> list[Any]:
    hours = (card.stop_ns - card.start_ns) / (3600 * SECOND_NS)
    people = f"{card.operators} operator{'s' if card.operators > 1 else ''}"
    head = (
        f"{moment(card.start_ns)} to {moment(card.stop_ns)} UTC ({hours:.1f} h), {people}: "
        f"{card.annunciations} annunciations, {card.held_back} held back by incidents."
    )
    classes = [
        (components.severity_mark(s), f"{share:.0f} %") for s, share in card.priorities.items()
    ]
    actors = [
        (f"{one.spacecraft}/{one.alarm}", str(one.annunciations), f"{one.share:.0f} %")
        for one in card.bad_actors
    ]
    floods = [(moment(one.start_ns), moment(one.stop_ns)) for one in card.floods]
    chattering = [(name, str(times)) for name, times in card.chattering]
    standing = [(name, moment(since_ns)) for name, since_ns in card.standing]
    heads = ("Figure", "Value", "Target", "Verdict", "Source")
    return [
        html.P(head),
        paper.table(heads, [_row(one) for one in card.figures], "No figure."),
        paper.section(
            "By class (wanted: 80 / 15 / 5 %)",
            paper.table(("Class", "Share"), classes, "Nothing was annunciated."),
        ),
        paper.section(
            "Most frequent", paper.table(("Alarm", "Annunciations", "Share"), actors, "None.")
        ),
        paper.section("Floods", paper.table(("From (UTC)", "To (UTC)"), floods, "None.")),
        paper.section("Chattering", paper.table(("Alarm", "Times"), chattering, "None.")),
        paper.section(
            "Active for over 24 h", paper.table(("Alarm", "Since (UTC)"), standing, "None.")
        ),
    ]


def _row(figure: Figure) -> tuple[Any, ...]:
    word, name = _VERDICTS[figure.verdict]
    value = "-" if figure.value is None else f"{_short(figure.value)} {figure.unit}".rstrip()
    return figure.name, value, figure.target or "-", html.Span(word, className=name), figure.source


def _short(value: float) -> str:
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"
