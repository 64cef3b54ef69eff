"""Real processes move different patients' sittings to one slot: one wins, the others stay and are offered more."""

from datetime import timedelta

import pytest

from scheduling.engine.terms import Slot
from scheduling.models import Appointment, Follows, Move
from scheduling.services.booking import book_cycle
from scheduling.services.moves import seal_move
from tests.concurrency.test_race import overlaps, race
from tests.scheduling.booking_data import MONDAY, NOW, make_patient, make_plan

pytestmark = [pytest.mark.concurrency, pytest.mark.django_db(transaction=True, serialized_rollback=True)]


def test_of_eight_processes_exactly_one_moves_its_sitting_there(
    site, practitioner, room, doctor_user, reception_user
) -> None:
    wanted = Slot(MONDAY + timedelta(days=2), 960, 15, practitioner.pk, room.pk, None)
    jobs, before = [], {}
    for n in range(8):
        plan = make_plan(make_patient(f"Race{n}"), site, doctor_user, counts=[2])
        slots = {1: Slot(MONDAY, 540 + 30 * n, 15, practitioner.pk, room.pk, None)}
        (row,) = book_cycle(plan=plan, slots=slots, by=reception_user, now=NOW)
        plan.refresh_from_db()
        before[row.pk] = row.starts
        token = seal_move(row, plan, Follows.ALONE, [(row, wanted)])
        jobs.append(
            {"act": "move", "plan": plan.pk, "appointment": row.pk, "token": token}
            | {"by": reception_user.pk, "now": str(NOW)}
        )
    answers = race(jobs)
    refused = [answer for answer in answers if "refused" in answer]
    assert [answer for answer in answers if "error" in answer] == []
    assert (len(answers) - len(refused), len(refused)) == (1, 7)
    assert {answer["refused"] for answer in refused} == {"SlotTaken"}
    assert all([str(wanted.day), wanted.start] not in answer["fresh"] and answer["fresh"] for answer in refused)
    stayed = [row for row in Appointment.objects.all() if row.starts == before[row.pk]]
    assert (len(stayed), Move.objects.count(), overlaps()) == (7, 1, 0)
