"""Protocols of the clinic's own in the administration: written there, fixed once approved or used."""

import pytest

from scheduling.models import AftercareLine, Phase, Protocol
from scheduling.services.protocols import approve_protocol, content_digest, make_version
from tests.scheduling.admin.conftest import NOW
from tests.scheduling.admin.forms import errors, save

pytestmark = pytest.mark.django_db
ADD = "/admin/scheduling/protocol/add/"
OWN = {
    "key": "ours",
    "name_en": "Ours",
    "name_it": "Nostro",
    "fields": ["pain"],
    "gates": ["diagnosis"],
    "phases__0__position": 1,
    "phases__0__purpose": "induction",
    "phases__0__count_min": 4,
    "phases__0__count_max": 8,
    "phases__0__every": 1,
    "phases__0__unit": "week",
}


@pytest.fixture
def documented() -> Protocol:
    return Protocol.objects.get(key="cellulite-three-phase")


@pytest.fixture
def own(documented) -> Protocol:
    return make_version(protocol=documented)


def url(protocol: Protocol, verb: str = "change") -> str:
    return f"/admin/scheduling/protocol/{protocol.pk}/{verb}/"


def second(**values: object) -> dict[str, object]:
    """A second phase, as the form names its fields."""
    row = {"position": 2, "purpose": "maintenance", "id": "", **values}
    return {"phases__TOTAL_FORMS": 2, **{f"phases__1__{name}": value for name, value in row.items()}}


def test_a_clinic_writes_a_protocol_with_its_phases(admin):
    response = save(admin, ADD, **OWN, **second(open_ended="on", every=1, unit="month"))
    assert response.status_code == 302
    protocol = Protocol.objects.get(key="ours")
    assert (protocol.version, protocol.source, protocol.approved_at) == (1, "clinic", None)
    assert (protocol.fields, protocol.gates) == (["pain"], ["diagnosis"])
    assert [phase.cadence.every for phase in protocol.phases.all()] == [1, 1]


def test_a_figure_written_here_has_the_clinic_as_its_source_and_silence_has_none(admin):
    save(admin, ADD, **OWN)
    assert Phase.objects.get(protocol__key="ours").sources == {"count": "clinic", "cadence": "clinic"}


def test_a_new_protocol_waits_for_a_doctor(admin):
    save(admin, ADD, **OWN, approved_at="2026-01-01")
    assert Protocol.objects.get(key="ours").approved_at is None


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"key": "cellulite-three-phase"}, "Another protocol has this key"),
        ({"key": "Our own!"}, "Enter a valid “slug”"),
        ({"key": ""}, "This field is required."),
        ({"name_en": "x" * 10_000}, "at most 120 characters"),
        ({"name_it": "a\x00b"}, "Null characters are not allowed."),
        ({"fields": ["dentistry"]}, "Select a valid choice."),
        ({"phases__0__count_min": 9}, "At most must not be less than at least."),
        ({"phases__0__count_default": 9}, "The usual count must lie between at least and at most."),
        ({"phases__0__count_max": 61}, "less than or equal to 60"),
        ({"phases__0__count_min": 0}, "greater than or equal to 1"),
        ({"phases__0__count_min": "four"}, "Enter a whole number."),
        ({"phases__0__every": 0}, "greater than or equal to 1"),
        ({"phases__0__every": -7}, "greater than or equal to"),
        ({"phases__0__every": 367}, "less than or equal to 366"),
        ({"phases__0__unit": ""}, "A cadence needs both its number and its unit, or neither."),
        ({"phases__0__unit": "fortnight"}, "Select a valid choice."),
        ({"phases__0__early": 2}, "Give both the days early and the days late, or neither."),
        ({"phases__0__position": 0}, "greater than or equal to 1"),
        ({"phases__0__position": 13}, "less than or equal to 12"),
        ({"phases__0__gap_every": 2}, "The gap before needs both its number and its unit, or neither."),
        ({"phases__0__cadence_options": '[[14, "day"], [1, "month"]]'}, "not both"),
        ({"phases__0__cadence_options": '[[14, "day"]]'}, "Write two or more cadences"),
        ({"phases__0__cadence_options": '[[0, "day"], [1, "month"]]'}, "Write two or more cadences"),
        ({"phases__0__cadence_options": '[[true, "day"], [1, "month"]]'}, "Write two or more cadences"),
        ({"phases__0__cadence_options": '{"every": 14}'}, "Write two or more cadences"),
        ({"phases__0__cadence_options": "fortnightly"}, "Enter a valid JSON."),
        (second(position=1), "Another phase has this position."),
        ({"phases__0__open_ended": "on", **second()}, "Only the last phase can go on until the doctor stops it."),
        ({"phases__0__DELETE": "on"}, "A protocol needs at least one phase."),
    ],
)
def test_what_cannot_be_a_protocol_is_refused_beside_its_field_and_nothing_is_saved(admin, changed, said):
    response = save(admin, ADD, **OWN | changed)
    assert response.status_code == 200
    assert said in errors(response)
    assert not Protocol.objects.filter(key="ours").exists()


