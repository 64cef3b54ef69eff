"""From a protocol to a plan: its dates, what keeps it inside its source, and the steps of its state."""

from datetime import date, timedelta
from itertools import pairwise
from uuid import uuid4

import pytest

from scheduling.models import Area, PlanState, Protocol, Sitting, SittingState, TreatmentPlan
from scheduling.services.planning import (
    TRANSITIONS,
    approve_plan,
    departures,
    pause_plan,
    planned_minutes,
    propose_plan,
    resume_plan,
    return_plan,
    save_plan,
    stop_plan,
    suggested_phase,
)
from scheduling.services.refusals import Refused, Stale
from tests.scheduling.planned import NOW, START, approved, booked, documented, filled, make_plan, month_after

pytestmark = pytest.mark.django_db


@pytest.fixture
def made(patient, site, reception_user, practitioner):
    def make(**values) -> TreatmentPlan:
        return make_plan(patient=patient, site=site, by=reception_user, prescriber=practitioner, **values)

    return make


def ideals(plan: TreatmentPlan) -> list[date]:
    return list(plan.sittings.order_by("number").values_list("ideal", flat=True))


def days(start: date, count: int, every: int) -> list[date]:
    return [start + timedelta(days=every * k) for k in range(count)]


def months(anchor: date, count: int) -> list[date]:
    return [month_after(anchor, k) for k in range(count)]


def test_the_cellulite_protocol_from_31_january_has_its_28_dates(made):
    plan = made()
    induction = months(START, 6)
    consolidation = days(induction[-1] + timedelta(days=15), 10, 15)
    maintenance = months(month_after(consolidation[-1], 1), 12)
    assert ideals(plan) == induction + consolidation + maintenance
    assert induction[:3] == [date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31)]


def test_weekly_sittings_are_followed_by_monthly_recalls(made):
    protocol = documented("weekly-with-recalls")
    plan = made(key="weekly-with-recalls", phases=filled(protocol, count=8))
    weekly = days(START, 8, 7)
    assert ideals(plan) == weekly + months(month_after(weekly[-1], 1), 8)


def test_stabilising_sittings_follow_every_fortnight_when_that_is_chosen(made):
    phases = filled(documented("stabilised-cycle"), count=8)
    phases[1].every, phases[1].unit, phases[1].minimum_gap = 14, "day", 7
    plan = made(key="stabilised-cycle", phases=phases)
    weekly = days(START, 8, 7)
    assert ideals(plan) == weekly + days(weekly[-1] + timedelta(days=14), 8, 14)


@pytest.mark.parametrize("key", ["supported-course", "repeated-cycle"])
def test_what_a_silent_source_leaves_open_is_dated_as_the_doctor_filled_it(made, key):
    protocol = documented(key)
    phases = filled(protocol, count=7, every=10, unit="day")
    plan = made(key=key, phases=phases, reason="as agreed")
    total = sum(phase.count for phase in phases)
    assert ideals(plan) == days(START, total, 10)


@pytest.mark.parametrize("key", ["supported-course", "repeated-cycle", "stabilised-cycle", "weekly-with-recalls"])
def test_silent_figures_are_not_invented(key):
    protocol = Protocol.objects.get(key=key)
    for phase in protocol.phases.all():
        suggested = suggested_phase(phase)
        if not phase.every:
            assert suggested.every is None
            assert suggested.early is None
            assert suggested.minimum_gap is None
        if phase.count_default is None and phase.count_min != phase.count_max:
            assert suggested.count is None


def test_an_open_ended_phase_keeps_twelve_sittings_ahead(made):
    phases = filled(documented("weekly-with-recalls"), count=8)
    phases[1].open_ended = True
    assert made(key="weekly-with-recalls", phases=phases).sittings.count() == 8 + 12


