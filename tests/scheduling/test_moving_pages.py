"""The pages of moving: other slots, what follows, the press and its undo, damaged and late presses, query counts."""

from datetime import timedelta
from urllib.parse import parse_qs

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from patients.models import Patient
from scheduling.engine.terms import Slot
from scheduling.models import Absence, Appointment, Move, UnavailableDates
from scheduling.services.booking import book_cycle
from scheduling.services.moves import seal_slot
from scheduling.services.tracking import cancel_appointment
from tests.pages import words
from tests.scheduling.booking_data import MONDAY, NOW, at, make_patient, make_plan, occupy

pytestmark = pytest.mark.usefixtures("clock")

DAY, WEEK = timedelta(days=1), timedelta(weeks=1)


def booked_plan(patient, site, practitioner, room, doctor_user, by, count: int, start: int = 600) -> list[Appointment]:
    """Weekly sittings on Mondays, at ten unless told otherwise."""
    plan = make_plan(patient, site, doctor_user, counts=[count], practitioner=practitioner)
    slots = {n: Slot(MONDAY + WEEK * (n - 1), start, 15, practitioner.pk, room.pk, None) for n in range(1, count + 1)}
    return book_cycle(plan=plan, slots=slots, by=by, now=NOW)


@pytest.fixture
def booked(patient, site, practitioner, room, doctor_user, reception_user) -> list[Appointment]:
    return booked_plan(patient, site, practitioner, room, doctor_user, reception_user, 5)


def url(row: Appointment, name: str = "appointment_move") -> str:
    return reverse(name, args=[row.pk])


def to(row: Appointment, days: int, start: int = 600) -> str:
    """The sealed slot some days after the present one."""
    day = at(MONDAY, 0).date() + (row.starts.date() - MONDAY) + DAY * days
    return seal_slot(row, Slot(day, start, 15, row.practitioner_id, row.room_id, None))


def review(client: Client, row: Appointment, days: int, **more):
    return client.get(url(row, "appointment_move_review"), {"to": to(row, days), **more})


def press(client: Client, row: Appointment, page, follows: str, **more: str):
    card = next(card for card in page.context["cards"] if card["choice"].follows == follows)
    data = {"token": card["choice"].token, "key": str(page.context["key"]), **more}
    return client.post(url(row, "appointment_move_review"), data)


def test_an_administrator_does_not_move(client, booked, administrator_user) -> None:
    client.force_login(administrator_user)
    assert client.get(url(booked[1])).status_code == 403
    assert client.get(url(booked[1], "appointment_move_review")).status_code == 403
    assert client.post(url(booked[1], "appointment_move_undo")).status_code == 403


@pytest.mark.parametrize("pk", [0, 987654321, 10**30])
def test_what_does_not_exist_is_not_found(desk, pk: int) -> None:
    assert desk.get(f"/appointments/{pk}/move/").status_code == 404
    assert desk.get(f"/appointments/{pk}/move/review/").status_code == 404
    assert desk.post(f"/appointments/{pk}/move/undo/").status_code == 404


def test_the_slots_stand_by_day_with_the_present_one_to_compare(desk, booked) -> None:
    page = desk.get(url(booked[1]))
    text = words(page)
    assert "Mon 30 Nov 2026, 10:00–10:15" in text
    assert "Move to" in text
    assert "day after the present slot" in text
    assert text.count("suggested") == 1


def test_from_a_date_on_other_days_are_shown(desk, booked) -> None:
    page = desk.get(url(booked[1]), {"first": "2026-12-09"})
    assert {day.day for day in page.context["days"]}
    assert all(day.day >= MONDAY + 2 * WEEK + 2 * DAY for day in page.context["days"])
    assert "outside its window" in words(page)


@pytest.mark.parametrize("first", ["x", "\x00", "0001-01-01", "2026-11-01", "2099-01-01", "9999-12-31"])
def test_a_date_that_cannot_be_is_answered_in_words(desk, booked, first: str) -> None:
    page = desk.get(url(booked[1]), {"first": first})
    assert page.status_code == 422
    assert page.context["form"].errors


def test_what_is_cancelled_says_that_it_cannot_move(desk, booked, reception_user) -> None:
    cancel_appointment(appointment=booked[1], reason="patient", by=reception_user, now=NOW)
    page = desk.get(url(booked[1]))
    assert page.status_code == 200
    assert "Only a booked appointment can be moved." in words(page)


def test_the_review_shows_each_choice_with_its_price(desk, booked) -> None:
    page = review(desk, booked[1], 4)
    text = words(page)
    assert [card["choice"].follows for card in page.context["cards"]] == ["alone", "rest"]
    assert "Sitting 3 would be less than 4 days after the one before." in text
    assert "Move 2 sittings" in text
    assert "2 sittings move, 6 days in all" in text
    assert "2 later sittings keep their slots." in text
    assert "<s>Mon 30 Nov, 10:00</s>" in text
    assert "Fri 4 Dec 2026, 10:00" in text


