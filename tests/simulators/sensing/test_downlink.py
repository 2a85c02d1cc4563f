"""What comes down: everything once, in order, and no more than there is room and rate for."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulators.physics.links import Link, LinkState
from simulators.sensing.downlink import Downlink, carriers
from telemetry.clock import SECOND_NS
from telemetry.frame import Frame
from telemetry.missiondb import load

ALL = LinkState(ku=True, s_band=True, russian=True)
NONE = LinkState(ku=False, s_band=False, russian=False)
CARRIERS = carriers(load())
SUBSYSTEMS = (("iss", "adcs"), ("iss", "itcs"), ("soyuz", "propulsion"), ("ground", "ingest"))


def frame(second: int, subsystem: tuple[str, str] = ("iss", "adcs")) -> Frame:
    time_ns = second * SECOND_NS
    return Frame(
        spacecraft=subsystem[0],
        subsystem=subsystem[1],
        time_ns=time_ns,
        received_ns=time_ns,
        sequence=second,
        values={"P": float(second)},
    )


def arrives(subsystem: tuple[str, str], links: LinkState) -> bool:
    return bool(Downlink(CARRIERS).pass_([frame(0, subsystem)], 0, links))


@pytest.mark.parametrize(
    ("subsystem", "by"),
    [
        (("iss", "adcs"), {Link.KU, Link.S_BAND}),
        (("iss", "rs"), {Link.KU, Link.S_BAND}),
        (("iss", "itcs"), {Link.KU}),
        (("iss", "eva"), {Link.KU}),
        (("soyuz", "motion"), {Link.RUSSIAN}),
    ],
)
def test_a_subsystem_comes_down_by_any_of_its_links_and_no_other(
    subsystem: tuple[str, str], by: set[Link]
) -> None:
    for link in Link:
        only = LinkState(
            ku=link is Link.KU, s_band=link is Link.S_BAND, russian=link is Link.RUSSIAN
        )
        assert arrives(subsystem, only) is (link in by)


def test_what_needs_no_link_always_arrives() -> None:
    assert arrives(("ground", "ingest"), NONE)


def test_without_a_recorder_what_is_out_of_contact_is_lost_and_counted() -> None:
    downlink = Downlink(CARRIERS)
    assert downlink.pass_([frame(0), frame(0, ("soyuz", "tanks"))], 0, NONE) == []
    assert downlink.pass_([frame(1)], SECOND_NS, ALL) == [frame(1)]
    assert (downlink.lost, downlink.dropped, downlink.recorded) == (2, 0, 0)


def test_recorded_frames_follow_the_live_ones_as_they_were_taken() -> None:
    downlink = Downlink(CARRIERS, dump=True, frames_per_s=2)
    for second in range(4):
        assert downlink.pass_([frame(second)], second * SECOND_NS, NONE) == []
    arrived = downlink.pass_([frame(4)], 4 * SECOND_NS, ALL)
    assert [(each.sequence, each.time_ns // SECOND_NS) for each in arrived] == [
        (4, 4),
        (0, 0),
        (1, 1),
    ]
    assert [each.received_ns // SECOND_NS for each in arrived] == [4, 4, 4]
    assert arrived[1].values == {"P": 0.0}
    assert downlink.recorded == 2


def test_a_dump_waits_while_its_own_link_is_down() -> None:
    downlink = Downlink(CARRIERS, dump=True)
    soyuz = ("soyuz", "propulsion")
    downlink.pass_([frame(0, soyuz), frame(0)], 0, NONE)
    by_ku = downlink.pass_([], SECOND_NS, LinkState(ku=True, s_band=False, russian=False))
    by_all = downlink.pass_([], 2 * SECOND_NS, ALL)
    assert [each.spacecraft for each in by_ku] == ["iss"]
    assert [each.spacecraft for each in by_all] == ["soyuz"]


def test_a_full_recorder_loses_the_oldest_and_counts_them() -> None:
    downlink = Downlink(CARRIERS, dump=True, capacity=3)
    subsystems = (("iss", "adcs"), ("soyuz", "propulsion"))
    for second in range(5):
        downlink.pass_([frame(second, subsystems[second % 2])], second * SECOND_NS, NONE)
    assert (downlink.recorded, downlink.dropped, downlink.lost) == (3, 2, 0)
    arrived = downlink.pass_([], 10 * SECOND_NS, ALL)
    assert [each.sequence for each in arrived] == [2, 3, 4]


def test_the_dump_keeps_its_rate_at_coarse_and_at_fine_steps() -> None:
    """Ten frames a second, however a second is cut; what was not used is not saved up."""
    for steps in (1, 10):
        downlink = Downlink(CARRIERS, dump=True, frames_per_s=10)
        downlink.pass_([frame(0)] * 100, 0, NONE)
        downlink.pass_([], 50 * SECOND_NS, NONE)
        start_ns = 60 * SECOND_NS
        downlink.pass_([], start_ns, NONE)
        released = [
            len(downlink.pass_([], start_ns + i * SECOND_NS // steps, ALL))
            for i in range(1, 3 * steps + 1)
        ]
        assert sum(released) == 30
        assert max(released) == 10 // steps


@pytest.mark.parametrize(("capacity", "frames_per_s"), [(0, 50), (10, 0)])
def test_a_recorder_without_room_or_rate_is_refused(capacity: int, frames_per_s: int) -> None:
    with pytest.raises(ValueError, match="both must be > 0"):
        Downlink(CARRIERS, dump=True, capacity=capacity, frames_per_s=frames_per_s)


steps = st.lists(
    st.tuples(
        st.lists(st.sampled_from(SUBSYSTEMS), max_size=6),
        st.builds(LinkState, st.booleans(), st.booleans(), st.booleans()),
        st.integers(1, 30),
    ),
    max_size=60,
)


@given(steps=steps, capacity=st.integers(1, 20), rate=st.integers(1, 5), dump=st.booleans())
def test_every_frame_is_sent_once_or_accounted_for(
    steps: list[tuple[list[tuple[str, str]], LinkState, int]],
    capacity: int,
    rate: int,
    dump: bool,
) -> None:
    """Nothing is duplicated; each subsystem's live and recorded frames keep their order each; the
    recorder is bounded; sent, waiting, dropped and lost are all there were.
    """
    downlink = Downlink(CARRIERS, dump=dump, capacity=capacity, frames_per_s=rate)
    sequence: Counter[tuple[str, str]] = Counter()
    last: dict[tuple[str, str, bool], int] = {}
    seen: set[tuple[str, str, int]] = set()
    now_ns = taken = 0
    for subsystems, links, elapsed_s in steps:
        now_ns += elapsed_s * SECOND_NS
        frames = []
        for spacecraft, subsystem in subsystems:
            number = sequence[spacecraft, subsystem]
            sequence[spacecraft, subsystem] += 1
            frames.append(
                Frame(
                    spacecraft=spacecraft,
                    subsystem=subsystem,
                    time_ns=now_ns,
                    received_ns=now_ns,
                    sequence=number,
                )
            )
        taken += len(frames)
        arrived = downlink.pass_(frames, now_ns, links)
        recorded = [each for each in arrived if each.time_ns < now_ns]
        assert arrived[len(arrived) - len(recorded) :] == recorded
        assert [each.time_ns for each in recorded] == sorted(each.time_ns for each in recorded)
        assert len(recorded) <= rate
        assert downlink.recorded <= capacity
        for each in arrived:
            key = (each.spacecraft, each.subsystem, each.sequence)
            assert key not in seen
            seen.add(key)
            stream = (each.spacecraft, each.subsystem, each.time_ns < now_ns)
            assert each.sequence > last.get(stream, -1)
            last[stream] = each.sequence
            assert each.received_ns == now_ns
    assert len(seen) + downlink.recorded + downlink.dropped + downlink.lost == taken
    assert dump or downlink.recorded == 0
