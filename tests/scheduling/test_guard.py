"""The no-overlap rules stand in the database itself: raw SQL is refused like everybody else."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.test import Client

from patients.models import Patient
from scheduling import guard
from scheduling.models import Equipment, Practitioner, Room, Site
from tests.conftest import make_practitioner
from tests.scheduling.booking_data import make_patient

TEN = datetime(2027, 1, 11, 10, 0, tzinfo=UTC)


@pytest.fixture
def colleague(site: Site) -> Practitioner:
    return make_practitioner("Dr Neri", site)


@pytest.fixture
def other_room(site: Site) -> Room:
    return Room.objects.create(site=site, name="Room 2", cleaning_minutes=5)


@pytest.fixture
def gun(site: Site) -> Equipment:
    return Equipment.objects.create(site=site, name="Gun 1", delivery="gun")


def insert(
    patient: Patient,
    practitioner: Practitioner,
    room: Room,
    starts: datetime | str = TEN,
    ends: datetime | str | None = None,
    *,
    free_at: datetime | str | None = None,
    equipment: Equipment | None = None,
    status: str = "booked",
) -> int:
    """One appointment by raw SQL, 30 minutes long unless told otherwise; returns its id."""
    if ends is None:
        assert isinstance(starts, datetime)
        ends = starts + timedelta(minutes=30)
    values = {
        "patient_id": patient.pk,
        "kind": "consultation",
        "practitioner_id": practitioner.pk,
        "room_id": room.pk,
        "equipment_id": equipment.pk if equipment else None,
        "starts": stored(starts),
        "ends": stored(ends),
        "room_free_at": stored(free_at or ends),
        "status": status,
        "cancel_reason": "",
        "cancel_note": "",
        "note": "",
        "version": 1,
    }
    with transaction.atomic(), connection.cursor() as cursor:
        marks = ", ".join(["%s"] * len(values))
        cursor.execute(
            f"INSERT INTO scheduling_appointment ({', '.join(values)}) VALUES ({marks}) RETURNING id",
            list(values.values()),
        )
        return cursor.fetchone()[0]


def stored(at: datetime | str) -> datetime | str:
    """An instant as the engine stores it: text on SQLite."""
    if connection.vendor == "sqlite" and isinstance(at, datetime):
        return f"{at:%Y-%m-%d %H:%M:%S}"
    return at


def update(pk: int, **values: object) -> None:
    names = ", ".join(f"{name} = %s" for name in values)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE scheduling_appointment SET {names} WHERE id = %s", [*map(stored, values.values()), pk])


def refused_by(rule: str) -> pytest.RaisesExc:
    return pytest.raises(IntegrityError, check=lambda error: guard.broken_rule(error) == rule)


def test_a_practitioner_is_not_booked_twice(patient, practitioner, room, other_room) -> None:
    insert(patient, practitioner, room)
    with refused_by("practitioner_booked_twice"):
        insert(make_patient("Conti"), practitioner, other_room, TEN + timedelta(minutes=25))


def test_a_room_is_not_booked_again_until_it_is_free(patient, practitioner, colleague, room) -> None:
    insert(patient, practitioner, room, free_at=TEN + timedelta(minutes=45))
    with refused_by("room_booked_twice"):
        insert(make_patient("Conti"), colleague, room, TEN + timedelta(minutes=40))


def test_a_room_is_not_booked_into_the_cleaning_before(patient, practitioner, colleague, room) -> None:
    insert(patient, practitioner, room)
    with refused_by("room_booked_twice"):
        insert(
            make_patient("Conti"),
            colleague,
            room,
            TEN - timedelta(minutes=30),
            TEN - timedelta(minutes=5),
            free_at=TEN + timedelta(minutes=5),
        )


def test_equipment_is_not_booked_twice(patient, practitioner, colleague, room, other_room, gun) -> None:
    insert(patient, practitioner, room, equipment=gun)
    with refused_by("equipment_booked_twice"):
        insert(make_patient("Conti"), colleague, other_room, equipment=gun)


def test_a_patient_is_not_booked_twice(patient, practitioner, colleague, room, other_room) -> None:
    insert(patient, practitioner, room)
    with refused_by("patient_booked_twice"):
        insert(patient, colleague, other_room)


def test_no_equipment_is_shared_by_everybody(patient, practitioner, colleague, room, other_room) -> None:
    insert(patient, practitioner, room)
    assert insert(make_patient("Conti"), colleague, other_room)


def test_moving_one_onto_another_is_refused(patient, practitioner, room, other_room) -> None:
    insert(patient, practitioner, room)
    later = insert(make_patient("Conti"), practitioner, other_room, TEN + timedelta(hours=2))
    with refused_by("practitioner_booked_twice"):
        update(later, starts=TEN, ends=TEN + timedelta(minutes=30), room_free_at=TEN + timedelta(minutes=30))


def test_an_appointment_may_move_within_its_own_time(patient, practitioner, room) -> None:
    pk = insert(patient, practitioner, room)
    update(pk, starts=TEN + timedelta(minutes=10))
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM scheduling_appointment")
        assert cursor.fetchone()[0] == 1


def test_cancelled_time_is_free(patient, practitioner, room) -> None:
    insert(patient, practitioner, room, status="cancelled")
    assert insert(make_patient("Conti"), practitioner, room)


def test_a_cancelled_appointment_does_not_come_back_onto_another(patient, practitioner, room, other_room) -> None:
    cancelled = insert(patient, practitioner, other_room, status="cancelled")
    insert(make_patient("Conti"), practitioner, room)
    with refused_by("practitioner_booked_twice"):
        update(cancelled, status="booked")


def test_one_may_begin_when_the_other_ends(patient, practitioner, room) -> None:
    insert(patient, practitioner, room)
    assert insert(make_patient("Conti"), practitioner, room, TEN + timedelta(minutes=30))
    assert insert(make_patient("Serra"), practitioner, room, TEN - timedelta(minutes=30))


def test_a_short_appointment_inside_a_long_one_is_refused(patient, practitioner, room, other_room) -> None:
    insert(patient, practitioner, other_room, TEN, TEN + timedelta(hours=12))
    with refused_by("practitioner_booked_twice"):
        insert(make_patient("Conti"), practitioner, room, TEN + timedelta(hours=11, minutes=30))


@pytest.mark.parametrize(
    ("starts", "ends", "free_at"),
    [
        (TEN, TEN, TEN),
        (TEN, TEN - timedelta(minutes=30), TEN),
        (TEN, TEN + timedelta(minutes=30), TEN + timedelta(minutes=25)),
        (TEN, TEN + timedelta(hours=12, minutes=5), TEN + timedelta(hours=12, minutes=5)),
        (TEN, TEN + timedelta(hours=12), TEN + timedelta(hours=12, minutes=5)),
        (TEN + timedelta(minutes=3), TEN + timedelta(minutes=30), TEN + timedelta(minutes=30)),
        (TEN + timedelta(seconds=30), TEN + timedelta(minutes=30), TEN + timedelta(minutes=30)),
        (TEN, TEN + timedelta(minutes=31), TEN + timedelta(minutes=35)),
    ],
    ids=[
        "empty",
        "backwards",
        "free before it ends",
        "too long",
        "too long with cleaning",
        "off the grid",
        "seconds",
        "odd end",
    ],
)
def test_a_span_no_diary_could_hold_is_refused(patient, practitioner, room, starts, ends, free_at) -> None:
    with refused_by(guard.SHAPE):
        insert(patient, practitioner, room, starts, ends, free_at=free_at)


@pytest.mark.parametrize(
    "text",
    [
        "2027-01-11T10:00:00",
        "2027-01-11 10:00:00+00:00",
        "2027-01-11 10:00",
        "2027-01-11 10:00:00.000",
        "2027-1-11 10:00:00",
        "1799661600",
        "soon",
    ],
)
def test_sqlite_takes_instants_in_one_form_only(patient, practitioner, room, text) -> None:
    if connection.vendor != "sqlite":
        # PostgreSQL stores instants as numbers: every form it reads is the same instant.
        insert(patient, practitioner, room)
        with refused_by("practitioner_booked_twice"):
            insert(make_patient("Conti"), practitioner, room, "2027-01-11T10:00:00+00:00", "2027-01-11 10:30:00+00:00")
        return
    with refused_by(guard.SHAPE):
        insert(patient, practitioner, room, text, "2027-01-11 10:30:00")


def test_every_rule_stands_after_the_migrations(db) -> None:
    assert guard.missing() == []


def test_installing_again_changes_nothing(db) -> None:
    guard.install()
    guard.install()
    assert guard.missing() == []


def drop(rule: str) -> None:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(f"ALTER TABLE scheduling_appointment DROP CONSTRAINT {rule}")
        else:
            cursor.execute(f"DROP TRIGGER {rule}_insert")


@pytest.mark.parametrize("rule", [*guard.OVERLAPS, guard.SHAPE])
def test_the_check_warns_of_a_missing_rule(db, rule: str) -> None:
    drop(rule)
    (warning,) = guard.rules_stand(databases=["default"])
    assert rule in warning.msg
    assert warning.id == "scheduling.W001"


def test_the_check_is_silent_while_all_stand(db) -> None:
    assert guard.rules_stand(databases=["default"]) == []


def test_health_fails_while_a_rule_is_missing(db, client: Client) -> None:
    assert client.get("/health/").status_code == 200
    drop("room_booked_twice")
    answer = client.get("/health/")
    assert answer.status_code == 503
    assert any("room_booked_twice" in name for name in answer.json()["missing_rules"])


def test_a_rule_put_back_refuses_again(patient, practitioner, room, other_room) -> None:
    drop("practitioner_booked_twice")
    guard.install()
    insert(patient, practitioner, other_room)
    with refused_by("practitioner_booked_twice"):
        insert(make_patient("Conti"), practitioner, room)


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_the_rules_outlive_a_rebuilt_table() -> None:
    """Django rebuilds a table on SQLite to alter a column, and its triggers go with it."""
    from django.db import models

    from scheduling.models import Appointment

    old = Appointment._meta.get_field("cancel_note")
    new = models.CharField(max_length=400, blank=True)
    new.set_attributes_from_name("cancel_note")
    new.model = Appointment
    with connection.schema_editor() as editor:
        editor.alter_field(Appointment, old, new)
    try:
        if connection.vendor == "sqlite":
            assert guard.missing(), "the rebuild is expected to lose them"
    finally:
        with connection.schema_editor() as editor:
            editor.alter_field(Appointment, new, old)
    call_command("migrate", verbosity=0)
    assert guard.missing() == []


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_the_rules_stand_after_the_migrations_run_backwards_and_forwards() -> None:
    call_command("migrate", "scheduling", "0002", verbosity=0)
    call_command("migrate", "scheduling", verbosity=0)
    assert guard.missing() == []
