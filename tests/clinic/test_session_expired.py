"""A session that ends while somebody types: nothing is saved, nothing typed is lost, nothing foreign is kept."""

import pytest
from django.test import Client

from clinic.views import session_expired
from patients.models import Patient

TYPED = {"surname": "Greco", "given_name": "Sofia", "birth_date": "1985-03-12", "sex": "F"}
OURS = "http://testserver"


def test_what_was_typed_comes_back_to_be_sent_again(db, client):
    answer = client.post("/patients/new/?next=/plans/new/", TYPED, headers={"Origin": OURS})
    assert answer.status_code == 403
    assert 'name="surname" value="Greco"' in answer.content.decode()
    assert 'action="/patients/new/?next=/plans/new/"' in answer.content.decode()
    assert not Patient.objects.exists()


def test_it_can_be_sent_again_once_signed_in(reception_user):
    client = Client(enforce_csrf_checks=True)
    client.force_login(reception_user)
    stale = client.post("/patients/new/", TYPED, headers={"Origin": OURS})
    assert stale.status_code == 403
    fields = {**TYPED, "csrfmiddlewaretoken": client.cookies["csrftoken"].value, "next": ""}
    assert client.post("/patients/new/", fields, headers={"Origin": OURS}).status_code == 302
    assert Patient.objects.get().surname == "Greco"


@pytest.mark.parametrize("headers", [{"Origin": "https://elsewhere.example"}, {"Origin": "null"}, {}])
def test_what_another_site_sent_is_not_kept(db, client, headers):
    answer = client.post("/patients/new/", TYPED, headers=headers)
    assert answer.status_code == 403
    assert "Greco" not in answer.content.decode()


def test_a_password_is_never_kept(rf):
    request = rf.post(
        "/account/password/change/", {"oldpassword": "secret-1", "note": "Greco"}, headers={"Origin": OURS}
    )
    answer = session_expired(request)
    assert "secret-1" not in answer.content.decode()
    assert "Greco" not in answer.content.decode()


def test_a_fragment_that_refreshes_itself_sends_the_page_to_sign_in(db, client):
    answer = client.get("/today/", headers={"HX-Request": "true"})
    assert answer.headers["HX-Refresh"] == "true"
    assert client.get("/today/").url == "/account/login/?next=/today/"


def test_a_fragment_asked_for_by_post_says_the_session_ended(db, client):
    answer = client.post("/plans/preview/", headers={"HX-Request": "true", "Origin": OURS})
    assert answer.status_code == 403
    assert "<html" not in answer.content.decode()
    assert "still on this page" in answer.content.decode()


def test_it_is_said_among_the_messages_and_takes_the_place_of_nothing_on_the_page(db, client):
    answer = client.post("/plans/preview/", headers={"HX-Request": "true", "Origin": OURS})
    assert answer.headers["HX-Retarget"] == "#messages"
