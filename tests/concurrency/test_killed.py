"""A process is killed with -9 while it reserves, between reserving and confirming, and while it confirms."""

import json
import os
import subprocess
import sys
from datetime import timedelta
from uuid import uuid4

import pytest

from scheduling.models import Appointment, BookingKey, SittingState
from scheduling.services.proposing import book_proposal, propose_cycle, reserve_proposal
from scheduling.services.refusals import SlotTaken
from scheduling.services.reserving import confirm_reservation
from tests.concurrency.test_race import ROOT, database_url, overlaps
from tests.scheduling.booking_data import NOW, make_patient, make_plan

pytestmark = [pytest.mark.concurrency, pytest.mark.django_db(transaction=True, serialized_rollback=True)]


@pytest.fixture
def plan(patient, site, practitioner, room, doctor_user):
    return make_plan(patient, site, doctor_user, counts=[6], practitioner=practitioner)


def kill(plan, by, token: str, key, die: str) -> None:
    """Lets a process of its own go as far as `die` says, and kills it there."""
    job = {"plan": plan.pk, "by": by.pk, "now": str(NOW), "token": token, "key": str(key), "die": die}
    kill_doing("tests.concurrency.dying", job)


def kill_doing(module: str, job: dict) -> None:
    """Runs a module with a job until it says that it is ready, and kills it there."""
    process = subprocess.Popen(
        [sys.executable, "-m", module],
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": database_url(), "DJANGO_SETTINGS_MODULE": "clinic.settings"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin
    assert process.stdout
    process.stdin.write(json.dumps(job))
    process.stdin.close()
    try:
        assert process.stdout.readline() == "ready\n"
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def test_a_process_killed_between_reserving_and_confirming_leaves_a_reservation_that_runs_out(
    plan, site, doctor_user, reception_user, practitioner
) -> None:
    token, key = propose_cycle(plan=plan, now=NOW)[0].token, uuid4()
    kill(plan, reception_user, token, key, "between")
    assert list(Appointment.objects.values_list("status", flat=True)) == ["reserved"] * 6
    assert not plan.sittings.exclude(state=SittingState.DUE).exists()

    other = make_plan(make_patient("Conti"), site, doctor_user, counts=[6], practitioner=practitioner)
    later = NOW + timedelta(minutes=11)
    fresh = propose_cycle(plan=other, now=later)[0].token
    assert len(book_proposal(plan=other, token=fresh, by=doctor_user, now=later)) == 6
    gone = Appointment.objects.filter(sitting__plan=plan)
    assert set(gone.values_list("status", "cancel_reason")) == {("cancelled", "expired")}
    assert overlaps() == 0
    with pytest.raises(SlotTaken, match="run out"):
        confirm_reservation(plan=plan, key=key, by=reception_user, now=later)


def test_a_process_killed_while_it_reserves_leaves_nothing(plan, reception_user) -> None:
    token, key = propose_cycle(plan=plan, now=NOW)[0].token, uuid4()
    kill(plan, reception_user, token, key, "reserving")
    assert (Appointment.objects.count(), BookingKey.objects.count()) == (0, 0)
    assert len(reserve_proposal(plan=plan, token=token, by=reception_user, now=NOW, key=key)) == 6


def test_a_process_killed_while_it_confirms_leaves_the_reservation_whole(plan, reception_user) -> None:
    token, key = propose_cycle(plan=plan, now=NOW)[0].token, uuid4()
    reserve_proposal(plan=plan, token=token, by=reception_user, now=NOW, key=key)
    kill(plan, reception_user, token, key, "confirming")
    assert list(Appointment.objects.values_list("status", flat=True)) == ["reserved"] * 6
    assert not plan.sittings.exclude(state=SittingState.DUE).exists()
    assert len(confirm_reservation(plan=plan, key=key, by=reception_user, now=NOW)) == 6
    assert plan.sittings.filter(state=SittingState.BOOKED).count() == 6
