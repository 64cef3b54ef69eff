"""Hours, absences and closures in the administration: what cannot be is refused beside its field."""

from datetime import UTC, datetime, time

import pytest

from scheduling.models import Absence, Closure, OpeningHours, Room, Site, WorkingHours
from tests.scheduling.admin.forms import errors, save

pytestmark = pytest.mark.django_db


def hours(practitioner) -> str:
    return f"/admin/scheduling/practitioner/{practitioner.pk}/change/"


def new_hours(number: int, site, weekday: int, starts: str, ends: str, until: str = "") -> dict[str, object]:
    """One more row of working hours, as the form names its fields."""
    row = {
        "site": site.pk,
        "weekday": weekday,
        "starts": starts,
        "ends": ends,
        "valid_from": "01/01/2020",
        "valid_until": until,
        "id": "",
    }
    return {f"working_hours__{number}__{name}": value for name, value in row.items()}


def test_weekly_hours_are_added_on_the_page_of_the_practitioner(admin, practitioner, site):
    response = save(
        admin,
        hours(practitioner),
        working_hours__TOTAL_FORMS=6,
        **new_hours(5, site, 5, "09:00", "12:00"),
    )
    assert response.status_code == 302
    assert practitioner.working_hours.filter(weekday=5, starts=time(9), ends=time(12)).exists()


def test_hours_that_overlap_what_is_stored_are_refused(admin, practitioner, site):
    row = new_hours(5, site, 0, "17:00", "19:00")
    response = save(admin, hours(practitioner), working_hours__TOTAL_FORMS=6, **row)
    assert "These hours overlap" in errors(response)
    assert practitioner.working_hours.count() == 5


def test_two_new_rows_that_overlap_each_other_are_refused(admin, practitioner, site):
    rows = new_hours(5, site, 5, "09:00", "12:00") | new_hours(6, site, 5, "11:00", "13:00")
    response = save(admin, hours(practitioner), working_hours__TOTAL_FORMS=7, **rows)
    assert "These hours overlap Saturday 09:00–12:00." in errors(response)
    assert practitioner.working_hours.count() == 5


def test_two_rows_of_one_day_that_only_touch_are_kept(admin, practitioner, site):
    rows = new_hours(5, site, 5, "09:00", "12:00") | new_hours(6, site, 5, "12:00", "13:00")
    assert save(admin, hours(practitioner), working_hours__TOTAL_FORMS=7, **rows).status_code == 302


def test_the_same_hours_in_seasons_that_do_not_meet_are_kept(admin, practitioner, site):
    rows = new_hours(5, site, 5, "09:00", "12:00", until="31/12/2025") | new_hours(6, site, 5, "09:00", "12:00")
    rows["working_hours__6__valid_from"] = "01/01/2026"
    assert save(admin, hours(practitioner), working_hours__TOTAL_FORMS=7, **rows).status_code == 302


def test_two_stored_rows_that_touch_are_shifted_together_in_one_save(admin, practitioner, site):
    rows = new_hours(5, site, 5, "09:00", "12:00") | new_hours(6, site, 5, "12:00", "15:00")
    save(admin, hours(practitioner), working_hours__TOTAL_FORMS=7, **rows)
    first, second = practitioner.working_hours.filter(weekday=5).order_by("starts")
    response = save(
        admin,
        hours(practitioner),
        **{
            f"working_hours__{number}__{name}": value
            for number, (row, times) in enumerate(
                [(row, None) for row in practitioner.working_hours.exclude(weekday=5)]
                + [(first, ("10:00", "13:00")), (second, ("13:00", "16:00"))]
            )
            if times
            for name, value in (("starts", times[0]), ("ends", times[1]))
        },
    )
    assert response.status_code == 302
    assert list(practitioner.working_hours.filter(weekday=5).values_list("starts", flat=True)) == [time(10), time(13)]


