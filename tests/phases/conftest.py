"""Every test of this folder that uses the world ends with the question whether all was kept."""

from tests.kept import _nothing_is_forgotten

__all__ = ["_nothing_is_forgotten"]
