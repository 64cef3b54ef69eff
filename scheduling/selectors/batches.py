"""Several plans booked in one run: in which order, how far a batch has come, and what was booked on each line."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from hashlib import blake2b

from django.db.models import Count, Q, QuerySet
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from scheduling.engine.figures import figures_of
from scheduling.engine.terms import Blocked, Slot
from scheduling.engine.turns import Waiting, fair_order
from scheduling.models import (
    Appointment,
    Batch,
    BatchLine,
    LineState,
    Sitting,
    SittingState,
    Status,
    TreatmentPlan,
    UnavailableDates,
)
from scheduling.selectors.booking_words import pattern_words, who_words
from scheduling.selectors.cycles import slot_of
from scheduling.selectors.local_time import clock
from scheduling.selectors.ways_out import REASONS
from scheduling.selectors.worklists import ToBook, plans_to_book, to_book_rows

# The dress of each state: see frontend/_state.scss.
CSS = {
    LineState.WAITING: "due",
    LineState.BOOKED: "booked",
    LineState.NOT_PLACED: "noshow",
    LineState.REFUSED: "noshow",
    LineState.TAKEN_BACK: "cancelled",
}


def in_turn(plans: Iterable[TreatmentPlan], now: datetime) -> list[TreatmentPlan]:
    """The plans in a fair order; those without anything to place come last. Two queries."""
    by_number = {plan.pk: plan for plan in plans}
    patients = {plan.patient_id for plan in by_number.values()}
    away: dict[int, list[tuple[date, date]]] = defaultdict(list)
    for span in UnavailableDates.objects.filter(patient__in=patients):
        away[span.patient_id].append((span.first, span.last))
    due = Sitting.objects.filter(plan__in=by_number, state=SittingState.DUE)
    soonest = {sitting.plan_id: sitting for sitting in due.order_by("-latest", "-number")}
    waiting = [_waiting(by_number[pk], sitting, away, now) for pk, sitting in soonest.items()]
    first = [by_number[each.plan] for each in fair_order(waiting)]
    return first + [plan for pk, plan in sorted(by_number.items()) if pk not in soonest]


def _waiting(plan: TreatmentPlan, sitting: Sitting, away: dict[int, list[tuple[date, date]]], now: datetime) -> Waiting:
    return Waiting(
        plan=plan.pk,
        today=timezone.localdate(now, plan.site.zone),
        earliest=sitting.earliest,
        latest=sitting.latest,
        away=tuple(away[plan.patient_id]),
        since=plan.approved_at or plan.created_at,
    )


def blocked_words(blocked: Blocked) -> str:
    """Which sitting of a plan has no slot, and why."""
    return _("Sitting %(number)s has no slot between %(first)s and %(last)s. %(reason)s") % {
        "number": blocked.number,
        "first": date_format(blocked.earliest, "D j b Y"),
        "last": date_format(blocked.latest, "D j b Y"),
        "reason": REASONS[blocked.reason],
    }


@dataclass(frozen=True, slots=True)
class Progress:
    """How many lines of a batch stand how."""

    waiting: int
    booked: int
    not_placed: int
    refused: int
    taken_back: int
    stopped: bool

    @property
    def total(self) -> int:
        return self.done + self.waiting

    @property
    def done(self) -> int:
        return self.booked + self.unbooked + self.taken_back

    @property
    def unbooked(self) -> int:
        """Lines that were tried and got nothing."""
        return self.not_placed + self.refused

    @property
    def goes_on(self) -> bool:
        return bool(self.waiting) and not self.stopped

    @property
    def version(self) -> str:
        """A short text that changes with every line that changes, and when the batch is stopped."""
        counts = (self.waiting, self.booked, self.not_placed, self.refused, self.taken_back, int(self.stopped))
        return "-".join(map(str, counts))

    @property
    def state(self) -> str:
        """The batch as a whole, in a word."""
        if self.goes_on:
            return pgettext("batch", "not finished") if self.done else pgettext("batch", "not begun")
        return pgettext("batch", "stopped") if self.waiting else pgettext("batch", "finished")

    @property
    def css(self) -> str:
        if self.goes_on:
            return "running" if self.done else "due"
        return "stopped" if self.waiting else "completed"


def progress_of(batch: Batch) -> Progress:
    """How far a batch of `batches()` has come; no query."""
    counts: dict[str, int] = {state.name.lower(): getattr(batch, f"n_{state.name.lower()}") for state in LineState}
    return Progress(**counts, stopped=batch.stopped_at is not None)


def batches() -> QuerySet[Batch]:
    """Every batch, the newest first, with the counts of its lines by state."""
    counts = {f"n_{state.name.lower()}": Count("lines", filter=Q(lines__state=state)) for state in LineState}
    return Batch.objects.select_related("made_by", "stopped_by").annotate(**counts).order_by("-pk")


def unfinished_count() -> int:
    """How many batches still have something to book, whoever made them."""
    going_on = BatchLine.objects.filter(state=LineState.WAITING, batch__stopped_at=None)
    return going_on.values("batch").distinct().count()


@dataclass(frozen=True, slots=True)
class Recent:
    """A batch in the list, with how far it has come; `made_at` is local."""

    batch: Batch
    made_at: datetime
    progress: Progress


def recent_rows(found: Iterable[Batch]) -> list[Recent]:
    """Rows of `batches`."""
    return [Recent(batch, timezone.localtime(batch.made_at), progress_of(batch)) for batch in found]


def list_version(rows: Iterable[Recent]) -> str:
    """A short text that changes with everything the list shows of its batches."""
    told = repr([(row.batch.pk, row.progress.version) for row in rows])
    return blake2b(told.encode(), digest_size=8).hexdigest()


@dataclass(frozen=True, slots=True)
class Kept:
    """One booked sitting of a line: local day and time, days off its ideal date, outside its window or not."""

    day: date
    at: time
    drift: int
    outside: bool


@dataclass(frozen=True, slots=True)
class Booked:
    """What stands of a line's booking: how many sittings, in words and figures; `last` is local, drift in days."""

    count: int
    pattern: str
    who: str
    mean_drift: float
    outside_window: int
    last: date
    may_take_back: bool


