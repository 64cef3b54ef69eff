"""What a plan would be if it were saved as it is typed: its dates, or what is still wanting."""

from dataclasses import dataclass
from datetime import date

from scheduling.engine.terms import DueSitting
from scheduling.forms.plans import PlanSheet, wanting
from scheduling.models import PlanPhase
from scheduling.selectors.ribbon import Ribbon, draw_ribbon
from scheduling.selectors.ribbon_terms import Dot, bands_of
from scheduling.services.planning import dated, departures, planned_minutes
from scheduling.services.refusals import Refused


@dataclass(frozen=True, slots=True)
class PreviewRow:
    """One sitting as it would be: its local ideal date and window."""

    number: int
    purpose: str
    phase: str
    ideal: date
    earliest: date
    latest: date


@dataclass(frozen=True, slots=True)
class Preview:
    """The dates of a plan, or the sentences that say what is wanting; `departures` is where it leaves its source."""

    rows: tuple[PreviewRow, ...]
    ribbon: Ribbon | None
    minutes: int | None
    wanting: tuple[str, ...]
    departures: tuple[str, ...]
    ends: date | None


def preview_of(sheet: PlanSheet, today: date) -> Preview:
    """The dates of a sheet as typed; only its start and its phases need to be right."""
    sheet.is_valid()
    if missing := tuple(wanting(sheet)):
        return Preview((), None, _minutes(sheet), missing, (), None)
    phases = sheet.chosen_phases()
    try:
        sittings = dated(phases, sheet.head.cleaned_data["start_date"])
    except Refused as refused:
        return Preview((), None, _minutes(sheet), (refused.message,), (), None)
    dots = [_dot(due, phases[due.phase]) for due in sittings]
    return Preview(
        rows=tuple(_row(due, phases[due.phase]) for due in sittings),
        ribbon=draw_ribbon(dots, bands_of(phases), today),
        minutes=_minutes(sheet),
        wanting=(),
        departures=tuple(departures(sheet.plan.protocol, phases)),
        ends=sittings[-1].ideal if sittings else None,
    )


def _minutes(sheet: PlanSheet) -> int | None:
    """Minutes of a sitting, unknown while the areas or the site are wrong."""
    site = sheet.head.cleaned_data.get("site")
    if site is None or not sheet.areas.is_valid():
        return None
    return planned_minutes(sheet.areas.chosen(), site.grid_minutes)


def _dot(due: DueSitting, phase: PlanPhase) -> Dot:
    return Dot(due.number, phase.purpose, due.ideal, due.earliest, due.latest, None, "due")


def _row(due: DueSitting, phase: PlanPhase) -> PreviewRow:
    return PreviewRow(due.number, phase.purpose, phase.get_purpose_display(), due.ideal, due.earliest, due.latest)
