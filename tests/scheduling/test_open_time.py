"""Single appointments stand in open time, and a plan's sittings keep apart from what must not meet them."""

from datetime import date, timedelta

import pytest

from scheduling.models import Absence, Appointment, Area, Closure, Room, Site, UnavailableDates
from scheduling.selectors.other_visits import keep_clear
from scheduling.services.booking import book, book_appointment, move_appointment
from scheduling.services.lines import Line
from scheduling.services.proposing import book_proposal, propose_cycle, seal
from scheduling.services.refusals import Refused, SlotTaken
from tests.scheduling.booking_data import MONDAY, NOW, at, make_plan

pytestmark = pytest.mark.django_db


@pytest.fixture
def asked(patient, practitioner, room, reception_user):
    """Asks for a consultation of half an hour on Monday at an hour."""

    def ask(hour, day=MONDAY, **other):
        wanted = {"patient": patient, "kind": "consultation", "practitioner": practitioner, "room": room, "minutes": 30}
        return book_appointment(**wanted | other, starts=at(day, hour), by=reception_user, now=NOW)

    return ask


def test_an_appointment_in_working_hours_is_booked(asked):
    assert asked(10).pk


@pytest.mark.parametrize("hour", [3, 8, 18, 23])
def test_an_appointment_outside_working_hours_is_refused_with_a_sentence(asked, hour):
    with pytest.raises(Refused, match="Dr Bianchi does not work at Studio Prati at that time"):
        asked(hour)


def test_an_appointment_at_a_site_where_the_practitioner_does_not_work_is_refused(asked):
    elsewhere = Room.objects.create(site=Site.objects.create(name="Studio Nord"), name="Room N")
    with pytest.raises(Refused, match="does not work at Studio Nord"):
        asked(10, room=elsewhere)


@pytest.mark.parametrize("lost", ["absence", "closure", "room", "patient"])
def test_an_appointment_in_lost_time_is_refused(asked, site, room, practitioner, patient, lost):
    span = {"starts": at(MONDAY, 10, 15), "ends": at(MONDAY, 10, 20)}
    if lost == "absence":
        Absence.objects.create(practitioner=practitioner, **span)
    elif lost == "patient":
        UnavailableDates.objects.create(patient=patient, first=MONDAY, last=MONDAY)
    else:
        Closure.objects.create(site=site, room=room if lost == "room" else None, **span)
    with pytest.raises(Refused, match="lost to an absence"):
        asked(10)


def test_an_appointment_on_a_public_holiday_is_refused(asked):
    with pytest.raises(Refused, match="lost to an absence"):
        asked(10, day=date(2026, 12, 8))


def test_an_appointment_is_moved_within_its_own_time_but_not_out_of_hours(asked, practitioner, room, reception_user):
    made = asked(10)
    where = {"practitioner": practitioner, "room": room, "equipment": None, "minutes": 30, "by": reception_user}
    moved = move_appointment(appointment=made, starts=at(MONDAY, 10, 15), now=NOW, version=made.version, **where)
    with pytest.raises(Refused, match="does not work"):
        move_appointment(appointment=moved, starts=at(MONDAY, 19), now=NOW, version=moved.version, **where)


@pytest.fixture
def plan(patient, site, doctor_user, practitioner, room):
    return make_plan(patient, site, doctor_user, counts=[8], practitioner=practitioner)


@pytest.fixture
def other_plan(plan, patient, site, doctor_user, practitioner):
    """A second plan of the patient that treats the thighs as well."""
    return make_plan(patient, site, doctor_user, counts=[8], practitioner=practitioner)


def booked_days(plan):
    return set(plan.sittings.exclude(booked=None).values_list("booked", flat=True))


def book_first_proposal(plan, by):
    return book_proposal(plan=plan, token=propose_cycle(plan=plan, now=NOW)[0].token, by=by, now=NOW)


