"""What every derivation is: frames in, derived frames out. Pure."""

from collections.abc import Sequence
from typing import Any, Protocol

from telemetry.frame import Frame
from telemetry.plan import Plan


class Derivation(Protocol):
    def take(self, frame: Frame, plans: Sequence[Plan]) -> Sequence[Frame]:
        """The derived frames that can now be computed, in order of time."""
        ...

    def start_run(self, spacecraft: str) -> None:
        """A publisher started anew; its times may begin anywhere."""
        ...

    def snapshot(self) -> Any:
        """What `restore` needs, of what msgpack knows."""
        ...

    def restore(self, state: Any) -> None: ...
