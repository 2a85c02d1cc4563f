"""What it costs to run: memory, the share of a core, and how soon it is there. I/O.

* `cost`: ten frames of thirty parameters at 5,000 samples a second, as Yamcs 5.12 was measured; its
  figures were measured elsewhere and stand in the rows as they were told. Yamcs receives, checks
  and archives in one process; beside it stand ingest, mosquitto and, where it stores into one,
  InfluxDB together. First nobody looks; then the console serves raw clients, and is counted too.
* `console-memory`: 50 raw clients, a frame of 60 values ten times a second.
* `demo`: from the command to the first value drawn by a Chromium that was open before; then a
  minute with that page open. Its memory is the sum of the PSS of all its processes: what they share
  is counted once, and what others of this machine share with them by its share.
* `backlog`: ingest was stopped and 100,000 messages wait in its session; then one violates. From
  ingest's start to that alarm.
"""

import asyncio
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

import msgspec
import psutil
from playwright.async_api import async_playwright

from bench import console
from bench.firehose import Order
from bench.load import write_missiondb
from bench.peer import LOAD
from bench.rig import Into, ingesting, store
from bench.row import Bench, How, Pair, Reach, RowSpec
from bench.servers import broker, free_port, ingest
from bench.soak_watch import MB, Processes
from bench.whole import NARROW, ROOT, announce, firehose, processed, stored
from telemetry import wire
from telemetry.frame import Frame
from telemetry.link import BrokerAddress, LinkOptions, connect
from telemetry.topics import Topics
from tests.servers.chromium import chromium
from tests.system.programs import Program, running

SECONDS: Final = 60.0
WARM_UP_S: Final = 5.0
EVERY_S: Final = 2.0
SAMPLES_PER_S: Final = 5_000.0
#: Raw clients of the console that get every sample.
SUBSCRIBERS: Final = 10
BROWSERS: Final = 50
WAITING: Final = 100_000
#: How long ingest is waited for.
PATIENCE_S: Final = 120.0
_HIGH: Final = 12.0
_NO_LIMIT: Final = 1 << 40

#: Whether a value that was heard stands on the page.
_FIRST_VALUE: Final = """() => {
  const readouts = window.stationwatch?.document?.readouts?.readouts;
  return readouts && [...readouts.values()].some(({ point, value, painted }) =>
    painted && value && point.value !== undefined
    && value.textContent === stationwatch.shown(point).text);
}"""

#: (kind of process, measure) -> what was sampled, as `bench.soak_watch` names them.
Samples = Mapping[tuple[str, str], Sequence[float]]


def watched(seconds: float) -> Samples:
    """What our children use in so many seconds, after a time to warm up."""
    processes = Processes()
    time.sleep(WARM_UP_S)
    began_s = time.monotonic()
    processes.sample(0.0)
    found: dict[tuple[str, str], list[float]] = {}
    while (at_s := time.monotonic() - began_s) < seconds:
        time.sleep(min(EVERY_S, seconds - at_s))
        for key, value in processes.sample(time.monotonic() - began_s).items():
            found.setdefault(key, []).append(value)
    return found


def core(samples: Samples) -> dict[str, float]:
    """% of a core on average, by kind of process."""
    return {
        kind: statistics.fmean(values)
        for (kind, measure), values in samples.items()
        if measure == "CPU, %"
    }


def most(samples: Samples, measure: str) -> dict[str, float]:
    """The largest of a measure, by kind of process."""
    return {kind: max(values) for (kind, one), values in samples.items() if one == measure}


def _named(what: str, values: Mapping[str, float]) -> dict[str, float]:
    return {f"{kind} {what}": value for kind, value in values.items()}


@contextmanager
def _console(folder: Path, port: int, http: int, url: str) -> Iterator[str]:
    """The address of a console of this ingest."""
    page = free_port()
    with running(
        folder / "console.log",
        "console",
        f"--broker=mqtt://127.0.0.1:{port}",
        f"--root={ROOT}",
        f"--store={f'remote+http://127.0.0.1:{http}' if url.startswith('duckdb') else url}",
        f"--ingest-port={http}",
        f"--console-port={page}",
        f"--missiondb={folder / 'missiondb'}",
    ):
        yield f"http://127.0.0.1:{page}"


def _watched_with(clients: int, url: str, values: int, seconds: float) -> Samples:
    """As `watched`, with so many raw clients of this console, who hear frames of so many values.

    :raises RuntimeError: if one was cut or heard nothing: then it was not served.
    """
    more_s = 2 * WARM_UP_S
    arguments = (f"{url}/ws/live", clients, seconds + more_s, values)
    with subprocess.Popen(
        [sys.executable, "-m", "bench.console_clients", *map(str, arguments)],
        stdout=subprocess.PIPE,
    ) as process:
        samples = watched(seconds)
        out, _ = process.communicate()
    told = msgspec.json.decode(out)
    if told["cut"] or not min(told["heard"]):
        raise RuntimeError(f"the console cut {told['cut']} clients; frames heard {told['heard']}")
    return samples


