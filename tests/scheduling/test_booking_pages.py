"""The booking pages: who may book, what is shown, what a press does, and bad input."""

from datetime import date, timedelta
from urllib.parse import parse_qs, quote, urlsplit
from uuid import uuid4

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from scheduling.models import (
    Absence,
    Appointment,
    BookingPreference,
    Room,
    Sitting,
    SittingState,
    TreatmentPlan,
    UnavailableDates,
)
from scheduling.services.booking import book_appointment
from scheduling.services.planning import pause_plan
from tests.conftest import make_practitioner
from tests.scheduling.booking_data import MONDAY, NOW, at, make_patient, make_plan, occupy

pytestmark = pytest.mark.usefixtures("clock")

DAY = timedelta(days=1)
NOISE = [
    "asked=1&weekdays=%00",
    "asked=1&weekdays=9&weekdays=x",
    "asked=1&from_time=%00",
    "asked=1&from_time=25:00&until_time=morning",
    "asked=1&from_time=12:00&until_time=09:00",
    "asked=1&practitioner=%00",
    "asked=1&practitioner=999999999999999999999999",
    "asked=1&practitioner=" + "9" * 10_000,
    "asked=1&only=1",
    "asked=1&only=1&practitioner=%00",
    "asked=1&also=%00",
    "asked=1&also=" + "9" * 10_000,
    "asked=1&also=999999",
    "widen=%00",
    "widen=7",
    "widen=99:3",
    "widen=1:0",
    "widen=1:999",
    "widen=-1:3",
    "widen=" + "1" * 10_000,
    "&".join(["widen=1:1"] * 60),
    "later=-1",
    "later=%00",
    "later=100000",
    "later=" + "9" * 10_000,
    "later=1.5",
    "show=%00",
    "show=" + "x" * 10_000,
]


def cycle_url(plan: TreatmentPlan, query: str = "") -> str:
    return reverse("book_cycle", args=[plan.pk]) + (f"?{query}" if query else "")


def sitting_url(plan: TreatmentPlan, number: int = 1) -> str:
    return reverse("book_sitting", args=[plan.sittings.get(number=number).pk])


def press(client: Client, plan: TreatmentPlan, page, card: int = 0, query: str = "", **changes):
    """The press of a card's button as it stands on the page."""
    data = {"token": page.context["cards"][card].token, "key": str(page.context["key"]), **changes}
    return client.post(reverse("book_cycle_confirm", args=[plan.pk]) + (f"?{query}" if query else ""), data)


def away(practitioner, first: date, last: date) -> None:
    Absence.objects.create(practitioner=practitioner, starts=at(first, 0), ends=at(last + DAY, 0))


# Who may.


@pytest.mark.parametrize("user", ["reception_user", "doctor_user"])
def test_reception_and_doctors_book(request, client, plan, user: str) -> None:
    client.force_login(request.getfixturevalue(user))
    for url in (reverse("to_book"), cycle_url(plan), sitting_url(plan)):
        assert client.get(url).status_code == 200


def test_an_administrator_does_not_book(client, plan, administrator_user) -> None:
    client.force_login(administrator_user)
    confirm = reverse("book_cycle_confirm", args=[plan.pk])
    for url in (reverse("to_book"), cycle_url(plan), sitting_url(plan)):
        assert client.get(url).status_code == 403
    assert client.post(confirm).status_code == client.post(sitting_url(plan)).status_code == 403


def test_nobody_books_without_signing_in(client, plan) -> None:
    for url in (reverse("to_book"), cycle_url(plan), sitting_url(plan)):
        assert client.get(url).status_code == 302


@pytest.mark.parametrize("name", ["book_cycle", "book_cycle_confirm", "book_sitting"])
@pytest.mark.parametrize("pk", [0, 987654321, 10**30])
def test_what_does_not_exist_is_not_found(desk, plan, name: str, pk: int) -> None:
    assert desk.get(reverse(name, args=[pk]), follow=True).status_code == 404
    assert desk.post(reverse(name, args=[pk])).status_code in (404, 405)


