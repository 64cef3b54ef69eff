"""Lost time moves a sitting inside its window and never drops it; a window left empty is named, with ways out."""

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

from scheduling.engine.terms import Blocked, Reason, WayOut, WayOutKind
from scheduling.models import Absence, Closure, Room, Site, Sitting, SittingState, TreatmentPlan, UnavailableDates
from scheduling.selectors.cycles import Wishes
from scheduling.selectors.diary import holidays_of
from scheduling.services.proposing import book_proposal, offers, propose_cycle
from tests.conftest import make_practitioner
from tests.scheduling.booking_data import NOW, at, make_plan

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Course:
    """A documented protocol's phases, by the sittings chosen of each."""

    key: str
    counts: list[int]


WEEKLY = Course("weekly-with-recalls", [8])
WEEKLY_WITH_RECALLS = Course("weekly-with-recalls", [8, 3])
FIFTEEN_DAYS = Course("cellulite-three-phase", [2, 10])
MONTHLY = Course("cellulite-three-phase", [6])
WHOLE = Course("cellulite-three-phase", [6, 10, 12])
COURSES = {"weekly": WEEKLY, "15 days": FIFTEEN_DAYS, "monthly": MONTHLY, "28 sittings": WHOLE}

# Starts that put a sitting of every cadence on, or next to, each day the clinic is shut by law or by its saint.
HOLIDAYS = {
    "Christmas and Epiphany": (date(2026, 12, 4), [date(2026, 12, 25), date(2026, 12, 26), date(2027, 1, 1)]),
    "Epiphany on a Wednesday": (date(2026, 12, 2), [date(2027, 1, 6)]),
    "Easter Monday": (date(2027, 3, 1), [date(2027, 3, 29)]),
    "the patron saint of Rome": (date(2027, 5, 25), [date(2027, 6, 29)]),
}


@pytest.fixture
def clinic(patient, site, practitioner, room, doctor_user, reception_user):
    """Plans for one patient at a clinic of one practitioner and one room."""

    def planned(course: Course, start: date) -> TreatmentPlan:
        return make_plan(patient, site, doctor_user, key=course.key, counts=course.counts, start=start)

    return planned


@pytest.fixture
def desk(clock, desk: Client) -> Client:
    """Reception, on that Monday."""
    return desk


def shut(site: Site, first: date, last: date, room: Room | None = None) -> None:
    Closure.objects.create(site=site, room=room, starts=at(first, 0), ends=at(last + DAY, 0))


def booked(plan: TreatmentPlan, by, wishes: Wishes | None = None) -> list[Sitting]:
    """The plan's sittings once the first proposal for all of them is booked: each has one day, in its window."""
    count = plan.sittings.count()
    answer = propose_cycle(plan=plan, now=NOW, wishes=wishes)
    assert not isinstance(answer, Blocked), answer
    assert all(len(signed.numbers) == count for signed in answer)
    book_proposal(plan=plan, token=answer[0].token, by=by, now=NOW)
    sittings = list(plan.sittings.select_related("phase"))
    assert [sitting.number for sitting in sittings] == list(range(1, count + 1))
    assert {sitting.state for sitting in sittings} == {SittingState.BOOKED}
    assert plan.sittings.filter(appointments__status="booked").count() == count
    return sittings


def assert_in_windows(sittings: list[Sitting]) -> None:
    """Reckoned from the days booked and the phases' figures alone."""
    for before, sitting in pairwise(sittings):
        phase = sitting.phase
        least = max(sitting.gap - phase.early, phase.minimum_gap)
        assert least <= (sitting.booked - before.booked).days <= max(sitting.gap + phase.late, least)
    assert all(sitting.earliest <= sitting.booked <= sitting.latest for sitting in sittings)


# Days the clinic is shut by law.


