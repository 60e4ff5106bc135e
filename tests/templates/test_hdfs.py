"""A pipeline by Spark whose files come from an HDFS, and whose mirror is in one.

The project's own tests do all of it by file://; here a NameNode and a DataNode answer.
"""

from __future__ import annotations

import gzip
import json
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from tests.templates import distant, hadoop
from tests.templates.distant import Pipeline, content

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.templates.hadoop import Hdfs
    from tests.templates.workshop import Outcome

pytestmark = [pytest.mark.project, pytest.mark.xdist_group("hdfs")]

PUBLISHED = "/published/flights"
@dataclass(frozen=True)
class Cluster(Pipeline):
    """A pipeline, and the HDFS that it reads from and publishes to."""

    hdfs: Hdfs

    def run(self) -> Outcome:
        """Run the pipeline as the owner of that file system."""
        return self.run_as(HADOOP_USER_NAME=hadoop.USER)

    def deliver(self, name: str, content: bytes) -> None:
        """Put a file into the inbox, by Hadoop's own client."""
        path = self.root / name
        path.write_bytes(content)
        self.hdfs.shell("-put", "-f", path, f"/inbox/{name}")
        path.unlink()

    def mirrored(self) -> dict[str, bytes]:
        """Return what is published there, fetched by Hadoop's own client."""
        folder = self.root / "fetched"
        shutil.rmtree(folder, ignore_errors=True)
        self.hdfs.shell("-get", PUBLISHED, folder)
        return content(folder)

    def listing(self) -> dict[str, str]:
        """Return size and time of change of each file of the mirror."""
        said = self.hdfs.shell("-ls", "-R", PUBLISHED)
        lines = [line.split() for line in said.splitlines() if line.startswith("-")]
        stated = self.hdfs.shell("-stat", "%n %b %Y", *(line[-1] for line in lines))
        return dict(zip((line[-1] for line in lines), stated.splitlines(), strict=True))


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Make a pipeline and an HDFS; the first has not run, the second runs and is empty."""
    pipeline = distant.make(tmp_path_factory)
    hdfs = hadoop.make(tmp_path_factory.mktemp("hdfs"))
    try:
        hdfs.start()
        hdfs.shell("-mkdir", "/inbox")
        pipeline.connect(f"{hdfs.address}/inbox", f"{hdfs.address}{PUBLISHED}")
        yield Cluster(pipeline.code, pipeline.root, hdfs)
    finally:
        hdfs.stop()


def test_a_pipeline_reads_from_hdfs_and_publishes_there(cluster: Cluster) -> None:
    """Files come, a rerun copies nothing, a late file its days; the dead are told in a sentence."""
    _brings_everything(cluster)
    _copies_nothing_twice(cluster)
    _copies_what_is_new(cluster)
    _survives_that_it_dies(cluster)


def _brings_everything(cluster: Cluster) -> None:
    """Three formats come in; what is published is there byte by byte, and no other file."""
    cluster.deliver("a.csv", "\n".join(cluster.lines(0, 4)).encode())
    cluster.deliver("b.csv.gz", gzip.compress("\n".join(cluster.lines(4, 8)).encode()))
    header, *rows = (line.split(",") for line in cluster.lines(8, 10))
    records = [json.dumps(dict(zip(header, row, strict=True))) for row in rows]
    cluster.deliver("c.jsonl", "\n".join(records).encode())
    outcome = cluster.run()
    assert outcome, str(outcome)
    raw = cluster.root / "data" / "raw" / "flights"
    assert sorted(path.name for path in raw.iterdir()) == ["a.csv", "b.csv", "c.jsonl.csv"]
    assert len(cluster.published()) == 11
    assert cluster.mirrored() == cluster.published()


def _copies_nothing_twice(cluster: Cluster) -> None:
    """No file of the mirror is touched, and no raw file comes again."""
    before, outcome = cluster.listing(), cluster.run()
    assert outcome, str(outcome)
    assert len(before) == 11
    assert cluster.listing() == before


def _copies_what_is_new(cluster: Cluster) -> None:
    """A further file brings its days, and a file that has changed comes beside its first one."""
    before = cluster.listing()
    cluster.deliver("d.csv", "\n".join(cluster.lines(10, 11)).encode())
    cluster.deliver("a.csv", "\n".join(cluster.lines(0, 5)).encode())
    outcome = cluster.run()
    assert outcome, str(outcome)
    assert (cluster.root / "data" / "raw" / "flights" / "a-998.csv").exists()
    now = cluster.listing()
    assert cluster.mirrored() == cluster.published()
    assert now.keys() - before.keys() == {f"{PUBLISHED}/date=2013-02-11/part-0.parquet"}
    kept = [name for name in before if now[name] == before[name]]
    assert f"{PUBLISHED}/date=2013-01-10/part-0.parquet" in kept
    assert f"{PUBLISHED}/datapackage.json" not in kept


def _survives_that_it_dies(cluster: Cluster) -> None:
    """One sentence and exit code 1, of the source as of the mirror; then all is caught up."""
    cluster.hdfs.stop(hadoop.NAMES)
    before = cluster.published()
    outcome = cluster.run()
    _is_refused(outcome, f"error: {cluster.hdfs.address}/inbox cannot be reached: ")
    assert cluster.published() == before
    raw = cluster.root / "data" / "raw" / "flights"
    (raw / "e.csv").write_text("\n".join([*cluster.lines(11, 12), ""]), encoding="utf-8")
    config = cluster.root / "config.toml"
    text = config.read_text(encoding="utf-8")
    config.write_text(text.replace('"source.toml"', '""'), encoding="utf-8")
    outcome = cluster.run()
    _is_refused(outcome, f"error: {cluster.hdfs.address}{PUBLISHED} cannot be reached: ")
    assert cluster.published().keys() - before.keys() == {"date=2013-03-12/part-0.parquet"}
    config.write_text(text, encoding="utf-8")
    cluster.hdfs.start()
    outcome = cluster.run()
    assert outcome, str(outcome)
    assert cluster.mirrored() == cluster.published()


def _is_refused(outcome: Outcome, sentence: str) -> None:
    *_, error, hint = outcome.output.splitlines()
    assert outcome.code == 1, str(outcome)
    assert error.startswith(sentence), str(outcome)
    assert "Connection refused" in error, str(outcome)
    assert hint.startswith("hint: "), str(outcome)
    assert "Traceback" not in outcome.output, str(outcome)

