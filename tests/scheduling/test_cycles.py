"""A plan's rows as the question put to the engine, and whole cycles of the documented protocols booked from it."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from scheduling import guard
from scheduling.engine.terms import Preference
from scheduling.models import Appointment, BookingPreference, Room, SittingState
from scheduling.selectors.cycles import Wishes, cycle_request
from scheduling.services.booking import book_appointment
from scheduling.services.proposing import book_proposal, propose_cycle
from tests.conftest import make_practitioner
from tests.scheduling.booking_data import FILLED, MONDAY, NOW, at, make_patient, make_plan

DAY = timedelta(days=1)


@pytest.fixture
def plan(patient, site, practitioner, room, doctor_user):
    """Five weekly sittings from Monday 23 November 2026."""
    return make_plan(patient, site, doctor_user, counts=[5], practitioner=practitioner)


def book_one(plan, number: int, day: date, room, by) -> Appointment:
    return book_appointment(
        patient=plan.patient,
        kind="sitting",
        sitting=plan.sittings.get(number=number),
        practitioner=plan.practitioner,
        room=room,
        starts=at(day, 10),
        minutes=plan.minutes,
        by=by,
        now=NOW,
    )


def test_all_due_sittings_are_asked_for(plan) -> None:
    request = cycle_request(plan, now=NOW)
    assert [due.number for due in request.sittings] == [1, 2, 3, 4, 5]
    assert [due.ideal for due in request.sittings] == [MONDAY + timedelta(weeks=n) for n in range(5)]
    assert (request.previous, request.fixed, request.minutes) == (None, {}, plan.minutes)
    assert (request.plan_practitioner, request.not_before) == (plan.practitioner_id, (MONDAY, 7 * 60 + 1))


def test_a_plan_wholly_booked_asks_for_nothing(plan) -> None:
    plan.sittings.update(state=SittingState.BOOKED, booked=MONDAY)
    assert cycle_request(plan, now=NOW) is None


def test_sittings_before_the_first_due_give_their_last_day(plan, room, reception_user) -> None:
    book_one(plan, 1, MONDAY + DAY, room, reception_user)
    request = cycle_request(plan, now=NOW)
    assert request.previous == MONDAY + DAY
    assert [due.number for due in request.sittings] == [2, 3, 4, 5]


def test_booked_sittings_in_between_and_after_stand(plan, room, reception_user) -> None:
    book_one(plan, 3, MONDAY + timedelta(weeks=2), room, reception_user)
    book_one(plan, 5, MONDAY + timedelta(weeks=4), room, reception_user)
    request = cycle_request(plan, now=NOW)
    assert [due.number for due in request.sittings] == [1, 2, 3, 4, 5]
    assert {number: (slot.day, slot.start) for number, slot in request.fixed.items()} == {
        3: (MONDAY + timedelta(weeks=2), 600),
        5: (MONDAY + timedelta(weeks=4), 600),
    }


def test_one_sitting_is_asked_for_between_its_neighbours(plan, room, reception_user) -> None:
    book_one(plan, 2, MONDAY + timedelta(weeks=1), room, reception_user)
    book_one(plan, 4, MONDAY + timedelta(weeks=3), room, reception_user)
    request = cycle_request(plan, now=NOW, only=3)
    assert [due.number for due in request.sittings] == [3, 4]
    assert request.previous == MONDAY + timedelta(weeks=1)
    assert set(request.fixed) == {4}


def test_a_skipped_sittings_days_count_towards_the_next(plan, room, reception_user) -> None:
    book_one(plan, 1, MONDAY, room, reception_user)
    plan.sittings.filter(number=2).update(state=SittingState.SKIPPED)
    request = cycle_request(plan, now=NOW)
    assert [(due.number, due.gap) for due in request.sittings] == [(3, 14), (4, 7), (5, 7)]


def test_the_patients_preference_is_asked_with(plan, practitioner) -> None:
    BookingPreference.objects.create(
        patient=plan.patient, weekdays=[1, 3], from_time="09:30", until_time="13:00", practitioner=practitioner
    )
    plan.refresh_from_db()
    assert cycle_request(plan, now=NOW).preference == Preference(frozenset({1, 3}), 570, 780, practitioner.pk)


def test_the_desks_preference_comes_before_the_stored_one(plan) -> None:
    BookingPreference.objects.create(patient=plan.patient, weekdays=[1, 3])
    asked = Preference(weekdays=frozenset({4}))
    assert cycle_request(plan, now=NOW, wishes=Wishes(asked)).preference == asked


def test_windows_widen_on_either_side(plan) -> None:
    plain = cycle_request(plan, now=NOW).sittings[2]
    wider = cycle_request(plan, now=NOW, wishes=Wishes(widen=((3, 5), (3, -2)))).sittings
    assert (wider[2].late, wider[2].early) == (plain.late + 5, plain.early + 2)
    assert [due.late for due in wider if due.number != 3] == [plain.late] * 4


def test_a_later_start_moves_every_sitting(plan) -> None:
    request = cycle_request(plan, now=NOW, wishes=Wishes(later=10))
    assert [due.ideal for due in request.sittings] == [MONDAY + 10 * DAY + timedelta(weeks=n) for n in range(5)]


def test_the_diary_reaches_as_far_as_a_late_start_needs(plan, room, reception_user) -> None:
    """The sitting before was given months late: the rest keeps its rhythm from there."""
    plan.sittings.filter(number=1).update(state=SittingState.COMPLETED, given=MONDAY + 120 * DAY)
    request = cycle_request(plan, now=at(MONDAY + 121 * DAY, 8))
    assert request.diary.last_day >= (MONDAY + 148 * DAY).toordinal()


@pytest.mark.parametrize("counts", [[8], [8, 3]], ids=["8 sittings", "11 sittings"])
def test_nine_queries_at_most_whatever_the_plan(site, practitioner, room, doctor_user, reception_user, counts) -> None:
    plan = make_plan(make_patient("Conti"), site, doctor_user, counts=counts, practitioner=practitioner)
    book_one(plan, 4, MONDAY + timedelta(weeks=3), room, reception_user)
    with CaptureQueriesContext(connection) as queries:
        cycle_request(plan, now=NOW)
    assert len(queries) <= 9


@pytest.mark.parametrize("key", list(FILLED))
def test_a_cycle_of_each_documented_protocol_is_booked(
    key: str, site, patient, practitioner, room, doctor_user, reception_user
) -> None:
    make_practitioner("Dr Neri", site)
    Room.objects.create(site=site, name="Room 2")
    plan = make_plan(patient, site, doctor_user, key=key, practitioner=practitioner)
    wanted = sum(count for count, _every, _unit in FILLED[key])
    answer = propose_cycle(plan=plan, now=NOW)
    booked = book_proposal(plan=plan, token=answer[0].token, by=reception_user, now=NOW)
    assert len(booked) == wanted == plan.sittings.filter(state=SittingState.BOOKED).count()
    sittings = list(plan.sittings.select_related("phase").order_by("number"))
    for sitting in sittings:
        assert sitting.earliest <= sitting.booked <= sitting.latest, sitting.number
    for before, after in pairwise(sittings):
        gap = (after.booked - before.booked).days
        assert gap >= after.phase.minimum_gap
        assert after.gap - after.phase.early <= gap <= after.gap + after.phase.late
    assert guard.missing() == []


def test_a_full_week_moves_a_sitting_inside_its_window(plan, room, practitioner, reception_user) -> None:
    """Monday and Tuesday of the second week are taken: the sitting goes where there is room, not away."""
    for number, day in enumerate([MONDAY + 7 * DAY, MONDAY + 8 * DAY]):
        book_appointment(
            patient=make_patient(f"Altri{number}"),
            kind="consultation",
            practitioner=practitioner,
            room=room,
            starts=at(day, 9),
            minutes=540,
            by=reception_user,
            now=NOW,
        )
    answer = propose_cycle(plan=plan, now=NOW)
    second = answer[0].proposal.slots[1].day
    assert second not in (MONDAY + 7 * DAY, MONDAY + 8 * DAY)
    assert answer[0].proposal.figures.outside_window == 0
