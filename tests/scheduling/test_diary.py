"""Rows of the database as free time: hours, absences, closures, holidays, bookings and the days the clocks change."""

from datetime import date, datetime, time, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from scheduling.engine.terms import DayMasks, Diary
from scheduling.models import (
    Absence,
    Appointment,
    Closure,
    Equipment,
    OpeningHours,
    Room,
    Skill,
    Status,
    UnavailableDates,
    WorkingHours,
)
from scheduling.selectors.diary import holidays_of, qualified, read_diary
from tests.conftest import make_practitioner
from tests.scheduling.booking_data import MONDAY, NOW, ROME, at, make_patient, occupy

TUESDAY = MONDAY + timedelta(days=1)


def spans(masks: DayMasks, day: date) -> list[tuple[str, str]]:
    """The runs of set cells of a day as wall times, five minutes a cell."""
    cells = f"{masks.get(day.toordinal(), 0):0288b}"[::-1]
    found, start = [], None
    for index, cell in enumerate([*cells, "0"]):
        if cell == "1" and start is None:
            start = index
        elif cell == "0" and start is not None:
            found.append((wall(start), wall(index)))
            start = None
    return found


def wall(cell: int) -> str:
    return f"{cell * 5 // 60:02d}:{cell * 5 % 60:02d}"


def diary_of(site, first: date = MONDAY, last: date | None = None, **values) -> Diary:
    return read_diary(site=site, first=first, last=last or first, now=NOW, **values)


def working(diary: Diary, practitioner, day: date = MONDAY) -> list[tuple[str, str]]:
    """When the practitioner is there: hours less what is lost."""
    there = diary.hours.get(practitioner.pk, {}).get(day.toordinal(), 0)
    lost = diary.away.get(practitioner.pk, {}).get(day.toordinal(), 0)
    return spans({day.toordinal(): there & ~lost}, day)


def hours(practitioner, site, weekday: int, starts: time, ends: time, **values) -> WorkingHours:
    values.setdefault("valid_from", date(2020, 1, 1))
    return WorkingHours.objects.create(
        practitioner=practitioner, site=site, weekday=weekday, starts=starts, ends=ends, **values
    )


def test_a_practitioner_is_there_in_working_hours(site, practitioner, room) -> None:
    diary = diary_of(site, MONDAY, MONDAY + timedelta(days=6))
    assert working(diary, practitioner) == [("09:00", "18:00")]
    assert working(diary, practitioner, MONDAY + timedelta(days=5)) == []


def test_hours_are_cut_to_opening_hours(site, practitioner, room) -> None:
    OpeningHours.objects.filter(site=site, weekday=0).update(starts=time(10), ends=time(13))
    OpeningHours.objects.create(site=site, weekday=0, starts=time(15), ends=time(20))
    assert working(diary_of(site), practitioner) == [("10:00", "13:00"), ("15:00", "18:00")]


def test_a_day_the_site_does_not_open_has_no_hours(site, practitioner, room) -> None:
    OpeningHours.objects.filter(site=site, weekday=0).delete()
    assert working(diary_of(site), practitioner) == []


def test_hours_count_from_their_first_to_their_last_day(site, practitioner, room) -> None:
    WorkingHours.objects.filter(practitioner=practitioner).update(valid_from=TUESDAY, valid_until=TUESDAY)
    diary = diary_of(site, MONDAY, MONDAY + timedelta(days=8))
    assert [day for day in range(9) if working(diary, practitioner, MONDAY + timedelta(days=day))] == [1]


def test_a_one_off_day_is_worked(site, practitioner, room) -> None:
    saturday = MONDAY + timedelta(days=5)
    hours(practitioner, site, 5, time(9), time(12), valid_from=saturday, valid_until=saturday)
    diary = diary_of(site, saturday, saturday + timedelta(days=7))
    assert working(diary, practitioner, saturday) == [("09:00", "12:00")]
    assert working(diary, practitioner, saturday + timedelta(days=7)) == []


def test_hours_at_another_site_do_not_count_here(site, practitioner, room) -> None:
    site.pk, site.name = None, "Studio Centro"
    site.save()
    OpeningHours.objects.create(site=site, weekday=0, starts=time(8), ends=time(20))
    assert diary_of(site).hours == {}


