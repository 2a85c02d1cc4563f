from pathlib import Path

import pytest

from tests.bundles import bake


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small bundle in which all is well; tests spoil copies of it."""
    return bake(tmp_path_factory.mktemp("good"))
