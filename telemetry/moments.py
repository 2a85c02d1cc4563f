"""A moment as people write it: UTC, by date or by day of year as flight control does."""

import re
from datetime import UTC, datetime, timedelta
from typing import Final

from telemetry.clock import LAST_NS, SECOND_NS
from telemetry.errors import UsageError

FORMS: Final = "2021-10-15T09:12:00Z, 2021-10-15 09:12, or by day of year 2021-288T09:12:00"

_MOMENT: Final = re.compile(
    r"(\d{4})-(?:(\d\d)-(\d\d)|(\d{3}))"
    r"(?:[T ](\d\d)(?::(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?)?(?:Z|\+00:00)?)?",
    re.ASCII,
)


def parse_time(text: str) -> int:
    """UTC nanoseconds since 1970; what is left out at the end is zero. Not for argparse's `type`,
    which lets our errors through as they are.

    :raises UsageError: if it is no time from 1970 on, of a form in `FORMS`.
    """
    parts = _MOMENT.fullmatch(text.strip())
    if parts is None:
        raise UsageError(f"{text!r} is no time: write UTC as {FORMS}")
    year, month, day, day_of_year, hour, minute, second, fraction = parts.groups("")
    try:
        if day_of_year:
            moment = datetime(int(year), 1, 1, tzinfo=UTC) + timedelta(days=int(day_of_year) - 1)
            if moment.year != int(year):
                raise ValueError(f"{year} has no day {day_of_year}")
        else:
            moment = datetime(int(year), int(month), int(day), tzinfo=UTC)
        moment = moment.replace(hour=int(hour or 0), minute=int(minute or 0))
        moment = moment.replace(second=int(second or 0))
        if moment.year < 1970:
            raise ValueError("nothing was recorded before 1970")
    except (ValueError, OverflowError) as error:
        raise UsageError(f"{text!r} is no time: {error}") from None
    whole_s = (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(seconds=1)
    time_ns = whole_s * SECOND_NS + int(fraction.ljust(9, "0"))
    if time_ns > LAST_NS:
        raise UsageError(f"{text!r} is no time: it is beyond {exact_utc(LAST_NS)[:10]}")
    return time_ns


def exact_utc(time_ns: int) -> str:
    """`2021-10-15T09:13:00.000000001Z`, with no more digits than needed; `parse_time` reads it."""
    seconds, rest = divmod(time_ns, SECOND_NS)
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    fraction = f".{rest:09d}".rstrip("0") if rest else ""
    return f"{moment:%Y-%m-%dT%H:%M:%S}{fraction}Z"
