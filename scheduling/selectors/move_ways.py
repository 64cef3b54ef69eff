"""What would let the rest follow when a sitting after a moved one finds no slot, each as an address that tries it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.urls import reverse

from scheduling.engine.terms import Blocked, WayOut, WayOutKind
from scheduling.models import Appointment, Follows
from scheduling.selectors.moving import Widened
from scheduling.selectors.proposals import names_of
from scheduling.selectors.ways_out import Chip, Way, ask_words, price_words, then_words, widen_words

# What helps where the rest moves: extra hours are opened for a cycle, and whoever can treat may do so already.
OFFERED = (WayOutKind.WIDEN, WayOutKind.ASK_PATIENT)


@dataclass(frozen=True, slots=True)
class Review:
    """The page of what follows a move to the sealed slot `to`, with windows widened; it leads `back` where it began."""

    appointment: Appointment
    to: str
    widen: Widened
    back: str

    def address(self, show: str = "", widen: Widened | None = None) -> str:
        """The page with one choice shown, and with other windows widened when they are told."""
        wider = self.widen if widen is None else widen
        told = [("to", self.to), ("show", show), *(("widen", f"{number}:{days}") for number, days in wider)]
        page = reverse("appointment_move_review", args=[self.appointment.pk])
        return f"{page}?{urlencode([pair for pair in (*told, ('next', self.back)) if pair[1]])}"


def ways_to_follow(review: Review, blocked: Sequence[tuple[Follows, Blocked]]) -> dict[Follows, list[Way]]:
    """By choice, what the engine has tried and places the sitting, cheapest first. Two queries, none without any."""
    offered = {follows: [way for way in why.ways_out if way.kind in OFFERED] for follows, why in blocked}
    slots = [way.slot for ways in offered.values() for way in ways if way.slot]
    practitioners = names_of(slots)[0] if slots else {}

    def way_of(follows: Follows, number: int, way: WayOut) -> Way:
        if way.kind is WayOutKind.ASK_PATIENT:
            page = reverse("preferences_patient", args=[review.appointment.patient_id])
            label, url = ask_words(), f"{page}?{urlencode({'next': review.address(follows)})}"
        else:
            label = widen_words(number, way.days)
            url = review.address(follows, (*review.widen, (number, way.days)))
        return Way(label, url, then_words(practitioners, way), price_words(way))

    return {follows: [way_of(follows, why.number, way) for way in offered[follows]] for follows, why in blocked}


def widened_chips(review: Review, show: str) -> Iterator[Chip]:
    """Each window that is wider than the plan's, with the address without it."""
    for index, (number, days) in enumerate(review.widen):
        fewer = (*review.widen[:index], *review.widen[index + 1 :])
        yield Chip(widen_words(number, days), review.address(show, fewer))
