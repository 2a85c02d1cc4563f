import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.address import UNSURE, Address


@pytest.mark.parametrize("path", [None, "", "/"])
def test_no_path_is_the_first_page(path: str | None) -> None:
    assert Address.read(path, None) == Address(path="/")


def test_root_is_apart_from_what_is_shown() -> None:
    address = Address.read("/trends/", "?p=iss/A&root=replay-7&range=6h")
    assert (address.path, address.root) == ("/trends", "replay-7")
    assert address.query == {"p": "iss/A", "range": "6h"}
    assert address.link("/alarms") == "/alarms?root=replay-7"


@given(st.dictionaries(st.text(min_size=1), st.text(min_size=1), max_size=5))
def test_what_a_link_carries_is_read_back(query: dict[str, str]) -> None:
    query.pop("root", None)
    link = Address(root="replay-7").link("/trends", **query)
    path, _, search = link.partition("?")
    assert Address.read(path, search) == Address(path="/trends", query=query, root="replay-7")


@pytest.mark.parametrize(
    "search", ["?root=&root=train-x", "?root=train-x&root=tlm", f"?a={'b' * 9000}&root=train-x"]
)
def test_who_cannot_tell_which_root_is_meant_takes_none(search: str) -> None:
    assert Address.read("/", search).root == UNSURE


@given(st.text())
def test_no_query_is_too_odd(search: str) -> None:
    Address.read("/", search)