def test_clinical_notes_stay_with_the_doctor(desk, plan) -> None:
    for url in (reverse("to_book"), cycle_url(plan), sitting_url(plan)):
        assert "Localised oedema" not in desk.get(url).content.decode()


# The cycle.


def test_the_page_shows_proposals_figures_and_every_sitting(desk, plan) -> None:
    page = desk.get(cycle_url(plan))
    text = page.content.decode()
    assert "Book the cycle: 4 sittings" in " ".join(text.split())
    assert "over 1 practitioner, 1 room, 1 month" in text
    assert "Mondays 09:00" in text
    assert "Dr Bianchi, all 4" in text
    assert [row.number for row in page.context["shown"].rows] == [1, 2, 3, 4]
    assert text.count("is-proposed") == 4
    assert len({card.token for card in page.context["cards"]}) == len(page.context["cards"])


def test_booking_leads_to_the_plan_with_a_message(desk, plan) -> None:
    answer = press(desk, plan, desk.get(cycle_url(plan)))
    assert answer.status_code == 302
    assert answer.url == reverse("plan", args=[plan.pk])
    assert Appointment.objects.filter(sitting__plan=plan).count() == 4
    page = desk.get(cycle_url(plan))
    assert "4 sittings of Greco Sofia are booked, from Mon 23 Nov 2026 to Mon 14 Dec 2026." in page.content.decode()
    assert "Every sitting of this plan has its slot." in page.content.decode()


def test_a_double_click_books_once_and_answers_alike(desk, plan) -> None:
    page = desk.get(cycle_url(plan))
    answers = [press(desk, plan, page), press(desk, plan, page)]
    assert {(answer.status_code, answer.url) for answer in answers} == {(302, reverse("plan", args=[plan.pk]))}
    assert Appointment.objects.count() == 4


def test_another_card_after_the_first_has_booked_is_refused(desk, plan) -> None:
    page = desk.get(cycle_url(plan))
    assert len(page.context["cards"]) > 1
    press(desk, plan, page)
    answer = press(desk, plan, page, card=1)
    assert answer.status_code in (409, 422)
    assert Appointment.objects.count() == 4


def test_who_loses_a_race_is_told_and_gets_fresh_proposals(desk, plan, practitioner, room, reception_user) -> None:
    page = desk.get(cycle_url(plan))
    row = page.context["cards"][0].rows[1]
    lost = at(row.day, row.at.hour, row.at.minute)
    occupy(practitioner, room, lost, 15, reception_user, make_patient("Conti"))
    answer = press(desk, plan, page, query="asked=1&weekdays=0")
    text = answer.content.decode()
    assert answer.status_code == 409
    assert "Nothing was booked." in text
    assert "Conti Sofia is booked there" in text
    fresh = answer.context["cards"][0].rows[1]
    assert (fresh.day, fresh.at) != (row.day, row.at)
    assert answer.context["form"].data.getlist("weekdays") == ["0"]
    assert not Appointment.objects.filter(sitting__plan=plan).exists()
    assert press(desk, plan, answer).status_code == 302


def test_a_plan_changed_meanwhile_gives_fresh_proposals(desk, plan) -> None:
    page = desk.get(cycle_url(plan))
    TreatmentPlan.objects.filter(pk=plan.pk).update(version=plan.version + 1)
    answer = press(desk, plan, page)
    assert answer.status_code == 409
    assert "The plan has changed" in answer.content.decode()
    assert press(desk, plan, answer).status_code == 302


def test_a_page_left_open_for_an_hour_gives_fresh_proposals(desk, plan) -> None:
    page = desk.get(cycle_url(plan))
    with time_machine.travel(NOW + timedelta(hours=1, minutes=1), tick=False):
        answer = press(desk, plan, page)
    assert answer.status_code == 409
    assert "more than an hour old" in answer.content.decode()


