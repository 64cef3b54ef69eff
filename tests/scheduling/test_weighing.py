"""What a site charges and a patient likes, read for a plan in one query, and what a changed weight changes."""

from dataclasses import astuple, fields
from datetime import time, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from scheduling.engine.request import CycleRequest
from scheduling.engine.rules import Weights
from scheduling.engine.terms import InDemand, Preference
from scheduling.models import BookingPreference, BookingWeights, PopularHours, Room, Site, WorkingHours
from scheduling.selectors.cycles import Wishes, cycle_request
from scheduling.selectors.weighing import weighing_of
from scheduling.services.proposing import propose_cycle
from tests.conftest import make_practitioner
from tests.scheduling.booking_data import MONDAY, NOW, at, make_patient, make_plan, occupy

DAY = timedelta(days=1)


@pytest.fixture
def plan(patient, site, practitioner, room, doctor_user):
    """Eight weekly sittings from Monday 23 November 2026: a long course."""
    return make_plan(patient, site, doctor_user, counts=[8], practitioner=practitioner)


def regular(plan):
    """The most regular proposal."""
    answer = propose_cycle(plan=plan, now=NOW)
    return next(each.proposal for each in answer if each.proposal.name.value == "most-regular")


def test_a_site_without_weights_has_the_products_own(plan) -> None:
    found = weighing_of(plan)
    assert (found.weights, found.popular, found.preference) == (Weights(), (), Preference())
    assert found.useful_minutes == CycleRequest.__dataclass_fields__["useful_minutes"].default


def test_a_row_of_weights_not_yet_changed_is_the_products_own(plan) -> None:
    BookingWeights.objects.create(site=plan.site)
    assert weighing_of(plan).weights == Weights()


def test_every_weight_of_the_engine_is_read_from_the_plans_site(plan) -> None:
    values = {field.name: 20 + n for n, field in enumerate(fields(Weights))}
    BookingWeights.objects.create(site=plan.site, useful_minutes=35, **values)
    BookingWeights.objects.create(site=Site.objects.create(name="Elsewhere"))
    found = weighing_of(plan)
    assert astuple(found.weights) == tuple(values.values())
    assert found.useful_minutes == 35


def test_all_is_read_in_one_query_and_reaches_the_engine(plan, practitioner) -> None:
    BookingWeights.objects.create(site=plan.site, early=50, useful_minutes=40)
    for weekday in (None, *range(7)):
        PopularHours.objects.create(site=plan.site, weekday=weekday, starts=time(17), ends=time(19, 30))
    BookingPreference.objects.create(patient=plan.patient, weekdays=[1, 3], practitioner=practitioner)
    with CaptureQueriesContext(connection) as queries:
        found = weighing_of(plan)
    assert len(queries) == 1
    assert set(found.popular) == {InDemand(1020, 1170, weekday) for weekday in (None, *range(7))}
    assert found.preference == Preference(frozenset({1, 3}), practitioner=practitioner.pk)
    request = cycle_request(plan, now=NOW)
    assert (request.weights, request.popular) == (found.weights, found.popular)
    assert (request.useful_minutes, request.preference) == (40, found.preference)


@pytest.mark.parametrize("wishes", [None, Wishes(Preference())], ids=["the patient's", "the desk's"])
def test_a_cycle_is_asked_for_in_eight_queries(plan, wishes) -> None:
    BookingWeights.objects.create(site=plan.site)
    PopularHours.objects.create(site=plan.site, starts=time(17), ends=time(19))
    with CaptureQueriesContext(connection) as queries:
        cycle_request(plan, now=NOW, wishes=wishes)
    assert len(queries) == 8


def split_mondays(practitioner, room, by) -> None:
    """The third Monday is free after 16:00, the others before, so that no cycle on Mondays keeps its hour."""
    someone = make_patient("Altri")
    for week in range(8):
        hour, minutes = (9, 7 * 60) if week == 2 else (16, 2 * 60)
        occupy(practitioner, room, at(MONDAY + 7 * week * DAY, hour), minutes, by, someone)


def test_a_heavy_usual_weekday_keeps_the_day_and_a_heavy_usual_time_the_hour(
    plan, practitioner, room, reception_user
) -> None:
    split_mondays(practitioner, room, reception_user)
    weights = BookingWeights.objects.create(site=plan.site, off_usual_weekday=100, off_usual_time=0, leftover=0)
    assert {slot.day.weekday() for slot in regular(plan).slots} == {0}
    weights.off_usual_weekday, weights.off_usual_time = 0, 100
    weights.save()
    slots = regular(plan).slots
    assert slots[2].day.weekday() != 0
    assert len({slot.start // 30 for slot in slots}) == 1


def test_a_long_course_leaves_the_popular_hours_of_its_site_to_others(plan, site, doctor_user) -> None:
    PopularHours.objects.create(site=site, starts=time(9), ends=time(12))
    assert all(slot.start >= 12 * 60 for slot in regular(plan).slots)
    short = make_plan(make_patient("Conti"), site, doctor_user, counts=[4], practitioner=plan.practitioner)
    assert all(slot.start < 12 * 60 for slot in regular(short).slots)


def test_without_a_price_a_popular_hour_is_given_to_a_long_course(plan, site) -> None:
    PopularHours.objects.create(site=site, starts=time(9), ends=time(12))
    BookingWeights.objects.create(site=site, popular_hour=0)
    assert all(slot.start < 12 * 60 for slot in regular(plan).slots)


@pytest.mark.parametrize("points", [0, 100])
def test_every_weight_at_its_bound_still_gives_a_whole_cycle(plan, site, points) -> None:
    make_practitioner("Dr Neri", site)
    Room.objects.create(site=site, name="Room 2")
    BookingWeights.objects.create(site=site, **dict.fromkeys([field.name for field in fields(Weights)], points))
    assert len(regular(plan).slots) == 8


# Only this practitioner.


def test_only_those_admitted_are_asked_for_and_the_others_are_a_way_out(plan, practitioner, site) -> None:
    neri, galli = make_practitioner("Dr Neri", site), make_practitioner("Dr Galli", site)
    wished = Preference(practitioner=practitioner.pk)
    request = cycle_request(plan, now=NOW, wishes=Wishes(wished, only=True, also=(galli.pk,)))
    assert request.practitioners == {practitioner.pk, galli.pk}
    assert request.others == {neri.pk}


def test_a_practitioner_only_preferred_leaves_the_choice_open(plan, practitioner, site) -> None:
    make_practitioner("Dr Neri", site)
    request = cycle_request(plan, now=NOW, wishes=Wishes(Preference(practitioner=practitioner.pk), also=(999,)))
    assert (request.practitioners, request.others) == (None, frozenset())


def test_only_somebody_who_has_no_hours_offers_the_others(plan, site) -> None:
    neri = make_practitioner("Dr Neri", site)
    WorkingHours.objects.filter(practitioner=neri).delete()
    answer = propose_cycle(plan=plan, now=NOW, wishes=Wishes(Preference(practitioner=neri.pk), only=True))
    assert answer.number == 1
    assert [(way.kind.value, way.practitioner) for way in answer.ways_out] == [("practitioner", plan.practitioner_id)]
