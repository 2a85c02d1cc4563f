"""The audit holds what strangers sent: it must not act on the terminal it is shown on."""

import pytest

from access.command import shown


@pytest.mark.parametrize("trick", ["\n", "\r", "\x1b[2J", "\x9b2J", "\u2028", "\u202e", "\x00"])
def test_a_line_stays_one_line_and_does_nothing(trick: str) -> None:
    line = shown(f"1 Ann{trick}2 Bob")
    assert line.isprintable()
    assert "Ann" in line
    assert "2 Bob" in line
