"""A plan's sittings kept in step with what was booked and given."""

from datetime import date

from simple_history.utils import bulk_update_with_history

from scheduling.engine.protocol import rewindow
from scheduling.engine.terms import SittingDates
from scheduling.models import Sitting, SittingState, TreatmentPlan
from scheduling.selectors.cycles import dates_of


def story(plan: TreatmentPlan) -> tuple[list[Sitting], list[SittingDates]]:
    """The plan's sittings in order, as rows and as the engine reads them. One query."""
    sittings = list(plan.sittings.select_related("phase").order_by("number"))
    return sittings, [dates_of(sitting) for sitting in sittings]


def refresh_windows(plan: TreatmentPlan) -> list[Sitting]:
    """Recomputes every window from the sitting before it, writes those that changed, and returns all sittings."""
    sittings, told = story(plan)
    changed = []
    for sitting, (earliest, latest) in zip(sittings, rewindow(told), strict=True):
        if _set_window(sitting, earliest, latest):
            changed.append(sitting)
    bulk_update_with_history(changed, Sitting, ["earliest", "latest"])
    return sittings


def _set_window(sitting: Sitting, earliest: date, latest: date) -> bool:
    if sitting.state in (SittingState.COMPLETED, SittingState.SKIPPED) or (sitting.earliest, sitting.latest) == (
        earliest,
        latest,
    ):
        return False
    sitting.earliest, sitting.latest = earliest, latest
    return True
