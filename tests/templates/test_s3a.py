"""A pipeline by Spark whose files come from a bucket, and whose mirror is in one.

The project's own tests do all of it by file://; here an S3 answers that looks at signatures.
"""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from tests.templates import bucket, distant
from tests.templates.bucket import KEY, SECRET
from tests.templates.distant import Pipeline, content

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.templates.bucket import Bucket
    from tests.templates.workshop import Outcome

pytestmark = [pytest.mark.project, pytest.mark.xdist_group("s3a")]

PUBLISHED = "published/flights"
WRONG = "somebodyelse0123456789"


@dataclass(frozen=True)
class Customer(Pipeline):
    """A pipeline, and the bucket that it reads from and publishes to."""

    bucket: Bucket

    def run(self, secret: str = SECRET) -> Outcome:
        """Run the pipeline; nothing it says or writes holds what opens the bucket."""
        who = {"AWS_ACCESS_KEY_ID": KEY, "AWS_SECRET_ACCESS_KEY": secret}
        outcome = self.run_as(**who)
        written = b"".join(content(self.root).values())
        assert secret not in outcome.output, "the secret is shown"
        assert secret.encode() not in written, "the secret is written down"
        return outcome

    def deliver(self, name: str, data: bytes) -> None:
        """Put a file into the inbox."""
        self.bucket.put(f"inbox/{name}", data)

    def mirrored(self) -> dict[str, bytes]:
        """Return what is published there, as it lies behind the server."""
        return content(self.bucket.objects / PUBLISHED)

    def listing(self) -> dict[str, int]:
        """Return the time of change of each file of the mirror."""
        folder = self.bucket.objects / PUBLISHED
        return {name: (folder / name).stat().st_mtime_ns for name in self.mirrored()}

    def edit(self, name: str, old: str, new: str) -> None:
        """Change a file of the project."""
        path = self.root / name
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")


@pytest.fixture(scope="module")
def customer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Customer]:
    """Make a pipeline and a bucket; the first has not run, the second is served and is empty."""
    pipeline = distant.make(tmp_path_factory)
    made = bucket.make(tmp_path_factory.mktemp("s3"), "airport")
    addresses = (f"{made.address}/inbox", f"{made.address}/{PUBLISHED}")
    pipeline.connect(*addresses, **made.settings)
    try:
        made.start()
        yield Customer(pipeline.code, pipeline.root, made)
    finally:
        made.stop()


def test_a_pipeline_reads_from_a_bucket_and_publishes_there(customer: Customer) -> None:
    """Files come, a rerun copies nothing, a late file its days; who may not enter is told so."""
    _brings_everything(customer)
    _copies_nothing_twice(customer)
    _copies_what_is_new(customer)
    _is_kept_out_by_a_wrong_key(customer)
    _survives_that_it_dies(customer)
    _is_told_what_spark_lacks(customer)


def _brings_everything(customer: Customer) -> None:
    """Three formats come in; what is published is there byte by byte, and no other file."""
    customer.deliver("a.csv", "\n".join(customer.lines(0, 4)).encode())
    customer.deliver("b.csv.gz", gzip.compress("\n".join(customer.lines(4, 8)).encode()))
    header, *rows = (line.split(",") for line in customer.lines(8, 10))
    records = [json.dumps(dict(zip(header, row, strict=True))) for row in rows]
    customer.deliver("c.jsonl", "\n".join(records).encode())
    outcome = customer.run()
    assert outcome, str(outcome)
    raw = customer.root / "data" / "raw" / "flights"
    assert sorted(path.name for path in raw.iterdir()) == ["a.csv", "b.csv", "c.jsonl.csv"]
    assert len(customer.published()) == 11
    assert customer.mirrored() == customer.published()


def _copies_nothing_twice(customer: Customer) -> None:
    """No object of the mirror is touched, and no raw file comes again."""
    before, outcome = customer.listing(), customer.run()
    assert outcome, str(outcome)
    assert len(before) == 11
    assert customer.listing() == before


def _copies_what_is_new(customer: Customer) -> None:
    """A further file brings its days, and a file that has changed comes beside its first one."""
    before = customer.listing()
    customer.deliver("d.csv", "\n".join(customer.lines(10, 11)).encode())
    customer.deliver("a.csv", "\n".join(customer.lines(0, 5)).encode())
    outcome = customer.run()
    assert outcome, str(outcome)
    assert (customer.root / "data" / "raw" / "flights" / "a-998.csv").exists()
    now = customer.listing()
    assert customer.mirrored() == customer.published()
    assert now.keys() - before.keys() == {"date=2013-02-11/part-0.parquet"}
    kept = [name for name in before if now[name] == before[name]]
    assert "date=2013-01-10/part-0.parquet" in kept
    assert "datapackage.json" not in kept


def _is_kept_out_by_a_wrong_key(customer: Customer) -> None:
    """One sentence and exit code 1, and what is published stays as it was."""
    before = customer.published()
    outcome = customer.run(WRONG)
    _is_refused(outcome, f"{customer.bucket.address}/inbox", "Forbidden")
    *_, hint = outcome.output.splitlines()
    assert "AWS_ACCESS_KEY_ID" in hint
    assert customer.published() == customer.mirrored() == before


def _survives_that_it_dies(customer: Customer) -> None:
    """What comes from here is published here; the mirror is caught up when it is back."""
    customer.bucket.stop()
    before = customer.published()
    raw = customer.root / "data" / "raw" / "flights"
    (raw / "e.csv").write_text("\n".join([*customer.lines(11, 12), ""]), encoding="utf-8")
    customer.edit("config.toml", '"source.toml"', '""')
    outcome = customer.run()
    _is_refused(outcome, f"{customer.bucket.address}/{PUBLISHED}", "Connection refused")
    assert customer.published().keys() - before.keys() == {"date=2013-03-12/part-0.parquet"}
    assert customer.mirrored() == before
    customer.edit("config.toml", 'source = ""', 'source = "source.toml"')
    customer.bucket.start()
    outcome = customer.run()
    assert outcome, str(outcome)
    assert customer.mirrored() == customer.published()


def _is_told_what_spark_lacks(customer: Customer) -> None:
    """Without the jar, the hint is the line that the project's spark.toml has, commented out."""
    customer.edit("spark.toml", '"spark.jars" = ', '# "spark.jars" = ')
    outcome = customer.run()
    _is_refused(outcome, f"{customer.bucket.address}/inbox", "S3AFileSystem not found")
    _, _, words = outcome.output.splitlines()[-1].partition("Add ")
    setting, _, _ = words.partition(" to [conf] in spark.toml.")
    settings = (customer.code.folder / "spark.toml").read_text(encoding="utf-8")
    assert f"# {setting}" in settings.splitlines()


def _is_refused(outcome: Outcome, address: str, reason: str) -> None:
    *_, error, hint = outcome.output.splitlines()
    assert outcome.code == 1, str(outcome)
    assert error.startswith(f"error: {address} cannot be reached: "), str(outcome)
    assert reason in error, str(outcome)
    assert hint.startswith("hint: "), str(outcome)
    assert "Traceback" not in outcome.output, str(outcome)
