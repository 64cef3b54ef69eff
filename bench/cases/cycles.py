"""Whole cycles: the search alone, from the database, the page's three proposals, and when nothing fits."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import cache
from typing import Any

from bench.data import EIGHT, FIFTEEN, TWENTY_EIGHT, World, plan_of
from bench.measure import Figure, measure
from patients.models import Patient
from scheduling.engine.cycle import proposals, propose
from scheduling.engine.request import CycleRequest
from scheduling.engine.terms import Blocked, Preference, Proposal
from scheduling.models import Absence, Closure, TreatmentPlan
from scheduling.selectors.cycles import Wishes, cycle_request
from scheduling.selectors.local_time import instant

COURSES = {8: EIGHT, 15: FIFTEEN, 28: TWENTY_EIGHT}
LOST_AFTER_DAYS = 200
LONGEST_LOSS_WEEKS = 60


@cache
def course_plan(world: World, count: int) -> TreatmentPlan:
    """The approved plan of 8, 15 or 28 sittings that all figures share; none of them is booked."""
    patient = Patient.objects.order_by("-pk")[count]
    return loaded(plan_of(world, patient, COURSES[count]))


def loaded(plan: TreatmentPlan) -> TreatmentPlan:
    """The plan as a page fetches it."""
    return TreatmentPlan.objects.select_related("patient", "site", "protocol").get(pk=plan.pk)


def asked(world: World, plan: TreatmentPlan, wishes: Wishes | None = None) -> CycleRequest:
    """What the engine is asked for the plan."""
    request = cycle_request(plan, now=world.now, wishes=wishes)
    assert request is not None
    return request


def proposing(world: World, plan: TreatmentPlan, wishes: Wishes | None = None) -> Callable[[], Proposal | Blocked]:
    """The act of the figure `propose`: reading everybody's time, then the search."""
    return lambda: propose(asked(world, plan, wishes))


def judged(figure: Figure, answer: Proposal | Blocked) -> Figure:
    """The figure with what was found."""
    figure.objective = None if isinstance(answer, Blocked) else answer.cost
    figure.unplaced = 1 if isinstance(answer, Blocked) else 0
    if isinstance(answer, Blocked):
        kinds = Counter(f"{way.kind} {way.days or ''}".strip() for way in answer.ways_out)
        ways = ", ".join(kind if number == 1 else f"{number} times {kind}" for kind, number in kinds.items())
        window = f"{answer.earliest} to {answer.latest}"
        figure.found = f"sitting {answer.number}, {window}, {answer.reason}; ways out: {ways or 'none'}"
    return figure


def engine(world: World) -> list[Figure]:
    """Masks to dates only, with practitioner continuity."""
    figures = []
    for count in COURSES:
        request = asked(world, course_plan(world, count))
        figure = measure("engine", f"{count} sittings", lambda r=request: propose(r), runs=30)
        figures.append(judged(figure, propose(request)))
    figures[-1].goal, figures[-1].met = "at most 20 ms CPU", figures[-1].cpu_median <= 20
    return figures


def propose_from_database(world: World) -> list[Figure]:
    """The best cycle from the database."""
    figures = []
    for count in COURSES:
        act = proposing(world, course_plan(world, count))
        figures.append(judged(measure("propose", f"{count} sittings", act, runs=10), act()))
    figures[-1].goal = "at most 70 ms CPU (stretch 20), at most 8 queries"
    figures[-1].met = figures[-1].cpu_median <= 70 and figures[-1].queries <= 8
    return figures


def proposals_of_the_page(world: World) -> list[Figure]:
    """The three ranked proposals, with the search for the usual weekday and time."""
    plan = course_plan(world, 28)
    most = 600 if world.size.past else 300
    figure = measure("proposals", "three, 28 sittings", lambda: proposals(asked(world, plan)), runs=5)
    figure.goal, figure.met = f"at most {most} ms CPU", figure.cpu_median <= most
    return [figure]


def blocked(world: World) -> list[Figure]:
    """Nothing fits: the shortest loss of time that leaves a sitting of the 28 nowhere to go."""
    plan = course_plan(world, 28)
    free = proposing(world, plan)
    floor = judged(measure("blocked", "28 sittings, nothing lost", free, runs=5), free())
    alone = Wishes(preference=Preference(practitioner=plan.practitioner_id), only=True)
    figures = [floor]
    for what, wishes, lose in (("the site closed", None, _closing), ("the only practitioner away", alone, _going)):
        act = proposing(world, plan, wishes)
        with _shortest_loss(world, plan, act, lose) as weeks:
            figure = judged(measure("blocked", f"28 sittings, {what} for {weeks} weeks", act, runs=5), act())
        figure.ratio, figure.ratio_to = figure.cpu_median / floor.cpu_median, "of propose"
        figure.goal = "names sitting, window and ways out; at most 2x"
        figure.met = figure.unplaced == 1 and "none" not in figure.found and figure.ratio <= 2
        figures.append(figure)
    return figures


@contextmanager
def _shortest_loss(world: World, plan: TreatmentPlan, act: Callable[[], Any], lose: Any) -> Iterator[int]:
    """The fewest weeks lost that block the plan; what is lost comes back afterwards."""
    starts = instant(world.today + timedelta(days=LOST_AFTER_DAYS), 0, world.site.zone)
    lost = lose(world, plan, starts)
    for weeks in range(1, LONGEST_LOSS_WEEKS):
        lost.ends = starts + timedelta(weeks=weeks)
        lost.save()
        if isinstance(act(), Blocked):
            break
    try:
        yield weeks
    finally:
        lost.delete()


def _closing(world: World, plan: TreatmentPlan, starts: Any) -> Closure:
    return Closure(site=world.site, starts=starts)


def _going(world: World, plan: TreatmentPlan, starts: Any) -> Absence:
    return Absence(practitioner_id=plan.practitioner_id, starts=starts)
