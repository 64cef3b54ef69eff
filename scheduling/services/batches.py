"""Several plans booked in one run, in a fair order, each in a transaction of its own; it can go on wherever it stopped.

A line's booking and what the line says of it are written together, under a lock on the line. A process that is killed
leaves its line waiting or booked, never in between; two people who press at once book each plan once.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from clinic.models import User
from patients.naming import names_as
from scheduling.engine.terms import Blocked
from scheduling.models import Batch, BatchLine, CancelReason, LineState, TreatmentPlan
from scheduling.selectors.batches import blocked_words, in_turn
from scheduling.selectors.cycles import usual_wishes
from scheduling.selectors.diary import qualified
from scheduling.services.proposing import book_proposal, propose_cycle
from scheduling.services.refusals import KeyReused, Refused, SlotTaken, Stale
from scheduling.services.tracking import cancel_booking

# How often a line is proposed anew in one step when somebody else was faster.
ROUNDS = 5
MOST_PLANS = 200


def make_batch(*, plans: Sequence[TreatmentPlan], key: UUID, by: User, now: datetime) -> Batch:
    """A batch of the plans, in a fair order; nothing is booked yet. A second press gets the batch of the first.

    Raises Refused without plans or with too many, KeyReused when the same page has chosen other plans before.
    """
    if not plans:
        raise Refused(_("Choose at least one plan."), "plans")
    if len(plans) > MOST_PLANS:
        raise Refused(_("Choose at most %(most)s plans at once.") % {"most": MOST_PLANS}, "plans")
    try:
        with transaction.atomic():
            batch = Batch.objects.create(key=key, made_by=by, made_at=now)
            turns = enumerate(in_turn(plans, now), start=1)
            BatchLine.objects.bulk_create(BatchLine(batch=batch, plan=plan, position=turn) for turn, plan in turns)
    except IntegrityError:
        earlier = Batch.objects.filter(key=key).first()
        if earlier is None:
            raise
        if set(earlier.lines.values_list("plan", flat=True)) != {plan.pk for plan in plans}:
            raise KeyReused(_("This page has already booked something else: open it anew.")) from None
        return earlier
    return batch


def book_next(*, batch: Batch, by: User, now: datetime, most: int = 1) -> list[BatchLine]:
    """Books the plans of at most `most` waiting lines, in turn, each in its own transaction; the lines as they became.

    None when nothing waits or the batch was stopped. What cannot be booked says why on its line and stops nothing.
    """
    done: list[BatchLine] = []
    for _turn in range(most):
        waiting = BatchLine.objects.filter(batch=batch, batch__stopped_at=None, state=LineState.WAITING)
        line = waiting.order_by("position").first()
        tried = _book(line, by, now) if line else None
        if tried is None or tried.state == LineState.WAITING:  # stopped, if only a moment ago
            break
        done.append(tried)
    return done


def _book(line: BatchLine, by: User, now: datetime) -> BatchLine:
    """Proposes and books one line's plan, again when somebody was faster; the line as it then stands."""
    said = ""
    for _round in range(ROUNDS):
        try:
            # A refusal may say who has the time, and what a line keeps is read by those who chose initials too.
            with names_as(initials_only=True):
                return _proposed(line, by, now)
        except (SlotTaken, Stale) as lost:
            said = lost.message
        except Refused as refusal:
            said = refusal.message
            break
    return _closed(line, LineState.REFUSED, said, by, now)


def _proposed(line: BatchLine, by: User, now: datetime) -> BatchLine:
    """One try: the first proposal, which is the cheapest, with the patient's own preference as on the plan's page.

    From tomorrow on: nobody is on the telephone who could come today.
    """
    plan = TreatmentPlan.objects.select_related("patient", "protocol", "site", "practitioner").get(pk=line.plan_id)
    treat = set(qualified(plan.site, plan.technique, plan.delivery).values_list("pk", flat=True))
    tomorrow = timezone.localdate(now, plan.site.zone) + timedelta(days=1)
    answer = propose_cycle(plan=plan, now=now, wishes=usual_wishes(plan, treat), first=tomorrow)
    if isinstance(answer, Blocked):
        return _closed(line, LineState.NOT_PLACED, blocked_words(answer), by, now)
    with transaction.atomic():
        stored = _locked(line)
        if not _waits(stored):
            return stored
        booked = book_proposal(plan=plan, token=answer[0].token, key=stored.key, by=by, now=now)
        stored.booking = booked[0].booking
        return _written(stored, LineState.BOOKED, by, now)


def _closed(line: BatchLine, state: LineState, why: str, by: User, now: datetime) -> BatchLine:
    """The line as done without a booking, unless somebody else has done it meanwhile."""
    with transaction.atomic():
        stored = _locked(line)
        if not _waits(stored):
            return stored
        stored.why = why[: BatchLine._meta.get_field("why").max_length]
        return _written(stored, state, by, now)


def _locked(line: BatchLine) -> BatchLine:
    """The line and its batch as they are now; nobody else changes them until the transaction ends."""
    rows = BatchLine.objects.select_related("batch", "booking", "plan__patient")
    return rows.select_for_update(of=("self", "batch")).get(pk=line.pk)


def _waits(line: BatchLine) -> bool:
    return line.state == LineState.WAITING and line.batch.stopped_at is None


def _written(line: BatchLine, state: LineState, by: User, now: datetime) -> BatchLine:
    line.state, line.done_by, line.done_at = state, by, now
    line.save()
    return line


def stop_batch(*, batch: Batch, by: User, now: datetime) -> int:
    """Stops a batch: says how many lines stay unbooked. What is booked stays booked; stopping again changes nothing."""
    with transaction.atomic():
        stored = Batch.objects.select_for_update().get(pk=batch.pk)
        waiting = stored.lines.filter(state=LineState.WAITING).count()
        if waiting and stored.stopped_at is None:
            stored.stopped_by, stored.stopped_at = by, now
            stored.save()
    return waiting


def take_back(*, line: BatchLine, by: User) -> int:
    """Cancels, as booked by mistake and in one transaction, all that a line has booked and that is still booked.

    Says how many appointments that were. Raises Refused when none is left.
    """
    with transaction.atomic():
        stored = _locked(line)
        freed = cancel_booking(booking=stored.booking, reason=CancelReason.MISTAKE, by=by) if stored.booking else 0
        if not freed:
            raise Refused(_("Nothing of what was booked here is still booked."))
        stored.state = LineState.TAKEN_BACK
        stored.save()
    return freed
