"""The pages for trouble: what somebody sees when nothing could be answered or saved."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import InterfaceError, OperationalError, connection
from django.template.loader import render_to_string
from django.utils import translation


@pytest.mark.parametrize("page", ["500.html", "503.html"])
def test_the_pages_for_trouble_need_neither_context_nor_database(page: str) -> None:
    html = render_to_string(page)
    assert "<h1>" in html
    assert "</html>" in html


@pytest.mark.parametrize("language", ["en", "it"])
def test_a_page_for_trouble_says_its_language(language: str) -> None:
    with translation.override(language):
        assert f'<html lang="{language}">' in render_to_string("503.html")


@pytest.mark.parametrize("page", ["403.html", "403_csrf.html", "404.html", "409.html"])
def test_somebody_not_signed_in_sees_an_error_page_without_the_rail(page: str) -> None:
    html = render_to_string(page, {"user": AnonymousUser()})
    assert "<h1>" in html
    assert "rail" not in html


@pytest.mark.parametrize(
    "trouble", [OperationalError("database is locked"), InterfaceError("connection already closed")]
)
@pytest.mark.parametrize(("language", "words"), [("en", "not saved"), ("it", "salvato")])
def test_a_database_that_does_not_answer_is_told_in_ones_language(client, reception_user, trouble, language, words):
    """Also when it is the session, read before any page, that cannot be had."""

    def fail(*args):
        raise trouble

    client.force_login(reception_user)
    with connection.execute_wrapper(fail):
        answer = client.get("/patients/", headers={"Accept-Language": language})
    assert answer.status_code == 503
    assert words in answer.content.decode().casefold()
