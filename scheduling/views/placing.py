"""An appointment put somewhere by hand: moved on its page or by dragging, or booked in time that is free."""

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from clinic.models import User
from clinic.roles import Role, has_role, role_required
from patients.models import Patient
from patients.selectors import find_patients
from scheduling.forms.placing import USUAL_MINUTES, GapForm, MoveForm, NewForm, PlaceForm
from scheduling.models import Appointment, Status
from scheduling.selectors.appointments import appointments_for_page, booked_visit_words, span_words, window_words
from scheduling.selectors.board import CSS
from scheduling.selectors.local_time import instant
from scheduling.selectors.placing import sittings_to_book, slot_fields
from scheduling.selectors.worklists import site_of_the_desk
from scheduling.services.placing import ToConfirm, book_at, free_place, free_times, put_appointment
from scheduling.services.refusals import KeyReused, Refused, SlotTaken, Stale
from scheduling.views.booking import status_of, target_of
from scheduling.views.calendar import calendar_address
from scheduling.views.search import waiting_for_patient
from scheduling.views.taking_back import say_booked

JSON = "application/json"


@role_required(Role.RECEPTION, Role.DOCTOR)
@require_http_methods(["GET", "POST"])
def appointment_put(request: HttpRequest, pk: int) -> HttpResponse:
    """Where an appointment goes: a form, or, for the drag on the calendar, an answer in JSON."""
    assert isinstance(request.user, User)
    shown = get_object_or_404(appointments_for_page(), pk=pk)
    if request.method == "GET":
        fields = slot_fields(shown, shown.room.site.zone) | {"version": shown.version}
        return _move_page(request, shown, MoveForm(initial=fields))
    form = MoveForm(request.POST)
    if not form.is_valid():
        return _not_moved(request, shown, form, Refused(form.sentence()))
    cleaned = form.cleaned_data
    try:
        moved = put_appointment(
            appointment=shown, place=form.place(), version=cleaned["version"], sure=cleaned["sure"],
            any_room=cleaned["any_room"], by=request.user, now=timezone.now(),
        )  # fmt: skip
    except Refused as refused:
        return _not_moved(request, shown, form, refused)
    if _wants_json(request):
        was = slot_fields(shown, shown.room.site.zone)
        return JsonResponse({"said": _moved_words(moved), "undo": {**was, "version": moved.version, "sure": "on"}})
    target = target_of(request) or reverse("appointment", args=[pk])
    if target.partition("?")[0] == reverse("calendar"):  # which says it itself, beside the button that takes it back
        return redirect(f"{target}{'&' if '?' in target else '?'}moved={pk}")
    messages.success(request, _moved_words(moved))
    return redirect(target)


def _wants_json(request: HttpRequest) -> bool:
    return request.headers.get("Accept", "") == JSON


def _moved_words(moved: Appointment) -> str:
    words = {
        "patient": moved.patient,
        "when": span_words(moved),
        "practitioner": moved.practitioner,
        "room": moved.room,
    }
    return _("%(patient)s: now %(when)s with %(practitioner)s, %(room)s.") % words


def _not_moved(request: HttpRequest, shown: Appointment, form: MoveForm, refused: Refused) -> HttpResponse:
    """Nothing moved: the sentence, or the question, over what was typed; for a drag as JSON."""
    status = status_of(refused)
    if _wants_json(request):
        what = "ask" if isinstance(refused, ToConfirm) else "said"
        return JsonResponse({what: refused.message}, status=status)
    shown = get_object_or_404(appointments_for_page(), pk=shown.pk)
    if isinstance(refused, Stale):
        form = form.seen(shown.version)
    return _move_page(request, shown, form, refused, status)


def _move_page(
    request: HttpRequest, shown: Appointment, form: MoveForm, refused: Refused | None = None, status: int = 200
) -> HttpResponse:
    sitting = shown.sitting
    context = {
        "appointment": shown,
        "css": CSS[shown.status],
        "when": span_words(shown),
        "window": window_words(sitting) if sitting else "",
        "form": form,
        "refused": refused.message if refused else "",
        "asks": isinstance(refused, ToConfirm),
        "times": _other_times(form, refused, shown.patient, shown.pk),
        "movable": shown.status == Status.BOOKED,
        "next": target_of(request),
    }
    return render(request, "scheduling/put.html", context, status=status)


def _other_times(form: PlaceForm, refused: Refused | None, patient: Patient, moving: int = 0) -> list[str]:
    """Times of that day that are free, when the one asked for was taken."""
    if not isinstance(refused, SlotTaken):
        return []
    minutes = free_times(place=form.place(), now=timezone.now(), patient=patient, without=moving)
    return [f"{minute // 60:02}:{minute % 60:02}" for minute in minutes]


