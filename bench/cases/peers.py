"""The same whole cycle here and by django-appointment's own search, day by day and practitioner by practitioner."""

from datetime import timedelta

from bench import peering
from bench.cases.cycles import asked, course_plan, judged, proposing
from bench.cases.starts import MINUTES
from bench.data import World
from bench.measure import Figure, measure
from scheduling.engine.request import CycleRequest
from scheduling.engine.steps import course_of
from scheduling.engine.terms import Blocked, Proposal, Slot


def peers(world: World) -> list[Figure]:
    """28 sittings. The peer is told the sitting before each: it looks only at the days of 28 windows, each once."""
    plan = course_plan(world, 28)
    act = proposing(world, plan)
    answer = act()
    assert not isinstance(answer, Blocked), "the benchmark's diary must hold this cycle"
    figure = judged(measure("peers", "28 sittings, the best cycle", act, runs=10), answer)
    figure.goal = "at least 200x less CPU than django-appointment"
    peer = peering.peer_of(world, MINUTES)
    if peer is None:
        figure.found = peering.NOT_THERE
        return [figure]
    days = _days_of_windows(world, asked(world, plan), answer)
    theirs = peer.search(staff=list(range(world.size.practitioners)), days=days, runs=1)
    rival = Figure("peers", "its windows by django-appointment", cpu_median=theirs.cpu, cpu_p95=theirs.cpu_most)
    rival.found = f"{len(theirs.starts)} days with each of the staff"
    assert all(_offers(world, theirs, slot) for slot in answer.slots), "a slot the peer does not see as free"
    figure.ratio, figure.ratio_to = theirs.cpu / figure.cpu_median, "less than django-appointment"
    figure.met = figure.ratio >= 200
    return [rival, figure]


def _days_of_windows(world: World, request: CycleRequest, answer: Proposal) -> list[int]:
    """The working days, counted from the first, in the window that each slot leaves to the next sitting."""
    course = course_of(request)
    before, days = course.origin, set()
    for step, slot in zip(course.steps, answer.slots, strict=True):
        days.update(range(before + step.least, before + step.most + 1))
        before = slot.day.toordinal()
    numbers = (day - world.today.toordinal() for day in sorted(days))
    return [n for n in numbers if (world.today + timedelta(days=n)).weekday() < 5]


def _offers(world: World, theirs: peering.Searched, slot: Slot) -> bool:
    number = slot.day.toordinal() - world.today.toordinal()
    return any(slot.start in minutes for (day, _who), minutes in theirs.starts.items() if day == number)
