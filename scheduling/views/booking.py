"""The booking pages: a whole cycle, one sitting, and what waits to be booked."""

from collections.abc import Container
from typing import Any
from uuid import uuid4

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from clinic.models import User
from clinic.roles import AT_DESK, role_required
from clinic.spreadsheets import csv_response, wants_csv
from scheduling.engine.terms import Blocked
from scheduling.forms.booking import ConfirmForm, WishesForm
from scheduling.forms.moving import LookForm
from scheduling.forms.narrowing import narrowed_words
from scheduling.forms.placing import sitting_choice
from scheduling.forms.to_book import ToBookForm
from scheduling.models import Appointment, Sitting, SittingState, TreatmentPlan
from scheduling.selectors.batches import unfinished_count
from scheduling.selectors.booking_words import booked_words
from scheduling.selectors.diary import qualified
from scheduling.selectors.editing import choices_of, edits_of, left_out, lost_words
from scheduling.selectors.extra_hours import to_open
from scheduling.selectors.files import cells_to_book, head_to_book
from scheduling.selectors.looking import EVERYWHERE, MOST_RANKED, spread
from scheduling.selectors.offers import offer_days, window_has_closed
from scheduling.selectors.proposals import (
    Card,
    Setting,
    breadth_words,
    card_of,
    card_ribbon,
    setting_of,
)
from scheduling.selectors.reservations import reserved_for
from scheduling.selectors.unmet import unmet_wishes
from scheduling.selectors.ways_out import chips_of, hidden_of, obstacle_of, query_of
from scheduling.selectors.worklists import Narrowing, narrowed, plans_to_book, to_book_rows
from scheduling.services.proposing import Proposed, book_proposal, offers, other_slots, propose_edited, seal
from scheduling.services.refusals import Refused, SlotTaken, Stale
from scheduling.views.looking import by_hand_address, controls
from scheduling.views.taking_back import with_undo, with_undo_of_all
from scheduling.views.ways_back import back_from_booking, carried, here, target_of

PAGE = 50
PLANS = TreatmentPlan.objects.select_related("patient", "protocol", "site", "practitioner")
SITTINGS = Sitting.objects.select_related(
    "phase", "plan__patient", "plan__protocol", "plan__site", "plan__practitioner"
)


@role_required(*AT_DESK)
@require_GET
def to_book(request: HttpRequest) -> HttpResponseBase:
    """The plans with sittings that have no slot, soonest closing window first; several can be chosen."""
    form = ToBookForm(request.GET)
    if wants_csv(request) and form.is_valid():
        now = timezone.now()
        plans = narrowed(plans_to_book(), form.narrowing(), timezone.localdate(now))
        return csv_response("to-book", head_to_book(), cells_to_book(to_book_rows(plans, now)))
    return to_book_page(request)


def to_book_page(request: HttpRequest, chosen: Container[str] = (), refusal: Refused | None = None) -> HttpResponse:
    """The list under a refusal, if there is one, with the plans of the `chosen` ids ticked, or all of them."""
    form = ToBookForm(request.GET)
    narrowing, now = form.narrowing(), timezone.now()
    plans = plans_to_book()
    page = Paginator(narrowed(plans, narrowing, timezone.localdate(now)), PAGE).get_page(request.GET.get("page"))
    rows = to_book_rows(page.object_list, now)
    every = request.GET.get("choose") == "all" and not refusal
    filtered = narrowing != Narrowing()
    context = {
        "page": page,
        "rows": rows,
        "form": form,
        "filtered": filtered,
        "told": narrowed_words(form),
        "total": plans.count() if filtered else page.paginator.count,
        "chosen": {row.plan.pk for row in rows if every or str(row.plan.pk) in chosen},
        "key": uuid4(),
        "here": here(request, reverse("to_book"), "choose"),
        "unfinished": unfinished_count(),
        "refusal": refusal,
    }
    status = 422 if form.errors else status_of(refusal)
    return render(request, "scheduling/to_book.html", context, status=status)


