"""The command `tocsin`. Commands are found by being there: each file of this folder with a `command`."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

import click

NOT_COMMANDS = {"__init__", "main", "client", "local", "show", "reference"}
ABOUT = {
    "alert": "Alerts: list, send.",
    "backup": "Copy a database while it is used.",
    "check": "Check a plan folder.",
    "declare": "Declare an incident.",
    "demo": "Watch an outage unfold, with nothing set up.",
    "doctor": "Say what is well and what is not.",
    "engine": "The engine alone (serve starts it).",
    "explain": "Who would be paged for an alert, when, over what, and why.",
    "heartbeat": "What must beat, and when it last did.",
    "incident": "Incidents: list, show, lead.",
    "init": "Start a plan folder from an example.",
    "oncall": "Who is on call; overrides.",
    "plan": "Apply a plan; its schema.",
    "reindex": "Rebuild every index from the record.",
    "restore": "Bring a backup back into an empty database.",
    "serve": "Run engine and web edge.",
    "silence": "Silences: add, list, end.",
    "token": "Tokens for programs.",
    "user": "People: sign-in, contacts, grants.",
    "verify": "Prove that the record is whole.",
}


class Commands(click.Group):
    """Loads a command's file when it is called, and none for the list."""

    def invoke(self, ctx: click.Context) -> Any:
        """Runs a command. What somebody can mend becomes one message, without a traceback."""
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except Exception as error:
            from tocsin.cli.show import failure_of

            told = failure_of(error)
            if told is None:
                raise
            raise told from error

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(p.stem for p in Path(__file__).parent.glob("*.py") if p.stem not in NOT_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.list_commands(ctx):
            return None
        return import_module(f"tocsin.cli.{cmd_name}").command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, ABOUT.get(name, "")) for name in self.list_commands(ctx)])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            from difflib import get_close_matches

            near = get_close_matches(args[0], self.list_commands(ctx), n=1)
            if near:
                raise click.UsageError(f"{error.message} Did you mean {near[0]!r}?", ctx) from None
            raise


@click.command(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="tocsin")
def main() -> None:
    """Tocsin: an incident response plan that is checked, run, rehearsed, measured and printed."""


if __name__ == "__main__":
    main()
