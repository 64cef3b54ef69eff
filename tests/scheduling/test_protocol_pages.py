"""The protocols' pages: what is shown, to whom, and how a doctor approves."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from scheduling.models import AftercareLine, Protocol
from scheduling.services.protocols import content_digest, make_version

pytestmark = pytest.mark.django_db


@pytest.fixture
def protocol() -> Protocol:
    return Protocol.objects.get(key="cellulite-three-phase")


def signed_in(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def page(user, protocol: Protocol) -> str:
    return " ".join(signed_in(user).get(reverse("protocol", args=[protocol.pk])).content.decode().split())


def approve(user, protocol: Protocol, **data):
    return signed_in(user).post(
        reverse("protocol_approve", args=[protocol.pk]), {"seen": content_digest(protocol), **data}
    )


@pytest.mark.parametrize("who", ["doctor_user", "reception_user", "administrator_user"])
def test_every_role_may_read_the_protocols(who, request, protocol):
    client = signed_in(request.getfixturevalue(who))
    assert client.get(reverse("protocols")).status_code == 200
    assert client.get(reverse("protocol", args=[protocol.pk])).status_code == 200


def test_nobody_reads_them_without_signing_in(protocol):
    for url in (reverse("protocols"), reverse("protocol", args=[protocol.pk])):
        assert Client().get(url).status_code == 302


def test_the_list_names_each_protocol_with_the_title_of_its_source(reception_user):
    text = signed_in(reception_user).get(reverse("protocols")).content.decode()
    for protocol in Protocol.objects.all():
        assert protocol.name_en in text
        assert protocol.source_title in text
        assert protocol.source not in text


def test_a_retired_version_is_not_listed(reception_user, protocol):
    Protocol.objects.exclude(pk=protocol.pk).update(retired=True)
    text = signed_in(reception_user).get(reverse("protocols")).content.decode()
    assert text.count('scope="row"') == 1


def test_an_empty_list_says_what_to_do(reception_user):
    Protocol.objects.all().delete()
    assert "No protocol yet" in signed_in(reception_user).get(reverse("protocols")).content.decode()


def test_the_page_shows_each_figure_with_its_source(reception_user, protocol):
    text = page(reception_user, protocol)
    assert '<strong>every 15 days</strong> <span class="muted small">source 003</span>' in text
    assert f'{protocol.source_title} <span class="muted">(source 003)</span>' in text


def test_a_figure_from_elsewhere_names_its_source_in_full(reception_user, protocol):
    own = make_version(protocol=protocol)
    own.phases.filter(position=2).update(sources={"count": "clinic", "cadence": "001_56478e16b35eaa46.txt"})
    text = page(reception_user, own)
    assert '<strong>10</strong> <span class="muted small">this clinic&#x27;s own</span>' in text
    assert "aesthetic surgery information page</span>" in text


def test_the_page_says_where_the_source_is_silent(reception_user):
    silent = Protocol.objects.get(key="repeated-cycle")
    text = page(reception_user, silent)
    assert text.count("the doctor fills it in for each plan") == 4
    assert "<strong>" not in text.split('class="facts"')[1].split("</section>")[0]


def test_a_choice_of_cadences_is_shown_as_one(reception_user):
    text = page(reception_user, Protocol.objects.get(key="stabilised-cycle"))
    assert "every 14 days or every month" in text


def test_the_tolerance_no_source_gives_is_called_the_products_own(reception_user, protocol):
    assert "plans start from 5 early, 7 late, this product&#x27;s own" in page(reception_user, protocol)


def test_the_page_says_that_sources_are_no_guidelines(reception_user, protocol):
    assert "information pages, not guidelines" in page(reception_user, protocol)


def test_the_line_on_massage_stands_beside_the_source_that_disagrees(reception_user, protocol):
    text = page(reception_user, protocol)
    assert text.count("Another source disagrees:") == 1
    assert "no massage, pressure therapy or ultrasound" in text
    assert "Mesotherapy, Studio Medico Bartoletti, Rome" in text


def test_the_page_speaks_italian_to_who_chose_it(reception_user, protocol):
    reception_user.language = "it"
    reception_user.save()
    assert "Bere molta acqua dopo ogni seduta." in page(reception_user, protocol)


def test_a_protocol_that_does_not_exist_is_not_found(reception_user):
    assert signed_in(reception_user).get(reverse("protocol", args=[10**9])).status_code == 404


def test_a_doctor_approves_and_the_page_says_who_and_when(doctor_user, protocol):
    response = approve(doctor_user, protocol)
    assert response.status_code == 302
    protocol.refresh_from_db()
    assert protocol.approved_by == doctor_user
    assert "Approved by Bianchi on" in page(doctor_user, protocol)


@pytest.mark.parametrize("who", ["reception_user", "administrator_user"])
def test_only_a_doctor_approves(who, request, protocol):
    user = request.getfixturevalue(who)
    assert "Approve this version" not in page(user, protocol)
    assert approve(user, protocol).status_code == 403
    protocol.refresh_from_db()
    assert protocol.approved_at is None


def test_an_approved_version_offers_no_approval(doctor_user, protocol):
    assert "Approve this version" in page(doctor_user, protocol)
    approve(doctor_user, protocol)
    assert "Approve this version" not in page(doctor_user, protocol)


def test_approving_twice_is_refused_with_a_sentence(doctor_user, protocol):
    approve(doctor_user, protocol)
    response = approve(doctor_user, protocol)
    assert response.status_code == 422
    assert "approved already" in response.content.decode()


def test_a_version_that_changed_since_it_was_read_is_shown_anew(doctor_user, protocol):
    own = make_version(protocol=protocol)
    response = approve(doctor_user, own, seen="0" * 64)
    assert response.status_code == 409
    assert "read it again" in response.content.decode()
    own.refresh_from_db()
    assert own.approved_at is None


@pytest.mark.parametrize("seen", ["", "x" * 10_000, "\x00"])
def test_a_forged_approval_is_a_message_never_a_crash(doctor_user, protocol, seen):
    assert approve(doctor_user, protocol, seen=seen).status_code == 422


def test_lines_that_disagree_are_both_shown_and_one_must_be_chosen(doctor_user, protocol):
    own = make_version(protocol=protocol)
    against = AftercareLine.objects.create(
        protocol=own, position=6, text_en="No massage.", text_it="Niente massaggi.", source="clinic", topic="massage"
    )
    assert "which one will patients be given?" in page(doctor_user, own)
    assert approve(doctor_user, own).status_code == 422
    assert approve(doctor_user, own, advice_massage=10**9).status_code == 422
    assert approve(doctor_user, own, advice_massage=against.pk).status_code == 302
    assert list(own.aftercare.filter(topic="massage")) == [against]


def test_the_list_asks_the_same_number_of_questions_for_1_and_50_versions(
    reception_user, protocol, django_assert_num_queries
):
    client = signed_in(reception_user)
    url = reverse("protocols")
    Protocol.objects.exclude(pk=protocol.pk).delete()
    with CaptureQueriesContext(connection) as alone:
        client.get(url)
    for _ in range(49):
        make_version(protocol=protocol)
    with django_assert_num_queries(len(alone)):
        client.get(url)
