"""A Ctrl-C that comes at a bad moment comes a little later."""

from __future__ import annotations

import signal
import threading
from typing import TYPE_CHECKING

import pytest

from mlscaffold import interrupts

if TYPE_CHECKING:
    from collections.abc import Callable


def interrupted(work: Callable[[], object]) -> None:
    """Do a piece of work, and press Ctrl-C before it."""
    with interrupts.held_back():
        signal.raise_signal(signal.SIGINT)
        work()


def test_an_interruption_waits() -> None:
    """What is inside ends first; then it is as if the key had been pressed."""
    done: list[str] = []
    with pytest.raises(KeyboardInterrupt):
        interrupted(lambda: done.append("ended"))
    assert done == ["ended"]


def test_afterwards_it_comes_at_once() -> None:
    """What was there to answer it is there again."""
    before = signal.getsignal(signal.SIGINT)
    with interrupts.held_back():
        pass
    assert signal.getsignal(signal.SIGINT) is before


def test_an_error_inside_is_not_hidden() -> None:
    """It says more than the key."""
    with pytest.raises(ValueError, match="literal"):
        interrupted(lambda: int("x"))


def test_another_thread_is_never_interrupted() -> None:
    """And could not ask to be."""
    done = []

    def work() -> None:
        with interrupts.held_back():
            done.append("ended")

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert done == ["ended"]
