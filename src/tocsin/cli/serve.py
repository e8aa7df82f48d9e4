"""tocsin serve: engine and web edge, two processes, one command."""

from __future__ import annotations

import click


@click.command()
@click.option("--plan", help="A plan folder: applied when the database has none, else only compared.  [TOCSIN_PLAN]")
@click.option("--database", help="sqlite:///FILE or postgresql://...  [TOCSIN_DATABASE; sqlite:///tocsin.db]")
@click.option("--listen", help="HOST:PORT  [TOCSIN_LISTEN; 127.0.0.1:8080]")
@click.option("--public-url", help="Where people reach it, for links in messages.  [TOCSIN_PUBLIC_URL]")
def command(plan: str | None, database: str | None, listen: str | None, public_url: str | None) -> None:
    """Run engine and web edge."""
    from tocsin.app import serve
    from tocsin.config import from_environment
    from tocsin.core.refusals import Refused
    from tocsin.store.base import StoreRefused

    config = from_environment(plan=plan, database=database, listen=listen, public_url=public_url)
    try:
        status = serve(config)
    except (Refused, StoreRefused) as refused:
        raise click.ClickException(str(refused)) from refused
    raise SystemExit(status)