def test_an_absence_takes_its_time(site, practitioner, room) -> None:
    Absence.objects.create(practitioner=practitioner, starts=at(MONDAY, 11), ends=at(TUESDAY, 10))
    diary = diary_of(site, MONDAY, TUESDAY)
    assert working(diary, practitioner) == [("09:00", "11:00")]
    assert working(diary, practitioner, TUESDAY) == [("10:00", "18:00")]


def test_a_closure_of_the_site_takes_everybodys_time(site, practitioner, room) -> None:
    colleague = make_practitioner("Dr Neri", site)
    Closure.objects.create(site=site, starts=at(MONDAY, 12), ends=at(MONDAY, 15))
    diary = diary_of(site)
    assert [working(diary, who) for who in (practitioner, colleague)] == [[("09:00", "12:00"), ("15:00", "18:00")]] * 2


def test_a_closed_room_is_taken_and_the_practitioner_is_not(site, practitioner, room) -> None:
    Closure.objects.create(site=site, room=room, starts=at(MONDAY, 12), ends=at(MONDAY, 15))
    diary = diary_of(site)
    assert spans(diary.room_busy[room.pk], MONDAY) == [("12:00", "15:00")]
    assert working(diary, practitioner) == [("09:00", "18:00")]


def test_equipment_under_repair_is_taken(site, practitioner, room) -> None:
    gun = Equipment.objects.create(site=site, name="Gun 1", delivery="gun")
    practitioner.skills.add(Skill.objects.get(code="gun"))
    Closure.objects.create(site=site, equipment=gun, starts=at(MONDAY, 12), ends=at(MONDAY, 15))
    diary = diary_of(site, delivery="gun")
    assert diary.equipment == (gun.pk,)
    assert spans(diary.equipment_busy[gun.pk], MONDAY) == [("12:00", "15:00")]


def test_no_equipment_is_asked_for_a_single_needle(site, practitioner, room) -> None:
    Equipment.objects.create(site=site, name="Gun 1", delivery="gun")
    assert diary_of(site, delivery="manual").equipment == ()


def test_rooms_and_equipment_out_of_use_are_left_out(site, practitioner, room) -> None:
    Room.objects.create(site=site, name="Store", active=False)
    Equipment.objects.create(site=site, name="Gun 1", delivery="gun", active=False)
    diary = diary_of(site, delivery="gun")
    assert (diary.rooms, diary.equipment) == ({room.pk: 5}, ())


@pytest.mark.parametrize(
    ("day", "name"),
    [
        (date(2026, 12, 25), "Christmas"),
        (date(2026, 6, 29), "Saints Peter and Paul, patrons of Rome"),
        (date(2027, 3, 29), "Easter Monday"),
        (date(2027, 4, 25), "Liberation"),
    ],
)
def test_a_public_holiday_is_lost(site, practitioner, room, day: date, name: str) -> None:
    hours(practitioner, site, day.weekday(), time(8), time(9))
    OpeningHours.objects.get_or_create(site=site, weekday=day.weekday(), starts=time(8), ends=time(20))
    assert day in holidays_of(site, day, day)
    assert working(diary_of(site, day), practitioner, day) == []


def test_the_patron_saint_is_kept_only_in_his_province(site, practitioner, room) -> None:
    site.province = "MI"
    assert holidays_of(site, date(2026, 6, 29), date(2026, 6, 29)) == {}
    assert date(2026, 12, 7) in holidays_of(site, date(2026, 12, 1), date(2026, 12, 31))


def test_a_site_may_open_on_public_holidays(site, practitioner, room) -> None:
    site.public_holidays = False
    assert working(diary_of(site, date(2026, 12, 25)), practitioner, date(2026, 12, 25)) == [("09:00", "18:00")]


@pytest.mark.parametrize(
    ("day", "lost"),
    [(date(2026, 10, 25), ("02:00", "03:00")), (date(2027, 3, 28), ("02:00", "03:00"))],
    ids=["the hour that comes twice", "the hour that does not exist"],
)
def test_the_odd_hour_is_never_offered(site, practitioner, room, day: date, lost: tuple[str, str]) -> None:
    site.public_holidays = False  # 28 March 2027 is Easter
    OpeningHours.objects.create(site=site, weekday=6, starts=time(0), ends=time(23, 55))
    hours(practitioner, site, 6, time(0), time(23, 55))
    diary = read_diary(site=site, first=day, last=day, now=NOW)
    assert working(diary, practitioner, day) == [("00:00", lost[0]), (lost[1], "23:55")]


