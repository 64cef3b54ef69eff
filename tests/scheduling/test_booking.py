"""The booking service: all or none, who holds a slot in words, double clicks, expired reservations, moving."""

from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from scheduling.engine.terms import Slot
from scheduling.models import Appointment, BookingKey, Equipment, Room, SittingState, Status
from scheduling.services import booking
from scheduling.services.booking import book_appointment, book_cycle, move_appointment
from scheduling.services.planning import pause_plan
from scheduling.services.refusals import KeyReused, Refused, SlotTaken, Stale
from tests.conftest import make_practitioner
from tests.scheduling.booking_data import MONDAY, NOW, at, make_patient, make_plan, occupy


@pytest.fixture
def plan(patient, site, practitioner, doctor_user):
    """Four weekly sittings from Monday 23 November 2026."""
    return make_plan(patient, site, doctor_user, counts=[4], practitioner=practitioner)


@pytest.fixture
def slots(plan, practitioner, room) -> dict[int, Slot]:
    """Every Monday at ten."""
    return {
        number: Slot(MONDAY + timedelta(weeks=number - 1), 600, plan.minutes, practitioner.pk, room.pk, None)
        for number in range(1, 5)
    }


def book(plan, slots, by, **values):
    return book_cycle(plan=plan, slots=slots, by=by, now=NOW, **values)


def test_a_cycle_is_booked_with_its_days_on_the_sittings(plan, slots, reception_user) -> None:
    made = book(plan, slots, reception_user)
    assert [appointment.starts for appointment in made] == [at(slots[number].day, 10) for number in (1, 2, 3, 4)]
    assert [(s.state, s.booked) for s in plan.sittings.order_by("number")] == [
        (SittingState.BOOKED, slots[number].day) for number in (1, 2, 3, 4)
    ]


def test_a_room_stays_taken_while_it_is_cleaned(plan, slots, room, reception_user) -> None:
    appointment = book(plan, slots, reception_user)[0]
    assert appointment.room_free_at - appointment.ends == timedelta(minutes=room.cleaning_minutes)


def test_an_approved_plan_runs_once_booked(plan, slots, reception_user) -> None:
    book(plan, {1: slots[1]}, reception_user)
    plan.refresh_from_db()
    assert plan.state == "running"


def test_one_slot_that_is_taken_leaves_nothing_booked(plan, slots, practitioner, room, reception_user) -> None:
    occupy(practitioner, room, at(slots[3].day, 10), 30, reception_user)
    with pytest.raises(SlotTaken):
        book(plan, slots, reception_user)
    plan.refresh_from_db()
    assert not Appointment.objects.filter(sitting__plan=plan).exists()
    assert plan.state == "approved"
    assert set(plan.sittings.values_list("state", flat=True)) == {"due"}


def test_the_refusal_says_who_holds_the_slot(plan, slots, practitioner, room, reception_user) -> None:
    occupy(practitioner, room, at(slots[3].day, 9, 45), 30, reception_user, make_patient("Conti"))
    with pytest.raises(SlotTaken, match=r"^Dr Bianchi is not free on 07/12/2026 09:45: Conti Sofia is booked there\.$"):
        book(plan, slots, reception_user)


def test_a_room_being_cleaned_is_named(plan, slots, site, room, reception_user) -> None:
    colleague = make_practitioner("Dr Neri", site)
    occupy(colleague, room, at(MONDAY, 9, 30), 30, reception_user)
    with pytest.raises(SlotTaken, match=r"^Room 1 is not free"):
        book(plan, slots, reception_user)


def test_a_patient_elsewhere_is_named(plan, slots, site, patient, reception_user) -> None:
    colleague, other = make_practitioner("Dr Neri", site), Room.objects.create(site=site, name="Room 2")
    occupy(colleague, other, at(MONDAY, 10), 30, reception_user, patient)
    with pytest.raises(SlotTaken, match=r"^Greco Sofia is not free"):
        book(plan, slots, reception_user)


