"""Ingest with users: every command that reaches it is authorised again, whoever let it through."""

import time
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pytest

from access.audit import Audit
from access.roles import Role
from access.seal import CommandKey, Sealed, seal
from access.users import User, Users
from telemetry import wire
from telemetry.clock import SECOND_NS
from telemetry.link import BrokerAddress, Connection, LinkOptions, connect
from telemetry.replay import ReplayChange, ReplayCommand, ReplayVerb
from telemetry.shift import ShiftChange, ShiftCommand, ShiftVerb
from telemetry.topics import Topics
from tests.servers.mosquitto import Mosquitto
from tests.system.listener import Listener, listening
from tests.system.programs import Program, get, metric, running
from tests.system.terminal import Terminal

PASSWORD = "correct horse battery staple"
TOKEN = "of-this-test-alone"
PEOPLE = {"Vic": Role.VIEWER, "Olga": Role.OPERATOR, "Lea": Role.LEAD}


@dataclass(frozen=True, slots=True)
class Office:
    """The folder of users; the keys of the console, and of Olga at a terminal."""

    folder: Path
    console: CommandKey
    olga: CommandKey

    def heard(self, did: str) -> list[tuple[str, str]]:
        """Who tried that, and what came of it."""
        with closing(Audit.open(self.folder)) as audit:
            return [(entry.who, entry.outcome) for _, entry in audit.read() if entry.did == did]


@pytest.fixture
def office(tmp_path: Path) -> Office:
    office = Office(tmp_path / "access", CommandKey.new("console"), CommandKey.new("Olga"))
    with closing(Users.open(office.folder)) as users:
        for name, role in PEOPLE.items():
            key = office.olga.public if name == "Olga" else b""
            users.add(User(name=name, role=role, key=key), PASSWORD)
        users.add(User(name="console", role=Role.VIEWER, service=True, key=office.console.public))
    return office


@pytest.fixture
def terminal(broker: Mosquitto, root: str) -> Terminal:
    return Terminal(broker.url, root)


@pytest.fixture
def ingest(terminal: Terminal, office: Office, tmp_path: Path, free_port: int) -> Iterator[Program]:
    with running(
        tmp_path / "ingest.log",
        "ingest",
        f"--broker={terminal.url}",
        f"--root={terminal.root}",
        f"--state={tmp_path / 'state'}",
        f"--store=duckdb://{tmp_path / 'telemetry.duckdb'}",
        f"--ingest-port={free_port}",
        f"--access={office.folder}",
        STATIONWATCH_INGEST_TOKEN=TOKEN,
    ) as program:
        yield program


@pytest.fixture
async def ear(terminal: Terminal, ingest: Program) -> AsyncIterator[Listener]:
    async with listening(terminal.url, terminal.root) as listener:
        yield listener


@pytest.fixture
async def wire_in(terminal: Terminal) -> AsyncIterator[Connection]:
    """Somebody who may publish at the broker whatever he likes."""
    address = BrokerAddress.parse(terminal.url)
    async with connect(address, LinkOptions(identifier=f"{terminal.root}-door")) as connection:
        yield connection


async def answer(ear: Listener, root: str, command: str) -> ShiftChange:
    def answers() -> list[ShiftChange]:
        found = map(wire.decode_shift_change, ear.payloads(Topics(root).shift_event))
        return [one for one in found if one.id == command]

    await ear.until(lambda: bool(answers()))
    return answers()[0]


def note(id_: str, by: str) -> bytes:
    return wire.encode(ShiftCommand(id=id_, by=by, text=f"note {id_}"))


async def test_what_is_asked_in_the_name_of_who_may_is_done(
    office: Office, ear: Listener, wire_in: Connection, root: str
) -> None:
    topic = Topics(root).shift_command(ShiftVerb.NOTE)
    await wire_in.publish(topic, seal(office.console, topic, note("n1", "Olga"), time.time_ns()))
    assert (await answer(ear, root, "n1")).refused == ""
    assert office.heard("shift note") == [("Olga", "permitted")]


@pytest.mark.parametrize(
    ("case", "words"),
    [
        ("unsigned", "not signed"),
        ("viewer", "it takes the role operator; Vic is viewer"),
        ("stranger", "asked by nobody known here"),
        ("unknown signer", "signed by nobody known here"),
        ("another's key", "not that of its signer"),
        ("for another", "signed by another person than it names"),
        ("changed", "not that of its signer"),
        ("of another verb", "not that of its signer"),
        ("of another root", "not that of its signer"),
        ("long ago", "signed too long ago"),
        ("time to come", "signed in the future"),
    ],
)
async def test_what_is_forged_or_not_permitted_is_refused_and_its_sender_told_why(
    case: str, words: str, office: Office, ear: Listener, wire_in: Connection, root: str
) -> None:
    topic = Topics(root).shift_command(ShiftVerb.NOTE)
    now_ns, day_ns = time.time_ns(), 86_400 * SECOND_NS
    console, olga = office.console, office.olga
    thief = CommandKey(console.signer, CommandKey.new("thief").secret)
    elsewhere = Topics("elsewhere").shift_command(ShiftVerb.NOTE)
    sealed = seal(console, topic, note("n1", "Olga"), now_ns)
    envelope = msgspec.json.decode(sealed, type=Sealed)
    asked = {
        "unsigned": note("n1", "Lea"),
        "viewer": seal(console, topic, note("n1", "Vic"), now_ns),
        "stranger": seal(console, topic, note("n1", "Stan"), now_ns),
        "unknown signer": seal(CommandKey.new("stranger"), topic, note("n1", "Lea"), now_ns),
        "another's key": seal(thief, topic, note("n1", "Lea"), now_ns),
        "for another": seal(olga, topic, note("n1", "Lea"), now_ns),
        "changed": msgspec.json.encode(
            msgspec.structs.replace(envelope, sealed=msgspec.Raw(note("n1", "Lea")))
        ),
        "of another verb": seal(
            console, Topics(root).shift_command(ShiftVerb.SIGN_IN), note("n1", "Lea"), now_ns
        ),
        "of another root": seal(console, elsewhere, note("n1", "Lea"), now_ns),
        "long ago": seal(console, topic, note("n1", "Lea"), now_ns - 2 * day_ns),
        "time to come": seal(console, topic, note("n1", "Lea"), now_ns + day_ns),
    }
    await wire_in.publish(topic, asked[case])
    assert words in (await answer(ear, root, "n1")).refused
    ((_, outcome),) = office.heard("shift note")
    assert outcome.startswith("refused: ")
    assert words in outcome


