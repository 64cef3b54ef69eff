"""Files for spreadsheets: read back as written, in the reader's own form, and never a formula."""

import csv
import io

from django.utils import translation
from hypothesis import example, given
from hypothesis import strategies as st

from clinic.spreadsheets import RUNS, csv_response

cells = st.text(st.characters(exclude_categories=["Cs"]))


def read(response, delimiter=",") -> list[list[str]]:
    return cells_of(b"".join(response.streaming_content), delimiter)


def cells_of(body: bytes, delimiter=",") -> list[list[str]]:
    return list(csv.reader(io.StringIO(body.decode("utf-8-sig"), newline=""), delimiter=delimiter, strict=True))


@given(cells)
@example("=HYPERLINK(1)")
@example("\t=1")
@example("-1+1")
def test_no_cell_begins_as_a_formula_and_none_loses_a_character(text):
    (_head, row) = read(csv_response("x", ["a"], [[text, "end"]]))
    assert not row[0].startswith(RUNS)
    assert row[0] in (text, f"'{text}")
    assert row[1] == "end"


def test_a_file_has_a_byte_order_mark_and_italian_separates_with_semicolons():
    for language, delimiter in (("en", ","), ("it", ";")):
        with translation.override(language):
            response = csv_response("patients", ["Città", "n"], [["Forlì; centro, sud", 3]])
        body = b"".join(response.streaming_content)
        assert body.startswith(b"\xef\xbb\xbf")
        assert cells_of(body, delimiter) == [["Città", "n"], ["Forlì; centro, sud", "3"]]
        assert response["Content-Disposition"] == 'attachment; filename="patients.csv"'
        assert response["Content-Type"] == "text/csv; charset=utf-8"


def test_a_number_stays_a_number_even_below_nought():
    assert read(csv_response("x", ["a"], [[-3, 2.5]]))[1] == ["-3", "2.5"]


def test_words_of_a_row_are_in_the_language_of_the_one_who_asked():
    with translation.override("it"):
        response = csv_response("x", ["a"], ([translation.get_language()] for _row in range(1)))
    assert read(response, ";")[1] == ["it"]
