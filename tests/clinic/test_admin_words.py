"""The administration speaks the language of its user: columns, filters, roles, dates."""

from datetime import date

import pytest
from django.contrib import admin
from django.contrib.admin.utils import label_for_field
from django.urls import reverse
from django.utils import translation

from clinic.roles import Role
from tests.conftest import make_user

ALIKE = {"codice fiscale"}
OURS = [model for model in admin.site._registry if model._meta.app_label in ("clinic", "patients", "scheduling")]


@pytest.fixture
def italian(client, db):
    user = make_user("costa", Role.ADMINISTRATOR)
    user.is_staff, user.language = True, "it"
    user.save()
    client.force_login(user)
    return client


def labels(model: type, language: str) -> list[str]:
    with translation.override(language):
        own = admin.site._registry[model]
        columns = [name for name in own.list_display if name != "__str__"]
        fields = [field.name for field in model._meta.fields if field.name in own.list_filter]
        shown = [str(label_for_field(name, model, own)) for name in [*columns, *fields]]
        return [*shown, str(model._meta.verbose_name), str(model._meta.verbose_name_plural)]


@pytest.mark.parametrize("model", OURS, ids=lambda model: model.__name__)
def test_every_column_and_filter_has_an_italian_name(model):
    pairs = zip(labels(model, "en"), labels(model, "it"), strict=True)
    assert [english for english, italian in pairs if english == italian and english not in ALIKE] == []


def test_the_roles_are_named_as_people_name_them(italian):
    page = italian.get(reverse("admin:clinic_user_changelist")).content.decode()
    assert "Segreteria" in page
    assert ">reception<" not in page


def test_the_users_of_a_role_are_found_by_it(italian):
    make_user("ferri", Role.RECEPTION)
    page = italian.get(reverse("admin:clinic_user_changelist"), {"role": "reception"})
    assert [user.username for user in page.context["cl"].result_list] == ["ferri"]


def test_a_role_nobody_knows_finds_nobody(italian):
    page = italian.get(reverse("admin:clinic_user_changelist"), {"role": "garbage"})
    assert page.status_code == 200
    assert list(page.context["cl"].result_list) == []


@pytest.mark.parametrize("typed", ["04/03/2027", "2027-03-04", "4.3.2027"])
def test_a_date_is_asked_for_as_it_is_written_and_taken_in_other_ways_too(italian, practitioner, site, typed):
    address = reverse("admin:scheduling_extrahours_add")
    values = {"practitioner": practitioner.pk, "site": site.pk, "day": typed, "starts": "09:00", "ends": "13:00"}
    assert italian.post(address, values).status_code == 302
    row = practitioner.extra_hours.get()
    assert row.day == date(2027, 3, 4)
    shown = italian.get(reverse("admin:scheduling_extrahours_change", args=[row.pk])).content.decode()
    assert 'value="04/03/2027"' in shown
