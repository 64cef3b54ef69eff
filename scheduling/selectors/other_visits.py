"""What else a patient comes for: what a plan's sittings keep away from, and visits they can share."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from scheduling.engine.terms import Slot
from scheduling.models import Appointment, Kind, PlanArea, Status, TreatmentPlan
from scheduling.selectors.local_time import slot_between


@dataclass(frozen=True, slots=True)
class OtherVisits:
    """Local day ordinals too close to a sitting on the same area or to a therapy; and sittings on other areas."""

    same_area: frozenset[int]
    therapies: frozenset[int]
    other_areas: tuple[Slot, ...]


def other_visits(plan: TreatmentPlan, now: datetime) -> OtherVisits:
    """The complementary therapies (000, 004) of the plan's patient, and the sittings of their other plans; one query.

    Too close is less than the plan's `keep_apart` days. Sittings on other areas count when they are still to come.
    """
    common = PlanArea.objects.filter(plan=OuterRef("sitting__plan"), area__in=plan.areas.values("area"))
    rows = Appointment.objects.standing(now).exclude(status=Status.NO_SHOW).filter(patient=plan.patient_id)
    rows = rows.filter(Q(kind=Kind.COMPLEMENTARY) | Q(sitting__isnull=False) & ~Q(sitting__plan=plan.pk))
    rows = rows.annotate(same_area=Exists(common)).order_by("starts")
    same_area: set[int] = set()
    therapies: set[int] = set()
    other_areas = []
    fields = ("kind", "same_area", "starts", "ends", "practitioner_id", "room_id")
    for kind, same, starts, ends, practitioner, room in rows.values_list(*fields):
        day = timezone.localdate(starts, plan.site.zone).toordinal()
        around = range(day + 1 - plan.keep_apart, day + plan.keep_apart)
        if kind == Kind.COMPLEMENTARY:
            therapies.update(around)
        elif same:
            same_area.update(around)
        elif ends > now:
            other_areas.append(slot_between(starts, ends, plan.site.zone, practitioner, room))
    return OtherVisits(frozenset(same_area), frozenset(therapies), tuple(other_areas))


def keep_clear(plan: TreatmentPlan, now: datetime) -> frozenset[int]:
    """All the day ordinals on which no sitting of the plan may be, for what else its patient comes for."""
    found = other_visits(plan, now)
    return found.same_area | found.therapies
