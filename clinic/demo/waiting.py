"""The demo's waiting list: who would come earlier, time that became free for them, and what they were offered."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django.utils import timezone

from clinic.demo.desk import key_of
from clinic.demo.story import Story, clock_at, rebook
from scheduling.models import (
    Answer,
    Appointment,
    CancelReason,
    FreedSlot,
    Kind,
    Sitting,
    SlotOffer,
    Status,
    TreatmentPlan,
)
from scheduling.selectors.fitting import Free, fits
from scheduling.selectors.freed import freed_list
from scheduling.selectors.local_time import instant
from scheduling.selectors.waiting import waiting_rows, who_waits
from scheduling.services.refusals import Refused
from scheduling.services.tracking import cancel_appointment
from scheduling.services.waiting import accept_offer, offer_slot, refuse_offer
from scheduling.services.wishes import Wanted, add_wish

WISHES = 9
# When they could come besides: weekdays, from, until, and the desk's note.
COULD: tuple[tuple[tuple[int, ...], time | None, time | None, str], ...] = (
    ((), None, None, ""),
    ((), time(9), time(13), "Solo di mattina."),
    ((0, 1, 2, 3), None, None, ""),
    ((), time(14), None, "Esce dal lavoro alle 13.30."),
    ((), None, None, "Ha chiamato due volte."),
)
# How many slots become free besides those that are offered.
LEFT_OPEN = 2


@dataclass(frozen=True, slots=True)
class Told:
    """One offer: days ago and the hour, and the answer."""

    ago: int
    hour: int
    answer: Answer


OFFERS = (Told(2, 10, Answer.REFUSED), Told(2, 16, Answer.ACCEPTED), Told(1, 9, Answer.NO_ANSWER))


def put_on_waiting_list(story: Story) -> None:
    """Wishes, slots freed by patients who cannot come, and offers with every answer; the last one still runs."""
    _wish(story)
    for told in OFFERS:
        at = story.local(told.ago, told.hour)
        if offer := _offer(story, at):
            _answer(story, offer, told.answer, at + timedelta(minutes=25))
    _offer(story, story.now)
    for _slot in range(LEFT_OPEN):
        _free_one(story, story.now)


def _wish(story: Story) -> None:
    """The patients whose next sitting is booked furthest past its ideal date."""
    at = story.local(4, 16)
    soon = story.now + timedelta(days=4), story.now + timedelta(days=21)
    late = Sitting.objects.filter(
        appointments__status=Status.BOOKED,
        appointments__starts__range=soon,
        plan__state__in=TreatmentPlan.BOOKABLE,
    )
    rows = late.select_related("plan").order_by("plan", "number").distinct()
    ranked = sorted(rows, key=lambda row: (-(row.drift or 0), row.pk))
    plans: set[int] = set()
    for sitting in ranked:
        if len(plans) < WISHES and sitting.plan_id not in plans:
            weekdays, starts, ends, note = COULD[len(plans) % len(COULD)]
            wanted = Wanted(story.today, weekdays, starts, ends, None, note)
            with clock_at(at):
                add_wish(sitting=sitting, wanted=wanted, by=story.clinic.reception, now=at)
            plans.add(sitting.plan_id)


def _free_one(story: Story, at: datetime) -> FreedSlot | None:
    """A booked sitting is cancelled whose time fits somebody who waits; None when there is none."""
    site = story.clinic.site
    waiting = who_waits(site, at)
    taken = {row.plan.patient_id for row in waiting}
    since = instant(story.today + timedelta(days=1), 0, site.zone)
    rows = Appointment.objects.filter(
        kind=Kind.SITTING, status=Status.BOOKED, starts__range=(since, since + timedelta(days=20))
    )
    rows = rows.select_related("practitioner", "room__site", "equipment").prefetch_related("practitioner__skills")
    for row in rows.exclude(patient__in=taken):
        if any(fits(_free(row), each.could) for each in waiting if each.offer is None):
            with clock_at(at):
                cancel_appointment(appointment=row, reason=CancelReason.PATIENT, by=story.clinic.reception, now=at)
            rebook(story, row, at, after=row.ends)
            return FreedSlot.objects.filter(appointment=row).order_by("-pk").first()
    return None


def _free(row: Appointment) -> Free:
    """The time of an appointment, as if it were free already."""
    zone = row.room.site.zone
    return Free(
        pk=0,
        starts=timezone.localtime(row.starts, zone),
        ends=timezone.localtime(row.ends, zone),
        practitioner=row.practitioner_id,
        practitioner_name=row.practitioner.name,
        room=row.room.name,
        skills=frozenset(skill.code for skill in row.practitioner.skills.all()),
        delivery=row.equipment.delivery if row.equipment else "",
    )


def _offer(story: Story, at: datetime) -> SlotOffer | None:
    """A slot that has just become free, offered to the first whom it fits."""
    site = story.clinic.site
    freed = _free_one(story, at - timedelta(minutes=20))
    if freed is None:
        return None
    for row in freed_list(site, at, waiting_rows(site, at), freed.pk).rows:
        for each in row.fits:
            try:
                with clock_at(at):
                    return offer_slot(
                        freed=freed, wish=each.waiting.wish, key=key_of(story), by=story.clinic.reception, now=at
                    )
            except Refused:
                continue  # too close to another sitting of theirs: the next one is asked
    return None


def _answer(story: Story, offer: SlotOffer, answer: Answer, at: datetime) -> None:
    with clock_at(at):
        if answer == Answer.ACCEPTED:
            accept_offer(offer=offer, by=story.clinic.reception, now=at)
        else:
            refuse_offer(offer=offer, answer=answer, by=story.clinic.reception, now=at)
