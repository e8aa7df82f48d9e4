"""The pages over the real two processes: a one-time link signs in, a room opens, a pretend phone rings."""

from __future__ import annotations

import re

import httpx2
import pytest

from tests.cli.conftest import Server, said
from tests.cli.conftest import server as server
from tests.web.stage import form_of

pytestmark = pytest.mark.slow


def test_from_the_printed_link_to_an_answered_page(server: Server) -> None:
    number = server.declare("the pages' own", "--severity", "sev2", who="bo")
    printed = said(server.local("user", "invite", "ana"))
    path = re.search(r"/sign-in/\S+", printed)
    assert path is not None, printed
    with httpx2.Client(base_url=server.url, timeout=20, trust_env=False, follow_redirects=True) as ana:
        ana.headers["accept"] = "text/html"
        first = ana.post(path[0], data=form_of(ana.get(path[0]).text))
        assert first.status_code == 200 and "the pages&#39; own" in first.text and "well" in first.text
        room = ana.get(f"/incidents/{number}").text
        done = ana.post(f"/incidents/{number}/note", data={**form_of(room), "what": "note", "words": "seen"})
        assert done.status_code == 200 and "seen" in done.text
        phones = ana.get("/sandbox")
        assert phones.status_code == 200 and "phone:" in phones.text
        with ana.stream("GET", f"/incidents/{number}/stream") as stream:
            assert stream.headers["content-type"].startswith("text/event-stream")
            assert next(stream.iter_lines()) == "event: moved"
