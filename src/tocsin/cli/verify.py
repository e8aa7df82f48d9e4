"""tocsin verify: prove that the record is whole."""

from __future__ import annotations

import click


@click.command()
@click.option("--database", help="sqlite:///FILE or postgresql://...  [TOCSIN_DATABASE; sqlite:///tocsin.db]")
@click.option("--seal", default="", help="A seal from the log: what it covered must all be there.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def command(database: str | None, seal: str, as_json: bool) -> None:
    """Prove that the record is whole: exit status 1 when a row, a text or a record is not as it was written.

    Texts that were erased are counted, and break nothing.
    """
    from dataclasses import asdict

    from tocsin.config import from_environment
    from tocsin.record import verified
    from tocsin.store.base import StoreRefused, StoreUnavailable

    try:
        verdict = verified(from_environment(database=database).database, seal.strip().lower())
    except (StoreRefused, StoreUnavailable) as refused:
        raise click.ClickException(str(refused)) from refused
    if as_json:
        import json

        click.echo(json.dumps({"whole": verdict.whole, **asdict(verdict)}, indent=2))
    else:
        for flaw in verdict.flaws:
            click.echo(f"BROKEN {flaw.record} row {flaw.n}: {flaw.what}")
        if verdict.broken > len(verdict.flaws):
            click.echo(f"... and {verdict.broken - len(verdict.flaws)} more")
        click.echo(verdict.line())
    raise SystemExit(0 if verdict.whole else 1)