def test_two_plans_on_one_area_are_never_booked_closer_than_the_days_to_keep_apart(plan, other_plan, reception_user):
    book_first_proposal(plan, reception_user)
    book_first_proposal(other_plan, reception_user)
    apart = [abs((one - other).days) for one in booked_days(plan) for other in booked_days(other_plan)]
    assert len(apart) == 64
    assert min(apart) >= 3


def test_two_plans_on_different_areas_may_share_a_day(plan, other_plan, reception_user):
    other_plan.areas.all().update(area=Area.objects.get(code="face"))
    book_first_proposal(plan, reception_user)
    assert keep_clear(other_plan, NOW) == frozenset()


def times_of(plan):
    rows = Appointment.objects.filter(sitting__plan=plan).order_by("starts")
    return list(rows.values_list("starts", "ends"))


def test_sittings_of_two_plans_on_different_areas_are_booked_for_the_same_visits(plan, other_plan, reception_user):
    other_plan.areas.all().update(area=Area.objects.get(code="face"))
    book_first_proposal(plan, reception_user)
    book_first_proposal(other_plan, reception_user)
    pairs = list(zip(times_of(plan), times_of(other_plan), strict=True))
    assert len(pairs) == 8
    waits = [max(other[0] - one[1], one[0] - other[1]) for one, other in pairs]
    assert all(timedelta(0) <= wait <= timedelta(minutes=15) for wait in waits)


def test_sittings_keep_the_plans_days_from_a_complementary_therapy(plan, patient, practitioner, room, reception_user):
    book(lines=[Line(patient, "complementary", practitioner, room, at(MONDAY, 10), 30)], by=reception_user, now=NOW)
    day = MONDAY.toordinal()
    assert keep_clear(plan, NOW) == {day - 2, day - 1, day, day + 1, day + 2}
    plan.keep_apart = 1
    assert keep_clear(plan, NOW) == {day}


def test_a_proposal_is_refused_when_a_therapy_was_booked_beside_it_meanwhile(
    plan, patient, practitioner, room, reception_user
):
    (signed, *_others) = propose_cycle(plan=plan, now=NOW)
    slot = signed.proposal.slots[0]
    starts = at(slot.day + timedelta(days=1), 17, 30)
    book(lines=[Line(patient, "complementary", practitioner, room, starts, 15)], by=reception_user, now=NOW)
    with pytest.raises(SlotTaken, match="no longer offered"):
        book_proposal(plan=plan, token=seal(plan, {1: slot}), by=reception_user, now=NOW)


THURSDAY, NEXT_MONDAY = MONDAY + timedelta(days=3), MONDAY + timedelta(days=7)


@pytest.mark.parametrize(
    ("given", "days", "refused"),
    [(THURSDAY, -3, False), (THURSDAY, -2, True), (THURSDAY, 0, True), (NEXT_MONDAY, 2, True), (NEXT_MONDAY, 3, False)],
)
def test_a_therapy_is_never_booked_closer_to_a_sitting_than_the_plans_days(
    asked, plan, reception_user, given, days, refused
):
    slot = {1: next(iter(propose_cycle(plan=plan, now=NOW)[0].proposal.slots))}
    book_proposal(plan=plan, token=seal(plan, slot), by=reception_user, now=NOW)
    sitting = plan.sittings.get(number=1)
    sitting.booked = given
    sitting.save()
    day = given + timedelta(days=days)
    if refused:
        with pytest.raises(Refused, match="closer to a sitting"):
            asked(16, day=day, kind="complementary")
    else:
        assert asked(16, day=day, kind="complementary").pk


def test_a_single_sitting_is_not_booked_beside_a_therapy(plan, patient, practitioner, room, reception_user):
    book(lines=[Line(patient, "complementary", practitioner, room, at(MONDAY, 16), 30)], by=reception_user, now=NOW)
    where = {"practitioner": practitioner, "room": room, "minutes": 15, "by": reception_user, "now": NOW}
    with pytest.raises(Refused, match="closer to a sitting"):
        book_appointment(
            patient=patient, kind="sitting", sitting=plan.sittings.get(number=1), starts=at(MONDAY, 10), **where
        )
