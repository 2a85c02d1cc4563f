"""The mission database page without a browser."""

from dataclasses import replace
from pathlib import Path

from dashboard.address import Address
from dashboard.pages.database import DatabasePage
from telemetry import missiondb
from telemetry.missiondb.changes import Change, ChangeFolder
from tests.dashboard.desk import Desk, text_of

PAGE = DatabasePage(Desk(database=missiondb.load()).means)


def about(search: str, page: DatabasePage = PAGE) -> str:
    return text_of(page.about(Address.read("/database", search)))


def test_one_has_definition_limits_response_incidents_and_ways() -> None:
    shown = about("?p=iss/USLAB000010&root=replay-7")
    for expected in (
        "CMG momentum, share of capacity",
        "limit-scale",
        "First action",
        "belongs to the cascade of",
        "/trends?root=replay-7&p=iss/USLAB000010",
        "/systems/iss/adcs?root=replay-7",
        "None was proposed",
    ):
        assert expected in shown


def test_limits_that_hold_instead_are_told_with_when() -> None:
    assert "Instead, 1: while manoeuvre is planned" in about("?p=iss/USLAB000026")


def test_what_is_derived_says_from_what() -> None:
    assert "Computed by ingest, from" in about("?p=iss/DER_TORQUE")


def test_nothing_and_the_unknown_are_said() -> None:
    assert "Choose a parameter" in about("")
    assert "iss/NOSUCH is not in the mission database" in about("?p=iss/NOSUCH")


def test_list_carries_the_words_and_says_how_many() -> None:
    address = Address.read("/database", "?q=cmg")
    shown = text_of(PAGE.found("cmg", address))
    assert "the best 60 of them" in shown or "found:" in shown
    assert "/database?q=cmg&p=iss/USLAB0000" in shown
    assert "Nothing has all" in text_of(PAGE.found("zebra", address))


def test_changes_of_its_limits_are_told(tmp_path: Path) -> None:
    change = Change(
        by="A. Chance",
        why="false alarms at night",
        at="2026-01-02T03:04Z",
        before="a",
        after="b",
        judged_on="a day",
        changes=("iss/USLAB000010 range.caution.high 80 -> 85",),
    )
    ChangeFolder(tmp_path).propose(change, b"", "")
    means = replace(Desk(database=missiondb.load()).means, missiondb=tmp_path)
    shown = about("?p=iss/USLAB000010", DatabasePage(means))
    assert "PROPOSED" in shown
    assert "false alarms at night" in shown
    assert "range.caution.high 80 -> 85" in shown
