"""The rule that may never break: no double booking, kept by the database itself on both engines.

Practitioner, room, equipment and patient never overlap in active appointments (all but the cancelled). PostgreSQL
keeps it with exclusion constraints, SQLite with triggers. Neither lives in a model's Meta: an `ExclusionConstraint`
breaks SQLite's migrations, and Django's table rebuild on SQLite silently drops triggers, so `install()` is
idempotent and runs in a migration and again after every `migrate`.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.apps import AppConfig
from django.core.checks import CheckMessage, Tags, Warning, register
from django.db import DEFAULT_DB_ALIAS, IntegrityError, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from scheduling import mask_triggers

TABLE = "scheduling_appointment"
LONGEST_HOURS = 12
LONGEST = timedelta(hours=LONGEST_HOURS)
# rule name -> (column of the resource, column that ends its use)
OVERLAPS = {
    "practitioner_booked_twice": ("practitioner_id", "ends"),
    "room_booked_twice": ("room_id", "room_free_at"),
    "equipment_booked_twice": ("equipment_id", "ends"),
    "patient_booked_twice": ("patient_id", "ends"),
}
SHAPE = "appointment_times"
SENTENCES: dict[str, Promise | str] = {
    "practitioner_booked_twice": _("The practitioner has just been booked for that time."),
    "room_booked_twice": _("The room has just been booked for that time."),
    "equipment_booked_twice": _("The equipment has just been booked for that time."),
    "patient_booked_twice": _("The patient has another appointment at that time."),
    "sitting_booked_once": _("This sitting has just been booked by somebody else."),
    SHAPE: _("An appointment ends after it starts, lasts at most 12 hours and stands on whole 5 minutes."),
}
# SQLite names a broken unique index by its columns.
_SQLITE_UNIQUE = {f"{TABLE}.sitting_id": "sitting_booked_once"}


def install(using: str = DEFAULT_DB_ALIAS) -> None:
    """Puts every rule in place, and what keeps busy masks true; doing it again changes nothing."""
    connection = connections[using]
    statements = _postgresql(connection) if connection.vendor == "postgresql" else _sqlite()
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
    mask_triggers.install(connection)


def missing(using: str = DEFAULT_DB_ALIAS) -> list[str]:
    """The names of rules and triggers that do not stand in the database; none before the table exists."""
    connection = connections[using]
    if TABLE not in connection.introspection.table_names():
        return []
    present = _present(connection)
    rules = [name for name in _expected(connection) if name not in present]
    return rules + mask_triggers.missing(connection)


def broken_rule(error: IntegrityError) -> str | None:
    """The name of the rule that `error` reports, or nothing when it is about something else."""
    cause = error.__cause__
    name = getattr(getattr(cause, "diag", None), "constraint_name", None)
    if name in SENTENCES:
        return str(name)
    text = str(error)
    for column, rule in _SQLITE_UNIQUE.items():
        if column in text:
            return rule
    return next((rule for rule in SENTENCES if rule in text), None)


def _expected(connection: BaseDatabaseWrapper) -> list[str]:
    rules = [*OVERLAPS, SHAPE]
    if connection.vendor == "postgresql":
        return rules
    return [f"{rule}_{event}" for rule in rules for event in ("insert", "update")]


def _present(connection: BaseDatabaseWrapper) -> set[str]:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT conname FROM pg_constraint WHERE conrelid = to_regclass(%s) AND convalidated", [TABLE]
            )
        else:
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = %s", [TABLE])
        return {row[0] for row in cursor.fetchall()}


def _postgresql(connection: BaseDatabaseWrapper) -> list[str]:
    present = _present(connection)
    statements = ["CREATE EXTENSION IF NOT EXISTS btree_gist"]
    for rule, (resource, free_at) in OVERLAPS.items():
        if rule not in present:
            statements.append(
                f"ALTER TABLE {TABLE} ADD CONSTRAINT {rule} EXCLUDE USING gist "
                f"({resource} WITH =, tstzrange(starts, {free_at}, '[)') WITH &&) WHERE (status <> 'cancelled')"
            )
    if SHAPE not in present:
        statements.append(
            f"ALTER TABLE {TABLE} ADD CONSTRAINT {SHAPE} CHECK (ends > starts AND room_free_at >= ends "
            f"AND room_free_at <= starts + interval '{LONGEST_HOURS} hours' "
            "AND mod(extract(epoch FROM starts), 300) = 0 AND mod(extract(epoch FROM ends), 300) = 0)"
        )
    return statements


def _sqlite() -> list[str]:
    statements = []
    # Before an insert the new row has no number of its own yet; before an update the row must not meet itself.
    for event, others in (("INSERT", ""), ("UPDATE", " AND other.id <> OLD.id")):
        for rule, (resource, free_at) in OVERLAPS.items():
            # The bound on starts lets the index (resource, starts) answer: nothing longer than 12 hours exists.
            meets = (
                f"other.{resource} = NEW.{resource} AND other.starts < NEW.{free_at} "
                f"AND other.starts > datetime(NEW.starts, '-{LONGEST_HOURS} hours') "
                f"AND other.{free_at} > NEW.starts AND other.status <> 'cancelled'{others}"
            )
            clash = f"EXISTS (SELECT 1 FROM {TABLE} other WHERE {meets})"  # noqa: S608 - constants of this module
            statements += _trigger(rule, event, f"NEW.status <> 'cancelled' AND NEW.{resource} IS NOT NULL AND {clash}")
        statements += _trigger(SHAPE, event, _SQLITE_BAD_SHAPE)
    return statements


# Comparing instants as text is right only for the one canonical form, so any other form is refused.
_SQLITE_BAD_SHAPE = (
    "NEW.starts IS NOT strftime('%Y-%m-%d %H:%M:%S', NEW.starts) "
    "OR NEW.ends IS NOT strftime('%Y-%m-%d %H:%M:%S', NEW.ends) "
    "OR NEW.room_free_at IS NOT strftime('%Y-%m-%d %H:%M:%S', NEW.room_free_at) "
    "OR NEW.ends <= NEW.starts OR NEW.room_free_at < NEW.ends "
    f"OR NEW.room_free_at > datetime(NEW.starts, '+{LONGEST_HOURS} hours') "
    "OR strftime('%s', NEW.starts) % 300 <> 0 OR strftime('%s', NEW.ends) % 300 <> 0"
)


def _trigger(rule: str, event: str, condition: str) -> list[str]:
    name = f"{rule}_{event.lower()}"
    return [
        f"DROP TRIGGER IF EXISTS {name}",
        f"CREATE TRIGGER {name} BEFORE {event} ON {TABLE} WHEN {condition} BEGIN SELECT RAISE(ABORT, '{rule}'); END",
    ]


@register(Tags.database)
def rules_stand(
    *, app_configs: Sequence[AppConfig] | None = None, databases: Sequence[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """A warning for each database in which a rule is missing (an error would block `migrate` itself)."""
    return [
        Warning(
            f"The database '{alias}' lacks the no-overlap rules: {', '.join(names)}.",
            hint="Run 'manage.py migrate', which installs them.",
            id="scheduling.W001",
        )
        for alias in databases or []
        if (names := missing(alias))
    ]


def reinstall_after_migrate(*, using: str = DEFAULT_DB_ALIAS, **kwargs: Any) -> None:
    """Signal receiver: the rules stand again after any table rebuild."""
    if TABLE in connections[using].introspection.table_names():
        install(using)
