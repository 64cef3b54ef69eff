"""A plan's sittings kept in step with what was booked and given."""

from collections.abc import Mapping, Sequence
from datetime import date

from simple_history.utils import bulk_update_with_history

from scheduling.engine.protocol import rewindow
from scheduling.engine.terms import SittingDates
from scheduling.models import PlanState, Sitting, SittingState, TreatmentPlan
from scheduling.selectors.cycles import dates_of
from scheduling.services.lines import Line


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


def free_sittings(pks: Sequence[int], *, by_mistake: bool = False) -> None:
    """Makes booked sittings due again and refreshes the windows that counted from them.

    What was booked by mistake has begun no plan: one of which nothing else is booked or given is only approved again.
    """
    sittings = list(Sitting.objects.filter(pk__in=pks, state=SittingState.BOOKED))
    if not sittings:
        return
    for sitting in sittings:
        sitting.state, sitting.booked = SittingState.DUE, None
    bulk_update_with_history(sittings, Sitting, ["state", "booked"])
    for plan in TreatmentPlan.objects.filter(sittings__in=sittings).distinct():
        if by_mistake and plan.state == PlanState.RUNNING and not is_begun(plan):
            plan.state = PlanState.APPROVED
        count_change(plan)
        refresh_windows(plan)


def is_begun(plan: TreatmentPlan) -> bool:
    """Whether any sitting of the plan is booked or given. One query."""
    return plan.sittings.filter(state__in=(SittingState.BOOKED, SittingState.COMPLETED)).exists()


def count_change(plan: TreatmentPlan) -> None:
    """Saves `plan` as its next version: slots offered before were reckoned from windows that may have moved."""
    plan.version += 1
    plan.save()


def mark_booked(lines: Sequence[Line], stored: Mapping[int, Sitting]) -> None:
    """Writes the booked day on each sitting, starts its plan, and refreshes the windows after it."""
    if not stored:
        return
    for line in lines:
        if line.sitting:
            sitting = stored[line.sitting.pk]
            sitting.state, sitting.booked = SittingState.BOOKED, line.day
    bulk_update_with_history(list(stored.values()), Sitting, ["state", "booked"])
    for plan in {sitting.plan for sitting in stored.values()}:
        if plan.state == PlanState.APPROVED:
            plan.state = PlanState.RUNNING
        count_change(plan)
        refresh_windows(plan)
