"""What the search for secrets finds, what it leaves alone, and what it shows."""

from __future__ import annotations

import base64
import builtins
import gzip
import random
import string
from typing import TYPE_CHECKING, Any

import pytest

from mlscaffold.errors import PublishError
from mlscaffold.publishing import leaks
from mlscaffold.publishing.tokens import Token

if TYPE_CHECKING:
    from collections.abc import Callable

    from mlscaffold.publishing.leaks import Leak

TOKEN = Token("a-token-of-no-known-form-31415926", source="GH_TOKEN")
HEX = "0123456789abcdef"
CHANCE = random.Random(6)  # noqa: S311  a secret in this file would be taken for one


def some(count: int, letters: str = string.ascii_letters + string.digits) -> str:
    """Return so many letters that look like a secret."""
    return "".join(CHANCE.choice(letters) for _ in range(count))


SECRETS = {
    "GitHub": f"token = 'ghp_{some(36)}'",
    "GitHub, fine-grained": f"github_pat_{some(22)}_{some(59)}",
    "Hugging Face": f"HF_TOKEN=hf_{some(34, string.ascii_letters)}",
    "OpenAI": f"OPENAI_API_KEY=sk-proj-{some(74)}T3BlbkFJ{some(74)}",
    "Anthropic": f"key: sk-ant-api03-{some(93)}AA",
    "AWS": f"AWS_ACCESS_KEY_ID=AKIA{some(16, string.ascii_uppercase)} "
    f"AWS_SECRET_ACCESS_KEY={some(40)}",
    "Google": f"AIza{some(35)}",
    "Weights & Biases": f"WANDB_API_KEY={some(40, HEX)}",
    "Weights & Biases, in code": f'wandb.login(key="{some(40, HEX)}")',
    "Kaggle, kaggle.json": f'{{"username":"ada","key":"{some(32, HEX)}"}}',
    "Kaggle, .env": f"KAGGLE_KEY={some(32, HEX)}",
    "Kaggle, in code": f'os.environ["KAGGLE_KEY"] = "{some(32, HEX)}"',
    "Kaggle, new tokens": f"KGAT_{some(32, HEX)}",
    "Azure": f"AccountName=ada;AccountKey={some(86)}==;EndpointSuffix=x",
    "Databricks": f"dapi{some(32, HEX)}",
    "a database": f"postgresql://ada:{some(16)}@db.flights.io:5432/flights",
    "a private key": "-----BEGIN RSA PRIVATE KEY-----\n"
    + "\n".join(some(64) for _ in range(12))
    + "\n-----END RSA PRIVATE KEY-----",
    "a cell of a notebook": f'{{"source": ["api = \\"hf_{some(34, string.ascii_letters)}\\"\\n"]}}',
}
HARMLESS = [
    "POSTGRES=postgresql://postgres:postgres@db:5432/app",
    "postgresql://user:password@db.flights.io/x, mongodb+srv://<user>:<password>@cluster0.x.net/",
    "redis://:anything-at-all-31@localhost:6379",
    "KAGGLE_KEY=\nHF_TOKEN=\nOPENAI_API_KEY=sk-...\nWANDB_API_KEY=your-key-here",
    f"sha256:{some(64, HEX)} {some(40, HEX)} {some(32, HEX)}",
    "kaggle competitions download -c titanic; key: value",
    "password = os.environ['DATABASE_PASSWORD']",
]


@pytest.fixture(scope="module")
def scan() -> Callable[[str, bytes], list[Leak]]:
    """Return the scanner, whose rules are read once."""
    return leaks.Scanner(TOKEN).content


@pytest.mark.parametrize("kind", SECRETS)
def test_secrets_of_this_field_are_found(
    kind: str, scan: Callable[[str, bytes], list[Leak]]
) -> None:
    """By file and line, with no more than the beginning of the value."""
    text = SECRETS[kind]
    found = scan("src/x.py", f"first\nsecond\n{text}\nlast\n".encode())
    assert found
    assert {leak.place for leak in found} == {"src/x.py"}
    assert {leak.line for leak in found} == {3}
    for leak in found:
        assert str(leak).startswith("src/x.py:3 (")
        assert leak.masked.endswith("****")
        assert len(leak.masked) <= 8


@pytest.mark.parametrize("text", HARMLESS)
def test_placeholders_and_digests_are_left_alone(
    text: str, scan: Callable[[str, bytes], list[Leak]]
) -> None:
    """A scanner that cries out too often is switched off."""
    assert scan("README.md", text.encode()) == []


