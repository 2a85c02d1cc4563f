"""What late data show, compared with what live data say. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from ingest.detect import Detection
from telemetry.alarm import Condition
from telemetry.clock import LAST_NS
from telemetry.limit import Severity

#: Subject and condition.
Key = tuple[str, Condition]


class FindingKind(StrEnum):
    """What late data show, by what live data say."""

    #: It came and went, and live data know nothing of it.
    OVER = "OVER"
    #: What live data have as a violation began earlier.
    BEGAN = "BEGAN"
    #: It was worse for a while than live data say.
    WORSE = "WORSE"
    #: What stood at loss of signal returned before contact did.
    ENDED = "ENDED"
    #: Live data have not measured it since the gap: this is the newest that is known of it.
    LATEST = "LATEST"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """detection: OVER, BEGAN: when it began, with the worst severity, value and limit. WORSE: when
        it got worst. ENDED: the return. LATEST: when it began, as it is now; or its return.
    returned_ns: of OVER, when it was over.
    live_ns: of BEGAN, when it began by live data; 0: live data never had it return in between.
    """

    kind: FindingKind
    detection: Detection
    returned_ns: int = 0
    live_ns: int = 0

    @property
    def returned(self) -> Detection:
        """Of OVER: its return. The value then is not kept."""
        nominal = Severity.NOMINAL
        return replace(
            self.detection, severity=nominal, time_ns=self.returned_ns, value=None, limit=""
        )


@dataclass(slots=True)
class Episode:
    """A violation as the late frames tell it. base: its severity where they begin, if it stood."""

    base: Severity = Severity.NOMINAL
    began: Detection | None = None
    worst: Detection | None = None
    latest: Detection | None = None


@dataclass(slots=True)
class Said:
    """What live data say of a gap that ended then: before it, and in the detections since."""

    end_ns: int
    before: dict[Key, Severity] = field(default_factory=dict)
    since: list[Detection] = field(default_factory=list)

    def compare(
        self, episode: Episode, key: Key, over: Detection | None, ended_ns: int
    ) -> Iterator[Finding]:
        """What an episode comes to. over: its return, None where it still stands.

        ended_ns: when live data first speak of it; what they do not have was over then.
        """
        began, worst = episode.began, episode.worst
        over_ns = over.time_ns if over else LAST_NS
        if began is None:
            if over is not None and over_ns < self.end_ns:
                yield Finding(kind=FindingKind.ENDED, detection=over)
            told = max(episode.base, self._told(key, 0, over_ns))
        else:
            # of the gap itself live data say nothing
            inside = over_ns < self.end_ns
            live_ns = None if inside else self._since(key, began.time_ns, over_ns)
            dated = replace(worst or began, time_ns=began.time_ns)
            if live_ns is None:
                ended_ns = over_ns if over else ended_ns
                # what began after the gap and stands has had no time to show in live data
                if began.time_ns < ended_ns:
                    yield Finding(kind=FindingKind.OVER, detection=dated, returned_ns=ended_ns)
                return
            if live_ns == 0 or began.time_ns < live_ns:
                yield Finding(kind=FindingKind.BEGAN, detection=dated, live_ns=live_ns)
            told = self._told(key, began.time_ns, over_ns)
        if worst is not None and worst.severity > told:
            yield Finding(kind=FindingKind.WORSE, detection=worst)

    def latest(self, episode: Episode, key: Key) -> Iterator[Finding]:
        """What an episode that still stands comes to, where live data have nothing newer."""
        began, worst, latest = episode.began, episode.worst, episode.latest
        told = self.before.get(key, Severity.NOMINAL)
        if latest is not None:
            dated = latest if began is None else replace(latest, time_ns=began.time_ns)
            if began is not None and told:
                yield Finding(kind=FindingKind.BEGAN, detection=dated)
            yield Finding(kind=FindingKind.LATEST, detection=dated)
            told = latest.severity
        if worst is not None and worst.severity > told:
            yield Finding(kind=FindingKind.WORSE, detection=worst)

    def again(self, over: Detection, key: Key, first_ns: int) -> Iterator[Finding]:
        """What ended in the gap, and stood by live data until they first measured it, and then."""
        of_it = (one for one in self.since if (one.subject, one.condition) == key)
        said = [one.severity for one in of_it if one.time_ns <= first_ns]
        before = self.before.get(key, Severity.NOMINAL)
        if before and all(said):
            severity = said[-1] if said else before
            dated = replace(over, severity=severity, time_ns=first_ns, value=None)
            yield Finding(kind=FindingKind.BEGAN, detection=dated)

    def _since(self, key: Key, from_ns: int, to_ns: int) -> int | None:
        """When the live violation that overlaps [from_ns, to_ns) began; 0: before the gap."""
        return next((since for since, _ in self._overlapping(key, from_ns, to_ns)), None)

    def _told(self, key: Key, from_ns: int, to_ns: int) -> Severity:
        """How severe live data had it in [from_ns, to_ns)."""
        each = (severity for _, severity in self._overlapping(key, from_ns, to_ns))
        return max(each, default=Severity.NOMINAL)

    def _overlapping(self, key: Key, from_ns: int, to_ns: int) -> Iterator[tuple[int, Severity]]:
        """Live violations, each with when it began and its worst severity."""
        since_ns, worst = 0, self.before.get(key, Severity.NOMINAL)
        for one in (one for one in self.since if (one.subject, one.condition) == key):
            if one.severity and not worst:
                since_ns = one.time_ns
            elif not one.severity:
                if worst and since_ns < to_ns and from_ns < one.time_ns:
                    yield since_ns, worst
                worst = Severity.NOMINAL
            worst = max(worst, one.severity)
        if worst and since_ns < to_ns:
            yield since_ns, worst


def pack_detection(one: Detection | None) -> list[Any] | None:
    if one is None:
        return None
    return [one.subject, one.condition, int(one.severity), one.time_ns, one.value, one.limit]


def unpack_detection(saved: list[Any] | None) -> Detection | None:
    if saved is None:
        return None
    subject, condition, severity, time_ns, value, limit = saved
    return Detection(subject, Condition(condition), Severity(severity), time_ns, value, limit)
