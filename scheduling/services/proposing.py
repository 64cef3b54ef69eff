"""Proposals for a whole cycle, offers for one sitting, and booking the one chosen exactly as it was shown."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.core import signing
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from simple_history.utils import bulk_update_with_history

from clinic.models import User
from scheduling.engine.cycle import proposals
from scheduling.engine.offers import LOOK_DAYS
from scheduling.engine.pins import LostPin, Pin, with_pins
from scheduling.engine.request import CycleRequest
from scheduling.engine.terms import Blocked, Diary, Offer, Proposal, ProposalName, Slot
from scheduling.engine.what_if import WhatIf, what_ifs, what_ifs_outside
from scheduling.models import Appointment, Sitting, SittingState, TreatmentPlan
from scheduling.models.resources import Delivery, Equipment
from scheduling.selectors.cycles import Wishes, cycle_request
from scheduling.selectors.diary import read_diary
from scheduling.selectors.looking import EVERYWHERE, Look
from scheduling.selectors.other_visits import keep_clear
from scheduling.services.booking import Reserving, book_cycle
from scheduling.services.clashes import check_bookable
from scheduling.services.open_time import is_free, is_open
from scheduling.services.refusals import Refused, SlotTaken, Stale

SALT = "cadenza.proposal"
VALID_FOR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Signed:
    """A proposal and the sealed text that books exactly it."""

    proposal: Proposal
    slots: Mapping[int, Slot]
    token: str

    @property
    def numbers(self) -> tuple[int, ...]:
        """The sittings it books."""
        return tuple(self.slots)


@dataclass(frozen=True, slots=True)
class Proposed:
    """What was asked of the engine, its answer, and the wishes without the pins that no longer stand, in `lost`."""

    request: CycleRequest
    answer: tuple[Signed, ...] | Blocked
    wishes: Wishes
    lost: tuple[tuple[Pin, LostPin], ...]


def propose_cycle(
    *, plan: TreatmentPlan, now: datetime, wishes: Wishes | None = None, first: date | None = None
) -> tuple[Signed, ...] | Blocked:
    """Up to three ranked proposals for every due sitting of `plan`, or which sitting cannot be placed and why.

    No slot is before the local day `first`, when there is one. Raises Refused when the plan cannot be booked at all.
    """
    return propose_edited(plan=plan, now=now, wishes=wishes or Wishes(), first=first).answer


def propose_edited(*, plan: TreatmentPlan, now: datetime, wishes: Wishes, first: date | None = None) -> Proposed:
    """Proposals around the pins, without the sittings left out; what no longer stands of the pins is dropped.

    No slot is before the local day `first`, when there is one.
    Raises Refused when the plan cannot be booked at all, or when no sitting is left to book.
    """
    check_bookable_here(plan)
    request = cycle_request(plan, now=now, wishes=wishes)
    if request is None:
        if wishes.leave and plan.sittings.filter(state=SittingState.DUE).exists():
            raise Refused(_("At least one sitting must stay in this booking."))
        raise Refused(_("Every sitting of this plan has its slot."))
    if first:
        request = replace(request, not_before=(first, 0))
    request, lost = with_pins(request, wishes.pins)
    dropped = tuple((pin, lost[pin.number]) for pin in wishes.pins if pin.number in lost)
    wishes = replace(wishes, pins=tuple(pin for pin in wishes.pins if pin.number not in lost))
    found = proposals(request)
    answer = found if isinstance(found, Blocked) else tuple(_signed(plan, each, request, wishes) for each in found)
    return Proposed(request, answer, wishes, dropped)


def other_slots(proposed: Proposed, number: int, name: str) -> tuple[WhatIf, ...]:
    """The other slots of one sitting, best first, with the proposal of that name chosen anew around each.

    Where nothing fits, those outside its window that make the cycle whole, if its window holds none. None for a sitting
    that is not to be placed.
    """
    request = proposed.request
    if number in request.fixed.keys() - request.pinned or number not in {each.number for each in request.sittings}:
        return ()
    if isinstance(proposed.answer, Blocked):
        return what_ifs_outside(request, number)
    return what_ifs(request, number, ProposalName(name), [signed.proposal for signed in proposed.answer])


def check_bookable_here(plan: TreatmentPlan) -> None:
    """Refuses a plan of which nothing may be booked now, or that needs equipment its site has not."""
    check_bookable(plan)
    equipment = Equipment.objects.filter(site=plan.site_id, active=True, delivery=plan.delivery)
    if plan.delivery != Delivery.MANUAL and not equipment.exists():
        sentence = _("The plan needs a %(delivery)s and this site has none in use.")
        raise Refused(sentence % {"delivery": plan.get_delivery_display()})


def _signed(plan: TreatmentPlan, proposal: Proposal, request: CycleRequest, wishes: Wishes) -> Signed:
    """The proposal's new slots (those that stand already left out), sealed with the plan's version."""
    standing = request.fixed.keys() - request.pinned
    every = zip((sitting.number for sitting in request.sittings), proposal.slots, strict=True)
    slots = {number: slot for number, slot in every if number not in standing}
    return Signed(proposal, slots, seal(plan, slots, wishes.later))


def seal(plan: TreatmentPlan, slots: dict[int, Slot], later: int = 0) -> str:
    """The slots of a plan, by sitting number, as a signed text for a form."""
    rows = [(n, s.day.toordinal(), s.start, s.minutes, s.practitioner, s.room, s.equipment) for n, s in slots.items()]
    return signing.dumps(
        {"plan": plan.pk, "version": plan.version, "later": later, "slots": rows}, salt=SALT, compress=True
    )


@dataclass(frozen=True, slots=True)
class Sealed:
    """What a signed text holds: slots by sitting number, the plan's version then, and a later start in days."""

    slots: dict[int, Slot]
    version: int
    later: int


