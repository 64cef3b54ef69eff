"""A move as its pages show it: other slots by day, and each choice of what follows with its price."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time

from django.utils import timezone
from django.utils.formats import date_format, time_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from scheduling.engine.protocol import rewindow
from scheduling.engine.terms import Blocked, Offer, Slot
from scheduling.models import Appointment, Move, SittingState
from scheduling.selectors.booking_words import drift_words
from scheduling.selectors.cycles import slot_of
from scheduling.selectors.local_time import clock
from scheduling.selectors.moving import Placed, dates_after
from scheduling.selectors.offers import OfferDay, OfferRow, offer_days
from scheduling.selectors.proposals import names_of
from scheduling.selectors.ways_out import REASONS


@dataclass(frozen=True, slots=True)
class Place:
    """A slot in words: local day and time, with whom, where."""

    day: date
    at: time
    practitioner: str
    room: str


@dataclass(frozen=True, slots=True)
class MoveRow:
    """A sitting before and after; `becomes` is None when it stays, `days` are those it moves (negative: earlier)."""

    number: int
    purpose: str
    phase: str
    was: Place
    becomes: Place | None
    days: int
    drift: int
    earliest: date
    latest: date
    outside: bool

    @property
    def moved(self) -> str:
        return moved_words(self.days) if self.becomes else _("stays")

    @property
    def drift_words(self) -> str:
        return drift_words(self.drift)


@dataclass(frozen=True, slots=True)
class Price:
    """What a choice costs: sittings that move, days moved in all, and from the first on the drift and windows after."""

    moving: int
    days: int
    mean_drift: float
    outside: int
    last: date
    rows: tuple[MoveRow, ...]

    @property
    def told(self) -> tuple[MoveRow, ...]:
        """The rows worth telling: what moves, and what stays outside its window."""
        return tuple(row for row in self.rows if row.becomes or row.outside)

    @property
    def staying(self) -> int:
        """Later sittings that keep their slots; the first row is the one they follow."""
        return sum(row.becomes is None for row in self.rows[1:])

    @property
    def words(self) -> str:
        sittings = ngettext("%(n)s sitting moves", "%(n)s sittings move", self.moving) % {"n": self.moving}
        days = ngettext("%(n)s day in all", "%(n)s days in all", self.days) % {"n": self.days}
        return f"{sittings}, {days}"


def blocked_words(blocked: Blocked) -> str:
    """Which sitting finds no slot, between which days, and why."""
    words = {
        "number": blocked.number,
        "first": date_format(blocked.earliest, "D j b Y"),
        "last": date_format(blocked.latest, "D j b Y"),
        "reason": REASONS[blocked.reason],
    }
    return _("Sitting %(number)s finds no slot between %(first)s and %(last)s. %(reason)s") % words


def _beside_present(days: int) -> str:
    """How far a slot is from the present one, beside how far it is from the ideal date."""
    if days > 0:
        return ngettext("%(days)s day after the present slot", "%(days)s days after the present slot", days) % {
            "days": days
        }
    if days < 0:
        return ngettext("%(days)s day before the present slot", "%(days)s days before the present slot", -days) % {
            "days": -days
        }
    return _("same day")


def moved_words(days: int) -> str:
    """How far something moves: same day, 2 days later, 1 day earlier."""
    if days == 0:
        return _("same day")
    if days > 0:
        return ngettext("%(days)s day later", "%(days)s days later", days) % {"days": days}
    return ngettext("%(days)s day earlier", "%(days)s days earlier", -days) % {"days": -days}


def move_days(
    appointment: Appointment, offers: Sequence[Offer], tokens: Sequence[str], usual: int | None
) -> tuple[OfferDay, ...]:
    """The ranked offers by day, each with how far it is from the present day. Two queries."""
    present = slot_of(appointment, appointment.room.site.zone).day
    return tuple(
        replace(day, rows=tuple(_with_distance(row, present, appointment) for row in day.rows))
        for day in offer_days(offers, tokens, usual)
    )


def _with_distance(row: OfferRow, present: date, appointment: Appointment) -> OfferRow:
    moved = _beside_present((row.day - present).days)
    return replace(row, drift=f"{moved} · {row.drift}" if appointment.sitting else moved)


def place_of(slot: Slot) -> Place:
    """One slot in words. Two queries."""
    return _places({0: slot})[0]


def _places(slots: Mapping[int, Slot]) -> dict[int, Place]:
    practitioners, rooms = names_of(slots.values())
    return {
        number: Place(slot.day, clock(slot.start), practitioners.get(slot.practitioner, ""), rooms.get(slot.room, ""))
        for number, slot in slots.items()
    }


def prices(told: Placed, number: int, choices: Sequence[Mapping[int, Slot]]) -> list[Price]:
    """What each choice of slots, by sitting number, would cost when sitting `number` moves. Two queries."""
    every = {(index, n): slot for index, slots in enumerate(choices) for n, slot in slots.items()}
    keys = list(every)
    places = _places({key: every[keys[key]] for key in range(len(keys))})
    named: list[dict[int, Place]] = [{} for _choice in choices]
    for key, (index, n) in enumerate(keys):
        named[index][n] = places[key]
    return [_price(told, number, slots, named[index]) for index, slots in enumerate(choices)]


def _price(told: Placed, number: int, slots: Mapping[int, Slot], places: Mapping[int, Place]) -> Price:
    story = dates_after(told, {n: slot.day for n, slot in slots.items()}, number)
    windows = rewindow(story)
    rows = []
    for sitting, dates, (earliest, latest) in zip(told.sittings, story, windows, strict=True):
        row = told.appointments.get(sitting.number)
        if sitting.number < number or sitting.state != SittingState.BOOKED or row is None or dates.booked is None:
            continue
        was = _stands(row)
        rows.append(
            MoveRow(
                number=sitting.number,
                purpose=sitting.phase.purpose,
                phase=capfirst(sitting.phase.get_purpose_display()),
                was=was,
                becomes=places.get(sitting.number),
                days=(dates.booked - was.day).days,
                drift=(dates.booked - dates.ideal).days,
                earliest=earliest,
                latest=latest,
                outside=not earliest <= dates.booked <= latest,
            )
        )
    return Price(
        moving=len(slots),
        days=sum(abs(row.days) for row in rows),
        mean_drift=sum(abs(row.drift) for row in rows) / len(rows),
        outside=sum(row.outside for row in rows),
        last=max(row.becomes.day if row.becomes else row.was.day for row in rows),
        rows=tuple(rows),
    )


def _stands(row: Appointment) -> Place:
    here = timezone.localtime(row.starts, row.room.site.zone)
    return Place(here.date(), here.time(), str(row.practitioner), str(row.room))


def undo_words(move: Move, appointment: Appointment) -> str:
    """What an undo would take back: moved from where, by whom, with how many others. One query."""
    lines = list(move.lines.all())
    own = next(line for line in lines if line.appointment_id == appointment.pk)
    was, ended = (timezone.localtime(at, appointment.room.site.zone) for at in (own.from_starts, own.from_ends))
    words = {"when": f"{_when(was)}–{time_format(ended)}", "who": move.booking.made_by or "–"}
    others = sum(not line.stays for line in lines if line != own)
    if others and own.stays:
        sentence = ngettext(
            "%(n)s sitting after it was moved by %(who)s.", "%(n)s sittings after it were moved by %(who)s.", others
        )
        return sentence % (words | {"n": others})
    if not others:
        return _("Moved from %(when)s by %(who)s.") % words
    sentence = ngettext(
        "Moved from %(when)s by %(who)s, with %(n)s other sitting.",
        "Moved from %(when)s by %(who)s, with %(n)s other sittings.",
        others,
    )
    return sentence % (words | {"n": others})


def _when(here: datetime) -> str:
    return f"{date_format(here, 'D j b Y')}, {time_format(here)}"
