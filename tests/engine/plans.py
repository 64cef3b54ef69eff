"""Days for tests, from texts or ordinals."""

from datetime import date


def day_of(day: str | int) -> date:
    """The date of an ISO text or a day ordinal."""
    return date.fromordinal(day) if isinstance(day, int) else date.fromisoformat(day)
