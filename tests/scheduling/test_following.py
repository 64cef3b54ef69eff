"""What follows a move by hand: the later sittings re-spaced around it, or made to follow it, and one undo for all."""

from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from scheduling.engine.terms import Slot
from scheduling.models import Absence, Appointment, BookingKey, FreedSlot, Move, Room
from scheduling.selectors.cycles import slot_of
from scheduling.services.booking import book_cycle
from scheduling.services.moves import apply_move, seal_slot, undo_last_move
from scheduling.services.moving import propose_moves
from tests.conftest import make_practitioner
from tests.pages import words
from tests.scheduling.booking_data import MONDAY, NOW, ROME, at, make_patient, make_plan, occupy

pytestmark = pytest.mark.usefixtures("clock")

DAY, WEEK = timedelta(days=1), timedelta(weeks=1)
JSON = {"headers": {"Accept": "application/json"}}


def weekly(patient, site, practitioner, room, doctor, by, count: int = 5, start: int = 600) -> list[Appointment]:
    """A plan of weekly sittings, booked on Mondays; its sittings want four days between them."""
    plan = make_plan(patient, site, doctor, counts=[count], practitioner=practitioner)
    slots = {n: Slot(MONDAY + WEEK * (n - 1), start, 15, practitioner.pk, room.pk, None) for n in range(1, count + 1)}
    return [fresh(row) for row in book_cycle(plan=plan, slots=slots, by=by, now=NOW)]


@pytest.fixture
def booked(patient, site, practitioner, room, doctor_user, reception_user) -> list[Appointment]:
    return weekly(patient, site, practitioner, room, doctor_user, reception_user)


def fresh(row: Appointment) -> Appointment:
    return Appointment.objects.select_related(
        "patient", "practitioner", "room__site", "equipment", "sitting__phase", "sitting__plan__site"
    ).get(pk=row.pk)


def drop(client: Client, row: Appointment, day: date, start: str = "10:00", as_json: bool = True, **changes):
    """What a drag on the calendar, or the form, sends."""
    row = Appointment.objects.get(pk=row.pk)
    sent = {
        "day": day.isoformat(), "at": start, "minutes": 15, "practitioner": row.practitioner_id,
        "room": row.room_id, "version": row.version, **changes,
    }  # fmt: skip
    return client.post(reverse("appointment_put", args=[row.pk]), sent, **(JSON if as_json else {}))


def days() -> list[date]:
    return [slot_of(row, ROME).day for row in Appointment.objects.order_by("sitting__number")]


def monday(number: int, later: int = 0) -> date:
    """The day of a sitting as it was booked, so many days later."""
    return MONDAY + WEEK * (number - 1) + DAY * later


def press(client: Client, page, follows: str):
    card = next(card for card in page.context["cards"] if card["choice"].follows == follows)
    data = {"token": card["choice"].token, "key": str(page.context["key"])}
    return client.post(page.wsgi_request.path, data, follow=True)


# Where it stands now.


def test_a_drop_with_later_sittings_is_saved_and_leads_to_what_follows(desk, booked) -> None:
    answer = drop(desk, booked[1], monday(2, 3))
    assert (answer.status_code, answer.json()["follow"]["words"]) == (200, "What follows…")
    assert days()[1] == monday(2, 3)
    page = desk.get(answer.json()["follow"]["url"])
    assert "Sitting 2 stays here: what follows?" in words(page)
    assert [card["choice"].follows for card in page.context["cards"]] == ["rest"]
    assert "The rest re-spaced" in words(page)
    assert "3 later sittings keep" not in words(page)


def test_then_the_rest_is_respaced_and_the_sitting_stays(desk, booked) -> None:
    page = desk.get(drop(desk, booked[1], monday(2, 3)).json()["follow"]["url"])
    done = press(desk, page, "rest")
    # Five days after the Thursday is a holiday, and from the Wednesday to the fourth are five again.
    assert days() == [MONDAY, monday(2, 3), monday(3, 2), monday(4), monday(5)]
    assert "1 appointment is moved." in words(done)
    assert fresh(booked[1]).version == 2


def test_what_stays_frees_no_slot(desk, booked) -> None:
    page = desk.get(drop(desk, booked[1], monday(2, 3)).json()["follow"]["url"])
    press(desk, page, "rest")
    freed = set(FreedSlot.objects.values_list("appointment", "starts"))
    assert freed == {(row.pk, row.starts) for row in booked[1:3]}


