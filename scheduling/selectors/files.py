"""The lists of the desk as rows of a file: names of columns, and cells for each line as the page filters it."""

from collections.abc import Iterable, Iterator

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from scheduling.models import TreatmentPlan
from scheduling.selectors.protocols import ProtocolLine
from scheduling.selectors.worklists import ToBook

SHORT = "SHORT_DATE_FORMAT"


def head_to_book() -> list[str]:
    """The columns of `cells_to_book`."""
    return [
        _("Patient"), _("Phone"), _("Plan"), _("To place"), _("Next sitting"), _("Window from"), _("Window to"),
        _("Window closing"), _("Do not contact"),
    ]  # fmt: skip


def cells_to_book(rows: Iterable[ToBook]) -> Iterator[list[object]]:
    """A plan to book in each row; without the number of a patient who is not to be contacted."""
    for row in rows:
        patient, sitting = row.plan.patient, row.next
        phone = "" if row.not_to_contact else patient.dialled
        yield [
            patient.full_name, phone, row.plan.protocol.name, row.to_place, sitting.number,
            date_format(sitting.earliest, SHORT), date_format(sitting.latest, SHORT), row.closes, row.not_to_contact,
        ]  # fmt: skip


def head_to_review() -> list[str]:
    """The columns of `cells_to_review`."""
    return [_("Patient"), _("Plan"), _("Sittings"), _("Made by"), _("Proposed")]


def cells_to_review(plans: Iterable[TreatmentPlan]) -> Iterator[list[object]]:
    """A plan that waits for a doctor in each row, of `review_list`."""
    for plan in plans:
        proposed = date_format(timezone.localdate(plan.proposed_at, plan.site.zone), SHORT) if plan.proposed_at else ""
        made_by = str(plan.created_by) if plan.created_by else ""
        yield [plan.patient.full_name, plan.protocol.name, plan.count, made_by, proposed]  # type: ignore[attr-defined]


def head_of_protocols() -> list[str]:
    """The columns of `cells_of_protocols`."""
    return [_("Protocol"), _("Version"), _("Phases"), _("Source"), _("Approved by"), _("Approved on")]


def cells_of_protocols(lines: Iterable[ProtocolLine]) -> Iterator[list[object]]:
    """A version in each row, its phases in one cell."""
    for line in lines:
        protocol = line.protocol
        phases = "; ".join(f"{phase.get_purpose_display()}: {words or '–'}" for phase, words in line.phases)
        approved = date_format(protocol.approved_at, SHORT) if protocol.approved_at else ""
        by = str(protocol.approved_by) if protocol.approved_by else ""
        yield [protocol.name, protocol.version, phases, protocol.source_title, by, approved]
