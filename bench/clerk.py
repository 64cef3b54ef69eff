"""A clerk in a process of its own: proposes and books plan after plan, as the pages do.

    python -m bench.clerk < JOB

Says `ready`, waits for a line, and answers with the wall and CPU milliseconds of each try and what became of the plans.
"""

import json
import os
import sys
import time
from datetime import datetime
from typing import Any
from uuid import uuid4

import django

ROUNDS = 20


def book(plan: Any, by: Any, now: datetime) -> dict[str, Any]:
    """Proposes and books until the plan is booked; a lost try is followed by a fresh proposal."""
    from scheduling.engine.terms import Blocked
    from scheduling.services.proposing import book_proposal, propose_cycle
    from scheduling.services.refusals import SlotTaken

    tries: dict[str, list[float]] = {"wall": [], "cpu": []}
    for lost in range(ROUNDS):
        wall, cpu = time.perf_counter(), time.process_time()
        answer = propose_cycle(plan=plan, now=now)
        if isinstance(answer, Blocked):
            return {**tries, "lost": lost, "booked": False}
        try:
            book_proposal(plan=plan, token=answer[0].token, by=by, now=now, key=uuid4())
            booked = True
        except SlotTaken:
            booked = False
        tries["wall"].append((time.perf_counter() - wall) * 1000)
        tries["cpu"].append((time.process_time() - cpu) * 1000)
        if booked:
            return {**tries, "lost": lost, "booked": True}
    return {**tries, "lost": ROUNDS, "booked": False}


def main() -> None:
    """Reads the job, waits to be let go, works."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "bench.settings"
    django.setup()
    from clinic.models import User
    from scheduling.models import TreatmentPlan

    job = json.loads(sys.stdin.readline())
    by = User.objects.get(pk=job["by"])
    found = TreatmentPlan.objects.select_related("patient", "site", "protocol").in_bulk(job["plans"])
    plans, now = [found[pk] for pk in job["plans"]], datetime.fromisoformat(job["now"])
    print("ready", flush=True)
    sys.stdin.readline()
    json.dump([book(plan, by, now) for plan in plans], sys.stdout)


if __name__ == "__main__":
    main()
