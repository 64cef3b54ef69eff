"""What many tests of plans and appointments begin with: the moment at which they stand, and a plan to book."""

import pytest
from time_machine import travel

from scheduling.models import TreatmentPlan
from tests.scheduling.booking_data import MONDAY, NOW, at, make_plan


@pytest.fixture
def clock():
    """The clock stands on a Monday at seven, before the clinic opens, until a test moves it."""
    with travel(NOW, tick=False) as clock:
        yield clock


@pytest.fixture
def ten_past_ten():
    """The same Monday, while the clinic works."""
    with travel(at(MONDAY, 10, 10), tick=False):
        yield


@pytest.fixture
def plan(patient, site, practitioner, room, doctor_user) -> TreatmentPlan:
    """Four weekly sittings from Monday 23 November 2026."""
    return make_plan(patient, site, doctor_user, counts=[4], practitioner=practitioner)
