"""A process that gets as far as it is told with a reservation, says so, and then waits to be killed.

Run with DATABASE_URL and a job as JSON on standard input.
"""

import json
import sys
import time
from uuid import UUID

import django


def main() -> None:
    django.setup()
    from django.db import transaction

    from clinic.models import User
    from scheduling.services.proposing import reserve_proposal
    from scheduling.services.reserving import confirm_reservation
    from tests.concurrency.racer import parts

    job = json.load(sys.stdin)
    plan, by, now = parts(job)
    assert isinstance(by, User)
    key = UUID(job["key"])
    if job["die"] == "between":
        reserve_proposal(plan=plan, token=job["token"], by=by, now=now, key=key)
        wait()
    with transaction.atomic():
        if job["die"] == "reserving":
            reserve_proposal(plan=plan, token=job["token"], by=by, now=now, key=key)
        else:
            confirm_reservation(plan=plan, key=key, by=by, now=now)
        wait()


def wait() -> None:
    print("ready", flush=True)  # noqa: T201
    time.sleep(300)


if __name__ == "__main__":
    main()
