from telemetry.annunciation import CHATTER_TIMES, MAX_ALARMS, MAX_COUNTED, Chatter, Flood
from telemetry.clock import SECOND_NS

KEY = ("iss", "ERR.limit")


def s(seconds: float) -> int:
    return round((1000 + seconds) * SECOND_NS)


def test_a_flood_begins_with_the_eleventh_in_ten_minutes() -> None:
    flood = Flood()
    for i in range(10):
        flood.add(s(i))
    assert flood.since_ns == 0
    flood.add(s(599))
    assert (flood.since_ns, flood.count) == (s(599), 11)


def test_eleven_in_more_than_ten_minutes_are_none() -> None:
    flood = Flood()
    for i in range(11):
        flood.add(s(60 * i))
    assert (flood.since_ns, flood.count) == (0, 10)


def test_a_flood_ends_below_five() -> None:
    flood = Flood()
    for i in range(11):
        flood.add(s(i))
    assert flood.advance(s(606) - 1) == 0  # the last five are those of 6 to 10 s
    assert (flood.count, flood.since_ns) == (5, s(10))
    assert flood.advance(s(606)) == s(606)
    assert (flood.count, flood.since_ns) == (4, 0)


def test_the_end_of_a_flood_is_dated_when_it_was_whenever_one_looks() -> None:
    flood = Flood()
    for i in range(11):
        flood.add(s(i))
    assert flood.add(s(5000)) == s(606)


def test_time_that_goes_back_counts_as_now() -> None:
    flood = Flood([s(100)])
    flood.add(s(0))
    assert flood.times == (s(100), s(100))


def test_counting_is_bounded() -> None:
    flood = Flood()
    for _ in range(MAX_COUNTED + 5):
        flood.add(s(0))
    assert flood.count == MAX_COUNTED


def test_three_clearings_in_a_minute_are_chatter() -> None:
    chatter = Chatter()
    assert [chatter.add(KEY, s(at)) for at in (0, 30, 60)] == [False, False, True]
    assert chatter.chattering() == [(KEY, s(60))]
    assert not chatter.add(KEY, s(121))  # 30 to 121 s is more


def test_two_alarms_do_not_chatter_together() -> None:
    chatter = Chatter()
    for at in range(CHATTER_TIMES - 1):
        assert not chatter.add(KEY, s(at))
        assert not chatter.add(("iss", "OTHER.limit"), s(at))
    assert chatter.chattering() == []


def test_an_earlier_time_begins_anew() -> None:
    chatter = Chatter()
    for at in (500, 501, 0, 1):
        assert not chatter.add(KEY, s(at))
    assert chatter.add(KEY, s(2))


def test_the_alarms_remembered_are_bounded() -> None:
    chatter = Chatter()
    for i in range(MAX_ALARMS + 1):
        chatter.add(("iss", str(i)), s(0))
    assert len(chatter.cleared) == MAX_ALARMS
    assert chatter.cleared[0][1] == "1"
