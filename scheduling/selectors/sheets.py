"""The appointments of some days as lines, for paper and for files: every name in words, times on the site's clock."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from patients.models import Patient
from scheduling.models import Appointment, Site, Status
from scheduling.selectors.appointments import which_of
from scheduling.selectors.board_rows import shown_on
from scheduling.selectors.local_time import clock_words, day_span


@dataclass(frozen=True, slots=True)
class Line:
    """One appointment: its local day, its times as "9:00", and in words what it is for."""

    day: date
    starts: str
    ends: str
    patient: Patient
    what: str
    practitioner: str
    room: str
    status: str


def lines_of(
    site: Site,
    first: date,
    last: date,
    now: datetime,
    *,
    cancelled: bool = False,
    kind: str = "",
    practitioner: int = 0,
) -> list[Line]:
    """The appointments of `site` that begin on the local days from `first` to `last`, in order. One query.

    All of them, or those of one kind, of one practitioner, by id.
    """
    since, until = day_span(first, site.zone)[0], day_span(last, site.zone)[1]
    found = shown_on(site, since, until, now).order_by("starts", "practitioner__name", "pk")
    if not cancelled:
        found = found.exclude(status=Status.CANCELLED)
    found = found.filter(kind=kind) if kind else found
    found = found.filter(practitioner=practitioner) if practitioner else found
    return [_line(row, site) for row in found.select_related("patient", "practitioner", "room", "sitting__phase")]


def _line(row: Appointment, site: Site) -> Line:
    starts, ends = (timezone.localtime(at, site.zone) for at in (row.starts, row.ends))
    return Line(
        day=starts.date(),
        starts=clock_words(starts.hour * 60 + starts.minute),
        ends=clock_words(ends.hour * 60 + ends.minute),
        patient=row.patient,
        what=which_of(row.sitting) if row.sitting else str(row.get_kind_display()),
        practitioner=row.practitioner.name,
        room=row.room.name,
        status=str(row.get_status_display()),
    )


def grouped(lines: Iterable[Line], by: Callable[[Line], str]) -> list[tuple[str, list[Line]]]:
    """The lines under each name that `by` gives, names in order, lines as they were."""
    return [(name, list(own)) for name, own in groupby(sorted(lines, key=by), key=by)]


def week_of(day: date) -> tuple[date, date]:
    """Monday and Sunday of the week of a day."""
    monday = day - timedelta(days=day.weekday())
    return monday, monday + timedelta(days=6)


def by_day(lines: Iterable[Line]) -> list[tuple[date, list[Line]]]:
    """The lines of each day that has any."""
    return [(day, list(own)) for day, own in groupby(lines, key=lambda line: line.day)]


def head_of_lines() -> list[str]:
    """The names of the columns of `cells_of`."""
    return [
        _("Day"), _("Begins at"), _("Ends at"), _("Patient"), _("Phone"), _("What for"), _("Practitioner"), _("Room"),
        _("Status"),
    ]  # fmt: skip


def cells_of(line: Line) -> list[object]:
    """A line as the cells of a file, with the patient's full name."""
    return [
        date_format(line.day, "SHORT_DATE_FORMAT"), line.starts, line.ends, line.patient.full_name,
        line.patient.dialled, line.what, line.practitioner, line.room, line.status,
    ]  # fmt: skip
