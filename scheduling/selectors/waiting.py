"""The waiting list: who would come earlier, the latest clinically first."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import F, FilteredRelation, Q, QuerySet
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from scheduling.models import EarlierWish, Site, SlotOffer, Status, TreatmentPlan
from scheduling.selectors.appointments import window_words
from scheduling.selectors.fitting import Could
from scheduling.selectors.prepared import Given
from scheduling.selectors.slot_offers import open_offers

PATIENT = "sitting__plan__patient"


@dataclass(frozen=True, slots=True)
class Waiting:
    """One who waits: when they could come, days past the ideal date as things stand, what is offered to them now."""

    wish: EarlierWish
    could: Could
    late: int
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
    """Everybody who waits at `site`, the latest clinically first. Three queries; one when nobody waits."""
    found = list((wishes() if of is None else of).filter(sitting__plan__site=site))
    if not found:
        return []
    offers = {offer.wish_id: offer for offer in open_offers(now).filter(wish__in=found)}
    could = could_come(EarlierWish.objects.filter(pk__in=[wish.pk for wish in found]), site, now)
    today = timezone.localdate(now, site.zone)
    rows = [
        Waiting(wish, could[wish.pk], _days_late(wish.sitting.booked, today, wish.sitting.ideal), offers.get(wish.pk))
        for wish in found
        if wish.pk in could  # it may be gone since it was read
    ]
    return sorted(rows, key=lambda row: row.rank)


def _days_late(booked: date | None, today: date, ideal: date) -> int:
    return ((booked or today) - ideal).days


def could_come(of: QuerySet[EarlierWish], site: Site, now: datetime) -> dict[int, Could]:
    """When those of some wishes could come, by the wish's id. One query, a row for each of a patient's own spans."""
    today = timezone.localdate(now, site.zone)
    return could_by_wish(own_spans(of, today, now), today)


def own_spans(
    of: QuerySet[EarlierWish], today: date | Given, now: datetime | Given
) -> QuerySet[EarlierWish, tuple[Any, ...]]:
    """The rows of some wishes that `could_by_wish` reads: one for each span that the patient has of their own."""
    rows = of.annotate(
        away=FilteredRelation(f"{PATIENT}__unavailable", condition=Q(**{f"{PATIENT}__unavailable__last__gte": today})),
        own=FilteredRelation(f"{PATIENT}__appointments", condition=_to_come(f"{PATIENT}__appointments", now)),
    )
    spans = ("away__first", "away__last", "own__sitting", "own__status", "own__starts", "own__ends", "own__offer")
    return rows.order_by().values_list("pk", *spans, *WISHED)


def could_by_wish(rows: Iterable[tuple[Any, ...]], today: date) -> dict[int, Could]:
    """When they could come by `own_spans`, by the wish's id, on the local day `today`."""
    found: dict[int, list[tuple[Any, ...]]] = defaultdict(list)
    for pk, *row in rows:
        found[pk].append(tuple(row))
    return {pk: _could(same, today) for pk, same in found.items()}


WISHED = (
    "sitting",
    "sitting__earliest",
    "sitting__latest",
    "sitting__ideal",
    "sitting__booked",
    "sitting__plan__minutes",
    "sitting__plan__technique",
    "sitting__plan__delivery",
    "earliest",
    "weekdays",
    "from_time",
    "until_time",
    "practitioner",
)


def _to_come(path: str, now: datetime | Given) -> Q:
    """The condition on appointments that they are not over, and occupy their time at `now`."""
    ran_out = Q(**{f"{path}__status": Status.RESERVED, f"{path}__reserved_until__lte": now})
    return Q(**{f"{path}__ends__gt": now}) & ~Q(**{f"{path}__status": Status.CANCELLED}) & ~ran_out


def _could(rows: Sequence[tuple[Any, ...]], today: date) -> Could:
    """The rows of one wish: what the patient has is on each of them, all else the same on all."""
    sitting, earliest, latest, ideal, booked, minutes, technique, delivery, since, *wished = rows[0][7:]
    weekdays, from_time, until_time, practitioner = wished
    away, busy, before = set(), set(), None
    for first, last, own, status, starts, ends, offer in (row[:7] for row in rows):
        if first:
            away.add((first, last))
        if own == sitting and status == Status.BOOKED:
            before = starts
        # What is kept for them as an offer is what they would come to, not what keeps them from it.
        elif starts and own != sitting and offer is None:
            busy.add((starts, ends))
    return Could(
        minutes=minutes,
        technique=technique,
        delivery=delivery,
        since=max(earliest, since),
        until=None if before or _days_late(booked, today, ideal) > 0 else latest,
        before=before,
        weekdays=weekdays,
        from_time=from_time,
        until_time=until_time,
        practitioner=practitioner,
        away=frozenset(away),
        busy=frozenset(busy),
    )


@dataclass(frozen=True, slots=True)
class WaitingRow:
    """One who waits, as a row: the window, the present slot and the lateness in words.

    Beside a freed slot that they have refused, also when, in words.
    """

    waiting: Waiting
    window: str
    present: str
    late: str
    is_late: bool
    refused: str = ""


def waiting_rows(site: Site, now: datetime) -> list[WaitingRow]:
    """Everybody who waits at `site` in words, the latest clinically first. Three queries; one when nobody waits."""
    return [_waiting_row(row) for row in who_waits(site, now)]


def _waiting_row(row: Waiting) -> WaitingRow:
    here = timezone.localtime(row.could.before, row.plan.site.zone) if row.could.before else None
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


def open_wish_of(sitting: int) -> EarlierWish | None:
    """The open wish for a sitting, by its id. One query."""
    return EarlierWish.objects.filter(sitting=sitting).open().first()


def plans_that_wait() -> Q:
    """The condition on a plan that its patient waits for an earlier slot."""
    return Q(pk__in=EarlierWish.objects.open().order_by().annotate(plan=F("sitting__plan")).values("plan"))
