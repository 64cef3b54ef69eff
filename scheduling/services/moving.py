"""Where a booked appointment could move, and what may follow when it does."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from scheduling.engine.cycle import most_regular
from scheduling.engine.protocol import Follow
from scheduling.engine.terms import Blocked, Offer, Slot
from scheduling.models import Appointment, Follows, Status
from scheduling.selectors.cycles import slot_of
from scheduling.selectors.diary import read_diary
from scheduling.selectors.local_time import instant
from scheduling.selectors.looking import EVERYWHERE, Look
from scheduling.selectors.moving import (
    Placed,
    Widened,
    other_slots_of_appointment,
    other_slots_of_sitting,
    placed,
    rest_to_respace,
    stands_at,
)
from scheduling.selectors.other_visits import keep_clear
from scheduling.services.clashes import check_gaps
from scheduling.services.moves import lines_to, seal_move
from scheduling.services.open_time import is_free
from scheduling.services.refusals import Refused, SlotTaken

OFFERS = 12


def check_movable(appointment: Appointment, now: datetime) -> None:
    """Refuses what is not booked any more, or has begun."""
    if appointment.status != Status.BOOKED:
        raise Refused(_("Only a booked appointment can be moved."))
    if appointment.starts <= now:
        raise Refused(_("This appointment has begun: it can no longer be moved."))


def may_move(appointment: Appointment, now: datetime) -> bool:
    """Whether other slots can be looked for."""
    try:
        check_movable(appointment, now)
    except Refused:
        return False
    return True


def other_slots(
    *, appointment: Appointment, now: datetime, look: Look = EVERYWHERE, most: int = OFFERS
) -> tuple[Offer, ...]:
    """Ranked free slots to which a booked appointment could move, from a local day on when one is given.

    Without one, a sitting is offered its window between the sittings around it; with one, also days beyond the next
    sitting, which then has to follow. Raises Refused when it cannot move at all.
    """
    check_movable(appointment, now)
    if appointment.sitting is None:
        return _near(appointment, now, look, most)
    number = appointment.sitting.number
    told = placed(appointment.sitting.plan)
    request = other_slots_of_sitting(told, number, now, look.first)
    return _without(look.slots(request, number, most + 1), slot_of(appointment, told.plan.site.zone), most)


def _near(appointment: Appointment, now: datetime, look: Look, most: int) -> tuple[Offer, ...]:
    """Slots near those of an appointment outside a plan, with the same practitioner where that costs no more."""
    request = other_slots_of_appointment(appointment, now, look.first)
    return _without(look.slots(request, 1, most + 1), slot_of(appointment, appointment.room.site.zone), most)


def _without(offers: Sequence[Offer], present: Slot, most: int) -> tuple[Offer, ...]:
    """The offers but the time the appointment has already."""
    when = (present.day, present.start, present.practitioner)
    return tuple(o for o in offers if (o.slot.day, o.slot.start, o.slot.practitioner) != when)[:most]


@dataclass(frozen=True, slots=True)
class Choice:
    """What may follow: the slots of all that move, by sitting number (0 outside a plan), and the text that does it.

    Without a token it cannot be done: `refused` says why, or `blocked` which sitting finds no slot.
    """

    follows: Follows
    slots: Mapping[int, Slot]
    token: str = ""
    refused: str = ""
    blocked: Blocked | None = None


@dataclass(frozen=True, slots=True)
class Proposed:
    """The choices of what follows when one appointment moves, and the one that the plan's rule suggests.

    It `stays` when the slot asked about is the one it has: only others move then.
    """

    told: Placed | None
    choices: tuple[Choice, ...]
    suggested: Follows
    stays: bool = False


def propose_moves(*, appointment: Appointment, to: Slot, now: datetime, widen: Widened = ()) -> Proposed:
    """What may follow when a booked appointment moves to a slot, or has come to the one where it stands.

    There it stays and only others move; without choices nothing would. Those that follow may use the windows in
    `widen`. Raises SlotTaken when the slot is not free any
    more, Refused when the appointment cannot move.
    """
    check_movable(appointment, now)
    stays = stands_at(appointment, to)
    if appointment.sitting is None:
        if stays:
            return Proposed(None, (), Follows.ALONE, stays)
        _check_target(appointment, to, now, [appointment.pk])
        return Proposed(None, (_sealed(appointment, Follows.ALONE, {0: to}, {0: appointment}),), Follows.ALONE)
    number, told = appointment.sitting.number, placed(appointment.sitting.plan)
    after = told.movable_after(number, now)
    choices = []
    if not stays:
        _check_target(appointment, to, now, [appointment.pk, *(row.pk for row in after.values())])
        choices.append(_choice(told, appointment, Follows.ALONE, {number: to}))
    if after:
        choices.append(_respaced(told, appointment, Follows.REST, to, now, after, widen))
    phase = told.movable_after(number, now, phase=appointment.sitting.phase_id)
    if phase and len(phase) < len(after):
        choices.append(_respaced(told, appointment, Follows.PHASE, to, now, phase, widen))
    choices = _distinct(choices)
    return Proposed(told, tuple(choices), _suggested(told, choices), stays)


def _check_target(appointment: Appointment, to: Slot, now: datetime, without: Sequence[int]) -> None:
    """Refuses a slot that could not be booked at `now` if those in `without` were gone."""
    plan = appointment.sitting.plan if appointment.sitting else None
    site = plan.site if plan else appointment.room.site
    diary = read_diary(
        site=site,
        first=to.day,
        last=to.day,
        now=now,
        patient=appointment.patient,
        technique=plan.technique if plan else "",
        delivery=plan.delivery if plan else "",
        without=without,
    )
    clear = keep_clear(plan, now) if plan else frozenset()
    if not is_free(diary, to) or to.day.toordinal() in clear or instant(to.day, to.start, site.zone) <= now:
        raise SlotTaken(_("This slot is no longer free."))


def _respaced(
    told: Placed,
    appointment: Appointment,
    follows: Follows,
    to: Slot,
    now: datetime,
    free: Mapping[int, Appointment],
    widen: Widened,
) -> Choice:
    """The sittings in `free` booked anew around the day of the first, nobody moved without need."""
    request = rest_to_respace(told, _number(appointment), to, now, free, widen)
    answer = most_regular(request)
    if isinstance(answer, Blocked):
        return Choice(follows, {}, blocked=answer)
    found = zip((sitting.number for sitting in request.sittings), answer.slots, strict=True)
    rows = {_number(appointment): appointment, **free}
    slots = {n: slot for n, slot in found if n in rows and slot != slot_of(rows[n], told.plan.site.zone)}
    return _choice(told, appointment, follows, slots)


def _choice(told: Placed, appointment: Appointment, follows: Follows, slots: Mapping[int, Slot]) -> Choice:
    """The choice sealed, or why it is refused: a minimum gap would be broken."""
    rows = {n: appointment if n == _number(appointment) else told.appointments[n] for n in slots}
    lines = lines_to([(rows[n], slot) for n, slot in slots.items()])
    try:
        check_gaps(told.plan, {line.sitting.pk: line for line in lines if line.sitting})
    except Refused as refusal:
        return Choice(follows, slots, refused=refusal.message)
    return _sealed(appointment, follows, slots, rows)


def _number(appointment: Appointment) -> int:
    return appointment.sitting.number if appointment.sitting else 0


def _distinct(choices: Sequence[Choice]) -> list[Choice]:
    """The choices that move anything and of which no earlier one does the same."""
    return [
        choice
        for index, choice in enumerate(choices)
        if choice.blocked or (choice.slots and all(choice.slots != other.slots for other in choices[:index]))
    ]


def _suggested(told: Placed, choices: Sequence[Choice]) -> Follows:
    """By the plan's rule the rest keeps its dates or shifts; never one that cannot be done while another can."""
    possible = [choice for choice in choices if choice.token]
    if told.plan.follow == Follow.RE_ANCHOR:
        possible = [*(choice for choice in possible if choice.follows != Follows.ALONE), *possible]
    return [*possible, *choices][0].follows if choices else Follows.ALONE


def _sealed(
    appointment: Appointment, follows: Follows, slots: Mapping[int, Slot], rows: Mapping[int, Appointment]
) -> Choice:
    plan = appointment.sitting.plan if appointment.sitting else None
    return Choice(follows, slots, seal_move(appointment, plan, follows, [(rows[n], slots[n]) for n in sorted(slots)]))