@pytest.mark.parametrize("day", [date(2026, 10, 26), date(2027, 3, 29), date(2027, 3, 26)])
def test_bookings_lie_at_their_wall_time_across_a_change_of_clocks(
    site, practitioner, room, reception_user, day: date
) -> None:
    occupy(practitioner, room, at(day, 10), 30, reception_user)
    diary = read_diary(site=site, first=date(2026, 10, 20), last=date(2027, 4, 2), now=NOW)
    assert spans(diary.busy[practitioner.pk], day) == [("10:00", "10:30")]


def test_a_booking_takes_practitioner_patient_and_the_room_until_clean(
    site, practitioner, room, patient, reception_user
) -> None:
    occupy(practitioner, room, at(MONDAY, 10), 30, reception_user, patient)
    diary = diary_of(site, patient=patient)
    assert spans(diary.busy[practitioner.pk], MONDAY) == [("10:00", "10:30")]
    assert spans(diary.room_busy[room.pk], MONDAY) == [("10:00", "10:35")]
    assert spans(diary.patient_busy, MONDAY) == [("10:00", "10:30")]


def test_another_patients_booking_is_not_this_patients(site, practitioner, room, patient, reception_user) -> None:
    occupy(practitioner, room, at(MONDAY, 10), 30, reception_user, make_patient("Conti"))
    assert spans(diary_of(site, patient=patient).patient_busy, MONDAY) == []


def test_cancelled_and_expired_time_is_free(site, practitioner, room, reception_user) -> None:
    cancelled = occupy(practitioner, room, at(MONDAY, 10), 30, reception_user)
    expired = occupy(practitioner, room, at(MONDAY, 12), 30, reception_user)
    running = occupy(practitioner, room, at(MONDAY, 14), 30, reception_user)
    Appointment.objects.filter(pk=cancelled.pk).update(status=Status.CANCELLED)
    Appointment.objects.filter(pk=expired.pk).update(status=Status.RESERVED, reserved_until=NOW)
    later = NOW + timedelta(minutes=1)
    Appointment.objects.filter(pk=running.pk).update(status=Status.RESERVED, reserved_until=later)
    assert spans(diary_of(site).busy[practitioner.pk], MONDAY) == [("14:00", "14:30")]


def test_what_is_about_to_move_can_be_left_out(site, practitioner, room, reception_user) -> None:
    moving = occupy(practitioner, room, at(MONDAY, 10), 30, reception_user)
    assert spans(diary_of(site, without=[moving.pk]).busy.get(practitioner.pk, {}), MONDAY) == []


def test_days_a_patient_cannot_come_are_lost_from_midnight_to_midnight(site, practitioner, room, patient) -> None:
    UnavailableDates.objects.create(patient=patient, first=MONDAY - timedelta(days=3), last=MONDAY)
    diary = diary_of(site, MONDAY, TUESDAY, patient=patient)
    assert spans(diary.patient_unavailable, MONDAY) == [("00:00", "24:00")]
    assert spans(diary.patient_unavailable, TUESDAY) == []


def test_only_those_trained_for_technique_and_delivery_are_qualified(site, practitioner, room) -> None:
    colleague = make_practitioner("Dr Neri", site)
    practitioner.skills.add(*Skill.objects.filter(code__in=["nappage", "gun"]))
    colleague.skills.add(Skill.objects.get(code="nappage"))
    assert set(qualified(site, "nappage", "manual")) == {practitioner, colleague}
    assert set(qualified(site, "nappage", "gun")) == {practitioner}
    assert set(qualified(site, "epidermal", "manual")) == set()
    assert set(qualified(site)) == {practitioner, colleague}


def test_somebody_who_left_is_not_qualified(site, practitioner, room) -> None:
    practitioner.active = False
    practitioner.save()
    assert diary_of(site).hours == {}


def test_seven_queries_at_most_however_full_the_diary(site, practitioner, room, patient, reception_user) -> None:
    Equipment.objects.create(site=site, name="Gun 1", delivery="gun")
    Absence.objects.create(practitioner=practitioner, starts=at(MONDAY, 17), ends=at(MONDAY, 18))
    for minutes in range(0, 300, 30):
        starts = datetime.combine(MONDAY, time(9), ROME) + timedelta(minutes=minutes)
        occupy(practitioner, room, starts, 15, reception_user, make_patient(f"P{minutes}"))
    with CaptureQueriesContext(connection) as queries:
        diary_of(site, MONDAY, MONDAY + timedelta(days=700), patient=patient, technique="nappage", delivery="gun")
    assert len(queries) <= 7
