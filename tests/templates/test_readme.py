"""Commands are found in a README as a reader finds them."""

from __future__ import annotations

from tests.templates import readme

TEXT = """\
# Title

```console
$ first --flag "two words"
its output
$ second \\
    --more
```

## Run it

```console
third  # why
fourth
```

```text
not a command
```
"""


def test_commands_after_a_prompt_are_told_from_output() -> None:
    """Where a line begins with a prompt, only such lines are commands."""
    first, _ = readme.blocks(TEXT)
    assert first.commands == (("first", "--flag", "two words"), ("second", "--more"))


def test_each_line_without_a_prompt_is_a_command() -> None:
    """A comment is none, and other blocks are none."""
    assert readme.section(TEXT, "Run it") == [("third",), ("fourth",)]