def test_when_nothing_has_to_follow_the_page_says_so(desk, booked) -> None:
    page = desk.get(drop(desk, booked[1], monday(2, 1)).json()["follow"]["url"])
    assert page.status_code == 200
    assert "Nothing has to follow: nobody else would move." in words(page)


def test_the_last_sitting_and_a_consultation_have_nothing_that_follows(
    desk, booked, practitioner, room, reception_user
) -> None:
    assert "follow" not in drop(desk, booked[4], monday(5, 1)).json()
    visit = occupy(practitioner, room, at(MONDAY + DAY, 15), 15, reception_user, make_patient("Conti"))
    assert "follow" not in drop(desk, visit, MONDAY + DAY, "16:00").json()
    page = desk.get(reverse("appointment_move_review", args=[visit.pk]), {"to": sealed_here(visit)})
    assert "Nothing has to follow" in words(page)


def sealed_here(row: Appointment) -> str:
    return seal_slot(row, slot_of(fresh(row), ROME))


@pytest.mark.parametrize("follow", ["keep-targets", "re-anchor"])
def test_the_rest_follows_to_where_it_stands_as_it_would_have_followed_there(
    desk, patient, site, practitioner, room, doctor_user, reception_user, follow
):
    """Moved first and asked afterwards is the same as asked first, whichever rule the plan has."""
    plan = make_plan(patient, site, doctor_user, counts=[5], practitioner=practitioner, follow=follow)
    slots = {
        n: Slot(MONDAY + WEEK * w, 600, 15, practitioner.pk, room.pk, None) for n, w in enumerate([0, 1, 3, 4, 5], 1)
    }
    row = book_cycle(plan=plan, slots=slots, by=reception_user, now=NOW)[1]
    to = Slot(monday(2, 3), 600, 15, practitioner.pk, room.pk, None)
    asked_first = propose_moves(appointment=fresh(row), to=to, now=NOW).choices
    assert drop(desk, row, to.day, sure="on").status_code == 200
    (rest,) = propose_moves(appointment=fresh(row), to=to, now=NOW).choices
    assert [{2: to, **rest.slots}] == [choice.slots for choice in asked_first[1:]]
    assert len(rest.slots) == (1 if follow == "re-anchor" else 3)


def test_until_the_next_phase_can_be_taken_from_there(
    desk, patient, site, practitioner, room, doctor_user, reception_user
) -> None:
    plan = make_plan(patient, site, doctor_user, counts=[3, 2], practitioner=practitioner, follow="re-anchor")
    booked_days = [MONDAY, MONDAY + WEEK, MONDAY + 2 * WEEK, MONDAY + 6 * WEEK, MONDAY + 10 * WEEK]
    slots = {n: Slot(day, 600, 15, practitioner.pk, room.pk, None) for n, day in enumerate(booked_days, 1)}
    row = book_cycle(plan=plan, slots=slots, by=reception_user, now=NOW)[0]
    page = desk.get(drop(desk, row, MONDAY + 3 * DAY).json()["follow"]["url"])
    assert [card["choice"].follows for card in page.context["cards"]] == ["rest", "phase"]
    press(desk, page, "phase")
    assert days() == [MONDAY + 3 * DAY, MONDAY + 9 * DAY, *booked_days[2:]]


def test_a_rest_that_cannot_follow_names_the_sitting_its_days_and_why(desk, booked, practitioner) -> None:
    Absence.objects.create(practitioner=practitioner, starts=at(monday(3, 1), 0), ends=at(monday(3, 12), 0))
    page = desk.get(drop(desk, booked[1], monday(2, 3)).json()["follow"]["url"])
    assert "Sitting 3 finds no slot between Tue 8 Dec 2026 and Sun 13 Dec 2026. Everybody who could treat" in words(
        page
    )
    assert "Move 1 sitting" not in words(page)


def test_the_form_leads_to_what_follows_from_the_appointment_and_from_the_calendar(desk, booked) -> None:
    address = reverse("appointment_move_review", args=[booked[1].pk])
    here = drop(desk, booked[1], monday(2, 2), as_json=False)
    assert here["Location"] == reverse("appointment", args=[booked[1].pk])
    assert address in desk.get(here["Location"]).content.decode()
    calendar = drop(desk, booked[1], monday(2, 3), as_json=False, next="/calendar/")
    page = desk.get(calendar["Location"])
    assert "What follows…" in words(page)
    assert address in page.content.decode()