@pytest.mark.parametrize(
    "changes",
    [
        {"token": "nonsense"},
        {"token": ""},
        {"token": "\x00"},
        {"token": "x" * 30_000},
        {"key": "nonsense"},
        {"key": "\x00"},
        {"key": ""},
    ],
    ids=["token", "no token", "NUL in token", "long token", "key", "NUL in key", "no key"],
)
def test_a_damaged_press_is_refused_with_a_sentence(desk, plan, changes: dict[str, str]) -> None:
    answer = press(desk, plan, desk.get(cycle_url(plan)), **changes)
    assert answer.status_code == 422
    assert "Nothing was booked." in answer.content.decode()
    assert answer.context["cards"]
    assert not Appointment.objects.exists()


def test_the_address_of_a_press_read_again_shows_proposals(desk, plan) -> None:
    answer = desk.get(reverse("book_cycle_confirm", args=[plan.pk]) + "?asked=1&weekdays=3")
    assert (answer.status_code, answer.url) == (302, cycle_url(plan, "asked=1&weekdays=3"))


def test_what_the_patient_likes_is_asked_at_first(desk, plan, practitioner) -> None:
    BookingPreference.objects.create(
        patient=plan.patient, weekdays=[3], from_time="14:00", until_time="17:00", practitioner=practitioner
    )
    page = desk.get(cycle_url(plan))
    assert page.context["form"].wishes().preference.weekdays == {3}
    assert all(row.day.weekday() == 3 for row in page.context["shown"].rows)
    assert all(14 <= row.at.hour < 17 for row in page.context["shown"].rows)


def test_a_practitioner_liked_but_gone_is_no_obstacle(desk, plan, site) -> None:
    gone = make_practitioner("Dr Neri", site)
    BookingPreference.objects.create(patient=plan.patient, practitioner=gone)
    gone.active = False
    gone.save()
    assert desk.get(cycle_url(plan)).status_code == 200


def test_clearing_all_wishes_asks_for_none_of_them(desk, plan) -> None:
    BookingPreference.objects.create(patient=plan.patient, weekdays=[3])
    page = desk.get(cycle_url(plan, "asked=1"))
    assert page.context["form"].wishes().preference.weekdays == frozenset()


def test_a_changed_wish_swaps_the_proposals_alone(desk, plan) -> None:
    text = desk.get(cycle_url(plan, "asked=1&weekdays=2"), headers={"HX-Request": "true"}).content.decode()
    assert text.strip().startswith('<div id="proposals">')
    assert "<html" not in text
    assert 'hx-swap-oob="true"' in text
    assert "Wednesdays" in text


def test_a_card_can_be_looked_at_before_it_is_booked(desk, plan) -> None:
    names = [card.name for card in desk.get(cycle_url(plan)).context["cards"]]
    page = desk.get(cycle_url(plan, f"show={names[1]}"))
    assert page.context["shown"].name == names[1]


def test_the_dates_a_patient_cannot_come_are_listed(desk, plan) -> None:
    UnavailableDates.objects.create(patient=plan.patient, first=date(2027, 8, 8), last=date(2027, 8, 23))
    text = " ".join(desk.get(cycle_url(plan)).content.decode().split())
    assert "8 Aug 2027 – 23 Aug 2027" in text
    assert reverse("preferences_patient", args=[plan.patient_id]) in text


@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}])
def test_the_way_to_these_dates_comes_back_to_the_wishes_as_they_are_now(desk, plan, headers) -> None:
    asked = cycle_url(plan, "asked=1&weekdays=1&from_time=16%3A00&next=%2Fto-book%2F")
    way = f"{reverse('preferences_patient', args=[plan.patient_id])}?next={quote(asked, safe='')}"
    assert f'href="{way}"' in desk.get(asked, headers=headers).content.decode()


