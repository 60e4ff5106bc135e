"""Being asked to stop: by Ctrl-C, by a terminal that is closed, by a system that shuts down.

Python makes an exception of the first alone; the others would end the process with half of
something left behind.
"""

from __future__ import annotations

import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

SIGNALS = tuple(
    getattr(signal, name)
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")
    if hasattr(signal, name)
)


_holding = 0
"""How many `held_back` we are in, one within the other."""


def heed() -> None:
    """Have each of them raise KeyboardInterrupt; what our caller has us ignore stays ignored."""
    for number in SIGNALS:
        if signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, signal.default_int_handler)


def are_held_back() -> bool:
    """Tell whether this is done inside of `held_back`."""
    return _holding > 0 and threading.current_thread() is threading.main_thread()


@contextmanager
def held_back(*, dropped: bool = False) -> Iterator[None]:
    """Let them wait until what is inside has ended; with `dropped` they come too late.

    git, as `repository` runs it, is out of their reach meanwhile: a terminal that is closed tells
    all that runs in it.

    Raises:
        KeyboardInterrupt: there was one.
    """
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread is ever interrupted
        return
    global _holding  # noqa: PLW0603  signals are the process's
    asked: list[int] = []

    def remember(number: int, _frame: FrameType | None) -> None:
        asked.append(number)

    known = {number: signal.getsignal(number) for number in SIGNALS}
    answered = {number: answer for number, answer in known.items() if callable(answer)}
    for number in answered:
        signal.signal(number, remember)
    _holding += 1
    try:
        yield
    finally:
        _holding -= 1
        for number, answer in answered.items():
            signal.signal(number, answer)
    for number in asked[:1]:
        if not dropped:
            answered[number](number, None)
