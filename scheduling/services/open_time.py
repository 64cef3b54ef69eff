"""Whether time is open at all: working hours, absences, closures, public holidays and the patient's own dates."""

from collections.abc import Collection
from datetime import datetime

from django.utils.translation import gettext as _

from scheduling.engine.free_time import cells
from scheduling.engine.terms import Diary, Slot
from scheduling.models import Kind
from scheduling.selectors.diary import read_diary
from scheduling.selectors.moving import days_near_sittings
from scheduling.selectors.other_visits import keep_clear
from scheduling.services.lines import Line
from scheduling.services.refusals import Refused


def is_open(diary: Diary, slot: Slot) -> bool:
    """Whether the whole slot lies in working hours and in no lost or taken time of `diary`."""
    return works(diary, slot) and not _lost(diary, slot) & _cells_of(diary, slot)


def is_free(diary: Diary, slot: Slot) -> bool:
    """Whether the slot is open and nobody it needs is booked; its room also for the cleaning after it."""
    if slot.room not in diary.rooms or not is_open(diary, slot):
        return False
    day, wanted = slot.day.toordinal(), _cells_of(diary, slot)
    with_cleaning = ((1 << cells(slot.minutes + diary.rooms[slot.room], diary.grid)) - 1) << slot.start // diary.grid
    busy = diary.busy.get(slot.practitioner, {}).get(day, 0) | diary.patient_busy.get(day, 0)
    return not busy & wanted and not diary.room_busy.get(slot.room, {}).get(day, 0) & with_cleaning


def works(diary: Diary, slot: Slot) -> bool:
    """Whether the whole slot lies in the practitioner's working hours."""
    wanted = _cells_of(diary, slot)
    return wanted & diary.hours.get(slot.practitioner, {}).get(slot.day.toordinal(), 0) == wanted


def _cells_of(diary: Diary, slot: Slot) -> int:
    return ((1 << cells(slot.minutes, diary.grid)) - 1) << slot.start // diary.grid


def _lost(diary: Diary, slot: Slot) -> int:
    day = slot.day.toordinal()
    lost = diary.away.get(slot.practitioner, {}).get(day, 0)
    lost |= diary.room_busy.get(slot.room, {}).get(day, 0) | diary.patient_unavailable.get(day, 0)
    return lost | (diary.equipment_busy.get(slot.equipment, {}).get(day, 0) if slot.equipment else 0)


def check_open(line: Line, now: datetime, without: Collection[int] = ()) -> None:
    """Refuses a line outside working hours or in lost time; appointments in `without` are left out, as they move.

    Runs once no other appointment stands in the way, so that whatever is not free in the diary has been closed.
    """
    site = line.room.site
    diary = read_diary(site=site, first=line.day, last=line.day, now=now, patient=line.patient, without=[*without])
    slot = line.slot
    words = {"practitioner": line.practitioner, "site": site}
    if not works(diary, slot):
        raise Refused(_("%(practitioner)s does not work at %(site)s at that time.") % words, "starts")
    if not is_open(diary, slot):
        raise Refused(_("That time is lost to an absence, a closure, a holiday or the patient's own dates."), "starts")
    _check_apart(line, now)


def _check_apart(line: Line, now: datetime) -> None:
    """Refuses what is closer to a sitting than its plan's days: a therapy (000, 004), or a plan on the same area."""
    if line.sitting:
        too_close = line.day.toordinal() in keep_clear(line.sitting.plan, now)
    elif line.kind == Kind.COMPLEMENTARY:
        too_close = line.day.toordinal() in days_near_sittings(line.patient.pk)
    else:
        return
    if too_close:
        sentence = _(
            "That is closer to a sitting than the days to keep apart from a complementary therapy or another plan."
        )
        raise Refused(sentence, "starts")
