r"""CSV files as tables: quickly where the reader can be trusted, line by line where it cannot.

`scan` lets DuckDB's typed CSV reader do what it does fastest. What it does too kindly is looked at
again: one unclosed quote would make it take the rest of the file for one value, and it says of a
bad record too little. So every record that is refused or doubtful is read a second time as the
physical line that it is: `pick` takes these lines out of the file, `lines` puts them into a table
whatever is wrong with them, and `split` cuts them into values in SQL. A file whose records are not
as many as its lines is read so from its first line to its last. What this gives up is a line break
inside a quoted value: such a record arrives as two broken lines in the quarantine.
"""

from __future__ import annotations

import csv
import re
import tempfile
from collections.abc import Iterable
from itertools import islice
from pathlib import Path

import duckdb

from .database import count, literal, quoted
from .errors import UserError
from .extract import RawFile

# A delimiter that no line holds: where one does, it is read as the symbol that stands for it, and
# so is a carriage return that ends no line. Both make the line faulty.
_NO_DELIMITER = "\x01"
_COLUMNS = "{'_text': 'VARCHAR'}"
_DAY, _TIME = "[0-9]{4}-[0-9]{2}-[0-9]{2}", "[0-9]{2}:[0-9]{2}:[0-9]{2}"
_CLOCKS = {
    "%Y-%m-%d %H:%M:%S": f"{_DAY} {_TIME}",
    "%Y-%m-%dT%H:%M:%S": f"{_DAY}T{_TIME}",
    "%Y-%m-%dT%H:%M:%SZ": f"{_DAY}T{_TIME}Z",
}
_SAMPLE, _MOST = 20, 0.8
# The records of a smaller buffer are fewer than DuckDB stores together, and are copied once more.
_BUFFER = 24_000_000
# Bytes of a line; of a longer one neither look makes a record.
_LONGEST = 2_000_000
PATH = "_path"
_OTHER_SEPARATORS = ";\t|"
REJECTS, REJECTS_SCANS = "rejects", "rejects_scans"
# What begins a line that stands for a record which can be none, and why it can be none.
STAND_IN = "\N{SYMBOL FOR SUBSTITUTE}"
REFUSALS = (
    "bad_encoding",
    "broken_json",
    "control_character",
    "line_break",
    "nested_value",
    "no_json_object",
    "repeated_key",
)
_SAID = f'^"?{STAND_IN}(({"|".join(REFUSALS)})(:[a-z0-9_]+)?): '
_SYMBOLS = {
    b"\x01": "\N{SYMBOL FOR START OF HEADING}",
    b"\r": "\N{SYMBOL FOR CARRIAGE RETURN}",
}


def header(file: RawFile) -> list[str]:
    """Return the names of the file's columns.

    Raises:
        UserError: the first line is no CSV, or names a column twice or not at all.
    """
    try:
        with file.path.open("rb") as stream:
            first = stream.readline().decode("utf-8-sig").rstrip("\r\n")
        (columns,) = csv.reader([first], strict=True)
        if not columns:
            raise ValueError("it is empty")
    except (UnicodeDecodeError, ValueError, csv.Error) as error:
        raise UserError(
            f"The first line of {file.name} cannot be read as a header: {error}.",
            "It should hold the names of the columns, separated by commas, in UTF-8.",
        ) from error
    refuse_other_separator(file.name, columns)
    if "" in columns:
        raise UserError(
            f"{file.name} has no name for its column {columns.index('') + 1}.",
            "Give it one in the file's first line.",
        )
    # Names differ in DuckDB only where they do in more than the case of English letters.
    names = [column.encode().lower() for column in [*columns, PATH]]
    twice = [column for column in columns if names.count(column.encode().lower()) > 1]
    if twice:
        raise UserError(
            f"{file.name} has the column {twice[-1]!r} twice."
            if twice[-1].lower() != PATH
            else f"{file.name} has a column {PATH!r}, which is a name of the pipeline.",
            "Rename one of them; upper and lower case make no difference.",
        )
    return columns


