"""A plan's own page, its steps (propose, approve, give back, pause, resume, stop), and the list of those to review."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods

from clinic.models import User
from clinic.roles import AT_DESK, Role, has_role, role_required
from clinic.spreadsheets import csv_response, wants_csv
from scheduling.forms.booking import UndoForm
from scheduling.forms.plans import StepForm
from scheduling.models import Sitting, TreatmentPlan
from scheduling.models.indications import NAMES
from scheduling.selectors.files import cells_to_decide, cells_to_review, head_to_decide, head_to_review
from scheduling.selectors.patients import age
from scheduling.selectors.plan_history import plan_history
from scheduling.selectors.plans import plan_page, plans_with_people, review_list
from scheduling.selectors.ranges import range_rows
from scheduling.services import planning
from scheduling.services.refusals import Refused, Stale
from scheduling.services.undoing import last_booking, undo_booking
from scheduling.views.ways_back import pressed_on, target_of

Act = Callable[[TreatmentPlan, dict[str, Any], datetime], object]


@role_required(*Role)
@require_GET
def plan(request: HttpRequest, pk: int) -> HttpResponse:
    """The ribbon, the figures and every sitting of one plan."""
    return _page(request, pk)


def _page(request: HttpRequest, pk: int, refused: str = "", status: int = 200) -> HttpResponse:
    """The plan as it stands now; `refused` is why a step was not done."""
    plan = get_object_or_404(plans_with_people(), pk=pk)
    by_doctor = has_role(request.user, Role.DOCTOR)
    at_desk, now = has_role(request.user, *AT_DESK), timezone.now()
    match = request.resolver_match
    context = {
        "plan": plan,
        "age": age(plan.patient.birth_date, timezone.localdate(timezone=plan.site.zone)),
        "page": plan_page(plan, now),
        "areas": plan.areas.select_related("area"),
        "history": plan_history(plan),
        "by_doctor": by_doctor,
        "at_desk": at_desk,
        "undoable": last_booking(plan, now) if at_desk else None,
        "indication": NAMES.get(plan.indication, "") if by_doctor else "",
        "refused": refused,
        "typed_reason": request.POST.get("reason", ""),
        "skipping": match.kwargs["pk"] if match and match.url_name == "sitting_skip" else None,
    }
    return render(request, "scheduling/plan.html", context, status=status)


def _step(request: HttpRequest, pk: int, act: Act, done: str) -> HttpResponse:
    """Does one step of a plan; a refusal is told on the plan's page as it stands now."""
    plan = get_object_or_404(plans_with_people(), pk=pk)
    form = StepForm(request.POST)
    if not form.is_valid():
        return _page(
            request,
            pk,
            _("Not done: a reason has at most 300 characters. If yours is shorter, open the page anew and try again."),
            422,
        )
    try:
        act(plan, form.cleaned_data, timezone.now())
    except Stale as stale:
        return _page(request, pk, stale.message, 409)
    except Refused as refused:
        return _page(request, pk, refused.message, 422)
    messages.success(request, done % {"plan": plan})
    return redirect("review") if form.cleaned_data["next"] else redirect("plan", pk)


@role_required(*AT_DESK)
@pressed_on("plan", "pk")
def plan_propose(request: HttpRequest, pk: int) -> HttpResponse:
    """Puts a draft before the doctor."""

    def act(plan: TreatmentPlan, seen: dict[str, Any], now: datetime) -> object:
        return planning.propose_plan(plan=plan, now=now, version=seen["version"])

    return _step(request, pk, act, _("%(plan)s is proposed to the doctor."))


@role_required(Role.DOCTOR)
@pressed_on("plan", "pk")
def plan_approve(request: HttpRequest, pk: int) -> HttpResponse:
    """A doctor approves: from now on the sittings can be booked."""
    by = request.user
    assert isinstance(by, User)

    def act(plan: TreatmentPlan, seen: dict[str, Any], now: datetime) -> object:
        return planning.approve_plan(plan=plan, by=by, now=now, version=seen["version"])

    return _step(request, pk, act, _("%(plan)s is approved: its sittings can be booked."))