def test_hours_edited_alone_are_held_against_the_stored_ones(admin, practitioner, site):
    response = admin.post(
        "/admin/scheduling/workinghours/add/",
        {
            "practitioner": practitioner.pk,
            "site": site.pk,
            "weekday": 0,
            "starts": "17:00",
            "ends": "19:00",
            "valid_from": "01/01/2026",
        },
    )
    assert "These hours overlap Monday 09:00–18:00 of the same practitioner." in errors(response)
    assert practitioner.working_hours.count() == 5


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("ends", "08:00", "The end must be after the start."),
        ("ends", "25:00", "Enter a valid time."),
        ("valid_until", "31/12/2019", "The last day must not be before the first."),
        ("valid_until", "31/12/9999", "up to the year 2100"),
        ("valid_from", "01/01/0001", "from the year 2000 on"),
        ("valid_from", "31/02/2026", "Enter a valid date."),
        ("weekday", "7", "Select a valid choice."),
        ("site", "999999999", "Select a valid choice."),
    ],
)
def test_hours_that_cannot_be_are_refused_beside_their_field(admin, practitioner, site, field, value, said):
    row = new_hours(5, site, 5, "09:00", "12:00") | {f"working_hours__5__{field}": value}
    response = save(admin, hours(practitioner), working_hours__TOTAL_FORMS=6, **row)
    assert said in errors(response)
    assert practitioner.working_hours.count() == 5


def test_opening_hours_that_overlap_in_one_submission_are_refused(admin, site):
    rows = {
        f"opening_hours__{number}__{name}": value
        for number, (starts, ends) in ((6, ("09:00", "12:00")), (7, ("10:00", "11:00")))
        for name, value in {"weekday": 6, "starts": starts, "ends": ends, "id": ""}.items()
    }
    url = f"/admin/scheduling/site/{site.pk}/change/"
    response = save(admin, url, opening_hours__TOTAL_FORMS=8, **rows)
    assert "These hours overlap Sunday 09:00–12:00." in errors(response)
    assert OpeningHours.objects.count() == 6


def add(admin, what: str, **values: object):
    return save(admin, f"/admin/scheduling/{what}/add/", **values)


def span(starts: tuple[str, str], ends: tuple[str, str]) -> dict[str, str]:
    return {"starts_0": starts[0], "starts_1": starts[1], "ends_0": ends[0], "ends_1": ends[1]}


def test_an_absence_is_typed_in_local_time_and_stored_as_instants(admin, practitioner):
    times = span(("01/07/2027", "09:00"), ("02/07/2027", "18:00"))
    assert add(admin, "absence", practitioner=practitioner.pk, **times).status_code == 302
    absence = Absence.objects.get()
    assert absence.starts == datetime(2027, 7, 1, 7, tzinfo=UTC)
    assert absence.ends == datetime(2027, 7, 2, 16, tzinfo=UTC)


def test_a_closure_is_typed_in_the_time_of_its_site(admin, site):
    Site.objects.filter(pk=site.pk).update(time_zone="Atlantic/Azores")
    times = span(("01/07/2027", "09:00"), ("01/07/2027", "18:00"))
    assert add(admin, "closure", site=site.pk, **times).status_code == 302
    closure = Closure.objects.get()
    assert closure.starts == datetime(2027, 7, 1, 9, tzinfo=UTC)
    shown = admin.get(f"/admin/scheduling/closure/{closure.pk}/change/")
    assert shown.context["adminform"].form.initial["starts"] == datetime(2027, 7, 1, 9)


def test_opening_a_stored_absence_and_saving_it_changes_nothing(admin, practitioner):
    starts, ends = datetime(2027, 7, 1, 7, tzinfo=UTC), datetime(2027, 7, 2, 16, tzinfo=UTC)
    absence = Absence.objects.create(practitioner=practitioner, starts=starts, ends=ends)
    assert save(admin, f"/admin/scheduling/absence/{absence.pk}/change/").status_code == 302
    absence.refresh_from_db()
    assert (absence.starts, absence.ends) == (starts, ends)


