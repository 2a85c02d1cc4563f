"""Which silences the schedule explains, and what is known of those that last."""

from dataclasses import replace

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest import contacts
from ingest.contacts import CONTACT_MARGIN_NS, ContactBook, Signals
from telemetry.activity import LinkName
from telemetry.clock import SECOND_NS
from telemetry.contact import Contact, ContactSchedule, Silence
from telemetry.parameter import Subsystem
from telemetry.shift import Gap
from tests.small import subsystem

KU, S_BAND, RUSSIAN = LinkName
MARGIN_S = CONTACT_MARGIN_NS // SECOND_NS
STALE_S = 1.9


def by(*links: LinkName, period_s: float = 1.0) -> Subsystem:
    return replace(subsystem("adcs", period_s, ()), links=links)


def schedule(
    *pairs: tuple[LinkName, float, float],
    links: tuple[LinkName, ...] = (KU, S_BAND),
    span: tuple[float, float] = (0, 10_000),
) -> ContactSchedule:
    return ContactSchedule(
        from_ns=ns(span[0]),
        to_ns=ns(span[1]),
        links=links,
        contacts=tuple(Contact(link=k, start_ns=ns(a), end_ns=ns(b)) for k, a, b in pairs),
    )


def ns(seconds: float) -> int:
    return round(seconds * SECOND_NS)


def book(*pairs: tuple[LinkName, float, float], **more: tuple[float, float]) -> ContactBook:
    made = ContactBook()
    made.announce("iss", schedule(*pairs, **more))  # type: ignore[arg-type]
    return made


#: Contact by Ku until 1000 s and again from 1600 to 5000.
LOS_S, AOS_S = 1000, 1600
PASS = ((KU, 0, LOS_S), (KU, AOS_S, 5000))


@pytest.mark.parametrize(
    ("links", "second", "expected"),
    [
        ((KU,), 999.9, True),
        ((KU,), 1000, False),
        ((KU,), 1600, True),
        ((S_BAND,), 1200, True),
        ((S_BAND,), 1300, False),
        ((KU, S_BAND), 1200, True),
        ((KU, S_BAND), 1300, False),
        ((KU, RUSSIAN), 1300, True),
        ((KU,), 10_000, True),
        ((), 1300, True),
    ],
)
def test_contact_is_expected_by_any_link(
    links: tuple[LinkName, ...], second: float, expected: bool
) -> None:
    made = book(*PASS, (S_BAND, 0, 1250))
    assert made.expected("iss", by(*links), ns(second)) is expected
    assert made.expected("soyuz", by(*links), ns(second))


@pytest.mark.parametrize(
    ("last_s", "now_s", "explained"),
    [
        (LOS_S - 0.5, LOS_S + 60, True),
        (LOS_S - MARGIN_S, LOS_S + 60, True),
        (LOS_S - MARGIN_S - STALE_S - 0.1, LOS_S + 60, False),
        (LOS_S + MARGIN_S, LOS_S + 60, True),
        (LOS_S - 0.5, AOS_S + STALE_S + MARGIN_S, True),
        (LOS_S - 0.5, AOS_S + STALE_S + MARGIN_S + 0.1, False),
        (AOS_S - 5, AOS_S - 1, True),
        (AOS_S + 5, AOS_S + 20, False),
        (500, 600, False),
        (10_001, 10_100, False),
    ],
)
def test_a_silence_is_explained_by_an_outage_about_it(
    last_s: float, now_s: float, explained: bool
) -> None:
    assert book(*PASS).silent_is_announced("iss", by(KU), ns(last_s), ns(now_s)) is explained


def test_a_silence_is_dated_when_its_frame_was_overdue() -> None:
    made = book(*PASS)
    early = made.overdue("iss", by(KU), ns(500))
    assert (early.date_ns, early.after_ns, early.announced) == (ns(501.9), ns(501.9), False)
    overrun = made.overdue("iss", by(KU), ns(LOS_S - 1))
    assert overrun.date_ns == ns(AOS_S + STALE_S)
    assert overrun.after_ns == ns(AOS_S + STALE_S) + CONTACT_MARGIN_NS
    assert overrun.announced


def test_a_contact_too_short_to_hear_a_frame_in_is_none() -> None:
    made = book((KU, 0, 1000), (KU, 1100, 1110), (KU, 1200, 1300))
    assert made.overdue("iss", by(KU), ns(999)).date_ns == ns(1200 + STALE_S)
    slow = by(KU, period_s=60.0)
    assert made.overdue("iss", slow, ns(990)).date_ns == ns(10_000 + 114)


def test_a_slow_subsystem_need_not_have_been_heard_just_before_los() -> None:
    made, slow = book(*PASS), by(KU, period_s=60.0)
    assert made.silent_is_announced("iss", slow, ns(LOS_S - 59), ns(AOS_S))
    assert not made.silent_is_announced("iss", slow, ns(LOS_S - 130), ns(AOS_S))


