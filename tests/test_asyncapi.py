"""docs/asyncapi.yaml and the code say the same.

What a person writes there (channels, operations, parameters) is compared with `telemetry.topics`.
The schemas are written from the message types by `python tests/test_asyncapi.py`.
"""

import inspect
import json
import re
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import msgspec
import pytest
import yaml

from simulators.publishing.publisher import SubsystemMeta
from telemetry import topics, wire
from telemetry.activity import Activity, ActivityKind, LinkName, PlannedState
from telemetry.alarm import Alarm, Condition, Event, EventKind, State
from telemetry.clock import StreamClock, StreamKind
from telemetry.contact import Contact, ContactSchedule, Signal, Silence
from telemetry.frame import Frame
from telemetry.incident import Incident, Member
from telemetry.limit import Severity
from telemetry.plan import (
    CheckItem,
    ConfigurationCheck,
    Plan,
    PlanChange,
    PlanCommand,
    PlanState,
    PlanVerb,
)
from telemetry.replay import (
    Replay,
    ReplayChange,
    ReplayCommand,
    ReplaySpec,
    ReplayState,
    ReplayVerb,
)
from telemetry.shift import Gap, Note, Shift, ShiftChange, ShiftCommand, ShiftVerb
from telemetry.topics import Topics
from telemetry.training import (
    ActionCard,
    Fault,
    FaultState,
    FieldCard,
    Reaction,
    ScenarioCard,
    Training,
    TrainingCatalogue,
    TrainingChange,
    TrainingCommand,
    TrainingSpec,
    TrainingState,
    TrainingVerb,
)

FILE = Path(__file__).parents[1] / "docs" / "asyncapi.yaml"
MARK = "  # From here on written from the code: python tests/test_asyncapi.py\n"

MESSAGES = {
    "frame": wire.FrameBody,
    "clock": StreamClock,
    "meta": SubsystemMeta,
    "link": wire.LinkStatus,
    "alarm": Alarm,
    "event": Event,
    "command": wire.Command,
    "injection": wire.Injection,
    "dead": wire.DeadNotice,
    "contacts": ContactSchedule,
    "signal": Signal,
    "plan": Plan,
    "plan_event": PlanChange,
    "plan_command": PlanCommand,
    "incident": Incident,
    "incident_event": Incident,
    "shift": Shift,
    "shift_event": ShiftChange,
    "shift_command": ShiftCommand,
    "replay": Replay,
    "replay_event": ReplayChange,
    "replay_command": ReplayCommand,
    "training": Training,
    "training_catalogue": TrainingCatalogue,
    "training_event": TrainingChange,
    "training_command": TrainingCommand,
}
#: Of Topics, what makes no topic: filters, and roots.
NO_TOPICS = {
    "every",
    "every_command",
    "every_injection",
    "every_replay_command",
    "every_training_command",
    "command_root",
    "dead_root",
    "replay_root",
    "training_root",
}
#: Where `{verb}` is not what is asked for an alarm.
VERBS = {
    "plan_command": "plan_verb",
    "shift_command": "shift_verb",
    "replay_command": "replay_verb",
    "training_command": "training_verb",
}


def schemas_of_the_code() -> dict[str, Any]:
    _, schemas = msgspec.json.schema_components(
        MESSAGES.values(), ref_template="#/components/schemas/{name}"
    )
    schemas["FrameBody"]["properties"]["values"]["maxProperties"] = wire.MAX_FRAME_PARAMETERS
    for schema in schemas.values():
        schema.pop("title", None)
        if "description" in schema:
            schema["description"] = schema["description"].split("\n")[0]
    return dict(sorted(schemas.items()))


def written(schemas: dict[str, Any]) -> str:
    text = yaml.safe_dump({"schemas": schemas}, sort_keys=False, width=96, allow_unicode=True)
    return "".join(f"  {line}\n" for line in text.splitlines())


DOCUMENT: dict[str, Any] = yaml.safe_load(FILE.read_text())
CHANNELS: dict[str, Any] = DOCUMENT["channels"]


def test_channel_addresses_are_the_topics() -> None:
    made = {}
    for name, member in inspect.getmembers(Topics):
        if name.startswith("_") or name in NO_TOPICS:
            continue
        if inspect.isfunction(member):
            names = list(inspect.signature(member).parameters)[1:]
            made[name] = member(Topics(), *(f"{{{n}}}" for n in names))
        elif isinstance(member, property):
            made[name] = getattr(Topics(), name)

    defaults = {
        f"{{{name}}}": parameter["default"]
        for name, parameter in DOCUMENT["components"]["parameters"].items()
        if "default" in parameter
    }
    described = {
        name: re.sub(r"\{\w+\}", lambda m: defaults.get(m[0], m[0]), channel["address"])
        for name, channel in CHANNELS.items()
    }
    assert described == made


