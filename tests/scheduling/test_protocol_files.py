"""The five documented protocols against the table of the clinical sources, and files that must be refused."""

from pathlib import Path

import pytest

from scheduling.services.protocol_files import SHIPPED, read_folder
from scheduling.services.toml_tables import Malformed

S000, S001, S002 = "000_5c1f59798ab419b9.txt", "001_56478e16b35eaa46.txt", "002_816345b273d025ae.txt"
S003, S004 = "003_2466f23edb60dbca.txt", "004_b6071973106c6a03.txt"

# Purpose, least and most sittings, cadences stated. None and [] where the source is silent.
TABLE = {
    "supported-course": (S000, ["diagnosis"], [("induction", 7, 8, []), ("maintenance", None, None, [])]),
    "stabilised-cycle": (
        S001,
        ["diagnosis"],
        [("induction", 8, 15, []), ("maintenance", None, None, [[14, "day"], [1, "month"]])],
    ),
    "weekly-with-recalls": (
        S002,
        ["sensitivity-test"],
        [("induction", 8, 15, [[1, "week"]]), ("maintenance", None, None, [[1, "month"]])],
    ),
    "cellulite-three-phase": (
        S003,
        ["antisepsis"],
        [
            ("induction", 6, 6, [[1, "month"]]),
            ("consolidation", 10, 10, [[15, "day"]]),
            ("maintenance", 12, 12, [[1, "month"]]),
        ],
    ),
    "repeated-cycle": (
        S004,
        ["contraindications", "diagnosis"],
        [("induction", None, None, []), ("maintenance", None, None, [])],
    ),
}
SHIPPED_TEXTS = {text.key: text for text in read_folder(SHIPPED)}

GOOD = """\
key = "our-own"
name = { en = "Our own", it = "Il nostro" }
summary = { en = "Ours.", it = "Nostro." }
source = "clinic"
source_title = "The clinic's own"
fields = ["pain"]
gates = ["diagnosis"]

[[phase]]
purpose = "induction"
count = { min = 4, max = 8, usual = 6, source = "clinic" }
cadence = { every = 1, unit = "week", source = "clinic" }
tolerance = { early = 2, late = 3, source = "product" }

[[phase]]
purpose = "maintenance"
cadence = { every = 1, unit = "month", source = "clinic" }
minimum_gap = { days = 15, source = "product" }
gap_before = { every = 2, unit = "week", source = "clinic" }
open_ended = { source = "clinic" }

[[aftercare]]
en = "Drink."
it = "Bere."
source = "clinic"
"""


