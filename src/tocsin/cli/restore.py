"""tocsin restore: bring a backup back into an empty database."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--database", help="sqlite:///FILE or postgresql://...  [TOCSIN_DATABASE; sqlite:///tocsin.db]")
def command(file: Path, database: str | None) -> None:
    """Bring the backup FILE back into an empty database, and build its indexes; proven before and after.

    Pages that were waiting when the backup was made are told in a digest once an engine runs, not rung as new.
    """
    from tocsin.config import from_environment
    from tocsin.record import bring_back
    from tocsin.store.base import StoreRefused, StoreUnavailable

    try:
        verdict = bring_back(file, from_environment(database=database).database)
    except (StoreRefused, StoreUnavailable) as refused:
        raise click.ClickException(str(refused)) from refused
    click.echo(verdict.line())
