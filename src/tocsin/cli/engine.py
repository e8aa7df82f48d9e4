"""tocsin engine: the engine's process alone. `serve` starts it; several may run over one PostgreSQL."""

from __future__ import annotations

import click


@click.command()
@click.option("--database", help="sqlite:///FILE or postgresql://...  [TOCSIN_DATABASE]")
@click.option("--parent", type=int, help="Stop when this process is gone.", hidden=True)
def command(database: str | None, parent: int | None) -> None:
    """The engine alone (serve starts it)."""
    import logging

    from tocsin.app import engine_process
    from tocsin.config import from_environment
    from tocsin.store.base import StoreRefused

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    try:
        engine_process(from_environment(database=database), parent).run()
    except StoreRefused as refused:
        raise click.ClickException(str(refused)) from refused
