"""Healthcheck of the simulators: every spacecraft named has a publisher on line at the broker."""

import sys

from paho.mqtt import subscribe

from telemetry.link import BrokerAddress
from telemetry.settings import Settings
from telemetry.topics import Topics
from telemetry.wire import decode_link


def main(spacecraft: list[str]) -> None:
    settings = Settings.read()
    broker = BrokerAddress.parse(settings.broker)
    topics = Topics(settings.root)
    for name in spacecraft:
        message = subscribe.simple(  # type: ignore[no-untyped-call]
            topics.link(name),
            hostname=broker.host,
            port=broker.port,
            auth={"username": settings.broker_user, "password": settings.broker_password}
            if settings.broker_user
            else None,
        )
        if not decode_link(message.payload).online:
            sys.exit(f"{name} has no publisher")


if __name__ == "__main__":
    main(sys.argv[1:])