@pytest.mark.parametrize("what", ["absence", "closure"])
@pytest.mark.parametrize(
    ("starts", "ends", "said"),
    [
        (("02/07/2027", "09:00"), ("01/07/2027", "09:00"), "The end must be after the start."),
        (("02/07/2027", "09:00"), ("02/07/2027", "09:00"), "The end must be after the start."),
        (("28/03/2027", "02:30"), ("29/03/2027", "09:00"), "02:30 does not exist on 28/03/2027"),
        (("30/10/2027", "09:00"), ("31/10/2027", "02:15"), "02:15 comes twice on 31/10/2027"),
        (("01/01/0001", "09:00"), ("02/07/2027", "09:00"), "Choose a year from 2000 to 2100."),
        (("01/07/2027", "09:00"), ("31/12/9999", "09:00"), "Choose a year from 2000 to 2100."),
        (("", ""), ("02/07/2027", "09:00"), "This field is required."),
        (("x\x00", "09:00"), ("02/07/2027", "09:00"), "Enter a valid date."),
    ],
)
def test_a_span_that_cannot_be_is_refused_beside_its_field(admin, practitioner, site, what, starts, ends, said):
    place = {"practitioner": practitioner.pk} if what == "absence" else {"site": site.pk}
    response = add(admin, what, **place, **span(starts, ends))
    assert response.status_code == 200
    assert said in errors(response)
    assert not Absence.objects.exists()
    assert not Closure.objects.exists()


def test_an_absence_of_nobody_is_refused(admin, practitioner):
    response = add(admin, "absence", practitioner="", **span(("01/07/2027", "09:00"), ("02/07/2027", "09:00")))
    assert "This field is required." in errors(response)


def test_a_room_of_another_site_is_not_closed_with_this_one(admin, site):
    elsewhere = Room.objects.create(site=Site.objects.create(name="Elsewhere"), name="Room 9")
    times = span(("01/07/2027", "09:00"), ("01/07/2027", "18:00"))
    response = add(admin, "closure", site=site.pk, room=elsewhere.pk, **times)
    assert "does not belong to the site" in errors(response)


def test_an_absence_is_added_on_the_page_of_the_practitioner(admin, practitioner):
    row = span(("01/07/2027", "09:00"), ("02/07/2027", "18:00"))
    fields = {f"absences__0__{name}": value for name, value in row.items()}
    response = save(admin, hours(practitioner), absences__TOTAL_FORMS=1, absences__0__id="", **fields)
    assert response.status_code == 302
    assert Absence.objects.get().starts == datetime(2027, 7, 1, 7, tzinfo=UTC)


@pytest.mark.parametrize("name", ["x" * 10_000, "Room\x00", ""])
def test_a_name_no_room_can_have_is_refused(admin, site, name):
    response = add(admin, "room", site=site.pk, name=name, cleaning_minutes=5)
    assert response.status_code == 200
    assert "name" in response.context["adminform"].form.errors
    assert not Room.objects.exists()


def test_a_name_with_markup_is_shown_as_typed(admin, site):
    add(admin, "room", site=site.pk, name="<b>Room</b>", cleaning_minutes=5)
    assert "&lt;b&gt;Room&lt;/b&gt;" in admin.get("/admin/scheduling/room/").content.decode()


def test_a_practitioner_with_appointments_is_not_deleted(admin, appointment, practitioner):
    response = admin.post(f"/admin/scheduling/practitioner/{practitioner.pk}/delete/", {"post": "yes"})
    assert response.status_code in (200, 403)
    assert WorkingHours.objects.filter(practitioner=practitioner).count() == 5


def test_who_changed_a_site_is_in_its_history(admin, site, administrator_user):
    save(admin, f"/admin/scheduling/site/{site.pk}/change/", name="Studio Nuovo")
    latest = site.history.first()
    assert (latest.name, latest.history_user) == ("Studio Nuovo", administrator_user)
