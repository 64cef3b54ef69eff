"""The waiting list: who would come earlier, the latest clinically first."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import F, Q, QuerySet
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from scheduling.models import (
    Appointment,
    EarlierWish,
    Site,
    SlotOffer,
    Status,
    TreatmentPlan,
    UnavailableDates,
)
from scheduling.selectors.appointments import window_words
from scheduling.selectors.slot_offers import open_offers

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
    offers = {offer.wish_id: offer for offer in open_offers(now).filter(wish__in=found)}
    return _in_order(found, site, now, offers)


def who_waits_for_an_offer(site: Site, now: datetime) -> list[Waiting]:
    """Those who wait at `site` and are offered nothing now, in the same order. Three queries; one for nobody."""
    found = list(wishes().filter(sitting__plan__site=site).exclude(pk__in=open_offers(now).order_by().values("wish")))
    return _in_order(found, site, now, {}) if found else []


def _in_order(
    found: Sequence[EarlierWish], site: Site, now: datetime, offers: Mapping[int, SlotOffer]
) -> list[Waiting]:
    """The wishes with what else is known of their patients. Two queries."""
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


@dataclass(frozen=True, slots=True)
class WaitingRow:
    """One who waits, as a row: the window, the present slot and the lateness in words."""

    waiting: Waiting
    window: str
    present: str
    late: str
    is_late: bool


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


def open_wish_of(sitting: int) -> EarlierWish | None:
    """The open wish for a sitting, by its id. One query."""
    return EarlierWish.objects.filter(sitting=sitting).open().first()


def plans_that_wait() -> Q:
    """The condition on a plan that its patient waits for an earlier slot."""
    return Q(pk__in=EarlierWish.objects.open().order_by().annotate(plan=F("sitting__plan")).values("plan"))
