"""How many minutes a sitting takes."""

from collections.abc import Sequence
from enum import StrEnum
from statistics import median

BASE_MINUTES = 15
"""About 15 minutes a sitting, varying with number and extent of the areas (004)."""

AREAS_IN_BASE = 2
SITTINGS_MEASURED = 3


class Extent(StrEnum):
    """How large a treated area is."""

    SMALL = "small"
    MEDIUM = "medium"
    LARGE = "large"


def sitting_minutes(areas: Sequence[tuple[int, Extent]], grid: int, large_extra: int) -> int:
    """Minutes for the areas, each (its extra minutes, extent), rounded up to the grid (004 and the product's rule).

    The base covers the first two areas; each further one adds its own minutes, each large one `large_extra`.
    """
    further = sum(extra for extra, _ in areas[AREAS_IN_BASE:])
    large = sum(large_extra for _, extent in areas if extent is Extent.LARGE)
    return _up_to_grid(BASE_MINUTES + further + large, grid)


def measured_minutes(last_three: Sequence[int], grid: int) -> int:
    """The median minutes of the patient's last three completed sittings, rounded up to the grid."""
    if len(last_three) != SITTINGS_MEASURED:
        raise ValueError(f"The measured duration needs {SITTINGS_MEASURED} sittings, not {len(last_three)}.")
    return _up_to_grid(median(last_three), grid)


def _up_to_grid(minutes: float, grid: int) -> int:
    return int(-(-minutes // grid)) * grid
