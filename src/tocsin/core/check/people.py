"""Posts and rotations: who holds them, and whether anybody does (rule 10)."""

from __future__ import annotations

from collections.abc import Iterator

from tocsin.core.check.finding import Case, Finding
from tocsin.core.instants import seconds_between
from tocsin.core.oncall.roster import who
from tocsin.core.plan import Post, Rotation
from tocsin.core.plan_words import duration_words


def posts(case: Case) -> Iterator[Finding]:
    """Posts nobody holds, holders who left, and a missing fallback."""
    for post in case.plan.posts:
        yield from _post(post, case.known.left)
    if case.plan.organisation.fallback is None:
        yield Finding(
            "fallback-missing",
            "organisation",
            "no post is paged when nobody else can be reached",
            "a page that reaches nobody is said and held, but rings nobody (rule 5)",
            "name a post under fallback",
        )


def _post(post: Post, left: frozenset[str]) -> Iterator[Finding]:
    place = f"posts.{post.id}"
    deputies = ", ".join(post.deputies)
    if post.holder is None:
        why = f"{deputies} would stand in" if deputies else "whatever names it reaches nobody"
        yield Finding(f"post-vacant:{post.id}", place, f"nobody holds the post {post.id}", why, "name its holder")
    for person in dict.fromkeys((post.holder or "", *post.deputies)):
        if person in left:
            what = f"{person} holds or deputises for the post {post.id}, and has left"
            yield Finding(f"post-left:{post.id}/{person}", place, what, mend="name somebody else")
    twice = {person for person in (post.holder, *post.deputies) if person and _all(post).count(person) > 1}
    for person in sorted(twice):
        what = f"{person} is named twice for the post {post.id}"
        why = "whoever deputises for themselves cannot stand in"
        yield Finding(f"post-doubled:{post.id}/{person}", place, what, why, "name somebody else")


def _all(post: Post) -> list[str | None]:
    return [post.holder, *post.deputies]


def rotations(case: Case) -> Iterator[Finding]:
    """Rotations with nobody, with people who left, and those that have not begun."""
    for rotation in case.plan.rotations:
        yield from _rotation(rotation, case)


def _rotation(rotation: Rotation, case: Case) -> Iterator[Finding]:
    place = f"rotations.{rotation.id}"
    left = case.known.left
    if not rotation.people:
        what = f"the rotation {rotation.id} names nobody"
        yield Finding(f"rotation-empty:{rotation.id}", place, what, "nobody is ever on call", "name its people")
        return
    for person in dict.fromkeys(rotation.people):
        if person in left:
            what = f"{person} takes turns in {rotation.id}, and has left"
            why = "the next in order stands in, twice in a row"
            yield Finding(f"rotation-left:{rotation.id}/{person}", place, what, why, "take them out")
    answer = who(rotation, (), case.at, left)
    if not answer.people and set(rotation.people) - left:
        ahead = duration_words(seconds_between(case.at, answer.until))
        what = f"nobody of {rotation.id} is on call for another {ahead}"
        yield Finding(f"rotation-not-begun:{rotation.id}", f"{place}.starts", what, answer.why, "let it start earlier")
