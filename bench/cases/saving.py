"""Booking a whole cycle, against the barest way of writing as many rows."""

from collections.abc import Callable
from typing import Any

from django.db import transaction

from bench.cases.cycles import asked, course_plan
from bench.data import World
from bench.measure import Figure, measure_in_turn
from scheduling.engine.cycle import propose
from scheduling.engine.terms import Blocked, Slot
from scheduling.models import Appointment, TreatmentPlan
from scheduling.selectors.local_time import instant
from scheduling.services.booking import book_cycle


def best_slots(world: World, plan: TreatmentPlan) -> dict[int, Slot]:
    """The slots of the plan's best cycle by sitting number."""
    request = asked(world, plan)
    answer = propose(request)
    assert not isinstance(answer, Blocked), "the benchmark's diary must hold this cycle"
    return {sitting.number: slot for sitting, slot in zip(request.sittings, answer.slots, strict=True)}


def unbook(plan: TreatmentPlan) -> None:
    """Takes back what was booked for a plan, as if it never was."""
    Appointment.objects.filter(sitting__plan=plan).delete()
    plan.sittings.update(state="due", booked=None)


def save(world: World) -> list[Figure]:
    """28 appointments booked with checks, locks and history, against a bare bulk insert of the same rows."""
    plan = course_plan(world, 28)
    slots = best_slots(world, plan)

    def book(chosen: dict[int, Slot]) -> Callable[[], list[Appointment]]:
        return lambda: book_cycle(plan=plan, slots=chosen, by=world.user, now=world.now)

    def undo(made: list[Appointment]) -> None:
        Appointment.objects.filter(pk__in=[a.pk for a in made]).delete()
        unbook(plan)

    def bare() -> list[Appointment]:
        with transaction.atomic():
            return Appointment.objects.bulk_create(_rows(world, plan, slots))

    acts = {
        "a bare bulk insert of 28 rows": bare,
        "8 sittings": book({n: slots[n] for n in range(1, 9)}),
        "28 sittings": book(slots),
    }
    floor, eight, figure = measure_in_turn("save", acts, runs=20, undo=undo)
    figure.ratio, figure.ratio_to = figure.wall_p50 / floor.wall_p50, "of the bulk insert"
    figure.goal = "at most 12x, queries as for 8 sittings"
    figure.met = figure.ratio <= 12 and figure.queries == eight.queries
    return [floor, eight, figure]


def _rows(world: World, plan: TreatmentPlan, slots: dict[int, Any]) -> list[Appointment]:
    made = []
    for slot in slots.values():
        starts = instant(slot.day, slot.start, world.site.zone)
        ends = instant(slot.day, slot.start + slot.minutes, world.site.zone)
        made.append(
            Appointment(
                patient=plan.patient,
                practitioner_id=slot.practitioner,
                room_id=slot.room,
                starts=starts,
                ends=ends,
                room_free_at=ends,
            )
        )
    return made
