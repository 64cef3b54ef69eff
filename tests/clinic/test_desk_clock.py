"""Days and times are those of the desk's site on every page, wherever the clinic's server stands."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone
from time_machine import travel

from scheduling.models import FreedSlot, Site, TreatmentPlan
from scheduling.services.batches import make_batch
from scheduling.services.tracking import cancel_appointment
from scheduling.services.waiting import offer_slot
from scheduling.services.wishes import Wanted, add_wish
from tests.pages import words
from tests.scheduling.booking_data import MONDAY, make_patient, make_plan, occupy

pytestmark = pytest.mark.django_db

# Monday has begun in Rome; at the site it is still Sunday evening, nine o'clock.
NIGHT = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _late_evening():
    with travel(NIGHT, tick=False):
        yield


@pytest.fixture
def overseas(site) -> Site:
    site.time_zone = "America/New_York"
    site.save()
    return site


def test_the_waiting_list_tells_the_sites_time(overseas, desk, practitioner, room, doctor_user, reception_user) -> None:
    begins = datetime(2026, 11, 25, 15, 0, tzinfo=UTC)  # ten in the morning there
    taken = occupy(practitioner, room, begins, 20, reception_user)
    cancel_appointment(appointment=taken, reason="patient", by=reception_user, now=NIGHT)
    plan = make_plan(make_patient("Riva"), overseas, doctor_user, counts=[3], practitioner=practitioner)
    wish = add_wish(sitting=plan.sittings.get(number=1), wanted=Wanted(MONDAY), by=reception_user, now=NIGHT)
    page = words(desk.get(reverse("waiting_list")))
    assert "Offer Wed 25 Nov, 10:00 to Riva" in page
    offer_slot(freed=FreedSlot.objects.get(), wish=wish, key=uuid4(), by=reception_user, now=NIGHT)
    page = words(desk.get(reverse("waiting_list")))
    assert "kept until 22:00 by Ferri" in page
    assert "22 Nov, 21:00" in page


def test_a_window_that_closes_counts_from_the_sites_day(overseas, desk, doctor_user, practitioner) -> None:
    plan = make_plan(make_patient("Riva"), overseas, doctor_user, counts=[3], practitioner=practitioner)
    plan.sittings.filter(number=1).update(latest=MONDAY - DAY + 7 * DAY)
    assert "closes in 7 days" in words(desk.get(reverse("to_book"), {"closing": "7"}))
    plan.sittings.filter(number=1).update(latest=MONDAY + 7 * DAY)
    assert "None of 1 plan" in words(desk.get(reverse("to_book"), {"closing": "7"}))


def test_a_batch_and_the_plans_to_review_tell_the_sites_time(overseas, client, doctor_user, practitioner) -> None:
    client.force_login(doctor_user)
    plan = make_plan(make_patient("Riva"), overseas, doctor_user, counts=[3], practitioner=practitioner)
    made = make_batch(plans=[plan], key=uuid4(), by=doctor_user, now=timezone.now())
    assert "Sun 22 Nov 2026, 21:00" in words(client.get(reverse("batch", args=[made.pk])))
    assert "Sun 22 Nov 2026, 21:00" in words(client.get(reverse("batches")))
    TreatmentPlan.objects.update(state="proposed", proposed_at=timezone.now())
    assert "22 Nov 2026, 21:00" in words(client.get(reverse("review")))


def test_the_board_is_of_the_sites_day(overseas, desk) -> None:
    page = words(desk.get(reverse("today")))
    assert "as of 21:00" in page
    assert "Sunday 22 November" in page


def test_the_clock_of_one_request_is_not_that_of_the_next(overseas, desk, client) -> None:
    desk.get(reverse("patients"))
    assert timezone.get_current_timezone_name() == "Europe/Rome"


def test_a_page_without_anybody_signed_in_needs_no_site(client) -> None:
    assert client.get(reverse("account_login")).status_code == 200
