"""The cards of the day board. Written here and not in a template: a board has hundreds, and each must cost little."""

from collections.abc import Iterable

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from scheduling.selectors.board import Act, Card

register = template.Library()
# The key of each step: on the board while its card has the focus, and on the appointment's own page.
PRESS = {"arrive": "a", "start": "s", "complete": "f", "no-show": "x"}

CARD = (
    '<li class="slot {css}" id="a{pk}" data-keys><a href="{root}{pk}/"><b>{name}</b> <i>{word}</i> '
    "<small><time>{time}</time><span>{detail}</span></small></a>{acts}</li>"
)
ACT = (
    '<button type="submit" class="act{css}" id="{key}{pk}" name="version" value="{version}" '
    'formaction="{root}{pk}/{verb}/" hx-post="{root}{pk}/{verb}/" hx-target="#day" hx-swap="outerMorph" '
    'aria-describedby="a{pk}" title="{label}" data-key="{press}"><span>{label}</span></button>'
)

MOVE = '<a class="act move" href="{root}{pk}/move/" aria-describedby="a{pk}" data-key="m">{label}</a>'


@register.filter
def press(verb: str) -> str:
    """The key of a step."""
    return PRESS[verb]


@register.simple_tag
def cards(lane_cards: Iterable[Card], root: str, tracks: bool) -> SafeString:
    """The cards of a lane; `root` is the address of appointments, `tracks` whether the buttons are shown."""
    return mark_safe("".join(_card(card, root, tracks) for card in lane_cards))  # noqa: S308 - parts are escaped


def _card(card: Card, root: str, tracks: bool) -> SafeString:
    missed = _act(card, card.missed, root, " miss", "miss") if tracks and card.missed else SafeString()
    act = _act(card, card.act, root, "", "act") if tracks and card.act else SafeString()
    move = SafeString()
    if tracks and card.move:
        move = format_html(MOVE, root=root, pk=card.pk, label=card.move.label)
    return format_html(
        CARD,
        css=card.css,
        pk=card.pk,
        root=root,
        name=card.name,
        word=card.word,
        time=card.time,
        detail=card.detail,
        acts=move + missed + act,
    )


def _act(card: Card, act: Act, root: str, css: str, key: str) -> SafeString:
    return format_html(
        ACT,
        css=css,
        key=key,
        pk=card.pk,
        version=card.version,
        root=root,
        verb=act.verb,
        label=act.label,
        press=PRESS[act.verb],
    )
