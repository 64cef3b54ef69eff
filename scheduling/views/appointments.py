"""One appointment: its page, its steps along the day, and cancelling it."""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from clinic.roles import AT_DESK, Role, has_role, role_required
from scheduling.forms.fields import put_focus
from scheduling.forms.tracking import CancelForm, DayForm, StepForm
from scheduling.models import Appointment, Follows, SittingState, Status
from scheduling.selectors.appointment_story import late_words, notice_words, rule_words, story_of
from scheduling.selectors.appointments import (
    appointments_for_page,
    span_words,
    which_of,
    window_words,
)
from scheduling.selectors.board_cards import CSS, next_acts
from scheduling.selectors.booking_words import drift_words
from scheduling.selectors.move_words import undo_words
from scheduling.services import taking_back, tracking
from scheduling.services.moves import last_move
from scheduling.services.moving import may_move
from scheduling.services.refusals import Refused, Stale
from scheduling.views.following import follow_address, following
from scheduling.views.today import FOLLOWED, Said, day_address, day_page
from scheduling.views.ways_back import pressed_on

# The button of the cancel page that goes on to other slots.
REBOOK = "rebook"
STEPS: Mapping[str, Callable[..., Appointment]] = {
    "arrive": tracking.mark_arrived,
    "start": tracking.start_treatment,
    "complete": tracking.complete,
    "no-show": tracking.mark_no_show,
    "undo": taking_back.step_back,
}


@role_required(*Role)
@require_safe
def appointment(request: HttpRequest, pk: int) -> HttpResponse:
    """Who, when, where and with whom, the status with its story, and the steps that may follow."""
    return appointment_page(request, get_object_or_404(appointments_for_page(), pk=pk))


