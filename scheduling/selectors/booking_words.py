"""The words of a booking: how far from its date, on which weekday and time, with whom, and what was booked."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Protocol

from django.utils.dates import WEEKDAYS_ABBR
from django.utils.formats import date_format, time_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from scheduling.engine.terms import Figures
from scheduling.selectors.local_time import clock

EVERY_WEEK: Sequence[Promise | str] = (
    gettext_lazy("Mondays"),
    gettext_lazy("Tuesdays"),
    gettext_lazy("Wednesdays"),
    gettext_lazy("Thursdays"),
    gettext_lazy("Fridays"),
    gettext_lazy("Saturdays"),
    gettext_lazy("Sundays"),
)


class Timed(Protocol):
    """What has a local day and time."""

    @property
    def day(self) -> date: ...

    @property
    def at(self) -> time: ...


def drift_words(days: int) -> str:
    """Days from the ideal date in words: on its day, 2 days late, 1 day early."""
    if days == 0:
        return _("on its day")
    if days > 0:
        return ngettext("%(days)s day late", "%(days)s days late", days) % {"days": days}
    return ngettext("%(days)s day early", "%(days)s days early", -days) % {"days": -days}


def pattern_words(figures: Figures, rows: Sequence[Timed]) -> str:
    """The usual weekday and time: Thursdays 10:00; or the commonest days when there is none."""
    if len(rows) == 1:
        return f"{date_format(rows[0].day, 'D')} {time_format(rows[0].at)}"
    at = time_format(clock(figures.minute)) if figures.minute is not None else ""
    if figures.weekday is not None:
        day = EVERY_WEEK[figures.weekday]
        return f"{day} {at}" if at else _("%(day)s, various times") % {"day": day}
    common = sorted(weekday for weekday, _count in Counter(row.day.weekday() for row in rows).most_common(2))
    days = _(" and ").join(str(WEEKDAYS_ABBR[weekday]) for weekday in common)
    if at:
        return _("%(time)s, mostly %(days)s") % {"time": at, "days": days}
    return _("mixed, mostly %(days)s") % {"days": days}


def who_words(counts: Counter[str]) -> str:
    """With whom: Dr Bianchi, all 21; Dr Neri 18, Dr Galli 3; 3 practitioners."""
    ranked = counts.most_common()
    if counts.total() == 1:
        return ranked[0][0]
    if len(ranked) == 1:
        return _("%(name)s, all %(count)s") % {"name": ranked[0][0], "count": ranked[0][1]}
    if len(ranked) == 2:
        return ", ".join(f"{name} {count}" for name, count in ranked)
    return ngettext("%(count)s practitioner", "%(count)s practitioners", len(ranked)) % {"count": len(ranked)}


def booked_words(starts: Sequence[datetime], patient: str) -> str:
    """What a booking has done, by local beginnings in order: one sitting with its time, many from ... to ..."""
    if len(starts) == 1:
        said = f"{_long(starts[0])}, {starts[0]:%H:%M}"
        return _("The sitting of %(patient)s is booked: %(day)s.") % {"patient": patient, "day": said}
    return _("%(count)s sittings of %(patient)s are booked, from %(first)s to %(last)s.") % {
        "count": len(starts),
        "patient": patient,
        "first": _long(starts[0]),
        "last": _long(starts[-1]),
    }


def _long(day: date) -> str:
    return date_format(day, "D j b Y")