@role_required(Role.DOCTOR)
@pressed_on("plan", "pk")
def plan_return(request: HttpRequest, pk: int) -> HttpResponse:
    """Gives a proposed plan back to be changed."""

    def act(plan: TreatmentPlan, seen: dict[str, Any], now: datetime) -> object:
        return planning.return_plan(plan=plan, version=seen["version"])

    return _step(request, pk, act, _("%(plan)s is given back to be changed."))


@role_required(*AT_DESK)
@pressed_on("plan", "pk")
def plan_pause(request: HttpRequest, pk: int) -> HttpResponse:
    """Lets a plan rest."""

    def act(plan: TreatmentPlan, seen: dict[str, Any], now: datetime) -> object:
        return planning.pause_plan(plan=plan, version=seen["version"])

    return _step(request, pk, act, _("%(plan)s is paused: nothing new is booked."))


@role_required(*AT_DESK)
@pressed_on("plan", "pk")
def plan_resume(request: HttpRequest, pk: int) -> HttpResponse:
    """Lets a paused plan go on."""

    def act(plan: TreatmentPlan, seen: dict[str, Any], now: datetime) -> object:
        return planning.resume_plan(plan=plan, version=seen["version"])

    return _step(request, pk, act, _("%(plan)s goes on."))


@role_required(*AT_DESK)
@pressed_on("plan", "pk")
def plan_undo_booking(request: HttpRequest, pk: int) -> HttpResponse:
    """Undoes a booking of the plan as a whole and leads to where it is booked anew, or says why not on its page."""
    by = request.user
    assert isinstance(by, User)
    plan = get_object_or_404(plans_with_people(), pk=pk)
    form = UndoForm(request.POST)
    if not form.is_valid():
        return _page(request, pk, _("This page cannot be read: open it anew and press again."), 422)
    try:
        undone = undo_booking(plan=plan, by=by, now=timezone.now(), **form.cleaned_data)
    except Refused as refused:
        return _page(request, pk, refused.message, 409 if isinstance(refused, Stale) else 422)
    words = ngettext(
        "The booking of %(patient)s is undone: %(count)s sitting is due again.",
        "The booking of %(patient)s is undone: %(count)s sittings are due again.",
        undone,
    )
    if undone:
        messages.success(request, words % {"patient": plan.patient, "count": undone})
    else:
        messages.info(request, _("This booking is undone already."))
    return redirect(target_of(request) or reverse("plan", args=[pk]))


@role_required(Role.DOCTOR)
@pressed_on("plan", "pk")
def plan_stop(request: HttpRequest, pk: int) -> HttpResponse:
    """Ends a plan before its last sitting, with the doctor's reason."""

    def act(plan: TreatmentPlan, seen: dict[str, Any], now: datetime) -> object:
        return planning.stop_plan(plan=plan, reason=seen["reason"], version=seen["version"])

    return _step(request, pk, act, _("%(plan)s is stopped."))


@role_required(Role.DOCTOR)
@require_http_methods(["GET", "POST"])
def sitting_skip(request: HttpRequest, pk: int) -> HttpResponse:
    """Leaves out one sitting without a slot, with the doctor's reason."""
    sitting = get_object_or_404(Sitting, pk=pk)
    if request.method == "GET":
        return redirect("plan", sitting.plan_id)

    def act(plan: TreatmentPlan, seen: dict[str, Any], now: datetime) -> object:
        return planning.skip_sitting(sitting=sitting, reason=seen["reason"], version=seen["version"])

    return _step(request, sitting.plan_id, act, _("The sitting is skipped; the rest of %(plan)s keeps its dates."))


@role_required(Role.DOCTOR)
@require_GET
def review(request: HttpRequest) -> HttpResponseBase:
    """The plans that wait for a doctor, oldest first, and the ranges that near their end."""
    if wants_csv(request):
        return csv_response("review", head_to_review(), cells_to_review(review_list()))
    if wants_csv(request, "ranges"):
        return csv_response("ranges", head_to_decide(), cells_to_decide(range_rows()))
    return render(request, "scheduling/review.html", {"plans": review_list(), "ranges": range_rows()})
