"""What suits a patient: asked, checked, kept, and never over somebody else's change."""

from datetime import date, time
from urllib.parse import urlencode

import pytest
import time_machine
from django.urls import reverse
from django.utils.html import escape

from scheduling.models import BookingPreference, UnavailableDates
from scheduling.selectors.preferences import Wishes, wishes_of
from scheduling.services.preferences import save_preference
from scheduling.services.refusals import Stale

pytestmark = pytest.mark.usefixtures("site")

TODAY = date(2026, 11, 21)
AUGUST = (date(2027, 8, 8), date(2027, 8, 23))
ROWS = {"away-TOTAL_FORMS": "3", "away-INITIAL_FORMS": "0"}


@pytest.fixture(autouse=True)
def _today():
    with time_machine.travel("2026-11-21 10:00:00+01:00", tick=False):
        yield


@pytest.fixture
def url(patient) -> str:
    return reverse("preferences_patient", args=[patient.pk])


def typed(patient, **values):
    return {"version": wishes_of(patient, TODAY).version, **ROWS, **values}


def save(patient, wishes: Wishes) -> None:
    save_preference(patient=patient, wishes=wishes, version=wishes_of(patient, TODAY).version, today=TODAY)


def test_saved_they_lead_back_to_the_booking_they_were_opened_from(desk, url, patient):
    booking = "/plans/1/book/?asked=1&weekdays=1&next=%2Fto-book%2F"
    asked = f"{url}?{urlencode({'next': booking})}"
    assert f'href="{escape(booking)}">Cancel' in desk.get(asked).text
    assert desk.post(asked, typed(patient)).url == booking
    assert desk.post(url, typed(patient)).url == reverse("patient", args=[patient.pk])
    assert desk.post(f"{url}?next=https://elsewhere.example/", typed(patient)).url == f"/patients/{patient.pk}/"


def test_a_patient_nobody_asked_has_no_wishes(patient):
    assert wishes_of(patient, TODAY) == Wishes()


def test_what_is_saved_is_read_back(patient, practitioner):
    wishes = Wishes((1, 3), time(9), time(13), practitioner.pk, (AUGUST,))
    save(patient, wishes)
    assert wishes_of(patient, TODAY) == wishes


def test_saving_replaces_dates_to_come_and_leaves_those_past(patient):
    UnavailableDates.objects.create(patient=patient, first=date(2026, 8, 1), last=date(2026, 8, 9))
    UnavailableDates.objects.create(patient=patient, first=date(2026, 12, 1), last=date(2026, 12, 9))
    save(patient, Wishes(unavailable=(AUGUST,)))
    kept = list(UnavailableDates.objects.values_list("first", flat=True))
    assert kept == [date(2026, 8, 1), date(2027, 8, 8)]


def test_saving_over_an_unseen_change_is_refused_and_changes_nothing(patient):
    seen = wishes_of(patient, TODAY).version
    save(patient, Wishes(weekdays=(1,), unavailable=(AUGUST,)))
    with pytest.raises(Stale):
        save_preference(patient=patient, wishes=Wishes(weekdays=(4,)), version=seen, today=TODAY)
    assert wishes_of(patient, TODAY) == Wishes(weekdays=(1,), unavailable=(AUGUST,))


def test_the_page_saves_days_hours_practitioner_and_dates(desk, url, patient, practitioner):
    chosen = {"weekdays": ["3", "1"], "from_time": "09:00", "until_time": "13:00", "practitioner": practitioner.pk}
    away = {"away-0-first": "2027-08-08", "away-0-last": "2027-08-23", "away-2-first": "2026-12-24"}
    assert desk.post(url, typed(patient, **chosen, **away)).url == reverse("patient", args=[patient.pk])
    christmas = (date(2026, 12, 24), date(2026, 12, 24))
    assert wishes_of(patient, TODAY) == Wishes((1, 3), time(9), time(13), practitioner.pk, (christmas, AUGUST))


def test_the_page_shows_what_is_saved_and_three_rows_more(desk, url, patient):
    save(patient, Wishes(weekdays=(1,), from_time=time(17, 30), unavailable=(AUGUST,)))
    page = desk.get(url).text
    assert 'value="17:30"' in page
    assert 'value="2027-08-23"' in page
    assert 'name="away-3-first"' in page


def test_a_row_is_taken_out_by_its_tick_or_by_emptying_it(desk, url, patient):
    easter = (date(2027, 3, 28), date(2027, 3, 29))
    save(patient, Wishes(unavailable=(easter, AUGUST)))
    rows = {"away-TOTAL_FORMS": "5", "away-INITIAL_FORMS": "2", "away-0-first": "", "away-0-last": ""}
    ticked = {"away-1-first": "2027-08-08", "away-1-last": "2027-08-23", "away-1-DELETE": "on"}
    desk.post(url, {**typed(patient), **rows, **ticked})
    assert wishes_of(patient, TODAY) == Wishes()


@pytest.mark.parametrize(
    ("bad", "sentence"),
    [
        ({"from_time": "13:00", "until_time": "09:00"}, "The end must be after the start."),
        ({"from_time": "13:00", "until_time": "13:00"}, "The end must be after the start."),
        ({"from_time": "25:00"}, "Enter a valid time."),
        ({"weekdays": ["7"]}, "7 is not one of the available choices."),
        ({"practitioner": "999999"}, "That choice is not one of the available choices."),
        ({"away-0-first": "2027-08-23", "away-0-last": "2027-08-08"}, "The last day must not be before the first."),
        ({"away-0-last": "2027-08-08"}, "The first day is missing."),
        ({"away-0-first": "2026-11-01"}, "These days are past."),
        ({"away-0-first": "0001-01-01", "away-0-last": "2027-01-01"}, "Choose days between"),
        ({"away-0-first": "2027-01-01", "away-0-last": "9999-12-31"}, "Choose days between"),
        ({"away-0-first": "2027-02-29"}, "Enter a valid date."),
        ({"away-0-first": "a\x00b"}, "Enter a valid date."),
        ({"away-TOTAL_FORMS": "x"}, "ManagementForm data is missing"),
        ({"away-TOTAL_FORMS": "100000"}, "Please submit at most 30 forms."),
        ({"version": "x" * 10_000}, "Enter a whole number."),
    ],
)
def test_bad_input_gets_a_message_and_nothing_is_saved(desk, url, patient, bad, sentence):
    response = desk.post(url, {**typed(patient), **bad})
    assert response.status_code == 422
    assert sentence in response.text
    assert not BookingPreference.objects.exists()


def test_a_lost_update_shows_both_and_can_then_be_saved_over(desk, url, patient):
    late = typed(patient, weekdays=["4"])
    save(patient, Wishes(weekdays=(1,)))
    response = desk.post(url, late)
    assert response.status_code == 409
    assert "<td>Tuesday</td>" in response.text
    assert "<td>Friday</td>" in response.text
    desk.post(url, {**late, "version": response.context["form"]["version"].value()})
    assert wishes_of(patient, TODAY) == Wishes(weekdays=(4,))


def test_a_practitioner_who_left_stays_the_wish_until_changed(desk, url, patient, practitioner):
    practitioner.active = False
    practitioner.save()
    save(patient, Wishes(practitioner=practitioner.pk))
    assert practitioner.name in desk.get(url).text


def test_a_patient_who_does_not_exist_is_not_found(desk):
    assert desk.get(reverse("preferences_patient", args=[999])).status_code == 404
