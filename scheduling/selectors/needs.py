"""What waits for somebody at the desk, beside the day: each line with the page of the act that settles it.

Each kind of line is one function in KINDS, which says whether anything of its kind waits. A new kind is a new function
there; the page shows whatever they give.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from operator import attrgetter

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from scheduling.models import PlanState, Site
from scheduling.selectors.board_rows import Lost
from scheduling.selectors.fitting import Free
from scheduling.selectors.freed import free_for_who_waits
from scheduling.selectors.needs_rows import DUE_READ, Due, Slot, lost_or_missed, plans_by_window
from scheduling.selectors.worklists import closes_words

# Days before a window closes from which its sitting is pressing.
CLOSING = 3
MOST_OF_EACH, EVERY = 5, 500


@dataclass(frozen=True, slots=True)
class Need:
    """One line: what and why, and the act as its word, the name of its page and what it is about."""

    what: str
    why: str
    act: str
    page: str
    pk: int


@dataclass(frozen=True, slots=True)
class Kind:
    """Everything of one kind that waits: the first `lines` of `count`, and the page that lists them all.

    With `at_least` no more plans were read: there are so many, or more.
    """

    key: str
    label: str
    count: int
    lines: tuple[Need, ...]
    page: str = ""
    at_least: bool = False


@dataclass(frozen=True, slots=True)
class Waiting:
    """What the kinds choose from, read once: appointments in order of time, plans by how soon a window closes.

    Each kind shows at most `most` lines.
    """

    site: Site
    now: datetime
    slots: Sequence[Slot]
    plans: Sequence[Due]
    most: int

    @property
    def missed(self) -> dict[int, Slot]:
        """What was missed, by sitting: of each the first time."""
        return {slot.sitting: slot for slot in reversed(self.slots) if slot.missed and slot.sitting}

    @property
    def missed_visits(self) -> list[Slot]:
        """What was missed outside a plan."""
        return [slot for slot in self.slots if slot.missed and not slot.sitting]

    @property
    def to_book(self) -> list[Due]:
        """The plans to book, without those of which only the missed sitting has no slot."""
        missed = self.missed
        return [
            due
            for due in self.plans
            if due.state != PlanState.PROPOSED and not (due.to_place == 1 and due.sitting in missed)
        ]

    @property
    def last_read(self) -> Due | None:
        """The plan to book after which no more were read; nothing when every one was."""
        read = [due for due in self.plans if due.state != PlanState.PROPOSED]
        return read[-1] if len(read) >= DUE_READ else None


def needs_of(
    site: Site, day: date, now: datetime, lost: Sequence[Lost], *, approves: bool, every: bool = False
) -> tuple[Kind, ...]:
    """What waits at `site`, most pressing first, in three queries; plans to approve only for those who may.

    What became free for those who wait takes one more, and another while somebody waits. `lost` is what `read_lost`
    gives for the local `day` that is looked at: maybe lost after something was booked in it. A few lines of each kind,
    or `every` one that was read.
    """
    slots, plans = list(lost_or_missed(site, day, now, lost)), list(plans_by_window(site, now, approves=approves))
    waiting = Waiting(site, now, slots, plans, EVERY if every else MOST_OF_EACH)
    found = (kind(waiting) for kind in KINDS)
    return tuple(kind for kind in found if kind.lines)


def _overtaken(waiting: Waiting) -> Kind:
    """Booked time that an absence, a closure or a holiday has overtaken."""
    slots = [slot for slot in waiting.slots if not slot.missed]
    return Kind("overtaken", _("Has to move"), len(slots), tuple(_to_move(slot) for slot in slots[: waiting.most]))


def _to_move(slot: Slot) -> Need:
    when = f"{date_format(slot.starts, 'D j b')}, {slot.starts:%H:%M}"
    why = _("%(practitioner)s away or closed: booked %(when)s") % {"practitioner": slot.practitioner, "when": when}
    return Need(_("%(patient)s has to move") % {"patient": slot.patient}, why, _("Move"), "appointment_move", slot.pk)


def _freed(waiting: Waiting) -> Kind:
    """Slots that became free and fit somebody who waits, soonest first; not those being offered."""
    found = free_for_who_waits(waiting.site, waiting.now)
    lines = tuple(_to_offer(free, count) for free, count in found[: waiting.most])
    return Kind("freed", _("Free for who waits"), len(found), lines, "waiting_list")


def _to_offer(free: Free, count: int) -> Need:
    when = f"{date_format(free.starts, 'D j b')}, {free.starts:%H:%M}"
    what = _("Free: %(when)s, %(practitioner)s") % {"when": when, "practitioner": free.practitioner_name}
    why = ngettext("%(minutes)s min · fits %(n)s who waits", "%(minutes)s min · fits %(n)s who wait", count)
    return Need(what, why % {"minutes": free.minutes, "n": count}, _("Offer"), "waiting_slot", free.pk)


def _missed(waiting: Waiting) -> Kind:
    """What somebody did not come to, the latest first."""
    slots = [*waiting.missed.values(), *waiting.missed_visits]
    slots.sort(key=attrgetter("starts"), reverse=True)
    return Kind("missed", _("Did not come"), len(slots), tuple(_to_rebook(slot) for slot in slots[: waiting.most]))


def _to_rebook(slot: Slot) -> Need:
    what = _("%(patient)s did not come") % {"patient": slot.patient}
    if slot.sitting is None:
        why = f"{slot.kind} · {date_format(slot.starts, 'D j b')}, {slot.starts:%H:%M}"
        return Need(what, why, _("Rebook"), "appointment", slot.pk)
    window = _("sitting %(number)s · window closes %(day)s")
    why = window % {"number": slot.number, "day": date_format(slot.latest, "D j b") if slot.latest else ""}
    return Need(what, why, _("Rebook"), "book_sitting", slot.sitting)


def _closing(waiting: Waiting) -> Kind:
    """Sittings without a slot of which the window closes within CLOSING days, or has closed."""
    missed = waiting.missed
    due = [due for due in waiting.to_book if due.left <= CLOSING and due.sitting not in missed]
    lines = tuple(_to_hurry(each) for each in due[: waiting.most])
    last = waiting.last_read
    return Kind("closing", _("Window closing"), len(due), lines, "to_book", last is not None and last.left <= CLOSING)


def _to_hurry(due: Due) -> Need:
    return _to_find(due, f"{closes_words(due.left)} · {_to_place(due.to_place)}")


def _to_find(due: Due, why: str) -> Need:
    what = _("%(patient)s: sitting %(number)s has no slot") % {"patient": due.patient, "number": due.number}
    if due.to_place == 1:
        return Need(what, why, _("Find a slot"), "book_sitting", due.sitting)
    return Need(what, why, _("Book cycle"), "book_cycle", due.plan)


def _to_approve(waiting: Waiting) -> Kind:
    """Plans a doctor has to look at; read only for those who may approve them."""
    due = [due for due in waiting.plans if due.state == PlanState.PROPOSED]
    lines = tuple(
        Need(_("%(patient)s: plan to approve") % {"patient": each.patient}, each.protocol, _("Open"), "plan", each.plan)
        for each in due[: waiting.most]
    )
    return Kind("approval", _("Waits for approval"), len(due), lines, "review", len(due) >= DUE_READ)


def _unbooked(waiting: Waiting) -> Kind:
    """Cycles not booked on, and not pressing yet."""
    due = [due for due in waiting.to_book if due.left > CLOSING]
    lines = tuple(_to_book(each) for each in due[: waiting.most])
    last = waiting.last_read
    return Kind(
        "unbooked", _("Cycle not booked on"), len(due), lines, "to_book", last is not None and last.left > CLOSING
    )


def _to_book(due: Due) -> Need:
    if due.within:
        return _to_find(due, _to_place(due.to_place))
    if due.number > 1:
        what = _("%(patient)s: cycle not booked past %(number)s") % {"patient": due.patient, "number": due.number - 1}
    else:
        what = _("%(patient)s: cycle not booked yet") % {"patient": due.patient}
    return Need(what, _to_place(due.to_place), _("Book cycle"), "book_cycle", due.plan)


def _to_place(count: int) -> str:
    return ngettext("%(n)s sitting to book", "%(n)s sittings to book", count) % {"n": count}


KINDS: tuple[Callable[[Waiting], Kind], ...] = (_overtaken, _freed, _missed, _closing, _to_approve, _unbooked)
"""Every kind of line, most pressing first."""
