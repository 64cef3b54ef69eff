"""The doctor's decision about a phase with a range of sittings: stop, go on to a number, or start the recalls."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from simple_history.utils import bulk_create_with_history, bulk_update_with_history

from clinic.models import User
from scheduling.engine.protocol import rewindow
from scheduling.engine.ranges import RangeChoice, Step
from scheduling.models import (
    Appointment,
    PlanPhase,
    PlanState,
    RangeDecision,
    Sitting,
    SittingState,
    Status,
    TreatmentPlan,
)
from scheduling.selectors.ranges import FOR_GOOD, OpenRange, Outlook, open_range, outlook
from scheduling.services.clashes import reserved_words
from scheduling.services.planning import check_seen
from scheduling.services.recalls import extend_recalls
from scheduling.services.refusals import Refused
from scheduling.services.sittings import refresh_windows

# Where numbers wait while they are given anew: no plan has so many sittings.
ASIDE = 10_000


def stop_after(
    *, plan: TreatmentPlan, count: int, by: User, now: datetime, reason: str = "", version: int | None = None
) -> TreatmentPlan:
    """Ends the plan after `count` sittings of its range: what is due beyond, recalls too, is left out."""
    return _settle(plan, RangeChoice.STOP, count, by, now, reason, version)


def go_on(
    *, plan: TreatmentPlan, count: int, by: User, now: datetime, reason: str = "", version: int | None = None
) -> TreatmentPlan:
    """Gives the range `count` sittings in all; later phases begin one gap after the last of them."""
    return _settle(plan, RangeChoice.GO_ON, count, by, now, reason, version)


def start_recalls(
    *, plan: TreatmentPlan, by: User, now: datetime, reason: str = "", version: int | None = None
) -> TreatmentPlan:
    """Leaves out what is due of the range; the next phase begins one gap after the last sitting given or booked."""
    return _settle(plan, RangeChoice.RECALLS, 0, by, now, reason, version)


def _settle(
    plan: TreatmentPlan,
    choice: RangeChoice,
    count: int,
    by: User,
    now: datetime,
    reason: str,
    version: int | None,
) -> TreatmentPlan:
    """Writes a decision and all that follows from it, in one transaction.

    Raises Stale when the plan is not the `version` that was seen; Refused when there is nothing to decide, when a
    sitting stands in the way, or when the count leaves the range without a written reason.
    """
    with transaction.atomic():
        stored = TreatmentPlan.objects.select_for_update().get(pk=plan.pk)
        check_seen(stored, version)
        about = open_range(stored)
        seen = foresee(plan=stored, about=about, choice=choice, count=count)
        assert about is not None
        _check_way(stored, seen, now)
        if not reason.strip() and (sentence := departure(about, seen.decision.count)):
            raise Refused(_("%(departures)s Write the doctor's reason.") % {"departures": sentence}, "reason")
        _write(stored, about, seen, reason.strip())
        RangeDecision.objects.create(
            phase=about.phase,
            choice=choice.value,
            count_before=about.planned,
            count=seen.decision.count,
            given=about.given,
            reason=reason.strip(),
            decided_by=by,
            decided_at=now,
        )
        extend_recalls(stored, timezone.localdate(now, stored.site.zone))
        _count_on(stored, {row.state for row in refresh_windows(stored)})
    return stored


def foresee(*, plan: TreatmentPlan, about: OpenRange | None, choice: RangeChoice, count: int) -> Outlook:
    """What a decision about the plan's open range would do; nothing is written. Refused when it makes no sense."""
    if about is None:
        raise Refused(_("There is nothing to decide about this plan now."))
    if plan.state == PlanState.COMPLETED and choice is not RangeChoice.GO_ON:
        raise Refused(_("The plan is completed: it can only go on."), "choice")
    if choice is RangeChoice.RECALLS:
        if not about.has_later:
            raise Refused(_("This plan has no recalls to start."), "choice")
    elif count < about.given:
        raise Refused(_("%(given)s sittings are given already.") % {"given": about.given}, "count")
    elif choice is RangeChoice.STOP and count > about.planned:
        raise Refused(
            _("Only %(planned)s sittings are planned: choose to go on.") % {"planned": about.planned}, "count"
        )
    return outlook(plan, about, choice, count)


def departure(about: OpenRange, count: int) -> str:
    """How a count of sittings leaves the range of the phase, in words; nothing while it is inside."""
    if about.fewest <= count <= about.most:
        return ""
    sentence = _("%(phase)s: the source says %(range)s sittings.")
    name = capfirst(about.phase.get_purpose_display())
    return sentence % {"phase": name, "range": f"{about.fewest}-{about.most}"}


