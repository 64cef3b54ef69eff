"""The waiting list: wishes for an earlier slot, and freed slots offered to one who waits at a time.

Nobody is moved by the clock: a slot is kept for one person until a moment, and staff note what they answer.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from clinic.models import User
from scheduling.models import (
    Answer,
    Appointment,
    CancelReason,
    EarlierWish,
    FreedSlot,
    Kind,
    Practitioner,
    Sitting,
    SittingState,
    SlotOffer,
    Status,
)
from scheduling.selectors.freed import fits, trained
from scheduling.selectors.slot_offers import open_offers
from scheduling.selectors.waiting import who_waits, wishes
from scheduling.services.booking import Change, Reserving, book, move_appointments
from scheduling.services.calling import check_contactable
from scheduling.services.clashes import check_bookable, check_gaps, locked_sittings
from scheduling.services.lines import Line, resources_of
from scheduling.services.locking import lock_resources, retried
from scheduling.services.open_time import check_open
from scheduling.services.refusals import Refused, SlotTaken, Stale
from scheduling.services.reserved import cancel_expired, cancel_reserved


@dataclass(frozen=True, slots=True)
class Wanted:
    """When somebody could come: from a local day on, on weekdays (Monday 0; none is any), local hours, with whom."""

    earliest: date
    weekdays: Sequence[int] = ()
    from_time: time | None = None
    until_time: time | None = None
    practitioner: Practitioner | None = None
    note: str = ""


@transaction.atomic
def add_wish(*, sitting: Sitting, wanted: Wanted, by: User, now: datetime) -> EarlierWish:
    """Puts a sitting on the waiting list; on it already, what is wanted is replaced.

    Raises Refused for a sitting that is not to be given any more, or of a plan that does not go on.
    """
    stored = locked_sittings([sitting.pk])[sitting.pk]
    check_bookable(stored.plan)
    if stored.state not in (SittingState.DUE, SittingState.BOOKED):
        raise Refused(_("This sitting is no longer to be booked."))
    wish = EarlierWish.objects.filter(sitting=stored, closed_at=None).first()
    wish = wish or EarlierWish(sitting=stored, made_by=by, made_at=now)
    wish.earliest, wish.weekdays = wanted.earliest, sorted(wanted.weekdays)
    wish.from_time, wish.until_time = wanted.from_time, wanted.until_time
    wish.practitioner, wish.note = wanted.practitioner, wanted.note.strip()
    wish._history_user = by  # type: ignore[attr-defined]
    wish.save()
    return wish


@transaction.atomic
def close_wish(*, wish: EarlierWish, by: User, now: datetime) -> EarlierWish:
    """Takes somebody off the waiting list; what is offered to them at that moment is refused for them."""
    stored = EarlierWish.objects.select_for_update().get(pk=wish.pk)
    for offer in SlotOffer.objects.filter(wish=stored, answer="").select_related("appointment"):
        _answered(offer, Answer.REFUSED, by, now)
    return _closed(stored, by, now)


def _closed(wish: EarlierWish, by: User, now: datetime) -> EarlierWish:
    if wish.closed_at is None:
        wish.closed_at, wish.closed_by = now, by
        wish._history_user = by  # type: ignore[attr-defined]
        wish.save()
    return wish


def leave_free(*, freed: FreedSlot, by: User, now: datetime) -> None:
    """Takes a freed slot off the waiting list's page: it stays free for anybody."""
    if freed.left_free_at is None:
        freed.left_free_at, freed.left_free_by = now, by
        freed.save(update_fields=["left_free_at", "left_free_by"])


def offer_slot(*, freed: FreedSlot, wish: EarlierWish, key: UUID, by: User, now: datetime) -> SlotOffer:
    """Keeps a freed slot for one who waits, for OFFER_MINUTES; the same key gives the same offer back.

    Raises SlotTaken when somebody else has the time or is offered it, Refused when it does not fit them (any more).
    """
    line = _line(freed, wish)

    def write() -> SlotOffer:
        with transaction.atomic():
            lock_resources(line.resources)
            if earlier := SlotOffer.objects.filter(appointment__booking__key=key).first():
                return earlier
            cancel_expired(now)
            EarlierWish.objects.select_for_update().get(pk=wish.pk)  # nobody closes it meanwhile
            _check_not_offered(freed, wish, now)
            check_contactable(wish.sitting.plan.patient)
            _check_fits(freed, wish, now)
            until = now + timedelta(minutes=settings.OFFER_MINUTES)
            kept = replace(line, sitting=None)
            reserving = Reserving(None, until)
            made = book(
                lines=[kept], by=by, now=now, key=key, reserving=reserving, last_check=lambda: _check_time(line, now)
            )
            return SlotOffer.objects.create(
                freed=freed, wish=wish, appointment=made[0], until=until, offered_by=by, offered_at=now
            )

    return retried(write)


def _line(freed: FreedSlot, wish: EarlierWish) -> Line:
    """The slot as the line that would book it for the sitting."""
    sitting = wish.sitting
    plan = sitting.plan
    equipment = freed.equipment if freed.equipment and freed.equipment.delivery == plan.delivery else None
    return Line(
        plan.patient, Kind.SITTING, freed.practitioner, freed.room, freed.starts, plan.minutes, sitting, equipment
    )


