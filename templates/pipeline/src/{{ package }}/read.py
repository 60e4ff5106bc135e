r"""CSV files as tables of lines: every physical line is one row, whatever is wrong with it.

DuckDB's CSV reader is used for what it does fastest, cutting a file into lines, and not for what
it does too kindly. One unclosed quote would make it take the rest of the file for one value, and
it numbers records, not lines. So the file is read as one column with no quoting at all, and SQL
splits each line afterwards. What this gives up is a line break inside a quoted value: such a
record arrives as two broken lines in the quarantine, and is not lost.
"""

from __future__ import annotations

import csv
import tempfile
from pathlib import Path

import duckdb

from .database import count, literal, quoted
from .errors import UserError
from .extract import RawFile

# A delimiter that no line holds: where one does, it is read as the symbol that stands for it, and
# so is a carriage return that ends no line. Both make the line faulty.
_NO_DELIMITER = "\x01"
_COLUMNS = "{'_text': 'VARCHAR'}"
_SYMBOLS = {
    b"\x01": "\N{SYMBOL FOR START OF HEADING}",
    b"\r": "\N{SYMBOL FOR CARRIAGE RETURN}",
}


def header(file: RawFile) -> list[str]:
    """Return the names of the file's columns.

    Raises:
        UserError: the first line is no CSV, or names a column twice.
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
    twice = sorted({column for column in columns if columns.count(column) > 1})
    if twice:
        raise UserError(f"{file.name} has the column {twice[0]!r} twice.", "Rename one of them.")
    return columns


def lines(connection: duckdb.DuckDBPyConnection, file: RawFile) -> int:
    """Put the file's records into the table `lines` and return how many there are.

    `lines` has the columns `_line` (physical line number, the header is 1), `_text` and `_fault`
    (why the line is no text, or null). The header and blank lines are no records.

    Raises:
        UserError: the lines found are not as many as the file holds.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = _readable(file, Path(folder)) if file.has_control_characters else file.path
        connection.execute(
            f"""
            CREATE OR REPLACE TEMP TABLE scanned AS
            SELECT _text FROM read_csv(
                {literal(path.as_posix())}, columns = {_COLUMNS}, header = false,
                auto_detect = false, delim = {literal(_NO_DELIMITER)}, quote = '', escape = '',
                new_line = '\\n', store_rejects = true, rejects_table = 'rejects',
                rejects_scan = 'rejects_scan')
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
            FROM rejects GROUP BY line),
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
    connection.execute("DROP TABLE rejects; DROP TABLE rejects_scan; DROP TABLE scanned")
    found = count(connection, "SELECT count(*) FROM lines")
    if found != file.lines:
        raise UserError(
            f"{file.name} holds {file.lines:,} lines, and {found:,} of them were read.",
            "Nothing was published; this is a fault of the pipeline and not of the file.",
        )
    connection.execute(
        "DELETE FROM lines WHERE _line = 1 OR (_fault IS NULL AND coalesce(_text, '') = '')"
    )
    return count(connection, "SELECT count(*) FROM lines")


def split(columns: list[str]) -> str:
    """Return SQL that gives `lines` one text column for each of the file's columns.

    `_fault` tells of a line that does not split into exactly these columns.
    """
    width = len(columns)
    values = ",\n    ".join(
        f"fields[{index}] AS {quoted('raw ' + column)}" for index, column in enumerate(columns, 1)
    )
    # Most lines have no quote and split in one cheap call. Where there is one, the pieces that
    # are well quoted, put together again, must give the line back.
    return f"""
    SELECT _line, _text, coalesce(_fault, CASE
        WHEN contains(_text, '"') AND array_to_string(pieces, '') <> ',' || _text
            THEN 'broken_quotes'
        WHEN len(fields) <> {width} THEN 'wrong_field_count' END) AS _fault,
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
    """Return a copy with Unix line ends and no control character that the reader would trip on."""
    copy = folder / file.path.name
    with file.path.open("rb") as source, copy.open("wb") as target:
        for line in source:
            unix = line.removesuffix(b"\r\n") + b"\n" if line.endswith(b"\r\n") else line
            for character, symbol in _SYMBOLS.items():
                unix = unix.replace(character, symbol.encode())
            target.write(unix)
    return copy
