"""Every target, by name."""

from collections.abc import Mapping
from typing import Final

from tests.fuzz.target import Target
from tests.fuzz.targets import console, files, ingest, messages, stores

TARGETS: Final[Mapping[str, Target]] = {
    target.name: target
    for module in (messages, files, stores, ingest, console)
    for target in module.TARGETS
}
