"""A slow and separate answer to what the engine answers: every combination of slots of a tiny clinic, in minutes."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product

from hypothesis import strategies as st

from scheduling.engine.cycle import Blocked, most_regular
from scheduling.engine.free_time import DaySpan, Span, build_diary
from scheduling.engine.request import CycleRequest
from scheduling.engine.rules import Weights
from scheduling.engine.terms import DueSitting, InDemand, Preference, Slot
from tests.engine.plans import day_of

FIRST = day_of("2026-11-02").toordinal()
DAYS = 14
GRID = 30
OPENS, CLOSES = 9 * 60, 11 * 60


@dataclass(frozen=True)
class Clinic:
    """The spans that a diary is made of."""

    hours: list[Span]
    away: list[Span]
    busy: list[Span]
    rooms: dict[int, int]
    room_busy: list[Span]
    equipment: tuple[int, ...]
    equipment_busy: list[Span]
    patient_busy: list[DaySpan]
    patient_unavailable: list[DaySpan]

    def diary(self, days: int = DAYS):
        return build_diary(grid=GRID, first_day=FIRST, last_day=FIRST + days - 1, **vars(self))


def overlaps(spans: list[Span], resource: int, day: int, start: int, end: int) -> bool:
    return any(r == resource and d == day and s < end and start < e for r, d, s, e in spans)


def is_free(clinic: Clinic, request: CycleRequest, slot: tuple[int, int, int]) -> bool:
    """Whether every hard rule but the rhythm allows (day ordinal, start minute, practitioner)."""
    day, start, practitioner = slot
    end = start + request.minutes
    patient = [(0, *span) for span in clinic.patient_busy + clinic.patient_unavailable]
    if request.not_before and (day, start) < (request.not_before[0].toordinal(), request.not_before[1]):
        return False
    if request.readable_from and (day, start) < (request.readable_from[0].toordinal(), request.readable_from[1]):
        return False
    if request.practitioners is not None and practitioner not in request.practitioners:
        return False
    room_free = any(
        end + clean <= 1440 and not overlaps(clinic.room_busy, room, day, start, end + clean)
        for room, clean in clinic.rooms.items()
    )
    equipment_free = not clinic.equipment or any(
        not overlaps(clinic.equipment_busy, item, day, start, end) for item in clinic.equipment
    )
    return (
        day not in request.keep_clear | request.therapies
        and any(r == practitioner and d == day and s <= start and end <= e for r, d, s, e in clinic.hours)
        and not overlaps(clinic.away, practitioner, day, start, end)
        and not overlaps(clinic.busy, practitioner, day, start, end)
        and not overlaps(patient, 0, day, start, end)
        and room_free
        and equipment_free
    )


def free_slots(clinic: Clinic, request: CycleRequest) -> list[tuple[int, int, int]]:
    practitioners = {span[0] for span in clinic.hours}
    every = product(range(FIRST, FIRST + DAYS), range(0, 1440, GRID), sorted(practitioners))
    return [slot for slot in every if is_free(clinic, request, slot)]


def follows(request: CycleRequest, sitting: DueSitting, before: int | None, day: int) -> bool:
    """Whether the gap rule, or without a sitting before the sitting's own window, allows the day."""
    if before is None:
        return sitting.earliest.toordinal() <= day <= sitting.latest.toordinal()
    least = max(sitting.gap - sitting.early, sitting.minimum_gap, 1)
    return least <= day - before <= max(sitting.gap + sitting.late, least)


def cycles(clinic: Clinic, request: CycleRequest) -> Iterator[tuple[tuple[int, int, int], ...]]:
    """Every whole cycle that keeps every hard rule."""
    free = free_slots(clinic, request)

    def onward(index: int, chosen: tuple, before: int | None, stands: bool):
        if index == len(request.sittings):
            yield chosen
            return
        sitting = request.sittings[index]
        fixed = request.fixed.get(sitting.number)
        present = request.present.get(sitting.number)
        choices = as_tuples((fixed,)) if fixed else {*free, *as_tuples((present,) if present else ())}
        for choice in choices:
            settled = fixed and stands
            if settled or follows(request, sitting, before, choice[0]):
                yield from onward(index + 1, (*chosen, choice), choice[0], bool(fixed))

    start = request.previous.toordinal() if request.previous else None
    yield from onward(0, (), start, True)


