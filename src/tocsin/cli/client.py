"""The HTTP client of the command line: one server, one token, each answer or one clear message.

A command that changes something carries an id, so that a second try gets the first one's answer and does nothing
twice; what failed on the way is tried again under the same id.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar, cast

import click

from tocsin.cli import show
from tocsin.core.refusals import Problem, Refusal

if TYPE_CHECKING:
    import httpx2

DEFAULT_URL = "http://127.0.0.1:8080"
SECONDS = 30.0
WAITS = (0.5, 2.0)
"""Before each further try of what did not get through."""
F = TypeVar("F", bound=Callable[..., Any])


def connected(function: F) -> F:
    """Gives a command --url, --token and --json, and hands it a `Client` and `json`."""

    @click.option("--url", envvar="TOCSIN_URL", show_envvar=True, help=f"The server.  [default: {DEFAULT_URL}]")
    @click.option("--token", envvar="TOCSIN_TOKEN", show_envvar=True, help="A token of it (tocsin token create).")
    @click.option("--json", "json", is_flag=True, help="JSON, for programs.")
    @wraps(function)
    def run(*args: Any, url: str | None, token: str | None, json: bool, **more: Any) -> Any:
        client = Client(url or DEFAULT_URL, token or "")
        try:
            return function(*args, client=client, json=json, **more)
        finally:
            client.close()

    return run  # type: ignore[return-value]


def new_id() -> str:
    """A command's id: RFC 9562, version 4."""
    from uuid import uuid4

    return str(uuid4())


class Client:
    """Asks a server of ours. Raises show.Failure (1 refused, 3 away), and click.UsageError for a bad address."""

    def __init__(self, url: str, token: str) -> None:
        from urllib.parse import urlsplit

        parts = urlsplit(url if "://" in url else f"http://{url}")
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise click.UsageError(f"--url: {show.plain(url)!r} is no address; write it like {DEFAULT_URL}")
        self.url = parts.geturl().rstrip("/")
        self._local = parts.hostname in ("localhost", "127.0.0.1", "::1")
        self._token = token
        self._http: httpx2.Client | None = None

    def get(self, path: str, **query: Any) -> Any:
        """What a path answers, decoded."""
        return self._decoded(self._ask("GET", path, params=show.given(query), again=True), path)

    def post(self, path: str, body: object, id: str = "", *, again: bool = False) -> Any:
        """What a path answers to a body, decoded. `id` makes a second try harmless, and so it is tried `again`."""
        headers = {"idempotency-key": id} if id else {}
        return self._decoded(self._ask("POST", path, json=body, headers=headers, id=id, again=again or bool(id)), path)

    def close(self) -> None:
        """Let go of the connection."""
        if self._http is not None:
            self._http.close()

    def _client(self) -> httpx2.Client:
        import httpx2

        if not self._token:
            raise click.UsageError("no token: give --token or set TOCSIN_TOKEN; tocsin token create NAME makes one")
        if self._http is None:
            if not self._token.isascii() or not self._token.isprintable():
                raise click.UsageError("--token: this is no token; tocsin token create NAME prints one")
            self._http = httpx2.Client(
                base_url=self.url,
                headers={"authorization": f"Bearer {self._token}", "accept": "application/json"},
                timeout=SECONDS,
                trust_env=not self._local,
            )
        return self._http

    def _ask(self, method: str, path: str, *, again: bool, id: str = "", **more: Any) -> httpx2.Response:
        """One answer. What may be asked twice is tried again where nothing or 503 came back."""
        client = self._client()
        found = self._try(client, method, path, **more)
        for wait in WAITS if again else ():
            if not isinstance(found, show.Failure):
                break
            time.sleep(wait)
            found = self._try(client, method, path, **more)
        if isinstance(found, show.Failure):
            hint = f"\nThe same again, without harm: add --command-id {id}" if id else ""
            raise show.Away(f"{found.message}{hint}")
        return found

    def _try(self, client: httpx2.Client, method: str, path: str, **more: Any) -> httpx2.Response | show.Failure:
        import httpx2

        try:
            response = client.request(method, path, **more)
        except (httpx2.ConnectError, httpx2.ConnectTimeout):
            mend = "Is tocsin serve running, and is this its address? (--url, TOCSIN_URL)"
            return show.Away(f"no server answers at {self.url}. Nothing was done. {mend}")
        except httpx2.TimeoutException:
            said = "it may have been done or not" if method == "POST" else "nothing was changed"
            return show.Away(f"{self.url} did not answer within {SECONDS:g} s; {said}")
        except (httpx2.HTTPError, httpx2.InvalidURL) as problem:
            said = "it may have been done or not" if method == "POST" else "nothing was changed"
            return show.Away(f"{self.url} broke off ({type(problem).__name__}); {said}")
        if response.status_code == 503:
            return _away(response)
        return response

    def _decoded(self, response: httpx2.Response, path: str) -> Any:
        said = _json(response)
        ours = path.startswith("/api/v1/")
        if response.is_success and (isinstance(said, dict) or not ours):
            return cast("Any", said)
        if not ours and response.status_code in (401, 403):
            mend = "tocsin token create NAME --scope send makes one that does"
            raise show.Failure(f"this token sends no alerts: it is dead, or has not the scope send. {mend}")
        raise _refused(said) or show.Failure(
            f"{self.url} does not answer as Tocsin does (status {response.status_code} to {path}). "
            "Is this its address? (--url, TOCSIN_URL)"
        )


def _json(response: httpx2.Response) -> Any:
    try:
        return response.json()
    except ValueError:
        return None


def _refused(said: Any) -> show.Failure | None:
    """What a body says that went wrong, in the ways our API and our sources write it; None for anything else."""
    if isinstance(said, str) and said:
        return show.Failure(show.plain(said))
    document = cast("dict[str, Any]", said) if isinstance(said, dict) else {}
    if "problems" in document:
        return show.refused(refusal_of(document))
    if "detail" in document and "title" in document:
        return show.Failure(show.plain(str(document["detail"])))
    return None


def _away(response: httpx2.Response) -> show.Failure:
    words = "the engine cannot be asked now. Nothing was done; try again in some seconds"
    return _refused(_json(response)) or show.Away(words)


def refusal_of(document: dict[str, Any]) -> Refusal:
    """A refusal from its problem document (RFC 9457)."""
    problems = tuple(
        Problem(
            str(each.get("what", "")), str(each.get("where", "")), str(each.get("why", "")), str(each.get("mend", ""))
        )
        for each in document["problems"]
    )
    return Refusal(str(document.get("reason", "")), problems)
