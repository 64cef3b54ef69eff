"""The cards of the day board. Written here and not in a template: a board has hundreds, and each must cost little."""

from collections.abc import Iterable, Iterator
from html import escape

from django import template
from django.utils.safestring import SafeString, mark_safe

from scheduling.selectors.board_cards import Act, Card

register = template.Library()
# The key of each step: on the board while its card has the focus, and on the appointment's own page.
PRESS = {"arrive": "a", "start": "s", "complete": "f", "no-show": "x"}


@register.filter
def press(verb: str) -> str:
    """The key of a step."""
    return PRESS[verb]


@register.simple_tag
def cards(lane_cards: Iterable[Card], root: str, tracks: bool) -> SafeString:
    """The cards of a lane; `root` is the address of appointments, `tracks` whether the buttons are shown.

    Each text is escaped where it is written: `format_html` would look at every number and class as well.
    """
    return mark_safe("".join(_card(card, root, tracks) for card in lane_cards))  # noqa: S308 - texts are escaped


def _card(card: Card, root: str, tracks: bool) -> str:
    acts = "".join(_acts(card, root)) if tracks else ""
    return (
        f'<li class="slot {card.css}" id="a{card.pk}" data-keys><a href="{root}{card.pk}/"><b>{escape(card.name)}</b> '
        f"<i>{escape(card.word)}</i> <small><time>{card.time}</time><span>{escape(card.detail)}</span></small></a>"
        f"{acts}</li>"
    )


def _acts(card: Card, root: str) -> Iterator[str]:
    if card.move:
        label = escape(card.move.label)
        yield f'<a class="act move" href="{root}{card.pk}/move/" aria-describedby="a{card.pk}" data-key="m">{label}</a>'
    if card.missed:
        yield _act(card, card.missed, root, "act miss", "miss")
    if card.act:
        yield _act(card, card.act, root, "act", "act")


def _act(card: Card, act: Act, root: str, css: str, key: str) -> str:
    label, address = escape(act.label), f"{root}{card.pk}/{act.verb}/"
    return (
        f'<button type="submit" class="{css}" id="{key}{card.pk}" name="version" value="{card.version}" '
        f'formaction="{address}" hx-post="{address}" hx-target="#day" hx-swap="outerMorph" '
        f'aria-describedby="a{card.pk}" title="{label}" data-key="{PRESS[act.verb]}"><span>{label}</span></button>'
    )
