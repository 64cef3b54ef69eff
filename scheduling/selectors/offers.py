"""The free slots of one sitting, as the page lists them: by day, the best one marked."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, time
from itertools import groupby

from scheduling.engine.terms import Offer
from scheduling.models import Sitting
from scheduling.selectors.booking_words import drift_words
from scheduling.selectors.local_time import clock
from scheduling.selectors.proposals import names_of


@dataclass(frozen=True, slots=True)
class OfferRow:
    """A free slot: local time, who (the usual one?) and where, drift in words, and the sealed text that books it.

    `comes` says in words that the patient comes that day already; `others` are free at the same time.
    """

    day: date
    at: time
    practitioner: str
    usual: bool
    room: str
    drift: str
    in_window: bool
    best: bool
    token: str
    comes: str = ""
    others: tuple["OfferRow", ...] = ()


@dataclass(frozen=True, slots=True)
class OfferDay:
    """A local day and its free slots in order of time."""

    day: date
    rows: tuple[OfferRow, ...]


def offer_days(offers: Sequence[Offer], tokens: Sequence[str], usual: int | None) -> tuple[OfferDay, ...]:
    """The ranked offers, each with its sealed text, by day; the first of them is the best. Two queries.

    `usual` is the plan's own practitioner: why a slot off its day may be the best.
    """
    practitioners, rooms = names_of(offer.slot for offer in offers)
    rows = [
        OfferRow(
            day=offer.slot.day,
            at=clock(offer.slot.start),
            practitioner=practitioners.get(offer.slot.practitioner, ""),
            usual=offer.slot.practitioner == usual,
            room=rooms.get(offer.slot.room, ""),
            drift=drift_words(offer.drift_days),
            in_window=offer.in_window,
            best=rank == 0,
            token=token,
        )
        for rank, (offer, token) in enumerate(zip(offers, tokens, strict=True))
    ]
    return by_day(rows)


def by_day(ranked: Iterable[OfferRow]) -> tuple[OfferDay, ...]:
    """Offers under their days, in order of time; of several at one time the best stands for the others."""
    times: dict[tuple[date, time], list[OfferRow]] = {}
    for row in ranked:
        times.setdefault((row.day, row.at), []).append(row)
    rows = [replace(best, others=tuple(others)) for _when, (best, *others) in sorted(times.items())]
    return tuple(OfferDay(day, tuple(same)) for day, same in groupby(rows, key=lambda row: row.day))


def window_has_closed(sitting: Sitting, today: date) -> bool:
    """Whether the sitting's window is over on the local date `today`."""
    return sitting.latest < today
