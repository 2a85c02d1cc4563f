"""The alarm machine against its own table, and the promises the table must keep."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from telemetry.alarm import (
    ALARM_TABLE,
    REANNUNCIATE_NS,
    Alarm,
    Cause,
    Condition,
    EventKind,
    Policy,
    Reaction,
    State,
    Stimulus,
    step,
)
from telemetry.limit import Severity

PLAIN, LATCHING = Policy(), Policy(latching=True)


def alarm_in(state: State) -> Alarm:
    occurrence = "" if state is State.NORMAL else "iss/P.limit/1"
    severity = Severity.CAUTION if state.violated else Severity.NOMINAL
    return Alarm(
        spacecraft="iss",
        id="P.limit",
        subject="P",
        condition=Condition.LIMIT,
        state=state,
        severity=severity,
        highest=Severity.CAUTION if occurrence else Severity.NOMINAL,
        occurrence=occurrence,
        since_ns=1,
        annunciated_ns=1,
        events=1,
    )


def test_every_pair_of_state_and_stimulus_has_a_row() -> None:
    assert set(ALARM_TABLE) == {(state, stimulus) for state in State for stimulus in Stimulus}


@pytest.mark.parametrize(("state", "stimulus"), list(ALARM_TABLE))
@pytest.mark.parametrize("policy", [PLAIN, LATCHING])
def test_step_follows_the_table(state: State, stimulus: Stimulus, policy: Policy) -> None:
    plain, latched, reaction = ALARM_TABLE[state, stimulus]
    alarm, now_ns = alarm_in(state), 1 + REANNUNCIATE_NS
    cause = Cause(severity=Severity.WARNING, value=2.0, limit="above 1", reference="c1")
    if reaction is Reaction.IMPOSSIBLE:
        with pytest.raises(ValueError, match="cannot happen"):
            step(alarm, stimulus, now_ns, policy, cause)
        return
    after, events = step(alarm, stimulus, now_ns, policy, cause)
    assert after.state is (latched if policy.latching else plain)
    if reaction is Reaction.REFUSE:
        assert [e.kind for e in events] == [EventKind.REFUSED]
        assert after == alarm
    heard = reaction in (Reaction.ANNUNCIATE, Reaction.ANNUNCIATE_LIMITED)
    assert [e.annunciate for e in events if e.kind is not EventKind.REFUSED] in ([], [heard])
    assert bool(events) == (reaction is not Reaction.QUIET or after != alarm)


def test_a_returned_alarm_that_comes_again_is_heard_once_a_minute() -> None:
    alarm = alarm_in(State.RTN_UNACK)
    cause = Cause(severity=Severity.CAUTION)
    _, (soon,) = step(alarm, Stimulus.VIOLATE, REANNUNCIATE_NS, PLAIN, cause)
    _, (later,) = step(alarm, Stimulus.VIOLATE, REANNUNCIATE_NS + 1, PLAIN, cause)
    assert (soon.annunciate, later.annunciate) == (False, True)


def test_a_new_run_of_an_earlier_time_is_heard() -> None:
    alarm = msgspec.structs.replace(alarm_in(State.RTN_UNACK), annunciated_ns=10**18)
    _, (event,) = step(alarm, Stimulus.VIOLATE, 5, PLAIN, Cause(severity=Severity.CAUTION))
    assert event.annunciate


def test_a_silenced_alarm_is_not_heard_and_not_hidden() -> None:
    shelved = msgspec.structs.replace(alarm_in(State.NORMAL), shelved_until_ns=99)
    after, (event,) = step(shelved, Stimulus.VIOLATE, 5, PLAIN, Cause(severity=Severity.EMERGENCY))
    assert not event.annunciate
    assert after.state is State.UNACK
    assert after.standing


def test_an_occurrence_ends_with_nothing_left_of_it() -> None:
    alarm = alarm_in(State.ACKED)
    after, (event,) = step(alarm, Stimulus.RETURN, 7, PLAIN, Cause())
    assert event.alarm.occurrence == alarm.occurrence
    assert (after.occurrence, after.severity, after.events) == ("", Severity.NOMINAL, 0)
    assert not after.standing


acts = st.lists(
    st.tuples(
        st.sampled_from(["raise", "lower", "return", "ack", "reset"]),
        st.sampled_from([s for s in Severity if s]),
        st.integers(1, 90_000_000_000),
    ),
    max_size=40,
)


@given(acts, st.booleans())
def test_whatever_happens_the_machine_keeps_its_promises(
    history: list[tuple[str, Severity, int]], latching: bool
) -> None:
    alarm, now_ns, violated = alarm_in(State.NORMAL), 0, False
    seen_occurrences: set[str] = set()
    acknowledged: set[str] = set()
    ids: list[str] = []
    for act, severity, pause_ns in history:
        now_ns += pause_ns
        before = alarm
        if act in ("raise", "lower"):
            violated = True
            if not alarm.state.violated:
                stimulus = Stimulus.VIOLATE
            elif severity > alarm.severity:
                stimulus = Stimulus.ESCALATE
            elif severity < alarm.severity:
                stimulus = Stimulus.DEESCALATE
            else:
                continue
        elif act == "return":
            violated, stimulus = False, Stimulus.RETURN
        else:
            stimulus = Stimulus.ACK if act == "ack" else Stimulus.RESET
        policy = LATCHING if latching else PLAIN
        alarm, events = step(alarm, stimulus, now_ns, policy, Cause(severity=severity))
        if stimulus is Stimulus.ACK and before.occurrence:
            acknowledged.add(before.occurrence)
        seen_occurrences |= {alarm.occurrence} - {""}
        ids += [e.id for e in events if e.kind is not EventKind.REFUSED]

        assert alarm.state.violated == violated, "in alarm exactly while violated"
        assert alarm.severity == (severity if act in ("raise", "lower") else alarm.severity)
        if alarm.state is State.NORMAL:
            assert seen_occurrences <= acknowledged, "NORMAL with an unseen occurrence"
        if not before.state.violated and violated:
            assert alarm.state is State.UNACK, "a new violation must be seen"
    assert len(ids) == len(set(ids)), "event ids are unique"
