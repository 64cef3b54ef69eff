"""Lists of what waits for somebody."""

from django.db.models import Count, Min, Q, QuerySet

from scheduling.models import PlanState, Site, Sitting, SittingState, TreatmentPlan


def site_of_the_desk() -> Site | None:
    """The site the desk works at: the first by name (one site is the usual clinic)."""
    return Site.objects.first()


def plans_to_book() -> QuerySet[TreatmentPlan]:
    """Approved and running plans with sittings that have no slot, soonest closing window first."""
    due = Q(sittings__state=SittingState.DUE)
    return (
        TreatmentPlan.objects.filter(state__in=TreatmentPlan.BOOKABLE)
        .annotate(to_place=Count("sittings", filter=due), closes=Min("sittings__latest", filter=due))
        .filter(to_place__gt=0)
        .select_related("patient", "protocol", "practitioner")
        .order_by("closes", "pk")
    )


def plans_to_review() -> QuerySet[TreatmentPlan]:
    """Proposed plans that wait for a doctor, oldest first."""
    return (
        TreatmentPlan.objects.filter(state=PlanState.PROPOSED)
        .select_related("patient", "protocol", "prescriber", "created_by")
        .order_by("proposed_at", "pk")
    )


def rail_counts() -> dict[str, int]:
    """The small numbers beside the rail's lines, in one query."""
    waiting = Sitting.objects.filter(state=SittingState.DUE, plan__state__in=TreatmentPlan.BOOKABLE)
    return TreatmentPlan.objects.aggregate(
        to_book=Count("pk", filter=Q(pk__in=waiting.values("plan"))),
        review=Count("pk", filter=Q(state=PlanState.PROPOSED)),
    )
