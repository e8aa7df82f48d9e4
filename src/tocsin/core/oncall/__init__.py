"""Rotations and overrides: who is on call, at an instant and over a span.

There is one calculator, `roster.who`; the pager, the page, the preview, the chat message and the calendar feed all ask
it. Products that work the roster out twice disagree at a clock change (`order` and `shifts` are made from `who`).

A roster is a stack: the turn by the clock at the bottom, overrides above it. What is still to come has its place in
that stack: several layers and follow-the-sun windows below the overrides (each answers with people or with nobody, and
the lowest that answers wins), leave between the two (it takes a person out of a span as `left` does for good). Each
keeps the contract of `who`: an answer, since when, until when it holds, and why in plain words.
"""
