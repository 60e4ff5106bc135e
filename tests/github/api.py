"""The few routes of GitHub's REST API that we use: what they take, and whom they let in.

`facts.json` is what we know of them, written by hand; `test_description.py` holds it against
GitHub's own description wherever that is installed.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

FACTS: dict[str, dict[str, Any]] = json.loads(
    Path(__file__).with_name("facts.json").read_text(encoding="utf-8")
)
TYPES = {"string": str, "boolean": bool, "array": list, "object": dict}


@dataclass(frozen=True)
class Response:
    """What a route answers."""

    status: int
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)


def route(method: str, path: str) -> tuple[str, dict[str, str]] | None:
    """Return the route that a request means and what stands in its path, or None."""
    for name in FACTS:
        verb, _, pattern = name.partition(" ")
        found = re.fullmatch(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", pattern), path)
        if verb == method and found:
            return name, found.groupdict()
    return None


def objections(name: str, body: dict[str, Any]) -> list[str]:
    """Return what GitHub's description has against the body of a request."""
    takes, needs = FACTS[name].get("takes", {}), FACTS[name].get("needs", [])
    missing = [f"{key} is missing" for key in needs if key not in body]
    unknown = [f"{key} is not known" for key in body if key not in takes]
    wrong = [
        f"{key} is no {takes[key]}"
        for key, value in body.items()
        if key in takes and not isinstance(value, TYPES[takes[key]])
    ]
    return [*missing, *unknown, *wrong]


def refusal(status: int, message: str, *errors: str, **headers: str) -> Response:
    """Return a refusal in GitHub's form."""
    body: dict[str, Any] = {
        "message": message,
        "documentation_url": "https://docs.github.com/rest",
        "status": str(status),
    }
    if errors:
        body["errors"] = [
            {"resource": "Repository", "code": "custom", "field": "name", "message": error}
            for error in errors
        ]
    return Response(status, body, {k.replace("_", "-"): v for k, v in headers.items()})