def test_dates_that_stand_in_the_way_are_asked_about_without_losing_the_wishes(desk, plan) -> None:
    UnavailableDates.objects.create(patient=plan.patient, first=MONDAY, last=MONDAY + timedelta(days=400))
    page = desk.get(cycle_url(plan, "asked=1&weekdays=1&next=%2Fto-book%2F"))
    (way,) = [way.url for way in page.context["obstacle"].ways if "/preferences/" in way.url]
    (back,) = parse_qs(urlsplit(way).query)["next"]
    assert back == cycle_url(plan, "asked=1&weekdays=1&next=%2Fto-book%2F")


def test_the_rest_is_called_the_rest(desk, plan, room, reception_user) -> None:
    book_appointment(
        patient=plan.patient,
        kind="sitting",
        sitting=plan.sittings.get(number=1),
        practitioner=plan.practitioner,
        room=room,
        starts=at(MONDAY, 10),
        minutes=plan.minutes,
        by=reception_user,
        now=NOW,
    )
    assert "Book the rest: 3 sittings" in " ".join(desk.get(cycle_url(plan)).content.decode().split())


def test_a_plan_that_cannot_be_booked_says_why(desk, plan) -> None:
    pause_plan(plan=plan)
    page = desk.get(cycle_url(plan))
    assert page.status_code == 200
    assert "The plan is paused: only an approved plan can be booked." in page.content.decode()


@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}], ids=["page", "fragment"])
def test_an_address_out_of_range_gets_a_message(desk, plan, headers: dict[str, str]) -> None:
    for query in NOISE:
        page = desk.get(cycle_url(plan, query), headers=headers)
        assert page.status_code == 422, query[:40]
        assert page.context["form"].errors, query[:40]
        assert "Nothing is proposed yet" in page.content.decode(), query[:40]


def test_a_press_with_a_damaged_address_books_what_was_shown(desk, plan) -> None:
    page = desk.get(cycle_url(plan))
    assert press(desk, plan, page, query="widen=x").status_code == 302


def test_markup_in_an_address_stays_text(desk, plan) -> None:
    text = desk.get(cycle_url(plan, "asked=1&weekdays=%3Cscript%3Ealert(1)%3C/script%3E")).content.decode()
    assert "<script>alert" not in text


def test_the_slots_of_the_usual_practitioner_say_so_and_nobody_elses(desk, plan, site, practitioner) -> None:
    make_practitioner("Dr Neri", site)
    rows = [row for day in desk.get(sitting_url(plan)).context["days"] for row in day.rows]
    assert {row.practitioner for row in rows if row.usual} == {str(practitioner)}
    plan.practitioner = None
    plan.save()
    page = desk.get(sitting_url(plan))
    assert "usual practitioner" not in page.content.decode()


# Nothing fits.


def test_only_one_practitioner_leaves_the_others_as_a_way_out_of_one_click(
    desk, plan, site, practitioner, room, reception_user
) -> None:
    neri = make_practitioner("Dr Neri", site)
    away(practitioner, MONDAY + 12 * DAY, MONDAY + 25 * DAY)
    only = f"asked=1&practitioner={practitioner.pk}&only=on"
    page = desk.get(cycle_url(plan, only))
    assert "Dr Bianchi, the only one asked for, is away, or the clinic is closed." in page.content.decode()
    way = page.context["obstacle"].ways[0]
    assert way.label == "Also with Dr Neri"
    tried = desk.get(way.url)
    assert tried.context["form"].wishes().admitted == {practitioner.pk, neri.pk}
    assert tried.context["shown"].who == "Dr Bianchi 2, Dr Neri 2"
    assert "2 practitioners" in tried.context["breadth"]
    assert [chip.label for chip in tried.context["chips"]] == ["Also with Dr Neri"]
    assert press(desk, plan, tried, query=way.url.partition("?")[2]).status_code == 302
    assert Appointment.objects.filter(sitting__plan=plan, practitioner=neri).count() == 2


