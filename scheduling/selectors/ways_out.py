"""A cycle that fits nowhere, in words: which sitting, why, and what could be tried."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.formats import date_format, time_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from scheduling.engine.pins import Pin
from scheduling.engine.terms import Blocked, OpenedHours, Preference, Reason, WayOut, WayOutKind
from scheduling.models import Sitting
from scheduling.selectors.cycles import Wishes
from scheduling.selectors.extra_hours import opening_words, text_of
from scheduling.selectors.local_time import clock
from scheduling.selectors.proposals import Setting

REASONS: Mapping[Reason, Promise | str] = {
    Reason.PAST: gettext_lazy("Its window is over."),
    Reason.TEST: gettext_lazy("The sensitivity test cannot be read before its window is over."),
    Reason.APART: gettext_lazy("A sitting of another plan on the same area is too close."),
    Reason.THERAPY: gettext_lazy("A complementary therapy of the patient is too close."),
    Reason.HOURS: gettext_lazy("Nobody who is trained for it works long enough on these days."),
    Reason.AWAY: gettext_lazy("Everybody who could treat is away, or the clinic is closed."),
    Reason.PATIENT: gettext_lazy("The patient is not available, or has another appointment, whenever somebody works."),
    Reason.FULL: gettext_lazy("Everybody who could treat is fully booked."),
    Reason.ROOM: gettext_lazy("No room is free when a practitioner is."),
    Reason.EQUIPMENT: gettext_lazy("The equipment is not free when a practitioner and a room are."),
    Reason.RHYTHM: gettext_lazy("The sittings before and after it leave no day for it."),
}

# The same, said of those whom the desk has asked for.
REASONS_OF_FEW: Mapping[Reason, Promise | str] = {
    **REASONS,
    Reason.HOURS: gettext_lazy("Nobody who was asked for works long enough on these days."),
    Reason.AWAY: gettext_lazy("Everybody who was asked for is away, or the clinic is closed."),
    Reason.FULL: gettext_lazy("Everybody who was asked for is fully booked."),
}

# And of the one who was.
REASONS_OF_ONE: Mapping[Reason, Promise | str] = {
    **REASONS,
    Reason.HOURS: gettext_lazy("%(name)s, the only one asked for, does not work long enough on these days."),
    Reason.AWAY: gettext_lazy("%(name)s, the only one asked for, is away, or the clinic is closed."),
    Reason.FULL: gettext_lazy("%(name)s, the only one asked for, is fully booked."),
}


@dataclass(frozen=True, slots=True)
class Way:
    """Something to try: words, the address that tries it, what then happens, and what the whole cycle then costs."""

    label: str
    url: str
    then: str = ""
    price: str = ""


@dataclass(frozen=True, slots=True)
class Chip:
    """Something already granted, and the address without it."""

    label: str
    url: str


@dataclass(frozen=True, slots=True)
class Obstacle:
    """The sitting that cannot be placed: its local dates, the reason, and the ways out.

    `alone` is the address that looks for it alone, `leave_out` the one that books the others without it, if any.
    """

    number: int
    phase: str
    earliest: date
    latest: date
    reason: str
    ways: tuple[Way, ...]
    alone: str
    leave_out: str


def query_of(wishes: Wishes, show: str = "", back: str = "") -> str:
    """The wishes as the query of an address, as WishesForm reads it, with the page to go back to once it is booked."""
    preference = wishes.preference or Preference()
    pairs: list[tuple[str, object]] = [("asked", 1)]
    pairs += [("weekdays", day) for day in sorted(preference.weekdays)]
    for name, minute in (("from_time", preference.from_minute), ("until_time", preference.until_minute)):
        if minute is not None:
            pairs.append((name, f"{clock(minute):%H:%M}"))
    if preference.practitioner:
        pairs.append(("practitioner", preference.practitioner))
    if wishes.only:
        pairs.append(("only", 1))
    pairs += hidden_of(wishes)
    if show:
        pairs.append(("show", show))
    if back:
        pairs.append(("next", back))
    return urlencode(pairs)


def hidden_of(wishes: Wishes) -> list[tuple[str, object]]:
    """What the address carries besides the fields that can be seen, as names and values."""
    pairs: list[tuple[str, object]] = [("also", practitioner) for practitioner in wishes.also]
    pairs += [("open", text_of(opened)) for opened in wishes.opened]
    pairs += [("widen", f"{number}:{days}") for number, days in wishes.widen]
    if wishes.later:
        pairs.append(("later", wishes.later))
    pairs += [("pin", pin_text(pin)) for pin in wishes.pins]
    return pairs + [("leave", number) for number in sorted(wishes.leave)]


def pin_text(pin: Pin) -> str:
    """A slot chosen by hand, as WishesForm reads it: 3:2026-12-01:09:30:4."""
    return f"{pin.number}:{pin.day.isoformat()}:{clock(pin.start):%H:%M}:{pin.practitioner}"


def obstacle_of(setting: Setting, blocked: Blocked, wishes: Wishes, today: date) -> Obstacle:
    """Why the cycle cannot be booked, with each way out as an address that tries it at once."""
    sitting = next(sitting for sitting in setting.sittings if sitting.number == blocked.number)
    ways = [_way(setting, way, blocked.number, wishes) for way in blocked.ways_out]
    if not setting.begun and blocked.latest < today:
        ways.append(_start_now(setting, sitting, wishes, today))
    return Obstacle(
        number=blocked.number,
        phase=sitting.phase.get_purpose_display(),
        earliest=blocked.earliest,
        latest=blocked.latest,
        reason=_reason_words(setting, blocked, wishes),
        ways=tuple(ways),
        alone=_alone(setting, sitting),
        leave_out=_leave_out(setting, blocked.number, wishes) if len(setting.due_numbers - wishes.leave) > 1 else "",
    )


def _alone(setting: Setting, sitting: Sitting) -> str:
    page = reverse("book_sitting", args=[sitting.pk])
    return f"{page}?{urlencode({'next': setting.back})}" if setting.back else page


def _reason_words(setting: Setting, blocked: Blocked, wishes: Wishes) -> str:
    """Why, said of everybody or of those asked for; with the dates the patient left out when they take the window."""
    if blocked.reason is Reason.PATIENT:
        for first, last in setting.unavailable:
            if first <= blocked.earliest and blocked.latest <= last:
                words = {"first": date_format(first, "j b Y"), "last": date_format(last, "j b Y")}
                return _("The patient cannot come from %(first)s to %(last)s.") % words
    if wishes.admitted is None:
        return str(REASONS[blocked.reason])
    if len(wishes.admitted) > 1:
        return str(REASONS_OF_FEW[blocked.reason])
    (only,) = wishes.admitted
    return str(REASONS_OF_ONE[blocked.reason]) % {"name": setting.practitioners.get(only, "")}


def address(setting: Setting, wishes: Wishes, show: str = "") -> str:
    """The page of the plan's proposals with the wishes."""
    return f"{reverse('book_cycle', args=[setting.plan.pk])}?{query_of(wishes, show, setting.back)}"


