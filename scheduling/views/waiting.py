"""The waiting list: who would come earlier, freed slots offered one at a time, and what was answered."""

from collections.abc import Sequence
from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from clinic.desk import desk_of
from clinic.models import User
from clinic.roles import AT_DESK, role_required
from clinic.spreadsheets import csv_response, wants_csv
from patients.forms import Difference
from scheduling.forms.waiting import AnswerForm, OfferForm, WishForm, seen_wish
from scheduling.models import Answer, EarlierWish, FreedSlot, Site, Sitting, SlotOffer
from scheduling.selectors.appointments import which_of, window_words
from scheduling.selectors.files import (
    cells_of_freed,
    cells_of_offers,
    cells_of_waiting,
    head_of_freed,
    head_of_offers,
    head_of_waiting,
)
from scheduling.selectors.freed import freed_list
from scheduling.selectors.move_words import move_days
from scheduling.selectors.preferences import wishes_of
from scheduling.selectors.slot_offers import offer_log
from scheduling.selectors.waiting import open_wish_of, waiting_rows, wishes
from scheduling.services import waiting
from scheduling.services.earlier import free_already
from scheduling.services.moves import seal_slot
from scheduling.services.refusals import Refused, Stale
from scheduling.services.wishes import add_wish
from scheduling.views.booking import SITTINGS, status_of
from scheduling.views.no_site import no_site_page
from scheduling.views.ways_back import pressed_on

FREED = FreedSlot.objects.select_related("practitioner", "room__site", "equipment")
OFFERS = SlotOffer.objects.select_related(
    "freed__practitioner", "freed__room__site", "freed__equipment", "wish__sitting__plan__patient"
)


@role_required(*AT_DESK)
@require_GET
def waiting_list(request: HttpRequest) -> HttpResponseBase:
    """Freed slots with whom they fit, everybody who waits, and the log of offers; each of them as a file."""
    site = desk_of(request)
    return (site and _file(request, site)) or _list_page(request)


def _file(request: HttpRequest, site: Site) -> HttpResponseBase | None:
    """The list that is asked for as a file, if one is."""
    now = timezone.now()
    if wants_csv(request):
        return csv_response("waiting-list", head_of_waiting(), cells_of_waiting(waiting_rows(site, now)))
    if wants_csv(request, "slots"):
        slots = freed_list(site, now, waiting_rows(site, now), every=True).rows
        return csv_response("freed-slots", head_of_freed(), cells_of_freed(slots))
    if wants_csv(request, "offers"):
        return csv_response("offers", head_of_offers(), cells_of_offers(offer_log(site, now, most=None)))
    return None


def _list_page(request: HttpRequest, refusal: Refused | None = None, only: int | None = None) -> HttpResponse:
    """The page; of the freed slot `only` with everybody it fits, and without the other slots."""
    site = desk_of(request)
    if site is None:
        return no_site_page(request)
    now = timezone.now()
    rows = waiting_rows(site, now)
    context = {
        "freed": freed_list(site, now, rows, only),
        "only": only,
        "waiting": rows,
        "log": offer_log(site, now),
        "key": uuid4,  # the template asks it anew for each form: each is a press of its own
        "refusal": refusal,
    }
    return render(request, "scheduling/waiting_list.html", context, status=status_of(refusal))


@role_required(*AT_DESK)
@require_GET
def waiting_slot(request: HttpRequest, pk: int) -> HttpResponse:
    """The list with one freed slot, and everybody it fits."""
    return _list_page(request, only=get_object_or_404(FreedSlot, pk=pk).pk)


@role_required(*AT_DESK)
@require_http_methods(["GET", "POST"])
def wish(request: HttpRequest, pk: int) -> HttpResponse:
    """Puts a sitting on the waiting list, or changes when its patient could come."""
    sitting = get_object_or_404(SITTINGS, pk=pk)
    stored = open_wish_of(pk)
    if request.method == "GET":
        return _wish_page(request, sitting, stored, WishForm(initial=_begun(sitting, stored)))
    assert isinstance(request.user, User)
    form = WishForm(request.POST)
    if not form.is_valid():
        return _wish_page(request, sitting, stored, form, 422)
    try:
        version = form.cleaned_data["version"]
        made = add_wish(sitting=sitting, wanted=form.wanted, by=request.user, now=timezone.now(), version=version)
    except Stale:
        stored = open_wish_of(pk)
        differences = form.compared(stored)
        form.now_knows(stored.version if stored else 0)
        return _wish_page(request, sitting, stored, form, 409, differences)
    except Refused as refusal:
        form.add_error(None, refusal.message)
        return _wish_page(request, sitting, stored, form, status_of(refusal))
    messages.success(request, _("%(patient)s is on the waiting list.") % {"patient": sitting.plan.patient})
    if free_already(wish=made, now=timezone.now()):
        return redirect("wish", pk)
    return redirect("waiting_list")


