"""What stands against a booking, found before the database's own rules would say it less kindly."""

from collections.abc import Collection, Mapping, Sequence
from zoneinfo import ZoneInfo

from django.db.models import Q
from django.utils import formats, timezone
from django.utils.translation import gettext as _

from scheduling import guard
from scheduling.models import Appointment, Sitting, SittingState, Status, TreatmentPlan
from scheduling.services.lines import Line
from scheduling.services.refusals import Refused, SlotTaken, TooClose


def check_free(lines: Sequence[Line], without: Collection[int] = ()) -> None:
    """Refuses with who holds the time, when any line meets an active appointment not in `without`. One query."""
    wanted = Q()
    for line in lines:
        same = Q(practitioner=line.practitioner) | Q(room=line.room) | Q(patient=line.patient)
        if line.equipment:
            same |= Q(equipment=line.equipment)
        near = Q(starts__lt=line.room_free_at, starts__gt=line.starts - guard.LONGEST, room_free_at__gt=line.starts)
        wanted |= near & same
    found = Appointment.objects.active().filter(wanted).exclude(pk__in=without)
    found = found.select_related("patient", "booked_by")
    for held in found:
        for line in lines:
            if sentence := _clash(line, held):
                raise SlotTaken(sentence)


def _clash(line: Line, held: Appointment) -> str:
    """What `held` takes that `line` needs, in words, or nothing."""
    what = _shared(line, held)
    if what is None:
        return ""
    zone = line.room.site.zone
    words = {
        "what": what,
        "when": formats.date_format(timezone.localtime(held.starts, zone), "SHORT_DATETIME_FORMAT"),
        "holder": held.patient,
        "status": held.get_status_display(),
    }
    if held.status == Status.RESERVED and held.reserved_until:
        sentence = _("%(what)s is not free on %(when)s: reserved for %(holder)s by %(who)s until %(until)s.")
        return sentence % (words | reserved_words(held, zone))
    return _("%(what)s is not free on %(when)s: %(holder)s is %(status)s there.") % words


def reserved_words(held: Appointment, zone: ZoneInfo) -> dict[str, str]:
    """Who has reserved the time, and until when on the clock of `zone`."""
    assert held.reserved_until is not None
    until = formats.time_format(timezone.localtime(held.reserved_until, zone))
    return {"who": str(held.booked_by or "–"), "until": until}


def _shared(line: Line, held: Appointment) -> object | None:
    """The practitioner, patient, equipment or room that both would use at one time."""
    if held.starts < line.ends and held.ends > line.starts:
        if held.practitioner_id == line.practitioner.pk:
            return line.practitioner
        if held.patient_id == line.patient.pk:
            return line.patient
        if line.equipment and held.equipment_id == line.equipment.pk:
            return line.equipment
    if held.room_id == line.room.pk and held.starts < line.room_free_at and held.room_free_at > line.starts:
        return line.room
    return None


def locked_sittings(pks: Sequence[int]) -> dict[int, Sitting]:
    """The sittings as they are now, each with its plan, which nobody else changes until the transaction ends."""
    plans = TreatmentPlan.objects.filter(pk__in=Sitting.objects.filter(pk__in=pks).values("plan"))
    locked = {plan.pk: plan for plan in plans.select_for_update().order_by("pk")}
    # Read only now: whoever had the plan before may have booked or freed one of them.
    sittings = Sitting.objects.select_related("phase").in_bulk(pks)
    for sitting in sittings.values():
        sitting.plan = locked[sitting.plan_id]
    return sittings


def check_bookable(plan: TreatmentPlan) -> None:
    """Refuses a plan of which nothing may be booked now."""
    if not plan.is_bookable:
        sentence = _("The plan is %(state)s: only an approved plan can be booked.")
        raise Refused(sentence % {"state": plan.get_state_display()})


def check_sittings(lines: Sequence[Line], stored: Mapping[int, Sitting]) -> None:
    """Refuses sittings that are not due, of plans that may not be booked, or closer than their minimum gap."""
    own = [line for line in lines if line.sitting]
    for line in own:
        sitting = stored.get(line.sitting.pk) if line.sitting else None
        if sitting is None or sitting.state not in (SittingState.DUE, SittingState.BOOKED):
            raise Refused(_("This sitting is no longer to be booked."), "sitting")
        if sitting.state == SittingState.BOOKED:
            raise SlotTaken(guard.SENTENCES["sitting_booked_once"])
        check_bookable(sitting.plan)
    check_gaps_of_plans(lines, stored)


def check_gaps_of_plans(lines: Sequence[Line], stored: Mapping[int, Sitting]) -> None:
    """Checks the gaps of every plan of which a line is for a sitting, as `check_gaps` does."""
    for plan in {sitting.plan for sitting in stored.values()}:
        check_gaps(plan, {line.sitting.pk: line for line in lines if line.sitting and line.sitting.plan_id == plan.pk})


def check_gaps(plan: TreatmentPlan, moving: Mapping[int, Line]) -> None:
    """Raises TooClose when one comes closer to the placed one before it than its phase's minimum gap, in days.

    So it does when they get out of order. `moving` has the lines by the sitting's id. What already stands too close is
    not held against them.
    """
    before, before_moves = None, False
    for sitting in plan.sittings.exclude(state=SittingState.SKIPPED).select_related("phase").order_by("number"):
        line = moving.get(sitting.pk)
        day = line.day if line else sitting.given or sitting.booked
        if day is None:
            continue
        moves = line is not None
        if before and (moves or before_moves) and (day - before).days < sitting.phase.minimum_gap:
            sentence = _("Sitting %(number)s would be less than %(days)s days after the one before.")
            raise TooClose(sentence % {"number": sitting.number, "days": sitting.phase.minimum_gap}, sitting.number)
        before, before_moves = day, moves
