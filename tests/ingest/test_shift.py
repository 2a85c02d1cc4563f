import msgspec
import pytest

from ingest.shift import MAX_GAPS, MAX_LIMITS, MAX_NOTES, MAX_SEEN, ShiftBook
from telemetry.clock import SECOND_NS
from telemetry.shift import Gap, ShiftChange, ShiftCommand, ShiftVerb


class Desk:
    """A shift book and the people in front of it."""

    def __init__(self) -> None:
        self.book = ShiftBook()
        self.now_ns = 1_000 * SECOND_NS
        self._ids = 0

    def ask(self, verb: ShiftVerb, by: str, text: str = "") -> ShiftChange:
        self.now_ns += SECOND_NS
        self._ids += 1
        command = ShiftCommand(id=str(self._ids), by=by, text=text)
        return self.book.command(verb, command, self.now_ns)

    def note(self, by: str, text: str) -> ShiftChange:
        return self.ask(ShiftVerb.NOTE, by, text)

    def sign_out(self, by: str, text: str = "") -> ShiftChange:
        return self.ask(ShiftVerb.SIGN_OUT, by, text)

    def sign_in(self, by: str, text: str = "") -> ShiftChange:
        return self.ask(ShiftVerb.SIGN_IN, by, text)


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def ann(desk: Desk) -> Desk:
    """Ann is on shift."""
    assert desk.sign_in("Ann").refused == ""
    return desk


def test_the_first_shift_begins_by_signing_in(ann: Desk) -> None:
    assert (ann.book.shift.on_shift, ann.book.shift.since_ns) == ("Ann", ann.now_ns)


def test_a_handover_takes_two_people(ann: Desk) -> None:
    assert ann.sign_out("Ann").refused == ""
    assert (ann.book.shift.signed_out_by, ann.book.shift.signed_out_ns) == ("Ann", ann.now_ns)
    assert ann.book.shift.on_shift == "Ann"
    assert "another person" in ann.sign_in(" ann ").refused
    assert ann.sign_in("Bob").refused == ""
    shift = ann.book.shift
    assert (shift.on_shift, shift.signed_out_by, shift.since_ns) == ("Bob", "", ann.now_ns)


def test_nobody_takes_over_unsigned(ann: Desk) -> None:
    assert ann.sign_in("Bob").refused == "Ann is on shift and has not signed out"
    assert ann.book.shift.on_shift == "Ann"


def test_nobody_signs_out_twice(ann: Desk) -> None:
    ann.sign_out("Ann")
    assert "Ann signed out at" in ann.sign_out("Ann").refused


def test_signing_out_for_another_needs_a_reason(ann: Desk) -> None:
    assert "give the reason" in ann.sign_out("Bob").refused
    assert ann.sign_out("Bob", "Ann was taken ill").refused == ""
    assert ann.book.shift.notes[-1].text == "Ann was taken ill"
    assert "another person" in ann.sign_in("Ann").refused
    assert ann.sign_in("Cid").refused == ""


def test_notes_are_kept_for_the_next_shift_and_no_longer(ann: Desk) -> None:
    ann.note("Ann", "CMG 3 runs warm")
    ann.sign_out("Ann")
    ann.sign_in("Bob", "read and understood")
    assert [note.text for note in ann.book.shift.notes] == [
        "CMG 3 runs warm",
        "read and understood",
    ]
    ann.sign_out("Bob")
    ann.sign_in("Ann")
    assert [note.text for note in ann.book.shift.notes] == ["read and understood"]


@pytest.mark.parametrize(
    ("by", "text", "said"), [("Ann", "  ", "must say something"), ("  ", "x", "say who you are")]
)
def test_a_note_has_a_writer_and_a_text(ann: Desk, by: str, text: str, said: str) -> None:
    assert said in ann.note(by, text).refused
    assert ann.book.shift.notes == ()


