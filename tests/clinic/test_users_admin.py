"""Users and their roles in the administration."""

import pytest
from django.test import Client

from clinic.models import User
from clinic.roles import Role, roles_of
from tests.conftest import make_user
from tests.scheduling.admin.forms import errors, save

pytestmark = pytest.mark.django_db
ADD = "/admin/clinic/user/add/"
NEW = {
    "username": "galli",
    "password1": "a-long-password-1",
    "password2": "a-long-password-1",
    "usable_password": "true",
}


@pytest.fixture
def admin() -> Client:
    """Somebody with the role of administrator, and nothing more."""
    user = make_user("admin", Role.ADMINISTRATOR)
    user.is_staff = True
    user.save()
    client = Client()
    client.force_login(user)
    return client


def url(user: User) -> str:
    return f"/admin/clinic/user/{user.pk}/change/"


@pytest.mark.parametrize(
    ("roles", "staff"),
    [(["reception"], False), (["doctor"], False), (["administrator"], True), (["doctor", "administrator"], True)],
)
def test_a_new_user_has_the_roles_ticked_and_only_administrators_enter_here(admin, roles, staff):
    assert save(admin, ADD, **NEW, roles=roles).status_code == 302
    user = User.objects.get(username="galli")
    assert {role.value for role in roles_of(user)} == set(roles)
    assert user.is_staff is staff


def test_the_roles_of_a_user_are_shown_ticked_and_can_be_changed(admin):
    user = make_user("galli", Role.ADMINISTRATOR, Role.DOCTOR)
    assert admin.get(url(user)).context["adminform"].form.initial["roles"] == ["doctor", "administrator"]
    assert save(admin, url(user), roles=["doctor"]).status_code == 302
    user = User.objects.get(username="galli")
    assert roles_of(user) == {Role.DOCTOR}
    assert not user.is_staff


def test_saving_a_user_unchanged_keeps_the_roles(admin):
    user = make_user("galli", Role.RECEPTION)
    save(admin, url(user))
    assert roles_of(User.objects.get(username="galli")) == {Role.RECEPTION}


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"username": ""}, "This field is required."),
        ({"username": "admin"}, "already exists"),
        ({"username": "x" * 10_000}, "at most 150 characters"),
        ({"username": "a\x00"}, "Null characters are not allowed."),
        ({"roles": ["chief"]}, "Select a valid choice."),
        ({"password2": "another-password-1"}, "match"),
        ({"password1": "short", "password2": "short"}, "too short"),
    ],
)
def test_a_user_that_cannot_be_is_refused_beside_the_field(admin, changed, said):
    response = save(admin, ADD, **NEW | {"roles": ["doctor"]} | changed)
    assert response.status_code == 200
    assert said in errors(response)
    assert not User.objects.filter(username="galli").exists()


def test_an_administrator_makes_nobody_a_superuser(admin):
    user = make_user("galli", Role.RECEPTION)
    save(admin, url(user), is_superuser="on", is_staff="on", user_permissions=[1], roles=["reception"])
    user.refresh_from_db()
    assert not user.is_superuser
    assert not user.is_staff
    assert not user.user_permissions.exists()


def test_an_administrator_neither_sees_nor_changes_a_superuser(admin):
    root = User.objects.create_superuser("root", password="a-long-password-1")
    assert "root" not in admin.get("/admin/clinic/user/").content.decode()
    assert admin.get(url(root)).status_code == 302
    assert admin.post(f"/admin/clinic/user/{root.pk}/password/", {"password1": "x", "password2": "x"}).status_code in (
        302,
        404,
    )
    root.refresh_from_db()
    assert root.check_password("a-long-password-1")
