"""What a patient comes for already: said before something else is booked, so that nobody is booked twice."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.translation import gettext as _

from patients.models import Patient
from scheduling.models import Appointment, Status
from scheduling.selectors.appointments import span_words
from scheduling.selectors.local_time import instant


@dataclass(frozen=True, slots=True)
class Comes:
    """An appointment of a patient: its local day and time, and what and when in words."""

    pk: int
    kind: str
    day: date
    at: time
    what: str
    when: str


def comes_for(patient: Patient, zone: ZoneInfo, now: datetime) -> list[Comes]:
    """What a patient comes for from the local today on, also what was earlier today. One query."""
    rows = Appointment.objects.active().exclude(status__in=[Status.RESERVED, Status.NO_SHOW])
    rows = rows.filter(patient=patient, starts__gte=instant(timezone.localdate(now, zone), 0, zone))
    return [_comes(row) for row in rows.select_related("room__site").order_by("starts")]


def _comes(row: Appointment) -> Comes:
    here = timezone.localtime(row.starts, row.room.site.zone)
    return Comes(row.pk, row.kind, here.date(), here.time(), str(row.get_kind_display()), span_words(row))


def worth_a_look(coming: Iterable[Comes], kind: str, days: Collection[date]) -> list[Comes]:
    """Those to be seen before a visit is booked: of its own kind, or on one of the days that are offered."""
    return [each for each in coming if each.kind == kind or each.day in days]


def words_by_day(coming: Sequence[Comes]) -> Mapping[date, str]:
    """For each day on which the patient comes already, at what time in words."""
    times: dict[date, list[str]] = defaultdict(list)
    for each in coming:
        times[each.day].append(f"{each.at:%H:%M}")
    return {day: _("comes that day already, at %(time)s") % {"time": ", ".join(at)} for day, at in times.items()}
