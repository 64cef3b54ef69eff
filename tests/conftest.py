"""Fixtures shared by the database tests: one small clinic, one person per role."""

import os
from datetime import date, time

import pytest
from django.conf import settings
from django.contrib.auth.models import Group
from django.test import Client

from clinic.models import User
from clinic.roles import Role
from patients.models import Patient
from scheduling.models import OpeningHours, Practitioner, Room, Site, WorkingHours

PASSWORD = "a-long-password-1"


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix, tmp_path_factory):
    """On SQLite the test database is a file: a browser's server and racing processes open it for themselves."""
    default = settings.DATABASES["default"]
    if default["ENGINE"] == "django.db.backends.sqlite3":
        default["TEST"]["NAME"] = str(tmp_path_factory.mktemp("database") / "test.sqlite3")
        options = default["OPTIONS"]
        options["init_command"] = options["init_command"].replace("FULL", "OFF")  # need not survive a power cut


def pytest_configure():
    """People are made by the hundred here: their passwords need no defence."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def make_user(username: str, *roles: Role) -> User:
    user = User.objects.create_user(username, password=PASSWORD, first_name=username.title())
    for role in roles:
        group, _created = Group.objects.get_or_create(name=role.value)
        user.groups.add(group)
    return user


def make_practitioner(name: str, site: Site, user: User | None = None) -> Practitioner:
    """A practitioner who works Monday to Friday, 9:00 to 18:00, from 2020 on."""
    user = user or make_user(name.lower().replace(" ", "-"), Role.DOCTOR)
    practitioner = Practitioner.objects.create(user=user, name=name)
    practitioner.sites.add(site)
    for weekday in range(5):
        WorkingHours.objects.create(
            practitioner=practitioner,
            site=site,
            weekday=weekday,
            starts=time(9),
            ends=time(18),
            valid_from=date(2020, 1, 1),
        )
    return practitioner


@pytest.fixture
def site(db) -> Site:
    site = Site.objects.create(name="Studio Prati", public_holidays=True, province="RM")
    for weekday in range(6):
        OpeningHours.objects.create(site=site, weekday=weekday, starts=time(8), ends=time(20))
    return site


@pytest.fixture
def doctor_user(db) -> User:
    return make_user("bianchi", Role.DOCTOR)


@pytest.fixture
def reception_user(db) -> User:
    return make_user("ferri", Role.RECEPTION)


@pytest.fixture
def desk(client: Client, reception_user: User) -> Client:
    """The browser in which reception has signed in."""
    client.force_login(reception_user)
    return client


@pytest.fixture
def reception(desk: Client) -> Client:
    """The same, where a test speaks of who presses."""
    return desk


@pytest.fixture
def administrator_user(db) -> User:
    user = make_user("admin", Role.ADMINISTRATOR)
    user.is_staff = user.is_superuser = True
    user.save()
    return user


@pytest.fixture
def practitioner(site, doctor_user) -> Practitioner:
    return make_practitioner("Dr Bianchi", site, doctor_user)


@pytest.fixture
def room(site) -> Room:
    return Room.objects.create(site=site, name="Room 1", cleaning_minutes=5)


@pytest.fixture
def patient(db) -> Patient:
    return Patient.objects.create(surname="Greco", given_name="Sofia", birth_date=date(1985, 3, 12), sex="F")


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """In CI nothing may be skipped: a skip there is a missing install step, so it fails."""
    outcome = yield
    report = outcome.get_result()
    if report.skipped and os.environ.get("CI") == "true" and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"Skipped in CI: {report.longrepr}"
