"""Remembering time that was booked and became free, so that it can be offered to those who wait."""

from collections.abc import Iterable

from scheduling.models import Appointment, FreedSlot


def keep_freed(rows: Iterable[Appointment]) -> None:
    """Keeps where appointments stand that are being cancelled, or moved away. A reservation was never booked."""
    FreedSlot.objects.bulk_create(
        FreedSlot(
            appointment=row,
            practitioner_id=row.practitioner_id,
            room_id=row.room_id,
            equipment_id=row.equipment_id,
            starts=row.starts,
            ends=row.ends,
        )
        for row in rows
        if row.reserved_until is None
    )
