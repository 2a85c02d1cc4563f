"""Healthcheck: every spacecraft named has a publisher on line, and `training` offers trainings."""

import sys

from paho.mqtt import subscribe

from telemetry.link import BrokerAddress
from telemetry.settings import Settings
from telemetry.topics import Topics
from telemetry.wire import decode_link, decode_training_catalogue


def main(spacecraft: list[str]) -> None:
    settings = Settings.read()
    broker = BrokerAddress.of(settings)
    topics = Topics(settings.root)
    for name in spacecraft:
        training = name == "training"
        message = subscribe.simple(  # type: ignore[no-untyped-call]
            topics.training_catalogue if training else topics.link(name),
            hostname=broker.host,
            port=broker.port,
            auth={"username": settings.broker_user, "password": settings.broker_password}
            if settings.broker_user
            else None,
            tls={"ca_certs": broker.ca or None} if broker.tls else None,
        )
        decode = decode_training_catalogue if training else decode_link
        if not decode(message.payload).online:
            sys.exit(f"{name} is off line")


if __name__ == "__main__":
    main(sys.argv[1:])