@role_required(*AT_DESK)
@require_GET
def book_cycle(request: HttpRequest, pk: int) -> HttpResponse:
    """Up to three proposals for all the sittings of a plan that have no slot; a fragment while wishes change."""
    return cycle_page(request, get_object_or_404(PLANS, pk=pk))


@role_required(*AT_DESK)
@require_http_methods(["GET", "POST"])
def book_cycle_confirm(request: HttpRequest, pk: int) -> HttpResponse:
    """Books the chosen proposal as it was shown; when that is no longer possible, says why and proposes again."""
    plan = get_object_or_404(PLANS, pk=pk)
    if request.method == "GET":
        return redirect(f"{reverse('book_cycle', args=[pk])}?{request.GET.urlencode()}")
    booked, refusal = _booked(request, plan)
    if refusal:
        return cycle_page(request, plan, refusal)
    return back_from_cycle(request, booked, plan)


def back_from_cycle(request: HttpRequest, booked: list[Appointment], plan: TreatmentPlan) -> HttpResponse:
    """Says what was booked, with its undo, which leads to the proposals as they were asked; and goes back."""
    again = here(request, reverse("book_cycle", args=[plan.pk]))
    words = with_undo_of_all(request, booked, told(booked, plan), again=again)
    return back_from_booking(request, words, reverse("plan", args=[plan.pk]))


@role_required(*AT_DESK)
@require_http_methods(["GET", "POST"])
def book_sitting(request: HttpRequest, pk: int) -> HttpResponse:
    """The best free slots of one sitting, one button each; POST books one and goes back to where it was asked."""
    sitting = get_object_or_404(SITTINGS, pk=pk)
    if request.method == "GET":
        return _sitting_page(request, sitting)
    booked, refusal = _booked(request, sitting.plan)
    if refusal:
        return _sitting_page(request, sitting, refusal)
    words = with_undo(request, booked[0], told(booked, sitting.plan), again=request.get_full_path())
    return back_from_booking(request, words, reverse("plan", args=[sitting.plan_id]))


def _booked(request: HttpRequest, plan: TreatmentPlan) -> tuple[list[Appointment], Refused | None]:
    """What the pressed button booked, or why it could not."""
    assert isinstance(request.user, User)
    form = ConfirmForm(request.POST)
    if not form.is_valid():
        return [], Refused(_("This page is damaged or too old: choose again."))
    token, key = form.cleaned_data["token"], form.cleaned_data["key"]
    try:
        return book_proposal(plan=plan, token=token, key=key, by=request.user, now=timezone.now()), None
    except Refused as refusal:
        return [], refusal


def told(booked: list[Appointment], plan: TreatmentPlan) -> str:
    """What has been booked for a plan, as its message."""
    starts = sorted(timezone.localtime(appointment.starts, plan.site.zone) for appointment in booked)
    return booked_words(starts, str(plan.patient))


def status_of(refusal: Refused | None) -> int:
    """The status of a page under a refusal: 409 when somebody was faster, 422 when it cannot be."""
    if refusal is None:
        return 200
    return 409 if isinstance(refusal, SlotTaken | Stale) else 422


def cycle_page(request: HttpRequest, plan: TreatmentPlan, refusal: Refused | None = None) -> HttpResponse:
    """The page with fresh proposals under a refusal, if there is one; with the wishes of its address."""
    plan = PLANS.get(pk=plan.pk) if refusal else plan
    setting = setting_of(plan, timezone.localdate(None, plan.site.zone), back=target_of(request))
    form = WishesForm(request.GET, setting=setting)
    context = {"plan": plan, "setting": setting, "form": form, "refusal": refusal, "carried": carried(request)}
    context["reserved"] = reserved_for(plan, timezone.now())
    status = status_of(refusal)
    if form.is_valid():
        context |= _answer(setting, form, request.user)
    else:
        status = 422
    fragment = request.htmx and not refusal  # type: ignore[attr-defined]
    name = "scheduling/_proposals.html" if fragment else "scheduling/book_cycle.html"
    return render(request, name, context, status=status)


