"""Takes plan, contacts, incidents, sessions, signal and shift log from their topics; tells
browsers.
"""

from collections.abc import Callable
from typing import Any

from dashboard import messages
from dashboard.view import LiveView
from telemetry import wire
from telemetry.clock import Clock
from telemetry.topics import Address, Kind
from telemetry.wire import Reason, WireError

#: Tells every browser.
Send = Callable[[dict[str, Any]], None]


class BoardFeed:
    def __init__(self, view: LiveView, send: Send, clock: Clock) -> None:
        self._database = view.database
        self._board = view.board
        self._send = send
        self._clock = clock

    def take(self, address: Address, payload: bytes) -> None:
        """Use one message; what is none of these is left alone.

        :raises WireError: for one that cannot be used.
        """
        match address.kind, address.leaf:
            case Kind.STATUS, "signal":
                signal = wire.decode_signal(payload) if payload else None
                self._board.take_signal(address.spacecraft, signal)
                self._send(messages.signal(address.spacecraft, signal))
            case Kind.META, "contacts":
                schedule = wire.decode_contacts(payload) if payload else None
                self._board.take_contacts(address.spacecraft, schedule)
                self._send(messages.contacts(address.spacecraft, schedule))
            case Kind.PLAN, _:
                self._take_plan(address, payload)
            case Kind.INCIDENT, _:
                self._take_incident(address, payload)
            case Kind.REPLAY, _:
                self._take_replay(address, payload)
            case Kind.TRAINING, "catalogue":
                self._take_training_catalogue(payload)
            case Kind.TRAINING, _:
                self._take_training(address, payload)
            case Kind.SHIFT, "log":
                self._board.shift = wire.decode_shift(payload) if payload else None
            case Kind.EVENT, _:
                self._take_event(address, payload)

    def _take_event(self, address: Address, payload: bytes) -> None:
        """What happened, and the answers to what was asked."""
        match address.leaf:
            case "plan":
                change = wire.decode_plan_change(payload)
                self._board.take_plan_change(address.spacecraft, change)
                self._send(messages.plan_event(address.spacecraft, change))
            case "incident":
                self._board.take_closed(wire.decode_incident(payload), self._clock.now_ns())
            case "replay":
                self._send(messages.replay_answer(wire.decode_replay_change(payload)))
            case "training":
                self._send(messages.training_answer(wire.decode_training_change(payload)))
            case "shift":
                self._board.take_answer(wire.decode_shift_change(payload))

    def _take_plan(self, address: Address, payload: bytes) -> None:
        plan = wire.decode_plan(payload) if payload else None
        named = (address.spacecraft, address.leaf)
        if plan is not None and (plan.activity.spacecraft, plan.activity.id) != named:
            raise WireError(Reason.WRONG_SHAPE, "the plan is not the one of its topic")
        if plan is not None and plan.state.over:
            plan = None
        if not self._board.take_plan(*named, plan):
            raise WireError(Reason.TOO_LARGE, "too many activities")
        self._send(messages.plan(plan, self._database) if plan else messages.plan_gone(*named))

    def _take_incident(self, address: Address, payload: bytes) -> None:
        incident = wire.decode_incident(payload) if payload else None
        if incident is not None and incident.id != address.leaf:
            raise WireError(Reason.WRONG_SHAPE, "the incident is not the one of its topic")
        if incident is not None and not incident.members:
            raise WireError(Reason.WRONG_SHAPE, "an incident of nothing")
        if not self._board.take_incident(address.leaf, incident):
            raise WireError(Reason.TOO_LARGE, "too many incidents")
        if incident is not None and incident.open:
            self._send(messages.incident(incident, self._database))
        else:
            self._send(messages.incident_gone(address.leaf))

    def _take_replay(self, address: Address, payload: bytes) -> None:
        replay = wire.decode_replay(payload) if payload else None
        if replay is not None and replay.id != address.leaf:
            raise WireError(Reason.WRONG_SHAPE, "the session is not the one of its topic")
        if not self._board.take_replay(address.leaf, replay):
            raise WireError(Reason.TOO_LARGE, "too many replays")
        self._send(messages.replay(replay) if replay else messages.replay_gone(address.leaf))

    def _take_training_catalogue(self, payload: bytes) -> None:
        catalogue = wire.decode_training_catalogue(payload) if payload else None
        self._board.training_catalogue = catalogue
        self._send(messages.training_service(catalogue))

    def _take_training(self, address: Address, payload: bytes) -> None:
        training = wire.decode_training(payload) if payload else None
        if training is not None and training.id != address.leaf:
            raise WireError(Reason.WRONG_SHAPE, "the session is not the one of its topic")
        if not self._board.take_training(address.leaf, training):
            raise WireError(Reason.TOO_LARGE, "too many trainings")
        if training is None:
            self._send(messages.training_gone(address.leaf))
        else:
            self._send(messages.training(training))

    def drop_unconfirmed(self, now_ns: int) -> None:
        plans, incidents = self._board.drop_unconfirmed(now_ns)
        for key in plans:
            self._send(messages.plan_gone(*key))
        for id_ in incidents:
            self._send(messages.incident_gone(id_))
        for session in self._board.drop_unconfirmed_replays(now_ns):
            self._send(messages.replay_gone(session))
        for session in self._board.drop_unconfirmed_trainings(now_ns):
            self._send(messages.training_gone(session))
