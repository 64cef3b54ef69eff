"""Rows of the database as the engine's diary: who is there, who is busy, which room and equipment is free."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time
from functools import lru_cache

import holidays
from django.db.models import F, IntegerField, Q, QuerySet, Value
from django.db.models.functions import Coalesce

from patients.models import Patient
from scheduling.engine.free_time import DaySpan, Span, WeeklySpan, build_diary
from scheduling.engine.terms import Diary
from scheduling.models import (
    Absence,
    Appointment,
    Closure,
    Equipment,
    ExtraHours,
    Practitioner,
    ResourceKind,
    Room,
    Site,
    UnavailableDates,
    WorkingHours,
)
from scheduling.models.resources import Delivery
from scheduling.selectors.busy import COLUMNS, Frame, Posix, busy_time
from scheduling.selectors.local_time import (
    EPOCH_DAY,
    HOUR,
    MINUTES_IN_DAY,
    day_span,
    odd_hours,
    split,
    wall_minutes,
)

# In place of a practitioner, a room and a piece of equipment: the patient.
PATIENT = (-1, -1, -1)
EVERY_DAY = -1
"""In place of a weekday: hours that count on whatever days they are valid."""


@lru_cache(maxsize=64)
def public_holidays(province: str, year: int) -> dict[date, str]:
    """The public holidays of Italy in a year with their Italian names, with the province's patron saint."""
    found = holidays.country_holidays("IT", subdiv=province or None, years=year, language="it_IT")
    return {day: str(name) for day, name in found.items()}


def holidays_of(site: Site, first: date, last: date) -> dict[date, str]:
    """The public holidays on which `site` is closed between two local dates, both included."""
    if not site.public_holidays:
        return {}
    years = range(first.year, last.year + 1)
    return {d: name for year in years for d, name in public_holidays(site.province, year).items() if first <= d <= last}


def qualified(site: Site, technique: str = "", delivery: str = "") -> QuerySet[Practitioner]:
    """The practitioners of `site` who are trained for the technique and the delivery."""
    found = Practitioner.objects.filter(active=True, sites=site)
    if technique:
        found = found.filter(skills__code=technique)
    if delivery and delivery != Delivery.MANUAL:
        found = found.filter(skills__code=delivery)
    return found


def trained_for(appointment: Appointment) -> QuerySet[Practitioner]:
    """Whom an appointment can be given to: for a sitting who is trained for its plan."""
    plan = appointment.sitting.plan if appointment.sitting else None
    return qualified(appointment.room.site, plan.technique, plan.delivery) if plan else qualified(appointment.room.site)


def read_diary(
    *,
    site: Site,
    first: date,
    last: date,
    now: datetime,
    patient: Patient | None = None,
    technique: str = "",
    delivery: str = "",
    without: Iterable[int] = (),
    stored: bool = True,
) -> Diary:
    """Everybody's time at `site` between two local dates, both included, in at most six queries.

    `without` names appointments to be left out, as if cancelled: those that are about to move. With `stored` False
    the appointments are read one by one, whatever is known of their days.
    """
    hours = list(working_spans(site, first, last, qualified(site, technique, delivery)))
    practitioners = sorted({who for who, days, _start, _stop in hours if days})
    rooms, equipment = _places(site, delivery)
    lost = _lost_time(site, first, last, practitioners, patient)
    kinds = zip(COLUMNS, (practitioners, rooms, equipment), strict=True)
    frame = Frame(site.zone, site.grid_minutes, first, last, [(kind, pk) for kind, pks in kinds for pk in pks])
    booked = busy_time(
        frame, now=now, patient=patient.pk if patient else None, without=frozenset(without), stored=stored
    )
    return build_diary(
        grid=site.grid_minutes,
        first_day=first.toordinal(),
        last_day=last.toordinal(),
        rooms=rooms,
        weekly=hours,
        away=lost.away,
        busy=booked.spans[ResourceKind.PRACTITIONER],
        room_busy=[*booked.spans[ResourceKind.ROOM], *lost.rooms],
        equipment=equipment,
        equipment_busy=[*booked.spans[ResourceKind.EQUIPMENT], *lost.equipment],
        patient_busy=booked.own,
        patient_unavailable=lost.patient,
        taken=booked.taken,
    )


def _minutes(at: time) -> int:
    return at.hour * 60 + at.minute


