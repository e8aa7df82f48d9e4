"""tocsin init: a plan folder of one's own, begun from an example; whole or not at all."""

from __future__ import annotations

from pathlib import Path

import click

from tocsin.cli import show

EXAMPLES = Path(__file__).resolve().parents[1] / "plans"


def examples() -> tuple[str, ...]:
    """The examples, found by being there."""
    return tuple(sorted({path.parent.name for path in EXAMPLES.glob("*/*.yaml")}))


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--example", type=click.Choice(examples()), default="starter", show_default=True, help="What to copy.")
def command(folder: Path, example: str) -> None:
    """Start a plan folder from an example."""
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise show.Failure(f"{show.plain(str(folder))} is there and is no folder. Name another; nothing was written")
    if folder.is_dir() and any(folder.iterdir()):
        raise show.Failure(f"{show.plain(str(folder))} is not empty. Name another folder; nothing was written")
    try:
        names = _copy(EXAMPLES / example, folder)
    except OSError as problem:
        raise show.Failure(f"{show.plain(str(folder))} cannot be written: {problem.strerror}") from problem
    click.echo(f"{folder} holds the plan {example}: {', '.join(names)}")
    click.echo(f"Next: tocsin check {folder}, and tocsin serve --plan {folder}")


def _copy(example: Path, folder: Path) -> list[str]:
    """Copies beside the folder, then puts it in place in one step."""
    import shutil
    import tempfile

    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".tocsin-init-", dir=folder.parent) as beside:
        begun = Path(beside) / "plan"
        begun.mkdir()
        for path in sorted(example.glob("*.yaml")):
            shutil.copyfile(path, begun / path.name)
        names = sorted(path.name for path in begun.iterdir())
        begun.rename(folder)
    return names
