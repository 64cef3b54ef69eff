"""What a search brings: patients with their next appointment, a day, a plan or an appointment by its number."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db.models import Min
from django.utils import timezone

from patients.mistyped import near_names
from patients.models import Patient
from patients.selectors import find_patients
from scheduling.models import Appointment, Site, TreatmentPlan
from scheduling.selectors.appointments import appointments_for_page
from scheduling.typed import typed_day, typed_number


@dataclass(frozen=True, slots=True)
class Hit:
    """A patient found, and when they come next on the clock of that site; None when nothing is agreed."""

    patient: Patient
    next: datetime | None


@dataclass(frozen=True, slots=True)
class Results:
    """Everything that what was typed can mean; `more` says that further patients match.

    `near` are names like what was typed, when nothing is found at all.
    """

    hits: tuple[Hit, ...]
    more: bool
    day: date | None
    plan: TreatmentPlan | None
    appointment: Appointment | None
    near: tuple[str, ...] = ()

    @property
    def count(self) -> int:
        """How many lines there are to choose from."""
        return len(self.hits) + sum(found is not None for found in (self.day, self.plan, self.appointment))

    @property
    def elsewhere(self) -> bool:
        """Whether there is something besides patients."""
        return self.count > len(self.hits)


def search(query: str, *, site: Site | None, now: datetime, limit: int, offset: int = 0) -> Results:
    """The patients who match `query`, `limit` after the first `offset`, and beside them what the words mean otherwise.

    Days are those of the desk's site. At most four queries, one for each number, and one for names like those
    typed when nothing is found.
    """
    today = timezone.localdate(now, site.zone if site else None)
    numbered = typed_number(query)
    found = find_patients(query, today, limit, offset)
    coming = next_visits(found.patients, now)
    results = Results(
        hits=tuple(Hit(patient, coming.get(patient.pk)) for patient in found.patients),
        more=found.more,
        day=typed_day(query, today),
        plan=_plan(numbered.plan),
        appointment=_appointment(numbered.appointment),
    )
    return results if results.count or offset else replace(results, near=tuple(near_names(query, today)))


def next_visits(patients: Iterable[Patient], now: datetime) -> dict[int, datetime]:
    """When each of the patients comes next, by patient's key, on the clock of the site. One query, none for nobody."""
    coming = Appointment.objects.agreed(now).filter(patient__in=[patient.pk for patient in patients])
    firsts = coming.order_by().values_list("patient", "room__site__time_zone").annotate(Min("starts"))
    soonest: dict[int, datetime] = {}
    for patient, zone, starts in firsts:
        if patient not in soonest or starts < soonest[patient]:
            soonest[patient] = timezone.localtime(starts, ZoneInfo(zone))
    return soonest


def _plan(number: int | None) -> TreatmentPlan | None:
    if number is None:
        return None
    return TreatmentPlan.objects.select_related("patient", "protocol").filter(pk=number).first()


def _appointment(number: int | None) -> Appointment | None:
    if number is None:
        return None
    return appointments_for_page().filter(pk=number).first()