def test_every_sitting_has_the_window_of_its_phase_after_the_one_before(made):
    sittings = list(made().sittings.order_by("number").select_related("phase"))
    assert (sittings[0].earliest, sittings[0].latest) == (START, START + timedelta(days=7))
    for before, sitting in pairwise(sittings):
        gap = (sitting.ideal - before.ideal).days
        least = max(gap - sitting.phase.early, sitting.phase.minimum_gap)
        assert sitting.earliest == before.ideal + timedelta(days=least)
        assert sitting.latest == before.ideal + timedelta(days=gap + sitting.phase.late)


@pytest.mark.parametrize(("count", "fits"), [(7, False), (8, True), (15, True), (16, False)])
def test_a_count_outside_the_source_range_needs_a_reason(made, count, fits):
    phases = filled(documented("weekly-with-recalls"))
    phases[0].count = count
    if fits:
        assert made(key="weekly-with-recalls", phases=phases).sittings.count() == count + 4
        return
    with pytest.raises(Refused, match="8-15") as refused:
        made(key="weekly-with-recalls", phases=phases)
    assert refused.value.field == "reason"
    assert made(key="weekly-with-recalls", phases=phases, reason="slow to answer").pk


def test_another_cadence_than_the_source_states_needs_a_reason(made):
    phases = filled(documented("weekly-with-recalls"), count=8)
    phases[0].every = 2
    with pytest.raises(Refused, match="another cadence"):
        made(key="weekly-with-recalls", phases=phases)


def test_a_cadence_the_source_does_not_offer_needs_a_reason(made):
    phases = filled(documented("stabilised-cycle"), count=8)
    with pytest.raises(Refused, match="another cadence"):
        made(key="stabilised-cycle", phases=phases)


def test_sittings_closer_than_half_the_cadence_need_a_reason():
    protocol = Protocol.objects.get(key="cellulite-three-phase")
    phases = filled(protocol)
    phases[1].minimum_gap = 7
    assert departures(protocol, phases) == ["Consolidation: sittings closer than half the cadence."]


def test_a_plan_as_its_source_states_it_departs_from_nothing():
    protocol = Protocol.objects.get(key="cellulite-three-phase")
    assert departures(protocol, filled(protocol)) == []


def test_a_blank_reason_is_no_reason(made):
    phases = filled(documented("weekly-with-recalls"), count=20)
    with pytest.raises(Refused):
        made(key="weekly-with-recalls", phases=phases, reason="   ")


def test_the_breast_is_never_an_area_of_a_plan(made):
    with pytest.raises(Refused, match="Never injected") as refused:
        made(areas=("breasts",))
    assert refused.value.field == "areas"


def test_dates_beyond_the_calendar_are_refused_beside_the_start(made):
    with pytest.raises(Refused) as refused:
        made(start=date(9999, 12, 1))
    assert refused.value.field == "start_date"


def test_a_retired_protocol_is_offered_for_no_new_plan_but_a_draft_made_from_it_can_be_edited(made, reception_user):
    plan = made()
    Protocol.objects.filter(pk=plan.protocol_id).update(retired=True)
    again = TreatmentPlan.objects.get(pk=plan.pk)
    save_plan(plan=again, phases=filled(again.protocol), areas=[], by=reception_user, version=plan.version)
    with pytest.raises(Refused, match="retired"):
        made()


def test_a_protocol_without_phases_makes_no_plan(made, patient, site, reception_user):
    empty = Protocol.objects.create(key="empty", name_en="Empty", name_it="Vuoto", source="clinic", source_title="own")
    plan = TreatmentPlan(patient=patient, protocol=empty, site=site, start_date=START)
    with pytest.raises(Refused, match="no phases"):
        save_plan(plan=plan, phases=[], areas=[], by=reception_user)


