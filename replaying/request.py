"""What was typed, as what is asked of a replay, and what is wrong with it. Pure."""

import argparse
import re
from typing import Final

from replaying.options import OF_CREATE, speed
from telemetry.clock import SECOND_NS
from telemetry.errors import UsageError
from telemetry.moments import parse_time
from telemetry.replay import (
    ReplayCommand,
    ReplayGaps,
    ReplayLimits,
    ReplayOrder,
    ReplaySpec,
    ReplayVerb,
)

MAX_NAME: Final = 64
MAX_STEP: Final = 1_000
_DAY_NS: Final = 86_400 * SECOND_NS
_TIME_OF_DAY: Final = re.compile(r"\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?", re.ASCII)
_TAKES_VALUE: Final = frozenset({ReplayVerb.SEEK, ReplayVerb.STEP, ReplayVerb.SPEED})


def check(arguments: argparse.Namespace) -> None:
    """:raises UsageError: for words and options that do not belong together."""
    action = arguments.action
    if action != ReplayVerb.CREATE:
        for name, option in OF_CREATE.items():
            if getattr(arguments, name) is not None:
                raise UsageError(f"replay {action}: {option} is for create only")
    if action in ("list", ReplayVerb.CREATE):
        if arguments.session is not None:
            raise UsageError(f"replay {action}: names no session, not {arguments.session!r}")
    elif not arguments.session:
        raise UsageError(f"replay {action}: say which; `stationwatch replay list` shows all")
    if arguments.value is not None and action not in _TAKES_VALUE:
        raise UsageError(f"replay {action}: what is {arguments.value!r}?")
    if action in (ReplayVerb.SEEK, ReplayVerb.SPEED) and arguments.value is None:
        raise UsageError(f"replay {action}: say {'where to' if action == 'seek' else 'how fast'}")


def command(
    verb: ReplayVerb, arguments: argparse.Namespace, id_: str, start_ns: int = 0
) -> ReplayCommand:
    """id_: of the command. start_ns: where the session starts; a time of day is one after it.

    :raises UsageError: if it cannot be asked like that.
    """
    by = arguments.by.strip()
    if not 0 < len(by) <= MAX_NAME:
        raise UsageError(f"--by: say who asks, in at most {MAX_NAME} characters")
    if verb is ReplayVerb.CREATE:
        return ReplayCommand(id=id_, by=by, spec=spec(arguments))
    return ReplayCommand(
        id=id_,
        by=by,
        session=arguments.session[:MAX_NAME],
        to_ns=moment(arguments.value, start_ns) if verb is ReplayVerb.SEEK else 0,
        speed=_speed(arguments.value) if verb is ReplayVerb.SPEED else 1.0,
        frames=_frames(arguments.value) if verb is ReplayVerb.STEP else 1,
    )


def spec(arguments: argparse.Namespace) -> ReplaySpec:
    """What to replay.

    :raises UsageError: if it does not say, or says two things.
    """
    recording, bundle = arguments.recording or "", arguments.bundle or ""
    if recording and bundle:
        raise UsageError("replay create: --recording or --bundle, not both")
    named = recording or bundle
    if not named and (arguments.start is None or arguments.stop is None):
        raise UsageError("replay create: say what, by --from and --to, --recording or --bundle")
    if len(named) > MAX_NAME:
        raise UsageError(f"replay create: a name has at most {MAX_NAME} characters")
    start_ns = parse_time(arguments.start) if arguments.start is not None else 0
    stop_ns = parse_time(arguments.stop) if arguments.stop is not None else 0
    if stop_ns <= start_ns and not (named and 0 in (start_ns, stop_ns)):
        raise UsageError(
            f"replay create: --to {arguments.stop} is not after --from {arguments.start}"
        )
    return ReplaySpec(
        start_ns=start_ns,
        stop_ns=stop_ns,
        recording=recording,
        bundle=bundle,
        order=arguments.order or ReplayOrder.RECEIVED,
        limits=arguments.limits or ReplayLimits.THEN,
        gaps=arguments.gaps or ReplayGaps.KEEP,
        speed=1.0 if arguments.speed is None else arguments.speed,
        at_ns=_at(arguments.at, start_ns) if arguments.at is not None else 0,
        paused=bool(arguments.paused),
    )


def moment(text: str, start_ns: int) -> int:
    """A time; a time of day alone is the first such moment from `start_ns` on.

    :raises UsageError: if it is none.
    """
    if not _TIME_OF_DAY.fullmatch(text):
        return parse_time(text)
    in_day_ns = parse_time(f"1970-01-01T{text}")
    time_ns = start_ns - start_ns % _DAY_NS + in_day_ns
    return time_ns if time_ns >= start_ns else time_ns + _DAY_NS


def _at(text: str, start_ns: int) -> int:
    if _TIME_OF_DAY.fullmatch(text) and not start_ns:
        raise UsageError(f"--at {text}: of which day? write it whole, or give --from")
    return moment(text, start_ns)


def _speed(text: str) -> float:
    try:
        return speed(text)
    except argparse.ArgumentTypeError as error:
        raise UsageError(f"replay speed: {error}") from None


def _frames(text: str | None) -> int:
    if text is None:
        return 1
    if not text.isdecimal() or not 1 <= int(text) <= MAX_STEP:
        raise UsageError(f"replay step: {text!r} is not 1 to {MAX_STEP} frames")
    return int(text)
