"""Opening extra hours, so that a proposal that counts on them can be booked."""

from datetime import date, datetime, time

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from clinic.models import User
from scheduling.models import ExtraHours, Practitioner, Site, WorkingHours
from scheduling.selectors.diary import read_diary
from scheduling.selectors.extra_hours import may_open
from scheduling.services.refusals import Refused


@transaction.atomic
def open_extra(
    *, practitioner: Practitioner, site: Site, day: date, starts: time, ends: time, by: User, now: datetime
) -> ExtraHours:
    """Opens hours of a practitioner on a local day at `site`; hours that hold them already are given back.

    Raises Refused for somebody else's hours, a day that is over, hours at another site, and time that an absence, a
    closure or a public holiday takes all the same.
    """
    words = {"practitioner": practitioner, "day": date_format(day)}
    if not may_open(practitioner, by):
        raise Refused(_("Only an administrator or %(practitioner)s can open these hours.") % words)
    if day < timezone.localdate(now, site.zone):
        raise Refused(_("%(day)s is over.") % words)
    Practitioner.objects.select_for_update().get(pk=practitioner.pk)  # one writer at a time
    own = ExtraHours.objects.filter(practitioner=practitioner, day=day)
    if held := own.filter(site=site, starts__lte=starts, ends__gte=ends).first():
        return held
    if _works_elsewhere(practitioner, site, day, starts, ends):
        raise Refused(_("%(practitioner)s works at another site at that time on %(day)s.") % words)
    extra = own.filter(site=site, starts=starts).first() or ExtraHours(
        practitioner=practitioner, site=site, day=day, starts=starts
    )
    extra.ends = ends
    extra._history_user = by  # type: ignore[attr-defined]
    extra.save()
    _check_counts(extra, now, words)
    return extra


def _works_elsewhere(practitioner: Practitioner, site: Site, day: date, starts: time, ends: time) -> bool:
    shared = Q(practitioner=practitioner, starts__lt=ends, ends__gt=starts) & ~Q(site=site)
    weekly = WorkingHours.objects.filter(shared, weekday=day.weekday(), valid_from__lte=day)
    weekly = weekly.filter(Q(valid_until=None) | Q(valid_until__gte=day))
    return weekly.exists() or ExtraHours.objects.filter(shared, day=day).exists()


def _check_counts(extra: ExtraHours, now: datetime, words: dict[str, object]) -> None:
    """Refuses hours of which an absence, a closure or a public holiday leaves nothing."""
    diary = read_diary(site=extra.site, first=extra.day, last=extra.day, now=now)
    who, day = extra.practitioner_id, extra.day.toordinal()
    if not diary.hours.get(who, {}).get(day, 0) & ~diary.away.get(who, {}).get(day, 0):
        raise Refused(_("%(practitioner)s is away on %(day)s, or the clinic is closed: nothing was opened.") % words)