def test_the_days_of_another_choice_can_be_shown(desk, booked) -> None:
    page = review(desk, booked[1], 3, show="rest")
    assert page.context["shown"]["choice"].follows == "rest"
    assert page.context["suggested"] == "alone"


def test_when_nobody_else_has_to_move_it_says_so(desk, booked) -> None:
    assert "Nobody else has to move" in words(review(desk, booked[1], 1))


def test_a_press_moves_and_leads_to_the_appointment_where_it_can_be_undone(desk, booked) -> None:
    page = review(desk, booked[1], 4)
    answers = [press(desk, booked[1], page, "rest") for _press in range(2)]  # a double click
    assert {(answer.status_code, answer.url) for answer in answers} == {(302, url(booked[1], "appointment"))}
    assert Move.objects.count() == 1
    undo = f'action="{url(booked[1], "appointment_move_undo")}"'
    shown = words(desk.get(answers[0].url))
    assert "2 appointments are moved." in shown
    assert "Moved from Mon 30 Nov 2026, 10:00–10:15 by Ferri, with 1 other sitting." in shown
    assert undo in shown
    for _press in range(2):
        undone = desk.post(url(booked[1], "appointment_move_undo"), follow=True)
        assert "The move is undone" in words(undone)
        assert undo not in words(undone)
    assert Appointment.objects.get(pk=booked[1].pk).starts == booked[1].starts


def test_a_move_begun_elsewhere_leads_back_there_and_says_where_it_stands_now(desk, booked) -> None:
    slots = desk.get(url(booked[1]), {"next": "/today/?day=2026-11-23"})
    assert "&amp;next=%2Ftoday%2F%3Fday%3D2026-11-23" in slots.content.decode()
    page = review(desk, booked[1], 1, next="/today/?day=2026-11-23")
    answer = press(desk, booked[1], page, "alone", next=page.context["next"])
    assert answer.url == "/today/?day=2026-11-23"
    said = words(desk.get(answer.url))
    assert "Greco Sofia: now Tue 1 Dec 2026, 10:00–10:15 with Dr Bianchi, Room 1." in said
    assert "To the appointment" in said


def test_a_move_never_leads_out_of_the_application(desk, booked) -> None:
    page = review(desk, booked[1], 1)
    answer = press(desk, booked[1], page, "alone", next="https://elsewhere.example/")
    assert answer.url == url(booked[1], "appointment")


def test_whoever_is_asked_about_another_time_can_be_called_from_the_page(desk, booked) -> None:
    Patient.objects.filter(pk=booked[1].patient_id).update(phone="+393331234567")
    for page in (desk.get(url(booked[1])), review(desk, booked[1], 1)):
        assert "tel:+39-333-123-4567" in page.content.decode()


def test_an_undo_that_cannot_be_says_why(desk, booked, practitioner, room, reception_user) -> None:
    press(desk, booked[1], review(desk, booked[1], 1), "alone")
    occupy(practitioner, room, booked[1].starts, 15, reception_user, make_patient("Conti"))
    page = desk.post(url(booked[1], "appointment_move_undo"))
    assert page.status_code == 409
    assert "Dr Bianchi is not free" in words(page)


def test_what_was_never_moved_has_nothing_to_undo(desk, booked) -> None:
    page = desk.post(url(booked[1], "appointment_move_undo"))
    assert page.status_code == 422
    assert "nothing to undo" in words(page)


def test_a_press_that_lost_a_race_gets_fresh_slots(desk, booked, practitioner, room, reception_user) -> None:
    page = review(desk, booked[1], 1)
    occupy(practitioner, room, booked[1].starts + DAY, 15, reception_user, make_patient("Conti"))
    late = press(desk, booked[1], page, "alone")
    assert late.status_code == 409
    assert "Nothing was moved." in words(late)
    assert late.context["days"]
    assert not Move.objects.exists()


def test_a_chosen_slot_that_is_gone_gets_fresh_ones(desk, booked, practitioner, room, reception_user) -> None:
    chosen = to(booked[1], 1)
    occupy(practitioner, room, booked[1].starts + DAY, 15, reception_user, make_patient("Conti"))
    page = desk.get(url(booked[1], "appointment_move_review"), {"to": chosen})
    assert page.status_code == 409
    assert page.context["days"]


def test_a_page_left_open_too_long_gets_fresh_slots(desk, booked, clock) -> None:
    page, chosen = review(desk, booked[1], 1), to(booked[1], 1)
    clock.shift(timedelta(minutes=61))
    assert press(desk, booked[1], page, "alone").status_code == 409
    assert desk.get(url(booked[1], "appointment_move_review"), {"to": chosen}).status_code == 409


