"""The calendar as the browser's calendar takes it: wall times without a zone, so that no browser converts them."""

from datetime import date, datetime, time, timedelta
from typing import Any

from scheduling.selectors.calendar_terms import Band, Calendar, Entry
from scheduling.selectors.local_time import clock_words

# Minutes up to which an appointment is drawn in one line.
ONE_LINE = 15


def feed_of(calendar: Calendar) -> dict[str, Any]:
    """What is drawn, and what may have changed since the page was: the site's date, the columns, the hours."""
    events = [_event(entry) for entry in calendar.entries]
    return {
        "today": calendar.today.isoformat(),
        "columns": [{"id": column.key, "title": column.name} for column in calendar.columns],
        "from": clock_words(calendar.from_minute),
        "until": clock_words(calendar.until_minute),
        "hidden": sorted((day.weekday() + 1) % 7 for day in calendar.closed_days),
        "events": events + [_background(band) for band in calendar.bands],
    }


def _wall(day: date, minute: int) -> str:
    return (datetime.combine(day, time()) + timedelta(minutes=minute)).isoformat()


def _event(entry: Entry) -> dict[str, Any]:
    span = {"start": _wall(entry.day, entry.starts), "end": _wall(entry.day, entry.ends), "resourceId": entry.column}
    if entry.other:
        return {**span, "id": f"taken-{entry.pk}", "display": "background", "classNames": ["taken"]}
    return {
        **span,
        "id": str(entry.pk),
        "classNames": [f"is-{entry.css}", *(["short"] if entry.ends - entry.starts <= ONE_LINE else [])],
        "editable": entry.movable,
        "extendedProps": {
            "version": entry.version,
            "practitioner": entry.practitioner,
            "room": entry.room,
            "name": entry.name,
            "surname": entry.surname,
            "word": entry.word,
            "time": entry.time,
            "detail": entry.detail,
            "where": entry.where,
        },
    }


def _background(band: Band) -> dict[str, Any]:
    return {
        "id": f"off-{band.column}-{band.day}-{band.starts}",
        "display": "background",
        "start": _wall(band.day, band.starts),
        "end": _wall(band.day, band.ends),
        "resourceId": band.column,
        "classNames": ["lost" if band.label else "off"],
        "extendedProps": {"label": band.label},
    }
