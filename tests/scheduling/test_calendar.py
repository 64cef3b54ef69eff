"""The calendar: what it shows of a day or a week, by practitioner, room or site, as a page and as its feed."""

import json
from datetime import date, time, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from scheduling.models import Absence, Appointment, Closure, OpeningHours, Room, Site, Status
from scheduling.selectors.calendar import calendar_of, groups_of
from scheduling.selectors.calendar_feed import feed_of
from scheduling.selectors.calendar_terms import By, Choice, View
from scheduling.services.booking import book_appointment
from tests.conftest import make_practitioner
from tests.pages import text
from tests.scheduling.booking_data import MONDAY, NOW, at, make_patient, make_plan, occupy

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("ten_past_ten")]
TUESDAY = MONDAY + timedelta(days=1)


@pytest.fixture
def conti(practitioner, room, reception_user):
    return occupy(practitioner, room, at(MONDAY, 10), 30, reception_user, make_patient("Conti"))


def look(site, **chosen):
    return calendar_of(Choice(site, **{"day": MONDAY, **chosen}), list(Site.objects.all()), NOW)


def bands(calendar, column, day=MONDAY):
    return [
        (band.starts // 60, band.ends // 60, band.label)
        for band in calendar.bands
        if band.column == column and band.day == day
    ]


def events(client, **query):
    response = client.get(reverse("calendar_events"), query)
    assert response.status_code == 200
    return response.json()["events"]


def test_an_appointment_stands_in_the_column_of_its_practitioner_its_room_and_its_site(site, practitioner, room, conti):
    for by, thing in ((By.PRACTITIONER, practitioner), (By.ROOM, room), (By.SITE, site)):
        calendar = look(site, by=by)
        assert [column.name for column in calendar.columns] == [str(thing)]
        (entry,) = calendar.entries
        assert (entry.column, entry.day, entry.starts, entry.ends) == (f"{by}-{thing.pk}", MONDAY, 600, 630)
        assert (entry.name, entry.patient, entry.word, entry.detail) == (
            "S. Conti", "Conti Sofia", "booked", "consultation",
        )  # fmt: skip


def test_who_shares_initial_and_surname_with_somebody_shown_is_named_in_full(site, practitioner, room, reception_user):
    for hour, surname, given_name in ((10, "Villa", "Chiara"), (11, "Villa", "Cristina"), (12, "Conti", "Carla")):
        patient = make_patient(surname, given_name=given_name)
        occupy(practitioner, room, at(MONDAY, hour), 30, reception_user, patient)
    assert [entry.name for entry in look(site).entries] == ["Villa Chiara", "Villa Cristina", "C. Conti"]
    assert [entry.surname for entry in look(site).entries] == ["Villa", "Villa", "Conti"]


def test_a_week_runs_from_monday_to_sunday_whatever_its_day(site, practitioner, room, conti, reception_user):
    sunday = MONDAY + timedelta(days=6)
    occupy(practitioner, room, at(sunday, 10), 30, reception_user)
    occupy(practitioner, room, at(sunday + timedelta(days=1), 10), 30, reception_user, make_patient("Next"))
    calendar = look(site, view=View.WEEK, day=MONDAY + timedelta(days=3))
    assert (calendar.first, calendar.last) == (MONDAY, sunday)
    assert [entry.day for entry in calendar.entries] == [MONDAY, sunday]


def test_hours_that_are_not_worked_are_bands_without_a_word(site, practitioner):
    assert bands(look(site), f"practitioner-{practitioner.pk}") == [(0, 9, ""), (18, 24, "")]


def test_an_absence_is_shown_with_its_reason_over_the_hours(site, practitioner):
    Absence.objects.create(practitioner=practitioner, starts=at(MONDAY, 16), ends=at(TUESDAY, 11), reason="Conference")
    calendar = look(site, view=View.WEEK)
    column = f"practitioner-{practitioner.pk}"
    assert bands(calendar, column) == [(0, 9, ""), (16, 24, "Conference")]
    assert bands(calendar, column, TUESDAY) == [(0, 11, "Conference"), (18, 24, "")]


def test_the_closure_of_a_room_is_lost_to_that_room_alone(site, practitioner, room):
    other = Room.objects.create(site=site, name="Room 2")
    Closure.objects.create(site=site, room=room, starts=at(MONDAY, 10), ends=at(MONDAY, 12), reason="Painting")
    rooms = look(site, by=By.ROOM)
    assert (10, 12, "Painting") in bands(rooms, f"room-{room.pk}")
    assert bands(rooms, f"room-{other.pk}") == [(0, 8, ""), (20, 24, "")]
    assert bands(look(site), f"practitioner-{practitioner.pk}") == [(0, 9, ""), (18, 24, "")]


@pytest.mark.parametrize("by", list(By))
def test_a_closure_of_the_site_and_a_holiday_are_lost_to_every_column(site, practitioner, room, by):
    Closure.objects.create(site=site, starts=at(MONDAY, 10), ends=at(MONDAY, 12), reason="Lift out of order")
    closed = look(site, by=by)
    assert all((10, 12, "Lift out of order") in bands(closed, column.key) for column in closed.columns)
    holiday = date(2026, 12, 8)
    lost = look(site, by=by, day=holiday)
    assert [bands(lost, column.key, holiday) for column in lost.columns] == [[(0, 24, "Immacolata Concezione")]]


def test_a_sitting_says_its_number_and_phase_and_when_it_stands_outside_its_window(
    site, practitioner, room, patient, doctor_user
):
    plan = make_plan(patient, site, doctor_user, counts=[8], practitioner=practitioner)
    first = plan.sittings.get(number=1)
    book_appointment(
        patient=patient, kind="sitting", sitting=first, practitioner=practitioner, room=room,
        starts=at(MONDAY, 11), minutes=15, by=doctor_user, now=NOW,
    )  # fmt: skip
    assert look(site).entries[0].detail == "induction 1"
    plan.sittings.filter(number=1).update(earliest=TUESDAY, latest=TUESDAY)
    assert look(site).entries[0].detail == "induction 1 · outside its window"


def test_what_the_filter_leaves_out_is_still_taken_time_without_a_name(reception, site, practitioner, room, conti):
    (taken,) = [event for event in events(reception, kind="review") if event["classNames"] == ["taken"]]
    assert taken["display"] == "background"
    assert "Conti" not in json.dumps(taken)
    assert "Conti" not in text(reception.get(reverse("calendar"), {"kind": "review"}))


def test_a_practitioner_of_the_filter_is_the_only_column(site, practitioner):
    other = make_practitioner("Dr Neri", site)
    assert [column.name for column in look(site).columns] == ["Dr Bianchi", "Dr Neri"]
    assert [column.name for column in look(site, practitioner=other.pk).columns] == ["Dr Neri"]


def test_cancelled_appointments_and_reservations_that_ran_out_are_left_out(site, conti):
    Appointment.objects.update(status=Status.RESERVED, reserved_until=NOW)
    assert look(site).entries == ()
    Appointment.objects.update(status=Status.CANCELLED, cancel_reason="patient")
    assert look(site).entries == ()
    (entry,) = look(site, cancelled=True).entries
    assert (entry.movable, entry.cancellable) == (False, False)


def test_days_nobody_works_are_hidden_from_the_week_unless_something_is_booked(
    site, practitioner, room, reception_user
):
    assert feed_of(look(site, view=View.WEEK))["hidden"] == [0, 6]
    occupy(practitioner, room, at(MONDAY + timedelta(days=5), 10), 15, reception_user)
    assert feed_of(look(site, view=View.WEEK))["hidden"] == [0]


def test_the_hours_shown_reach_from_the_first_to_the_last_that_are_worked_or_booked(
    site, practitioner, room, reception_user
):
    assert (look(site).from_minute, look(site).until_minute) == (9 * 60, 18 * 60)
    occupy(practitioner, room, at(MONDAY, 19, 30), 45, reception_user)
    assert look(site).until_minute == 21 * 60


def test_the_feed_has_wall_times_without_a_zone(reception, site, conti):
    (event,) = [event for event in events(reception) if event["id"] == str(conti.pk)]
    assert (event["start"], event["end"]) == ("2026-11-23T10:00:00", "2026-11-23T10:30:00")
    assert event["editable"] is True


def test_each_site_shows_its_own_clock(reception, site, practitioner, room, conti, reception_user):
    london = Site.objects.create(name="Zurich House", time_zone="Europe/London")
    OpeningHours.objects.create(site=london, weekday=0, starts=time(8), ends=time(20))
    doctor = make_practitioner("Dr Neri", london)
    cabin = Room.objects.create(site=london, name="Cabin")
    occupy(doctor, cabin, at(MONDAY, 15), 30, reception_user, make_patient("Smith"))
    starts = {event["resourceId"]: event["start"] for event in events(reception, by="site") if "display" not in event}
    assert starts == {f"site-{site.pk}": "2026-11-23T10:00:00", f"site-{london.pk}": "2026-11-23T14:00:00"}
    assert [column["title"] for column in reception.get(
        reverse("calendar_events"), {"site": london.pk, "by": "room"}
    ).json()["columns"]] == ["Cabin"]  # fmt: skip


@pytest.mark.parametrize("day", [date(2026, 10, 25), date(2027, 3, 28)])
def test_a_day_of_25_or_of_23_hours_shows_wall_times(site, practitioner, room, reception_user, day):
    occupy(practitioner, room, at(day, 10), 30, reception_user)
    (entry,) = look(site, day=day).entries
    assert (entry.day, entry.starts, entry.ends) == (day, 600, 630)


def test_the_list_has_the_same_appointments_with_the_same_acts(reception, conti):
    page = reception.get(reverse("calendar"), {"shape": "list"}).content.decode()
    assert "Conti Sofia" in page
    for name in ("appointment", "appointment_put", "appointment_cancel"):
        assert reverse(name, args=[conti.pk]) in page
    assert "build/calendar.js" not in page


def test_the_list_shows_texts_as_they_were_typed(reception, practitioner, room, reception_user):
    practitioner.name, room.name = "Dr <i>Verdi</i>", "Room & 1"
    practitioner.save()
    room.save()
    occupy(practitioner, room, at(MONDAY, 10), 30, reception_user, make_patient("<b>D'Angelo"))
    for by, where in ((By.PRACTITIONER, "Room &amp; 1"), (By.ROOM, "Dr &lt;i&gt;Verdi&lt;/i&gt;")):
        page = reception.get(reverse("calendar"), {"shape": "list", "by": by}).content.decode()
        assert "&lt;b&gt;D&#x27;Angelo Sofia</a>" in page
        assert f"· {where}</small>" in page
        assert "<b>" not in page
        assert "<i>" not in page


def test_the_list_names_lost_time(site, practitioner):
    Absence.objects.create(practitioner=practitioner, starts=at(MONDAY, 9), ends=at(MONDAY, 12), reason="Conference")
    (group,) = groups_of(look(site), MONDAY)
    assert group.lost == ("Conference, 09:00–12:00",)
    (holiday,) = groups_of(look(site, day=date(2026, 12, 8)), date(2026, 12, 8))
    assert holiday.lost == ("Immacolata Concezione, all day",)


def test_what_is_not_booked_any_more_cannot_be_moved_from_the_list(reception, conti):
    Appointment.objects.update(status=Status.COMPLETED)
    page = reception.get(reverse("calendar")).content.decode()
    assert reverse("appointment_put", args=[conti.pk]) not in page
    assert reverse("appointment_cancel", args=[conti.pk]) not in page


def test_the_arrows_step_by_what_is_looked_at_and_keep_the_rest(reception, site):
    page = reception.get(reverse("calendar"), {"view": "week", "by": "room", "date": "2026-11-25"})
    assert page.context["steps"]["next"] == "/calendar/?date=2026-12-02&view=week&by=room"
    assert "23 – 29 November" in text(page)


@pytest.mark.parametrize(
    "query",
    [
        {"date": "garbage"}, {"date": "0001-01-01"}, {"date": "9999-12-31"}, {"view": "year"}, {"by": "\0"},
        {"kind": "x" * 10_000}, {"practitioner": "-1"}, {"practitioner": "9" * 40}, {"site": "99"}, {"shape": "<b>"},
        {"moved": "x"}, {"show": "all"},
    ],
)  # fmt: skip
def test_an_address_that_cannot_be_read_is_told_over_a_calendar_that_can(reception, site, query):
    page = reception.get(reverse("calendar"), query)
    assert page.status_code == 422
    assert page.context["refused"]
    assert "Monday 23 November" in text(page)
    feed = reception.get(reverse("calendar_events"), query)
    assert (feed.status_code, list(feed.json())) == (422, ["said"])


@pytest.mark.parametrize("day", ["2000-01-01", "2100-12-31"])
@pytest.mark.parametrize("view", list(View))
def test_the_edges_of_the_years_are_shown(reception, site, day, view):
    assert reception.get(reverse("calendar"), {"date": day, "view": view}).status_code == 200


def test_a_clinic_without_a_site_says_so(reception):
    content = reception.get(reverse("calendar")).content.decode()
    assert "no site yet" in content
    assert "<h1>Calendar</h1>" in content
    assert reception.get(reverse("calendar_events")).status_code == 422


def fill(site, names):
    """For each name a practitioner at work, with an absence and an appointment, a room with a closure, and a site."""
    for name in names:
        practitioner, cabin = make_practitioner(f"Dr {name}", site), Room.objects.create(site=site, name=name)
        Absence.objects.create(practitioner=practitioner, starts=at(MONDAY, 9), ends=at(MONDAY, 10))
        Closure.objects.create(site=site, room=cabin, starts=at(MONDAY, 9), ends=at(MONDAY, 10))
        Site.objects.create(name=name)
        times = {"starts": at(MONDAY, 14), "ends": at(MONDAY, 15), "room_free_at": at(MONDAY, 15)}
        patient = make_patient(name)
        Appointment.objects.create(patient=patient, kind="review", practitioner=practitioner, room=cabin, **times)


@pytest.mark.parametrize("by", list(By))
@pytest.mark.parametrize(("name", "most"), [("calendar", 15), ("calendar_events", 10)])
def test_a_week_asks_the_same_number_of_questions_for_1_and_20_of_everything(reception, site, by, name, most):
    def questions():
        with CaptureQueriesContext(connection) as captured:
            assert reception.get(reverse(name), {"by": by, "view": "week"}).status_code == 200
        return len(captured)

    fill(site, ["A"])
    few = questions()
    fill(site, [f"Z{n}" for n in range(19)])
    assert questions() == few
    assert few <= most


@pytest.mark.parametrize(
    ("more", "asked", "by"), [(1, False, By.PRACTITIONER), (2, False, By.SITE), (2, True, By.PRACTITIONER)]
)
def test_a_week_of_many_practitioners_has_days_as_columns_until_others_are_asked_for(
    site, practitioner, conti, more, asked, by
):
    Site.objects.create(name="London")
    names = [make_practitioner(f"Dr {number}", site).name for number in range(more)]
    week = look(site, view=View.WEEK, by_asked=asked)
    assert week.by is by
    columns = [site.name] if by is By.SITE else sorted([practitioner.name, *names])
    assert [column.name for column in week.columns] == columns
    assert [entry.name for entry in week.entries] == ["S. Conti"]


def test_the_day_and_the_week_of_one_practitioner_keep_their_columns(site, practitioner):
    for number in range(3):
        make_practitioner(f"Dr {number}", site)
    assert look(site).by is By.PRACTITIONER
    week = look(site, view=View.WEEK, practitioner=practitioner.pk)
    assert [column.name for column in week.columns] == [practitioner.name]


@pytest.mark.parametrize(
    ("by", "where"),
    [(By.PRACTITIONER, "{room}"), (By.ROOM, "{practitioner}"), (By.SITE, "{practitioner} · {room}")],
)
def test_an_appointment_does_not_repeat_the_name_over_its_column(site, practitioner, room, conti, by, where):
    (entry,) = look(site, by=by).entries
    assert entry.where == where.format(room=room.name, practitioner=practitioner.name)
