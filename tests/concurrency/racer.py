"""Processes that book at the same moment: run with DATABASE_URL and a list of jobs as JSON on standard input.

Each job is done in a process of its own, all let go at once; their answers come back as JSON, in order.
"""

import json
import multiprocessing
import sys
from datetime import date, datetime
from importlib import import_module
from typing import Any
from uuid import uuid4

import django

ROUNDS = 12


def book_one(job: dict[str, Any]) -> dict[str, Any]:
    """Books the sealed slot; who loses says the sentence and what is offered instead."""
    from scheduling.models import Sitting
    from scheduling.services.proposing import book_proposal, offers
    from scheduling.services.refusals import Refused

    plan, by, now = parts(job)
    try:
        book_proposal(plan=plan, token=job["token"], by=by, now=now, key=uuid4())
    except Refused as refusal:
        sitting = Sitting.objects.select_related("plan__site").get(plan=plan, number=1)
        fresh = [[str(offer.slot.day), offer.slot.start] for offer in offers(sitting=sitting, now=now, most=3)]
        return {"refused": type(refusal).__name__, "sentence": refusal.message, "fresh": fresh}
    return {"booked": 1}


def book_cycle(job: dict[str, Any]) -> dict[str, Any]:
    """Books the sealed cycle; who loses takes fresh proposals until one is booked."""
    from scheduling.services.proposing import book_proposal, propose_cycle
    from scheduling.services.refusals import Refused

    plan, by, now = parts(job)
    token, sentences = job["token"], []
    for _round in range(ROUNDS):
        try:
            booked = book_proposal(plan=plan, token=token, by=by, now=now, key=uuid4())
        except Refused as refusal:
            sentences.append(refusal.message)
            token = propose_cycle(plan=plan, now=now)[0].token
        else:
            return {"booked": len(booked), "sentences": sentences}
    return {"booked": 0, "sentences": sentences}


def book_batch(job: dict[str, Any]) -> dict[str, Any]:
    """Goes on with a batch until nothing waits, as somebody does who keeps pressing; the turns that were its own."""
    from scheduling.services.batches import book_next

    batch, by, now = batch_parts(job)
    own = []
    while done := book_next(batch=batch, by=by, now=now):
        own += [line.position for line in done if line.done_by_id == by.pk]
    return {"own": own}


def batch_parts(job: dict[str, Any]) -> tuple[Any, Any, datetime]:
    from clinic.models import User
    from scheduling.models import Batch

    return Batch.objects.get(pk=job["batch"]), User.objects.get(pk=job["by"]), datetime.fromisoformat(job["now"])


def book_and_cancel(job: dict[str, Any]) -> dict[str, Any]:
    """Books the sealed slot and cancels it again, many times; the last booking stays."""
    from scheduling.services.proposing import book_proposal
    from scheduling.services.tracking import cancel_appointment

    plan, by, now = parts(job)
    for round_ in range(ROUNDS):
        plan.refresh_from_db()
        (appointment,) = book_proposal(plan=plan, token=seal_again(plan, job["slot"]), by=by, now=now, key=uuid4())
        if round_ < ROUNDS - 1:
            cancel_appointment(appointment=appointment, reason="patient", by=by, now=now)
    return {"booked": 1}


def seal_again(plan: Any, slot: list[Any]) -> str:
    """The slot sealed for the plan as it is now."""
    from scheduling.engine.terms import Slot
    from scheduling.services.proposing import seal

    day, *rest = slot
    return seal(plan, {1: Slot(date.fromordinal(day), *rest)})


def work_a_desk(job: dict[str, Any]) -> dict[str, Any]:
    """Proposes and books patient after patient, at once or by way of a reservation; who loses proposes again.

    Answers with the sentences of each patient's lost rounds.
    """
    from scheduling.services.proposing import book_proposal, propose_cycle, reserve_proposal
    from scheduling.services.refusals import Refused
    from scheduling.services.reserving import confirm_reservation

    every = []
    for pk in job["plans"]:
        plan, by, now = parts({**job, "plan": pk})
        sentences: list[str] = []
        for _round in range(job["rounds"]):
            token, key = propose_cycle(plan=plan, now=now)[0].token, uuid4()
            try:
                if job["way"] == "reserve":
                    reserve_proposal(plan=plan, token=token, by=by, now=now, key=key)
                    confirm_reservation(plan=plan, key=key, by=by, now=now)
                else:
                    book_proposal(plan=plan, token=token, by=by, now=now, key=key)
                break
            except Refused as refusal:
                sentences.append(refusal.message)
        every.append(sentences)
    return {"sentences": every}


