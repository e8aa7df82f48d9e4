"""The first schema: the record (facts, payloads, plans), seals, access, and the indexes."""

RECORD = (
    """CREATE TABLE facts (record TEXT NOT NULL, n {int} NOT NULL, at {int} NOT NULL, kind TEXT NOT NULL,
        v {int} NOT NULL, body {bytes} NOT NULL, hash {bytes} NOT NULL)""",
    "CREATE UNIQUE INDEX facts_record ON facts (record, n)",
    """CREATE TABLE payloads (record TEXT NOT NULL, n {int} NOT NULL, ref TEXT NOT NULL, salt {bytes} NOT NULL,
        body {bytes})""",
    "CREATE INDEX payloads_record ON payloads (record, n)",
    "CREATE TABLE plans (hash TEXT PRIMARY KEY, body {bytes} NOT NULL)",
    "CREATE TABLE seals (n {int} PRIMARY KEY, at {int} NOT NULL, heads {bytes} NOT NULL, hash {bytes} NOT NULL)",
    "CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL)",
)

ACCESS = (
    """CREATE TABLE access (digest TEXT PRIMARY KEY, kind TEXT NOT NULL, name TEXT NOT NULL, handle TEXT NOT NULL,
        scopes TEXT NOT NULL, created_at {int} NOT NULL, expires_at {int}, used_at {int})""",
    "CREATE TABLE passwords (handle TEXT PRIMARY KEY, hash TEXT NOT NULL)",
    "CREATE TABLE commands (id TEXT PRIMARY KEY, at {int} NOT NULL, answer {bytes} NOT NULL)",
    "CREATE INDEX commands_at ON commands (at)",
)

INDEXES = (
    "CREATE TABLE timers (record TEXT PRIMARY KEY, at {int} NOT NULL, owner TEXT, lease_until {int})",
    "CREATE INDEX timers_at ON timers (at)",
    """CREATE TABLE outbox (key TEXT NOT NULL, record TEXT NOT NULL, person TEXT NOT NULL, contact TEXT NOT NULL,
        channel TEXT NOT NULL, verb TEXT NOT NULL, what TEXT NOT NULL, rank {int} NOT NULL, ordered_at {int} NOT NULL,
        not_before {int} NOT NULL, attempt {int} NOT NULL, fence {int} NOT NULL, lease_until {int}, owner TEXT,
        PRIMARY KEY (record, key))""",
    "CREATE INDEX outbox_waiting ON outbox (rank, ordered_at)",
    "CREATE INDEX outbox_person ON outbox (person)",
    """CREATE TABLE incidents (record TEXT PRIMARY KEY, number {int} NOT NULL, title TEXT NOT NULL, severity TEXT,
        rank {int} NOT NULL, phase TEXT NOT NULL, state TEXT NOT NULL, service TEXT NOT NULL, domain TEXT NOT NULL,
        visibility TEXT NOT NULL, opened_at {int} NOT NULL, declared_at {int}, acknowledged_at {int},
        resolved_at {int}, closed_at {int}, commander TEXT, next_at {int}, next_what TEXT NOT NULL,
        alerts {int} NOT NULL, drill {int} NOT NULL, live {int} NOT NULL)""",
    "CREATE INDEX incidents_number ON incidents (number)",
    "CREATE INDEX incidents_opened ON incidents (opened_at, record)",
    "CREATE INDEX incidents_state ON incidents (state, opened_at, record)",
    "CREATE INDEX incidents_live ON incidents (live, opened_at, record)",
    "CREATE INDEX incidents_service ON incidents (service, live, opened_at, record)",
    "CREATE TABLE incident_people (record TEXT NOT NULL, handle TEXT NOT NULL, PRIMARY KEY (handle, record))",
    "CREATE INDEX incident_people_record ON incident_people (record)",
    """CREATE TABLE groups (record TEXT PRIMARY KEY, key TEXT NOT NULL, source TEXT NOT NULL, route TEXT NOT NULL,
        service TEXT NOT NULL, visibility TEXT NOT NULL, incident TEXT, opened_at {int} NOT NULL,
        last_at {int} NOT NULL, firing {int} NOT NULL, total {int} NOT NULL, fate TEXT NOT NULL,
        closed {int} NOT NULL)""",
    "CREATE UNIQUE INDEX groups_open ON groups (key) WHERE closed = 0",
    "CREATE INDEX groups_last ON groups (last_at, record)",
    "CREATE INDEX groups_incident ON groups (incident)",
    "CREATE TABLE numbers (what TEXT PRIMARY KEY, last {int} NOT NULL)",
)

STATEMENTS = (*RECORD, *ACCESS, *INDEXES)
INDEX_TABLES = ("timers", "outbox", "incidents", "incident_people", "groups")
