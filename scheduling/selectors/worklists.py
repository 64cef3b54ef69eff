"""Lists of what waits for somebody."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

from django.db import connection
from django.db.models import Count, Exists, IntegerField, Min, OuterRef, Q, QuerySet, Subquery, Value
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from patients.selectors import matching
from patients.typed import take_apart
from scheduling.models import PlanState, Protocol, Sitting, SittingState, TreatmentPlan
from scheduling.selectors.ranges import ranges_to_decide
from scheduling.selectors.recalls import WITHIN_DAYS, is_recall
from scheduling.selectors.waiting import plans_that_wait

CLOSED = -1
"""Days from today in which a window has closed already."""


def plans_to_book() -> QuerySet[TreatmentPlan]:
    """Approved and running plans with sittings that have no slot, soonest closing window first."""
    due = Sitting.objects.filter(plan=OuterRef("pk"), state=SittingState.DUE).order_by().values("plan")
    # Asked for each plan: joined, the database would group by every column of plan, patient and protocol.
    to_place = Subquery(due.annotate(n=Count("pk")).values("n"), output_field=IntegerField())
    closes = Subquery(due.annotate(first=Min("latest")).values("first"))
    return (
        TreatmentPlan.objects.filter(Exists(due), state__in=TreatmentPlan.BOOKABLE)
        .annotate(to_place=to_place, closes=closes)
        .select_related("patient__do_not_contact", "protocol", "practitioner", "site")
        .order_by("closes", "pk")
    )


def plans_to_call() -> QuerySet[TreatmentPlan]:
    """Those of `plans_to_book` whose patients may be contacted."""
    return plans_to_book().filter(patient__do_not_contact=None)


@dataclass(frozen=True, slots=True)
class Narrowing:
    """What a list of plans to book is narrowed to: what is typed of the patient, whose plan, key, purpose of a phase.

    `closing` is in how many days from today the window closes at most; CLOSED are those that have.
    """

    text: str = ""
    practitioner: int | None = None
    protocol: str = ""
    phase: str = ""
    closing: int | None = None


def narrowed(plans: QuerySet[TreatmentPlan], to: Narrowing, today: date) -> QuerySet[TreatmentPlan]:
    """Those of `plans_to_book` that answer to all of it, on the local date `today`."""
    if to.text:
        plans = plans.filter(patient__in=matching(take_apart(to.text, today)).order_by())
    if to.practitioner:
        plans = plans.filter(practitioner=to.practitioner)
    if to.protocol:
        plans = plans.filter(protocol__key=to.protocol)
    if to.phase:
        due = Sitting.objects.filter(plan=OuterRef("pk"), state=SittingState.DUE, phase__purpose=to.phase)
        plans = plans.filter(Exists(due))
    if to.closing is not None:
        plans = plans.filter(closes__lte=today + timedelta(days=to.closing))  # type: ignore[misc]  # an annotation
    return plans


def protocols_to_book() -> list[tuple[str, str]]:
    """The key and name of each protocol that a plan may be booked of, by name. One query."""
    plans = TreatmentPlan.objects.filter(state__in=TreatmentPlan.BOOKABLE)
    used = Protocol.objects.filter(pk__in=plans.values("protocol")).order_by("version")
    return sorted({protocol.key: str(protocol.name) for protocol in used}.items(), key=lambda each: each[1])


def is_to_book(plan: TreatmentPlan) -> bool:
    """Whether a plan has sittings to book now. One query."""
    return plans_to_book().filter(pk=plan.pk).exists()


@dataclass(frozen=True, slots=True)
class ToBook:
    """A plan to book: how many sittings to place, the next one with its window (local dates), when that closes.

    `not_to_contact` is why nobody is to contact the patient, if that is so.
    """

    plan: TreatmentPlan
    to_place: int
    next: Sitting
    closes: str
    late: bool
    not_to_contact: str


def to_book_rows(plans: Iterable[TreatmentPlan], now: datetime) -> list[ToBook]:
    """Rows of `plans_to_book`, each with its next due sitting, in two queries; not of one booked in between."""
    rows = []
    for plan, sitting in with_next_due(plans):
        left = (sitting.latest - timezone.localdate(now, plan.site.zone)).days
        marked = getattr(plan.patient, "do_not_contact", None)
        why = marked.reason if marked else ""
        rows.append(ToBook(plan, plan.to_place, sitting, closes_words(left), left < 0, why))  # type: ignore[attr-defined]
    return rows


def with_next_due(plans: Iterable[TreatmentPlan]) -> Iterator[tuple[TreatmentPlan, Sitting]]:
    """Each of `plans_to_book` with its next due sitting, in two queries; not one that was booked in between."""
    plans = list(plans)
    due = Sitting.objects.filter(plan__in=plans, state=SittingState.DUE).select_related("phase")
    first = {sitting.plan_id: sitting for sitting in due.order_by("-number")}
    return ((plan, first[plan.pk]) for plan in plans if plan.pk in first)


def closes_words(days: int) -> str:
    """When a window closes, in days from today: closes in 3 days, closes today, closed 2 days ago."""
    if days == 0:
        return _("closes today")
    if days > 0:
        return ngettext("closes in %(days)s day", "closes in %(days)s days", days) % {"days": days}
    return ngettext("closed %(days)s day ago", "closed %(days)s days ago", -days) % {"days": -days}


def plans_to_review() -> QuerySet[TreatmentPlan]:
    """Proposed plans that wait for a doctor, oldest first."""
    return (
        TreatmentPlan.objects.filter(state=PlanState.PROPOSED)
        .select_related("patient", "protocol", "prescriber", "created_by", "site")
        .order_by("proposed_at", "pk")
    )


def rail_counts(*, reviews: bool, calls_on: date | None = None) -> dict[str, int]:
    """The small numbers beside the rail's lines, in one query.

    What waits for a doctor only for those who review; whom to ask back only for those who call, on a local day.
    """
    names, sql, values = _counting(reviews, calls_on)
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return dict(zip(names, cursor.fetchone(), strict=True))


# Building it takes as long as asking it, and every page asks: once for each kind of user and each day.
@lru_cache(maxsize=8)
def _counting(reviews: bool, calls_on: date | None) -> tuple[tuple[str, ...], str, tuple[Any, ...]]:
    """What is counted, and the question as SQL with its values."""
    due = Sitting.objects.filter(state=SittingState.DUE, plan=OuterRef("pk"))
    counts = {"to_book": Count("pk", filter=Q(Exists(due), state__in=TreatmentPlan.BOOKABLE))}
    if reviews:
        asked = ranges_to_decide().values("plan")
        counts["review"] = Count("pk", filter=Q(state=PlanState.PROPOSED) | Q(pk__in=asked))
    if calls_on:
        counts["waiting_list"] = Count("pk", filter=plans_that_wait())
        counts["recalls"] = Count("pk", filter=is_recall(calls_on + timedelta(days=WITHIN_DAYS)))
    # Grouped by a constant, all plans are one row: an aggregate that is not asked yet.
    every = TreatmentPlan.objects.order_by().annotate(every=Value(1)).values("every").annotate(**counts)
    sql, values = every.values_list(*counts).query.sql_with_params()
    return tuple(counts), sql, tuple(values)
