"""A sealed command: nothing of it can be changed, and every verdict on it is reached."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from access.gate import MAX_AGE_NS, MAX_AHEAD_NS, Verdict, judge
from access.roles import Role, needed
from access.seal import CommandKey, Sealed, authentic, opened, seal
from access.users import User
from telemetry import wire
from telemetry.errors import UsageError
from telemetry.shift import ShiftCommand, ShiftVerb
from telemetry.topics import Kind, Topics, Verb, parse

NOW_NS = 1_800_000_000_000_000_000
CONSOLE, OLGA = CommandKey("console", bytes(range(32))), CommandKey("Olga", bytes(range(32, 64)))
USERS = {
    "console": User(name="console", role=Role.VIEWER, service=True, key=CONSOLE.public),
    "training": User(name="training", role=Role.VIEWER, service=True, key=b""),
    "Olga": User(name="Olga", role=Role.OPERATOR, key=OLGA.public),
    "Vic": User(name="Vic", role=Role.VIEWER),
    "Lea": User(name="Lea", role=Role.LEAD),
}
NOTE = Topics().shift_command(ShiftVerb.NOTE)


def note(by: str) -> bytes:
    return wire.encode(ShiftCommand(id="1", by=by, text="all is well"))


def verdict(topic: str, payload: bytes, now_ns: int = NOW_NS) -> Verdict:
    return judge(topic, payload, now_ns, USERS.get).verdict


def test_what_is_sealed_is_opened_as_it_was() -> None:
    envelope = opened(seal(CONSOLE, NOTE, note("Olga"), NOW_NS))
    assert envelope is not None
    assert authentic(envelope, NOTE, CONSOLE.public)
    assert bytes(envelope.sealed) == note("Olga")


@given(st.data())
def test_no_byte_of_it_can_be_changed(data: st.DataObject) -> None:
    sealed = bytearray(seal(CONSOLE, NOTE, note("Olga"), NOW_NS))
    at = data.draw(st.integers(0, len(sealed) - 1))
    before = sealed[at]
    sealed[at] = data.draw(st.integers(0, 255).filter(lambda byte: byte != before))
    changed = opened(bytes(sealed))
    same = opened(seal(CONSOLE, NOTE, note("Olga"), NOW_NS))
    # an envelope of the same content written otherwise is the same
    assert changed == same or verdict(NOTE, bytes(sealed)) is not Verdict.PERMITTED


@given(st.text("abc/+#-019", max_size=40))
def test_it_is_of_no_other_topic(topic: str) -> None:
    payload = seal(CONSOLE, NOTE, note("Olga"), NOW_NS)
    assert topic == NOTE or verdict(topic, payload) is not Verdict.PERMITTED


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        (seal(CONSOLE, NOTE, note("Olga"), NOW_NS), Verdict.PERMITTED),
        (seal(OLGA, NOTE, note("Olga"), NOW_NS), Verdict.PERMITTED),
        (b"", Verdict.UNREADABLE),
        (b"{}", Verdict.UNREADABLE),
        (seal(CONSOLE, NOTE, b"[]", NOW_NS), Verdict.UNREADABLE),
        (note("Olga"), Verdict.UNSIGNED),
        (seal(CommandKey.new("Eve"), NOTE, note("Olga"), NOW_NS), Verdict.UNKNOWN_SIGNER),
        (seal(CommandKey.new("Vic"), NOTE, note("Vic"), NOW_NS), Verdict.UNKNOWN_SIGNER),
        (seal(CommandKey.new("console"), NOTE, note("Olga"), NOW_NS), Verdict.FORGED),
        (seal(CONSOLE, NOTE, note("Olga"), NOW_NS - MAX_AGE_NS - 1), Verdict.EXPIRED),
        (seal(CONSOLE, NOTE, note("Olga"), NOW_NS - MAX_AGE_NS), Verdict.PERMITTED),
        (seal(CONSOLE, NOTE, note("Olga"), NOW_NS + MAX_AHEAD_NS + 1), Verdict.AHEAD),
        (seal(OLGA, NOTE, note("Lea"), NOW_NS), Verdict.NOT_THE_SIGNER),
        (seal(CONSOLE, NOTE, note("Nobody"), NOW_NS), Verdict.UNKNOWN_PERSON),
        (seal(CONSOLE, NOTE, note("training"), NOW_NS), Verdict.UNKNOWN_PERSON),
        (seal(CONSOLE, NOTE, note("Vic"), NOW_NS), Verdict.NOT_PERMITTED),
        (seal(CONSOLE, NOTE, note("console"), NOW_NS), Verdict.NOT_PERMITTED),
    ],
)
def test_every_verdict(payload: bytes, expected: Verdict) -> None:
    assert verdict(NOTE, payload) is expected


@pytest.mark.parametrize("verb", Verb)
@pytest.mark.parametrize("by", ["Vic", "Olga", "Lea"])
def test_alarms_are_asked_by_those_whose_role_it_is(verb: Verb, by: str) -> None:
    topic = Topics().command("iss", verb)
    address = parse(topic)
    assert address is not None
    command = wire.encode(wire.Command(id="1", alarm="A.limit", by=by))
    permitted = verdict(topic, seal(CONSOLE, topic, command, NOW_NS)) is Verdict.PERMITTED
    assert permitted is (USERS[by].role >= needed(address))
    silences = verb in (Verb.OUT_OF_SERVICE, Verb.IN_SERVICE)
    assert needed(address) is (Role.LEAD if silences else Role.OPERATOR)


def test_in_a_training_its_service_plays_those_of_the_scenario() -> None:
    for root, expected in (("train-a1", Verdict.PERMITTED), ("tlm", Verdict.UNKNOWN_PERSON)):
        topic = Topics(root).command("iss", Verb.RESET)
        command = wire.encode(wire.Command(id="1", alarm="A.limit", by="ms18: planner"))
        assert verdict(topic, seal(CONSOLE, topic, command, NOW_NS)) is expected


def test_what_nobody_has_thought_of_takes_an_administrator() -> None:
    address = parse("cmd/v1/iss/selfdestruct/now")
    assert address is not None
    assert needed(address) is Role.ADMINISTRATOR
    injection = parse(Topics().injection("iss"))
    assert injection is not None
    assert needed(injection) is Role.ADMINISTRATOR
    assert {Kind.ALARM, Kind.PLAN} <= set(Kind)


@pytest.mark.parametrize("text", ["", "x", "a:b", "a:" + "0" * 63, "a:" + "G" * 64])
def test_what_is_no_key_is_an_error_that_does_not_show_it(text: str) -> None:
    with pytest.raises(UsageError) as refused:
        CommandKey.parse(text)
    assert len(text) < 3 or text not in str(refused.value)
    key = CommandKey.new("Olga")
    assert CommandKey.parse(key.text + "\n") == key
    assert key.secret.hex() not in repr(key)


def test_an_envelope_is_strict() -> None:
    good = msgspec.json.decode(seal(CONSOLE, NOTE, note("Olga"), NOW_NS), type=Sealed)
    assert opened(msgspec.json.encode(good)) == good
    for wrong in (b"", b"null", b"[]", b'{"sealed":{}}'):
        assert opened(wrong) is None