@pytest.mark.parametrize("damaged", ["", "\x00", "x" * 9000, "none"])
def test_a_damaged_press_is_answered_in_words(desk, booked, damaged: str) -> None:
    address = url(booked[1], "appointment_move_review")
    pages = [desk.get(address, {"to": damaged}), desk.post(address, {"token": damaged, "key": damaged})]
    assert [page.status_code for page in pages] == [422, 422]
    assert all("This page is damaged or too old" in words(page) for page in pages)


def test_a_consultation_moves_without_a_plan(desk, practitioner, room, patient, reception_user) -> None:
    row = occupy(practitioner, room, at(MONDAY + DAY, 15), 15, reception_user, patient)
    assert "Move the consultation" in words(desk.get(url(row)))
    page = desk.get(url(row, "appointment_move_review"), {"to": to(row, 1, 900)})
    assert "Move it" in words(page)
    assert press(desk, row, page, "alone").status_code == 302
    assert Appointment.objects.get(pk=row.pk).starts == row.starts + DAY


def test_the_appointment_and_the_plan_lead_to_moving(desk, booked) -> None:
    address = url(booked[1])
    assert address in desk.get(url(booked[1], "appointment")).content.decode()
    assert address in desk.get(reverse("plan", args=[booked[1].sitting.plan_id])).content.decode()


# Where the rest cannot follow.


@pytest.fixture
def away(practitioner) -> Absence:
    """Dr Bianchi is away from the third Monday on, up to and with the Saturday of the week after."""
    start = at(MONDAY + 2 * WEEK, 0)
    return Absence.objects.create(practitioner=practitioner, starts=start, ends=start + 13 * DAY)


def blocked_card(page):
    return next(card for card in page.context["cards"] if card["choice"].blocked)


def test_a_blocked_choice_offers_what_would_place_the_sitting_and_one_press_tries_it(desk, booked, away) -> None:
    page = review(desk, booked[1], 4)
    card = blocked_card(page)
    assert card["choice"].blocked.number == 3
    way = card["ways"][0]
    assert way.label == "Let sitting 3 be 7 more days late"
    assert "it goes to Mon 21 Dec 2026" in way.then
    tried = desk.get(way.url)
    rest = next(each for each in tried.context["cards"] if each["choice"].follows == "rest")
    assert rest["choice"].token
    assert [chip.label for chip in tried.context["chips"]] == [way.label]
    assert desk.get(tried.context["chips"][0].url).context["cards"][1]["choice"].blocked
    assert press(desk, booked[1], tried, "rest").status_code == 302
    days = [row.starts.date() for row in Appointment.objects.order_by("sitting__number")]
    assert days[1:3] == [MONDAY + WEEK + 4 * DAY, MONDAY + 4 * WEEK]


def test_a_blocked_choice_offers_to_move_this_one_only_and_another_slot(desk, booked, away) -> None:
    page = review(desk, booked[1], 3)
    assert blocked_card(page)
    assert "Leave the rest where it stands, move this one only" in words(page)
    alone = page.context["alone"]
    assert desk.post(url(booked[1], "appointment_move_review"), {"token": alone.token, "key": page.context["key"]})
    assert [row.version for row in Appointment.objects.order_by("sitting__number")] == [1, 2, 1, 1, 1]


def test_what_cannot_be_moved_alone_is_not_offered_alone(desk, booked, away) -> None:
    page = review(desk, booked[1], 4)
    assert page.context["alone"] is None
    assert "move this one only" not in words(page)
    assert url(booked[1]) in words(page)


def test_a_patient_who_cannot_come_can_be_asked_and_the_move_goes_on(desk, booked, patient) -> None:
    UnavailableDates.objects.create(patient=patient, first=MONDAY + 2 * WEEK, last=MONDAY + 3 * WEEK + 6 * DAY)
    ways = blocked_card(review(desk, booked[1], 4))["ways"]
    (asks,) = [way.url for way in ways if way.label.startswith("Ask the patient")]
    page, _mark, query = asks.partition("?")
    assert page == reverse("preferences_patient", args=[patient.pk])
    assert desk.get(parse_qs(query)["next"][0]).context["appointment"] == booked[1]


@pytest.mark.parametrize("widen", ["x", "3:0", "3:99", "999999:1", "\x00", "3:1" * 4000])
def test_a_window_that_cannot_be_widened_so_is_answered_in_words(desk, booked, widen: str) -> None:
    page = review(desk, booked[1], 4, widen=widen)
    assert page.status_code == 422
    assert "This page is damaged or too old: choose again." in words(page)


def test_queries_do_not_grow_with_the_sittings(
    desk, site, practitioner, room, doctor_user, reception_user, booked
) -> None:
    counts = []
    longer = booked_plan(make_patient("Conti"), site, practitioner, room, doctor_user, reception_user, 2, 660)
    for row in (longer[0], booked[1]):
        for page in (lambda row=row: desk.get(url(row)), lambda row=row: review(desk, row, 1)):
            with CaptureQueriesContext(connection) as queries:
                assert page().status_code == 200
            counts.append(len(queries))
    assert counts[0] == counts[2]
    assert counts[0] <= 22
