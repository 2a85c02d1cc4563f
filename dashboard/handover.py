"""The handover page: all that the next shift must know, on one page to read, print and sign. Pure.

It is made of what the console knows now. What it cannot know (that ingest is silent, that it has
itself not listened for the whole shift) stands on the page: a gap must not read as quiet.
"""

from collections.abc import Iterable
from typing import Any, Final

from dash import html

from dashboard import handover_alarms, paper, plan_rows, theme
from dashboard.board import Board
from dashboard.paper import clock_time, moment
from dashboard.view import LiveView
from telemetry.clock import SECOND_NS
from telemetry.incident import Incident
from telemetry.plan import Plan
from telemetry.shift import Gap, Shift
from telemetry.topics import GROUND, LIVE_ROOT

#: Ingest sends a frame a second; silence for so long means that nobody updates alarms.
SILENT_NS: Final = 5 * SECOND_NS


def render(view: LiveView, root: str, now_ns: int) -> list[Any]:
    """now_ns: wall clock."""
    shift = view.board.shift or Shift()
    alarms = handover_alarms.in_order(view.alarms.values())
    quiet = [alarm for alarm in alarms if alarm.silenced]
    held = [alarm for alarm in alarms if alarm.inhibited_by and not alarm.silenced]
    open_ = [alarm for alarm in alarms if not alarm.inhibited_by and not alarm.silenced]
    shelved = [alarm for alarm in quiet if alarm.shelved_until_ns]
    out = [alarm for alarm in quiet if alarm.out_of_service]
    return [
        html.H1("Shift handover"),
        html.Div(
            ["As of ", html.Time(f"{moment(now_ns)} UTC"), *_modes(view, root)], className="as-of"
        ),
        *(
            html.Div(html.Div(text, className="wrong", role="alert"))
            for text in _doubts(view, now_ns)
        ),
        _signatures(shift),
        paper.section(f"Open alarms ({len(open_)})", handover_alarms.open_alarms(open_, view)),
        paper.section("Incidents", *_incidents(view.board, shift)),
        paper.section(f"Held back ({len(held)})", handover_alarms.held_back(held, view)),
        paper.section(f"Shelved ({len(shelved)})", handover_alarms.shelved(shelved, view)),
        paper.section(f"Out of service ({len(out)})", handover_alarms.out_of_service(out, view)),
        paper.section("Activities", *_activities(view, shift, now_ns)),
        paper.section("Changed limits", *_limits(shift)),
        paper.section("Gaps", *_gaps(shift)),
        paper.section("Notes", *_notes(shift)),
    ]


def _modes(view: LiveView, root: str) -> list[Any]:
    """That it is no real flight, if it is none."""
    banners: dict[str, None] = {}
    for craft, clock in view.clocks.items():
        mode = theme.MODES[clock.kind] if root == LIVE_ROOT else theme.REPLAY_MODE
        if craft != GROUND and mode.banner:
            banners[": ".join(filter(None, (mode.banner, clock.label)))] = None
    return [html.Span(banner, className="mode-banner") for banner in banners]


def _doubts(view: LiveView, now_ns: int) -> list[str]:
    """Why the page may not be true now."""
    if not view.connected:
        since = clock_time(view.connection_changed_ns)
        return [f"BROKER LOST since {since} UTC: this page is not up to date"]
    heard = [one.received_ns for (craft, _), one in view.receptions.items() if craft == GROUND]
    if not heard:
        return ["Ingest was never heard of: nobody checks limits"]
    if now_ns - max(heard) > SILENT_NS:
        since = clock_time(max(heard))
        return [f"STALE: ingest is silent since {since} UTC, alarms are not updated"]
    if view.board.shift is None:
        return ["Ingest has sent no shift log: notes, gaps and signatures are not known"]
    return []


def _signatures(shift: Shift) -> html.Section:
    on_shift = shift.on_shift or "nobody has signed in yet"
    since = f" since {moment(shift.since_ns)} UTC" if shift.since_ns else ""
    out = (
        f"{shift.signed_out_by} at {moment(shift.signed_out_ns)} UTC"
        if shift.signed_out_by
        else "has not signed"
    )
    incoming = "to sign next" if shift.signed_out_by else "signs after the outgoing"
    rows = [
        ("On shift", on_shift + since),
        ("Outgoing", out),
        ("Incoming", incoming if shift.on_shift or shift.signed_out_by else "to sign next"),
        ("Mission database", shift.missiondb or "not known"),
    ]
    facts = [item for name, text in rows for item in (html.Dt(name), html.Dd(text))]
    return paper.section("Signatures", html.Dl(facts, className="signed"))


