"""What the words of `stationwatch replay` mean; what is wrong with them before anybody is asked."""

import argparse

import pytest

from replaying.options import replay_options
from replaying.request import check, command, moment
from telemetry.errors import UsageError
from telemetry.moments import parse_time
from telemetry.replay import (
    ReplayCommand,
    ReplayGaps,
    ReplayLimits,
    ReplayOrder,
    ReplaySpec,
    ReplayVerb,
)

START = "2021-10-15T09:10"
START_NS = parse_time(START)
STOP_NS = parse_time("2021-10-15T09:45")
NAME = "0a1b2c3d"


def asked(*words: str) -> ReplayCommand:
    parser = argparse.ArgumentParser()
    replay_options(parser)
    arguments = parser.parse_args(["--by=Ann", *words])
    check(arguments)
    return command(ReplayVerb(arguments.action), arguments, "c1", START_NS)


@pytest.mark.parametrize(
    ("words", "spec"),
    [
        (
            ["--from", START, "--to", "2021-10-15T09:45"],
            ReplaySpec(start_ns=START_NS, stop_ns=STOP_NS),
        ),
        (
            ["--recording=ms18", "--order=as-happened", "--limits=now", "--gaps=skip"],
            ReplaySpec(
                recording="ms18",
                order=ReplayOrder.HAPPENED,
                limits=ReplayLimits.NOW,
                gaps=ReplayGaps.SKIP,
            ),
        ),
        (
            ["--bundle=b", "--speed=max", "--paused", "--from", START, "--at=09:12:18"],
            ReplaySpec(
                bundle="b",
                speed=0.0,
                paused=True,
                start_ns=START_NS,
                at_ns=parse_time("2021-10-15T09:12:18"),
            ),
        ),
    ],
)
def test_create_says_what_to_replay(words: list[str], spec: ReplaySpec) -> None:
    assert asked("create", *words) == ReplayCommand(id="c1", by="Ann", spec=spec)


@pytest.mark.parametrize(
    ("words", "means"),
    [
        (["seek", NAME, "09:12:18.5"], {"to_ns": parse_time("2021-10-15T09:12:18.5")}),
        (["seek", NAME, "2021-288T09:12"], {"to_ns": parse_time("2021-10-15T09:12")}),
        (["step", NAME], {"frames": 1}),
        (["step", NAME, "10"], {"frames": 10}),
        (["speed", NAME, "max"], {"speed": 0.0}),
        (["speed", NAME, "0.1"], {"speed": 0.1}),
        (["pause", NAME], {}),
    ],
)
def test_a_session_is_steered(words: list[str], means: dict[str, float]) -> None:
    wanted = {"id": "c1", "by": "Ann", "session": NAME, **means}
    assert asked(*words) == ReplayCommand(**wanted)  # type: ignore[arg-type]


def test_a_time_of_day_before_the_start_is_one_of_the_next_day() -> None:
    assert moment("09:09", START_NS) == parse_time("2021-10-16T09:09")
    assert moment("09:10", START_NS) == START_NS


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ([], "say what, by --from and --to, --recording or --bundle"),
        (["--from", START], "say what, by --from and --to"),
        (["--from", START, "--to", START], f"--to {START} is not after --from {START}"),
        (["--from", START, "--to", "2021-10-15"], "is not after --from"),
        (["--recording=a", "--from", START, "--to", START], "is not after --from"),
        (["--recording=a", "--bundle=b"], "--recording or --bundle, not both"),
        (["--recording=" + 65 * "x"], "at most 64 characters"),
        (["--recording=a", "--at=09:12"], "of which day?"),
        (["--recording=a", "--at=noon"], "'noon' is no time"),
        ([NAME], f"names no session, not '{NAME}'"),
    ],
)
def test_what_cannot_be_created_is_told(words: list[str], says: str) -> None:
    with pytest.raises(UsageError) as refused:
        asked("create", *words)
    assert says in str(refused.value)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["pause"], "replay pause: say which; `stationwatch replay list` shows all"),
        (["seek", NAME], "replay seek: say where to"),
        (["speed", NAME], "replay speed: say how fast"),
        (["speed", NAME, "1001"], "'1001' is no speed: write 0.1 to 1000, or max"),
        (["speed", NAME, "0"], "'0' is no speed"),
        (["speed", NAME, "nan"], "'nan' is no speed"),
        (["step", NAME, "0"], "'0' is not 1 to 1000 frames"),
        (["step", NAME, "1001"], "'1001' is not 1 to 1000 frames"),
        (["seek", NAME, "soon"], "'soon' is no time"),
        (["play", NAME, "9"], "replay play: what is '9'?"),
        (["play", NAME, "--speed=9"], "replay play: --speed is for create only"),
        (["list", "--paused"], "replay list: --paused is for create only"),
        (["pause", NAME, "--by= "], "--by: say who asks"),
    ],
)
def test_what_cannot_be_asked_is_told(words: list[str], says: str) -> None:
    with pytest.raises(UsageError) as refused:
        asked(*words)
    assert says in str(refused.value)
