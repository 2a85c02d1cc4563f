"""A console with users: one of each role, and how each signs in."""

from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, closing, contextmanager
from pathlib import Path

import aiohttp

from access.access import Access, Sealer
from access.audit import Audit
from access.roles import Role
from access.seal import CommandKey
from access.sessions import Sessions
from access.users import User, Users
from dashboard.guard import COOKIE
from tests.dashboard.desk import Desk
from tests.dashboard.serving import serving

PASSWORD = "correct horse battery staple"
PEOPLE = {
    "Vic": Role.VIEWER,
    "Olga": Role.OPERATOR,
    "Lea": Role.LEAD,
    "Ada": Role.ADMINISTRATOR,
}
KEY = CommandKey.new("console")


@contextmanager
def people(folder: Path) -> Iterator[Access]:
    with ExitStack() as stack:
        users = stack.enter_context(closing(Users.open(folder)))
        for name, role in PEOPLE.items():
            users.add(User(name=name, role=role), PASSWORD)
        audit = stack.enter_context(closing(Audit.open(folder)))
        yield Access(users=users, sessions=Sessions(users), audit=audit)


def closed_desk(access: Access) -> Desk:
    return Desk(access=access, seal=Sealer(KEY))


@asynccontextmanager
async def signed_in(
    desk: Desk, access: Access, name: str = ""
) -> AsyncIterator[tuple[str, aiohttp.ClientSession]]:
    """The console's address, and a client with a session of that user; of nobody without."""
    async with serving(desk) as (url, http):
        if name:
            token = access.sessions.begin(name, desk.clock.now_ns())
            http.headers["Cookie"] = f"{COOKIE}={token}"
        yield url, http
