"""The doctor's page for a range near its end, and the lists that lead to it."""

from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from scheduling.models import Appointment, RangeDecision
from scheduling.selectors.worklists import rail_counts
from scheduling.services.ranges import go_on
from tests.scheduling.booking_data import MONDAY, at, make_patient, make_plan
from tests.scheduling.ranged import given_up_to

pytestmark = pytest.mark.django_db
LATER = at(MONDAY + timedelta(days=35), 12)
HTMX = {"HX-Request": "true"}


@pytest.fixture
def plan(patient, site, doctor_user, practitioner, room):
    return make_plan(patient, site, doctor_user, counts=[8, 3], practitioner=practitioner)


@pytest.fixture(autouse=True)
def after_christmas():
    """The Monday on which the sixth sitting is given."""
    with time_machine.travel(LATER, tick=False):
        yield


@pytest.fixture
def near(plan, reception_user):
    """When six of the eight were given; nothing more is booked."""
    return given_up_to(plan, 6, reception_user)


@pytest.fixture
def doctor(client, doctor_user):
    client.force_login(doctor_user)
    return client


def url(plan):
    return reverse("plan_range", args=[plan.pk])


def typed(plan, choice="go-on", number=12, **changes):
    plan.refresh_from_db()
    form = {"version": plan.version, "choice": choice, "count": number, "reason": "", "decide": f"{choice}:{number}"}
    return {**form, **changes}


def text_of(response):
    return " ".join(response.content.decode().split())


def numbers(plan):
    return list(plan.sittings.order_by("number").values_list("number", flat=True))


def test_the_page_begins_with_the_dates_of_going_on_to_the_most(doctor, plan, near):
    text = text_of(doctor.get(url(plan)))
    assert "6 of 8 given; the source says 8-15" in text
    assert "Go on to 15 sittings" in text
    assert "9 → 16" in text
    assert numbers(plan) == list(range(1, 12))


def test_the_dates_are_shown_before_anything_is_decided(doctor, plan, near):
    form = typed(plan, "recalls", "")
    del form["decide"]
    text = text_of(doctor.post(url(plan), form))
    assert "left out" in text
    assert "9 → 7" in text
    assert "the source says 8-15 sittings. Write the doctor" in text
    assert not RangeDecision.objects.exists()


def test_the_dates_alone_are_answered_while_somebody_types(doctor, plan, near):
    form = typed(plan, number=9)
    del form["decide"]
    text = text_of(doctor.post(url(plan), form, headers=HTMX))
    assert "<html" not in text
    assert "Go on to 9 sittings" in text


@pytest.mark.parametrize(
    ("choice", "number", "reason", "left"), [("go-on", 12, "", 15), ("stop", 8, "", 8), ("recalls", "", "Stable", 9)]
)
def test_the_button_under_the_dates_decides_and_leads_to_booking_the_difference(
    doctor, plan, near, choice, number, reason, left
):
    mark = "recalls:0" if choice == "recalls" else f"{choice}:{number}"
    response = doctor.post(url(plan), typed(plan, choice, number, reason=reason, decide=mark))
    assert response.url == reverse("book_cycle", args=[plan.pk])
    assert numbers(plan) == list(range(1, left + 1))


def test_with_nothing_left_to_book_it_leads_to_the_plan(doctor, plan, near):
    response = doctor.post(url(plan), typed(plan, "stop", 6, reason="Free of pain"))
    assert response.url == reverse("plan", args=[plan.pk])


def test_a_choice_changed_after_its_dates_were_shown_is_shown_again_first(doctor, plan, near):
    response = doctor.post(url(plan), typed(plan, number=13, decide="go-on:12"))
    assert response.status_code == 422
    assert "The decision was changed" in text_of(response)
    assert "Go on to 13 sittings" in text_of(response)
    assert numbers(plan) == list(range(1, 12))


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"number": 5}, "6 sittings are given already"),
        ({"number": ""}, "Say how many sittings"),
        ({"number": 61}, "less than or equal to 60"),
        ({"number": "many"}, "Enter a whole number"),
        ({"choice": "stop", "number": 9}, "choose to go on"),
        ({"choice": "everything"}, "Select a valid choice"),
        ({"number": 16}, "the source says 8-15 sittings. Write the doctor"),
        ({"reason": "x" * 301}, "at most 300 characters"),
        ({"reason": "a\0b"}, "Null characters"),
    ],
)
def test_what_cannot_be_is_said_and_nothing_typed_is_lost(doctor, plan, near, changes, sentence):
    form = typed(plan, **{"reason": "Typed with care", **changes} if "number" not in changes else changes)
    response = doctor.post(url(plan), form)
    assert response.status_code == 422
    text = text_of(response)
    assert sentence in text
    if "reason" not in changes and "number" not in changes:
        assert "Typed with care" in text
    assert numbers(plan) == list(range(1, 12))


