"""The page of the proposals while they are edited: choosing, leaving out, taking back, bad input, lost slots."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from scheduling.models import Absence, Appointment, TreatmentPlan
from tests.pages import words
from tests.scheduling.booking_data import MONDAY, at, make_patient, occupy

pytestmark = pytest.mark.usefixtures("clock")

DAY = timedelta(days=1)
HTMX = {"HX-Request": "true"}
NOISE = [
    "pin=%00",
    "pin=1",
    "pin=1:2026-11-24:09:00",
    "pin=1:2026-13-45:09:00:1",
    "pin=1:2026-11-24:24:00:1",
    "pin=1:0000-00-00:09:00:1",
    "pin=99:2026-11-24:09:00:1",
    "pin=" + "1" * 10_000,
    "leave=%00",
    "leave=-1",
    "leave=x",
    "leave=" + "9" * 10_000,
    "leave=1&leave=2&leave=3&leave=4",
    "change=%00",
    "change=" + "9" * 10_000,
    "at=x",
]
HARMLESS = [
    "pin=1:0001-01-01:09:00:1",
    "pin=1:9999-12-31:09:00:1",
    "pin=1:2026-11-24:09:03:1",
    "pin=1:2026-11-24:09:00:999999999",
    "leave=99",
    "change=0",
    "change=99",
    "change=-1",
    "at=99",
    "leave=2&change=2",
]


def url(plan: TreatmentPlan, query: str = "") -> str:
    return reverse("book_cycle", args=[plan.pk]) + f"?asked=1&{query}"


def pin(number: int, day, at_time: str, practitioner) -> str:
    return f"pin={number}:{day.isoformat()}:{at_time}:{practitioner.pk}"


def links(page, word: str) -> list[str]:
    """The addresses of the links that say so."""
    found = re.findall(r'<a\b[^>]*?href="([^"]*)"[^>]*>([^<]*)</a>', page.content.decode())
    return [address.replace("&amp;", "&") for address, text in found if word in text]


def test_change_opens_the_other_slots_of_one_sitting_with_their_price(desk, plan) -> None:
    page = desk.get(url(plan))
    opened = desk.get(links(page, "Change")[1])
    text = words(opened)
    assert len(opened.context["choices"]) == 8
    assert "Other slots for sitting 2" in text
    assert "the rest stays" in text
    assert "Leave sitting 2 out of this booking" in text
    assert not desk.get(links(opened, "Close")[0]).context["choices"]


def test_a_chosen_slot_is_marked_and_travels_on(desk, plan) -> None:
    opened = desk.get(url(plan, "change=2"))
    choice = opened.context["choices"][3]
    page = desk.get(links(opened, "Choose")[3])
    row = page.context["shown"].rows[1]
    assert (row.day, row.at) == (choice.day, choice.at)
    assert "chosen" in words(page)
    assert f'<input type="hidden" name="pin" value="{choice.pin}">' in page.content.decode()
    confirm = re.search(r'action="([^"]*confirm[^"]*)"', page.content.decode())
    assert "pin=2" in confirm[1]


def test_the_prices_tell_what_then_happens(desk, plan) -> None:
    opened = desk.get(url(plan, "change=2"))
    before = {row.number: (row.day, row.at) for row in opened.context["shown"].rows}
    for choice, link in zip(opened.context["choices"], links(opened, "Choose"), strict=True):
        after = desk.get(link).context["shown"].rows
        moved = sum((row.day, row.at) != before[row.number] for row in after if row.number != 2)
        assert ("the rest stays" in choice.price) == (moved == 0)
        assert moved == 0 or any(words.startswith(f"moves {moved} other") for words in choice.price)


def test_what_is_chosen_twice_for_a_sitting_is_the_last(desk, plan, practitioner) -> None:
    query = "&".join(pin(2, MONDAY + 8 * DAY, each, practitioner) for each in (*["10:00"] * 50, "11:00"))
    page = desk.get(url(plan, query))
    assert page.context["shown"].rows[1].at.hour == 11
    assert len(page.context["edits"]) == 1


def test_everything_chosen_by_hand_can_be_taken_back(desk, plan, practitioner) -> None:
    page = desk.get(url(plan, pin(2, MONDAY + 8 * DAY, "10:00", practitioner) + "&leave=3"))
    text = words(page)
    assert "Sitting 2 on Tue 1 Dec 2026, 10:00, Dr Bianchi" in text
    assert "Sitting 3 left out" in text
    first, second = page.context["edits"]
    assert [row.number for row in desk.get(first.url).context["shown"].rows] == [1, 2, 4]
    assert desk.get(first.url).context["pinned"] == set()
    assert [row.number for row in desk.get(second.url).context["shown"].rows] == [1, 2, 3, 4]


def test_what_is_left_out_is_listed_with_the_way_back(desk, plan) -> None:
    page = desk.get(url(plan, "leave=3"))
    text = words(page)
    assert "Left out of this booking" in text
    assert "Book 3 sittings" in text
    again = desk.get(links(page, "Take in again")[0])
    assert [row.number for row in again.context["shown"].rows] == [1, 2, 3, 4]


def test_a_pin_of_a_sitting_left_out_is_forgotten(desk, plan, practitioner) -> None:
    page = desk.get(url(plan, pin(3, MONDAY + 15 * DAY, "10:00", practitioner) + "&leave=3"))
    assert page.context["pinned"] == set()
    assert "pin=" not in page.context["query"]


def test_the_last_sitting_of_a_booking_cannot_be_left_out(desk, plan) -> None:
    page = desk.get(url(plan, "leave=1&leave=2&leave=3&change=4"))
    assert [row.number for row in page.context["shown"].rows] == [4]
    assert "out of this booking</a>" not in page.content.decode()
    refused = desk.get(url(plan, "leave=1&leave=2&leave=3&leave=4"))
    assert refused.status_code == 422
    assert "At least one sitting must stay in this booking." in words(refused)


@pytest.mark.parametrize("noise", NOISE)
def test_bad_edits_in_the_address_are_answered_in_words(desk, plan, noise: str) -> None:
    page = desk.get(url(plan, noise))
    assert page.status_code == 422
    assert "Nothing is proposed yet: look at what you asked." in words(page)


@pytest.mark.parametrize("query", HARMLESS)
def test_edits_that_cannot_be_are_left_aside(desk, plan, query: str) -> None:
    page = desk.get(url(plan, query))
    assert page.status_code == 200
    assert page.context["cards"]
    assert page.context["pinned"] == set()


def test_a_chosen_slot_taken_meanwhile_is_named_and_dropped(desk, plan, practitioner, room, reception_user) -> None:
    query = pin(2, MONDAY + 8 * DAY, "10:00", practitioner)
    occupy(practitioner, room, at(MONDAY + 8 * DAY, 10), 15, reception_user, make_patient("Conti"))
    page = desk.get(url(plan, query))
    assert "Sitting 2 is no longer kept on Tue 1 Dec 2026, 10:00, Dr Bianchi: that slot is not free any more." in words(
        page
    )
    assert "pin=" not in page.context["query"]
    assert [row.number for row in page.context["shown"].rows] == [1, 2, 3, 4]


def test_who_loses_a_race_keeps_the_other_edits(desk, plan, practitioner, room, reception_user) -> None:
    query = pin(2, MONDAY + 8 * DAY, "10:00", practitioner) + "&leave=4"
    page = desk.get(url(plan, query))
    first = page.context["cards"][0].rows[0]
    occupy(practitioner, room, at(first.day, first.at.hour, first.at.minute), 15, reception_user, make_patient("Conti"))
    data = {"token": page.context["cards"][0].token, "key": str(page.context["key"])}
    confirm = reverse("book_cycle_confirm", args=[plan.pk]) + f"?{page.context['query']}"
    answer = desk.post(confirm, data)
    assert answer.status_code == 409
    assert answer.context["pinned"] == {2}
    assert [row.number for row in answer.context["shown"].rows] == [1, 2, 3]
    again = {"token": answer.context["cards"][0].token, "key": str(answer.context["key"])}
    assert desk.post(confirm, again).status_code == 302
    assert Appointment.objects.filter(sitting__plan=plan).count() == 3


def test_a_blocked_cycle_offers_to_leave_the_sitting_out(desk, plan, practitioner) -> None:
    Absence.objects.create(practitioner=practitioner, starts=at(MONDAY + 5 * DAY, 0), ends=at(MONDAY + 13 * DAY, 0))
    page = desk.get(url(plan))
    assert page.context["obstacle"].number == 2
    assert "Book the others without sitting 2" in words(page)
    without = desk.get(links(page, "Leave out")[0])
    assert [row.number for row in without.context["shown"].rows] == [1, 3, 4]


def test_the_only_sitting_of_a_booking_is_not_offered_to_be_left_out(desk, plan, practitioner) -> None:
    Absence.objects.create(practitioner=practitioner, starts=at(MONDAY, 0), ends=at(MONDAY + 60 * DAY, 0))
    page = desk.get(url(plan, "leave=2&leave=3&leave=4"))
    assert page.context["obstacle"].number == 1
    assert not links(page, "Leave out")


def test_a_blocked_sitting_is_offered_slots_outside_its_window(desk, plan, practitioner) -> None:
    Absence.objects.create(practitioner=practitioner, starts=at(MONDAY, 0), ends=at(MONDAY + 6 * DAY, 0))
    page = desk.get(url(plan))
    assert "Or a slot for sitting 1 outside its window" in words(page)
    chosen = desk.get(links(page, "Choose")[0])
    assert chosen.context["shown"].outside_window == 1
    assert "1 sitting outside its window" in words(chosen)


def test_edits_are_kept_while_wishes_change(desk, plan, practitioner) -> None:
    query = pin(2, MONDAY + 8 * DAY, "10:00", practitioner) + "&leave=3&weekdays=3"
    page = desk.get(url(plan, query), headers=HTMX)
    text = page.content.decode()
    assert 'id="wishes-hidden" hx-swap-oob="true"' in text
    assert 'name="leave" value="3"' in text
    assert page.context["shown"].rows[1].day.weekday() == 1


def test_the_edited_page_asks_as_many_questions_for_one_edit_as_for_many(desk, plan, practitioner) -> None:
    def count(query: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert desk.get(url(plan, query)).status_code == 200
        return len(captured)

    plain = count("")
    edits = [pin(n, MONDAY + (7 * n - 6) * DAY, "10:00", practitioner) for n in (1, 2, 4)]
    assert count("change=2") == count(edits[0]) == count("&".join([*edits, "leave=3", "change=2"])) == plain
    Absence.objects.create(practitioner=practitioner, starts=at(MONDAY, 0), ends=at(MONDAY + 6 * DAY, 0))
    assert count("") == plain


def test_what_is_reserved_has_no_change(desk, plan) -> None:
    page = desk.get(url(plan, "leave=3"))
    data = {"token": page.context["cards"][0].token, "key": str(uuid4())}
    desk.post(reverse("plan_reserve", args=[plan.pk]), data)
    reserved = desk.get(reverse("plan_reserved", args=[plan.pk]))
    assert not links(reserved, "Change")
    assert "Confirm 3" in words(reserved)
    assert [row.number for row in reserved.context["shown"]["rows"]] == [1, 2, 4]
