"""Coming in: sign-in, lock-out, no sign-up, and the admin behind the same door."""

import pytest
from django.urls import reverse
from django.utils import timezone

from scheduling.models import Protocol
from scheduling.services.protocols import approve_protocol

pytestmark = pytest.mark.django_db

PASSWORD = "a-long-password-1"


def sign_in(client, password):
    return client.post(reverse("account_login"), {"login": "ferri", "password": password})


def test_the_right_password_leads_to_the_day(client, reception_user):
    response = sign_in(client, PASSWORD)
    assert response.status_code == 302
    assert client.get(response.url, follow=True).redirect_chain[-1][0] == reverse("today")


def test_no_sentence_stands_above_the_day_of_who_has_just_signed_in(client, reception_user):
    page = client.get(sign_in(client, PASSWORD).url, follow=True)
    assert list(page.context["messages"]) == []


def test_a_wrong_password_is_answered_beside_the_form_and_keeps_the_user_name(client, reception_user):
    response = sign_in(client, "wrong")
    assert response.status_code == 200
    assert b'value="ferri"' in response.content


def test_after_eight_wrong_passwords_even_the_right_one_is_locked_out(client, reception_user):
    for _attempt in range(8):
        sign_in(client, "wrong")
    response = sign_in(client, PASSWORD)
    assert response.status_code in (403, 429)
    assert client.get(reverse("today")).status_code == 302


def test_nobody_signs_up_by_themselves(client):
    response = client.post(
        reverse("account_signup"), {"username": "intruder", "password1": PASSWORD, "password2": PASSWORD}
    )
    assert response.status_code == 200
    assert "_auth_user_id" not in client.session


def test_the_admin_sends_strangers_to_the_same_sign_in_page(client):
    response = client.get(reverse("admin:index"), follow=True)
    assert response.redirect_chain[-1][0].startswith(reverse("account_login"))


def test_an_administrator_starts_in_the_admin_once_the_clinic_can_book(
    client, administrator_user, practitioner, room, doctor_user
):
    client.force_login(administrator_user)
    assert client.get(reverse("home")).url == reverse("today")
    approve_protocol(protocol=Protocol.objects.first(), by=doctor_user, now=timezone.now())
    assert client.get(reverse("home")).url == reverse("admin:index")
