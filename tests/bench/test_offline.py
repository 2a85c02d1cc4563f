"""Whether what is measured offline does what it says, in small."""

from pathlib import Path

import pytest

from bench import offline
from bench.load import Shape, write_missiondb
from bench.whole import said
from telemetry import missiondb
from telemetry.frame import Frame


def frame(**values: float | str) -> Frame:
    return Frame(
        spacecraft="craft00",
        subsystem="sub00",
        time_ns=1,
        received_ns=1,
        sequence=1,
        values=values,
    )


def test_numbers_are_all_but_texts() -> None:
    assert offline.numbers(frame(A=1.5, B="open", C=True)).tolist() == [1.5, 1.0]


def test_read_plainly_leaves_out_what_is_no_row(tmp_path: Path) -> None:
    (tmp_path / "A.txt").write_text("3374.1 24.5\n3374.2 25\n3374.3")
    (tmp_path / "B.txt").write_text("")
    assert offline.read_plainly(tmp_path) == 2


def test_judged_is_per_sample_and_every_frame_is_judged(tmp_path: Path) -> None:
    shape = Shape(parameters=3, a_frame=3, subsystems=1)
    database = missiondb.load(write_missiondb(tmp_path / "db", shape))
    pair = offline.judged(database, [one for one, _ in zip(said(shape), range(20), strict=False)])
    assert pair.notes["samples a frame"] == 3
    with pytest.raises(RuntimeError, match="not judged"):
        offline.judged(database, [frame(UNKNOWN=1.0)])
