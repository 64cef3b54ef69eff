"""How a range of sittings goes on: the doctor's choice, its dates before and after, and then the difference to book."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from clinic.models import User
from clinic.roles import Role, role_required
from scheduling.engine.ranges import RangeChoice
from scheduling.forms.ranges import RangeForm
from scheduling.models import TreatmentPlan
from scheduling.selectors.plans import plans_with_people
from scheduling.selectors.ranges import OpenRange, appointments_of, change_rows, open_range, ribbon_after
from scheduling.selectors.worklists import is_to_book
from scheduling.services.ranges import departure, foresee, go_on, start_recalls, stop_after
from scheduling.services.refusals import Refused, Stale

DONE = {
    RangeChoice.STOP: gettext_lazy("%(plan)s ends after %(count)s sittings."),
    RangeChoice.GO_ON: gettext_lazy("%(plan)s goes on to %(count)s sittings."),
    RangeChoice.RECALLS: gettext_lazy("%(plan)s: the recalls start."),
}


@role_required(Role.DOCTOR)
@require_http_methods(["GET", "POST"])
def plan_range(request: HttpRequest, pk: int) -> HttpResponse:
    """The choice with its dates before and after; a POST by the button under the dates decides."""
    plan = get_object_or_404(plans_with_people(), pk=pk)
    about = open_range(plan)
    if about is None:
        return _page(request, plan, None, None, status=422 if request.method == "POST" else 200)
    form = RangeForm(request.POST if request.method == "POST" else None, plan=plan, about=about)
    if not form.is_valid():
        return _page(request, plan, about, form, status=422)
    if "decide" not in request.POST:
        return _page(request, plan, about, form)
    if request.POST["decide"] != form.mark:
        changed = _("The decision was changed after its dates were shown: here are the new ones.")
        return _page(request, plan, about, form, told=changed, status=422)
    return _decided(request, plan, about, form)


def _decided(request: HttpRequest, plan: TreatmentPlan, about: OpenRange, form: RangeForm) -> HttpResponse:
    """Takes the decision and goes to booking the difference; a refusal keeps what was typed."""
    try:
        decided = _decide(request, plan, form)
    except Stale as stale:
        plan = plans_with_people().get(pk=plan.pk)
        now_open = open_range(plan)
        again = RangeForm(form.seen(plan.version), plan=plan, about=now_open) if now_open else None
        return _page(request, plan, now_open, again, told=stale.message, status=409)
    except Refused as refused:
        form.add_error(refused.field, refused.message)
        return _page(request, plan, about, form, status=422)
    messages.success(request, DONE[form.chosen[0]] % {"plan": plan, "count": form.chosen[1]})
    return redirect("book_cycle" if is_to_book(decided) else "plan", plan.pk)


def _decide(request: HttpRequest, plan: TreatmentPlan, form: RangeForm) -> TreatmentPlan:
    assert isinstance(request.user, User)
    choice, count = form.chosen
    given: dict[str, Any] = {name: form.cleaned_data[name] for name in ("reason", "version")}
    given |= {"plan": plan, "by": request.user, "now": timezone.now()}
    if choice is RangeChoice.RECALLS:
        return start_recalls(**given)
    return (stop_after if choice is RangeChoice.STOP else go_on)(count=count, **given)


def _page(
    request: HttpRequest,
    plan: TreatmentPlan,
    about: OpenRange | None,
    form: RangeForm | None,
    *,
    told: str = "",
    status: int = 200,
) -> HttpResponse:
    """The page, or its dates alone while somebody types; `told` says what happened."""
    context = {"plan": plan, "about": about, "form": form, "told": told}
    if about and form:
        context |= _before_and_after(plan, about, form)
    if request.htmx:  # type: ignore[attr-defined]
        return render(request, "scheduling/_range_dates.html", context)
    if form and form.errors and status == 200:
        status = 422
    return render(request, "scheduling/plan_range.html", context, status=status)


def _before_and_after(plan: TreatmentPlan, about: OpenRange, form: RangeForm) -> dict[str, Any]:
    """What the choice would do, as the template takes it; nothing while it makes no sense."""
    if not form.is_valid() and set(form.errors) - {"reason", "__all__"}:
        return {}
    choice, count = form.chosen
    try:
        seen = foresee(plan=plan, about=about, choice=choice, count=count)
    except Refused as refused:
        form.add_error(refused.field, refused.message)
        return {}
    return {
        "choice": choice.value,
        "count": seen.decision.count,
        "mark": form.mark,
        "rows": change_rows(plan, seen),
        "ribbon": ribbon_after(plan, seen, timezone.localdate(timezone=plan.site.zone)),
        "left_out": appointments_of(seen.booked),
        "moving": appointments_of(seen.moving),
        "departure": departure(about, seen.decision.count),
    }
