"""Proposals and offers from the database, sealed as shown and booked exactly so, or refused with a sentence."""

from dataclasses import replace
from datetime import date, timedelta
from uuid import uuid4

import pytest
import time_machine

from scheduling.engine.terms import Blocked, Reason, Slot, WayOutKind
from scheduling.models import (
    Absence,
    Appointment,
    BookingPreference,
    Closure,
    SittingState,
    UnavailableDates,
    WorkingHours,
)
from scheduling.selectors.cycles import Wishes
from scheduling.services.booking import book_cycle
from scheduling.services.planning import pause_plan
from scheduling.services.proposing import book_proposal, offers, propose_cycle, seal, unseal
from scheduling.services.refusals import Refused, SlotTaken, Stale
from scheduling.services.tracking import cancel_appointment
from tests.scheduling.booking_data import MONDAY, NOW, at, make_patient, make_plan, occupy

DAY = timedelta(days=1)


@pytest.fixture
def plan(patient, site, practitioner, room, doctor_user):
    """Four weekly sittings from Monday 23 November 2026."""
    return make_plan(patient, site, doctor_user, counts=[4], practitioner=practitioner)


@pytest.fixture
def token(plan) -> str:
    return propose_cycle(plan=plan, now=NOW)[0].token


def away(practitioner, first: date, last: date) -> None:
    Absence.objects.create(practitioner=practitioner, starts=at(first, 0), ends=at(last + DAY, 0))