def _way(setting: Setting, way: WayOut, number: int, wishes: Wishes) -> Way:
    if way.kind is WayOutKind.ASK_PATIENT:
        back = urlencode({"next": address(setting, wishes)})
        url = f"{reverse('preferences_patient', args=[setting.plan.patient_id])}?{back}"
    else:
        url = address(setting, _granting(wishes, way, number))
    return Way(_label(setting, way, number), url, then_words(setting.practitioners, way), price_words(way))


def _label(setting: Setting, way: WayOut, number: int) -> str:
    match way.kind:
        case WayOutKind.ASK_PATIENT:
            return ask_words()
        case WayOutKind.START_LATER:
            return _later_words(way.days)
        case WayOutKind.PRACTITIONER:
            return _also_words(setting, way.practitioner or 0)
        case WayOutKind.ANYONE:
            return _("With anyone who is trained for it")
        case WayOutKind.OPEN if way.opened:
            return _open_words(setting, way.opened)
    return widen_words(number, way.days)


def _granting(wishes: Wishes, way: WayOut, number: int) -> Wishes:
    match way.kind:
        case WayOutKind.START_LATER:
            return replace(wishes, later=wishes.later + way.days)
        case WayOutKind.PRACTITIONER:
            return replace(wishes, also=(*wishes.also, way.practitioner or 0))
        case WayOutKind.ANYONE:
            return replace(wishes, only=False, also=())
        case WayOutKind.OPEN if way.opened:
            return replace(wishes, opened=(*wishes.opened, way.opened))
    return replace(wishes, widen=(*wishes.widen, (number, way.days)))


