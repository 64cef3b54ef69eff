"""The one slot finder on its three pages: weekday, part of the day, practitioner, date, all of a day, further on."""

from datetime import date, time, timedelta
from uuid import uuid4

import pytest
from django.urls import reverse

from scheduling.engine.terms import Offer, Slot
from scheduling.models import Appointment
from scheduling.selectors.looking import EVERYWHERE, MOST_A_DAY, Look, at_leisure, different_first, spread
from scheduling.services.booking import book_appointment
from tests.conftest import make_practitioner
from tests.scheduling.booking_data import MONDAY, NOW, at, make_plan

pytestmark = pytest.mark.usefixtures("clock", "practitioner", "room")

THURSDAY = 3
PAGES = ["visit", "sitting", "move"]


@pytest.fixture
def plan(patient, site, doctor_user, practitioner):
    """Four weekly sittings from Monday 23 November 2026."""
    return make_plan(patient, site, doctor_user, counts=[4], practitioner=practitioner)


@pytest.fixture
def page(plan, practitioner, room, reception_user):
    """The address of each page that offers slots, with what is asked of it."""
    first, second = plan.sittings.get(number=1), plan.sittings.get(number=2)
    booked: Appointment = book_appointment(
        patient=plan.patient, kind="sitting", sitting=first, practitioner=practitioner, room=room,
        starts=at(MONDAY, 12), minutes=15, by=reception_user, now=NOW,
    )  # fmt: skip
    names = {
        "visit": (reverse("book_visit", args=[plan.patient_id]), {"kind": "review"}),
        "sitting": (reverse("book_sitting", args=[second.pk]), {}),
        "move": (reverse("appointment_move", args=[booked.pk]), {}),
    }
    return lambda name, **asked: (names[name][0], {**names[name][1], **asked})


def rows(response) -> list:
    return [row for day in response.context["days"] for row in day.rows]


@pytest.mark.parametrize("name", PAGES)
def test_thursday_afternoon_is_found_in_one_step(desk, page, name):
    found = rows(desk.get(*page(name, weekday="3", part="afternoon")))
    assert found
    assert {row.day.weekday() for row in found} == {THURSDAY}
    assert all(time(13) <= row.at < time(17) for row in found)


@pytest.mark.parametrize("name", PAGES)
def test_a_chip_looks_there_and_pressed_again_looks_everywhere(desk, page, name):
    address, asked = page(name, part="morning")
    response = desk.get(address, asked)
    thursday = response.context["weekdays"][THURSDAY].address
    assert all(words in thursday for words in ("weekday=3", "part=morning"))
    morning = response.context["parts"][0]
    assert (morning.chosen, "part=" in morning.address) == (True, False)


@pytest.mark.parametrize("name", PAGES)
def test_who_is_asked_for_is_the_only_one_offered(desk, page, site, name):
    neri = make_practitioner("Dr Neri", site)
    assert {row.practitioner for row in rows(desk.get(*page(name, practitioner=neri.pk)))} == {"Dr Neri"}


@pytest.mark.parametrize("name", PAGES)
def test_from_a_date_on_nothing_earlier_is_offered_and_looking_further_goes_on_after_the_last(desk, page, name):
    response = desk.get(*page(name, first="2026-12-02"))
    shown = [row.day for row in rows(response)]
    assert min(shown) >= date(2026, 12, 2)
    further = rows(desk.get(response.context["further"]))
    assert not further or min(row.day for row in further) > max(shown)


@pytest.mark.parametrize("name", PAGES)
def test_all_of_one_day_is_shown_when_more_of_it_is_asked_for(desk, page, name):
    few = desk.get(*page(name))
    day = few.context["days"][-1]
    assert len(day.rows) <= MOST_A_DAY
    more = desk.get(f"{few.context['more_of_day']}{day.day:%Y-%m-%d}")
    assert {row.day for row in rows(more)} == {day.day}
    assert len(rows(more)) > len(day.rows)
    assert {row.day for row in rows(desk.get(more.context["all_days"]))} == {row.day for row in rows(few)}