def own_free(clinic: Clinic, practitioner: int, day: int, minute: int) -> bool:
    """Whether the practitioner works and has nothing booked in the cell that holds a minute."""
    inside = any(r == practitioner and d == day and s <= minute < e for r, d, s, e in clinic.hours)
    lost = clinic.away + clinic.busy
    return inside and not overlaps(lost, practitioner, day, minute, minute + 1)


def leftover_sides(clinic: Clinic, request: CycleRequest, slot: tuple[int, int, int]) -> int:
    day, start, practitioner = slot
    sides = 0
    for step, at in ((-GRID, start - GRID), (GRID, start + request.minutes)):
        length = 0
        at = at if step < 0 else -(-at // GRID) * GRID
        while own_free(clinic, practitioner, day, at):
            length, at = length + GRID, at + step
        sides += 0 < length < request.useful_minutes
    return sides


def comes_once_more(request: CycleRequest, day: int, start: int, end: int) -> bool:
    """Whether none of the patient's visits of the day ends as this begins, or begins as it ends, within 15 minutes."""
    same_day = [(visit.start, visit.start + visit.minutes) for visit in request.visits if visit.day.toordinal() == day]
    return bool(request.visits) and not any(
        end <= begins <= end + 15 or ends <= start <= ends + 15 for begins, ends in same_day
    )


def own_cost(request: CycleRequest, slot: tuple[int, int, int], minutes: int) -> int:
    """What a slot costs by itself, but for its drift and what it leaves over."""
    weights, wishes, (day, start, practitioner) = request.weights, request.preference, slot
    wanted = request.plan_practitioner if wishes.practitioner is None else wishes.practitioner
    total = 0
    if wishes.weekdays and (day - 1) % 7 not in wishes.weekdays:
        total += weights.off_days
    if start < (wishes.from_minute or 0) or start + minutes > (wishes.until_minute or 1440):
        total += weights.off_hours
    if wanted is not None and practitioner != wanted:
        total += weights.other_practitioner
    if len(request.sittings) >= 8 and any(
        each.from_minute <= start < each.until_minute and each.weekday in (None, (day - 1) % 7)
        for each in request.popular
    ):
        total += weights.popular_hour
    if comes_once_more(request, day, start, start + minutes):
        total += weights.separate_visit
    return total


def base_cost(clinic: Clinic, request: CycleRequest, chosen: tuple) -> int:
    """The cost of a cycle but for its usual weekday and time."""
    weights, total = request.weights, 0
    before = (request.previous.toordinal(), None, None) if request.previous else None
    treated = None
    for sitting, slot in zip(request.sittings, chosen, strict=True):
        day, _start, practitioner = slot
        fixed, present = request.fixed.get(sitting.number), request.present.get(sitting.number)
        if present and not fixed:
            stays = as_tuples((present,)) == (slot,)
            fixed = present if stays else None
            # Whoever leaves a slot still pays what it cost, so that its price is no reason to leave.
            total += 0 if stays else request.leaving + own_cost(request, *as_tuples((present,)), present.minutes)
        total += weights.drift * abs(day - sitting.ideal.toordinal())
        total += own_cost(request, slot, fixed.minutes if fixed else request.minutes)
        if not fixed:
            total += weights.leftover * leftover_sides(clinic, request, slot)
        if before:
            off = day - before[0] - sitting.gap
            total += weights.late * off if off > 0 else -weights.early * off
        if sitting.number not in request.pinned:
            if treated is not None and treated != practitioner:
                total += weights.change_of_practitioner
            treated = practitioner
        before = slot
    return total


def regular_cost(clinic: Clinic, request: CycleRequest, chosen: tuple) -> int:
    """The cost with that of the best usual weekday and half hour, each tried."""
    off = (off_usual(request, chosen, (weekday, band)) for weekday in range(7) for band in range(48))
    return base_cost(clinic, request, chosen) + min(off)


def kept_usual(request: CycleRequest) -> tuple[int, int] | None:
    """The weekday and half hour that the most regular keeps around slots chosen by hand; None when it seeks its own.

    They are the commonest, the least of equals, of the engine's own most regular with none chosen by hand, whose cost
    is tested apart.
    """
    fixed = {number: slot for number, slot in request.fixed.items() if number not in request.pinned}
    free = replace(request, fixed=fixed, pinned=frozenset())
    found = most_regular(free)
    if isinstance(found, Blocked):
        return None
    counted = counted_slots(free, as_tuples(found.slots))
    weekdays, bands = [(day - 1) % 7 for day, _, _ in counted], [start // 30 for _, start, _ in counted]
    return max(range(7), key=weekdays.count), max(range(48), key=bands.count)


def cost_at(clinic: Clinic, request: CycleRequest, chosen: tuple, usual: tuple[int, int] | None) -> int:
    """The cost with that of one usual weekday and half hour, or of the best."""
    if usual is None:
        return regular_cost(clinic, request, chosen)
    return base_cost(clinic, request, chosen) + off_usual(request, chosen, usual)


def off_usual(request: CycleRequest, chosen: tuple, usual: tuple[int, int]) -> int:
    """What all that is off a weekday and half hour costs."""
    weights = request.weights
    return sum(
        weights.off_usual_weekday * ((day - 1) % 7 != usual[0]) + weights.off_usual_time * (start // 30 != usual[1])
        for day, start, _ in counted_slots(request, chosen)
    )


def counted_slots(request: CycleRequest, chosen: tuple) -> list[tuple[int, int, int]]:
    """The slots that count for a usual weekday and time: not those chosen by hand, but also those that were left."""
    left = [
        before
        for sitting, slot in zip(request.sittings, chosen, strict=True)
        if sitting.number in request.present and sitting.number not in request.fixed
        for before in as_tuples((request.present[sitting.number],))
        if before != slot
    ]
    both = zip(request.sittings, chosen, strict=True)
    counted = [slot for sitting, slot in both if sitting.number not in request.pinned]
    return [*counted, *left]


def as_tuples(slots: tuple[Slot, ...]) -> tuple:
    return tuple((slot.day.toordinal(), slot.start, slot.practitioner) for slot in slots)


CELLS = range(OPENS, CLOSES, GRID)


@st.composite
def spans(draw, resources: list[int], most: int) -> list[Span]:
    """Spans on the grid within opening hours."""
    some = []
    for _ in range(draw(st.integers(0, most))):
        start = draw(st.sampled_from(CELLS))
        end = draw(st.sampled_from(range(start + GRID, CLOSES + 1, GRID)))
        some.append((draw(st.sampled_from(resources)), FIRST + draw(st.integers(0, DAYS - 1)), start, end))
    return some


@st.composite
def clinics(draw) -> Clinic:
    who, rooms = list(range(draw(st.integers(1, 2)))), list(range(draw(st.integers(1, 2))))
    working = draw(st.sets(st.integers(0, DAYS - 1), min_size=DAYS // 2))
    hours = [(p, FIRST + day, OPENS, draw(st.sampled_from((OPENS + GRID, CLOSES)))) for p in who for day in working]
    equipment = tuple(range(draw(st.integers(0, 2))))
    return Clinic(
        hours=hours,
        away=draw(spans(who, 3)),
        busy=draw(spans(who, 8)),
        rooms={room: draw(st.sampled_from((0, 10, GRID))) for room in rooms},
        room_busy=draw(spans(rooms, 4)),
        equipment=equipment,
        equipment_busy=draw(spans(list(equipment), 4)) if equipment else [],
        patient_busy=[span[1:] for span in draw(spans([0], 2))],
        patient_unavailable=[span[1:] for span in draw(spans([0], 2))],
    )


@st.composite
def sittings(draw) -> tuple[DueSitting, ...]:
    """Up to four sittings a few days apart."""
    due, ideal = [], FIRST + draw(st.integers(0, 2))
    for number in range(1, draw(st.integers(1, 4)) + 1):
        gap = draw(st.integers(1, 3)) if number > 1 else 0
        early, late, minimum = draw(st.integers(0, 1)), draw(st.integers(0, 2)), draw(st.integers(1, 2))
        ideal += gap
        least = max(gap - early, minimum, 1) - gap if number > 1 else 0
        window = (day_of(ideal + least), day_of(ideal + max(late, least)))
        due.append(DueSitting(number, 0, day_of(ideal), gap, early, late, minimum, *window))
    return tuple(due)


@st.composite
def fixed_slots(draw, due: tuple[DueSitting, ...]) -> dict[int, Slot]:
    fixed = {}
    for sitting in due:
        if draw(st.integers(0, 5)) == 0:
            day = day_of(sitting.ideal.toordinal() + draw(st.integers(-1, 2)))
            start, practitioner = draw(st.sampled_from(CELLS)), draw(st.sampled_from((0, 1, 9)))
            fixed[sitting.number] = Slot(day, start, GRID, practitioner, 0, None)
    return fixed


preferences = st.builds(
    Preference,
    weekdays=st.frozensets(st.integers(0, 6), max_size=3),
    from_minute=st.sampled_from((None, OPENS + GRID)),
    until_minute=st.sampled_from((None, CLOSES - GRID)),
    practitioner=st.sampled_from((None, 0, 1)),
)


visits = st.builds(
    Slot,
    day=st.integers(FIRST, FIRST + DAYS - 1).map(day_of),
    start=st.sampled_from((OPENS, OPENS + 35, OPENS + GRID, CLOSES - GRID)),
    minutes=st.sampled_from((15, GRID)),
    practitioner=st.just(9),
    room=st.just(9),
    equipment=st.none(),
)


@st.composite
def requests(draw) -> tuple[Clinic, CycleRequest]:
    """A tiny clinic and what is asked of it."""
    clinic, due = draw(clinics()), draw(sittings())
    weights = Weights(*(draw(st.integers(0, 6) | st.just(100)) for _ in range(12)))
    previous = draw(st.sampled_from((None, None, 2)))
    fixed = draw(fixed_slots(due))
    request = CycleRequest(
        sittings=due,
        diary=clinic.diary(),
        minutes=draw(st.sampled_from((20, GRID, 2 * GRID))),
        preference=draw(preferences),
        previous=day_of(due[0].ideal.toordinal() - previous) if previous else None,
        not_before=draw(st.sampled_from((None, (day_of(FIRST + 1), OPENS + 10)))),
        fixed=fixed,
        pinned=frozenset(number for number in fixed if draw(st.booleans())),
        practitioners=draw(st.sampled_from((None, None, frozenset({0})))),
        plan_practitioner=draw(st.sampled_from((None, 0, 1))),
        keep_clear=draw(st.frozensets(st.integers(FIRST, FIRST + DAYS - 1), max_size=2)),
        therapies=draw(st.frozensets(st.integers(FIRST, FIRST + DAYS - 1), max_size=1)),
        readable_from=draw(st.sampled_from((None, None, (day_of(FIRST + 1), OPENS + 40)))),
        visits=tuple(draw(st.lists(visits, max_size=3))),
        weights=weights,
        others=frozenset({1}),
        popular=draw(
            st.sampled_from(((), (InDemand(OPENS, OPENS + GRID),), (InDemand(OPENS, CLOSES, 2), InDemand(600, 660, 4))))
        ),
        useful_minutes=draw(st.sampled_from((15, 45, 2 * GRID))),
    )
    return clinic, request
