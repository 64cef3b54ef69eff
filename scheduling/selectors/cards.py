"""The card a patient takes home: every sitting of the plan with its day or its window, and what to do afterwards."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from scheduling.models import Sitting, SittingState, TreatmentPlan
from scheduling.selectors.plans import Slot, slots_of
from scheduling.selectors.protocols import source_titles


@dataclass(frozen=True, slots=True)
class CardRow:
    """One sitting: its number and phase, its day in words, and where; `given` once it is done."""

    number: int
    phase: str
    when: str
    where: str
    given: bool


@dataclass(frozen=True, slots=True)
class CycleCard:
    """All that the card says; each line of advice with the title of its source."""

    rows: tuple[CardRow, ...]
    advice: tuple[tuple[str, str], ...]


def card_of(plan: TreatmentPlan, now: datetime) -> CycleCard:
    """The card of a plan as it stands, without the sittings that were skipped. Four queries."""
    slots = {pk: slot for pk, slot in slots_of(plan, now).items() if not slot.reserved}
    sittings = plan.sittings.exclude(state=SittingState.SKIPPED).select_related("phase").order_by("number")
    titles = source_titles()
    advice = ((line.text, titles.get(line.source, line.source)) for line in plan.protocol.aftercare.all())
    return CycleCard(tuple(_row(sitting, slots.get(sitting.pk)) for sitting in sittings), tuple(advice))


def _row(sitting: Sitting, slot: Slot | None) -> CardRow:
    phase = str(sitting.phase.get_purpose_display())
    if sitting.given:
        return CardRow(sitting.number, phase, date_format(sitting.given, "D j b Y"), "", True)
    if slot:
        when = f"{date_format(slot.starts, 'D j b Y')}, {slot.starts:%H:%M}"
        return CardRow(sitting.number, phase, when, f"{slot.practitioner}, {slot.room}", False)
    days = {"first": date_format(sitting.earliest, "j b"), "last": date_format(sitting.latest, "j b Y")}
    return CardRow(sitting.number, phase, _("to book, between %(first)s and %(last)s") % days, "", False)