def obstacles(seen: Outlook) -> list[str]:
    """The booked sittings that must be cancelled before a decision can be taken, a sentence for each kind."""
    found = []
    if seen.booked:
        sentence = _("Booked, and would be left out: %(sittings)s. Cancel first, so that nobody comes in vain.")
        found.append(sentence % {"sittings": _named(seen.booked)})
    if seen.moving:
        sentence = _("Booked, and would have to move: %(sittings)s. Cancel first; the new dates are then booked anew.")
        found.append(sentence % {"sittings": _named(seen.moving)})
    return found


def _named(sittings: Sequence[Sitting]) -> str:
    words = _("sitting %(number)s (%(day)s)")
    return ", ".join(
        words % {"number": each.number, "day": date_format(each.booked, "D j b Y") if each.booked else ""}
        for each in sittings
    )


def _check_way(plan: TreatmentPlan, seen: Outlook, now: datetime) -> None:
    """Refuses while sittings that are booked or reserved stand in the way."""
    if found := obstacles(seen):
        raise Refused(" ".join(found))
    kept = Appointment.objects.standing(now).filter(status=Status.RESERVED, sitting__plan=plan)
    if held := kept.select_related("booked_by").first():
        sentence = _("%(who)s has reserved sittings of this plan until %(until)s: confirm them or give them back.")
        raise Refused(sentence % reserved_words(held, plan.site.zone))


def _write(plan: TreatmentPlan, about: OpenRange, seen: Outlook, reason: str) -> None:
    """Writes the sittings as they become: those left out go, numbers are given anew, new ones are added."""
    gone = [seen.rows[step.was.number].pk for step in seen.steps if step.was and not step.becomes]
    Sitting.objects.filter(pk__in=gone).delete()
    changed = [row for step in seen.steps if (row := _changed(seen, step, reason))]
    # Numbers are unique row by row in both databases, so they make room for one another first; no history of that.
    renumbered = Sitting.objects.filter(pk__in=[row.pk for row in changed])
    renumbered.update(number=F("number") + ASIDE)
    bulk_update_with_history(changed, Sitting, ["number", "gap", "ideal", "state", "skip_reason"])
    _add(plan, about.phase, seen.steps)
    told = [step.becomes for step in seen.steps if step.becomes]
    for phase in plan.phases.all():
        own = [each for each in told if each.phase == phase.position]
        if not phase.open_ended:
            phase.count = len(own)
        elif seen.decision.choice is RangeChoice.STOP:
            phase.count = 0
        if phase == about.phase:
            goes_on = seen.decision.choice is RangeChoice.GO_ON
            phase.settled = max(each.number for each in own if each.given) if goes_on else FOR_GOOD
        phase.save(update_fields=["count", "settled"])


def _changed(seen: Outlook, step: Step, reason: str) -> Sitting | None:
    """The row of a sitting that stays, as it becomes; nothing when it stays as it was."""
    was, becomes = step.was, step.becomes
    if was is None or becomes is None or was == becomes:
        return None
    row = seen.rows[was.number]
    row.number, row.gap, row.ideal = becomes.number, becomes.gap, becomes.ideal
    if step.left_out:
        row.state, row.skip_reason = SittingState.SKIPPED, reason
    return row


def _add(plan: TreatmentPlan, phase: PlanPhase, steps: Sequence[Step]) -> None:
    told = [step.becomes for step in steps if step.becomes]
    windows = {each.number: window for each, window in zip(told, rewindow(told), strict=True)}
    new = [step.becomes for step in steps if step.becomes and not step.was]
    rows = [
        Sitting(
            plan=plan,
            phase=phase,
            number=each.number,
            gap=each.gap,
            ideal=each.ideal,
            earliest=windows[each.number][0],
            latest=windows[each.number][1],
        )
        for each in new
    ]
    if rows:
        bulk_create_with_history(rows, Sitting)


def _count_on(plan: TreatmentPlan, states: set[str]) -> None:
    """Saves the plan as its next version: completed when nothing of it is to come, running again when something is."""
    if states <= {SittingState.COMPLETED, SittingState.SKIPPED}:
        plan.state = PlanState.COMPLETED
    elif plan.state == PlanState.COMPLETED:
        plan.state = PlanState.RUNNING
    plan.version += 1
    plan.save()
