"""What ingest tells besides samples and alarms: plan, incidents, signal, shift log. Pure state.

Retained messages say what stands now. What is over leaves them, and is kept here in a bounded
number, as far as this console has heard of it: the handover page shows what ended this shift.
"""

from collections import OrderedDict, deque
from collections.abc import Iterator
from typing import Final

from telemetry.clock import SECOND_NS
from telemetry.contact import ContactSchedule, Signal
from telemetry.incident import Incident
from telemetry.plan import Plan, PlanChange
from telemetry.replay import Replay
from telemetry.shift import Shift, ShiftChange
from telemetry.training import Training, TrainingCatalogue

#: Of each: activities and incidents that are over, answers to what was asked of the shift log.
MAX_OVER: Final = 100
MAX_ANSWERS: Final = 100
#: More than these stand on no page at once; what comes beyond is refused.
MAX_PLANS: Final = 500
MAX_INCIDENTS: Final = 200
MAX_REPLAYS: Final = 50
MAX_TRAININGS: Final = 50

#: As for alarms: what the broker has not repeated by then was over while the console was away.
CONFIRM_NS: Final = 2 * SECOND_NS

#: (spacecraft, activity).
PlanKey = tuple[str, str]


class Board:
    def __init__(self) -> None:
        self.plans: dict[PlanKey, Plan] = {}
        self.incidents: dict[str, Incident] = {}
        self.signals: dict[str, Signal] = {}
        #: When a spacecraft is expected to be heard, as far as that is announced.
        self.contacts: dict[str, ContactSchedule] = {}
        #: Sessions of ingest, by id; those that have ended, too, while ingest still tells why.
        self.replays: dict[str, Replay] = {}
        #: Of the training service: sessions and records of those that have ended, and its offer.
        self.trainings: dict[str, Training] = {}
        self.training_catalogue: TrainingCatalogue | None = None
        self.shift: Shift | None = None
        #: When this console began to hear of what is over, wall clock; 0 before.
        self.listening_since_ns = 0
        self._ended: OrderedDict[PlanKey, tuple[Plan, int]] = OrderedDict()
        self._closed: deque[tuple[Incident, int]] = deque(maxlen=MAX_OVER)
        self._answers: OrderedDict[str, ShiftChange] = OrderedDict()
        self._unconfirmed_plans: set[PlanKey] = set()
        self._unconfirmed_incidents: set[str] = set()
        self._unconfirmed_replays: set[str] = set()
        self._unconfirmed_trainings: set[str] = set()
        self._connected_ns = 0

    def take_plan(self, spacecraft: str, activity: str, plan: Plan | None) -> bool:
        """Keep a plan as it is now; False for one more than can be kept."""
        key = (spacecraft, activity)
        self._unconfirmed_plans.discard(key)
        if plan is None:
            self.plans.pop(key, None)
        elif key in self.plans or len(self.plans) < MAX_PLANS:
            self.plans[key] = plan
        else:
            return False
        return True

    def take_plan_change(self, spacecraft: str, change: PlanChange) -> None:
        """Remember an activity that is over, and when that was on the wall."""
        if change.plan is None or change.refused or not change.plan.state.over:
            return
        key = (spacecraft, change.plan.activity.id)
        self._ended[key] = (change.plan, change.received_ns)
        self._ended.move_to_end(key)
        if len(self._ended) > MAX_OVER:
            self._ended.popitem(last=False)

    def ended(self, since_ns: int) -> Iterator[Plan]:
        """Activities that were closed or aborted at or after a time on the wall, oldest first."""
        return (plan for plan, received_ns in self._ended.values() if received_ns >= since_ns)

    def take_incident(self, id_: str, incident: Incident | None) -> bool:
        """Keep an open incident as it is now; False for one more than can be kept."""
        self._unconfirmed_incidents.discard(id_)
        if incident is None or not incident.open:
            self.incidents.pop(id_, None)
        elif id_ in self.incidents or len(self.incidents) < MAX_INCIDENTS:
            self.incidents[id_] = incident
        else:
            return False
        return True

    def take_closed(self, incident: Incident, now_ns: int) -> None:
        """Remember an incident that is over, and when that was heard, wall clock."""
        if all(known.id != incident.id for known, _ in self._closed):
            self._closed.append((incident, now_ns))

    def closed(self, since_ns: int) -> Iterator[Incident]:
        """Incidents heard to be over at or after a time on the wall, oldest first."""
        return (incident for incident, heard_ns in self._closed if heard_ns >= since_ns)

    def take_signal(self, spacecraft: str, signal: Signal | None) -> None:
        if signal is None:
            self.signals.pop(spacecraft, None)
        else:
            self.signals[spacecraft] = signal

    def take_contacts(self, spacecraft: str, schedule: ContactSchedule | None) -> None:
        if schedule is None:
            self.contacts.pop(spacecraft, None)
        else:
            self.contacts[spacecraft] = schedule

    def take_replay(self, session: str, replay: Replay | None) -> bool:
        """Keep a session as it is now; False for one more than can be kept."""
        self._unconfirmed_replays.discard(session)
        if replay is None:
            self.replays.pop(session, None)
        elif session in self.replays or len(self.replays) < MAX_REPLAYS:
            self.replays[session] = replay
        else:
            return False
        return True

    def take_training(self, session: str, training: Training | None) -> bool:
        """Likewise of a training."""
        self._unconfirmed_trainings.discard(session)
        if training is None:
            self.trainings.pop(session, None)
        elif session in self.trainings or len(self.trainings) < MAX_TRAININGS:
            self.trainings[session] = training
        else:
            return False
        return True

    def take_answer(self, change: ShiftChange) -> None:
        self._answers[change.id] = change
        if len(self._answers) > MAX_ANSWERS:
            self._answers.popitem(last=False)

    def answer(self, command: str) -> ShiftChange | None:
        """What became of a command to the shift log; None while nobody has answered."""
        return self._answers.get(command)

    def connected(self, now_ns: int) -> None:
        """A new connection: the broker repeats all that stands."""
        self._connected_ns = now_ns
        self.listening_since_ns = self.listening_since_ns or now_ns
        self._unconfirmed_plans = set(self.plans)
        self._unconfirmed_incidents = set(self.incidents)
        self._unconfirmed_replays = set(self.replays)
        self._unconfirmed_trainings = set(self.trainings)

    def drop_unconfirmed(self, now_ns: int) -> tuple[set[PlanKey], set[str]]:
        """Forget what was over while the console was away; the plans and incidents it were."""
        if now_ns < self._connected_ns + CONFIRM_NS:
            return set(), set()
        plans, incidents = self._unconfirmed_plans, self._unconfirmed_incidents
        for key in plans:
            self.plans.pop(key, None)
        for id_ in incidents:
            self.incidents.pop(id_, None)
        self._unconfirmed_plans, self._unconfirmed_incidents = set(), set()
        return plans, incidents

    def drop_unconfirmed_replays(self, now_ns: int) -> set[str]:
        """Likewise of sessions: those it were."""
        if now_ns < self._connected_ns + CONFIRM_NS:
            return set()
        gone, self._unconfirmed_replays = self._unconfirmed_replays, set()
        for session in gone:
            self.replays.pop(session, None)
        return gone

    def drop_unconfirmed_trainings(self, now_ns: int) -> set[str]:
        """Likewise of trainings."""
        if now_ns < self._connected_ns + CONFIRM_NS:
            return set()
        gone, self._unconfirmed_trainings = self._unconfirmed_trainings, set()
        for session in gone:
            self.trainings.pop(session, None)
        return gone