def _check_time(line: Line, now: datetime, without: int | None = None) -> None:
    """Refuses time that is over or lost, and a day too close to the sittings around."""
    assert line.sitting is not None
    if line.starts <= now:
        raise SlotTaken(_("This slot is over by now."))
    check_open(line, now, without=[without] if without else [])
    check_gaps(line.sitting.plan, {line.sitting.pk: line})


def _check_fits(freed: FreedSlot, wish: EarlierWish, now: datetime) -> None:
    """Refuses a slot that is none for this wish as things stand: its window, its appointment, the wish itself."""
    rows = who_waits(freed.room.site, now, wishes().filter(pk=wish.pk))
    if not rows:
        raise Stale(_("This wish is closed by now."))
    if not fits(freed, rows[0], trained(freed.room.site)):
        raise Stale(_("This slot no longer fits: the sitting, its window or the wish has changed."))


def _check_not_offered(freed: FreedSlot, wish: EarlierWish, now: datetime) -> None:
    """Refuses what is offered already, the slot or to this patient; offers that ran out get no answer."""
    same = SlotOffer.objects.filter(answer="").select_related("appointment")
    for offer in [*same.filter(freed=freed), *same.filter(wish=wish)]:
        if not offer.is_open(now):
            _answered(offer, Answer.NO_ANSWER, None, offer.until)
    running = open_offers(now)
    if other := running.filter(freed=freed).first():
        until = timezone.localtime(other.until, freed.room.site.zone)
        sentence = _("This slot is offered to %(patient)s by %(who)s until %(until)s.")
        words = {"patient": other.wish.sitting.plan.patient, "who": other.offered_by, "until": f"{until:%H:%M}"}
        raise SlotTaken(sentence % words)
    if running.filter(wish__sitting__plan__patient=wish.sitting.plan.patient_id).exists():
        sentence = _("%(patient)s is offered another slot: note the answer to that first.")
        raise Refused(sentence % {"patient": wish.sitting.plan.patient})


def refuse_offer(*, offer: SlotOffer, answer: Answer, by: User, now: datetime) -> SlotOffer:
    """Notes that the slot was refused, or that nobody answered, and frees it for the next; once noted it stays so."""
    with transaction.atomic():
        stored = SlotOffer.objects.select_for_update(of=("self",)).select_related("appointment").get(pk=offer.pk)
        if stored.answer == Answer.ACCEPTED:
            raise Refused(_("This offer was accepted meanwhile."))
        if not stored.answer:
            _answered(stored, answer, by, now)
    return stored


def _answered(offer: SlotOffer, answer: Answer, by: User | None, at: datetime) -> None:
    """Writes the answer, and gives back what is still reserved."""
    kept = Appointment.objects.select_for_update().filter(pk=offer.appointment_id, status=Status.RESERVED).first()
    if kept:
        cancel_reserved([kept], CancelReason.GIVEN_BACK, by)
    offer.answer, offer.answered_by, offer.answered_at = answer, by, at
    offer.save(update_fields=["answer", "answered_by", "answered_at"])


def accept_offer(*, offer: SlotOffer, by: User, now: datetime) -> SlotOffer:
    """Gives the offered slot to the sitting, in place of its present one, and closes the wish; done already, it stays.

    All of it in one transaction, through the booking module. Raises SlotTaken when the offer has run out or was given
    back, Stale when the sitting's window or slot has changed so that it no longer fits, Refused.
    """
    wish = wishes_of_offer(offer)
    line = _line(offer.freed, wish)
    present = Appointment.objects.filter(sitting=wish.sitting, status=Status.BOOKED)
    before = present.select_related("patient", "practitioner", "room__site", "equipment", "sitting").first()

    def write() -> SlotOffer:
        with transaction.atomic():
            lock_resources([*line.resources, *(resources_of(before) if before else [])])
            rows = SlotOffer.objects.select_for_update(of=("self",))
            stored = rows.select_related("appointment", "wish").get(pk=offer.pk)
            if stored.answer == Answer.ACCEPTED:
                return stored
            if not stored.is_open(now):
                raise SlotTaken(_("This offer has run out or was answered: offer the slot again."))
            _check_fits(offer.freed, wish, now)
            _answered(stored, Answer.ACCEPTED, by, now)
            if before:
                change = Change(before, before.version, line)
                move_appointments(
                    changes=[change], by=by, now=now, last_check=lambda: _check_time(line, now, without=before.pk)
                )
            else:
                book(lines=[line], by=by, now=now, last_check=lambda: _check_time(line, now))
            _closed(stored.wish, by, now)
            return stored

    return retried(write)


def wishes_of_offer(offer: SlotOffer) -> EarlierWish:
    """The wish of an offer with its sitting, plan, patient and site, closed or not. One query."""
    rows = EarlierWish.objects.select_related("sitting__plan__patient", "sitting__plan__site", "sitting__phase")
    return rows.get(pk=offer.wish_id)