def test_every_root_is_described() -> None:
    described = DOCUMENT["components"]["parameters"]
    for i, made in enumerate((Topics(topics.LIVE_ROOT), Topics(topics.PLAY_ROOT))):
        assert described["root"]["examples"][i] == made.root
        assert described["commands"]["examples"][i] == made.command_root
        assert described["dead"]["examples"][i] == made.dead_root


def test_qos_and_retain_are_those_of_the_table_in_topics() -> None:
    row = re.compile(r"^ +(<\S+) +QoS (\d)( retained)? ", re.MULTILINE)
    table = {
        re.sub(r"<(\w+)>", r"{\1}", address): (int(qos), bool(retained))
        for address, qos, retained in row.findall(topics.__doc__ or "")
    }
    described = {}
    for operation in DOCUMENT["operations"].values():
        channel = CHANNELS[operation["channel"]["$ref"].removeprefix("#/channels/")]
        mqtt = operation["bindings"]["mqtt"]
        described[channel["address"]] = (mqtt["qos"], mqtt["retain"])
    assert described == table


@pytest.mark.parametrize("name", CHANNELS)
def test_channel_describes_its_parameters_and_its_message(name: str) -> None:
    channel = CHANNELS[name]
    in_address = re.findall(r"\{(\w+)\}", channel["address"])
    described = {p: VERBS.get(name, p) if p == "verb" else p for p in in_address}
    assert channel["parameters"] == {
        p: {"$ref": f"#/components/parameters/{where}"} for p, where in described.items()
    }
    assert channel["messages"] == {name: {"$ref": f"#/components/messages/{name}"}}
    assert DOCUMENT["components"]["messages"][name] == {
        "payload": {"$ref": f"#/components/schemas/{MESSAGES[name].__name__}"}
    }


def test_enumerated_levels_are_those_of_the_code() -> None:
    parameters = DOCUMENT["components"]["parameters"]
    assert parameters["verb"]["enum"] == [v.value for v in topics.Verb]
    assert parameters["plan_verb"]["enum"] == [v.value for v in PlanVerb]
    assert parameters["replay_verb"]["enum"] == [v.value for v in ReplayVerb]
    assert parameters["training_verb"]["enum"] == [v.value for v in TrainingVerb]
    assert parameters["shift_verb"]["enum"] == [v.value for v in ShiftVerb]
    assert parameters["reason"]["enum"] == [r.value for r in wire.Reason]


def test_schemas_are_those_of_the_code() -> None:
    assert FILE.read_text().partition(MARK)[2] == written(schemas_of_the_code()), (
        "the message types have changed: run python tests/test_asyncapi.py"
    )


def test_every_reference_leads_somewhere() -> None:
    for reference in re.findall(r"\$ref: '?#/([\w/]+)", FILE.read_text()):
        node: Any = DOCUMENT
        for key in reference.split("/"):
            node = node[key]


# What the wire encodes the schema accepts; what the wire refuses the schema refuses.


def accepts(name: str, payload: bytes) -> bool:
    schema = DOCUMENT["components"]["messages"][name]["payload"]
    validator = jsonschema.Draft202012Validator(schema | {"components": DOCUMENT["components"]})
    return bool(validator.is_valid(json.loads(payload)))


