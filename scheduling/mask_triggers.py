"""A write to an appointment removes the busy masks it would make wrong: in the database, whoever writes.

The triggers only forget; nothing is reckoned in them. A mask row names its day by two instants, so that no time zone
is needed to find it. Forgotten days are read from the appointments until somebody stores them anew
(scheduling/services/busy_masks.py).

On PostgreSQL a trigger also takes the locks of the resources, shared, before the row is written, and they are held
until its transaction ends. Whoever stores a mask holds the same lock for itself (services/locking.py). So nothing can
be written between what a mask was reckoned from and its commit.
"""

from django.db.backends.base.base import BaseDatabaseWrapper

from scheduling.models.busy import ResourceKind

TABLE = "scheduling_appointment"
MASKS = "scheduling_busymask"
FUNCTION = "scheduling_busy_unknown"
# No local day is longer; the bound lets the index (kind, resource, since) answer.
LONGEST_DAYS = 2
COLUMNS = {
    ResourceKind.PRACTITIONER: "practitioner_id",
    ResourceKind.ROOM: "room_id",
    ResourceKind.EQUIPMENT: "equipment_id",
}
NOT_MASKED = "('cancelled', 'reserved')"


def install(connection: BaseDatabaseWrapper) -> None:
    """Puts the triggers in place; where any was missing, nothing is known any more."""
    if MASKS not in connection.introspection.table_names():
        return
    lost = missing(connection)
    statements = _postgresql() if connection.vendor == "postgresql" else _sqlite()
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
        if lost:
            cursor.execute(f"DELETE FROM {MASKS}")  # noqa: S608 - a constant of this module


def uninstall(connection: BaseDatabaseWrapper) -> None:
    """Takes the triggers away, as must be before the table of masks goes."""
    on = f" ON {TABLE}" if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        for name in _names(connection):
            cursor.execute(f"DROP TRIGGER IF EXISTS {name}{on}")


def missing(connection: BaseDatabaseWrapper) -> list[str]:
    """The names of triggers that do not stand; none before there is a table of masks."""
    if MASKS not in connection.introspection.table_names():
        return []
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT tgname FROM pg_trigger WHERE tgrelid = to_regclass(%s) AND tgenabled = 'O'", [TABLE])
        else:
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = %s", [TABLE])
        present = {row[0] for row in cursor.fetchall()}
    return [name for name in _names(connection) if name not in present]


def _names(connection: BaseDatabaseWrapper) -> list[str]:
    events = [*_CONDITIONS, "TRUNCATE"] if connection.vendor == "postgresql" else list(_CONDITIONS)
    return [f"busy_unknown_{event.lower()}" for event in events]


def _changed(differ: str) -> str:
    """Whether an update changes anything that a mask is made of; `differ` is the engine's operator."""
    masked = f"(OLD.status IN {NOT_MASKED}) <> (NEW.status IN {NOT_MASKED})"
    columns = (*COLUMNS.values(), "starts", "ends", "room_free_at")
    return " OR ".join([masked, *(f"OLD.{column} {differ} NEW.{column}" for column in columns)])


_CONDITIONS = {
    "INSERT": (f"NEW.status NOT IN {NOT_MASKED}", ["NEW"]),
    "UPDATE": ("", ["OLD", "NEW"]),
    "DELETE": (f"OLD.status NOT IN {NOT_MASKED}", ["OLD"]),
}
"""By event: when it matters, and of which row the days are forgotten."""


def _postgresql() -> list[str]:
    keys = ", ".join(f"({kind:d}::bigint << 48) | taken.{column}" for kind, column in COLUMNS.items())
    forget = " OR ".join(f"(kind = {kind:d} AND resource = taken.{column})" for kind, column in COLUMNS.items())
    statements = [
        f"""
        CREATE OR REPLACE FUNCTION {FUNCTION}_row(taken {TABLE}) RETURNS void LANGUAGE plpgsql AS $$
        BEGIN
            PERFORM pg_advisory_xact_lock_shared(key)
                FROM (SELECT key FROM unnest(ARRAY[{keys}]) AS key WHERE key IS NOT NULL ORDER BY key) AS keys;
            DELETE FROM {MASKS} WHERE ({forget}) AND since <= taken.starts AND until > taken.starts
                AND since > taken.starts - interval '{LONGEST_DAYS} days';
        END $$""",  # noqa: S608 - constants of this module
        f"""
        CREATE OR REPLACE FUNCTION {FUNCTION}() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP = 'TRUNCATE' THEN DELETE FROM {MASKS}; RETURN NULL; END IF;
            IF TG_OP <> 'INSERT' THEN PERFORM {FUNCTION}_row(OLD); END IF;
            IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
            PERFORM {FUNCTION}_row(NEW);
            RETURN NEW;
        END $$""",  # noqa: S608 - constants of this module
        f"CREATE OR REPLACE TRIGGER busy_unknown_truncate BEFORE TRUNCATE ON {TABLE} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {FUNCTION}()",
    ]
    for event, (condition, _rows) in _CONDITIONS.items():
        statements.append(
            f"CREATE OR REPLACE TRIGGER busy_unknown_{event.lower()} BEFORE {event} ON {TABLE} "
            f"FOR EACH ROW WHEN ({condition or _changed('IS DISTINCT FROM')}) EXECUTE FUNCTION {FUNCTION}()"
        )
    return statements


def _sqlite() -> list[str]:
    statements = []
    for event, (condition, rows) in _CONDITIONS.items():
        forget = " ".join(
            f"DELETE FROM {MASKS} WHERE kind = {kind:d} AND resource = {row}.{column} AND since <= {row}.starts "  # noqa: S608
            f"AND since > datetime({row}.starts, '-{LONGEST_DAYS} days') AND until > {row}.starts;"
            for row in rows
            for kind, column in COLUMNS.items()
        )
        name = f"busy_unknown_{event.lower()}"
        statements += [
            f"DROP TRIGGER IF EXISTS {name}",
            f"CREATE TRIGGER {name} AFTER {event} ON {TABLE} WHEN {condition or _changed('IS NOT')} BEGIN {forget} END",
        ]
    return statements
