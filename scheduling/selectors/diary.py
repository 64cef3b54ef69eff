"""Rows of the database as the engine's diary: who is there, who is busy, which room and equipment is free."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, time
from functools import lru_cache
from typing import Any

import holidays
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import BigIntegerField, F, Func, IntegerField, Q, QuerySet, Value
from django.db.models.functions import Coalesce
from django.db.models.sql.compiler import SQLCompiler

from patients.models import Patient
from scheduling.engine.free_time import DaySpan, Span, build_diary
from scheduling.engine.terms import Diary
from scheduling.models import (
    Absence,
    Appointment,
    Closure,
    Equipment,
    Practitioner,
    Room,
    Site,
    UnavailableDates,
    WorkingHours,
)
from scheduling.models.resources import Delivery
from scheduling.selectors.local_time import MINUTES_IN_DAY, WallMinutes, day_span, odd_hours, split, wall_minutes


class Posix(Func):
    """An instant as whole seconds since 1970: plain integers, so that reading a diary builds no datetime."""

    output_field = BigIntegerField()
    template = "CAST(EXTRACT(EPOCH FROM %(expressions)s) AS bigint)"

    @property
    def convert_value(self) -> Any:
        """No conversion: both engines answer with an int, and Django's own look at each value doubles the reading."""
        return self._convert_value_noop  # type: ignore[attr-defined]

    def as_sqlite(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **context: Any) -> Any:
        template = "CAST(strftime('%%%%s', %(expressions)s) AS integer)"
        return self.as_sql(compiler, connection, template=template, **context)


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
) -> Diary:
    """Everybody's time at `site` between two local dates, both included, in at most six queries.

    `without` names appointments to be left out, as if cancelled: those that are about to move.
    """
    hours = list(working_spans(site, first, last, qualified(site, technique, delivery)))
    practitioners = sorted({span[0] for span in hours})
    rooms, equipment = _places(site, delivery)
    wall = wall_minutes(site.zone, first, last)
    away, rooms_lost, equipment_lost = _lost_time(site, first, last, wall, practitioners)
    who, where, which, own = _busy_time(
        site, first, last, now, wall, patient.pk if patient else None, frozenset(without)
    )
    return build_diary(
        grid=site.grid_minutes,
        first_day=first.toordinal(),
        last_day=last.toordinal(),
        hours=hours,
        rooms=rooms,
        away=away,
        busy=who,
        room_busy=[*where, *rooms_lost],
        equipment=equipment,
        equipment_busy=[*which, *equipment_lost],
        patient_busy=own,
        patient_unavailable=_unavailable(patient, first, last) if patient else (),
    )


def _minutes(at: time) -> int:
    return at.hour * 60 + at.minute


def working_spans(site: Site, first: date, last: date, practitioners: QuerySet[Practitioner]) -> Iterator[Span]:
    """Working hours day by day, cut to the site's opening hours."""
    rows = WorkingHours.objects.filter(site=site, practitioner__in=practitioners, valid_from__lte=last)
    rows = rows.filter(Q(valid_until=None) | Q(valid_until__gte=first), site__opening_hours__weekday=F("weekday"))
    opening = ("site__opening_hours__starts", "site__opening_hours__ends")
    fields = ("practitioner_id", "weekday", "valid_from", "valid_until", "starts", "ends", *opening)
    for practitioner, weekday, valid_from, valid_until, starts, ends, opens, closes in rows.values_list(*fields):
        begin = max(first, valid_from).toordinal()
        end = min(last, valid_until or last).toordinal()
        begin += (weekday - (begin - 1)) % 7
        start, stop = _minutes(max(starts, opens)), _minutes(min(ends, closes))
        if start < stop:
            for day in range(begin, end + 1, 7):
                yield practitioner, day, start, stop


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


def _lost_time(
    site: Site, first: date, last: date, wall: WallMinutes, practitioners: list[int]
) -> tuple[list[Span], list[Span], list[Span]]:
    """Absences, closures, public holidays and odd hours, as spans of practitioners, rooms and equipment."""
    since, until = day_span(first, site.zone)[0], day_span(last, site.zone)[1]
    absences = Absence.objects.filter(starts__lt=until, ends__gt=since).order_by()
    closures = Closure.objects.filter(site=site, starts__lt=until, ends__gt=since).order_by()
    nothing = Value(0, IntegerField())
    span = (Posix("starts"), Posix("ends"))
    rows = absences.values_list("practitioner_id", nothing, nothing, *span).union(
        closures.values_list(nothing, Coalesce("room_id", 0), Coalesce("equipment_id", 0), *span), all=True
    )
    away: list[Span] = []
    rooms_lost: list[Span] = []
    equipment_lost: list[Span] = []
    for practitioner, room, thing, starts, ends in rows:
        parts = [part for part in split(wall(starts), wall(ends)) if first.toordinal() <= part[0] <= last.toordinal()]
        if practitioner:
            away += [(practitioner, *part) for part in parts]
        elif room:
            rooms_lost += [(room, *part) for part in parts]
        elif thing:
            equipment_lost += [(thing, *part) for part in parts]
        else:
            away += [(who, *part) for who in practitioners for part in parts]
    shut = [(day.toordinal(), 0, MINUTES_IN_DAY) for day in holidays_of(site, first, last)]
    shut += odd_hours(site.zone, first, last)
    away += [(who, *part) for who in practitioners for part in shut]
    return away, rooms_lost, equipment_lost


def _busy_time(
    site: Site, first: date, last: date, now: datetime, wall: WallMinutes, patient: int | None, without: frozenset[int]
) -> tuple[list[Span], list[Span], list[Span], list[DaySpan]]:
    """What is booked, as spans of practitioners, rooms (until free again), equipment and the patient."""
    since, until = day_span(first, site.zone)[0], day_span(last, site.zone)[1]
    rows = Appointment.objects.standing(now).filter(starts__gte=since, starts__lt=until).order_by()
    rows = rows.exclude(pk__in=without)
    who: list[Span] = []
    where: list[Span] = []
    which: list[Span] = []
    own: list[DaySpan] = []
    fields = ("practitioner_id", "room_id", "equipment_id", "patient_id")
    spans = (Posix("starts"), Posix("ends"), Posix("room_free_at"))
    for practitioner, room, thing, person, starts, ends, free in rows.values_list(*fields, *spans).iterator(10_000):
        day, start = divmod(wall(starts), MINUTES_IN_DAY)
        end = min(start + (ends - starts) // 60, MINUTES_IN_DAY)
        who.append((practitioner, day, start, end))
        where.append((room, day, start, min(start + (free - starts) // 60, MINUTES_IN_DAY)))
        if thing:
            which.append((thing, day, start, end))
        if person == patient:
            own.append((day, start, end))
    return who, where, which, own


def _unavailable(patient: Patient, first: date, last: date) -> Iterator[DaySpan]:
    rows = UnavailableDates.objects.filter(patient=patient, first__lte=last, last__gte=first)
    for begins, ends in rows.values_list("first", "last"):
        for day in range(max(begins, first).toordinal(), min(ends, last).toordinal() + 1):
            yield day, 0, MINUTES_IN_DAY
