"""The page docs/reference/cli.md, from the commands themselves; `python -m scripts.reference` prints it."""

from __future__ import annotations

import inspect
from collections.abc import Iterator

import click

from tocsin.cli.main import ABOUT, main

INTRODUCTION = """\
# Commands

Printed from the code by `python -m scripts.reference`; a test compares the two.

Commands with `--url` and `--token` ask a server over HTTP, and act as whoever the token stands for. Commands with
`--database` are for whoever runs the server, on its machine: they go through the engine's door while one runs, and
under the file's lock while none does. A flag comes before its variable.

| exit status | means |
|---|---|
| 0 | well |
| 1 | refused, or something was found |
| 2 | the command was written wrong |
| 3 | the engine or its server cannot be asked now; try again |

Errors go to the error stream: what, where, why, how to mend. What changes an incident carries an id: a command that
is repeated with the same `--command-id` gets the first one's answer, and nothing happens twice.
"""


def page() -> str:
    """The whole page in Markdown."""
    context = click.Context(main, info_name="tocsin")
    assert isinstance(main, click.Group)
    names = main.list_commands(context)
    parts = [INTRODUCTION]
    parts += [f"- [`tocsin {name}`](#tocsin-{name}): {ABOUT.get(name, '')}" for name in names]
    for name in names:
        found = main.get_command(context, name)
        assert found is not None
        parts += _command(found, f"tocsin {name}", context, "##")
    return "\n".join(parts) + "\n"


def _command(command: click.Command, path: str, parent: click.Context, heading: str) -> Iterator[str]:
    context = click.Context(command, info_name=path.rpartition(" ")[2], parent=parent)
    yield f"\n{heading} `{path}`\n"
    yield _said(command)
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            found = command.get_command(context, name)
            if found is not None and not found.hidden:
                yield from _command(found, f"{path} {name}", context, "###")
        return
    yield f"\n```\n{_usage(command, path, context)}\n```"
    options = [each for each in command.get_params(context) if isinstance(each, click.Option) and not each.hidden]
    records = [record for each in options if (record := each.get_help_record(context)) is not None]
    if records:
        yield "\n| option | |\n|---|---|"
        yield from (f"| `{_cell(name)}` | {_cell(text)} |" for name, text in records if "--help" not in name)


def _usage(command: click.Command, path: str, context: click.Context) -> str:
    return " ".join([path, *command.collect_usage_pieces(context)])


def _said(command: click.Command) -> str:
    """The help text, with lists that stand as they are kept so."""
    paragraphs = inspect.cleandoc(command.help or "").split("\n\n")
    return "\n\n".join(
        f"```\n{each.removeprefix(chr(8)).strip(chr(10))}\n```" if each.startswith("\b") else each
        for each in paragraphs
    )


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
