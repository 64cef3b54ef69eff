"""A plan's rows as what the engine is asked: the sittings to place, and everybody's time around them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import F, FilteredRelation, Q
from django.utils import timezone

from scheduling.engine.blocked import MOST_DAYS, take_way_out
from scheduling.engine.request import CycleRequest
from scheduling.engine.terms import Diary, DueSitting, Preference, SittingDates, Slot, WayOut, WayOutKind
from scheduling.models import Appointment, Kind, Sitting, SittingState, Status, TreatmentPlan
from scheduling.selectors.diary import read_diary
from scheduling.selectors.local_time import MINUTES_IN_DAY
from scheduling.selectors.weighing import weighing_of

# How far past the usual rhythm the diary is read at most: enough for sittings to be late again and again.
MOST_SLACK_DAYS = 90
# How far beyond a placed sitting the days on its other side are kept clear: more than any offer looks.
SIDE_DAYS = 366


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the desk asks beyond the plan: a preference (None: the patient's own), wider windows and a later start.

    `widen` has pairs of sitting number and days, negative for early; `later` is in days. With `only` nobody treats but
    the preference's practitioner and those in `also`.
    """

    preference: Preference | None = None
    widen: tuple[tuple[int, int], ...] = ()
    later: int = 0
    only: bool = False
    also: tuple[int, ...] = ()

    @property
    def admitted(self) -> frozenset[int] | None:
        """The practitioners who may treat; None is everybody with the skill."""
        wanted = self.preference.practitioner if self.preference else None
        return frozenset({wanted, *self.also}) if self.only and wanted is not None else None


def dates_of(row: Sitting) -> SittingDates:
    """One sitting as the engine reads its story; its phase must be loaded."""
    phase = row.phase
    return SittingDates(
        number=row.number,
        ideal=row.ideal,
        gap=row.gap,
        early=phase.early,
        late=phase.late,
        minimum_gap=phase.minimum_gap,
        booked=row.booked,
        given=row.given,
        skipped=row.state == SittingState.SKIPPED,
        phase=phase.position,
        cadence=phase.spec.cadence,
    )


def cycle_request(
    plan: TreatmentPlan,
    *,
    now: datetime,
    wishes: Wishes | None = None,
    only: int | None = None,
    kept: Mapping[int, Slot] | None = None,
) -> CycleRequest | None:
    """What to ask for the plan's due sittings (or for sitting number `only`), or nothing when none is due.

    Sittings already booked in between, and the next one after them, stand where they are; so do due ones in their
    `kept` slots. What is reserved for the plan counts as free. At most eight queries, nine when some stand, whatever
    the plan and the diary hold.
    """
    wishes = wishes or Wishes()
    reserved = FilteredRelation("appointments", condition=Q(appointments__status=Status.RESERVED))
    with_own = plan.sittings.select_related("phase").alias(own=reserved).annotate(reserved=F("own__pk"))
    every = list(with_own.order_by("number"))
    rows = [row for row in every if row.state != SittingState.SKIPPED]
    asked = [index for index, row in enumerate(rows) if row.state == SittingState.DUE and only in (None, row.number)]
    if not asked:
        return None
    begin, end = asked[0], asked[-1] + 1
    # The slot of the next one, which stands, bounds the day of the last one asked for.
    course = rows[begin : end + 1] if end < len(rows) and day_of(rows[end]) else rows[begin:end]
    previous = day_of(rows[begin - 1]) if begin else None
    sittings = due_course(course, every, rows[begin - 1].number + 1 if begin else 1)
    weighing = weighing_of(plan)
    until = last_day(sittings, previous, wishes, timezone.localdate(now, plan.site.zone))
    diary = diary_of(plan, now, until, [row.reserved for row in every if row.reserved])
    admitted = wishes.admitted
    request = CycleRequest(
        sittings=sittings,
        diary=diary,
        minutes=plan.minutes,
        preference=wishes.preference or weighing.preference,
        previous=previous,
        not_before=wall_now(plan, now),
        fixed=_standing(plan, course) | dict(kept or {}),
        plan_practitioner=plan.practitioner_id,
        keep_clear=keep_clear(plan, now) | (too_close(rows, begin) if only else frozenset()),
        practitioners=admitted,
        others=frozenset() if admitted is None else frozenset(diary.hours) - admitted,
        weights=weighing.weights,
        popular=weighing.popular,
        useful_minutes=weighing.useful_minutes,
    )
    return _granted(request, wishes)


def diary_of(plan: TreatmentPlan, now: datetime, last: date, own: Sequence[int]) -> Diary:
    """Everybody's time at the plan's site from today to the local date `last`, its `own` reservation left out."""
    return read_diary(
        site=plan.site,
        first=timezone.localdate(now, plan.site.zone),
        last=last,
        now=now,
        patient=plan.patient,
        technique=plan.technique,
        delivery=plan.delivery,
        without=own,
    )


