"""The waiting list: who would come earlier, which freed slots fit them, and what was offered."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

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
    Status,
    TreatmentPlan,
    UnavailableDates,
)
from scheduling.models.resources import Delivery
from scheduling.selectors.appointments import window_words

LONGEST = timedelta(hours=LONGEST_HOURS)
MOST_SLOTS = 50
MOST_OF_LOG = 20
Span = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Waiting:
    """One who waits: the present appointment if there is one, days past the ideal date as things stand, their time.

    `busy` are UTC spans of the patient's other appointments, `away` first and last local days they cannot come.
    """

    wish: EarlierWish
    present: Appointment | None
    late: int
    busy: tuple[Span, ...]
    away: tuple[tuple[date, date], ...]
    offer: SlotOffer | None = None

    @property
    def plan(self) -> TreatmentPlan:
        return self.wish.sitting.plan

    @property
    def not_to_contact(self) -> str:
        marked = getattr(self.plan.patient, "do_not_contact", None)
        return marked.reason if marked else ""

    @property
    def rank(self) -> tuple[int, date, datetime, int]:
        """Clinical lateness: most days past the ideal date first, then the window that closes soonest."""
        return -self.late, self.wish.sitting.latest, self.wish.made_at, self.wish.pk


def wishes() -> QuerySet[EarlierWish]:
    """The open wishes with all that a row and an offer need of them."""
    return EarlierWish.objects.open().select_related(
        "sitting__phase",
        "sitting__plan__patient__do_not_contact",
        "sitting__plan__protocol",
        "sitting__plan__site",
        "practitioner",
        "made_by",
    )


def who_waits(site: Site, now: datetime, of: QuerySet[EarlierWish] | None = None) -> list[Waiting]:
    """Everybody who waits at `site`, the latest clinically first. Four queries; one when nobody waits."""
    found = list((wishes() if of is None else of).filter(sitting__plan__site=site))
    if not found:
        return []
    patients = {wish.sitting.plan.patient_id for wish in found}
    own: dict[int, list[Appointment]] = defaultdict(list)
    # What is kept for them as an offer is what they would come to, not what keeps them from it.
    to_come = Appointment.objects.standing(now).filter(patient__in=patients, ends__gt=now, offer=None)
    for row in to_come.order_by("starts"):
        own[row.patient_id].append(row)
    away: dict[int, list[tuple[date, date]]] = defaultdict(list)
    today = timezone.localdate(now, site.zone)
    unavailable = UnavailableDates.objects.filter(patient__in=patients, last__gte=today)
    for patient, first, last in unavailable.values_list("patient", "first", "last"):
        away[patient].append((first, last))
    offers = {offer.wish_id: offer for offer in open_offers(now).filter(wish__in=found)}
    rows = [_waiting(wish, own[wish.sitting.plan.patient_id], away, offers, today) for wish in found]
    return sorted(rows, key=lambda row: row.rank)


def _waiting(
    wish: EarlierWish,
    own: Sequence[Appointment],
    away: Mapping[int, Sequence[tuple[date, date]]],
    offers: Mapping[int, SlotOffer],
    today: date,
) -> Waiting:
    sitting = wish.sitting
    stands = [row for row in own if row.sitting_id == sitting.pk and row.status == Status.BOOKED]
    return Waiting(
        wish=wish,
        present=stands[0] if stands else None,
        late=((sitting.booked or today) - sitting.ideal).days,
        busy=tuple((row.starts, row.ends) for row in own if row.sitting_id != sitting.pk),
        away=tuple(away.get(sitting.plan.patient_id, ())),
        offer=offers.get(wish.pk),
    )


def open_offers(now: datetime) -> QuerySet[SlotOffer]:
    """The offers that are running at `now`: reserved, and without an answer."""
    return SlotOffer.objects.filter(answer="", until__gt=now, appointment__status=Status.RESERVED).select_related(
        "freed__practitioner",
        "freed__room__site",
        "appointment__practitioner",
        "appointment__room__site",
        "appointment__equipment",
        "wish__sitting__phase",
        "wish__sitting__plan__patient__do_not_contact",
        "wish__sitting__plan__site",
        "offered_by",
    )


def freed_slots(site: Site, now: datetime) -> list[FreedSlot]:
    """Slots to come that became free at `site` and still are, but for what is offered of them now. One query.

    None while nobody waits.
    """
    near = Q(starts__gt=OuterRef("starts") - LONGEST, starts__lt=OuterRef("ends"))
    taken = Appointment.objects.standing(now).filter(near, offer=None)
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
        Exists(EarlierWish.objects.open().filter(sitting__plan__site=site)),
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
    """The techniques and deliveries of the practitioners of a site, by their id. One query."""
    codes: dict[int, set[str]] = defaultdict(set)
    for pk, code in Practitioner.objects.filter(active=True, sites=site).values_list("pk", "skills__code"):
        codes[pk].add(code or "")
    return {pk: frozenset(known) for pk, known in codes.items()}


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
class WaitingRow:
    """One who waits, as a row: the window, the present slot and the lateness in words."""

    waiting: Waiting
    window: str
    present: str
    late: str
    is_late: bool


@dataclass(frozen=True, slots=True)
class FreedRow:
    """A freed slot on its site's clock, whom it fits in the order to ask, and to whom it is offered now, until when."""

    freed: FreedSlot
    starts: datetime
    ends: datetime
    fits: tuple[WaitingRow, ...]
    offer: SlotOffer | None
    until: datetime | None


