"""Where a study is kept: a SQLite file, or any database that several machines reach.

The one module that knows of database errors; they leave it as one sentence without a password.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import optuna
from optuna.exceptions import StorageInternalError
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from ..errors import UserError

DEFAULT = Path("runs/tune.db")
LOCK_SECONDS = 60.0
"""SQLite lets one process write at a time; so long the others wait for their turn."""

optuna.logging.set_verbosity(optuna.logging.ERROR)  # progress.py tells how it goes


def address(root: Path, url: str | None) -> str:
    """Return the URL of the storage: the one given, or that of the project's SQLite file."""
    if url:
        return url
    (root / DEFAULT).parent.mkdir(parents=True, exist_ok=True)
    return f"sqlite:///{(root / DEFAULT).as_posix()}"


def shown(url: str) -> str:
    """Return the URL as it may be printed: without the password, and without its options."""
    parsed = make_url(url).set(query={})
    if parsed.get_backend_name() == "sqlite":
        return str(parsed.database)
    return parsed.render_as_string(hide_password=True)


@contextmanager
def connected(url: str) -> Iterator[optuna.storages.RDBStorage]:
    """Open the storage, and close it whatever happens.

    Raises:
        UserError: it cannot be reached, or used; also for what goes wrong while it is open.
    """
    storage = None
    try:
        connect = {"timeout": LOCK_SECONDS} if url.startswith("sqlite") else {}
        storage = optuna.storages.RDBStorage(url, engine_kwargs={"connect_args": connect})
        yield storage
    except ArgumentError:
        raise UserError(
            "That storage is no database URL.",
            "It looks like postgresql+psycopg://user:password@host/database.",
            2,
        ) from None
    except ImportError as error:
        raise UserError(
            f"The driver of {shown(url)} is not installed: {_reason(error, url)}",
            "Add it to the project: uv add --group search DRIVER",
        ) from None
    except (SQLAlchemyError, StorageInternalError) as error:
        raise UserError(
            f"The study in {shown(url)} cannot be used: {_reason(error, url)}",
            "See whether another program holds it or has filled its disk, then run the command "
            "again: it goes on where it was.",
        ) from None
    finally:
        if storage is not None:
            storage.remove_session()
            storage.engine.dispose()


def _reason(error: BaseException, url: str) -> str:
    """Return the first line of the innermost error; no driver may quote the password in it."""
    while error.__cause__ is not None:
        error = error.__cause__
    text = (str(error).strip() or type(error).__name__).splitlines()[0]
    password = make_url(url).password
    return text.replace(str(password), "***") if password else text