@pytest.mark.parametrize("course", COURSES.values(), ids=COURSES)
@pytest.mark.parametrize(("start", "days"), HOLIDAYS.values(), ids=HOLIDAYS)
def test_a_public_holiday_moves_a_sitting_and_drops_none(clinic, site, reception_user, course, start, days) -> None:
    assert set(days) <= set(holidays_of(site, start, start + 60 * DAY))
    sittings = booked(clinic(course, start), reception_user)
    assert_in_windows(sittings)
    shut_days = holidays_of(site, start, sittings[-1].booked)
    assert not [sitting.booked for sitting in sittings if sitting.booked in shut_days]


@pytest.mark.parametrize(("start", "days"), HOLIDAYS.values(), ids=HOLIDAYS)
def test_a_weekly_sitting_whose_ideal_date_is_a_holiday_goes_to_another_day_of_its_window(
    clinic, reception_user, start, days
) -> None:
    sittings = booked(clinic(WEEKLY, start), reception_user)
    on_holiday = [sitting for sitting in sittings if sitting.ideal in days]
    assert on_holiday
    assert all(0 < abs((sitting.booked - sitting.ideal).days) <= 3 for sitting in on_holiday)


# Time lost for longer.

AUGUST = (date(2027, 8, 9), date(2027, 8, 22))
BEFORE_AUGUST = date(2027, 7, 5)


def lose_hours(site, practitioner, room, patient) -> None:
    practitioner.working_hours.update(valid_until=AUGUST[0] - DAY)
    for hours in list(practitioner.working_hours.all()):
        hours.pk, hours.valid_from, hours.valid_until = None, AUGUST[1] + DAY, None
        hours.save()


LOSSES = {
    "the clinic closed": (Reason.AWAY, lambda site, practitioner, room, patient: shut(site, *AUGUST)),
    "leave": (
        Reason.AWAY,
        lambda site, practitioner, room, patient: Absence.objects.create(
            practitioner=practitioner, starts=at(AUGUST[0], 0), ends=at(AUGUST[1] + DAY, 0)
        ),
    ),
    "the room closed": (Reason.ROOM, lambda site, practitioner, room, patient: shut(site, *AUGUST, room=room)),
    "the patient away": (
        Reason.PATIENT,
        lambda site, practitioner, room, patient: UnavailableDates.objects.create(
            patient=patient, first=AUGUST[0], last=AUGUST[1]
        ),
    ),
    "no hours": (Reason.HOURS, lose_hours),
}
every_loss = pytest.mark.parametrize(("reason", "lose"), LOSSES.values(), ids=LOSSES)


@every_loss
@pytest.mark.parametrize("course", [FIFTEEN_DAYS, MONTHLY, WHOLE], ids=["15 days", "monthly", "28 sittings"])
@pytest.mark.parametrize("start", [BEFORE_AUGUST + n * 5 * DAY for n in range(2)])
def test_two_weeks_lost_move_sittings_whose_windows_reach_past_them(
    clinic, site, practitioner, room, patient, reception_user, reason, lose, course, start
) -> None:
    lose(site, practitioner, room, patient)
    sittings = booked(clinic(course, start), reception_user)
    assert_in_windows(sittings)
    assert not [s.booked for s in sittings if AUGUST[0] <= s.booked <= AUGUST[1]]


@every_loss
@pytest.mark.parametrize("weeks_before", range(1, 8))
def test_two_weeks_lost_leave_a_weekly_sitting_no_day_and_name_it(
    clinic, site, practitioner, room, patient, reason, lose, weeks_before
) -> None:
    # A weekly window is 5 to 10 days after the sitting before; from the Friday before to the Monday after are 17.
    lose(site, practitioner, room, patient)
    plan = clinic(WEEKLY, AUGUST[0] - weeks_before * 7 * DAY)
    blocked = propose_cycle(plan=plan, now=NOW)
    assert isinstance(blocked, Blocked)
    assert (blocked.number, blocked.reason) == (first_without_a_day(plan), reason)
    assert AUGUST[0] <= blocked.latest <= AUGUST[1]
    assert plan.sittings.count() == 8
    assert not plan.sittings.exclude(state=SittingState.DUE).exists()


