"""An appointment put somewhere by hand: dragged on the calendar, or placed in free time; and what to ask first."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from clinic.models import User
from scheduling.engine.terms import Slot
from scheduling.models import Appointment, Closure, Equipment, Room, Sitting, Status
from scheduling.models.resources import Delivery
from scheduling.selectors.diary import qualified, read_diary
from scheduling.selectors.moving import followers
from scheduling.services.booking import book, check_as_seen
from scheduling.services.clashes import check_free, check_gaps
from scheduling.services.lines import Line, Place, line_of
from scheduling.services.moves import move_by_hand
from scheduling.services.open_time import check_open, is_free
from scheduling.services.refusals import Refused, TooClose
from scheduling.services.tracking import mark_arrived


class ToConfirm(Refused):
    """It can be done, but only by somebody who was asked first: the message is the question."""


class MustFollow(Refused):
    """It can be done if the sittings after it follow: `slot` is where it would go."""

    def __init__(self, message: object, slot: Slot) -> None:
        super().__init__(message, "starts")
        self.slot = slot


def put_appointment(
    *,
    appointment: Appointment,
    place: Place,
    version: int,
    by: User,
    now: datetime,
    sure: bool = False,
    any_room: bool = False,
) -> Appointment:
    """Moves a booked appointment to a place; unless `sure`, asks before it leaves its window or goes to a past day.

    Another practitioner must be trained for the plan. With `any_room` another room of the site does when the place's
    own is not free. What has begun may be put elsewhere too, while the patient has not come, but nothing to an earlier
    time that has passed. Raises ToConfirm, MustFollow, or Stale, SlotTaken and Refused as `move_by_hand` does.
    """
    # Before anything is asked: a question about what cannot be done is a waste of an answer.
    check_as_seen(appointment, version)
    before = line_of(appointment)
    line = before.at(replace(place, equipment=before.equipment))
    _check_not_over(appointment, line, now, takes_back=sure)
    if line.practitioner != before.practitioner:
        _check_trained(line)
    if any_room:
        line = replace(line, room=_free_room(line, appointment.pk, now))
    _check_gaps(appointment, line, now)
    if not sure and line.day != before.day:
        _ask(line, now)
    return move_by_hand(appointment=appointment, version=version, line=line, by=by, now=now)


def _check_not_over(appointment: Appointment, line: Line, now: datetime, *, takes_back: bool) -> None:
    """Refuses an earlier start that has passed, unless a move is taken back that has just brought it from there."""
    if line.starts >= appointment.starts or not _is_over(line, now):
        return
    before = appointment.history.order_by("-history_date", "-history_id")[1:2]  # type: ignore[attr-defined]
    if not (takes_back and any(record.starts == line.starts for record in before)):
        raise Refused(_("That time has passed: choose a later one."), "starts")


def _is_over(line: Line, now: datetime) -> bool:
    """Whether its start has passed by a step of the site's grid; what is nearer begins now."""
    return line.starts <= now - timedelta(minutes=line.room.site.grid_minutes)


def _check_gaps(appointment: Appointment, line: Line, now: datetime) -> None:
    """Refuses a day too close to the sittings around; MustFollow when only those after it are, and it is free.

    Raises SlotTaken or Refused when those could follow but the place is not free.
    """
    sitting = appointment.sitting
    if sitting is None:
        return
    try:
        check_gaps(sitting.plan, {sitting.pk: line})
    except TooClose as refusal:
        after = followers(appointment, now) if refusal.number > sitting.number else []
        if not after:
            raise
        moving = [appointment.pk, *after]
        check_free([line], without=moving)
        check_open(line, now, without=moving)
        raise MustFollow(refusal.message, line.slot) from None


def _check_trained(line: Line) -> None:
    """Refuses a practitioner who is not trained for the technique and delivery of the sitting's plan."""
    if line.sitting is None:
        return
    plan = line.sitting.plan
    if not qualified(line.room.site, plan.technique, plan.delivery).filter(pk=line.practitioner.pk).exists():
        sentence = _("%(practitioner)s is not trained for the technique or the delivery of this plan.")
        raise Refused(sentence % {"practitioner": line.practitioner}, "practitioner")


