"""Opening the extra hours that a proposal counts on."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from clinic.models import User
from clinic.roles import AT_DESK, Role, has_role, role_required
from scheduling.engine.terms import OpenedHours
from scheduling.forms.booking import OpenHoursForm
from scheduling.models import Practitioner
from scheduling.selectors.diary import qualified
from scheduling.selectors.extra_hours import opening_words, text_of
from scheduling.selectors.local_time import clock
from scheduling.services.extra_hours import open_extra
from scheduling.services.refusals import Refused
from scheduling.views.booking import PLANS, cycle_page


@role_required(Role.DOCTOR, Role.ADMINISTRATOR)
@require_http_methods(["GET", "POST"])
def plan_open_hours(request: HttpRequest, pk: int) -> HttpResponse:
    """Opens hours of one practitioner and goes back to the same wishes; says why when it cannot be."""
    plan = get_object_or_404(PLANS, pk=pk)
    if request.method == "GET":
        return redirect(_back(request, pk))
    assert isinstance(request.user, User)
    trained = qualified(plan.site, plan.technique, plan.delivery).in_bulk()
    form = OpenHoursForm(request.POST, trained=trained)
    if not form.is_valid():
        return cycle_page(request, plan, Refused(_("This page is damaged or too old: choose again.")))
    opened = form.cleaned_data["open"]
    practitioner: Practitioner = trained[opened.practitioner]
    try:
        open_extra(
            practitioner=practitioner,
            site=plan.site,
            day=opened.day,
            starts=clock(opened.start),
            ends=clock(opened.end),
            by=request.user,
            now=timezone.now(),
        )
    except Refused as refusal:
        return cycle_page(request, plan, refusal)
    words = {"hours": opening_words(opened, practitioner.name)}
    messages.success(request, _("Extra hours are open: %(hours)s.") % words)
    return redirect(_back(request, pk, opened))


def _back(request: HttpRequest, pk: int, opened: OpenedHours | None = None) -> str:
    """The same wishes on the booking page, without those now opened; the plan for those who do not book."""
    if not has_role(request.user, *AT_DESK):
        return reverse("plan", args=[pk])
    asked = request.GET.copy()
    if opened:
        asked.setlist("open", [text for text in asked.getlist("open") if text != text_of(opened)])
    return f"{reverse('book_cycle', args=[pk])}?{asked.urlencode()}"