def unseal(plan: TreatmentPlan, token: str) -> Sealed:
    """The content of a signed text. Stale when it is too old, Refused when it is not ours or of another plan."""
    try:
        content = signing.loads(token, salt=SALT, max_age=VALID_FOR)
    except signing.SignatureExpired:
        raise Stale(_("This proposal is more than an hour old: here are fresh ones.")) from None
    except signing.BadSignature:
        raise Refused(_("This proposal cannot be read: propose again.")) from None
    if content["plan"] != plan.pk:
        raise Refused(_("This proposal belongs to another plan: propose again."))
    slots = {
        number: Slot(date.fromordinal(day), start, minutes, practitioner, room, equipment)
        for number, day, start, minutes, practitioner, room, equipment in content["slots"]
    }
    return Sealed(slots, content["version"], content["later"])


def book_proposal(
    *, plan: TreatmentPlan, token: str, by: User, now: datetime, key: UUID | None = None
) -> list[Appointment]:
    """Books the sealed slots, all or none. Raises SlotTaken when any is no longer free, Refused or Stale."""
    sealed = unseal(plan, token)

    def check() -> None:
        stored = check_unchanged(plan, sealed.version)
        check_still_open(plan, sealed.slots, now)
        if sealed.later:
            start_later(stored, sealed.later)

    later = sealed.later
    return book_cycle(plan=plan, slots=sealed.slots, by=by, now=now, key=key, last_check=check, later=later)


def reserve_proposal(*, plan: TreatmentPlan, token: str, by: User, now: datetime, key: UUID) -> list[Appointment]:
    """Reserves the sealed slots for RESERVATION_MINUTES, all or none; the sittings stay due until it is confirmed.

    Raises as book_proposal does.
    """
    sealed = unseal(plan, token)

    def check() -> None:
        check_unchanged(plan, sealed.version)
        check_still_open(plan, sealed.slots, now)

    return book_cycle(
        plan=plan,
        slots=sealed.slots,
        by=by,
        now=now,
        key=key,
        last_check=check,
        reserving=Reserving(plan, now + timedelta(minutes=settings.RESERVATION_MINUTES)),
        later=sealed.later,
    )


