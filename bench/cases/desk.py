"""Four desks booking in the same week at the same moment, against one alone."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from statistics import median
from typing import Any

from django.db import connection

from bench.cases.saving import unbook
from bench.data import EIGHT, World, plan_of
from bench.measure import Figure, percentile
from bench.peering import ROOT
from patients.models import Patient
from scheduling.models import TreatmentPlan

DESKS = 4
PLANS_EACH = 6

# Whoever overlaps anybody overlaps the one before in order of start.
OVERLAPS = """
    SELECT count(*) FROM (
        SELECT starts, LAG({ends}) OVER (PARTITION BY {resource} ORDER BY starts) AS ends_before
        FROM scheduling_appointment WHERE status <> 'cancelled'
    ) pairs WHERE ends_before > starts
"""
RESOURCES = (("practitioner_id", "ends"), ("room_id", "room_free_at"), ("patient_id", "ends"))


def desk(world: World) -> list[Figure]:
    """Each desk proposes and books 8 weekly sittings for six plans that all begin in one week."""
    alone = _figure("one desk alone", _work(world, 1)[0])
    answers, overlaps = _work(world, DESKS)
    together = _figure(f"{DESKS} desks at once, {os.cpu_count()} cores", answers)
    lost = [answer["lost"] for answer in answers]
    booked = sum(answer["booked"] for answer in answers)
    together.unplaced = len(answers) - booked
    together.ratio, together.ratio_to = together.wall_p95 / alone.wall_p95, "of one alone"
    together.found = f"{overlaps} overlaps; {sum(lost)} tries lost, at most {max(lost)} in a row; {booked} plans booked"
    together.goal = "p95 at most 2.5x, 0 overlaps, who loses gets a fresh proposal in one round"
    together.met = together.ratio <= 2.5 and overlaps == 0 and together.unplaced == 0
    return [alone, together]


def _work(world: World, desks: int) -> tuple[list[dict[str, Any]], int]:
    """What so many desks did, and how many overlaps then stand; their bookings are taken back."""
    plans = [_plans(world, number) for number in range(desks)]
    answers, overlaps = _answers(world, plans), _overlaps()
    for each in (plan for own in plans for plan in own):
        unbook(each)
    return answers, overlaps


def _plans(world: World, desk: int) -> list[TreatmentPlan]:
    first = 100 + desk * PLANS_EACH
    patients = Patient.objects.order_by("-pk")[first : first + PLANS_EACH]
    return [plan_of(world, patient, EIGHT) for patient in patients]


def _answers(world: World, plans: Sequence[Sequence[TreatmentPlan]]) -> list[dict[str, Any]]:
    """Lets a process for each list of plans go at one moment, and waits for all."""
    clerks = [_clerk(world, each) for each in plans]
    for clerk in clerks:
        assert clerk.stdout is not None
        assert clerk.stdout.readline() == "ready\n"
    for clerk in clerks:
        assert clerk.stdin is not None
        clerk.stdin.write("go\n")
        clerk.stdin.flush()
    answers = []
    for clerk in clerks:
        said, _nothing = clerk.communicate()
        if clerk.returncode:
            sys.exit("A desk failed.")
        answers += json.loads(said)
    return answers


def _clerk(world: World, plans: Sequence[TreatmentPlan]) -> subprocess.Popen[str]:
    clerk = subprocess.Popen(
        [sys.executable, "-m", "bench.clerk"], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    job = {"by": world.user.pk, "now": world.now.isoformat(), "plans": [plan.pk for plan in plans]}
    assert clerk.stdin is not None
    clerk.stdin.write(json.dumps(job) + "\n")
    clerk.stdin.flush()
    return clerk


def _figure(what: str, answers: list[dict[str, Any]]) -> Figure:
    """The time of a try, from asking for the proposals to the booking or its refusal."""
    wall, cpu = ([taken for answer in answers for taken in answer[clock]] for clock in ("wall", "cpu"))
    figure = Figure("desk", what, cpu_median=median(cpu), cpu_p95=percentile(cpu, 0.95))
    figure.wall_p50, figure.wall_p95, figure.wall_least = median(wall), percentile(wall, 0.95), min(wall)
    return figure


def _overlaps() -> int:
    found = 0
    with connection.cursor() as cursor:
        for resource, ends in RESOURCES:
            cursor.execute(OVERLAPS.format(resource=resource, ends=ends))
            found += cursor.fetchone()[0]
    return found
