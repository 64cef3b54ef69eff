"""One proposal in a process of its own, so that what built the clinic does not count in its memory.

    python -m bench.child plan NUMBER NOW
    python -m bench.child masks PRACTITIONERS DAYS FULL

Answers with CPU and wall ms, queries, peak megabytes, those before it began, and what was found.
"""

import json
import os
import random
import sys
import time
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import django

GRID = 5
FIRST = date(2026, 3, 2)


def of_plan(number: str, now: str) -> Callable[[], Any]:
    """Proposes for a plan of the database."""
    from scheduling.engine.cycle import propose
    from scheduling.models import TreatmentPlan
    from scheduling.selectors.cycles import cycle_request

    plan = TreatmentPlan.objects.select_related("patient", "site", "protocol").get(pk=number)
    return lambda: propose(cycle_request(plan, now=datetime.fromisoformat(now)))  # type: ignore[arg-type]


def of_masks(practitioners: str, days: str, full: str) -> Callable[[], Any]:
    """Proposes 28 sittings in a diary of masks made at random, so many per cent full, without a database."""
    from scheduling.engine.cycle import propose
    from scheduling.engine.request import CycleRequest
    from tests.engine.diaries import three_phases

    diary = _diary(int(practitioners), int(days), int(full))
    return lambda: propose(CycleRequest(three_phases(FIRST), diary, 15))


def _diary(practitioners: int, days: int, full: int) -> Any:
    """Monday to Friday, nine to five; practitioner n treats in room n, in blocks of half an hour."""
    from scheduling.engine.free_time import build_diary

    draw, first = random.Random(7), FIRST.toordinal()
    worked = [day for day in range(first, first + days) if (day + 6) % 7 < 5]
    hours = ((who, day, 9 * 60, 17 * 60) for who in range(practitioners) for day in worked)
    booked = (
        (who, day, start, start + 30)
        for who in range(practitioners)
        for day in worked
        for start in range(9 * 60, 17 * 60, 30)
        if draw.random() * 100 < full
    )
    return build_diary(
        grid=GRID,
        first_day=first,
        last_day=first + days - 1,
        hours=hours,
        busy=booked,
        rooms=dict.fromkeys(range(practitioners), 0),
    )


def main() -> None:
    """Warms nothing up: memory and time are those of a first request."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "bench.settings"
    django.setup()
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from bench.measure import peak_memory
    from scheduling.engine.terms import Blocked

    kind, *words = sys.argv[1:]
    act = {"plan": of_plan, "masks": of_masks}[kind](*words)
    before = peak_memory()
    cpu, wall = time.process_time(), time.perf_counter()
    with CaptureQueriesContext(connection) as captured:
        answer = act()
    taken = {"cpu": (time.process_time() - cpu) * 1000, "wall": (time.perf_counter() - wall) * 1000}
    blocked = isinstance(answer, Blocked)
    found = f"sitting {answer.number}: {answer.reason}, {len(answer.ways_out)} ways out" if blocked else "every sitting"
    cost = None if blocked else answer.cost
    peak = {"peak": peak_memory(), "before": before}
    json.dump({**taken, **peak, "queries": len(captured), "found": found, "cost": cost}, sys.stdout)


if __name__ == "__main__":
    main()
