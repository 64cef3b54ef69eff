"""The protocols and where each figure comes from; a doctor approves a version before its first use."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from clinic.models import User
from clinic.roles import Role, has_role, role_required
from clinic.spreadsheets import csv_response, wants_csv
from scheduling.forms.protocols import ApproveForm
from scheduling.models import Protocol
from scheduling.selectors.files import cells_of_protocols, head_of_protocols
from scheduling.selectors.protocols import disputed_topics, protocol_lines, protocol_page, source_titles
from scheduling.services.protocols import approve_protocol, content_digest
from scheduling.services.refusals import Refused, Stale
from scheduling.views.ways_back import pressed_on


@require_GET
@role_required(*Role)
def protocols(request: HttpRequest) -> HttpResponseBase:
    """Every version in use or waiting for a doctor."""
    if wants_csv(request):
        return csv_response("protocols", head_of_protocols(), cells_of_protocols(protocol_lines()))
    return render(request, "scheduling/protocols.html", {"lines": protocol_lines()})


@require_GET
@role_required(*Role)
def protocol(request: HttpRequest, pk: int) -> HttpResponse:
    """One version: its phases and aftercare, each figure with its source."""
    shown = get_object_or_404(Protocol.objects.select_related("approved_by"), pk=pk)
    return render(request, "scheduling/protocol.html", _page(request, shown))


@role_required(Role.DOCTOR)
@pressed_on("protocol", "pk")
def protocol_approve(request: HttpRequest, pk: int) -> HttpResponse:
    """Takes responsibility for the version as it was read; changed meanwhile, it is shown anew (409)."""
    shown = get_object_or_404(Protocol.objects.select_related("approved_by"), pk=pk)
    form = _approve_form(shown, request.POST)
    if not form.is_valid():
        return render(request, "scheduling/protocol.html", _page(request, shown, form), status=422)
    assert isinstance(request.user, User)
    try:
        approve_protocol(
            protocol=shown, by=request.user, now=timezone.now(), seen=form.cleaned_data["seen"], keep=form.kept
        )
    except Refused as refusal:
        messages.error(request, refusal.message)
        status = 409 if isinstance(refusal, Stale) else 422
        return render(request, "scheduling/protocol.html", _page(request, shown), status=status)
    messages.success(request, _("Approved: plans can now be made from this version."))
    return redirect("protocol", shown.pk)


def _approve_form(shown: Protocol, data: Any = None) -> ApproveForm:
    return ApproveForm(data, seen=content_digest(shown), disputed=disputed_topics(shown), titles=source_titles())


def _page(request: HttpRequest, shown: Protocol, form: ApproveForm | None = None) -> dict[str, Any]:
    may_approve = has_role(request.user, Role.DOCTOR) and not shown.approved_at
    return {"page": protocol_page(shown), "form": (form or _approve_form(shown)) if may_approve else None}
