"""Commands that say who asks and cannot be forged: sealed by the asker's key. Pure.

MQTT 3.1.1 does not tell a receiver who published. So a command travels in an envelope with a
signature (Ed25519) over the topic, the moment and the very bytes of the command: it can neither be
changed, nor asked of another spacecraft, verb or topic root.
"""

import re
import secrets
from dataclasses import dataclass, field
from typing import Annotated, Final, Self

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from msgspec import Meta

from telemetry.clock import LAST_NS
from telemetry.errors import UsageError

_CONTEXT: Final = b"stationwatch command 1"
_KEY: Final = re.compile(r"([^:]{1,40}):([0-9a-f]{64})")


class Sealed(msgspec.Struct, frozen=True, kw_only=True):
    """The envelope. sealed: the command, as bytes of JSON; signer: whose key it is; at_ns: when,
    UTC on the signer's clock; signature: hexadecimal."""

    sealed: msgspec.Raw
    signer: Annotated[str, Meta(min_length=1, max_length=40)]
    at_ns: Annotated[int, Meta(ge=0, le=LAST_NS)]
    signature: Annotated[str, Meta(pattern="^[0-9a-f]{128}$")]


@dataclass(frozen=True, slots=True)
class CommandKey:
    """The private key somebody signs with. Not shown by `repr`."""

    signer: str
    secret: bytes = field(repr=False)

    @classmethod
    def new(cls, signer: str) -> Self:
        return cls(signer, secrets.token_bytes(32))

    @classmethod
    def parse(cls, text: str) -> Self:
        """As `text` gives it. :raises UsageError: which does not show it, if it is none."""
        found = _KEY.fullmatch(text.strip())
        if not found:
            raise UsageError(
                "STATIONWATCH_COMMAND_KEY is no command key: `stationwatch user key NAME` makes one"
            )
        return cls(found[1], bytes.fromhex(found[2]))

    @property
    def text(self) -> str:
        """What goes into STATIONWATCH_COMMAND_KEY: a secret."""
        return f"{self.signer}:{self.secret.hex()}"

    @property
    def public(self) -> bytes:
        return Ed25519PrivateKey.from_private_bytes(self.secret).public_key().public_bytes_raw()


def seal(key: CommandKey, topic: str, command: bytes, now_ns: int) -> bytes:
    """The command, ready to be published on that topic and on no other."""
    private = Ed25519PrivateKey.from_private_bytes(key.secret)
    return msgspec.json.encode(
        Sealed(
            sealed=msgspec.Raw(command),
            signer=key.signer,
            at_ns=now_ns,
            signature=private.sign(_signed(topic, key.signer, now_ns, command)).hex(),
        )
    )


def opened(payload: bytes) -> Sealed | None:
    """The envelope, not yet believed; None if it is none."""
    try:
        return msgspec.json.decode(payload, type=Sealed)
    except (ValueError, RecursionError):  # DecodeError is a ValueError
        return None


def authentic(envelope: Sealed, topic: str, public: bytes) -> bool:
    """Whether the owner of that key sealed this, for that topic."""
    content = _signed(topic, envelope.signer, envelope.at_ns, bytes(envelope.sealed))
    try:
        key = Ed25519PublicKey.from_public_bytes(public)
        key.verify(bytes.fromhex(envelope.signature), content)
    except (InvalidSignature, ValueError):
        return False
    return True


def _signed(topic: str, signer: str, at_ns: int, command: bytes) -> bytes:
    return b"\n".join((_CONTEXT, topic.encode(), signer.encode(), str(at_ns).encode(), command))
