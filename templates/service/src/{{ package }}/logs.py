"""Log lines as JSON objects, one a line, on stderr, written ten times a second.

A process that is killed loses its last tenth of a second; a reader that cannot keep up loses lines,
and is told how many.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable
from datetime import UTC, datetime

import msgspec
from msgspec import Struct

from .gather import Gatherer

OWN = logging.makeLogRecord({}).__dict__.keys() | {"message", "asctime", "color_message"}
WRITE_SECONDS = 0.1
LINES_HELD = 20_000
PATH_SHOWN = 200
PIPE_BYTES = 4096


def to_stderr(text: bytes) -> None:
    """Write whole lines past Python's buffer, whose lock a slow reader would hold for ever.

    A pipe takes up to `PIPE_BYTES` at once or not at all: so lines of several processes stay whole.
    """
    while text:
        end = text.rfind(b"\n", 0, PIPE_BYTES) + 1 or len(text)
        text = text[os.write(2, text[:end]) :]


class JsonFormatter(logging.Formatter):
    """Turns a record into a JSON object; what was given as `extra` becomes a field of it."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as one line."""
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC),
            "level": record.levelname.lower(),
            "message": record.getMessage(),
        }
        line |= {name: value for name, value in record.__dict__.items() if name not in OWN}
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return msgspec.json.encode(line, enc_hook=str).decode()


class Line(Struct):
    """What is logged of a request."""

    time: datetime
    request_id: str
    method: str
    path: str
    status: int
    ms: float
    level: str = "info"
    message: str = "request"


class Log(logging.Handler):
    """Gathers lines, of `logging` and of requests; `with` it, a thread writes them."""

    def __init__(self, level: str = "INFO", write: Callable[[bytes], object] = to_stderr) -> None:
        super().__init__(level)
        self.setFormatter(JsonFormatter())
        self._out = write
        self._encode = msgspec.json.Encoder().encode
        self._gatherer = Gatherer(self._told, name="log", seconds=WRITE_SECONDS, held=LINES_HELD)
        self.write = self._gatherer.write

    def __enter__(self) -> Log:
        """Begin to write."""
        self._gatherer.__enter__()
        return self

    def __exit__(self, *raised: object) -> None:
        """Write what is left; give up on a reader that does not read."""
        self._gatherer.__exit__(*raised)

    def emit(self, record: logging.LogRecord) -> None:
        """Take a line of `logging`."""
        self._gatherer.put(self.format(record).encode())

    def request(self, request_id: str, method: str, path: str, status: int, seconds: float) -> None:
        """Take the line of a request that was just answered after so many seconds."""
        if self.level <= logging.INFO:
            now, ms = datetime.fromtimestamp(time.time(), UTC), round(seconds * 1000, 3)
            line = Line(now, request_id, method, path[:PATH_SHOWN], int(status), ms)
            self._gatherer.put(self._encode(line))

    def _told(self, lines: list[bytes], lost: int) -> None:
        if lost:
            now = datetime.now(UTC)
            line = {"time": now, "level": "warning", "message": "log lines lost", "lines": lost}
            lines.append(self._encode(line))
        self._out(b"\n".join([*lines, b""]))


def configure(level: str) -> Log:
    """Send all logs of `level` and above to the log that is returned; uvicorn's only errors.

    What uvicorn warns of is a client's mistake, which has a line of its own.
    """
    log = Log(level.upper())
    logging.basicConfig(level=level.upper(), handlers=[log], force=True)
    logging.getLogger("uvicorn").setLevel(logging.ERROR)
    return log
