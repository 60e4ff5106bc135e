"""`mlscaffold publish` as a process: its words, its exit codes, and where the token never is."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import time
import zlib
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.github import Fault, api
from tests.support import COMMAND, OFFLINE, PATIENCE, Terminal, git, make, run, said, snapshot

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.github import GitHub

posix = pytest.mark.skipif(os.name == "nt", reason="a matter of POSIX systems")
linux = pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device of Linux")
NO_GH = {"PATH": os.defpath}
"""A PATH with git on it, and no gh whose presence would change a word."""


@pytest.fixture
def project(work: Path) -> Path:
    """Return a repository of one commit that nobody has published."""
    folder = work / "flights"
    folder.mkdir()
    git(folder, "init", "--quiet", "--initial-branch=main")
    (folder / "README.md").write_text("# Flights\n", encoding="utf-8")
    (folder / ".github" / "workflows").mkdir(parents=True)
    (folder / ".github" / "workflows" / "ci.yml").write_text("on: push\n", encoding="utf-8")
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "--message=Start")
    return folder


def secrets(github: GitHub) -> set[bytes]:
    """Return the token in every form in which it is sent, and so could be found."""
    token = github.token.encode()
    pair = base64.b64encode(b"x-access-token:" + token)
    # In base64, what a word becomes depends on where it stands: the middle of each is looked for.
    shifted = {base64.b64encode(b"x" * shift + token)[4:-4] for shift in range(3)}
    return {token, pair, *shifted}


def traces(github: GitHub, folder: Path) -> Iterator[str]:
    """Yield what of the token is under a folder: names, contents, and what git has packed."""
    words = secrets(github)
    for path in folder.rglob("*"):
        if any(word in os.fsencode(path) for word in words):
            yield f"the name {path}"
        if not path.is_file():
            continue
        content = path.read_bytes()
        if "objects" in path.parts:
            with suppress(zlib.error):
                content += zlib.decompress(content)
        if any(word in content for word in words):
            yield str(path)


# What is shown


def test_the_address_is_data_and_the_rest_is_status(github: GitHub, project: Path) -> None:
    """A script can take the address from stdout."""
    outcome = run("publish", "--private", cwd=project, env=NO_GH)
    page = github.page("ada", "flights")
    assert (outcome.code, outcome.out) == (0, f"{page}\n")
    assert outcome.err == (
        f"Published ada/flights (private)\n\nWatch the first run of CI:\n  {page}/actions\n"
    )


def test_where_nothing_is_to_do_it_says_so(github: GitHub, project: Path) -> None:
    """To a person and to a program; the address is data as ever."""
    assert run("publish", "--private", cwd=project).code == 0
    page = github.page("ada", "flights")
    outcome = run("publish", "--private", cwd=project)
    assert (outcome.out, outcome.err) == (f"{page}\n", "Up to date: ada/flights (private)\n")
    outcome = run("publish", "--private", "--dry-run", cwd=project)
    assert outcome.err == "Up to date: ada/flights (private); nothing was created or pushed.\n"
    shown = json.loads(run("publish", "--private", "--json", cwd=project).out)
    assert (shown["state"], shown["steps"], shown["url"]) == ("current", [], page)


@posix
def test_with_gh_the_run_can_be_watched(github: GitHub, project: Path, work: Path) -> None:
    """The next command to type."""
    (work / "gh").write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")
    (work / "gh").chmod(0o755)
    outcome = run("publish", "--private", cwd=project, env={"PATH": f"{work}:{os.defpath}"})
    assert "  gh run list --repo ada/flights --branch main\n" in outcome.err
    assert github.branches("ada", "flights")


def test_a_dry_run_says_what_would_be_done(github: GitHub, project: Path) -> None:
    """And does none of it."""
    before = snapshot(project)
    outcome = run("publish", project, "--public", "--dry-run", "--topic", "a", "--topic", "b")
    assert (outcome.code, outcome.out) == (0, f"{github.page('ada', 'flights')}\n")
    lines = outcome.err.splitlines()
    assert lines[0] == "Would publish ada/flights (public); nothing was created or pushed."
    assert lines[1] == f"  create the public repository {github.page('ada', 'flights')}"
    assert lines[-1] == "  topics: a, b"
    assert snapshot(project) == before
    assert github.repositories == {}


@pytest.mark.parametrize("dry", [True, False])
def test_the_result_is_json_when_asked(*, dry: bool, github: GitHub, project: Path) -> None:
    """The same of a dry run; nothing else is said."""
    outcome = run("publish", project, "--private", "--json", *(["--dry-run"] * dry))
    shown = json.loads(outcome.out)
    assert (outcome.code, outcome.err) == (0, "")
    assert shown["url"] == github.page("ada", "flights")
    assert shown["visibility"] == "private"
    assert shown["state"] == "published"
    assert shown["dry_run"] is dry
    assert shown["commit"] == git(project, "rev-parse", "HEAD")
    assert bool(github.repositories) is not dry


@linux
@pytest.mark.parametrize("words", [(), ("--json",)])
def test_an_address_that_cannot_be_printed(
    words: tuple[str, ...], github: GitHub, project: Path
) -> None:
    """A full disk behind stdout is no fault of ours, and what was published stays."""
    with Path("/dev/full").open("wb") as full:
        ended = subprocess.run(
            [*COMMAND, "publish", "--private", *words],
            cwd=project,
            stdout=full,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            check=False,
        )
    assert ended.returncode == 1
    assert ended.stderr.splitlines()[-2:] == [
        "error: What was asked for cannot be printed: No space left on device.",
        "hint: Whatever was to be made or changed is; send the output elsewhere.",
    ]
    assert "Traceback" not in ended.stderr
    assert github.branches("ada", "flights")


# Words that cannot be meant: exit code 2, before anybody is asked


@pytest.mark.parametrize(
    ("words", "message", "hint"),
    [
        (
            (),
            "Who may see the repository must be said, and there is no terminal to ask at.",
            "Give --public or --private.",
        ),
        *(
            (words, "--public and --private contradict each other.", "Leave one of them out.")
            for words in (("--public", "--private"), ("--private", "--public"))
        ),
        (
            ("--private", "--name", "a b"),
            "The repository name 'a b' is not one that GitHub takes.",
            "Use at most 100 letters, digits, hyphens, underscores and dots: --name NAME.",
        ),
        (
            ("--private", "--host", "http://github.com"),
            "The token could be read on its way to 'github.com': http is not encrypted.",
            "Write --host github.com, which means https.",
        ),
        (
            ("--private", "--topic", "Deep Learning"),
            (
                "'Deep Learning' is no topic that GitHub takes: it must be at most 50 lowercase "
                "letters, digits and hyphens."
            ),
            "Write --topic deep-learning.",
        ),
        *(
            (
                ("--private", f"--remote={name}"),
                f"The remote name '{name}' is not one that git takes.",
                "Use letters, digits, hyphens, underscores and dots: --remote NAME.",
            )
            for name in ("a b", "", "--foo", "a..b", "a.lock")
        ),
        (
            ("--private", "--description", "two\nlines"),
            "The description is not one line of at most 350 characters.",
            "Say in one sentence what the project is: --description TEXT.",
        ),
        *(
            (
                ("--private", "--homepage", page),
                f"The homepage '{page}' is no address of a page.",
                "Write it with its beginning: --homepage https://example.org.",
            )
            for page in ("example.org", "javascript:x", "https://", "https://a b")
        ),
        (
            ("", "--private"),
            "The PATH is empty.",
            "Give a folder; '.' is the one you are in.",
        ),
        (
            ("nowhere", "--private"),
            "There is no folder '{work}/nowhere'.",
            "Give the PATH of a repository.",
        ),
    ],
)
def test_bad_input(
    words: tuple[str, ...], message: str, hint: str, github: GitHub, project: Path
) -> None:
    """Nobody is asked anything."""
    before = snapshot(project)
    outcome = run("publish", *words, cwd=project)
    said(outcome, 2, message.format(work=project), hint)
    assert github.seen == []
    assert snapshot(project) == before


def test_a_refusal_is_a_sentence_and_a_hint(github: GitHub, project: Path) -> None:
    """An exit code of its cause, and no traceback; the same command then succeeds."""
    limit = api.refusal(403, "You have exceeded a secondary rate limit.", Retry_After="7")
    github.faults.append(Fault("POST", ".*", limit))
    outcome = run("publish", "--private", cwd=project)
    said(
        outcome,
        6,
        f"{github.name} takes no more from you for now: its secondary rate limit is reached.",
        "Wait 7 seconds, then publish again: it continues where it stopped.",
    )
    assert run("publish", "--private", cwd=project).code == 0


# At a terminal


@posix
def test_at_a_terminal_it_is_asked_who_may_see_it(github: GitHub, project: Path) -> None:
    """With the arrow keys; afterwards the page can be opened."""
    with Terminal("publish", project, piped=True, environment=NO_GH) as terminal:
        terminal.expect(f"Who may see {github.address}/you/flights?")
        terminal.expect("public: everybody")
        terminal.send("\x1b[B\r")
        terminal.expect("Published ada/flights (public)")
        terminal.expect("Open ")
        terminal.send("n")
        assert terminal.end() == 0
        assert terminal.output() == f"{github.page('ada', 'flights')}\n"
    assert github.repositories["ada", "flights"].about["private"] is False


@posix
def test_the_page_is_opened_if_wished(github: GitHub, project: Path, work: Path) -> None:
    """In the user's browser."""
    (work / "browser").write_text(f'#!/bin/sh\necho "$1" > {work}/opened\n', encoding="utf-8")
    (work / "browser").chmod(0o755)
    environment = {"BROWSER": f"{work}/browser", "PATH": f"{work}:{os.defpath}"}
    (work / "browser").rename(work / "xdg-open")
    with Terminal("publish", project, "--private", environment=environment) as terminal:
        terminal.expect("Open ")
        terminal.send("y")
        assert terminal.end() == 0
    assert (work / "opened").read_text(encoding="utf-8") == f"{github.page('ada', 'flights')}\n"


