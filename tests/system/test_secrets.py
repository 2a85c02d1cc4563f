"""Secrets are planted everywhere and looked for in everything that is written, shown or sent."""

import asyncio
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, closing
from pathlib import Path

import psutil
import pytest

from access.roles import Role
from access.seal import CommandKey
from access.users import User, Users
from telemetry.link import BrokerAddress, Connection, LinkOptions, Message, connect
from telemetry.settings import Settings
from tests.eventually import eventually
from tests.servers.closed_broker import WITNESS, ClosedBroker, closed_broker
from tests.system.programs import Program, running
from tests.system.terminal import Terminal

PLANTED = "planted5ecret"
PASSWORD = f"{PLANTED}-of-Olga"
TOKEN = f"{PLANTED}-ingest-token"
NTFY = f"{PLANTED}-ntfy"
DATABASE = f"{PLANTED}-influx-token"
KEY = CommandKey("console", PLANTED.encode().ljust(32, b"x"))
ROUTES = """
[[route]]
name = "phone"
to = ["ntfy://${NTFY_TOKEN}@127.0.0.1:9/attitude"]
severity = "advisory"
group_s = 1
"""


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[ClosedBroker]:
    folder = tmp_path / "broker"
    folder.mkdir()
    with closed_broker(folder) as running_:
        yield running_


def words(broker: ClosedBroker) -> set[str]:
    """What must be seen nowhere."""
    return {PLANTED, KEY.secret.hex(), *broker.passwords.values()}


def seen_in(text: str, broker: ClosedBroker) -> set[str]:
    return {word for word in words(broker) if word in text}


def answers(url: str, *paths: str, **headers: str) -> str:
    """All that is said to somebody who asks, errors and headers too."""
    said = []
    for path in paths:
        try:
            with urllib.request.urlopen(
                urllib.request.Request(url + path, headers=headers), timeout=10
            ) as one:
                said.append(f"{one.headers}{one.read().decode(errors='replace')}")
        except urllib.error.HTTPError as error:
            said.append(f"{error.headers}{error.read().decode(errors='replace')}")
    return "\n".join(said)


