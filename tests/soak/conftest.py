"""What needs no second database, or brings its own, runs once."""

import os
from typing import Any


def pytest_collection_modifyitems(config: Any, items: list[Any]) -> None:
    """Leave out the tests marked `once` in the run on SQLite; the other run has them."""
    if os.environ.get("NUDM_TEST_RUN") == "sqlite":
        twice = [item for item in items if item.get_closest_marker("once")]
        config.hook.pytest_deselected(items=twice)
        items[:] = [item for item in items if item not in twice]