@role_required(*AT_DESK)
@pressed_on("appointment", "pk")
def appointment_step(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    """One press of a step's button, on the board or on the appointment's own page."""
    if verb not in STEPS:
        raise Http404
    shown = get_object_or_404(appointments_for_page(), pk=pk)
    form = StepForm(request.POST)
    if not form.is_valid():
        return _refuse(request, shown, form, _("This page cannot be read: open it anew and press again."), 422)
    try:
        done = STEPS[verb](appointment=shown, now=timezone.now(), version=form.cleaned_data["version"])
    except Stale as stale:
        return _refuse(request, shown, form, stale.message, 409)
    except Refused as refused:
        return _refuse(request, shown, form, refused.message, 422)
    words = _("%(patient)s: %(status)s.") % {"patient": done.patient, "status": done.get_status_display()}
    return _answer(request, done, form, words)


def _answer(request: HttpRequest, done: Appointment, form: StepForm, words: str) -> HttpResponse:
    """A step is done: the fresh board or page for htmx, else a redirect to it."""
    chosen = form.cleaned_data
    if chosen["day"] and done.status in FOLLOWED:
        chosen["given"] = done.pk
    if request.htmx:  # type: ignore[attr-defined]
        if chosen["day"]:
            return day_page(request, chosen, Said(words, undo=done if done.status in taking_back.BACK else None))
        return appointment_page(request, get_object_or_404(appointments_for_page(), pk=done.pk), Said(words))
    messages.success(request, words)
    if not chosen["day"]:
        return redirect("appointment", done.pk)
    # The browser takes the focus there: to what follows, or to the button of the next step.
    return redirect(f"{day_address(chosen)}#{'next-sitting' if chosen['given'] else f'act{done.pk}'}")


def _refuse(request: HttpRequest, shown: Appointment, form: DayForm, words: str, status: int) -> HttpResponse:
    """A step was refused: the sentence, over things as they stand now."""
    said = Said(words, refused=True)
    if form.cleaned_data.get("day"):
        return day_page(request, form.cleaned_data, said, status)
    return appointment_page(request, get_object_or_404(appointments_for_page(), pk=shown.pk), said, status)


def appointment_page(
    request: HttpRequest, shown: Appointment, said: Said | None = None, status: int = 200
) -> HttpResponse:
    """Draws the page of an appointment, with what there is to say about the last press."""
    sitting = shown.sitting
    drift = sitting.drift if sitting else None
    context: dict[str, Any] = {
        "appointment": shown,
        "css": CSS[shown.status],
        "when": span_words(shown),
        "window": window_words(sitting) if sitting else "",
        "drift": drift_words(drift) if drift is not None else "",
        "which": which_of(sitting) if sitting else "",
        "story": story_of(shown),
        "tracks": has_role(request.user, *AT_DESK),
        "said": said,
        **_steps(shown),
        **_undo(shown),
        "late": late_words(shown.starts, shown.arrived_at),
        "given": following(shown, timezone.now(), back=reverse("appointment", args=[shown.pk]))
        if shown.status in FOLLOWED
        else None,
    }
    template = "scheduling/_appointment.html" if request.htmx else "scheduling/appointment.html"  # type: ignore[attr-defined]
    return render(request, template, context, status=status)


def _steps(shown: Appointment) -> dict[str, Any]:
    """What may be pressed, by the table of transitions and the clock."""
    now = timezone.now()
    too_early = shown.status == Status.BOOKED and not tracking.may_become(shown, Status.ARRIVED, now)
    return {
        "act": None if too_early else next_acts().get(shown.status),
        "may_miss": tracking.may_become(shown, Status.NO_SHOW, now),
        "may_cancel": tracking.may_become(shown, Status.CANCELLED, now),
        "may_move": may_move(shown, now),
        "may_undo": taking_back.may_step_back(shown, now),
        "rebook": _rebook_address(shown) if shown.status in (Status.CANCELLED, Status.NO_SHOW) else "",
    }


def _undo(shown: Appointment) -> dict[str, Any]:
    """The move that can be undone, what it was, and after one alone where the rest can follow."""
    now = timezone.now()
    move = last_move(shown, now)
    if move is None:
        return {}
    follow = follow_address(shown, now) if move.follows == Follows.ALONE else ""
    return {"move": move, "moved": undo_words(move, shown), "follow": follow}


def _rebook_address(shown: Appointment) -> str:
    """Where its other slots are: of its sitting, while that is due, else of a visit like it; empty for no other."""
    back = reverse("patient", args=[shown.patient_id])
    sitting = shown.sitting
    if sitting is None:
        minutes = int((shown.ends - shown.starts).total_seconds()) // 60
        asked = {"kind": shown.kind, "minutes": minutes, "practitioner": shown.practitioner_id, "next": back}
        return f"{reverse('book_visit', args=[shown.patient_id])}?{urlencode(asked)}"
    if sitting.state != SittingState.DUE or not sitting.plan.is_bookable:
        return ""
    return f"{reverse('book_sitting', args=[sitting.pk])}?{urlencode({'next': back})}"


@role_required(*AT_DESK)
@require_http_methods(["GET", "POST"])
def appointment_cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """Cancelling: patient and time first, then a reason from the list."""
    shown = get_object_or_404(appointments_for_page(), pk=pk)
    if request.method == "GET":
        if Status.CANCELLED not in tracking.TRANSITIONS[shown.status]:
            words = _("This appointment is %(status)s: it cannot be cancelled.") % {
                "status": shown.get_status_display()
            }
            return appointment_page(request, shown, Said(words, refused=True), 422)
        return _cancel_page(request, shown, CancelForm(initial={"version": shown.version}))
    form = CancelForm(request.POST)
    if not form.is_valid():
        return _cancel_page(request, shown, form, status=422)
    try:
        tracking.cancel_appointment(appointment=shown, by=request.user, now=timezone.now(), **form.cleaned_data)  # type: ignore[arg-type]
    except Refused as refused:
        now_stored = get_object_or_404(appointments_for_page(), pk=pk)
        status = 409 if isinstance(refused, Stale) else 422
        return _cancel_page(request, now_stored, form.seen(now_stored.version), Said(refused.message, True), status)
    messages.success(request, _("%(patient)s: cancelled.") % {"patient": shown.patient})
    # Read anew: its sitting is due again, unless its plan has ended.
    rebooks = request.POST.get("then") == REBOOK
    address = _rebook_address(appointments_for_page().get(pk=pk)) if rebooks else ""
    return redirect(address or reverse("appointment", args=[pk]))


def _cancel_page(
    request: HttpRequest, shown: Appointment, form: CancelForm, said: Said | None = None, status: int = 200
) -> HttpResponse:
    put_focus(form)
    context = {
        "appointment": shown,
        "css": CSS[shown.status],
        "when": span_words(shown),
        "notice": notice_words(shown.starts, timezone.now()),
        "rule": rule_words(shown.sitting.plan) if shown.sitting else "",
        "rebook": REBOOK,
        "form": form,
        "said": said,
    }
    return render(request, "scheduling/cancel.html", context, status=status)
