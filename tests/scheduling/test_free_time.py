"""Free time booked by hand: somebody who walks in, a range drawn on the calendar; who and where is free, how long."""

from datetime import time, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from time_machine import travel

from scheduling.models import Appointment, Room
from tests.conftest import make_practitioner
from tests.scheduling.booking_data import MONDAY, at, make_patient, make_plan, occupy


@pytest.fixture(autouse=True)
def eleven_past_ten():
    with travel(at(MONDAY, 10, 11), tick=False):
        yield


@pytest.fixture
def bianchi_is_busy(practitioner, room, reception_user):
    """Dr Bianchi and Room 1 from ten to eleven."""
    return occupy(practitioner, room, at(MONDAY, 10), 60, reception_user, make_patient("Conti"))


def walk_in(patient) -> str:
    return f"{reverse('walk_in')}?patient={patient.pk}"


def new(patient, **more: object) -> str:
    return reverse("appointment_new", query={"patient": patient.pk, **more})


def filled(page, **changes: object) -> dict[str, object]:
    """What the form sends as it was shown, but for the changes."""
    form = page.context["form"]
    shown = {name: form[name].value() for name in form.fields if form[name].value() not in (None, False)}
    return {name: value for name, value in {**shown, **changes}.items() if value is not None}


def test_a_walk_in_is_given_who_and_where_is_free_now_and_stands_in_the_waiting_room_after_one_press(
    reception, patient, bianchi_is_busy, site
):
    neri, cabin = make_practitioner("Dr Neri", site), Room.objects.create(site=site, name="Cabin")
    page = reception.get(walk_in(patient))
    assert page.context["place"] == "Today, 10:15 · Dr Neri · Cabin"
    done = reception.post(walk_in(patient), filled(page))
    booked = Appointment.objects.get(patient=patient)
    assert done.url == reverse("today")
    assert (booked.practitioner, booked.room, booked.status) == (neri, cabin, "arrived")
    assert (booked.kind, booked.ends - booked.starts) == ("consultation", timedelta(minutes=30))


def test_a_walk_in_waits_for_the_first_who_is_free_when_nobody_is(reception, patient, bianchi_is_busy):
    page = reception.get(walk_in(patient))
    # five minutes until the room is clean
    assert page.context["place"] == "Today, 11:05 · Dr Bianchi · Room 1"
    assert "Nobody is free before." in page.content.decode()


def test_a_walk_in_on_a_day_that_is_over_is_told_with_the_form_open(reception, patient, practitioner, room):
    with travel(at(MONDAY, 21), tick=False):
        content = reception.get(walk_in(patient)).content.decode()
    assert "Nobody is free then: choose another time." in content
    assert '<details class="more" open>' in content


def test_a_walk_in_pressed_twice_is_booked_and_arrives_once(reception, patient, practitioner, room):
    sent = filled(reception.get(walk_in(patient)))
    assert [reception.post(walk_in(patient), sent).status_code for _ in range(2)] == [302, 302]
    assert Appointment.objects.get().status == "arrived"


def test_who_has_not_come_yet_is_only_booked(reception, patient, practitioner, room):
    reception.post(walk_in(patient), filled(reception.get(walk_in(patient)), here=None))
    assert Appointment.objects.get().status == "booked"


def test_nobody_arrives_for_another_day_and_nothing_is_booked(reception, patient, practitioner, room):
    answer = reception.post(walk_in(patient), filled(reception.get(walk_in(patient)), day="2026-11-24"))
    assert answer.status_code == 422
    assert "This appointment is on another day" in answer.content.decode()
    assert not Appointment.objects.exists()


def test_a_walk_in_is_a_page_of_today_under_its_own_name(reception, patient, practitioner, room):
    content = reception.get(walk_in(patient)).content.decode()
    assert "<h1>Walk-in</h1>" in content
    assert [item.name for item in reception.get(walk_in(patient)).context["nav"] if item.current] == ["today"]


def test_whoever_walks_in_is_found_as_everywhere_with_the_phone_and_a_new_patient_always_there(reception, site):
    two = [make_patient("Greco"), make_patient("Grechi")]
    content = reception.get(reverse("walk_in")).content.decode()
    assert reverse("patient_new") in content
    assert f'hx-get="{reverse("walk_in")}"' in content
    typed = reception.get(reverse("walk_in"), {"q": "grec"}, headers={"HX-Request": "true"}).content.decode()
    assert all(walk_in(patient) in typed for patient in two)
    assert reception.get(reverse("walk_in"), {"q": "greco"}).url == walk_in(two[0])


