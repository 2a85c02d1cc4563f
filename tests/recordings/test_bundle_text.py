"""What a bundle says to people; a hostile one must not get their terminal to obey."""

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from ingest.bundle.form import Counts, FirstOut, Looked, Manifest
from ingest.record import TICK, Record
from ingest.segment import Timed
from recordings.bundle_text import page, said
from telemetry.clock import SECOND_NS
from telemetry.topics import Topics, Verb

TOPICS = Topics("play")
NOON_NS = 1_634_299_200 * SECOND_NS


def looked(notes: str = "", by: str = "Ann", title: str = "It turns") -> Looked:
    manifest = Manifest(
        format=1,
        stationwatch="0.1.0",
        created_ns=NOON_NS,
        by=by,
        spacecraft=("iss", "soyuz"),
        start_ns=NOON_NS,
        stop_ns=NOON_NS + 90 * SECOND_NS,
        notes=notes,
        root="tlm",
        missiondb="abc",
        counts=Counts(samples=12_345, frames=100, events=7),
        files=(),
    )
    first = FirstOut(
        spacecraft="iss", alarm="ERR.limit", time_ns=NOON_NS, severity="WARNING", title=title
    )
    return Looked(
        manifest=manifest, seal="f" * 64, missiondbs={"abc": 3, "old": 3}, first_out=first
    )


def test_a_page_is_short_and_says_what_counts() -> None:
    text = page(looked("first line\nsecond"), "x.zip")
    assert len(text.splitlines()) < 25
    for part in (
        "2021-10-15T12:00:00Z to 2021-10-15T12:01:30Z, 90 s",
        "It turns: iss/ERR.limit WARNING",
        "12,345 in 100 frames",
        "abc, and what judged before: old",
        "replays as it happened only",
        "not a signature",
    ):
        assert part in text
    assert [line.strip() for line in text.splitlines() if "second" in line] == ["second"]


@given(st.text(max_size=60), st.text(max_size=60))
def test_nothing_in_it_reaches_the_terminal_as_a_command(text: str, other: str) -> None:
    shown = page(looked(text, other, text), f"{other}.zip")
    assert all(c.isprintable() for c in shown.replace("\n", ""))


def timed(topic: str, payload: bytes = b'{"by": "Ann"}') -> Timed:
    return Timed(NOON_NS, Record(7, NOON_NS + SECOND_NS, topic, payload))


def test_what_was_asked_and_announced_is_said() -> None:
    line = said(timed(TOPICS.command("iss", Verb.ACKNOWLEDGE)))
    assert line is not None
    assert msgspec.json.decode(msgspec.json.encode(line)) == {
        "time": "2021-10-15T12:00:00.000Z",
        "received": "2021-10-15T12:00:01.000Z",
        "n": 7,
        "spacecraft": "iss",
        "what": "alarm acknowledge",
        "message": {"by": "Ann"},
    }
    for topic, what in ((TOPICS.clock("iss"), "clock"), (TOPICS.contacts("iss"), "contacts")):
        line = said(timed(topic))
        assert line is not None
        assert line.what == what


def test_frames_ticks_and_strangers_are_not() -> None:
    for topic in (TOPICS.frame("iss", "adcs"), TOPICS.meta("iss", "adcs"), TICK, "a/b", ""):
        assert said(timed(topic)) is None


def test_a_message_that_is_no_json_is_left_out() -> None:
    for payload in (b"{", b"\xff", b"[" * 50_000, b'"' + b"x" * 200_000 + b'"', b"1\n2"):
        line = said(timed(TOPICS.command("iss", Verb.ACKNOWLEDGE), payload))
        assert line is not None
        assert bytes(line.message) == b"null"
        assert b"\n" not in msgspec.json.encode(line)
