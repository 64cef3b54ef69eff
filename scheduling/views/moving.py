"""Moving a booked appointment: another slot, what follows, the press that does it, and its undo."""

from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods

from clinic.models import User
from clinic.roles import AT_DESK, role_required
from scheduling.forms.booking import ConfirmForm
from scheduling.forms.moving import LookForm, ToForm
from scheduling.models import Appointment, Follows
from scheduling.selectors.appointments import appointments_for_page, moved_words, span_words, window_words
from scheduling.selectors.booking_words import drift_words
from scheduling.selectors.diary import trained_for
from scheduling.selectors.looking import EVERYWHERE, MOST_RANKED, spread
from scheduling.selectors.move_ways import Review, ways_to_follow, widened_chips
from scheduling.selectors.move_words import blocked_words, move_days, place_of, prices
from scheduling.services.moves import apply_move, moving_in, seal_slot, undo_last_move, unseal_slot
from scheduling.services.moving import Proposed, other_slots, propose_moves
from scheduling.services.refusals import Refused
from scheduling.views.appointments import appointment_page
from scheduling.views.booking import status_of
from scheduling.views.looking import controls
from scheduling.views.today import Said
from scheduling.views.ways_back import carried, pressed_on, target_of


@role_required(*AT_DESK)
@require_GET
def appointment_move(request: HttpRequest, pk: int) -> HttpResponse:
    """The free slots to which a booked appointment could move, ranked, from a day on when one is asked for."""
    return _slots_page(request, get_object_or_404(appointments_for_page(), pk=pk))


@role_required(*AT_DESK)
@require_http_methods(["GET", "POST"])
def appointment_move_review(request: HttpRequest, pk: int) -> HttpResponse:
    """What may follow the move to a chosen slot, before and after, with its price; POST does one of the choices."""
    shown = get_object_or_404(appointments_for_page(), pk=pk)
    if request.method == "GET" and "to" not in request.GET:
        return redirect(reverse("appointment_move", args=[pk]) + carried(request))
    try:
        return _applied(request, shown) if request.method == "POST" else _review_page(request, shown)
    except Refused as refusal:
        return _slots_page(request, appointments_for_page().get(pk=pk), refusal)


@role_required(*AT_DESK)
@pressed_on("appointment", "pk")
def appointment_move_undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Puts back all that moved with an appointment the last time, or says why not on its page."""
    shown = get_object_or_404(appointments_for_page(), pk=pk)
    assert isinstance(request.user, User)
    try:
        undo_last_move(appointment=shown, by=request.user, now=timezone.now())
    except Refused as refusal:
        return appointment_page(request, shown, Said(refusal.message, refused=True), status_of(refusal))
    messages.success(request, _("The move is undone: everything is back where it was."))
    return redirect("appointment", pk)


def _slots_page(request: HttpRequest, shown: Appointment, refusal: Refused | None = None) -> HttpResponse:
    """The other slots under a refusal, if there is one."""
    now = timezone.now()
    form = LookForm(request.GET, today=timezone.localdate(now, shown.room.site.zone), who=trained_for(shown))
    valid = form.is_valid()
    context: dict[str, Any] = {"form": form, "refusal": refusal, "next": target_of(request), **_facts(shown)}
    status = status_of(refusal) if valid else 422
    try:
        look = form.look() if valid else EVERYWHERE
        ranked = other_slots(appointment=shown, now=now, look=look, most=MOST_RANKED) if valid else ()
    except Refused as closed:
        context["closed"] = closed.message
        return render(request, "scheduling/move.html", context, status=status)
    found = spread(ranked, look)
    tokens = [seal_slot(shown, offer.slot) for offer in found]
    context["days"] = move_days(shown, found, tokens, shown.practitioner_id)
    context |= controls(request, form, context["days"])
    context["by_hand"] = reverse("appointment_put", args=[shown.pk])
    context["outside"] = bool(found) and not any(offer.in_window for offer in found)
    return render(request, "scheduling/move.html", context, status=status)


def _facts(shown: Appointment) -> dict[str, Any]:
    """What both pages say of the appointment as it stands."""
    drift = shown.sitting.drift if shown.sitting else None
    return {
        "appointment": shown,
        "sitting": shown.sitting,
        "when": span_words(shown),
        "window": window_words(shown.sitting) if shown.sitting else "",
        "drift": drift_words(drift) if drift is not None else "",
        "minutes": int((shown.ends - shown.starts).total_seconds()) // 60,
    }


def _review_page(request: HttpRequest, shown: Appointment) -> HttpResponse:
    form = ToForm(request.GET)
    if not form.is_valid():
        raise Refused(_("This page is damaged or too old: choose again."))
    to = form.cleaned_data["to"]
    slot = unseal_slot(shown, to)
    widen, show = form.cleaned_data["widen"], form.cleaned_data["show"]
    found = propose_moves(appointment=shown, to=slot, now=timezone.now(), widen=widen)
    review = Review(shown, to, widen, target_of(request))
    cards = _cards(found, review)
    wanted = show or found.suggested
    context = {
        **_facts(shown),
        "becomes": None if found.stays else place_of(slot),
        "stays": found.stays,
        "minutes": slot.minutes,
        "to": to,
        "next": review.back,
        "key": uuid4(),
        "cards": cards,
        "shown": next((card for card in cards if card["choice"].follows == wanted), cards[0] if cards else None),
        "suggested": found.suggested,
        "chips": list(widened_chips(review, show)),
        "alone": next((each for each in found.choices if each.follows == Follows.ALONE and each.token), None),
    }
    return render(request, "scheduling/move_review.html", context)


def _cards(found: Proposed, review: Review) -> list[dict[str, Any]]:
    """Each choice with its price, or what would let it be done; an appointment outside a plan has neither."""
    blocked = [(choice.follows, choice.blocked) for choice in found.choices if choice.blocked]
    ways = ways_to_follow(review, blocked)
    cards: list[dict[str, Any]] = [
        {
            "choice": choice,
            "address": review.address(choice.follows),
            "ways": ways.get(choice.follows, []),
            "title": _("The rest re-spaced")
            if found.stays and choice.follows == Follows.REST
            else capfirst(choice.follows.label),
            "why_not": blocked_words(choice.blocked) if choice.blocked else choice.refused,
        }
        for choice in found.choices
    ]
    if found.told and review.appointment.sitting:
        priced = prices(found.told, review.appointment.sitting.number, [choice.slots for choice in found.choices])
        for card, price in zip(cards, priced, strict=True):
            card["price"] = None if card["choice"].blocked else price
    return cards


def _applied(request: HttpRequest, shown: Appointment) -> HttpResponse:
    """Does the choice whose button was pressed."""
    assert isinstance(request.user, User)
    form = ConfirmForm(request.POST)
    if not form.is_valid():
        raise Refused(_("This page is damaged or too old: choose again."))
    token, key = form.cleaned_data["token"], form.cleaned_data["key"]
    apply_move(appointment=shown, token=token, by=request.user, now=timezone.now(), key=key)
    moved, target = moving_in(shown, token), target_of(request)
    words = ngettext("%(n)s appointment is moved.", "%(n)s appointments are moved.", moved) % {"n": moved}
    page = reverse("appointment", args=[shown.pk])
    if target:
        where = moved_words(appointments_for_page().get(pk=shown.pk))
        told = f"{where} {words}" if moved > 1 else where
        link = format_html('{} <a href="{}">{}</a>', told, page, _("To the appointment"))
    messages.success(request, link if target else words)
    return redirect(target or page)
