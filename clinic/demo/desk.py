"""What lies on the demo's front desk: visits to come, a batch that was run, recalls, lost time."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from uuid import UUID

from django.db.models import Count, QuerySet
from django.utils import timezone

from clinic.demo.story import Story, clock_at
from patients.models import Patient
from scheduling.models import Absence, Appointment, Closure, Kind, PlanState, SittingState, Status, TreatmentPlan
from scheduling.models.recalls import Channel, Outcome
from scheduling.selectors.local_time import instant
from scheduling.selectors.preferences import wishes_of
from scheduling.selectors.recalls import recalls
from scheduling.selectors.visits import USUAL_MINUTES, Visit
from scheduling.services.batches import book_next, make_batch
from scheduling.services.calling import log_attempt, mark_do_not_contact, repeat_cycle_from
from scheduling.services.extra_hours import open_extra
from scheduling.services.preferences import save_preference
from scheduling.services.refusals import Refused
from scheduling.services.visits import book_visit, visit_offers

# What is booked besides sittings: the kind, and in how many days at the soonest.
COMING = (
    (Kind.CONSULTATION, 1),
    (Kind.CONSULTATION, 2),
    (Kind.SENSITIVITY_TEST, 1),
    (Kind.SENSITIVITY_TEST, 4),
    (Kind.CONSULTATION, 5),
    (Kind.REVIEW, 1),
    (Kind.REVIEW, 3),
    (Kind.REVIEW, 6),
    (Kind.COMPLEMENTARY, 2),
    (Kind.COMPLEMENTARY, 7),
)
FIRST_VISITS = frozenset({Kind.CONSULTATION, Kind.SENSITIVITY_TEST})
IN_THE_BATCH = 3


@dataclass(frozen=True, slots=True)
class Call:
    """One attempt to ask a patient back: days ago, by what, what came of it, and in how many days to try again."""

    ago: int
    channel: Channel
    outcome: Outcome
    again: int | None = None
    note: str = ""


CALLS: tuple[tuple[Call, ...], ...] = (
    (
        Call(5, Channel.PHONE, Outcome.NO_ANSWER, 3),
        Call(2, Channel.PHONE, Outcome.NO_ANSWER, 2, "Squilla a vuoto, riprovare dopo le 17."),
    ),
    (Call(3, Channel.PHONE, Outcome.LATER, 10, "È in viaggio, chiede di essere richiamata al ritorno."),),
    (Call(4, Channel.PHONE, Outcome.MESSAGE, 2),),
    (),
    (Call(1, Channel.SMS, Outcome.COMING, None, "Preferisce il pomeriggio."),),
)
NOT_TO_CONTACT = "Ha chiesto per iscritto di non ricevere richiami."


def key_of(story: Story) -> UUID:
    """The key of one press."""
    return UUID(int=story.random.getrandbits(128), version=4)


def lay_out(story: Story, others: list[Patient]) -> None:
    """Everything on the desk but the waiting list; `others` are patients without a plan."""
    _extra_saturday(story)
    _run_batch(story)
    _visits_to_come(story, others)
    _call(story)
    _lose_time(story)


def _extra_saturday(story: Story) -> None:
    """Dr Russo, who is not in on Saturdays, sees patients on the next but one, also after the clinic has closed."""
    day = story.today + timedelta(days=(5 - story.today.weekday()) % 7 + 7)
    try:
        open_extra(
            practitioner=story.clinic.practitioners[3],
            site=story.clinic.site,
            day=day,
            starts=time(10),
            ends=time(17),
            by=story.clinic.administrator,
            now=story.now,
        )
    except Refused:
        return  # a holiday


def _run_batch(story: Story) -> None:
    """The shortest plans booked in one run yesterday; the patient of one is away for as long as it could begin.

    The longest is left: two years that are booked in one step are what the clinic shows best.
    """
    at = story.local(1, 9)
    waiting = TreatmentPlan.objects.filter(state=PlanState.APPROVED, sittings__state=SittingState.DUE)
    by_length = waiting.annotate(length=Count("sittings")).order_by("length", "pk")
    chosen = list(by_length.select_related("patient", "site")[:IN_THE_BATCH])
    away = chosen[1]
    first = away.sittings.get(number=1)
    wishes = wishes_of(away.patient, story.today)
    off = (first.earliest, first.latest + timedelta(days=2))
    with clock_at(at):
        save_preference(
            patient=away.patient,
            wishes=replace(wishes, unavailable=(*wishes.unavailable, off)),
            version=wishes.version,
            today=story.today,
        )
        batch = make_batch(plans=chosen, key=key_of(story), by=story.clinic.reception, now=at)
        book_next(batch=batch, by=story.clinic.reception, now=at, most=len(chosen))


def _visits_to_come(story: Story, others: list[Patient]) -> None:
    """First visits of new patients, reviews and complementary therapies of those whose plan runs."""
    new = iter(others)
    running = TreatmentPlan.objects.filter(state=PlanState.RUNNING).select_related("patient").order_by("pk")
    known = iter([plan.patient for plan in running[: len(COMING)]])
    at = story.local(2, 15)
    for kind, days in COMING:
        patient = next(new if kind in FIRST_VISITS else known)
        visit = Visit(kind, USUAL_MINUTES[kind], story.today + timedelta(days=days))
        with clock_at(at):
            found = visit_offers(patient=patient, site=story.clinic.site, visit=visit, now=at)
            if found.offers:
                token = story.random.choice(found.tokens[:3])
                book_visit(patient=patient, token=token, by=story.clinic.reception, now=at)


def _call(story: Story) -> None:
    """Attempts to ask back those whose recall is due, one who is not to be asked, and a cycle to be repeated."""
    plans: Sequence[TreatmentPlan] = list(recalls(today=story.today))
    for plan, calls in zip(plans, CALLS, strict=False):
        for call in calls:
            _log(story, plan, call)
    at = story.local(20, 16)
    for plan in plans[len(CALLS) : len(CALLS) + 1]:
        with clock_at(at):
            mark_do_not_contact(patient=plan.patient, reason=NOT_TO_CONTACT, by=story.clinic.reception, now=at)
    ended = TreatmentPlan.objects.filter(state=PlanState.COMPLETED).order_by("pk").first()
    if ended:
        with clock_at(story.local(6)):
            repeat_cycle_from(plan=ended, due=story.today + timedelta(days=12), by=story.clinic.doctor)


def _log(story: Story, plan: TreatmentPlan, call: Call) -> None:
    at = story.local(call.ago, 17)
    again: date | None = None
    if call.again is not None:
        again = timezone.localdate(at, story.clinic.site.zone) + timedelta(days=call.again)
        again += timedelta(days=again.weekday() == 6)
    with clock_at(at):
        log_attempt(
            plan=plan,
            key=key_of(story),
            channel=call.channel,
            outcome=call.outcome,
            by=story.clinic.reception,
            now=at,
            note=call.note,
            next_on=again,
        )


def _lose_time(story: Story) -> None:
    """An absence and the closure of a room, each over an appointment that was booked before."""
    ill = _first_booked(story, 2)
    if ill:
        Absence.objects.create(
            practitioner=ill.practitioner, starts=ill.starts, ends=ill.ends + timedelta(minutes=15), reason="Malattia"
        )
    repair = _first_booked(story, 4)
    if repair:
        Closure.objects.create(
            site=story.clinic.site,
            room=repair.room,
            starts=repair.starts,
            ends=repair.ends + timedelta(minutes=30),
            reason="Manutenzione del climatizzatore",
        )


def _first_booked(story: Story, days: int) -> Appointment | None:
    """The first sitting after noon, so many days from today or later."""
    return _booked(story, story.today + timedelta(days=days), 13 * 60).first()


def _booked(story: Story, day: date, minute: int) -> QuerySet[Appointment]:
    since: datetime = instant(day, minute, story.clinic.site.zone)
    rows = Appointment.objects.filter(status=Status.BOOKED, kind=Kind.SITTING, starts__gte=since)
    return rows.select_related("practitioner", "room").order_by("starts", "pk")
