"""A segment that was changed is refused, whatever its numbers say."""

import pytest
from msgspec.structs import replace

from ingest.segment import ArchiveError, pack
from ingest.stream_time import StreamState
from tests.bundles import records


@pytest.mark.parametrize("last_n", [0, 7, 2**40, 2**62])
def test_a_last_record_that_is_not_there_is_refused_at_once(last_n: int) -> None:
    """Found by fuzzing: as many numbers as it claimed were made in memory first."""
    (segment, *_) = pack(records("")[:5], StreamState()).segments
    assert segment.records()
    with pytest.raises(ArchiveError, match="does not hold the records it says"):
        replace(segment, last_n=last_n).records()
