"""Open-ended recalls keep twelve sittings ahead."""

from datetime import date

import pytest

from scheduling.engine.protocol import HORIZON
from scheduling.models import PlanPhase, PlanState, Protocol, Sitting, TreatmentPlan
from scheduling.models.protocols import Follow, Purpose, Unit
from scheduling.services.planning import dated, sitting_row
from scheduling.services.recalls import extend_recalls

pytestmark = pytest.mark.django_db


@pytest.fixture
def plan(site, patient):
    plan = TreatmentPlan.objects.create(
        patient=patient,
        protocol=Protocol.objects.get(key="weekly-with-recalls", version=1),
        site=site,
        start_date=date(2026, 1, 31),
        state=PlanState.RUNNING,
    )
    phase = PlanPhase.objects.create(
        plan=plan, position=1, purpose=Purpose.MAINTENANCE, count=1, open_ended=True, every=1, unit=Unit.MONTH,
        early=5, late=7, minimum_gap=15,
    )  # fmt: skip
    for due in dated([phase], plan.start_date):
        sitting_row(plan, phase, due).save()
    return plan


def ideals(plan):
    return list(plan.sittings.order_by("number").values_list("ideal", flat=True))


def test_nothing_is_added_while_twelve_sittings_lie_ahead(plan):
    assert extend_recalls(plan, date(2026, 1, 31)) == []
    assert plan.sittings.count() == HORIZON


def test_a_year_later_twelve_sittings_lie_ahead_again_counted_from_the_same_anchor(plan):
    extend_recalls(plan, date(2027, 1, 1))
    ahead = [day for day in ideals(plan) if day >= date(2027, 1, 1)]
    assert len(ahead) == HORIZON
    assert ahead[:3] == [date(2027, 1, 31), date(2027, 2, 28), date(2027, 3, 31)]


def test_extending_twice_on_a_day_adds_nothing_the_second_time(plan):
    assert extend_recalls(plan, date(2026, 6, 1))
    assert extend_recalls(plan, date(2026, 6, 1)) == []


def test_numbers_and_windows_go_on_from_the_last_sitting(plan):
    extend_recalls(plan, date(2026, 6, 1))
    thirteenth = Sitting.objects.get(plan=plan, number=13)
    assert (thirteenth.ideal, thirteenth.earliest, thirteenth.latest) == (
        date(2027, 1, 31),
        date(2027, 1, 26),
        date(2027, 2, 7),
    )


def test_where_dates_shift_the_recalls_count_from_the_last_one(plan):
    plan.follow = Follow.RE_ANCHOR
    plan.save()
    last = plan.sittings.get(number=12)
    last.ideal = date(2027, 1, 5)
    last.save()
    extend_recalls(plan, date(2026, 3, 1))
    assert ideals(plan)[12:] == [date(2027, 2, 5), date(2027, 3, 5)]


def test_a_stopped_plan_gets_no_more_recalls(plan):
    plan.state = PlanState.STOPPED
    assert extend_recalls(plan, date(2028, 1, 1)) == []
