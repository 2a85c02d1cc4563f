"""A file that names more than there is of memory."""

import subprocess
import sys
from pathlib import Path

#: Found by fuzzing: a page of which says that it is of a terabyte.
HUGE = Path(__file__).parents[1] / "data" / "huge-page.parquet"


def test_a_file_that_asks_for_a_terabyte_is_refused_in_a_line(tmp_path: Path) -> None:
    done = subprocess.run(
        [
            *(sys.executable, "-m", "stationwatch", "import", str(HUGE)),
            f"--store=duckdb://{tmp_path / 'telemetry.duckdb'}",
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert "huge-page.parquet" in done.stderr
