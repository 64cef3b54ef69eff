"""The lists of the desk as rows of a file: names of columns, and cells for each line as the page filters it."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from django.utils import timezone
from django.utils.dates import WEEKDAYS_ABBR
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from patients.models import Patient
from scheduling.models import TreatmentPlan
from scheduling.selectors.batches import LineRow, Recent
from scheduling.selectors.freed import FreedRow
from scheduling.selectors.protocols import ProtocolLine
from scheduling.selectors.ranges import RangeRow
from scheduling.selectors.recalls import Recall
from scheduling.selectors.slot_offers import OfferLine
from scheduling.selectors.waiting import WaitingRow
from scheduling.selectors.worklists import ToBook

SHORT = "SHORT_DATE_FORMAT"


def _moment(at: datetime) -> str:
    """A local moment as a cell."""
    return f"{date_format(at, SHORT)} {at:%H:%M}"


def _who(patient: Patient) -> list[object]:
    """Name and number; no number of somebody who is not to be contacted, which is read with the patient."""
    return [patient.full_name, "" if getattr(patient, "do_not_contact", None) else patient.dialled]


def head_to_book() -> list[str]:
    """The columns of `cells_to_book`."""
    return [
        _("Patient"), _("Phone"), _("Plan"), _("To book"), _("Next sitting"), _("Window from"), _("Window to"),
        _("Window closing"), _("Do not contact"),
    ]  # fmt: skip


def cells_to_book(rows: Iterable[ToBook]) -> Iterator[list[object]]:
    """A plan to book in each row; without the number of a patient who is not to be contacted."""
    for row in rows:
        patient, sitting = row.plan.patient, row.next
        yield [
            *_who(patient), row.plan.protocol.name, row.to_place, sitting.number,
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
        approved = date_format(timezone.localdate(protocol.approved_at), SHORT) if protocol.approved_at else ""
        by = str(protocol.approved_by) if protocol.approved_by else ""
        yield [protocol.name, protocol.version, phases, protocol.source_title, by, approved]


def head_to_decide() -> list[str]:
    """The columns of `cells_to_decide`."""
    return [_("Patient"), _("Plan"), _("Phase"), _("Given"), _("Last sitting")]


def cells_to_decide(rows: Iterable[RangeRow]) -> Iterator[list[object]]:
    """An open range near its end in each row."""
    for row in rows:
        plan = row.phase.plan
        phase = row.phase.get_purpose_display()
        yield [plan.patient.full_name, plan.protocol.name, phase, row.words, date_format(row.ends, SHORT)]


def head_of_batches() -> list[str]:
    """The columns of `cells_of_batches`."""
    return [
        _("Made"), _("Made by"), _("State"), _("Plans"), pgettext("plans of a batch", "Booked"), _("Without slots"),
        pgettext("plans of a batch", "Undone"), pgettext("plans of a batch", "Waiting"), _("Stopped by"),
    ]  # fmt: skip


def cells_of_batches(rows: Iterable[Recent]) -> Iterator[list[object]]:
    """A batch in each row, with how many of its plans stand how."""
    for row in rows:
        batch, progress = row.batch, row.progress
        stopped = str(batch.stopped_by) if batch.stopped_by else ""
        yield [
            _moment(row.made_at), str(batch.made_by), progress.state, progress.total, progress.booked,
            progress.unbooked, progress.taken_back, progress.waiting, stopped,
        ]  # fmt: skip


def head_of_batch() -> list[str]:
    """The columns of `cells_of_batch`."""
    return [
        _("No."), _("Patient"), _("Phone"), _("Plan"), _("State"), _("Sittings"),
        _("Pattern"), _("With"), _("Last sitting"), _("Mean days off the ideal date"), _("Outside window"), _("Reason"),
    ]  # fmt: skip


def cells_of_batch(rows: Iterable[LineRow]) -> Iterator[list[object]]:
    """A plan of a batch in each row: the sittings to place, or what was booked, or why nothing was."""
    for row in rows:
        line, booked = row.line, row.booked
        about = [line.position, *_who(line.plan.patient), line.plan.protocol.name, line.get_state_display()]
        if booked:
            last, drift = date_format(booked.last, SHORT), round(booked.mean_drift, 1)
            yield [*about, booked.count, booked.pattern, booked.who, last, drift, booked.outside_window, ""]
        else:
            yield [*about, row.to_book.to_place if row.to_book else "", "", "", "", "", "", line.why]


def head_of_recalls() -> list[str]:
    """The columns of `cells_of_recalls`."""
    return [
        _("Patient"), _("Phone"), _("Plan"), _("What for"), _("Ideal"), _("Due on"), _("Attempts"), _("Last attempt"),
        _("Last outcome"), _("Note"), _("Next attempt"), _("Do not contact"),
    ]  # fmt: skip


def cells_of_recalls(rows: Iterable[Recall]) -> Iterator[list[object]]:
    """A patient to ask back in each row, with the last attempt."""
    for row in rows:
        last, plan = row.last, row.plan
        made = date_format(row.last_on, SHORT) if row.last_on else ""
        yield [
            *_who(plan.patient), plan.protocol.name, row.what, date_format(row.due, SHORT),
            row.when, row.attempts, made, last.get_outcome_display() if last else "", last.note if last else "",
            date_format(last.next_on, SHORT) if last and last.next_on else "", row.not_to_contact,
        ]  # fmt: skip


def head_of_waiting() -> list[str]:
    """The columns of `cells_of_waiting`."""
    return [
        _("Patient"), _("Phone"), _("Plan"), _("Sitting"), _("Window from"), _("Window to"), _("Present appointment"),
        _("Days past the ideal date"), _("Would come from"), _("Days"), _("From"), _("Until"), _("Practitioner"),
        _("Note"), _("Do not contact"),
    ]  # fmt: skip


def cells_of_waiting(rows: Iterable[WaitingRow]) -> Iterator[list[object]]:
    """One who would come earlier in each row, and when they could."""
    for row in rows:
        wish, plan = row.waiting.wish, row.waiting.plan
        sitting = wish.sitting
        days = ", ".join(str(WEEKDAYS_ABBR[day]) for day in sorted(wish.weekdays))
        hours = [f"{at:%H:%M}" if at else "" for at in (wish.from_time, wish.until_time)]
        yield [
            *_who(plan.patient), plan.protocol.name, sitting.number,
            date_format(sitting.earliest, SHORT), date_format(sitting.latest, SHORT), row.present, row.waiting.late,
            date_format(wish.earliest, SHORT),
            days, *hours, wish.practitioner.name if wish.practitioner else "", wish.note, row.waiting.not_to_contact,
        ]  # fmt: skip


def head_of_freed() -> list[str]:
    """The columns of `cells_of_freed`."""
    return [
        _("Day"), _("Begins at"), _("Ends at"), _("Practitioner"), _("Room"), _("Patient"), _("Phone"), _("Sitting"),
        _("Present appointment"), _("Days past the ideal date"), _("Do not contact"), _("Kept until"), _("Offered by"),
    ]  # fmt: skip


def cells_of_freed(rows: Iterable[FreedRow]) -> Iterator[list[object]]:
    """A freed slot and one whom it fits in each row, in the order to ask; offered, only to whom."""
    for row in rows:
        day, hours = date_format(row.starts, SHORT), (f"{row.starts:%H:%M}", f"{row.ends:%H:%M}")
        slot = [day, *hours, row.practitioner, row.room]
        if row.offer and row.until:
            sitting = row.offer.wish.sitting
            who = [*_who(sitting.plan.patient), sitting.number]
            yield [*slot, *who, "", "", "", f"{row.until:%H:%M}", str(row.offer.offered_by)]
        for each in row.fits:
            waits = each.waiting
            who = [*_who(waits.plan.patient), waits.wish.sitting.number]
            yield [*slot, *who, each.present, waits.late, waits.not_to_contact, "", ""]


def head_of_offers() -> list[str]:
    """The columns of `cells_of_offers`."""
    return [
        _("Day"), _("Begins at"), _("Practitioner"), _("Patient"), _("Phone"), _("What became of it"),
        _("Offered by"), _("Offered on"), _("Answered by"),
    ]  # fmt: skip


def cells_of_offers(lines: Iterable[OfferLine]) -> Iterator[list[object]]:
    """An offer of a freed slot in each row."""
    for line in lines:
        offer = line.offer
        made = _moment(line.offered_at)
        answered = str(offer.answered_by) if offer.answered_by else ""
        yield [
            date_format(line.starts, SHORT), f"{line.starts:%H:%M}", offer.freed.practitioner.name,
            *_who(offer.wish.sitting.plan.patient), line.became, str(offer.offered_by), made, answered,
        ]  # fmt: skip
