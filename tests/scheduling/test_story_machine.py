"""Anything a clinic can do, in any order: the diary holds no overlap, every window is kept and no sitting is lost."""

from collections.abc import Callable
from datetime import date, timedelta
from itertools import pairwise
from uuid import UUID

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from scheduling.engine.protocol import rewindow
from scheduling.engine.terms import Blocked
from scheduling.models import (
    Absence,
    Appointment,
    Closure,
    Equipment,
    PlanState,
    Practitioner,
    Room,
    Site,
    Sitting,
    SittingState,
    Skill,
    Status,
    TreatmentPlan,
)
from scheduling.models.protocols import Follow
from scheduling.services import taking_back, tracking
from scheduling.services.booking import move_appointment
from scheduling.services.proposing import book_proposal, offers, propose_cycle, reserve_proposal, seal
from scheduling.services.refusals import Refused
from scheduling.services.reserving import confirm_reservation, give_back
from scheduling.services.sittings import story
from tests.conftest import make_practitioner
from tests.scheduling.booking_data import MONDAY, NOW, ROME, at, make_patient, make_plan

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
LIVE = (Status.BOOKED, Status.ARRIVED, Status.IN_TREATMENT)
PLACED = (SittingState.BOOKED, SittingState.COMPLETED)
# Any of what there is: the rest of a division by how many there are.
any_one = st.integers(0, 1000)
what_then = st.sampled_from(["wait", "confirm", "run out"])


