"""Booking anything in three steps: whom, what, when; lost races, double presses, bad input, and how much it asks."""

from datetime import time, timedelta
from urllib.parse import urlencode
from uuid import uuid4

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from patients.models import Patient
from scheduling.models import (
    Absence,
    Appointment,
    BookingPreference,
    BookingWeights,
    OpeningHours,
    Practitioner,
    Room,
    Site,
    UnavailableDates,
)
from scheduling.selectors.weighing import weighing_of, weighing_without_plan
from tests.conftest import make_practitioner
from tests.scheduling.booking_data import MONDAY, NOW, at, make_patient, make_plan, occupy

pytestmark = pytest.mark.usefixtures("clock")

DAY = timedelta(days=1)
MOST = 20
NOISE = [
    {"minutes": "7"},
    {"minutes": "0"},
    {"minutes": "9" * 400},
    {"minutes": "245"},
    {"minutes": "\0"},
    {"first": "2001-01-01"},
    {"first": "0001-01-01"},
    {"first": "9999-12-31"},
    {"first": "tomorrow"},
    {"practitioner": "999999"},
    {"practitioner": "9" * 400},
    {"practitioner": "\0"},
]


@pytest.fixture
def desk(desk: Client, practitioner, room) -> Client:
    """Reception, where somebody and somewhere can be booked."""
    return desk


@pytest.fixture
def plan(patient, site, practitioner, room, doctor_user):
    """Four weekly sittings from Monday 23 November 2026."""
    return make_plan(patient, site, doctor_user, counts=[4], practitioner=practitioner)


def visit_url(patient, kind: str = "consultation", **more: object) -> str:
    return f"{reverse('book_visit', args=[patient.pk])}?{urlencode({'kind': kind, **more})}"


def rows(response) -> list:
    return [row for day in response.context["days"] for row in day.rows]


def suggested(response):
    return next(row for row in rows(response) if row.best)


def press(desk: Client, url: str, row, key=None):
    return desk.post(url, {"token": row.token, "key": str(key or uuid4())})


# Step 1: whom.


def test_who_is_alone_in_matching_is_chosen_at_once(desk, patient):
    response = desk.get(reverse("book"), {"q": "gre sof", "next": "/today/"})
    assert response.url == f"{reverse('book_patient', args=[patient.pk])}?next=%2Ftoday%2F"


def test_several_who_match_are_listed_each_leading_to_the_next_step(desk, patient):
    other = make_patient("Greco")
    content = desk.get(reverse("book"), {"q": "greco"}).content.decode()
    assert all(reverse("book_patient", args=[each.pk]) in content for each in (patient, other))


def test_while_somebody_types_only_the_list_is_sent_and_nobody_is_chosen(desk, patient):
    response = desk.get(reverse("book"), {"q": "greco"}, headers={"HX-Request": "true"})
    assert [template.name for template in response.templates][:1] == ["scheduling/_book_who.html"]
    assert reverse("book_patient", args=[patient.pk]) in response.content.decode()


def test_nobody_found_is_said_and_a_new_patient_takes_along_what_was_typed_and_where_to_go_back(desk):
    content = desk.get(reverse("book"), {"q": "Zanetti", "next": "/today/"}).content.decode()
    assert "Nobody matches" in content
    assert f"{reverse('patient_new')}?q=Zanetti&amp;next=%2Fbook%2F%3Fnext%3D%252Ftoday%252F%26patient%3D" in content


def test_a_patient_made_on_the_way_is_the_one_who_is_booked_for(desk, patient):
    response = desk.get(reverse("book"), {"patient": patient.pk, "next": "/today/"})
    assert response.url == f"{reverse('book_patient', args=[patient.pk])}?next=%2Ftoday%2F"


@pytest.mark.parametrize("number", ["9" * 5000, "-1", "0", "one"])
def test_a_patient_that_is_no_number_asks_who_it_is_for(desk, number):
    response = desk.get(reverse("book"), {"patient": number})
    assert response.status_code == 422
    assert "Who is it for?" in response.content.decode()


def test_a_patient_made_in_the_middle_of_a_booking_goes_on_being_booked_for(desk):
    typed = {"surname": "Zanetti", "given_name": "Ada", "birth_date": "1980-01-02", "sex": "F", "version": "1"}
    here = desk.get(reverse("book"), {"q": "Zanetti", "next": "/today/"}).context["here"]
    response = desk.post(reverse("patient_new"), {**typed, "next": here}, follow=True)
    zanetti = Patient.objects.get(surname="Zanetti")
    assert response.redirect_chain[-1][0] == f"{reverse('book_patient', args=[zanetti.pk])}?next=%2Ftoday%2F"