@posix
def test_ctrl_c_at_the_question(github: GitHub, project: Path) -> None:
    """Nothing is created."""
    with Terminal("publish", project) as terminal:
        terminal.expect("Who may see")
        terminal.send("\x03")
        assert terminal.end() == 130
    assert github.repositories == {}


@posix
def test_ctrl_c_in_the_push(github: GitHub, project: Path, work: Path) -> None:
    """It is said what may be there, and the same command goes on."""
    github.hook = f"touch {work}/arrived; sleep 2; exit 1"
    with Terminal("publish", project, "--private") as terminal:
        until = time.monotonic() + PATIENCE
        while not (work / "arrived").exists():
            assert time.monotonic() < until
            time.sleep(0.05)
        terminal.send("\x03")
        page = github.page("ada", "flights")
        terminal.expect(f"error: Interrupted; {page} may be there already.")
        terminal.expect("hint: To go on, publish again: it continues where it stopped.")
        assert terminal.end() == 130
    (github.repositories["ada", "flights"].folder / "hooks" / "pre-receive").unlink()
    assert run("publish", project, "--private").code == 0
    assert github.branches("ada", "flights") == {"main": git(project, "rev-parse", "HEAD")}


# The token


LOUD = {
    "GIT_TRACE": "1",
    "GIT_TRACE_CURL": "1",
    "GIT_TRACE_REDACT": "0",
    "GIT_CURL_VERBOSE": "1",
    "GIT_TRACE_PACKET": "1",
    "GIT_TRACE2_ENV_VARS": "GIT_CONFIG_VALUE_0,GIT_CONFIG_VALUE_1,GH_ENTERPRISE_TOKEN",
    "GIT_TRACE2_CONFIG_PARAMS": "http.*,url.*,credential.*",
    "GIT_PYTHON_TRACE": "full",
    "PYTHONVERBOSE": "",
}
"""Everything by which git and GitPython write down what they are told."""
CHATTY = """\
[credential]
\thelper = "!f() {{ cat >> {folder}/asked; }}; f"
[core]
\taskPass = "{folder}/askpass"
[trace2]
\teventTarget = {folder}/trace2-event
\tnormalTarget = {folder}/trace2-normal
\tconfigParams = http.*,url.*
\tenvVars = GIT_CONFIG_VALUE_0,GIT_CONFIG_VALUE_1
[url "git@example.invalid:"]
\tinsteadOf = {address}/
\tpushInsteadOf = {address}/
[http]
\textraHeader = "Authorization: Basic bm9ib2R5Om5vdGhpbmc="
[push]
\tgpgSign = if-asked
\tfollowTags = true
"""
"""A configuration that would keep, tell or spoil the token."""
PUSH = ".*service=git-receive-pack"
ENDINGS: dict[str, tuple[Fault | None, int]] = {
    "well": (None, 0),
    "refused": (Fault("POST", ".*/repos", api.refusal(403, "Forbidden")), 4),
    "cut off": (Fault("PUT", ".*"), 7),
    "pushed in vain": (Fault("GET", PUSH, api.refusal(403, "Forbidden")), 4),
    "locked out": (Fault("GET", PUSH, api.refusal(401, "Bad credentials")), 4),
}


