"""Slots that became free, and which of those who wait they fit."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import Any

from django.db.models import Exists, Max, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from scheduling.guard import LONGEST
from scheduling.models import Absence, Answer, Appointment, Closure, EarlierWish, FreedSlot, Site, SlotOffer
from scheduling.selectors.fitting import Could, Free, fits
from scheduling.selectors.local_time import day_span
from scheduling.selectors.prepared import DAY, NOW, SINCE, SITE, UNTIL, Given, Prepared
from scheduling.selectors.slot_offers import open_offers
from scheduling.selectors.waiting import WaitingRow, could_by_wish, own_spans

MOST_SLOTS = 50
FIRST_TO_ASK = 3


def still_free(site: Site | Given, now: datetime | Given) -> QuerySet[FreedSlot]:
    """Slots to come that became free at `site`, are not left free, and have neither been taken nor lost since."""
    near = Q(starts__gt=OuterRef("starts") - LONGEST, starts__lt=OuterRef("ends"))
    taken = Appointment.objects.standing(now).filter(near)
    at_work = Q(practitioner=OuterRef("practitioner"), ends__gt=OuterRef("starts"))
    in_use = Q(equipment=OuterRef("equipment"), ends__gt=OuterRef("starts"))
    in_room = Q(room=OuterRef("room"), room_free_at__gt=OuterRef("starts"))
    lost = {"starts__lt": OuterRef("ends"), "ends__gt": OuterRef("starts")}
    closed = Closure.objects.filter(
        Q(room=None, equipment=None) | Q(room=OuterRef("room")) | Q(equipment=OuterRef("equipment")), site=site, **lost
    )
    return FreedSlot.objects.filter(
        ~Exists(taken.filter(at_work)),
        ~Exists(taken.filter(in_use)),
        ~Exists(taken.filter(in_room)),
        ~Exists(Absence.objects.filter(practitioner=OuterRef("practitioner"), **lost)),
        ~Exists(closed),
        room__site=site,
        starts__gt=now,
        left_free_at=None,
    )


def free_slots(site: Site, now: datetime, could: Collection[Could]) -> list[Free]:
    """The slots that are still free on the days on which any of those who wait could come, soonest first. One query."""
    since, until = _days(could, site)
    told = {"until": until} if until else {}
    return _as_free(_free_asked(bool(until)).rows(site=site.pk, now=now, since=since, **told), site)


@cache
def _free_asked(bounded: bool) -> Prepared:
    near = still_free(SITE, NOW).filter(starts__gte=SINCE, **({"starts__lt": UNTIL} if bounded else {}))
    # What was freed, booked and freed again is one slot.
    last = near.order_by().values("practitioner", "starts").annotate(last=Max("pk"))
    return Prepared(_facts(FreedSlot.objects.filter(pk__in=last.values("last")), SITE))


def _days(could: Collection[Could], site: Site) -> tuple[datetime, datetime | None]:
    """From when until when anybody could come; nothing while somebody is late who has no slot."""
    since, _end = day_span(min(each.since for each in could), site.zone)
    ends = [each.before or (day_span(each.until, site.zone)[1] if each.until else None) for each in could]
    known = [end for end in ends if end]
    return since, max(known) if len(known) == len(ends) else None


def as_free(slots: QuerySet[FreedSlot], site: Site) -> list[Free]:
    """Freed slots of practitioners who still work at `site`, as the rule looks at them, soonest first. One query."""
    return _as_free(_facts(slots, site), site)


def _facts(slots: QuerySet[FreedSlot], site: Site | Given) -> QuerySet[FreedSlot, tuple[Any, ...]]:
    fields = ("starts", "ends", "practitioner", "practitioner__name", "room__name", "equipment__delivery")
    rows = slots.filter(practitioner__active=True, practitioner__sites=site).order_by("starts", "pk")
    return rows.values_list("pk", "practitioner__skills__code", *fields)


def _as_free(rows: Iterable[tuple[Any, ...]], site: Site) -> list[Free]:
    """Each slot once, with the skills that its rows name."""
    skills: dict[int, set[str]] = defaultdict(set)
    facts: dict[int, tuple[Any, ...]] = {}
    for pk, skill, *row in rows:
        skills[pk].add(skill or "")
        facts[pk] = tuple(row)
    return [
        Free(pk, _local(starts, site), _local(ends, site), whose, name, room, frozenset(skills[pk]), delivery or "")
        for pk, (starts, ends, whose, name, room, delivery) in facts.items()
    ]


def _local(instant: datetime, site: Site) -> datetime:
    return timezone.localtime(instant, site.zone)


def free_for_who_waits(site: Site, now: datetime) -> list[tuple[Free, int]]:
    """The freed slots of `site` and how many they fit of those who may be asked and are offered nothing now.

    Two queries, however many there are of either; one while nobody waits.
    """
    today = timezone.localdate(now, site.zone)
    could = could_by_wish(_to_ask_asked().rows(site=site.pk, now=now, day=today), today).values()
    counted = (
        (free, sum(fits(free, each) for each in could)) for free in (free_slots(site, now, could) if could else ())
    )
    return [(free, count) for free, count in counted if count]


@cache
def _to_ask_asked() -> Prepared:
    """When those could come who may be asked and are offered nothing now."""
    # Said by themselves, they are what SQLite begins with, and not every sitting of the clinic.
    not_closed = EarlierWish.objects.filter(closed_at=None).order_by().values("pk")
    asked = EarlierWish.objects.open().filter(
        pk__in=not_closed, sitting__plan__site=SITE, sitting__plan__patient__do_not_contact=None
    )
    offered = open_offers(NOW).order_by().values("wish")
    return Prepared(own_spans(asked.exclude(pk__in=offered), DAY, NOW))


@dataclass(frozen=True, slots=True)
class FreedRow:
    """A freed slot on its site's clock: the first whom it fits in the order to ask and how many more, or its offer."""

    pk: int
    starts: datetime
    ends: datetime
    practitioner: str
    room: str
    fits: tuple[WaitingRow, ...] = ()
    more: int = 0
    offer: SlotOffer | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class FreedList:
    """The freed slots shown, soonest first, and how many more there are."""

    rows: tuple[FreedRow, ...]
    more: int


