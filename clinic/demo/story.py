"""What happened in the demo clinic until today: cycles booked, sittings given with realistic drift, misses, changes."""

import heapq
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random
from unittest.mock import patch

from django.utils import timezone

from clinic.demo.plans import Order, approved, draft
from clinic.demo.setting import Clinic
from patients.models import Patient
from scheduling.engine.terms import Blocked, Slot
from scheduling.models import Appointment, CancelReason, Protocol, Sitting, Status, TreatmentPlan
from scheduling.models.protocols import Purpose
from scheduling.selectors.local_time import instant
from scheduling.services import tracking
from scheduling.services.booking import book_cycle
from scheduling.services.planning import pause_plan, propose_plan, stop_plan
from scheduling.services.proposing import offers, propose_cycle, unseal

RUNNING = 56
# Days since a running plan began, by protocol: none has run to its end.
BEGAN = {
    "supported-course": (5, 45),
    "stabilised-cycle": (5, 60),
    "weekly-with-recalls": (5, 60),
    "cellulite-three-phase": (20, 330),
    "repeated-cycle": (5, 70),
}
ENDED_DAYS_AGO = (240, 260, 280, 300)
# Courses that have had their sittings and are not booked on: recalls that fall due around today.
TO_RECALL = (
    ("supported-course", 60),
    ("supported-course", 71),
    ("supported-course", 79),
    ("supported-course", 86),
    ("weekly-with-recalls", 75),
    ("weekly-with-recalls", 84),
    ("weekly-with-recalls", 92),
    ("weekly-with-recalls", 99),
)
# Who did not come in these last days is still to be rebooked.
MISSED_DAYS = 4


@contextmanager
def clock_at(moment: datetime) -> Iterator[None]:
    """Lets history rows be stamped with the moment they tell of."""
    with patch("django.utils.timezone.now", return_value=moment):
        yield


@dataclass
class Story:
    """The telling: the clinic, the moment it is told, the one source of chance, and what is still to happen."""

    clinic: Clinic
    now: datetime
    random: Random
    ahead: list[tuple[datetime, int]] = field(default_factory=list)

    def local(self, days_ago: int, hour: int = 10) -> datetime:
        """The instant of a full hour some local days ago; of the Saturday when that is a Sunday."""
        return instant(_working_day(self.today - timedelta(days=days_ago)), hour * 60, self.clinic.site.zone)

    @property
    def today(self) -> date:
        return timezone.localdate(self.now, self.clinic.site.zone)


def tell(story: Story, patients: list[Patient]) -> list[Patient]:
    """Makes plans in every state, then lets every appointment of the days before today happen.

    Gives back the patients without a plan.
    """
    protocols = list(Protocol.objects.filter(version=1).order_by("key"))
    by_key = {protocol.key: protocol for protocol in protocols}
    cast = iter(patients)
    for n in range(RUNNING):
        protocol = protocols[n % len(protocols)]
        days = story.random.randint(*BEGAN[protocol.key])
        _begin(story, Order(next(cast), protocol, _days_ago(story, days)))
    for key, days in TO_RECALL:
        _begin(story, Order(next(cast), by_key[key], _days_ago(story, days)), until=Purpose.MAINTENANCE)
    for n, days in enumerate(ENDED_DAYS_AGO):
        _begin(story, Order(next(cast), protocols[1 + n % 4], _days_ago(story, days)))
    resting = [_begin(story, Order(next(cast), protocols[0], _days_ago(story, 70 + n))) for n in range(4)]
    _let_happen(story)
    _rest(story, [plan for plan in resting if plan])
    _not_begun(story, protocols, cast)
    return list(cast)


def _working_day(day: date) -> date:
    return day - timedelta(days=1) if day.weekday() == 6 else day


def _days_ago(story: Story, days: int) -> date:
    return _working_day(story.today - timedelta(days=days))


def _begin(story: Story, order: Order, until: Purpose | None = None) -> TreatmentPlan | None:
    """A plan prescribed, approved and booked three days before its start.

    One in five is not booked to its end, and one with a purpose only up to the first phase of that purpose.
    """
    then = instant(order.start - timedelta(days=3), 11 * 60, story.clinic.site.zone)
    with clock_at(then):
        plan = approved(draft(order, story.clinic, story.random), story.clinic, then)
        answer = propose_cycle(plan=plan, now=then)
        if isinstance(answer, Blocked):
            stop_plan(plan=plan, reason="Nessun posto nelle date previste: la paziente ha rinunciato.")
            return None
        chosen = story.random.choice(answer)
        slots = unseal(plan, chosen.token).slots
        if until:
            left = set(plan.sittings.filter(phase__purpose=until).values_list("number", flat=True))
            slots = {number: slot for number, slot in slots.items() if number not in left}
        elif story.random.random() < 0.2:
            slots = _not_to_the_end(story, slots)
        for appointment in book_cycle(plan=plan, slots=slots, by=story.clinic.reception, now=then):
            heapq.heappush(story.ahead, (appointment.starts, appointment.pk))
    return plan


