"""Extra hours that a proposal counts on: in words, as part of an address, and whether they are open already."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.utils.formats import date_format, time_format
from django.utils.translation import gettext as _

from clinic.models import User
from clinic.roles import Role, has_role
from scheduling.engine.terms import OpenedHours
from scheduling.models import ExtraHours, Practitioner, TreatmentPlan
from scheduling.selectors.local_time import clock


@dataclass(frozen=True, slots=True)
class ToOpen:
    """Hours to be opened before anything in them can be booked; `text` is what the button sends."""

    hours: OpenedHours
    words: str
    practitioner: str
    text: str
    allowed: bool


def text_of(opened: OpenedHours) -> str:
    """The hours as the value of an address: 7:2026-12-12:0900-1300."""
    return f"{opened.practitioner}:{opened.day:%Y-%m-%d}:{clock(opened.start):%H%M}-{clock(opened.end):%H%M}"


def opening_words(opened: OpenedHours, name: str) -> str:
    """The hours in words: Saturday 12 December 2026, 09:00-13:00, with Dr Bianchi."""
    return _("%(day)s, %(from)s–%(until)s, with %(practitioner)s") % {
        "day": date_format(opened.day, "l j F Y"),
        "from": time_format(clock(opened.start)),
        "until": time_format(clock(opened.end)),
        "practitioner": name,
    }


def may_open(practitioner: Practitioner, by: User) -> bool:
    """Whether `by` may open extra hours of a practitioner: administrators anybody's, a doctor their own."""
    return has_role(by, Role.ADMINISTRATOR) or (has_role(by, Role.DOCTOR) and practitioner.user_id == by.pk)


def to_open(plan: TreatmentPlan, asked: Sequence[OpenedHours], by: User) -> list[ToOpen]:
    """Of the hours asked for, those that are not open yet. Two queries, none when nothing is asked."""
    if not asked:
        return []
    missing = list(_missing(plan, asked))
    who = Practitioner.objects.in_bulk({each.practitioner for each in missing})
    return [
        ToOpen(each, opening_words(each, person.name), person.name, text_of(each), may_open(person, by))
        for each in missing
        if (person := who.get(each.practitioner))
    ]


def _missing(plan: TreatmentPlan, asked: Sequence[OpenedHours]) -> Iterable[OpenedHours]:
    days = {each.day for each in asked}
    rows = ExtraHours.objects.filter(site=plan.site_id, day__in=days)
    there = list(rows.values_list("practitioner_id", "day", "starts", "ends"))
    for each in asked:
        starts, ends = clock(each.start), clock(each.end)
        if not any(
            (who, day) == (each.practitioner, each.day) and begins <= starts and ends <= until
            for who, day, begins, until in there
        ):
            yield each
