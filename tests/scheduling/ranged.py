"""Plans of a range near its end, for the tests: booked through the engine, given on the booked days."""

from datetime import datetime

from clinic.models import User
from scheduling.engine.terms import Blocked
from scheduling.models import Appointment, TreatmentPlan
from scheduling.services import tracking
from scheduling.services.booking import book_cycle
from scheduling.services.proposing import propose_cycle, unseal
from tests.scheduling.booking_data import NOW


def booked_up_to(plan: TreatmentPlan, number: int, by: User, now: datetime = NOW) -> list[Appointment]:
    """The first sittings booked, up to `number`, in the slots of the best proposal."""
    answer = propose_cycle(plan=plan, now=now)
    assert not isinstance(answer, Blocked)
    slots = unseal(plan, answer[0].token).slots
    return book_cycle(plan=plan, slots={n: slot for n, slot in slots.items() if n <= number}, by=by, now=now)


def give(appointment: Appointment) -> datetime:
    """Gives a booked sitting when it is booked, and says when that was."""
    for step in (tracking.mark_arrived, tracking.start_treatment, tracking.complete):
        step(appointment=Appointment.objects.get(pk=appointment.pk), now=appointment.starts)
    return appointment.starts


def given_up_to(plan: TreatmentPlan, number: int, by: User, booked: int | None = None) -> datetime:
    """The first sittings given, up to `number`, and booked up to `booked`; says when the last was given."""
    appointments = booked_up_to(plan, booked or number, by)
    then = [give(appointment) for appointment in appointments[:number]][-1]
    plan.refresh_from_db()
    return then