def _not_to_the_end(story: Story, slots: Mapping[int, Slot]) -> dict[int, Slot]:
    """The first of the slots, and whatever was to be by now: nobody at a desk would leave a cycle lying for months."""
    kept = story.random.randint(2, max(2, len(slots) - 3))
    soon = story.today + timedelta(days=story.random.randint(0, 10))
    return {number: slot for number, slot in slots.items() if number <= kept or slot.day <= soon}


def _let_happen(story: Story) -> None:
    """Every appointment before today, oldest first: given, missed, cancelled or moved."""
    day_begins = instant(story.today, 0, story.clinic.site.zone)
    while story.ahead and story.ahead[0][0] < day_begins:
        _starts, pk = heapq.heappop(story.ahead)
        appointment = Appointment.objects.select_related("room__site", "practitioner", "sitting__plan").get(pk=pk)
        chance = story.random.random()
        if chance < (0.06 if appointment.starts > story.local(MISSED_DAYS) else 0.03):
            _miss(story, appointment)
        elif chance < 0.1:
            _cancel(story, appointment)
        else:
            give(story, appointment)


def give(story: Story, appointment: Appointment) -> None:
    """The patient arrives, is treated and leaves, a little early or late, and by now at the latest."""
    late = timedelta(minutes=story.random.choice((-4, 0, 0, 3, 6, 11)))
    arrived = appointment.starts + late - timedelta(minutes=6)
    started = appointment.starts + max(late, timedelta())
    finished = (
        started + (appointment.ends - appointment.starts) + timedelta(minutes=story.random.choice((-3, -1, 0, 2, 4)))
    )
    happen(story, appointment, arrived, min(started, story.now - timedelta(minutes=5)), min(finished, story.now))


def happen(story: Story, appointment: Appointment, *moments: datetime) -> None:
    """The first steps of a visit, arrived, started and finished, each at its moment; none before the day begins."""
    begins = instant(timezone.localdate(appointment.starts, story.clinic.site.zone), 0, story.clinic.site.zone)
    steps = (tracking.mark_arrived, tracking.start_treatment, tracking.complete)
    for act, moment in zip(steps, moments, strict=False):
        at = max(moment, begins)
        with clock_at(at):
            act(appointment=appointment, now=at)


def _miss(story: Story, appointment: Appointment) -> None:
    at = appointment.ends + timedelta(minutes=5)
    with clock_at(at):
        tracking.mark_no_show(appointment=appointment, now=at)
    if at < story.local(MISSED_DAYS):
        rebook(story, appointment, at + timedelta(hours=1))


def _cancel(story: Story, appointment: Appointment) -> None:
    at = appointment.starts - timedelta(days=story.random.randint(0, 1), hours=3)
    reason = story.random.choice([CancelReason.PATIENT, CancelReason.ILLNESS, CancelReason.CLINIC])
    with clock_at(at):
        tracking.cancel_appointment(appointment=appointment, reason=reason, by=story.clinic.reception, now=at)
    rebook(story, appointment, at)


def rebook(story: Story, appointment: Appointment, at: datetime, after: datetime | None = None) -> None:
    """The sitting goes to the best slot left, if there is any after that moment, inside its window or soon after."""
    sittings = Sitting.objects.select_related("plan__site", "plan__patient")
    sitting = sittings.get(appointments=appointment)
    zone = story.clinic.site.zone
    found = offers(sitting=sitting, now=at, most=10 if after else 1)
    left = [each.slot for each in found if after is None or instant(each.slot.day, each.slot.start, zone) >= after]
    if not left:
        return
    with clock_at(at):
        slots = {sitting.number: left[0]}
        again = book_cycle(plan=sitting.plan, slots=slots, by=story.clinic.reception, now=at)[0]
    heapq.heappush(story.ahead, (again.starts, again.pk))


def _rest(story: Story, plans: list[TreatmentPlan]) -> None:
    """Half of the plans rest; the others stop with a reason, once what was booked of them is cancelled."""
    for n, plan in enumerate(plans):
        if n % 2:
            pause_plan(plan=plan)
            continue
        for appointment in Appointment.objects.filter(sitting__plan=plan, status=Status.BOOKED):
            tracking.cancel_appointment(
                appointment=appointment, reason=CancelReason.PATIENT, by=story.clinic.reception, now=story.now
            )
        stop_plan(plan=plan, reason="La paziente si trasferisce in un'altra città.")


def _not_begun(story: Story, protocols: list[Protocol], cast: Iterator[Patient]) -> None:
    """Drafts, proposals that wait for a doctor, and approved plans nobody has booked yet."""
    for n, protocol in enumerate(protocols * 3):
        start = _working_day(story.today + timedelta(days=story.random.randint(3, 20)))
        at = story.local(story.random.randint(1, 6))
        with clock_at(at):
            plan = draft(Order(next(cast), protocol, start), story.clinic, story.random)
            if n % 3 == 1:
                propose_plan(plan=plan, now=at)
            elif n % 3 == 2:
                approved(plan, story.clinic, at)
