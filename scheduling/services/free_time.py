"""Free time on one day: who and where is free for an appointment put there by hand, and at what other times."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

from django.utils import timezone

from patients.models import Patient
from scheduling.engine.terms import Diary, Slot
from scheduling.models import Room, Site, TreatmentPlan
from scheduling.selectors.diary import read_diary
from scheduling.selectors.local_time import MINUTES_IN_DAY, clock
from scheduling.services.open_time import is_free

# Minutes between the times offered instead of one that is taken.
STEP = 15


@dataclass(frozen=True, slots=True)
class WantedTime:
    """Time somebody wants: the local day, from which wall minute on, how long, and who and where if it is said (ids).

    A `plan` wants somebody trained for it.
    """

    day: date
    start: int
    minutes: int
    practitioner: int = 0
    room: int = 0
    plan: TreatmentPlan | None = None


@dataclass(frozen=True, slots=True)
class FreeTime:
    """A wall time of a day at which somebody can be put, and the room that is free then."""

    at: time
    room: Room


def free_place(*, site: Site, wanted: WantedTime, patient: Patient, now: datetime, later: bool = False) -> Slot | None:
    """Who and where are free together for what is wanted; with `later` also at the next times of that day.

    None when nothing is. At most six queries.
    """
    plan = wanted.plan
    diary = read_diary(
        site=site,
        first=wanted.day,
        last=wanted.day,
        now=now,
        patient=patient,
        technique=plan.technique if plan else "",
        delivery=plan.delivery if plan else "",
    )
    last = MINUTES_IN_DAY - wanted.minutes if later else wanted.start
    where = [wanted.room] if wanted.room else sorted(diary.rooms)
    return next(_free(diary, wanted, where, range(wanted.start, last + 1, site.grid_minutes)), None)


def _free(diary: Diary, wanted: WantedTime, where: Sequence[int], starts: Iterable[int]) -> Iterator[Slot]:
    """One free slot for each of some wall minutes that has any, in the first of the rooms that is free."""
    who = [wanted.practitioner] if wanted.practitioner else sorted(diary.hours)
    for start in starts:
        slots = (Slot(wanted.day, start, wanted.minutes, one, room, None) for one in who for room in where)
        if found := next((slot for slot in slots if is_free(diary, slot)), None):
            yield found


def free_times(
    *, site: Site, wanted: WantedTime, now: datetime, patient: Patient | None = None, without: int = 0, most: int = 6
) -> list[FreeTime]:
    """The times of the wanted day at which its practitioner, a room and the patient are free that long.

    At most so many, the nearest to the time asked for, in order, in the room asked for where that is free; appointment
    `without` is left out, as it is moving. At most seven queries.
    """
    day, here = wanted.day, timezone.localtime(now, site.zone)
    first = here.hour * 60 + here.minute if day == here.date() else 0
    diary = read_diary(site=site, first=day, last=day, now=now, patient=patient, without=[without])
    where = sorted(diary.rooms, key=lambda room: (room != wanted.room, room))
    starts = range(0, MINUTES_IN_DAY - wanted.minutes + 1, max(site.grid_minutes, STEP))
    found = _free(diary, wanted, where, [start for start in starts if start >= first])
    nearest = sorted(found, key=lambda slot: abs(slot.start - wanted.start))[:most]
    rooms = Room.objects.in_bulk({slot.room for slot in nearest})
    return [FreeTime(clock(slot.start), rooms[slot.room]) for slot in sorted(nearest, key=lambda slot: slot.start)]
