"""The frame without a browser: which page an address has, and that no callback blocks."""

import inspect

import pytest
from dash import Dash
from fastapi import FastAPI

from dashboard.address import Address
from dashboard.app import all_pages, create_pages
from dashboard.backtest_runs import BacktestRuns
from dashboard.pages.desk import Desk as Requests
from dashboard.pages.drawer import Drawer
from dashboard.pages.shell import Shell
from tests.dashboard.desk import Desk, text_of


def shell() -> Shell:
    desk = Desk()
    means = desk.means
    runs = BacktestRuns(desk.clock, "", None)
    return Shell(all_pages(means, runs), (Requests(means), Drawer(means)))


def test_every_callback_is_a_coroutine() -> None:
    pages: Dash = create_pages(FastAPI(), shell())
    callbacks = [entry["callback"] for entry in pages.callback_map.values() if "callback" in entry]
    assert len(callbacks) >= 9
    for callback in callbacks:
        assert inspect.iscoroutinefunction(callback), callback


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("/systems", '"systems"'),
        ("/systems/iss/adcs", '"subsystem"'),
        ("/alarms", "alarm-grid"),
        ("/handover", "shift-note"),
        ("/scorecard/", "Alarm scorecard"),
    ],
)
def test_each_path_has_its_page(path: str, shown: str) -> None:
    assert shown in text_of(shell().page(Address.read(path, "")))


def test_a_path_of_nothing_says_so_and_leads_back() -> None:
    text = text_of(shell().page(Address.read("/systemsX", "?root=replay-7")))
    assert "no such page" in text
    assert "/?root=replay-7" in text


def test_links_carry_the_root_and_say_where_one_is() -> None:
    links = shell().links(Address.read("/alarms", "?root=replay-7&range=6h"))
    assert all("?root=replay-7" in link.href for link in links)
    assert not any("range" in link.href for link in links)
    [here] = [link for link in links if getattr(link, "aria-current", "") == "page"]
    assert here.children == "Alarms"


def test_ids_of_pages_are_unlike() -> None:
    shown = text_of(shell().everything())
    ids = [part.split('"')[0] for part in shown.split('"id": "')[1:]]
    assert len(ids) == len(set(ids)), sorted(one for one in ids if ids.count(one) > 1)
