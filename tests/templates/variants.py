"""The sets of answers that are rendered.

Answers that meet in one place of one file are multiplied; the others rotate over the same renders,
so that each value is met several times at no cost.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

from mlscaffold import catalog, generate
from tests.support import write_bundle

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

NAMES = ("Flight Delays", "x", "Crème Brûlée 2", "A name long enough to break lines of imports")
AUTHORS = ("Ann O'Neil", 'Ann "Quote" \\ Backslash', "李 小龍")
EMAILS = ("", "ann@example.org")
DESCRIPTIONS = ("A study", 'Says "when", not {{ why }} \\ {% how %}')
PROBLEM = (
    'Dispatchers ask *who* waits_: "{{ 7 * 7 }}" | $(touch x) <b>&amp;\nThe result decides that.'
)
ADDRESS = 'https://example.org/a "table".csv?raw=1'
COLUMNS = ("", 'kind "of" it\'s')
DEPLOYS = ("compose", "compose,kubernetes", "kubernetes")
TABLE = 'id,size,"kind ""of"" it\'s",churned\n1,2.5,a,yes\n2,3.5,b,no\n3,,a,yes\n'


@dataclass(frozen=True)
class Variant:
    """A template and answers to give it."""

    id: str
    template: str
    answers: Mapping[str, str]

    def make(self, folder: Path) -> generate.Project:
        """Make the project without git and lock file, as `mlscaffold new` does."""
        answers = dict(self.answers)
        if answers.get("data") == "csv":
            table = folder / "my table.csv"
            table.write_text(TABLE, encoding="utf-8")
            answers |= {"csv": str(table), "target": "churned"}
            if answers.get("test_csv"):
                answers["test_csv"] = str(table)
        elif answers.get("data") == "kaggle":
            answers |= {"competition": "spaceship-titanic"}
        elif answers.get("data") == "openml":
            answers |= {"openml": "31"}
        elif answers.get("data") == "url":
            answers |= {"data": "csv", "csv": ADDRESS, "target": "churned", "test_csv": ADDRESS}
        if answers.get("bundle"):
            bundle = write_bundle(folder / "my bundle")
            (bundle / "MODEL_CARD.md").write_text("# A card\n", encoding="utf-8")
            answers["bundle"] = str(bundle)
        plan = generate.plan(
            generate.Request(
                template=self.template,
                path=folder / "project",
                answers=answers,
                git=False,
                lock=False,
            )
        )
        return generate.create(plan)


def variants() -> Iterator[Variant]:
    """Yield every template with every answer that interacts."""
    questions = {question.key: question for question in catalog.questionnaire()}
    rotating = {
        "project_name": NAMES,
        "author": AUTHORS,
        "email": EMAILS,
        "description": DESCRIPTIONS,
        "python": tuple(questions["python"].choices),
    }
    licenses = [name for name in questions["license"].choices if name != "none"]
    sourced = {
        **dict.fromkeys(("id_column", "group_column", "time_column"), COLUMNS),
        "test_csv": ("", "the same table"),
    }
    # These two meet each other and each source in pyproject.toml and in what git ignores. They have
    # fewer pairs than the answers below have sets, so that every source meets each pair.
    pairs = tuple(product(questions["notebook"].choices, questions["tracking"].choices))
    sources = {
        "experiment": (*questions["data"].choices, "url"),
        "service": ("", "bundle"),
        "pipeline": (*questions["source"].choices, "postgres", "spark"),
    }
    for template in catalog.templates():
        kinds = sources.get(template.id, ("",))
        multiplied = product(kinds, ("licensed", "unlicensed"), ("", "octo-cat"), ("", PROBLEM))
        for number, (kind, license_, owner, problem) in enumerate(multiplied):
            turn = number + number // 8  # so that what rotates does not march in step
            answers = {key: values[turn % len(values)] for key, values in rotating.items()}
            answers["license"] = (
                licenses[turn % len(licenses)] if license_ == "licensed" else "none"
            )
            answers |= {"github_owner": owner, "problem": problem}
            if kind == "bundle":
                answers["bundle"] = "to be made"
            elif template.id == "pipeline":
                orchestrators = tuple(questions["orchestrator"].choices)
                answers["orchestrator"] = orchestrators[number % 2]
                role = {"postgres": "warehouse", "spark": "engine"}.get(kind, "source")
                answers[role] = kind
                if number % 8 > 3:  # these meet in a few lines of one file
                    answers |= {"warehouse": "postgres", "engine": "spark"}
            elif kind:
                notebook, tracking = pairs[number % len(pairs)]
                answers |= {"data": kind, "notebook": notebook, "tracking": tracking}
            for key, values in sourced.items():
                if kind in {"csv", "url"} or (kind in {"kaggle", "openml"} and key != "test_csv"):
                    answers[key] = values[turn % len(values)]
            if "deploy" in template.questions:
                answers["deploy"] = DEPLOYS[turn % len(DEPLOYS)]
            words = [template.id, kind, license_, "owned" * bool(owner), "told" * bool(problem)]
            yield Variant("-".join(word for word in words if word), template.id, answers)
