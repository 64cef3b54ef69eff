"""Memory of a proposal, and the clinics nobody has: each in a fresh process."""

import json
import subprocess
import sys
from datetime import time, timedelta

from bench.cases.cycles import course_plan
from bench.data import HOURS, TWENTY_EIGHT, World, add_practitioner, insert, plan_of
from bench.measure import Figure
from bench.peering import ROOT
from patients.models import Patient
from scheduling.models import OpeningHours, Room, Site, TreatmentPlan

MOST_MB = 300
MOST_MS = 10_000
THREE_YEARS = [("maintenance", 37, 1, "month")]
HORIZON_DAYS = 3 * 366
CROWD = 500


def memory(world: World) -> list[Figure]:
    """What a proposal of 28 sittings holds at most."""
    return [_of_plan("memory", "28 sittings, the whole process", world, course_plan(world, 28))]


def extremes(world: World) -> list[Figure]:
    """A crowd of practitioners, three years, nobody there, everybody full: an answer in time and in memory."""
    found = [_of_plan("extremes", "37 sittings over 3 years", world, _plan(world, world.site, THREE_YEARS))]
    for what, people, prepare in (
        ("nobody works", 0, None),
        ("nothing is booked, 10 practitioners", 10, None),
        ("everything is booked, 10 practitioners", 10, _fill),
        (f"nothing is booked, {CROWD} practitioners", CROWD, None),
    ):
        site = _site(world, people)
        if prepare:
            prepare(world, site)
        found.append(_of_plan("extremes", what, world, _plan(world, site, TWENTY_EIGHT)))
    for full in (80, 100):
        what = f"{CROWD} practitioners, 3 years, {full} % full, masks only"
        found.append(_of_child("extremes", what, "masks", str(CROWD), str(HORIZON_DAYS), str(full)))
    return found


def _plan(world: World, site: Site, shape: list[tuple[str, int, int, str]]) -> TreatmentPlan:
    return plan_of(world, Patient.objects.order_by("-pk")[50], shape, site)


def _of_plan(name: str, what: str, world: World, plan: TreatmentPlan) -> Figure:
    return _of_child(name, what, "plan", str(plan.pk), world.now.isoformat())


def _of_child(name: str, what: str, *words: str) -> Figure:
    done = subprocess.run(
        [sys.executable, "-m", "bench.child", *words], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True
    )
    answer = json.loads(done.stdout)
    figure = Figure(name, what, cpu_median=answer["cpu"], wall_p50=answer["wall"], queries=answer["queries"])
    figure.cpu_p95, figure.wall_p95 = figure.cpu_median, figure.wall_p50
    figure.peak_mb, figure.objective = answer["peak"], answer["cost"]
    figure.found = f"{answer['found']}; {answer['before']} MB before it began"
    figure.goal = f"an answer in {MOST_MS // 1000} s, at most {MOST_MB} MB"
    figure.met = figure.wall_p50 <= MOST_MS and figure.peak_mb <= MOST_MB
    return figure


def _site(world: World, people: int) -> Site:
    """A site of its own, with a room for everybody."""
    number = Site.objects.count()
    site = Site.objects.create(name=f"Site {number}", public_holidays=False)
    for weekday in range(5):
        OpeningHours.objects.create(site=site, weekday=weekday, starts=time(8), ends=time(20))
    Room.objects.bulk_create(Room(site=site, name=f"Room {n + 1}", cleaning_minutes=0) for n in range(max(people, 1)))
    for n in range(people):
        add_practitioner(number * 1_000 + n, site, world.today)
    return site


def _fill(world: World, site: Site) -> None:
    """Everybody is booked for all of the hours, as far as any proposal looks."""
    born = world.today.replace(year=1980)
    people = [
        Patient(surname=f"Full{n}", given_name="All", birth_date=born, sex="F")
        for n in range(site.practitioners.count())
    ]
    Patient.objects.bulk_create(people)
    staff, rooms = (found.order_by("pk").values_list("pk", flat=True) for found in (site.practitioners, site.rooms))
    trios = list(zip([each.pk for each in people], staff, rooms, strict=True))
    for n in range(HORIZON_DAYS):
        day = world.today + timedelta(days=n)
        if day.weekday() < 5:
            insert([(*trio, day, a * 60, (b - a) * 60) for trio in trios for a, b in HOURS], site)
