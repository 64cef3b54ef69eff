"""What happened in the demo clinic until now: cycles booked, sittings given with realistic drift, misses, changes."""

import heapq
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random
from unittest.mock import patch

from django.utils import timezone

from clinic.demo.plans import Order, approved, draft
from clinic.demo.setting import Clinic
from patients.models import Patient
from scheduling.engine.terms import Blocked
from scheduling.models import Appointment, CancelReason, Kind, Protocol, Sitting, Status, TreatmentPlan
from scheduling.selectors.local_time import instant
from scheduling.services import tracking
from scheduling.services.booking import book_appointment, book_cycle
from scheduling.services.planning import pause_plan, propose_plan, stop_plan
from scheduling.services.proposing import offers, propose_cycle, unseal
from scheduling.services.refusals import Refused

RUNNING = 66  # a few of them have run to their end by now
# Days since a running plan began, by protocol: none has run to its end.
BEGAN = {
    "supported-course": (5, 45),
    "stabilised-cycle": (5, 60),
    "weekly-with-recalls": (5, 60),
    "cellulite-three-phase": (20, 330),
    "repeated-cycle": (5, 70),
}
ENDED_DAYS_AGO = (240, 260, 280, 300)


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
        """The instant of a full hour some local days ago."""
        return instant(self.today - timedelta(days=days_ago), hour * 60, self.clinic.site.zone)

    @property
    def today(self) -> date:
        return timezone.localdate(self.now, self.clinic.site.zone)


def tell(story: Story, patients: list[Patient]) -> None:
    """Makes plans in every state, then lets every booked appointment happen up to now."""
    protocols = list(Protocol.objects.filter(version=1).order_by("key"))
    cast = iter(patients)
    for n in range(RUNNING):
        protocol = protocols[n % len(protocols)]
        days = story.random.randint(*BEGAN[protocol.key])
        _begin(story, Order(next(cast), protocol, _days_ago(story, days)))
    for n, days in enumerate(ENDED_DAYS_AGO):
        _begin(story, Order(next(cast), protocols[1 + n % 4], _days_ago(story, days)))
    resting = [_begin(story, Order(next(cast), protocols[0], _days_ago(story, 70 + n))) for n in range(4)]
    _let_happen(story)
    _rest(story, [plan for plan in resting if plan])
    _not_begun(story, protocols, cast)
    _fill_today(story, list(cast))


def _working_day(day: date) -> date:
    return day - timedelta(days=1) if day.weekday() == 6 else day


def _days_ago(story: Story, days: int) -> date:
    return _working_day(story.today - timedelta(days=days))


def _begin(story: Story, order: Order) -> TreatmentPlan | None:
    """A plan prescribed, approved and booked three days before its start; one in five is not booked to its end."""
    then = instant(order.start - timedelta(days=3), 11 * 60, story.clinic.site.zone)
    with clock_at(then):
        plan = approved(draft(order, story.clinic, story.random), story.clinic, then)
        answer = propose_cycle(plan=plan, now=then)
        if isinstance(answer, Blocked):
            return None
        chosen = story.random.choice(answer)
        slots = unseal(plan, chosen.token).slots
        if story.random.random() < 0.2:
            kept = story.random.randint(2, max(2, len(slots) - 3))
            slots = {number: slot for number, slot in slots.items() if number <= kept}
        for appointment in book_cycle(plan=plan, slots=slots, by=story.clinic.reception, now=then):
            heapq.heappush(story.ahead, (appointment.starts, appointment.pk))
    return plan


def _let_happen(story: Story) -> None:
    """Every appointment that has begun by now, oldest first: given, missed, cancelled or moved."""
    while story.ahead and story.ahead[0][0] <= story.now:
        _starts, pk = heapq.heappop(story.ahead)
        appointment = Appointment.objects.select_related("room__site", "practitioner", "sitting__plan").get(pk=pk)
        if timezone.localdate(appointment.starts, story.clinic.site.zone) == story.today:
            _today_so_far(story, appointment)
            continue
        chance = story.random.random()
        if chance < 0.03:
            _miss(story, appointment)
        elif chance < 0.09:
            _cancel(story, appointment)
        else:
            _give(story, appointment)