def freed_list(
    site: Site, now: datetime, waiting: Sequence[WaitingRow], only: int | None = None, *, every: bool = False
) -> FreedList:
    """What is offered at `site`, and the freed slots that fit somebody of those who wait. At most three queries.

    Who has refused a slot stands last beside it, since they may change their mind. At most MOST_SLOTS, each with the
    FIRST_TO_ASK, unless it is to be `every` one; of the slot `only` everybody it fits, and no other slot.
    """
    offers = open_offers(now).filter(freed__room__site=site)
    offered = [_offered(offer, site) for offer in (offers.filter(freed=only) if only else offers)]
    asked = [row for row in waiting if row.waiting.offer is None]
    slots = free_slots(site, now, [row.waiting.could for row in asked]) if asked else []
    found = [(free, whom) for free in slots if (whom := [row for row in asked if fits(free, row.waiting.could)])]
    if only:
        found = [(free, whom) for free, whom in found if free.pk == only]
    refused = _refused(site, now) if found else {}
    found = [(free, _who_refused_last(free, whom, refused, now)) for free, whom in found]
    if only:
        return FreedList((*offered, *(_row(free, whom, len(whom)) for free, whom in found)), 0)
    shown = found if every else found[:MOST_SLOTS]
    rows = [*offered, *(_row(free, whom, len(whom) if every else FIRST_TO_ASK) for free, whom in shown)]
    return FreedList(tuple(sorted(rows, key=lambda row: (row.starts, row.pk))), len(found) - len(shown))


def _refused(site: Site, now: datetime) -> dict[tuple[int, datetime, int], datetime]:
    """When a slot to come was refused, by its practitioner and start, and by the sitting of who did. One query."""
    refused = SlotOffer.objects.filter(answer=Answer.REFUSED, freed__room__site=site, freed__starts__gt=now)
    names = ("freed__practitioner", "freed__starts", "wish__sitting", "answered_at")
    rows = refused.order_by("answered_at").values_list(*names)
    return {(whose, starts, sitting): at for whose, starts, sitting, at in rows if at}


def _who_refused_last(
    free: Free, whom: Sequence[WaitingRow], refused: Mapping[tuple[int, datetime, int], datetime], now: datetime
) -> list[WaitingRow]:
    """The rows in their order, but those who refused the slot at the end, with when: the hour, or day and hour."""
    rows, last = [], []
    for row in whom:
        at = refused.get((free.practitioner, free.starts, row.waiting.wish.sitting_id))
        if at is None:
            rows.append(row)
            continue
        here, today = at.astimezone(free.starts.tzinfo), now.astimezone(free.starts.tzinfo).date()
        when = f"{here:%H:%M}" if here.date() == today else f"{date_format(here, 'D j b')}, {here:%H:%M}"
        last.append(replace(row, refused=_("refused %(when)s") % {"when": when}))
    return rows + last


def _offered(offer: SlotOffer, site: Site) -> FreedRow:
    freed, until = offer.freed, _local(offer.until, site)
    starts, ends = _local(freed.starts, site), _local(freed.ends, site)
    return FreedRow(freed.pk, starts, ends, str(freed.practitioner), str(freed.room), offer=offer, until=until)


def _row(free: Free, whom: Sequence[WaitingRow], most: int) -> FreedRow:
    first, more = tuple(whom[:most]), max(len(whom) - most, 0)
    return FreedRow(free.pk, free.starts, free.ends, free.practitioner_name, free.room, first, more)
