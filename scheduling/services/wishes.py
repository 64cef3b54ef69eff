"""Wishes for an earlier slot, as they are put on the waiting list."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from clinic.models import User
from scheduling.models import EarlierWish, Practitioner, Sitting, SittingState
from scheduling.services.clashes import check_bookable, locked_sittings
from scheduling.services.locking import retried
from scheduling.services.refusals import Refused, Stale


@dataclass(frozen=True, slots=True)
class Wanted:
    """When somebody could come: from a local day on, on weekdays (Monday 0; none is any), local hours, with whom."""

    earliest: date
    weekdays: Sequence[int] = ()
    from_time: time | None = None
    until_time: time | None = None
    practitioner: Practitioner | None = None
    note: str = ""

    def values(self) -> dict[str, Any]:
        """The fields of a wish, as they are stored."""
        return {name: getattr(self, name) for name in self.__slots__} | {
            "weekdays": sorted(self.weekdays),
            "note": self.note.strip(),
        }


def add_wish(*, sitting: Sitting, wanted: Wanted, by: User, now: datetime, version: int | None = None) -> EarlierWish:
    """Puts a sitting on the waiting list; on it already, what is wanted is replaced.

    `version` is the one that was seen, 0 for none; the same press twice changes nothing. Raises Stale when somebody
    changed the wish since, Refused for a sitting that is not to be given any more, or of a plan that does not go on.
    """

    def write() -> EarlierWish:
        with transaction.atomic():
            stored = locked_sittings([sitting.pk])[sitting.pk]
            check_bookable(stored.plan)
            if stored.state not in (SittingState.DUE, SittingState.BOOKED):
                raise Refused(_("This sitting is no longer to be booked."))
            wish = EarlierWish.objects.select_for_update().filter(sitting=stored, closed_at=None).first()
            if wish and all(getattr(wish, name) == value for name, value in wanted.values().items()):
                return wish
            if version is not None and version != (wish.version if wish else 0):
                raise Stale(_("Somebody else changed this wish meanwhile."))
            return _wished(wish or EarlierWish(sitting=stored, made_by=by, made_at=now, version=0), wanted, by)

    # Who accepts an offer has its wish before the plan: the two may wait for each other.
    return retried(write)


def _wished(wish: EarlierWish, wanted: Wanted, by: User) -> EarlierWish:
    wish.version += 1
    for name, value in wanted.values().items():
        setattr(wish, name, value)
    wish._history_user = by  # type: ignore[attr-defined]
    wish.save()
    return wish
