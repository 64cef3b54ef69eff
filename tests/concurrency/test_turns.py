"""Two people act on one plan: what the second one decides, they decide on what the first one wrote."""

import threading
import time
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection, transaction

from scheduling.engine.terms import Slot
from scheduling.models import PlanState, SittingState
from scheduling.services.booking import book_cycle
from scheduling.services.planning import stop_plan
from scheduling.services.refusals import Refused
from scheduling.services.tracking import cancel_appointment, complete, mark_arrived, start_treatment
from tests.scheduling.booking_data import MONDAY, NOW, make_plan

pytestmark = [pytest.mark.concurrency, pytest.mark.django_db(transaction=True, serialized_rollback=True)]


@pytest.fixture
def plan(patient, site, doctor_user, practitioner):
    return make_plan(patient, site, doctor_user, counts=[4], practitioner=practitioner)


def one_after_the_other(first: Callable[[], object], second: Callable[[], object]) -> list[Exception]:
    """Begins `second` while the transaction of `first` is still open; answers what `second` raised."""
    acted, raised = threading.Event(), []

    def run() -> None:
        acted.wait()
        try:
            second()
        except Exception as error:
            raised.append(error)
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    try:
        with transaction.atomic():
            first()
            acted.set()
            time.sleep(1)  # the second gets as far as it can
    finally:
        acted.set()
        thread.join()
    return raised


def mondays(practitioner, room, *numbers: int, late: int = 0) -> dict[int, Slot]:
    """Sitting n on the n-th Monday at ten, `late` days later."""
    days = {n: MONDAY + timedelta(weeks=n - 1, days=late) for n in numbers}
    return {n: Slot(day, 600, 15, practitioner.pk, room.pk, None) for n, day in days.items()}


def test_a_plan_is_not_stopped_while_it_is_being_booked(plan, practitioner, room, reception_user):
    book_cycle(plan=plan, slots=mondays(practitioner, room, 1), by=reception_user, now=NOW)
    (appointment,) = plan.patient.appointments.all()
    cancel_appointment(appointment=appointment, reason="patient", by=reception_user, now=NOW)
    raised = one_after_the_other(
        lambda: book_cycle(plan=plan, slots=mondays(practitioner, room, 1, 2), by=reception_user, now=NOW),
        lambda: stop_plan(plan=plan, reason="moves abroad"),
    )
    assert [type(error) for error in raised] == [Refused]
    plan.refresh_from_db()
    assert plan.state == PlanState.RUNNING


def test_a_sitting_given_while_the_one_before_is_freed_keeps_its_new_window(plan, practitioner, room, reception_user):
    first = book_cycle(plan=plan, slots=mondays(practitioner, room, 1, late=2), by=reception_user, now=NOW)[0]
    second = book_cycle(plan=plan, slots=mondays(practitioner, room, 2), by=reception_user, now=NOW)[0]
    for step in (mark_arrived, start_treatment):
        step(appointment=second, now=second.starts)
    raised = one_after_the_other(
        lambda: cancel_appointment(appointment=first, reason="patient", by=reception_user, now=NOW),
        lambda: complete(appointment=second, now=second.ends),
    )
    assert raised == []
    sitting = plan.sittings.get(number=2)
    # Weekly, two days early, three late: from the ideal date of the first, which has no slot any more.
    window = (MONDAY + timedelta(days=5), MONDAY + timedelta(days=10))
    assert (sitting.state, sitting.earliest, sitting.latest) == (SittingState.COMPLETED, *window)
