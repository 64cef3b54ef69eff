"""The ribbon: dots in time, none on top of another, names that do not touch, letters for those who do not see it."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from django.template.loader import render_to_string
from django.utils import translation

from scheduling.models import PlanPhase
from scheduling.selectors.ribbon import WIDTH, draw_ribbon
from scheduling.selectors.ribbon_terms import Band, Dot, bands_of
from scheduling.services.planning import dated

START = date(2026, 1, 31)


def phase(position: int, purpose: str, count: int, every: int, unit: str, **more: object) -> PlanPhase:
    figures = {"early": 2, "late": 3, "minimum_gap": 1, **more}
    return PlanPhase(position=position, purpose=purpose, count=count, every=every, unit=unit, **figures)


CELLULITE = (
    phase(1, "induction", 6, 1, "month", early=5, late=7),
    phase(2, "consolidation", 10, 15, "day", early=3, late=4),
    phase(3, "maintenance", 12, 1, "month", early=5, late=7),
)


def dots_from(phases: tuple[PlanPhase, ...], start: date = START, completed: int = 0) -> tuple[Dot, ...]:
    return tuple(
        Dot(
            due.number,
            phases[due.phase].purpose,
            due.ideal,
            due.earliest,
            due.latest,
            due.ideal if due.number <= completed else None,
            "completed" if due.number <= completed else "due",
        )
        for due in dated(phases, start)
    )


def places(values: object) -> list[float]:
    return [float(value) for value in values]


def test_every_sitting_has_a_dot_in_order_and_inside_the_drawing():
    ribbon = draw_ribbon(dots_from(CELLULITE), bands_of(CELLULITE), START)
    xs = places(dot.x for dot in ribbon.dots)
    assert len(xs) == 28
    assert xs == sorted(xs)
    assert 0 < xs[0] < xs[-1] < WIDTH


@pytest.mark.parametrize(
    "phases",
    [
        CELLULITE,
        (phase(1, "induction", 15, 1, "week"), phase(2, "maintenance", 12, 1, "month")),
        (phase(1, "induction", 60, 1, "day"), phase(2, "maintenance", 60, 3, "month")),
        (phase(1, "induction", 1, 1, "month"),),
    ],
)
def test_dots_never_lie_on_top_of_each_other(phases):
    ribbon = draw_ribbon(dots_from(phases), bands_of(phases), START)
    xs = places(dot.x for dot in ribbon.dots)
    assert all(right - left >= 2 * float(ribbon.radius) - 0.2 for left, right in pairwise(xs))


def test_numbers_are_thinned_where_they_would_touch():
    many = (phase(1, "induction", 60, 1, "week"),)
    ribbon = draw_ribbon(dots_from(many), bands_of(many), START)
    shown = [float(dot.x) for dot in ribbon.dots if dot.number]
    assert 10 < len(shown) < 60
    assert all(right - left >= 16 for left, right in pairwise(shown))


def test_a_window_reaches_from_its_earliest_to_its_latest_day_around_the_dot():
    ribbon = draw_ribbon(dots_from(CELLULITE), bands_of(CELLULITE), START)
    assert all(float(dot.earliest) <= float(dot.x) <= float(dot.latest) for dot in ribbon.dots)


def test_a_booked_dot_stands_at_its_day_not_at_the_ideal_one():
    one = Dot(1, "induction", START, START, START + timedelta(days=7), START, "booked")
    moved = Dot(2, "induction", date(2026, 2, 28), date(2026, 2, 20), date(2026, 3, 7), date(2026, 3, 7), "booked")
    ribbon = draw_ribbon((one, moved), (Band("induction", "2 × 1 month", 1, 2),), START)
    assert ribbon.dots[1].x == ribbon.dots[1].latest
    assert "7 Mar 2026" in ribbon.dots[1].title


def test_bands_say_the_phase_its_count_and_its_cadence():
    ribbon = draw_ribbon(dots_from(CELLULITE), bands_of(CELLULITE), START)
    assert [(band.name, band.label) for band in ribbon.bands] == [
        ("Induction", "6 × 1 month"),
        ("Consolidation", "10 × 15 days"),
        ("Maintenance", "12 × 1 month"),
    ]


def test_names_of_short_phases_take_a_second_row_instead_of_touching():
    short = (phase(1, "induction", 2, 1, "day"), phase(2, "consolidation", 2, 1, "day"), CELLULITE[2])
    ribbon = draw_ribbon(dots_from(short), bands_of(short), START)
    first, second, _third = ribbon.bands
    assert first.y != second.y
    assert ribbon.top > max(band.y for band in ribbon.bands)


def test_an_open_ended_phase_says_so_and_its_band_takes_the_recalls_it_gained():
    open_ended = phase(1, "maintenance", 12, 1, "month", open_ended=True)
    further = tuple(
        Dot(number, "maintenance", ideal, ideal, ideal, None, "due")
        for number, ideal in ((n, START + timedelta(days=30 * n)) for n in range(1, 16))
    )
    ribbon = draw_ribbon(further, bands_of([open_ended]), START)
    assert len(ribbon.dots) == 15
    assert ribbon.bands[0].label == "every 1 month, until stopped"
    assert float(ribbon.bands[0].x) + float(ribbon.bands[0].width) >= float(ribbon.dots[-1].x)


def test_the_rest_of_a_plan_draws_only_the_phases_it_still_has():
    rest = dots_from(CELLULITE)[6:]
    ribbon = draw_ribbon(rest, bands_of(CELLULITE), START)
    assert [band.purpose for band in ribbon.bands] == ["consolidation", "maintenance"]


@pytest.mark.parametrize(("today", "drawn"), [(date(2026, 6, 1), True), (date(2025, 1, 1), False), (date.max, False)])
def test_today_is_drawn_only_inside_the_span_of_the_plan(today, drawn):
    assert bool(draw_ribbon(dots_from(CELLULITE), bands_of(CELLULITE), today).today) is drawn


def test_today_lies_between_the_sittings_around_it():
    ribbon = draw_ribbon(dots_from(CELLULITE), bands_of(CELLULITE), date(2026, 3, 15))
    assert float(ribbon.dots[1].x) < float(ribbon.today) < float(ribbon.dots[2].x)


def test_months_stand_apart_and_name_the_year_where_it_changes():
    ribbon = draw_ribbon(dots_from(CELLULITE), bands_of(CELLULITE), START)
    xs = places(month.x for month in ribbon.months)
    assert all(right - left >= 58 for left, right in pairwise(xs))
    assert [month.label[-2:] for month in ribbon.months if month.label[-1].isdigit()] == ["26", "27"]


def test_its_label_counts_the_sittings_by_state():
    ribbon = draw_ribbon(dots_from(CELLULITE, completed=7), bands_of(CELLULITE), START)
    assert ribbon.label == "28 sittings: 7 completed, 21 to book"


def test_a_plan_without_sittings_draws_nothing_and_says_so():
    ribbon = draw_ribbon((), (), START)
    assert ribbon.dots == ()
    assert ribbon.label == "No sittings yet"


@pytest.mark.parametrize("start", [date(1, 1, 1), date(9999, 1, 1)])
def test_the_ends_of_the_calendar_draw(start):
    only = (phase(1, "induction", 3, 1, "week", early=0),)
    assert len(draw_ribbon(dots_from(only, start), bands_of(only), START).dots) == 3


def test_the_drawing_has_no_styles_a_label_and_points_as_decimal_marks_in_italian():
    with translation.override("it"):
        ribbon = draw_ribbon(dots_from(CELLULITE), bands_of(CELLULITE), START)
        drawing = render_to_string("scheduling/_ribbon.html", {"ribbon": ribbon})
    assert "style=" not in drawing
    assert 'role="img"' in drawing
    assert f'aria-label="{ribbon.label}"' in drawing
    assert f'cx="{float(ribbon.dots[3].x):.1f}"' in drawing
    assert drawing.count("<circle") == 28
