"""The figures, one function each: name, what is done, what it is held against, and the goal."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.test import Client
from django.urls import reverse

from bench.data import EIGHT, FIFTEEN, TWENTY_EIGHT, World, plan_of
from bench.measure import Figure, measure
from patients.models import Patient
from scheduling.engine.cycle import proposals, propose
from scheduling.engine.terms import Blocked, Proposal
from scheduling.models import Appointment, TreatmentPlan
from scheduling.selectors.cycles import cycle_request
from scheduling.selectors.local_time import day_span, instant
from scheduling.services.booking import book_cycle

COURSES = {8: EIGHT, 15: FIFTEEN, 28: TWENTY_EIGHT}


def _plan(world: World, count: int) -> TreatmentPlan:
    patient = Patient.objects.order_by("-pk")[count]
    plan = plan_of(world, patient, COURSES[count])
    return TreatmentPlan.objects.select_related("patient", "site", "protocol").get(pk=plan.pk)


def _judged(figure: Figure, answer: Proposal | Blocked) -> Figure:
    figure.objective = None if isinstance(answer, Blocked) else answer.cost
    figure.unplaced = 1 if isinstance(answer, Blocked) else 0
    return figure


def engine(world: World) -> list[Figure]:
    """Masks to dates only, with practitioner continuity."""
    figures = []
    for count in COURSES:
        request = cycle_request(_plan(world, count), now=world.now)
        assert request is not None
        figure = _judged(
            measure("engine", f"{count} sittings", lambda r=request: propose(r), runs=30), propose(request)
        )
        if count == 28:
            figure.goal, figure.met = "at most 20 ms CPU", figure.cpu_median <= 20
        figures.append(figure)
    return figures


def propose_from_database(world: World) -> list[Figure]:
    """The best cycle from the database: reading everybody's time, then the search."""
    figures = []
    for count in COURSES:
        plan = _plan(world, count)

        def act(plan: TreatmentPlan = plan) -> Proposal | Blocked:
            request = cycle_request(plan, now=world.now)
            assert request is not None
            return propose(request)

        figure = _judged(measure("propose", f"{count} sittings", act, runs=10), act())
        if count == 28:
            figure.goal = "at most 70 ms CPU (stretch 20), at most 8 queries"
            figure.met = figure.cpu_median <= 70 and figure.queries <= 8
        figures.append(figure)
    return figures


def proposals_of_the_page(world: World) -> list[Figure]:
    """The three ranked proposals, with the search for the usual weekday and time."""
    plan = _plan(world, 28)

    def act() -> Any:
        request = cycle_request(plan, now=world.now)
        assert request is not None
        return proposals(request)

    figure = measure("proposals", "three, 28 sittings", act, runs=5)
    figure.goal, figure.met = "at most 300 ms CPU at M", figure.cpu_median <= 300
    return [figure]


def board(world: World) -> list[Figure]:
    """The day board, signed in, against the barest page of sixty rows."""
    client = Client()
    client.force_login(world.user)
    day = _day_with_sixty(world)

    def page(url: str) -> Callable[[], None]:
        def act() -> None:
            assert client.get(url).status_code == 200

        return act

    bare = measure("bare page", "60 rows", page(reverse("bare")), runs=40)
    today = measure("board", "60 appointments", page(f"{reverse('today')}?day={day}"), runs=40)
    today.ratio, today.ratio_to = today.cpu_median / bare.cpu_median, "bare page"
    today.goal = "CPU at most 1.0x, p95 at most 1.3x of the bare page, at most 12 queries"
    today.met = today.ratio <= 1.0 and today.wall_p95 <= 1.3 * bare.wall_p95 and today.queries <= 12
    return [bare, today]


def _day_with_sixty(world: World) -> str:
    """The first working day, thinned to sixty appointments."""
    day = next(world.today + timedelta(days=n) for n in range(7) if (world.today + timedelta(days=n)).weekday() < 5)
    since, until = day_span(day, world.site.zone)
    rows = Appointment.objects.filter(starts__gte=since, starts__lt=until).order_by("starts")
    keep = list(rows.values_list("pk", flat=True)[:60])
    rows.exclude(pk__in=keep).delete()
    return day.isoformat()


def save(world: World) -> list[Figure]:
    """28 appointments booked with checks, locks and history, against a bare bulk insert of the same rows."""
    plan = _plan(world, 28)
    request = cycle_request(plan, now=world.now)
    assert request is not None
    answer = propose(request)
    assert not isinstance(answer, Blocked), "the benchmark's diary must hold this cycle"
    slots = {sitting.number: slot for sitting, slot in zip(request.sittings, answer.slots, strict=True)}

    def book(chosen: dict[int, Any]) -> Callable[[], list[Appointment]]:
        return lambda: book_cycle(plan=plan, slots=chosen, by=world.user, now=world.now)

    def undo(made: list[Appointment]) -> None:
        Appointment.objects.filter(pk__in=[a.pk for a in made]).delete()
        plan.sittings.update(state="due", booked=None)

    def bare() -> list[Appointment]:
        with transaction.atomic():
            return Appointment.objects.bulk_create(_rows(world, plan, slots))

    floor = measure("bulk insert", "28 rows", bare, runs=20, undo=undo)
    eight = measure("save", "8 sittings", book({n: slots[n] for n in range(1, 9)}), runs=20, undo=undo)
    figure = measure("save", "28 sittings", book(slots), runs=20, undo=undo)
    figure.ratio, figure.ratio_to = figure.wall_p50 / floor.wall_p50, "bulk insert"
    figure.goal = "at most 12x, queries as for 8 sittings"
    figure.met = figure.ratio <= 12 and figure.queries == eight.queries
    return [floor, eight, figure]


def _rows(world: World, plan: TreatmentPlan, slots: dict[int, Any]) -> list[Appointment]:
    made = []
    for slot in slots.values():
        starts = instant(slot.day, slot.start, world.site.zone)
        ends = starts + timedelta(minutes=slot.minutes)
        made.append(
            Appointment(
                patient=plan.patient,
                practitioner_id=slot.practitioner,
                room_id=slot.room,
                starts=starts,
                ends=ends,
                room_free_at=ends,
            )
        )
    return made


CASES: dict[str, Callable[[World], list[Figure]]] = {
    "engine": engine,
    "propose": propose_from_database,
    "proposals": proposals_of_the_page,
    "save": save,
    "board": board,
}
