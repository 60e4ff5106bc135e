"""The results block of the README, written from the evidence and never by hand."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from .errors import UserError
from .evidence import Figure, Summary, write

START = "<!-- results:start -->"
END = "<!-- results:end -->"
OPEN_FIGURES = 2
"""So many figures are seen at once; the others unfold with the metrics."""
NOTHING = "No run yet: the project's main command writes its numbers here."


def results(summary: Summary | None) -> str:
    """Return the block: headline beside its baseline, figures, metrics, provenance."""
    if summary is None:
        return NOTHING
    headline, run = summary.headline, summary.run
    better = "higher" if headline.higher_is_better else "lower"
    lines = [
        f"| | {headline.metric} ({better} is better) |",
        "|---|---|",
        f"| **this project** | **{number(headline.value)}{spread(headline.std)}** |",
        f"| {headline.baseline.name} | {number(headline.baseline.value)} |",
        "",
    ]
    seen, folded = summary.figures[:OPEN_FIGURES], summary.figures[OPEN_FIGURES:]
    lines += [
        *_pictures(seen),
        f"<details><summary>{'More figures, all' if folded else 'All'} metrics</summary>",
        "",
        *_pictures(folded),
        "| metric | value |",
        "|---|---|",
        *(f"| {name} | {number(value)} |" for name, value in summary.metrics.items()),
        "",
        "</details>",
        "",
        {% block measured %}
        f"Measured by `{run.command}` on {run.started[:10]}: {_provenance(summary)}.",
        {% endblock %}
    ]
    return "\n".join(lines)


def _pictures(figures: Sequence[Figure]) -> list[str]:
    return [
        line
        for figure in figures
        for line in (f"![{figure.alt}]({figure.path})", "", f"*{figure.title}*", "")
    ]


def inject(document: Path, summary: Summary | None) -> None:
    """Put the results between the document's markers; without markers, put both at its end."""
    text = _read(document)
    if _block(document, text) is None:
        text = f"{text.rstrip()}\n\n## Results\n\n{START}\n{END}\n"
    before, _, rest = text.partition(START)
    _, _, after = rest.partition(END)
    text = f"{before}{START}\n{results(summary)}\n{END}{after}"
    write(document, text)


def is_current(document: Path, summary: Summary | None) -> bool:
    """Tell whether the document shows exactly the summary's numbers.

    A document without markers claims nothing, which is right only while there is no summary.
    """
    block = _block(document, _read(document))
    return summary is None if block is None else block.strip() == results(summary).strip()


def _read(document: Path) -> str:
    try:
        return document.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise UserError(f"{document.name} is not UTF-8.", "Save it as UTF-8.") from error
    except OSError as error:
        reason = error.strerror or error
        raise UserError(f"{document.name} cannot be read: {reason}.", "Mend that.") from error


def _block(document: Path, text: str) -> str | None:
    """Return what stands between the markers, or None when there are none.

    Raises:
        UserError: one marker is missing, or they are out of order: whatever were written then
            could take text of the owner's with it.
    """
    if START not in text and END not in text:
        return None
    _, _, rest = text.partition(START)
    block, end, _ = rest.partition(END)
    if not end or text.count(START) != 1 or text.count(END) != 1:
        raise UserError(
            f"The results' markers in {document.name} are not one pair in order.",
            f"Put back {START} and {END}, once each, or remove both.",
        )
    return block


def _provenance(summary: Summary) -> str:
    run = summary.run
    parts = [f"{run.rows:,} rows in {run.seconds:.1f} s"] if run.rows else []
    if run.seed is not None:
        parts.append(f"seed {run.seed}")
    if run.git_commit is None:
        parts.append("outside git")
    else:
        parts.append(f"commit {run.git_commit[:10]}" + (" with local changes" * bool(run.dirty)))
    parts.append(f"Python {run.python}")
    return ", ".join(parts)


def number(value: float) -> str:
    """Return the number as a table shows it: counts whole, the rest to four digits or the unit."""
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"


def spread(deviation: float | None) -> str:
    """Return a standard deviation as it stands behind its mean, to two digits; none is nothing."""
    return "" if deviation is None else f" ± {number(float(f'{deviation:.2g}'))}"
