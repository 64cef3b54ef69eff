"""Stored busy masks: made after a booking for the days it took, rebuilt for years ahead, verified against the rows.

A mask is reckoned and stored while nobody else can write an appointment of its resource: under the resource's lock
(services/locking.py), which the triggers of scheduling/mask_triggers.py take as well, whoever writes; or under a lock
on the whole table. On PostgreSQL (READ COMMITTED) each statement sees what was committed before it began. So the
reckoning, which begins after the lock is held, sees every booking made before, and a booking made after it waits, and
then removes the mask. On SQLite a transaction that writes is alone.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.db import connection, transaction
from django.utils import timezone

from scheduling.models import Appointment, BusyMask, Equipment, Practitioner, ResourceKind, Room, Site
from scheduling.selectors.busy import COLUMNS, Days, Frame, Resource, cells_text, known_days, of_days, reckoned, within
from scheduling.selectors.local_time import day_span
from scheduling.services.lines import Line

HORIZON_DAYS = 3 * 366
BATCH_DAYS = 60
ROWS = 1000


class Clock(NamedTuple):
    """What a mask is read by: a time zone, and a grid in minutes."""

    zone: ZoneInfo
    grid: int


class Touched(NamedTuple):
    """A booking that was written or removed: where, what it takes, and its start in UTC."""

    site: Site
    resources: Iterable[Resource]
    starts: datetime


@dataclass(frozen=True, slots=True)
class Wrong:
    """A stored mask that is not what the appointments say, on the local day of its clock."""

    kind: ResourceKind
    resource: int
    day: date
    zone: str
    grid: int


def touched_by(lines: Iterable[Line]) -> list[Touched]:
    """What lines touch once they are written."""
    return [Touched(line.room.site, line.resources, line.starts) for line in lines]


def store_touched(touched: Iterable[Touched]) -> None:
    """Stores the masks of the days that bookings touched, two queries for each clock, at the end of the transaction.

    The caller holds the locks of all their resources. A practitioner's days on the clock of another site stay unknown.
    """
    clocks: dict[Clock, dict[Resource, set[int]]] = {}
    for site, resources, starts in touched:
        day = timezone.localdate(starts, site.zone).toordinal()
        for resource in resources:
            if resource[0] in COLUMNS:
                clocks.setdefault(Clock(site.zone, site.grid_minutes), {}).setdefault(resource, set()).add(day)
    for clock, wanted in clocks.items():
        days = {resource: sorted(own) for resource, own in sorted(wanted.items())}
        first, last = min(own[0] for own in days.values()), max(own[-1] for own in days.values())
        frame = Frame(*clock, date.fromordinal(first), date.fromordinal(last), days.keys())
        found = reckoned(frame, of_days(clock.zone, days))
        rows = [
            _row(clock, resource, day, found.get(resource, {}).get(day, 0))
            for resource, own in days.items()
            for day in own
        ]
        BusyMask.objects.bulk_create(
            rows,
            update_conflicts=True,
            unique_fields=["zone", "grid", "kind", "resource", "day"],
            update_fields=["cells", "since", "until"],
        )


def rebuild_masks(*, now: datetime, days: int = HORIZON_DAYS) -> int:
    """Stores every mask of `days` from today, and drops what nobody reads any more; how many there are now.

    Batch by batch: between two of them everybody can book.
    """
    clocks = _clocks()
    for zone, grid in BusyMask.objects.order_by().values_list("zone", "grid").distinct():
        if Clock(ZoneInfo(zone), grid) not in clocks:
            BusyMask.objects.filter(zone=zone, grid=grid).delete()
    for clock, resources in clocks.items():
        today = timezone.localdate(now, clock.zone).toordinal()
        own = BusyMask.objects.filter(zone=clock.zone.key, grid=clock.grid)
        own.filter(day__lt=today).delete()
        for first in range(today, today + days, BATCH_DAYS):
            last = min(first + BATCH_DAYS, today + days) - 1
            frame = Frame(*clock, date.fromordinal(first), date.fromordinal(last), resources)
            with transaction.atomic():
                _let_nobody_book()
                found = reckoned(frame, within(clock.zone, first, last))
                own.filter(day__range=(first, last)).delete()
                BusyMask.objects.bulk_create(_rows(clock, frame, found), batch_size=ROWS)
    return BusyMask.objects.count()


def wrong_masks() -> Iterator[Wrong]:
    """The stored masks that are not what the appointments say: none, unless somebody worked around the triggers."""
    clocks = BusyMask.objects.order_by().values_list("zone", "grid").distinct()
    for clock in [Clock(ZoneInfo(zone), grid) for zone, grid in clocks]:
        own = BusyMask.objects.filter(zone=clock.zone.key, grid=clock.grid)
        resources = sorted(own.order_by().values_list("kind", "resource").distinct())
        days = sorted(own.order_by().values_list("day", flat=True).distinct())
        for at in range(0, len(days), BATCH_DAYS):
            batch = days[at : at + BATCH_DAYS]
            frame = Frame(*clock, date.fromordinal(batch[0]), date.fromordinal(batch[-1]), resources)
            with transaction.atomic():
                _let_nobody_book()
                found = reckoned(frame, within(clock.zone, batch[0], batch[-1]))
                stored = known_days(frame)
                misplaced = _misplaced(frame)
            yield from _differences(clock, stored, found, misplaced)


def _clocks() -> dict[Clock, set[Resource]]:
    """The clocks of all sites, each with the practitioners, rooms and equipment that are booked by it."""
    found: dict[Clock, set[Resource]] = {}
    clock_of = {}
    for site in Site.objects.all():
        clock_of[site.pk] = Clock(site.zone, site.grid_minutes)
        found.setdefault(clock_of[site.pk], set())
    for kind, places in (
        (ResourceKind.PRACTITIONER, Practitioner.objects.filter(active=True, sites__isnull=False).order_by()),
        (ResourceKind.ROOM, Room.objects.filter(active=True).order_by()),
        (ResourceKind.EQUIPMENT, Equipment.objects.filter(active=True).order_by()),
    ):
        for pk, site in places.values_list("pk", "sites" if kind == ResourceKind.PRACTITIONER else "site"):
            found[clock_of[site]].add((kind, pk))
    return found


def _let_nobody_book() -> None:
    """Waits for those who are writing appointments, and lets nobody begin until the transaction ends.

    Reading goes on. SQLite's transactions begin as the only one that writes.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"LOCK TABLE {Appointment._meta.db_table} IN SHARE MODE")


