"""Reading what Trends draws: every sample where these are few, buckets as wide as pixels else. I/O.

What several parameters of one subsystem need is asked for once. A parameter that cannot be read
costs no other.
"""

import asyncio
import math
from collections.abc import Mapping
from typing import Final

import numpy as np

from dashboard import figures
from dashboard.database_search import Entry
from dashboard.history import History
from dashboard.trends_ask import TrendAsk
from dashboard.trends_series import MAX_POINTS, Series, of_buckets, of_samples, silences
from telemetry.clock import SECOND_NS
from telemetry.errors import StoreError
from telemetry.frame import Block, Sample
from telemetry.parameter import STALE_AFTER_PERIODS
from telemetry.recording import silence_means

#: Samples of one parameter read to find every change of its state [A].
MAX_STATE_SAMPLES: Final = 100_000
#: Frames of one subsystem looked through for silences.
_MAX_HEARTBEATS: Final = 4_000
#: A subsystem may send a change between its frames: so many more samples than expected are read.
_MARGIN: Final = 1.25


class Reader:
    """Of one chart. heard: (spacecraft, subsystem) -> its newest frame, as far as is known.
    heartbeat: spacecraft whose silence means something.
    """

    def __init__(
        self,
        history: History,
        ask: TrendAsk,
        heard: Mapping[tuple[str, str], int],
        heartbeat: frozenset[str],
    ) -> None:
        self._history = history
        self._ask = ask
        self._heard = heard
        self._heartbeat = heartbeat
        self._silence_tells = True
        self._before: dict[tuple[str, str], asyncio.Task[Mapping[str, Sample]]] = {}

    async def series(self) -> tuple[list[Series], list[str]]:
        """One for each parameter that could be read, and what is wrong with the others."""
        found: list[Series] = []
        notes: list[str] = []
        self._silence_tells = await self._heartbeats_stored()
        answers = await asyncio.gather(
            *(self._one(entry) for entry in self._ask.entries), return_exceptions=True
        )
        await asyncio.gather(*self._before.values(), return_exceptions=True)
        for entry, answer in zip(self._ask.entries, answers, strict=True):
            if isinstance(answer, StoreError):
                notes.append(f"no history: the store is away ({answer}). Live data go on")
            elif isinstance(answer, BaseException):
                raise answer
            else:
                found.append(answer)
                if answer.note:
                    notes.append(f"{entry.parameter.name}: {answer.note}")
        return found, list(dict.fromkeys(notes))

    async def _heartbeats_stored(self) -> bool:
        """Not where only changes were recorded: there silence tells nothing."""
        try:
            recordings = await self._history.recordings()
        except StoreError:
            return True  # the others will say it
        return silence_means(recordings, self._ask.start_ns, self._ask.stop_ns)

    async def _one(self, entry: Entry) -> Series:
        if not entry.parameter.type.numeric:
            return await self._states(entry)
        period_s = entry.parameter.period_s
        if period_s is None or self._range_s / period_s <= MAX_POINTS / _MARGIN:
            series = await self._samples(entry, MAX_POINTS)
            if series is not None and len(series.time_ns):
                return series
        return await self._buckets(entry)

    async def _states(self, entry: Entry) -> Series:
        """Every change of state, where it is not too many that happened."""
        series = await self._samples(entry, MAX_STATE_SAMPLES)
        if series is not None and 0 < len(series.time_ns) <= MAX_POINTS:
            return series
        return await self._buckets(entry, "changes within a bucket may not be seen: zoom in")

    async def _samples(self, entry: Entry, most: int) -> Series | None:
        """None if there are more than `most`."""
        ask, subsystem = self._ask, entry.subsystem
        frames = self._range_s / subsystem.period_s
        # frames without a sample of it tell when it was heard, but not how many samples there are
        told = self._silence_tells and entry.craft.id in self._heartbeat
        look = told and frames <= _MAX_HEARTBEATS
        period_s = max(entry.parameter.period_s or 0.0, subsystem.period_s)
        stale_after_ns = round(period_s * STALE_AFTER_PERIODS * SECOND_NS)
        where = entry.craft.id, subsystem.id, ask.start_ns, ask.stop_ns, [entry.parameter.id]
        rows = max(most, math.ceil(frames * 2)) if look else most
        blocks = await self._history.samples(*where, rows, heartbeats=look)
        if sum(int(block.columns[entry.parameter.id].present.sum()) for block in blocks) > most:
            return None
        out = silences(_times(blocks), ask.start_ns, stale_after_ns) if look else ()
        heard_ns = self._heard_ns(entry)
        if look and len(blocks):
            newest_ns = int(blocks[-1].time_ns[-1])
            # the next frame is not due yet
            heard_ns = min(newest_ns + stale_after_ns, heard_ns)
        known = {"before": await self._held(entry), "silences": out, "heard_ns": heard_ns}
        return of_samples(entry, blocks, **known)

    async def _buckets(self, entry: Entry, note: str = "") -> Series:
        ask = self._ask
        width_ns = figures.bucket_width_ns(self._range_s, min(ask.wide, MAX_POINTS))
        buckets = await self._history.buckets(
            entry.craft.id,
            entry.subsystem.id,
            entry.parameter.id,
            ask.start_ns,
            ask.stop_ns,
            width_ns,
        )
        held = await self._held(entry)
        note = note if len(buckets.time_ns) else ""
        return of_buckets(entry, buckets, before=held, heard_ns=self._heard_ns(entry), note=note)

    async def _held(self, entry: Entry) -> Sample | None:
        """The newest sample before the range."""
        key = entry.craft.id, entry.subsystem.id
        if key not in self._before:
            last = self._history.last(*key, self._ask.start_ns)
            self._before[key] = asyncio.ensure_future(last)
        return (await self._before[key]).get(entry.parameter.id)

    def _heard_ns(self, entry: Entry) -> int:
        """Nothing holds beyond what was heard, nor into the future."""
        ask = self._ask
        until_ns = self._heard.get((entry.craft.id, entry.subsystem.id), ask.now_ns)
        return min(ask.stop_ns, max(until_ns, ask.start_ns))

    @property
    def _range_s(self) -> float:
        return (self._ask.stop_ns - self._ask.start_ns) / SECOND_NS


def _times(blocks: list[Block]) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    parts = [block.time_ns for block in blocks]
    return np.concatenate(parts) if parts else np.empty(0, np.int64)
