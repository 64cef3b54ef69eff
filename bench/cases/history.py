"""What a long past costs: the same figures with 200,000 and with 20,000 past appointments."""

from collections.abc import Callable
from typing import Any

from django.db import connection

from bench.cases.cycles import course_plan, proposing
from bench.cases.pages import visiting_board
from bench.cases.starts import free_starts
from bench.data import World, fill_past
from bench.measure import Figure, measure
from scheduling.models import Appointment

LONG, SHORT = 200_000, 20_000


def history(world: World) -> list[Figure]:
    """`propose`, `starts` and `board` after a long past and, the rest of it forgotten, after a short one."""
    acts: dict[str, Callable[[], Any]] = {
        "propose": proposing(world, course_plan(world, 28)),
        "starts": lambda: free_starts(world),
        "board": visiting_board(world),
    }
    _take_time()
    fill_past(world, LONG)
    _settle()
    long = {what: measure("history", f"{what}, {LONG} past", act, runs=15) for what, act in acts.items()}
    _forget(world, SHORT)
    _settle()
    short = {what: measure("history", f"{what}, {SHORT} past", act, runs=15) for what, act in acts.items()}
    figures = []
    # The two are far apart in time: the quickest runs are those that nothing else on the machine slowed down.
    for what, figure in long.items():
        figure.ratio, figure.ratio_to = figure.wall_least / short[what].wall_least, f"of {SHORT} past"
        figure.goal, figure.met = "at most 1.2x, the quickest run of each", figure.ratio <= 1.2
        figures += [short[what], figure]
    return figures


def _forget(world: World, keep: int) -> None:
    past = Appointment.objects.filter(starts__lt=world.now.replace(hour=0, minute=0)).order_by("-starts")
    oldest = past.values_list("starts", flat=True)[keep - 1]
    Appointment.objects.filter(starts__lt=oldest)._raw_delete("default")


def _take_time() -> None:
    """What no request would do may take longer than one may."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET statement_timeout = 0")


def _settle() -> None:
    """What a server does by itself in quiet hours: room taken back, statistics renewed."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "VACUUM")