def _rows(clock: Clock, frame: Frame, found: Mapping[Resource, Days]) -> Iterator[BusyMask]:
    for resource in sorted(frame.resources):
        masks = found.get(resource, {})
        for day in frame.days:
            yield _row(clock, resource, day, masks.get(day, 0))


def _row(clock: Clock, resource: Resource, day: int, mask: int) -> BusyMask:
    since, until = day_span(date.fromordinal(day), clock.zone)
    return BusyMask(
        zone=clock.zone.key,
        grid=clock.grid,
        kind=resource[0],
        resource=resource[1],
        day=day,
        cells=cells_text(mask, clock.grid),
        since=since,
        until=until,
    )


def _misplaced(frame: Frame) -> set[tuple[Resource, int]]:
    """The rows whose instants are not those of their day, so that a booking would not find them."""
    rows = BusyMask.objects.filter(zone=frame.zone.key, grid=frame.grid, day__range=(frame.days[0], frame.days[-1]))
    spans = {day: day_span(date.fromordinal(day), frame.zone) for day in frame.days}
    stored = rows.order_by().values_list("kind", "resource", "day", "since", "until").iterator(10_000)
    return {((kind, pk), day) for kind, pk, day, since, until in stored if (since, until) != spans[day]}


def _differences(
    clock: Clock,
    stored: Mapping[Resource, Days],
    found: Mapping[Resource, Days],
    misplaced: set[tuple[Resource, int]],
) -> Iterator[Wrong]:
    for resource, masks in stored.items():
        true = found.get(resource, {})
        for day, mask in sorted(masks.items()):
            if mask != true.get(day, 0) or (resource, day) in misplaced:
                yield Wrong(ResourceKind(resource[0]), resource[1], date.fromordinal(day), clock.zone.key, clock.grid)
