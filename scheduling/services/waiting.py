"""The waiting list: freed slots offered to one who waits at a time, and what they answer.

Nobody is moved by the clock: a slot is kept for one person until a moment, and staff note what they answer.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
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
    ResourceKind,
    SlotOffer,
    Status,
)
from scheduling.selectors.fitting import fits
from scheduling.selectors.freed import as_free
from scheduling.selectors.slot_offers import open_offers
from scheduling.selectors.waiting import who_waits, wishes
from scheduling.services.booking import Change, Reserving, book, move_appointments
from scheduling.services.calling import check_contactable
from scheduling.services.clashes import check_gaps
from scheduling.services.lines import Line, resources_of
from scheduling.services.locking import lock_resources, retried
from scheduling.services.open_time import check_open
from scheduling.services.refusals import KeyReused, Refused, SlotTaken, Stale
from scheduling.services.reserved import cancel_expired, cancel_reserved


def close_wish(*, wish: EarlierWish, by: User, now: datetime) -> EarlierWish:
    """Takes somebody off the waiting list; what is offered to them at that moment is refused for them."""

    def write() -> EarlierWish:
        with transaction.atomic():
            stored = _locked(wish.pk)
            for offer in _unanswered().filter(wish=stored):
                _answered(offer, Answer.REFUSED, by, now)
            return _closed(stored, by, now)

    return retried(write)


def _locked(wish: int) -> EarlierWish:
    """The wish as it is now. Whoever answers locks it before the offer and the appointment, whoever offers too."""
    return EarlierWish.objects.select_for_update().get(pk=wish)


def _unanswered() -> QuerySet[SlotOffer]:
    """Offers without an answer, each locked until the transaction ends."""
    return SlotOffer.objects.filter(answer="").select_for_update(of=("self",)).select_related("appointment")


def _closed(wish: EarlierWish, by: User, now: datetime) -> EarlierWish:
    if wish.closed_at is None:
        wish.closed_at, wish.closed_by = now, by
        wish._history_user = by  # type: ignore[attr-defined]
        wish.save()
    return wish


def leave_free(*, freed: FreedSlot, by: User, now: datetime) -> None:
    """Takes a freed slot off the waiting list's page: it stays free for anybody.

    Raises SlotTaken while it is offered to somebody.
    """
    with transaction.atomic():
        lock_resources([(ResourceKind.PRACTITIONER, freed.practitioner_id)])  # as whoever offers it does
        _check_nobody_has_it(freed, now)
        # What was freed, booked and freed again is one slot.
        same = FreedSlot.objects.filter(practitioner=freed.practitioner_id, starts=freed.starts, left_free_at=None)
        same.update(left_free_at=now, left_free_by=by)


def offer_slot(*, freed: FreedSlot, wish: EarlierWish, key: UUID, by: User, now: datetime) -> SlotOffer:
    """Keeps a freed slot for one who waits, for OFFER_MINUTES or until it begins; the same press gives the offer back.

    Raises SlotTaken when somebody else has the time or is offered it, KeyReused when the key has offered something
    else, Refused when the slot does not fit them (any more).
    """
    line = _line(freed, wish)

    def write() -> SlotOffer:
        with transaction.atomic():
            lock_resources(line.resources)
            _locked(wish.pk)
            if earlier := _earlier_offer(key, freed, wish, now):
                return earlier
            _end_run_out(freed, wish, now)
            cancel_expired(now)
            _check_not_offered(freed, wish, now)
            check_contactable(wish.sitting.plan.patient)
            _check_fits(freed, wish, now)
            until = min(now + timedelta(minutes=settings.OFFER_MINUTES), freed.starts)
            kept = replace(line, sitting=None)
            reserving = Reserving(None, until)
            made = book(
                lines=[kept], by=by, now=now, key=key, reserving=reserving, last_check=lambda: _check_time(line, now)
            )
            return SlotOffer.objects.create(
                freed=freed, wish=wish, appointment=made[0], until=until, offered_by=by, offered_at=now
            )

    return retried(write)


def _earlier_offer(key: UUID, freed: FreedSlot, wish: EarlierWish, now: datetime) -> SlotOffer | None:
    """What a press with this key has offered already, as long as it runs."""
    found = SlotOffer.objects.filter(appointment__booking__key=key)
    earlier = found.select_related("appointment", "wish__sitting__plan__patient").first()
    if earlier and (earlier.freed_id, earlier.wish_id) != (freed.pk, wish.pk):
        raise KeyReused(_("This page has already offered another slot: look at the list as it stands now."))
    if earlier and not earlier.is_open(now):
        raise _over()
    return earlier


def _over() -> SlotTaken:
    return SlotTaken(_("This offer has run out or was answered: offer the slot again."))


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
    slots = as_free(FreedSlot.objects.filter(pk=freed.pk), freed.room.site)
    if not slots or not fits(slots[0], rows[0].could):
        raise Stale(_("This slot no longer fits: the sitting, its window or the wish has changed."))


def _end_run_out(freed: FreedSlot, wish: EarlierWish, now: datetime) -> None:
    """Notes that nobody answered the offers of this slot, or to this wish, that ran out."""
    for offer in _unanswered().filter(Q(freed=freed) | Q(wish=wish)).order_by("pk"):
        if not offer.is_open(now):
            _answered(offer, Answer.NO_ANSWER, None, offer.until)


def _check_not_offered(freed: FreedSlot, wish: EarlierWish, now: datetime) -> None:
    """Refuses a slot that was left free or is offered, and one for a patient who is offered another."""
    if not FreedSlot.objects.filter(pk=freed.pk, left_free_at=None).exists():
        raise Stale(_("This slot was left free meanwhile: book it where it is wanted."))
    _check_nobody_has_it(freed, now)
    if open_offers(now).filter(wish__sitting__plan__patient=wish.sitting.plan.patient_id).exists():
        sentence = _("%(patient)s is offered another slot: note the answer to that first.")
        raise Refused(sentence % {"patient": wish.sitting.plan.patient})


def _check_nobody_has_it(freed: FreedSlot, now: datetime) -> None:
    """Refuses a slot that is being offered, with to whom and until when."""
    if other := open_offers(now).filter(freed=freed).first():
        until = timezone.localtime(other.until, other.freed.room.site.zone)
        sentence = _("This slot is offered to %(patient)s by %(who)s until %(until)s.")
        words = {"patient": other.wish.sitting.plan.patient, "who": other.offered_by, "until": f"{until:%H:%M}"}
        raise SlotTaken(sentence % words)


def refuse_offer(*, offer: SlotOffer, answer: Answer, by: User, now: datetime) -> SlotOffer:
    """Notes that the slot was refused, or that nobody answered, and frees it for the next; once noted it stays so."""

    def write() -> SlotOffer:
        with transaction.atomic():
            _locked(offer.wish_id)
            stored = _locked_offer(offer)
            if stored.answer == Answer.ACCEPTED:
                raise Refused(_("This offer was accepted meanwhile."))
            if not stored.answer:
                _answered(stored, answer, by, now)
            return stored

    return retried(write)


def _locked_offer(offer: SlotOffer) -> SlotOffer:
    rows = SlotOffer.objects.select_for_update(of=("self",)).select_related("appointment")
    return rows.get(pk=offer.pk)


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
            asked = _locked(wish.pk)
            stored = _locked_offer(offer)
            if stored.answer == Answer.ACCEPTED:
                return stored
            if not stored.is_open(now):
                raise _over()
            _check_fits(offer.freed, wish, now)
            _answered(stored, Answer.ACCEPTED, by, now)
            if before:
                change = Change(before, before.version, line)
                move_appointments(
                    changes=[change], by=by, now=now, last_check=lambda: _check_time(line, now, without=before.pk)
                )
            else:
                book(lines=[line], by=by, now=now, last_check=lambda: _check_time(line, now))
            _closed(asked, by, now)
            return stored

    return retried(write)


def wishes_of_offer(offer: SlotOffer) -> EarlierWish:
    """The wish of an offer with its sitting, plan, patient and site, closed or not. One query."""
    rows = EarlierWish.objects.select_related("sitting__plan__patient", "sitting__plan__site", "sitting__phase")
    return rows.get(pk=offer.wish_id)
