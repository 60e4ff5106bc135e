"""From a template and its answers to files: the only module that imports copier."""

from __future__ import annotations

import functools
import traceback
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlscaffold import catalog
from mlscaffold.errors import RenderError

if TYPE_CHECKING:
    from collections.abc import Mapping


def render(templates: Path, destination: Path, answers: Mapping[str, str]) -> None:
    """Render the template that the answers name into an empty folder.

    Raises:
        RenderError: a template file is at fault; the folder may hold a part of the project.
        OSError: the disk is.
    """
    import jinja2
    import yaml
    from copier.errors import CopierError

    try:
        with _worker()(
            src_path=str(templates),
            dst_path=destination,
            data=dict(answers),
            defaults=True,
            quiet=True,
            settings={},
        ) as worker:
            worker.run_copy()
    except Exception as error:
        place = _place(error, templates)
        known = (CopierError, jinja2.TemplateError, yaml.YAMLError, ValueError)
        if not isinstance(error, known) and (isinstance(error, OSError) or not place):
            raise
        where = f" in {place}" if place else ""
        raise RenderError(
            f"The template '{answers['template']}' failed to render{where}: {error}",
            "Nothing was left behind. This is a fault of mlscaffold: please report it.",
        ) from error


def _place(error: Exception, templates: Path) -> str:
    """Return the template file and line that an error was raised in, by way of which others."""
    steps = [
        f"{Path(frame.filename).relative_to(templates).as_posix()}:{frame.lineno}"
        for frame in traceback.extract_tb(error.__traceback__)
        if Path(frame.filename).is_relative_to(templates)
    ]
    return " → ".join(dict.fromkeys(steps))


def _worker() -> Any:  # noqa: ANN401  copier keeps its type private
    """Return copier's worker, made faster for a folder that is new and empty.

    Measured (benchmarks/scaffold.py): copier asks git about `core.fileMode` once for each file and
    three times whether the templates are a repository, reads the questionnaire by the slow parser,
    and renders the answers' file name and every plain folder name over and over.
    """
    from copier._main import Worker
    from copier._template import Template

    class PlainTemplate(Template):
        """A folder of templates that is no repository."""

        @functools.cached_property
        def vcs(self) -> None:
            """Say so, where copier would run git to find out."""

        @functools.cached_property
        def _raw_config(self) -> dict[str, Any]:
            """Return what was read already."""
            return catalog.document(Path(self.url))

    class FreshWorker(Worker):
        """A worker whose destination was empty when it started."""

        def _sync_git_index_executable_bit(self, dst_relpath: Path, src_mode: int) -> None:
            """Do nothing: there is no index yet."""

        def _render_string(self, string: str, extra_context: dict[str, Any] | None = None) -> str:
            """Return text that holds no Jinja as it is."""
            return super()._render_string(string, extra_context) if "{" in string else string

        @functools.cached_property
        def template(self) -> Template:
            """Return the folder of templates."""
            return PlainTemplate(url=str(self.src_path))

        @functools.cached_property
        def answers_relpath(self) -> Path:
            """Return the one place of the answers' file: its name depends on no answer."""
            return super().answers_relpath

        @functools.cached_property
        def jinja_env(self) -> Any:  # noqa: ANN401
            """Return copier's environment, which then compiles each text once."""
            environment: Any = super().jinja_env
            environment.bytecode_cache = _bytecode_cache()
            environment.from_string = functools.cache(environment.from_string)
            return environment

    return FreshWorker


def _bytecode_cache() -> Any:  # noqa: ANN401
    """Return Jinja's cache of compiled templates in the user's cache folder, or None."""
    from jinja2 import FileSystemBytecodeCache
    from platformdirs import user_cache_path

    class OptionalCache(FileSystemBytecodeCache):
        """A cache that a full disk does not turn into an error."""

        def dump_bytecode(self, bucket: Any) -> None:  # noqa: ANN401
            """Keep what was compiled, if there is room."""
            with suppress(OSError):
                super().dump_bytecode(bucket)

    folder = user_cache_path("mlscaffold") / "jinja"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return None
    return OptionalCache(str(folder))
