"""What is asked when booked time is to move: other slots for one appointment, and the sittings after it re-spaced."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from django.db.models.functions import Coalesce
from django.utils import timezone

from scheduling.engine.offers import LOOK_DAYS, OUTSIDE_DAYS
from scheduling.engine.protocol import Follow, respace
from scheduling.engine.request import CycleRequest
from scheduling.engine.terms import DueSitting, Preference, SittingDates, Slot, WayOut, WayOutKind
from scheduling.engine.ways_out import take_way_out
from scheduling.models import Appointment, Kind, Sitting, SittingState, Status, TreatmentPlan
from scheduling.selectors.cycles import (
    Wishes,
    dates_of,
    day_of,
    diary_of,
    due_course,
    last_day,
    slot_of,
    too_close,
    wall_now,
)
from scheduling.selectors.diary import read_diary
from scheduling.selectors.local_time import MINUTES_IN_DAY
from scheduling.selectors.other_visits import other_visits
from scheduling.selectors.weighing import weighing_of

# Points for a sitting that leaves its slot: as dear as one off the usual weekday (the product's own).
LEAVING = 12
# Days and minutes around the present time in which another slot of an appointment outside a plan is looked for.
NEAR_DAYS = 7
NEAR_MINUTES = 60

Widened = Sequence[tuple[int, int]]
"""Numbers of sittings, each with the days by which its window is wider than the plan's: late, or early if negative."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A plan's sittings in order, and the appointment each is booked or was given with, by the sitting's number."""

    plan: TreatmentPlan
    sittings: tuple[Sitting, ...]
    appointments: Mapping[int, Appointment]

    def movable_after(self, number: int, now: datetime, phase: int | None = None) -> dict[int, Appointment]:
        """The booked ones to come after a sitting; those of one phase (its id) when given."""
        return {
            row.number: self.appointments[row.number]
            for row in self.sittings
            if row.number > number
            and phase in (None, row.phase_id)
            and row.number in self.appointments
            and self.appointments[row.number].status == Status.BOOKED
            and self.appointments[row.number].starts > now
        }


def placed(plan: TreatmentPlan) -> Placed:
    """The plan's sittings with their appointments, in two queries."""
    rows = Appointment.objects.filter(sitting__plan=plan).exclude(
        status__in=[Status.CANCELLED, Status.NO_SHOW, Status.RESERVED]
    )
    rows = rows.select_related("patient", "practitioner", "room__site", "equipment", "sitting__phase")
    found = {}
    for row in rows:
        assert row.sitting is not None
        row.sitting.plan = plan
        found[row.sitting.number] = row
    return Placed(plan, tuple(plan.sittings.select_related("phase").order_by("number")), found)


def stands_at(appointment: Appointment, slot: Slot) -> bool:
    """Whether a slot is the one that an appointment has."""
    return slot == slot_of(appointment, appointment.room.site.zone)


def followers(appointment: Appointment, now: datetime) -> list[int]:
    """The ids of the booked appointments that could follow one that can still move. At most two queries."""
    sitting = appointment.sitting
    if sitting is None or appointment.status != Status.BOOKED or appointment.starts <= now:
        return []
    after = Appointment.objects.filter(sitting__plan=sitting.plan_id, sitting__number__gt=sitting.number)
    return list(after.filter(status=Status.BOOKED, starts__gt=now).values_list("pk", flat=True))


def other_slots_of_sitting(told: Placed, number: int, now: datetime, first: date | None) -> CycleRequest:
    """What to ask for other slots of a booked sitting, its own time counted as free.

    Looked for from a day on (`first`), the sittings after it do not bind it: they can follow.
    """
    rows = [row for row in told.sittings if row.state != SittingState.SKIPPED]
    begin = next(index for index, row in enumerate(rows) if row.number == number)
    binds = first is None and begin + 1 < len(rows) and day_of(rows[begin + 1])
    course = rows[begin : begin + 2] if binds else rows[begin : begin + 1]
    previous = day_of(rows[begin - 1]) if begin else None
    sittings = due_course(course, told.sittings, rows[begin - 1].number + 1 if begin else 1)
    own = [told.appointments[number].pk]
    if first:
        own += [row.pk for row in told.movable_after(number, now).values()]
    return _request(
        told,
        now,
        sittings=sittings,
        previous=previous,
        until=first + timedelta(days=LOOK_DAYS) if first else None,
        own=own,
        fixed={row.number: _slot(told, row.number) for row in course[1:]},
        # Whom the patient expects, whoever the plan names.
        usual=told.appointments[number].practitioner_id,
        too_near=too_close(rows[: begin + 1] if first else rows, begin),
    )