def test_taking_the_way_out_back_asks_for_one_practitioner_again(desk, plan, site, practitioner) -> None:
    neri = make_practitioner("Dr Neri", site)
    page = desk.get(cycle_url(plan, f"asked=1&practitioner={practitioner.pk}&only=1&also={neri.pk}"))
    back = desk.get(page.context["chips"][0].url)
    assert back.context["form"].wishes().admitted == {practitioner.pk}
    assert "over 1 practitioner," in back.content.decode()
    assert 'name="only" id="id_only" checked' in back.content.decode()


def test_only_this_practitioner_wants_one_chosen(desk, plan) -> None:
    page = desk.get(cycle_url(plan, "asked=1&only=1"))
    assert page.status_code == 422
    assert "Choose the practitioner it must be." in page.content.decode()


def test_others_admitted_mean_nothing_once_everybody_may_treat(desk, plan, site, practitioner) -> None:
    neri = make_practitioner("Dr Neri", site)
    page = desk.get(cycle_url(plan, f"asked=1&practitioner={practitioner.pk}&also={neri.pk}"))
    assert page.context["form"].wishes().admitted is None
    assert page.context["chips"] == []


def test_a_sitting_without_a_slot_is_named_with_ways_out_that_work(desk, plan, practitioner) -> None:
    away(practitioner, MONDAY + 12 * DAY, MONDAY + 25 * DAY)
    page = desk.get(cycle_url(plan))
    text = " ".join(page.content.decode().split())
    assert page.status_code == 200
    assert "Sitting 3 (induction) has no slot" in text
    assert "Everybody who could treat is away, or the clinic is closed." in text
    assert reverse("book_sitting", args=[plan.sittings.get(number=3).pk]) in text
    widened = next(way for way in page.context["obstacle"].ways if "widen=3" in way.url)
    tried = desk.get(widened.url)
    assert tried.context["cards"]
    assert "Let sitting 3 be" in tried.content.decode()
    assert tried.context["shown"].outside_window == 1
    assert "outside its window" in tried.content.decode()
    assert press(desk, plan, tried, query=widened.url.partition("?")[2]).status_code == 302


def test_what_was_granted_can_be_taken_back(desk, plan) -> None:
    page = desk.get(cycle_url(plan, "widen=2:3&widen=3:-2"))
    chips = page.context["chips"]
    assert [chip.label for chip in chips] == [
        "Let sitting 2 be 3 more days late",
        "Let sitting 3 be 2 more days early",
    ]
    assert [chip.label for chip in desk.get(chips[0].url).context["chips"]] == [chips[1].label]


def test_a_later_start_can_be_tried_and_booked(desk, plan, practitioner) -> None:
    away(practitioner, MONDAY, MONDAY + 4 * DAY)
    page = desk.get(cycle_url(plan))
    later = next(way for way in page.context["obstacle"].ways if "later=" in way.url)
    tried = desk.get(later.url)
    assert tried.context["shown"].rows[0].ideal > MONDAY
    assert tried.context["shown"].outside_window == 0
    assert press(desk, plan, tried).status_code == 302
    assert plan.sittings.get(number=1).ideal == tried.context["shown"].rows[0].ideal


def test_a_plan_nobody_booked_in_time_can_start_today(desk, patient, site, practitioner, room, doctor_user) -> None:
    plan = make_plan(patient, site, doctor_user, counts=[4], start=MONDAY - 100 * DAY)
    page = desk.get(cycle_url(plan))
    today = next(way for way in page.context["obstacle"].ways if way.label == "Start from today")
    assert desk.get(today.url).context["shown"].rows[0].day == MONDAY


def test_a_plan_that_has_begun_does_not_start_later(desk, plan) -> None:
    plan.sittings.filter(number=1).update(state=SittingState.COMPLETED, given=MONDAY - DAY, booked=MONDAY - DAY)
    page = desk.get(cycle_url(plan, "later=5"))
    assert page.status_code == 422
    assert "can no longer start later" in page.content.decode()


