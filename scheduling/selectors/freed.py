"""Slots that became free, and which of those who wait they fit."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from scheduling.guard import LONGEST_HOURS
from scheduling.models import (
    Absence,
    Appointment,
    Closure,
    EarlierWish,
    FreedSlot,
    Practitioner,
    Site,
    SlotOffer,
    TreatmentPlan,
)
from scheduling.models.resources import Delivery
from scheduling.selectors.waiting import Waiting, WaitingRow, waiting_row, who_waits_for_an_offer

LONGEST = timedelta(hours=LONGEST_HOURS)
MOST_SLOTS = 50


def freed_slots(site: Site, now: datetime, *, offered: bool) -> list[FreedSlot]:
    """Slots to come that became free at `site` and still are, or (`offered`) are taken by an offer alone. One query."""
    near = Q(starts__gt=OuterRef("starts") - LONGEST, starts__lt=OuterRef("ends"))
    taken = Appointment.objects.standing(now).filter(near)
    if offered:
        taken = taken.filter(offer=None)
    at_work = Q(practitioner=OuterRef("practitioner"), ends__gt=OuterRef("starts"))
    in_room = Q(room=OuterRef("room"), room_free_at__gt=OuterRef("starts"))
    lost = {"starts__lt": OuterRef("ends"), "ends__gt": OuterRef("starts")}
    closed = Closure.objects.filter(
        Q(room=None, equipment=None) | Q(room=OuterRef("room")) | Q(equipment=OuterRef("equipment")), site=site, **lost
    )
    found = FreedSlot.objects.filter(
        ~Exists(taken.filter(at_work)),
        ~Exists(taken.filter(in_room)),
        ~Exists(Absence.objects.filter(practitioner=OuterRef("practitioner"), **lost)),
        ~Exists(closed),
        room__site=site,
        practitioner__active=True,
        starts__gt=now,
        left_free_at=None,
    )
    rows = found.select_related("practitioner", "room__site", "equipment").order_by("starts", "-pk")[:MOST_SLOTS]
    # What was freed, booked and freed again is one slot.
    once = {(row.practitioner_id, row.starts): row for row in reversed(list(rows))}
    return sorted(once.values(), key=lambda row: (row.starts, row.pk))


def trained(site: Site) -> dict[int, frozenset[str]]:
    """The techniques and deliveries of a site's practitioners, by their id; of nobody while nobody waits. One query."""
    codes: dict[int, set[str]] = defaultdict(set)
    for pk, code in _trained(site.pk).all():
        codes[pk].add(code or "")
    return {pk: frozenset(known) for pk, known in codes.items()}


# Building it takes longer than asking it: once for each site, and every board asks a copy.
@lru_cache(maxsize=16)
def _trained(site: int) -> QuerySet[Practitioner, tuple[int, str | None]]:
    somebody_waits = Exists(EarlierWish.objects.open().filter(sitting__plan__site=site))
    return Practitioner.objects.filter(somebody_waits, active=True, sites=site).values_list("pk", "skills__code")


def fits(freed: FreedSlot, row: Waiting, skills: Mapping[int, frozenset[str]]) -> bool:
    """Whether a freed slot is an earlier one for somebody who waits: window, minutes, skill, wishes, their own time."""
    return _in_time(freed, row) and _suits(freed, row) and _can_treat(freed, row.plan, skills)


def _in_time(freed: FreedSlot, row: Waiting) -> bool:
    """Inside the window, which keeps the minimum gap; late, also after it, as long as it is earlier than now."""
    sitting, day = row.wish.sitting, _local(freed.starts, freed).date()
    if row.present:
        return sitting.earliest <= day and freed.starts < row.present.starts
    return sitting.earliest <= day and (day <= sitting.latest or row.late > 0)


def _suits(freed: FreedSlot, row: Waiting) -> bool:
    wish, here = row.wish, _local(freed.starts, freed)
    ends = freed.starts + timedelta(minutes=row.plan.minutes)
    return (
        row.plan.minutes <= freed.minutes
        and wish.earliest <= here.date()
        and (not wish.weekdays or here.weekday() in wish.weekdays)
        and (not wish.from_time or wish.from_time <= here.time())
        and (not wish.until_time or _local(ends, freed).time() <= wish.until_time)
        and wish.practitioner_id in (None, freed.practitioner_id)
        and not any(first <= here.date() <= last for first, last in row.away)
        and not any(starts < ends and until > freed.starts for starts, until in row.busy)
        and (row.present is None or row.present.starts >= ends)
    )


def _can_treat(freed: FreedSlot, plan: TreatmentPlan, skills: Mapping[int, frozenset[str]]) -> bool:
    known = skills.get(freed.practitioner_id)
    if known is None or (plan.technique and plan.technique not in known):
        return False
    if plan.delivery == Delivery.MANUAL:
        return True
    return plan.delivery in known and freed.equipment is not None and freed.equipment.delivery == plan.delivery


def _local(instant: datetime, freed: FreedSlot) -> datetime:
    return timezone.localtime(instant, freed.room.site.zone)


@dataclass(frozen=True, slots=True)
class FreedRow:
    """A freed slot on its site's clock, whom it fits in the order to ask, and to whom it is offered now, until when."""

    freed: FreedSlot
    starts: datetime
    ends: datetime
    fits: tuple[WaitingRow, ...]
    offer: SlotOffer | None
    until: datetime | None


def freed_rows(site: Site, now: datetime, waiting: Sequence[Waiting]) -> list[FreedRow]:
    """The freed slots of `site` that fit somebody of those who wait, or are offered. Two queries, none for nobody."""
    return _freed_rows(freed_slots(site, now, offered=True), waiting, trained(site)) if waiting else []


def freed_to_offer(site: Site, now: datetime) -> list[FreedRow]:
    """The freed slots of `site` that fit somebody and are not offered now.

    One small query while nobody waits, two while nothing is free for them, else five.
    """
    skills = trained(site)
    slots = freed_slots(site, now, offered=False) if skills else []
    return _freed_rows(slots, who_waits_for_an_offer(site, now), skills) if slots else []


def _freed_rows(
    slots: Sequence[FreedSlot], waiting: Sequence[Waiting], skills: Mapping[int, frozenset[str]]
) -> list[FreedRow]:
    offers = {row.offer.freed_id: row.offer for row in waiting if row.offer}
    rows = []
    for freed in slots:
        found = tuple(waiting_row(row) for row in waiting if row.offer is None and fits(freed, row, skills))
        if found or freed.pk in offers:
            starts, ends = _local(freed.starts, freed), _local(freed.ends, freed)
            offer = offers.get(freed.pk)
            until = _local(offer.until, freed) if offer else None
            rows.append(FreedRow(freed, starts, ends, found, offer, until))
    return rows
