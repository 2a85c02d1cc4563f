from telemetry.store.influx_line import (
    bodies,
    event_line,
    fields_of,
    line_bodies,
    lines,
    meta_line,
)
from tests.contract.mission import T0, event, frame


def test_a_frame_is_one_line() -> None:
    given = frame(
        7, RATE=0.0, ANGLE=1e300, COUNT=-(2**63), READY=True, NOTE='a "b" \\', invalid={"MODE": 3}
    )
    assert lines(list(fields_of(given))) == [
        "iss_adcs RATE=0.0,ANGLE=1e+300,COUNT=-9223372036854775808i,READY=true,"
        f'NOTE="a \\"b\\" \\\\",MODE__q=3i,received={T0 + 250_000_007}i,sequence=7i {T0 + 7}'
    ]


def test_an_empty_string_is_marked() -> None:
    (line,) = lines(list(fields_of(frame(0, NOTE=""))))
    assert line.startswith('iss_adcs NOTE="",NOTE__e=true,')


def test_a_line_has_at_most_200_fields() -> None:
    wide = frame(0, **{f"P{n}": n for n in range(450)})
    texts = lines(list(fields_of(wide)))
    assert len(texts) == 3
    assert all(text.count("=") <= 200 for text in texts)


def test_bodies_are_bounded_and_lose_nothing() -> None:
    fields = [f for n in range(100) for f in fields_of(frame(n, NOTE="é" * 15_000, COUNT=n))]
    cut = list(bodies(fields))
    assert [field for body in cut for field in body] == fields
    assert len(cut) > 2
    assert all(len("\n".join(lines(body)).encode()) < 1 << 20 for body in cut)
    assert b"\n".join(line_bodies(["x" * 400_000] * 5)).count(b"x") == 2_000_000


def test_tags_are_escaped() -> None:
    assert meta_line(("a b", "c,d=e"), 1, "{}").startswith(
        "stationwatch_meta,spacecraft=a\\ b,subsystem=c\\,d\\=e schema=1i,"
    )
    assert event_line(event(1), 0, "{}").startswith(
        "stationwatch_events,spacecraft=iss,alarm=RATE.limit,kind=VIOLATED,slot=0 id="
    )