def _give(story: Story, appointment: Appointment) -> None:
    late = timedelta(minutes=story.random.choice((-4, 0, 0, 3, 6, 11)))
    arrived = appointment.starts + late - timedelta(minutes=6)
    started = appointment.starts + max(late, timedelta())
    finished = (
        started + (appointment.ends - appointment.starts) + timedelta(minutes=story.random.choice((-3, -1, 0, 2, 4)))
    )
    for act, at in (
        (tracking.mark_arrived, arrived),
        (tracking.start_treatment, started),
        (tracking.complete, finished),
    ):
        with clock_at(at):
            act(appointment=appointment, now=at)


def _miss(story: Story, appointment: Appointment) -> None:
    at = appointment.ends + timedelta(minutes=5)
    with clock_at(at):
        tracking.mark_no_show(appointment=appointment, now=at)
    _rebook(story, appointment, at + timedelta(hours=1))


def _cancel(story: Story, appointment: Appointment) -> None:
    at = appointment.starts - timedelta(days=story.random.randint(0, 1), hours=3)
    reason = story.random.choice([CancelReason.PATIENT, CancelReason.ILLNESS, CancelReason.CLINIC])
    with clock_at(at):
        tracking.cancel_appointment(appointment=appointment, reason=reason, by=story.clinic.reception, now=at)
    _rebook(story, appointment, at)


def _rebook(story: Story, appointment: Appointment, at: datetime) -> None:
    """The sitting goes to the best slot left inside its window; when there is none it stays to be rebooked."""
    sittings = Sitting.objects.select_related("plan__site", "plan__patient")
    sitting = sittings.get(appointments=appointment)
    found = offers(sitting=sitting, now=at, most=1)
    if not found:
        return
    with clock_at(at):
        slots = {sitting.number: found[0].slot}
        again = book_cycle(plan=sitting.plan, slots=slots, by=story.clinic.reception, now=at)[0]
    heapq.heappush(story.ahead, (again.starts, again.pk))


def _today_so_far(story: Story, appointment: Appointment) -> None:
    """Today's appointments stand where the clock says: the last ones are still in treatment or waiting."""
    ago = story.now - appointment.starts
    if ago > timedelta(minutes=35):
        if story.random.random() < 0.1:
            with clock_at(story.now):
                tracking.mark_no_show(appointment=appointment, now=story.now)
        else:
            _give(story, appointment)
        return
    steps = (
        (tracking.mark_arrived, tracking.start_treatment) if ago > timedelta(minutes=8) else (tracking.mark_arrived,)
    )
    for act, at in zip(steps, (appointment.starts - timedelta(minutes=7), appointment.starts), strict=False):
        with clock_at(at):
            act(appointment=appointment, now=at)


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


def _fill_today(story: Story, others: list[Patient]) -> None:
    """Consultations and reviews around the sittings, so that the day is a busy one."""
    made: list[Appointment] = []
    for n, patient in enumerate(others * 4):
        practitioner = story.clinic.practitioners[n % len(story.clinic.practitioners)]
        minute = 9 * 60 + story.random.randrange(0, 9 * 12) * 5
        starts = instant(story.today, minute, story.clinic.site.zone)
        if not _at_work(story, practitioner.pk, minute):
            continue
        try:
            appointment = book_appointment(
                patient=patient,
                kind=story.random.choice([Kind.CONSULTATION, Kind.REVIEW]),
                practitioner=practitioner,
                room=story.random.choice(story.clinic.rooms),
                starts=starts,
                minutes=story.random.choice((15, 20, 30)),
                by=story.clinic.reception,
                now=story.local(4),
            )
        except Refused:
            continue  # the time is taken: a fuller day than this one is not needed
        made.append(appointment)
    for appointment in sorted(made, key=lambda a: a.starts):
        heapq.heappush(story.ahead, (appointment.starts, appointment.pk))
    _let_happen(story)


def _at_work(story: Story, practitioner: int, minute: int) -> bool:
    """Whether the practitioner's hours of today hold a half hour from this local minute."""
    working = story.clinic.site.working_hours.filter(
        practitioner=practitioner, weekday=story.today.weekday(), valid_from__lte=story.today
    )
    return any(
        h.starts.hour * 60 <= minute and minute + 30 <= h.ends.hour * 60
        for h in working
        if h.valid_until is None or h.valid_until >= story.today
    )
