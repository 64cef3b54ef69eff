"""The nightly command begun twice: the second waits for the first and finds nothing left to add."""

from datetime import timedelta

import pytest

from scheduling.services.recalls import extend_every_recall
from tests.concurrency.test_turns import one_after_the_other
from tests.scheduling.booking_data import NOW, make_plan

pytestmark = [pytest.mark.concurrency, pytest.mark.django_db(transaction=True, serialized_rollback=True)]


def test_recalls_are_added_once(patient, site, doctor_user, practitioner):
    plan = make_plan(patient, site, doctor_user, counts=[1, 12], practitioner=practitioner)
    plan.phases.filter(position=2).update(open_ended=True)
    later = NOW + timedelta(days=100)

    def extend() -> None:
        extend_every_recall(now=later)

    assert one_after_the_other(extend, extend) == []
    assert plan.sittings.filter(phase__position=2, ideal__gte=later.date()).count() == 12
