"""One test for each hard rule: it alone moves the slot, and it alone blocks, with its reason."""

from datetime import date, timedelta

import pytest

from scheduling.engine.cycle import Blocked, Reason, WayOutKind, propose
from scheduling.engine.rules import Weights
from scheduling.engine.terms import Slot
from tests.engine.clinic import BIANCHI, CLOSES, FIRST, MONDAY, NERI, OPENS, ROOM, ask, every_day, hours
from tests.engine.diaries import weekly

# The window of the first sitting is Monday to Thursday.
ALL_WEEK = range(4)


def first(**more) -> Slot:
    return propose(ask(**more)).slots[0]


def reason(**more) -> Reason:
    found = propose(ask(**more))
    assert isinstance(found, Blocked)
    return found.reason


def test_the_best_slot_of_a_free_diary_is_the_first_of_the_ideal_day():
    assert first() == Slot(MONDAY, OPENS, 15, BIANCHI, ROOM, None)


def test_nothing_starts_before_the_given_day_and_minute():
    assert first(not_before=(MONDAY, OPENS + 7), weights=Weights(leftover=0)).start == OPENS + 10
    assert first(not_before=(MONDAY + timedelta(days=1), OPENS)).day == MONDAY + timedelta(days=1)


def test_a_window_that_is_past_blocks():
    assert reason(not_before=(MONDAY + timedelta(days=10), 0)) is Reason.PAST


def test_days_kept_clear_of_other_treatment_are_not_used():
    assert first(keep_clear=frozenset({FIRST})).day == MONDAY + timedelta(days=1)
    assert reason(keep_clear=frozenset(FIRST + day for day in ALL_WEEK)) is Reason.APART


def test_days_too_close_to_a_complementary_therapy_are_not_used():
    assert first(therapies=frozenset({FIRST})).day == MONDAY + timedelta(days=1)
    assert reason(therapies=frozenset(FIRST + day for day in ALL_WEEK)) is Reason.THERAPY


def test_no_sitting_comes_before_the_sensitivity_test_can_be_read():
    assert first(readable_from=(MONDAY, OPENS + 20)).start == OPENS + 20
    found = propose(ask(weekly(3, MONDAY), readable_from=(MONDAY + timedelta(days=2), OPENS)))
    assert [slot.day >= MONDAY + timedelta(days=2) for slot in found.slots] == [True] * 3
    assert reason(readable_from=(MONDAY + timedelta(days=10), 0)) is Reason.TEST


def test_a_sitting_lies_inside_the_practitioners_hours():
    assert first(spans={"hours": hours(start=OPENS + 30)}).start == OPENS + 30
    assert reason(spans={"hours": hours(days=range(10, 20))}) is Reason.HOURS
    assert reason(minutes=CLOSES - OPENS + 5) is Reason.HOURS


def test_a_practitioner_without_the_skill_is_never_used():
    assert reason(practitioners=frozenset({NERI})) is Reason.HOURS


def test_absence_and_closure_take_the_time():
    assert first(spans={"away": every_day(BIANCHI, OPENS, OPENS + 60)}).start == OPENS + 60
    assert reason(spans={"away": every_day(BIANCHI)}) is Reason.AWAY


def test_the_patients_other_appointments_take_the_time():
    assert first(spans={"patient_busy": [(FIRST, OPENS, OPENS + 20)]}).start == OPENS + 20
    assert reason(spans={"patient_busy": [(FIRST + day, 0, 1440) for day in ALL_WEEK]}) is Reason.PATIENT


def test_unavailable_days_of_the_patient_are_never_used():
    assert first(spans={"patient_unavailable": [(FIRST, 0, 1440)]}).day == MONDAY + timedelta(days=1)
    assert reason(spans={"patient_unavailable": [(FIRST + day, 0, 1440) for day in ALL_WEEK]}) is Reason.PATIENT


def test_a_booked_practitioner_is_not_booked_again():
    assert first(spans={"busy": every_day(BIANCHI, OPENS, OPENS + 45)}).start == OPENS + 45
    assert reason(spans={"busy": every_day(BIANCHI)}) is Reason.FULL


def test_the_room_is_free_for_the_sitting_and_its_cleaning():
    taken = [(ROOM, FIRST, OPENS + 20, OPENS + 40)]
    assert first(spans={"room_busy": taken}).start == OPENS
    assert first(spans={"room_busy": taken, "rooms": {ROOM: 10}}).start == OPENS + 40
    assert reason(spans={"room_busy": every_day(ROOM)}) is Reason.ROOM


def test_cleaning_may_go_on_after_the_practitioners_hours():
    only_minutes = {"hours": hours(end=OPENS + 15), "rooms": {ROOM: 30}}
    assert first(spans=only_minutes).start == OPENS


def test_another_room_is_taken_when_the_first_is_not_free():
    assert first(spans={"room_busy": every_day(ROOM), "rooms": {ROOM: 0, 2: 0}}).room == 2