def test_equipment_in_use_is_named(site, patient, practitioner, room, reception_user) -> None:
    gun = Equipment.objects.create(site=site, name="Gun 1", delivery="gun")
    colleague, other = make_practitioner("Dr Neri", site), Room.objects.create(site=site, name="Room 2")
    common = {"kind": "consultation", "minutes": 15, "starts": at(MONDAY, 10), "by": reception_user, "now": NOW}
    book_appointment(patient=patient, practitioner=practitioner, room=room, equipment=gun, **common)
    with pytest.raises(SlotTaken, match=r"^Gun 1 is not free"):
        book_appointment(patient=make_patient("Conti"), practitioner=colleague, room=other, equipment=gun, **common)


def test_the_database_has_the_last_word(plan, slots, practitioner, room, reception_user) -> None:
    """A rival who comes after the check becomes the rule's sentence."""
    starts, ends = at(MONDAY, 10), at(MONDAY, 10, 15)
    rival = Appointment(
        patient=make_patient("Conti"), kind="consultation", practitioner=practitioner, room=room,
        starts=starts, ends=ends, room_free_at=ends,
    )  # fmt: skip
    with pytest.raises(SlotTaken, match="has just been booked"):
        book(plan, slots, reception_user, last_check=rival.save)
    assert not Appointment.objects.exists()


def test_two_lines_of_one_booking_may_not_overlap(plan, slots, reception_user) -> None:
    with pytest.raises(Refused):
        book(plan, {1: slots[1], 2: slots[1]}, reception_user)
    assert not Appointment.objects.exists()


def test_a_double_click_gets_its_own_booking_back(plan, slots, reception_user) -> None:
    key = uuid4()
    first = book(plan, slots, reception_user, key=key)
    second = book(plan, slots, reception_user, key=key)
    assert [appointment.pk for appointment in second] == [appointment.pk for appointment in first]
    assert Appointment.objects.count() == 4
    assert BookingKey.objects.get().made_by == reception_user


def test_the_same_key_with_other_slots_is_refused(plan, slots, reception_user) -> None:
    key = uuid4()
    book(plan, {1: slots[1]}, reception_user, key=key)
    with pytest.raises(KeyReused):
        book(plan, {2: slots[2]}, reception_user, key=key)
    assert Appointment.objects.count() == 1


def test_a_refused_booking_leaves_its_key_unused(plan, slots, practitioner, room, reception_user) -> None:
    key = uuid4()
    in_the_way = occupy(practitioner, room, at(MONDAY, 10), 15, reception_user)
    with pytest.raises(SlotTaken):
        book(plan, slots, reception_user, key=key)
    Appointment.objects.filter(pk=in_the_way.pk).update(status=Status.CANCELLED)
    assert len(book(plan, slots, reception_user, key=key)) == 4


def reserved(practitioner, room, by, until):
    appointment = occupy(practitioner, room, at(MONDAY, 10), 15, by)
    appointment.status, appointment.reserved_until = Status.RESERVED, until
    appointment.save()
    return appointment


def test_an_expired_reservation_gives_way(plan, slots, practitioner, room, reception_user) -> None:
    old = reserved(practitioner, room, reception_user, NOW - timedelta(seconds=1))
    assert len(book(plan, slots, reception_user)) == 4
    old.refresh_from_db()
    assert (old.status, old.cancel_reason) == ("cancelled", "expired")
    assert old.history.count() == 3


def test_a_reservation_that_still_runs_holds_its_slot(plan, slots, practitioner, room, reception_user) -> None:
    reserved(practitioner, room, reception_user, NOW + timedelta(minutes=5))
    with pytest.raises(SlotTaken, match="reserved for Altri Sofia by Ferri until 07:05"):
        book(plan, slots, reception_user)


