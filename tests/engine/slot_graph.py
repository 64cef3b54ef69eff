"""A second slow answer: shortest path over every slot of a course, no day collapsed, no bound, in minutes."""

import random
from collections.abc import Iterator

from scheduling.engine.free_time import DaySpan, Span
from scheduling.engine.request import CycleRequest
from scheduling.engine.rules import Weights
from scheduling.engine.terms import DueSitting, InDemand, Preference
from scheduling.engine.terms import Slot as EngineSlot
from tests.engine.brute_force import (
    CLOSES,
    FIRST,
    GRID,
    OPENS,
    Clinic,
    comes_once_more,
    follows,
    is_free,
    leftover_sides,
)
from tests.engine.plans import day_of

Slot = tuple[int, int, int]
"""Day ordinal, start minute, practitioner."""

Step = tuple[Slot | None, int]
Layer = dict[Slot, list[Step]]


def least_cost(clinic: Clinic, request: CycleRequest) -> int | None:
    """The least cost of a whole cycle, or None when there is none."""
    return _least(graph_of(clinic, request), {})


def least_regular_cost(clinic: Clinic, request: CycleRequest) -> int | None:
    """The least cost over every usual weekday and half hour of the opening hours, and one in which nothing starts."""
    graph, free = graph_of(clinic, request), slots_of(clinic, request)
    usuals = [(weekday, band) for weekday in range(7) for band in (0, *range(OPENS, CLOSES, 30))]
    off = ({slot: _off_usual(request.weights, slot, usual) for slot in free} for usual in usuals)
    return min((cost for each in off if (cost := _least(graph, each)) is not None), default=None)


def graph_of(clinic: Clinic, request: CycleRequest) -> list[Layer]:
    """For each sitting, by slot: what the slot costs from each slot of the sitting before that it may follow."""
    free = slots_of(clinic, request)
    own = {slot: _own_cost(clinic, request, slot) for slot in free}
    layers: list[Layer] = []
    for sitting in request.sittings:
        layer: Layer = {}
        for slot in free:
            since = _steps(request, sitting, layers[-1], slot) if layers else _start(request, sitting, slot)
            price = own[slot] + request.weights.drift * abs(slot[0] - sitting.ideal.toordinal())
            if since:
                layer[slot] = [(before, cost + price) for before, cost in since]
        layers.append(layer)
    return layers


def _least(graph: list[Layer], off_usual: dict[Slot, int]) -> int | None:
    best: dict[Slot | None, int] = {None: 0}
    for layer in graph:
        best = {
            slot: min(best[before] + cost for before, cost in steps) + off_usual.get(slot, 0)
            for slot, steps in layer.items()
        }
    return min(best.values(), default=None)


def slots_of(clinic: Clinic, request: CycleRequest) -> list[Slot]:
    """Every slot that the hard rules but the rhythm allow."""
    cells = range(OPENS, CLOSES, GRID)
    worked = sorted({(day, practitioner) for practitioner, day, _start, _end in clinic.hours})
    every = [(day, start, practitioner) for day, practitioner in worked for start in cells]
    return [slot for slot in every if is_free(clinic, request, slot)]


def _start(request: CycleRequest, sitting: DueSitting, slot: Slot) -> list[Step]:
    before = request.previous.toordinal() if request.previous else None
    if not follows(request, sitting, before, slot[0]):
        return []
    return [(None, 0 if before is None else _rhythm(request.weights, sitting, slot[0] - before))]


def _steps(request: CycleRequest, sitting: DueSitting, layer: Layer, slot: Slot) -> list[Step]:
    change = request.weights.change_of_practitioner
    return [
        (before, _rhythm(request.weights, sitting, slot[0] - before[0]) + change * (before[2] != slot[2]))
        for before in layer
        if follows(request, sitting, before[0], slot[0])
    ]


def _rhythm(weights: Weights, sitting: DueSitting, days: int) -> int:
    off = days - sitting.gap
    return weights.late * off if off > 0 else -weights.early * off


def _own_cost(clinic: Clinic, request: CycleRequest, slot: Slot) -> int:
    weights, wishes = request.weights, request.preference
    day, start, practitioner = slot
    wanted = request.plan_practitioner if wishes.practitioner is None else wishes.practitioner
    cost = weights.leftover * leftover_sides(clinic, request, slot)
    if wishes.weekdays and (day - 1) % 7 not in wishes.weekdays:
        cost += weights.off_days
    if start < (wishes.from_minute or 0) or start + request.minutes > (wishes.until_minute or 1440):
        cost += weights.off_hours
    if wanted is not None and practitioner != wanted:
        cost += weights.other_practitioner
    if len(request.sittings) >= 8 and any(each.from_minute <= start < each.until_minute for each in request.popular):
        cost += weights.popular_hour
    if comes_once_more(request, day, start, start + request.minutes):
        cost += weights.separate_visit
    return cost