def first_without_a_day(plan: TreatmentPlan) -> int:
    """The first sitting that no day but those lost is left for, reckoned day by day on Mondays to Fridays."""
    days = {plan.start_date + n * DAY for n in range(4)}
    for number in range(1, 20):
        days = {day for day in days if day.weekday() < 5 and not AUGUST[0] <= day <= AUGUST[1]}
        if not days:
            return number
        days = {day + gap * DAY for day in days for gap in range(5, 11)}
    raise AssertionError("Every sitting has a day.")


@every_loss
def test_a_weekly_cycle_that_ends_before_or_starts_after_the_days_lost_is_not_touched(
    clinic, site, practitioner, room, patient, reception_user, reason, lose
) -> None:
    lose(site, practitioner, room, patient)
    assert_in_windows(booked(clinic(WEEKLY, AUGUST[0] - 8 * 7 * DAY), reception_user))
    assert_in_windows(booked(clinic(WEEKLY, AUGUST[1] + DAY), reception_user))


@every_loss
@pytest.mark.parametrize("weeks_before", [1, 4])
def test_every_way_out_of_two_lost_weeks_books_the_whole_cycle(
    clinic, site, practitioner, room, patient, reception_user, reason, lose, weeks_before
) -> None:
    lose(site, practitioner, room, patient)
    plan = clinic(WEEKLY, AUGUST[0] - weeks_before * 7 * DAY)
    blocked = propose_cycle(plan=plan, now=NOW)
    assert WayOutKind.WIDEN in {way.kind for way in blocked.ways_out if way.completes}
    assert (WayOutKind.ASK_PATIENT in {way.kind for way in blocked.ways_out}) == (reason is Reason.PATIENT)
    for way in blocked.ways_out:
        after = tried(plan, blocked.number, way)
        assert isinstance(after, Blocked) != way.completes
        assert not isinstance(after, Blocked) or after.number > blocked.number


def tried(plan: TreatmentPlan, number: int, way: WayOut):
    """What is proposed once the desk has done what the way out says, which is then undone."""
    if way.kind is WayOutKind.ASK_PATIENT:
        stored = list(UnavailableDates.objects.all())
        UnavailableDates.objects.all().delete()
        after = propose_cycle(plan=plan, now=NOW)
        UnavailableDates.objects.bulk_create(stored)
        return after
    if way.opened:
        return propose_cycle(plan=plan, now=NOW, wishes=Wishes(opened=(way.opened,)))
    later = way.days if way.kind is WayOutKind.START_LATER else 0
    widen = ((number, way.days),) if way.kind is WayOutKind.WIDEN else ()
    return propose_cycle(plan=plan, now=NOW, wishes=Wishes(widen=widen, later=later))


def test_the_least_widening_past_two_lost_weeks_is_found(clinic, site, reception_user) -> None:
    shut(site, *AUGUST)
    plan = clinic(WEEKLY, AUGUST[0] - 4 * 7 * DAY)
    blocked = propose_cycle(plan=plan, now=NOW)
    widest = next(way for way in blocked.ways_out if way.kind is WayOutKind.WIDEN and way.completes)
    # 17 days from the Friday before to the Monday after, where 10 are allowed.
    assert widest.days == 7
    sittings = booked(plan, reception_user, Wishes(widen=((blocked.number, 7),)))
    outside = [sitting.number for sitting in sittings if not sitting.earliest <= sitting.booked <= sitting.latest]
    assert outside == [blocked.number]


def test_a_cycle_that_has_not_begun_can_start_after_two_lost_weeks(clinic, site, reception_user) -> None:
    shut(site, *AUGUST)
    plan = clinic(WEEKLY, AUGUST[0] - 7 * DAY)
    blocked = propose_cycle(plan=plan, now=NOW)
    later = next(way for way in blocked.ways_out if way.kind is WayOutKind.START_LATER and way.completes)
    # From Monday 2 to Friday 20 August: three days late is then Monday 23.
    assert (blocked.number, later.days) == (2, 18)
    sittings = booked(plan, reception_user, Wishes(later=18))
    assert_in_windows(sittings)
    assert sittings[0].booked == AUGUST[1] + DAY