# One sitting.


def offered(page) -> list:
    return [row for day in page.context["days"] for row in day.rows]


def choose(client: Client, plan: TreatmentPlan, page, row, **more):
    data = {"token": row.token, "key": str(page.context["key"]), **more}
    return client.post(sitting_url(plan), data)


def test_free_slots_of_a_sitting_stand_by_day_with_the_best_marked(desk, plan) -> None:
    page = desk.get(sitting_url(plan))
    days = [day.day for day in page.context["days"]]
    assert days == sorted(set(days))
    assert all(MONDAY <= day <= MONDAY + 3 * DAY for day in days)
    assert [row.best for row in offered(page)].count(True) == 1
    assert "on its day" in page.content.decode()
    assert not page.context["outside"]


def test_a_chosen_slot_is_booked(desk, plan) -> None:
    page = desk.get(sitting_url(plan))
    row = offered(page)[1]
    answer = choose(desk, plan, page, row)
    assert (answer.status_code, answer.url) == (302, reverse("plan", args=[plan.pk]))
    assert Appointment.objects.get().starts == at(row.day, row.at.hour, row.at.minute)
    assert plan.sittings.get(number=1).state == SittingState.BOOKED


def test_after_booking_the_person_is_back_where_they_came_from(desk, plan) -> None:
    page = desk.get(sitting_url(plan) + "?next=/today/")
    assert 'name="next" value="/today/"' in page.content.decode()
    assert choose(desk, plan, page, offered(page)[0], next="/today/").url == "/today/"


@pytest.mark.parametrize("target", ["https://elsewhere.example/", "//elsewhere.example/", "\x00", "javascript:x"])
def test_nobody_is_sent_elsewhere(desk, plan, target: str) -> None:
    page = desk.get(sitting_url(plan))
    answer = choose(desk, plan, page, offered(page)[0], next=target)
    assert answer.url == reverse("plan", args=[plan.pk])


def test_a_slot_lost_meanwhile_gives_fresh_ones(desk, plan, practitioner, room, reception_user) -> None:
    page = desk.get(sitting_url(plan))
    row = offered(page)[0]
    starts = at(row.day, row.at.hour, row.at.minute)
    occupy(practitioner, room, starts, 15, reception_user, make_patient("Conti"))
    answer = choose(desk, plan, page, row, next="/today/")
    assert answer.status_code == 409
    assert "Conti Sofia is booked there" in answer.content.decode()
    assert (row.day, row.at) not in [(fresh.day, fresh.at) for fresh in offered(answer)]
    assert answer.context["next"] == "/today/"


def test_a_sitting_booked_meanwhile_says_so(desk, plan) -> None:
    page = desk.get(sitting_url(plan))
    first, second = offered(page)[:2]
    choose(desk, plan, page, first)
    answer = choose(desk, plan, page, second, key=str(uuid4()))
    assert answer.status_code == 409
    assert Appointment.objects.count() == 1
    assert "This sitting needs no slot any more." in answer.content.decode()


def test_slots_outside_the_window_are_marked(desk, plan, practitioner) -> None:
    away(practitioner, MONDAY, MONDAY + 3 * DAY)
    page = desk.get(sitting_url(plan))
    text = page.content.decode()
    assert "Nothing is free inside its window." in text
    assert all(not row.in_window for row in offered(page))
    assert "outside its window" in text
    assert choose(desk, plan, page, offered(page)[0]).status_code == 302


def test_a_window_that_is_over_is_said_to_be(desk, patient, site, practitioner, room, doctor_user) -> None:
    plan = make_plan(patient, site, doctor_user, counts=[4], start=MONDAY - 30 * DAY)
    page = desk.get(sitting_url(plan))
    assert "Its window is over." in page.content.decode()
    assert offered(page)[0].day >= MONDAY