def price_words(way: WayOut) -> str:
    """What the whole cycle then costs: 3 days of drift in all, ends 2 days late, 1 sitting off the patient's wishes."""
    price = way.price
    if price is None:
        return ""
    drift = ngettext("%(days)s day off the ideal dates in all", "%(days)s days off the ideal dates in all", price.drift)
    words = [drift % {"days": price.drift} if price.drift else _("every sitting on its ideal date")]
    if price.later > 0:
        ends = ngettext("ends %(days)s day later than planned", "ends %(days)s days later than planned", price.later)
        words.append(ends % {"days": price.later})
    if price.off_wishes:
        off = ngettext(
            "%(count)s sitting off the patient's days or hours",
            "%(count)s sittings off the patient's days or hours",
            price.off_wishes,
        )
        words.append(off % {"count": price.off_wishes})
    if way.kind is WayOutKind.OPEN:
        words.append(_("extra hours have to be opened"))
    return " · ".join(words)


def then_words(practitioners: Mapping[int, str], way: WayOut) -> str:
    """Where the sitting would go, and whether the rest of the cycle then fits as well."""
    if way.slot is None:
        return ""
    words = _("it goes to %(day)s, %(time)s, %(practitioner)s") % {
        "day": date_format(way.slot.day, "D j b Y"),
        "time": time_format(clock(way.slot.start)),
        "practitioner": practitioners.get(way.slot.practitioner, ""),
    }
    return words if way.completes else _("%(words)s; a later sitting is then still without a slot") % {"words": words}


def _start_now(setting: Setting, sitting: Sitting, wishes: Wishes, today: date) -> Way:
    """A plan that nobody booked in time: its first sitting from today on, the rest after it."""
    days = max((today - sitting.ideal).days, 1)
    return Way(_("Start from today"), address(setting, replace(wishes, later=days)), _later_words(days))


def _leave_out(setting: Setting, number: int, wishes: Wishes) -> str:
    pins = tuple(pin for pin in wishes.pins if pin.number != number)
    return address(setting, replace(wishes, pins=pins, leave=wishes.leave | {number}))


def _also_words(setting: Setting, practitioner: int) -> str:
    return _("Also with %(name)s") % {"name": setting.practitioners.get(practitioner, "")}


def _open_words(setting: Setting, opened: OpenedHours) -> str:
    return _("Open %(hours)s") % {"hours": opening_words(opened, setting.practitioners.get(opened.practitioner, ""))}


def _later_words(days: int) -> str:
    return ngettext("Start %(days)s day later", "Start %(days)s days later", days) % {"days": days}


def ask_words() -> str:
    return _("Ask the patient: without the dates left out it fits")


def widen_words(number: int, days: int) -> str:
    """A window by so many days wider, late, or early for negative ones."""
    if days > 0:
        text = ngettext(
            "Let sitting %(number)s be %(days)s more day late",
            "Let sitting %(number)s be %(days)s more days late",
            days,
        )
    else:
        text = ngettext(
            "Let sitting %(number)s be %(days)s more day early",
            "Let sitting %(number)s be %(days)s more days early",
            -days,
        )
    return text % {"number": number, "days": abs(days)}


def chips_of(setting: Setting, wishes: Wishes) -> list[Chip]:
    """What has been granted beyond the plan, each with the address that takes it back."""
    chips = []
    if wishes.later:
        chips.append(Chip(_later_words(wishes.later), address(setting, replace(wishes, later=0))))
    for practitioner in wishes.also:
        without_them = replace(wishes, also=tuple(each for each in wishes.also if each != practitioner))
        chips.append(Chip(_also_words(setting, practitioner), address(setting, without_them)))
    for opened in wishes.opened:
        fewer = replace(wishes, opened=tuple(each for each in wishes.opened if each != opened))
        chips.append(Chip(_open_words(setting, opened), address(setting, fewer)))
    for index, (number, days) in enumerate(wishes.widen):
        without = wishes.widen[:index] + wishes.widen[index + 1 :]
        chips.append(Chip(widen_words(number, days), address(setting, replace(wishes, widen=without))))
    return chips
