"""A plan as its page shows it: figures, ribbon, one row per sitting, what comes before, what happened."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count, QuerySet
from django.utils import timezone

from scheduling.models import Appointment, Area, OpeningHours, Site, Sitting, SittingState, Status, TreatmentPlan
from scheduling.selectors.diary import holidays_of
from scheduling.selectors.protocols import GATES
from scheduling.selectors.ranges import OpenRange, open_range
from scheduling.selectors.ribbon import Ribbon, draw_ribbon
from scheduling.selectors.ribbon_terms import bands_of, dots_of
from scheduling.selectors.worklists import plans_to_review

LONGEST_CLOSURE = 14


@dataclass(frozen=True, slots=True)
class Slot:
    """Where and when a sitting is booked or reserved, or was given: local time of the site."""

    appointment: int
    starts: datetime
    practitioner: str
    room: str
    reserved: bool
    movable: bool


@dataclass(frozen=True, slots=True)
class SittingRow:
    """One line of the plan's table; `drift` in days, signed, is empty while nothing is booked."""

    sitting: Sitting
    slot: Slot | None
    drift: str
    off: bool
    late: bool
    can_book: bool


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a plan is: counts of sittings, days of drift, and the dates around now."""

    total: int
    completed: int
    kept: int
    mean_drift: float | None
    booked_ahead: int
    booked_until: date | None
    due: int
    next_due: Sitting | None
    ends: date | None
    open_ended: bool


@dataclass(frozen=True, slots=True)
class PlanPage:
    """Everything the page of a plan shows besides the plan itself."""

    progress: Progress
    next_slot: Slot | None
    ribbon: Ribbon
    rows: tuple[SittingRow, ...]
    reserved: int
    gates: tuple[str, ...]
    range: OpenRange | None


def plans_with_people() -> QuerySet[TreatmentPlan]:
    """Plans with the rows their pages name."""
    return TreatmentPlan.objects.select_related(
        "patient", "protocol", "site", "prescriber", "practitioner", "created_by", "approved_by"
    )


def plan_page(plan: TreatmentPlan, now: datetime) -> PlanPage:
    """The page of `plan` at `now`, in four queries for any number of sittings."""
    zone = plan.site.zone
    today = timezone.localdate(now, zone)
    sittings = list(plan.sittings.select_related("phase").order_by("number"))
    phases = list(plan.phases.all())
    slots = slots_of(plan, now)
    coming = [slot for slot in slots.values() if slot.starts >= now and not slot.reserved]
    return PlanPage(
        progress=progress_of(sittings, today, open_ended=any(phase.goes_on for phase in phases)),
        next_slot=min(coming, key=lambda slot: slot.starts, default=None),
        ribbon=draw_ribbon(dots_of(sittings), bands_of(phases), today),
        rows=tuple(_row(plan, sitting, slots.get(sitting.pk), today) for sitting in sittings),
        reserved=sum(slot.reserved for slot in slots.values()),
        gates=tuple(str(GATES[gate]) for gate in plan.protocol.gates if gate in GATES),
        range=open_range(plan),
    )


def slots_of(plan: TreatmentPlan, now: datetime) -> dict[int, Slot]:
    """The slot of each sitting that has one, by the sitting's key. One query."""
    held = Appointment.objects.standing(now).filter(sitting__plan=plan).exclude(status=Status.NO_SHOW)
    rows = held.values_list("sitting_id", "pk", "starts", "practitioner__name", "room__name", "status")
    zone = plan.site.zone
    return {
        sitting: Slot(
            pk,
            timezone.localtime(starts, zone),
            practitioner,
            room,
            reserved=status == Status.RESERVED,
            movable=status == Status.BOOKED and starts > now,
        )
        for sitting, pk, starts, practitioner, room, status in rows
        if sitting
    }


def _row(plan: TreatmentPlan, sitting: Sitting, slot: Slot | None, today: date) -> SittingRow:
    day = sitting.given or sitting.booked
    return SittingRow(
        sitting=sitting,
        slot=slot,
        drift=signed(sitting.drift) if sitting.drift is not None else "",
        off=day is not None and not sitting.earliest <= day <= sitting.latest,
        late=sitting.is_late(today),
        can_book=plan.is_bookable and sitting.state == SittingState.DUE,
    )


def signed(days: int) -> str:
    """A number of days with its sign: +4, -2, 0."""
    return f"{days:+d}" if days else "0"


def progress_of(sittings: Sequence[Sitting], today: date, *, open_ended: bool) -> Progress:
    """The figures of a plan's sittings, in order, at `today` (local)."""
    given = [sitting for sitting in sittings if sitting.given]
    drifts = [abs(sitting.drift) for sitting in given if sitting.drift is not None]
    ahead = [sitting.booked for sitting in sittings if sitting.state == SittingState.BOOKED and sitting.booked]
    due = [sitting for sitting in sittings if sitting.state == SittingState.DUE]
    last = sittings[-1] if sittings else None
    return Progress(
        total=len(sittings),
        completed=sum(sitting.state == SittingState.COMPLETED for sitting in sittings),
        kept=sum(sitting.earliest <= sitting.given <= sitting.latest for sitting in given if sitting.given),
        mean_drift=sum(drifts) / len(drifts) if drifts else None,
        booked_ahead=len(ahead),
        booked_until=max(ahead, default=None),
        due=len(due),
        next_due=due[0] if due else None,
        ends=(last.given or last.booked or last.ideal) if last else None,
        open_ended=open_ended,
    )


def review_list() -> QuerySet[TreatmentPlan]:
    """The plans that wait for a doctor, oldest first, with their number of sittings as `count`. One query."""
    return plans_to_review().annotate(count=Count("sittings"))


def next_working_day(site: Site, today: date) -> date:
    """The first day after `today` (local) on which `site` opens; the next day when it has no hours or a long rest."""
    weekdays = set(OpeningHours.objects.filter(site=site).values_list("weekday", flat=True)) or set(range(5))
    days = [today + timedelta(days=ahead) for ahead in range(1, LONGEST_CLOSURE + 1)]
    closed = holidays_of(site, days[0], days[-1])
    return next((day for day in days if day.weekday() in weekdays and day not in closed), days[0])


def areas_to_choose() -> list[Area]:
    """Every area by the name that is shown; those that may not be injected last."""
    return sorted(Area.objects.all(), key=lambda area: (not area.injectable, str(area).casefold()))