@posix
@pytest.mark.parametrize("ending", ENDINGS)
def test_the_token_is_nowhere(
    ending: str, github: GitHub, project: Path, home: Path, tmp_path: Path
) -> None:
    """Not on disk, in the configuration, a reflog, a trace, an output, or among arguments.

    However publishing ends, and with everything switched on that writes down what git is told.
    """
    with (home / ".gitconfig").open("a", encoding="utf-8") as stream:
        stream.write(CHATTY.format(folder=home, address=github.address))
    traced = ("GIT_TRACE2", "GIT_TRACE2_PERF", "GIT_TRACE2_EVENT")
    loud = {**LOUD, **{name: str(home / name) for name in traced}}
    (home / "askpass").write_text(f"#!/bin/sh\necho $1 >> {home}/asked\n", encoding="utf-8")
    (home / "askpass").chmod(0o755)
    github.watched = {word.decode() for word in secrets(github)}
    fault, code = ENDINGS[ending]
    github.faults += [fault] if fault else []
    words = ("publish", "--private", "--topic", "a", "--description", "x")
    outcome = run(*words, cwd=project, env={**loud, "GIT_ASKPASS": str(home / "askpass")})
    assert outcome.code == code, outcome.err
    assert github.faults == []

    shown = (outcome.out + outcome.err).encode()
    assert not [word for word in secrets(github) if word in shown]
    assert github.exposed == []
    if sys.platform == "linux":
        assert any(seen.authorization for seen in github.seen)
    assert list(traces(github, tmp_path)) == []
    assert not (home / "asked").exists()

    again = run(*words, cwd=project, env=loud)
    assert again.code == 0, again.err
    assert github.branches("ada", "flights") == {"main": git(project, "rev-parse", "HEAD")}
    assert list(traces(github, tmp_path)) == []


