"""From a template and its answers to files: the only module that imports copier."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from mlscaffold.errors import RenderError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


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
    except (CopierError, jinja2.TemplateError, yaml.YAMLError, ValueError) as error:
        file = getattr(error, "name", None) or getattr(error, "filename", None)
        where = f" in '{file}'" if file else ""
        raise RenderError(
            f"The template '{answers['template']}' failed to render{where}: {error}.",
            "Nothing was left behind. This is a fault of mlscaffold: please report it.",
        ) from error


def _worker() -> Any:  # noqa: ANN401  copier keeps its type private
    """Return copier's worker, made faster for a folder that is new and empty.

    Measured (benchmarks/scaffold.py): copier asks git about `core.fileMode` once for each file, and
    compiles each part of each path anew. Neither can matter in an empty folder outside git.
    """
    from copier._main import Worker

    class FreshWorker(Worker):
        """A worker whose destination was empty when it started."""

        def _sync_git_index_executable_bit(self, dst_relpath: Path, src_mode: int) -> None:
            """Do nothing: there is no index yet."""

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

    folder = user_cache_path("mlscaffold") / "jinja"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return None
    return FileSystemBytecodeCache(str(folder))