@role_required(Role.RECEPTION, Role.DOCTOR)
@require_http_methods(["GET", "POST"])
def appointment_new(request: HttpRequest) -> HttpResponse:
    """Books free time: first for whom, then what for; the address carries the time, who and where."""
    gap = GapForm(request.GET)
    gap.is_valid()
    if "patient" in gap.errors:
        raise Http404
    if site_of_the_desk() is None:
        return render(request, "scheduling/no_site.html", {"administers": has_role(request.user, Role.ADMINISTRATOR)})
    patient = gap.cleaned_data.get("patient")
    return _choose_patient(request, gap) if patient is None else _what_page(request, gap, patient)


def _choose_patient(request: HttpRequest, gap: GapForm) -> HttpResponse:
    """Whom it is for: a search that keeps the chosen time."""
    query = gap.cleaned_data.get("q", "")
    told = {*GapForm.base_fields, "next"} - {"q", "patient"}
    kept = [(name, value) for name, value in request.GET.items() if name in told]
    context = {
        "form": gap,
        "query": query,
        "found": find_patients(query, timezone.localdate()) if query else None,
        "kept": kept,
        "carried": urlencode(kept),
        "here": waiting_for_patient(f"{reverse('appointment_new')}?{urlencode(kept)}"),
        "when": _gap_words(gap),
    }
    return render(request, "scheduling/book_patient.html", context, status=422 if gap.errors else 200)


def _gap_words(gap: GapForm) -> str:
    day, at = gap.cleaned_data.get("day"), gap.cleaned_data.get("at")
    return f"{date_format(day, 'l j F Y')}, {at:%H:%M}" if day and at else ""


def _what_page(request: HttpRequest, gap: GapForm, patient: Patient) -> HttpResponse:
    """What it is for, at the chosen time; POST books it and goes back to the calendar of its day."""
    assert isinstance(request.user, User)
    due = sittings_to_book(patient.pk)
    if request.method == "GET":
        form = NewForm(patient=patient, due=due, initial={**_initial(gap), "key": uuid4()})
        return _new_page(request, patient, form)
    form = NewForm(request.POST, patient=patient, due=due)
    if not form.is_valid():
        if form.has_error("key"):
            form.renew_key()
            form.add_error(None, _("This page was damaged: look at it and press again."))
        return _new_page(request, patient, form, status=422)
    key, sure = form.cleaned_data["key"], form.cleaned_data["sure"]
    try:
        booked = book_at(line=form.line(), key=key, sure=sure, by=request.user, now=timezone.now())
    except Refused as refused:
        if isinstance(refused, KeyReused):
            form.renew_key()
        form.refuse(refused.message, None if isinstance(refused, ToConfirm) else refused.field)
        return _new_page(request, patient, form, refused, status=status_of(refused))
    say_booked(request, booked, booked_visit_words(booked), again=request.get_full_path())
    return redirect(target_of(request) or calendar_address({"date": form.cleaned_data["day"]}))


def _initial(gap: GapForm) -> dict[str, Any]:
    """The chosen time, and somebody and somewhere free then; the next whole hour of the desk's site without one."""
    site = site_of_the_desk()
    assert site is not None
    here, told = timezone.localtime(timezone.now(), site.zone), gap.cleaned_data
    day, at = told.get("day") or here.date(), told.get("at")
    minute = at.hour * 60 + at.minute if at else min(here.hour + 1, 23) * 60
    minutes = told.get("minutes") or USUAL_MINUTES
    starts = instant(day, minute, site.zone)
    who, where = free_place(
        site=site, starts=starts, ends=starts + timedelta(minutes=minutes), now=timezone.now(),
        practitioner=told.get("practitioner") or 0, room=told.get("room") or 0,
    )  # fmt: skip
    wanted = {"day": day, "at": f"{minute // 60:02}:{minute % 60:02}", "minutes": minutes}
    return {**wanted, "practitioner": who, "room": where}


def _new_page(
    request: HttpRequest, patient: Patient, form: NewForm, refused: Refused | None = None, status: int = 200
) -> HttpResponse:
    """The form; a question shows the tick that answers it with yes, a lost race other times of that day."""
    context = {
        "patient": patient,
        "form": form,
        "asks": isinstance(refused, ToConfirm),
        "times": _other_times(form, refused, patient),
        "next": target_of(request),
    }
    return render(request, "scheduling/book_new.html", context, status=status)
