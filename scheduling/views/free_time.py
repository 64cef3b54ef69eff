"""Booking free time by hand: what was drawn on the calendar, or somebody who is here without an appointment."""

from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from clinic.desk import desk_of
from clinic.models import User
from clinic.roles import AT_DESK, role_required
from patients.models import Patient
from scheduling.engine.terms import Slot
from scheduling.forms.placing import GapForm, NewForm, sitting_asked
from scheduling.models import Sitting
from scheduling.selectors.appointments import booked_visit_words
from scheduling.selectors.local_time import clock_words
from scheduling.selectors.placing import place_words, sittings_to_book
from scheduling.services.free_time import free_place
from scheduling.services.placing import ToConfirm, book_at
from scheduling.services.refusals import KeyReused, Refused
from scheduling.views.booking import status_of
from scheduling.views.calendar import calendar_address
from scheduling.views.no_site import no_site_page
from scheduling.views.placing import other_times
from scheduling.views.taking_back import say_booked
from scheduling.views.ways_back import target_of
from scheduling.views.whom import whom_page


@role_required(*AT_DESK)
@require_http_methods(["GET", "POST"])
def appointment_new(request: HttpRequest) -> HttpResponse:
    """Books free time: first for whom, then what for; the address carries the time, who and where."""
    return _page(request, walk_in=False)


@role_required(*AT_DESK)
@require_http_methods(["GET", "POST"])
def walk_in(request: HttpRequest) -> HttpResponse:
    """Somebody is here without an appointment: the next time at which somebody is free, and arrived with one press."""
    return _page(request, walk_in=True)


def _page(request: HttpRequest, *, walk_in: bool) -> HttpResponse:
    gap = GapForm(request.GET)
    gap.is_valid()
    if "patient" in gap.errors:
        raise Http404
    site = desk_of(request)
    if site is None:
        return no_site_page(request)
    patient = gap.cleaned_data.get("patient")
    return _choose_patient(request, gap, walk_in) if patient is None else _what_page(request, gap, patient, walk_in)


def _choose_patient(request: HttpRequest, gap: GapForm, walk_in: bool) -> HttpResponse:
    """Whom it is for: a search that keeps the chosen time."""
    told = {*GapForm.base_fields, "next"} - {"patient"}
    kept = {name: value for name, value in request.GET.dict().items() if name in told}
    words = _("Walk-in") if walk_in else _("Book an appointment")
    when = _gap_words(gap)
    return whom_page(
        request,
        kept=kept,
        choose=lambda pk: f"{request.path}?{urlencode({**kept, 'patient': pk})}",
        step=f"{words} · {when}" if when else words,
        errors=" ".join(str(error) for errors in gap.errors.values() for error in errors),
    )


def _gap_words(gap: GapForm) -> str:
    day, at = gap.cleaned_data.get("day"), gap.cleaned_data.get("at")
    return f"{date_format(day, 'l j F Y')}, {at:%H:%M}" if day and at else ""


def _what_page(request: HttpRequest, gap: GapForm, patient: Patient, walk_in: bool) -> HttpResponse:
    """What it is for, at the chosen time; POST books it and goes back to the board, or the calendar of its day."""
    assert isinstance(request.user, User)
    what = request.POST.get("what") or gap.cleaned_data.get("what", "")
    due = sittings_to_book(patient.pk, sitting_asked(what))
    if request.method == "GET":
        return _first_page(request, gap, patient, due, walk_in)
    form = NewForm(request.POST, patient=patient, due=due)
    if not form.is_valid():
        if form.has_error("key"):
            form.renew_key()
            form.add_error(None, _("This page was damaged: look at it and press again."))
        return _form_page(request, patient, form, walk_in, status=422)
    told = form.cleaned_data
    try:
        booked = book_at(
            line=form.line(), key=told["key"], sure=told["sure"], here=told["here"],
            by=request.user, now=timezone.now(),
        )  # fmt: skip
    except Refused as refused:
        if isinstance(refused, KeyReused):
            form.renew_key()
        form.refuse(refused.message, None if isinstance(refused, ToConfirm) else refused.field)
        return _form_page(request, patient, form, walk_in, refused, status_of(refused))
    say_booked(request, booked, booked_visit_words(booked), again=request.get_full_path())
    back = reverse("today") if walk_in else calendar_address({"date": told["day"]})
    return redirect(target_of(request) or back)


def _first_page(
    request: HttpRequest, gap: GapForm, patient: Patient, due: list[Sitting], walk_in: bool
) -> HttpResponse:
    """The form with the chosen time, and somebody and somewhere free then."""
    site = desk_of(request)
    assert site is not None
    now = timezone.now()
    what, wanted = gap.wanted(due, site, now, at_once=walk_in)
    slot = free_place(site=site, wanted=wanted, patient=patient, now=now, later=walk_in)
    start = slot.start if slot else wanted.start
    initial = {
        "what": what,
        "day": wanted.day,
        "at": clock_words(start),
        "minutes": gap.cleaned_data.get("minutes"),
        "practitioner": slot.practitioner if slot else wanted.practitioner,
        "room": slot.room if slot else wanted.room,
        "here": walk_in,
        "key": uuid4(),
    }
    form = NewForm(patient=patient, due=due, initial=initial)
    return _form_page(request, patient, form, walk_in, slot=slot, waits=bool(slot and slot.start > wanted.start))


def _form_page(
    request: HttpRequest,
    patient: Patient,
    form: NewForm,
    walk_in: bool,
    refused: Refused | None = None,
    status: int = 200,
    *,
    slot: Slot | None = None,
    waits: bool = False,
) -> HttpResponse:
    """The form under a line that says when, with whom and where; open where somebody has to look at it.

    A question shows the tick that answers it with yes, a lost race other times of that day.
    """
    context: dict[str, Any] = {
        "patient": patient,
        "form": form,
        "walk_in": walk_in,
        "place": place_words(slot, timezone.localdate(), form.initial["minutes"]) if slot else "",
        "waits": waits,
        "asks": isinstance(refused, ToConfirm),
        "times": other_times(form, refused, patient),
        "next": target_of(request),
    }
    return render(request, "scheduling/book_new.html", context, status=status)
