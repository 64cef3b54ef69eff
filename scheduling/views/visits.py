"""Booking in three steps: whom, what, when. A sitting's or a cycle's third step is its own page."""

from urllib.parse import urlencode
from uuid import uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from clinic.desk import desk_of
from clinic.models import User
from clinic.roles import AT_DESK, role_required
from patients.models import Patient
from scheduling.forms.booking import ConfirmForm
from scheduling.forms.visits import VisitForm, WhoForm
from scheduling.models import Appointment, Kind, Site
from scheduling.selectors.appointments import booked_visit_words
from scheduling.selectors.coming import comes_for, words_by_day, worth_a_look
from scheduling.selectors.visits import due_plans, other_kinds, visit_days
from scheduling.services.refusals import Refused
from scheduling.services.visits import book_visit as book_sealed
from scheduling.services.visits import visit_offers
from scheduling.views.booking import status_of
from scheduling.views.looking import by_hand_address, controls
from scheduling.views.no_site import no_site_page
from scheduling.views.taking_back import say_booked
from scheduling.views.ways_back import carried, target_of
from scheduling.views.whom import whom_page


@role_required(*AT_DESK)
@require_GET
def book(request: HttpRequest) -> HttpResponse:
    """Step 1: whom. Who is alone in matching what was typed is chosen by Enter; a fragment while somebody types."""
    form = WhoForm(request.GET)
    if form.is_valid() and form.cleaned_data["patient"]:
        return redirect(_step(request, "book_patient", form.cleaned_data["patient"]))
    target = target_of(request)
    return whom_page(
        request,
        kept={"next": target} if target else {},
        choose=lambda pk: _step(request, "book_patient", pk),
        step=" · ".join((_("Book"), _("step 1 of 3"))),
    )


@role_required(*AT_DESK)
@require_GET
def book_patient(request: HttpRequest, pk: int) -> HttpResponse:
    """Step 2: what. The sittings that are due, a cycle or the next one, and the other kinds of appointment."""
    patient = get_object_or_404(Patient, pk=pk)
    context = {
        "patient": patient,
        "plans": due_plans(patient, timezone.now()),
        "kinds": other_kinds(),
        "next": target_of(request) or reverse("patient", args=[pk]),
        "carried": carried(request),
    }
    return render(request, "scheduling/book_what.html", context)


@role_required(*AT_DESK)
@require_http_methods(["GET", "POST"])
def book_visit(request: HttpRequest, pk: int) -> HttpResponse:
    """Step 3 of a visit without a plan: the free slots, best first; POST books one and goes back to where one was."""
    patient = get_object_or_404(Patient, pk=pk)
    site = desk_of(request)
    if site is None:
        return no_site_page(request)
    if request.GET.get("kind") not in set(Kind) - {Kind.SITTING}:
        messages.error(request, _("Choose what the appointment is for."))
        return redirect(_step(request, "book_patient", pk))
    if request.method == "GET":
        return _visit_page(request, patient, site)
    try:
        booked = _booked(request, patient)
    except Refused as refusal:
        return _visit_page(request, patient, site, refusal)
    say_booked(request, booked, booked_visit_words(booked), again=request.get_full_path())
    return redirect(target_of(request) or reverse("patient", args=[pk]))


def _booked(request: HttpRequest, patient: Patient) -> Appointment:
    """What the pressed button has booked; Refused when it could not."""
    assert isinstance(request.user, User)
    form = ConfirmForm(request.POST)
    if not form.is_valid():
        raise Refused(_("This page is damaged or too old: choose again."))
    token, key = form.cleaned_data["token"], form.cleaned_data["key"]
    return book_sealed(patient=patient, token=token, key=key, by=request.user, now=timezone.now())


def _visit_page(request: HttpRequest, patient: Patient, site: Site, refusal: Refused | None = None) -> HttpResponse:
    """The slots under a refusal, if there is one; what was asked stays in the address."""
    now = timezone.now()
    form = VisitForm(request.GET.dict(), site=site, today=timezone.localdate(now, site.zone))
    context = {
        "patient": patient,
        "form": form,
        "kind": Kind(request.GET["kind"]).label,
        "refusal": refusal,
        "next": target_of(request),
        "key": uuid4(),
        "action": request.get_full_path(),
    }
    if not form.is_valid():
        return render(request, "scheduling/book_visit.html", context, status=422)
    visit = form.visit()
    found = visit_offers(patient=patient, site=site, visit=visit, now=now, look=form.look())
    coming = comes_for(patient, site.zone, now)
    days = visit_days(found.offers, found.tokens, found.prefers, words_by_day(coming))
    context["already"] = worth_a_look(coming, visit.kind, {offer.slot.day for offer in found.offers})
    context |= {"days": days, **controls(request, form, days)}
    asked = {**_asked(request), "first": found.later.isoformat()}
    context["further"] = f"{request.path}?{urlencode(asked)}" if not form.cleaned_data["day"] else ""
    context["by_hand"] = by_hand_address(patient, visit.kind, target_of(request), request.GET.get("minutes", ""))
    return render(request, "scheduling/book_visit.html", context, status=status_of(refusal))


def _asked(request: HttpRequest) -> dict[str, str]:
    known = {*VisitForm.base_fields, "next"}
    return {name: value for name, value in request.GET.dict().items() if name in known and value}


def _step(request: HttpRequest, name: str, pk: int) -> str:
    return reverse(name, args=[pk]) + carried(request)
