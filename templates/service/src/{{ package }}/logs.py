"""Log lines as JSON objects, one a line, on stderr."""

from __future__ import annotations

import logging
from datetime import UTC, datetime

import msgspec

OWN = logging.makeLogRecord({}).__dict__.keys() | {"message", "asctime", "color_message"}


class JsonFormatter(logging.Formatter):
    """Turns a record into a JSON object; what was given as `extra` becomes a field of it."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as one line."""
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "message": record.getMessage(),
        }
        line |= {name: value for name, value in record.__dict__.items() if name not in OWN}
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return msgspec.json.encode(line, enc_hook=str).decode()


def configure(level: str) -> None:
    """Send all logs of `level` and above to stderr; uvicorn's own only from warnings on."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonFormatter())
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    logging.getLogger("uvicorn").setLevel(logging.WARNING)