def _off_usual(weights: Weights, slot: Slot, usual: tuple[int, int]) -> int:
    off_band = not usual[1] <= slot[1] < usual[1] + 30
    return weights.off_usual_weekday * ((slot[0] - 1) % 7 != usual[0]) + weights.off_usual_time * off_band


def instance(seed: int, days: int = 40) -> tuple[Clinic, CycleRequest]:
    """A random clinic of one to three practitioners and a course of two to nine sittings, most of which fit in it."""
    draw = random.Random(seed)
    who, rooms = list(range(draw.randint(1, 3))), list(range(draw.randint(1, 2)))
    things = tuple(range(draw.randint(0, 2)))
    hours = [(p, FIRST + day, OPENS, CLOSES) for p in who for day in range(days) if draw.random() < 0.8]
    clinic = Clinic(
        hours=hours,
        away=list(_spans(draw, who, 4, days)),
        busy=list(_spans(draw, who, days * len(who) // 2, days)),
        rooms={room: draw.choice((0, 10, GRID)) for room in rooms},
        room_busy=list(_spans(draw, rooms, days // 4, days)),
        equipment=things,
        equipment_busy=list(_spans(draw, list(things), days // 4, days)) if things else [],
        patient_busy=list(_own(draw, days)),
        patient_unavailable=list(_own(draw, days)),
    )
    return clinic, _request(draw, clinic, days)


def _request(draw: random.Random, clinic: Clinic, days: int) -> CycleRequest:
    due = tuple(_sittings(draw))
    previous = day_of(FIRST - draw.randint(1, 2)) if draw.random() < 0.3 else None
    clinic_diary = clinic.diary(days)
    return CycleRequest(
        sittings=due,
        diary=clinic_diary,
        minutes=draw.choice((20, GRID, GRID, 2 * GRID)),
        preference=Preference(
            weekdays=frozenset(draw.sample(range(7), draw.randint(0, 3))),
            from_minute=draw.choice((None, OPENS + GRID)),
            until_minute=draw.choice((None, CLOSES - GRID)),
            practitioner=draw.choice((None, 0, 1)),
        ),
        previous=previous,
        not_before=draw.choice((None, (day_of(FIRST), OPENS + 10))),
        plan_practitioner=draw.choice((None, 0, 1)),
        keep_clear=frozenset(FIRST + draw.randrange(days) for _ in range(draw.randint(0, 2))),
        therapies=frozenset(FIRST + draw.randrange(days) for _ in range(draw.randint(0, 1))),
        readable_from=draw.choice((None, None, (day_of(FIRST + 1), OPENS + 10))),
        visits=tuple(
            EngineSlot(day_of(FIRST + draw.randrange(days)), draw.choice((OPENS, OPENS + 35)), GRID, 9, 9, None)
            for _ in range(draw.choice((0, 0, 4)))
        ),
        weights=Weights(*(draw.randint(0, 6) for _ in range(12))),
        popular=draw.choice(((), (InDemand(OPENS, OPENS + GRID),))),
        useful_minutes=draw.choice((15, 45, 2 * GRID)),
    )


def _sittings(draw: random.Random) -> Iterator[DueSitting]:
    ideal = FIRST + draw.randint(0, 2)
    for number in range(1, draw.randint(2, 9) + 1):
        gap = draw.randint(2, 4) if number > 1 else 0
        early, late, minimum = draw.randint(0, 1), draw.randint(1, 3), draw.randint(1, 2)
        ideal += gap
        least = max(gap - early, minimum, 1) - gap if number > 1 else 0
        yield DueSitting(
            number, 0, day_of(ideal), gap, early, late, minimum, day_of(ideal + least), day_of(ideal + max(late, least))
        )


def _spans(draw: random.Random, resources: list[int], most: int, days: int) -> Iterator[Span]:
    for _ in range(draw.randint(0, most)):
        start = draw.randrange(OPENS, CLOSES, GRID)
        end = draw.randrange(start + GRID, CLOSES + 1, GRID)
        yield draw.choice(resources), FIRST + draw.randrange(days), start, end


def _own(draw: random.Random, days: int) -> Iterator[DaySpan]:
    for _resource, *span in _spans(draw, [0], 4, days):
        yield tuple(span)
