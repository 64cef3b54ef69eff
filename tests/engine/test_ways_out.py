"""What would place a blocked sitting: its price is that of the whole cycle solved again, and the best are named."""

from dataclasses import replace
from datetime import timedelta

from scheduling.engine.cycle import Blocked, WayOutKind, propose, take_way_out
from scheduling.engine.rules import Weights, drift
from scheduling.engine.terms import OpenedHours, Preference, Price
from scheduling.engine.ways_out import MOST_OTHERS, OPENING_POINTS
from tests.engine.clinic import BIANCHI, CLOSES, FIRST, MONDAY, NERI, OPENS, ROOM, ask, every_day, hours
from tests.engine.diaries import weekly

DAY, OPEN = timedelta(days=1), WayOutKind.OPEN
# The window of the first sitting is Monday to Thursday; nobody works on these days but on the Friday after.
FROM_FRIDAY = hours(days=range(4, 60))
# Monday to Friday, week after week.
ON_WEEKDAYS = [span for span in hours() if (span[1] - FIRST) % 7 < 5]


def blocked(request) -> Blocked:
    found = propose(request)
    assert isinstance(found, Blocked)
    return found


def of_kind(found: Blocked, kind: WayOutKind):
    return [way for way in found.ways_out if way.kind is kind]


def test_the_price_is_what_the_whole_cycle_costs_once_the_way_out_is_taken():
    request = ask(weekly(3, MONDAY), spans={"away": every_day(BIANCHI, days=range(5, 25))})
    found = blocked(request)
    complete = [way for way in found.ways_out if way.completes and way.kind is WayOutKind.WIDEN]
    assert complete
    for way in complete:
        after = propose(take_way_out(request, found.number, way))
        drifts = [(slot.day - sitting.ideal).days for slot, sitting in zip(after.slots, request.sittings, strict=True)]
        assert way.price == Price(after.cost, sum(map(abs, drifts)), drifts[-1], 0)
        assert way.slot == after.slots[found.number - 1]


def test_a_later_start_is_priced_against_the_dates_asked_for_not_its_own():
    request = ask(weekly(2, MONDAY), spans={"hours": FROM_FRIDAY})
    found = blocked(request)
    (later,) = of_kind(found, WayOutKind.START_LATER)
    after = propose(take_way_out(request, found.number, later))
    assert [(slot.day - MONDAY).days for slot in after.slots] == [4, 11]
    # One day on, so that the Friday is inside the window: three days late then, four by the dates asked for.
    assert (later.days, later.price.drift, later.price.later) == (1, 8, 4)
    assert later.price.points == after.cost + 2 * (drift(4, Weights()) - drift(3, Weights()))


def test_ways_out_are_ranked_by_price():
    found = blocked(ask(weekly(3, MONDAY), spans={"away": every_day(BIANCHI, days=range(5, 25))}))
    points = [way.price.points for way in found.ways_out if way.completes]
    assert points == sorted(points)
    assert [way.completes for way in found.ways_out] == sorted((w.completes for w in found.ways_out), reverse=True)


def test_sittings_off_the_patients_days_or_hours_are_counted():
    wish = Preference(weekdays=frozenset({0}), from_minute=OPENS, until_minute=OPENS + 60)
    found = blocked(ask(weekly(1, MONDAY), spans={"hours": FROM_FRIDAY}, preference=wish))
    widened = of_kind(found, WayOutKind.WIDEN)[0]
    assert (widened.slot.day.weekday(), widened.price.off_wishes) == (4, 1)