def test_what_is_booked_is_what_was_shown(plan, reception_user) -> None:
    shown = propose_cycle(plan=plan, now=NOW)[0]
    booked = book_proposal(plan=plan, token=shown.token, by=reception_user, now=NOW)
    assert [(a.starts, a.practitioner_id, a.room_id) for a in booked] == [
        (at(slot.day, slot.start // 60, slot.start % 60), slot.practitioner, slot.room) for slot in shown.proposal.slots
    ]
    assert shown.numbers == (1, 2, 3, 4)


def test_an_offer_made_before_the_sitting_before_it_was_booked_is_stale(
    plan, practitioner, room, reception_user
) -> None:
    monday = Slot(MONDAY, 600, 15, practitioner.pk, room.pk, None)
    book_cycle(plan=plan, slots={1: monday}, by=reception_user, now=NOW)
    plan.refresh_from_db()
    offered = seal(plan, {3: replace(monday, day=MONDAY + 14 * DAY)})
    book_cycle(plan=plan, slots={2: replace(monday, day=MONDAY + 10 * DAY)}, by=reception_user, now=NOW)
    with pytest.raises(Stale, match="changed"):
        book_proposal(plan=plan, token=offered, by=reception_user, now=NOW)


def test_an_offer_made_before_the_sitting_before_it_was_freed_is_stale(
    plan, practitioner, room, reception_user
) -> None:
    thursday = Slot(MONDAY + 3 * DAY, 600, 15, practitioner.pk, room.pk, None)
    first = book_cycle(plan=plan, slots={1: thursday}, by=reception_user, now=NOW)[0]
    plan.refresh_from_db()
    offered = seal(plan, {2: replace(thursday, day=MONDAY + 12 * DAY)})
    cancel_appointment(appointment=first, reason="patient", by=reception_user, now=NOW)
    with pytest.raises(Stale, match="changed"):
        book_proposal(plan=plan, token=offered, by=reception_user, now=NOW)


def test_the_days_the_patient_likes_are_proposed(plan) -> None:
    BookingPreference.objects.create(patient=plan.patient, weekdays=[4])
    every = propose_cycle(plan=plan, now=NOW)
    fridays = [sum(slot.day.weekday() == 4 for slot in signed.proposal.slots) for signed in every]
    assert max(fridays) == 3  # the first sitting's window, Monday to Thursday, holds none


def test_the_rest_is_proposed_around_what_stands(plan, practitioner, room, reception_user) -> None:
    first = propose_cycle(plan=plan, now=NOW)[0]
    second = unseal(plan, first.token).slots[2]
    sitting = plan.sittings.get(number=2)
    occupied = occupy(practitioner, room, at(second.day, 12), plan.minutes, reception_user, plan.patient)
    Appointment.objects.filter(pk=occupied.pk).update(sitting=sitting, kind="sitting")
    plan.sittings.filter(number=2).update(state=SittingState.BOOKED, booked=second.day)
    again = propose_cycle(plan=plan, now=NOW)[0]
    assert again.numbers == (1, 3, 4)
    assert set(unseal(plan, again.token).slots) == {1, 3, 4}


def test_a_double_click_books_once(plan, token, reception_user) -> None:
    """The first press has made the plan run, which a second press with the same key must not mind."""
    key = uuid4()
    first = book_proposal(plan=plan, token=token, key=key, by=reception_user, now=NOW)
    again = book_proposal(plan=plan, token=token, key=key, by=reception_user, now=NOW)
    assert [a.pk for a in again] == [a.pk for a in first]
    assert Appointment.objects.count() == 4


def test_a_token_that_was_tampered_with_is_refused(plan, token, reception_user) -> None:
    with pytest.raises(Refused, match="cannot be read"):
        book_proposal(plan=plan, token=token[:-3] + "abc", by=reception_user, now=NOW)


def test_a_token_of_another_plan_is_refused(plan, token, site, doctor_user, reception_user) -> None:
    other = make_plan(make_patient("Conti"), site, doctor_user, counts=[4])
    with pytest.raises(Refused, match="belongs to another plan"):
        book_proposal(plan=other, token=token, by=reception_user, now=NOW)


def test_a_token_older_than_an_hour_is_stale(plan, reception_user) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        token = propose_cycle(plan=plan, now=NOW)[0].token
        clock.shift(timedelta(hours=1, seconds=2))
        with pytest.raises(Stale, match="more than an hour old"):
            book_proposal(plan=plan, token=token, by=reception_user, now=NOW + timedelta(hours=1))


def test_a_plan_changed_since_is_stale(plan, token, reception_user) -> None:
    type(plan).objects.filter(pk=plan.pk).update(version=plan.version + 1)
    with pytest.raises(Stale, match="The plan has changed"):
        book_proposal(plan=plan, token=token, by=reception_user, now=NOW)
    assert not Appointment.objects.exists()


def lose_hours(plan, slot) -> None:
    WorkingHours.objects.filter(practitioner=slot.practitioner, weekday=slot.day.weekday()).delete()


def lose_to_absence(plan, slot) -> None:
    away(plan.practitioner, slot.day, slot.day)


def lose_to_closed_room(plan, slot) -> None:
    Closure.objects.create(site=plan.site, room_id=slot.room, starts=at(slot.day, 0), ends=at(slot.day + DAY, 0))


def lose_to_patient(plan, slot) -> None:
    UnavailableDates.objects.create(patient=plan.patient, first=slot.day, last=slot.day)


@pytest.mark.parametrize("lose", [lose_hours, lose_to_absence, lose_to_closed_room, lose_to_patient])
def test_a_slot_closed_since_is_refused_and_nothing_is_booked(plan, token, reception_user, lose) -> None:
    lose(plan, unseal(plan, token).slots[3])
    with pytest.raises(SlotTaken, match="no longer offered"):
        book_proposal(plan=plan, token=token, by=reception_user, now=NOW)
    assert not Appointment.objects.exists()


def test_a_slot_taken_since_is_refused_by_name(plan, token, practitioner, room, reception_user) -> None:
    slot = unseal(plan, token).slots[2]
    start = at(slot.day, slot.start // 60, slot.start % 60)
    occupy(practitioner, room, start, 30, reception_user, make_patient("Conti"))
    with pytest.raises(SlotTaken, match="Conti Sofia is booked there"):
        book_proposal(plan=plan, token=token, by=reception_user, now=NOW)


def test_a_slot_that_is_over_is_refused(plan, token, reception_user) -> None:
    first = unseal(plan, token).slots[1]
    with pytest.raises(SlotTaken, match="is over by now"):
        book_proposal(plan=plan, token=token, by=reception_user, now=at(first.day, 19))


def test_a_plan_that_is_not_approved_is_not_proposed(patient, site, practitioner, doctor_user) -> None:
    draft = make_plan(patient, site, doctor_user, counts=[4], approved=False)
    with pytest.raises(Refused, match="only an approved plan can be booked"):
        propose_cycle(plan=draft, now=NOW)


def test_a_plan_wholly_booked_is_not_proposed(plan, token, reception_user) -> None:
    book_proposal(plan=plan, token=token, by=reception_user, now=NOW)
    plan.refresh_from_db()
    with pytest.raises(Refused, match="Every sitting of this plan has its slot"):
        propose_cycle(plan=plan, now=NOW)


def test_a_plan_for_equipment_the_site_lacks_is_not_proposed(patient, site, practitioner, room, doctor_user) -> None:
    plan = make_plan(patient, site, doctor_user, counts=[4], delivery="gun")
    with pytest.raises(Refused, match="needs a gun"):
        propose_cycle(plan=plan, now=NOW)


def test_what_cannot_be_placed_is_named_with_what_would_place_it(plan, practitioner) -> None:
    away(practitioner, MONDAY + 12 * DAY, MONDAY + 25 * DAY)
    answer = propose_cycle(plan=plan, now=NOW)
    assert isinstance(answer, Blocked)
    assert (answer.number, answer.reason) == (3, Reason.AWAY)
    assert answer.earliest <= MONDAY + 14 * DAY <= answer.latest
    assert WayOutKind.WIDEN in {way.kind for way in answer.ways_out}


def test_a_way_out_that_was_offered_works(plan, practitioner, reception_user) -> None:
    away(practitioner, MONDAY + 12 * DAY, MONDAY + 25 * DAY)
    blocked = propose_cycle(plan=plan, now=NOW)
    way = next(way for way in blocked.ways_out if way.kind is WayOutKind.WIDEN and way.completes)
    answer = propose_cycle(plan=plan, now=NOW, wishes=Wishes(widen=((blocked.number, way.days),)))
    assert len(book_proposal(plan=plan, token=answer[0].token, by=reception_user, now=NOW)) == 4


def test_dates_left_out_by_the_patient_are_one_to_ask_about(plan) -> None:
    UnavailableDates.objects.create(patient=plan.patient, first=MONDAY + 5 * DAY, last=MONDAY + 12 * DAY)
    answer = propose_cycle(plan=plan, now=NOW)
    assert (answer.number, answer.reason) == (2, Reason.PATIENT)
    assert WayOutKind.ASK_PATIENT in {way.kind for way in answer.ways_out}


def test_a_later_start_is_written_when_it_is_booked(plan, practitioner, reception_user) -> None:
    away(practitioner, MONDAY, MONDAY + 4 * DAY)
    blocked = propose_cycle(plan=plan, now=NOW)
    way = next(way for way in blocked.ways_out if way.kind is WayOutKind.START_LATER)
    signed = propose_cycle(plan=plan, now=NOW, wishes=Wishes(later=way.days))[0]
    assert plan.sittings.get(number=1).ideal == MONDAY
    book_proposal(plan=plan, token=signed.token, by=reception_user, now=NOW)
    ideals = list(plan.sittings.order_by("number").values_list("ideal", flat=True))
    assert ideals == [MONDAY + way.days * DAY + timedelta(weeks=n) for n in range(4)]
    first = plan.sittings.get(number=1)
    assert first.earliest <= first.booked <= first.latest
    assert first.history.count() >= 3


def test_offers_lie_inside_the_window_and_are_ranked(plan) -> None:
    sitting = plan.sittings.select_related("plan__site").get(number=1)
    found = offers(sitting=sitting, now=NOW, most=5)
    assert len(found) == 5
    assert all(offer.in_window and sitting.earliest <= offer.slot.day <= sitting.latest for offer in found)
    assert [offer.cost for offer in found] == sorted(offer.cost for offer in found)
    assert found[0].slot.day == MONDAY


def test_offers_go_past_a_window_that_holds_nothing_and_say_so(plan, practitioner) -> None:
    sitting = plan.sittings.get(number=1)
    away(practitioner, MONDAY, sitting.latest)
    found = offers(sitting=sitting, now=NOW)
    assert found
    assert all(offer.slot.day > sitting.latest and not offer.in_window for offer in found)


def test_offers_go_on_from_today_when_the_window_is_long_over(plan) -> None:
    sitting = plan.sittings.get(number=1)
    now = at(MONDAY + 60 * DAY, 7)
    found = offers(sitting=sitting, now=now)
    assert found
    assert all(offer.slot.day >= MONDAY + 60 * DAY and not offer.in_window for offer in found)


def test_nothing_is_offered_before_the_present_minute(plan) -> None:
    sitting = plan.sittings.get(number=1)
    found = offers(sitting=sitting, now=at(MONDAY, 15, 2), most=50)
    assert min((offer.slot.day, offer.slot.start) for offer in found) >= (MONDAY, 15 * 60 + 5)


def test_a_paused_plan_has_no_offers(plan) -> None:
    pause_plan(plan=plan)
    plan.refresh_from_db()
    assert offers(sitting=plan.sittings.get(number=1), now=NOW) == ()


def test_offers_never_pass_a_sitting_that_stands_beyond_those_still_due(
    plan, practitioner, room, reception_user
) -> None:
    thursday = Slot(MONDAY + 3 * DAY, 600, 15, practitioner.pk, room.pk, None)
    book_cycle(plan=plan, slots={1: thursday, 4: replace(thursday, day=MONDAY + 17 * DAY)}, by=reception_user, now=NOW)
    away(practitioner, MONDAY + 4 * DAY, MONDAY + 12 * DAY)
    for number in (2, 3):
        for offer in offers(sitting=plan.sittings.get(number=number), now=NOW, most=100):
            assert thursday.day + 4 * DAY <= offer.slot.day <= MONDAY + 13 * DAY