# Too close to the next one.


@pytest.mark.parametrize("later", [4, 7, 9])
def test_a_drop_too_close_to_the_next_one_leads_to_letting_it_follow(desk, booked, later: int) -> None:
    """Also past the next one, and onto its very slot."""
    answer = drop(desk, booked[1], monday(2, later))
    assert answer.status_code == 422
    assert answer.json()["said"] == "Sitting 3 would be less than 4 days after the one before."
    assert answer.json()["follow"]["words"] == "Let the rest follow…"
    assert days()[1] == monday(2)
    page = desk.get(answer.json()["follow"]["url"])
    assert [bool(card["choice"].token) for card in page.context["cards"]] == [False, True]
    press(desk, page, "rest")
    assert days()[1] == monday(2, later)
    assert all((later - sooner).days >= 5 for sooner, later in zip(days()[1:], days()[2:], strict=False))


def test_the_slot_goes_along_with_its_practitioner_room_and_minutes(desk, booked, site) -> None:
    neri, cabin = make_practitioner("Dr Neri", site), Room.objects.create(site=site, name="Cabin")
    answer = drop(desk, booked[1], monday(2, 4), "11:30", minutes=25, practitioner=neri.pk, room=cabin.pk)
    press(desk, desk.get(answer.json()["follow"]["url"]), "rest")
    assert slot_of(fresh(booked[1]), ROME) == Slot(monday(2, 4), 690, 25, neri.pk, cabin.pk, None)


def test_what_cannot_be_is_refused_before_anybody_is_asked(desk, booked) -> None:
    """Eleven days late it also leaves its window, which would be asked."""
    assert "ask" not in drop(desk, booked[1], monday(2, 11)).json()
    assert "ask" in drop(desk, booked[4], monday(5, 11)).json()


def test_too_close_to_the_one_before_stays_a_refusal(desk, booked) -> None:
    answer = drop(desk, booked[2], monday(2, 3), sure="on")
    assert answer.json() == {"said": "Sitting 3 would be less than 4 days after the one before."}


def test_a_place_that_is_not_free_anyway_is_refused_with_its_reason(
    desk, booked, practitioner, room, reception_user
) -> None:
    occupy(practitioner, room, at(monday(2, 4), 11), 15, reception_user, make_patient("Conti"))
    assert "Conti Sofia is booked there" in drop(desk, booked[1], monday(2, 4), "11:00").json()["said"]
    late = drop(desk, booked[1], monday(2, 4), "19:00").json()
    assert late == {"said": "Dr Bianchi does not work at Studio Prati at that time."}


def test_an_appointment_that_has_begun_is_only_refused(desk, booked, clock) -> None:
    clock.move_to(booked[0].starts)
    assert list(drop(desk, booked[0], MONDAY + 5 * DAY).json()) == ["said"]


def test_the_form_shows_the_way_beside_what_was_typed(desk, booked) -> None:
    page = drop(desk, booked[1], monday(2, 4), "11:45", as_json=False)
    assert page.status_code == 422
    assert 'value="11:45"' in page.content.decode()
    assert page.context["follow"]["url"] in page.content.decode().replace("&amp;", "&")


def test_a_slot_taken_on_the_way_gets_fresh_ones(desk, booked, practitioner, room, reception_user) -> None:
    link = drop(desk, booked[1], monday(2, 4)).json()["follow"]["url"]
    occupy(practitioner, room, at(monday(2, 4), 10), 15, reception_user, make_patient("Conti"))
    page = desk.get(link)
    assert page.status_code == 409
    assert page.context["days"]


# One undo.


def undo(client: Client, row: Appointment):
    return client.post(reverse("appointment_move_undo", args=[row.pk]), follow=True)


def test_what_was_moved_by_hand_can_be_undone_for_a_day(desk, booked, clock, reception_user) -> None:
    drop(desk, booked[1], monday(2, 1), "11:00", minutes=20)
    clock.shift(timedelta(hours=23))
    desk.force_login(reception_user)
    page = desk.get(reverse("appointment", args=[booked[1].pk]))
    assert "Moved from Mon 30 Nov 2026, 10:00–10:15 by Ferri." in words(page)
    assert "The move is undone" in words(undo(desk, booked[1]))
    assert slot_of(fresh(booked[1]), ROME) == slot_of(booked[1], ROME)