async def test_what_comes_again_is_not_done_again(
    office: Office, ear: Listener, wire_in: Connection, root: str
) -> None:
    topic = Topics(root).shift_command(ShiftVerb.NOTE)
    sealed = seal(office.console, topic, note("n1", "Olga"), time.time_ns())
    last = seal(office.console, topic, note("n2", "Olga"), time.time_ns())
    for payload in (sealed, sealed, last):
        await wire_in.publish(topic, payload)

    def notes() -> list[str]:
        said = ear.payloads(Topics(root).shift)
        return [one.text for one in wire.decode_shift(said[-1]).notes] if said else []

    await ear.until(lambda: "note n2" in notes())
    assert notes() == ["note n1", "note n2"]


async def test_a_replay_too_takes_an_operator(
    office: Office, ear: Listener, wire_in: Connection, root: str
) -> None:
    topics = Topics(root)
    topic = topics.replay_command(ReplayVerb.END)
    for n, by in enumerate(("Vic", "Olga")):
        command = wire.encode(ReplayCommand(id=f"r{n}", by=by, session="none"))
        await wire_in.publish(topic, seal(office.console, topic, command, time.time_ns()))

    def answers() -> dict[str, ReplayChange]:
        found = map(wire.decode_replay_change, ear.payloads(topics.replay_event))
        return {one.by: one for one in found}

    await ear.until(lambda: len(answers()) == 2)
    assert answers()["Vic"].refused == "it takes the role operator; Vic is viewer"
    assert answers()["Olga"].refused.startswith("no replay 'none'")


async def test_a_terminal_signs_with_its_owner_s_key(
    office: Office, ear: Listener, terminal: Terminal
) -> None:
    unsigned = await terminal.run("note", "who am I", "--by=Olga")
    assert unsigned.code == 1
    assert "not signed: set STATIONWATCH_COMMAND_KEY" in unsigned.err
    key = {"STATIONWATCH_COMMAND_KEY": office.olga.text}
    signed = await terminal.run("note", "it is me", **key)
    assert (signed.code, signed.out) == (0, "noted\n")
    other = await terminal.run("note", "it is Lea", "--by=Lea", **key)
    assert "signed by another person than it names" in other.err
    assert office.heard("shift note")[1] == ("Olga", "permitted")


def test_ingest_tells_who_shows_its_token(ingest: Program, free_port: int) -> None:
    base = f"http://127.0.0.1:{free_port}"
    for path in ("/dead", "/log/plan", "/notified", "/archive/laps", "/bundles", "/nothing"):
        assert (
            get(base + path) == "set STATIONWATCH_INGEST_TOKEN to the one ingest was started with"
        )
    assert metric(free_port, "commands_refused") == 0.0
    assert '"broker": true' in get(f"{base}/healthz")


def test_no_users_is_an_error_that_says_what_to_do(broker: Mosquitto, tmp_path: Path) -> None:
    with closing(Users.open(tmp_path / "access")):
        pass
    program = Program(
        tmp_path / "log", "ingest", f"--broker={broker.url}", f"--access={tmp_path / 'access'}"
    )
    assert program.wait() == 2
    assert "stationwatch user add" in program.log.read_text()
    open_to_all = Program(
        tmp_path / "other", "ingest", f"--broker={broker.url}", "--ingest-host=0.0.0.0"
    )
    assert open_to_all.wait() == 2
    assert "would be open to everybody on 0.0.0.0" in open_to_all.log.read_text()


async def test_a_command_that_was_kept_is_not_done_for_who_comes_later(
    office: Office, terminal: Terminal, wire_in: Connection, tmp_path: Path, free_port: int
) -> None:
    """A retained command would be asked anew at each connection."""
    topic = Topics(terminal.root).shift_command(ShiftVerb.NOTE)
    kept = seal(office.console, topic, note("kept", "Olga"), time.time_ns())
    await wire_in.publish(topic, kept, retain=True)
    with running(
        tmp_path / "ingest.log",
        "ingest",
        f"--broker={terminal.url}",
        f"--root={terminal.root}",
        f"--state={tmp_path / 'state'}",
        f"--store=duckdb://{tmp_path / 'telemetry.duckdb'}",
        f"--ingest-port={free_port}",
        f"--access={office.folder}",
    ):
        async with listening(terminal.url, terminal.root) as ear:
            prompt = seal(office.console, topic, note("prompt", "Olga"), time.time_ns())
            await wire_in.publish(topic, prompt)
            await answer(ear, terminal.root, "prompt")
            said = map(wire.decode_shift_change, ear.payloads(Topics(terminal.root).shift_event))
            assert [one.id for one in said] == ["prompt"]
