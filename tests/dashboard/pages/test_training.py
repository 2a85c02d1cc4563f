"""What stands on the training page before the browser draws it."""

from dashboard.address import Address
from dashboard.pages.training import TrainingPage
from tests.dashboard.desk import Desk, text_of


def test_its_parts_are_named_and_the_pages_beside_it_linked_with_the_root() -> None:
    page = TrainingPage(Desk().means)
    layout = text_of(page.layout(Address(path=page.path, root="train-a1")))
    assert '"data-page": "training"' in layout
    assert "/replay?root=train-a1" in layout
    for part in ("training-sessions", "training-view"):
        assert part in layout
    assert layout.count("aria-label") == 3