def rest_to_respace(
    told: Placed, number: int, to: Slot, now: datetime, free: Mapping[int, Appointment], widen: Widened = ()
) -> CycleRequest:
    """What to ask for the sittings in `free` once sitting `number` stands at `to`, whoever stays where they are.

    Sittings without a slot in between are given one in thought, and the next placed one after them stands. The windows
    in `widen` are wider than the plan's.
    """
    rows = [row for row in told.sittings if row.state != SittingState.SKIPPED]
    begin = next(index for index, row in enumerate(rows) if row.number == number)
    end = next(index for index, row in enumerate(rows) if row.number == max(free)) + 1
    beyond = [index for index in range(end, len(rows)) if day_of(rows[index])]
    course = rows[begin : beyond[0] + 1] if beyond else rows[begin:end]
    days = {} if stands_at(told.appointments[number], to) else {number: to.day}
    ideals = {each.number: each.ideal for each in dates_after(told, days, number)}
    sittings = due_course(course, told.sittings, rows[begin - 1].number + 1 if begin else 1)
    sittings = tuple(replace(each, ideal=ideals.get(each.number, each.ideal)) for each in sittings)
    stands = {row.number for row in course[1:] if day_of(row)} - free.keys()
    request = _request(
        told,
        now,
        sittings=sittings,
        previous=day_of(rows[begin - 1]) if begin else None,
        own=[told.appointments[number].pk, *(row.pk for row in free.values())],
        fixed={number: to} | {each: _slot(told, each) for each in stands},
        present={each: _slot(told, each) for each in free},
        # Who has treated the rest so far goes on with it, whoever the plan names.
        usual=Counter(row.practitioner_id for row in free.values()).most_common(1)[0][0],
    )
    for wider, by in widen:
        request = take_way_out(request, wider, WayOut(WayOutKind.WIDEN, None, by))
    return request


def _request(
    told: Placed,
    now: datetime,
    *,
    sittings: tuple[DueSitting, ...],
    previous: date | None,
    own: Sequence[int],
    fixed: Mapping[int, Slot],
    too_near: frozenset[int] = frozenset(),
    until: date | None = None,
    present: Mapping[int, Slot] | None = None,
    usual: int | None = None,
) -> CycleRequest:
    plan = told.plan
    weighing, others = weighing_of(plan), other_visits(plan, now)
    last = last_day(sittings, previous, Wishes(), timezone.localdate(now, plan.site.zone))
    days = [slot.day + timedelta(days=OUTSIDE_DAYS) for slot in [*fixed.values(), *(present or {}).values()]]
    return CycleRequest(
        sittings=sittings,
        diary=diary_of(plan, now, max([last, *days, until or last]), own),
        minutes=plan.minutes,
        preference=weighing.preference,
        previous=previous,
        not_before=wall_now(plan, now),
        fixed=fixed,
        plan_practitioner=usual or plan.practitioner_id,
        keep_clear=others.same_area | too_near,
        therapies=others.therapies,
        visits=others.other_areas,
        weights=weighing.weights,
        popular=weighing.popular,
        useful_minutes=weighing.useful_minutes,
        present=present or {},
        leaving=LEAVING,
    )


def _slot(told: Placed, number: int) -> Slot:
    return slot_of(told.appointments[number], told.plan.site.zone)


def dates_after(told: Placed, days: Mapping[int, date], number: int) -> tuple[SittingDates, ...]:
    """The story of the plan once the sittings in `days` are booked for other days.

    When the plan's dates shift with a sitting given off its date, the ideal ones after `number` count from its new
    day, or, when it stays, from the day it has; another hour of its day shifts nothing.
    """
    dates = [dates_of(row) for row in told.sittings]
    story = [replace(each, booked=days.get(each.number, each.booked)) for each in dates]
    if told.plan.follow != Follow.RE_ANCHOR:
        return tuple(story)
    present = next(each.booked for each in dates if each.number == number)
    if days.get(number) == present:
        return tuple(story)
    shifted = {each.number: each.ideal for each in respace(story, number, Follow.RE_ANCHOR)}
    return tuple(replace(each, ideal=shifted.get(each.number, each.ideal)) for each in story)


def other_slots_of_appointment(appointment: Appointment, now: datetime, first: date | None) -> CycleRequest:
    """What to ask for other slots of an appointment outside a plan: near its day and hour, or from a day on.

    The only sitting of the request has number 1; its ideal date is the present day.
    """
    site = appointment.room.site
    present = slot_of(appointment, site.zone)
    here = timezone.localtime(now, site.zone)
    begin = max(here.date(), first or present.day - timedelta(days=NEAR_DAYS))
    latest = max(begin, present.day) + timedelta(days=NEAR_DAYS)
    clear = days_near_sittings(appointment.patient_id) if appointment.kind == Kind.COMPLEMENTARY else frozenset()
    return CycleRequest(
        sittings=(DueSitting(1, 0, present.day, 0, 0, 0, 1, begin, latest),),
        diary=read_diary(
            site=site,
            first=here.date(),
            last=max(latest, begin + timedelta(days=LOOK_DAYS)) + timedelta(days=OUTSIDE_DAYS),
            now=now,
            patient=appointment.patient,
            delivery=appointment.equipment.delivery if appointment.equipment else "",
            without=[appointment.pk],
        ),
        minutes=present.minutes,
        preference=Preference(
            from_minute=max(present.start - NEAR_MINUTES, 0),
            until_minute=min(present.start + present.minutes + NEAR_MINUTES, MINUTES_IN_DAY),
        ),
        not_before=(here.date(), min(here.hour * 60 + here.minute + 1, MINUTES_IN_DAY)),
        plan_practitioner=appointment.practitioner_id,
        keep_clear=clear,
    )


def days_near_sittings(patient: int) -> frozenset[int]:
    """Day ordinals nearer to a patient's sittings than a complementary therapy may come (000, 004). One query."""
    own = Sitting.objects.filter(plan__patient=patient, state__in=[SittingState.BOOKED, SittingState.COMPLETED])
    days = own.annotate(day=Coalesce("given", "booked")).order_by().values_list("day", "plan__keep_apart")
    return frozenset(day.toordinal() + away for day, apart in days for away in range(1 - apart, apart))