def test_equipment_is_free_for_the_whole_sitting():
    taken = {"equipment": (7,), "equipment_busy": every_day(7, OPENS, OPENS + 20)}
    assert (first(spans=taken).start, first(spans=taken).equipment) == (OPENS + 20, 7)
    assert reason(spans={"equipment": (7,), "equipment_busy": every_day(7)}) is Reason.EQUIPMENT


def test_the_gap_rule_counts_from_the_previous_sitting():
    sitting = weekly(2, MONDAY)[1:]
    found = propose(ask(sitting, previous=MONDAY - timedelta(days=6), weights=Weights(drift=9)))
    assert found.slots[0].day == MONDAY + timedelta(days=4)


def test_neighbours_that_leave_no_day_block_with_the_rhythm():
    sittings = weekly(3, MONDAY)
    stand = {n: Slot(MONDAY + timedelta(days=days), OPENS, 15, BIANCHI, ROOM, None) for n, days in ((1, 0), (3, 8))}
    found = propose(ask(sittings, fixed=stand))
    assert (found.number, found.reason) == (2, Reason.RHYTHM)


def test_a_window_of_which_the_next_sitting_leaves_only_what_is_over_is_told_whole():
    stand = {n: Slot(MONDAY + timedelta(days=days), OPENS, 15, BIANCHI, ROOM, None) for n, days in ((1, 0), (3, 14))}
    last = MONDAY + timedelta(days=10)
    found = propose(ask(weekly(3, MONDAY), fixed=stand, not_before=(last, OPENS)))
    assert (found.number, found.reason) == (2, Reason.RHYTHM)
    assert (found.earliest, found.latest) == (MONDAY + timedelta(days=5), last)
    over = propose(ask(weekly(3, MONDAY), fixed=stand, not_before=(last + timedelta(days=1), OPENS)))
    assert (over.reason, over.latest) == (Reason.PAST, last)


def test_slots_that_stand_may_break_the_rhythm_and_are_counted():
    sittings = weekly(2, MONDAY)
    stand = {n: Slot(MONDAY + timedelta(days=days), OPENS, 15, BIANCHI, ROOM, None) for n, days in ((1, 0), (2, 20))}
    found = propose(ask(sittings, fixed=stand))
    assert found.slots == tuple(stand.values())
    assert found.figures.outside_window == 1


def test_a_blocked_sitting_names_its_number_and_the_days_it_could_have_had():
    found = propose(ask(weekly(3, MONDAY), spans={"away": every_day(BIANCHI, days=range(5, 25))}))
    assert (found.number, found.reason) == (2, Reason.AWAY)
    assert (found.earliest, found.latest) == (MONDAY + timedelta(days=5), MONDAY + timedelta(days=13))


def test_ways_out_come_cheapest_first():
    unavailable = [(FIRST + day, 0, 1440) for day in ALL_WEEK]
    spans = {"patient_unavailable": unavailable, "hours": hours() + hours(NERI)}
    found = propose(ask(spans=spans, practitioners=frozenset({BIANCHI}), others=frozenset({NERI})))
    ways = [(way.kind, way.days) for way in found.ways_out]
    assert ways == [(WayOutKind.ASK_PATIENT, 0), (WayOutKind.WIDEN, 1), (WayOutKind.START_LATER, 1)]


def test_another_practitioner_with_the_skill_is_a_way_out():
    spans = {"away": every_day(BIANCHI), "hours": hours() + hours(NERI)}
    found = propose(ask(spans=spans, practitioners=frozenset({BIANCHI}), others=frozenset({NERI})))
    assert [(way.kind, way.practitioner, way.slot.practitioner) for way in found.ways_out] == [
        (WayOutKind.PRACTITIONER, NERI, NERI)
    ]


def test_a_way_out_that_leaves_a_later_sitting_blocked_says_so():
    lost = [(BIANCHI, FIRST + day, 0, 1440) for day in (*range(6), *range(12, 24))]
    found = propose(ask(weekly(3, MONDAY), spans={"away": lost}))
    assert found.number == 1
    assert [(way.kind, way.days, way.completes) for way in found.ways_out] == [
        (WayOutKind.WIDEN, 21, True),
        (WayOutKind.START_LATER, 21, True),
        (WayOutKind.WIDEN, 3, False),
        (WayOutKind.START_LATER, 3, False),
    ]


def test_a_diary_that_ends_too_soon_blocks_with_the_hours():
    found = propose(ask(weekly(14, MONDAY)))
    assert found.reason is Reason.HOURS


def test_the_last_days_of_the_calendar_raise_nothing():
    due = weekly(1, date(9999, 12, 20))
    assert propose(ask(due)).reason is Reason.HOURS


@pytest.mark.parametrize("minutes", [0, -5])
def test_a_sitting_of_no_minutes_is_refused(minutes):
    with pytest.raises(ValueError, match="at least 1 minute"):
        ask(minutes=minutes)


def test_a_request_without_sittings_is_refused():
    with pytest.raises(ValueError, match="no sitting"):
        ask(())
