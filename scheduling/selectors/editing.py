"""A proposal as the desk edits it: the other slots of a sitting, priced in words, and what was chosen by hand."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, time

from django.utils.formats import date_format, time_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from scheduling.engine.pins import LostPin, Pin
from scheduling.engine.request import CycleRequest
from scheduling.engine.terms import Slot
from scheduling.engine.what_if import WhatIf
from scheduling.selectors.cycles import Wishes
from scheduling.selectors.local_time import clock
from scheduling.selectors.looking import different_first
from scheduling.selectors.proposals import Row, Setting, rows_with
from scheduling.selectors.ways_out import Chip, address, pin_text

LOST: Mapping[LostPin, Promise | str] = {
    LostPin.PLACED: gettext_lazy("Sitting %(number)s is no longer kept on %(slot)s: it needs no slot any more."),
    LostPin.TAKEN: gettext_lazy("Sitting %(number)s is no longer kept on %(slot)s: that slot is not free any more."),
    LostPin.NO_FIT: gettext_lazy(
        "Sitting %(number)s is no longer kept on %(slot)s: the sittings around it do not fit there any more."
    ),
}


@dataclass(frozen=True, slots=True)
class Choice:
    """Another slot for a sitting: local day and time, who and where, its drift and what else changes, in words.

    `pin` is the text that chooses it in the address.
    """

    day: date
    at: time
    practitioner: str
    room: str
    drift: str
    outside: bool
    price: tuple[str, ...]
    pin: str


def choices_of(
    setting: Setting, request: CycleRequest, options: Iterable[WhatIf], shown: Sequence[Row], later: int
) -> tuple[Choice, ...]:
    """The other slots of a sitting, priced against the rows that are shown (none while nothing fits).

    Different days and hours come first.
    """
    standing = request.fixed.keys() - request.pinned
    numbers = [sitting.number for sitting in request.sittings]
    found = []
    for option in different_first(options, lambda option: option.slot):
        slots = {n: slot for n, slot in zip(numbers, option.slots, strict=True) if n not in standing}
        number = next(n for n, slot in slots.items() if slot == option.slot)
        rows = {row.number: row for row in rows_with(setting, slots, later)}
        found.append(_choice(number, option.slot, rows, shown))
    return tuple(found)


def _choice(number: int, slot: Slot, rows: Mapping[int, Row], shown: Sequence[Row]) -> Choice:
    own = rows[number]
    return Choice(
        day=own.day,
        at=own.at,
        practitioner=own.practitioner,
        room=own.room,
        drift=own.drift_words,
        outside=own.outside,
        price=_price(number, rows, shown),
        pin=pin_text(Pin(number, slot.day, slot.start, slot.practitioner)),
    )


def _price(number: int, rows: Mapping[int, Row], shown: Sequence[Row]) -> tuple[str, ...]:
    """What the whole cycle gains or loses beside the one shown, in words."""
    if not shown:
        return (_("the rest then fits"),)
    moved = sum(_where(row) != _where(rows[row.number]) for row in shown if row.number != number)
    words = [_moves_words(moved)]
    more = sum(abs(row.drift) for row in rows.values()) - sum(abs(row.drift) for row in shown)
    if more:
        words.append(_off_words(more))
    last = max(row.day for row in rows.values())
    if last != max(row.day for row in shown):
        words.append(_("ends on %(day)s") % {"day": date_format(last, "j b Y")})
    return tuple(words)


def _off_words(more: int) -> str:
    """How many days of drift come, or go when negative: "drift" itself is no word of the desk."""
    if more > 0:
        text = ngettext("%(days)s more day off the ideal dates", "%(days)s more days off the ideal dates", more)
    else:
        text = ngettext("%(days)s day nearer to the ideal dates", "%(days)s days nearer to the ideal dates", -more)
    return text % {"days": abs(more)}


def _where(row: Row) -> tuple[date, time, str]:
    return row.day, row.at, row.practitioner


def _moves_words(moved: int) -> str:
    if not moved:
        return _("the rest stays")
    return ngettext("moves %(n)s other sitting", "moves %(n)s other sittings", moved) % {"n": moved}


def lost_words(setting: Setting, lost: Iterable[tuple[Pin, LostPin]]) -> list[str]:
    """Which slots chosen by hand no longer stand, and why."""
    return [str(LOST[why]) % {"number": pin.number, "slot": _slot_words(setting, pin)} for pin, why in lost]


def _slot_words(setting: Setting, pin: Pin) -> str:
    day, at = date_format(pin.day, "D j b Y"), time_format(clock(pin.start))
    return f"{day}, {at}, {setting.practitioners.get(pin.practitioner, '–')}"


def edits_of(setting: Setting, wishes: Wishes, show: str) -> list[Chip]:
    """What was chosen by hand and what was left out, by sitting, each with the address that takes it back."""
    chips = {}
    for pin in wishes.pins:
        label = _("Sitting %(number)s on %(slot)s") % {"number": pin.number, "slot": _slot_words(setting, pin)}
        rest = tuple(each for each in wishes.pins if each != pin)
        chips[pin.number] = Chip(label, address(setting, replace(wishes, pins=rest), show))
    for number in wishes.leave:
        label = _("Sitting %(number)s left out") % {"number": number}
        chips[number] = Chip(label, address(setting, replace(wishes, leave=wishes.leave - {number}), show))
    return [chip for _number, chip in sorted(chips.items())]


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A sitting left out of this booking: its phase, its ideal local date, and the address that takes it in again."""

    number: int
    purpose: str
    phase: str
    ideal: date
    url: str


def left_out(setting: Setting, wishes: Wishes, show: str) -> list[LeftOut]:
    """The sittings left out of this booking, in order."""
    return [
        LeftOut(
            number=sitting.number,
            purpose=sitting.phase.purpose,
            phase=sitting.phase.get_purpose_display(),
            ideal=sitting.ideal,
            url=address(setting, replace(wishes, leave=wishes.leave - {sitting.number}), show),
        )
        for sitting in setting.sittings
        if sitting.number in wishes.leave
    ]
