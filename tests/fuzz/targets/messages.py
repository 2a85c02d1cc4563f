"""Messages: each decoder by itself, and whole stretches of them through a processor."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any, Final

import msgspec

from ingest.processor import Processor
from ingest.record import TICK, Record
from telemetry import wire
from telemetry.clock import SECOND_NS, StreamClock, StreamKind
from telemetry.parameter import Value
from telemetry.plan import PlanVerb
from telemetry.topics import Topics, Verb, parse
from telemetry.wire import Reason, WireError
from tests.fuzz import mutate
from tests.fuzz.seeds import ACTIVITY, CONTACTS, MESSAGES
from tests.fuzz.target import Fault, Target, plainly
from tests.ingest.eventful import START_NS, eventful_database

TOPICS: Final = Topics()
#: A processor is given at most so many records an input.
MAX_RECORDS: Final = 60

_DECODERS: Final[dict[str, Callable[[bytes], Any]]] = {
    name.removeprefix("decode_"): function
    for name, function in vars(wire).items()
    if name.startswith("decode_")
}


def _decode(data: bytes) -> None:
    """Kind, line end, payload. What was decoded can be encoded again, and is the same then."""
    kind, _, payload = data.partition(b"\n")
    decode = _DECODERS.get(kind.decode(errors="replace"))
    if decode is None:
        return
    message = decode(payload)
    if isinstance(message, msgspec.Struct) and decode(wire.encode(message)) != message:
        raise Fault(f"{message!r} is another when it is encoded and decoded")


def _decode_seeds() -> Iterator[bytes]:
    for kind, message in MESSAGES:
        yield kind.encode() + b"\n" + wire.encode(message)
    yield b'frame\n{"t":1,"seq":0,"values":{"ERR":0.5,"MODE":1,"NAME":null},"q":{"NAME":4}}'
    yield b'frame\n{"t":1,"seq":0,"values":{"ERR":NaN,"A":[1],"B":"\\ud800"}}'


def _after_head(mutator: mutate.Mutator) -> mutate.Mutator:
    def change(data: bytes, most: int, random: Random) -> bytes:
        head, end, rest = data.partition(b"\n")
        if random.random() < 0.05:
            head = random.choice(list(_DECODERS)).encode()
        return head + end + mutator(rest, most - len(head) - 1, random)

    return change


@contextmanager
def _processor(_: Path) -> Iterator[Callable[[bytes], None]]:
    """An input is JSON, [[topic, payload, nanoseconds since the one before], ...].

    Records may be anything; the processor answers each, is never at a loss (`UNPROCESSABLE` is a
    fault of ours that it survived), and can be stopped and taken up again where it was.
    """
    database = eventful_database()

    def take(data: bytes) -> None:
        processor = Processor(database, TOPICS)
        for record in _records(data):
            outcome = processor.process(record)
            for reject in outcome.rejects:
                if reject.reason is Reason.UNPROCESSABLE:
                    raise Fault(f"{reject.detail[-60:]} | {record.topic} {record.payload[:200]!r}")
            for event in outcome.events:
                wire.decode_event(wire.encode(event))
        processor.retained()
        snapshot = processor.snapshot()
        again = Processor(database, TOPICS)
        again.restore(snapshot)
        if again.snapshot() != snapshot:
            raise Fault("taken up again it is not what it was")

    yield take


def _records(data: bytes) -> Iterator[Record]:
    try:
        rows = json.loads(data)
    except (ValueError, RecursionError):
        return
    now_ns = START_NS
    for n, row in enumerate(rows[:MAX_RECORDS] if isinstance(rows, list) else (), 1):
        match row:
            case [str(topic), payload, int(after_ns)] if topic == TICK or parse(topic):
                now_ns = min(max(now_ns + after_ns, 0), 2**62)
                text = payload if isinstance(payload, str) else json.dumps(payload)
                whole = b"" if topic == TICK else text.encode(errors="replace")
                yield Record(n, now_ns, topic, whole)


def _row(topic: str, payload: Any, after_s: float = 0.5) -> list[Any]:
    plain = payload if isinstance(payload, str | dict) else json.loads(wire.encode(payload))
    return [topic, plain, round(after_s * SECOND_NS)]


def _frame(second: float, number: int, **values: Value | None) -> list[Any]:
    frame = {"t": START_NS + round(second * SECOND_NS), "seq": number, "values": values}
    return _row(TOPICS.frame("iss", "adcs"), frame)


def _processor_seeds() -> Iterator[bytes]:
    clock = StreamClock(
        kind=StreamKind.SIMULATED, epoch_ns=START_NS, wall_ns=START_NS, run="r", label="fuzz"
    )
    clocks = [_row(TOPICS.clock(craft), clock) for craft in ("iss", "soyuz", "ground")]
    tick = [TICK, "", SECOND_NS]
    high = [
        _frame(n, n, ERR=2.5, SLOW=1.5 * n, MODE=n % 3, RATE=9.0 * n, ON=n * 2.0) for n in range(6)
    ]
    yield _said([*clocks, *high, tick, _frame(6, 6, ERR=None, NAME="x"), tick, _frame(2, 2), tick])
    commands = [
        _row(TOPICS.command("iss", verb), _command(Alarm=0) | {"id": f"c{n}"})
        for n, verb in enumerate(Verb)
    ]
    yield _said([*clocks, *high, *commands, tick, *commands, tick])
    plans = [
        _row(TOPICS.plan_command("iss", verb), {"id": f"p{n}", "by": by, "plan": "turn"} | more)
        for n, (verb, by, more) in enumerate(
            (
                (PlanVerb.PROPOSE, "Ann", {"activity": json.loads(msgspec.json.encode(ACTIVITY))}),
                (PlanVerb.APPROVE, "Bob", {}),
                (PlanVerb.EXTEND, "Ann", {"until_ns": ACTIVITY.end_ns + SECOND_NS}),
                (PlanVerb.ABORT, "Ann", {"comment": "enough"}),
            )
        )
    ]
    yield _said([*clocks, *plans, *high, tick])
    yield _said([*clocks, _row(TOPICS.contacts("iss"), CONTACTS), *high[:3], *[tick] * 6, *high])
    shifts = [
        _row(f"cmd/v1/ground/shift/{verb}", {"id": f"s{n}", "by": "Ann", "text": "all quiet"})
        for n, verb in enumerate(("note", "sign-out", "sign-in"))
    ]
    yield _said([*clocks, *high, *shifts, tick])


def _command(**_: int) -> dict[str, Any]:
    return {
        "alarm": "ERR.limit",
        "by": "Ann",
        "occurrence": "",
        "comment": "seen",
        "until_ns": START_NS + 600 * SECOND_NS,
    }


def _said(rows: list[Any]) -> bytes:
    return json.dumps(rows).encode()


TARGETS: Final = (
    Target(
        name="wire",
        subject=plainly(_decode, WireError),
        seeds=_decode_seeds,
        mutate=_after_head(mutate.as_json),
    ),
    Target(name="processor", subject=_processor, seeds=_processor_seeds, mutate=mutate.as_json),
)