@pytest.mark.parametrize(
    ("second", "back_s"),
    [(500, 0), (LOS_S - MARGIN_S, AOS_S), (1200, AOS_S), (AOS_S, 0), (6000, 0), (20_000, 0)],
)
def test_aos_is_announced_for_an_outage_only(second: float, back_s: float) -> None:
    assert book(*PASS).back_ns("iss", by(KU), ns(second)) == ns(back_s)


def test_a_new_schedule_replaces_the_old_one() -> None:
    made = book(*PASS)
    assert not made.expected("iss", by(KU), ns(1200))
    made.announce("iss", schedule((KU, 0, 1400)))
    assert made.expected("iss", by(KU), ns(1200))
    assert not made.expected("iss", by(KU), ns(1700))


def test_a_schedule_lives_through_a_restart() -> None:
    before, after = book(*PASS), ContactBook()
    assert after.expected("iss", by(KU), ns(1200))
    after.restore(msgspec.msgpack.decode(msgspec.msgpack.encode(before.snapshot())))
    assert after.overdue("iss", by(KU), ns(999)) == before.overdue("iss", by(KU), ns(999))
    assert not after.expected("iss", by(KU), ns(1200))


contact = st.tuples(st.sampled_from([KU, S_BAND]), st.integers(-5, 45), st.integers(-5, 45))


@given(
    st.lists(contact, max_size=8),
    st.sampled_from([(KU,), (S_BAND,), (KU, S_BAND), (KU, RUSSIAN)]),
    st.tuples(st.integers(0, 40), st.integers(0, 40)),
)
def test_what_is_looked_up_is_what_the_schedule_says(
    pairs: list[tuple[LinkName, int, int]], links: tuple[LinkName, ...], span: tuple[int, int]
) -> None:
    kept = [(link, max(a, 0), max(b, 0)) for link, a, b in pairs]
    announced = schedule(*kept, span=span)
    made = ContactBook()
    made.announce("iss", announced)
    for second in range(45):
        said = any(announced.expected(link, ns(second)) for link in links)
        assert made.expected("iss", by(*links), ns(second)) is said, second


# --- signals ---


def test_a_silence_that_lasts_is_shown_with_when_it_ends() -> None:
    signals = Signals()
    assert signals.lost("iss", "eps", 5, announced=True, back_ns=60)
    assert signals.lost("iss", "adcs", 4, announced=False)
    assert not signals.lost("iss", "adcs", 4, announced=False)
    signals.lost("soyuz", "eps", 3, announced=True)
    shown = signals.signal("iss", 9, 2)
    assert (shown.time_ns, shown.standing) == (9, 2)
    assert shown.out == (
        Silence(subsystem="adcs", last_ns=4, announced=False),
        Silence(subsystem="eps", last_ns=5, announced=True, back_ns=60),
    )


def test_an_announced_silence_that_overruns_is_shown_so_and_began_when_it_did() -> None:
    signals = Signals()
    signals.lost("iss", "eps", 5, announced=True, back_ns=60)
    assert signals.lost("iss", "eps", 7, announced=False)
    assert signals.out("iss", "eps") == Silence(subsystem="eps", last_ns=5, announced=False)


def test_a_gap_ends_when_it_is_heard_and_is_filled_by_late_data() -> None:
    signals = Signals()
    signals.lost("iss", "eps", 5, announced=True)
    assert signals.heard("iss", "adcs", 9) is None
    assert [gap.end_ns for gap in signals.gaps()] == [0]
    ended = Gap(spacecraft="iss", subsystem="eps", start_ns=5, end_ns=9, announced=True)
    assert signals.heard("iss", "eps", 9) == ended
    assert signals.heard("iss", "eps", 10) is None
    assert signals.fill("iss", "eps", 8) is None
    assert signals.fill("iss", "eps", 9) == msgspec.structs.replace(ended, filled=True)
    assert [gap.filled for gap in signals.gaps()] == [True]
    assert signals.signal("iss", 10, 0).out == ()


def test_a_run_that_begins_earlier_leaves_no_gap_that_ends_before_it_began() -> None:
    signals = Signals()
    signals.lost("iss", "eps", 500, announced=False)
    gap = signals.heard("iss", "eps", 9)
    assert gap is not None
    assert (gap.start_ns, gap.end_ns) == (500, 500)


def test_ended_gaps_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contacts, "MAX_GAPS", 3)
    signals = Signals()
    for second in range(10):
        signals.lost("iss", "eps", second, announced=False)
        signals.heard("iss", "eps", second + 1)
    assert [gap.start_ns for gap in signals.gaps()] == [7, 8, 9]


def test_signals_live_through_a_restart() -> None:
    before, after = Signals(), Signals()
    before.lost("iss", "eps", 1, announced=True)
    before.heard("iss", "eps", 2)
    before.lost("iss", "adcs", 3, announced=False, back_ns=9)
    after.restore(msgspec.msgpack.decode(msgspec.msgpack.encode(before.snapshot())))
    assert after.gaps() == before.gaps()
    assert after.signal("iss", 4, 1) == before.signal("iss", 4, 1)
    assert len(after.gaps()) == 2
