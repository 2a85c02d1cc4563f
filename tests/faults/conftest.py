"""Short by default; FAULTS=long is `make faults`. Each test notes its verdict for the table."""

import json
import os
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Final

import pytest

from tests.faults.ledger import Verdict

LONG: Final = os.environ.get("FAULTS") == "long"
_TABLE: Final = Path(__file__).parents[2] / "build" / "faults.json"
#: For what hangs, and longer than the rig's patience, which says what it waited for. Long: a fault
#: of ten minutes, with what must be made up for afterwards.
_TIMEOUT_S: Final = 3_600 if LONG else 900

Note = Callable[[str, Verdict], None]

_rows: list[dict[str, object]] = []


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.timeout(_TIMEOUT_S))


@pytest.fixture
def long() -> bool:
    return LONG


@pytest.fixture
def note() -> Note:
    """note("ingest killed 3 times, influx", verdict)."""

    def add(fault: str, verdict: Verdict) -> None:
        _rows.append({"fault": fault} | asdict(verdict) | {"wrong": verdict.wrong})

    return add


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if not _rows:
        return
    _TABLE.parent.mkdir(exist_ok=True)
    _TABLE.write_text(json.dumps({"long": LONG, "rows": _rows}, indent=1) + "\n")
    columns = (
        "fault",
        "acknowledged",
        "missing",
        "double",
        "unexpected",
        "occurrences_expected",
        "occurrences_found",
        "undelivered",
        "silences",
        "late",
        "recovered_s",
        "rss_mb",
        "wrong",
    )
    terminalreporter.section("faults")
    terminalreporter.write_line("| " + " | ".join(columns) + " |")
    terminalreporter.write_line("|" + " --- |" * len(columns))
    for row in _rows:
        terminalreporter.write_line("| " + " | ".join(str(row[name]) for name in columns) + " |")
