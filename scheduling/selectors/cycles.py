"""A plan's rows as what the engine is asked: the sittings to place, and everybody's time around them."""

from collections.abc import Collection, Container, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import F, FilteredRelation, Q
from django.utils import timezone

from scheduling.engine.cadence import gap_bounds
from scheduling.engine.pins import Pin
from scheduling.engine.request import CycleRequest
from scheduling.engine.steps import MOST_DAYS
from scheduling.engine.terms import Diary, DueSitting, OpenedHours, Preference, SittingDates, Slot, WayOut, WayOutKind
from scheduling.engine.ways_out import take_way_out
from scheduling.models import Appointment, Sitting, SittingState, Status, TreatmentPlan
from scheduling.selectors.diary import read_diary
from scheduling.selectors.local_time import MINUTES_IN_DAY, slot_between
from scheduling.selectors.other_visits import other_visits
from scheduling.selectors.weighing import weighing_of

# How far past the usual rhythm the diary is read at most: enough for sittings to be late again and again.
MOST_SLACK_DAYS = 90
# How far beyond a placed sitting the days on its other side are kept clear: more than any offer looks.
SIDE_DAYS = 366


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the desk asks beyond the plan: a preference (None: the patient's own), wider windows and a later start.

    `widen` has pairs of sitting number and days, negative for early; `later` is in days. With `only` nobody treats but
    the preference's practitioner and those in `also`. The hours in `opened` count as worked, open or not. `pins` are
    the slots chosen by hand, the last chosen last; the sittings in `leave` stay due and are not booked this time.
    """

    preference: Preference | None = None
    widen: tuple[tuple[int, int], ...] = ()
    later: int = 0
    only: bool = False
    also: tuple[int, ...] = ()
    opened: tuple[OpenedHours, ...] = ()
    pins: tuple[Pin, ...] = ()
    leave: frozenset[int] = frozenset()

    @property
    def admitted(self) -> frozenset[int] | None:
        """The practitioners who may treat; None is everybody with the skill."""
        wanted = self.preference.practitioner if self.preference else None
        return frozenset({wanted, *self.also}) if self.only and wanted is not None else None


def usual_wishes(plan: TreatmentPlan, practitioners: Container[int]) -> Wishes:
    """What is asked for `plan` unless the desk asks otherwise: the patient's own preference.

    A practitioner who is not among `practitioners`, those who may treat, is left out of it.
    """
    stored = weighing_of(plan).preference
    return Wishes(stored if stored.practitioner in practitioners else replace(stored, practitioner=None))


def dates_of(row: Sitting) -> SittingDates:
    """One sitting as the engine reads its story; its phase must be loaded."""
    phase, spec = row.phase, row.phase.spec
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
        cadence=spec.cadence,
        gap_before=spec.gap_before,
    )


def cycle_request(
    plan: TreatmentPlan,
    *,
    now: datetime,
    wishes: Wishes | None = None,
    only: int | None = None,
    kept: Mapping[int, Slot] | None = None,
    until: date | None = None,
) -> CycleRequest | None:
    """What to ask for the plan's due sittings (or for sitting number `only`), or nothing when none is due.

    Sittings already booked in between, and the next one after them, stand where they are; so do due ones in their
    `kept` slots. Those that the wishes leave are passed over; pins are not looked at here. What is reserved for the
    plan counts as free. The diary is read at least `until` a local day. At most eight queries, nine when some stand,
    whatever the plan and the diary hold.
    """
    wishes = wishes or Wishes()
    every, own = _with_reserved(plan)
    left = {row.number for row in every if row.state == SittingState.DUE and row.number in wishes.leave}
    rows = [row for row in every if row.state != SittingState.SKIPPED and row.number not in left]
    asked = _asked(rows, only)
    if not asked:
        return None
    begin, course = asked.start, _course(rows, asked)
    previous = day_of(rows[begin - 1]) if begin else None
    sittings = due_course(course, every, rows[begin - 1].number + 1 if begin else 1, left)
    weighing = weighing_of(plan)
    last = last_day(sittings, previous, wishes, timezone.localdate(now, plan.site.zone))
    diary = diary_of(plan, now, max(last, until or last), own)
    others = other_visits(plan, now)
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
        keep_clear=others.same_area | (too_close(rows, begin) if only else frozenset()),
        therapies=others.therapies,
        visits=others.other_areas,
        practitioners=admitted,
        others=frozenset() if admitted is None else frozenset(diary.hours) - admitted,
        weights=weighing.weights,
        popular=weighing.popular,
        useful_minutes=weighing.useful_minutes,
    )
    return _granted(request, wishes)


def _asked(rows: Sequence[Sitting], only: int | None) -> range:
    """Where in `rows` the due sittings stand, from the first to the last, or number `only`; empty when none is due."""
    due = [index for index, row in enumerate(rows) if row.state == SittingState.DUE and only in (None, row.number)]
    return range(due[0], due[-1] + 1) if due else range(0)


def _course(rows: Sequence[Sitting], asked: range) -> Sequence[Sitting]:
    """The rows asked for, and the next one if it has a slot: that slot bounds the day of the last one asked for."""
    end = asked.stop
    return rows[asked.start : end + 1] if end < len(rows) and day_of(rows[end]) else rows[asked.start : end]


def _with_reserved(plan: TreatmentPlan) -> tuple[Sequence[Sitting], list[int]]:
    """The plan's sittings in order, and the keys of the appointments that are reserved for them. One query."""
    reserved = FilteredRelation("appointments", condition=Q(appointments__status=Status.RESERVED))
    rows = plan.sittings.select_related("phase").alias(own=reserved).annotate(reserved=F("own__pk"))
    every = list(rows.order_by("number"))
    return every, [row.reserved for row in every if row.reserved]


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


def due_course(
    course: Sequence[Sitting], every: Sequence[Sitting], expected: int, left: Collection[int] = ()
) -> tuple[DueSitting, ...]:
    """The course as the engine's due sittings; the days of those passed over count towards the next one's gap.

    `expected` is the number that follows the sitting before the course. Those in `left` are to be booked later, so they
    add their own least days too: whatever is booked around them, their window between their neighbours holds a day.
    """
    by_number = {row.number: row for row in every}
    found = []
    for row in course:
        passed = [by_number[number] for number in range(expected, row.number) if number in by_number]
        gap = since = least = 0
        for each in passed:
            gap, since = gap + each.gap, since + each.gap
            if each.number in left:
                least, since = least + _least_days(each, since), 0
        minimum = least + _least_days(row, since + row.gap) if least else row.phase.minimum_gap
        found.append(_as_due(row, gap + row.gap, minimum))
        expected = row.number + 1
    return tuple(found)


def _least_days(row: Sitting, gap: int) -> int:
    return gap_bounds(gap, row.phase.early, row.phase.late, row.phase.minimum_gap)[0]


def _as_due(row: Sitting, gap: int, minimum_gap: int) -> DueSitting:
    return DueSitting(
        number=row.number,
        phase=row.phase.position - 1,
        ideal=row.ideal,
        gap=gap,
        early=row.phase.early,
        late=row.phase.late,
        minimum_gap=minimum_gap,
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
    for opened in wishes.opened:
        request = take_way_out(request, 0, WayOut(WayOutKind.OPEN, None, opened=opened))
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
    return slot_between(
        appointment.starts,
        appointment.ends,
        zone,
        appointment.practitioner_id,
        appointment.room_id,
        appointment.equipment_id,
    )
