"""The documents say what is true: their links lead somewhere, and what they name exists."""

import re
from collections.abc import Iterator
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from uuid import uuid4

import pytest
from django.core.management import get_commands
from django.db.models import Model
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import translation

from bench.cases import CASES
from clinic.models import User
from clinic.roles import Role
from scheduling.engine.rules import Weights
from scheduling.engine.terms import Reason
from scheduling.models import (
    Appointment,
    BookingWeights,
    FreedSlot,
    PlanState,
    Sitting,
    SittingState,
    SlotOffer,
    Status,
)
from scheduling.selectors.ways_out import REASONS
from scheduling.services.batches import make_batch
from scheduling.services.freed import keep_freed
from scheduling.services.wishes import Wanted, add_wish
from tests.scheduling.booking_data import MONDAY, at, make_plan, occupy

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
MAKE = re.compile(r"(?:^|`)make ([a-z]+)", re.M)
MANAGE = re.compile(r"manage\.py ([a-z_]+)")
NAMED_FILE = re.compile(r"`([\w.-]+/[\w./-]+\.(?:py|toml|html|scss|js|lock|in|md|po))`")
MACHINE_PATH = re.compile(r"(?<![\w.:/])/(?:home|root|work|Users|tmp|mnt)/")
# Acts that answer with a part of a page, which only a script asks for.
FRAGMENTS = {"patient_decode", "plan_preview"}
EVERY_DOCUMENT = pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))


def text_of(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def table_under(heading: str, text: str) -> list[list[str]]:
    """The rows of the first table after a heading, without its head, as cells."""
    after = text.split(f"\n{heading}\n", 1)[1]
    lines = re.search(r"(?:^\|.*\n)+", after, re.M)
    assert lines, f"no table under {heading}"
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[0].splitlines()[2:]]


def test_the_readme_is_read_in_a_few_minutes() -> None:
    assert len(text_of("README.md").splitlines()) < 120


@EVERY_DOCUMENT
def test_every_link_and_picture_of_a_document_exists(path: Path) -> None:
    targets = [target for target in LINK.findall(path.read_text(encoding="utf-8")) if "://" not in target]
    files = [target.partition("#")[0] for target in targets if not target.startswith("#")]
    assert [name for name in files if not (path.parent / name).exists()] == []


@EVERY_DOCUMENT
def test_every_file_that_a_document_names_exists(path: Path) -> None:
    named = set(NAMED_FILE.findall(path.read_text(encoding="utf-8")))
    assert sorted(name for name in named if not (ROOT / name).exists()) == []


