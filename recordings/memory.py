"""A bound on what a command may take of this machine's memory. I/O."""

import resource
from contextlib import suppress
from typing import Final

#: Of address space, most of which is never used.
MOST_BYTES: Final = 16 << 30


def bound_memory(most: int = MOST_BYTES) -> None:
    """From now on, more than that is a MemoryError in this process: a damaged file can name a page
    of a terabyte, and Arrow would ask for it. Where the system knows no such bound there is none.
    """
    with suppress(ValueError, OSError):
        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        resource.setrlimit(resource.RLIMIT_AS, (most, hard))
