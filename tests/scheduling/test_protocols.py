"""Loading, approving and copying protocols on the database, and the command."""

import shutil
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import pytest
from django.contrib.auth.models import Group
from django.core.management import CommandError, call_command

from scheduling.models import AftercareLine, Area, Phase, Protocol, Skill, TreatmentPlan
from scheduling.services.protocol_files import SHIPPED, read_folder
from scheduling.services.protocols import (
    Outcome,
    approve_protocol,
    compare_protocols,
    content_digest,
    copy_protocol,
    is_fixed,
    load_protocols,
    make_version,
)
from scheduling.services.refusals import Refused, Stale
from scheduling.services.toml_tables import Malformed

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
KEYS = ["cellulite-three-phase", "repeated-cycle", "stabilised-cycle", "supported-course", "weekly-with-recalls"]


@pytest.fixture
def folder(tmp_path) -> Path:
    return Path(shutil.copytree(SHIPPED, tmp_path / "protocols"))


@pytest.fixture
def protocol() -> Protocol:
    return Protocol.objects.get(key="cellulite-three-phase")


def change(folder: Path, key: str, old: str, new: str) -> None:
    path = folder / f"{key}.toml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def output(*args: object) -> list[str]:
    out = StringIO()
    call_command("load_protocols", *args, stdout=out)
    return out.getvalue().splitlines()


def make_plan(protocol: Protocol, patient, site) -> TreatmentPlan:
    return TreatmentPlan.objects.create(patient=patient, protocol=protocol, site=site, start_date=NOW.date())


def test_a_new_database_holds_the_five_documented_protocols_exactly_as_their_files_say():
    stored = {protocol.key: content_digest(protocol) for protocol in Protocol.objects.filter(version=1)}
    assert stored == {text.key: text.digest for text in read_folder(SHIPPED)}


def test_a_new_database_has_no_approved_protocol():
    assert not Protocol.objects.exclude(approved_at=None).exists()


def test_a_new_database_has_the_skills_of_the_sources():
    expected = {"point-by-point", "nappage", "epidermal", "intradermal-wheal", "gun", "multi-injector"}
    assert set(Skill.objects.values_list("code", flat=True)) == expected


def test_the_breasts_are_the_one_area_that_may_not_be_injected_and_the_reason_is_given_in_both_languages():
    (breasts,) = Area.objects.filter(injectable=False)
    assert breasts.code == "breasts"
    assert "breasts" in breasts.note_en
    assert "seno" in breasts.note_it


def test_the_administrators_may_change_every_model_of_the_clinic_and_the_other_roles_use_no_admin():
    permissions = {
        name: set(Group.objects.get(name=name).permissions.values_list("codename", flat=True))
        for name in ("reception", "doctor", "administrator")
    }
    assert permissions["reception"] == permissions["doctor"] == set()
    assert {"change_user", "add_patient", "change_protocol", "add_appointment", "delete_absence"} <= permissions[
        "administrator"
    ]


def test_loading_what_is_loaded_changes_nothing():
    loaded = load_protocols(folder=SHIPPED)
    assert [(line.key, line.version, line.outcome) for line in loaded] == [(key, 1, Outcome.UNCHANGED) for key in KEYS]
    assert Protocol.objects.count() == 5


def test_changed_content_becomes_the_next_version_and_the_old_one_stays(folder, protocol):
    change(folder, protocol.key, "exactly = 6", "exactly = 7")
    (loaded,) = [line for line in load_protocols(folder=folder) if line.outcome is not Outcome.UNCHANGED]
    assert (loaded.key, loaded.version, loaded.outcome) == (protocol.key, 2, Outcome.NEXT_VERSION)
    counts = Phase.objects.filter(protocol__key=protocol.key, position=1).order_by("protocol__version")
    assert list(counts.values_list("count_default", flat=True)) == [6, 7]


def test_a_plan_keeps_the_version_it_was_made_from(folder, protocol, patient, site):
    plan = make_plan(protocol, patient, site)
    change(folder, protocol.key, "exactly = 6", "exactly = 7")
    load_protocols(folder=folder)
    plan.refresh_from_db()
    assert plan.protocol == protocol
    assert content_digest(plan.protocol) == protocol.digest


def test_a_new_version_has_to_be_approved_anew(folder, protocol, doctor_user):
    approve_protocol(protocol=protocol, by=doctor_user, now=NOW)
    change(folder, protocol.key, "exactly = 6", "exactly = 7")
    load_protocols(folder=folder)
    assert Protocol.objects.get(key=protocol.key, version=2).approved_at is None


def test_content_that_an_older_version_holds_is_not_loaded_again(folder, protocol):
    change(folder, protocol.key, "exactly = 6", "exactly = 7")
    load_protocols(folder=folder)
    assert {line.outcome for line in load_protocols(folder=SHIPPED)} == {Outcome.UNCHANGED}


def test_the_clinics_own_version_does_not_stand_in_the_way_of_a_changed_file(folder, protocol):
    make_version(protocol=protocol)
    change(folder, protocol.key, "exactly = 6", "exactly = 7")
    assert [line.version for line in load_protocols(folder=folder) if line.key == protocol.key] == [3]


def test_one_malformed_file_and_nothing_of_the_folder_is_loaded(folder, protocol):
    change(folder, "cellulite-three-phase", "exactly = 6", "exactly = 7")
    change(folder, "weekly-with-recalls", 'unit = "week"', 'unit = "weeks"')
    with pytest.raises(Malformed, match=r"weekly-with-recalls\.toml:16: 'weeks' is none of day, week, month"):
        load_protocols(folder=folder)
    assert Protocol.objects.count() == 5


