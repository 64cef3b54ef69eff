"""One test for each cost: it alone decides between two cycles that are otherwise equal."""

from dataclasses import replace
from datetime import timedelta

import pytest

from scheduling.engine.cycle import Proposal, proposals, propose, slots_for
from scheduling.engine.rules import Weights
from scheduling.engine.terms import InDemand, Preference, Slot
from tests.engine.clinic import BIANCHI, FIRST, MONDAY, NERI, OPENS, ROOM, ask, every_day, hours
from tests.engine.diaries import weekly

NOTHING = Weights(*[0] * 12)
BOTH = {"hours": hours() + hours(NERI), "rooms": {1: 0, 2: 0}}
WEEK = timedelta(days=7)


def cost(request) -> int:
    found = propose(request)
    assert isinstance(found, Proposal)
    return found.cost


def away_but(*days: int):
    """Bianchi away but on some days."""
    return {"away": [(BIANCHI, FIRST + day, 0, 1440) for day in range(60) if day not in days]}


def test_each_day_early_has_its_cost():
    request = ask(weekly(2, MONDAY), spans=away_but(0, 5), weights=replace(NOTHING, early=3))
    assert cost(request) == 2 * 3


def test_each_day_late_has_its_cost():
    request = ask(weekly(2, MONDAY), spans=away_but(0, 10), weights=replace(NOTHING, late=2))
    assert cost(request) == 3 * 2


def test_each_day_of_drift_has_its_cost():
    request = ask(weekly(2, MONDAY), spans=away_but(1, 8), weights=replace(NOTHING, drift=2, early=9, late=9))
    assert cost(request) == 2 * (1 + 1)


def test_a_late_previous_sitting_pulls_the_next_back_towards_its_ideal_date():
    sitting = weekly(2, MONDAY)[1:]
    found = propose(ask(sitting, previous=MONDAY + timedelta(days=3), weights=replace(NOTHING, drift=2, early=1)))
    assert found.slots[0].day == MONDAY + timedelta(days=8)


def test_a_day_off_the_patients_weekdays_has_its_cost():
    wishes = Preference(weekdays=frozenset({1}))
    assert propose(ask(preference=wishes)).slots[0].day.weekday() == 1
    assert cost(ask(spans=away_but(0), preference=wishes, weights=replace(NOTHING, off_days=12))) == 12


@pytest.mark.parametrize(
    "wishes", [Preference(from_minute=OPENS + 90), Preference(from_minute=OPENS + 60, until_minute=OPENS + 120)]
)
def test_a_start_off_the_patients_hours_has_its_cost(wishes):
    assert propose(ask(preference=wishes)).slots[0].start == wishes.from_minute
    early_only = {"hours": hours(end=OPENS + 30)}
    assert cost(ask(spans=early_only, preference=wishes, weights=replace(NOTHING, off_hours=8))) == 8


def test_a_sitting_must_end_within_the_patients_hours():
    wishes = Preference(until_minute=OPENS + 10)
    assert cost(ask(preference=wishes, weights=replace(NOTHING, off_hours=8))) == 8


def test_another_practitioner_than_the_plans_has_its_cost():
    assert propose(ask(spans=BOTH, plan_practitioner=NERI)).slots[0].practitioner == NERI
    assert cost(ask(plan_practitioner=NERI, weights=replace(NOTHING, other_practitioner=6))) == 6


def test_the_practitioner_the_patient_asks_for_comes_before_the_plans():
    wishes = Preference(practitioner=NERI)
    assert propose(ask(spans=BOTH, plan_practitioner=BIANCHI, preference=wishes)).slots[0].practitioner == NERI


def test_a_change_of_practitioner_has_its_cost():
    neri_later = {**BOTH, "hours": hours(days=range(4)) + hours(NERI, days=range(4, 60))}
    assert cost(ask(weekly(2, MONDAY), spans=neri_later, weights=replace(NOTHING, change_of_practitioner=6))) == 6


def test_the_cycle_stays_with_one_practitioner_when_it_can():
    away = [(BIANCHI, FIRST + 7, 0, 1440)]
    found = propose(ask(weekly(3, MONDAY), spans={**BOTH, "away": away}, weights=Weights(drift=9)))
    assert {slot.practitioner for slot in found.slots} == {NERI}


@pytest.mark.parametrize(
    ("busy_until", "start"), [(OPENS + 10, OPENS + 10), (OPENS + 5, OPENS + 5)], ids=["after ten", "after five"]
)
def test_a_start_that_leaves_no_short_gap_is_chosen(busy_until, start):
    assert propose(ask(spans={"busy": every_day(BIANCHI, OPENS, busy_until)})).slots[0].start == start


def test_a_gap_too_short_to_use_has_its_cost_on_each_side():
    late = [(FIRST + day, OPENS, OPENS + 5) for day in range(9)]
    gone = [(FIRST + day, OPENS + 20, OPENS + 25) for day in range(9)]
    squeezed = {"hours": hours(end=OPENS + 25), "patient_busy": late + gone}
    sides = replace(NOTHING, leftover=2)
    assert cost(ask(spans=squeezed, weights=sides)) == 2 + 2


def test_a_popular_hour_costs_a_long_course_only():
    popular = (InDemand(OPENS, OPENS + 60),)
    assert propose(ask(weekly(1, MONDAY), popular=popular)).slots[0].start == OPENS
    starts = {slot.start for slot in propose(ask(weekly(8, MONDAY), popular=popular)).slots}
    assert starts == {OPENS + 60}