def keep_clear(plan: TreatmentPlan, now: datetime) -> frozenset[int]:
    """Day ordinals closer than the plan's `keep_apart` days to what must not meet its sittings.

    That is the patient's complementary therapies (000, 004), and sittings of the patient's other plans that treat one
    of the same areas.
    """
    same_area = Q(sitting__plan__areas__area__in=plan.areas.values("area")) & ~Q(sitting__plan=plan.pk)
    rows = Appointment.objects.standing(now).exclude(status=Status.NO_SHOW).filter(patient=plan.patient_id)
    starts = rows.filter(Q(kind=Kind.COMPLEMENTARY) | same_area).order_by().values_list("starts", flat=True)
    days = {timezone.localdate(at, plan.site.zone).toordinal() for at in starts}
    reach = range(1 - plan.keep_apart, plan.keep_apart)
    return frozenset(day + away for day in days for away in reach)


def too_close(rows: Sequence[Sitting], index: int) -> frozenset[int]:
    """Day ordinals closer to the placed sittings around one than the minimum gap, or out of order with them.

    Sittings still due may lie in between: the gap rule to its neighbours alone does not see past them.
    """
    before = [day for row in rows[:index] if (day := day_of(row))]
    after = [(day, row.phase.minimum_gap) for row in rows[index + 1 :] if (day := day_of(row))]
    days: set[int] = set()
    if before:
        least = before[-1].toordinal() + rows[index].phase.minimum_gap
        days.update(range(least - SIDE_DAYS, least))
    if after:
        most = after[0][0].toordinal() - after[0][1]
        days.update(range(most + 1, most + 1 + SIDE_DAYS))
    return frozenset(days)


def day_of(row: Sitting) -> date | None:
    """The local day a sitting was given on or is booked for."""
    return row.given or row.booked


def due_course(course: Sequence[Sitting], every: Sequence[Sitting], expected: int) -> tuple[DueSitting, ...]:
    """The course as the engine's due sittings; the days of skipped ones count towards the next one's gap.

    `expected` is the number that follows the sitting before the course.
    """
    gaps = {row.number: row.gap for row in every}
    found = []
    for row in course:
        skipped = sum(gaps.get(number, 0) for number in range(expected, row.number))
        found.append(_as_due(row, row.gap + skipped))
        expected = row.number + 1
    return tuple(found)


def _as_due(row: Sitting, gap: int) -> DueSitting:
    return DueSitting(
        number=row.number,
        phase=row.phase.position - 1,
        ideal=row.ideal,
        gap=gap,
        early=row.phase.early,
        late=row.phase.late,
        minimum_gap=row.phase.minimum_gap,
        earliest=row.earliest,
        latest=row.latest,
    )


def last_day(sittings: Sequence[DueSitting], previous: date | None, wishes: Wishes, today: date) -> date:
    """Up to where the diary is read: the rhythm kept from the sitting before, each sitting late, and some way out."""
    slack = min(sum(sitting.late for sitting in sittings), MOST_SLACK_DAYS) + MOST_DAYS
    slack += wishes.later + sum(max(days, 0) for _number, days in wishes.widen)
    kept = previous or sittings[0].ideal
    kept += timedelta(days=sum(sitting.gap for sitting in (sittings if previous else sittings[1:])))
    return max(kept, sittings[-1].latest, today) + timedelta(days=slack)


def _granted(request: CycleRequest, wishes: Wishes) -> CycleRequest:
    """The request with the ways out that the desk has chosen, made as the engine tried them."""
    if wishes.later:
        request = take_way_out(request, 0, WayOut(WayOutKind.START_LATER, None, wishes.later))
    for number, days in wishes.widen:
        request = take_way_out(request, number, WayOut(WayOutKind.WIDEN, None, days))
    return request


def wall_now(plan: TreatmentPlan, now: datetime) -> tuple[date, int]:
    """The local day and the first whole minute to come at the plan's site."""
    here = timezone.localtime(now, plan.site.zone)
    return here.date(), min(here.hour * 60 + here.minute + 1, MINUTES_IN_DAY)


def _standing(plan: TreatmentPlan, course: Sequence[Sitting]) -> dict[int, Slot]:
    """The slots of the course's sittings that are booked or given already, by sitting number."""
    standing = [row.pk for row in course if row.state != SittingState.DUE]
    if not standing:
        return {}
    rows = Appointment.objects.filter(sitting__in=standing).exclude(status__in=[Status.CANCELLED, Status.NO_SHOW])
    slots = {}
    for appointment in rows.select_related("sitting"):
        assert appointment.sitting is not None
        slots[appointment.sitting.number] = slot_of(appointment, plan.site.zone)
    return slots


def slot_of(appointment: Appointment, zone: ZoneInfo) -> Slot:
    """The time an appointment takes, as a slot on the clock of `zone`."""
    here = timezone.localtime(appointment.starts, zone)
    return Slot(
        day=here.date(),
        start=here.hour * 60 + here.minute,
        minutes=int((appointment.ends - appointment.starts).total_seconds()) // 60,
        practitioner=appointment.practitioner_id,
        room=appointment.room_id,
        equipment=appointment.equipment_id,
    )
