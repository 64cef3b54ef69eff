"""What the shell around every page shows: the rail, the site and who is signed in."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise, SimpleLazyObject
from django.utils.translation import gettext_lazy as _

from clinic.desk import desk_of
from clinic.roles import AT_DESK, LABELS, Role, has_role, roles_of
from scheduling.selectors.worklists import rail_counts


@dataclass(frozen=True, slots=True)
class NavItem:
    """One line of the rail."""

    name: str
    url: str
    icon: str
    label: Promise | str
    count: int
    current: bool


# The pages on which an appointment is being booked.
BOOKING = frozenset({"book", "book_patient", "book_visit"})

# Name of the page, icon, label, the other pages and acts that belong under it, who sees it. An act that is refused
# draws a page as well, which is still where it was.
RAIL: tuple[tuple[str, str, Promise | str, frozenset[str], tuple[Role, ...]], ...] = (
    (
        "today",
        "calendar2-event",
        _("Today"),
        frozenset(
            {"appointment", "appointment_step", "appointment_cancel", "booking_take_back", "walk_in"}
            | {"appointment_move", "appointment_move_review", "appointment_move_undo"}
        ),
        tuple(Role),
    ),
    (
        "calendar",
        "calendar3",
        _("Calendar"),
        frozenset({"appointment_put", "appointment_new"}),
        AT_DESK,
    ),
    (
        "patients",
        "people",
        _("Patients"),
        frozenset(
            {"patient", "patient_new", "patient_edit", "preferences_patient", "contact_again"}
            | {"plan", "plan_new", "plan_edit", "plan_propose", "plan_approve", "plan_return"}
            | {"plan_pause", "plan_resume", "plan_stop", "plan_undo_booking", "sitting_skip"}
        ),
        tuple(Role),
    ),
    (
        "to_book",
        "inbox",
        _("To book"),
        frozenset(
            {"book_cycle", "book_cycle_confirm", "book_sitting", "plan_open_hours", *BOOKING}
            | {"plan_reserve", "plan_reserved", "plan_reserved_confirm", "plan_reserved_return"}
            | {"batches", "batch", "batch_new", "batch_step", "batch_stop", "batch_take_back"}
        ),
        AT_DESK,
    ),
    (
        "recalls",
        "arrow-repeat",
        _("Recalls"),
        frozenset({"recall", "do_not_contact", "plan_repeat"}),
        AT_DESK,
    ),
    (
        "waiting_list",
        "hourglass-split",
        _("Waiting list"),
        frozenset({"wish", "wish_close", "waiting_slot", "slot_offer", "slot_leave", "offer_answer"}),
        AT_DESK,
    ),
    ("review", "clipboard2-pulse", _("Review"), frozenset({"plan_range"}), (Role.DOCTOR,)),
    ("protocols", "journal-medical", _("Protocols"), frozenset({"protocol", "protocol_approve"}), tuple(Role)),
    ("admin:index", "gear", _("Administration"), frozenset(), (Role.ADMINISTRATOR,)),
)


def label_of(request: HttpRequest) -> str:
    """The name in the rail of the page that is open, or of the one it belongs under; nothing for any other."""
    match = request.resolver_match
    here = (match.url_name or "") if match else ""
    return next((str(label) for name, _icon, label, below, _roles in RAIL if here == name or here in below), "")


def shell(request: HttpRequest) -> dict[str, Any]:
    """The context of base.html; empty for somebody who has not signed in, and inside Django admin.

    What is asked of the database is asked when a template shows it: a fragment has no rail to count for.
    """
    match = request.resolver_match
    if not getattr(request, "user", None) or not request.user.is_authenticated or (match and match.app_name == "admin"):
        return {}
    here = (match.url_name or "") if match else ""
    roles = roles_of(request.user)
    return {
        "nav": SimpleLazyObject(lambda: _nav(request, here)),
        "site_name": SimpleLazyObject(lambda: _site_name(request)),
        "book_url": _book_url(request, here) if has_role(request.user, *AT_DESK) else "",
        "booking": here in BOOKING,
        "role_label": ", ".join(str(LABELS[role]) for role in Role if role in roles),
    }


def _nav(request: HttpRequest, here: str) -> list[NavItem]:
    """The rail for whoever has signed in, with what waits under each line. One query."""
    reviews, calls = has_role(request.user, Role.DOCTOR), has_role(request.user, *AT_DESK)
    counts = rail_counts(reviews=reviews, calls_on=timezone.localdate() if calls else None)
    return [
        NavItem(name, reverse(name), icon, label, counts.get(name, 0), here == name or here in below)
        for name, icon, label, below, roles in RAIL
        if has_role(request.user, *roles)
    ]


def _site_name(request: HttpRequest) -> str:
    site = desk_of(request)
    return site.name if site else ""


def _book_url(request: HttpRequest, here: str) -> str:
    """Where booking begins: on a patient's page with what is due for them; it comes back to the page it began on."""
    if here in BOOKING or request.method != "GET":
        return reverse("book")
    target = urlencode({"next": request.get_full_path()})
    match = request.resolver_match
    if here == "patient" and match:
        return f"{reverse('book_patient', kwargs=match.kwargs)}?{target}"
    return f"{reverse('book')}?{target}"
