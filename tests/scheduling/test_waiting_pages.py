"""The waiting list's pages: putting somebody on it, offering a freed slot, noting the answer."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from scheduling.models import (
    Appointment,
    BookingPreference,
    EarlierWish,
    FreedSlot,
    SlotOffer,
    Status,
    UnavailableDates,
)
from scheduling.selectors.worklists import rail_counts
from scheduling.services.booking import book_appointment
from scheduling.services.calling import mark_do_not_contact
from scheduling.services.tracking import cancel_appointment
from scheduling.services.waiting import close_wish, offer_slot
from scheduling.services.wishes import Wanted, add_wish
from tests.pages import words
from tests.scheduling.booking_data import MONDAY, NOW, at, make_patient, make_plan, occupy

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

DAY = timedelta(days=1)
WEDNESDAY, THURSDAY = MONDAY + 2 * DAY, MONDAY + 3 * DAY
LIST = "/waiting-list/"


@pytest.fixture
def booked(site, practitioner, room, doctor_user, reception_user):
    """Makes somebody whose first sitting is booked on Thursday at an hour."""

    def make(surname: str, hour: int = 12, minute: int = 0) -> Appointment:
        plan = make_plan(make_patient(surname), site, doctor_user, counts=[3], practitioner=practitioner)
        return book_appointment(
            patient=plan.patient, kind="sitting", sitting=plan.sittings.get(number=1), practitioner=practitioner,
            room=room, starts=at(THURSDAY, hour, minute), minutes=15, by=reception_user, now=NOW,
        )  # fmt: skip

    return make


@pytest.fixture
def wish(booked, reception_user) -> EarlierWish:
    return add_wish(sitting=booked("Riva").sitting, wanted=Wanted(MONDAY), by=reception_user, now=NOW)


@pytest.fixture
def freed(practitioner, room, reception_user) -> FreedSlot:
    return free_again(practitioner, room, reception_user, 10)


def free_again(practitioner, room, by, hour: int) -> FreedSlot:
    taken = occupy(practitioner, room, at(WEDNESDAY, hour), 20, by, make_patient(f"Neri{hour}"))
    cancel_appointment(appointment=taken, reason="patient", by=by, now=NOW)
    return FreedSlot.objects.latest("pk")


def press(desk: Client, freed: FreedSlot, wish: EarlierWish, key: str = ""):
    return desk.post(reverse("slot_offer"), {"key": key or str(uuid4()), "freed": freed.pk, "wish": wish.pk})


def test_an_appointment_leads_to_a_form_that_begins_with_what_suits_the_patient(desk, booked) -> None:
    appointment = booked("Riva")
    BookingPreference.objects.create(patient=appointment.patient, weekdays=[2], from_time="09:30")
    address = reverse("wish", args=[appointment.sitting_id])
    assert address in words(desk.get(reverse("appointment", args=[appointment.pk])))
    page = words(desk.get(address))
    assert 'value="2026-11-23"' in page
    assert 'value="09:30"' in page
    assert page.count(" checked") == 1


def test_a_wish_typed_wrongly_keeps_what_was_typed_and_a_good_one_waits(desk, booked) -> None:
    appointment = booked("Riva")
    address = reverse("wish", args=[appointment.sitting_id])
    typed = {
        "earliest": "2026-11-24",
        "from_time": "12:00",
        "until_time": "11:00",
        "note": "after school",
        "version": "0",
    }
    answer = desk.post(address, typed)
    assert answer.status_code == 422
    assert "after school" in words(answer)
    assert desk.post(address, typed | {"until_time": "13:00"}).status_code == 302
    page = words(desk.get(LIST))
    assert "Riva Sofia" in page
    assert "after school" in page
    assert "now Thu 26 Nov, 12:00" in page


def test_the_list_shows_a_freed_slot_with_whom_it_fits_and_today_leads_there(desk, freed, wish) -> None:
    page = words(desk.get(LIST))
    for text in (
        "Wed 25 Nov, 10:00–10:20",
        "Dr Bianchi",
        "3 days past its ideal date",
        "Offer Wed 25 Nov, 10:00 to Riva",
    ):
        assert text in page
    today = words(desk.get(reverse("today")))
    assert "fits 1 who waits" in today
    assert reverse("waiting_slot", args=[freed.pk]) in today


def test_offering_and_accepting_by_plain_posts(desk, freed, wish) -> None:
    assert press(desk, freed, wish).status_code == 302
    page = words(desk.get(LIST))
    assert "kept until 08:00 by Ferri" in page
    assert "Free: " not in words(desk.get(reverse("today")))
    made = SlotOffer.objects.get()
    assert desk.post(reverse("offer_answer", args=[made.pk]), {"answer": "accepted"}).status_code == 302
    assert Appointment.objects.get(sitting=wish.sitting).starts == at(WEDNESDAY, 10)


def test_who_refused_a_slot_stands_last_beside_it_with_when_and_a_quiet_button(
    desk, freed, wish, booked, reception_user
) -> None:
    assert press(desk, freed, wish).status_code == 302
    desk.post(reverse("offer_answer", args=[SlotOffer.objects.get().pk]), {"answer": "refused"})
    page = words(desk.get(LIST))
    assert "refused 07:00" in page
    assert "Offer Wed 25 Nov, 10:00 to Riva" in page
    assert "btn-primary" not in page[page.index(f'id="slot-{freed.pk}"') : page.index('id="waiting"')]
    # Less late than Riva, who refused it.
    add_wish(sitting=booked("Serra", 13).sitting, wanted=Wanted(MONDAY), by=reception_user, now=NOW + DAY / 24)
    (row,) = desk.get(LIST).context["freed"].rows
    assert [(each.waiting.plan.patient.surname, each.refused) for each in row.fits] == [
        ("Serra", ""),
        ("Riva", "refused 07:00"),
    ]


def test_who_accepted_is_told_with_the_new_day_and_time(desk, freed, wish) -> None:
    press(desk, freed, wish)
    answer = desk.post(reverse("offer_answer", args=[SlotOffer.objects.get().pk]), {"answer": "accepted"}, follow=True)
    assert "Riva Sofia has the earlier slot: Wed 25 Nov, 10:00." in words(answer)


def test_each_press_on_the_page_is_its_own_and_names_whom_the_slot_is_kept_for(
    desk, freed, wish, booked, practitioner, room, reception_user
) -> None:
    other = add_wish(sitting=booked("Serra", 13).sitting, wanted=Wanted(MONDAY), by=reception_user, now=NOW)
    later = free_again(practitioner, room, reception_user, 15)
    keys = re.findall(r'name="key" value="([^"]+)"', desk.get(LIST).content.decode())
    assert len(keys) == len(set(keys)) == 4
    assert press(desk, freed, wish, key=keys[0]).status_code == 302
    answer = press(desk, later, other, key=keys[0])
    assert answer.status_code == 422
    assert "kept for Serra" not in words(answer)
    answer = desk.post(reverse("slot_offer"), {"key": keys[3], "freed": later.pk, "wish": other.pk}, follow=True)
    assert "The slot is kept for Serra Sofia until 08:00" in words(answer)


def test_leaving_free_what_is_offered_is_a_409_and_not_shown(desk, freed, wish) -> None:
    press(desk, freed, wish)
    assert reverse("slot_leave", args=[freed.pk]) not in words(desk.get(LIST))
    answer = desk.post(reverse("slot_leave", args=[freed.pk]))
    assert answer.status_code == 409
    assert "kept until 08:00" in words(answer)


def test_who_is_slower_gets_a_409_with_the_list_as_it_stands(
    desk, freed, wish, booked, doctor_user, reception_user
) -> None:
    other = add_wish(sitting=booked("Serra", 13).sitting, wanted=Wanted(MONDAY), by=reception_user, now=NOW)
    offer_slot(freed=freed, wish=other, key=uuid4(), by=doctor_user, now=NOW)
    answer = press(desk, freed, wish)
    assert answer.status_code == 409
    assert "This slot is offered to Serra Sofia by Bianchi until 08:00." in words(answer)


def test_an_answer_to_an_offer_that_ran_out_is_a_409(desk, freed, wish, clock) -> None:
    press(desk, freed, wish)
    clock.shift(timedelta(hours=2))
    answer = desk.post(reverse("offer_answer", args=[SlotOffer.objects.get().pk]), {"answer": "accepted"})
    assert answer.status_code == 409
    assert "ran out without an answer" in words(answer)


@pytest.mark.parametrize("data", [{}, {"key": "x", "freed": "1", "wish": "1"}, {"freed": "9" * 40, "wish": "\x00"}])
def test_a_damaged_press_is_a_422_and_a_slot_that_is_not_there_a_404(desk, wish, data) -> None:
    assert desk.post(reverse("slot_offer"), data).status_code == 422
    assert desk.post(reverse("slot_offer"), {"key": str(uuid4()), "freed": 99, "wish": wish.pk}).status_code == 404


def test_an_answer_that_is_none_changes_nothing(desk, freed, wish) -> None:
    press(desk, freed, wish)
    made = SlotOffer.objects.get()
    assert desk.post(reverse("offer_answer", args=[made.pk]), {"answer": "maybe"}).status_code == 422
    assert Appointment.objects.get(pk=made.appointment_id).status == Status.RESERVED


def test_a_slot_is_left_free_and_somebody_taken_off(desk, freed, wish) -> None:
    desk.post(reverse("slot_leave", args=[freed.pk]))
    assert f"slot-{freed.pk}" not in words(desk.get(LIST))
    desk.post(reverse("wish_close", args=[wish.pk]))
    assert "Nobody waits for an earlier slot." in words(desk.get(LIST))


def test_who_is_not_to_be_contacted_is_shown_so_and_not_offered(desk, freed, wish, reception_user) -> None:
    mark_do_not_contact(patient=wish.sitting.plan.patient, reason="Asked so.", by=reception_user, now=NOW)
    page = words(desk.get(LIST))
    assert "Asked so." in page
    assert reverse("slot_offer") not in page
    assert press(desk, freed, wish).status_code == 422


def test_a_slot_shows_the_first_three_to_ask_and_its_own_page_everybody(
    desk, freed, wish, booked, reception_user
) -> None:
    for n in range(4):
        waits = booked(f"Altri{n}", 13 + n).sitting
        add_wish(sitting=waits, wanted=Wanted(MONDAY), by=reception_user, now=NOW)
    page = words(desk.get(LIST))
    assert page.count(f'action="{reverse("slot_offer")}"') == 3
    assert "and 2 more" in page
    own = words(desk.get(reverse("waiting_slot", args=[freed.pk])))
    assert own.count(f'action="{reverse("slot_offer")}"') == 5
    assert desk.get(reverse("waiting_slot", args=[freed.pk + 1])).status_code == 404


def test_the_list_and_today_ask_the_same_for_one_and_for_many(
    desk, freed, wish, booked, practitioner, room, reception_user
) -> None:
    def asked(address: str) -> int:
        desk.get(address)
        with CaptureQueriesContext(connection) as queries:
            assert desk.get(address).status_code == 200
        return len(queries)

    addresses = (LIST, reverse("waiting_slot", args=[freed.pk]), "/today/")
    one = [asked(address) for address in addresses]
    for n in range(6):
        free_again(practitioner, room, reception_user, 12 + n)
        waits = booked(f"Altri{n}", 14 + n // 3, n % 3 * 20).sitting
        UnavailableDates.objects.create(patient=waits.plan.patient, first=THURSDAY, last=THURSDAY)
        add_wish(sitting=waits, wanted=Wanted(MONDAY), by=reception_user, now=NOW)
    press(desk, FreedSlot.objects.latest("pk"), wish)
    assert [asked(address) for address in addresses] == one
    assert one[-1] <= 12
    assert max(one) <= 15


def test_today_names_no_slot_that_fits_only_whom_nobody_may_ask(desk, freed, wish, reception_user) -> None:
    mark_do_not_contact(patient=wish.sitting.plan.patient, reason="Asked so.", by=reception_user, now=NOW)
    assert "Free: " not in words(desk.get(reverse("today")))


def test_the_rail_counts_who_waits(wish) -> None:
    assert rail_counts(reviews=False, calls_on=MONDAY)["waiting_list"] == 1


# Two desks.


def test_two_desks_that_change_one_wish_see_both_and_neither_loses(desk, wish) -> None:
    address = reverse("wish", args=[wish.sitting_id])
    typed = {"earliest": "2026-11-24", "weekdays": ["1"], "note": "after school", "version": "1"}
    assert desk.post(address, {"earliest": "2026-11-23", "from_time": "16:00", "version": "1"}).status_code == 302
    answer = desk.post(address, typed)
    assert answer.status_code == 409
    page = words(answer)
    for text in ("16:00 – …", "any hour", "after school", "Save mine over it", 'name="version" value="2"'):
        assert text in page
    wish.refresh_from_db()
    assert (wish.version, wish.note) == (2, "")
    assert desk.post(address, typed | {"version": "2"}).status_code == 302
    wish.refresh_from_db()
    assert (wish.version, wish.note, wish.from_time) == (3, "after school", None)
    assert desk.post(address, typed | {"version": "2"}).status_code == 302  # the same press again
    wish.refresh_from_db()
    assert wish.version == 3


def test_two_desks_that_put_one_sitting_on_the_list_or_take_it_off_see_it(desk, booked, reception_user) -> None:
    sitting = booked("Riva").sitting
    address = reverse("wish", args=[sitting.pk])
    assert 'name="version" value="0"' in words(desk.get(address))
    made = add_wish(sitting=sitting, wanted=Wanted(MONDAY, note="hers"), by=reception_user, now=NOW)
    answer = desk.post(address, {"earliest": "2026-11-23", "note": "mine", "version": "0"})
    assert answer.status_code == 409
    assert "hers" in words(answer)
    close_wish(wish=made, by=reception_user, now=NOW)
    answer = desk.post(address, {"earliest": "2026-11-23", "note": "mine", "version": "1"})
    assert answer.status_code == 409
    assert 'name="version" value="0"' in words(answer)


@pytest.mark.parametrize("version", ["", "x", "-1", "9" * 40])
def test_a_wish_with_a_damaged_version_is_a_422_that_says_so(desk, wish, version) -> None:
    answer = desk.post(reverse("wish", args=[wish.sitting_id]), {"earliest": "2026-11-23", "version": version})
    assert answer.status_code == 422
    assert "errorlist" in words(answer)


def test_a_wish_that_a_free_slot_would_meet_leads_to_it_at_once_and_one_press_further_it_is_moved(desk, booked) -> None:
    riva = booked("Riva")
    address = reverse("wish", args=[riva.sitting_id])
    wanted = {"earliest": "2026-11-23", "weekdays": ["2"], "from_time": "15:00", "until_time": "16:30", "version": "0"}
    saved = desk.post(address, wanted)
    assert saved.url == address
    page = desk.get(address)
    found = [row for day in page.context["free"] for row in day.rows]
    assert {row.day for row in found} == {WEDNESDAY}
    assert all("15:00" <= f"{row.at:%H:%M}" <= "16:15" for row in found)
    review = desk.get(reverse("appointment_move_review", args=[riva.pk]), {"to": found[0].token})
    assert review.status_code == 200


def test_a_wish_that_nothing_free_would_meet_leads_to_the_list(desk, booked) -> None:
    riva = booked("Riva", 9)
    wanted = {"earliest": "2026-11-26", "version": "0"}
    assert desk.post(reverse("wish", args=[riva.sitting_id]), wanted).url == LIST


def test_a_sitting_without_a_slot_waits_without_being_moved(desk, site, practitioner, room, doctor_user) -> None:
    plan = make_plan(make_patient("Riva"), site, doctor_user, counts=[3], practitioner=practitioner)
    address = reverse("wish", args=[plan.sittings.get(number=1).pk])
    assert desk.post(address, {"earliest": "2026-11-23", "version": "0"}).url == LIST
    assert "Free already" not in desk.get(address).content.decode()
