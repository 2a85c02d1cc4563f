"""docker-compose.yml, Dockerfile and .env hold to the code. (There is no docker in CI.)"""

import re
import shlex
import stat
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml

from stationwatch import build_parser
from telemetry.link import BrokerAddress
from telemetry.settings import SETTINGS, Settings

ROOT = Path(__file__).parents[1]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, Any] = COMPOSE["services"]
PROGRAMS = {name: s for name, s in SERVICES.items() if "build" in s}
DOCKERFILE = (ROOT / "Dockerfile").read_text()
MAKE_ENV = ROOT / "deploy" / "make_env.py"

SECRET = {s.variable for s in SETTINGS if s.secret} | {"INFLUXDB_TOKEN"}
VARIABLES = (
    {s.variable for s in SETTINGS} | {"INFLUXDB_ORG"} | {f"{one}_FILE" for one in SECRET} | SECRET
)
DEFAULT = {s.name: s.default for s in SETTINGS}
PORT = {
    "mosquitto": BrokerAddress.parse("mqtts://mosquitto").port,
    "ingest": int(DEFAULT["ingest_port"]),
    "console": int(DEFAULT["console_port"]),
}


def make_env(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(MAKE_ENV)], cwd=folder, capture_output=True, text=True, check=False
    )


def read_env(folder: Path) -> dict[str, str]:
    lines = (folder / ".env").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if not line.startswith("#"))


def instructions(name: str) -> list[str]:
    joined = DOCKERFILE.replace("\\\n", " ")
    return [
        line.removeprefix(name).strip() for line in joined.splitlines() if line.startswith(name)
    ]


def test_the_programs_are_all_there() -> None:
    assert set(PROGRAMS) == {"ingest", "simulators", "training", "console"}
    assert set(SERVICES) - set(PROGRAMS) == {"mosquitto", "influxdb"}


@pytest.mark.parametrize("name", PROGRAMS)
def test_command_is_one_of_the_command_line(name: str) -> None:
    assert instructions("ENTRYPOINT") == ['["stationwatch"]']
    build_parser().parse_args(PROGRAMS[name]["command"])


@pytest.mark.parametrize("name", PROGRAMS)
def test_environment_is_made_of_settings(name: str) -> None:
    assert set(PROGRAMS[name]["environment"]) <= VARIABLES


def test_environment_of_the_image_is_made_of_settings() -> None:
    named = re.findall(r"\b(STATIONWATCH_\w+|INFLUXDB_\w+)=", DOCKERFILE)
    assert named
    assert set(named) <= VARIABLES


@pytest.mark.parametrize("name", PROGRAMS)
def test_addresses_name_services_and_their_ports(name: str) -> None:
    settings = Settings.read({}, PROGRAMS[name]["environment"])
    broker = BrokerAddress.parse(settings.broker)
    assert (broker.host, broker.port, broker.tls) == ("mosquitto", PORT["mosquitto"], True)
    if name in ("ingest", "console"):
        store = urlsplit(settings.store)
        assert (store.scheme, store.hostname) == ("influxdb+http", "influxdb")
        bucket = SERVICES["influxdb"]["environment"]["DOCKER_INFLUXDB_INIT_BUCKET"]
        assert store.path == f"/{bucket}"


def test_ports_are_the_settings_defaults_and_on_loopback_only() -> None:
    published = {name: s["ports"] for name, s in SERVICES.items() if "ports" in s}
    assert published == {name: [f"127.0.0.1:{port}:{port}"] for name, port in PORT.items()}


@pytest.mark.parametrize("name", ["ingest", "console"])
def test_healthcheck_asks_at_the_port_of_the_service(name: str) -> None:
    asked = re.findall(
        r"http://127\.0\.0\.1:(\d+)/", " ".join(SERVICES[name]["healthcheck"]["test"])
    )
    assert asked == [str(PORT[name])]
    assert PROGRAMS[name]["environment"][f"STATIONWATCH_{name.upper()}_HOST"] == "0.0.0.0"


def test_healthcheck_of_ingest_asks_for_what_it_serves() -> None:
    path = re.findall(r":\d+(/\w+)", SERVICES["ingest"]["healthcheck"]["test"][-1])[0]
    assert f'add_get("{path}"' in (ROOT / "ingest" / "http.py").read_text()


def test_healthcheck_of_the_simulators_asks_for_what_they_simulate() -> None:
    simulators = SERVICES["simulators"]
    assert simulators["healthcheck"]["test"][3:] == simulators["command"][1:]


def test_healthcheck_of_training_asks_whether_trainings_are_offered() -> None:
    training = SERVICES["training"]
    assert training["healthcheck"]["test"][3:] == training["command"] == ["training"]
    # the console reads what a training stored from its ingest
    assert training["environment"]["STATIONWATCH_INGEST_HOST"] == "0.0.0.0"