ALARM = Alarm(
    spacecraft="iss",
    id="USLAB000022.limit",
    subject="USLAB000022",
    condition=Condition.LIMIT,
    state=State.UNACK,
    severity=Severity.WARNING,
    value=1.6,
)
EVENT = Event(
    id="e", kind=EventKind.VIOLATED, time_ns=1, received_ns=2, previous=State.NORMAL, alarm=ALARM
)
COMMAND = wire.Command(id="c", alarm=ALARM.id, by="jo")
INJECTION = wire.Injection(
    id="i", by="jo", action={"do": "fire", "vehicle": "soyuz", "jets": ["DPO-07"], "for_s": 2.5}
)
CLOCK = StreamClock(kind=StreamKind.SIMULATED, epoch_ns=1, wall_ns=2)
LINK = wire.LinkStatus(online=True, publisher="p", instance="i", since_ns=1)
DEAD = wire.DeadNotice(n=1, received_ns=2, topic="t", reason=wire.Reason.NOT_JSON, detail="d")
META = SubsystemMeta(name="s", period_s=1.0, missiondb="v", parameters={})
FRAME = Frame(
    spacecraft="iss",
    subsystem="adco",
    time_ns=1,
    received_ns=2,
    sequence=3,
    values={"A": 1.5, "B": 2, "C": True, "D": "on"},
    invalid={"E": 24},
)
CONTACTS = ContactSchedule(
    from_ns=1,
    to_ns=9,
    links=(LinkName.KU,),
    contacts=(Contact(link=LinkName.KU, start_ns=1, end_ns=5),),
    by="jo",
)
SIGNAL = Signal(time_ns=6, out=(Silence(subsystem="adcs", last_ns=5, announced=True),), standing=1)
ACTIVITY = Activity(
    id="sud-test",
    title="Soyuz motion control test",
    kind=ActivityKind.THRUSTER_TEST,
    spacecraft="soyuz",
    start_ns=1,
    end_ns=9,
    may_fire=("soyuz",),
    longest_pulse_s=0.5,
    planned_states=(PlannedState.DESATURATION_INHIBITED,),
    links=(LinkName.RUSSIAN,),
)
CHECK = ConfigurationCheck(time_ns=2, items=(CheckItem(name="CMGs", go=False, reason="unknown"),))
PLAN = Plan(
    activity=ACTIVITY,
    state=PlanState.STARTED,
    version=3,
    proposed_by="jo",
    approved_by="al",
    changed_by="jo",
    changed_ns=3,
    check=CHECK,
)
PLAN_CHANGE = PlanChange(
    id="soyuz/sud-test/3", verb=PlanVerb.START, time_ns=3, received_ns=4, by="jo", plan=PLAN
)
PLAN_COMMAND = PlanCommand(id="c", by="jo", plan=ACTIVITY.id, activity=ACTIVITY)
INCIDENT = Incident(
    id="firing-1",
    rule="firing",
    title="Firing outside its window",
    opened_ns=1,
    changed_ns=2,
    members=(
        Member(
            spacecraft="iss",
            alarm=ALARM.id,
            occurrence="o",
            severity=Severity.WARNING,
            time_ns=1,
            inhibited=False,
            value=1.6,
        ),
    ),
    evidence={"iss/USLAB000022": "1.6 deg"},
)
SHIFT = Shift(
    on_shift="jo",
    notes=(Note(time_ns=1, by="jo", text="CMG 3 runs warm"),),
    gaps=(Gap(spacecraft="iss", subsystem="adcs", start_ns=1),),
)
SHIFT_CHANGE = ShiftChange(id="c", verb=ShiftVerb.NOTE, time_ns=1, by="jo", text="t")
SHIFT_COMMAND = ShiftCommand(id="c", by="jo", text="t")
REPLAY = Replay(
    id="k3f",
    root="replay-k3f",
    by="jo",
    spec=ReplaySpec(start_ns=1, stop_ns=9),
    state=ReplayState.PLAYING,
    start_ns=1,
    stop_ns=9,
    position_ns=5,
    speed=1.0,
    created_ns=10,
)
REPLAY_CHANGE = ReplayChange(command="c", verb=ReplayVerb.CREATE, by="jo", replay=REPLAY)
REPLAY_COMMAND = ReplayCommand(id="c", by="jo", spec=REPLAY.spec)
TRAINING = Training(
    id="k3f",
    root="train-k3f",
    by="jo",
    spec=TrainingSpec(scenario="ms18"),
    state=TrainingState.RUNNING,
    title="Soyuz MS-18",
    created_ns=1,
    clock=CLOCK,
    faults=(Fault(id="f1", title="t", action={"do": "x"}, state=FaultState.DONE, time_ns=1),),
    reactions=(
        Reaction(
            spacecraft="iss",
            alarm=ALARM.id,
            subject=ALARM.subject,
            condition=ALARM.condition,
            occurrence="o",
            severity=Severity.WARNING,
            heard_ns=1,
            asked_ns=2,
        ),
    ),
)
TRAINING_CATALOGUE = TrainingCatalogue(
    online=True,
    since_ns=1,
    scenarios=(ScenarioCard(name="n", title="t", summary="s", start_ns=1, duration_s=2.0),),
    actions=(
        ActionCard(
            name="leak",
            help="h",
            fault=True,
            fields=(FieldCard(name="hole_mm", kind="number", help="h", low=0.0),),
        ),
    ),
    jets={"soyuz": ("DPO-01",)},
)
TRAINING_CHANGE = TrainingChange(command="c", verb=TrainingVerb.INJECT, by="jo", session="k3f")
TRAINING_COMMAND = TrainingCommand(id="c", by="jo", spec=TRAINING.spec)

