"""Visits that belong to no plan: what the engine is asked for one, and what a patient can be booked for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from patients.models import Patient
from scheduling.engine.offers import OUTSIDE_DAYS
from scheduling.engine.request import CycleRequest
from scheduling.engine.terms import Offer
from scheduling.engine.visits import visit_due
from scheduling.models import Kind, Site, Sitting, TreatmentPlan
from scheduling.selectors.appointments import which_of, window_words
from scheduling.selectors.diary import read_diary
from scheduling.selectors.local_time import MINUTES_IN_DAY, clock
from scheduling.selectors.moving import days_near_sittings
from scheduling.selectors.offers import OfferDay, OfferRow, by_day
from scheduling.selectors.proposals import names_of
from scheduling.selectors.weighing import weighing_without_plan
from scheduling.selectors.worklists import closes_words, plans_to_book, with_next_due

USUAL_MINUTES: Mapping[str, int] = {
    Kind.CONSULTATION: 30,
    Kind.SENSITIVITY_TEST: 15,
    Kind.REVIEW: 15,
    Kind.COMPLEMENTARY: 45,
}
"""How long each kind usually takes: the product's own figures, none of them from a source."""

DAYS = 14
"""How many days are looked at first; when they hold nothing, four weeks more."""


@dataclass(frozen=True, slots=True)
class Visit:
    """A visit somebody asks for: what for, minutes, the local day from which on, and with whom (None: anybody)."""

    kind: Kind
    minutes: int
    first: date
    practitioner: int | None = None


@dataclass(frozen=True, slots=True)
class DuePlan:
    """A plan with sittings to book: how many, the next of them in words, and when its window closes."""

    plan: TreatmentPlan
    due: int
    next: Sitting
    which: str
    window: str
    closes: str
    late: bool


def visit_request(patient: Patient, site: Site, visit: Visit, now: datetime) -> CycleRequest:
    """What to ask for a visit of `patient` at `site`, not before `now`; at most nine queries.

    A complementary therapy (000) keeps away from the days near the patient's sittings.
    """
    here = timezone.localtime(now, site.zone)
    first = max(visit.first, here.date())
    due = visit_due(first, DAYS)
    weighing = weighing_without_plan(site, patient)
    diary = read_diary(site=site, first=first, last=due.latest + timedelta(days=OUTSIDE_DAYS), now=now, patient=patient)
    return CycleRequest(
        sittings=(due,),
        diary=diary,
        minutes=visit.minutes,
        preference=weighing.preference,
        not_before=(here.date(), min(here.hour * 60 + here.minute + 1, MINUTES_IN_DAY)),
        practitioners=None if visit.practitioner is None else frozenset({visit.practitioner}),
        therapies=days_near_sittings(patient.pk) if visit.kind == Kind.COMPLEMENTARY else frozenset(),
        weights=weighing.weights,
        useful_minutes=weighing.useful_minutes,
    )


def visit_days(
    offers: Sequence[Offer], tokens: Sequence[str], usual: int | None, comes: Mapping[date, str]
) -> tuple[OfferDay, ...]:
    """The ranked offers of a visit, each with its sealed text, by day; `usual` is whom the patient prefers.

    `comes` says in words on which days the patient comes already.
    """
    practitioners, rooms = names_of(offer.slot for offer in offers)
    return by_day(
        OfferRow(
            day=offer.slot.day,
            at=clock(offer.slot.start),
            practitioner=practitioners.get(offer.slot.practitioner, ""),
            usual=offer.slot.practitioner == usual,
            room=rooms.get(offer.slot.room, ""),
            drift="",
            in_window=True,
            best=rank == 0,
            token=token,
            comes=comes.get(offer.slot.day, ""),
        )
        for rank, (offer, token) in enumerate(zip(offers, tokens, strict=True))
    )


def due_plans(patient: Patient, now: datetime) -> list[DuePlan]:
    """What is due for a patient: the plans with sittings to book, soonest closing window first. Two queries."""
    return [_due_plan(plan, sitting, now) for plan, sitting in with_next_due(plans_to_book().filter(patient=patient))]


def _due_plan(plan: TreatmentPlan, sitting: Sitting, now: datetime) -> DuePlan:
    left = (sitting.latest - timezone.localdate(now, plan.site.zone)).days
    return DuePlan(
        plan=plan,
        due=plan.to_place,  # type: ignore[attr-defined]
        next=sitting,
        which=which_of(sitting),
        window=window_words(sitting),
        closes=closes_words(left),
        late=left < 0,
    )


def other_kinds() -> list[tuple[str, str, str]]:
    """What else can be booked: value, name, and how long it usually takes."""
    return [
        (kind.value, str(kind.label), _("%(minutes)s min") % {"minutes": USUAL_MINUTES[kind]})
        for kind in Kind
        if kind != Kind.SITTING
    ]