def test_a_file_of_windows_is_read_too(scan: Callable[[str, bytes], list[Leak]]) -> None:
    """PowerShell writes UTF-16 where one redirects into a file."""
    assert scan(".env", f"{SECRETS['Hugging Face']}\r\n".encode("utf-16"))


@pytest.mark.parametrize(
    "name",
    [
        *("package-lock.json", "yarn.lock", "pnpm-lock.yaml", "poetry.lock", "Pipfile.lock"),
        *("go.sum", "a.svg", "a.png", "a.jpg", "a.gif", "a.woff", "node_modules/a.js", "uv.lock"),
    ],
)
def test_no_file_is_passed_over(name: str, scan: Callable[[str, bytes], list[Leak]]) -> None:
    """Whatever it is called: a push sends it."""
    (leak,) = scan(name, f"{SECRETS['GitHub']}\n".encode())
    assert leak.place == name


def test_lock_files_and_pictures_are_left_alone(scan: Callable[[str, bytes], list[Leak]]) -> None:
    """They are full of digests and of noise."""
    digests = [base64.b64encode(CHANCE.randbytes(64)).decode() for _ in range(500)]
    lines = [
        f'"a{n}": {{"resolved": "https://x.example/a{n}.tgz#{some(40, HEX)}", '
        f'"integrity": "sha512-{digest}"}}, h1:{digest[:43]}='
        for n, digest in enumerate(digests)
    ]
    assert scan("package-lock.json", "\n".join(lines).encode()) == []
    assert scan("a.png", CHANCE.randbytes(1 << 20)) == []
    picture = base64.b64encode(CHANCE.randbytes(1 << 18)).decode()
    assert (
        scan("a.svg", f"<svg><image href='data:image/png;base64,{picture}'/></svg>".encode()) == []
    )


def test_what_gzip_has_packed_is_read(
    scan: Callable[[str, bytes], list[Leak]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each member of it, by line, up to a bound; a broken one is nobody's fault."""
    secret = f"first\n{SECRETS['Hugging Face']}\n".encode()
    packed = gzip.compress(b"x" * 5000) + gzip.compress(secret)
    (leak,) = scan("log.gz", packed)
    assert str(leak).startswith("log.gz:2 (huggingface")
    assert scan("log.gz", packed[:-20]) == []
    assert scan("log.gz", packed[:12] + b"\xff" * 99) == []
    monkeypatch.setattr(leaks, "MOST_UNPACKED", 5000)
    assert scan("log.gz", packed) == []


@pytest.mark.parametrize("form", ["utf-8", "utf-16-le", "utf-16-be", "utf-16"])
def test_the_token_is_found_in_any_encoding(
    form: str, scan: Callable[[str, bytes], list[Leak]]
) -> None:
    """PowerShell writes two bytes a letter, with or without a mark at the beginning."""
    (leak,) = scan("out.txt", f"a\nb {TOKEN.reveal()}\n".encode(form))
    assert str(leak) == "out.txt:2 (your token for GitHub, a-to****)"


def test_a_secret_in_a_name_is_not_shown() -> None:
    """Neither by its form, nor the token; and any other name is none."""
    scanner = leaks.Scanner(TOKEN)
    secret = f"ghp_{some(36)}"
    (leak,) = scanner.name("file", f"keys/{secret}.txt")
    assert str(leak).startswith("the name of the file 'keys/ghp_****.txt' (github")
    assert secret not in str(leak)
    (leak,) = scanner.name("branch", f"try/{TOKEN.reveal()}")
    assert str(leak) == ("the name of the branch 'try/a-to****' (your token for GitHub, a-to****)")
    assert scanner.name("file", "caf\udce9/token.txt") == []


def test_a_name_may_be_any_bytes(scan: Callable[[str, bytes], list[Leak]]) -> None:
    """As git gives them to Python, and shown so that they can be told apart."""
    (leak,) = scan("caf\udce9.txt", TOKEN.reveal().encode())
    assert leak.place == r"caf\udce9.txt"


def test_the_token_itself_is_a_secret(scan: Callable[[str, bytes], list[Leak]]) -> None:
    """Whatever its form."""
    (leak,) = scan("notes.txt", f"a\nb {TOKEN.reveal()} c".encode())
    assert str(leak) == "notes.txt:2 (your token for GitHub, a-to****)"


def test_where_there_is_no_scanner_there_is_a_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """It has no wheel for every system."""
    real = builtins.__import__

    def without(name: str, *rest: Any) -> Any:
        if name == "kingfisher_sdk":
            raise ImportError(name)
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(PublishError, match="not installed") as caught:
        leaks.Scanner(TOKEN)
    assert "--allow-secrets" in caught.value.hint
