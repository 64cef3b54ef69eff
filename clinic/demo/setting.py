"""The demo clinic itself: a site, its people, rooms, equipment and hours."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.contrib.auth.models import Group

from clinic.models import User
from clinic.roles import Role
from scheduling.models import (
    Absence,
    BookingWeights,
    Closure,
    Equipment,
    OpeningHours,
    PopularHours,
    Practitioner,
    Room,
    Site,
    Skill,
    WorkingHours,
)
from scheduling.models.resources import Delivery
from scheduling.models.weighing import DEFAULTS
from scheduling.selectors.local_time import instant

PASSWORD = "cadenza-demo"  # noqa: S105 - printed by the command, for a clinic that does not exist
# User name, role, first name, surname.
LOGINS = (
    ("reception", Role.RECEPTION, "Giulia", "Ferri"),
    ("doctor", Role.DOCTOR, "Marco", "Bianchi"),
    ("admin", Role.ADMINISTRATOR, "Elena", "Costa"),
)
# Name as shown, user name (the first is the doctor who signs in), (weekday, from, until) blocks, uses guns.
DOCTORS: tuple[tuple[str, str, tuple[tuple[int, int, int], ...], bool], ...] = (
    ("Dr Bianchi", "doctor", tuple((d, h, h + 4) for d in range(6) for h in (9, 14) if (d, h) != (5, 14)), True),
    ("Dr Neri", "neri", tuple((d, h, h + 4) for d in (0, 1, 2, 3, 5) for h in (9, 14) if (d, h) != (5, 14)), True),
    ("Dr Galli", "galli", tuple((d, h, h + 4) for d in (0, 1, 3, 4, 5) for h in (10, 15) if (d, h) != (5, 15)), False),
    ("Dr Russo", "russo", tuple((d, 13, 19) for d in range(5)), True),
    ("Dr Fontana", "fontana", tuple((d, 9, 13) for d in (1, 2, 4, 5)), False),
)
SURNAMES = {"neri": "Paola", "galli": "Andrea", "russo": "Chiara", "fontana": "Luca"}


@dataclass(frozen=True, slots=True)
class Clinic:
    """What the story of the demo is told with."""

    site: Site
    reception: User
    doctor: User
    administrator: User
    practitioners: list[Practitioner]
    rooms: list[Room]


def make_clinic(today: date) -> Clinic:
    """Writes the site, the staff and their hours, valid from two years before `today` (local date)."""
    site = Site.objects.create(
        name="Studio Prati", address="Via Cola di Rienzo 100, Roma", phone="+39 06 5550100", province="RM"
    )
    for weekday in range(6):
        ends = time(19) if weekday < 5 else time(14)
        OpeningHours.objects.create(site=site, weekday=weekday, starts=time(8), ends=ends)
    rooms = [Room.objects.create(site=site, name=f"Room {number}", cleaning_minutes=5) for number in range(1, 5)]
    for name in ("G-01", "G-02"):
        Equipment.objects.create(site=site, name=name, delivery=Delivery.GUN)
    Equipment.objects.create(site=site, name="M-18", delivery=Delivery.MULTI_INJECTOR)
    users = {name: _user(name, role, first, last) for name, role, first, last in LOGINS}
    practitioners = [_practitioner(*doctor, site, users, today) for doctor in DOCTORS]
    _time_off(site, practitioners[1], today)
    _weighing(site)
    return Clinic(site, users["reception"], users["doctor"], users["admin"], practitioners, rooms)


def _weighing(site: Site) -> None:
    """What the administrator has set for proposals: the hours after work are in demand, changing doctors costs more."""
    for weekday in range(5):
        PopularHours.objects.create(site=site, weekday=weekday, starts=time(17), ends=time(19))
    BookingWeights.objects.create(site=site, change_of_practitioner=2 * DEFAULTS.change_of_practitioner)


def _user(name: str, role: Role, first: str, last: str) -> User:
    user: User = User.objects.create_user(name, password=PASSWORD, first_name=first, last_name=last)
    user.groups.add(Group.objects.get(name=role.value))
    if role is Role.ADMINISTRATOR:
        user.is_staff = True
        user.save()
    return user


def _practitioner(
    shown: str,
    login: str,
    blocks: tuple[tuple[int, int, int], ...],
    guns: bool,
    site: Site,
    users: dict[str, User],
    today: date,
) -> Practitioner:
    user = users.get(login) or _user(login, Role.DOCTOR, SURNAMES[login], shown.removeprefix("Dr "))
    practitioner = Practitioner.objects.create(user=user, name=shown)
    practitioner.sites.add(site)
    skills = Skill.objects.all() if guns else Skill.objects.exclude(code__in=[Delivery.GUN, Delivery.MULTI_INJECTOR])
    practitioner.skills.set(skills)
    for weekday, starts, ends in blocks:
        WorkingHours.objects.create(
            practitioner=practitioner,
            site=site,
            weekday=weekday,
            starts=time(starts),
            ends=time(ends),
            valid_from=today - timedelta(days=730),
        )
    return practitioner


def _time_off(site: Site, practitioner: Practitioner, today: date) -> None:
    """Three days' leave soon, and the August closure of each year around."""

    def at(day: date) -> datetime:
        return instant(day, 0, site.zone)

    leave = today + timedelta(days=11)
    Absence.objects.create(
        practitioner=practitioner, starts=at(leave), ends=at(leave + timedelta(days=3)), reason="Congresso"
    )
    for year in range(today.year - 1, today.year + 3):
        starts, ends = at(date(year, 8, 9)), at(date(year, 8, 24))
        Closure.objects.create(site=site, starts=starts, ends=ends, reason="Ferie estive")