def _free_room(line: Line, moving: int, now: datetime) -> Room:
    """The line's own room if it is free then, else the first of its site that is, else its own again."""
    site = line.room.site
    diary = read_diary(site=site, first=line.day, last=line.day, now=now, without=[moving])
    rooms = [line.room.pk, *sorted(set(diary.rooms) - {line.room.pk})]
    slots = (replace(line.slot, room=room) for room in rooms)
    found = next((slot.room for slot in slots if is_free(diary, slot)), line.room.pk)
    return line.room if found == line.room.pk else Room.objects.select_related("site").get(pk=found)


def _ask(line: Line, now: datetime, *, here: bool = False) -> None:
    """Asks before a past day, or hour unless the patient is `here`, and before a sitting lies outside its window."""
    if line.day < timezone.localdate(now, line.room.site.zone):
        raise ToConfirm(_("That day is over: put it there all the same?"), "starts")
    if not here and _is_over(line, now):
        raise ToConfirm(_("That time has passed: put it there all the same?"), "starts")
    if line.sitting and (days := days_outside(line.sitting, line.day)):
        sentence = (
            ngettext(
                "That is %(days)s day after its window closes: put it there all the same?",
                "That is %(days)s days after its window closes: put it there all the same?",
                days,
            )
            if days > 0
            else ngettext(
                "That is %(days)s day before its window opens: put it there all the same?",
                "That is %(days)s days before its window opens: put it there all the same?",
                -days,
            )
        )
        raise ToConfirm(sentence % {"days": abs(days)}, "starts")


def days_outside(sitting: Sitting, day: date) -> int:
    """Days from the sitting's window to a local day: negative before it opens, positive after it closes, else 0."""
    if day < sitting.earliest:
        return (day - sitting.earliest).days
    return max((day - sitting.latest).days, 0)


def book_at(
    *, line: Line, by: User, now: datetime, key: UUID | None = None, sure: bool = False, here: bool = False
) -> Appointment:
    """Books one appointment where somebody put it; asks first, also before a time that has passed, unless `sure`.

    A sitting gets a free piece of the equipment its delivery needs. With `here` the patient is there already, which
    needs no question of the hour, and is marked as arrived, or nothing is booked. The same key gives the same booking
    back. Raises ToConfirm, SlotTaken, KeyReused or Refused.
    """
    _check_trained(line)
    pressed = Appointment.objects.filter(booking__key=key).select_related("equipment").first() if key else None
    if not sure and pressed is None:
        _ask(line, now, here=here)
    # The second press means what the first one got, which is not free any more.
    line = replace(line, equipment=pressed.equipment if pressed else _free_equipment(line, now))
    with transaction.atomic():
        booked = book(lines=[line], by=by, now=now, key=key, last_check=lambda: check_open(line, now))[0]
        return mark_arrived(appointment=booked, now=now) if here and booked.status == Status.BOOKED else booked


def _free_equipment(line: Line, now: datetime) -> Equipment | None:
    """The first piece of equipment for the sitting's delivery that is free then; none when it needs none."""
    if line.sitting is None or line.sitting.plan.delivery == Delivery.MANUAL:
        return None
    plan, site = line.sitting.plan, line.room.site
    things = Equipment.objects.filter(site=site, active=True, delivery=plan.delivery)
    taken = Appointment.objects.standing(now).overlapping(line.starts, line.ends).exclude(equipment=None)
    closed = Closure.objects.filter(starts__lt=line.ends, ends__gt=line.starts).exclude(equipment=None)
    free = things.exclude(pk__in=taken.values("equipment")).exclude(pk__in=closed.values("equipment"))
    found = free.order_by("pk").first()
    if found is None:
        sentence = _("No %(delivery)s is free at that time.")
        raise Refused(sentence % {"delivery": plan.get_delivery_display()}, "starts")
    return found
