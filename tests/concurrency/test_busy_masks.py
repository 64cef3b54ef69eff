"""Bookings and cancellations of one day at the same moment: the masks say what stands in the end."""

from datetime import timedelta

import pytest

from scheduling.models import Appointment, BusyMask, Room, Status
from scheduling.services.booking import book_cycle
from scheduling.services.busy_masks import rebuild_masks, wrong_masks
from scheduling.services.tracking import cancel_appointment
from tests.concurrency.test_race import race
from tests.concurrency.test_turns import mondays, one_after_the_other
from tests.conftest import make_practitioner
from tests.scheduling.booking_data import MONDAY, NOW, at, make_patient, make_plan, occupy

pytestmark = [pytest.mark.concurrency, pytest.mark.django_db(transaction=True, serialized_rollback=True)]


def test_processes_that_book_and_cancel_on_one_day_leave_no_wrong_mask_and_no_deadlock(
    site, practitioner, room, doctor_user, reception_user
) -> None:
    """Two practitioners and two rooms, taken crosswise, ten minutes apart from one another."""
    who = [practitioner, make_practitioner("Dr Neri", site)]
    where = [room, Room.objects.create(site=site, name="Room 2", cleaning_minutes=5)]
    rebuild_masks(now=NOW, days=3)
    jobs = []
    for n in range(4):
        plan = make_plan(make_patient(f"Race{n}"), site, doctor_user, counts=[1])
        slot = [MONDAY.toordinal(), 600 + 30 * n, 15, who[n % 2].pk, where[n // 2].pk, None]
        jobs.append({"act": "again", "plan": plan.pk, "slot": slot, "by": reception_user.pk, "now": str(NOW)})
    assert race(jobs) == [{"booked": 1}] * 4
    assert Appointment.objects.filter(status=Status.BOOKED).count() == 4
    assert list(wrong_masks()) == []
    # Whoever writes also stores: the day is known, of everybody.
    assert BusyMask.objects.filter(day=MONDAY.toordinal()).count() == 4


def test_a_booking_waits_for_a_write_past_the_services_and_sees_it(
    site, practitioner, room, patient, doctor_user, reception_user
) -> None:
    """Without the lock in the trigger the booking would store a day from which the other write is missing."""
    plan = make_plan(patient, site, doctor_user, counts=[1], practitioner=practitioner)
    held = occupy(practitioner, room, at(MONDAY, 15), 30, reception_user)
    BusyMask.objects.all().delete()  # else the two would meet at its row
    later = timedelta(hours=1)

    def write() -> None:
        until = held.ends + later
        Appointment.objects.filter(pk=held.pk).update(starts=held.starts + later, ends=until, room_free_at=until)

    raised = one_after_the_other(
        write,
        lambda: book_cycle(plan=plan, slots=mondays(practitioner, room, 1), by=reception_user, now=NOW),
    )
    assert raised == []
    assert Appointment.objects.count() == 2
    assert BusyMask.objects.count() == 2
    assert list(wrong_masks()) == []


def test_a_rebuild_waits_for_a_write_and_sees_it(site, practitioner, room, reception_user) -> None:
    held = occupy(practitioner, room, at(MONDAY, 10), 30, reception_user)
    raised = one_after_the_other(
        lambda: Appointment.objects.filter(pk=held.pk).update(status=Status.CANCELLED),
        lambda: rebuild_masks(now=NOW, days=3),
    )
    assert raised == []
    assert list(wrong_masks()) == []
    assert BusyMask.objects.exists()


def test_a_write_waits_for_a_cancellation_and_makes_its_day_unknown(site, practitioner, room, reception_user) -> None:
    """The mask it must remove was stored by a transaction that had not ended when the write began."""
    first, second = (occupy(practitioner, room, at(MONDAY, hour), 30, reception_user) for hour in (10, 12))
    BusyMask.objects.all().delete()
    raised = one_after_the_other(
        lambda: cancel_appointment(appointment=first, reason="patient", by=reception_user, now=NOW),
        lambda: Appointment.objects.filter(pk=second.pk).update(status=Status.CANCELLED),
    )
    assert raised == []
    assert not BusyMask.objects.exists()
