"""Whom to ask back: recalls that are due without a slot, and cycles that a doctor wants repeated."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from django.db.models import (
    Case,
    DateField,
    Exists,
    F,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from scheduling.models import PlanState, RecallAttempt, Sitting, SittingState, TreatmentPlan
from scheduling.models.protocols import Purpose
from scheduling.models.recalls import Outcome

WITHIN_DAYS = 30
"""How far ahead the list looks unless told otherwise, and the number beside it in the rail counts."""


class NextAttempt(StrEnum):
    """Which attempts the list may be narrowed to."""

    DUE = "due"
    NONE = "none"


def recall_sittings(until: date) -> QuerySet[Sitting]:
    """Maintenance sittings without a slot, ideal on `until` or before and next of their plan: one of each plan."""
    before = Sitting.objects.filter(plan=OuterRef("plan"), state=SittingState.DUE, number__lt=OuterRef("number"))
    return Sitting.objects.filter(
        Q(phase__purpose=Purpose.MAINTENANCE) | Q(phase__open_ended=True),
        ~Exists(before),
        state=SittingState.DUE,
        ideal__lte=until,
        plan__state__in=TreatmentPlan.BOOKABLE,
    )


def plans_to_repeat(until: date) -> QuerySet[TreatmentPlan]:
    """Completed plans that a doctor wants repeated from `until` or before, and that no later plan repeats yet."""
    later = TreatmentPlan.objects.filter(
        Q(repeats=OuterRef("pk")) | Q(protocol__key=OuterRef("protocol__key"), pk__gt=OuterRef("pk")),
        patient=OuterRef("patient"),
    ).exclude(state=PlanState.STOPPED)
    return TreatmentPlan.objects.filter(~Exists(later), state=PlanState.COMPLETED, repeat__due__lte=until)


def is_recall(until: date) -> Q:
    """The condition on a plan that its patient is to be asked back by `until`."""
    return Q(pk__in=recall_sittings(until).order_by().values("plan")) | Q(
        pk__in=plans_to_repeat(until).order_by().values("pk")
    )


def recalls(
    *, today: date, within: int = WITHIN_DAYS, outcome: str = "", attempt: NextAttempt | None = None
) -> QuerySet[TreatmentPlan]:
    """The plans whose patients are to be asked back within so many days of the local `today`, in the order to call.

    Attempts that were to be made by today come first, then what is due soonest; last come those put off to a later day,
    who do not want to come, or are not to be contacted. Each plan has `due`, the sitting due
    in `recall_sitting` (none: the cycle is to be repeated), and of the last attempt `outcome` and `next_on`. A recall
    that is booked, and a cycle that is planned again, is no longer among them.
    """
    until = today + timedelta(days=within)
    sitting = recall_sittings(until).filter(plan=OuterRef("pk"))
    attempts = RecallAttempt.objects.filter(plan=OuterRef("pk")).order_by("-pk")
    attempts = attempts.filter(Q(sitting=OuterRef("recall_sitting")) | Q(sitting=None))
    overdue = Q(next_on__lte=today, patient__do_not_contact=None)
    put_off = Q(next_on__gt=today) | Q(outcome=Outcome.DECLINED) | Q(patient__do_not_contact__isnull=False)
    found = (
        TreatmentPlan.objects.filter(is_recall(until))
        .annotate(
            recall_sitting=Subquery(sitting.values("pk")[:1]),
            due=Coalesce(Subquery(sitting.values("ideal")[:1]), F("repeat__due"), output_field=DateField()),
        )
        .annotate(
            outcome=Subquery(attempts.values("outcome")[:1]),
            next_on=Subquery(attempts.values("next_on")[:1], output_field=DateField()),
        )
        .annotate(
            turn=Case(
                When(overdue, then=Value(0)),
                When(put_off, then=Value(2)),
                default=Value(1),
                output_field=IntegerField(),
            )
        )
        .select_related("patient__do_not_contact", "protocol", "site")
        .order_by("turn", "due", "pk")
    )
    if outcome:
        found = found.filter(outcome=outcome)
    if attempt is NextAttempt.DUE:
        return found.filter(turn=0)
    return found.filter(outcome=None) if attempt is NextAttempt.NONE else found


@dataclass(frozen=True, slots=True)
class Recall:
    """One to ask back: what for and since when, the last attempt and its local day, whether the next is due by now."""

    plan: TreatmentPlan
    what: str
    due: date
    when: str
    late: bool
    attempts: int
    last: RecallAttempt | None
    last_on: date | None
    call_now: bool
    not_to_contact: str


def recall_rows(plans: Iterable[TreatmentPlan], today: date) -> list[Recall]:
    """Rows of `recalls` as the page shows them. Two queries."""
    plans = list(plans)
    wanted = [plan.recall_sitting for plan in plans if plan.recall_sitting]  # type: ignore[attr-defined]
    sittings = Sitting.objects.select_related("phase").in_bulk(wanted)
    made = RecallAttempt.objects.filter(Q(sitting__in=wanted) | Q(sitting=None), plan__in=plans)
    attempts: dict[int, list[RecallAttempt]] = defaultdict(list)
    for each in made.select_related("made_by").order_by("-pk"):
        attempts[each.plan_id].append(each)
    return [_row(plan, sittings.get(plan.recall_sitting), attempts[plan.pk], today) for plan in plans]  # type: ignore[attr-defined]


def _row(plan: TreatmentPlan, sitting: Sitting | None, attempts: list[RecallAttempt], today: date) -> Recall:
    last = attempts[0] if attempts else None
    due: date = plan.due  # type: ignore[attr-defined]
    marked = getattr(plan.patient, "do_not_contact", None)
    return Recall(
        plan=plan,
        what=_("recall, sitting %(number)s") % {"number": sitting.number} if sitting else _("cycle to be repeated"),
        due=due,
        when=due_words((due - today).days),
        late=(sitting.latest if sitting else due) < today,
        attempts=len(attempts),
        last=last,
        last_on=timezone.localdate(last.made_at, plan.site.zone) if last else None,
        call_now=bool(last and last.next_on and last.next_on <= today and not marked),
        not_to_contact=marked.reason if marked else "",
    )


def due_words(days: int) -> str:
    """When something is due, in days from today."""
    if days == 0:
        return _("due today")
    if days > 0:
        return ngettext("due in %(days)s day", "due in %(days)s days", days) % {"days": days}
    return ngettext("due %(days)s day ago", "due %(days)s days ago", -days) % {"days": -days}


def recall_sitting_of(plan: TreatmentPlan) -> Sitting | None:
    """The next sitting of a plan, when it is a recall without a slot, however far ahead. One query."""
    return recall_sittings(date.max).filter(plan=plan).select_related("phase").first()


def is_to_repeat(plan: TreatmentPlan) -> bool:
    """Whether a doctor wants the cycle repeated, however far ahead, and it is not planned again yet. One query."""
    return plans_to_repeat(date.max).filter(pk=plan.pk).exists()


@dataclass(frozen=True, slots=True)
class LoggedAttempt:
    """One attempt of the log, its moment on the clock of the plan's site, with the day of the next one in words."""

    attempt: RecallAttempt
    made_at: datetime
    next_on: str


def attempts_of(plan: TreatmentPlan) -> list[LoggedAttempt]:
    """Every attempt for a plan, the newest first. One query."""
    rows = plan.attempts.select_related("made_by", "sitting")
    return [
        LoggedAttempt(
            row,
            timezone.localtime(row.made_at, plan.site.zone),
            date_format(row.next_on, "D j b") if row.next_on else "",
        )
        for row in rows
    ]