def working_spans(site: Site, first: date, last: date, practitioners: QuerySet[Practitioner]) -> Iterator[WeeklySpan]:
    """Working hours week by week, cut to the site's opening hours, and extra hours, which are not. One query."""
    rows = WorkingHours.objects.filter(site=site, practitioner__in=practitioners, valid_from__lte=last)
    rows = rows.filter(Q(valid_until=None) | Q(valid_until__gte=first), site__opening_hours__weekday=F("weekday"))
    opening = ("site__opening_hours__starts", "site__opening_hours__ends")
    fields = ("practitioner_id", "weekday", "valid_from", "valid_until", "starts", "ends", *opening)
    extra = ExtraHours.objects.filter(site=site, practitioner__in=practitioners, day__range=(first, last)).order_by()
    own_day = ("practitioner_id", Value(EVERY_DAY, IntegerField()), "day", "day", "starts", "ends", "starts", "ends")
    both = rows.order_by().values_list(*fields).union(extra.values_list(*own_day), all=True)
    for practitioner, weekday, valid_from, valid_until, starts, ends, opens, closes in both:
        begin = max(first, valid_from).toordinal()
        end = min(last, valid_until or last).toordinal()
        if weekday != EVERY_DAY:
            begin += (weekday - (begin - 1)) % 7
        start, stop = _minutes(max(starts, opens)), _minutes(min(ends, closes))
        if start < stop:
            yield practitioner, range(begin, end + 1, 7), start, stop


def _places(site: Site, delivery: str) -> tuple[dict[int, int], list[int]]:
    """Rooms with their cleaning minutes, and the equipment that gives the delivery, in one query."""
    rooms = (
        Room.objects.filter(site=site, active=True)
        .order_by()
        .values_list(Value(0, IntegerField()), "pk", "cleaning_minutes")
    )
    if not delivery or delivery == Delivery.MANUAL:
        return {pk: minutes for _kind, pk, minutes in rooms}, []
    things = Equipment.objects.filter(site=site, active=True, delivery=delivery).order_by()
    both = list(rooms.union(things.values_list(Value(1, IntegerField()), "pk", Value(0, IntegerField())), all=True))
    return {pk: minutes for kind, pk, minutes in both if kind == 0}, sorted(pk for kind, pk, _m in both if kind == 1)


@dataclass(slots=True)
class _Lost:
    """Lost time, as spans of practitioners, rooms and equipment, and the days on which the patient cannot come."""

    away: list[Span] = field(default_factory=list)
    rooms: list[Span] = field(default_factory=list)
    equipment: list[Span] = field(default_factory=list)
    patient: list[DaySpan] = field(default_factory=list)


def _lost_time(site: Site, first: date, last: date, practitioners: list[int], patient: Patient | None) -> _Lost:
    """Absences, closures, public holidays, odd hours and the patient's own dates, in one query."""
    wall = wall_minutes(site.zone, first, last)
    lost = _Lost()
    for practitioner, room, thing, starts, ends in _lost_rows(site, first, last, patient):
        if (practitioner, room, thing) == PATIENT:
            lost.patient += _whole_days(starts, ends, first, last)
            continue
        parts = [part for part in split(wall(starts), wall(ends)) if first.toordinal() <= part[0] <= last.toordinal()]
        if practitioner:
            lost.away += [(practitioner, *part) for part in parts]
        elif room:
            lost.rooms += [(room, *part) for part in parts]
        elif thing:
            lost.equipment += [(thing, *part) for part in parts]
        else:
            lost.away += [(who, *part) for who in practitioners for part in parts]
    shut = [(day.toordinal(), 0, MINUTES_IN_DAY) for day in holidays_of(site, first, last)]
    shut += odd_hours(site.zone, first, last)
    lost.away += [(who, *part) for who in practitioners for part in shut]
    return lost


def _lost_rows(
    site: Site, first: date, last: date, patient: Patient | None
) -> Iterable[tuple[int, int, int, int, int]]:
    """Practitioner, room, equipment (0: none of them; PATIENT: the patient), and from and until in POSIX time."""
    since, until = day_span(first, site.zone)[0], day_span(last, site.zone)[1]
    nobody, span = Value(0, IntegerField()), (Posix("starts"), Posix("ends"))
    absences = Absence.objects.filter(starts__lt=until, ends__gt=since).order_by()
    closures = Closure.objects.filter(site=site, starts__lt=until, ends__gt=since).order_by()
    rows = [
        absences.values_list("practitioner_id", nobody, nobody, *span),
        closures.values_list(nobody, Coalesce("room_id", 0), Coalesce("equipment_id", 0), *span),
    ]
    if patient:
        own = UnavailableDates.objects.filter(patient=patient, first__lte=last, last__gte=first).order_by()
        marks = [Value(mark, IntegerField()) for mark in PATIENT]
        rows.append(own.values_list(*marks, Posix("first"), Posix("last")))
    return rows[0].union(*rows[1:], all=True)


def _whole_days(begins: int, ends: int, first: date, last: date) -> Iterator[DaySpan]:
    """Dates, as POSIX times of their midnights in UTC and both included, as whole days of the span."""
    begin, end = (posix // (24 * HOUR) + EPOCH_DAY for posix in (begins, ends))
    for day in range(max(begin, first.toordinal()), min(end, last.toordinal()) + 1):
        yield day, 0, MINUTES_IN_DAY
