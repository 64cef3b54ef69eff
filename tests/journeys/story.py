"""What the journeys happen in: a small clinic on a Monday at nine, with its plans made through the services."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

from clinic.models import User
from patients.models import Patient
from scheduling.models import (
    Appointment,
    Area,
    Batch,
    FreedSlot,
    Practitioner,
    Protocol,
    Room,
    Site,
    Sitting,
    TreatmentPlan,
)
from scheduling.services.batches import book_next, make_batch
from scheduling.services.booking import book_appointment
from scheduling.services.planning import approve_plan, propose_plan, save_plan, suggested_phase
from scheduling.services.proposing import book_proposal, propose_cycle, reserve_proposal
from scheduling.services.protocols import approve_protocol
from scheduling.services.tracking import cancel_appointment
from scheduling.services.wishes import Wanted, add_wish

# A Monday, an hour after the site opens.
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=ZoneInfo("Europe/Rome"))
TODAY = NOW.date()
THREE_PHASES = "cellulite-three-phase"


@dataclass
class Story:
    """The clinic and its people."""

    site: Site
    rooms: list[Room]
    doctor: User
    practitioner: Practitioner
    other: Practitioner
    reception: User

    def patient(self, surname: str = "Greco", given_name: str = "Sofia") -> Patient:
        return Patient.objects.create(
            surname=surname, given_name=given_name, birth_date=date(1985, 3, 12), sex="F", phone="+393331204455"
        )

    def plan(self, patient: Patient, *, start: date = TODAY, until: str = "approved") -> TreatmentPlan:
        """A three-phase plan of 28 sittings, taken as far as `until`: draft, proposed, approved or booked."""
        protocol = Protocol.objects.get(key=THREE_PHASES)
        if protocol.approved_at is None:
            protocol = approve_protocol(protocol=protocol, by=self.doctor, now=NOW)
        plan = TreatmentPlan(
            patient=patient,
            protocol=protocol,
            site=self.site,
            prescriber=self.practitioner,
            indication="pefs",
            diagnosis="Localised oedema of both thighs.",
            start_date=start,
        )
        phases = [suggested_phase(phase) for phase in protocol.phases.all()]
        save_plan(plan=plan, phases=phases, areas=[(Area.objects.get(code="thighs"), "medium")], by=self.doctor)
        steps = {"draft": 0, "proposed": 1, "approved": 2, "booked": 3}[until]
        if steps >= 1:
            propose_plan(plan=plan, now=NOW)
        if steps >= 2:
            plan = approve_plan(plan=plan, by=self.doctor, now=NOW)
        if steps >= 3:
            self.book(plan)
        return TreatmentPlan.objects.get(pk=plan.pk)

    def book(self, plan: TreatmentPlan) -> list[Appointment]:
        """Books the best proposal of an approved plan, early on Monday so that today may hold its first sitting."""
        early = NOW - timedelta(hours=1)
        best = propose_cycle(plan=plan, now=early)[0]
        return book_proposal(plan=plan, token=best.token, key=uuid4(), by=self.reception, now=early)

    def reserve(self, plan: TreatmentPlan) -> list[Appointment]:
        """Reserves the best proposal of an approved plan."""
        best = propose_cycle(plan=plan, now=NOW)[0]
        return reserve_proposal(plan=plan, token=best.token, key=uuid4(), by=self.reception, now=NOW)

    def batch(self, plans: list[TreatmentPlan]) -> Batch:
        """A batch of the plans, its first line done."""
        batch = make_batch(plans=plans, key=uuid4(), by=self.reception, now=NOW)
        book_next(batch=batch, by=self.reception, now=NOW)
        return batch

    def freed(self, *, waits: Sitting) -> FreedSlot:
        """A slot of this afternoon that was cancelled, and a sitting that waits for one as early."""
        made = book_appointment(
            patient=self.patient("Moro", "Luca"), kind="consultation", practitioner=self.practitioner,
            room=self.rooms[0], starts=NOW.replace(hour=15), minutes=60, by=self.reception, now=NOW,
        )  # fmt: skip
        add_wish(sitting=waits, wanted=Wanted(TODAY), by=self.reception, now=NOW)
        cancel_appointment(appointment=made, reason="illness", by=self.reception, now=NOW)
        return FreedSlot.objects.get(appointment=made)