def _ingest(into: Into) -> Callable[[Path], Mapping[str, Pair]]:
    def once(folder: Path) -> Mapping[str, Pair]:
        frames_per_s = SAMPLES_PER_S / LOAD.a_frame
        with (
            broker(folder) as port,
            store(folder, into) as url,
            ingesting(folder, port, LOAD, url) as (_, http),
        ):
            order = Order(port, ROOT, LOAD, str(folder / "counts"), rate=frames_per_s)
            order.step_ns = round(1e9 / frames_per_s)
            with firehose(folder, order) as counts:
                counts.allowed = _NO_LIMIT
                began_s, first = time.monotonic(), stored(http)
                alone = watched(SECONDS)
                rate = (stored(http) - first) * LOAD.a_frame / (time.monotonic() - began_s)
                with _console(folder, port, http, url) as page:
                    heard = _watched_with(SUBSCRIBERS, page, LOAD.a_frame, SECONDS)
        rss = most(heard, "RSS, MB")
        # it fills for two minutes: with the console's time the row sees nearly all of it
        first_mb = most(alone, "RSS, MB")["ingest"]
        uss_mb = max(most(one, "USS, MB")["ingest"] for one in (alone, heard))
        return {
            "memory": Pair(
                max(first_mb, rss["ingest"]),
                notes={"USS": uss_mb, "RSS before the console": first_mb},
            ),
            "core": Pair(
                sum(core(alone).values()), notes={**_named("%", core(alone)), "samples/s": rate}
            ),
            "core-subscribed": Pair(sum(core(heard).values()), notes=_named("%", core(heard))),
            "memory-subscribed": Pair(sum(rss.values()), notes=_named("MB", rss)),
        }

    return once


def browsers(folder: Path) -> Mapping[str, Pair]:
    async def go() -> Samples:
        async with console.publishing(made.broker):
            return await asyncio.to_thread(
                _watched_with, BROWSERS, made.url, console.VALUES, SECONDS
            )

    with console.bench(folder) as made:
        samples = asyncio.run(go())
    rss, uss = (most(samples, f"{what}, MB")["console"] for what in ("RSS", "USS"))
    notes = {"USS": uss, "% of a core": core(samples)["console"]}
    return {"memory": Pair(rss, notes=notes)}


def _family(program: Program) -> tuple[float, float, int]:
    """Sums of PSS and of USS in MB, and of how many processes."""
    supervisor = psutil.Process(program.process.pid)
    found = [one.memory_full_info() for one in (supervisor, *supervisor.children(recursive=True))]
    return sum(one.pss for one in found) / MB, sum(one.uss for one in found) / MB, len(found)


async def _first_value(folder: Path, browser: str) -> tuple[Pair, Pair]:
    """Seconds until the first value is drawn, and the memory of the minute after it."""
    async with async_playwright() as playwright:
        chrome = await playwright.chromium.connect_over_cdp(browser)
        page = await (await chrome.new_context()).new_page()
        began_s = time.monotonic()
        demo = Program(folder / "demo.log", "demo", "--port=0")
        try:
            said = await asyncio.to_thread(demo.line)
            address = re.search(r"http://[\d.:]+", said)
            if address is None:
                raise RuntimeError(f"demo: {demo.log.read_text()[-2000:]}")
            ready_s = time.monotonic() - began_s
            await page.goto(address[0])
            loaded_s = time.monotonic() - began_s
            await page.wait_for_function(_FIRST_VALUE, timeout=PATIENCE_S * 1e3)
            drawn_s = time.monotonic() - began_s
            sums = []
            while time.monotonic() - began_s < drawn_s + SECONDS:
                await asyncio.sleep(EVERY_S)
                sums.append(await asyncio.to_thread(_family, demo))
        finally:
            await asyncio.to_thread(demo.stop)
        await chrome.close()
    pss, uss, processes = max(sums)
    return (
        Pair(drawn_s, notes={"ready to be opened": ready_s, "page loaded": loaded_s}),
        Pair(pss, notes={"USS": uss, "processes": processes}),
    )


def demo(folder: Path) -> Mapping[str, Pair]:
    home = folder / "chromium"
    home.mkdir()
    with chromium(home) as browser:
        first, memory = asyncio.run(_first_value(folder, browser))
    return {"first": first, "memory": memory}


def _queue(folder: Path, port: int) -> None:
    """Have the broker take what waits."""
    order = Order(port, ROOT, NARROW, str(folder / "counts"), step_ns=20_000)
    with firehose(folder, order) as counts:
        counts.allowed = WAITING
        deadline = time.monotonic() + PATIENCE_S
        while counts.acknowledged < WAITING:
            if time.monotonic() > deadline:
                raise RuntimeError(f"{counts.acknowledged} of {WAITING} messages taken")
            time.sleep(0.05)