@pytest.mark.parametrize("name", PAGES)
def test_who_is_free_at_the_same_time_stands_in_one_line(desk, page, site, name):
    neri = make_practitioner("Dr Neri", site)
    response = desk.get(*page(name, weekday="1"))
    times = [(row.day, row.at) for row in rows(response)]
    assert len(times) == len(set(times))
    if name != "move":  # whose own practitioner goes on, unless it is a sitting
        everybody = {each.practitioner for row in rows(response) for each in (row, *row.others)}
        assert str(neri) in everybody


@pytest.mark.parametrize("name", PAGES)
def test_the_time_can_be_chosen_by_hand(desk, page, name):
    response = desk.get(*page(name))
    assert response.context["by_hand"] in response.content.decode().replace("&amp;", "&")
    assert desk.get(response.context["by_hand"]).status_code == 200


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize(
    "noise",
    [{"weekday": "7"}, {"weekday": "x"}, {"part": "night"}, {"day": "\0"}, {"practitioner": "0"}, {"first": "x"}],
)
def test_what_cannot_be_looked_for_is_said(desk, page, name, noise):
    response = desk.get(*page(name, **noise))
    assert response.status_code == 422
    assert list(response.context["form"].errors) == list(noise)


def test_nothing_on_the_days_asked_for_is_not_called_a_full_diary(desk, page):
    content = desk.get(*page("sitting", weekday="6")).content.decode()
    assert "Nothing is free there: look further, or at other days and hours." in content
    assert "Nothing is free inside its window" not in content


def test_a_sitting_that_was_booked_is_taken_back_from_the_message_and_is_due_again(desk, page, plan):
    address, _asked = page("sitting")
    best = next(row for row in rows(desk.get(address)) if row.best)
    after = desk.post(address, {"token": best.token, "key": str(uuid4())}, follow=True).content.decode()
    booked = Appointment.objects.get(sitting__number=2)
    assert f'action="{reverse("booking_take_back", args=[booked.pk])}"' in after
    back = desk.post(reverse("booking_take_back", args=[booked.pk]), {"version": "1", "next": address})
    booked.refresh_from_db()
    assert (back.url, booked.status, booked.cancel_reason) == (address, "cancelled", "mistake")
    assert plan.sittings.get(number=2).state == "due"


def offer(day: int, hour: int, minute: int = 0, who: int = 1) -> Offer:
    return Offer(Slot(MONDAY + timedelta(days=day), hour * 60 + minute, 15, who, 1, None), 0, 0, True)


def test_offers_are_spread_over_days_and_hours_in_their_order():
    ranked = [offer(0, 9), offer(0, 9, 20), offer(0, 9, 0, 2), offer(0, 10), offer(0, 11), offer(0, 12), offer(1, 9)]
    assert spread(ranked) == (ranked[0], ranked[2], ranked[3], ranked[4], ranked[6])


def test_so_many_times_are_shown_however_many_are_free():
    ranked = [offer(day, 9, 0, who) for day in range(20) for who in (1, 2)]
    assert spread(ranked, EVERYWHERE, most=4) == tuple(ranked[:8])


def test_of_one_day_everything_is_shown():
    ranked = [offer(0, 9, minute) for minute in range(0, 60, 5)]
    assert spread(ranked, Look(day=MONDAY), most=3) == tuple(ranked)


def test_who_was_missed_is_offered_other_days_first_and_one_time_of_today_that_is_not_soon():
    ranked = [offer(0, 9), offer(0, 10), offer(0, 11), offer(1, 9), offer(2, 9)]
    assert at_leisure(ranked, at(MONDAY, 9)) == (ranked[3], ranked[4], ranked[1])
    assert at_leisure(ranked[:2], at(MONDAY, 9, 1)) == ()


def test_slots_at_another_day_or_hour_come_before_the_same_ones_with_somebody_else():
    ranked = [offer(0, 9), offer(0, 9, 0, 2), offer(0, 9, 30, 3), offer(0, 10), offer(1, 9)]
    found = different_first(ranked, lambda each: each.slot)
    assert found == (ranked[0], ranked[3], ranked[4], ranked[1], ranked[2])