def _begun(sitting: Sitting, stored: EarlierWish | None) -> dict[str, object]:
    """What the form begins with: the stored wish, else what suits the patient, from today on."""
    if stored:
        return seen_wish(stored)
    today = timezone.localdate(None, sitting.plan.site.zone)
    usual = wishes_of(sitting.plan.patient, today)
    names = ("weekdays", "from_time", "until_time", "practitioner")
    return {**{name: getattr(usual, name) for name in names}, "earliest": today, "version": 0}


def _wish_page(
    request: HttpRequest,
    sitting: Sitting,
    stored: EarlierWish | None,
    form: WishForm,
    status: int = 200,
    differences: Sequence[Difference] | None = None,
) -> HttpResponse:
    context: dict[str, Any] = {
        "sitting": sitting,
        "plan": sitting.plan,
        "which": which_of(sitting),
        "window": window_words(sitting),
        "stored": stored,
        "form": form,
        "differences": differences,
    }
    if stored and status == 200 and (free := free_already(wish=stored, now=timezone.now())):
        tokens = [seal_slot(free.appointment, offer.slot) for offer in free.offers]
        context |= {"appointment": free.appointment, "free": move_days(free.appointment, free.offers, tokens, None)}
    return render(request, "scheduling/wish.html", context, status=status)


@role_required(*AT_DESK)
@pressed_on("waiting_list")
def wish_close(request: HttpRequest, pk: int) -> HttpResponse:
    """Takes somebody off the waiting list."""
    found = get_object_or_404(EarlierWish.objects.select_related("sitting__plan__patient"), pk=pk)
    assert isinstance(request.user, User)
    waiting.close_wish(wish=found, by=request.user, now=timezone.now())
    words = _("%(patient)s is off the waiting list.")
    messages.success(request, words % {"patient": found.sitting.plan.patient})
    return redirect("waiting_list")


@role_required(*AT_DESK)
@pressed_on("waiting_list")
def slot_offer(request: HttpRequest) -> HttpResponse:
    """Keeps a freed slot for one who waits."""
    assert isinstance(request.user, User)
    form = OfferForm(request.POST)
    if not form.is_valid():
        return _list_page(request, Refused(_("This page is damaged or too old: choose again.")))
    freed = get_object_or_404(FREED, pk=form.cleaned_data["freed"])
    chosen = get_object_or_404(wishes(), pk=form.cleaned_data["wish"])
    try:
        made = waiting.offer_slot(
            freed=freed, wish=chosen, key=form.cleaned_data["key"], by=request.user, now=timezone.now()
        )
    except Refused as refusal:
        return _list_page(request, refusal)
    until = timezone.localtime(made.until, freed.room.site.zone)
    words = _("The slot is kept for %(patient)s until %(until)s: call them.")
    messages.success(request, words % {"patient": made.wish.sitting.plan.patient, "until": f"{until:%H:%M}"})
    return redirect("waiting_slot", freed.pk)


@role_required(*AT_DESK)
@pressed_on("waiting_slot", "pk")
def slot_leave(request: HttpRequest, pk: int) -> HttpResponse:
    """Leaves a freed slot free: it is no longer proposed here."""
    freed = get_object_or_404(FreedSlot, pk=pk)
    assert isinstance(request.user, User)
    try:
        waiting.leave_free(freed=freed, by=request.user, now=timezone.now())
    except Refused as refusal:
        return _list_page(request, refusal)
    messages.success(request, _("The slot stays free."))
    return redirect("waiting_list")


@role_required(*AT_DESK)
@pressed_on("waiting_list")
def offer_answer(request: HttpRequest, pk: int) -> HttpResponse:
    """Notes the answer to an offer; accepted, the sitting gets the slot."""
    offer = get_object_or_404(OFFERS, pk=pk)
    assert isinstance(request.user, User)
    form = AnswerForm(request.POST)
    if not form.is_valid():
        return _list_page(request, Refused(_("This page is damaged or too old: choose again.")))
    answer, now = Answer(form.cleaned_data["answer"]), timezone.now()
    try:
        if answer == Answer.ACCEPTED:
            waiting.accept_offer(offer=offer, by=request.user, now=now)
        else:
            waiting.refuse_offer(offer=offer, answer=answer, by=request.user, now=now)
    except Refused as refusal:
        return _list_page(request, refusal)
    patient = offer.wish.sitting.plan.patient
    if answer == Answer.ACCEPTED:
        here = timezone.localtime(offer.freed.starts, offer.freed.room.site.zone)
        when = f"{date_format(here, 'D j b')}, {here:%H:%M}"
        words = _("%(patient)s has the earlier slot: %(when)s.")
        messages.success(request, words % {"patient": patient, "when": when})
        return redirect("waiting_list")
    messages.success(request, _("%(patient)s: the slot can be offered to the next one.") % {"patient": patient})
    return redirect("waiting_slot", offer.freed_id)
