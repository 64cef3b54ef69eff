"""Whose turn it is when several plans are to be booked one after the other and want the same time."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class Waiting:
    """A plan that waits to be booked.

    The window is that of its due sitting that closes first; `today`, the window and `away`, the first and last days on
    which the patient cannot come, are local dates. `since` is the instant from which it has waited.
    """

    plan: int
    today: date
    earliest: date
    latest: date
    away: tuple[tuple[date, date], ...]
    since: datetime

    @property
    def free_days(self) -> int:
        """Days of the window that are still to come and on which the patient can come."""
        first, last = max(self.today, self.earliest).toordinal(), self.latest.toordinal()
        lost = [(begin.toordinal(), end.toordinal()) for begin, end in self.away]
        return sum(not any(begin <= day <= end for begin, end in lost) for day in range(first, last + 1))


def fair_order(waiting: Iterable[Waiting]) -> list[Waiting]:
    """Soonest closing window first, then the fewest free days in it, then the longest wait, then the lower number."""
    return sorted(waiting, key=lambda each: (each.latest, each.free_days, each.since, each.plan))
