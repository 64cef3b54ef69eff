"""A booking that was a mistake: undone from the message that tells of it."""

from collections.abc import Sequence

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _

from clinic.models import User
from clinic.roles import AT_DESK, role_required
from scheduling.forms.tracking import StepForm
from scheduling.models import Appointment, CancelReason
from scheduling.selectors.appointments import appointments_for_page
from scheduling.services.refusals import Refused
from scheduling.services.tracking import cancel_appointment
from scheduling.views.ways_back import pressed_on, target_of


def say_booked(request: HttpRequest, booked: Appointment, words: str, *, again: str) -> None:
    """The message of a booking, with the button that takes it back; `again` is the page it was booked on."""
    messages.success(request, with_undo(request, booked, words, again=again))


def with_undo(request: HttpRequest, booked: Appointment, words: str, *, again: str) -> str:
    """The words of such a message, safe, with its button."""
    context = {"words": words, "booked": booked, "again": again}
    return render_to_string("scheduling/_booked.html", context, request)


def with_undo_of_all(request: HttpRequest, booked: Sequence[Appointment], words: str, *, again: str) -> str:
    """The words of the message of a cycle's booking, safe, with the button that undoes all of it."""
    booking, sitting = booked[0].booking, booked[0].sitting
    assert booking is not None
    assert sitting is not None
    context = {"words": words, "plan": sitting.plan_id, "key": booking.key, "seen": len(booked), "again": again}
    return render_to_string("scheduling/_booked_cycle.html", context, request)


@role_required(*AT_DESK)
@pressed_on("appointment", "pk")
def booking_take_back(request: HttpRequest, pk: int) -> HttpResponse:
    """Cancels as booked by mistake what nobody has touched since, and leads back to where it was booked."""
    assert isinstance(request.user, User)
    shown = get_object_or_404(appointments_for_page(), pk=pk)
    form = StepForm(request.POST)
    try:
        if not form.is_valid():
            raise Refused(_("This page cannot be read: open it anew and press again."))
        cancel_appointment(
            appointment=shown,
            reason=CancelReason.MISTAKE,
            by=request.user,
            now=timezone.now(),
            version=form.cleaned_data["version"],
        )
    except Refused as refused:
        messages.error(request, refused.message)
        return redirect("appointment", pk)
    messages.success(request, _("The booking of %(patient)s is undone.") % {"patient": shown.patient})
    return redirect(target_of(request) or "today")