def test_of_many_others_the_three_cheapest_are_named():
    others = range(2, 21)
    # The higher the number, the fewer days until they first work.
    spans = [span for who in others for span in hours(who, range((20 - who) // 5, 60))]
    request = ask(
        weekly(1, MONDAY),
        spans={"away": every_day(BIANCHI), "hours": hours() + spans},
        practitioners=frozenset({BIANCHI}),
        others=frozenset(others),
    )
    named = of_kind(blocked(request), WayOutKind.PRACTITIONER)
    assert len(named) == MOST_OTHERS
    assert {way.practitioner for way in named} <= {16, 17, 18, 19, 20}
    assert {way.price.drift for way in named} == {0}


def test_when_only_several_others_together_complete_the_cycle_anyone_is_a_way_out():
    third = 3
    request = ask(
        weekly(2, MONDAY),
        spans={
            "hours": hours(days=range(0)) + hours(NERI, range(3)) + hours(third, range(7, 10)),
        },
        practitioners=frozenset({BIANCHI}),
        others=frozenset({NERI, third}),
    )
    found = blocked(request)
    first = found.ways_out[0]
    assert (first.kind, first.completes) == (WayOutKind.ANYONE, True)
    after = propose(take_way_out(request, found.number, first))
    assert [slot.practitioner for slot in after.slots] == [NERI, third]


def test_somebody_without_any_hours_is_blocked_by_the_hours_and_anyone_may_help():
    request = ask(
        spans={"hours": hours(NERI) + hours(3)}, practitioners=frozenset({BIANCHI}), others=frozenset({NERI, 3})
    )
    found = blocked(request)
    assert found.reason.value == "hours"
    assert WayOutKind.PRACTITIONER in {way.kind for way in found.ways_out}


# Extra hours.


def test_a_closed_saturday_inside_the_window_is_opened():
    # From the Monday on the window is Monday to Thursday; a week late it holds the Saturday before.
    lost = every_day(BIANCHI, days=range(7, 12))
    request = ask(weekly(2, MONDAY), spans={"hours": ON_WEEKDAYS, "away": lost, "patient_unavailable": days(1, 2, 3)})
    found = blocked(request)
    assert found.number == 2
    saturday = of_kind(found, WayOutKind.OPEN)[0]
    assert saturday.opened == OpenedHours(BIANCHI, MONDAY + 5 * DAY, OPENS, CLOSES)
    after = propose(take_way_out(request, found.number, saturday))
    assert [slot.day for slot in after.slots] == [MONDAY, MONDAY + 5 * DAY]
    assert saturday.price.points == after.cost + OPENING_POINTS


def days(*numbers: int) -> list[tuple[int, int, int]]:
    return [(FIRST + number, 0, 1440) for number in numbers]


def test_a_sunday_is_opened_only_when_no_other_day_helps():
    lost = every_day(BIANCHI, days=range(7, 12))
    spans = {"hours": ON_WEEKDAYS, "away": lost, "patient_unavailable": days(1, 2, 3)}
    opened = [way.opened.day.weekday() for way in of_kind(blocked(ask(weekly(2, MONDAY), spans=spans)), OPEN)]
    assert opened == [5]
    spans["patient_unavailable"] = days(1, 2, 3, 5)
    opened = [way.opened.day.weekday() for way in of_kind(blocked(ask(weekly(2, MONDAY), spans=spans)), OPEN)]
    assert opened == [6]


def test_the_half_of_the_day_that_suits_the_patient_is_opened():
    split = [(BIANCHI, FIRST + day, *half) for day in range(7, 60) for half in ((540, 720), (840, 1080))]
    found = blocked(ask(spans={"hours": split}, preference=Preference(from_minute=840)))
    first = of_kind(found, WayOutKind.OPEN)[0]
    assert (first.opened.start, first.opened.end) == (840, 1080)


def test_a_day_that_is_away_for_everybody_is_not_opened():
    found = blocked(ask(spans={"hours": hours(days=range(7, 60)), "away": every_day(BIANCHI, 0, 1440)}))
    assert of_kind(found, WayOutKind.OPEN) == []


def test_a_day_without_a_room_is_not_opened():
    found = blocked(ask(spans={"hours": hours(days=range(7, 60)), "room_busy": every_day(ROOM, 0, 1440)}))
    assert of_kind(found, WayOutKind.OPEN) == []


def test_somebody_who_never_works_is_not_asked_to_open():
    found = blocked(ask(spans={"hours": []}))
    assert found.ways_out == ()


def test_extra_hours_that_complete_nothing_are_named_only_when_nothing_else_completes():
    found = blocked(ask(weekly(3, MONDAY), spans={"hours": hours(days=range(40, 60))}))
    assert not any(way.completes for way in found.ways_out)
    assert len(of_kind(found, WayOutKind.OPEN)) == 1


def test_opened_hours_grow_what_is_worked_and_take_nothing_away():
    opened = OpenedHours(NERI, MONDAY, OPENS, CLOSES)
    request = ask()
    way = replace(propose_open(request), opened=opened)
    diary = take_way_out(request, 1, way).diary
    assert diary.hours[BIANCHI] == request.diary.hours[BIANCHI]
    assert diary.hours[NERI] == {FIRST: request.diary.hours[BIANCHI][FIRST]}


def propose_open(request):
    return of_kind(blocked(replace(request, practitioners=None, diary=_shut(request.diary))), WayOutKind.OPEN)[0]


def _shut(diary):
    return replace(diary, hours={BIANCHI: {day: mask for day, mask in diary.hours[BIANCHI].items() if day > FIRST + 6}})
