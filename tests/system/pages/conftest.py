from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.system.pages.station import WITHIN_MS, Desk

#: desk("P. Duty", width=1366, height=768): a browser of its own.
OpenDesk = Callable[..., Desk]


@pytest.fixture
def desk(browser: Browser) -> Iterator[OpenDesk]:
    """Browsers of operators, each with its own; at the end none may have complained."""
    expect.set_options(timeout=WITHIN_MS)
    desks: list[Desk] = []

    def sit_down(operator: str = "", *, width: int = 1920, height: int = 1080) -> Desk:
        desks.append(Desk(browser, operator, width=width, height=height))
        return desks[-1]

    yield sit_down
    for one in desks:
        one.clean()
    for one in desks:
        one.close()