@pytest.mark.parametrize("query", [{"q": "\0"}, {"q": "x" * 5000}])
def test_what_cannot_be_searched_is_said(desk, query):
    response = desk.get(reverse("book"), query)
    assert response.status_code == 422
    assert response.context["form"].errors


def test_an_address_elsewhere_is_not_carried_along(desk, patient):
    response = desk.get(reverse("book"), {"q": "greco", "next": "https://elsewhere.example/"})
    assert response.url == reverse("book_patient", args=[patient.pk])


# Step 2: what.


def test_what_is_due_is_offered_as_a_cycle_and_as_the_next_sitting(desk, plan):
    content = desk.get(reverse("book_patient", args=[plan.patient_id])).content.decode()
    assert reverse("book_cycle", args=[plan.pk]) in content
    assert reverse("book_sitting", args=[plan.sittings.get(number=1).pk]) in content
    assert "All 4 sittings" in content


def test_the_last_sitting_of_a_plan_is_no_cycle(desk, patient, site, doctor_user):
    plan = make_plan(patient, site, doctor_user, counts=[1])
    content = desk.get(reverse("book_patient", args=[patient.pk])).content.decode()
    assert reverse("book_cycle", args=[plan.pk]) not in content
    assert reverse("book_sitting", args=[plan.sittings.get().pk]) in content


def test_every_other_kind_is_offered_to_somebody_without_a_plan(desk, patient):
    content = desk.get(reverse("book_patient", args=[patient.pk])).content.decode()
    for kind in ("consultation", "sensitivity-test", "review", "complementary"):
        assert f"?kind={kind}&amp;" in content
    assert "No sitting of an approved plan waits for a slot." in content


def test_on_a_patients_page_booking_begins_with_what_is_due(desk, patient):
    page = reverse("patient", args=[patient.pk])
    response = desk.get(page)
    assert response.context["book_url"] == f"{reverse('book_patient', args=[patient.pk])}?{urlencode({'next': page})}"


def test_elsewhere_booking_begins_with_the_patient_and_comes_back(desk, site):
    assert desk.get("/today/?day=2026-11-24").context["book_url"] == "/book/?next=%2Ftoday%2F%3Fday%3D2026-11-24"


def test_the_administrator_is_not_offered_to_book(client, administrator_user, site):
    client.force_login(administrator_user)
    assert client.get(reverse("today")).context["book_url"] == ""


# Step 3: when.


@pytest.mark.parametrize(
    ("kind", "minutes"), [("consultation", 30), ("sensitivity-test", 15), ("review", 15), ("complementary", 45)]
)
def test_each_kind_is_booked_with_one_press_for_its_usual_time(desk, patient, kind, minutes):
    url = visit_url(patient, kind, next="/today/")
    response = press(desk, url, suggested(desk.get(url)))
    booked = Appointment.objects.get()
    assert response.url == "/today/"
    assert (booked.kind, booked.ends - booked.starts) == (kind, timedelta(minutes=minutes))
    assert (booked.patient, booked.sitting, booked.status) == (patient, None, "booked")


def test_another_length_and_one_practitioner_are_kept_to(desk, patient, site):
    neri = make_practitioner("Dr Neri", site)
    found = rows(desk.get(visit_url(patient, minutes=60, practitioner=neri.pk)))
    assert {row.practitioner for row in found} == {"Dr Neri"}
    press(desk, visit_url(patient), found[0])
    booked = Appointment.objects.get()
    assert (booked.practitioner, booked.ends - booked.starts) == (neri, timedelta(hours=1))


def test_from_a_date_on_nothing_earlier_is_offered(desk, patient):
    found = rows(desk.get(visit_url(patient, first="2027-02-01")))
    assert min(row.day for row in found).isoformat() == "2027-02-01"


def test_looking_further_begins_after_the_last_day_shown(desk, patient):
    response = desk.get(visit_url(patient))
    last = max(row.day for row in rows(response))
    assert min(row.day for row in rows(desk.get(response.context["further"]))) > last


def test_what_suits_the_patient_weighs_and_days_they_cannot_come_are_left_out(desk, patient):
    BookingPreference.objects.create(patient=patient, weekdays=[3], from_time=time(15))
    UnavailableDates.objects.create(patient=patient, first=MONDAY, last=MONDAY + 6 * DAY)
    best = suggested(desk.get(visit_url(patient)))
    assert (best.day, best.at) == (MONDAY + 10 * DAY, time(15))