class Clinic(RuleBasedStateMachine):
    """Three plans of two patients, two practitioners, two rooms and one gun; every example starts from the same."""

    by = None

    def __init__(self) -> None:
        super().__init__()
        self.now = NOW
        self.reservations: list[tuple[TreatmentPlan, UUID]] = []
        self.example = transaction.atomic()
        self.example.__enter__()
        self.counts = {plan.pk: plan.sittings.count() for plan in TreatmentPlan.objects.all()}

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.example.__exit__(None, None, None)

    # What can happen.

    @initialize(which=any_one, card=any_one, held=any_one, then=what_then)
    def begin(self, which: int, card: int, held: int, then: str) -> None:
        self.book_the_rest(which, card)
        self.reserve(held, card, then)

    @rule(which=any_one, card=any_one)
    def book_the_rest(self, which: int, card: int) -> None:
        plan = chosen(TreatmentPlan.objects.order_by("pk"), which)
        try:
            answer = propose_cycle(plan=plan, now=self.now)
        except Refused:
            assert not plan.is_bookable or not plan.sittings.filter(state=SittingState.DUE).exists()
            return
        if isinstance(answer, Blocked):
            assert plan.sittings.get(number=answer.number).state == SittingState.DUE
            return
        signed = answer[card % len(answer)]
        book_proposal(plan=plan, token=signed.token, by=self.by, now=self.now)
        self.assert_in_windows(plan, signed.numbers)

    @rule(which=any_one, card=any_one, then=what_then)
    def reserve(self, which: int, card: int, then: str) -> None:
        """Keeps a proposal for ten minutes: nothing of the plan is booked by it, unless it is confirmed."""
        plan = chosen(TreatmentPlan.objects.order_by("pk"), which)
        try:
            answer = propose_cycle(plan=plan, now=self.now)
        except Refused:
            return
        if isinstance(answer, Blocked):
            return
        signed = answer[card % len(answer)]
        key = UUID(int=len(self.reservations) + 1)
        reserve_proposal(plan=plan, token=signed.token, by=self.by, now=self.now, key=key)
        self.reservations.append((plan, key))
        assert plan.sittings.filter(state=SittingState.DUE, number__in=signed.numbers).count() == len(signed.numbers)
        if then == "run out":
            self.now += timedelta(minutes=11)
        if then != "wait":
            self.confirm(len(self.reservations) - 1)

    @precondition(lambda self: self.reservations)
    @rule(which=any_one)
    def confirm(self, which: int) -> None:
        """All that was reserved is booked, or, when any of it is gone, nothing."""
        plan, key = self.reservations[which % len(self.reservations)]
        running = Appointment.objects.standing(self.now).filter(booking__key=key, status=Status.RESERVED).exists()
        placed = plan.sittings.filter(state__in=PLACED).count()
        try:
            booked = confirm_reservation(plan=plan, key=key, by=self.by, now=self.now)
        except Refused:
            assert plan.sittings.filter(state__in=PLACED).count() == placed
            return
        if running:  # else it was confirmed before
            assert plan.sittings.filter(state__in=PLACED).count() == placed + len(booked)
            self.assert_in_windows(plan, [row.sitting.number for row in booked])

    @precondition(lambda self: self.reservations)
    @rule(which=any_one)
    def give_back(self, which: int) -> None:
        plan, key = self.reservations[which % len(self.reservations)]
        give_back(plan=plan, key=key, by=self.by)
        assert not Appointment.objects.filter(booking__key=key, status=Status.RESERVED).exists()

    @precondition(lambda self: self.reservations)
    @rule(minutes=st.integers(1, 11))
    def look_at_the_clock(self, minutes: int) -> None:
        """Long enough, in the end, for a reservation to run out."""
        self.now += timedelta(minutes=minutes)

    @rule(which=any_one, offer=any_one)
    def book_one(self, which: int, offer: int) -> None:
        due = Sitting.objects.filter(state=SittingState.DUE).select_related("phase", "plan__patient", "plan__site")
        sitting = chosen(due.order_by("pk"), which)
        found = offers(sitting=sitting, now=self.now) if sitting else ()
        if not found:
            return
        picked = found[offer % len(found)]
        token = seal(sitting.plan, {sitting.number: picked.slot})
        book_proposal(plan=sitting.plan, token=token, by=self.by, now=self.now)
        sitting.refresh_from_db()
        assert sitting.booked == picked.slot.day

    @rule(which=any_one, days=st.integers(-9, 9), cell=st.integers(0, 20), who=any_one, where=any_one)
    def move(self, which: int, days: int, cell: int, who: int, where: int) -> None:
        appointment = self.one_of(which, Status.BOOKED)
        if appointment is None:
            return
        day = timezone.localdate(appointment.starts, ROME) + days * DAY
        self.tried(
            lambda: move_appointment(
                appointment=appointment,
                practitioner=chosen(Practitioner.objects.order_by("pk"), who),
                room=chosen(Room.objects.select_related("site").order_by("pk"), where),
                equipment=appointment.equipment,
                starts=at(day, 9 + cell // 4, cell % 4 * 15),
                minutes=15,
                by=self.by,
                now=self.now,
                version=appointment.version,
            )
        )

    @rule(which=any_one)
    def cancel(self, which: int) -> None:
        appointment = self.one_of(which, Status.BOOKED, Status.ARRIVED)
        if appointment:
            tracking.cancel_appointment(appointment=appointment, reason="patient", by=self.by, now=self.now)

    @rule(which=any_one, come=st.booleans())
    def the_day_comes(self, which: int, come: bool) -> None:
        """The clock moves on to an appointment, and the patient comes and is treated, or does not come."""
        appointment = self.one_of(which, Status.BOOKED)
        if appointment is None:
            return
        self.now = max(self.now, appointment.ends)
        verbs = (
            (tracking.mark_arrived, tracking.start_treatment, tracking.complete) if come else [tracking.mark_no_show]
        )
        for verb in verbs:
            appointment = verb(appointment=appointment, now=self.now, version=appointment.version)

    @rule(which=any_one, verb=st.sampled_from([tracking.mark_arrived, tracking.start_treatment, tracking.complete]))
    def press(self, which: int, verb: Callable[..., Appointment]) -> None:
        appointment = self.one_of(which, Status.RESERVED, *LIVE)
        if appointment:
            self.tried(lambda: verb(appointment=appointment, now=self.now))

    @rule(which=any_one)
    def take_back(self, which: int) -> None:
        appointment = self.one_of(which, *taking_back.BACK, Status.CANCELLED)
        if appointment:
            self.tried(lambda: taking_back.step_back(appointment=appointment, now=self.now))

    @rule(who=any_one, after=st.integers(0, 40), days=st.integers(1, 14))
    def be_absent(self, who: int, after: int, days: int) -> None:
        first = timezone.localdate(self.now, ROME) + after * DAY
        practitioner = chosen(Practitioner.objects.order_by("pk"), who)
        Absence.objects.create(practitioner=practitioner, starts=at(first, 0), ends=at(first + days * DAY, 0))

    @rule(what=st.sampled_from(["site", "room", "equipment"]), after=st.integers(0, 40), days=st.integers(1, 14))
    def close(self, what: str, after: int, days: int) -> None:
        first = timezone.localdate(self.now, ROME) + after * DAY
        only = {"room": {"room": Room.objects.first()}, "equipment": {"equipment": Equipment.objects.get()}}
        Closure.objects.create(
            site=Site.objects.get(), starts=at(first, 0), ends=at(first + days * DAY, 0), **only.get(what, {})
        )

    @rule(days=st.integers(1, 10))
    def let_time_pass(self, days: int) -> None:
        self.now += days * DAY

    # What always holds.

    @invariant()
    def nobody_and_nothing_is_booked_twice(self) -> None:
        active = list(Appointment.objects.active())
        for key, end in (
            ("practitioner_id", "ends"),
            ("room_id", "room_free_at"),
            ("equipment_id", "ends"),
            ("patient_id", "ends"),
        ):
            uses = sorted((getattr(a, key), a.starts, getattr(a, end)) for a in active if getattr(a, key))
            for (one, _start, until), (other, start, _until) in pairwise(uses):
                assert one != other or until <= start, key

    @invariant()
    def every_open_window_counts_from_the_sitting_before(self) -> None:
        for plan in TreatmentPlan.objects.all():
            rows, told = story(plan)
            for row, window in zip(rows, rewindow(told), strict=True):
                if row.state in (SittingState.DUE, SittingState.BOOKED):
                    assert (row.earliest, row.latest) == window, row.number

    @invariant()
    def no_sitting_is_lost_or_added(self) -> None:
        for plan, count in self.counts.items():
            numbers = Sitting.objects.filter(plan=plan).order_by("number").values_list("number", flat=True)
            assert list(numbers) == list(range(1, count + 1))

    @invariant()
    def a_sitting_and_its_appointments_tell_one_story(self) -> None:
        for sitting in Sitting.objects.prefetch_related("appointments"):
            live = [a for a in sitting.appointments.all() if a.status in LIVE]
            done = [a for a in sitting.appointments.all() if a.status == Status.COMPLETED]
            reserved = [a for a in sitting.appointments.all() if a.status == Status.RESERVED]
            assert len(live) == (sitting.state == SittingState.BOOKED)
            assert len(reserved) <= (sitting.state == SittingState.DUE)
            assert len(done) == (sitting.state == SittingState.COMPLETED)
            assert [local_day(a) for a in live + done] == [d for d in [sitting.given or sitting.booked] if d]

    @invariant()
    def no_two_sittings_of_a_plan_are_closer_than_their_minimum_gap(self) -> None:
        for plan in TreatmentPlan.objects.all():
            placed = plan.sittings.filter(state__in=PLACED).select_related("phase").order_by("number")
            for before, sitting in pairwise(placed):
                days = (stands(sitting) - stands(before)).days
                assert days >= sitting.phase.minimum_gap, (before.number, sitting.number, days)

    @invariant()
    def a_plan_runs_once_booked_and_is_completed_with_its_last_sitting(self) -> None:
        for plan in TreatmentPlan.objects.prefetch_related("sittings"):
            states = {sitting.state for sitting in plan.sittings.all()}
            assert (plan.state == PlanState.COMPLETED) == (states == {SittingState.COMPLETED})
            assert plan.state != PlanState.APPROVED or states == {SittingState.DUE}

    # How.

    def one_of(self, which: int, *statuses: str) -> Appointment | None:
        return chosen(Appointment.objects.filter(status__in=statuses).order_by("starts", "pk"), which)

    def assert_in_windows(self, plan: TreatmentPlan, numbers) -> None:
        for sitting in plan.sittings.filter(number__in=numbers):
            assert sitting.earliest <= sitting.booked <= sitting.latest

    def tried(self, act: Callable[[], Appointment]) -> None:
        """What may be refused, with a sentence."""
        try:
            act()
        except Refused as refusal:
            if not refusal.message.endswith("."):
                raise


def chosen(found, which: int):
    every = list(found)
    return every[which % len(every)] if every else None


def local_day(appointment: Appointment) -> date:
    return timezone.localdate(appointment.starts, ROME)


def stands(sitting: Sitting) -> date:
    return sitting.given or sitting.booked


@pytest.fixture
def clinic(site, practitioner, room, patient, doctor_user, reception_user) -> type[Clinic]:
    """A weekly plan, one for the gun in two phases, and a second of the first patient whose dates shift."""
    second = make_practitioner("Dr Neri", site)
    Room.objects.create(site=site, name="Room 2", cleaning_minutes=10)
    Equipment.objects.create(site=site, name="Gun", delivery="gun")
    gun, _made = Skill.objects.get_or_create(code="gun", defaults={"name_en": "gun", "name_it": "pistola"})
    for each in (practitioner, second):
        each.skills.add(gun)
    make_plan(patient, site, doctor_user, counts=[4], practitioner=practitioner)
    conti = make_patient("Conti")
    make_plan(conti, site, doctor_user, key="stabilised-cycle", counts=[3, 2], practitioner=second, delivery="gun")
    make_plan(
        patient,
        site,
        doctor_user,
        key="repeated-cycle",
        start=MONDAY + 3 * DAY,
        counts=[3],
        practitioner=second,
        delivery="gun",
        follow=Follow.RE_ANCHOR,
    )
    Clinic.by = reception_user
    return Clinic


def test_whatever_happens_nothing_overlaps_windows_are_kept_and_no_sitting_is_lost(clinic) -> None:
    run_state_machine_as_test(
        clinic,
        settings=settings(
            max_examples=30,
            stateful_step_count=14,
            deadline=None,
            derandomize=True,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )
