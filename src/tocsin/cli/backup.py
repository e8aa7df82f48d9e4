"""tocsin backup: copy a database while it is used."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--database", help="sqlite:///FILE or postgresql://...  [TOCSIN_DATABASE; sqlite:///tocsin.db]")
def command(file: Path, database: str | None) -> None:
    """Copy a database into FILE while it is used, and prove the copy.

    FILE is a SQLite database, also of PostgreSQL. It holds all that the database does: addresses, sign-ins and the
    secret of page links. Keep it as you keep the database.
    """
    from tocsin.config import from_environment
    from tocsin.record import back_up
    from tocsin.store.base import StoreRefused, StoreUnavailable

    try:
        verdict = back_up(from_environment(database=database).database, file)
    except (StoreRefused, StoreUnavailable) as refused:
        raise click.ClickException(str(refused)) from refused
    click.echo(f"{file}: {verdict.line()}")
    raise SystemExit(0 if verdict.whole else 1)