def test_a_complementary_therapy_keeps_apart_from_the_sittings(desk, plan, practitioner, room, reception_user):
    sitting = plan.sittings.get(number=1)
    offers = desk.get(reverse("book_sitting", args=[sitting.pk]))
    press(desk, reverse("book_sitting", args=[sitting.pk]), suggested(offers))
    sitting.refresh_from_db()
    found = rows(desk.get(visit_url(plan.patient, "complementary")))
    assert min(abs((row.day - sitting.booked).days) for row in found) == plan.keep_apart


def test_when_six_weeks_are_full_the_page_says_what_to_do(desk, patient, practitioner):
    Absence.objects.create(practitioner=practitioner, starts=at(MONDAY, 0), ends=at(MONDAY + 70 * DAY, 0))
    response = desk.get(visit_url(patient))
    assert rows(response) == []
    assert "Nothing is free in these six weeks" in response.content.decode()
    assert "first=2027-01-04" in response.context["further"]


# Booked already: said before it is booked again, and undone from the message.


def test_who_has_a_visit_of_that_kind_already_is_told_before_booking_another(desk, patient, practitioner, room):
    url = visit_url(patient)
    press(desk, url, suggested(desk.get(url)))
    booked = Appointment.objects.get()
    response = desk.get(url)
    content = response.content.decode()
    assert "Already in the diary:" in content
    assert f'{reverse("appointment", args=[booked.pk])}">consultation, Mon 23 Nov 2026, 09:00–09:30' in content
    assert 'autofocus aria-describedby="already"' in content
    same_day = {bool(row.comes) for row in rows(response) if row.day == MONDAY}
    other_days = {bool(row.comes) for row in rows(response) if row.day != MONDAY}
    assert (same_day, other_days) == ({True}, {False})


def test_what_the_patient_had_earlier_today_counts_too(desk, patient, practitioner, room, reception_user):
    occupy(practitioner, room, at(MONDAY, 9), 30, reception_user, patient)
    with time_machine.travel(at(MONDAY, 9, 35), tick=False):
        response = desk.get(visit_url(patient, "review"))
    assert suggested(response).comes == "comes that day already, at 09:00"


def test_nothing_is_said_of_another_kind_on_another_day_nor_of_what_was_cancelled(desk, patient, practitioner, room):
    url = visit_url(patient, "review", first="2026-11-24")
    press(desk, url, suggested(desk.get(url)))
    assert "Already in the diary" not in desk.get(visit_url(patient, first="2027-01-25")).content.decode()
    Appointment.objects.update(status="cancelled")
    assert "Already in the diary" not in desk.get(url).content.decode()


def undo(desk: Client, response):
    """Presses Undo in the message of a booking."""
    booked = Appointment.objects.get()
    assert f'action="{reverse("booking_take_back", args=[booked.pk])}"' in desk.get(response.url).content.decode()
    return desk.post(
        reverse("booking_take_back", args=[booked.pk]), {"version": "1", "next": visit_url(booked.patient)}
    )


def test_the_message_of_a_booking_takes_it_back_and_leads_to_the_slots_again(desk, patient):
    url = visit_url(patient)
    answer = undo(desk, press(desk, url, suggested(desk.get(url))))
    booked = Appointment.objects.get()
    assert answer.url == url
    assert (booked.status, booked.cancel_reason) == ("cancelled", "mistake")


def test_a_booking_that_somebody_has_touched_since_is_not_taken_back(desk, patient):
    url = visit_url(patient)
    response = press(desk, url, suggested(desk.get(url)))
    Appointment.objects.update(version=2)
    assert undo(desk, response).url == reverse("appointment", args=[Appointment.objects.get().pk])
    assert Appointment.objects.get().status == "booked"


# A press, twice, too late, or of something that is not ours.


def test_a_double_press_books_once(desk, patient):
    url, key = visit_url(patient), uuid4()
    best = suggested(desk.get(url))
    assert [press(desk, url, best, key).status_code for _ in range(2)] == [302, 302]
    assert Appointment.objects.count() == 1


def test_a_slot_taken_meanwhile_is_said_with_fresh_ones_and_what_was_asked(
    desk, patient, practitioner, room, reception_user
):
    url = visit_url(patient, minutes=40, practitioner=practitioner.pk)
    best = suggested(desk.get(url))
    taken = occupy(practitioner, room, at(best.day, best.at.hour, best.at.minute), 30, reception_user)
    response = press(desk, url, best)
    assert response.status_code == 409
    assert "Nothing was booked." in response.content.decode()
    assert (best.day, best.at) not in {(row.day, row.at) for row in rows(response)}
    assert response.context["form"]["minutes"].value() == "40"
    assert list(Appointment.objects.all()) == [taken]