@pytest.mark.parametrize(
    ("areas", "minutes"),
    [
        ((), 15),
        ((("thighs", "medium"), ("abdomen", "small")), 15),
        ((("abdomen", "small"), ("flanks", "small"), ("thighs", "medium")), 20),
        ((("abdomen", "large"),), 20),
        ((("thighs", "large"), ("lower-legs", "large"), ("abdomen", "small")), 30),
    ],
)
def test_minutes_follow_the_number_and_extent_of_the_areas(areas, minutes):
    chosen = [(Area.objects.get(code=code), extent) for code, extent in areas]
    assert planned_minutes(chosen, 5) == minutes
    assert planned_minutes(chosen[::-1], 5) == minutes


def test_saving_again_replaces_phases_areas_and_sittings(made, doctor_user):
    plan = made()
    again = TreatmentPlan.objects.get(pk=plan.pk)
    again.start_date = date(2026, 3, 2)
    save_plan(plan=again, phases=filled(again.protocol), areas=[], by=doctor_user, version=1)
    stored = TreatmentPlan.objects.get(pk=plan.pk)
    assert (stored.version, stored.sittings.count(), stored.phases.count(), stored.areas.count()) == (2, 28, 3, 0)
    assert stored.sittings.get(number=1).ideal == date(2026, 3, 2)
    assert stored.created_by == plan.created_by


def test_a_new_plan_whose_form_is_sent_twice_at_once_is_one(made):
    key = uuid4()
    first, second = made(form_key=key), made(form_key=key)
    assert first == second == TreatmentPlan.objects.get()
    assert first.sittings.count() == 28
    assert made(form_key=uuid4()) != first


def test_an_edit_over_somebody_elses_is_stale_and_changes_nothing(made, doctor_user):
    plan = made()
    TreatmentPlan.objects.filter(pk=plan.pk).update(version=2)
    mine = TreatmentPlan.objects.get(pk=plan.pk)
    mine.start_date = date(2026, 3, 2)
    with pytest.raises(Stale):
        save_plan(plan=mine, phases=filled(mine.protocol), areas=[], by=doctor_user, version=1)
    assert TreatmentPlan.objects.get(pk=plan.pk).start_date == START
    assert plan.sittings.count() == 28


def test_a_refused_edit_leaves_the_plan_as_it_was(made, doctor_user):
    plan = made()
    phases = filled(plan.protocol)
    phases[0].count = 3
    with pytest.raises(Refused):
        save_plan(plan=TreatmentPlan.objects.get(pk=plan.pk), phases=phases, areas=[], by=doctor_user, version=1)
    assert plan.sittings.count() == 28


def test_an_approved_plan_is_no_longer_edited(made, doctor_user):
    plan = approved(made(), doctor_user)
    with pytest.raises(Refused, match="approved"):
        save_plan(plan=plan, phases=filled(plan.protocol), areas=[], by=doctor_user, version=plan.version)


def test_every_sitting_of_a_new_plan_has_its_history(made):
    plan = made()
    assert Sitting.history.filter(plan=plan, history_type="+").count() == 28


def in_state(plan: TreatmentPlan, state: str) -> TreatmentPlan:
    TreatmentPlan.objects.filter(pk=plan.pk).update(state=state)
    return TreatmentPlan.objects.get(pk=plan.pk)


def steps(by):
    return {
        PlanState.PROPOSED: lambda plan: propose_plan(plan=plan, now=NOW),
        PlanState.APPROVED: lambda plan: approve_plan(plan=plan, by=by, now=NOW),
        PlanState.DRAFT: lambda plan: return_plan(plan=plan),
        PlanState.PAUSED: lambda plan: pause_plan(plan=plan),
        PlanState.STOPPED: lambda plan: stop_plan(plan=plan, reason="moves abroad"),
    }


@pytest.mark.parametrize("before", PlanState.values)
@pytest.mark.parametrize("after", ["proposed", "draft", "paused", "stopped"])
def test_a_plan_takes_only_the_steps_of_the_table(made, doctor_user, before, after):
    plan = in_state(made(), before)
    step = steps(doctor_user)[after]
    if after in TRANSITIONS[before]:
        assert step(plan).state == after
        return
    with pytest.raises(Refused, match="cannot become"):
        step(plan)
    assert TreatmentPlan.objects.get(pk=plan.pk).state == before