def test_a_command_that_comes_twice_is_done_once(ann: Desk) -> None:
    command = ShiftCommand(id="x", by="Ann", text="once")
    first = ann.book.command(ShiftVerb.NOTE, command, 1)
    assert ann.book.command(ShiftVerb.NOTE, command, 2) == first
    assert len(ann.book.shift.notes) == 1


def test_the_journal_line_tells_who_and_what(ann: Desk) -> None:
    change = ann.note(" Ann ", " CMG 3 ")
    assert (change.verb, change.by, change.text) == (ShiftVerb.NOTE, "Ann", "CMG 3")
    assert change.time_ns == ann.now_ns


def test_notes_are_bounded_and_the_others_counted(ann: Desk) -> None:
    for i in range(MAX_SEEN + 3):
        ann.note("Ann", str(i))
    older = MAX_SEEN + 3 - MAX_NOTES
    assert len(ann.book.shift.notes) == MAX_NOTES
    assert (ann.book.shift.notes[0].text, ann.book.shift.older_notes) == (str(older), older)
    assert len(ann.book.snapshot()["done"]) == MAX_SEEN


def test_a_gap_is_known_by_its_start(ann: Desk) -> None:
    ann.book.gap(Gap(spacecraft="iss", subsystem="adcs", start_ns=5))
    shift = ann.book.gap(Gap(spacecraft="iss", subsystem="adcs", start_ns=5, end_ns=9, filled=True))
    assert [(gap.end_ns, gap.filled) for gap in shift.gaps] == [(9, True)]


def test_gaps_that_last_outlive_those_that_are_over(ann: Desk) -> None:
    ann.book.gap(Gap(spacecraft="iss", subsystem="adcs", start_ns=1))
    for i in range(MAX_GAPS):
        ann.book.gap(Gap(spacecraft="iss", subsystem="eps", start_ns=10 + i, end_ns=20 + i))
    shift = ann.book.shift
    assert (len(shift.gaps), shift.older_gaps) == (MAX_GAPS, 1)
    assert (shift.gaps[0].subsystem, shift.gaps[1].start_ns) == ("adcs", 11)


def test_a_handover_leaves_gaps_that_last(ann: Desk) -> None:
    ann.book.gap(Gap(spacecraft="iss", subsystem="adcs", start_ns=1))
    ann.book.gap(Gap(spacecraft="iss", subsystem="eps", start_ns=2, end_ns=3))
    ann.book.limits_changed(["iss/ERR: hysteresis 1 -> 2"], "v2")
    ann.sign_out("Ann")
    ann.sign_in("Bob")
    shift = ann.book.shift
    assert [gap.subsystem for gap in shift.gaps] == ["adcs"]
    assert (shift.changed_limits, shift.missiondb) == ((), "v2")


def test_changed_limits_are_said_once_and_bounded(ann: Desk) -> None:
    ann.book.limits_changed(["a: x", "b: y"], "v2")
    shift = ann.book.limits_changed(["b: y", "c: z"], "v3")
    assert (shift.changed_limits, shift.missiondb) == (("a: x", "b: y", "c: z"), "v3")
    shift = ann.book.limits_changed([str(i) for i in range(MAX_LIMITS)], "v4")
    assert (len(shift.changed_limits), shift.older_limits) == (MAX_LIMITS, 3)


def test_a_restart_cannot_be_told(ann: Desk) -> None:
    ann.note("Ann", "CMG 3 runs warm")
    ann.book.gap(Gap(spacecraft="iss", subsystem="adcs", start_ns=1))
    ann.sign_out("Ann")
    state = msgspec.msgpack.decode(msgspec.msgpack.encode(ann.book.snapshot()))
    other = ShiftBook()
    other.restore(state)
    assert other.shift == ann.book.shift
    assert other.snapshot() == ann.book.snapshot()
    repeated = ShiftCommand(id="2", by="Ann", text="CMG 3 runs warm")
    other.command(ShiftVerb.NOTE, repeated, 99)
    assert len(other.shift.notes) == 1