def _incidents(board: Board, shift: Shift) -> Iterable[Any]:
    every = [*board.incidents.values(), *board.closed(shift.since_ns)]
    rows = [_incident_row(one) for one in sorted(every, key=lambda one: -one.opened_ns)]
    heads = ("Incident", "State", "First out", "At (UTC)", "Alarms", "Held back")
    yield paper.table(heads, rows, "No incident is open, none ended.")
    yield from _since_when(board, shift, "Incidents that ended")


def _incident_row(incident: Incident) -> tuple[str, ...]:
    first = incident.first_out
    state = "OPEN" if incident.open else f"over {clock_time(incident.closed_ns)}"
    held = sum(member.inhibited for member in incident.members)
    return (
        incident.title,
        state,
        f"{first.spacecraft.upper()} {first.alarm}",
        moment(first.time_ns),
        str(len(incident.members) + incident.unlisted),
        str(held),
    )


def _since_when(board: Board, shift: Shift, what: str) -> Iterable[Any]:
    """What is over is known only as far back as this console has listened."""
    listening_ns = board.listening_since_ns
    if listening_ns and listening_ns > shift.since_ns:
        text = (
            f"{what} are those since {moment(listening_ns)} UTC, when this console began to listen."
        )
        yield html.Div(text, className="dim")


def _activities(view: LiveView, shift: Shift, now_ns: int) -> Iterable[Any]:
    standing = sorted(view.board.plans.values(), key=lambda plan: plan.activity.start_ns)
    rows = [
        _activity_row(plan, view.clock(plan.activity.spacecraft).at(now_ns)) for plan in standing
    ]
    ended = view.board.ended(shift.since_ns)
    rows += [_activity_row(plan, plan.changed_ns, "ENDED") for plan in ended]
    heads = ("", "Activity", "Window (UTC)", "State", "Check", "Who", "Permits")
    yield paper.table(heads, rows, "No activity is planned, none ended.")
    yield from _since_when(view.board, shift, "Activities that ended")


def _activity_row(plan: Plan, now_ns: int, when: str = "") -> tuple[str, ...]:
    activity = plan.activity
    if not when:
        over, on = now_ns >= activity.end_ns, activity.in_window(now_ns)
        when = "OVER" if over else "NOW" if on else "NEXT"
    check = "" if plan.check is None else "GO" if plan.check.go else "NO-GO"
    if plan.check is not None and not plan.check.go:
        failed = (f"{item.name}: {item.reason}" for item in plan.check.items if not item.go)
        check = f"NO-GO: {'; '.join(failed)}"
    return (
        when,
        _titled(activity.spacecraft, activity.title),
        f"{moment(activity.start_ns)} to {clock_time(activity.end_ns)}",
        plan.state.value + (f" ({plan.comment})" if plan.comment else ""),
        check or "not made",
        plan_rows.people(plan),
        "; ".join(plan_rows.permits(plan)),
    )


def _titled(craft: str, title: str) -> str:
    """A title that names its spacecraft already does not say it twice."""
    return title if craft.lower() in title.lower() else f"{craft.upper()} {title}"


def _limits(shift: Shift) -> Iterable[Any]:
    if not shift.changed_limits:
        yield html.Div("No limit was changed.", className="nothing")
        return
    yield html.Ul([html.Li(line) for line in shift.changed_limits])
    yield from _older(shift.older_limits)


def _gaps(shift: Shift) -> Iterable[Any]:
    heads = ("Spacecraft", "Subsystem", "From (UTC)", "To (UTC)", "Announced", "Data since")
    rows = [_gap_row(gap) for gap in sorted(shift.gaps, key=lambda gap: -gap.start_ns)]
    yield paper.table(heads, rows, "No gap.")
    yield from _older(shift.older_gaps)


def _gap_row(gap: Gap) -> tuple[str, ...]:
    return (
        gap.spacecraft.upper(),
        gap.subsystem,
        moment(gap.start_ns),
        moment(gap.end_ns) or "LASTS",
        "yes" if gap.announced else "NO",
        "came late" if gap.filled else "missing",
    )


def _notes(shift: Shift) -> Iterable[Any]:
    rows = [
        (
            moment(note.time_ns),
            note.by,
            note.text + ("" if note.time_ns >= shift.since_ns else " (shift before)"),
        )
        for note in reversed(shift.notes)
    ]
    yield paper.table(("At (UTC)", "By", "Note"), rows, "No note.")
    yield from _older(shift.older_notes)


def _older(count: int) -> Iterable[Any]:
    if count:
        yield html.Div(f"and {count} older, not kept here", className="dim")
