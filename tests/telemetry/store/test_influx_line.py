from hypothesis import assume, given
from hypothesis import strategies as st

from telemetry.store.influx_line import (
    bodies,
    event_line,
    frame_lines,
    halves,
    line_bodies,
    meta_line,
)
from tests.contract.mission import T0, event, frame


def test_a_frame_is_one_line() -> None:
    whole = frame(
        7, RATE=0.0, ANGLE=1e300, COUNT=-(2**63), READY=True, NOTE='a "b" \\', invalid={"MODE": 3}
    )
    assert frame_lines(whole).decode() == (
        "iss_adcs RATE=0.0,ANGLE=1e300,READY=true,COUNT=-9223372036854775808i,"
        f'NOTE="a \\"b\\" \\\\",MODE__q=3i,received={T0 + 250_000_007}i,sequence=7i {T0 + 7}'
    )


def test_a_frame_of_no_plain_numbers_and_one_of_no_samples() -> None:
    about = f"received={T0 + 250_000_000}i,sequence=0i {T0}"
    assert frame_lines(frame(0, COUNT=3)).decode() == f"iss_adcs COUNT=3i,{about}"
    assert frame_lines(frame(0)).decode() == f"iss_adcs {about}"


def test_an_empty_string_is_marked() -> None:
    assert frame_lines(frame(0, NOTE="")).startswith(b'iss_adcs NOTE="",NOTE__e=true,')


def test_a_line_has_at_most_200_fields() -> None:
    texts = frame_lines(frame(0, **{f"P{n}": n for n in range(450)})).splitlines()
    assert len(texts) == 4
    assert all(text.count(b"=") <= 200 for text in texts)


@given(
    values=st.dictionaries(st.sampled_from("ABCDE"), st.floats(allow_nan=False) | st.integers()),
    invalid=st.dictionaries(st.sampled_from("FGH"), st.integers(1, 255)),
)
def test_halves_lose_nothing(values: dict[str, float], invalid: dict[str, int]) -> None:
    assume(len(values) + len(invalid) > 1)
    whole = frame(0, invalid=invalid, **values)
    first, second = halves(whole)
    assert {**first.values, **second.values} == values
    assert {**first.invalid, **second.invalid} == invalid
    sizes = [len(half.values) + len(half.invalid) for half in (first, second)]
    assert max(sizes) - min(sizes) <= 1
    assert min(sizes) > 0


def test_bodies_are_bounded_and_lose_nothing() -> None:
    many = [frame(n, NOTE="é" * 15_000, COUNT=n) for n in range(100)]
    cut = list(bodies(many))
    assert [one for _, part in cut for one in part] == many
    assert len(cut) > 2
    assert all(len(body) < 1 << 20 for body, _ in cut)
    assert b"\n".join(line_bodies(["x" * 400_000] * 5)).count(b"x") == 2_000_000


def test_a_frame_larger_than_a_body_is_cut() -> None:
    wide = frame(0, **{f"P{n}": "é" * 15_000 for n in range(100)})
    cut = list(bodies([wide]))
    assert all(len(body) < 1 << 20 for body, _ in cut)
    values = {p: value for _, part in cut for one in part for p, value in one.values.items()}
    assert values == wide.values


def test_tags_are_escaped() -> None:
    assert meta_line(("a b", "c,d=e"), 1, "{}").startswith(
        "stationwatch_meta,spacecraft=a\\ b,subsystem=c\\,d\\=e schema=1i,"
    )
    assert event_line(event(1), 0, "{}").startswith(
        "stationwatch_events,spacecraft=iss,alarm=RATE.limit,kind=VIOLATED,slot=0 id="
    )
