"""The pages that belong to no app."""

import pytest
from django.db import connection
from django.urls import reverse

from scheduling import guard

pytestmark = pytest.mark.django_db


def choose(client, **choice):
    return client.post(reverse("preferences"), {**choice, "next": reverse("patients")})


def test_the_language_a_user_chose_holds_for_the_next_pages(client, reception_user):
    client.force_login(reception_user)
    assert choose(client, language="it").url == reverse("patients")
    response = client.get(reverse("patients"))
    assert response.headers["Content-Language"] == "it"
    assert b'lang="it"' in response.content


def test_choosing_a_theme_leaves_the_language(client, reception_user):
    client.force_login(reception_user)
    choose(client, language="it")
    choose(client, theme="dark")
    reception_user.refresh_from_db()
    assert (reception_user.language, reception_user.theme) == ("it", "dark")


@pytest.mark.parametrize(
    "choice", [{"language": "xx"}, {"theme": "pink"}, {"theme": "\x00"}, {"language": "e" * 10_000}]
)
def test_a_choice_that_does_not_exist_changes_nothing(client, reception_user, choice):
    client.force_login(reception_user)
    assert choose(client, **choice).status_code == 302
    reception_user.refresh_from_db()
    assert (reception_user.language, reception_user.theme) == ("", "auto")


@pytest.mark.parametrize("address", ["https://elsewhere.example/", "//elsewhere.example/", "24:00", "plan", "no way"])
def test_the_way_back_never_leads_to_another_site(client, reception_user, address):
    client.force_login(reception_user)
    response = client.post(reverse("preferences"), {"theme": "dark", "next": address})
    assert response.url == reverse("home")


def test_health_answers_without_a_login_when_every_rule_stands(client):
    response = client.get(reverse("health"))
    assert response.status_code == 200
    assert response.json() == {"database": "ok", "missing_rules": []}


def test_health_names_a_rule_that_is_missing(client):
    drop = (
        f"ALTER TABLE {guard.TABLE} DROP CONSTRAINT room_booked_twice"
        if connection.vendor == "postgresql"
        else "DROP TRIGGER room_booked_twice_insert"
    )
    with connection.cursor() as cursor:
        cursor.execute(drop)
    response = client.get(reverse("health"))
    assert response.status_code == 503
    assert [name.removesuffix("_insert") for name in response.json()["missing_rules"]] == ["room_booked_twice"]
    guard.install()


def test_a_stale_form_token_is_explained(reception_user):
    from django.test import Client

    client = Client(enforce_csrf_checks=True)
    client.force_login(reception_user)
    response = client.post(reverse("preferences"), {"theme": "dark"})
    assert response.status_code == 403
    assert b"too old" in response.content


def test_a_superuser_in_no_group_is_told_where_a_role_is_given(client, django_user_model):
    client.force_login(django_user_model.objects.create_superuser("root", password="cadenza-root"))
    response = client.get(reverse("calendar"))
    assert response.status_code == 403
    assert "This account has no role in the clinic." in response.content.decode()


def test_whose_role_does_not_open_a_page_is_told_so(client, administrator_user):
    client.force_login(administrator_user)
    assert "Your role does not open this page." in client.get(reverse("calendar")).content.decode()
