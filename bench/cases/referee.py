"""The exact search against a general solver: equal costs on random courses, and the time each takes."""

import random
import time
from collections.abc import Iterable
from dataclasses import asdict
from datetime import date, timedelta
from statistics import median
from typing import Any

from bench import peering
from bench.cases.cycles import COURSES, asked, course_plan
from bench.data import World
from bench.measure import Figure, measure
from bench.plain import starts_of
from scheduling.engine.cycle import proposals, propose
from scheduling.engine.ground import ground_of
from scheduling.engine.openings import NEVER
from scheduling.engine.request import CycleRequest
from scheduling.engine.steps import Course, course_of
from scheduling.engine.terms import Blocked, InDemand, Preference
from tests.engine.diaries import full_diary, weekly
from tests.engine.slot_graph import instance

SMALL, REGULAR, OF_SIZE_S = range(1000, 1120), range(2000, 2030), range(20)
SECONDS_EACH = 60
SECONDS_OF_A_RACE = 30


def referee(world: World) -> list[Figure]:
    """Costs of random courses, and the time of 8, 15 and 28 sittings in this clinic."""
    if not peering.is_there():
        return [Figure("referee", "CP-SAT", found=peering.NOT_THERE)]
    small = [instance(seed)[1] for seed in SMALL]
    regular = [instance(seed)[1] for seed in REGULAR]
    in_s = [_of_size_s(seed) for seed in OF_SIZE_S]
    agreed = [
        _agreement(f"{len(small)} random courses of 2 to 9 sittings", small),
        _agreement(f"{len(regular)} random courses, with the usual weekday and time", regular, regular=True),
        _agreement(f"{len(in_s)} courses of 8 sittings, 2 practitioners, 80 to 97 % full", in_s),
    ]
    return [*agreed, *(figure for count in COURSES for figure in _race(world, count))]


def _of_size_s(seed: int) -> CycleRequest:
    """A weekly course in a clinic of size S."""
    draw, start = random.Random(seed), date(2026, 3, 2)
    fill = draw.choice((0.8, 0.9, 0.97))
    return CycleRequest(
        sittings=weekly(8, start + timedelta(days=draw.randrange(7))),
        diary=full_diary(first=start, days=100, practitioners=2, rooms=2, fill=fill, seed=seed),
        minutes=draw.choice((15, 20, 30)),
        preference=Preference(
            weekdays=frozenset(draw.sample(range(5), draw.randint(0, 2))), from_minute=draw.choice((None, 15 * 60))
        ),
        plan_practitioner=draw.choice((None, 0, 1)),
        popular=draw.choice(((), (InDemand(17 * 60, 19 * 60),))),
    )


def _agreement(what: str, requests: Iterable[CycleRequest], *, regular: bool = False) -> Figure:
    """How many of the courses cost the same, or fit in neither; every start is a choice of the solver's."""
    ours, taken, questions = [], [], []
    for request in requests:
        began = time.process_time()
        answer = proposals(request) if regular else propose(request)
        taken.append((time.process_time() - began) * 1000)
        ours.append(None if isinstance(answer, Blocked) else answer[0].cost if regular else answer.cost)
        course = course_of(request)
        questions.append(_question(request, course, _plain_starts(request, course), SECONDS_EACH, regular=regular))
    theirs = peering.ask("solver", questions)
    proven = [(mine, other["cost"]) for mine, other in zip(ours, theirs, strict=True) if other["proven"]]
    equal = sum(mine == other for mine, other in proven)
    figure = Figure("referee", what, cpu_median=median(taken), cpu_p95=max(taken))
    figure.ratio, figure.ratio_to = median(each["cpu"] for each in theirs) / figure.cpu_median, "less than CP-SAT"
    figure.found = f"{equal} of {len(ours)} equal, {ours.count(None)} of them fit in neither"
    figure.goal, figure.met = "every cost equal", equal == len(ours)
    return figure


def _race(world: World, count: int) -> list[Figure]:
    """The time for one course; the solver is given the cheapest start of each day, as the search finds it."""
    request = asked(world, course_plan(world, count))
    figure = measure("referee", f"{count} sittings, the search", lambda: propose(request), runs=10)
    figure.objective = propose(request).cost
    ground = ground_of(request)
    starts = [
        [day, 0, who, cost + ground.prices.days[index]]
        for index, day in enumerate(ground.course.days)
        if ground.open_days >> index & 1
        for who, costs in ground.prices.by_practitioner.items()
        if (cost := costs[index]) < NEVER
    ]
    theirs = peering.ask("solver", [_question(request, ground.course, starts, SECONDS_OF_A_RACE)])[0]
    rival = Figure("referee", f"{count} sittings, CP-SAT", cpu_median=theirs["cpu"], cpu_p95=theirs["cpu"])
    rival.objective = theirs["cost"]
    rival.found = "proven" if theirs["proven"] else f"not proven within {SECONDS_OF_A_RACE} s of wall time"
    figure.ratio, figure.ratio_to = theirs["cpu"] / figure.cpu_median, "less than CP-SAT"
    figure.goal, figure.met = "cost equal, or less than what is not proven", figure.objective == rival.objective
    if not theirs["proven"]:
        figure.met = rival.objective is None or figure.objective <= rival.objective
    return [rival, figure]


def _plain_starts(request: CycleRequest, course: Course) -> list[list[int]]:
    return [[each.day, each.minute, each.practitioner, each.cost] for each in starts_of(request, course.days)]


def _question(
    request: CycleRequest, course: Course, starts: list[list[int]], seconds: int, *, regular: bool = False
) -> dict[str, Any]:
    """The course as the solver is asked; the days between which a step lies follow from the gaps alone."""
    steps, first, last = [], course.origin, course.origin
    for step in course.steps:
        first, last = first + step.least, last + step.most
        steps.append(
            {
                "least": step.least,
                "most": step.most,
                "gap": step.gap,
                "ideal": step.ideal,
                "first": first,
                "last": last,
            }
        )
    return {
        "steps": steps,
        "starts": starts,
        "origin": course.origin,
        "weights": asdict(request.weights),
        "seconds": seconds,
        "regular": regular,
    }