DECODE = {
    "frame": wire.decode_frame,
    "clock": wire.decode_clock,
    "link": wire.decode_link,
    "alarm": wire.decode_alarm,
    "event": wire.decode_event,
    "command": wire.decode_command,
    "injection": wire.decode_injection,
    "contacts": wire.decode_contacts,
    "signal": wire.decode_signal,
    "plan": wire.decode_plan,
    "plan_event": wire.decode_plan_change,
    "plan_command": wire.decode_plan_command,
    "incident": wire.decode_incident,
    "shift": wire.decode_shift,
    "shift_event": wire.decode_shift_change,
    "shift_command": wire.decode_shift_command,
    "replay": wire.decode_replay,
    "replay_event": wire.decode_replay_change,
    "replay_command": wire.decode_replay_command,
    "training": wire.decode_training,
    "training_catalogue": wire.decode_training_catalogue,
    "training_event": wire.decode_training_change,
    "training_command": wire.decode_training_command,
}
ENCODED = {
    "frame": wire.encode_frame(FRAME),
    "clock": wire.encode(CLOCK),
    "meta": wire.encode(META),
    "link": wire.encode(LINK),
    "alarm": wire.encode(ALARM),
    "event": wire.encode(EVENT),
    "command": wire.encode(COMMAND),
    "injection": wire.encode(INJECTION),
    "dead": wire.encode(DEAD),
    "contacts": wire.encode(CONTACTS),
    "signal": wire.encode(SIGNAL),
    "plan": wire.encode(PLAN),
    "plan_event": wire.encode(PLAN_CHANGE),
    "plan_command": wire.encode(PLAN_COMMAND),
    "incident": wire.encode(INCIDENT),
    "incident_event": wire.encode(INCIDENT),
    "shift": wire.encode(SHIFT),
    "shift_event": wire.encode(SHIFT_CHANGE),
    "shift_command": wire.encode(SHIFT_COMMAND),
    "replay": wire.encode(REPLAY),
    "replay_event": wire.encode(REPLAY_CHANGE),
    "replay_command": wire.encode(REPLAY_COMMAND),
    "training": wire.encode(TRAINING),
    "training_catalogue": wire.encode(TRAINING_CATALOGUE),
    "training_event": wire.encode(TRAINING_CHANGE),
    "training_command": wire.encode(TRAINING_COMMAND),
}


@pytest.mark.parametrize("name", CHANNELS)
def test_schema_accepts_what_the_wire_encodes(name: str) -> None:
    assert accepts(name, ENCODED[name])


def _spoilt() -> list[Any]:
    """Each message with each required member missing, and with each member of a wrong type."""
    cases = []
    for name in DECODE:
        body = json.loads(ENCODED[name])
        required = schemas_of_the_code()[MESSAGES[name].__name__]["required"]
        for member in body:
            wrong = {"wrong": []} if member not in ("value", "action", "spec", "jets") else []
            cases.append(pytest.param(name, body | {member: wrong}, id=f"{name}-{member}-wrong"))
        for member in required:
            rest = {k: v for k, v in body.items() if k != member}
            cases.append(pytest.param(name, rest, id=f"{name}-{member}-missing"))
    return cases


FRAME_BODY = json.loads(ENCODED["frame"])


@pytest.mark.parametrize(
    ("name", "body"),
    [
        *(case for case in _spoilt() if case.id != "frame-values-wrong"),
        pytest.param("frame", FRAME_BODY | {"values": [1]}, id="frame-values-list"),
        pytest.param("frame", FRAME_BODY | {"t": -1}, id="frame-before-1970"),
        pytest.param("frame", FRAME_BODY | {"q": {"E": 256}}, id="frame-quality-256"),
        pytest.param(
            "frame",
            FRAME_BODY | {"values": {f"P{n}": n for n in range(wire.MAX_FRAME_PARAMETERS + 1)}},
            id="frame-too-wide",
        ),
        pytest.param("clock", json.loads(ENCODED["clock"]) | {"kind": "dream"}, id="clock-kind"),
        pytest.param("clock", json.loads(ENCODED["clock"]) | {"rate": -1.0}, id="clock-backwards"),
        pytest.param(
            "command", json.loads(ENCODED["command"]) | {"by": ""}, id="command-by-nobody"
        ),
        pytest.param("alarm", json.loads(ENCODED["alarm"]) | {"severity": 5}, id="alarm-severity"),
    ],
)
def test_wire_and_schema_refuse_alike(name: str, body: dict[str, Any]) -> None:
    payload = json.dumps(body).encode()
    with pytest.raises(wire.WireError):
        DECODE[name](payload)
    assert not accepts(name, payload)


def test_a_bad_sample_costs_the_sample_only_yet_is_not_as_described() -> None:
    payload = json.dumps(FRAME_BODY | {"values": {"A": [1], "B": 2}}).encode()
    assert wire.decode_frame(payload).defects == {"A": wire.Reason.WRONG_TYPE}
    assert not accepts("frame", payload)


if __name__ == "__main__":
    head = FILE.read_text().partition(MARK)[0]
    FILE.write_text(head + MARK + written(schemas_of_the_code()))
