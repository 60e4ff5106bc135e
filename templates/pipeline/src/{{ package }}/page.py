"""The report as one page that needs nothing else: results/report.html, pictures and all."""

from __future__ import annotations

import base64
import html
from pathlib import Path

from .evidence import Summary, write
from .report import number

PAGE = "results/report.html"
STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
img { height: auto }
table { border-collapse: collapse }
td, th { padding: .2rem .8rem; border-bottom: 1px solid #ccc; text-align: left }
td + td { text-align: right; font-variant-numeric: tabular-nums }
figure { margin: 2rem 0 } figcaption { color: #444 }
/* On a telephone a picture keeps a size that can be read, and is moved sideways. */
figure div { overflow-x: auto } figure img { min-width: 40rem; width: 100% }
"""


def write_page(root: Path, summary: Summary) -> None:
    """Write the page of this summary; its pictures are within it."""
    headline = summary.headline
    figures = "".join(
        f'<figure><div><img alt="{html.escape(figure.alt)}" '
        f'src="data:image/png;base64,{_base64(root / figure.path)}"></div>'
        f"<figcaption><b>{html.escape(figure.title)}</b>: {html.escape(figure.alt)}.</figcaption>"
        "</figure>\n"
        for figure in summary.figures
    )
    metrics = "".join(
        f"<tr><td>{html.escape(name)}</td><td>{number(value)}</td></tr>\n"
        for name, value in summary.metrics.items()
    )
    run = summary.run
    title = html.escape(summary.project.name)
    problem = html.escape(summary.project.problem)
    problem = f"<p>{problem}</p>\n" if problem else ""
    read = f"{run.rows:,} rows read in {run.seconds:.1f} s, " if run.rows else ""
    text = f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>{STYLE}</style>
</head>
<body>
<h1>{title}</h1>
{problem}<p>{html.escape(headline.metric.capitalize())}: <b>{number(headline.value)}</b>
({html.escape(headline.baseline.name)}: {number(headline.baseline.value)}).</p>
{figures}<h2>Numbers</h2>
<table>
{metrics}</table>
<p>Measured by <code>{html.escape(run.command)}</code> on {run.started[:10]}:
{read}commit {(run.git_commit or "none")[:10]}.</p>
</body>
</html>
"""
    write(root / PAGE, text)


def _base64(path: Path) -> str:
    return base64.b64encode(path.read_bytes()).decode("ascii")
