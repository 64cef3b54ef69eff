"""A plan's rows as what the engine is asked: the sittings to place, and everybody's time around them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from django.utils import timezone

from scheduling.engine.request import CycleRequest
from scheduling.engine.terms import DueSitting, Preference, Slot
from scheduling.models import Appointment, BookingPreference, Sitting, SittingState, Status, TreatmentPlan
from scheduling.selectors.diary import read_diary
from scheduling.selectors.local_time import MINUTES_IN_DAY

# How far past the last ideal date the diary is read: enough for every sitting to be as late as its rule allows.
MOST_SLACK_DAYS = 90


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the person at the desk asks beyond the plan: a preference, wider windows (days by sitting number; negative
    is early) and a later start in days."""

    preference: Preference | None = None
    widen: Mapping[int, int] = field(default_factory=dict)
    later: int = 0


def preference_of(plan: TreatmentPlan) -> Preference:
    """The patient's stored preference, as the engine reads it."""
    stored = BookingPreference.objects.filter(patient=plan.patient_id).first()
    if stored is None:
        return Preference()
    return Preference(
        weekdays=frozenset(stored.weekdays),
        from_minute=stored.from_time.hour * 60 + stored.from_time.minute if stored.from_time else None,
        until_minute=stored.until_time.hour * 60 + stored.until_time.minute if stored.until_time else None,
        practitioner=stored.practitioner_id,
    )


def cycle_request(
    plan: TreatmentPlan, *, now: datetime, wishes: Wishes | None = None, only: int | None = None
) -> CycleRequest | None:
    """What to ask for the plan's due sittings (or for sitting number `only`), or nothing when none is due.

    Sittings already booked in between stand where they are. At most nine queries, whatever the diary holds.
    """
    wishes = wishes or Wishes()
    rows = list(plan.sittings.exclude(state=SittingState.SKIPPED).select_related("phase").order_by("number"))
    asked = [row for row in rows if row.state == SittingState.DUE and only in (None, row.number)]
    if not asked:
        return None
    begin = rows.index(asked[0])
    end = rows.index(asked[-1])
    if only is not None and end + 1 < len(rows) and rows[end + 1].booked:
        end += 1  # the next one's slot bounds this one's day
    course = rows[begin : end + 1]
    before = rows[begin - 1] if begin else None
    sittings = _due(course, plan.sittings.all() if _has_skipped(rows) else (), wishes)
    today = timezone.localdate(now, plan.site.zone)
    last = max(sittings[-1].latest, today) + timedelta(days=_slack(sittings))
    return CycleRequest(
        sittings=sittings,
        diary=read_diary(
            site=plan.site,
            first=today,
            last=last,
            now=now,
            patient=plan.patient,
            technique=plan.technique,
            delivery=plan.delivery,
        ),
        minutes=plan.minutes,
        preference=preference_of(plan) if wishes.preference is None else wishes.preference,
        previous=(before.given or before.booked) if before else None,
        not_before=_wall_now(plan, now),
        fixed=_standing(plan, course),
        plan_practitioner=plan.practitioner_id,
    )


def _has_skipped(rows: Sequence[Sitting]) -> bool:
    return any(after.number - before.number > 1 for before, after in zip(rows, rows[1:], strict=False)) or (
        bool(rows) and rows[0].number > 1
    )


def _due(course: Sequence[Sitting], every: Sequence[Sitting], wishes: Wishes) -> tuple[DueSitting, ...]:
    """The course as the engine's due sittings; the days of skipped ones count towards the next one's gap."""
    gaps = {row.number: row.gap for row in every}
    found = []
    expected = course[0].number
    for row in course:
        skipped = sum(gaps.get(number, 0) for number in range(expected, row.number))
        found.append(_as_due(row, row.gap + skipped, wishes))
        expected = row.number + 1
    return tuple(found)


def _as_due(row: Sitting, gap: int, wishes: Wishes) -> DueSitting:
    days = wishes.widen.get(row.number, 0)
    shift = timedelta(days=wishes.later)
    due = DueSitting(
        number=row.number,
        phase=row.phase.position - 1,
        ideal=row.ideal + shift,
        gap=gap,
        early=row.phase.early,
        late=row.phase.late,
        minimum_gap=row.phase.minimum_gap,
        earliest=row.earliest + shift,
        latest=row.latest + shift,
    )
    if days >= 0:
        return replace(due, late=due.late + days, latest=due.latest + timedelta(days=days))
    return replace(due, early=due.early - days, earliest=due.earliest + timedelta(days=days))


def _slack(sittings: Sequence[DueSitting]) -> int:
    return min(sum(sitting.late for sitting in sittings), MOST_SLACK_DAYS)


def _wall_now(plan: TreatmentPlan, now: datetime) -> tuple[date, int]:
    here = timezone.localtime(now, plan.site.zone)
    return here.date(), min(here.hour * 60 + here.minute + 1, MINUTES_IN_DAY)


def _standing(plan: TreatmentPlan, course: Sequence[Sitting]) -> dict[int, Slot]:
    """The slots of the course's sittings that are booked or given already, by sitting number."""
    standing = [row.pk for row in course if row.state != SittingState.DUE]
    if not standing:
        return {}
    rows = Appointment.objects.filter(sitting__in=standing).exclude(status__in=[Status.CANCELLED, Status.NO_SHOW])
    slots = {}
    for appointment in rows.select_related("sitting"):
        here = timezone.localtime(appointment.starts, plan.site.zone)
        assert appointment.sitting is not None
        slots[appointment.sitting.number] = Slot(
            day=here.date(),
            start=here.hour * 60 + here.minute,
            minutes=int((appointment.ends - appointment.starts).total_seconds()) // 60,
            practitioner=appointment.practitioner_id,
            room=appointment.room_id,
            equipment=appointment.equipment_id,
        )
    return slots