def test_an_hour_that_is_popular_on_one_weekday_costs_on_that_day_only():
    popular = (InDemand(OPENS, OPENS + 60, weekday=0),)
    found = propose(ask(weekly(8, MONDAY), popular=popular, weights=replace(NOTHING, popular_hour=3, drift=1)))
    assert {(slot.day.weekday(), slot.start) for slot in found.slots} == {(0, OPENS + 60)}
    on_tuesday = (InDemand(OPENS, OPENS + 60, weekday=1),)
    found = propose(ask(weekly(8, MONDAY), popular=on_tuesday, weights=replace(NOTHING, popular_hour=3, drift=1)))
    assert {(slot.day.weekday(), slot.start) for slot in found.slots} == {(0, OPENS)}


def another_plan(day: int, start: int = OPENS + 60) -> Slot:
    """A sitting of another plan of the patient: half an hour, with somebody else, in another room."""
    return Slot(MONDAY + timedelta(days=day), start, 30, NERI, 2, None)


@pytest.mark.parametrize("start", [OPENS + 45, OPENS + 30, OPENS + 90, OPENS + 105])
def test_a_sitting_back_to_back_with_one_of_another_plan_saves_a_visit(start):
    only = {"hours": hours(start=start, end=start + 15)}
    weights = replace(NOTHING, separate_visit=10)
    assert cost(ask(spans=only, visits=(another_plan(0),), weights=weights)) == 0


@pytest.mark.parametrize("start", [OPENS + 25, OPENS + 110])
def test_a_sitting_away_from_the_patients_other_visit_has_its_cost(start):
    only = {"hours": hours(start=start, end=start + 15)}
    weights = replace(NOTHING, separate_visit=10)
    assert cost(ask(spans=only, visits=(another_plan(0),), weights=weights)) == 10
    assert cost(ask(spans=only, weights=weights)) == 0


def test_a_sitting_goes_to_the_day_of_another_visit_within_its_window():
    busy = {"patient_busy": [(FIRST + 1, OPENS + 60, OPENS + 90)]}
    slot = propose(ask(spans=busy, visits=(another_plan(1),))).slots[0]
    assert (slot.day, slot.start) == (MONDAY + timedelta(days=1), OPENS + 30)


def test_the_most_regular_keeps_to_one_weekday_and_half_hour():
    busy = [(BIANCHI, FIRST + 7, OPENS, OPENS + 30), (BIANCHI, FIRST + 14, OPENS, OPENS + 60)]
    found = proposals(ask(weekly(4, MONDAY), spans={"busy": busy}))[0]
    assert {(slot.day.weekday(), slot.start // 30) for slot in found.slots} == {(0, (OPENS + 60) // 30)}
    assert (found.figures.weekday, found.figures.off_usual) == (0, 0)


def test_off_the_usual_weekday_and_time_have_their_costs():
    spans = {"hours": [(BIANCHI, FIRST, OPENS, OPENS + 15), (BIANCHI, FIRST + 8, OPENS + 60, OPENS + 75)]}
    weights = replace(NOTHING, off_usual_weekday=12, off_usual_time=6)
    assert proposals(ask(weekly(2, MONDAY), spans=spans, weights=weights))[0].cost == 12 + 6


def test_the_proposal_that_suits_the_patient_puts_their_days_first():
    wishes = Preference(weekdays=frozenset({3}))
    found = proposals(ask(weekly(4, MONDAY), preference=wishes, weights=Weights(off_days=1)))
    by_name = {each.name.value: each for each in found}
    assert {slot.day.weekday() for slot in by_name["patient-first"].slots} == {3}
    assert {slot.day.weekday() for slot in by_name["most-regular"].slots} == {0}


def test_without_wishes_there_is_no_proposal_that_suits_the_patient():
    names = {each.name.value for each in proposals(ask(weekly(4, MONDAY), spans=BOTH))}
    assert "patient-first" not in names


def test_the_soonest_finish_ends_at_its_tolerance_before_the_ideal_date():
    found = {each.name.value: each for each in proposals(ask(weekly(6, MONDAY)))}
    assert found["soonest-finish"].figures.last == MONDAY + 5 * WEEK - timedelta(days=2)


def test_the_figures_count_sittings_by_practitioner_most_first():
    away = [(BIANCHI, FIRST + day, 0, 1440) for day in range(3, 60)]
    found = propose(ask(weekly(3, MONDAY), spans={**BOTH, "away": away}, weights=replace(NOTHING, drift=1)))
    assert found.figures.practitioners[0] == (NERI, sum(slot.practitioner == NERI for slot in found.slots))


def test_mean_drift_is_in_days():
    found = propose(ask(weekly(2, MONDAY), spans=away_but(1, 8)))
    assert found.figures.mean_drift == 1.0


def test_a_negative_weight_is_refused():
    with pytest.raises(ValueError, match="cannot be negative"):
        Weights(early=-1)


def test_offers_give_each_day_and_half_day_once_a_practitioner():
    offers = slots_for(ask(spans={"hours": hours(end=18 * 60)}), 1)
    halves = [(offer.slot.day, offer.slot.start < 13 * 60) for offer in offers]
    assert len(set(halves)) == len(halves) == 8


def test_offers_outside_the_window_are_given_only_when_it_holds_none():
    full_week = [(BIANCHI, FIRST + day, 0, 1440) for day in range(4)]
    offers = slots_for(ask(spans={"busy": full_week}), 1, most=3)
    assert [(offer.drift_days, offer.in_window) for offer in offers] == [(4, False), (5, False), (6, False)]


def test_an_offer_leaves_the_next_slot_its_rhythm():
    sittings = weekly(2, MONDAY)
    stands = {2: Slot(MONDAY + timedelta(days=6), OPENS, 15, BIANCHI, ROOM, None)}
    days = {offer.slot.day for offer in slots_for(ask(sittings, fixed=stands), 1)}
    assert days == {MONDAY, MONDAY + timedelta(days=1)}
