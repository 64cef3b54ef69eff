"""A booking button pressed again while its first press is still being written."""

from uuid import uuid4

import pytest

from scheduling.models import Appointment, BookingKey, Room
from scheduling.services.booking import book_cycle
from scheduling.services.refusals import KeyReused
from tests.concurrency.test_turns import mondays, one_after_the_other
from tests.conftest import make_practitioner
from tests.scheduling.booking_data import NOW, make_patient, make_plan

pytestmark = [pytest.mark.concurrency, pytest.mark.django_db(transaction=True, serialized_rollback=True)]


def test_the_second_press_gets_the_booking_of_the_first(site, patient, practitioner, room, doctor_user, reception_user):
    plan = make_plan(patient, site, doctor_user, counts=[2], practitioner=practitioner)
    key, made = uuid4(), []

    def press() -> None:
        slots = mondays(practitioner, room, 1, 2)
        made.append([a.pk for a in book_cycle(plan=plan, slots=slots, by=reception_user, now=NOW, key=key)])

    assert one_after_the_other(press, press) == []
    first, second = made
    assert first == second
    assert Appointment.objects.count() == 2


def test_the_same_key_for_a_booking_that_shares_nothing_with_the_first_is_refused(
    site, patient, practitioner, room, doctor_user, reception_user
):
    """Neither lock nor overlap makes the second wait: the database finds the key, and its booking is another one."""
    colleague, other = make_practitioner("Dr Neri", site), Room.objects.create(site=site, name="Room 2")
    plan = make_plan(patient, site, doctor_user, counts=[1], practitioner=practitioner)
    another = make_plan(make_patient("Conti"), site, doctor_user, counts=[1], practitioner=colleague)
    key = uuid4()
    raised = one_after_the_other(
        lambda: book_cycle(plan=plan, slots=mondays(practitioner, room, 1), by=reception_user, now=NOW, key=key),
        lambda: book_cycle(plan=another, slots=mondays(colleague, other, 1), by=reception_user, now=NOW, key=key),
    )
    assert [type(error) for error in raised] == [KeyReused]
    assert Appointment.objects.get().patient == patient
    assert BookingKey.objects.count() == 1