def refuse_other_separator(name: str, columns: list[str]) -> None:
    """Refuse the file of that name where its one column is several with something in between.

    Raises:
        UserError: it is so.
    """
    if len(columns) == 1 and any(separator in columns[0] for separator in _OTHER_SEPARATORS):
        raise UserError(
            f"{name} separates its columns by something else than commas.",
            "Write it anew with commas, as `COPY (FROM 'old.csv') TO 'new.csv'` in DuckDB does.",
        )


def clock(file: RawFile, places: list[int]) -> str:
    """Return the format in which nearly all of the first records' times are, or nothing.

    `places` says which values are times. Read in one format they take a quarter of the time that
    they do in any; what is of no such format is refused, and so looked at again.
    """
    try:
        with file.path.open(encoding="utf-8", errors="replace", newline="\n") as stream:
            records = list(csv.reader(islice(stream, 1, 1 + _SAMPLE)))
    except csv.Error:
        return ""
    times = [record[place] for record in records for place in places if place < len(record)]
    for form, pattern in _CLOCKS.items():
        if sum(re.fullmatch(pattern, time) is not None for time in times) > _MOST * len(times):
            return form
    return ""


def scan(
    files: list[RawFile], columns: dict[str, str], missing: tuple[str, ...], clock: str
) -> str:
    """Return SQL that reads the records of files that look alike with typed columns, in order.

    `columns` has a DuckDB type for each column, `clock` the format of each TIMESTAMP; PATH is the
    file of a record. What the reader refuses is in the tables REJECTS and REJECTS_SCANS
    afterwards.
    """
    types = ", ".join(f"{literal(name)}: {literal(kind)}" for name, kind in columns.items())
    types = "{" + types + "}"
    paths = ", ".join(literal(file.path.as_posix()) for file in files)
    quote = '"' if files[0].has_quotes else ""
    newline = files[0].newline.replace("\r", "\\r").replace("\n", "\\n")
    return f"""
    FROM read_csv([{paths}], columns = {types}, filename = '{PATH}',
        header = true,
        auto_detect = false, delim = ',', quote = '{quote}', escape = '{quote}',
        new_line = '{newline}', buffer_size = {_BUFFER}, max_line_size = {_LONGEST},
        nullstr = [{", ".join(map(literal, missing))}],
        {f"timestampformat = {literal(clock)}," if clock else ""}
        store_rejects = true, rejects_table = '{REJECTS}', rejects_scan = '{REJECTS_SCANS}')
    """


def pick(file: RawFile, numbers: Iterable[int], target: Path) -> None:
    """Add the physical lines of these numbers, in ascending order, to the file `target`."""
    at = 1
    with file.path.open("rb") as source, target.open("ab") as copy:
        for number in numbers:
            line = next(islice(source, number - at, None))
            copy.write(line if line.endswith(b"\n") else line + b"\n")
            at = number + 1


def lines(connection: duckdb.DuckDBPyConnection, file: RawFile) -> int:
    """Put the file's records into the table `lines` and return how many there are.

    `lines` has the columns `_line` (physical line number, the header is 1), `_text` and `_fault`
    (why the line is no text, or null). The header and blank lines are no records.

    Raises:
        UserError: the lines found are not as many as the file holds.
    """
    with tempfile.TemporaryDirectory() as folder:
        copied = Path(folder)
        found = _number(connection, file.path if file.newline == "\n" else _readable(file, copied))
        if found != file.lines:  # of a line as long as its buffer the reader says nothing
            found = _number(connection, _readable(file, copied))
    if found != file.lines:
        raise UserError(
            f"{file.name} holds {file.lines:,} lines, and {found:,} of them were read.",
            "Nothing was published; this is a fault of the pipeline and not of the file.",
        )
    connection.execute(
        "DELETE FROM lines WHERE _line = 1 OR (_fault IS NULL AND coalesce(_text, '') = '')"
    )
    return count(connection, "SELECT count(*) FROM lines")