def test_an_expired_reservation_of_a_sitting_makes_it_due_again(plan, slots, reception_user) -> None:
    made = book(plan, {1: slots[1]}, reception_user)[0]
    Appointment.objects.filter(pk=made.pk).update(status=Status.RESERVED, reserved_until=NOW)
    booking.cancel_expired(NOW)
    sitting = plan.sittings.get(number=1)
    assert (sitting.state, sitting.booked) == (SittingState.DUE, None)


def test_sittings_closer_than_their_minimum_gap_are_refused(plan, slots, practitioner, room, reception_user) -> None:
    book(plan, {1: slots[1]}, reception_user)
    near = Slot(MONDAY + timedelta(days=3), 600, plan.minutes, practitioner.pk, room.pk, None)
    with pytest.raises(Refused, match="Sitting 2 would be less than 4 days after the one before"):
        book(plan, {2: near}, reception_user)


def test_the_minimum_gap_holds_across_a_sitting_without_a_slot(plan, slots, practitioner, room, reception_user) -> None:
    book(plan, {1: slots[1]}, reception_user)
    before_it = Slot(MONDAY, 11 * 60, plan.minutes, practitioner.pk, room.pk, None)
    with pytest.raises(Refused, match="Sitting 3 would be less than"):
        book(plan, {3: before_it}, reception_user)


def test_what_already_stands_too_close_does_not_stop_another_sitting(plan, slots, reception_user) -> None:
    book(plan, {1: slots[1], 2: slots[2]}, reception_user)
    plan.sittings.filter(number=2).update(booked=MONDAY + timedelta(days=1))
    assert book(plan, {4: slots[4]}, reception_user)


def test_a_sitting_is_booked_once(plan, slots, reception_user) -> None:
    book(plan, {1: slots[1]}, reception_user)
    again = Slot(slots[1].day, 660, plan.minutes, slots[1].practitioner, slots[1].room, None)
    with pytest.raises(SlotTaken, match="This sitting has just been booked"):
        book(plan, {1: again}, reception_user)


def test_a_plan_not_yet_approved_is_not_booked(patient, site, practitioner, room, doctor_user, reception_user) -> None:
    draft = make_plan(patient, site, doctor_user, counts=[4], approved=False)
    slot = Slot(MONDAY, 600, draft.minutes, practitioner.pk, room.pk, None)
    with pytest.raises(Refused, match="only an approved plan can be booked"):
        book(draft, {1: slot}, reception_user)


def test_a_plan_paused_since_the_page_was_opened_is_not_booked(plan, slots, reception_user) -> None:
    pause_plan(plan=plan)
    with pytest.raises(Refused, match="The plan is paused"):
        book(plan, slots, reception_user)


def test_a_plan_changed_by_somebody_else_keeps_that_change(plan, slots, reception_user) -> None:
    type(plan).objects.filter(pk=plan.pk).update(diagnosis="Seen again on Friday.")
    book(plan, slots, reception_user)
    plan.refresh_from_db()
    assert (plan.state, plan.diagnosis) == ("running", "Seen again on Friday.")


@pytest.mark.parametrize(
    ("starts", "minutes", "field"),
    [
        (at(MONDAY, 10, 2), 15, "starts"),
        (at(MONDAY, 10), 0, "minutes"),
        (at(MONDAY, 10), 725, "minutes"),
        (at(MONDAY, 10), 12, "starts"),
    ],
    ids=["off the grid", "no time", "longer than 12 hours", "odd length"],
)
def test_a_span_no_diary_could_hold_is_refused(
    patient, practitioner, room, reception_user, starts, minutes, field
) -> None:
    with pytest.raises(Refused, match="whole 5 minutes") as refusal:
        occupy(practitioner, room, starts, minutes, reception_user, patient)
    assert refusal.value.field == field


def test_windows_after_a_booked_sitting_count_from_its_day(plan, slots, practitioner, room, reception_user) -> None:
    two_days_late = Slot(MONDAY + timedelta(days=2), 600, plan.minutes, practitioner.pk, room.pk, None)
    book(plan, {1: two_days_late}, reception_user)
    second = plan.sittings.get(number=2)
    # Weekly, 2 days early to 3 late, counted from Wednesday 25 November.
    assert (second.earliest, second.latest) == (date(2026, 11, 30), date(2026, 12, 5))


