"""Where the demo is not made."""

import pytest
from django.core.management import CommandError, call_command

from clinic.models import User
from patients.models import Patient

pytestmark = pytest.mark.django_db


def test_the_demo_refuses_a_database_that_holds_somebody_else(settings):
    settings.DEBUG = True
    User.objects.create_user("somebody")
    with pytest.raises(CommandError, match="other data"):
        call_command("demo")
    assert not Patient.objects.exists()


def test_the_demo_refuses_to_put_known_passwords_on_a_production_site(settings):
    settings.DEBUG = False
    with pytest.raises(CommandError, match="DEBUG"):
        call_command("demo")
    assert not User.objects.exists()
