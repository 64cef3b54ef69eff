"""A clinic with one of everything, and somebody signed in to the administration."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.db.models import Model
from django.test import Client

from clinic.models import User
from scheduling.models import (
    Absence,
    Appointment,
    Area,
    Batch,
    BookingKey,
    BookingPreference,
    BookingWeights,
    Closure,
    CycleRepeat,
    DoNotContact,
    EarlierWish,
    Equipment,
    ExtraHours,
    FreedSlot,
    Move,
    MoveLine,
    PlanArea,
    PlanPhase,
    PopularHours,
    Practitioner,
    Protocol,
    RangeDecision,
    RecallAttempt,
    Reservation,
    Room,
    Sitting,
    SlotOffer,
    TreatmentPlan,
    UnavailableDates,
)
from scheduling.services.booking import book_appointment

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
KEY = "6f4f1c1e-5a55-4a55-9c55-5a555a555a55"


@pytest.fixture
def admin(administrator_user: User) -> Client:
    client = Client()
    client.force_login(administrator_user)
    return client


@pytest.fixture
def equipment(site) -> Equipment:
    return Equipment.objects.create(site=site, name="Gun 1", delivery="gun")


def make_running_plan(patient, site, practitioner) -> TreatmentPlan:
    """An approved plan of two weekly sittings from 1 December 2026, with a diagnosis nobody here may read."""
    plan = TreatmentPlan.objects.create(
        patient=patient,
        protocol=Protocol.objects.get(key="weekly-with-recalls"),
        site=site,
        practitioner=practitioner,
        prescriber=practitioner,
        indication="sciatica",
        diagnosis="Secret diagnosis",
        start_date=date(2026, 12, 1),
        state="approved",
    )
    phase = PlanPhase.objects.create(
        plan=plan, position=1, purpose="induction", count=2, every=1, unit="week", early=2, late=3, minimum_gap=4
    )
    PlanArea.objects.create(plan=plan, area=Area.objects.get(code="lower-back"), extent="small")
    for number, day in ((1, 1), (2, 8)):
        ideal = date(2026, 12, day)
        Sitting.objects.create(
            plan=plan,
            phase=phase,
            number=number,
            gap=7 * (number - 1),
            ideal=ideal,
            earliest=ideal - timedelta(days=2),
            latest=ideal + timedelta(days=3),
        )
    return plan


@pytest.fixture
def plan(patient, site, practitioner) -> TreatmentPlan:
    return make_running_plan(patient, site, practitioner)


@pytest.fixture
def appointment(plan, practitioner, room, equipment, doctor_user) -> Appointment:
    """The first sitting, Tuesday 1 December 2026 from 10:00 to 10:20 in Rome."""
    return book_appointment(
        patient=plan.patient,
        kind="sitting",
        sitting=plan.sittings.get(number=1),
        practitioner=practitioner,
        room=room,
        equipment=equipment,
        starts=datetime(2026, 12, 1, 9, tzinfo=UTC),
        minutes=20,
        by=doctor_user,
        now=NOW,
    )


@pytest.fixture
def one_of_each(site, practitioner, room, equipment, plan, patient, appointment, doctor_user) -> dict[str, int]:
    """Every model of the clinic in the administration, by its address, with the key of a row."""
    rows = {
        "clinic/user": doctor_user,
        "patients/patient": patient,
        "scheduling/site": site,
        "scheduling/practitioner": practitioner,
        "scheduling/room": room,
        "scheduling/equipment": equipment,
        "scheduling/treatmentplan": plan,
        "scheduling/appointment": appointment,
        **of_the_house(practitioner, room),
        **of_the_plan(plan, doctor_user),
        **of_the_booking(appointment, doctor_user),
        **of_the_desk(appointment, doctor_user),
    }
    return {address: row.pk for address, row in rows.items()}


def of_the_house(practitioner: Practitioner, room: Room) -> dict[str, Model]:
    """Who works when, and what weighs."""
    span = {"starts": datetime(2027, 1, 4, 8, tzinfo=UTC), "ends": datetime(2027, 1, 5, 8, tzinfo=UTC)}
    extra = {"day": date(2026, 12, 12), "starts": time(9), "ends": time(13)}
    return {
        "scheduling/skill": practitioner.skills.create(code="laser", name_en="laser", name_it="laser"),
        "scheduling/workinghours": practitioner.working_hours.first(),
        "scheduling/extrahours": ExtraHours.objects.create(practitioner=practitioner, site=room.site, **extra),
        "scheduling/absence": Absence.objects.create(practitioner=practitioner, **span),
        "scheduling/closure": Closure.objects.create(site=room.site, room=room, **span),
        "scheduling/bookingweights": BookingWeights.objects.create(site=room.site),
        "scheduling/popularhours": PopularHours.objects.create(site=room.site, starts=time(17), ends=time(19)),
    }


def of_the_plan(plan: TreatmentPlan, by: User) -> dict[str, Model]:
    """What a plan is made of, what suits its patient, and what a doctor decided."""
    decision = {"choice": "go-on", "count_before": 6, "count": 8, "given": 5, "decided_by": by, "decided_at": NOW}
    away = {"first": date(2027, 1, 1), "last": date(2027, 1, 2)}
    return {
        "scheduling/protocol": plan.protocol,
        "scheduling/area": Area.objects.get(code="face"),
        "scheduling/sitting": plan.sittings.get(number=1),
        "scheduling/rangedecision": RangeDecision.objects.create(phase=plan.phases.earliest("position"), **decision),
        "scheduling/cyclerepeat": CycleRepeat.objects.create(plan=plan, due=date(2027, 5, 3), made_by=by),
        "scheduling/bookingpreference": BookingPreference.objects.create(
            patient=plan.patient, practitioner=plan.practitioner, from_time=time(9), weekdays=[1]
        ),
        "scheduling/unavailabledates": UnavailableDates.objects.create(patient=plan.patient, **away),
    }


def of_the_booking(appointment: Appointment, by: User) -> dict[str, Model]:
    """A press that booked, reserved and moved, and a batch."""
    key = BookingKey.objects.create(key=KEY, fingerprint="x", made_by=by, made_at=NOW)
    plan = appointment.sitting.plan
    batch = Batch.objects.create(key=KEY, made_by=by, made_at=NOW)
    batch.lines.create(plan=plan, position=1, booking=key, done_by=by)
    move = Move.objects.create(booking=key, follows="alone")
    MoveLine.objects.create(
        move=move,
        appointment=appointment,
        version=2,
        from_starts=appointment.starts,
        from_ends=appointment.ends,
        from_practitioner=appointment.practitioner,
        from_room=appointment.room,
        to_starts=appointment.starts,
        to_practitioner=appointment.practitioner,
        to_room=appointment.room,
    )
    return {
        "scheduling/bookingkey": key,
        "scheduling/reservation": Reservation.objects.create(plan=plan, booking=key, plan_version=1),
        "scheduling/batch": batch,
        "scheduling/move": move,
    }


def of_the_desk(appointment: Appointment, by: User) -> dict[str, Model]:
    """What the desk notes: calls, wishes, freed slots and offers."""
    sitting, made = appointment.sitting, {"made_by": by, "made_at": NOW}
    wish = EarlierWish.objects.create(sitting=sitting, earliest=date(2026, 11, 21), **made)
    freed = FreedSlot.objects.create(
        appointment=appointment,
        practitioner=appointment.practitioner,
        room=appointment.room,
        starts=appointment.starts,
        ends=appointment.ends,
    )
    tried = {"plan": sitting.plan, "key": KEY, "channel": "phone", "outcome": "no-answer"}
    offered = {"appointment": appointment, "until": NOW, "offered_by": by, "offered_at": NOW}
    return {
        "scheduling/recallattempt": RecallAttempt.objects.create(**tried, **made),
        "scheduling/donotcontact": DoNotContact.objects.create(patient=appointment.patient, reason="Moved.", **made),
        "scheduling/earlierwish": wish,
        "scheduling/freedslot": freed,
        "scheduling/slotoffer": SlotOffer.objects.create(freed=freed, wish=wish, **offered),
    }
