"""Plans and times for the booking tests, made through the services as the clinic makes them."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from clinic.models import User
from patients.models import Patient
from scheduling.engine.cadence import Cadence, Unit, default_minimum_gap, default_tolerance
from scheduling.models import Appointment, Area, PlanPhase, Practitioner, Protocol, Room, Site, TreatmentPlan
from scheduling.services.booking import book
from scheduling.services.lines import Line
from scheduling.services.planning import approve_plan, propose_plan, save_plan, suggested_phase
from scheduling.services.protocols import approve_protocol

ROME = ZoneInfo("Europe/Rome")
# A Monday morning before the clinic opens.
NOW = datetime(2026, 11, 23, 7, 0, tzinfo=ROME)
MONDAY = date(2026, 11, 23)
# What a doctor fills in where the source is silent: sittings, every, unit, phase by phase.
FILLED = {
    "supported-course": [(8, 1, Unit.WEEK), (4, 1, Unit.MONTH)],
    "stabilised-cycle": [(10, 1, Unit.WEEK), (4, 14, Unit.DAY)],
    "weekly-with-recalls": [(8, 1, Unit.WEEK), (3, 1, Unit.MONTH)],
    "cellulite-three-phase": [(6, 1, Unit.MONTH), (10, 15, Unit.DAY), (12, 1, Unit.MONTH)],
    "repeated-cycle": [(6, 10, Unit.DAY), (3, 1, Unit.MONTH)],
}


def at(day: date, hour: int, minute: int = 0) -> datetime:
    """A wall time in Rome."""
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=ROME)


def make_patient(surname: str, given_name: str = "Sofia") -> Patient:
    return Patient.objects.create(surname=surname, given_name=given_name, birth_date=date(1985, 3, 12), sex="F")


def chosen_phases(protocol: Protocol, counts: list[int] | None = None) -> list[PlanPhase]:
    """Every phase filled; `counts` are the sittings of the first phases, the only ones then kept."""
    phases = []
    for index, (phase, (count, every, unit)) in enumerate(
        zip(protocol.phases.all(), FILLED[protocol.key], strict=True)
    ):
        if counts is not None and index >= len(counts):
            break
        chosen = suggested_phase(phase)
        chosen.count = counts[index] if counts else count
        if not chosen.every:
            cadence, tolerance = Cadence(every, unit), default_tolerance(Cadence(every, unit))
            chosen.every, chosen.unit = every, unit.value
            chosen.early, chosen.late = tolerance.early, tolerance.late
            chosen.minimum_gap = default_minimum_gap(cadence)
        chosen.open_ended = False
        phases.append(chosen)
    return phases


def make_plan(
    patient: Patient,
    site: Site,
    doctor: User,
    *,
    key: str = "weekly-with-recalls",
    start: date = MONDAY,
    counts: list[int] | None = None,
    practitioner: Practitioner | None = None,
    approved: bool = True,
    **values: object,
) -> TreatmentPlan:
    """A plan saved and, unless told otherwise, approved, of a documented protocol."""
    protocol = Protocol.objects.get(key=key)
    if protocol.approved_at is None:
        protocol = approve_protocol(protocol=protocol, by=doctor, now=NOW)
    plan = TreatmentPlan(
        patient=patient,
        protocol=protocol,
        site=site,
        prescriber=practitioner or getattr(doctor, "practitioner", None),
        practitioner=practitioner,
        indication="pefs",
        diagnosis="Localised oedema of both thighs.",
        reason="As agreed with the patient.",
        start_date=start,
        **values,
    )
    areas = [(Area.objects.get(code="thighs"), "medium")]
    save_plan(plan=plan, phases=chosen_phases(protocol, counts), areas=areas, by=doctor)
    if approved:
        propose_plan(plan=plan, now=NOW - timedelta(days=1))
        approve_plan(plan=plan, by=doctor, now=NOW - timedelta(hours=20))
    return TreatmentPlan.objects.select_related("patient", "protocol", "site", "practitioner").get(pk=plan.pk)


def occupy(
    practitioner: Practitioner, room: Room, starts: datetime, minutes: int, by: User, patient: Patient | None = None
) -> Appointment:
    """Time taken by a consultation of another patient, booked when the hours still held it."""
    line = Line(patient or make_patient("Altri"), "consultation", practitioner, room, starts, minutes)
    return book(lines=[line], by=by, now=NOW)[0]
