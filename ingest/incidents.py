"""The incident book: which alarms are one incident, and which of them are not said aloud. Pure.

An incident opens when a root of a rule is violated, holds back what the rule lists as consequences,
and closes when its roots and cascade have been quiet for a while. What is on no list of an open
incident is never held back; nor is what is worse than its `up_to`.

- Generation time decides, not the order in which subsystems arrive: an incident holds back only
  what happened more than `SKEW_NS` after its root, so that two subsystems up to that far apart on
  their way here give the same journal whichever comes first. What comes sooner is heard. For the
  same reason rules do not know of each other: each opens, holds back and closes by itself.
- To people, an incident whose root another open one lists is part of that one: the book keeps it,
  and what it holds back, but shows the other. When that closes first, it is shown itself.
- What came up to `JOIN_NS` before the root belongs to it; it had been heard already.
- Late roots open incidents too, dated in the past, which hold back no live alarm: an operator who
  hears an alarm now must not be told that it follows from what nobody knew at the time.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, Final

import msgspec
from msgspec.structs import replace

from ingest.incident_end import CAUSES, JOIN_NS, LONGEST_NS, QUIET_NS, end_ns
from ingest.incident_lists import Listed, RuleLists
from ingest.incident_members import MAX_MEMBERS, index_of, member_of, put_member, with_member
from telemetry.alarm import Alarm, Event, EventKind, State
from telemetry.clock import LAST_NS, SECOND_NS
from telemetry.incident import Incident, IncidentRules, Member, Role
from telemetry.parameter import Value

#: How far apart two subsystems may be on their way here [A].
SKEW_NS: Final = 2 * SECOND_NS
#: Violations remembered in case a root follows them; a flood of 200 in 30 s forgets the oldest.
MAX_RECENT: Final = 200

_WORSE: Final = (EventKind.VIOLATED, EventKind.ESCALATED)
#: (spacecraft, parameter) -> its latest value, or the text to show for it.
Values = Callable[[str, str], Value | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """incidents: new versions, to be published. release: (spacecraft, alarm) to be heard now."""

    incidents: tuple[Incident, ...] = ()
    release: tuple[tuple[str, str], ...] = ()


class IncidentBook:
    """Incidents that are open. One whose rule the mission database has lost closes at a tick."""

    def __init__(self, rules: IncidentRules, incidents: Iterable[Incident] = ()) -> None:
        self._lists = {name: RuleLists(rule) for name, rule in rules.items()}
        self._open = {one.id: one for one in incidents if one.open}
        self._recent: deque[Member] = deque(maxlen=MAX_RECENT)

    @property
    def open(self) -> Mapping[str, Incident]:
        """Those that are shown, by id."""
        return {id_: one for id_, one in self._open.items() if not one.merged_into}

    def shown(self, id_: str) -> Incident | None:
        """The incident that people see for one that is open; None if none of that id is."""
        incident = self._open.get(id_)
        return self._open.get(incident.merged_into, incident) if incident else None

    def judge(self, alarm: Alarm, time_ns: int) -> str:
        """The id of the open incident that holds an alarm back; "" if it must be heard.

        alarm: as it will be, severity and `late` too, after a violation or escalation at time_ns.
        None does if one has it in its cascade; of several the one that explains the others, or
        the oldest.
        """
        holders: list[Incident] = []
        for incident, listed in self._listing(alarm.spacecraft, alarm.id):
            if not _reaches(incident, alarm, time_ns):
                continue
            if alarm.severity > listed.held_up_to:
                if listed.role is Role.CASCADE:
                    return ""
            elif len(incident.members) < MAX_MEMBERS or index_of(incident, alarm) is not None:
                holders.append(incident)
        return self._top(holders).id if holders else ""

    def take(self, event: Event, values: Values) -> Changes:
        """What an event of the alarm journal changes; every event, in order.

        values: for the evidence, by spacecraft and parameter.
        """
        before = dict(self._open)
        if event.kind in _WORSE:
            self._worsen(event, values)
        else:
            self._follow(event)
        return Changes(incidents=self._shown(before, event.time_ns))

    def next_deadline_ns(self, now: Callable[[str], int], *, looked: bool) -> int:
        """Before then no `tick` closes anything. looked: one has looked at what stands now."""
        deadlines = [LAST_NS]
        for incident in self._open.values():
            if incident.rule not in self._lists:
                return 0
            quiet_ns, longest_ns = incident.settled_ns + QUIET_NS, incident.opened_ns + LONGEST_NS
            waits = looked and now(incident.first_out.spacecraft) >= quiet_ns
            deadlines.append(longest_ns if waits else min(quiet_ns, longest_ns))
        return min(deadlines)

    def tick(self, standing: Mapping[tuple[str, str], Alarm], now: Callable[[str], int]) -> Changes:
        """Close what is over.

        standing: the alarms there are. now: the stream's time of a spacecraft.
        """
        before = dict(self._open)
        closed: list[Incident] = []
        for incident in before.values():
            now_ns = now(incident.first_out.spacecraft)
            lists = self._lists.get(incident.rule)
            if over_ns := end_ns(incident, lists, standing, now_ns):
                del self._open[incident.id]
                closed.append(replace(incident, closed_ns=over_ns, changed_ns=over_ns))
        if not closed:
            return Changes()
        release = [key for one in closed for key in self._held(one, standing)]
        shown = self._shown(before, max(one.closed_ns for one in closed))
        visible = tuple(one for one in closed if not one.merged_into)
        return Changes(incidents=visible + shown, release=tuple(dict.fromkeys(release)))

    def snapshot(self) -> dict[str, Any]:
        state: dict[str, Any] = msgspec.to_builtins(
            {"open": list(self._open.values()), "recent": list(self._recent)}
        )
        return state

    def restore(self, state: Mapping[str, Any]) -> None:
        incidents = msgspec.convert(state["open"], list[Incident])
        self._open = {one.id: one for one in incidents}
        recent = msgspec.convert(state["recent"], list[Member])
        self._recent = deque(recent, maxlen=MAX_RECENT)

    def _listing(self, spacecraft: str, alarm: str) -> list[tuple[Incident, Listed]]:
        """Open incidents whose rule lists the alarm, oldest first."""
        found = []
        for incident in sorted(self._open.values(), key=attrgetter("opened_ns", "id")):
            lists = self._lists.get(incident.rule)
            listed = lists.of(spacecraft, alarm) if lists else None
            if listed:
                found.append((incident, listed))
        return found

    def _worsen(self, event: Event, values: Values) -> None:
        """A violation or escalation: it joins what is open, and may open one."""
        alarm, time_ns = event.alarm, event.time_ns
        for incident, listed in self._listing(alarm.spacecraft, alarm.id):
            if _within(incident, alarm, listed.role, time_ns):
                self._keep(self._join(incident, member_of(event, listed.role), values))
        listing = [(one, one.of(alarm.spacecraft, alarm.id)) for one in self._lists.values()]
        for lists, role in ((one, found.role) for one, found in listing if found):
            if role is Role.ROOT and not self._has(lists, alarm, time_ns):
                self._keep(self._opened(lists, event, values))
        if any(found for _, found in listing):
            self._recent.append(member_of(event, Role.CONSEQUENCE))

    def _has(self, lists: RuleLists, alarm: Alarm, time_ns: int) -> bool:
        """Whether a root has joined an incident of its rule, or is mere history beside one."""
        return any(
            one.rule == lists.rule.name and (alarm.late or _within(one, alarm, Role.ROOT, time_ns))
            for one in self._open.values()
        )

    def _opened(self, lists: RuleLists, event: Event, values: Values) -> Incident:
        time_ns = event.time_ns
        incident = Incident(
            id=f"{lists.rule.name}-{time_ns}",
            rule=lists.rule.name,
            title=lists.rule.title,
            opened_ns=time_ns,
            changed_ns=time_ns,
            members=(),
            settled_ns=time_ns,
        )
        for member in self._recent:
            listed = lists.of(member.spacecraft, member.alarm)
            # late and live data do not explain each other's past
            near = member.time_ns >= time_ns - JOIN_NS and member.late == event.alarm.late
            if listed and near:
                incident = with_member(incident, replace(member, role=listed.role))
        return self._join(incident, member_of(event, Role.ROOT), values)

    def _follow(self, event: Event) -> None:
        """Any other event: what it says of a member."""
        for incident, listed in self._listing(event.alarm.spacecraft, event.alarm.id):
            index = index_of(incident, event.alarm)
            if index is None:
                continue
            if listed.role in CAUSES:
                settled_ns = max(incident.settled_ns, event.time_ns)
                incident = replace(incident, settled_ns=settled_ns)
            if event.kind is EventKind.DATED:
                incident = _dated(incident, index, event)
            elif event.annunciate and incident.members[index].inhibited:
                heard = replace(incident.members[index], inhibited=False)
                incident = replace(put_member(incident, index, heard), changed_ns=event.time_ns)
            self._keep(incident)

    def _shown(self, before: Mapping[str, Incident], time_ns: int) -> tuple[Incident, ...]:
        """New versions of what is shown, and the last of what is part of another from now on."""
        for incident in tuple(self._open.values()):
            above = self._explaining(incident, self._open.values())
            merged_into = self._top(above).id if above else ""
            if merged_into != incident.merged_into:
                self._keep(replace(incident, merged_into=merged_into))
        changed: list[Incident] = []
        for incident in self._open.values():
            was = before.get(incident.id)
            if was is not None and replace(was, settled_ns=incident.settled_ns) == incident:
                continue
            if not incident.merged_into:
                changed.append(incident)
            elif was is not None and not was.merged_into:
                changed.append(replace(incident, closed_ns=time_ns, changed_ns=time_ns))
        return tuple(changed)

    def _top(self, incidents: Iterable[Incident]) -> Incident:
        """The oldest of those that none of the others explains."""
        every = list(incidents)
        tops = [one for one in every if not self._explaining(one, every)] or every
        return min(tops, key=attrgetter("opened_ns", "id"))

    def _explaining(self, incident: Incident, others: Iterable[Incident]) -> list[Incident]:
        """Of the others, those whose rule lists a root of it, and that did not begin long after."""
        roots = [one for one in incident.members if one.role is Role.ROOT]
        found = []
        for other in others:
            lists = self._lists.get(other.rule)
            if lists is None or other.rule == incident.rule:
                continue
            if incident.opened_ns >= other.opened_ns - JOIN_NS and any(
                lists.of(root.spacecraft, root.alarm) for root in roots
            ):
                found.append(other)
        return found

    def _join(self, incident: Incident, member: Member, values: Values) -> Incident:
        time_ns = member.time_ns
        incident = with_member(incident, member)
        if member.role in CAUSES:
            incident = replace(incident, settled_ns=max(incident.settled_ns, time_ns))
        if member.role is Role.ROOT:
            incident = replace(incident, opened_ns=min(incident.opened_ns, time_ns))
            if not member.late:
                from_ns = min(incident.holding_from_ns or time_ns, time_ns)
                incident = replace(incident, holding_from_ns=from_ns)
        return replace(
            incident,
            changed_ns=max(incident.changed_ns, time_ns),
            evidence=self._evidence(incident, values),
        )

    def _evidence(self, incident: Incident, values: Values) -> dict[str, str]:
        """What the parameters say now; one that says nothing keeps what it said before."""
        evidence = dict(incident.evidence)
        for name in self._lists[incident.rule].rule.evidence:
            value = values(*name.split("/", 1))
            if value is not None and value != "":
                evidence[name] = f"{value:.6g}" if isinstance(value, float) else str(value)
        return evidence

    def _held(
        self, closed: Incident, standing: Mapping[tuple[str, str], Alarm]
    ) -> Iterator[tuple[str, str]]:
        """Its members that nobody has heard or seen, are violated, and nothing else holds back."""
        for member in closed.members:
            key = (member.spacecraft, member.alarm)
            alarm = standing.get(key)
            if alarm is None or alarm.state is not State.UNACK:
                continue
            held = member.inhibited or alarm.inhibited_by
            if held and not self._will_release(alarm):
                yield key

    def _will_release(self, alarm: Alarm) -> bool:
        """Whether an open incident has it as a member it holds back: that one will release it."""
        for incident, listed in self._listing(alarm.spacecraft, alarm.id):
            index = index_of(incident, alarm)
            if index is None or alarm.severity > listed.held_up_to:
                continue
            if _reaches(incident, alarm, incident.members[index].worst_ns):
                return True
        return False

    def _keep(self, incident: Incident) -> None:
        self._open[incident.id] = incident


def _reaches(incident: Incident, alarm: Alarm, time_ns: int) -> bool:
    """Whether it holds back alarms of that time; a late one also if its own roots came late."""
    from_ns = incident.opened_ns if alarm.late else incident.holding_from_ns
    return 0 < from_ns < time_ns - SKEW_NS


def _within(incident: Incident, alarm: Alarm, role: Role, time_ns: int) -> bool:
    """Whether it is near enough; a late root, also when it would have kept the incident open."""
    before_ns = QUIET_NS if alarm.late and role is Role.ROOT else JOIN_NS
    return time_ns >= incident.opened_ns - before_ns


def _dated(incident: Incident, index: int, event: Event) -> Incident:
    """Late data show that a member began earlier; with a root the incident did."""
    member = incident.members[index]
    member = replace(member, time_ns=min(member.time_ns, event.time_ns))
    incident = put_member(incident, index, member)
    if member.role is Role.ROOT:
        incident = replace(incident, opened_ns=min(incident.opened_ns, member.time_ns))
    return incident
