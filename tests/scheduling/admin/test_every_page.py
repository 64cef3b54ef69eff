"""Every page of the administration opens, asks a fixed number of questions and cannot be broken by its address."""

import pytest
from django.apps import apps
from django.contrib import admin as django_admin
from django.contrib.auth.models import Group
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from clinic.roles import Role
from tests.conftest import make_user
from tests.scheduling.admin.more_rows import multiply

pytestmark = pytest.mark.django_db

ADDRESSES = [
    "clinic/user",
    "patients/patient",
    "scheduling/absence",
    "scheduling/appointment",
    "scheduling/area",
    "scheduling/batch",
    "scheduling/bookingkey",
    "scheduling/bookingpreference",
    "scheduling/bookingweights",
    "scheduling/closure",
    "scheduling/cyclerepeat",
    "scheduling/donotcontact",
    "scheduling/earlierwish",
    "scheduling/equipment",
    "scheduling/extrahours",
    "scheduling/freedslot",
    "scheduling/move",
    "scheduling/popularhours",
    "scheduling/practitioner",
    "scheduling/protocol",
    "scheduling/rangedecision",
    "scheduling/recallattempt",
    "scheduling/reservation",
    "scheduling/room",
    "scheduling/site",
    "scheduling/sitting",
    "scheduling/skill",
    "scheduling/slotoffer",
    "scheduling/treatmentplan",
    "scheduling/unavailabledates",
    "scheduling/workinghours",
]
NOT_ADDED_HERE = {
    "scheduling/batch",
    "scheduling/bookingkey",
    "scheduling/move",
    "scheduling/cyclerepeat",
    "scheduling/donotcontact",
    "scheduling/earlierwish",
    "scheduling/freedslot",
    "scheduling/rangedecision",
    "scheduling/recallattempt",
    "scheduling/reservation",
    "scheduling/sitting",
    "scheduling/slotoffer",
    "scheduling/treatmentplan",
}
FORMS = [address for address in ADDRESSES if address not in NOT_ADDED_HERE]
WITH_HISTORY = [
    address
    for address in ADDRESSES
    if address.split("/")[1]
    not in {
        "user",
        "area",
        "batch",
        "bookingkey",
        "bookingpreference",
        "move",
        "freedslot",
        "rangedecision",
        "recallattempt",
        "reservation",
        "skill",
        "slotoffer",
        "unavailabledates",
    }
]


def test_every_model_of_the_clinic_is_in_the_administration():
    ours = {
        f"{model._meta.app_label}/{model._meta.model_name}"
        for model in django_admin.site._registry
        if model._meta.app_label in ("clinic", "patients", "scheduling")
    }
    assert ours == set(ADDRESSES)


@pytest.mark.parametrize("address", ADDRESSES)
def test_the_list_opens_and_can_be_searched(admin, one_of_each, address):
    assert admin.get(f"/admin/{address}/").status_code == 200
    assert admin.get(f"/admin/{address}/", {"q": "d'angelo <b>"}).status_code == 200


@pytest.mark.parametrize("address", FORMS)
def test_the_form_for_a_new_one_opens(admin, one_of_each, address):
    assert admin.get(f"/admin/{address}/add/").status_code == 200


@pytest.mark.parametrize("address", sorted(NOT_ADDED_HERE))
def test_what_a_service_makes_is_not_added_by_hand(admin, one_of_each, address):
    assert admin.get(f"/admin/{address}/add/").status_code == 403


@pytest.mark.parametrize("address", ADDRESSES)
def test_the_page_of_one_opens(admin, one_of_each, address):
    assert admin.get(f"/admin/{address}/{one_of_each[address]}/change/").status_code == 200


@pytest.mark.parametrize("address", WITH_HISTORY)
def test_the_history_of_one_opens_without_inline_style(admin, one_of_each, address):
    text = admin.get(f"/admin/{address}/{one_of_each[address]}/history/").content.decode()
    assert 'id="change-history"' in text or "have a change history" in text
    assert "style=" not in text