@pytest.mark.parametrize("version", ["", "0", "x", "9" * 30])
def test_a_damaged_version_is_no_error_of_the_server(doctor, plan, near, version):
    assert doctor.post(url(plan), typed(plan, version=version)).status_code == 422


def test_a_plan_changed_meanwhile_is_shown_as_it_is_now_with_what_was_typed(doctor, plan, near, doctor_user):
    form = typed(plan, number=12, reason="Typed with care")
    go_on(plan=plan, count=10, by=doctor_user, now=near)
    response = doctor.post(url(plan), form)
    assert response.status_code == 409
    text = text_of(response)
    assert "Somebody else changed this plan" in text
    assert "Typed with care" in text
    assert "6 of 10 given" in text
    plan.refresh_from_db()
    assert f'value="{plan.version}"' in text


def test_booked_sittings_in_the_way_are_named_with_the_way_to_them(doctor, plan, reception_user):
    given_up_to(plan, 6, reception_user, booked=9)
    ninth = Appointment.objects.get(sitting__plan=plan, sitting__number=9)
    page = text_of(doctor.get(url(plan)))
    assert "would have to move" in page
    assert reverse("appointment", args=[ninth.pk]) in page
    response = doctor.post(url(plan), typed(plan))
    assert response.status_code == 422
    assert numbers(plan) == list(range(1, 12))


def test_a_plan_with_nothing_to_decide_says_so(doctor, plan):
    assert "nothing to decide" in text_of(doctor.get(url(plan)))
    assert doctor.post(url(plan), typed(plan)).status_code == 422


def test_only_a_doctor_decides(client, reception_user, administrator_user, plan, near):
    for user in (reception_user, administrator_user):
        client.force_login(user)
        assert client.post(url(plan), typed(plan)).status_code == 403
    assert not RangeDecision.objects.exists()


# Where it is asked.


def test_the_plans_page_asks_the_doctor_and_tells_the_desk(client, doctor_user, reception_user, plan, near):
    for user, links in ((doctor_user, 1), (reception_user, 0)):
        client.force_login(user)
        text = text_of(client.get(reverse("plan", args=[plan.pk])))
        assert "A doctor decides how it goes on" in text
        assert text.count(url(plan)) == links


def test_decided_the_plans_page_asks_no_more_and_tells_what_was_decided(doctor, plan, near, doctor_user):
    go_on(plan=plan, count=12, by=doctor_user, now=near)
    text = text_of(doctor.get(reverse("plan", args=[plan.pk])))
    assert "A doctor decides how it goes on" not in text
    assert "Decided to go on to 12 sittings (8 before)" in text


def test_the_review_list_has_it_and_the_rail_counts_it_until_it_is_decided(doctor, plan, near, doctor_user):
    def found():
        return url(plan) in text_of(doctor.get(reverse("review"))), rail_counts(reviews=True)["review"]

    assert found() == (True, 1)
    go_on(plan=plan, count=12, by=doctor_user, now=near)
    assert found() == (False, 0)


def test_what_waits_for_a_doctor_is_counted_for_doctors_alone(plan, near):
    assert rail_counts(reviews=False) == {"to_book": 1}


# Speed.


def near_its_end(site, doctor_user, practitioner, sittings):
    """A plan as it stands near its end, written as rows: what is given, then two to come, then so many recalls."""
    plan = make_plan(make_patient("Conti"), site, doctor_user, counts=[8, sittings], practitioner=practitioner)
    for sitting in plan.sittings.filter(number__lte=6):
        sitting.state, sitting.given = "completed", sitting.ideal
        sitting.save()
    return plan


def queries_of(ask) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert ask().status_code == 200
    return len(captured)


def test_the_page_and_the_decision_cost_the_same_for_1_and_50_sittings(doctor, site, doctor_user, practitioner, room):
    few, many = (near_its_end(site, doctor_user, practitioner, recalls) for recalls in (1, 50))
    assert queries_of(lambda: doctor.get(url(few))) == queries_of(lambda: doctor.get(url(many))) <= 20
    costs = []
    for plan, number in ((few, 9), (many, 15)):
        with CaptureQueriesContext(connection) as captured:
            go_on(plan=plan, count=number, by=doctor_user, now=LATER)
        costs.append(len(captured))
    assert costs[0] == costs[1]


def test_the_review_list_costs_the_same_for_1_and_20_ranges(doctor, site, doctor_user, practitioner):
    near_its_end(site, doctor_user, practitioner, 3)
    one = queries_of(lambda: doctor.get(reverse("review")))
    for _n in range(19):
        near_its_end(site, doctor_user, practitioner, 3)
    assert queries_of(lambda: doctor.get(reverse("review"))) == one <= 12
