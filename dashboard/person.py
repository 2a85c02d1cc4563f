"""Who asks, for as long as one request is answered: set by the guard, never by a browser."""

from contextvars import ContextVar
from typing import Any, Final

from access.roles import Role
from access.users import User

#: None where nobody signs in.
ASKING: Final[ContextVar[User | None]] = ContextVar("asking", default=None)


def name_of(typed: str | None) -> str:
    """Who is signed in, whatever was typed; what was typed where nobody signs in."""
    user = ASKING.get()
    return user.name if user is not None else (typed or "").strip()


def may(role: Role) -> bool:
    """Whether who asks has that role; where nobody signs in everybody has."""
    user = ASKING.get()
    return user is None or user.role >= role


def offered(role: Role = Role.OPERATOR) -> dict[str, Any]:
    """Of a button: nothing, or that it cannot be pressed and why."""
    return {} if may(role) else {"disabled": True, "title": f"that takes the role {role}"}
