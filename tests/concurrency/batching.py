"""A process that goes on with a batch as far as it is told, says so, and then waits to be killed.

Run with DATABASE_URL and a job as JSON on standard input.
"""

import json
import sys

import django


def main() -> None:
    django.setup()
    from django.db import transaction

    from scheduling.services.batches import book_next
    from tests.concurrency.dying import wait
    from tests.concurrency.racer import batch_parts

    job = json.load(sys.stdin)
    batch, by, now = batch_parts(job)
    book_next(batch=batch, by=by, now=now, most=job["lines"])
    if job["die"] == "between":
        wait()
    with transaction.atomic():
        book_next(batch=batch, by=by, now=now)
        wait()


if __name__ == "__main__":
    main()
