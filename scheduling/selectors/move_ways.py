"""What would let the rest follow when a sitting after a moved one finds no slot, each as an address that tries it."""

from collections.abc import Iterator, Sequence
from urllib.parse import urlencode

from django.urls import reverse

from scheduling.engine.terms import Blocked, WayOut, WayOutKind
from scheduling.models import Appointment, Follows
from scheduling.selectors.moving import Widened
from scheduling.selectors.proposals import names_of
from scheduling.selectors.ways_out import Chip, Way, ask_words, price_words, then_words, widen_words

# What helps where the rest moves: extra hours are opened for a cycle, and whoever can treat may do so already.
OFFERED = (WayOutKind.WIDEN, WayOutKind.ASK_PATIENT)


def review_query(appointment: Appointment, to: str, show: str = "", widen: Widened = ()) -> str:
    """The address of what follows a move to the sealed slot `to`, with one choice shown and windows widened."""
    told = [("to", to), ("show", show), *(("widen", f"{number}:{days}") for number, days in widen)]
    page = reverse("appointment_move_review", args=[appointment.pk])
    return f"{page}?{urlencode([pair for pair in told if pair[1]])}"


def ways_to_follow(
    appointment: Appointment, to: str, blocked: Sequence[tuple[Follows, Blocked]], widen: Widened
) -> dict[Follows, list[Way]]:
    """By choice, what the engine has tried and places the sitting, cheapest first. Two queries, none without any."""
    offered = {follows: [way for way in why.ways_out if way.kind in OFFERED] for follows, why in blocked}
    slots = [way.slot for ways in offered.values() for way in ways if way.slot]
    practitioners = names_of(slots)[0] if slots else {}

    def way_of(follows: Follows, number: int, way: WayOut) -> Way:
        if way.kind is WayOutKind.ASK_PATIENT:
            label, url = ask_words(), reverse("preferences_patient", args=[appointment.patient_id])
        else:
            label = widen_words(number, way.days)
            url = review_query(appointment, to, follows, (*widen, (number, way.days)))
        return Way(label, url, then_words(practitioners, way), price_words(way))

    return {follows: [way_of(follows, why.number, way) for way in offered[follows]] for follows, why in blocked}


def widened_chips(appointment: Appointment, to: str, show: str, widen: Widened) -> Iterator[Chip]:
    """Each window that is wider than the plan's, with the address without it."""
    for index, (number, days) in enumerate(widen):
        fewer = (*widen[:index], *widen[index + 1 :])
        yield Chip(widen_words(number, days), review_query(appointment, to, show, fewer))
