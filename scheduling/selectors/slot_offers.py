"""Freed slots as they are offered to one who waits: the offers that run, and the log of what became of them."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from scheduling.models import Site, SlotOffer, Status
from scheduling.selectors.prepared import Given

MOST_OF_LOG = 20


def open_offers(now: datetime | Given) -> QuerySet[SlotOffer]:
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


@dataclass(frozen=True, slots=True)
class OfferLine:
    """One offer of the log, on the clock of its site: what became of it in words."""

    offer: SlotOffer
    starts: datetime
    until: datetime
    offered_at: datetime
    became: str


def offer_log(site: Site, now: datetime, most: int | None = MOST_OF_LOG) -> list[OfferLine]:
    """The last offers at `site`, the newest first; every one for `most` None. One query."""
    rows = SlotOffer.objects.filter(freed__room__site=site).select_related(
        "appointment",
        "freed__practitioner",
        "wish__sitting__plan__patient__do_not_contact",
        "offered_by",
        "answered_by",
    )
    return [
        OfferLine(
            row,
            timezone.localtime(row.freed.starts, site.zone),
            timezone.localtime(row.until, site.zone),
            timezone.localtime(row.offered_at, site.zone),
            _became(row, now),
        )
        for row in rows.order_by("-pk")[:most]
    ]


def _became(row: SlotOffer, now: datetime) -> str:
    if row.answer:
        return str(row.get_answer_display())
    return _("waits for an answer") if row.is_open(now) else _("ran out without an answer")
