"""Each set of answers is rendered once in a session."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.templates.variants import Variant, variants

if TYPE_CHECKING:
    from collections.abc import Mapping

VARIANTS = {variant.id: variant for variant in variants()}


@dataclass(frozen=True)
class Rendered:
    """A rendered project: its folder, its answers, its files as POSIX paths."""

    variant: Variant
    folder: Path
    answers: Mapping[str, str]
    files: tuple[str, ...]

    @cached_property
    def texts(self) -> Mapping[str, str]:
        """Every file's text, by its path; an owner's own data and model are not among them."""
        return {
            file: (self.folder / file).read_bytes().decode("utf-8")
            for file in self.files
            if not file.startswith(("data/", "model/"))
        }

    def matching(self, *patterns: str) -> Mapping[str, str]:
        """Return the texts of the files whose path matches one of the patterns."""
        return {
            file: text
            for file, text in self.texts.items()
            if any(Path(file).match(pattern) for pattern in patterns)
        }


@pytest.fixture(scope="session", params=VARIANTS.values(), ids=list(VARIANTS))
def rendered(request: pytest.FixtureRequest, renders: Renders) -> Rendered:
    """Return a project rendered from one set of answers."""
    return renders.of(request.param)


@pytest.fixture(scope="session")
def renders(tmp_path_factory: pytest.TempPathFactory) -> Renders:
    """Return what renders each variant once."""
    return Renders(tmp_path_factory.mktemp("renders"))


class Renders:
    """The projects that were rendered in this session."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known: dict[str, Rendered] = {}

    def of(self, variant: Variant) -> Rendered:
        """Return the variant's project."""
        if variant.id not in self._known:
            folder = self._folder / variant.id
            folder.mkdir()
            project = variant.make(folder)
            self._known[variant.id] = Rendered(
                variant, project.path, project.answers, project.files
            )
        return self._known[variant.id]

    def everything(self) -> list[Rendered]:
        """Return every variant's project."""
        return [self.of(variant) for variant in VARIANTS.values()]