@pytest.mark.parametrize("name", SERVICES)
def test_service_restarts_and_is_watched(name: str) -> None:
    service = SERVICES[name]
    assert service["restart"] == "unless-stopped"
    assert service["healthcheck"]["test"][0] in ("CMD", "CMD-SHELL")
    for other in service.get("depends_on", {}):
        assert service["depends_on"][other] == {"condition": "service_healthy"}
        assert other in SERVICES


@pytest.mark.parametrize("name", SERVICES)
def test_container_is_not_root_and_cannot_become_it(name: str) -> None:
    service = SERVICES[name]
    user = service["user"] if "user" in service else instructions("USER")[-1]
    assert int(user.split(":")[0]) > 0
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["cap_drop"] == ["ALL"]
    assert service["read_only"] is (name != "influxdb")
    assert service["pids_limit"]
    assert service["mem_limit"]


def test_every_named_volume_exists(tmp_path: Path) -> None:
    mounted = [v.split(":")[0] for s in SERVICES.values() for v in s.get("volumes", ())]
    assert {v for v in mounted if not v.startswith(".")} == set(COMPOSE["volumes"])
    made = tmp_path / "made"
    made.mkdir()
    make_env(made)
    ours = [v for v in mounted if v.startswith(".")]
    assert ours
    assert [v for v in ours if not ((ROOT / v).exists() or (made / v).exists())] == []


def test_no_secret_stands_in_the_files() -> None:
    secret = re.compile(r"(PASSWORD|TOKEN|KEY)$")
    found = [
        value
        for service in SERVICES.values()
        for variable, value in service.get("environment", {}).items()
        if secret.search(variable)
    ]
    assert found
    assert all(re.fullmatch(r"\$\{\w+:\?run make secrets\}", value) for value in found)
    assert not re.search(r"(?:PASSWORD|TOKEN)=", DOCKERFILE)


def test_env_has_what_compose_asks_for_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    assert make_env(tmp_path).returncode == 0
    asked = set(re.findall(r"(?<!\$)\$\{(\w+)", (ROOT / "docker-compose.yml").read_text()))
    assert set(read_env(tmp_path)) == asked
    assert stat.S_IMODE((tmp_path / ".env").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "secrets").stat().st_mode) == 0o700


def test_env_is_new_each_time_and_never_overwritten(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    for folder in (first, second):
        folder.mkdir()
        make_env(folder)
    secrets = [
        v for f in (first, second) for k, v in read_env(f).items() if "PASS" in k or "TOK" in k
    ]
    assert len(set(secrets)) == 2 * 9
    assert min(map(len, secrets)) >= 32
    keys = [(f / "secrets" / "tls" / "broker.key").read_bytes() for f in (first, second)]
    assert keys[0] != keys[1]
    assert not list(tmp_path.rglob("ca.key"))

    before = (first / ".env").read_text()
    again = make_env(first)
    assert again.returncode == 1
    assert ".env is there already" in again.stderr
    assert (first / ".env").read_text() == before


def test_env_reaches_neither_git_nor_the_image() -> None:
    assert {".env", "secrets/"} <= set((ROOT / ".gitignore").read_text().splitlines())
    rules = [r for r in (ROOT / ".dockerignore").read_text().splitlines() if not r.startswith("#")]
    assert rules[0] == "*"
    assert "!.env" not in rules


def test_image_copies_every_package_and_nothing_else_is_let_in() -> None:
    copied = [source for line in instructions("COPY") for source in shlex.split(line)[:-1]]
    assert [source for source in copied if not (ROOT / source).exists()] == []
    rules = (ROOT / ".dockerignore").read_text().splitlines()
    assert sorted(copied) == sorted(r.removeprefix("!") for r in rules if r.startswith("!"))
    wheel = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]
    assert set(wheel["targets"]["wheel"]["only-include"]) <= set(copied)


def test_the_database_s_tokens_are_no_wider_than_they_must_be() -> None:
    script = (ROOT / "deploy" / "influx-tokens.sh").read_text()
    ingest, console = (
        set(re.findall(r"--((?:read|write|all|operator)[a-z-]*)", one))
        for one in script.split("influx auth create")[1:]
    )
    assert ingest == {"read-bucket", "write-bucket", "read-dbrps"}
    assert console == {"read-bucket", "read-dbrps"}
    mounted = {
        name: [v for v in service.get("volumes", ()) if "influxdb" in v and v.startswith(".")]
        for name, service in PROGRAMS.items()
    }
    assert mounted == {
        "ingest": ["./secrets/influxdb/ingest:/run/influxdb:ro"],
        "console": ["./secrets/influxdb/console:/run/influxdb:ro"],
        "simulators": [],
        "training": [],
    }


def test_every_program_has_a_user_of_its_own_at_the_broker() -> None:
    acl = (ROOT / "deploy" / "acl").read_text()
    users = {s["environment"]["STATIONWATCH_BROKER_USER"] for s in PROGRAMS.values()}
    assert users == set(PROGRAMS)
    assert users | {"terminal", "health"} == set(re.findall(r"^user (\w+)$", acl, re.MULTILINE))
    assert "allow_anonymous false" in (ROOT / "deploy" / "mosquitto.conf").read_text()