def write(folder: Path, text: str, name: str = "own.toml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def refusal(folder: Path, text: str) -> str:
    """What is said about a file, without the folder."""
    write(folder, text)
    with pytest.raises(Malformed) as refused:
        read_folder(folder)
    return str(refused.value).removeprefix(f"{folder}/")


def test_exactly_the_five_documented_protocols_are_shipped():
    assert set(SHIPPED_TEXTS) == set(TABLE)


@pytest.mark.parametrize("key", TABLE)
def test_a_shipped_protocol_says_what_its_source_says_and_no_more(key):
    source, gates, phases = TABLE[key]
    text = SHIPPED_TEXTS[key]
    found = [
        (
            phase["purpose"],
            phase["count_min"],
            phase["count_max"],
            [[phase["every"], phase["unit"]]] if phase["every"] else phase["cadence_options"],
        )
        for phase in text.phases
    ]
    assert (text.values["source"], text.values["gates"], found) == (source, gates, phases)


@pytest.mark.parametrize("key", TABLE)
def test_every_figure_of_a_shipped_protocol_names_its_own_source_and_silence_names_none(key):
    source, _gates, phases = TABLE[key]
    for phase, (_purpose, least, _most, cadences) in zip(SHIPPED_TEXTS[key].phases, phases, strict=True):
        expected = ({"count": source} if least else {}) | ({"cadence": source} if cadences else {})
        assert phase["sources"] == expected


@pytest.mark.parametrize("key", TABLE)
def test_no_shipped_protocol_claims_a_tolerance_a_least_gap_or_a_gap_between_phases(key):
    for phase in SHIPPED_TEXTS[key].phases:
        silent = ("early", "late", "minimum_gap", "gap_every")
        assert [phase[field] for field in silent] == [None] * len(silent)


@pytest.mark.parametrize("key", TABLE)
def test_aftercare_lines_come_from_the_protocols_own_source_in_both_languages(key):
    lines = SHIPPED_TEXTS[key].aftercare
    assert {line["source"] for line in lines} <= {TABLE[key][0]}
    assert all(line["text_en"] != line["text_it"] for line in lines)


def test_the_aftercare_of_the_sources_is_complete():
    assert {key: len(text.aftercare) for key, text in SHIPPED_TEXTS.items()} == {
        "supported-course": 1,
        "stabilised-cycle": 1,
        "weekly-with-recalls": 0,
        "cellulite-three-phase": 5,
        "repeated-cycle": 2,
    }


def test_only_the_two_lines_on_massage_are_marked_as_disagreeing():
    topics = {(key, line["topic"]) for key, text in SHIPPED_TEXTS.items() for line in text.aftercare if line["topic"]}
    assert topics == {("cellulite-three-phase", "massage"), ("repeated-cycle", "massage")}


def test_the_three_phases_for_cellulite_are_28_sittings():
    assert sum(phase["count_default"] for phase in SHIPPED_TEXTS["cellulite-three-phase"].phases) == 28


def test_a_file_with_every_figure_is_taken(tmp_path):
    write(tmp_path, GOOD)
    (text,) = read_folder(tmp_path)
    induction, maintenance = text.phases
    assert (induction["count_default"], induction["early"], induction["late"]) == (6, 2, 3)
    assert (maintenance["minimum_gap"], maintenance["gap_every"], maintenance["gap_unit"]) == (15, 2, "week")
    assert maintenance["open_ended"] is True
    assert maintenance["sources"] == {
        "cadence": "clinic",
        "minimum_gap": "product",
        "gap_before": "clinic",
        "open_ended": "clinic",
    }


def test_comments_and_layout_do_not_change_the_digest_but_a_figure_does(tmp_path):
    digests = []
    for text in (GOOD, "# a remark\n\n" + GOOD, GOOD.replace("max = 8", "max = 9")):
        write(tmp_path, text)
        digests.append(read_folder(tmp_path)[0].digest)
    assert digests[0] == digests[1] != digests[2]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('key = "our-own"', 'key = "our-own', "own.toml:1: Illegal character"),
        ('unit = "week", source = "clinic" }', 'unit = "week", source = "clinic"', "own.toml:12: "),
        ('gates = ["diagnosis"]', 'key = "again"', "own.toml:7: Cannot overwrite a value"),
        ('key = "our-own"', "key = 7", "own.toml:1: 'key' must be a text"),
        ('key = "our-own"', 'key = "Our own"', "own.toml:1: 'Our own' is no key"),
        ('it = "Il nostro"', 'fr = "Le nôtre"', "own.toml:2: 'fr' is not known here"),
        ('"Our own", it', f'"{"x" * 121}", it', "own.toml:2: 'en' must be one line of 1 to 120 characters"),
        ('summary = { en = "Ours.", it = "Nostro." }\n', "", "own.toml:1: 'summary' is missing"),
        ('fields = ["pain"]', 'fields = ["dentistry"]', "own.toml:6: 'fields' takes each of these at most once"),
        ('fields = ["pain"]', 'fields = "pain"', "own.toml:6: 'fields' must be a list"),
        ('purpose = "induction"', 'purpose = "attack"', "own.toml:10: 'attack' is none of induction"),
        ('purpose = "induction"\n', "", "own.toml:9: 'purpose' is missing"),
        ('purpose = "maintenance"', 'purpose = "maintenance"\ncolour = "red"', "own.toml:17: 'colour' is not known"),
        ("min = 4, max = 8", "min = 9, max = 8", "own.toml:11: at least 9 is more than at most 8"),
        ("min = 4, max = 8", "min = 4", "own.toml:11: 'max' is missing"),
        ("min = 4, max = 8", "exactly = 6", "own.toml:11: give either 'exactly' or 'min' and 'max'"),
        ("usual = 6", "usual = 9", "own.toml:11: 'usual' must be from 4 to 8, not 9"),
        ("max = 8", "max = 61", "own.toml:11: 'max' must be from 1 to 60, not 61"),
        ("min = 4", 'min = "4"', "own.toml:11: 'min' must be a whole number"),
        ("min = 4", "min = true", "own.toml:11: 'min' must be a whole number"),
        ("min = 4", "min = 4.5", "own.toml:11: 'min' must be a whole number"),
        ('usual = 6, source = "clinic"', "usual = 6", "own.toml:11: 'source' is missing"),
        ('every = 1, unit = "week"', 'every = 0, unit = "week"', "own.toml:12: 'every' must be from 1 to 366"),
        ('every = 1, unit = "week"', 'every = -7, unit = "day"', "own.toml:12: 'every' must be from 1 to 366"),
        ('unit = "week", source', 'unit = "fortnight", source', "own.toml:12: 'fortnight' is none of day, week, month"),
        (
            'cadence = { every = 1, unit = "week", source',
            'cadence = { options = [{ every = 1, unit = "week" }], source',
            "own.toml:12: a choice needs at least two cadences",
        ),
        ("early = 2", "early = -1", "own.toml:13: 'early' must be from 0 to 60, not -1"),
        ("days = 15", "days = 31", "own.toml:18: 31 days are more than the cadence itself"),
        (
            "tolerance = {",
            'open_ended = { source = "clinic" }\ntolerance = {',
            "own.toml:13: only the last phase can go on until the doctor stops it",
        ),
        ('en = "Drink."\n', "", "own.toml:22: 'en' is missing"),
        ('it = "Bere."\nsource = "clinic"\n', 'it = "Bere."\n', "own.toml:22: 'source' is missing"),
    ],
)  # fmt: skip
def test_a_malformed_file_is_refused_with_file_line_and_reason(tmp_path, old, new, said):
    assert GOOD.count(old) >= 1
    assert refusal(tmp_path, GOOD.replace(old, new, 1)).startswith(said)


