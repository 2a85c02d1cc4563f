"""The broker as it is deployed: TLS, a user a program, and every door of each tried."""

import asyncio
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from access.roles import Role
from access.seal import CommandKey
from access.users import User, Users
from telemetry.errors import LinkError, LinkRefused
from telemetry.link import BrokerAddress, LinkOptions, connect
from telemetry.settings import Settings
from tests.eventually import eventually
from tests.servers.closed_broker import WITNESS, ClosedBroker, closed_broker
from tests.system.programs import get, running
from tests.system.terminal import Terminal

#: What a message is, a topic for each, and who may publish it.
DOORS = {
    "a frame of iss": ("tlm/v1/iss/frame/adcs", {"simulators", "ingest"}),
    "a frame of soyuz": ("tlm/v1/soyuz/frame/prop", {"simulators", "ingest"}),
    "a frame of ground": ("tlm/v1/ground/frame/ingest", {"ingest"}),
    "the clock of iss": ("tlm/v1/iss/meta/clock", {"simulators", "ingest"}),
    "who speaks for iss": ("tlm/v1/iss/status/link", {"simulators", "ingest"}),
    "contacts of iss": ("tlm/v1/iss/meta/contacts", {"simulators", "ingest", "terminal"}),
    "an alarm": ("tlm/v1/iss/alarm/A.limit", {"ingest"}),
    "a line of the journal": ("tlm/v1/iss/event/alarm", {"ingest"}),
    "a plan": ("tlm/v1/soyuz/plan/test-1", {"ingest"}),
    "an incident": ("tlm/v1/ground/incident/i1", {"ingest"}),
    "the shift log": ("tlm/v1/ground/shift/log", {"ingest"}),
    "a replay's state": ("tlm/v1/ground/replay/r1", {"ingest"}),
    "what can be trained": ("tlm/v1/ground/training/catalogue", {"ingest", "training"}),
    "an acknowledgement": ("cmd/v1/iss/alarm/acknowledge", {"ingest", "console", "terminal"}),
    "a plan's approval": ("cmd/v1/soyuz/plan/approve", {"ingest", "console", "terminal"}),
    "a note": ("cmd/v1/ground/shift/note", {"ingest", "console", "terminal"}),
    "a replay asked for": ("cmd/v1/ground/replay/create", {"ingest", "console", "terminal"}),
    "a training asked for": (
        "cmd/v1/ground/training/create",
        {"ingest", "console", "terminal", "training"},
    ),
    "an injection": ("cmd/v1/iss/simulator/inject", {"ingest", "terminal"}),
    "a frame of a replay": ("replay-a1/v1/iss/frame/adcs", {"ingest", "training"}),
    "a frame of a training": ("train-b2/v1/iss/frame/adcs", {"ingest", "training"}),
    "an injection in a training": ("train-b2-cmd/v1/iss/simulator/inject", {"ingest", "training"}),
    "an acknowledgement in a training": (
        "train-b2-cmd/v1/iss/alarm/acknowledge",
        {"ingest", "training", "console"},
    ),
}
#: Who hears it: everybody here does, but those.
DEAF = {
    "simulators": set(DOORS) - {"who speaks for iss", "an injection"},
    "training": {
        "a frame of iss",
        "a frame of soyuz",
        "a frame of ground",
        "the clock of iss",
        "who speaks for iss",
        "contacts of iss",
        "an alarm",
        "a line of the journal",
        "a plan",
        "an incident",
        "the shift log",
        "a replay's state",
        "an acknowledgement",
        "a plan's approval",
        "a note",
        "a replay asked for",
        "an injection",
    },
    "health": set(DOORS),
}
USERS = ("ingest", "simulators", "console", "training", "terminal", "health")
LAST = "last/of/all"


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ClosedBroker]:
    with closed_broker(tmp_path_factory.mktemp("closed")) as running_:
        yield running_


def address(broker: ClosedBroker, user: str, **other: str) -> BrokerAddress:
    return BrokerAddress.of(Settings.read({}, broker.settings(user) | other))


async def heard_by(broker: ClosedBroker, listener: str, sender: str) -> set[str]:
    """The topics of DOORS that one hears when the other says something on each.

    The witness speaks last and hears that: by then the broker has dealt with all else.
    """
    found: set[str] = set()
    async with (
        connect(address(broker, listener), LinkOptions(identifier="listener")) as ear,
        connect(address(broker, sender), LinkOptions(identifier="sender")) as mouth,
        connect(address(broker, WITNESS), LinkOptions(identifier="witness")) as witness,
    ):
        await ear.subscribe(["#"], qos=1)
        await witness.subscribe(["#"], qos=1)
        for topic, _ in DOORS.values():
            await mouth.publish(topic, b"x")
        await witness.publish(LAST, b"x")
        async with asyncio.timeout(30):
            over = False
            while not over:
                over = any(one.topic == LAST for one in await witness.receive(1_000))
            if listener == WITNESS:
                while LAST not in found:
                    found |= {one.topic for one in await ear.receive(1_000)}
        if listener != WITNESS:
            # the broker has dealt with what came before: a round trip shows that we have it
            await ear.subscribe(["nothing/of/that/name"], qos=1)
            while ear.waiting:
                found |= {one.topic for one in await ear.receive(1_000)}
    return {name for name, (topic, _) in DOORS.items() if topic in found}


