"""What the choice of slots weighs for a plan: its site's prices and popular hours, and what suits its patient."""

from dataclasses import dataclass, fields
from datetime import time

from patients.models import Patient
from scheduling.engine.request import USEFUL_MINUTES
from scheduling.engine.rules import Weights
from scheduling.engine.terms import InDemand, Preference
from scheduling.models import BookingPreference, Site, TreatmentPlan

PRICES = [field.name for field in fields(Weights)]
COLUMNS = [
    *(f"site__weights__{name}" for name in (*PRICES, "useful_minutes")),
    *(f"patient__preference__{name}" for name in ("weekdays", "from_time", "until_time", "practitioner")),
    *(f"site__popular_hours__{name}" for name in ("weekday", "starts", "ends")),
]


@dataclass(frozen=True, slots=True)
class Weighing:
    """What the site charges, its hours in demand, the shortest gap of use in minutes, and the patient's preference."""

    weights: Weights
    popular: tuple[InDemand, ...]
    useful_minutes: int
    preference: Preference


def weighing_of(plan: TreatmentPlan) -> Weighing:
    """What is weighed for `plan`, in one query; the product's own weights where its site has none."""
    rows = list(TreatmentPlan.objects.filter(pk=plan.pk).order_by().values_list(*COLUMNS))
    *prices, useful, weekdays, from_time, until_time, practitioner, _day, _from, _until = rows[0]
    popular = (row[-3:] for row in rows if row[-1] is not None)
    return Weighing(
        weights=Weights() if useful is None else Weights(*prices),
        popular=tuple(InDemand(_minute(starts), _minute(ends), weekday) for weekday, starts, ends in popular),
        useful_minutes=USEFUL_MINUTES if useful is None else useful,
        preference=_preference(weekdays, from_time, until_time, practitioner),
    )


def weighing_without_plan(site: Site, patient: Patient) -> Weighing:
    """What is weighed for one visit at `site`, in two queries; popular hours weigh on long courses only."""
    prices = Site.objects.filter(pk=site.pk).values_list(*(f"weights__{name}" for name in (*PRICES, "useful_minutes")))
    *own, useful = prices[0]
    wishes = BookingPreference.objects.filter(patient=patient)
    stored = wishes.values_list("weekdays", "from_time", "until_time", "practitioner").first()
    return Weighing(
        weights=Weights() if useful is None else Weights(*own),
        popular=(),
        useful_minutes=USEFUL_MINUTES if useful is None else useful,
        preference=_preference(*stored) if stored else Preference(),
    )


def _preference(
    weekdays: list[int] | None, from_time: time | None, until_time: time | None, practitioner: int | None
) -> Preference:
    return Preference(
        weekdays=frozenset(weekdays or ()),
        from_minute=_minute(from_time) if from_time else None,
        until_minute=_minute(until_time) if until_time else None,
        practitioner=practitioner,
    )


def _minute(at: time) -> int:
    return at.hour * 60 + at.minute
