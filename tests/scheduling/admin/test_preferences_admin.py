"""What suits a patient, typed in the administration: nothing is kept that the desk's pages could not read."""

import pytest

from scheduling.models import BookingPreference

pytestmark = pytest.mark.django_db
ADDRESS = "/admin/scheduling/bookingpreference/add/"


@pytest.mark.parametrize("days", ["[9]", "7", '["x"]', '{"0": 1}', "null", "[[1]]", "[-1]", "[1", "\x00"])
def test_days_that_are_no_weekdays_are_refused_beside_the_field(admin, patient, days):
    answer = admin.post(ADDRESS, {"patient": patient.pk, "weekdays": days})
    assert answer.status_code == 200
    assert answer.context["adminform"].form.errors.keys() == {"weekdays"}


def test_hours_that_end_before_they_start_are_refused_beside_the_field(admin, patient):
    typed = {"patient": patient.pk, "weekdays": "[]", "from_time": "18:00", "until_time": "09:00"}
    assert admin.post(ADDRESS, typed).context["adminform"].form.errors.keys() == {"until_time"}


def test_a_list_of_days_is_kept(admin, patient):
    assert admin.post(ADDRESS, {"patient": patient.pk, "weekdays": "[0, 6]"}).status_code == 302
    assert BookingPreference.objects.get(patient=patient).weekdays == [0, 6]
