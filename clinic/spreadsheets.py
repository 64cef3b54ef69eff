"""Lists as files: CSV as a spreadsheet here opens it, with nothing in it that the spreadsheet would run."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from datetime import tzinfo

from django.http import HttpRequest, StreamingHttpResponse
from django.utils import timezone, translation

# What a cell begins with when a spreadsheet takes it for a formula.
RUNS = ("=", "+", "-", "@", "\t", "\r", "\n")
BYTE_ORDER_MARK = "\ufeff"


class _Echo:
    """A file that gives back what is written to it, for a writer whose lines are sent one by one."""

    def write(self, text: str) -> str:
        return text


def wants_csv(request: HttpRequest, which: str = "") -> bool:
    """Whether a list is asked for as a file (`?format=csv`), on a page of several the one named (`&list=slots`)."""
    return request.GET.get("format") == "csv" and request.GET.get("list", "") == which


def inert(value: object) -> object:
    """A cell's value; text that would be taken for a formula gets an apostrophe, which makes it text."""
    return f"'{value}" if isinstance(value, str) and value.startswith(RUNS) else value


def csv_response(name: str, head: Sequence[str], rows: Iterable[Sequence[object]]) -> StreamingHttpResponse:
    """A file `name`.csv, in UTF-8 with a byte order mark, sent row by row; `;` between cells in Italian, else `,`."""
    language, zone = translation.get_language() or "en", timezone.get_current_timezone()
    response = StreamingHttpResponse(_lines(language, zone, head, rows), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response


def _lines(language: str, zone: tzinfo, head: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    # Sent after the view has answered, when its language is no longer spoken and its clock no longer tells the time.
    with translation.override(language), timezone.override(zone):
        writer = csv.writer(_Echo(), delimiter=";" if language.startswith("it") else ",")
        yield BYTE_ORDER_MARK + writer.writerow([inert(cell) for cell in head])
        for row in rows:
            yield writer.writerow([inert(cell) for cell in row])