@pytest.mark.parametrize("user", USERS)
async def test_each_says_only_what_it_is_there_for(user: str, broker: ClosedBroker) -> None:
    said = await heard_by(broker, WITNESS, user)
    assert said == {name for name, (_, who) in DOORS.items() if user in who}


@pytest.mark.parametrize("user", USERS)
async def test_each_hears_only_what_it_is_there_for(user: str, broker: ClosedBroker) -> None:
    heard = await heard_by(broker, user, WITNESS)
    assert heard == set(DOORS) - DEAF.get(user, set())


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"STATIONWATCH_BROKER_PASSWORD": "guessed"}, "user or password is wrong"),
        ({"STATIONWATCH_BROKER_USER": "nobody"}, "user or password is wrong"),
        ({"STATIONWATCH_BROKER_CA": ""}, "cannot be trusted: .*STATIONWATCH_BROKER_CA"),
    ],
)
async def test_who_is_not_known_and_what_is_not_trusted_is_refused(
    wrong: dict[str, str], words: str, broker: ClosedBroker
) -> None:
    with pytest.raises(LinkRefused, match=words) as refused:
        async with connect(address(broker, "console", **wrong), LinkOptions(identifier="x")):
            pass
    assert broker.passwords["console"] not in str(refused.value)


async def test_a_certificate_of_another_host_is_refused(broker: ClosedBroker) -> None:
    other = address(broker, "console", STATIONWATCH_BROKER=broker.misnamed)
    with pytest.raises(LinkRefused, match="cannot be trusted: IP address mismatch"):
        async with connect(other, LinkOptions(identifier="x")):
            pass


async def test_without_tls_nobody_gets_in(broker: ClosedBroker) -> None:
    plain = address(broker, "console", STATIONWATCH_BROKER=broker.url.replace("mqtts:", "mqtt:"))
    with pytest.raises(LinkError):
        async with connect(plain, LinkOptions(identifier="x")):
            pass


async def test_the_programs_work_as_the_users_they_are(
    broker: ClosedBroker, tmp_path: Path, free_ports: tuple[int, int]
) -> None:
    ingest, console = free_ports
    olga = CommandKey.new("Olga")
    with closing(Users.open(tmp_path / "access")) as users:
        users.add(User(name="Olga", role=Role.OPERATOR, key=olga.public), "correct horse battery")
        signer = CommandKey.parse(broker.environment["COMMAND_KEY_CONSOLE"])
        users.add(User(name="console", role=Role.VIEWER, service=True, key=signer.public))
    common = {
        "STATIONWATCH_ACCESS": str(tmp_path / "access"),
        "STATIONWATCH_INGEST_TOKEN": broker.environment["INGEST_TOKEN"],
        "STATIONWATCH_INGEST_PORT": str(ingest),
        "STATIONWATCH_STATE": str(tmp_path / "state"),
    }
    store = f"--store=duckdb://{tmp_path / 'telemetry.duckdb'}"
    remote = f"remote+http://127.0.0.1:{ingest}"
    with (
        running(tmp_path / "ingest.log", "ingest", store, **common, **broker.settings("ingest")),
        running(
            tmp_path / "simulators.log",
            "simulate",
            "--scenario=ms18",
            "--at=09:12:10",
            **common,
            **broker.settings("simulators"),
        ),
        running(
            tmp_path / "console.log",
            "console",
            f"--store={remote}",
            f"--console-port={console}",
            **common,
            **broker.settings("console"),
            STATIONWATCH_COMMAND_KEY=signer.text,
        ),
    ):

        async def seen() -> bool:
            return '"broker":true' in get(f"http://127.0.0.1:{console}/healthz")

        assert await eventually(seen)
        terminal = Terminal(broker.url, "tlm")
        me = common | broker.settings("terminal") | {"STATIONWATCH_COMMAND_KEY": olga.text}
        noted = await terminal.run("note", "all is well", **me)
        assert (noted.code, noted.out, noted.err) == (0, "noted\n", "")
        created = await terminal.run(
            *("replay", "create", "--from=2021-10-15T09:12:10", "--to=2021-10-15T09:12:12"),
            "--paused",
            **me,
        )
        assert created.code == 0, created.err
        name = created.out.split()[1].rstrip(":")
        ended = await terminal.run("replay", "end", name, **me)
        assert ended.code == 0, ended.err
    for log in tmp_path.glob("*.log"):
        assert "Traceback" not in log.read_text()
