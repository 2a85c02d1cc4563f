"""What is asked for from a terminal, and what is taken for its answer."""

import argparse
from pathlib import Path
from typing import Any

import pytest

from asking import DONE, alarm_name, answer_in, as_it_is, duration_s, told
from stationwatch import main
from telemetry import wire
from telemetry.alarm import Alarm, Cause, Condition, Event, EventKind, State, refusal
from telemetry.clock import SECOND_NS
from telemetry.errors import UsageError
from telemetry.topics import Verb

HOUR_NS = 3600 * SECOND_NS
ALARM = Alarm(
    spacecraft="iss",
    id="USLAB000010.limit",
    subject="USLAB000010",
    condition=Condition.LIMIT,
    state=State.UNACK,
    occurrence="iss/USLAB000010.limit/7",
)
COMMAND = wire.Command(id="c1", alarm=ALARM.id, by="Jo", comment="known", occurrence="o")


def happened(kind: EventKind = EventKind.ACKNOWLEDGED, **changes: Any) -> bytes:
    fields: dict[str, Any] = {
        "id": "iss/USLAB000010.limit/7/2",
        "kind": kind,
        "time_ns": 1,
        "received_ns": 2,
        "previous": State.UNACK,
        "alarm": ALARM,
        "by": "Jo",
        "comment": "known",
    }
    return wire.encode(Event(**(fields | changes)))


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90s", 90), ("30m", 1800), ("2h", 7200), ("1h30m", 5400), (" 1h2m3s ", 3723)],
)
def test_a_duration_is_hours_minutes_seconds(text: str, seconds: int) -> None:
    assert duration_s(text) == seconds


@pytest.mark.parametrize("text", ["", "0m", "30", "m", "-5m", "1.5h", "30m1h", "1d"])
def test_what_is_no_duration_is_told(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="is not like 90s, 30m or 1h30m"):
        duration_s(text)


def test_an_alarm_is_named_with_its_spacecraft() -> None:
    known = ["ground", "iss", "soyuz"]
    assert alarm_name("iss/USLAB000010.limit", known) == ("iss", "USLAB000010.limit")
    for text in ("USLAB000010.limit", "iss/", "iss/A/b", f"iss/{'A' * 129}"):
        with pytest.raises(UsageError, match="write SPACECRAFT/ALARM"):
            alarm_name(text, known)
    with pytest.raises(UsageError, match=r"'isss' \(did you mean 'iss'\?\); there are ground"):
        alarm_name("isss/A.limit", known)


@pytest.mark.parametrize("verb", Verb)
def test_the_answer_is_what_the_same_person_had_done_to_the_same_alarm(verb: Verb) -> None:
    event = answer_in(happened(DONE[verb]), COMMAND, verb)
    assert event is not None
    assert event.kind is DONE[verb]
    other = next(kind for kind in EventKind if kind is not DONE[verb])
    assert answer_in(happened(other), COMMAND, verb) is None


@pytest.mark.parametrize(
    "changes",
    [
        {"by": "Al"},
        {"comment": "another"},
        {"alarm": Alarm(spacecraft="iss", id="X.limit", subject="X", condition=Condition.LIMIT)},
    ],
    ids=["by-another", "commented-otherwise", "another-alarm"],
)
def test_what_others_did_meanwhile_is_no_answer(changes: dict[str, Any]) -> None:
    assert answer_in(happened(**changes), COMMAND, Verb.ACKNOWLEDGE) is None


def test_a_refusal_is_known_by_what_it_refuses() -> None:
    mine = refusal(ALARM, 1, Cause(received_ns=2, by="Jo", reference="c1"), "too late")
    other = refusal(ALARM, 1, Cause(received_ns=2, by="Jo", reference="c2"), "too late")
    assert answer_in(wire.encode(mine), COMMAND, Verb.RESET) == mine
    assert answer_in(wire.encode(other), COMMAND, Verb.RESET) is None
    assert answer_in(b"{", COMMAND, Verb.RESET) is None


def seen(state: State = State.UNACK, **changes: Any) -> Alarm:
    fields = {name: getattr(ALARM, name) for name in ("spacecraft", "id", "subject", "condition")}
    return Alarm(**(fields | {"state": state} | changes))


@pytest.mark.parametrize(
    ("alarm", "verb", "said"),
    [
        (seen(State.ACKED, acknowledged_by="Al"), Verb.ACKNOWLEDGE, "acknowledged already by Al"),
        (seen(State.LATCHED_ACKED), Verb.ACKNOWLEDGE, "acknowledged already by somebody"),
        (seen(), Verb.ACKNOWLEDGE, ""),
        (seen(), Verb.RESET, ""),
        (None, Verb.SHELVE, ""),
        (seen(shelved_until_ns=9), Verb.SHELVE, ""),
        (seen(), Verb.UNSHELVE, "is not shelved"),
        (None, Verb.UNSHELVE, "is not shelved"),
        (seen(shelved_until_ns=9), Verb.UNSHELVE, ""),
        (None, Verb.OUT_OF_SERVICE, ""),
        (seen(out_of_service=True), Verb.OUT_OF_SERVICE, "is out of service already"),
        (seen(out_of_service=True), Verb.IN_SERVICE, ""),
        (None, Verb.IN_SERVICE, "is in service already"),
    ],
)
def test_what_is_so_already_is_told_and_not_asked(
    alarm: Alarm | None, verb: Verb, said: str
) -> None:
    """Ingest answers nothing to what changes nothing: nobody should wait for it."""
    assert as_it_is(alarm, verb) == said


def test_a_shelf_is_told_with_its_end() -> None:
    alarm = seen(State.NORMAL, shelved_until_ns=HOUR_NS)
    event = wire.decode_event(happened(EventKind.SHELVED, alarm=alarm))
    assert told(event) == "shelved until 1970-01-01T01:00:00.000Z by Jo, NORMAL"
    assert told(wire.decode_event(happened())) == "acknowledged by Jo, UNACK"


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["alarm", "acknowledge", "A.limit"], 2, "write SPACECRAFT/ALARM"),
        (["alarm", "reset", "mir/A.limit"], 2, "no spacecraft 'mir'"),
        (["alarm", "shelve", "iss/A.limit", "--comment=x"], 2, "--for is how long"),
        (["alarm", "reset", "iss/A.limit", "--for=5m"], 2, "for shelve and only there"),
        (["alarm", "shelve", "iss/A.limit", "--for=5m"], 2, "say why with --comment"),
        (["alarm", "out-of-service", "iss/A.limit"], 2, "say why with --comment"),
        (["alarm", "reset", "iss/A.limit", "--by= "], 2, "--by must say who"),
        (["alarm", "reset", "iss/A.limit", f"--by={'x' * 65}"], 2, "65 characters, at most 64"),
        (["note", " "], 2, "must say something"),
        (["note", "x" * 4001], 2, "4001 characters, at most 4000"),
        (["handover", "sign-in", "--by= "], 2, "--by must say who"),
        (["note", "x", "--broker=mqtt://127.0.0.1:9"], 3, "cannot be reached"),
        (["alarm", "reset", "iss/A.limit", "--broker=mqtt://127.0.0.1:9"], 3, "cannot be reached"),
    ],
)
def test_a_mistake_is_one_line_and_nothing_is_asked(
    arguments: list[str],
    code: int,
    says: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setenv("STATIONWATCH_STATE", str(tmp_path))
    assert main(arguments) == code
    out, err = capsys.readouterr()
    (line,) = err.splitlines()
    assert line.startswith("stationwatch: ")
    assert says in line
    assert out == ""