@dataclass(frozen=True, slots=True)
class LineRow:
    """A line as its page shows it: what it waits for, or what became of it."""

    line: BatchLine
    css: str
    to_book: ToBook | None
    booked: Booked | None


def line_rows(batch: Batch, now: datetime) -> list[LineRow]:
    """The lines of a batch in turn, in four queries whatever their number."""
    plan = ("plan__patient__do_not_contact", "plan__protocol", "plan__site")
    lines = list(BatchLine.objects.filter(batch=batch).select_related(*plan).order_by("position"))
    still = plans_to_book().filter(pk__in=[line.plan_id for line in lines if line.state == LineState.WAITING])
    to_book = {row.plan.pk: row for row in to_book_rows(still, now)}
    booked = _booked_by_line(lines)
    return [LineRow(line, CSS[LineState(line.state)], to_book.get(line.plan_id), booked.get(line.pk)) for line in lines]


def _booked_by_line(lines: Sequence[BatchLine]) -> dict[int, Booked]:
    by_booking = {line.booking_id: line for line in lines if line.booking_id}
    rows = Appointment.objects.active().filter(booking__in=by_booking)
    of_line = defaultdict(list)
    for row in rows.select_related("sitting", "practitioner").order_by("starts"):
        if row.booking_id:
            of_line[by_booking[row.booking_id].pk].append(row)
    return {line.pk: _booked(line, of_line[line.pk]) for line in lines if line.pk in of_line}


def _booked(line: BatchLine, rows: Sequence[Appointment]) -> Booked:
    slots = [slot_of(row, line.plan.site.zone) for row in rows]
    kept = [_kept(slot, row.sitting) for slot, row in zip(slots, rows, strict=True) if row.sitting]
    outside = sum(each.outside for each in kept)
    figures = figures_of(slots, [each.day.toordinal() - each.drift for each in kept], outside)
    return Booked(
        count=len(rows),
        pattern=pattern_words(figures, kept),
        who=who_words(Counter(row.practitioner.name for row in rows)),
        mean_drift=figures.mean_drift,
        outside_window=outside,
        last=figures.last,
        may_take_back=any(row.status == Status.BOOKED for row in rows),
    )


def _kept(slot: Slot, sitting: Sitting) -> Kept:
    outside = not sitting.earliest <= slot.day <= sitting.latest
    return Kept(slot.day, clock(slot.start), (slot.day - sitting.ideal).days, outside)


def became_words(line: BatchLine) -> str:
    """What has just become of a line, as a sentence for who listens."""
    patient = line.plan.patient
    if line.state != LineState.BOOKED or line.booking is None:
        words = _("%(patient)s: %(state)s. %(why)s")
        return words % {"patient": patient, "state": line.get_state_display(), "why": line.why}
    count = line.booking.appointments.count()
    words = ngettext("%(patient)s: %(count)s sitting is booked.", "%(patient)s: %(count)s sittings are booked.", count)
    return words % {"patient": patient, "count": count}
