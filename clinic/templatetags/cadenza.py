"""The few template tags of every page: icons and state pills."""

from functools import cache
from pathlib import Path

from django import template
from django.conf import settings
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

register = template.Library()
ICONS = Path(settings.BASE_DIR) / "static" / "build" / "icons"


@cache
def _drawing(name: str) -> SafeString:
    try:
        svg = (ICONS / f"{name}.svg").read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise template.TemplateSyntaxError(f'There is no icon "{name}" in static/build: run "make build".') from error
    drawing = svg[svg.index(">") + 1 : svg.rindex("</svg>")]
    return mark_safe(drawing)  # noqa: S308 - a file of our own build, not input


@register.simple_tag
def icon(name: str) -> SafeString:
    """The bootstrap-icons drawing `name` as inline SVG, hidden from readers: the word beside it speaks.

    The set-up copies every icon named in a template's tag, and every string in Python that is the name of an icon.
    """
    return format_html('<svg class="icon" viewBox="0 0 16 16" aria-hidden="true">{}</svg>', _drawing(name))


@register.simple_tag
def state(css: str, label: str) -> SafeString:
    """A state pill: `css` is the class without its "is-" (booked, arrived, due ...), `label` the translated word."""
    return format_html('<span class="state is-{}">{}</span>', css, label)
