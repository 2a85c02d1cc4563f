"""Raw clients of the console's WebSocket, in a process of their own. I/O.

    python -m bench.console_clients URL CLIENTS SECONDS [VALUES]

Each takes every message; of frames with so many values (60) the time from publishing to here is
noted. Prints JSON: latencies in ms, frames a client heard, clients that were cut.
"""

import asyncio
import json
import sys
import time

import aiohttp
import msgspec

_WARM_UP_S = 2.0


async def client(
    http: aiohttp.ClientSession, url: str, until: float, values: int, latencies: list[float]
) -> tuple[int, bool]:
    """Frames heard in the measured time, and whether it was cut before the end."""
    heard = 0
    origin = url.rsplit("/ws", 1)[0]
    try:
        async with http.ws_connect(url, headers={"Origin": origin}, max_msg_size=0) as socket:
            begins = time.monotonic() + _WARM_UP_S
            while time.monotonic() < until:
                message = await socket.receive(timeout=5)
                if message.type is not aiohttp.WSMsgType.TEXT:
                    return heard, True
                # cheaply first: 200 clients decode on the core that is measured too
                if '"k":"frame"' not in message.data[:40] or time.monotonic() < begins:
                    continue
                body = msgspec.json.decode(message.data)
                if len(body["v"]) == values:
                    latencies.append(time.time() * 1e3 - body["t"])
                    heard += 1
    except (aiohttp.ClientError, TimeoutError):
        return heard, True
    return heard, False


async def main(url: str, clients: int, seconds: float, values: int) -> None:
    latencies: list[float] = []
    until = time.monotonic() + seconds
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector) as http:
        done = await asyncio.gather(
            *(client(http, url, until, values, latencies) for _ in range(clients))
        )
    told = {
        "latencies": [round(one, 2) for one in latencies],
        "heard": [heard for heard, _ in done],
        "cut": sum(cut for _, cut in done),
    }
    sys.stdout.write(json.dumps(told) + "\n")


if __name__ == "__main__":
    asked = sys.argv[1:]
    asyncio.run(main(asked[0], int(asked[1]), float(asked[2]), int((asked[3:] or ["60"])[0])))
