"""Wishes that no proposal meets: they are soft, so the page says so and offers to drop them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from scheduling.engine.terms import Preference
from scheduling.selectors.cycles import Wishes
from scheduling.selectors.proposals import Card, Row, Setting
from scheduling.selectors.ways_out import address


@dataclass(frozen=True, slots=True)
class Unmet:
    """A wish that no sitting of any proposal meets, and the address without it."""

    words: str
    without: str
    url: str


def unmet_wishes(setting: Setting, cards: Sequence[Card], wishes: Wishes) -> list[Unmet]:
    """The wishes of days, hours and practitioner that not one sitting meets."""
    asked = wishes.preference or Preference()
    count = len(cards[0].rows)
    found = []
    if asked.weekdays and _none(cards, lambda row: row.day.weekday() in asked.weekdays):
        words = ngettext(
            "The sitting is not on the days asked for.",
            "None of the %(count)s sittings is on the days asked for.",
            count,
        )
        found.append((words, _("Without these days"), replace(asked, weekdays=frozenset())))
    if (asked.from_minute, asked.until_minute) != (None, None) and _none(cards, _within(setting, asked)):
        words = ngettext(
            "The sitting is not within the hours asked for.",
            "None of the %(count)s sittings is within the hours asked for.",
            count,
        )
        found.append((words, _("Without these hours"), replace(asked, from_minute=None, until_minute=None)))
    name = setting.practitioners.get(asked.practitioner or 0)
    if name and _none(cards, lambda row: row.practitioner == name):
        words = ngettext("The sitting is not with %(name)s.", "None of the %(count)s sittings is with %(name)s.", count)
        found.append((words, _("Without this practitioner"), replace(asked, practitioner=None)))
    return [
        Unmet(words % {"count": count, "name": name}, without, address(setting, replace(wishes, preference=fewer)))
        for words, without, fewer in found
    ]


def _none(cards: Sequence[Card], meets: Callable[[Row], bool]) -> bool:
    return not any(meets(row) for card in cards for row in card.rows)


def _within(setting: Setting, asked: Preference) -> Callable[[Row], bool]:
    def meets(row: Row) -> bool:
        starts = row.at.hour * 60 + row.at.minute
        late = asked.until_minute is not None and starts + setting.plan.minutes > asked.until_minute
        return not late and starts >= (asked.from_minute or 0)

    return meets