def _answer(setting: Setting, form: WishesForm, by: Any) -> dict[str, Any]:
    """The proposals, or what stands in the way, as the template takes them."""
    now = timezone.now()
    today = timezone.localdate(now, setting.plan.site.zone)
    try:
        proposed = propose_edited(plan=setting.plan, now=now, wishes=form.wishes())
    except Refused as refusal:
        return {"closed": refusal.message}
    wishes, answer = proposed.wishes, proposed.answer
    query = query_of(wishes, back=setting.back)
    given = {"chips": chips_of(setting, wishes), "query": query, "hidden": hidden_of(wishes)}
    given |= {"lost": lost_words(setting, proposed.lost), "at": form.cleaned_data["at"]}
    if isinstance(answer, Blocked):
        edits = _edits(setting, proposed, answer.number, None)
        return {**given, **edits, "obstacle": obstacle_of(setting, answer, wishes, today)}
    lacking = to_open(setting.plan, wishes.opened, by)
    unopened = [each.hours for each in lacking]
    cards = [card_of(setting, each.proposal, each.slots, each.token, wishes.later, unopened) for each in answer]
    shown = next((card for card in cards if card.name == form.cleaned_data["show"]), cards[0])
    return {
        **given,
        **_edits(setting, proposed, form.cleaned_data["change"], shown),
        "cards": cards,
        "shown": shown,
        "to_open": lacking,
        "unmet": unmet_wishes(setting, cards, wishes),
        "key": uuid4(),
        "ribbon": card_ribbon(setting, shown, today),
        "breadth": breadth_words(setting, cards, today, wishes),
    }


def _edits(setting: Setting, proposed: Proposed, change: int | None, shown: Card | None) -> dict[str, Any]:
    """What was chosen by hand and left out, and the other slots of the sitting that is being changed."""
    wishes, show = proposed.wishes, shown.name if shown else ""
    found = other_slots(proposed, change, show) if change else ()
    return {
        "edits": edits_of(setting, wishes, show),
        "left_out": left_out(setting, wishes, show),
        "pinned": {pin.number for pin in wishes.pins},
        "change": change,
        "choices": choices_of(setting, proposed.request, found, shown.rows if shown else (), wishes.later),
    }


def _sitting_page(request: HttpRequest, sitting: Sitting, refusal: Refused | None = None) -> HttpResponse:
    sitting = SITTINGS.get(pk=sitting.pk) if refusal else sitting
    now = timezone.now()
    due = sitting.state == SittingState.DUE and sitting.plan.is_bookable
    plan = sitting.plan
    who = qualified(plan.site, plan.technique, plan.delivery)
    form = LookForm(request.GET, today=timezone.localdate(now, plan.site.zone), who=who)
    valid = form.is_valid()
    look = form.look() if valid else EVERYWHERE
    ranked = offers(sitting=sitting, now=now, most=MOST_RANKED, look=look) if due and valid else ()
    found = spread(ranked, look)
    tokens = [seal(sitting.plan, {sitting.number: offer.slot}) for offer in found]
    days = offer_days(found, tokens, plan.practitioner_id)
    context = {
        "sitting": sitting,
        "plan": plan,
        "due": due,
        "form": form,
        "days": days,
        **controls(request, form, days),
        "by_hand": by_hand_address(plan.patient, sitting_choice(sitting.pk), reverse("plan", args=[plan.pk])),
        "outside": not any(offer.in_window for offer in found),
        "closed": window_has_closed(sitting, timezone.localdate(now, sitting.plan.site.zone)),
        "refusal": refusal,
        "key": uuid4(),
        "next": target_of(request),
    }
    status = status_of(refusal) if valid else 422
    return render(request, "scheduling/book_sitting.html", context, status=status)
