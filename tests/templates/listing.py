"""The list of files that each template makes, written down in `files/`.

After a deliberate change: `make lists`, or `uv run python -m tests.templates.listing`.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from tests.templates.variants import Variant

LISTS = Path(__file__).with_name("files")
LISTED = {
    "experiment-sample": Variant("", "experiment", {"data": "sample"}),
    "experiment-csv": Variant("", "experiment", {"data": "csv"}),
    "experiment-kaggle": Variant("", "experiment", {"data": "kaggle"}),
    "experiment-openml": Variant("", "experiment", {"data": "openml"}),
    "experiment-mlflow": Variant("", "experiment", {"tracking": "mlflow"}),
    "experiment-jupyter": Variant("", "experiment", {"notebook": "jupyter"}),
    "experiment-no-notebook": Variant("", "experiment", {"notebook": "none"}),
    "service": Variant("", "service", {}),
    "service-bundle": Variant("", "service", {"bundle": "to be made"}),
    "service-kubernetes": Variant("", "service", {"deploy": "kubernetes"}),
    "pipeline": Variant("", "pipeline", {}),
    "pipeline-postgres": Variant("", "pipeline", {"warehouse": "postgres"}),
    "pipeline-dagster": Variant("", "pipeline", {"orchestrator": "dagster"}),
    "pipeline-spark": Variant("", "pipeline", {"engine": "spark"}),
    "pipeline-spark-files": Variant("", "pipeline", {"engine": "spark", "source": "files"}),
    "pipeline-http": Variant("", "pipeline", {"source": "http"}),
    "pipeline-files": Variant("", "pipeline", {"source": "files"}),
    "pipeline-sql": Variant("", "pipeline", {"source": "sql"}),
}


def made(variant: Variant, folder: Path) -> list[str]:
    """Return the files of the variant, with the package called PACKAGE."""
    project = variant.make(folder)
    package = project.answers["package"]
    return sorted(file.replace(f"src/{package}/", "src/PACKAGE/") for file in project.files)


def written(name: str) -> list[str]:
    """Return the list as it is written down."""
    return (LISTS / f"{name}.txt").read_text(encoding="utf-8").splitlines()


def main() -> None:
    """Write every list down."""
    for name, variant in LISTED.items():
        with tempfile.TemporaryDirectory() as folder:
            lines = "".join(f"{file}\n" for file in made(variant, Path(folder)))
        (LISTS / f"{name}.txt").write_text(lines, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
