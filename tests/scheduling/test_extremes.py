"""More than any clinic has, and less: there is always an answer or a reason, on the page too."""

from datetime import date, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from scheduling.engine.cycle import Blocked, Reason, WayOutKind, proposals, propose
from scheduling.engine.free_time import build_diary
from scheduling.engine.request import CycleRequest
from scheduling.engine.ways_out import MOST_OTHERS
from scheduling.models import Absence, OpeningHours, Room, UnavailableDates, WorkingHours
from tests.conftest import make_practitioner
from tests.engine.diaries import three_phases, weekly
from tests.scheduling.booking_data import MONDAY, at, make_plan, occupy

DAY = timedelta(days=1)
FIRST = MONDAY.toordinal()
THREE_YEARS = range(3 * 365)


def clinic(practitioners: int, days: range = THREE_YEARS, **spans):
    worked = [(who, FIRST + day, 540, 1080) for who in range(practitioners) for day in days if (FIRST + day) % 7]
    given = {"grid": 5, "first_day": FIRST, "last_day": FIRST + days.stop - 1, "hours": worked}
    return build_diary(**{**given, "rooms": dict.fromkeys(range(20), 5)} | spans)


# The engine.


def test_five_hundred_practitioners_over_three_years_are_one_answer() -> None:
    request = CycleRequest(three_phases(MONDAY), clinic(500), 20)
    assert len(propose(request).slots) == 28


def test_of_five_hundred_who_could_help_the_best_few_are_named() -> None:
    away = [(0, FIRST + day, 0, 1440) for day in range(30, 60)]
    only = {"practitioners": frozenset({0}), "others": frozenset(range(1, 500))}
    found = propose(CycleRequest(weekly(12, MONDAY), clinic(500, range(200), away=away), 20, **only))
    assert isinstance(found, Blocked)
    named = [way for way in found.ways_out if way.kind is WayOutKind.PRACTITIONER]
    assert len(named) == MOST_OTHERS


@pytest.mark.parametrize(
    ("spans", "reason"),
    [
        ({"hours": []}, Reason.HOURS),
        ({"rooms": {}}, Reason.ROOM),
        ({"busy": [(0, FIRST + day, 0, 1440) for day in THREE_YEARS]}, Reason.FULL),
        ({"away": [(0, FIRST + day, 0, 1440) for day in THREE_YEARS]}, Reason.AWAY),
        ({"patient_unavailable": [(FIRST + day, 0, 1440) for day in THREE_YEARS]}, Reason.PATIENT),
        ({"equipment": (1,), "equipment_busy": [(1, FIRST + day, 0, 1440) for day in THREE_YEARS]}, Reason.EQUIPMENT),
    ],
    ids=lambda value: value.value if isinstance(value, Reason) else "",
)
def test_a_diary_that_holds_nothing_says_why(spans, reason) -> None:
    found = proposals(CycleRequest(three_phases(MONDAY), clinic(1, **spans), 20))
    assert isinstance(found, Blocked)
    assert (found.number, found.reason) == (1, reason)


def test_sixty_sittings_are_placed() -> None:
    found = proposals(CycleRequest(weekly(60, MONDAY), clinic(3), 20))
    assert [len(proposal.slots) for proposal in found] == [60] * len(found)


# The page.


@pytest.fixture
def desk(clock, desk: Client) -> Client:
    """Reception, on that Monday."""
    return desk


def shown(desk: Client, plan, query: str = ""):
    page = desk.get(reverse("book_cycle", args=[plan.pk]) + query)
    assert page.status_code == 200
    return page


def reason_on(page) -> str:
    obstacle = page.context["obstacle"]
    assert obstacle.reason in page.content.decode()
    return obstacle.reason


@pytest.fixture
def plan(patient, site, practitioner, room, doctor_user):
    return make_plan(patient, site, doctor_user, counts=[4], practitioner=practitioner)


@pytest.mark.django_db
def test_a_clinic_without_any_hours_says_so(desk, plan) -> None:
    WorkingHours.objects.all().delete()
    page = shown(desk, plan)
    assert reason_on(page) == "Nobody who is trained for it works long enough on these days."
    assert page.context["obstacle"].ways == ()


@pytest.mark.django_db
def test_a_clinic_that_never_opens_says_so(desk, plan) -> None:
    OpeningHours.objects.all().delete()
    assert reason_on(shown(desk, plan)) == "Nobody who is trained for it works long enough on these days."


@pytest.mark.django_db
def test_a_clinic_without_rooms_says_so(desk, plan) -> None:
    Room.objects.update(active=False)
    assert reason_on(shown(desk, plan)) == "No room is free when a practitioner is."


@pytest.mark.django_db
def test_a_full_diary_says_so(desk, plan, practitioner, room, reception_user) -> None:
    for week in range(2):
        for day in range(5):
            occupy(practitioner, room, at(MONDAY + (7 * week + day) * DAY, 9), 9 * 60, reception_user)
    assert reason_on(shown(desk, plan)) == "Everybody who could treat is fully booked."


@pytest.mark.django_db
def test_dates_left_out_over_the_whole_span_are_named_and_led_to(desk, plan, patient) -> None:
    UnavailableDates.objects.create(patient=patient, first=MONDAY, last=MONDAY + 400 * DAY)
    page = shown(desk, plan)
    assert reason_on(page) == "The patient cannot come from 23 Nov 2026 to 28 Dec 2027."
    ways = page.context["obstacle"].ways
    assert reverse("preferences_patient", args=[patient.pk]) in [way.url.partition("?")[0] for way in ways]


@pytest.mark.django_db
def test_the_only_one_asked_for_without_hours_is_named_and_anyone_is_one_click(desk, plan, site) -> None:
    idle = make_practitioner("Dr Idle", site)
    make_practitioner("Dr Neri", site)
    idle.working_hours.all().delete()
    page = shown(desk, plan, f"?asked=1&practitioner={idle.pk}&only=1")
    assert reason_on(page) == "Dr Idle, the only one asked for, does not work long enough on these days."
    way = page.context["obstacle"].ways[0]
    assert "cards" in shown(desk, plan, "?" + way.url.partition("?")[2]).context


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("query", "words", "dropped"),
    [
        ("weekdays=6", "None of the 4 sittings is on the days asked for.", "weekdays"),
        ("from_time=21:00&until_time=23:00", "None of the 4 sittings is within the hours asked for.", "from_time"),
        ("practitioner={neri}", "None of the 4 sittings is with Dr Neri.", "practitioner"),
    ],
)
def test_a_wish_that_nothing_meets_is_said_beside_the_proposals_and_dropped_in_one_click(
    desk, plan, site, query, words, dropped
) -> None:
    neri = make_practitioner("Dr Neri", site)
    Absence.objects.create(practitioner=neri, starts=at(MONDAY, 0), ends=at(date(2028, 1, 1), 0))
    page = shown(desk, plan, "?asked=1&" + query.format(neri=neri.pk))
    (unmet,) = page.context["unmet"]
    assert unmet.words == words
    assert words in page.content.decode()
    assert f"{dropped}=" not in unmet.url
    assert shown(desk, plan, "?" + unmet.url.partition("?")[2]).context["unmet"] == []


@pytest.mark.django_db
def test_a_wish_that_some_sitting_meets_is_no_complaint(desk, plan) -> None:
    assert shown(desk, plan, "?asked=1&weekdays=0&from_time=09:00").context["unmet"] == []