@pytest.mark.parametrize("before", sorted(set(PlanState.values) - {"proposed", "paused"}))
def test_only_a_proposed_plan_is_approved(made, doctor_user, before):
    with pytest.raises(Refused, match="cannot become"):
        approve_plan(plan=in_state(made(), before), by=doctor_user, now=NOW)


def test_approving_keeps_who_and_when(made, doctor_user):
    plan = approved(made(), doctor_user)
    assert (plan.state, plan.approved_by, plan.approved_at) == ("approved", doctor_user, NOW)


def test_the_doctor_who_approves_prescribes_when_nobody_else_does(patient, site, reception_user, practitioner):
    plan = make_plan(patient=patient, site=site, by=reception_user)
    assert approved(plan, practitioner.user).prescriber == practitioner


@pytest.mark.parametrize("missing", [{"diagnosis": "  "}, {"indication": ""}])
def test_no_plan_is_approved_before_its_diagnosis(made, doctor_user, missing):
    plan = in_state(made(), "proposed")
    for name, value in missing.items():
        setattr(plan, name, value)
    plan.save()
    with pytest.raises(Refused, match="diagnosis") as refused:
        approve_plan(plan=plan, by=doctor_user, now=NOW)
    assert refused.value.field == "diagnosis"


def test_no_plan_is_approved_without_a_prescriber(patient, site, reception_user, administrator_user):
    plan = in_state(make_plan(patient=patient, site=site, by=reception_user), "proposed")
    with pytest.raises(Refused, match="prescribing"):
        approve_plan(plan=plan, by=administrator_user, now=NOW)


def test_no_plan_is_approved_before_its_protocol(made, doctor_user):
    plan = in_state(made(), "proposed")
    Protocol.objects.filter(pk=plan.protocol_id).update(approved_at=None)
    with pytest.raises(Refused, match="protocol"):
        approve_plan(plan=TreatmentPlan.objects.get(pk=plan.pk), by=doctor_user, now=NOW)


def test_approving_what_somebody_changed_meanwhile_is_stale(made, doctor_user):
    plan = in_state(made(), "proposed")
    TreatmentPlan.objects.filter(pk=plan.pk).update(version=plan.version + 1)
    with pytest.raises(Stale):
        approve_plan(plan=plan, by=doctor_user, now=NOW, version=plan.version)
    assert TreatmentPlan.objects.get(pk=plan.pk).state == "proposed"


def test_a_paused_plan_goes_on_as_approved_when_nothing_was_booked(made, doctor_user):
    plan = approved(made(), doctor_user)
    assert resume_plan(plan=pause_plan(plan=plan)).state == "approved"


def test_a_paused_plan_goes_on_as_running_when_it_had_begun(made, doctor_user):
    plan = approved(made(), doctor_user)
    plan.sittings.filter(number=1).update(state=SittingState.COMPLETED)
    assert resume_plan(plan=pause_plan(plan=plan)).state == "running"


def test_a_plan_stops_only_with_a_reason(made, doctor_user):
    plan = approved(made(), doctor_user)
    with pytest.raises(Refused, match="why"):
        stop_plan(plan=plan, reason="  ")
    assert stop_plan(plan=plan, reason=" moves abroad ").stop_reason == "moves abroad"


def test_a_plan_with_booked_sittings_is_not_stopped_so_that_nobody_comes_in_vain(made, doctor_user, practitioner, room):
    plan = approved(made(start=date(2026, 2, 2)), doctor_user)
    booked(plan, 1, practitioner, room, date(2026, 2, 2), doctor_user)
    with pytest.raises(Refused, match="still booked"):
        stop_plan(plan=plan, reason="moves abroad")
