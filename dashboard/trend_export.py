"""What a trend shows, as a file: the samples of its range, as `stationwatch export` writes them.

I/O: the store, and a temporary file.
"""

import asyncio
import tempfile
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import Final

from fastapi import FastAPI
from fastapi.responses import PlainTextResponse, Response

from dashboard.means import Means
from dashboard.trend_view import TrendView, read_view
from telemetry.errors import StoreError, UsageError
from telemetry.frame import Frame
from telemetry.sample_file import writing

PATH: Final = "/trends/export"
#: More frames than these are for the terminal.
MAX_FRAMES: Final = 300_000
MEDIA: Final = {
    ".csv": "text/csv; charset=utf-8",
    ".parquet": "application/vnd.apache.parquet",
}


class TooMuch(UsageError):
    """It is for the terminal."""


def add_export(server: FastAPI, means: Means) -> None:
    @server.get(PATH + "{kind}", response_model=None)
    async def export(kind: str, p: str = "", start: str = "", stop: str = "") -> Response:
        """p: keys, by commas; start and stop: of the range that is shown."""
        if kind not in MEDIA:
            return PlainTextResponse("It can be .csv or .parquet.", status_code=404)
        try:
            if not start or not stop:
                raise UsageError("say which range, by start and stop")
            view = read_view(p.split(","), "", start, stop, 0, means.database)
            if not view.lines:
                raise UsageError("no parameter is chosen")
            body = await written(means, view, kind)
        except TooMuch as error:
            return PlainTextResponse(str(error), status_code=413)
        except UsageError as error:
            return PlainTextResponse(str(error), status_code=400)
        except StoreError as error:
            return PlainTextResponse(f"the store is away: {error}", status_code=503)
        disposition = f'attachment; filename="trend{kind}"'
        return Response(body, media_type=MEDIA[kind], headers={"content-disposition": disposition})


async def written(means: Means, view: TrendView, kind: str) -> bytes:
    """:raises UsageError: if there is nothing, or too much. :raises StoreError: as the store."""
    frames: list[Frame] = []
    by_subsystem = sorted(view.lines, key=lambda line: (line.spacecraft, line.subsystem))
    for (craft, subsystem), lines in groupby(by_subsystem, lambda o: (o.spacecraft, o.subsystem)):
        ids = [line.parameter.id for line in lines]
        room = MAX_FRAMES - len(frames)
        found = await means.history.frames(craft, subsystem, ids, view.start_ns, view.stop_ns, room)
        if found is None:
            raise TooMuch(
                f"over {MAX_FRAMES:,} frames: use `stationwatch export --parameters "
                f"{','.join(line.parameter.id for line in view.lines)} --from ... --to ...`"
            )
        frames += found
    if not frames:
        raise UsageError("nothing is stored of these parameters in this range")
    frames.sort(key=lambda frame: frame.time_ns)
    return await asyncio.to_thread(_file, means, frames, kind)


def _file(means: Means, frames: Sequence[Frame], kind: str) -> bytes:
    with tempfile.TemporaryDirectory(prefix="stationwatch-trend-") as folder:
        path = Path(folder) / f"trend{kind}"
        # some parameters of a subsystem: a frame without them says nothing
        with writing(path, means.database, heartbeat=False) as file:
            file.extend(frames)
        return path.read_bytes()
