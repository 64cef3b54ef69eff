"""What happened to a plan, in words: who, when, what. Never the content of a clinical note."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from heapq import merge
from itertools import islice, pairwise
from typing import Any

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from scheduling.models import PlanState, RangeChoice, RangeDecision, TreatmentPlan

MOST = 20
BECAME: dict[str, Promise | str] = {
    PlanState.DRAFT: gettext_lazy("Given back to be changed"),
    PlanState.PROPOSED: gettext_lazy("Proposed to the doctor"),
    PlanState.APPROVED: gettext_lazy("Approved"),
    PlanState.RUNNING: gettext_lazy("Running"),
    PlanState.PAUSED: gettext_lazy("Paused"),
    PlanState.COMPLETED: gettext_lazy("Completed"),
    PlanState.STOPPED: gettext_lazy("Stopped"),
}
DECIDED: dict[str, Promise | str] = {
    RangeChoice.STOP: gettext_lazy("Decided to stop after %(count)s sittings (%(before)s before)"),
    RangeChoice.GO_ON: gettext_lazy("Decided to go on to %(count)s sittings (%(before)s before)"),
    RangeChoice.RECALLS: gettext_lazy("Decided to start the recalls after %(count)s sittings (%(before)s before)"),
}
TOLD = (
    "site",
    "start_date",
    "practitioner",
    "prescriber",
    "technique",
    "delivery",
    "minutes",
    "indication",
    "diagnosis",
    "reason",
)


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened: local time of the site, and the name of who did it, empty when unknown."""

    at: datetime
    who: str
    what: str
    appointment: int | None = None


def plan_history(plan: TreatmentPlan) -> tuple[Event, ...]:
    """The last things that happened to `plan`, newest first. Two queries."""
    read = plan.history.select_related("history_user")  # type: ignore[attr-defined]
    # All of them: most only count a booking or a sitting given, and say nothing here.
    records = list(read.order_by("-history_date", "-history_id"))
    told = merge(_decisions(plan), _events(records, plan), key=lambda event: event.at, reverse=True)
    return tuple(islice(told, MOST))


def _decisions(plan: TreatmentPlan) -> Iterator[Event]:
    """What was decided about the plan's range, newest first."""
    decisions = RangeDecision.objects.filter(phase__plan=plan).select_related("decided_by")
    for decision in decisions.order_by("-decided_at", "-pk"):
        words = DECIDED[decision.choice] % {"count": decision.count, "before": decision.count_before}
        what = f"{words}: {decision.reason}" if decision.reason else words
        yield Event(timezone.localtime(decision.decided_at, plan.site.zone), str(decision.decided_by), what)


def _events(records: Sequence[Any], plan: TreatmentPlan) -> Iterator[Event]:
    zone = plan.site.zone
    for record, before in pairwise([*records, None]):
        if before is None and record.history_type != "+":
            return
        what = _what(record, before)
        if what:
            who = str(record.history_user) if record.history_user else ""
            yield Event(timezone.localtime(record.history_date, zone), who, what)


def _what(record: Any, before: Any) -> str:
    """The step from one record to the next; nothing when only the counter moved."""
    if before is None:
        return _("Plan made")
    if record.state != before.state:
        return _step(record, before)
    fields = [field for field in TreatmentPlan._meta.concrete_fields if field.name in TOLD]
    changed = [str(f.verbose_name) for f in fields if getattr(record, f.attname) != getattr(before, f.attname)]
    if changed:
        return _("Changed: %(fields)s") % {"fields": ", ".join(changed)}
    # Booking and tracking count the version too; only a draft or proposed plan is saved by hand.
    by_hand = record.version != before.version and record.state in (PlanState.DRAFT, PlanState.PROPOSED)
    return _("Saved again") if by_hand else ""


def _step(record: Any, before: Any) -> str:
    if before.state == PlanState.PAUSED and record.state in TreatmentPlan.BOOKABLE:
        return _("Resumed")
    words = str(BECAME[record.state])
    return f"{words}: {record.stop_reason}" if record.state == PlanState.STOPPED and record.stop_reason else words
