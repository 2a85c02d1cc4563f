"""All of it for one program, from its settings. I/O."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass

from access.audit import Audit
from access.gate import MAX_AGE_NS, Gate
from access.seal import CommandKey, seal
from access.sessions import Sessions
from access.users import Users
from telemetry.errors import UsageError
from telemetry.settings import Settings

#: Addresses that only programs of this machine reach.
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    users: Users
    sessions: Sessions
    audit: Audit

    def gate(self, where: str, max_age_ns: int = MAX_AGE_NS) -> Gate:
        """where: the program that is asked, as the audit names it."""
        return Gate(self.users, self.audit, where, max_age_ns)


@contextmanager
def opened(settings: Settings) -> Iterator[Access | None]:
    """None without a folder: everything is open then.

    :raises UsageError: if there is a folder and no user in it: nobody could sign in.
    """
    if settings.access is None:
        yield None
        return
    with closing(Users.open(settings.access)) as users:
        if not users.all():
            raise UsageError(
                f"there is no user in {settings.access}: make one first, "
                "`stationwatch user add NAME --role administrator`"
            )
        with closing(Audit.open(settings.access)) as audit:
            yield Access(users=users, sessions=Sessions(users), audit=audit)


def must_be_closed(what: str, host: str, closed: bool, how: str) -> None:
    """Nothing that is open to everybody listens where others than this machine's can reach it.

    :raises UsageError: naming what would, and how to close it.
    """
    if not closed and host not in LOOPBACK:
        raise UsageError(
            f"{what} would be open to everybody on {host}: {how}, or listen on 127.0.0.1"
        )


class Sealer:
    """What a program asks in somebody's name, as it is to be published: sealed, if it has a key."""

    def __init__(self, key: CommandKey | None) -> None:
        self._key = key

    @classmethod
    def of(cls, settings: Settings) -> "Sealer":
        """:raises UsageError: if what is set is no key."""
        return cls(CommandKey.parse(settings.command_key) if settings.command_key else None)

    @property
    def signer(self) -> str:
        """Whose key it is; empty without."""
        return self._key.signer if self._key else ""

    def __call__(self, topic: str, command: bytes, now_ns: int) -> bytes:
        return command if self._key is None else seal(self._key, topic, command, now_ns)
