"""Open-ended phases: recalls go on until the doctor stops them, so a plan keeps a rolling horizon of sittings."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice

from django.db import transaction
from django.utils import timezone
from simple_history.utils import bulk_create_with_history

from scheduling.engine.cadence import Tolerance, window
from scheduling.engine.protocol import HORIZON, further_recalls
from scheduling.models import PlanPhase, Sitting, TreatmentPlan
from scheduling.models.protocols import Follow

BATCH = 100


@dataclass(frozen=True, slots=True)
class Extended:
    """How many sittings were added, to how many plans."""

    sittings: int = 0
    plans: int = 0


def extend_every_recall(*, now: datetime) -> Extended:
    """Adds the recalls that the open-ended plans lack at `now`, on the local day of each plan's site.

    In batches, a transaction and a fixed number of queries each. Doing it again, or twice at once, adds none twice.
    """
    running = PlanPhase.objects.filter(open_ended=True, count__gt=0, plan__state__in=TreatmentPlan.BOOKABLE)
    plans = iter(list(running.order_by("plan").values_list("plan", flat=True).distinct()))
    sittings = extended = 0
    while batch := list(islice(plans, BATCH)):
        added = _extend_batch(batch, now)
        sittings += len(added)
        extended += len({sitting.plan_id for sitting in added})
    return Extended(sittings, extended)


def _extend_batch(pks: Sequence[int], now: datetime) -> list[Sitting]:
    with transaction.atomic():
        locked = TreatmentPlan.objects.filter(pk__in=pks).order_by("pk").select_for_update(of=("self",))
        plans = {plan.pk: plan for plan in locked.select_related("site")}
        phases = PlanPhase.objects.filter(plan__in=pks, open_ended=True).order_by("position")
        # Read only now: whoever had the plan before may have added them.
        own: dict[int, list[Sitting]] = defaultdict(list)
        for sitting in Sitting.objects.filter(phase__in=phases).order_by("number"):
            own[sitting.phase_id].append(sitting)
        last = {phase.plan_id: phase for phase in phases}
        added = [
            sitting
            for pk, phase in last.items()
            for sitting in _lacking(plans[pk], phase, own[phase.pk], timezone.localdate(now, plans[pk].site.zone))
        ]
        return bulk_create_with_history(added, Sitting) if added else []


def extend_recalls(plan: TreatmentPlan, today: date) -> list[Sitting]:
    """Adds the recalls an open-ended plan lacks on the local day `today`; doing it again adds none."""
    phase = plan.phases.filter(open_ended=True).last()
    if phase is None:
        return []
    added = list(_lacking(plan, phase, list(phase.sittings.order_by("number")), today))
    return bulk_create_with_history(added, Sitting) if added else []


def _lacking(plan: TreatmentPlan, phase: PlanPhase, own: Sequence[Sitting], today: date) -> Iterator[Sitting]:
    """The unsaved recalls of an open-ended phase, of which `own` exist; none once it was left out or the plan rests."""
    if not plan.is_bookable or not phase.count or not own:
        return
    before = own[-1]
    for ideal in _further(plan, phase, own, today):
        before = _recall(plan, phase, before, ideal)
        yield before


def _further(plan: TreatmentPlan, phase: PlanPhase, own: Sequence[Sitting], today: date) -> list[date]:
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