def check_unchanged(plan: TreatmentPlan, version: int) -> TreatmentPlan:
    """The plan as it is now, locked. Stale when it is no longer the `version` its slots were proposed for."""
    stored = TreatmentPlan.objects.select_for_update().get(pk=plan.pk)
    check_bookable_here(stored)
    if stored.version != version:
        raise Stale(_("The plan has changed since these slots were proposed: here are fresh ones."))
    return stored


def start_later(plan: TreatmentPlan, days: int) -> None:
    """Moves the ideal dates and windows of every due sitting by `days`."""
    due = list(plan.sittings.filter(state=SittingState.DUE))
    shift = timedelta(days=days)
    for sitting in due:
        sitting.ideal += shift
        sitting.earliest += shift
        sitting.latest += shift
    bulk_update_with_history(due, Sitting, ["ideal", "earliest", "latest"])


def check_still_open(
    plan: TreatmentPlan, slots: Mapping[int, Slot], now: datetime, without: Sequence[int] = ()
) -> None:
    """Refuses slots that are over, or in time lost since they were proposed: hours, absences, closures, the patient's.

    Runs once no appointment but those in `without` stands in their way, so that whatever is not free in the diary has
    been closed.
    """
    over, closed = lost_slots(plan, slots, now, without)
    if over:
        raise SlotTaken(_("The slot on %(day)s is over by now.") % {"day": date_format(slots[over[0]].day)})
    if closed:
        sentence = _("The slot on %(day)s is no longer offered: hours, an absence or a closure have changed.")
        raise SlotTaken(sentence % {"day": date_format(slots[closed[0]].day)})


def lost_slots(
    plan: TreatmentPlan, slots: Mapping[int, Slot], now: datetime, without: Sequence[int] = ()
) -> tuple[list[int], list[int]]:
    """The sittings whose slot is over, and those whose slot lies in time that is lost; `without` is left out of it."""
    diary, clear = _diary_around(plan, slots, now, without), keep_clear(plan, now)
    over = [number for number, slot in slots.items() if _is_over(plan, slot, now)]
    closed = [n for n, slot in slots.items() if not is_open(diary, slot) or slot.day.toordinal() in clear]
    return over, closed


def still_free(
    plan: TreatmentPlan, slots: Mapping[int, Slot], now: datetime, without: Sequence[int] = ()
) -> dict[int, Slot]:
    """Those of the slots, by sitting number, that could be booked at `now`; appointments in `without` count as free."""
    if not slots:
        return {}
    diary, clear = _diary_around(plan, slots, now, without), keep_clear(plan, now)
    return {
        number: slot
        for number, slot in slots.items()
        if is_free(diary, slot) and not _is_over(plan, slot, now) and slot.day.toordinal() not in clear
    }


def _is_over(plan: TreatmentPlan, slot: Slot, now: datetime) -> bool:
    here = timezone.localtime(now, plan.site.zone)
    return (slot.day, slot.start) < (here.date(), here.hour * 60 + here.minute)


def _diary_around(plan: TreatmentPlan, slots: Mapping[int, Slot], now: datetime, without: Sequence[int]) -> Diary:
    days = [slot.day for slot in slots.values()]
    return read_diary(
        site=plan.site,
        first=min(days),
        last=max(days),
        now=now,
        patient=plan.patient,
        technique=plan.technique,
        delivery=plan.delivery,
        without=without,
    )


def offers(*, sitting: Sitting, now: datetime, most: int = 10, look: Look = EVERYWHERE) -> tuple[Offer, ...]:
    """Ranked free slots for one due sitting inside its window; when that holds none, the best outside, marked so.

    With a day to look from they may be outside as well. None at all when its plan cannot be booked.
    """
    if not sitting.plan.is_bookable:
        return ()
    until = look.first + timedelta(days=LOOK_DAYS) if look.first else None
    request = cycle_request(sitting.plan, now=now, only=sitting.number, until=until)
    return look.slots(request, sitting.number, most) if request else ()
