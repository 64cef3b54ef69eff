"""Busy time kept ready for reading. Derived from the appointments, and never the guard: scheduling/guard.py is."""

from enum import IntEnum

from django.db import models


class ResourceKind(IntEnum):
    """What an appointment takes for itself; the kind is part of the key of its lock."""

    PRACTITIONER = 1
    ROOM = 2
    PATIENT = 3
    EQUIPMENT = 4


class BusyMask(models.Model):
    """When a practitioner, a room (until clean) or a piece of equipment is booked on one local day.

    `cells` is a bit set on the clock it is read by (time zone and grid), bit i the i-th cell after midnight, as
    hexadecimal digits of fixed length. In it is what stands for good: all but the cancelled, and but the reserved,
    whose time runs out by the clock. The instants `since` and `until` are where the day begins and ends.

    A row is true for as long as it is there: scheduling/mask_triggers.py removes it with the write that would make it
    wrong. Without a row the day is unknown, and the appointments themselves are read.
    """

    zone = models.CharField(max_length=64)
    grid = models.PositiveSmallIntegerField()
    kind = models.PositiveSmallIntegerField()
    resource = models.BigIntegerField()
    day = models.PositiveIntegerField()
    cells = models.CharField(max_length=72)
    since = models.DateTimeField()
    until = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["zone", "grid", "kind", "resource", "day"], name="busy_mask_once")
        ]
        indexes = [models.Index(fields=["kind", "resource", "since"], name="busy_mask_since")]

    def __str__(self) -> str:
        return f"{ResourceKind(self.kind).name} {self.resource}, {self.since:%Y-%m-%d %H:%M}"
