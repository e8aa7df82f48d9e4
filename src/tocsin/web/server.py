"""The web edge as one ASGI application: hot intake first, then API and pages."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncGenerator
from pathlib import Path

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles

from tocsin import __version__
from tocsin.web import api, changes, failures, health, hooks, openapi, plans
from tocsin.web.body_limit import BodyLimit
from tocsin.web.context import Context
from tocsin.web.fetch import Fetch, no_fetch
from tocsin.web.headers import SecurityHeaders
from tocsin.web.intake import Intake, Receive, Scope, Send, Vendors
from tocsin.web.pages import contact_link, now, page_link, room, sandbox, sign_in

STATIC = Path(__file__).parent / "static"


class Edge:
    """Intake paths go straight to their source; everything else to FastAPI."""

    def __init__(self, intake: Intake, app: FastAPI) -> None:
        self.intake = intake
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        listening = self.intake.find(scope["path"]) if scope["type"] == "http" else None
        if listening is not None:
            await self.intake(listening, scope, receive, send)
        else:
            await self.app(scope, receive, send)  # type: ignore[arg-type]


def edge(context: Context, settings: Vendors, fetch: Fetch = no_fetch) -> Edge:
    """The application over one context."""
    intake = Intake(
        context.door,
        settings,
        context.by_intake_token,
        context.now,
        open_to_all=context.config.intake == "open",
        fetch=fetch,
    )
    app = application(context)
    app.state.intake = intake
    app.state.settings = settings
    return Edge(intake, app)


def application(context: Context) -> FastAPI:
    """API and pages."""

    @contextlib.asynccontextmanager
    async def life(app: FastAPI) -> AsyncGenerator[None]:
        yield
        context.door.close()
        context.store.close()

    app = FastAPI(
        title="Tocsin",
        version=__version__,
        lifespan=life,
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/v1/openapi.json",
    )
    app.state.context = context
    for router in (
        changes.router,
        api.router,
        plans.router,
        health.router,
        sign_in.router,
        now.router,
        room.router,
        page_link.router,
        contact_link.router,
        hooks.router,
        sandbox.router,
    ):
        app.include_router(router)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    failures.add(app)
    app.openapi = lambda: openapi.document(app)
    app.add_middleware(BodyLimit)
    app.add_middleware(SecurityHeaders, secure=context.config.address.startswith("https://"))
    return app
