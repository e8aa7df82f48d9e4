"""The first schema: the record (facts, payloads, plans), seals, access, and the indexes.

`{text}` sorts by bytes on both databases: names of records are compared by range, and a locale would reorder them.
"""

RECORD = (
    """CREATE TABLE facts (record {text} NOT NULL, n {int} NOT NULL, at {int} NOT NULL, kind {text} NOT NULL,
        v {int} NOT NULL, body {bytes} NOT NULL, hash {bytes} NOT NULL)""",
    "CREATE UNIQUE INDEX facts_record ON facts (record, n)",
    """CREATE TABLE payloads (record {text} NOT NULL, n {int} NOT NULL, ref {text} NOT NULL, salt {bytes} NOT NULL,
        body {bytes})""",
    "CREATE INDEX payloads_record ON payloads (record, n)",
    "CREATE TABLE plans (hash {text} PRIMARY KEY, body {bytes} NOT NULL)",
    "CREATE TABLE seals (n {int} PRIMARY KEY, at {int} NOT NULL, heads {bytes} NOT NULL, hash {bytes} NOT NULL)",
    "CREATE TABLE meta (name {text} PRIMARY KEY, value {text} NOT NULL)",
)

ACCESS = (
    """CREATE TABLE access (digest {text} PRIMARY KEY, kind {text} NOT NULL, name {text} NOT NULL,
        handle {text} NOT NULL,
        scopes {text} NOT NULL, created_at {int} NOT NULL, expires_at {int}, used_at {int})""",
    "CREATE TABLE passwords (handle {text} PRIMARY KEY, hash {text} NOT NULL)",
    "CREATE TABLE commands (id {text} PRIMARY KEY, at {int} NOT NULL, answer {bytes} NOT NULL)",
    "CREATE INDEX commands_at ON commands (at)",
)

INDEXES = (
    "CREATE TABLE timers (record {text} PRIMARY KEY, at {int} NOT NULL, owner {text}, lease_until {int})",
    "CREATE INDEX timers_at ON timers (at)",
    """CREATE TABLE outbox (key {text} NOT NULL, record {text} NOT NULL, person {text} NOT NULL,
        contact {text} NOT NULL,
        channel {text} NOT NULL, verb {text} NOT NULL, what {text} NOT NULL, rank {int} NOT NULL,
        ordered_at {int} NOT NULL,
        not_before {int} NOT NULL, attempt {int} NOT NULL, fence {int} NOT NULL, lease_until {int}, owner {text},
        PRIMARY KEY (record, key))""",
    "CREATE INDEX outbox_waiting ON outbox (rank, ordered_at)",
    "CREATE INDEX outbox_person ON outbox (person)",
    """CREATE TABLE incidents (record {text} PRIMARY KEY, number {int} NOT NULL, title {text} NOT NULL, severity {text},
        rank {int} NOT NULL, phase {text} NOT NULL, state {text} NOT NULL, service {text} NOT NULL,
        domain {text} NOT NULL,
        visibility {text} NOT NULL, opened_at {int} NOT NULL, declared_at {int}, acknowledged_at {int},
        resolved_at {int}, closed_at {int}, commander {text}, next_at {int}, next_what {text} NOT NULL,
        alerts {int} NOT NULL, drill {int} NOT NULL, live {int} NOT NULL)""",
    "CREATE INDEX incidents_number ON incidents (number)",
    "CREATE INDEX incidents_opened ON incidents (opened_at, record)",
    "CREATE INDEX incidents_state ON incidents (state, opened_at, record)",
    "CREATE INDEX incidents_live ON incidents (live, opened_at, record)",
    "CREATE INDEX incidents_service ON incidents (service, live, opened_at, record)",
    "CREATE INDEX incidents_listed ON incidents (service, opened_at, record)",
    "CREATE TABLE incident_people (record {text} NOT NULL, handle {text} NOT NULL, PRIMARY KEY (handle, record))",
    "CREATE INDEX incident_people_record ON incident_people (record)",
    """CREATE TABLE groups (record {text} PRIMARY KEY, key {text} NOT NULL, source {text} NOT NULL,
        route {text} NOT NULL,
        service {text} NOT NULL, visibility {text} NOT NULL, incident {text}, opened_at {int} NOT NULL,
        last_at {int} NOT NULL, firing {int} NOT NULL, total {int} NOT NULL, fate {text} NOT NULL,
        closed {int} NOT NULL)""",
    "CREATE UNIQUE INDEX groups_open ON groups (key) WHERE closed = 0",
    "CREATE INDEX groups_last ON groups (last_at, record)",
    "CREATE INDEX groups_incident ON groups (incident)",
    "CREATE TABLE numbers (what {text} PRIMARY KEY, last {int} NOT NULL)",
)

SHARED = (
    """CREATE TABLE moved (tx {int} NOT NULL DEFAULT pg_current_xact_id()::text::bigint, record {text} NOT NULL,
        owner {text} NOT NULL, at timestamptz NOT NULL DEFAULT now())""",
    "CREATE INDEX moved_tx ON moved (tx)",
    "CREATE INDEX moved_at ON moved (at)",
    "CREATE TABLE heard (fingerprint {text} PRIMARY KEY, ends_at {int} NOT NULL)",
)
"""Only where several engines write: which records each of them moved, so that the others' memory follows, and until
when it heard alerts repeat, so that no other takes them for silent."""

STATEMENTS = (*RECORD, *ACCESS, *INDEXES)
INDEX_TABLES = ("timers", "outbox", "incidents", "incident_people", "groups")