def test_nothing_free_at_all_says_what_to_do(desk, plan, practitioner) -> None:
    away(practitioner, MONDAY, MONDAY + 200 * DAY)
    page = desk.get(sitting_url(plan))
    assert page.context["days"] == ()
    assert "look at working hours and absences" in page.content.decode()


def test_a_sitting_of_a_paused_plan_has_no_slots_and_says_why(desk, plan) -> None:
    pause_plan(plan=plan)
    assert "The plan is paused: only an approved plan can be booked." in desk.get(sitting_url(plan)).content.decode()


# To book.


def test_an_empty_list_says_what_brings_plans_here(desk, site) -> None:
    assert "A plan comes here when a doctor approves it" in desk.get(reverse("to_book")).content.decode()


def test_plans_stand_by_how_soon_a_window_closes(desk, site, practitioner, room, doctor_user) -> None:
    for surname, start in (("Conti", 10), ("Serra", 0), ("Leone", -20)):
        make_plan(make_patient(surname), site, doctor_user, counts=[4], start=MONDAY + start * DAY)
    page = desk.get(reverse("to_book"))
    assert [row.plan.patient.surname for row in page.context["rows"]] == ["Leone", "Serra", "Conti"]
    assert [row.closes for row in page.context["rows"]] == [
        "closed 17 days ago",
        "closes in 3 days",
        "closes in 13 days",
    ]


def test_only_approved_plans_with_something_to_place_are_listed(desk, plan, site, doctor_user) -> None:
    make_plan(make_patient("Conti"), site, doctor_user, counts=[4], approved=False)
    done = make_plan(make_patient("Serra"), site, doctor_user, counts=[4])
    Sitting.objects.filter(plan=done).update(state=SittingState.BOOKED)
    assert [row.plan.pk for row in desk.get(reverse("to_book")).context["rows"]] == [plan.pk]


def test_a_plan_begun_shows_what_is_left_and_the_next_window(desk, plan) -> None:
    plan.sittings.filter(number__in=[1, 2]).update(state=SittingState.BOOKED)
    (row,) = desk.get(reverse("to_book")).context["rows"]
    assert (row.to_place, row.next.number) == (2, 3)


@pytest.mark.parametrize("page", ["0", "-1", "99", "x", "%00", "9" * 10_000])
def test_a_page_that_does_not_exist_shows_one_that_does(desk, plan, page: str) -> None:
    assert desk.get(f"{reverse('to_book')}?page={page}").context["rows"]


# Queries.


def count_queries(client: Client, url: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert client.get(url).status_code == 200
    return len(queries)


def test_the_list_costs_the_same_for_one_plan_and_for_fifty(desk, plan, site, doctor_user) -> None:
    one = count_queries(desk, reverse("to_book"))
    for n in range(50):
        clone = make_plan(make_patient(f"Molti{n}"), site, doctor_user, counts=[1])
        assert clone.pk
    page = desk.get(reverse("to_book"))
    assert len(page.context["rows"]) == 50
    assert page.context["page"].has_next()
    assert count_queries(desk, reverse("to_book")) == one <= 12


def test_proposals_cost_the_same_for_one_sitting_and_for_twenty_eight(
    desk, site, practitioner, room, doctor_user
) -> None:
    Room.objects.create(site=site, name="Room 2")
    short = make_plan(make_patient("Conti"), site, doctor_user, counts=[1])
    long = make_plan(make_patient("Serra"), site, doctor_user, key="cellulite-three-phase")
    assert count_queries(desk, cycle_url(short)) == count_queries(desk, cycle_url(long)) <= 21
    assert len(desk.get(cycle_url(long)).context["shown"].rows) == 28


def test_the_slots_of_a_sitting_cost_the_same_early_and_late_in_a_cycle(desk, plan) -> None:
    assert count_queries(desk, sitting_url(plan, 1)) == count_queries(desk, sitting_url(plan, 4)) <= 18
