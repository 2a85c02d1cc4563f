import pytest

from telemetry import topics
from telemetry.errors import UsageError
from telemetry.topics import Kind, Topics, Verb, parse


def test_every_topic_parses_back_to_what_it_was_made_of() -> None:
    topics = Topics("tlm")
    made = {
        topics.frame("iss", "adcs"): ("tlm", "iss", "frame", "adcs"),
        topics.clock("iss"): ("tlm", "iss", "meta", "clock"),
        topics.meta("iss", "adcs"): ("tlm", "iss", "meta", "adcs"),
        topics.link("iss"): ("tlm", "iss", "status", "link"),
        topics.alarm("iss", "USLAB000022.limit"): ("tlm", "iss", "alarm", "USLAB000022.limit"),
        topics.event("iss"): ("tlm", "iss", "event", "alarm"),
        topics.command("iss", Verb.ACKNOWLEDGE): ("cmd", "iss", "alarm", "acknowledge"),
        topics.injection("iss"): ("cmd", "iss", "simulator", "inject"),
        topics.dead("iss", "frame", "not_json"): ("dead", "iss", "frame", "not_json"),
    }
    for topic, expected in made.items():
        address = parse(topic)
        assert address is not None
        assert (address.root, address.spacecraft, address.kind, address.leaf) == expected


def test_a_played_stream_shares_no_topic_with_live() -> None:
    live, played = Topics("tlm"), Topics("play")
    assert not set(vars_of(live)) & set(vars_of(played))


def vars_of(topics: Topics) -> list[str]:
    return [topics.every(kind) for kind in Kind] + [
        topics.every_command,
        topics.command("iss", Verb.RESET),
        topics.every_injection,
        topics.dead("iss", "a", "b"),
    ]


@pytest.mark.parametrize(
    "topic",
    ["", "tlm", "tlm/v1/iss/frame", "tlm/v2/iss/frame/a", "tlm/v1/i+s/frame/a", "a/v1/b/c/d/e"],
)
def test_what_is_not_ours_is_no_address(topic: str) -> None:
    assert parse(topic) is None


@pytest.mark.parametrize("root", ["", "Tlm", "a/b", "+", "#", "1a"])
def test_a_root_that_cannot_be_one_is_refused(root: str) -> None:
    with pytest.raises(UsageError, match="topic root"):
        Topics(root)


def test_what_is_longer_than_any_of_ours_is_not_remembered() -> None:
    topics._parsed.cache_clear()
    assert parse(f"tlm/v1/iss/frame/{'x' * 60_000}") is None
    assert topics._parsed.cache_info().currsize == 0