@pytest.mark.parametrize(
    ("what", "minutes"), [("consultation", 30), ("sensitivity-test", 15), ("review", 15), ("complementary", 45)]
)
def test_without_minutes_a_visit_lasts_as_long_as_its_kind(reception, patient, practitioner, room, what, minutes):
    page = reception.get(new(patient, day="2026-11-24", at="15:00"))
    reception.post(new(patient), filled(page, what=what))
    booked = Appointment.objects.get()
    assert booked.ends - booked.starts == timedelta(minutes=minutes)


def test_a_range_drawn_on_the_calendar_wins_over_the_usual_length(reception, patient, practitioner, room):
    page = reception.get(new(patient, day="2026-11-24", at="15:00", minutes=50))
    assert page.context["place"] == "Tue 24 Nov 2026, 15:00 · Dr Bianchi · Room 1 · 50 min"
    reception.post(new(patient), filled(page))
    booked = Appointment.objects.get()
    assert booked.ends - booked.starts == timedelta(minutes=50)


def test_a_sitting_whose_window_is_open_is_what_somebody_comes_for(
    reception, patient, site, doctor_user, practitioner, room
):
    plan = make_plan(patient, site, doctor_user, counts=[4], practitioner=practitioner)
    first = plan.sittings.get(number=1)
    assert reception.get(walk_in(patient)).context["form"]["what"].value() == f"sitting-{first.pk}"
    beyond = (first.latest + timedelta(days=1)).isoformat()
    assert reception.get(new(patient, day=beyond)).context["form"]["what"].value() == "consultation"


def test_other_times_of_the_day_are_offered_in_another_room_when_the_chosen_one_is_taken(
    reception, patient, bianchi_is_busy, site
):
    neri, cabin = make_practitioner("Dr Neri", site), Room.objects.create(site=site, name="Cabin")
    chosen = {"day": "2026-11-23", "at": "10:15", "practitioner": neri.pk, "room": bianchi_is_busy.room_id}
    answer = reception.post(walk_in(patient), filled(reception.get(walk_in(patient)), **chosen))
    assert answer.status_code == 409
    first = answer.context["times"][0]
    assert (first.at, first.room) == (time(10, 15), cabin)
    sent = filled(answer, **chosen, free=f"10:15 {cabin.pk}")
    assert reception.post(walk_in(patient), sent).status_code == 302
    assert Appointment.objects.get(patient=patient).room == cabin


@pytest.mark.parametrize("free", ["", "x", "10:15", "99:99 1", "10:15 999999", "10:15 " + "9" * 30])
def test_a_pressed_time_that_cannot_be_read_breaks_nothing(reception, patient, practitioner, room, free):
    answer = reception.post(walk_in(patient), filled(reception.get(walk_in(patient)), free=free))
    assert answer.status_code in (302, 422)


def test_a_later_sitting_is_placed_by_hand_and_the_first_stays_what_somebody_comes_for(
    reception, patient, doctor_user, practitioner, room, site
):
    plan = make_plan(patient, site, doctor_user, counts=[8], practitioner=practitioner)
    first, third = plan.sittings.get(number=1), plan.sittings.get(number=3)
    page = reception.get(new(patient))
    assert page.context["form"]["what"].value() == f"sitting-{first.pk}"
    later = dict(page.context["form"].fields["what"].choices)["A later sitting"]
    assert [name for name, _words in later] == [
        f"sitting-{pk}" for pk in plan.sittings.values_list("pk", flat=True)[1:]
    ]
    assert "window Sat 5 Dec – Thu 10 Dec" in dict(later)[f"sitting-{third.pk}"]
    told = filled(page, what=f"sitting-{third.pk}", day="2026-12-07", at="10:00", minutes="")
    done = reception.post(new(patient), told | {"practitioner": practitioner.pk, "room": room.pk})
    assert done.status_code == 302
    booked = Appointment.objects.get(patient=patient)
    assert (booked.sitting, booked.starts) == (third, at(MONDAY + timedelta(days=14), 10))
    first.refresh_from_db()
    assert first.state == "due"


def test_the_time_of_a_later_sitting_is_chosen_by_hand_from_its_own_page(
    reception, patient, doctor_user, practitioner, site
):
    plan = make_plan(patient, site, doctor_user, counts=[8], practitioner=practitioner)
    third = plan.sittings.get(number=3)
    by_hand = reception.get(reverse("book_sitting", args=[third.pk])).context["by_hand"]
    assert reception.get(by_hand).context["form"]["what"].value() == f"sitting-{third.pk}"


def test_a_long_cycle_takes_no_more_queries_to_choose_from_than_a_short_one(reception, doctor_user, practitioner, site):
    def queries(surname: str, count: int) -> int:
        patient = make_patient(surname)
        make_plan(patient, site, doctor_user, counts=[count], practitioner=practitioner)
        with CaptureQueriesContext(connection) as asked:
            reception.get(new(patient))
        return len(asked)

    queries("Warm", 8)
    assert queries("Short", 8) == queries("Long", 15)
