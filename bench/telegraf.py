"""Telegraf between the same kinds of broker and InfluxDB, on the same stream, beside ours. I/O.

mqtt_consumer with a persistent session, json_v2, influxdb_v2. It checks nothing, tells of nothing
and keeps what it has received in memory. If it is not on PATH its column stays empty, and says so.
"""

import json
import shutil
import subprocess
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import msgspec
import psutil

from bench.rig import Into, rate
from bench.row import Bench, Pair, RowSpec
from bench.servers import BUCKET, Influx, broker, influx
from bench.whole import ROOT, WIDE, sustained

SECONDS: Final = 20.0
_START_S: Final = 5.0
PROGRAM: Final = shutil.which("telegraf")

_CONFIG: Final = """
[agent]
  omit_hostname = true
  flush_interval = "1s"
  metric_batch_size = 5000
  metric_buffer_limit = 100000
[[inputs.mqtt_consumer]]
  servers = ["tcp://127.0.0.1:{port}"]
  topics = ["{root}/v1/+/frame/+"]
  qos = 1
  persistent_session = true
  client_id = "bench-telegraf"
  max_undelivered_messages = 5000
  data_format = "json_v2"
  [[inputs.mqtt_consumer.topic_parsing]]
    topic = "{root}/v1/+/frame/+"
    measurement = "_/_/_/_/measurement"
  [[inputs.mqtt_consumer.json_v2]]
    timestamp_path = "t"
    timestamp_format = "unix_ns"
    [[inputs.mqtt_consumer.json_v2.object]]
      path = "values"
[[outputs.influxdb_v2]]
  urls = ["{url}"]
  token = "none"
  organization = "-"
  bucket = "{bucket}"
"""


def points(server: Influx) -> int:
    """Lines of line protocol this InfluxDB has taken: a frame is one."""
    form = urllib.parse.urlencode({"q": "SHOW STATS FOR 'httpd'"}).encode()
    with urllib.request.urlopen(f"{server.direct}/query", form) as answer:
        (result,) = json.load(answer)["results"]
    (series,) = result["series"]
    return int(dict(zip(series["columns"], series["values"][0], strict=True))["pointsWrittenOK"])


@contextmanager
def _telegraf(folder: Path, program: str, port: int, server: Influx) -> Iterator[psutil.Process]:
    config = folder / "telegraf.conf"
    config.write_text(_CONFIG.format(port=port, root=ROOT, url=server.url, bucket=BUCKET))
    with (folder / "telegraf.log").open("wb") as log:
        process = subprocess.Popen([program, "--config", str(config)], stdout=log, stderr=log)
    try:
        time.sleep(_START_S)  # it does not say when it is subscribed
        yield psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait()


def _theirs(folder: Path, program: str) -> Pair:
    with (
        broker(folder) as port,
        influx(folder) as server,
        _telegraf(folder, program, port, server) as process,
    ):
        return sustained(folder, WIDE, port, 0, process, lambda _: points(server), seconds=SECONDS)


def once(folder: Path) -> Mapping[str, Pair]:
    ours = rate(folder / "ours", WIDE, Into.INFLUX, SECONDS)
    if PROGRAM is None:
        return {"rate": ours}
    theirs = _theirs(folder / "telegraf", PROGRAM)
    notes = {f"telegraf {name}": theirs.notes[name] for name in ("% of a core", "MB")}
    return {"rate": msgspec.structs.replace(ours, other=theirs.ours, notes={**ours.notes, **notes})}


BENCHES: Final = (
    Bench(
        "telegraf",
        {
            "rate": RowSpec(
                "ingest, 150 a frame, into InfluxDB",
                "samples/s",
                "telegraf" if PROGRAM else "telegraf: not on PATH, left out",
            )
        },
        once,
    ),
)
