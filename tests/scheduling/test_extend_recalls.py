"""The nightly command that keeps twelve recalls ahead in every open-ended plan."""

from datetime import UTC, date, datetime
from io import StringIO

import pytest
import time_machine
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from scheduling.models import PlanPhase, PlanState, Protocol, Sitting, SittingState, TreatmentPlan
from scheduling.models.protocols import Follow, Purpose, Unit
from scheduling.services.planning import dated, sitting_row
from scheduling.services.recalls import BATCH, extend_every_recall
from tests.scheduling.booking_data import make_patient

pytestmark = pytest.mark.django_db
START = date(2026, 1, 31)


@pytest.fixture
def open_ended(site):
    """Makes a running plan of monthly recalls that begin on a 31 January, twelve of them."""

    def make(**values) -> TreatmentPlan:
        plan = TreatmentPlan.objects.create(
            patient=make_patient("Greco"), protocol=Protocol.objects.get(key="weekly-with-recalls", version=1),
            site=site, start_date=START, **{"state": PlanState.RUNNING, **values},
        )  # fmt: skip
        phase = PlanPhase.objects.create(
            plan=plan, position=1, purpose=Purpose.MAINTENANCE, count=12, open_ended=True, every=1, unit=Unit.MONTH,
            early=5, late=7, minimum_gap=15,
        )  # fmt: skip
        Sitting.objects.bulk_create(sitting_row(plan, phase, due) for due in dated([phase], START))
        return plan

    return make


def night(year: int, month: int, day: int) -> datetime:
    return datetime(year, month, day, 2, tzinfo=UTC)


def said() -> str:
    out = StringIO()
    call_command("extend_recalls", stdout=out)
    return out.getvalue()


def ideals(plan) -> list[date]:
    return list(plan.sittings.order_by("number").values_list("ideal", flat=True))


def test_it_says_what_it_added_and_adds_nothing_the_second_time(open_ended):
    open_ended()
    with time_machine.travel(night(2026, 4, 1), tick=False):
        assert said() == "Recalls added: 3, plans: 1.\n"
        assert said() == "Recalls added: 0, plans: 0.\n"


def test_night_after_night_it_adds_what_one_night_would_have_added(open_ended):
    nightly, once = open_ended(), open_ended(state=PlanState.PAUSED)
    for month in range(2, 13):
        extend_every_recall(now=night(2026, month, 28))
    TreatmentPlan.objects.filter(pk=once.pk).update(state=PlanState.RUNNING)
    extend_every_recall(now=night(2026, 12, 28))
    assert ideals(nightly) == ideals(once)


def test_month_ends_are_kept_however_far_it_goes(open_ended):
    plan = open_ended()
    extend_every_recall(now=night(2028, 1, 15))
    assert ideals(plan)[24:28] == [date(2028, 1, 31), date(2028, 2, 29), date(2028, 3, 31), date(2028, 4, 30)]


def test_a_plan_long_left_alone_has_twelve_ahead_again(open_ended):
    plan = open_ended()
    extend_every_recall(now=night(2029, 6, 15))
    assert sum(day >= date(2029, 6, 15) for day in ideals(plan)) == 12
    assert list(plan.sittings.order_by("number").values_list("number", flat=True)) == list(range(1, 54))


def test_the_day_is_that_of_the_site_and_not_of_the_machine(open_ended):
    plan = open_ended()
    extend_every_recall(now=datetime(2026, 1, 31, 22, 30, tzinfo=UTC))
    assert len(ideals(plan)) == 12
    extend_every_recall(now=datetime(2026, 1, 31, 23, 30, tzinfo=UTC))
    assert len(ideals(plan)) == 13


@pytest.mark.parametrize(
    "state", [PlanState.DRAFT, PlanState.PROPOSED, PlanState.PAUSED, PlanState.STOPPED, PlanState.COMPLETED]
)
def test_a_plan_that_does_not_run_is_left_alone(open_ended, state):
    plan = open_ended(state=state)
    extend_every_recall(now=night(2027, 1, 1))
    assert len(ideals(plan)) == 12


def test_a_plan_that_rested_catches_up_when_it_goes_on(open_ended):
    plan = open_ended(state=PlanState.PAUSED)
    extend_every_recall(now=night(2026, 12, 1))
    TreatmentPlan.objects.filter(pk=plan.pk).update(state=PlanState.RUNNING)
    extend_every_recall(now=night(2026, 12, 2))
    assert sum(day >= date(2026, 12, 2) for day in ideals(plan)) == 12


def test_a_skipped_recall_is_not_made_up_for_and_breaks_no_rhythm(open_ended):
    plan = open_ended()
    plan.sittings.filter(number=12).update(state=SittingState.SKIPPED)
    extend_every_recall(now=night(2026, 3, 15))
    assert ideals(plan)[10:14] == [date(2026, 11, 30), date(2026, 12, 31), date(2027, 1, 31), date(2027, 2, 28)]


def test_recalls_that_were_left_out_stay_left_out(open_ended):
    plan = open_ended()
    plan.phases.update(count=0)
    plan.sittings.filter(number__gt=1).delete()
    extend_every_recall(now=night(2026, 12, 1))
    assert len(ideals(plan)) == 1


def test_where_dates_shift_it_goes_on_from_the_last(open_ended):
    plan = open_ended(follow=Follow.RE_ANCHOR)
    plan.sittings.filter(number=12).update(ideal=date(2027, 1, 5))
    extend_every_recall(now=night(2026, 3, 1))
    assert ideals(plan)[12:] == [date(2027, 2, 5), date(2027, 3, 5)]


def test_what_is_added_has_its_history(open_ended):
    plan = open_ended()
    extend_every_recall(now=night(2026, 4, 1))
    assert Sitting.history.filter(plan=plan, history_type="+").count() == 3


def test_it_asks_the_same_number_of_questions_for_1_and_50_plans(open_ended):
    costs = []
    for plans in (1, 49):
        for _n in range(plans):
            open_ended()
        with CaptureQueriesContext(connection) as captured:
            extend_every_recall(now=night(2026, 2, 1))
        costs.append(len(captured))
    assert costs[0] == costs[1] <= 10


def test_more_plans_than_one_batch_are_all_extended(open_ended):
    for _n in range(BATCH + 1):
        open_ended()
    assert extend_every_recall(now=night(2026, 4, 1)).plans == BATCH + 1
