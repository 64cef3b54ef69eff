"""Plans for the tests: any documented protocol, what it leaves open filled, in any state, with sittings given."""

from datetime import UTC, date, datetime, timedelta

from clinic.models import User
from patients.models import Patient
from scheduling.models import Area, PlanPhase, Practitioner, Protocol, Site, Sitting, SittingState, TreatmentPlan
from scheduling.selectors.local_time import instant
from scheduling.services.booking import Line, book
from scheduling.services.planning import approve_plan, propose_plan, save_plan, suggested_phase

NOW = datetime(2026, 1, 15, 9, tzinfo=UTC)
START = date(2026, 1, 31)


def filled(protocol: Protocol, **fill: object) -> list[PlanPhase]:
    """The protocol's phases, with `fill` (else weekly, four sittings) where the source is silent."""
    open_figures = {"count": 4, "every": 1, "unit": "week", "early": 2, "late": 3, "minimum_gap": 4, **fill}
    phases = [suggested_phase(phase) for phase in protocol.phases.all()]
    for phase in phases:
        for name, value in open_figures.items():
            if getattr(phase, name) in (None, ""):
                setattr(phase, name, value)
    return phases


def documented(key: str, *, approved: bool = True) -> Protocol:
    protocol = Protocol.objects.get(key=key)
    if approved:
        protocol.approved_at = NOW
        protocol.save()
    return protocol


def make_plan(
    *,
    patient: Patient,
    site: Site,
    by: User,
    key: str = "cellulite-three-phase",
    start: date = START,
    prescriber: Practitioner | None = None,
    diagnosis: str = "Oedematous fibrosclerotic panniculopathy",
    phases: list[PlanPhase] | None = None,
    areas: tuple[str, ...] = ("thighs",),
    **values: object,
) -> TreatmentPlan:
    """A saved draft of a documented protocol that the clinic has approved."""
    protocol = documented(key)
    plan = TreatmentPlan(
        patient=patient,
        protocol=protocol,
        site=site,
        start_date=start,
        prescriber=prescriber,
        indication="pefs",
        diagnosis=diagnosis,
        **values,
    )
    chosen = [(Area.objects.get(code=code), "medium") for code in areas]
    return save_plan(plan=plan, phases=phases or filled(protocol), areas=chosen, by=by)


def approved(plan: TreatmentPlan, by: User) -> TreatmentPlan:
    propose_plan(plan=plan, now=NOW)
    return approve_plan(plan=TreatmentPlan.objects.get(pk=plan.pk), by=by, now=NOW)


def booked(plan: TreatmentPlan, number: int, practitioner: Practitioner, room: object, day: date, by: User) -> Sitting:
    """Sitting `number` booked at 10:00 on `day`."""
    sitting = plan.sittings.get(number=number)
    starts = instant(day, 600, plan.site.zone)
    line = Line(plan.patient, "sitting", practitioner, room, starts, 15, sitting=sitting)
    book(lines=[line], by=by, now=NOW)
    sitting.refresh_from_db()
    return sitting


def given(sitting: Sitting, day: date) -> None:
    sitting.state, sitting.given = SittingState.COMPLETED, day
    sitting.save()


def month_after(anchor: date, months: int) -> date:
    """`months` calendar months after `anchor`, clamped to the month's end: reckoned without the product's code."""
    year, month = divmod(anchor.year * 12 + anchor.month - 1 + months, 12)
    first_of_next = date(year + (month == 11), (month + 1) % 12 + 1, 1)
    return date(year, month + 1, min(anchor.day, (first_of_next - timedelta(days=1)).day))
