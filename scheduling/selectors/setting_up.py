"""What a clinic still lacks before its first cycle can be booked: each line with the page of the act beside it."""

from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache

from django.db import DEFAULT_DB_ALIAS
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from clinic.models import User
from clinic.roles import Role, has_role
from scheduling.models import OpeningHours, Practitioner, Protocol, Room, Site, WorkingHours
from scheduling.selectors.prepared import DAY, Prepared

PROTOCOLS = "protocols"
FIELDS = tuple(field.attname for field in Site._meta.concrete_fields)
CONDITIONS = ("has_opening", "has_rooms", "has_doctor", "has_practitioner", "has_hours", "has_protocol")


@dataclass(frozen=True, slots=True)
class Lack:
    """One thing that lacks, and for those who may see to it the act: its word, the name of its page, its subject."""

    what: str
    act: str
    page: str
    pk: int | None = None


def desk_with_lacks(user: User, now: datetime) -> tuple[Site | None, tuple[Lack, ...]]:
    """The site the desk works at, and what lacks there, in the order to see to it; nothing once a cycle can be booked.

    One query, the same that reads the site. The pages of Django admin are only told to an administrator, the protocols
    also to a doctor, who approves them.
    """
    found = _asked().rows(day=timezone.localdate(now))
    if not found:
        return None, ()
    site = Site.from_db(DEFAULT_DB_ALIAS, FIELDS, found[0][: len(FIELDS)])
    there = dict(zip(CONDITIONS, found[0][len(FIELDS) :], strict=True))
    lacks = (lack for key, lack in _lacks(site).items() if not there[key])
    return site, tuple(lack if _may_see_to(lack, user) else replace(lack, act="", page="") for lack in lacks)


def _may_see_to(lack: Lack, user: User) -> bool:
    return has_role(user, Role.ADMINISTRATOR) or (lack.page == PROTOCOLS and has_role(user, Role.DOCTOR))


@cache
def _asked() -> Prepared:
    """The first site by its name, and whether each condition is met there."""
    return Prepared(Site.objects.annotate(**_there()).values_list(*FIELDS, *CONDITIONS)[:1])


def _there() -> dict[str, Exists]:
    """What a site must have, as conditions read along with it."""
    own = {"site": OuterRef("pk")}
    while_open = OpeningHours.objects.filter(
        site=OuterRef("site"), weekday=OuterRef("weekday"), starts__lt=OuterRef("ends"), ends__gt=OuterRef("starts")
    )
    at_work = WorkingHours.objects.filter(Q(valid_until=None) | Q(valid_until__gte=DAY), Exists(while_open), **own)
    return {
        "has_opening": Exists(OpeningHours.objects.filter(**own)),
        "has_rooms": Exists(Room.objects.filter(active=True, **own)),
        "has_doctor": Exists(User.objects.filter(groups__name=Role.DOCTOR.value, is_active=True)),
        "has_practitioner": Exists(Practitioner.objects.filter(active=True, sites=OuterRef("pk"))),
        "has_hours": Exists(at_work.filter(practitioner__active=True, practitioner__sites=F("site"))),
        "has_protocol": Exists(Protocol.objects.filter(retired=False).exclude(approved_at=None)),
    }


def _lacks(site: Site) -> dict[str, Lack]:
    """What to say of each condition that is not met, in the order to see to it."""
    own = "admin:scheduling_site_change"
    return {
        "has_opening": Lack(_("%(site)s has no opening hours.") % {"site": site}, _("Set opening hours"), own, site.pk),
        "has_rooms": Lack(_("%(site)s has no rooms.") % {"site": site}, _("Add rooms"), own, site.pk),
        "has_doctor": Lack(_("No user has the role of doctor."), _("Add users"), "admin:clinic_user_add"),
        "has_practitioner": Lack(
            _("No practitioner treats here."), _("Add practitioners"), "admin:scheduling_practitioner_add"
        ),
        "has_hours": Lack(
            _("No practitioner has working hours while it is open."),
            _("Set working hours"),
            "admin:scheduling_practitioner_changelist",
        ),
        "has_protocol": Lack(_("No protocol is approved by a doctor."), _("See the protocols"), PROTOCOLS),
    }