def _number(connection: duckdb.DuckDBPyConnection, path: Path) -> int:
    """Put all lines of the file into the table `lines`, and return how many there are."""
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE scanned AS
        SELECT _text FROM read_csv(
            {literal(path.as_posix())}, columns = {_COLUMNS}, header = false,
            auto_detect = false, delim = {literal(_NO_DELIMITER)}, quote = '', escape = '',
            new_line = '\\n', max_line_size = {_LONGEST}, store_rejects = true,
            rejects_table = 'unread', rejects_scan = 'unread_scans')
        """
    )
    # A rejected line leaves no row behind, so it shifts the row numbers of all lines after it.
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE lines AS
        WITH rejected AS (
            SELECT line AS _line, any_value(csv_line) AS _text,
                CASE min(error_type) WHEN 'INVALID ENCODING' THEN 'bad_encoding'
                    ELSE 'unreadable_line' END AS _fault
            FROM unread GROUP BY line),
        numbered AS (SELECT _line, row_number() OVER (ORDER BY _line) AS shift FROM rejected),
        -- Rejected lines that follow each other shift the same next row: the last one counts.
        shifts AS (
            SELECT _line - shift AS first_row, max(shift) AS shift
            FROM numbered GROUP BY first_row),
        accepted AS (
            SELECT scanned.rowid + 1 + coalesce(shift, 0) AS _line, _text,
                CASE WHEN regexp_matches(_text, '[{"".join(_SYMBOLS.values())}]')
                    THEN 'control_character' END AS _fault
            FROM scanned ASOF LEFT JOIN shifts ON scanned.rowid >= shifts.first_row)
        FROM accepted UNION ALL FROM rejected
        """
    )
    connection.execute("DROP TABLE unread; DROP TABLE unread_scans; DROP TABLE scanned")
    return count(connection, "SELECT count(*) FROM lines")


def split(columns: list[str], missing: tuple[str, ...]) -> str:
    """Return SQL that gives `lines` one text column, `raw …`, for each of the file's columns.

    `_fault` tells of a line that does not split into exactly these columns, in the line's own words
    where it is a stand-in. Surplus values are forgiven where each of them is one of the `missing`,
    as the typed reader does.
    """
    width = len(columns)
    said = f"value IN ({', '.join(map(literal, missing))})"
    values = ",\n    ".join(
        f"fields[{index}] AS {quoted('raw ' + column)}" for index, column in enumerate(columns, 1)
    )
    # Most lines have no quote and split in one cheap call. Where there is one, the pieces that
    # are well quoted, put together again, must give the line back.
    return f"""
    SELECT * EXCLUDE (_fault, pieces, fields), coalesce(_fault, CASE
        WHEN contains(_text, '"') AND array_to_string(pieces, '') <> ',' || _text
            THEN 'broken_quotes'
        WHEN len(fields) < {width} OR len(fields) > {width}
            AND len(list_filter(fields[{width + 1}:], lambda value: NOT {said})) > 0
            THEN coalesce(nullif(regexp_extract(_text, {literal(_SAID)}, 1), ''),
                'wrong_field_count') END) AS _fault,
    {values}
    FROM (
        SELECT *, CASE WHEN contains(_text, '"')
            THEN list_transform(pieces, lambda piece: CASE WHEN starts_with(piece, ',"')
                THEN replace(piece[3:-2], '""', '"') ELSE piece[2:] END)
            ELSE string_split(_text, ',') END AS fields
        FROM (
            SELECT *, CASE WHEN contains(_text, '"')
                THEN regexp_extract_all(',' || _text, ',("([^"]|"")*"|[^,"]*)') END AS pieces
            FROM lines))
    """


def _readable(file: RawFile, folder: Path) -> Path:
    """Return a copy with Unix line ends, and nothing that the reader would trip on.

    Such are control characters, and lines so long that it would not even refuse them.
    """
    copy = folder / file.path.name
    with file.path.open("rb") as source, copy.open("wb") as target:
        for line in source:
            unix = line.removesuffix(b"\r\n") + b"\n" if line.endswith(b"\r\n") else line
            for character, symbol in _SYMBOLS.items():
                unix = unix.replace(character, symbol.encode())
            if len(line) > _LONGEST:
                unix = unix[:_LONGEST].decode(errors="ignore").encode() + b" " * _LONGEST + b"\n"
            target.write(unix)
    return copy
