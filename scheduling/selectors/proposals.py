"""Proposals, and a cycle that fits nowhere, as the booking pages show them."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, time, timedelta

from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from scheduling.engine.protocol import rewindow
from scheduling.engine.terms import OpenedHours, Proposal, ProposalName, SittingDates, Slot
from scheduling.models import PlanPhase, Practitioner, Room, Sitting, SittingState, TreatmentPlan, UnavailableDates
from scheduling.selectors.booking_words import drift_words, pattern_words, who_words
from scheduling.selectors.cycles import Wishes, dates_of
from scheduling.selectors.diary import qualified
from scheduling.selectors.local_time import clock
from scheduling.selectors.ribbon import Ribbon, draw_ribbon
from scheduling.selectors.ribbon_terms import Dot, bands_of, dots_of

TITLES: Mapping[ProposalName, Promise | str] = {
    ProposalName.MOST_REGULAR: gettext_lazy("Most regular"),
    ProposalName.SOONEST_FINISH: gettext_lazy("Soonest finish"),
    ProposalName.PATIENT_FIRST: gettext_lazy("Patient’s wishes first"),
    ProposalName.OTHER_TIME: gettext_lazy("Another time of day"),
}
DAYS_IN_MONTH = 30.44


@dataclass(frozen=True, slots=True)
class Setting:
    """What the page knows of a plan besides its proposals: its sittings, its phases, and who and where by id.

    `back` is the address of ours that the person came from, if any; every address made for the page carries it on.
    """

    plan: TreatmentPlan
    sittings: tuple[Sitting, ...]
    phases: tuple[PlanPhase, ...]
    practitioners: Mapping[int, str]
    rooms: Mapping[int, str]
    unavailable: tuple[tuple[date, date], ...]
    back: str = ""

    @property
    def due(self) -> int:
        return len(self.due_numbers)

    @property
    def due_numbers(self) -> frozenset[int]:
        return frozenset(sitting.number for sitting in self.sittings if sitting.state == SittingState.DUE)

    @property
    def begun(self) -> bool:
        """Whether any sitting has its day already."""
        return any(sitting.given or sitting.booked for sitting in self.sittings)

    @property
    def numbers(self) -> frozenset[int]:
        return frozenset(sitting.number for sitting in self.sittings)


@dataclass(frozen=True, slots=True)
class Row:
    """A sitting with the slot proposed for it; dates are local, `drift` is in days (negative: early).

    `extra` says that the slot counts on hours that are not open yet.
    """

    number: int
    purpose: str
    phase: str
    ideal: date
    earliest: date
    latest: date
    day: date
    at: time
    practitioner: str
    room: str
    drift: int
    extra: bool = False

    @property
    def outside(self) -> bool:
        return not self.earliest <= self.day <= self.latest

    @property
    def drift_words(self) -> str:
        return drift_words(self.drift)


@dataclass(frozen=True, slots=True)
class Card:
    """One proposal in figures, and the sealed text that books it."""

    name: str
    title: str
    token: str
    pattern: str
    who: str
    mean_drift: float
    off_usual: int
    outside_window: int
    last: date
    rows: tuple[Row, ...]

    @property
    def extra(self) -> int:
        """How many of its sittings count on hours that are not open yet: until they are, it cannot be booked."""
        return sum(row.extra for row in self.rows)


def setting_of(plan: TreatmentPlan, today: date, back: str = "") -> Setting:
    """The page's knowledge of a plan on the local date `today`, in five queries."""
    sittings = plan.sittings.select_related("phase").order_by("number")
    away = UnavailableDates.objects.filter(patient=plan.patient_id, last__gte=today).order_by("first", "last")
    return Setting(
        plan=plan,
        sittings=tuple(sittings),
        phases=tuple(plan.phases.all()),
        practitioners=dict(qualified(plan.site, plan.technique, plan.delivery).values_list("pk", "name")),
        rooms=dict(Room.objects.filter(site=plan.site_id, active=True).values_list("pk", "name")),
        unavailable=tuple(away.values_list("first", "last")),
        back=back,
    )


def names_of(slots: Iterable[Slot]) -> tuple[dict[int, str], dict[int, str]]:
    """The names of the practitioners and of the rooms in the slots, by id."""
    slots = list(slots)
    practitioners = Practitioner.objects.filter(pk__in={slot.practitioner for slot in slots})
    rooms = Room.objects.filter(pk__in={slot.room for slot in slots})
    return dict(practitioners.values_list("pk", "name")), dict(rooms.values_list("pk", "name"))