def test_several_cadences_to_choose_from_are_kept(admin):
    options = {
        "phases__0__every": "",
        "phases__0__unit": "",
        "phases__0__cadence_options": '[[14, "day"], [1, "month"]]',
    }
    assert save(admin, ADD, **OWN | options).status_code == 302
    assert Phase.objects.get(protocol__key="ours").cadence_options == [[14, "day"], [1, "month"]]


@pytest.mark.parametrize("why", ["documented", "approved", "used"])
def test_a_fixed_version_shows_its_content_and_changes_nothing(admin, documented, own, doctor_user, plan, why):
    if why == "approved":
        approve_protocol(protocol=own, by=doctor_user, now=NOW)
    if why == "used":
        plan.protocol = own
        plan.save()
    fixed = documented if why == "documented" else own
    before = content_digest(fixed)
    response = admin.get(url(fixed))
    assert "This version is documented by a source, approved or in use" in response.content.decode()
    response = save(admin, url(fixed), name_en="Changed", phases__0__count_min=1, aftercare__0__text_en="Changed")
    assert response.status_code in (200, 302)
    assert content_digest(Protocol.objects.get(pk=fixed.pk)) == before
    assert admin.post(url(fixed, "delete"), {"post": "yes"}).status_code == 403


def test_a_fixed_version_can_be_retired(admin, documented):
    assert save(admin, url(documented), retired="on").status_code == 302
    documented.refresh_from_db()
    assert documented.retired


def test_a_version_nobody_uses_yet_can_be_edited_and_only_the_changed_figure_becomes_the_clinics(admin, own):
    assert save(admin, url(own), phases__0__count_max=7).status_code == 302
    phase = own.phases.get(position=1)
    assert phase.count_max == 7
    assert phase.sources == {"count": "clinic", "cadence": "003_2466f23edb60dbca.txt"}
    assert own.phases.get(position=2).sources["count"] == "003_2466f23edb60dbca.txt"


def test_the_key_of_a_version_stays(admin, own):
    save(admin, url(own), key="another")
    own.refresh_from_db()
    assert own.key == "cellulite-three-phase"


def test_a_new_version_is_made_from_a_button_and_opened(admin, documented):
    assert "Make a new version" in admin.get(url(documented)).content.decode()
    response = admin.post(url(documented, "new-version"))
    made = Protocol.objects.get(key=documented.key, version=2)
    assert response.url == url(made)
    assert content_digest(made) == content_digest(documented)
    assert made.approved_at is None


def test_looking_at_the_address_of_the_button_makes_no_version(admin, documented):
    assert admin.get(url(documented, "new-version")).status_code == 405
    assert Protocol.objects.count() == 5


def test_a_copy_gets_the_key_asked_for(admin, documented):
    assert admin.get(url(documented, "copy")).status_code == 200
    response = admin.post(url(documented, "copy"), {"key": "ours"})
    made = Protocol.objects.get(key="ours")
    assert response.url == url(made)
    assert (made.version, made.phases.count(), made.aftercare.count()) == (1, 3, 5)


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("repeated-cycle", "Another protocol has this key."),
        ("", "This field is required."),
        ("Our own!", "Enter a valid"),
        ("x" * 10_000, "at most 60 characters"),
        ("a\x00", "Null characters are not allowed."),
    ],
)
def test_a_key_no_copy_can_have_is_refused_beside_its_field(admin, documented, key, said):
    response = admin.post(url(documented, "copy"), {"key": key})
    assert response.status_code == 422
    assert said in str(response.context["form"].errors)
    assert Protocol.objects.count() == 5


@pytest.mark.parametrize("verb", ["copy", "new-version"])
def test_what_does_not_exist_is_not_copied(admin, verb):
    assert admin.post(f"/admin/scheduling/protocol/999999999/{verb}/", {"key": "ours"}).status_code == 404


def test_several_protocols_are_never_deleted_at_once(admin):
    keys = list(Protocol.objects.values_list("pk", flat=True))
    admin.post("/admin/scheduling/protocol/", {"action": "delete_selected", "_selected_action": keys, "post": "yes"})
    assert Protocol.objects.count() == 5


def test_aftercare_is_edited_with_the_protocol(admin, own):
    line = own.aftercare.get(position=4)
    assert save(admin, url(own), aftercare__3__text_en="Drink water.", aftercare__3__source="clinic").status_code == 302
    line.refresh_from_db()
    assert (line.text_en, line.source) == ("Drink water.", "clinic")
    assert AftercareLine.objects.filter(protocol=own).count() == 5