def freed_rows(site: Site, now: datetime, waiting: Iterable[Waiting]) -> list[FreedRow]:
    """The freed slots of `site` that fit somebody of those who wait, or are offered. At most two queries."""
    return _freed_rows(freed_slots(site, now), waiting, site)


def freed_to_offer(site: Site, now: datetime) -> list[FreedRow]:
    """The freed slots of `site` that fit somebody and are not offered now: one query while there is none, else six."""
    slots = freed_slots(site, now)
    rows = _freed_rows(slots, who_waits(site, now) if slots else [], site)
    return [row for row in rows if row.offer is None]


def _freed_rows(slots: Sequence[FreedSlot], waiting: Iterable[Waiting], site: Site) -> list[FreedRow]:
    if not slots:
        return []
    waiting, skills = list(waiting), trained(site)
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


def waiting_row(row: Waiting) -> WaitingRow:
    """One who waits, in words."""
    here = timezone.localtime(row.present.starts, row.plan.site.zone) if row.present else None
    return WaitingRow(
        waiting=row,
        window=window_words(row.wish.sitting),
        present=f"{date_format(here, 'D j b')}, {here:%H:%M}" if here else "",
        late=late_words(row.late),
        is_late=row.late > 0,
    )


def late_words(days: int) -> str:
    """Days past the ideal date, as things stand."""
    if days > 0:
        return ngettext("%(days)s day past its ideal date", "%(days)s days past its ideal date", days) % {"days": days}
    return _("on its ideal date") if days == 0 else _("before its ideal date")


@dataclass(frozen=True, slots=True)
class OfferLine:
    """One offer of the log, on the clock of its site: what became of it in words."""

    offer: SlotOffer
    starts: datetime
    until: datetime
    became: str


def offer_log(site: Site, now: datetime, most: int | None = MOST_OF_LOG) -> list[OfferLine]:
    """The last offers at `site`, the newest first; every one for `most` None. One query."""
    rows = SlotOffer.objects.filter(freed__room__site=site).select_related(
        "appointment", "freed__practitioner", "wish__sitting__plan__patient", "offered_by", "answered_by"
    )
    return [
        OfferLine(
            row,
            timezone.localtime(row.freed.starts, site.zone),
            timezone.localtime(row.until, site.zone),
            _became(row, now),
        )
        for row in rows.order_by("-pk")[:most]
    ]


def _became(row: SlotOffer, now: datetime) -> str:
    if row.answer:
        return str(row.get_answer_display())
    return _("waits for an answer") if row.is_open(now) else _("ran out without an answer")


def open_wish_of(sitting: int) -> EarlierWish | None:
    """The open wish for a sitting, by its id. One query."""
    return EarlierWish.objects.filter(sitting=sitting).open().first()


def plans_that_wait() -> Q:
    """The condition on a plan that its patient waits for an earlier slot."""
    return Q(pk__in=EarlierWish.objects.open().order_by().annotate(plan=F("sitting__plan")).values("plan"))
