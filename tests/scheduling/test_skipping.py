"""A doctor leaves out a sitting: the rest goes on, whatever was missed before."""

from datetime import timedelta

import pytest
from django.urls import reverse

from scheduling.models import PlanState, SittingState
from scheduling.services import tracking
from scheduling.services.booking import book_cycle
from scheduling.services.planning import pause_plan, skip_sitting, stop_plan
from scheduling.services.proposing import book_proposal, propose_cycle
from scheduling.services.refusals import Refused, Stale
from tests.scheduling.booking_data import NOW, make_plan

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def plan(patient, site, doctor_user, practitioner, room):
    return make_plan(patient, site, doctor_user, counts=[4], practitioner=practitioner)


def sitting(plan, number):
    return plan.sittings.get(number=number)


@pytest.fixture
def missed(plan, reception_user):
    """The first sitting missed, the second given, nothing else booked; and the moment after."""
    slots = dict(enumerate(propose_cycle(plan=plan, now=NOW)[0].proposal.slots[:2], 1))
    first, second = book_cycle(plan=plan, slots=slots, by=reception_user, now=NOW)
    tracking.mark_no_show(appointment=first, now=first.ends)
    for step in (tracking.mark_arrived, tracking.start_treatment, tracking.complete):
        step(appointment=second, now=second.starts)
    return second.ends


def test_a_sitting_missed_before_one_that_was_given_is_skipped_and_the_rest_can_be_booked(plan, missed, reception_user):
    plan.refresh_from_db()
    skip_sitting(sitting=sitting(plan, 1), reason="Was ill", version=plan.version)
    plan.refresh_from_db()
    (best, *_others) = propose_cycle(plan=plan, now=missed)
    book_proposal(plan=plan, token=best.token, by=reception_user, now=missed)
    assert list(plan.sittings.values_list("state", flat=True)) == ["skipped", "completed", "booked", "booked"]
    assert sitting(plan, 1).skip_reason == "Was ill"


def test_the_days_of_a_skipped_sitting_still_count_for_the_next(plan):
    third = sitting(plan, 3)
    skip_sitting(sitting=sitting(plan, 2), reason="Holiday")
    now = sitting(plan, 3)
    assert now.ideal == third.ideal
    assert (now.earliest, now.latest) == (third.ideal - 2 * DAY, third.ideal + 3 * DAY)


def test_a_plan_of_which_only_skipped_sittings_were_left_is_completed(plan, missed):
    for number in (1, 3, 4):
        skip_sitting(sitting=sitting(plan, number), reason="Better already")
    plan.refresh_from_db()
    assert plan.state == PlanState.COMPLETED


def test_a_sitting_is_skipped_only_with_a_reason(plan):
    with pytest.raises(Refused, match="Write why"):
        skip_sitting(sitting=sitting(plan, 1), reason="  ")


def test_a_booked_sitting_is_not_skipped(plan, reception_user):
    book_proposal(plan=plan, token=propose_cycle(plan=plan, now=NOW)[0].token, by=reception_user, now=NOW)
    with pytest.raises(Refused, match="without a slot"):
        skip_sitting(sitting=sitting(plan, 1), reason="Holiday")


def test_a_resting_plan_lets_a_sitting_be_skipped_but_a_stopped_one_does_not(plan):
    pause_plan(plan=plan)
    skip_sitting(sitting=sitting(plan, 1), reason="Holiday")
    stop_plan(plan=plan, reason="Moves away")
    with pytest.raises(Refused, match="goes on"):
        skip_sitting(sitting=sitting(plan, 2), reason="Holiday")


def test_a_plan_changed_meanwhile_is_not_touched(plan):
    with pytest.raises(Stale):
        skip_sitting(sitting=sitting(plan, 1), reason="Holiday", version=plan.version + 1)
    assert sitting(plan, 1).state == SittingState.DUE


# The page.


def press(client, plan, number=1, **changes):
    plan.refresh_from_db()
    typed = {"version": plan.version, "reason": "Holiday", **changes}
    return client.post(reverse("sitting_skip", args=[sitting(plan, number).pk]), typed)


def test_a_doctor_skips_a_sitting_on_the_plans_page(client, doctor_user, plan):
    client.force_login(doctor_user)
    assert "Skip sitting 1" in client.get(reverse("plan", args=[plan.pk])).content.decode()
    response = press(client, plan)
    assert response.url == reverse("plan", args=[plan.pk])
    assert sitting(plan, 1).state == SittingState.SKIPPED


def test_reception_neither_sees_nor_does_it(client, reception_user, plan):
    client.force_login(reception_user)
    assert "Skip sitting" not in client.get(reverse("plan", args=[plan.pk])).content.decode()
    assert press(client, plan).status_code == 403
    assert sitting(plan, 1).state == SittingState.DUE


@pytest.mark.parametrize(
    ("changes", "status"),
    [({"reason": ""}, 422), ({"reason": "x" * 10_000}, 422), ({"reason": "a\0b"}, 422), ({"version": 99}, 409)],
)
def test_what_cannot_be_is_answered_on_the_plans_page(client, doctor_user, plan, changes, status):
    client.force_login(doctor_user)
    assert press(client, plan, **changes).status_code == status
    assert sitting(plan, 1).state == SittingState.DUE


def test_a_reason_typed_on_an_old_page_is_kept_where_it_was_typed(client, doctor_user, plan):
    client.force_login(doctor_user)
    text = press(client, plan, version=99, reason="Typed with care").content.decode()
    assert text.count("Typed with care") == 2  # the table of the desk and the cards of the phone


@pytest.mark.parametrize("pk", [0, 10**30])
def test_a_sitting_that_does_not_exist_is_not_found(client, doctor_user, pk):
    client.force_login(doctor_user)
    assert client.post(f"/sittings/{pk}/skip/", {"version": 1, "reason": "x"}).status_code == 404
