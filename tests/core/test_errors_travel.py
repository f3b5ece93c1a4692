"""Errors come back from another process as they were raised there."""

from __future__ import annotations

import pickle
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import pytest

from attunement import errors
from attunement.errors import AttunementError, MissingExtraError, UnansweredError


def raised() -> list[AttunementError]:
    """Return an error of every class of the tree."""
    plain = [
        kind("what came", hint="what to try")
        for kind in vars(errors).values()
        if isinstance(kind, type) and issubclass(kind, AttunementError) and kind is not MissingExtraError
    ]
    return [*plain, MissingExtraError("A table", extra="corpus"), UnansweredError("which?", questions=(1, 2))]


@pytest.mark.parametrize("error", raised(), ids=lambda error: type(error).__name__)
def test_every_error_is_the_same_after_a_pickle(error: AttunementError) -> None:
    """Class, message, hint and whatever else it carries."""
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is type(error)
    assert (again.args, again.__dict__, str(again)) == (error.args, error.__dict__, str(error))


def lacks() -> None:
    """Raise in a worker."""
    raise MissingExtraError("A table", extra="corpus")


def test_a_missing_extra_does_not_break_a_pool() -> None:
    """What a worker lacks is told; it was "a process in the process pool was terminated abruptly"."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        with pytest.raises(MissingExtraError, match="needs the extra 'corpus'") as told:
            pool.submit(lacks).result(timeout=60)
        assert told.value.hint == "Install it with: pip install 'attunement[corpus]'"