async def _newest(folder: Path, port: int, url: str, database: str) -> Mapping[str, Pair]:
    """One more that violates, and ingest started."""
    topics, craft, name = Topics(ROOT), NARROW.crafts[0], NARROW.names[-1]
    parameter, now_ns = NARROW.ids(name)[0], time.time_ns()
    frame = Frame(
        spacecraft=craft,
        subsystem=name,
        time_ns=now_ns,
        received_ns=now_ns,
        sequence=WAITING // NARROW.subsystems + 1,
        values={parameter: _HIGH},
    )
    options = LinkOptions(identifier="bench-backlog")
    async with connect(BrokerAddress("127.0.0.1", port), options) as link:
        await link.publish(topics.frame(craft, name), wire.encode_frame(frame))
        await link.subscribe([topics.alarm(craft, f"{parameter}.limit")], qos=1)

        async def told() -> float:
            (message,) = await link.receive(1)
            if wire.decode_alarm(message.payload).changed_ns != now_ns:
                raise RuntimeError("an alarm of something else")
            return time.monotonic()

        hearing = asyncio.create_task(told())
        began_s = time.monotonic()
        with ExitStack() as stack:
            again = ingest(folder, port, url, ROOT, database)
            _, http = await asyncio.to_thread(stack.enter_context, again)
            ready_s = time.monotonic() - began_s
            took_s = await asyncio.wait_for(hearing, PATIENCE_S) - began_s
            # it is still storing, and may be too busy to answer at once
            while (judged := await asyncio.to_thread(processed, http)) < 0:
                await asyncio.sleep(0.1)
    notes = {"ready": ready_s, "frames judged": float(judged)}
    return {"newest": Pair(took_s, notes=notes)}


def _backlog(into: Into) -> Callable[[Path], Mapping[str, Pair]]:
    def once(folder: Path) -> Mapping[str, Pair]:
        database = f"--missiondb={write_missiondb(folder / 'missiondb', NARROW)}"
        with broker(folder) as port, store(folder, into) as url:
            asyncio.run(announce(port, NARROW))
            with ingest(folder, port, url, ROOT, database):
                pass  # leaves a session, in which the broker keeps what comes meanwhile
            _queue(folder, port)
            return asyncio.run(_newest(folder, port, url, database))

    return once


def _cost(into: Into) -> Bench:
    parts = "ingest and mosquitto" if into is Into.DUCK else "ingest, mosquitto and InfluxDB"
    return Bench(
        f"cost-{into.name.lower()}",
        {
            "memory": RowSpec(
                f"memory of ingest at {SAMPLES_PER_S:,.0f} samples/s into {into}",
                "MB",
                reach=Reach(How.UNDER, 150.0) if into is Into.INFLUX else None,
            ),
            "core": RowSpec(
                f"{parts} at {SAMPLES_PER_S:,.0f} samples/s",
                "% of a core",
                "Yamcs 5.12: 4-5 %",
                Reach(How.UNDER, 5.0),
            ),
            "core-subscribed": RowSpec(
                f"the same and the console, {SUBSCRIBERS} subscribers, {into}",
                "% of a core",
                "Yamcs 5.12: 12-24 %",
                Reach(How.UNDER, 24.0),
            ),
            "memory-subscribed": RowSpec(
                f"memory of all of these, {into}",
                "MB",
                "Yamcs 5.12: 200-390 MB",
                Reach(How.UNDER, 390.0),
            ),
        },
        _ingest(into),
        repeats=2,
    )


BENCHES: Final = (
    *(_cost(into) for into in Into),
    Bench(
        "console-memory",
        {
            "memory": RowSpec(
                f"memory of the console with {BROWSERS} browsers",
                "MB",
                reach=Reach(How.UNDER, 250.0),
            )
        },
        browsers,
        repeats=2,
    ),
    Bench(
        "demo",
        {
            "first": RowSpec(
                "demo, from the command to the first value on screen",
                "s",
                "Yamcs 5.12: 3 s",
                Reach(How.UNDER, 4.0),
            ),
            "memory": RowSpec(
                "memory of the demo as a whole, one page open", "MB", reach=Reach(How.UNDER, 700.0)
            ),
        },
        demo,
    ),
    *(
        Bench(
            f"backlog-{into.name.lower()}",
            {
                "newest": RowSpec(
                    f"ingest started with {WAITING:,} messages waiting, to newest alarm, {into}",
                    "s",
                    reach=Reach(How.UNDER, 10.0),
                )
            },
            _backlog(into),
        )
        for into in Into
    ),
)