def test_a_protocol_without_phases_is_refused(tmp_path):
    start = GOOD.index("[[phase]]")
    assert refusal(tmp_path, GOOD[:start]) == "own.toml:1: a protocol has 1 to 12 phases, not 0"


def test_text_cut_off_is_refused_at_its_last_line(tmp_path):
    assert refusal(tmp_path, 'key = "x"\nname = { en = "x"').startswith("own.toml:2: ")


def test_a_file_that_is_not_utf8_is_refused_at_the_line_of_the_first_wrong_byte(tmp_path):
    (tmp_path / "own.toml").write_bytes(GOOD.encode().replace(b"Nostro", b"Nostr\xf2"))
    with pytest.raises(Malformed, match=r"own\.toml:3: not written in UTF-8"):
        read_folder(tmp_path)


def test_two_files_with_one_key_are_refused(tmp_path):
    write(tmp_path, GOOD, "a.toml")
    write(tmp_path, GOOD, "b.toml")
    with pytest.raises(Malformed, match=r"b\.toml:1: 'our-own' is the key of a\.toml already"):
        read_folder(tmp_path)


def test_a_folder_named_like_a_file_is_refused(tmp_path):
    (tmp_path / "own.toml").mkdir()
    with pytest.raises(Malformed, match=r"own\.toml:1: cannot be read"):
        read_folder(tmp_path)
