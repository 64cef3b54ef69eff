"""An appointment moved by hand, on its page or by dragging; and other times of that day when one is taken."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from clinic.models import User
from clinic.roles import AT_DESK, role_required
from patients.models import Patient
from scheduling.forms.placing import MoveForm, PlaceForm
from scheduling.models import Appointment, Status
from scheduling.selectors.appointments import appointments_for_page, moved_words, span_words, window_words
from scheduling.selectors.board_cards import CSS
from scheduling.selectors.placing import slot_fields
from scheduling.services.free_time import FreeTime, free_times
from scheduling.services.placing import MustFollow, ToConfirm, put_appointment
from scheduling.services.refusals import Refused, SlotTaken, Stale
from scheduling.views.booking import status_of
from scheduling.views.following import follow_address, review_address
from scheduling.views.ways_back import target_of

JSON = "application/json"


@role_required(*AT_DESK)
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
        undo = {**was, "version": moved.version, "sure": "on"}
        follow = follow_address(moved, timezone.now())
        link = {"follow": {"url": follow, "words": _("What follows…")}} if follow else {}
        return JsonResponse({"said": moved_words(moved), "undo": undo, **link})
    target = target_of(request) or reverse("appointment", args=[pk])
    if target.partition("?")[0] == reverse("calendar"):  # which says it itself, beside the button that takes it back
        return redirect(f"{target}{'&' if '?' in target else '?'}moved={pk}")
    messages.success(request, moved_words(moved))
    return redirect(target)


def _wants_json(request: HttpRequest) -> bool:
    return request.headers.get("Accept", "") == JSON


def _not_moved(request: HttpRequest, shown: Appointment, form: MoveForm, refused: Refused) -> HttpResponse:
    """Nothing moved: the sentence, or the question, over what was typed; for a drag as JSON.

    When it could move with the sittings after it, the way to that goes along.
    """
    status = status_of(refused)
    if _wants_json(request):
        what = "ask" if isinstance(refused, ToConfirm) else "said"
        follow = _must_follow(shown, refused)
        return JsonResponse({what: refused.message, **({"follow": follow} if follow else {})}, status=status)
    shown = get_object_or_404(appointments_for_page(), pk=shown.pk)
    if isinstance(refused, Stale):
        form = form.seen(shown.version)
    elif refused.field and not isinstance(refused, ToConfirm | MustFollow):
        form.refuse(refused.message, refused.field)
    return _move_page(request, shown, form, refused, status)


def _must_follow(shown: Appointment, refused: Refused | None) -> dict[str, str]:
    """The link to where the rest can follow, with its words; nothing for another refusal."""
    if not isinstance(refused, MustFollow):
        return {}
    return {"url": review_address(shown, refused.slot), "words": _("Let the rest follow…")}


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
        "times": other_times(form, refused, shown.patient, shown.pk),
        "follow": _must_follow(shown, refused),
        "movable": shown.status == Status.BOOKED,
        "next": target_of(request),
    }
    return render(request, "scheduling/put.html", context, status=status)


def other_times(form: PlaceForm, refused: Refused | None, patient: Patient, moving: int = 0) -> list[FreeTime]:
    """Times of that day that are free, when the one asked for was taken."""
    if not isinstance(refused, SlotTaken):
        return []
    site = form.cleaned_data["room"].site
    return free_times(site=site, wanted=form.wanted(), now=timezone.now(), patient=patient, without=moving)
