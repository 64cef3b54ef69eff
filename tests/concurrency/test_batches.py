"""One batch and several processes: both go on with it, others book into the same hours, one is killed with -9."""

from datetime import timedelta
from uuid import uuid4

import pytest

from scheduling.engine.terms import Slot
from scheduling.models import Appointment, BookingKey, Room
from scheduling.services.batches import book_next, make_batch, stop_batch
from scheduling.services.booking import book_cycle
from scheduling.services.proposing import propose_cycle, seal
from tests.concurrency.test_killed import kill_doing
from tests.concurrency.test_race import overlaps, race
from tests.concurrency.test_turns import one_after_the_other
from tests.scheduling.booking_data import MONDAY, NOW, make_patient, make_plan

pytestmark = [pytest.mark.concurrency, pytest.mark.django_db(transaction=True, serialized_rollback=True)]


@pytest.fixture
def batch(site, practitioner, room, doctor_user, reception_user):
    """Six plans of four weekly sittings, all with one practitioner."""
    plans = [
        make_plan(make_patient(f"Lotto{n}"), site, doctor_user, counts=[4], practitioner=practitioner) for n in range(6)
    ]
    return make_batch(plans=plans, key=uuid4(), by=reception_user, now=NOW)


def booked(batch) -> list[tuple[int, str, int]]:
    """Each line's turn and state, and how many appointments stand for its plan."""
    return [
        (line.position, line.state, Appointment.objects.active().filter(sitting__plan=line.plan).count())
        for line in batch.lines.order_by("position")
    ]


def whole(count: int) -> list[tuple[int, str, int]]:
    return [(turn, "booked", 4) for turn in range(1, count + 1)]


def left(begin: int) -> list[tuple[int, str, int]]:
    return [(turn, "waiting", 0) for turn in range(begin, 7)]


def test_people_who_go_on_with_one_batch_at_once_book_each_plan_once(batch, doctor_user, reception_user) -> None:
    jobs = [
        {"act": "batch", "batch": batch.pk, "by": by.pk, "now": str(NOW)}
        for by in (doctor_user, reception_user, doctor_user, reception_user)
    ]
    answers = race(jobs)
    assert [answer for answer in answers if "error" in answer] == []
    assert {turn for answer in answers for turn in answer["own"]} == set(range(1, 7))
    assert booked(batch) == whole(6)
    assert BookingKey.objects.count() == 6
    assert overlaps() == 0


def test_who_is_overtaken_by_others_in_the_same_hours_still_books_every_line(
    batch, site, practitioner, room, doctor_user, reception_user
) -> None:
    Room.objects.create(site=site, name="Room 2")
    jobs = [{"act": "batch", "batch": batch.pk, "by": reception_user.pk, "now": str(NOW)}]
    for n in range(3):
        plan = make_plan(make_patient(f"Race{n}"), site, doctor_user, counts=[4], practitioner=practitioner)
        days = [MONDAY + timedelta(weeks=k) for k in range(4)]
        slots = {k: Slot(day, 540, 15, practitioner.pk, room.pk, None) for k, day in enumerate(days, start=1)}
        jobs.append(
            {"act": "cycle", "plan": plan.pk, "token": seal(plan, slots), "by": doctor_user.pk, "now": str(NOW)}
        )
    answers = race(jobs)
    assert [answer for answer in answers if "error" in answer] == []
    assert [answer["booked"] for answer in answers[1:]] == [4] * 3
    assert booked(batch) == whole(6)
    assert overlaps() == 0


def test_a_slot_taken_between_proposing_and_booking_is_replaced_in_the_same_step(
    batch, site, doctor_user, reception_user
) -> None:
    plan = batch.lines.earliest("position").plan
    best = propose_cycle(plan=plan, now=NOW)[0].proposal.slots
    rival = make_plan(make_patient("Rivale"), site, doctor_user, counts=[4])
    raised = one_after_the_other(
        lambda: book_cycle(plan=rival, slots=dict(enumerate(best, start=1)), by=doctor_user, now=NOW),
        lambda: book_next(batch=batch, by=reception_user, now=NOW),
    )
    assert raised == []
    assert booked(batch)[0] == (1, "booked", 4)
    assert Appointment.objects.filter(sitting__plan=rival, status="booked").count() == 4
    assert overlaps() == 0


def test_a_process_killed_between_two_lines_leaves_the_rest_waiting(batch, doctor_user, reception_user) -> None:
    job = {"batch": batch.pk, "by": reception_user.pk, "now": str(NOW), "lines": 2, "die": "between"}
    kill_doing("tests.concurrency.batching", job)
    assert booked(batch) == whole(2) + left(3)
    book_next(batch=batch, by=doctor_user, now=NOW, most=9)
    assert booked(batch) == whole(6)
    assert overlaps() == 0


def test_a_process_killed_inside_a_line_leaves_it_waiting_and_unbooked(batch, doctor_user, reception_user) -> None:
    job = {"batch": batch.pk, "by": reception_user.pk, "now": str(NOW), "lines": 2, "die": "inside"}
    kill_doing("tests.concurrency.batching", job)
    assert booked(batch) == whole(2) + left(3)
    assert BookingKey.objects.count() == 2
    book_next(batch=batch, by=doctor_user, now=NOW, most=9)
    assert booked(batch) == whole(6)
    assert overlaps() == 0


def test_a_batch_stopped_while_a_line_is_being_booked_books_none_after_it(batch, doctor_user, reception_user) -> None:
    raised = one_after_the_other(
        lambda: stop_batch(batch=batch, by=doctor_user, now=NOW),
        lambda: book_next(batch=batch, by=reception_user, now=NOW, most=9),
    )
    assert raised == []
    assert booked(batch) == left(1)
