"""How the day stands, as the board's head tells it: the counts, who waits longest, who runs late, rooms in use."""

from collections import Counter
from collections.abc import Iterator, Sequence

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from scheduling.models import Status
from scheduling.selectors.board_cards import CSS, Frame
from scheduling.selectors.board_rows import Row
from scheduling.selectors.local_time import MINUTES_IN_DAY

# Minutes from which somebody is called late.
LATE = 5


def pills(rows: Sequence[Row], frame: Frame) -> Iterator[tuple[str, str, str]]:
    """Class and words of each figure of the summary, and what more is said of it; what is nought is left out."""
    count = Counter(row.status for row in rows)
    words = {
        Status.BOOKED: _("%(n)s to come") if frame.minute < MINUTES_IN_DAY else _("%(n)s still booked"),
        Status.ARRIVED: _("%(n)s waiting"),
        Status.IN_TREATMENT: _("%(n)s in treatment"),
        Status.COMPLETED: ngettext("%(n)s completed", "%(n)s completed", count[Status.COMPLETED]),
        Status.NO_SHOW: ngettext("%(n)s no-show", "%(n)s no-shows", count[Status.NO_SHOW]),
    }
    more = {Status.BOOKED: _not_here(rows, frame), Status.ARRIVED: _longest_wait(rows, frame)}
    for status, text in words.items():
        if count[status]:
            yield CSS[status], text % {"n": count[status]}, more.get(status, "")


def _not_here(rows: Sequence[Row], frame: Frame) -> str:
    late = sum(row.status == Status.BOOKED and row.starts + LATE <= frame.minute for row in rows)
    return ngettext("%(n)s late", "%(n)s late", late) % {"n": late} if late and frame.is_today else ""


def _longest_wait(rows: Sequence[Row], frame: Frame) -> str:
    longest = max((row.waited for row in rows if row.status == Status.ARRIVED), default=0)
    if not longest or not frame.is_today:
        return ""
    return _("longest %(minutes)s min") % {"minutes": longest}


def rooms_in_use(rows: Sequence[Row], frame: Frame) -> Iterator[str]:
    """The rooms in which somebody is being treated now, by name, with the minutes since the start."""
    if frame.is_today:
        for row in sorted(rows, key=lambda row: row.room):
            if row.status == Status.IN_TREATMENT:
                yield _("%(room)s in use, %(minutes)s min") % {"room": row.room, "minutes": row.treated}


def minutes_late(rows: Sequence[Row], frame: Frame) -> int:
    """How late a practitioner runs now: somebody waits past their start, or is treated past their end."""
    if not frame.is_today:
        return 0
    waiting = [frame.minute - row.starts for row in rows if row.status == Status.ARRIVED]
    treated = [frame.minute - row.ends for row in rows if row.status == Status.IN_TREATMENT]
    late = max([*waiting, *treated], default=0)
    return late if late >= LATE else 0
