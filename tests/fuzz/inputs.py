"""The inputs a target begins with: what its encoders make, and what was worth keeping."""

from pathlib import Path
from typing import Final

from tests.fuzz.target import Target

CORPUS: Final = Path(__file__).parent / "corpus"


def kept(name: str) -> list[Path]:
    """Of a target, on disk."""
    return sorted(path for path in (CORPUS / name).glob("*") if path.is_file())


def inputs(target: Target) -> list[bytes]:
    return [*target.seeds(), *(path.read_bytes() for path in kept(target.name))]