def move_one(job: dict[str, Any]) -> dict[str, Any]:
    """Does the sealed move; who loses says the sentence and what is offered instead."""
    from scheduling.models import Appointment
    from scheduling.services.moves import apply_move
    from scheduling.services.moving import other_slots
    from scheduling.services.refusals import Refused

    _plan, by, now = parts(job)
    row = Appointment.objects.select_related("room__site", "patient", "sitting__plan__site").get(pk=job["appointment"])
    try:
        apply_move(appointment=row, token=job["token"], by=by, now=now, key=uuid4())
    except Refused as refusal:
        fresh = [[str(offer.slot.day), offer.slot.start] for offer in other_slots(appointment=row, now=now)]
        return {"refused": type(refusal).__name__, "sentence": refusal.message, "fresh": fresh}
    return {"moved": 1}


def offer_one(job: dict[str, Any]) -> dict[str, Any]:
    """Offers a freed slot to one who waits."""
    from scheduling.models import FreedSlot
    from scheduling.selectors.waiting import wishes
    from scheduling.services.refusals import Refused
    from scheduling.services.waiting import offer_slot

    _plan, by, now = parts(job)
    freed = FreedSlot.objects.select_related("practitioner", "room__site", "equipment").get(pk=job["freed"])
    try:
        offer_slot(freed=freed, wish=wishes().get(pk=job["wish"]), key=uuid4(), by=by, now=now)
    except Refused as refusal:
        return {"refused": type(refusal).__name__, "sentence": refusal.message}
    return {"offered": 1}


def answer_one(job: dict[str, Any]) -> dict[str, Any]:
    """Notes an answer to an offer, or takes who is asked off the list."""
    from clinic.models import User
    from scheduling.models import SlotOffer
    from scheduling.services.refusals import Refused
    from scheduling.services.waiting import accept_offer, close_wish, refuse_offer

    told = {"by": User.objects.get(pk=job["by"]), "now": datetime.fromisoformat(job["now"])}
    rows = SlotOffer.objects.select_related("freed__practitioner", "freed__room__site", "freed__equipment", "wish")
    offer = rows.get(pk=job["offer"])
    try:
        if job["how"] == "close":
            close_wish(wish=offer.wish, **told)
        elif job["how"] == "accept":
            accept_offer(offer=offer, **told)
        else:
            refuse_offer(offer=offer, answer="refused", **told)
    except Refused as refusal:
        return {"refused": type(refusal).__name__, "sentence": refusal.message}
    return {"done": 1}


def parts(job: dict[str, Any]) -> tuple[Any, Any, datetime]:
    from clinic.models import User
    from scheduling.models import TreatmentPlan

    plan = TreatmentPlan.objects.select_related("site", "patient").get(pk=job["plan"])
    return plan, User.objects.get(pk=job["by"]), datetime.fromisoformat(job["now"])


ACTS = {
    "one": book_one,
    "cycle": book_cycle,
    "batch": book_batch,
    "again": book_and_cancel,
    "desk": work_a_desk,
    "move": move_one,
    "offer": offer_one,
    "answer": answer_one,
}


def wait_longer() -> None:
    """What is booked matters here, not how soon: a busy machine may keep a process waiting, up to a minute."""
    from django.db import connection

    options = connection.settings_dict["OPTIONS"]
    if connection.vendor == "postgresql":
        options["options"] = "-c lock_timeout=60s -c statement_timeout=90s"
    else:
        options["timeout"] = 60


def run(job: dict[str, Any], start: Any, answers: Any, index: int) -> None:
    start.wait()
    try:
        answer = ACTS[job["act"]](job)
    except Exception as error:
        answer = {"error": f"{type(error).__name__}: {error}"}
    answers.put((index, answer))


def main() -> None:
    django.setup()
    wait_longer()
    import_module("scheduling.services.batches")  # once, before the processes part
    jobs = json.load(sys.stdin)
    forked = multiprocessing.get_context("fork")
    start, answers = forked.Barrier(len(jobs)), forked.SimpleQueue()
    processes = [forked.Process(target=run, args=(job, start, answers, index)) for index, job in enumerate(jobs)]
    for process in processes:
        process.start()
    found = dict(answers.get() for _ in jobs)
    for process in processes:
        process.join()
    json.dump([found[index] for index in range(len(jobs))], sys.stdout)


if __name__ == "__main__":
    main()
