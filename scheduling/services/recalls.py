"""Open-ended phases: recalls go on until the doctor stops them, so a plan keeps a rolling horizon of sittings."""

from datetime import date, timedelta

from simple_history.utils import bulk_create_with_history

from scheduling.engine.cadence import Tolerance, window
from scheduling.engine.protocol import further_recalls
from scheduling.models import PlanPhase, Sitting, TreatmentPlan
from scheduling.models.protocols import Follow


def extend_recalls(plan: TreatmentPlan, today: date) -> list[Sitting]:
    """Adds the recalls an open-ended plan lacks on the local day `today`; doing it again adds none."""
    phase = plan.phases.filter(open_ended=True).last()
    if phase is None or not plan.is_bookable:
        return []
    own = list(phase.sittings.order_by("number"))
    # Where dates shift with what was given, the rest counts from the last one; else from the phase's first.
    shifting = plan.follow == Follow.RE_ANCHOR
    anchor, already = (own[-1].ideal, 1) if shifting else (own[0].ideal, len(own))
    before = own[-1]
    added = []
    for _ordinal, ideal in further_recalls(phase.spec, anchor, already, today):
        before = _recall(plan, phase, before, ideal)
        added.append(before)
    return bulk_create_with_history(added, Sitting) if added else []


def _recall(plan: TreatmentPlan, phase: PlanPhase, before: Sitting, ideal: date) -> Sitting:
    gap = max((ideal - before.ideal) // timedelta(days=1), 1)
    stands = before.given or before.booked or before.ideal
    earliest, latest = window(stands, gap, Tolerance(phase.early, phase.late), phase.minimum_gap)
    return Sitting(
        plan=plan, phase=phase, number=before.number + 1, gap=gap, ideal=ideal, earliest=earliest, latest=latest
    )
