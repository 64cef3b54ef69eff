"""Plans of the demo: all five protocols, every state, each approved by a doctor before it is booked."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random

from clinic.demo.setting import Clinic
from patients.models import Patient
from scheduling.engine.cadence import Cadence, default_minimum_gap, default_tolerance
from scheduling.engine.cadence import Unit as EngineUnit
from scheduling.models import Area, PlanPhase, Protocol, TreatmentPlan
from scheduling.models.plans import Extent, Technique
from scheduling.models.protocols import Unit
from scheduling.models.resources import Delivery
from scheduling.services.planning import approve_plan, propose_plan, save_plan, suggested_phase

# What the demo's doctor fills where a source is silent: sittings, every, unit.
FILLED: dict[str, tuple[tuple[int, int, str], ...]] = {
    "supported-course": ((8, 1, "week"), (3, 1, "month")),
    "stabilised-cycle": ((10, 7, "day"), (4, 14, "day")),
    "weekly-with-recalls": ((10, 1, "week"), (4, 1, "month")),
    "cellulite-three-phase": ((6, 1, "month"), (10, 15, "day"), (12, 1, "month")),
    "repeated-cycle": ((8, 10, "day"), (4, 1, "month")),
}
INDICATIONS = {
    "supported-course": "localised-adiposity",
    "stabilised-cycle": "facial-rejuvenation",
    "weekly-with-recalls": "back-pain",
    "cellulite-three-phase": "pefs",
    "repeated-cycle": "venous-lymphatic-insufficiency",
}
AREAS = {
    "supported-course": ("abdomen", "flanks", "hips"),
    "stabilised-cycle": ("face", "neck"),
    "weekly-with-recalls": ("lower-back",),
    "cellulite-three-phase": ("thighs", "buttocks", "hips"),
    "repeated-cycle": ("lower-legs", "knees"),
}


@dataclass(frozen=True, slots=True)
class Order:
    """One plan to be made: whose, by which protocol, and from which local day."""

    patient: Patient
    protocol: Protocol
    start: date


def draft(order: Order, clinic: Clinic, random: Random) -> TreatmentPlan:
    """A draft plan with every figure filled."""
    key = order.protocol.key
    delivery = Delivery.GUN if key == "cellulite-three-phase" and random.random() < 0.3 else Delivery.MANUAL
    able = clinic.practitioners[:2] if delivery == Delivery.GUN else clinic.practitioners
    plan = TreatmentPlan(
        patient=order.patient,
        protocol=order.protocol,
        site=clinic.site,
        prescriber=clinic.practitioners[0],
        practitioner=random.choice(able),
        indication=INDICATIONS[key],
        diagnosis="Quadro clinico stabile, indicato un ciclo completo.",
        technique=Technique.NAPPAGE if random.random() < 0.5 else Technique.POINT_BY_POINT,
        delivery=delivery,
        start_date=order.start,
    )
    areas = [(area, Extent.MEDIUM) for area in Area.objects.filter(code__in=AREAS[key], injectable=True)]
    return save_plan(plan=plan, phases=_phases(order.protocol), areas=areas, by=clinic.reception)


def _phases(protocol: Protocol) -> list[PlanPhase]:
    filled = []
    for phase, (count, every, unit) in zip(protocol.phases.all(), FILLED[protocol.key], strict=True):
        chosen = suggested_phase(phase)
        chosen.count = chosen.count or count
        if not chosen.every:
            chosen.every, chosen.unit = every, Unit(unit)
            cadence = Cadence(every, EngineUnit(unit))
            tolerance = default_tolerance(cadence)
            chosen.early, chosen.late = tolerance.early, tolerance.late
            chosen.minimum_gap = default_minimum_gap(cadence)
        filled.append(chosen)
    return filled


def approved(plan: TreatmentPlan, clinic: Clinic, now: datetime) -> TreatmentPlan:
    """The plan as a doctor approved it at `now`."""
    propose_plan(plan=plan, now=now - timedelta(hours=2))
    return approve_plan(plan=plan, by=clinic.doctor, now=now)
