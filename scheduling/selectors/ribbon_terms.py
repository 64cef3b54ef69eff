"""What a plan's ribbon tells: its sittings and phases in local dates and in words, before anything is drawn."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, ngettext_lazy, npgettext_lazy, pgettext_lazy

from scheduling.models import PlanPhase, Sitting
from scheduling.models.protocols import Purpose

STATES = {
    "completed": pgettext_lazy("sitting", "completed"),
    "booked": pgettext_lazy("sitting", "booked"),
    "due": gettext_lazy("to book"),
    "skipped": gettext_lazy("skipped"),
    "proposed": pgettext_lazy("sitting", "proposed"),
}
COUNTED_STATES = {
    "completed": npgettext_lazy("sitting", "%(n)s completed", "%(n)s completed", "n"),
    "booked": npgettext_lazy("sitting", "%(n)s booked", "%(n)s booked", "n"),
    "due": ngettext_lazy("%(n)s to book", "%(n)s to book", "n"),
    "skipped": ngettext_lazy("%(n)s skipped", "%(n)s skipped", "n"),
    "proposed": npgettext_lazy("sitting", "%(n)s proposed", "%(n)s proposed", "n"),
}


@dataclass(frozen=True, slots=True)
class Dot:
    """One sitting in local dates; `at` is the day given, booked or proposed.

    The state is completed, booked, due, skipped or proposed.
    """

    number: int
    purpose: str
    ideal: date
    earliest: date
    latest: date
    at: date | None
    state: str


@dataclass(frozen=True, slots=True)
class Band:
    """A phase: what it is for, "6 × 1 month", and the numbers of its first and last sitting."""

    purpose: str
    label: str
    first: int
    last: int


def bands_of(phases: Iterable[PlanPhase]) -> tuple[Band, ...]:
    """The bands of a plan's phases, in order of position; their units must be what the plan stored."""
    bands = []
    first = 1
    for phase in phases:
        last = first + phase.count - 1
        bands.append(Band(phase.purpose, _rhythm(phase), first, last))
        first = last + 1
    return tuple(bands)


def _rhythm(phase: PlanPhase) -> str:
    """How many and how often: 6 × 1 month; without a number while the doctor has not said the end."""
    interval = interval_words(phase.every, phase.unit)
    if phase.open_ended:
        return _("every %(interval)s, until stopped") % {"interval": interval}
    return f"{phase.count} × {interval}"


def interval_words(every: int, unit: str) -> str:
    """An interval in words: 15 days, 1 month."""
    if unit == "month":
        return ngettext("%(every)s month", "%(every)s months", every) % {"every": every}
    if unit == "week":
        return ngettext("%(every)s week", "%(every)s weeks", every) % {"every": every}
    return ngettext("%(every)s day", "%(every)s days", every) % {"every": every}


def dots_of(sittings: Iterable[Sitting]) -> tuple[Dot, ...]:
    """The dots of a plan's sittings; their phases must be loaded."""
    return tuple(
        Dot(
            sitting.number,
            sitting.phase.purpose,
            sitting.ideal,
            sitting.earliest,
            sitting.latest,
            sitting.given or sitting.booked,
            sitting.state,
        )
        for sitting in sittings
    )


def title_of(dot: Dot) -> str:
    words = _("%(number)s, %(phase)s: %(day)s, %(state)s; window %(earliest)s to %(latest)s")
    return words % {
        "number": dot.number,
        "phase": Purpose(dot.purpose).label,
        "day": date_format(dot.at or dot.ideal, "D j b Y"),
        "state": STATES[dot.state],
        "earliest": date_format(dot.earliest, "j b"),
        "latest": date_format(dot.latest, "j b Y"),
    }


def summary_of(dots: Sequence[Dot]) -> str:
    """What the drawing says, for those who do not see it."""
    counts = Counter(dot.state for dot in dots)
    told = ", ".join(str(words % {"n": counts[state]}) for state, words in COUNTED_STATES.items() if counts[state])
    total = ngettext("%(count)s sitting", "%(count)s sittings", len(dots)) % {"count": len(dots)}
    return f"{total}: {told}"
