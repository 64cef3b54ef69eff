"""Three proposals with a real choice between them, never a copy."""

from datetime import date
from itertools import pairwise

from scheduling.engine.cycle import ProposalName, proposals
from scheduling.engine.free_time import build_diary
from scheduling.engine.request import CycleRequest
from scheduling.engine.terms import Preference
from tests.engine.diaries import full_diary, weekly

START = date(2026, 1, 5)
MIDDAY = 13 * 60


def asked(diary, preference=Preference()):  # noqa: B008 - a frozen value
    request = CycleRequest(sittings=weekly(10, START), diary=diary, minutes=15, preference=preference)
    return {proposal.name: proposal for proposal in proposals(request)}


def mornings(proposal) -> int:
    return sum(slot.start < MIDDAY for slot in proposal.slots)


def test_without_wishes_the_third_proposal_is_in_the_other_half_of_the_day():
    found = asked(full_diary(first=START, days=120, practitioners=3, rooms=3))
    regular, other = found[ProposalName.MOST_REGULAR], found[ProposalName.OTHER_TIME]
    assert (mornings(regular) >= 5) != (mornings(other) >= 5)


def test_with_wishes_the_third_proposal_is_the_patients():
    found = asked(full_diary(first=START, days=120, practitioners=3, rooms=3), Preference(weekdays=frozenset({2})))
    assert ProposalName.OTHER_TIME not in found
    assert {slot.day.weekday() for slot in found[ProposalName.PATIENT_FIRST].slots} == {2}


def test_a_clinic_with_one_slot_a_day_has_one_proposal_and_no_copies():
    first = START.toordinal()
    diary = build_diary(
        grid=5,
        first_day=first,
        last_day=first + 90,
        hours=[(1, day, 540, 555) for day in range(first, first + 91, 7)],
        rooms={1: 0},
    )
    assert len(asked(diary)) == 1


def test_every_proposal_keeps_the_windows_and_places_every_sitting():
    for proposal in asked(full_diary(first=START, days=120, practitioners=3, rooms=3, fill=0.95)).values():
        assert len(proposal.slots) == 10
        assert proposal.figures.outside_window == 0
        days = [slot.day for slot in proposal.slots]
        gaps = [(after - before).days for before, after in pairwise(days)]
        assert all(5 <= gap <= 10 for gap in gaps)