@posix
def test_the_search_would_find_it(github: GitHub, project: Path, tmp_path: Path) -> None:
    """A search that finds nothing proves something if it finds what is there."""
    git(project, "remote", "add", "x", f"https://x-access-token:{github.token}@github.com/a/b")
    (project / "note").write_bytes(next(iter(secrets(github))))
    git(project, "add", "note")
    found = list(traces(github, tmp_path))
    assert len(found) == 3
    pair = base64.b64encode(f"x-access-token:{github.token}".encode())
    assert any(word in pair for word in secrets(github) - {pair})


ECHO = "bad header Authorization: Bearer {token}\r\nhint: rm\x1b]0;title\x07\x9b31m\u202e"
"""What a server may say: the token, and what would steer a terminal."""
ECHOES: dict[str, tuple[str, str, api.Response]] = {
    "objection": ("POST", ".*/user/repos", api.refusal(422, ECHO)),
    "field": ("POST", ".*/user/repos", api.refusal(422, "No", ECHO)),
    "refusal": ("POST", ".*/user/repos", api.refusal(403, ECHO)),
    "permissions": (
        "POST",
        ".*/user/repos",
        api.refusal(403, "No", X_Accepted_GitHub_Permissions="{token} \x1b[31m \x9b"),
    ),
    "sso": ("POST", ".*/user/repos", api.refusal(403, "No", X_GitHub_SSO="url={token}\x1b[31m")),
    "redirect": ("GET", ".*/user", api.Response(302, None, {"Location": "http://{token}\x1b[3m/"})),
    "login": ("GET", ".*/user", api.Response(200, {"login": ECHO})),
}


@pytest.mark.parametrize("kind", ECHOES)
def test_what_a_server_says_is_harmless(kind: str, github: GitHub, project: Path) -> None:
    """It repeats the token, begins lines of its own, and steers the terminal: none is shown."""
    method, path, response = ECHOES[kind]
    body = json.loads(json.dumps(response.body).replace("{token}", github.token))
    headers = {key: word.replace("{token}", github.token) for key, word in response.headers.items()}
    github.faults.append(Fault(method, path, api.Response(response.status, body, headers)))
    harmless(github, run("publish", "--private", cwd=project).err)


@posix
def test_what_a_rule_says_is_harmless(github: GitHub, project: Path) -> None:
    """Whether in the sentence or below it."""
    pair = base64.b64encode(f"x-access-token:{github.token}".encode()).decode()
    words = f"error: {github.token} \\033]0;x\\007\\n {pair} \\033[31m\\302\\233\\n"
    github.hook = f"printf '{words}' >&2; exit 1"
    err = run("publish", "--private", cwd=project).err
    assert "by a rule of its own: ****" in err
    harmless(github, err, lines=3)


def harmless(github: GitHub, err: str, *, lines: int = 2) -> None:
    """Assert so many lines, all printable, in which no form of the token stands."""
    assert not [word for word in secrets(github) if word in err.encode()]
    assert len(err.splitlines()) == lines
    assert all(map(str.isprintable, err.splitlines()))


# New and publish in one

CLEAN = ("new", "pipeline", "clean", "--yes", "--no-lock", "--publish", "--private")


def test_new_can_publish(github: GitHub, work: Path) -> None:
    """The project, its tree, then its address."""
    outcome = run("new", "pipeline", "clean", "--yes", "--no-lock", "--publish", "--private")
    assert outcome.code == 0, outcome.err
    assert outcome.out.splitlines()[-1] == github.page("ada", "clean")
    assert "Created pipeline" in outcome.err
    assert "Published ada/clean (private)" in outcome.err
    assert github.branches("ada", "clean") == {"main": git(work / "clean", "rev-parse", "HEAD")}
    assert github.repositories["ada", "clean"].about["topics"] == ["python", "sql"]


def test_new_and_publish_as_json(github: GitHub) -> None:
    """The project as ever, and its publication."""
    outcome = run("new", "pipeline", "clean", "--yes", "--publish", "--public", "--json")
    shown = json.loads(outcome.out)
    assert shown["template"] == "pipeline"
    assert shown["publication"]["url"] == github.page("ada", "clean")


def test_what_is_made_and_not_published_is_json_too(github: GitHub, work: Path) -> None:
    """A program must know where the project is, and that it is nowhere else."""
    github.hook = "exit 1"
    outcome = run(*CLEAN, "--json")
    shown = json.loads(outcome.out)
    assert outcome.code == 8
    assert (shown["path"], shown["publication"]) == (str(work / "clean"), None)


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (("--publish", "--private", "--public"), 2, "--public and --private contradict each"),
        (("--publish",), 2, "Who may see the repository must be said"),
        (("--public",), 2, "--public says who may see the repository on GitHub, and none is made"),
        (("--publish", "--private", "--no-git"), 2, "What has no repository cannot be published."),
    ],
)
def test_new_refuses_before_it_makes_anything(
    words: tuple[str, ...], code: int, message: str, github: GitHub, work: Path
) -> None:
    """Options that contradict each other."""
    outcome = run("new", "pipeline", "clean", "--yes", *words)
    assert outcome.code == code
    assert message in outcome.err
    assert list(work.iterdir()) == []
    assert github.seen == []


