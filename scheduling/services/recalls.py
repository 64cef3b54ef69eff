"""Open-ended phases: recalls go on until the doctor stops them, so a plan keeps a rolling horizon of sittings."""

from datetime import date, timedelta

from simple_history.utils import bulk_create_with_history

from scheduling.engine.cadence import Tolerance, window
from scheduling.engine.protocol import HORIZON, further_recalls
from scheduling.models import PlanPhase, Sitting, TreatmentPlan
from scheduling.models.protocols import Follow


def extend_recalls(plan: TreatmentPlan, today: date) -> list[Sitting]:
    """Adds the recalls an open-ended plan lacks on the local day `today`; doing it again adds none."""
    phase = plan.phases.filter(open_ended=True).last()
    if phase is None or not plan.is_bookable:
        return []
    own = list(phase.sittings.order_by("number"))
    before = own[-1]
    added = []
    for ideal in _further(plan, phase, own, today):
        before = _recall(plan, phase, before, ideal)
        added.append(before)
    return bulk_create_with_history(added, Sitting) if added else []


def _further(plan: TreatmentPlan, phase: PlanPhase, own: list[Sitting], today: date) -> list[date]:
    """The ideal dates to add: from the phase's first, or from its last where dates shift with what was given."""
    if plan.follow != Follow.RE_ANCHOR:
        return [ideal for _ordinal, ideal in further_recalls(phase.spec, own[0].ideal, len(own), today)]
    missing = HORIZON - sum(sitting.ideal >= today for sitting in own)
    cadence, last = phase.spec.cadence, own[-1].ideal
    # A plan long left alone may need more: those before today do not count.
    overdue = sum(cadence.after(last, n) < today for n in range(1, (today - last).days + 1))
    return [cadence.after(last, n) for n in range(1, missing + overdue + 1)]


def _recall(plan: TreatmentPlan, phase: PlanPhase, before: Sitting, ideal: date) -> Sitting:
    gap = max((ideal - before.ideal) // timedelta(days=1), 1)
    stands = before.given or before.booked or before.ideal
    earliest, latest = window(stands, gap, Tolerance(phase.early, phase.late), phase.minimum_gap)
    return Sitting(
        plan=plan, phase=phase, number=before.number + 1, gap=gap, ideal=ideal, earliest=earliest, latest=latest
    )
