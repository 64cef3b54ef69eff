"""Pages, signed in: the board against a bare table, the others against an empty page in the same frame."""

from collections.abc import Callable
from datetime import timedelta

from django.test import Client
from django.urls import reverse

from bench.cases.cycles import course_plan
from bench.cases.saving import best_slots
from bench.data import World
from bench.measure import Figure, measure_in_turn
from bench.work import busy_desk
from scheduling.models import Appointment, TreatmentPlan
from scheduling.selectors.local_time import day_span
from scheduling.services.booking import book_cycle


def board(world: World) -> list[Figure]:
    """The day board, signed in, against the barest page of sixty rows."""
    visit = _visitor(world)
    acts = {
        "a bare page of 60 rows": visit(reverse("bare")),
        "60 appointments": visit(f"{reverse('today')}?day={_day_with_sixty(world)}"),
    }
    bare, today = measure_in_turn("board", acts, runs=40)
    today.ratio, today.ratio_to = today.cpu_median / bare.cpu_median, "of the bare page"
    today.goal = "CPU at most 1.0x, p95 at most 1.3x of the bare page, at most 12 queries"
    today.met = today.ratio <= 1.0 and today.wall_p95 <= 1.3 * bare.wall_p95 and today.queries <= 12
    return [bare, today]


def pages(world: World) -> list[Figure]:
    """A plan of 28 booked sittings, its patient, the calendar's week and the lists of a busy desk."""
    visit = _visitor(world)
    plan = course_plan(world, 28)
    with busy_desk(world):
        book_cycle(plan=plan, slots=best_slots(world, plan), by=world.user, now=world.now)
        acts = {what: visit(address) for what, address in _addresses(world, plan).items()}
        empty, *figures = measure_in_turn("pages", acts, runs=40)
    for figure in figures:
        figure.ratio, figure.ratio_to = figure.wall_p95 / empty.wall_p95, "of the empty page"
        figure.goal = "p95 at most 10x, at most 15 queries"
        figure.met = figure.ratio <= 10 and figure.queries <= 15
    return [empty, *figures]


def _addresses(world: World, plan: TreatmentPlan) -> dict[str, str]:
    week = f"view=week&date={world.today}"
    return {
        "an empty page": reverse("empty"),
        "plan": reverse("plan", args=[plan.pk]),
        "patient": reverse("patient", args=[plan.patient_id]),
        "week": f"{reverse('calendar')}?{week}",
        "week, its list": f"{reverse('calendar')}?{week}&shape=list",
        "week, its feed": f"{reverse('calendar_events')}?{week}",
        "to book": reverse("to_book"),
        "recalls": reverse("recalls"),
        "waiting list": reverse("waiting_list"),
        "review": reverse("review"),
        "patients": reverse("patients"),
        "today": f"{reverse('today')}?day={world.today}",
    }


def visiting_board(world: World) -> Callable[[], None]:
    """The act of opening the board of the first day."""
    return _visitor(world)(f"{reverse('today')}?day={world.today}")


def _visitor(world: World) -> Callable[[str], Callable[[], None]]:
    """What makes an act of opening an address."""
    client = Client()
    client.force_login(world.user)

    def visit(address: str) -> Callable[[], None]:
        def act() -> None:
            assert client.get(address).status_code == 200

        return act

    return visit


def _day_with_sixty(world: World) -> str:
    """The first working day, thinned to sixty appointments."""
    day = next(world.today + timedelta(days=n) for n in range(7) if (world.today + timedelta(days=n)).weekday() < 5)
    since, until = day_span(day, world.site.zone)
    rows = Appointment.objects.filter(starts__gte=since, starts__lt=until).order_by("starts")
    keep = list(rows.values_list("pk", flat=True)[:60])
    rows.exclude(pk__in=keep).delete()
    return day.isoformat()
