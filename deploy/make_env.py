"""Write .env, the secrets docker-compose.yml reads. Never overwrites one."""

import os
import secrets
import sys
from pathlib import Path

TEMPLATE = """\
# Secrets of this installation: keep them to yourself, and out of git.
STATIONWATCH_BROKER_USER=stationwatch
STATIONWATCH_BROKER_PASSWORD={broker_password}
INFLUXDB_ORG=stationwatch
INFLUXDB_PASSWORD={influxdb_password}
INFLUXDB_TOKEN={influxdb_token}
"""


def main(path: Path) -> None:
    text = TEMPLATE.format(
        broker_password=secrets.token_urlsafe(24),
        influxdb_password=secrets.token_urlsafe(24),
        influxdb_token=secrets.token_urlsafe(48),
    )
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        sys.exit(f"{path} is there already; move it away first to have new secrets")
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
    sys.stdout.write(f"wrote {path}\n")


if __name__ == "__main__":
    main(Path(".env"))
