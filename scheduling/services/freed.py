"""Remembering time that was booked and became free, so that it can be offered to those who wait."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from scheduling.models import Appointment, FreedSlot
from scheduling.services.lines import Line


def keep_freed(rows: Iterable[Appointment], into: Mapping[int, Line] | None = None) -> None:
    """Keeps where appointments stand that are being cancelled, or moved away. A reservation was never booked.

    `into` has, by the appointment's id, where it goes: what its practitioner still gives to it is not free.
    """
    FreedSlot.objects.bulk_create(
        FreedSlot(
            appointment=row,
            practitioner_id=row.practitioner_id,
            room_id=row.room_id,
            equipment_id=row.equipment_id,
            starts=starts,
            ends=ends,
        )
        for row in rows
        if row.reserved_until is None
        for starts, ends in _really_freed(row, into.get(row.pk) if into else None)
    )


def _really_freed(row: Appointment, line: Line | None) -> Iterator[tuple[datetime, datetime]]:
    if line is None or line.practitioner.pk != row.practitioner_id:
        yield row.starts, row.ends
        return
    for starts, ends in ((row.starts, min(row.ends, line.starts)), (max(row.starts, line.ends), row.ends)):
        if starts < ends:
            yield starts, ends