def test_a_slot_lost_to_an_absence_meanwhile_is_refused(desk, patient, practitioner):
    url = visit_url(patient)
    best = suggested(desk.get(url))
    Absence.objects.create(practitioner=practitioner, starts=at(best.day, 0), ends=at(best.day + DAY, 0))
    assert press(desk, url, best).status_code == 422
    assert not Appointment.objects.exists()


@pytest.mark.parametrize("gone", [Practitioner, Room])
def test_who_or_what_has_gone_meanwhile_is_not_booked(desk, patient, gone):
    url = visit_url(patient)
    best = suggested(desk.get(url))
    gone.objects.update(active=False)
    assert press(desk, url, best).status_code == 409
    assert not Appointment.objects.exists()


def test_a_page_older_than_an_hour_offers_fresh_slots(desk, patient):
    url = visit_url(patient)
    best = suggested(desk.get(url))
    with time_machine.travel(NOW + timedelta(minutes=61), tick=False):
        assert press(desk, url, best).status_code == 409


def test_a_slot_that_is_over_is_not_booked(desk, patient):
    url = visit_url(patient)
    best = suggested(desk.get(url))
    assert (best.day, best.at) == (MONDAY, time(9))
    with time_machine.travel(at(MONDAY, 9, 1), tick=False):
        assert press(desk, url, best).status_code == 409


def test_a_slot_offered_to_somebody_else_is_refused(desk, patient):
    best = suggested(desk.get(visit_url(make_patient("Serra"))))
    assert press(desk, visit_url(patient), best).status_code == 422


@pytest.mark.parametrize("body", [{}, {"token": "x"}, {"token": "x", "key": "y"}, {"token": "\0", "key": str(uuid4())}])
def test_a_damaged_press_books_nothing_and_shows_slots(desk, patient, body):
    response = desk.post(visit_url(patient), body)
    assert response.status_code == 422
    assert rows(response)
    assert not Appointment.objects.exists()


@pytest.mark.parametrize("noise", NOISE, ids=lambda noise: str(noise)[:30])
def test_what_cannot_be_looked_for_is_said_beside_its_field_and_kept(desk, patient, noise):
    response = desk.get(visit_url(patient, **noise))
    assert response.status_code == 422
    assert list(response.context["form"].errors) == list(noise)


@pytest.mark.parametrize("kind", ["sitting", "party", "\0", ""])
def test_a_kind_that_is_not_booked_here_leads_back_to_the_choice(desk, patient, kind):
    response = desk.post(visit_url(patient, kind), follow=True)
    assert response.redirect_chain == [(reverse("book_patient", args=[patient.pk]), 302)]
    assert "Choose what the appointment is for." in response.content.decode()


def test_without_a_site_the_page_says_so(client, reception_user, patient):
    client.force_login(reception_user)
    assert "<h1>To book</h1>" in client.get(visit_url(patient)).content.decode()


# What it costs, and what it weighs.


@pytest.mark.parametrize("page", ["whom", "what", "when"])
def test_a_step_asks_the_same_number_of_questions_for_1_and_30_rows(desk, patient, site, doctor_user, page):
    ask = {
        "whom": lambda: desk.get(reverse("book"), {"q": "gre"}),
        "what": lambda: desk.get(reverse("book_patient", args=[patient.pk])),
        "when": lambda: desk.get(visit_url(patient, "complementary")),
    }[page]
    make_patient("Greco")
    make_plan(patient, site, doctor_user, counts=[2])
    counts = [_count(ask)]
    for number in range(8):
        make_patient(f"Greco{number}")
        make_plan(patient, site, doctor_user, counts=[2])
        make_practitioner(f"Dr {number}", site)
        Room.objects.create(site=site, name=f"Cabin {number}")
    counts.append(_count(ask))
    assert counts[0] == counts[1] <= MOST


def _count(ask) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert ask().status_code == 200
    return len(captured)


def test_a_visit_weighs_what_a_sitting_of_a_plan_weighs(plan, practitioner):
    BookingWeights.objects.create(site=plan.site, late=9, useful_minutes=40)
    BookingPreference.objects.create(patient=plan.patient, weekdays=[1], practitioner=practitioner)
    assert weighing_without_plan(plan.site, plan.patient) == weighing_of(plan)


def test_a_site_without_weights_and_a_patient_without_wishes_have_the_products_own(plan):
    assert weighing_without_plan(plan.site, plan.patient) == weighing_of(plan)


def test_a_second_site_does_not_lend_its_hours(desk, patient, site):
    OpeningHours.objects.filter(site=site).delete()
    OpeningHours.objects.create(site=Site.objects.create(name="Zeta"), weekday=0, starts=time(8), ends=time(20))
    assert rows(desk.get(visit_url(patient))) == []
