"""Stored busy masks: whatever happens they say what the appointments say, or nothing."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from scheduling import guard
from scheduling.engine.terms import Blocked, Diary
from scheduling.models import (
    Appointment,
    BusyMask,
    Closure,
    Equipment,
    OpeningHours,
    Practitioner,
    Reservation,
    ResourceKind,
    Room,
    Site,
    Skill,
    Status,
    TreatmentPlan,
    WorkingHours,
)
from scheduling.selectors.busy import MOST_SPANS, Frame, known_days
from scheduling.selectors.diary import read_diary
from scheduling.services import taking_back, tracking
from scheduling.services.booking import move_appointment
from scheduling.services.busy_masks import HORIZON_DAYS, rebuild_masks, wrong_masks
from scheduling.services.proposing import book_proposal, propose_cycle, reserve_proposal
from scheduling.services.refusals import Refused
from scheduling.services.reserving import confirm_reservation, give_back
from tests.conftest import make_practitioner
from tests.scheduling.booking_data import MONDAY, NOW, ROME, at, make_patient, make_plan, occupy
from tests.scheduling.test_guard import drop

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
any_one = st.integers(0, 1000)


def resources() -> list[tuple[int, int]]:
    kinds = (
        (ResourceKind.PRACTITIONER, Practitioner),
        (ResourceKind.ROOM, Room),
        (ResourceKind.EQUIPMENT, Equipment),
    )
    return [(kind, pk) for kind, model in kinds for pk in model.objects.values_list("pk", flat=True)]


def known(first: date = MONDAY, last: date | None = None, zone: ZoneInfo = ROME) -> dict[tuple[int, int], set[int]]:
    """The day ordinals of which the masks are stored, by resource."""
    return {key: set(days) for key, days in known_days(Frame(zone, 5, first, last or first, resources())).items()}


def plain(diary: Diary) -> dict[str, object]:
    """A diary without its empty masks."""
    kinds = {kind: getattr(diary, kind) for kind in ("hours", "away", "busy", "room_busy", "equipment_busy")}
    return {
        kind: {(pk, day): mask for pk, days in masks.items() for day, mask in days.items() if mask}
        for kind, masks in kinds.items()
    } | {"patient": dict(diary.patient_busy), "unavailable": dict(diary.patient_unavailable)}


def read_both_ways(now: datetime = NOW, **values) -> list[dict[str, object]]:
    values = {"site": Site.objects.first(), "first": MONDAY, "last": MONDAY + 60 * DAY, "delivery": "gun"} | values
    return [plain(read_diary(now=now, stored=stored, **values)) for stored in (True, False)]


@pytest.fixture
def colleague(site, practitioner) -> Practitioner:
    """A second practitioner, and a gun for both."""
    made = make_practitioner("Dr Neri", site)
    Equipment.objects.create(site=site, name="Gun", delivery="gun")
    for each in (practitioner, made):
        each.skills.add(Skill.objects.get(code="gun"))
    return made


class Clinic(RuleBasedStateMachine):
    """Anything that writes appointments, through the services and past them; every example starts from the same."""

    by = None

    def __init__(self) -> None:
        super().__init__()
        self.now = NOW
        self.example = transaction.atomic()
        self.example.__enter__()

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.example.__exit__(None, None, None)

    @initialize()
    def begin(self) -> None:
        rebuild_masks(now=self.now, days=70)
        self.book(0)

    @rule(which=any_one)
    def book(self, which: int) -> None:
        self.propose(which, lambda plan, token: book_proposal(plan=plan, token=token, by=self.by, now=self.now))

    @rule(which=any_one)
    def reserve(self, which: int) -> None:
        self.propose(
            which,
            lambda plan, token: reserve_proposal(plan=plan, token=token, by=self.by, now=self.now, key=uuid4()),
        )

    @rule(which=any_one)
    def confirm(self, which: int) -> None:
        if found := chosen(Reservation.objects.select_related("plan", "booking").order_by("pk"), which):
            tried(lambda: confirm_reservation(plan=found.plan, key=found.booking.key, by=self.by, now=self.now))

    @rule(which=any_one)
    def give_back(self, which: int) -> None:
        if found := chosen(Reservation.objects.select_related("plan", "booking").order_by("pk"), which):
            give_back(plan=found.plan, key=found.booking.key, by=self.by)

    @rule(which=any_one, days=st.integers(-3, 3), cell=st.integers(0, 20), who=any_one, where=any_one)
    def move(self, which: int, days: int, cell: int, who: int, where: int) -> None:
        if appointment := one_of(which, Status.BOOKED):
            tried(
                lambda: move_appointment(
                    appointment=appointment,
                    practitioner=chosen(Practitioner.objects.order_by("pk"), who),
                    room=chosen(Room.objects.select_related("site").order_by("pk"), where),
                    equipment=appointment.equipment,
                    starts=at(appointment.starts.astimezone(ROME).date() + days * DAY, 9 + cell // 4, cell % 4 * 15),
                    minutes=15,
                    by=self.by,
                    now=self.now,
                    version=appointment.version,
                )
            )

    @rule(which=any_one)
    def cancel(self, which: int) -> None:
        if appointment := one_of(which, Status.BOOKED, Status.ARRIVED, Status.RESERVED):
            tracking.cancel_appointment(appointment=appointment, reason="patient", by=self.by, now=self.now)

    @rule(which=any_one, come=st.booleans())
    def the_day_comes(self, which: int, come: bool) -> None:
        if appointment := one_of(which, Status.BOOKED):
            self.now = max(self.now, appointment.ends)
            for verb in [tracking.mark_arrived, tracking.start_treatment] if come else [tracking.mark_no_show]:
                appointment = verb(appointment=appointment, now=self.now)

    @rule(which=any_one)
    def take_back(self, which: int) -> None:
        if appointment := one_of(which, *taking_back.BACK, Status.CANCELLED):
            tried(lambda: taking_back.step_back(appointment=appointment, now=self.now))

    @rule(minutes=st.integers(1, 15))
    def let_time_pass(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    @rule(what=st.sampled_from([Room, Equipment]), days=st.integers(0, 20))
    def close(self, what: type[Room] | type[Equipment], days: int) -> None:
        first, thing = MONDAY + days * DAY, what.objects.order_by("pk").first()
        only = {"room" if what is Room else "equipment": thing}
        Closure.objects.create(site=thing.site, starts=at(first, 10), ends=at(first + DAY, 12), **only)

    @rule(which=any_one, what=st.sampled_from(["later", "room", "cancelled", "no-show", "reserved", "booked", "gone"]))
    def write_past_the_services(self, which: int, what: str) -> None:
        appointment = one_of(which, *Status.values)
        if appointment is None:
            return
        rows, hour = Appointment.objects.filter(pk=appointment.pk), timedelta(hours=1)
        try:
            with transaction.atomic():
                if what == "gone":
                    rows.delete()
                elif what == "later":
                    ends = appointment.ends + hour
                    rows.update(starts=appointment.starts + hour, ends=ends, room_free_at=ends)
                elif what == "room":
                    rows.update(room=chosen(Room.objects.exclude(pk=appointment.room_id), which))
                else:
                    until = self.now + 5 * timedelta(minutes=1) if what == "reserved" else None
                    rows.update(status=what, reserved_until=until)
        except IntegrityError as error:
            if guard.broken_rule(error) is None:
                raise

    @invariant()
    def a_diary_of_masks_is_a_diary_of_appointments(self) -> None:
        for patient in (plan.patient for plan in TreatmentPlan.objects.order_by("pk")[:2]):
            masks, rows = read_both_ways(self.now, patient=patient)
            assert masks == rows

    @invariant()
    def what_is_left_out_is_left_out_of_both(self) -> None:
        if appointment := one_of(0, *Status.values):
            masks, rows = read_both_ways(self.now, without=[appointment.pk])
            assert masks == rows

    @invariant()
    def no_mask_is_wrong(self) -> None:
        assert list(wrong_masks()) == []

    def propose(self, which: int, then: Callable[[TreatmentPlan, str], object]) -> None:
        plan = chosen(TreatmentPlan.objects.select_related("site", "patient").order_by("pk"), which)

        def act() -> None:
            answer = propose_cycle(plan=plan, now=self.now)
            if not isinstance(answer, Blocked):
                then(plan, answer[which % len(answer)].token)

        tried(act)


def chosen(found, which: int):
    every = list(found)
    return every[which % len(every)] if every else None


def one_of(which: int, *statuses: str) -> Appointment | None:
    return chosen(Appointment.objects.filter(status__in=statuses).order_by("starts", "pk"), which)


def tried(act: Callable[[], object]) -> None:
    """What may be refused, with a sentence."""
    try:
        act()
    except Refused as refusal:
        if not refusal.message.endswith("."):
            raise


def test_whatever_happens_masks_and_appointments_tell_one_diary(
    site, practitioner, colleague, room, patient, doctor_user, reception_user
) -> None:
    Room.objects.create(site=site, name="Room 2", cleaning_minutes=10)
    make_plan(patient, site, doctor_user, counts=[4], practitioner=practitioner)
    make_plan(make_patient("Conti"), site, doctor_user, counts=[3], practitioner=colleague, delivery="gun")
    Clinic.by = reception_user
    run_state_machine_as_test(
        Clinic,
        settings=settings(
            max_examples=25,
            stateful_step_count=12,
            deadline=None,
            derandomize=True,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )


# What the services keep known, and what the triggers forget.


def test_each_verb_leaves_the_days_it_touched_known(
    site, practitioner, colleague, room, patient, doctor_user, reception_user
) -> None:
    gun = (ResourceKind.EQUIPMENT, Equipment.objects.get().pk)
    who, where = (ResourceKind.PRACTITIONER, practitioner.pk), (ResourceKind.ROOM, room.pk)
    plan = make_plan(patient, site, doctor_user, counts=[2], practitioner=practitioner, delivery="gun")
    token, key = propose_cycle(plan=plan, now=NOW)[0].token, uuid4()
    reserve_proposal(plan=plan, token=token, by=reception_user, now=NOW, key=key)
    assert not BusyMask.objects.exists()
    first, second = confirm_reservation(plan=plan, key=key, by=reception_user, now=NOW)
    days = {each.starts.astimezone(ROME).date().toordinal() for each in (first, second)}
    assert known(MONDAY, MONDAY + 30 * DAY) == {who: days, where: days, gun: days}

    after = second.starts.astimezone(ROME).date() + DAY
    moved = move_appointment(
        appointment=second, practitioner=colleague, room=room, equipment=second.equipment, starts=at(after, 10),
        minutes=15, by=reception_user, now=NOW, version=second.version,
    )  # fmt: skip
    days.add(after.toordinal())
    other = (ResourceKind.PRACTITIONER, colleague.pk)
    # On each day those are known that were booked on it before or after.
    assert known(MONDAY, MONDAY + 30 * DAY) == {
        who: days - {after.toordinal()}, where: days, gun: days, other: {after.toordinal()},
    }  # fmt: skip
    tracking.cancel_appointment(appointment=moved, reason="patient", by=reception_user, now=NOW)
    assert known(after) == {each: {after.toordinal()} for each in (where, gun, other)}
    assert list(wrong_masks()) == []


def test_a_day_begun_is_not_forgotten_when_the_patient_comes_or_does_not(
    site, practitioner, room, reception_user
) -> None:
    held = [occupy(practitioner, room, at(MONDAY, hour), 30, reception_user) for hour in (9, 10)]
    before = known()
    tracking.mark_arrived(appointment=held[0], now=at(MONDAY, 9))
    tracking.mark_no_show(appointment=held[1], now=at(MONDAY, 11))
    taking_back.step_back(appointment=held[1], now=at(MONDAY, 11))
    assert known() == before
    assert len(before) == 2


@pytest.mark.parametrize(
    "change",
    [
        lambda rows: rows.delete(),
        lambda rows: rows.update(status=Status.CANCELLED),
        lambda rows: rows.update(ends=at(MONDAY, 10, 20)),
        lambda rows: rows.update(room_free_at=at(MONDAY, 11)),
    ],
    ids=["deleted", "cancelled", "shortened", "longer cleaning"],
)
def test_a_write_past_the_services_makes_its_day_unknown_and_no_other(
    site, practitioner, room, reception_user, change
) -> None:
    held = occupy(practitioner, room, at(MONDAY, 10), 30, reception_user)
    occupy(practitioner, room, at(MONDAY + DAY, 10), 30, reception_user)
    change(Appointment.objects.filter(pk=held.pk))
    assert {day for days in known(MONDAY, MONDAY + DAY).values() for day in days} == {MONDAY.toordinal() + 1}


def test_a_row_that_moves_makes_the_old_and_the_new_unknown(
    site, practitioner, colleague, room, reception_user
) -> None:
    rebuild_masks(now=NOW)
    held = occupy(practitioner, room, at(MONDAY, 10), 30, reception_user)
    tuesday = MONDAY + DAY
    until = at(tuesday, 10, 30)
    Appointment.objects.filter(pk=held.pk).update(
        practitioner=colleague, starts=at(tuesday, 10), ends=until, room_free_at=until
    )
    who, other, where = (
        (ResourceKind.PRACTITIONER, practitioner.pk),
        (ResourceKind.PRACTITIONER, colleague.pk),
        (ResourceKind.ROOM, room.pk),
    )
    found = known(MONDAY, tuesday)
    assert found[who] == {tuesday.toordinal()}
    assert found[other] == {MONDAY.toordinal()}
    assert where not in found


def test_reserving_forgets_nothing(site, practitioner, room, patient, doctor_user, reception_user) -> None:
    rebuild_masks(now=NOW)
    plan, before = make_plan(patient, site, doctor_user, counts=[2]), BusyMask.objects.count()
    key = uuid4()
    reserve_proposal(plan=plan, token=propose_cycle(plan=plan, now=NOW)[0].token, by=reception_user, now=NOW, key=key)
    give_back(plan=plan, key=key, by=reception_user)
    assert BusyMask.objects.count() == before


def test_triggers_that_were_lost_come_back_with_nothing_known(site, practitioner, room, reception_user) -> None:
    rebuild_masks(now=NOW)
    with connection.cursor() as cursor:
        on = " ON scheduling_appointment" if connection.vendor == "postgresql" else ""
        cursor.execute(f"DROP TRIGGER busy_unknown_update{on}")
    assert guard.missing() == ["busy_unknown_update"]
    guard.install()
    assert guard.missing() == []
    assert not BusyMask.objects.exists()


def test_a_rule_put_back_leaves_what_is_known(site, practitioner, room) -> None:
    rebuild_masks(now=NOW)
    before = BusyMask.objects.count()
    drop("room_booked_twice")
    guard.install()
    assert BusyMask.objects.count() == before > 0


# Clocks.


def test_another_time_zone_or_grid_is_another_clock(site, practitioner, room, reception_user) -> None:
    occupy(practitioner, room, at(MONDAY, 10), 20, reception_user)
    rebuild_masks(now=NOW)
    for name, value in (("time_zone", "America/New_York"), ("grid_minutes", 15)):
        setattr(site, name, value)
        site.save()
        masks, rows = read_both_ways(first=MONDAY, last=MONDAY, delivery="")
        assert masks == rows
        rebuild_masks(now=NOW)
        masks, rows = read_both_ways(first=MONDAY, last=MONDAY, delivery="")
        assert masks == rows
    assert set(BusyMask.objects.values_list("zone", "grid")) == {("America/New_York", 15)}
    assert list(wrong_masks()) == []


def test_a_booking_at_another_site_on_another_clock_is_seen_at_both(site, practitioner, room, reception_user) -> None:
    there = Site.objects.create(name="Studio Londra", time_zone="Europe/London", grid_minutes=15, public_holidays=False)
    OpeningHours.objects.create(site=there, weekday=0, starts=time(8), ends=time(20))
    practitioner.sites.add(there)
    WorkingHours.objects.create(
        practitioner=practitioner, site=there, weekday=0, starts=time(8), ends=time(20), valid_from=date(2020, 1, 1)
    )
    rebuild_masks(now=NOW)
    occupy(practitioner, Room.objects.create(site=there, name="Room A"), at(MONDAY, 10), 20, reception_user)
    for each in (site, there):
        masks, rows = read_both_ways(site=each, first=MONDAY, last=MONDAY, delivery="")
        assert masks == rows
        assert masks["busy"]
    assert list(wrong_masks()) == []


@pytest.mark.parametrize("day", [date(2026, 10, 25), date(2027, 3, 28)], ids=["25 hours", "23 hours"])
def test_the_day_the_clocks_change_is_forgotten_from_midnight_to_midnight(
    site, practitioner, room, reception_user, day
) -> None:
    early = day - 3 * DAY
    rebuild_masks(now=at(early, 9))
    for hour in (0, 23):
        occupy(practitioner, room, at(day, hour, 10), 15, reception_user)
    assert list(wrong_masks()) == []
    Appointment.objects.all().delete()
    whole = set(range(early.toordinal(), day.toordinal() + 2))
    assert list(known(early, day + DAY).values()) == [whole - {day.toordinal()}] * 2


# The command.


def run(*options: str) -> None:
    call_command("busy_masks", *options)


def test_verifying_names_a_mask_that_is_wrong_and_rebuilding_puts_it_right(
    site, practitioner, room, reception_user, capsys
) -> None:
    occupy(practitioner, room, at(MONDAY, 10), 20, reception_user)
    run("--verify")
    BusyMask.objects.filter(kind=ResourceKind.ROOM).update(cells="f" * 72)
    with pytest.raises(CommandError, match="1 busy masks are wrong"):
        run("--verify")
    assert f"room {room.pk}, 2026-11-23 (Europe/Rome, 5 minutes)" in capsys.readouterr().out
    rebuild_masks(now=NOW)
    run("--verify")


def test_verifying_finds_a_mask_that_no_booking_would_forget(site, practitioner, room, reception_user) -> None:
    occupy(practitioner, room, at(MONDAY, 10), 20, reception_user)
    BusyMask.objects.filter(kind=ResourceKind.ROOM).update(since=at(MONDAY + DAY, 0), until=at(MONDAY + 2 * DAY, 0))
    with pytest.raises(CommandError, match="1 busy masks are wrong"):
        run("--verify")


def test_rebuilding_knows_every_day_for_three_years_and_again_changes_nothing(
    site, practitioner, room, reception_user
) -> None:
    occupy(practitioner, room, at(MONDAY - DAY, 10), 20, reception_user)
    occupy(practitioner, room, at(MONDAY, 10), 20, reception_user)

    def stored() -> list[tuple[object, ...]]:
        return list(BusyMask.objects.order_by("kind", "day").values_list("kind", "resource", "day", "cells", "since"))

    assert rebuild_masks(now=NOW) == 2 * HORIZON_DAYS == len(stored())
    first, days = stored(), range(MONDAY.toordinal(), MONDAY.toordinal() + HORIZON_DAYS)
    assert known(MONDAY, date.fromordinal(days[-1])) == {each: set(days) for each in resources()}
    rebuild_masks(now=NOW)
    assert stored() == first


# What it costs.


def test_five_queries_whatever_is_known(site, practitioner, room, patient, reception_user) -> None:
    def count() -> int:
        with CaptureQueriesContext(connection) as queries:
            read_diary(site=site, first=MONDAY, last=MONDAY + 700 * DAY, now=NOW, patient=patient)
        return len(queries)

    held = [occupy(practitioner, room, at(MONDAY + n * DAY, 10), 30, reception_user) for n in range(1, 70, 2)]
    assert count() == 5
    rebuild_masks(now=NOW)
    assert count() == 5
    Appointment.objects.filter(pk__in=[each.pk for each in held[1:]]).delete()
    assert count() == 5


def test_days_unknown_here_and_there_are_read_all_the_same(site, practitioner, room, reception_user) -> None:
    """More of them than are read one by one: then everything between the first and the last is read."""
    rebuild_masks(now=NOW, days=90)
    for n in range(1, 2 * MOST_SPANS, 2):
        held = occupy(practitioner, room, at(MONDAY + n * DAY, 10), 30, reception_user)
        Appointment.objects.filter(pk=held.pk).update(ends=held.ends - timedelta(minutes=10))
    occupy(practitioner, room, at(MONDAY + 4 * DAY, 10), 30, reception_user)
    assert len(known(MONDAY, MONDAY + 89 * DAY)[ResourceKind.ROOM, room.pk]) == 90 - 45
    masks, rows = read_both_ways(last=MONDAY + 130 * DAY, delivery="")
    assert masks == rows


def test_storing_after_a_booking_asks_twice_for_few_and_for_many_sittings(
    site, practitioner, room, patient, doctor_user, reception_user
) -> None:
    def masks_of(count: int, surname: str) -> int:
        plan = make_plan(make_patient(surname), site, doctor_user, counts=[count], practitioner=practitioner)
        token = propose_cycle(plan=plan, now=NOW)[0].token
        with CaptureQueriesContext(connection) as queries:
            book_proposal(plan=plan, token=token, by=reception_user, now=NOW)
        return sum('INSERT INTO "scheduling_busymask"' in query["sql"] for query in queries)

    assert (masks_of(2, "Pochi"), masks_of(15, "Molti")) == (1, 1)
