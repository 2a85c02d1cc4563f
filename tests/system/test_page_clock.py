"""What the page says of age, in a real browser: freshness, the server's clock, how values read."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

import dashboard

CLOCK = Path(dashboard.__file__).parent / "assets" / "core" / "clock.js"

#: A scenario of 2021 running since wall time 1000 s; its subsystem is due within 1.9 s.
SIM = {"kind": "sim", "epoch": 5_000_000, "wall": 1_000_000, "rate": 1, "heartbeat": True}


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    page = browser.new_page()
    page.add_script_tag(content=CLOCK.read_text())
    yield page
    page.close()


@pytest.mark.parametrize(
    ("wall", "last", "changes", "link", "said"),
    [
        (1_010_000, {"t": 5_009_500, "rx": 1_009_600}, {}, None, "SIM"),
        (1_010_000, {"t": 5_008_200, "rx": 1_008_200}, {}, None, "SIM"),
        (1_010_000, {"t": 5_008_000, "rx": 1_008_000}, {}, None, "STALE"),
        (1_010_000, {"t": 5_001_000, "rx": 1_009_900}, {}, None, "LATE"),
        (1_010_000, {"t": 5_009_500, "rx": 1_009_600}, {}, {"online": False}, "LOS"),
        (1_010_000, None, {}, {"online": True}, "NO DATA"),
        # at ten times the speed, 0.2 s of silence are 2 s of the stream's
        (1_010_000, {"t": 5_098_000, "rx": 1_009_800}, {"rate": 10}, None, "STALE"),
        # a recording's silence means nothing
        (1_900_000, {"t": 5_000_000, "rx": 1_000_000}, {"heartbeat": False}, None, "SIM"),
    ],
)
def test_freshness_is_judged_on_the_stream_clock(
    page: Page,
    wall: float,
    last: dict[str, float] | None,
    changes: dict[str, Any],
    link: dict[str, bool] | None,
    said: str,
) -> None:
    given = [{"stale_ms": 1900}, last, SIM | changes, link, "SIM", wall]
    assert page.evaluate("(given) => stationwatch.freshness(...given)", given) == said


@pytest.mark.parametrize(
    ("last", "announced", "said"),
    [
        ({"t": 5_008_000, "rx": 1_008_000}, True, "LOS"),
        ({"t": 5_008_000, "rx": 1_008_000}, False, "STALE"),
        (None, True, "LOS"),
        # it came back before ingest has said so
        ({"t": 5_009_500, "rx": 1_009_600}, True, "SIM"),
    ],
)
def test_announced_silence_is_loss_of_signal(
    page: Page, last: dict[str, float] | None, announced: bool, said: str
) -> None:
    given = [{"stale_ms": 1900}, last, SIM, None, "SIM", 1_010_000, announced]
    assert page.evaluate("(given) => stationwatch.freshness(...given)", given) == said


@pytest.mark.parametrize("step", [3_600_000, -3_600_000])
def test_a_server_clock_that_is_set_is_followed_within_a_few_messages(
    page: Page, step: int
) -> None:
    script = """(step) => {
      let passed = 0;
      const clock = new stationwatch.ServerClock(() => passed);
      for (let i = 0; i < 100; i++) clock.hear((passed += 10) + 5000);
      const rx = clock.now(), offset = clock.offset;
      const said = [];
      for (let i = 0; i < 6; i++) {
        clock.hear((passed += 10) + 5000 + step);
        said.push(clock.now() - passed - 5000);
      }
      // what came before the clock was set is as old as the time that has passed
      return [said[5], said.filter((one) => one !== step).length, clock.now() - clock.since(rx, offset)];
    }"""  # noqa: E501
    there, late, age = page.evaluate(script, step)
    assert (there, age) == (step, 60)
    assert late <= 4


def test_messages_under_way_for_long_are_no_clock_that_was_set(page: Page) -> None:
    script = """() => {
      let passed = 100;
      const clock = new stationwatch.ServerClock(() => passed);
      clock.hear(5100);
      for (let i = 0; i < 20; i++) clock.hear(5100 - 4000 + i);
      return clock.now();
    }"""
    assert page.evaluate(script) == 5100


def test_server_clock_believes_the_message_least_delayed(page: Page) -> None:
    script = """() => {
      let passed = 0;
      const clock = new stationwatch.ServerClock(() => passed);
      for (const [at, wall] of [[100, 5050], [200, 5190], [300, 5100]]) { passed = at; clock.hear(wall); }
      passed = 1000;
      return clock.now();
    }"""  # noqa: E501
    assert page.evaluate(script) == 5990


@pytest.mark.parametrize(
    ("kind", "value", "text"),
    [
        ("float", 0, "0.0000"),
        ("float", 1.23456, "1.2346"),
        ("float", -751.8, "-751.80"),
        ("float", 12801.4, "12801"),
        ("float", 0.000123456, "1.235e-4"),
        ("integer", 42, "42"),
        ("enumeration", 1, "ON"),
        ("enumeration", 7, "UNKNOWN STATE 7"),
        ("boolean", True, "TRUE"),
        ("float", None, "INVALID"),
    ],
)
def test_values_read_the_same_width_whatever_they_are(
    page: Page, kind: str, value: Any, text: str
) -> None:
    given = [{"type": kind, "states": {"1": "ON"}}, value]
    assert page.evaluate("(given) => stationwatch.format.value(...given)", given) == text


def test_ages_read_as_people_say_them(page: Page) -> None:
    ages = page.evaluate(
        "() => [0, 59e3, 61e3, 3723e3, 3 * 86400e3, NaN].map(stationwatch.format.age)"
    )
    assert ages == ["0 s", "59 s", "1:01", "1h02", "3 d", ""]


def test_how_long_ago_reads_as_in_a_sentence(page: Page) -> None:
    said = page.evaluate("() => [42e3, 372e3, 7500e3, 3 * 86400e3].map(stationwatch.format.ago)")
    assert said == ["42 s", "6 min", "2 h 05 min", "3 d"]


def test_count_down_ends_on_the_second(page: Page) -> None:
    said = page.evaluate("() => [252e3, 251001, 1, 0, -5e3].map(stationwatch.format.left)")
    assert said == ["4:12", "4:12", "1 s", "0 s", "0 s"]


@pytest.mark.parametrize(
    ("title", "said"),
    [("Soyuz MS-18 undocking", "Soyuz MS-18 undocking"), ("Undocking", "SOYUZ Undocking")],
)
def test_title_names_its_spacecraft_once(page: Page, title: str, said: str) -> None:
    assert page.evaluate("(title) => stationwatch.format.titled('soyuz', title)", title) == said
