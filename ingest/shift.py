"""The shift book: notes, gaps, changed limits, and the handover that two people sign. Pure.

The outgoing controller signs out, then the incoming, who must be another person, signs in; with
that the next shift begins. Whoever begins the first shift signs in only. Times are of the wall
clock, but for the gaps, which are of generation time.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

import msgspec
from msgspec.structs import replace

from telemetry.clock import utc
from telemetry.shift import Gap, Note, Shift, ShiftChange, ShiftCommand, ShiftVerb

#: Of each kind, the newest are kept; those before are counted.
MAX_NOTES: Final = 50
MAX_GAPS: Final = 200
MAX_LIMITS: Final = 200
#: Commands remembered: the broker may deliver one twice, and a note must not be written twice.
MAX_SEEN: Final = 100


class _Refused(Exception):
    """Why a command is not done."""


class ShiftBook:
    """What the next shift must know. `shift` is the page as it stands, to be published retained."""

    def __init__(self, shift: Shift | None = None) -> None:
        self.shift = shift or Shift()
        self._done: dict[str, ShiftChange] = {}

    def command(self, verb: ShiftVerb, command: ShiftCommand, time_ns: int) -> ShiftChange:
        """Do what a person asks, or tell in `refused` why not.

        time_ns: now, wall clock. A command that was dealt with already gets its answer again.
        """
        if command.id in self._done and not command.denied:
            return self._done[command.id]
        text, by = command.text.strip(), command.by.strip()
        change = ShiftChange(id=command.id, verb=verb, time_ns=time_ns, by=by, text=text)
        if command.denied:  # takes no place: nobody uses up another's id
            return replace(change, refused=command.denied)
        try:
            self.shift = self._obey(verb, by, text, time_ns)
        except _Refused as refused:
            change = replace(change, refused=str(refused))
        self._done[command.id] = change
        if len(self._done) > MAX_SEEN:
            del self._done[next(iter(self._done))]
        return change

    def gap(self, gap: Gap) -> Shift:
        """A gap began, ended or was filled; it is known by subsystem and start."""
        gaps = list(self.shift.gaps)
        key = (gap.spacecraft, gap.subsystem, gap.start_ns)
        for index, known in enumerate(gaps):
            if (known.spacecraft, known.subsystem, known.start_ns) == key:
                gaps[index] = gap
                break
        else:
            gaps.append(gap)
        older = self.shift.older_gaps
        while len(gaps) > MAX_GAPS:
            # one that lasts says more than one that is over
            over = next((i for i, one in enumerate(gaps) if one.end_ns), 0)
            del gaps[over]
            older += 1
        self.shift = replace(self.shift, gaps=tuple(gaps), older_gaps=older)
        return self.shift

    def limits_changed(self, lines: Iterable[str], missiondb: str) -> Shift:
        """Another mission database is in force. A line that was there already is not repeated."""
        every = dict.fromkeys((*self.shift.changed_limits, *lines))
        self.shift = replace(
            self.shift,
            changed_limits=tuple(every)[-MAX_LIMITS:],
            missiondb=missiondb,
            older_limits=self.shift.older_limits + max(0, len(every) - MAX_LIMITS),
        )
        return self.shift

    def snapshot(self) -> dict[str, Any]:
        state: dict[str, Any] = msgspec.to_builtins(
            {"shift": self.shift, "done": list(self._done.values())}
        )
        return state

    def restore(self, state: Mapping[str, Any]) -> None:
        self.shift = msgspec.convert(state["shift"], Shift)
        done = msgspec.convert(state["done"], list[ShiftChange])
        self._done = {change.id: change for change in done}

    def _obey(self, verb: ShiftVerb, by: str, text: str, time_ns: int) -> Shift:
        if not by:
            raise _Refused("say who you are")
        match verb:
            case ShiftVerb.NOTE:
                if not text:
                    raise _Refused("a note must say something")
                return _with_note(self.shift, by, text, time_ns)
            case ShiftVerb.SIGN_OUT:
                return self._sign_out(by, text, time_ns)
            case ShiftVerb.SIGN_IN:
                return self._sign_in(by, text, time_ns)

    def _sign_out(self, by: str, text: str, time_ns: int) -> Shift:
        shift = self.shift
        if shift.signed_out_by:
            when = utc(shift.signed_out_ns)
            raise _Refused(f"{shift.signed_out_by} signed out at {when}; the next must sign in")
        if shift.on_shift and not _same(by, shift.on_shift) and not text:
            raise _Refused(f"{shift.on_shift} is on shift; to sign out for them give the reason")
        shift = _with_note(shift, by, text, time_ns) if text else shift
        return replace(shift, signed_out_by=by, signed_out_ns=time_ns)

    def _sign_in(self, by: str, text: str, time_ns: int) -> Shift:
        shift = self.shift
        if shift.on_shift and not shift.signed_out_by:
            raise _Refused(f"{shift.on_shift} is on shift and has not signed out")
        if shift.signed_out_by and _same(by, shift.signed_out_by):
            raise _Refused(f"{by} signed out; another person must take over")
        if shift.signed_out_by and _same(by, shift.on_shift):
            raise _Refused(f"{by} was on shift; another person must take over")
        notes = tuple(note for note in shift.notes if note.time_ns >= shift.since_ns)
        shift = Shift(
            since_ns=time_ns,
            on_shift=by,
            notes=notes,
            gaps=tuple(gap for gap in shift.gaps if not gap.end_ns),
            missiondb=shift.missiondb,
        )
        return _with_note(shift, by, text, time_ns) if text else shift


def _with_note(shift: Shift, by: str, text: str, time_ns: int) -> Shift:
    notes = (*shift.notes, Note(time_ns=time_ns, by=by, text=text))
    older = shift.older_notes + max(0, len(notes) - MAX_NOTES)
    return replace(shift, notes=notes[-MAX_NOTES:], older_notes=older)


def _same(one: str, other: str) -> bool:
    """Whether two names are one person's, however they were typed."""
    return " ".join(one.split()).casefold() == " ".join(other.split()).casefold()
