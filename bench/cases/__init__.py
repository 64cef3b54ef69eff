"""The figures by name, in the order in which they are taken: what changes the clinic comes last."""

from collections.abc import Callable

from bench.cases.cycles import blocked, engine, proposals_of_the_page, propose_from_database
from bench.cases.desk import desk
from bench.cases.extremes import extremes, memory
from bench.cases.history import history
from bench.cases.pages import board, pages
from bench.cases.peers import peers
from bench.cases.referee import referee
from bench.cases.saving import save
from bench.cases.search import search
from bench.cases.starts import starts
from bench.data import World
from bench.measure import Figure

CASES: dict[str, Callable[[World], list[Figure]]] = {
    "engine": engine,
    "propose": propose_from_database,
    "proposals": proposals_of_the_page,
    "blocked": blocked,
    "starts": starts,
    "peers": peers,
    "referee": referee,
    "memory": memory,
    "save": save,
    "pages": pages,
    "board": board,
    "desk": desk,
    "extremes": extremes,
    "history": history,
    "search": search,
}