async def test_planted_secrets_are_seen_nowhere(
    broker: ClosedBroker, tmp_path: Path, free_ports: tuple[int, int]
) -> None:
    ingest, console = free_ports
    logs, state = tmp_path / "logs", tmp_path / "state"
    logs.mkdir()
    with closing(Users.open(tmp_path / "access")) as users:
        users.add(User(name="Olga", role=Role.OPERATOR), PASSWORD)
        users.add(User(name="console", role=Role.VIEWER, service=True, key=KEY.public))
    routes = tmp_path / "routes.toml"
    routes.write_text(ROUTES)
    common = {
        "STATIONWATCH_ACCESS": str(tmp_path / "access"),
        "STATIONWATCH_INGEST_TOKEN": TOKEN,
        "STATIONWATCH_INGEST_PORT": str(ingest),
        "STATIONWATCH_STATE": str(state),
        "STATIONWATCH_NOTIFY": str(routes),
        "NTFY_TOKEN": NTFY,
        "INFLUXDB_TOKEN": DATABASE,
        "STATIONWATCH_COMMAND_KEY": KEY.text,
    }
    said: list[str] = []
    async with hearing_everything(broker) as heard:
        with ExitStack() as stack:
            start = stack.enter_context
            store = f"duckdb://{tmp_path / 'telemetry.duckdb'}"
            start(
                running(
                    logs / "ingest",
                    *("ingest", f"--store={store}", "--verbose"),
                    **common,
                    **broker.settings("ingest"),
                )
            )
            start(
                running(
                    logs / "simulators",
                    *("simulate", "--scenario=ms18", "--at=09:12:10", "--verbose"),
                    **common,
                    **broker.settings("simulators"),
                )
            )
            start(
                running(
                    logs / "console",
                    *("console", f"--store=remote+http://127.0.0.1:{ingest}"),
                    *(f"--console-port={console}", "--verbose"),
                    **common,
                    **broker.settings("console"),
                )
            )

            # somebody is told of an alarm, in vain: the log says so, and not to which address
            async def told() -> bool:
                return "phone" in (logs / "ingest").read_text()

            assert await eventually(told)
            children = psutil.Process().children(recursive=True)
            said += [" ".join(one.cmdline()) for one in children]
            said.append(
                answers(
                    f"http://127.0.0.1:{ingest}",
                    *("/metrics", "/healthz", "/dead", "/nothing", "/notified"),
                )
            )
            said.append(
                answers(
                    f"http://127.0.0.1:{ingest}",
                    *("/dead", "/notified", "/log/plan", "/nothing"),
                    Authorization=f"Bearer {TOKEN}",
                )
            )
            said.append(
                answers(
                    f"http://127.0.0.1:{console}",
                    *("/", "/healthz", "/sign-in", "/nothing", "/audit.csv"),
                )
            )
            terminal = Terminal(broker.url, "tlm")
            noted = await terminal.run(
                "note", "x", "--by=Olga", **common, **broker.settings("terminal")
            )
            assert noted.out == "noted\n"
            said.append(noted.err)
        assert len(heard) > 50
        said += [f"{one.topic} {one.payload!r}" for one in heard]
    said += _failures(broker, common, tmp_path)
    # logs, spool, archive, outbox, store, users, audit: all but the broker's own
    kept = [path for path in tmp_path.rglob("*") if path.is_file() and "broker" not in path.parts]
    assert {"ingest.sqlite", "telemetry.duckdb", "audit.sqlite"} <= {path.name for path in kept}
    said += [path.read_bytes().decode("latin-1") for path in kept]
    assert len(said) > 50
    assert {word for text in said for word in seen_in(text, broker)} == set()


@asynccontextmanager
async def hearing_everything(broker: ClosedBroker) -> AsyncIterator[list[Message]]:
    heard: list[Message] = []
    address = BrokerAddress.of(Settings.read({}, broker.settings(WITNESS)))

    async def listen(connection: Connection) -> None:
        while True:
            heard.extend(await connection.receive(1_000))

    async with connect(address, LinkOptions(identifier="everything")) as connection:
        await connection.subscribe(["#"], qos=1)
        task = asyncio.ensure_future(listen(connection))
        try:
            yield heard
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


def _failures(broker: ClosedBroker, common: dict[str, str], folder: Path) -> list[str]:
    """What each program says when it cannot."""
    wrong = broker.settings("ingest") | {"STATIONWATCH_BROKER_PASSWORD": f"{PLANTED}-wrong"}
    tries = {
        "wrong password": (("ingest", "--ingest-port=0"), wrong),
        "password in the address": (
            ("ingest", "--ingest-port=0"),
            wrong | {"STATIONWATCH_BROKER": f"mqtt://ingest:{PLANTED}@127.0.0.1"},
        ),
        "password in the store": (
            ("console", "--console-port=0"),
            wrong | {"STATIONWATCH_STORE": f"influxdb+http://u:{PLANTED}@127.0.0.1/b"},
        ),
        "no key": (("console", "--console-port=0"), wrong | {"STATIONWATCH_COMMAND_KEY": PLANTED}),
        "bad route": (("notify", "check"), wrong | {"NTFY_TOKEN": f"{PLANTED}\n"}),
        "no database": (
            ("export", "--out=x.csv", "--store=influxdb+http://127.0.0.1:9/bucket"),
            wrong,
        ),
    }
    said = []
    for name, (arguments, environment) in tries.items():
        log = folder / f"failed {name}"
        program = Program(log, *arguments, environment=common | environment)
        out = program.process.communicate(timeout=60)[0]
        text = log.read_text()
        if name != "bad route":
            assert program.process.returncode not in (0, None), name
        assert "Traceback" not in text, name
        said += [text, out or ""]
    return said
