"""tocsin reindex: rebuild every index from the record."""

from __future__ import annotations

import click


@click.command()
@click.option("--database", help="sqlite:///FILE or postgresql://...  [TOCSIN_DATABASE; sqlite:///tocsin.db]")
def command(database: str | None) -> None:
    """Rebuild timers, outbox and lists from the record, in one transaction. Stop the engine of a file first."""
    from tocsin.config import from_environment
    from tocsin.record import reindexed
    from tocsin.store.base import Conflict, StoreRefused, StoreUnavailable

    try:
        records = reindexed(from_environment(database=database).database)
    except (StoreRefused, StoreUnavailable) as refused:
        raise click.ClickException(str(refused)) from refused
    except Conflict as conflict:
        raise click.ClickException("other engines were in the way; nothing has changed, try again") from conflict
    click.echo(f"{records} records read, every index rebuilt")
