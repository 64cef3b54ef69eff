"""One writer at a time per practitioner, room, equipment and patient, always taken in the same order."""

from collections.abc import Callable, Iterable
from typing import TypeVar

from django.db import OperationalError, connection

Result = TypeVar("Result")
TRIES = 3
# PostgreSQL's codes for a deadlock and for a serialisation failure: the loser may simply try again.
TRANSIENT = {"40P01", "40001"}


def lock_resources(resources: Iterable[tuple[int, int]]) -> None:
    """Waits for, and holds to the end of the transaction, each (kind, id) in sorted order.

    Sorted, two cycles that share resources queue up instead of waiting for each other. SQLite needs none of it: its
    transactions are IMMEDIATE, so there is one writer at a time.
    """
    if connection.vendor != "postgresql":
        return
    keys = sorted({kind << 48 | pk for kind, pk in resources})
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(key) FROM unnest(%s::bigint[]) AS key", [keys])


def retried(act: Callable[[], Result]) -> Result:
    """What `act` returns, tried again when the database broke a deadlock by choosing it as the loser."""
    for left in reversed(range(TRIES)):
        try:
            return act()
        except OperationalError as error:
            if not left or getattr(error.__cause__, "sqlstate", None) not in TRANSIENT:
                raise
    raise AssertionError("unreachable")
