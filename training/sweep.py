"""Withdrawing what a session that is over left at the broker. I/O."""

from telemetry.link import BrokerAddress, LinkOptions, connect
from telemetry.question import retained
from telemetry.topics import VERSION, Topics


async def sweep(address: BrokerAddress, root: str) -> None:
    """Withdraw what is retained under a root, and forget the session its ingest had there.

    :raises LinkError: if the broker is away.
    """
    topics = Topics(root)
    # by the name of its ingest: a clean session of that name ends the one that is kept for it
    options = LinkOptions(identifier=f"stationwatch-ingest-{root}")
    async with connect(address, options) as connection:
        for filter_ in (f"{one}/{VERSION}/+/+/+" for one in (topics.root, topics.dead_root)):
            for topic in await retained(connection, filter_):
                await connection.publish(topic, b"", retain=True)