def test_loading_is_recorded_in_the_history_of_the_protocol(folder, protocol):
    change(folder, protocol.key, "exactly = 6", "exactly = 7")
    load_protocols(folder=folder)
    assert Protocol.objects.get(key=protocol.key, version=2).history.count() == 1


def test_comparing_says_what_loading_would_do_and_does_nothing(folder, protocol):
    change(folder, protocol.key, "exactly = 6", "exactly = 7")
    assert compare_protocols(folder=folder)[0].outcome is Outcome.NEXT_VERSION
    assert Protocol.objects.count() == 5


def test_the_command_reports_each_key(folder, protocol):
    change(folder, "cellulite-three-phase", "exactly = 6", "exactly = 7")
    change(folder, "repeated-cycle", 'key = "repeated-cycle"', 'key = "repeated-cycle-of-ours"')
    assert output(folder) == [
        "cellulite-three-phase: version 2",
        "repeated-cycle-of-ours: new",
        "stabilised-cycle: unchanged",
        "supported-course: unchanged",
        "weekly-with-recalls: unchanged",
    ]


def test_the_command_without_a_folder_loads_the_shipped_ones():
    assert output() == [f"{key}: unchanged" for key in KEYS]


def test_the_command_only_checks_when_asked_to(folder):
    change(folder, "cellulite-three-phase", "exactly = 6", "exactly = 7")
    assert output(folder, "--check")[0] == "cellulite-three-phase: version 2"
    assert Protocol.objects.count() == 5


def test_the_command_says_that_nothing_was_loaded(folder):
    change(folder, "repeated-cycle", "[[phase]]", "[[phase]")
    with pytest.raises(CommandError, match=r"repeated-cycle\.toml:13: .*\nNothing was loaded\."):
        output(folder)


def test_the_command_refuses_a_folder_that_does_not_exist(tmp_path):
    with pytest.raises(CommandError, match="is no folder"):
        output(tmp_path / "nowhere")


def test_the_command_says_when_a_folder_holds_no_protocol(tmp_path):
    assert output(tmp_path) == [f"{tmp_path} holds no .toml file."]


def test_approving_keeps_who_and_when(protocol, doctor_user):
    approved = approve_protocol(protocol=protocol, by=doctor_user, now=NOW)
    assert (approved.approved_by, approved.approved_at) == (doctor_user, NOW)


def test_an_approved_version_is_not_approved_twice(protocol, doctor_user):
    approve_protocol(protocol=protocol, by=doctor_user, now=NOW)
    with pytest.raises(Refused, match="approved already"):
        approve_protocol(protocol=protocol, by=doctor_user, now=NOW)


def test_nobody_approves_content_that_changed_since_it_was_read(protocol, doctor_user):
    own = make_version(protocol=protocol)
    seen = content_digest(own)
    own.phases.filter(position=1).update(count_max=9)
    with pytest.raises(Stale, match="read it again"):
        approve_protocol(protocol=own, by=doctor_user, now=NOW, seen=seen)


def test_a_protocol_without_phases_cannot_be_approved(protocol, doctor_user):
    own = make_version(protocol=protocol)
    own.phases.all().delete()
    with pytest.raises(Refused, match="at least one phase"):
        approve_protocol(protocol=own, by=doctor_user, now=NOW)


def disagreeing(protocol: Protocol) -> tuple[Protocol, AftercareLine, AftercareLine]:
    """A version of the clinic's that carries 003's massage and 004's warning against it."""
    own = make_version(protocol=protocol)
    other = AftercareLine.objects.get(protocol__key="repeated-cycle", topic="massage")
    against = AftercareLine.objects.create(
        protocol=own, position=9, text_en=other.text_en, text_it=other.text_it, source=other.source, topic="massage"
    )
    return own, own.aftercare.get(topic="massage", position=3), against


def test_lines_that_disagree_have_to_be_settled_before_approval(protocol, doctor_user):
    own, for_it, against = disagreeing(protocol)
    for keep in ((), (for_it.pk, against.pk)):
        with pytest.raises(Refused, match="choose the one"):
            approve_protocol(protocol=own, by=doctor_user, now=NOW, keep=keep)
    assert own.aftercare.count() == 6


def test_the_line_the_doctor_chose_is_the_one_that_stays(protocol, doctor_user):
    own, for_it, against = disagreeing(protocol)
    approve_protocol(protocol=own, by=doctor_user, now=NOW, keep=(against.pk,))
    assert list(own.aftercare.filter(topic="massage")) == [against]
    assert own.aftercare.count() == 5
    assert for_it.pk not in own.aftercare.values_list("pk", flat=True)


def test_a_new_version_says_the_same_and_is_the_clinics_to_edit(protocol):
    made = make_version(protocol=protocol)
    assert (made.version, made.approved_at, is_fixed(made)) == (2, None, False)
    assert content_digest(made) == content_digest(protocol)


def test_a_copy_starts_at_version_1_under_its_own_key(protocol):
    made = copy_protocol(protocol=protocol, key="ours")
    assert (made.key, made.version, made.phases.count(), made.aftercare.count()) == ("ours", 1, 3, 5)


def test_a_copy_under_a_key_in_use_is_refused(protocol):
    with pytest.raises(Refused, match="has this key"):
        copy_protocol(protocol=protocol, key="repeated-cycle")


def test_a_version_is_fixed_once_a_source_documents_it_a_doctor_approved_it_or_a_plan_uses_it(
    protocol, doctor_user, patient, site
):
    used, approved, free = (make_version(protocol=protocol) for _ in range(3))
    make_plan(used, patient, site)
    approved = approve_protocol(protocol=approved, by=doctor_user, now=NOW)
    assert [is_fixed(version) for version in (protocol, used, approved, free)] == [True, True, True, False]
