import pytest
from django.template import Context, Template, TemplateSyntaxError


def rendered(source: str, **context: object) -> str:
    return Template("{% load cadenza %}" + source).render(Context(context))


def test_an_icon_is_drawn_inline_and_hidden_from_readers() -> None:
    html = rendered('{% icon "search" %}')
    assert html.startswith('<svg class="icon"')
    assert 'aria-hidden="true"' in html
    assert "<path" in html


def test_an_icon_that_was_not_copied_is_named_with_what_to_do() -> None:
    with pytest.raises(TemplateSyntaxError, match=r'no icon "unicorn".*make build'):
        rendered("{% icon name %}", name="unicorn")


def test_a_state_pill_escapes_its_word() -> None:
    html = rendered("{% state 'booked' label %}", label="<b>booked</b>")
    assert html == '<span class="state is-booked">&lt;b&gt;booked&lt;/b&gt;</span>'
