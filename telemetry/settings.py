"""Every setting, once: its environment variable, default and meaning.

The command line offers each as an option of the same name; docker-compose.yml sets them by
variable, and a test holds it to this table. Secrets come by environment only, so that they show in
no process list.
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from platformdirs import user_state_path

from telemetry.errors import UsageError
from telemetry.secret import INGEST_TOKEN, secret


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """name: as an attribute of `Settings`; `--name-with-hyphens` on the command line."""

    name: str
    variable: str
    default: str
    help: str
    secret: bool = False


#: A century.
MAX_DAYS: Final = 36_500

_STATE = user_state_path("stationwatch", appauthor=False)

SETTINGS: tuple[Setting, ...] = (
    Setting(
        name="broker",
        variable="STATIONWATCH_BROKER",
        default="mqtt://127.0.0.1:1883",
        help="MQTT broker; mqtts://HOST:8883 by TLS",
    ),
    Setting(
        name="broker_ca",
        variable="STATIONWATCH_BROKER_CA",
        default="",
        help="authority that signed the broker's certificate, a file (else the system's)",
    ),
    Setting(
        name="broker_user",
        variable="STATIONWATCH_BROKER_USER",
        default="",
        help="user at the broker",
        secret=True,
    ),
    Setting(
        name="broker_password",
        variable="STATIONWATCH_BROKER_PASSWORD",
        default="",
        help="password at the broker",
        secret=True,
    ),
    Setting(
        name="root",
        variable="STATIONWATCH_ROOT",
        default="tlm",
        help="topic root: tlm is live, anything else is not",
    ),
    Setting(
        name="store",
        variable="STATIONWATCH_STORE",
        default=f"duckdb://{(_STATE / 'telemetry.duckdb').as_posix()}",
        help="duckdb:///FILE, influxdb+http://HOST:PORT/BUCKET, remote+http://HOST:PORT",
    ),
    Setting(
        name="raw_days",
        variable="STATIONWATCH_RAW_DAYS",
        default="30",
        help="days of samples ingest keeps, 0 for ever; recordings stay",
    ),
    Setting(
        name="rollup_days",
        variable="STATIONWATCH_ROLLUP_DAYS",
        default="0",
        help="days of roll-ups and alarm events ingest keeps, 0 for ever",
    ),
    Setting(
        name="state",
        variable="STATIONWATCH_STATE",
        default=_STATE.as_posix(),
        help="folder of ingest's spool and alarm state",
    ),
    Setting(
        name="ingest_host",
        variable="STATIONWATCH_INGEST_HOST",
        default="127.0.0.1",
        help="address ingest's health, metrics and store endpoint listens on",
    ),
    Setting(
        name="ingest_port",
        variable="STATIONWATCH_INGEST_PORT",
        default="8600",
        help="its port",
    ),
    Setting(
        name="console_host",
        variable="STATIONWATCH_CONSOLE_HOST",
        default="127.0.0.1",
        help="address the console listens on",
    ),
    Setting(
        name="console_port",
        variable="STATIONWATCH_CONSOLE_PORT",
        default="8050",
        help="its port",
    ),
    Setting(
        name="missiondb",
        variable="STATIONWATCH_MISSIONDB",
        default="",
        help="folder of a mission database of your own instead of the one shipped",
    ),
    Setting(
        name="notify",
        variable="STATIONWATCH_NOTIFY",
        default="",
        help="routes file: who is notified of which alarms, and how",
    ),
    Setting(
        name="console_url",
        variable="STATIONWATCH_CONSOLE_URL",
        default="http://127.0.0.1:8050",
        help="where people open the console; links in notifications begin with it",
    ),
    Setting(
        name="access",
        variable="STATIONWATCH_ACCESS",
        default="",
        help="folder of users and the audit; without one nobody signs in, on loopback only",
    ),
    Setting(
        name="command_key",
        variable="STATIONWATCH_COMMAND_KEY",
        default="",
        help="key that signs what is asked of ingest",
        secret=True,
    ),
    Setting(
        name="ingest_token",
        variable=INGEST_TOKEN,
        default="",
        help="what ingest's HTTP asks of whoever wants more than /healthz and /metrics",
        secret=True,
    ),
)


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings in force, checked."""

    broker: str
    broker_ca: str
    broker_user: str
    broker_password: str = field(repr=False)
    root: str
    store: str
    raw_days: int
    rollup_days: int
    state: Path
    ingest_host: str
    ingest_port: int
    console_host: str
    console_port: int
    missiondb: Path | None
    notify: Path | None
    console_url: str
    access: Path | None
    command_key: str = field(repr=False)
    ingest_token: str = field(repr=False)

    @classmethod
    def read(
        cls,
        given: Mapping[str, str | None] | None = None,
        environment: Mapping[str, str] = os.environ,
    ) -> "Settings":
        """What was given on the command line, else the environment's, else the default.

        :raises UsageError: naming the setting that is wrong and what it should be.
        """
        given = given or {}
        text = {
            s.name: secret(s.variable, environment) or s.default
            if s.secret
            else given.get(s.name) or environment.get(s.variable) or s.default
            for s in SETTINGS
        }
        return cls(
            broker=text["broker"],
            broker_ca=text["broker_ca"],
            broker_user=text["broker_user"],
            broker_password=text["broker_password"],
            root=text["root"],
            store=text["store"],
            raw_days=_days("raw_days", text["raw_days"]),
            rollup_days=_days("rollup_days", text["rollup_days"]),
            state=Path(text["state"]),
            ingest_host=text["ingest_host"],
            ingest_port=_port("ingest_port", text["ingest_port"]),
            console_host=text["console_host"],
            console_port=_port("console_port", text["console_port"]),
            missiondb=Path(text["missiondb"]) if text["missiondb"] else None,
            notify=Path(text["notify"]) if text["notify"] else None,
            console_url=_web("console_url", text["console_url"]),
            access=Path(text["access"]) if text["access"] else None,
            command_key=text["command_key"],
            ingest_token=text["ingest_token"],
        )


def _port(name: str, text: str) -> int:
    if not text.isdecimal() or not 0 <= int(text) <= 65535:
        raise UsageError(f"{_called(name)} is {text!r}: a port is 0-65535")
    return int(text)


def _days(name: str, text: str) -> int:
    if not text.isdecimal() or int(text) > MAX_DAYS:
        raise UsageError(f"{_called(name)} is {text!r}: days are 0 (for ever) to {MAX_DAYS}")
    return int(text)


def _web(name: str, text: str) -> str:
    if not re.fullmatch(r"https?://[^\s/?#]+[^\s?#]*", text):
        raise UsageError(f"{_called(name)} is {text!r}: expected http://HOST or https://HOST")
    return text


def _called(name: str) -> str:
    variable = next(s.variable for s in SETTINGS if s.name == name)
    return f"{variable} (--{name.replace('_', '-')})"
