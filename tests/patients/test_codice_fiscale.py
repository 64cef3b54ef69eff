"""The tax code: read, checked, and never trusted about the century."""

from datetime import date

import pytest
from codicefiscale import codicefiscale
from django.core.exceptions import ValidationError
from hypothesis import given, settings
from hypothesis import strategies as st

from patients.codice_fiscale import read_code

TODAY = date(2026, 11, 21)
SOFIA = "GRCSFO85C52H501L"


def test_a_code_says_birth_date_sex_and_place():
    reading = read_code(SOFIA, TODAY)
    assert (reading.birth_date, reading.sex, reading.birthplace) == (date(1985, 3, 12), "F", "Roma")


def test_blanks_and_small_letters_are_the_same_code():
    assert read_code(" grc sfo 85c52 h501l ", TODAY).code == SOFIA


@pytest.mark.parametrize("code", codicefiscale.decode(SOFIA)["omocodes"][:8])
def test_a_code_changed_because_two_people_had_it_says_the_same_person(code):
    reading = read_code(code, TODAY)
    assert (reading.code, reading.birth_date, reading.sex) == (code, date(1985, 3, 12), "F")


@pytest.mark.parametrize(
    ("born", "read"),
    [
        ("12/03/1985", date(1985, 3, 12)),
        ("12/03/2020", date(2020, 3, 12)),
        ("12/03/1920", date(2020, 3, 12)),  # two digits: the later of the two
        ("25/12/1926", date(1926, 12, 25)),  # 2026-12-25 is still to come
        ("29/02/2000", date(2000, 2, 29)),
    ],
)
def test_the_century_is_the_latest_that_is_not_in_the_future(born, read):
    code = codicefiscale.encode("Greco", "Sofia", "F", born, "Roma")
    assert read_code(code, TODAY).birth_date == read


@pytest.mark.parametrize("born", [date(1920, 3, 12), date(2020, 3, 12)])
def test_either_century_agrees_with_the_code(born):
    reading = read_code(codicefiscale.encode("Greco", "Sofia", "F", "12/03/1920", "Roma"), TODAY)
    assert reading.agrees_with_birth(born)


def test_another_day_does_not_agree_with_the_code():
    assert not read_code(SOFIA, TODAY).agrees_with_birth(date(1985, 3, 13))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("GRCSFO85C52H501", "16 letters and digits"),
        ("GRCSFO85C52H501LL", "16 letters and digits"),
        ("GRCSFO85C52H50!L", "16 letters and digits"),
        ("GRCSFO85C52H501À", "16 letters and digits"),
        ("", "16 letters and digits"),
        ("GRCSFO85C52H501M", "mistyped"),
        ("GRCSFO85B70H501" + codicefiscale.encode_cin("GRCSFO85B70H501"), "does not exist"),
        ("GRCSFO85C52Z999" + codicefiscale.encode_cin("GRCSFO85C52Z999"), "does not exist"),
    ],
)
def test_a_wrong_code_is_refused_with_the_reason(text, sentence):
    with pytest.raises(ValidationError, match=sentence):
        read_code(text, TODAY)


@settings(deadline=None)
@given(st.text(alphabet="ABCDEHLMPRST0123456789Z ", min_size=15, max_size=18) | st.text(max_size=20))
def test_any_text_is_read_or_refused(text):
    try:
        reading = read_code(text, TODAY)
    except ValidationError:
        return
    assert reading.birth_date <= TODAY
