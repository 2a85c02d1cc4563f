import argparse
from pathlib import Path

import pytest

from ingest.notify import commands
from ingest.notify.commands import NotProven, load_routes
from ingest.notify.deliver import MemorySender, Outcome
from ingest.notify.routes import RoutesError
from telemetry.clock import ManualClock
from telemetry.errors import UsageError
from telemetry.settings import Settings
from tests.ingest.notify.receivers import hook
from tests.small import small_database

ROUTES = """
[[route]]
name = "ops"
to = ["json://user:hunter22@hook.example.org/hunter22", "ntfy://hunter22"]
severity = "warning"
spacecraft = ["iss"]
escalate_to = "boss"
escalate_after_s = 60
resolved = true
[[route]]
name = "boss"
to = ["json://boss.example.org"]
only_escalations = true
"""


@pytest.fixture(autouse=True)
def _database(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands, "load", lambda _path: small_database())


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (tmp_path / "notify.toml").write_text(ROUTES)
    return Settings.read({"notify": str(tmp_path / "notify.toml")}, {})


def parsed(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    commands.options(parser)
    return parser.parse_args(words)


async def test_check_shows_the_routes_and_no_secret(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    await commands.notify(parsed("check"), settings)
    out = capsys.readouterr().out
    assert "hunter22" not in out
    lines = [" ".join(line.split()) for line in out.splitlines()]
    assert lines[1:] == [
        "ops json://hook.example.org WARNING iss 10 s never boss after 60 s yes",
        "ntfy://...",
        "boss json://boss.example.org escalations all 10 s never - no",
    ]


async def test_check_tells_every_mistake(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    assert settings.notify is not None
    settings.notify.write_text(
        ROUTES.replace("severity", "severty").replace('"boss"\nto', '"b"\nto')
    )
    with pytest.raises(RoutesError, match="and 2 more: run `stationwatch notify check`"):
        await commands.notify(parsed("check"), settings)
    assert len(capsys.readouterr().out.splitlines()) == 3


async def test_a_test_has_a_line_each_with_its_latency(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    sender = MemorySender()
    await commands.test(settings, None, sender, ManualClock(0))
    assert capsys.readouterr().out.splitlines() == [
        "ops: json://hook.example.org: accepted in 0.00 s",
        "ops: ntfy://...: accepted in 0.00 s",
        "boss: json://boss.example.org: accepted in 0.00 s",
    ]
    assert all(message.title.startswith("TEST: ") for _, message in sender.sent)


async def test_a_test_of_one_route_tells_nobody_else(settings: Settings) -> None:
    sender = MemorySender()
    await commands.test(settings, "boss", sender, ManualClock(0))
    assert [target.route for target, _ in sender.sent] == ["boss"]
    with pytest.raises(UsageError, match=r"no route 'bos' \(did you mean 'boss'\?\)"):
        await commands.test(settings, "bos", sender, ManualClock(0))


async def test_a_route_that_fails_is_an_error_and_says_why(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    def answer(target: object, _message: object) -> Outcome:
        return Outcome("ntfy" not in str(target.url), "404")  # type: ignore[attr-defined]

    with pytest.raises(NotProven, match="1 of 2 targets did not take the message") as raised:
        await commands.test(settings, "ops", MemorySender(answer), ManualClock(0))
    assert raised.value.exit_code == 3
    assert "ops: ntfy://...: FAILED: 404" in capsys.readouterr().out.splitlines()


async def test_a_test_really_sends(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    async with hook() as server:
        assert settings.notify is not None
        settings.notify.write_text(f'[[route]]\nname = "a"\nto = ["{server.url}/x"]\n')
        await commands.notify(parsed("test"), settings)
        assert [one["title"][:5] for one in server.got] == ["TEST:"]
        server.behave = "refuse"
        with pytest.raises(NotProven):
            await commands.notify(parsed("test", "a"), settings)
    assert "a: json://127.0.0.1: FAILED: " in capsys.readouterr().out


async def test_without_a_routes_file_there_are_none_and_the_commands_say_so() -> None:
    settings = Settings.read({}, {})
    assert load_routes(settings, small_database()) == ()
    for action in ("check", "test"):
        with pytest.raises(UsageError, match="set STATIONWATCH_NOTIFY"):
            await commands.notify(parsed(action), settings)


async def test_check_takes_no_route(settings: Settings) -> None:
    with pytest.raises(UsageError, match="name none"):
        await commands.notify(parsed("check", "ops"), settings)


@pytest.mark.parametrize("url", ["console", "ftp://h", "http://", "http://h?x", "http://a b"])
def test_a_console_url_that_is_none_is_one_line(url: str) -> None:
    with pytest.raises(UsageError, match=r"STATIONWATCH_CONSOLE_URL \(--console-url\) is"):
        Settings.read({"console_url": url}, {})
