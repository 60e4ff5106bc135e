"""Rows of the quarantine that their owner has mended, taken in as further raw files."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

from . import origins, publish, read
from .config import Config
from .errors import UserError
from .evidence import write
from .extract import MANIFEST, RawFile
from .quarantine import RECORDS, record_file, rows_of
from .state import State

COLUMNS = ("file", "line", "text")


@contextmanager
def taken(config: Config, tables: dict[str, list[RawFile]], path: Path) -> Iterator[None]:
    """Have the mended rows of `path` among the raw files, and keep them if they are published.

    Where the block is left before its journal is written, as when too many rows are still wrong,
    the raw folder is as it was.

    Raises:
        UserError: as `take` does.
    """
    state, there = State.read(config.state), _files(config)
    lists = [config.raw / name for name in (MANIFEST, origins.FILE)]
    before = {each: each.read_text(encoding="utf-8") for each in lists if each.exists()}
    try:
        take(config, tables, path)
        yield
    except BaseException:
        if not publish.is_pending(config) and State.read(config.state) == state:
            # The lists come first: what they name has to be there.
            for each in lists:
                if each in before:
                    write(each, before[each])
                else:
                    each.unlink(missing_ok=True)
            for file in _files(config) - there:
                file.unlink()
        raise


def _files(config: Config) -> set[Path]:
    return set(config.raw.rglob(f"*{origins.MARK}*"))


def take(config: Config, tables: dict[str, list[RawFile]], path: Path) -> None:
    """Put each changed row of `path`, an edited copy of a file of the quarantine, beside its file.

    Rows that are as they were are left out. The same rows may come twice: their file has a name of
    its content.

    Raises:
        UserError: `path` is no such copy, or nothing in it was changed.
    """
    known = origins.read(config.raw)
    taken = {(of, n): key for key, (of, lines) in known.items() for n in lines}
    refused: dict[str, dict[int, str]] = {}
    changed: dict[str, dict[int, str]] = {}
    for file, line, text in _rows(config, path):
        if file not in refused:
            refused[file] = _refused(config, file)
        if line not in refused[file]:
            if (file, line) in taken:
                _refuse_another(config, tables, path, (file, line, text), taken[file, line])
                continue
            raise UserError(
                f"{path.name}: line {line:,} of {file!r} is not in quarantine.",
                f"Leave `file` and `line` as they are in {config.data.quarantine}/{RECORDS}.",
                2,
            )
        if text != refused[file][line]:
            changed.setdefault(file, {})[line] = text
    if not changed and not taken:
        raise UserError(
            f"{path.name} has no row that is other than in {config.data.quarantine}/{RECORDS}.",
            "Mend the column `text` of a copy; rows that you leave alone stay in quarantine.",
            2,
        )
    for file, rows in changed.items():
        key = _write(config, tables, file, rows)
        known[key] = (file, sorted(rows))
    origins.store(config.raw, known)


def _rows(config: Config, path: Path) -> Iterator[tuple[str, int, str]]:
    """Yield raw file, line and text of each row of the owner's file."""
    hint = f"It should be an edited copy of a file in {config.data.quarantine}/{RECORDS}."
    try:
        for row in _read(path):
            file, line, text = (row.get(column) for column in COLUMNS)
            if file is None or line is None or text is None or not line.isdecimal():
                raise UserError(f"{path.name} lacks {', '.join(COLUMNS)} of a row.", hint, 2)
            if len(text.splitlines()) > 1:
                raise UserError(
                    f"{path.name}: what line {line} of {file!r} becomes has several lines.",
                    "A record is one line.",
                    2,
                )
            if not text.strip():
                raise UserError(
                    f"{path.name}: what line {line} of {file!r} becomes is empty.",
                    "A record cannot be taken out; rows that you leave alone stay in quarantine.",
                    2,
                )
            yield file, int(line), text
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        reason = getattr(error, "strerror", None) or error
        raise UserError(f"{path.name} cannot be read: {reason}.", hint, 2) from error


def _refuse_another(
    config: Config,
    tables: dict[str, list[RawFile]],
    path: Path,
    row: tuple[str, int, str],
    key: str,
) -> None:
    """Refuse a row that was mended before, unless it is as it was then or as it came.

    Raises:
        UserError: it is another text, which would be lost.
    """
    file, line, text = row
    raw = {each.name: each.path for files in tables.values() for each in files}
    lines = origins.read(config.raw)[key][1]
    # Under the header of their file stand the mended rows, in the order of their lines.
    there = [(key, lines.index(line) + 2), (file, line)]
    if any(name in raw and text == _line(raw[name], number) for name, number in there):
        return
    raise UserError(
        f"{path.name}: line {line:,} of {file!r} was mended before, and is line {there[0][1]:,} "
        f"of {key!r} since.",
        f"If it is in {config.data.quarantine}/{RECORDS} under that name, mend it there.",
        2,
    )


def _line(path: Path, number: int) -> str:
    """Return that line of the file, as the quarantine shows it."""
    with path.open(encoding="utf-8-sig", errors="replace", newline="\n") as stream:
        return next(islice(stream, number - 1, None), "").rstrip("\r\n")


def _refused(config: Config, file: str) -> dict[int, str]:
    """Return the text of each line of the raw file that is in quarantine."""
    path = config.quarantine / record_file(file)
    # A name that leaves the folder is none of a raw file.
    if config.quarantine.resolve() not in path.resolve().parents or not path.is_file():
        return {}
    return {int(row["line"]): row["text"] for row in _read(path)}


def _read(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        yield from rows_of(stream)


def _write(
    config: Config, tables: dict[str, list[RawFile]], file: str, rows: dict[int, str]
) -> str:
    """Write the mended rows of the raw file under its header, and return the new file's name."""
    table, raw = next((t, raw) for t, files in tables.items() for raw in files if raw.name == file)
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerow(read.header(raw))
    buffer.writelines(f"{text}\n" for _, text in sorted(rows.items()))
    content = buffer.getvalue().encode()
    key = origins.name(file, hashlib.sha256(content).hexdigest())
    target = config.raw / key
    unfinished = target.with_name(f".{target.name}.unfinished")
    unfinished.write_bytes(content)
    unfinished.replace(target)
    if target not in config.raw.glob(config.files[table]):
        target.unlink()
        raise UserError(
            f"files.{table} in config.toml would not find {key!r}.",
            f"The mended rows of {file!r} come in under this name: let the glob match it.",
            2,
        )
    return key
