"""Real processes race for the same time on the database of the test: one wins, the others are told and offered more."""

import json
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest
from django.db import connection

from scheduling.engine.terms import Slot
from scheduling.models import Appointment, Room
from scheduling.services.proposing import seal
from tests.conftest import make_practitioner
from tests.scheduling.booking_data import MONDAY, NOW, make_patient, make_plan

ROOT = Path(__file__).resolve().parents[2]
pytestmark = [pytest.mark.concurrency, pytest.mark.django_db(transaction=True, serialized_rollback=True)]

OVERLAPS = """
    SELECT count(*) FROM scheduling_appointment a JOIN scheduling_appointment b ON a.id < b.id
    WHERE a.status <> 'cancelled' AND b.status <> 'cancelled' AND (
        (a.practitioner_id = b.practitioner_id AND a.starts < b.ends AND b.starts < a.ends)
        OR (a.patient_id = b.patient_id AND a.starts < b.ends AND b.starts < a.ends)
        OR (a.room_id = b.room_id AND a.starts < b.room_free_at AND b.starts < a.room_free_at))
"""


def database_url() -> str:
    """The address of the test's database, for another process."""
    settings = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{settings['NAME']}"
    options = settings["OPTIONS"]
    host = settings["HOST"] or options.get("host", "")
    login = quote(settings["USER"]) + (f":{quote(settings['PASSWORD'])}" if settings["PASSWORD"] else "")
    query = {key: value for key, value in {"host": host, "port": settings["PORT"]}.items() if value}
    return f"postgres://{login}@/{settings['NAME']}?{urlencode(query)}"


def race(jobs: list[dict]) -> list[dict]:
    """The answers of as many processes as there are jobs."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.concurrency.racer"],
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": database_url(), "DJANGO_SETTINGS_MODULE": "clinic.settings"},
        input=json.dumps(jobs),
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def overlaps() -> int:
    with connection.cursor() as cursor:
        cursor.execute(OVERLAPS)
        return cursor.fetchone()[0]


def test_of_sixteen_processes_exactly_one_gets_the_slot(site, practitioner, room, doctor_user, reception_user) -> None:
    slot = Slot(MONDAY, 600, 15, practitioner.pk, room.pk, None)
    plans = [make_plan(make_patient(f"Race{n}"), site, doctor_user, counts=[1]) for n in range(16)]
    answers = race(
        [
            {"act": "one", "plan": plan.pk, "token": seal(plan, {1: slot}), "by": reception_user.pk, "now": str(NOW)}
            for plan in plans
        ]
    )
    refused = [answer for answer in answers if "refused" in answer]
    assert [answer for answer in answers if "error" in answer] == []
    assert (len(answers) - len(refused), len(refused)) == (1, 15)
    assert Appointment.objects.count() == 1
    for answer in refused:
        assert answer["refused"] == "SlotTaken"
        assert answer["sentence"].endswith(".")
        assert answer["fresh"]
        assert [str(MONDAY), 600] not in answer["fresh"]


def test_overlapping_cycles_are_all_booked_without_deadlock(
    site, practitioner, room, doctor_user, reception_user
) -> None:
    """Each cycle takes two practitioners and two rooms in turn, half of the cycles the other way round."""
    who = [practitioner, make_practitioner("Dr Neri", site)]
    where = [room, Room.objects.create(site=site, name="Room 2")]
    jobs = []
    for n in range(8):
        plan = make_plan(make_patient(f"Race{n}"), site, doctor_user, counts=[6])
        slots = {
            k: Slot(MONDAY + timedelta(weeks=k - 1), 600, 15, who[(n + k) % 2].pk, where[(n + k) % 2].pk, None)
            for k in range(1, 7)
        }
        job = {"act": "cycle", "plan": plan.pk, "token": seal(plan, slots), "by": reception_user.pk, "now": str(NOW)}
        jobs.append(job)
    answers = race(jobs)
    assert [answer for answer in answers if "error" in answer] == []
    assert [answer["booked"] for answer in answers] == [6] * 8
    assert sum(not answer["sentences"] for answer in answers) <= 2  # at ten there is room for two cycles
    assert Appointment.objects.count() == 48
    assert overlaps() == 0