@every_loss
def test_the_page_names_the_sitting_and_each_of_its_ways_out_leads_to_a_booked_cycle(
    desk, clinic, site, practitioner, room, patient, reason, lose
) -> None:
    lose(site, practitioner, room, patient)
    plan = clinic(WEEKLY, AUGUST[0] - 4 * 7 * DAY)
    obstacle = desk.get(reverse("book_cycle", args=[plan.pk])).context["obstacle"]
    text = desk.get(reverse("book_cycle", args=[plan.pk])).content.decode()
    assert f"Sitting {obstacle.number} (induction) has no slot" in " ".join(text.split())
    assert obstacle.reason in text
    ways = [way for way in obstacle.ways if way.url.startswith(reverse("book_cycle", args=[plan.pk]))]
    assert ways
    asked = reverse("preferences_patient", args=[patient.pk])
    others = [way.url.partition("?")[0] for way in obstacle.ways if way not in ways]
    assert others == [asked] * (reason is Reason.PATIENT)
    for way in ways:
        page = followed(desk, way.url)
        assert len(page.context["shown"].rows) == 8
        if page.context["to_open"]:
            continue  # nothing of it can be booked before the hours are open
        press = {"token": page.context["cards"][0].token, "key": str(page.context["key"])}
        with transaction.atomic():
            answer = desk.post(reverse("book_cycle_confirm", args=[plan.pk]), press)
            assert answer.url == reverse("plan", args=[plan.pk])
            assert plan.sittings.filter(state=SittingState.BOOKED, appointments__status="booked").count() == 8
            transaction.set_rollback(True)


def followed(desk: Client, url: str):
    """The page that a way out leads to; where a later sitting is then without a slot, by the first of its own."""
    for _attempt in range(3):
        page = desk.get(url)
        if "cards" in page.context:
            return page
        url = next(way.url for way in page.context["obstacle"].ways if "&widen" in way.url)
    raise AssertionError("The ways out lead nowhere.")


def test_a_sitting_without_a_day_in_its_window_is_offered_the_days_around_it(clinic, site) -> None:
    shut(site, *AUGUST)
    plan = clinic(WEEKLY, AUGUST[0] - 7 * DAY)
    found = offers(sitting=plan.sittings.get(number=2), now=NOW)
    assert found
    assert not any(offer.in_window for offer in found)
    assert not [offer for offer in found if AUGUST[0] <= offer.slot.day <= AUGUST[1]]


def test_two_long_closures_are_got_through_one_after_the_other(clinic, site, reception_user) -> None:
    shut(site, *AUGUST)
    shut(site, AUGUST[1] + 15 * DAY, AUGUST[1] + 28 * DAY)
    plan, widen = clinic(Course("weekly-with-recalls", [12]), AUGUST[0] - 28 * DAY), ()
    for _attempt in range(2):
        blocked = propose_cycle(plan=plan, now=NOW, wishes=Wishes(widen=widen))
        way = next(way for way in blocked.ways_out if way.kind is WayOutKind.WIDEN and way.days > 0)
        widen = (*widen, (blocked.number, way.days))
    assert len({number for number, _days in widen}) == 2
    assert len(booked(plan, reception_user, Wishes(widen=widen))) == 12


def test_leave_of_one_of_two_practitioners_sends_sittings_to_the_other(
    clinic, site, practitioner, room, patient, reception_user
) -> None:
    LOSSES["leave"][1](site, practitioner, room, patient)
    colleague = make_practitioner("Dr Neri", site)
    plan = clinic(WEEKLY, AUGUST[0] - 28 * DAY)
    assert_in_windows(booked(plan, reception_user))
    during = plan.sittings.filter(booked__range=AUGUST)
    assert during.count() == 2
    assert set(during.values_list("appointments__practitioner", flat=True)) == {colleague.pk}
