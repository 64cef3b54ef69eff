"""Lists of plans to book while colleagues book: a plan whose last due sitting goes between two queries leaves them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from uuid import uuid4

import pytest
from django.db import connection
from django.urls import reverse

from scheduling.models import Appointment, TreatmentPlan
from scheduling.services.batches import make_batch
from scheduling.services.booking import book
from scheduling.services.lines import Line
from tests.pages import words
from tests.scheduling.booking_data import MONDAY, NOW, at, make_patient, make_plan

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


@pytest.fixture
def plans(site, practitioner, room, doctor_user) -> list[TreatmentPlan]:
    """Two plans of one sitting each."""
    return [
        make_plan(make_patient(surname), site, doctor_user, counts=[1], practitioner=practitioner)
        for surname in ("Conti", "Riva")
    ]


@contextmanager
def before_due_sittings_are_read(act: Callable[[], object]) -> Iterator[None]:
    """Does `act` once, just before the first query that reads whole sittings."""
    waiting = [act]

    def look(execute, sql, *rest):
        if waiting and sql.startswith('SELECT "scheduling_sitting"."id"'):
            waiting.pop()()
        return execute(sql, *rest)

    with connection.execute_wrapper(look):
        yield
    assert not waiting


@pytest.fixture
def a_colleague_books(plans, practitioner, room, reception_user) -> Callable[[], object]:
    def act() -> list[Appointment]:
        plan = plans[0]
        sitting = plan.sittings.get(number=1)
        line = Line(plan.patient, "sitting", practitioner, room, at(MONDAY, 10), 15, sitting)
        return book(lines=[line], by=reception_user, now=NOW)

    return act


@pytest.mark.parametrize("address", ["/to-book/", "/to-book/?format=csv", "/print/calls/"])
def test_a_plan_booked_while_the_list_is_read_is_left_out(desk, a_colleague_books, address):
    with before_due_sittings_are_read(a_colleague_books):
        page = b"".join(desk.get(address)).decode()
    assert "Riva" in page
    assert "Conti" not in page


def test_a_plan_booked_while_a_patient_is_asked_what_for_is_left_out(desk, plans, a_colleague_books):
    address = reverse("book_patient", args=[plans[0].patient_id])
    assert "sitting 1" in words(desk.get(address)).casefold()
    with before_due_sittings_are_read(a_colleague_books):
        page = words(desk.get(address))
    assert "sitting 1" not in page.casefold()
    assert "Consultation" in page


def test_a_plan_booked_while_its_batch_is_read_waits_for_nothing(desk, plans, reception_user, a_colleague_books):
    batch = make_batch(plans=plans, key=uuid4(), by=reception_user, now=NOW)
    with before_due_sittings_are_read(a_colleague_books):
        page = words(desk.get(reverse("batch", args=[batch.pk])))
    assert "Conti" in page
