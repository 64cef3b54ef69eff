"""The set-up's stamps: a step runs when its inputs changed or its output is gone, and not otherwise."""

from pathlib import Path

import pytest

from scripts import bootstrap


@pytest.fixture
def workshop(tmp_path: Path) -> tuple[bootstrap.Step, Path]:
    source, product = tmp_path / "source", tmp_path / "product"
    source.write_text("one")
    step = bootstrap.Step("copy", lambda: [source], (product,), lambda: product.write_text(source.read_text()))
    return step, tmp_path


def test_a_step_that_never_ran_runs(workshop: tuple[bootstrap.Step, Path]) -> None:
    step, place = workshop
    assert bootstrap.perform(step, place / "stamps")
    assert (place / "product").read_text() == "one"


def test_a_step_with_the_same_inputs_does_not_run_again(workshop: tuple[bootstrap.Step, Path]) -> None:
    step, place = workshop
    bootstrap.perform(step, place / "stamps")
    assert not bootstrap.perform(step, place / "stamps")


def test_a_step_runs_again_when_an_input_changed(workshop: tuple[bootstrap.Step, Path]) -> None:
    step, place = workshop
    bootstrap.perform(step, place / "stamps")
    (place / "source").write_text("two")
    assert bootstrap.perform(step, place / "stamps")
    assert (place / "product").read_text() == "two"


def test_a_step_runs_again_when_what_it_made_is_gone(workshop: tuple[bootstrap.Step, Path]) -> None:
    step, place = workshop
    bootstrap.perform(step, place / "stamps")
    (place / "product").unlink()
    assert bootstrap.perform(step, place / "stamps")


def test_a_step_can_be_asked_to_run_again(workshop: tuple[bootstrap.Step, Path]) -> None:
    step, place = workshop
    bootstrap.perform(step, place / "stamps")
    assert bootstrap.perform(step, place / "stamps", again=True)


def test_a_step_that_failed_is_not_taken_as_done(tmp_path: Path) -> None:
    def fail() -> None:
        raise bootstrap.SetUpError("no")

    step = bootstrap.Step("fails", lambda: ["same"], (), fail)
    with pytest.raises(bootstrap.SetUpError):
        bootstrap.perform(step, tmp_path)
    assert not bootstrap.is_current(step, tmp_path)
