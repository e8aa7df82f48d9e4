"""tocsin demo: an outage unfolds on a quicker clock, with pretend responders and phones; Ctrl-C leaves nothing."""

from __future__ import annotations

import click


@click.command()
@click.option("--speed", default=30.0, show_default=True, help="How many times as fast as the clock on the wall.")
@click.option("--listen", default="127.0.0.1:8080", show_default=True, help="HOST:PORT; port 0 takes any free one.")
@click.option("--plan", "folder", help="Another plan folder than VirtEngine's.")
@click.option("--once", is_flag=True, help="End when the outage is over.")
def command(speed: float, listen: str, folder: str | None, once: bool) -> None:
    """Watch an outage unfold, with nothing set up."""
    from tocsin.core.refusals import Refused
    from tocsin.demo import demo
    from tocsin.store.base import StoreRefused

    try:
        status = demo(speed, listen, folder, once, click.echo)
    except (Refused, StoreRefused, ValueError) as refused:
        raise click.ClickException(str(refused)) from refused
    raise SystemExit(status)