def card_of(
    setting: Setting,
    proposal: Proposal,
    slots: Mapping[int, Slot],
    token: str,
    later: int,
    unopened: Collection[OpenedHours] = (),
) -> Card:
    """A proposal whose new slots, by sitting number, are `slots`, after a start `later` days on.

    The hours in `unopened` were counted on and are not open yet.
    """
    days = {(each.practitioner, each.day) for each in unopened}
    rows = tuple(
        replace(row, extra=(slots[row.number].practitioner, row.day) in days)
        for row in rows_with(setting, slots, later)
    )
    return Card(
        name=proposal.name.value,
        title=str(TITLES[proposal.name]),
        token=token,
        pattern=pattern_words(proposal.figures, rows),
        who=who_words(Counter(row.practitioner for row in rows)),
        mean_drift=sum(abs(row.drift) for row in rows) / len(rows),
        off_usual=proposal.figures.off_usual,
        outside_window=sum(row.outside for row in rows),
        last=rows[-1].day,
        rows=rows,
    )


def rows_with(setting: Setting, slots: Mapping[int, Slot], later: int) -> tuple[Row, ...]:
    """The sittings in `slots` as they would be booked, after a start `later` days on."""
    told = [_with_slot(sitting, slots, later) for sitting in setting.sittings]
    rows = []
    for sitting, dates, (earliest, latest) in zip(setting.sittings, told, rewindow(told), strict=True):
        slot = slots.get(sitting.number)
        if slot:
            rows.append(_row(setting, sitting, dates.ideal, earliest, latest, slot))
    return tuple(rows)


def _with_slot(sitting: Sitting, slots: Mapping[int, Slot], later: int) -> SittingDates:
    """The sitting's story as it would be with its slot booked: the window after it then counts from there."""
    dates = dates_of(sitting)
    if sitting.state != SittingState.DUE:
        return dates
    slot = slots.get(sitting.number)
    return replace(dates, booked=slot.day if slot else None, ideal=dates.ideal + timedelta(days=later))


def _row(setting: Setting, sitting: Sitting, ideal: date, earliest: date, latest: date, slot: Slot) -> Row:
    return Row(
        number=sitting.number,
        purpose=sitting.phase.purpose,
        phase=capfirst(sitting.phase.get_purpose_display()),
        ideal=ideal,
        earliest=earliest,
        latest=latest,
        day=slot.day,
        at=clock(slot.start),
        practitioner=setting.practitioners.get(slot.practitioner, ""),
        room=setting.rooms.get(slot.room, ""),
        drift=(slot.day - ideal).days,
    )


def breadth_words(setting: Setting, cards: Sequence[Card], today: date, wishes: Wishes) -> str:
    """Over what the proposals were chosen: 3 proposals over 4 practitioners, 2 rooms, 17 months."""
    months = max(round((max(card.last for card in cards) - today).days / DAYS_IN_MONTH), 1)
    admitted = setting.practitioners.keys() if wishes.admitted is None else wishes.admitted
    who, where = len(admitted), len(setting.rooms)
    return _("%(proposals)s over %(practitioners)s, %(rooms)s, %(months)s") % {
        "proposals": ngettext("%(n)s proposal", "%(n)s proposals", len(cards)) % {"n": len(cards)},
        "practitioners": ngettext("%(n)s practitioner", "%(n)s practitioners", who) % {"n": who},
        "rooms": ngettext("%(n)s room", "%(n)s rooms", where) % {"n": where},
        "months": ngettext("%(n)s month", "%(n)s months", months) % {"n": months},
    }


def card_ribbon(setting: Setting, card: Card, today: date) -> Ribbon:
    """The plan's ribbon with the card's slots on it."""
    return ribbon_with(setting, card.rows, today)


def ribbon_with(setting: Setting, rows: Iterable[Row], today: date) -> Ribbon:
    """The plan's ribbon with the slots of some rows on it."""
    proposed = {row.number: row for row in rows}
    dots = [_proposed_dot(proposed[dot.number]) if dot.number in proposed else dot for dot in dots_of(setting.sittings)]
    return draw_ribbon(dots, bands_of(setting.phases), today)


def _proposed_dot(row: Row) -> Dot:
    return Dot(row.number, row.purpose, row.ideal, row.earliest, row.latest, row.day, "proposed")