@EVERY_DOCUMENT
def test_every_make_target_that_a_document_names_exists(path: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", text_of("Makefile"), re.M))
    assert set(MAKE.findall(path.read_text(encoding="utf-8"))) <= targets


@EVERY_DOCUMENT
def test_every_command_that_a_document_names_exists(path: Path) -> None:
    assert set(MANAGE.findall(path.read_text(encoding="utf-8"))) <= set(get_commands())


@EVERY_DOCUMENT
def test_a_document_holds_no_path_of_one_machine(path: Path) -> None:
    assert MACHINE_PATH.findall(path.read_text(encoding="utf-8")) == []


def test_operations_lists_every_variable_that_the_settings_read() -> None:
    read = set(re.findall(r"\benv\.\w+\(\s*\"([A-Z_]+)\"", text_of("clinic/settings.py")))
    listed = [row[0].strip("`") for row in table_under("## Settings", text_of("docs/operations.md"))]
    assert sorted(listed) == sorted(read)


@pytest.mark.parametrize(
    ("heading", "states"),
    [("plan", PlanState), ("sitting", SittingState), ("appointment", Status)],
)
def test_the_glossary_explains_every_state(heading, states) -> None:
    with translation.override("en"):
        labels = [str(label) for label in states.labels]
    assert [row[0] for row in table_under(f"## States of {_a(heading)}", text_of("docs/glossary.md"))] == labels


def test_the_booking_document_has_each_weight_with_its_default_and_the_words_of_the_interface() -> None:
    with translation.override("en"):
        weights = {name: BookingWeights._meta.get_field(name) for name in (each.name for each in fields(Weights))}
        stated = [[f"`{name}`", str(field.default), str(field.help_text)] for name, field in weights.items()]
    assert table_under("## Costs", text_of("docs/algorithms/booking.md")) == stated
    assert [str(points) for points in astuple(Weights())] == [row[1] for row in stated]


def test_the_booking_document_has_each_reason_with_the_words_of_the_interface() -> None:
    with translation.override("en"):
        said = [[f"`{reason}`", str(REASONS[reason])] for reason in Reason]
    table = table_under("## Hard rules", text_of("docs/algorithms/booking.md"))
    assert [[name, words] for name, _takes, words in table] == said


def test_the_performance_document_has_each_figure_of_the_benchmark() -> None:
    named = [row[0] for row in table_under("## What is measured", text_of("docs/performance.md"))]
    assert named == list(CASES)


def _a(noun: str) -> str:
    return f"an {noun}" if noun[0] in "aeiou" else f"a {noun}"


@dataclass(frozen=True)
class Row:
    """One row of the matrix: the name of an address, whether it is an act, and the roles that may."""

    name: str
    is_act: bool
    roles: frozenset[Role]


def matrix() -> list[Row]:
    rows = []
    for _what, page, *answers in table_under("## Who may do what", text_of("docs/security.md")):
        assert set(answers) <= {"yes", "no"}
        allowed = zip((Role.RECEPTION, Role.DOCTOR, Role.ADMINISTRATOR), answers, strict=True)
        roles = frozenset(role for role, answer in allowed if answer == "yes")
        rows.append(Row(page.split("`")[1], page.endswith("POST"), roles))
    return rows


def routes(patterns: list[URLPattern | URLResolver], prefix: str = "") -> Iterator[tuple[str, str]]:
    """The name and route of every address of our own: not those of allauth, and of Django admin its first page."""
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if route == "admin/":
            yield "admin:index", route
        elif isinstance(pattern, URLPattern):
            yield str(pattern.name), route
        elif route != "account/":
            yield from routes(pattern.url_patterns, route)


@pytest.fixture
def addresses(site, doctor_user, practitioner, room, patient) -> dict[str, str]:
    """The address of every page, with things that exist where it wants their numbers."""
    plan = make_plan(patient, site, doctor_user, practitioner=practitioner)
    batch = make_batch(plans=[plan], key=uuid4(), by=doctor_user, now=at(MONDAY, 8))
    things = {
        "patients": patient,
        "plans": plan,
        "recalls": plan,
        "sittings": plan.sittings.earliest("number"),
        "protocols": plan.protocol,
        "batches": batch,
        "batch-lines": batch.lines.get(),
        "appointments": occupy(practitioner, room, at(MONDAY, 10), 15, doctor_user),
    }
    things |= waiting(things["sittings"], things["appointments"], doctor_user)
    found = {}
    for name, route in routes(get_resolver().url_patterns):
        thing = things.get(route.partition("/")[0])
        found[name] = "/" + route.replace("<int:pk>", str(thing.pk if thing else "")).replace("<slug:verb>", "arrive")
    found["plan_preview"] += f"?plan={plan.pk}"  # told in the query, since a plan may have no number yet
    return found


def waiting(sitting: Sitting, freed: Appointment, by: User) -> dict[str, Model]:
    """A sitting that waits for an earlier slot, a freed slot, and the offer of it."""
    moment = at(MONDAY, 8)
    wish = add_wish(sitting=sitting, wanted=Wanted(MONDAY), by=by, now=moment)
    keep_freed([freed])
    slot = FreedSlot.objects.get()
    told = {"until": moment, "offered_by": by, "offered_at": moment}
    offer = SlotOffer.objects.create(freed=slot, wish=wish, appointment=freed, **told)
    return {"wishes": wish, "freed-slots": slot, "offers": offer}


def answered(client: Client, row: Row, address: str) -> int:
    """The status in the end; redirects of a page are followed, those of an act are its success."""
    if row.is_act:
        return client.post(address).status_code
    return client.get(address, follow=True).status_code


def test_the_matrix_has_every_address_of_the_application() -> None:
    named = [row.name for row in matrix()]
    assert sorted(named) == sorted(name for name, _route in routes(get_resolver().url_patterns))


@pytest.mark.parametrize("role", list(Role))
def test_each_role_is_answered_as_the_matrix_says(
    role, addresses, client, reception_user, doctor_user, administrator_user
) -> None:
    users = {Role.RECEPTION: reception_user, Role.DOCTOR: doctor_user, Role.ADMINISTRATOR: administrator_user}
    client.force_login(users[role])
    wrong = []
    for row in matrix():
        status = answered(client, row, addresses[row.name])
        fine = (200, 204, 302, 409, 422) if row.is_act else (200,)
        if status not in (fine if role in row.roles else (403,)):
            wrong.append((row.name, status))
    assert wrong == []


def test_whoever_opens_the_address_of_an_act_is_led_to_a_page(addresses, client, doctor_user) -> None:
    client.force_login(doctor_user)
    acts = [row.name for row in matrix() if row.is_act and row.name not in FRAGMENTS]
    left = {name: client.get(addresses[name], follow=True).status_code for name in acts}
    assert {name: status for name, status in left.items() if status != 200} == {}


def test_nobody_sees_a_page_without_signing_in_but_the_health_page(addresses, client) -> None:
    answers = {row.name: answered_to_a_stranger(client, row, addresses[row.name]) for row in matrix()}
    assert [name for name, signs_in in answers.items() if not signs_in] == ["health"]


def answered_to_a_stranger(client: Client, row: Row, address: str) -> bool:
    """Whether somebody not signed in is sent to sign in; a form sent by nobody is kept to be sent again, not done."""
    if row.is_act:
        return client.post(address).status_code == 403
    response = client.get(address)
    return response.status_code == 302 and "login" in response["Location"]
