"""The free starts of one practitioner, as one request and as django-appointment's search day by day."""

from datetime import timedelta

from bench import peering
from bench.data import World
from bench.measure import Figure, measure
from scheduling.engine.free_time import day_bytes
from scheduling.engine.openings import find_openings
from scheduling.engine.request import CycleRequest
from scheduling.engine.terms import DueSitting
from scheduling.models import Practitioner
from scheduling.selectors.diary import read_diary

DAYS = 90
MINUTES = 15
"""How long a sitting takes, here and with the peer."""


def starts(world: World) -> list[Figure]:
    """The free starts of the first practitioner over 90 days from the second; both must find the same ones."""
    figure = measure("starts", f"one practitioner, {DAYS} days", lambda: free_starts(world), runs=20)
    figure.goal = "at least 30x less CPU than django-appointment, at most 6 queries"
    found = free_starts(world)
    figure.found = f"{sum(map(len, found.values()))} starts"
    peer = peering.peer_of(world, MINUTES)
    if peer is None:
        figure.found += f"; {peering.NOT_THERE}"
        return [figure]
    days = [n for n in range(1, DAYS + 1) if (world.today + timedelta(days=n)).weekday() < 5]
    theirs = peer.search(staff=[0], days=days, runs=3)
    rival = Figure("starts", "the same by django-appointment", cpu_median=theirs.cpu, cpu_p95=theirs.cpu_most)
    rival.found = f"{sum(map(len, theirs.starts.values()))} starts"
    figure.ratio, figure.ratio_to = theirs.cpu / figure.cpu_median, "less than django-appointment"
    listed = {n: minutes for (n, _who), minutes in theirs.starts.items() if minutes}
    # The peer knows of no rooms: where they are fewer than practitioners it lists starts that have none.
    fewer_rooms = world.size.rooms < world.size.practitioners
    same = all(set(minutes) <= set(listed[n]) for n, minutes in found.items()) if fewer_rooms else found == listed
    assert same, "not the starts that the peer lists"
    figure.met = figure.ratio >= 30 and figure.queries <= 6
    return [rival, figure]


def free_starts(world: World) -> dict[int, list[int]]:
    """The wall minutes at which the first practitioner can start a sitting, by days after the first."""
    first, last = world.today + timedelta(days=1), world.today + timedelta(days=DAYS)
    diary = read_diary(site=world.site, first=first, last=last, now=world.now)
    who = Practitioner.objects.filter(sites=world.site).order_by("pk").values_list("pk", flat=True)[0]
    sitting = DueSitting(1, 0, first, 0, 0, DAYS, 1, first, last)
    request = CycleRequest((sitting,), diary, MINUTES, practitioners=frozenset({who}))
    days = range(first.toordinal(), last.toordinal() + 1)
    mask = 0
    for _cost, cells in find_openings(request, days).levels[who]:
        mask |= cells
    width, found = day_bytes(diary.grid), {}
    as_bytes = mask.to_bytes(width * len(days), "little")
    for n in range(len(days)):
        cells = int.from_bytes(as_bytes[n * width : (n + 1) * width], "little")
        if cells:
            found[n + 1] = [cell * diary.grid for cell in range(cells.bit_length()) if cells >> cell & 1]
    return found
