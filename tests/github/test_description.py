"""What we know of GitHub's API is what GitHub says of it, where its description is installed.

    npm install --no-save @octokit/openapi

It is 13 MB; without it these tests are skipped, and the rest of the tests lean on `facts.json`.
"""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from mlscaffold.publishing import publish
from mlscaffold.publishing.request import Request
from tests.github import Fault, api
from tests.support import ROOT, git

if TYPE_CHECKING:
    from pathlib import Path

    from tests.github import GitHub

DESCRIPTION = ROOT / "node_modules" / "@octokit" / "openapi" / "generated" / "api.github.com.json"

pytestmark = pytest.mark.skipif(
    not DESCRIPTION.is_file(), reason="GitHub's description of its API is not installed"
)


@cache
def description() -> dict[str, Any]:
    """Return GitHub's own description, every reference in it made one of JSON Schema's."""

    def rebased(node: Any) -> Any:
        if isinstance(node, dict):
            return {
                key: f"github:{value}"
                if key == "$ref" and isinstance(value, str)
                else rebased(value)
                for key, value in node.items()
            }
        return [rebased(entry) for entry in node] if isinstance(node, list) else node

    return dict(rebased(json.loads(DESCRIPTION.read_text(encoding="utf-8"))))


def resolved(node: dict[str, Any]) -> dict[str, Any]:
    """Return what a reference of the description means."""
    while "$ref" in node:
        there: Any = description()
        for part in node["$ref"].partition("#/")[2].split("/"):
            there = there[part]
        node = there
    return node


def operation(route: str) -> dict[str, Any]:
    """Return what is written of a route."""
    method, _, path = route.partition(" ")
    return dict(description()["paths"][path][method.lower()])


def body(route: str) -> dict[str, Any]:
    """Return the schema of what a route takes."""
    content = resolved(operation(route)["requestBody"])["content"]
    return resolved(content["application/json"]["schema"])


def answer(route: str) -> dict[str, Any]:
    """Return the schema of what a route answers when all is well."""
    answers = operation(route)["responses"]
    good = resolved(answers[min(code for code in answers if code.startswith("2"))])
    return resolved(good["content"]["application/json"]["schema"])


def kinds(schema: dict[str, Any]) -> set[str]:
    """Return the types that a field may have."""
    schema = resolved(schema)
    named = schema.get("type", [])
    kinds_here = {named} if isinstance(named, str) else set(named)
    for union in ("oneOf", "anyOf", "allOf"):
        for choice in schema.get(union, ()):
            kinds_here |= kinds(choice)
    return kinds_here


def fields(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of an object, or of all that it may be."""
    schema = resolved(schema)
    found = dict(schema.get("properties", {}))
    for union in ("oneOf", "anyOf", "allOf"):
        for choice in schema.get(union, ()):
            found |= fields(choice)
    return found


@pytest.mark.parametrize("route", api.FACTS)
def test_facts_are_true(route: str) -> None:
    """Each field that we send or read is there, with its type; none that is needed is missing."""
    facts = api.FACTS[route]
    if "takes" in facts:
        known = fields(body(route))
        for name, kind in facts["takes"].items():
            assert kind in kinds(known[name]), name
        assert set(facts["needs"]) == set(body(route).get("required", ()))
    known = fields(answer(route))
    for name, kind in facts["answers"].items():
        assert kind in kinds(known[name]), name


def test_what_we_send_is_what_github_takes(github: GitHub, work: Path) -> None:
    """Every request of a publish, for a user and for an organisation, and of its second half."""
    git(work, "init", "--quiet", "--initial-branch=main")
    git(work, "commit", "--quiet", "--allow-empty", "--message=x")
    for owner, name in ((None, "one"), ("lab", "two"), (None, "three")):
        asked = Request(
            path=work,
            owner=owner,
            name=name,
            remote=name,
            visibility="private",
            description="Late, or not?",
            homepage="https://a.example",
            topics=("a", "b"),
            host=github.address,
        )
        if name == "three":
            github.add("ada", name, private=True)
        publish.carry_out(publish.plan(asked))
    sent = [seen for seen in github.seen if seen.route in api.FACTS]
    assert {seen.route for seen in sent} == set(api.FACTS)
    registry = Registry().with_resource("github:", DRAFT202012.create_resource(description()))
    for seen in sent:
        if "requestBody" in operation(seen.route):
            jsonschema.Draft202012Validator(body(seen.route), registry=registry).validate(seen.body)
        else:
            assert not seen.body


def test_faults_are_answers_that_github_describes(github: GitHub) -> None:
    """A refusal has the fields that GitHub gives it."""
    schema = resolved(description()["components"]["schemas"]["basic-error"])
    jsonschema.Draft202012Validator(schema).validate(api.refusal(403, "Forbidden").body)
    assert Fault("GET", "/x").hits("GET", "/x")
    assert github.faults == []