def test_new_does_not_make_what_it_cannot_publish(
    github: GitHub, work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No token, or a name that is taken: found out before the first file exists."""
    github.add("ada", "clean", private=True, archived=True)
    words = ("new", "pipeline", "clean", "--yes", "--publish", "--private")
    outcome = run(*words)
    assert (outcome.code, list(work.iterdir())) == (5, [])
    assert "is archived" in outcome.err
    monkeypatch.delenv("GH_ENTERPRISE_TOKEN")
    outcome = run(*words, env=NO_GH)
    assert (outcome.code, list(work.iterdir())) == (3, [])
    assert f"There is no token for {github.name}" in outcome.err


def test_new_says_how_to_go_on(github: GitHub, work: Path) -> None:
    """The project stays when GitHub fails; the command that it names completes it."""
    github.faults.append(Fault("POST", ".*/user/repos"))
    outcome = run("new", "pipeline", "clean", "--yes", "--no-lock", "--publish", "--private")
    assert outcome.code == 7
    assert (work / "clean" / "README.md").exists()
    assert "To go on: mlscaffold publish clean --private\n" in outcome.err
    assert run("publish", "clean", "--private").code == 0
    assert github.branches("ada", "clean")


def unread(work: Path, *words: str, disk: bool = False, all_: bool = False) -> tuple[int, str]:
    """Run `mlscaffold` where nobody reads stdout, or a full disk takes it; return end and stderr.

    With `all_` nobody reads that either.
    """
    reader, pipe = os.pipe()
    os.close(reader)
    with os.fdopen(pipe, "wb") as closed, Path("/dev/full").open("wb") as full:
        ended = subprocess.run(
            [*COMMAND, *words],
            cwd=work,
            env={**os.environ, **OFFLINE},
            stdout=full if disk else closed,
            stderr=closed if all_ else subprocess.PIPE,
            encoding="utf-8",
            check=False,
        )
    return ended.returncode, ended.stderr


@linux
@pytest.mark.parametrize("disk", [False, True])
def test_new_publishes_whoever_reads_of_it(*, disk: bool, github: GitHub, work: Path) -> None:
    """A pipe that is closed is no failure, a full disk is one: it is told when all is done."""
    code, errors = unread(work, *CLEAN, disk=disk)
    assert github.branches("ada", "clean") == {"main": git(work / "clean", "rev-parse", "HEAD")}
    assert errors.splitlines()[0] == f"Created pipeline in {work / 'clean'}"
    assert "Published ada/clean (private)" in errors
    assert code == disk
    assert ("hint: Whatever was to be made or changed is; send" in errors) is disk


@linux
def test_new_publishes_though_nobody_is_there(github: GitHub, work: Path) -> None:
    """As behind `2>&1 | true`."""
    assert unread(work, *CLEAN, all_=True)[0] == 0
    assert github.branches("ada", "clean")


@linux
def test_new_that_nobody_reads_says_that_it_is_not_published(github: GitHub, work: Path) -> None:
    """GitHub's failure is what counts, and the command that goes on is named."""
    github.faults.append(Fault("POST", ".*/user/repos"))
    code, errors = unread(work, *CLEAN, disk=True)
    assert code == 7
    assert "To go on: mlscaffold publish clean --private\n" in errors
    assert "Whatever was to be made" not in errors


def test_new_rehearses(github: GitHub, work: Path) -> None:
    """A dry run names the place and asks no more."""
    outcome = run("new", "pipeline", "clean", "--yes", "--publish", "--private", "--dry-run")
    assert outcome.code == 0
    assert "Would publish ada/clean (private)." in outcome.err
    assert list(work.iterdir()) == []
    assert github.repositories == {}


@pytest.mark.parametrize("filled", [False, True])
def test_new_in_a_cloned_repository(*, filled: bool, github: GitHub, work: Path) -> None:
    """Made on the web, empty or with a README, cloned, filled, pushed to where it came from.

    A branch over there that a robot has made since is no reason to refuse.
    """
    address = f"{github.page('ada', 'clean')}.git"
    github.add("ada", "clean", private=True)
    clone = work / "clean"
    git(work, "init", "--quiet", "--initial-branch=main", "clean")
    git(clone, "remote", "add", "origin", address)
    if filled:
        (clone / "README.md").write_text("made on the web", encoding="utf-8")
        git(clone, "add", ".")
        git(clone, "commit", "--quiet", "--message=Initial commit")
        server = str(github.folder / "ada" / "clean.git")
        git(clone, "push", "--quiet", server, "main")
        robot = git(clone, "commit-tree", "-p", "HEAD", "-m", "Bump", "HEAD^{tree}")
        git(clone, "push", "--quiet", server, f"{robot}:refs/heads/robot")
        git(clone, "prune", "--expire=now")
    words = ("new", "pipeline", ".", "--yes", "--no-lock", "--publish", "--private")
    outcome = run(*words, cwd=clone)
    assert outcome.code == 0, outcome.err
    assert github.branches("ada", "clean")["main"] == git(clone, "rev-parse", "HEAD")
    outcome = run("new", "pipeline", "elsewhere/clean", *words[3:])
    assert outcome.code == 5
    assert "exists, and its branch 'main' has commits that are not here." in outcome.err
    assert not (work / "elsewhere").exists()


@pytest.mark.parametrize("template", ["experiment", "service", "pipeline"])
def test_every_project_type_can_be_published(template: str, github: GitHub, work: Path) -> None:
    """As it comes: nothing in it is taken for a secret, is too large, or unclean."""
    make(template, work / "late", github_owner="ada")
    outcome = run("publish", "late", "--private", env=NO_GH)
    assert outcome.code == 0, outcome.err
    assert github.branches("ada", "late") == {"main": git(work / "late", "rev-parse", "HEAD")}
    assert github.repositories["ada", "late"].about["topics"]
    assert "TODO(owner)" in outcome.err
