"""What waits at a busy desk: plans to approve, patients to ask back, wishes for earlier slots, slots that got free."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from uuid import uuid4

from django.db import connection, transaction
from django.utils import timezone

from bench.data import EIGHT, World, plan_of
from patients.models import Patient
from scheduling.models import (
    Appointment,
    EarlierWish,
    FreedSlot,
    PlanState,
    Practitioner,
    RecallAttempt,
    Room,
    Sitting,
    TreatmentPlan,
)
from scheduling.selectors.local_time import instant

# As much as comes together in a busy fortnight.
AWAITING = 40
RECALLS = 120
WISHES = 40
FREED = 30
MAINTENANCE = [("maintenance", 12, 1, "month")]
EVENING = 19 * 60
"""The minute of the day from which nobody has anything booked."""


@contextmanager
def busy_desk(world: World) -> Iterator[None]:
    """Within it all of this waits, and whatever is written is undone afterwards."""
    with transaction.atomic():
        patients = list(Patient.objects.order_by("pk")[:RECALLS])
        _to_approve(world, patients[:AWAITING])
        _to_ask_back(world, patients)
        _waiting(world, patients[:WISHES])
        _freed(world)
        if connection.vendor == "postgresql":  # which otherwise does so by itself, some time after
            with connection.cursor() as cursor:
                cursor.execute("ANALYZE")
        yield
        transaction.set_rollback(True)


def _to_approve(world: World, patients: list[Patient]) -> None:
    plans = [plan_of(world, patient, EIGHT).pk for patient in patients]
    TreatmentPlan.objects.filter(pk__in=plans).update(state=PlanState.PROPOSED)


def _to_ask_back(world: World, patients: list[Patient]) -> None:
    """Recalls that are due, of every second one a call without an answer."""
    plans = [plan_of(world, patient, MAINTENANCE) for patient in patients]
    first = Sitting.objects.filter(plan__in=plans[::2], number=1)
    said = {"channel": "phone", "outcome": "no-answer", "made_by": world.user, "made_at": world.now}
    RecallAttempt.objects.bulk_create(
        RecallAttempt(plan_id=sitting.plan_id, sitting=sitting, key=uuid4(), **said) for sitting in first
    )


def _waiting(world: World, patients: list[Patient]) -> None:
    plans = [plan_of(world, patient, EIGHT) for patient in patients]
    wish = {"earliest": world.today, "weekdays": [0, 1, 2, 3], "made_by": world.user, "made_at": world.now}
    EarlierWish.objects.bulk_create(
        EarlierWish(sitting=sitting, **wish) for sitting in Sitting.objects.filter(plan__in=plans, number=1)
    )


def _freed(world: World) -> None:
    """Slots to come by the clock of the machine, which the pages go by, in the evening of the next weeks."""
    was, today = Appointment.objects.order_by("pk")[0], timezone.localdate(timezone.now(), world.site.zone)
    whose, room = Practitioner.objects.order_by("pk")[0], Room.objects.order_by("pk")[0]
    starts = [instant(today + timedelta(days=n), EVENING, world.site.zone) for n in range(1, FREED + 1)]
    FreedSlot.objects.bulk_create(
        FreedSlot(appointment=was, practitioner=whose, room=room, starts=at, ends=at + timedelta(minutes=30))
        for at in starts
    )