def test_a_day_later_it_no_longer_can(desk, booked, clock, reception_user) -> None:
    drop(desk, booked[1], monday(2, 1))
    clock.shift(timedelta(hours=25))
    desk.force_login(reception_user)
    address = reverse("appointment_move_undo", args=[booked[1].pk])
    assert address not in words(desk.get(reverse("appointment", args=[booked[1].pk])))


def test_taking_back_at_once_is_the_same_undo(desk, booked) -> None:
    back = drop(desk, booked[1], monday(2, 1)).json()["undo"]
    assert desk.post(reverse("appointment_put", args=[booked[1].pk]), back, **JSON).status_code == 200
    assert Move.objects.get().undone_by.username == "ferri"
    address = reverse("appointment_move_undo", args=[booked[1].pk])
    assert address not in words(desk.get(reverse("appointment", args=[booked[1].pk])))


def test_a_drop_where_it_stands_is_no_move(desk, booked) -> None:
    assert drop(desk, booked[1], monday(2)).status_code == 200
    assert not Move.objects.exists()


def test_a_move_by_hand_and_the_rest_that_followed_are_undone_together(desk, booked) -> None:
    before = days()
    press(desk, desk.get(drop(desk, booked[1], monday(2, 3)).json()["follow"]["url"]), "rest")
    shown = words(desk.get(reverse("appointment", args=[booked[1].pk])))
    assert "Moved from Mon 30 Nov 2026, 10:00–10:15 by Ferri, with 1 other sitting." in shown
    for _press in range(2):
        assert "The move is undone" in words(undo(desk, booked[1]))
    assert days() == before


def respaced(row: Appointment, by) -> Move:
    found = propose_moves(appointment=fresh(row), to=slot_of(fresh(row), ROME), now=NOW)
    (rest,) = found.choices
    return apply_move(appointment=fresh(row), token=rest.token, by=by, now=NOW, key=uuid4())


def test_what_followed_later_is_undone_alone(desk, booked, reception_user) -> None:
    """Two days after the move only the re-spacing can be undone, from any of its sittings."""
    drop(desk, booked[1], monday(2, 3))
    BookingKey.objects.update(made_at=NOW - 2 * DAY)
    respaced(booked[1], reception_user)
    shown = words(desk.get(reverse("appointment", args=[booked[1].pk])))
    assert "1 sitting after it was moved by Ferri." in shown
    assert days()[2] == monday(3, 2)
    undo(desk, booked[1])
    assert days() == [MONDAY, monday(2, 3), monday(3), monday(4), monday(5)]
    assert fresh(booked[1]).version == 2


def test_undoing_twice_does_not_undo_the_move_before(desk, booked, reception_user) -> None:
    """The third is moved, then follows the second: undone is that it followed, and no more."""
    drop(desk, booked[2], monday(3), "11:00")
    drop(desk, booked[1], monday(2, 3))
    made = respaced(booked[1], reception_user)
    for _press in range(2):
        assert undo_last_move(appointment=booked[2], by=reception_user, now=NOW) == made
    assert (slot_of(fresh(booked[2]), ROME).day, slot_of(fresh(booked[2]), ROME).start) == (monday(3), 660)
    assert days()[1] == monday(2)


def test_a_double_press_of_the_respacing_moves_once(desk, booked) -> None:
    page = desk.get(drop(desk, booked[1], monday(2, 3)).json()["follow"]["url"])
    for _press in range(2):
        assert press(desk, page, "rest").status_code == 200
    assert (Move.objects.count(), fresh(booked[2]).version) == (2, 2)


def test_a_sitting_moved_on_meanwhile_makes_the_respacing_stale(desk, booked) -> None:
    page = desk.get(drop(desk, booked[1], monday(2, 3)).json()["follow"]["url"])
    drop(desk, booked[1], monday(2, 2))
    late = press(desk, page, "rest")
    assert late.status_code == 409
    assert days() == [MONDAY, monday(2, 2), monday(3), monday(4), monday(5)]


def test_a_drop_asks_as_much_of_the_database_however_many_sittings_follow(
    desk, site, practitioner, room, doctor_user, reception_user, booked
) -> None:
    short = weekly(make_patient("Conti"), site, practitioner, room, doctor_user, reception_user, 3, 660)
    counts = []
    for row, start in ((short[1], "11:00"), (booked[1], "10:00")):
        with CaptureQueriesContext(connection) as queries:
            assert "follow" in drop(desk, row, monday(2, 1), start).json()
        counts.append(len(queries))
    assert counts[0] == counts[1]
