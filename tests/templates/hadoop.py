"""A small HDFS on this machine: a NameNode and a DataNode, and the client that came with them.

Their jars are in the last release of PySpark that had Hadoop's servers, which uv builds once and
keeps in its cache; no project depends on it. The client is of the same age, so that what a project
has put there is looked at by a program that is not its own.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

from uv import find_uv_bin

from tests.templates.workshop import ENVIRONMENT, Terminal

PYSPARK = "pyspark==2.4.8"
BUILT_WITH = "pypandoc<1.6\n"  # later ones bring a whole pandoc, or lack what setup.py calls
SERVERS = "org.apache.hadoop.hdfs.server"
NAMES, BLOCKS = "namenode.NameNode", "datanode.DataNode"
CLIENT = "org.apache.hadoop.fs.FsShell"
# Hadoop 2.7 is older than Java's modules.
OPENED = [
    word
    for package in ("java.lang", "java.nio")
    for word in ("--add-opens", f"java.base/{package}=ALL-UNNAMED")
]
USER = "tester"
"""Whose file system it is: whoever else comes may not write."""

PATIENCE = 60
"""Seconds for a server to listen."""

LOGGING = """
log4j.rootLogger=ERROR,stderr
log4j.appender.stderr=org.apache.log4j.ConsoleAppender
log4j.appender.stderr.target=System.err
log4j.appender.stderr.layout=org.apache.log4j.SimpleLayout
"""


@dataclass
class Hdfs:
    """Two servers over one folder; `stop` and `start` again, and the files are still there."""

    folder: Path
    jars: Path
    port: int
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def address(self) -> str:
        """The address of its root, without a slash at the end."""
        return f"hdfs://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start what does not run, and wait until files can be written."""
        if NAMES not in self.running:
            self._serve(NAMES)
            _wait_for(self.port, self.running[NAMES])
        if BLOCKS not in self.running:
            self._serve(BLOCKS)
        until = time.monotonic() + PATIENCE
        trial = self.folder / "trial.txt"
        trial.write_text("written\n", encoding="utf-8")
        while not self._terminal.run(*self._java(CLIENT), "-put", "-f", trial, "/trial.txt"):
            assert time.monotonic() < until, self._said()
            time.sleep(0.5)

    def stop(self, *servers: str) -> None:
        """Kill these servers, or all."""
        for name in servers or tuple(self.running):
            process = self.running.pop(name)
            process.send_signal(signal.SIGKILL)
            process.wait()

    def shell(self, *words: str | Path) -> str:
        """Return what `hadoop fs` prints; it has to succeed."""
        return self._terminal.must(*self._java(CLIENT), *words).output

    def format(self) -> None:
        """Make an empty file system in the folder."""
        self._terminal.must(*self._java(f"{SERVERS}.{NAMES}"), "-format", "-nonInteractive")

    @property
    def _terminal(self) -> Terminal:
        return Terminal(self.folder, {**ENVIRONMENT, "HADOOP_USER_NAME": USER})

    def _said(self) -> str:
        return "\n".join(p.read_text("utf-8", "replace") for p in self.folder.glob("*.log"))

    def _serve(self, name: str) -> None:
        with (self.folder / f"{name}.log").open("ab") as log:
            self.running[name] = subprocess.Popen(
                self._java(f"{SERVERS}.{name}"),
                cwd=self.folder,
                env=self._terminal.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def _java(self, main: str) -> list[str]:
        path = os.pathsep.join([str(self.folder / "conf"), str(self.jars / "*")])
        return ["java", "-Xmx256m", "-XX:TieredStopAtLevel=1", *OPENED, "-cp", path, main]


def make(folder: Path) -> Hdfs:
    """Get the jars, and format an HDFS in the folder that does not run yet."""
    made = Hdfs(folder, _jars(folder), _free_port())
    conf = folder / "conf"
    for page in ("hdfs", "datanode"):  # the jars have lost the pages that the servers show
        (conf / "webapps" / page / "WEB-INF").mkdir(parents=True)
        (conf / "webapps" / page / "WEB-INF" / "web.xml").write_text("<web-app/>", "utf-8")
    (conf / "log4j.properties").write_text(LOGGING, encoding="utf-8")
    _configure(conf / "core-site.xml", {"fs.defaultFS": made.address})
    _configure(
        conf / "hdfs-site.xml",
        {
            "dfs.namenode.name.dir": (folder / "names").as_uri(),
            "dfs.datanode.data.dir": (folder / "blocks").as_uri(),
            "dfs.namenode.http-address": "127.0.0.1:0",
            "dfs.datanode.address": "127.0.0.1:0",
            "dfs.datanode.http.address": "127.0.0.1:0",
            "dfs.datanode.ipc.address": "127.0.0.1:0",
            "dfs.replication": "1",
            "dfs.webhdfs.enabled": "false",  # needs more jars than there are
        },
    )
    made.format()
    return made


def _jars(folder: Path) -> Path:
    """Install the old PySpark, without what it depends on, where nothing imports it."""
    constraints = folder / "constraints.txt"
    constraints.write_text(BUILT_WITH, encoding="utf-8")
    options = ("--no-deps", "--quiet", "--build-constraints", constraints, "--target", "old")
    uv = shutil.which("uv") or find_uv_bin()
    Terminal(folder, ENVIRONMENT).must(uv, "pip", "install", *options, PYSPARK)
    return folder / "old" / "pyspark" / "jars"


def _configure(path: Path, settings: dict[str, str]) -> None:
    properties = "".join(
        f"<property><name>{name}</name><value>{value}</value></property>\n"
        for name, value in settings.items()
    )
    path.write_text(f"<configuration>\n{properties}</configuration>\n", encoding="utf-8")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_for(port: int, server: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + PATIENCE
    while True:
        assert server.poll() is None, "the server has ended"
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        assert time.monotonic() < until, "the server does not listen"
        time.sleep(0.2)