@pytest.mark.parametrize("address", WITH_HISTORY)
def test_what_was_can_be_read_but_never_written_again(admin, one_of_each, address):
    app, name = address.split("/")
    row = apps.get_model(app, name)._default_manager.get(pk=one_of_each[address])
    if row.history.count() == 0:
        row.save()
    record = row.history.first()
    url = f"/admin/{address}/{row.pk}/history/{record.pk}/"
    assert admin.get(url).status_code == 200
    assert admin.post(url, {"name": "x"}).status_code == 403


@pytest.mark.parametrize("address", FORMS)
def test_an_empty_form_is_a_page_with_messages(admin, one_of_each, address):
    assert admin.post(f"/admin/{address}/add/", {}).status_code == 200


BAD_QUERIES = [
    {"q": "\x00"},
    {"q": "x" * 10_000},
    {"p": "9" * 30},
    {"id__exact": "9" * 30},
    {"o": "99.-99.x"},
    {"starts__gte": "0001-01-01 00:00:00+00:00", "starts__lt": "9999-12-31 23:59:59+00:00"},
    {"ideal__gte": "0001-01-01"},
    {"start_date__gte": "9999-99-99"},
    {"approved_at__gte": "0001-01-01 00:00:00+00:00"},
    {"made_at__gte": "0001-01-01 00:00:00+00:00"},
    {"status__exact": "\x00"},
    {"birth_date__year": "0", "birth_date__month": "99"},
    {"birth_date__year": "9999"},
]


@pytest.mark.parametrize("address", ADDRESSES)
def test_an_address_typed_wrongly_is_no_crash(admin, one_of_each, address):
    for query in BAD_QUERIES:
        assert admin.get(f"/admin/{address}/", query, follow=True).status_code == 200, query


@pytest.mark.parametrize("address", ADDRESSES)
def test_what_does_not_exist_leads_back_to_the_start(admin, one_of_each, address):
    for key in ("0", "9" * 30, "x", "%00", "-1"):
        assert admin.get(f"/admin/{address}/{key}/change/", follow=True).status_code == 200, key


@pytest.mark.parametrize("address", WITH_HISTORY)
def test_a_history_that_does_not_exist_is_not_found(admin, one_of_each, address):
    for key in ("0", "9" * 30, "x", "%00", "-1"):
        assert admin.get(f"/admin/{address}/{key}/history/").status_code == 404, key
        assert admin.get(f"/admin/{address}/{one_of_each[address]}/history/{key}/").status_code == 404, key


@pytest.mark.parametrize("who", ["doctor_user", "reception_user"])
def test_the_other_roles_have_no_administration(who, request):
    client = Client()
    client.force_login(request.getfixturevalue(who))
    for address in ("scheduling/protocol", "scheduling/treatmentplan", "clinic/user"):
        assert client.get(f"/admin/{address}/").status_code == 302


def test_an_administrator_by_role_alone_opens_every_list(one_of_each):
    user = make_user("plain-admin", Role.ADMINISTRATOR)
    user.is_staff = True
    user.save()
    assert Group.objects.get(name="administrator").permissions.exists()
    client = Client()
    client.force_login(user)
    assert {client.get(f"/admin/{address}/").status_code for address in ADDRESSES} == {200}


# Filters list the rows of what they filter by, so the number of rows they offer must not matter either.
@pytest.mark.parametrize("address", ADDRESSES)
def test_a_list_asks_the_same_number_of_questions_for_1_and_50_rows(
    admin, one_of_each, address, django_assert_num_queries
):
    url = f"/admin/{address}/"
    admin.get(url)  # content types are read once
    with CaptureQueriesContext(connection) as few:
        admin.get(url)
    multiply(address, one_of_each[address])
    with django_assert_num_queries(len(few)):
        admin.get(url)
