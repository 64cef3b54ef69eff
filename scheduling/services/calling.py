"""Asking patients back: logging attempts, keeping who is not to be contacted, and when a cycle is to be repeated."""

from datetime import date, datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from clinic.models import User
from patients.models import Patient
from scheduling.models import CycleRepeat, DoNotContact, PlanState, RecallAttempt, TreatmentPlan
from scheduling.selectors.recalls import is_to_repeat, recall_sitting_of
from scheduling.services.refusals import KeyReused, Refused, Stale


def check_contactable(patient: Patient) -> None:
    """Refuses, with the reason, a patient who is not to be contacted."""
    marked = DoNotContact.objects.filter(patient=patient).first()
    if marked:
        raise Refused(
            _("%(patient)s is not to be contacted: %(reason)s.")
            % {"patient": patient, "reason": marked.reason.rstrip(".")}
        )


@transaction.atomic
def log_attempt(
    *,
    plan: TreatmentPlan,
    key: UUID,
    channel: str,
    outcome: str,
    by: User,
    now: datetime,
    note: str = "",
    next_on: date | None = None,
) -> RecallAttempt:
    """Writes one attempt to ask back the patient of `plan`; the same key gives the first one back.

    `next_on` is a local date. Raises KeyReused when the key has logged something else, Refused for a patient who is
    not to be contacted, for a plan of which nothing is to be asked, or a day that is over.
    """
    Patient.objects.select_for_update().get(pk=plan.patient_id)  # after whoever marks them at this moment
    told = {"channel": channel, "outcome": outcome, "note": note.strip(), "next_on": next_on}
    if earlier := RecallAttempt.objects.filter(key=key).first():
        if earlier.plan_id != plan.pk or any(getattr(earlier, name) != value for name, value in told.items()):
            raise KeyReused(_("This page has already logged another attempt: press again to log this one as well."))
        return earlier
    check_contactable(plan.patient)
    sitting = recall_sitting_of(plan)
    if sitting is None and not is_to_repeat(plan):
        raise Refused(
            _("Nobody is to be asked back for this plan: no recall waits for a slot, and no cycle is repeated.")
        )
    if next_on and next_on < timezone.localdate(now, plan.site.zone):
        raise Refused(_("The next attempt cannot be on a day that is over."), "next_on")
    return RecallAttempt.objects.create(plan=plan, sitting=sitting, key=key, made_by=by, made_at=now, **told)


def mark_do_not_contact(*, patient: Patient, reason: str, by: User, now: datetime) -> DoNotContact:
    """Keeps that nobody is to contact `patient`; marked already, the reason stands as it is.

    Raises Refused without a reason.
    """
    reason = reason.strip()
    if not reason:
        raise Refused(_("Say why the patient is not to be contacted."), "reason")
    row = DoNotContact(patient=patient, reason=reason, made_by=by, made_at=now)
    row._history_user = by  # type: ignore[attr-defined]
    try:
        with transaction.atomic():
            Patient.objects.select_for_update().get(pk=patient.pk)
            row.save()
    except IntegrityError:
        return DoNotContact.objects.get(patient=patient)
    return row


@transaction.atomic
def allow_contact(*, patient: Patient, by: User) -> None:
    """Takes back that `patient` is not to be contacted; not marked, nothing happens."""
    row = DoNotContact.objects.select_for_update().filter(patient=patient).first()
    if row:
        row._history_user = by  # type: ignore[attr-defined]
        row.delete()


@transaction.atomic
def repeat_cycle_from(*, plan: TreatmentPlan, due: date, by: User, version: int | None = None) -> CycleRepeat:
    """Keeps from which local day a doctor wants the whole cycle repeated, in place of the one seen at `version`.

    Version 0 saw none; the same press twice changes nothing. Raises Stale when somebody changed the day since, Refused
    for a plan that has not run or does not end by itself.
    """
    stored = TreatmentPlan.objects.select_for_update().get(pk=plan.pk)
    if stored.state not in (PlanState.RUNNING, PlanState.COMPLETED):
        raise Refused(
            _("The plan is %(state)s: only a cycle that runs or is completed can be repeated.")
            % {"state": stored.get_state_display()}
        )
    row = CycleRepeat.objects.filter(plan=stored).first()
    if row and row.due == due:
        return row
    if version is not None and version != (row.version if row else 0):
        raise Stale(_("Somebody else changed this day meanwhile."))
    if row:
        row.version += 1
    else:
        row = CycleRepeat(plan=stored)
    row.due, row.made_by = due, by
    row._history_user = by  # type: ignore[attr-defined]
    row.save()
    return row
