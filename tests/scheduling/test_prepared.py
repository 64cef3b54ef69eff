"""Questions put into SQL once: they answer as Django's own query does, whatever they are asked with, and anew."""

from datetime import date, time

import pytest
from django.db.models import BigIntegerField

from scheduling.models import Appointment, EarlierWish, WorkingHours
from scheduling.selectors.prepared import DAY, SINCE, SITE, UNTIL, WEEKDAY, Given, Prepared
from tests.conftest import make_practitioner
from tests.scheduling.booking_data import MONDAY, NOW, at, make_patient, make_plan, occupy

pytestmark = pytest.mark.django_db


def test_one_question_is_asked_again_with_other_values(site, practitioner, room, reception_user):
    for hour in (9, 11, 15):
        occupy(practitioner, room, at(MONDAY, hour), 30, reception_user, make_patient(f"At {hour}"))
    found = Appointment.objects.filter(starts__gte=SINCE, starts__lt=UNTIL, room__site=SITE).order_by("starts")
    asked = Prepared(found.values_list("starts", "patient__surname"))
    morning, afternoon = (at(MONDAY, 9), at(MONDAY, 13)), (at(MONDAY, 13), at(MONDAY, 20))
    for (since, until), surnames in (
        (morning, ["At 9", "At 11"]),
        (afternoon, ["At 15"]),
        (morning, ["At 9", "At 11"]),
    ):
        rows = asked.rows(site=site.pk, since=since, until=until)
        assert [surname for _starts, surname in rows] == surnames
        assert rows == list(
            Appointment.objects.filter(starts__gte=since, starts__lt=until, room__site=site)
            .order_by("starts")
            .values_list("starts", "patient__surname")
        )
    assert asked.rows(site=site.pk + 1, since=at(MONDAY, 9), until=at(MONDAY, 13)) == []


def test_values_come_as_the_models_fields_have_them(site, practitioner, patient, doctor_user):
    hours = WorkingHours.objects.filter(site=SITE, weekday=WEEKDAY, valid_from__lte=DAY)
    told = hours.values_list("valid_from", "starts", "practitioner__active", "valid_until")
    rows = Prepared(told).rows(site=site.pk, weekday=0, day=MONDAY)
    assert rows == [(date(2020, 1, 1), time(9), True, None)]
    plan = make_plan(patient, site, doctor_user, counts=[8], practitioner=practitioner)
    EarlierWish.objects.create(
        sitting=plan.sittings.earliest("number"), earliest=MONDAY, weekdays=[0, 3], made_by=doctor_user, made_at=NOW
    )
    whose = EarlierWish.objects.filter(sitting__plan=Given("plan", BigIntegerField()))
    assert Prepared(whose.values_list("weekdays", "made_at", "practitioner")).rows(plan=plan.pk) == [
        ([0, 3], NOW, None)
    ]


def test_no_answer_is_kept(site, django_assert_num_queries):
    asked = Prepared(WorkingHours.objects.filter(site=SITE, weekday=WEEKDAY).values_list("starts"))
    assert asked.rows(site=site.pk, weekday=2) == []
    make_practitioner("Dr Verdi", site)
    with django_assert_num_queries(1):
        assert asked.rows(site=site.pk, weekday=2) == [(time(9),)]
