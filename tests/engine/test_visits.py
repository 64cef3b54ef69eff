"""Free slots for a visit without a plan: the soonest that suit, over several days, and none that a rule forbids."""

from dataclasses import replace
from datetime import date, timedelta

from scheduling.engine.free_time import build_diary
from scheduling.engine.offers import Only
from scheduling.engine.request import CycleRequest
from scheduling.engine.terms import Preference
from scheduling.engine.visits import visit_due, visit_slots
from tests.engine.diaries import full_diary

MONDAY = date(2026, 11, 23)
FIRST = MONDAY.toordinal()
ANNA, BEA = 1, 2


def request(*, days: int = 14, **more) -> CycleRequest:
    """Two practitioners, 9 to 17 on every day, one room each, a visit of 30 minutes."""
    hours = [(who, day, 540, 1020) for who in (ANNA, BEA) for day in range(FIRST, FIRST + 60)]
    lost = {name: more.pop(name, ()) for name in ("busy", "away", "patient_busy", "patient_unavailable")}
    diary = build_diary(grid=5, first_day=FIRST, last_day=FIRST + 59, rooms={1: 5, 2: 5}, hours=hours, **lost)
    return CycleRequest(sittings=(visit_due(MONDAY, days),), diary=diary, minutes=30, **more)


def test_the_soonest_day_comes_first():
    assert visit_slots(request())[0].slot.day == MONDAY


def test_only_the_weekdays_asked_for_are_offered():
    found = visit_slots(request(), Only(weekdays=frozenset({3})))
    assert {offer.slot.day for offer in found} == {MONDAY + timedelta(days=3), MONDAY + timedelta(days=10)}


def test_each_part_of_the_day_gives_one_slot_a_practitioner_that_begins_in_it():
    parts = (range(13 * 60, 14 * 60), range(16 * 60, 17 * 60))
    found = visit_slots(request(), Only(day=MONDAY, parts=parts))
    assert sorted((offer.slot.practitioner, offer.slot.start // 60) for offer in found) == [
        (ANNA, 13), (ANNA, 16), (BEA, 13), (BEA, 16),
    ]  # fmt: skip


def test_the_offers_are_ranked_by_cost():
    costs = [offer.cost for offer in visit_slots(request())]
    assert costs == sorted(costs)


def test_a_day_that_suits_the_patient_comes_before_a_sooner_one():
    wednesdays = Preference(weekdays=frozenset({2}))
    assert visit_slots(request(preference=wednesdays))[0].slot.day == MONDAY + timedelta(days=2)


def test_only_the_practitioner_asked_for_is_offered():
    found = visit_slots(request(practitioners=frozenset({BEA})))
    assert {offer.slot.practitioner for offer in found} == {BEA}


def test_a_complementary_therapy_keeps_off_the_days_near_a_sitting():
    near = frozenset(range(FIRST, FIRST + 5))
    assert min(offer.slot.day for offer in visit_slots(request(therapies=near))) == MONDAY + timedelta(days=5)


def test_days_on_which_the_patient_cannot_come_are_not_offered():
    away = [(FIRST + day, 0, 1440) for day in range(3)]
    assert visit_slots(request(patient_unavailable=away))[0].slot.day == MONDAY + timedelta(days=3)


def test_nothing_begins_before_the_present_minute():
    found = visit_slots(request(not_before=(MONDAY, 16 * 60 + 31)))
    assert min(offer.slot.day for offer in found) == MONDAY + timedelta(days=1)


def test_when_its_days_are_full_the_days_after_them_are_offered():
    away = [(who, day, 0, 1440) for who in (ANNA, BEA) for day in range(FIRST, FIRST + 14)]
    found = visit_slots(request(away=away))
    assert found[0].slot.day == MONDAY + timedelta(days=14)
    assert not any(offer.in_window for offer in found)


def test_where_nothing_is_free_nothing_is_offered():
    assert (
        visit_slots(request(away=[(who, day, 0, 1440) for who in (ANNA, BEA) for day in range(FIRST, FIRST + 60)]))
        == ()
    )


def test_every_offer_is_free_in_a_crowded_diary():
    diary = full_diary(first=MONDAY, days=60, practitioners=3, rooms=3, fill=0.9)
    crowded = replace(request(), diary=diary)
    for offer in visit_slots(crowded):
        cells = ((1 << 6) - 1) << offer.slot.start // 5
        day = offer.slot.day.toordinal()
        assert diary.hours[offer.slot.practitioner][day] & cells == cells
        assert not diary.busy[offer.slot.practitioner].get(day, 0) & cells
        assert not diary.room_busy[offer.slot.room].get(day, 0) & cells
