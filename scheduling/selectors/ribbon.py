"""The ribbon of a plan: its sittings along time, as places on a drawing. Pure: the template only writes it down."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from scheduling.models.protocols import Purpose
from scheduling.selectors.ribbon_terms import Band, Dot, summary_of, title_of

WIDTH = 848
"""Units the drawing is wide, one pixel each where its panel is narrow; everything else is in the same units."""

MARGIN = 20
NAME_ROW = 16
ROOM_OF_A_DOT = 20
ROOM_OF_A_NUMBER = 17
ROOM_OF_A_MONTH = 58
ROOM_OF_A_LETTER = 6.4
LARGEST_DOT = 6.0

Knots = tuple[list[int], list[float]]
"""Day ordinals in rising order and where they stand on the drawing; straight in between."""


@dataclass(frozen=True, slots=True)
class DotMark:
    """A sitting as drawn; `number` is empty where numbers would touch."""

    purpose: str
    state: str
    x: str
    earliest: str
    latest: str
    number: str
    title: str


@dataclass(frozen=True, slots=True)
class BandMark:
    """A phase as drawn; `y` is the line its name stands on."""

    purpose: str
    name: str
    label: str
    x: str
    name_x: str
    y: int
    width: str


@dataclass(frozen=True, slots=True)
class MonthMark:
    """A month under the ribbon."""

    x: str
    label: str


@dataclass(frozen=True, slots=True)
class Ribbon:
    """Everything the drawing holds, as SVG attributes; the bands lie at `top`, `today` is empty outside the span."""

    label: str
    dots: tuple[DotMark, ...]
    bands: tuple[BandMark, ...]
    months: tuple[MonthMark, ...]
    today: str
    radius: str
    top: int

    @property
    def box(self) -> str:
        return f"0 0 {WIDTH} {self.top + 88}"


def draw_ribbon(dots: Sequence[Dot], bands: Sequence[Band], today: date) -> Ribbon:
    """The drawing of `dots` in order under their `bands`, with a line at `today` (local) when it lies within.

    Each phase gets room for all its dots, and the rest of the width is shared by days: weeks beside months stay apart.
    """
    if not dots:
        return Ribbon(_("No sittings yet"), (), (), (), "", "0", NAME_ROW)
    runs = _runs(dots, bands)
    knots = _knots(runs)
    step = _smallest_step([_x(knots, dot.ideal) for dot in dots])
    band_marks = tuple(_band_marks(runs, knots))
    return Ribbon(
        label=summary_of(dots),
        dots=tuple(_dot_marks(dots, knots, step)),
        bands=band_marks,
        months=tuple(_month_marks(knots)),
        today=_units(_x(knots, today)) if knots[0][0] <= today.toordinal() <= knots[0][-1] else "",
        radius=_units(max(2.0, min(LARGEST_DOT, step / 2 - 1))),
        top=max((mark.y for mark in band_marks), default=0) + 8,
    )


Run = tuple[Band | None, list[Dot]]


def _runs(dots: Sequence[Dot], bands: Sequence[Band]) -> list[Run]:
    """The dots of each band, in order; the last band also takes those an open-ended phase has gained."""
    runs: list[Run] = []
    for band in bands:
        own = [dot for dot in dots if band.first <= dot.number and (dot.number <= band.last or band is bands[-1])]
        if own:
            runs.append((band, own))
    return runs or [(None, list(dots))]


def _knots(runs: Sequence[Run]) -> Knots:
    """Where each phase begins and ends, and where the last window closes, in days and on the drawing."""
    days, needs = [], []
    for _band, dots in runs:
        days += [_first_day(dots), dots[-1].ideal.toordinal()]
        needs += [(len(dots) - 1) * ROOM_OF_A_DOT, ROOM_OF_A_DOT]
    days.append(_last_day(runs[-1][1]))
    for index in range(1, len(days)):
        days[index] = max(days[index], days[index - 1] + 1)
    spans = [until - since for since, until in pairwise(days)]
    usable = WIDTH - 2 * MARGIN
    shrink = min(1.0, usable / sum(needs))
    spare = (usable - shrink * sum(needs)) / sum(spans)
    places = [float(MARGIN)]
    for need, span in zip(needs, spans, strict=True):
        places.append(places[-1] + shrink * need + spare * span)
    return days, places


def _first_day(dots: Sequence[Dot]) -> int:
    return min(min(dot.earliest, dot.ideal, dot.at or dot.ideal) for dot in dots).toordinal()


def _last_day(dots: Sequence[Dot]) -> int:
    return max(max(dot.latest, dot.at or dot.latest) for dot in dots).toordinal()


def _x(knots: Knots, day: date) -> float:
    days, places = knots
    here = min(max(bisect_right(days, day.toordinal()) - 1, 0), len(days) - 2)
    slope = (places[here + 1] - places[here]) / (days[here + 1] - days[here])
    return places[here] + (day.toordinal() - days[here]) * slope


def _units(x: float) -> str:
    """A number as SVG wants it, whatever the language."""
    return f"{x:.1f}"


def _smallest_step(places: Sequence[float]) -> float:
    return min((right - left for left, right in pairwise(places)), default=float(WIDTH))


def _dot_marks(dots: Sequence[Dot], knots: Knots, step: float) -> Iterator[DotMark]:
    every = 1 if step >= ROOM_OF_A_NUMBER else 2 if 2 * step >= ROOM_OF_A_NUMBER else 5
    for index, dot in enumerate(dots):
        yield DotMark(
            purpose=dot.purpose,
            state=dot.state,
            x=_units(_x(knots, dot.at or dot.ideal)),
            earliest=_units(_x(knots, dot.earliest)),
            latest=_units(_x(knots, dot.latest)),
            number=str(dot.number) if index % every == 0 else "",
            title=title_of(dot),
        )


def _band_marks(runs: Sequence[Run], knots: Knots) -> Iterator[BandMark]:
    """Each phase's line, up to where the next begins; a name that would touch its neighbour's steps down a row."""
    rows_end = [0.0, 0.0]
    starts = [_x(knots, dots[0].ideal) - LARGEST_DOT for _band, dots in runs]
    ends = [start - 4 for start in starts[1:]] + [_x(knots, runs[-1][1][-1].ideal) + LARGEST_DOT]
    for (band, _dots), start, end in zip(runs, starts, ends, strict=True):
        if band is None:
            continue
        name = capfirst(str(Purpose(band.purpose).label))
        room = (len(name) + len(band.label) + 1) * ROOM_OF_A_LETTER
        x = min(start, WIDTH - room)
        row = 0 if rows_end[0] <= x else 1
        rows_end[row] = x + room + 8
        yield BandMark(
            band.purpose, name, band.label, _units(start), _units(x), NAME_ROW * (row + 1), _units(max(end - start, 2))
        )


def _month_marks(knots: Knots) -> Iterator[MonthMark]:
    """The first of every month that has room for its name; the year where it changes."""
    day = date.fromordinal(knots[0][0])
    last = date.fromordinal(knots[0][-1])
    year, free_from = 0, 0.0
    for months in range((last.year - day.year) * 12 + last.month - day.month + 1):
        first = date(day.year + (day.month - 1 + months) // 12, (day.month - 1 + months) % 12 + 1, 1)
        x = _x(knots, max(first, day))
        if x < free_from or x > WIDTH - ROOM_OF_A_MONTH:
            continue
        yield MonthMark(_units(x), date_format(first, "b" if first.year == year else "b y"))
        year, free_from = first.year, x + ROOM_OF_A_MONTH
