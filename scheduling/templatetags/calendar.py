"""The lines of the calendar's list. Written here and not in a template: a week has hundreds, each must cost little."""

from collections.abc import Iterable
from html import escape

from django import template
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from scheduling.selectors.calendar_terms import Entry

register = template.Library()


@register.simple_tag
def entries(of: Iterable[Entry], root: str, back: str) -> SafeString:
    """The appointments of a group with their acts; `root` is the address of appointments, `back` leads to this page.

    Each text is escaped where it is written: `format_html` would look at every number and class as well.
    """
    move, cancel = escape(_("Move")), escape(_("Cancel"))
    back = escape(back)
    return mark_safe("".join(_entry(entry, root, back, move, cancel) for entry in of))  # noqa: S308 - texts are escaped


def _entry(entry: Entry, root: str, back: str, move: str, cancel: str) -> str:
    own = f"{root}{entry.pk}/"
    acts = [_act(entry, f"{own}put/?next={back}", move)] if entry.movable else []
    acts += [_act(entry, f"{own}cancel/", cancel)] if entry.cancellable else []
    return (
        f'<li><time>{entry.time}</time> <div class="who"><a class="fw-semibold" href="{own}" id="e{entry.pk}">'
        f'{escape(entry.patient)}</a> <span class="state is-{entry.css}">{escape(entry.word)}</span> '
        f"<small>{escape(entry.detail)} · {escape(entry.where)}</small></div> "
        f'<div class="acts no-print">{" ".join(acts)}</div></li>'
    )


def _act(entry: Entry, address: str, label: str) -> str:
    return f'<a class="btn btn-sm btn-quiet" href="{address}" aria-describedby="e{entry.pk}">{label}</a>'
