"""What the choice of slots weighs, edited on the page of its site: bounds, the way back to the defaults, history."""

from datetime import time

import pytest

from scheduling.models import BookingWeights, PopularHours, Site
from tests.scheduling.admin.forms import errors, save

pytestmark = pytest.mark.django_db


def page(site: Site) -> str:
    return f"/admin/scheduling/site/{site.pk}/change/"


def popular(number: int, weekday: int | str, starts: str, ends: str) -> dict[str, object]:
    """One more row of popular hours, as the form names its fields."""
    row = {"weekday": weekday, "starts": starts, "ends": ends, "id": ""}
    return {f"popular_hours__{number}__{name}": value for name, value in row.items()}


def test_a_site_saved_as_it_is_keeps_the_defaults(admin, site):
    assert save(admin, page(site), phone="06 1234567").status_code == 302
    assert not BookingWeights.objects.exists()


def test_a_weight_is_changed_on_the_page_of_its_site_and_the_rest_stay_the_defaults(admin, site):
    assert save(admin, page(site), weights__0__off_usual_weekday=80).status_code == 302
    stored = BookingWeights.objects.get(site=site)
    assert (stored.off_usual_weekday, stored.early, stored.useful_minutes) == (80, 3, 15)


def test_deleting_the_weights_goes_back_to_the_defaults(admin, site):
    save(admin, page(site), weights__0__early=9)
    assert save(admin, page(site), weights__0__DELETE="on").status_code == 302
    assert not BookingWeights.objects.exists()


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("early", "101", "less than or equal to 100"),
        ("late", "-1", "greater than or equal to 0"),
        ("drift", "", "This field is required."),
        ("off_days", "2.5", "Enter a whole number."),
        ("off_hours", "9" * 5_000, "Enter a whole number."),
        ("leftover", "many", "Enter a whole number."),
        ("popular_hour", "\x00", "Enter a whole number."),
        ("useful_minutes", "4", "greater than or equal to 5"),
        ("useful_minutes", "121", "less than or equal to 120"),
    ],
)
def test_a_weight_out_of_bounds_is_refused_beside_its_field(admin, site, field, value, said):
    response = save(admin, page(site), **{f"weights__0__{field}": value})
    assert response.status_code == 200
    assert said in errors(response)
    assert not BookingWeights.objects.exists()


@pytest.mark.parametrize("value", [0, 100])
def test_the_bounds_themselves_are_kept(admin, site, value):
    assert save(admin, page(site), weights__0__drift=value).status_code == 302
    assert BookingWeights.objects.get().drift == value


def test_popular_hours_are_of_a_weekday_or_of_every_day(admin, site):
    rows = popular(0, "", "17:00", "19:00") | popular(1, 5, "09:00", "11:00")
    assert save(admin, page(site), popular_hours__TOTAL_FORMS=2, **rows).status_code == 302
    assert set(PopularHours.objects.values_list("weekday", "starts", "ends")) == {
        (None, time(17), time(19)),
        (5, time(9), time(11)),
    }


@pytest.mark.parametrize("ends", ["17:00", "16:00"])
def test_popular_hours_that_do_not_end_after_they_start_are_refused(admin, site, ends):
    response = save(admin, page(site), popular_hours__TOTAL_FORMS=1, **popular(0, 1, "17:00", ends))
    assert "The end must be after the start." in errors(response)
    assert not PopularHours.objects.exists()


def test_the_same_popular_hours_twice_are_refused(admin, site):
    rows = popular(0, 1, "17:00", "19:00") | popular(1, 1, "18:00", "20:00")
    response = save(admin, page(site), popular_hours__TOTAL_FORMS=2, **rows)
    assert "These hours overlap Tuesday 17:00–19:00." in errors(response)


def test_who_changed_a_weight_is_in_its_history(admin, site, administrator_user):
    save(admin, page(site), weights__0__early=9)
    save(admin, page(site), weights__0__early=4)
    stored = BookingWeights.objects.get()
    assert [(was.early, was.history_user) for was in stored.history.all()] == [
        (4, administrator_user),
        (9, administrator_user),
    ]
    assert admin.get(f"/admin/scheduling/bookingweights/{stored.pk}/history/").status_code == 200