def test_history_tells_who_booked(plan, slots, reception_user) -> None:
    appointment = book(plan, slots, reception_user)[0]
    assert [row.history_user for row in appointment.history.all()] == [reception_user]
    assert plan.sittings.get(number=1).history.first().state == SittingState.BOOKED


def test_queries_do_not_grow_with_the_sittings(site, practitioner, room, doctor_user, reception_user) -> None:
    counted = []
    for surname, hour, counts in (("Conti", 10, [8]), ("Serra", 11, [8, 20])):
        plan = make_plan(make_patient(surname), site, doctor_user, counts=counts)
        slots = {
            sitting.number: Slot(sitting.ideal, hour * 60, plan.minutes, practitioner.pk, room.pk, None)
            for sitting in plan.sittings.all()
        }
        with CaptureQueriesContext(connection) as queries:
            assert len(book(plan, slots, reception_user, key=uuid4())) == sum(counts)
        counted.append(len(queries))
    assert counted[0] == counted[1] <= 30


def move(appointment, starts, room, by, version=None):
    return move_appointment(
        appointment=appointment,
        practitioner=appointment.practitioner,
        room=room,
        equipment=None,
        starts=starts,
        minutes=15,
        by=by,
        now=NOW,
        version=appointment.version if version is None else version,
    )


def test_moving_takes_the_sitting_and_its_windows_along(plan, slots, room, reception_user) -> None:
    appointment = book(plan, {1: slots[1]}, reception_user)[0]
    moved = move(appointment, at(MONDAY + timedelta(days=1), 11), room, reception_user)
    sitting, second = plan.sittings.order_by("number")[:2]
    assert (moved.version, sitting.booked) == (2, date(2026, 11, 24))
    assert second.earliest == date(2026, 11, 29)
    assert moved.history.first().history_user == reception_user


def test_an_appointment_moves_within_its_own_time(plan, slots, room, reception_user) -> None:
    appointment = book(plan, {1: slots[1]}, reception_user)[0]
    assert move(appointment, at(MONDAY, 10, 5), room, reception_user).starts == at(MONDAY, 10, 5)


def test_moving_what_somebody_else_moved_is_refused(plan, slots, room, reception_user) -> None:
    appointment = book(plan, {1: slots[1]}, reception_user)[0]
    move(appointment, at(MONDAY, 11), room, reception_user)
    with pytest.raises(Stale):
        move(appointment, at(MONDAY, 12), room, reception_user, version=1)
    appointment.refresh_from_db()
    assert appointment.starts == at(MONDAY, 11)


def test_moving_onto_another_says_who_is_there(plan, slots, practitioner, room, reception_user) -> None:
    appointment = book(plan, {1: slots[1]}, reception_user)[0]
    occupy(practitioner, room, at(MONDAY, 12), 15, reception_user, make_patient("Conti"))
    with pytest.raises(SlotTaken, match="Conti Sofia is booked there"):
        move(appointment, at(MONDAY, 12), room, reception_user)


def test_moving_too_close_to_the_next_sitting_is_refused(plan, slots, room, reception_user) -> None:
    first = book(plan, slots, reception_user)[0]
    with pytest.raises(Refused, match="Sitting 2 would be less than"):
        move(first, at(MONDAY + timedelta(days=4), 10), room, reception_user)


def test_what_is_done_is_not_moved(plan, slots, room, reception_user) -> None:
    appointment = book(plan, {1: slots[1]}, reception_user)[0]
    Appointment.objects.filter(pk=appointment.pk).update(status=Status.COMPLETED)
    with pytest.raises(Refused, match="Only a booked appointment can be moved"):
        move(appointment, at(MONDAY, 12), room, reception_user)
