"""mosquitto as docker-compose.yml runs it: deploy/mosquitto.conf, deploy/acl, TLS, passwords."""

import getpass
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.real import require

DEPLOY = Path(__file__).parents[2] / "deploy"
#: Of the tests alone: hears and says everything.
WITNESS = "witness"
_START_S = 10


@dataclass(frozen=True, slots=True)
class ClosedBroker:
    """misnamed: another address of it, which is not in its certificate."""

    url: str
    misnamed: str
    ca: Path
    passwords: Mapping[str, str]
    environment: Mapping[str, str]

    def settings(self, user: str) -> dict[str, str]:
        """The environment of a program that is that user."""
        return {
            "STATIONWATCH_BROKER": self.url,
            "STATIONWATCH_BROKER_CA": str(self.ca),
            "STATIONWATCH_BROKER_USER": user,
            "STATIONWATCH_BROKER_PASSWORD": self.passwords[user],
        }


@contextmanager
def closed_broker(home: Path) -> Iterator[ClosedBroker]:
    program, maker = require("mosquitto"), require("mosquitto_passwd")
    subprocess.run([sys.executable, str(DEPLOY / "make_env.py")], cwd=home, check=True)
    lines = (home / ".env").read_text().splitlines()
    environment = dict(line.split("=", 1) for line in lines if not line.startswith("#"))
    passwords = {
        name.removeprefix("BROKER_PASSWORD_").lower(): value
        for name, value in environment.items()
        if name.startswith("BROKER_PASSWORD_")
    } | {WITNESS: "seen and not told"}
    listing = home / "passwords"
    listing.write_text("".join(f"{user}:{word}\n" for user, word in passwords.items()))
    listing.chmod(0o600)
    subprocess.run([maker, "-U", listing], check=True)
    acl = home / "acl"
    acl.write_text((DEPLOY / "acl").read_text() + f"\nuser {WITNESS}\ntopic readwrite #\n")
    acl.chmod(0o600)
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = one.getsockname()[1]
    config = (DEPLOY / "mosquitto.conf").read_text()
    tls = home / "secrets" / "tls"
    certificate = f"certfile {tls}/broker.crt\nkeyfile {tls}/broker.key\n"
    for shipped, here in (
        ("listener 8883\n", f"listener {port} 127.0.0.1\n"),
        ("/mosquitto/tls/", f"{tls}/"),
        ("/tmp/passwords", str(listing)),
        ("/mosquitto/config/acl", str(acl)),
        ("/mosquitto/data/", f"{home}/"),
    ):
        assert shipped in config
        config = config.replace(shipped, here)
    (home / "mosquitto.conf").write_text(
        f"user {getpass.getuser()}\n{config}\nlistener {port} 127.0.0.2\n{certificate}"
    )
    with (home / "log").open("wb") as log:
        process = subprocess.Popen(
            [program, "-c", home / "mosquitto.conf"], stdout=log, stderr=subprocess.STDOUT
        )
    try:
        _await(process, port, home / "log")
        yield ClosedBroker(
            f"mqtts://127.0.0.1:{port}",
            f"mqtts://127.0.0.2:{port}",
            tls / "ca.crt",
            passwords,
            environment,
        )
    finally:
        process.terminate()
        process.wait(10)


def _await(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + _START_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.02)  # nothing tells when it listens
        else:
            return
    raise RuntimeError(f"mosquitto does not start: {log.read_text()[-1000:]}")
