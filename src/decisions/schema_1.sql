-- Times are UTC, YYYY-MM-DD at midnight, else YYYY-MM-DDTHH:MM:SSZ.
CREATE TABLE decision (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at TEXT NOT NULL,
    by TEXT NOT NULL,
    -- A verdict has no `undoes`; an undo has nothing else.
    undoes INTEGER UNIQUE REFERENCES decision (id),
    run_id TEXT,
    cluster_id TEXT,
    verdict TEXT CHECK (verdict IN ('confirm', 'honest', 'unsure', 'escalate')),
    -- Whether it is about the whole cluster, or about chosen members only.
    whole INTEGER CHECK (whole IN (0, 1)),
    reason_code TEXT,
    note TEXT,
    -- What was on the screen, as JSON.
    screen TEXT,
    CHECK ((undoes IS NULL) = (verdict IS NOT NULL)),
    CHECK ((undoes IS NULL) = (screen IS NOT NULL)),
    CHECK ((undoes IS NULL) = (cluster_id IS NOT NULL))
) STRICT;
CREATE INDEX decision_by_cluster ON decision (cluster_id);

-- The members of the cluster on the day of the decision, and which of them it is about.
CREATE TABLE decision_member (
    decision_id INTEGER NOT NULL REFERENCES decision (id),
    merchant_id TEXT NOT NULL,
    chosen INTEGER NOT NULL CHECK (chosen IN (0, 1)),
    PRIMARY KEY (decision_id, merchant_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX decision_member_by_merchant ON decision_member (merchant_id);

CREATE TABLE decision_exception (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    decision_id INTEGER NOT NULL REFERENCES decision (id),
    kind TEXT NOT NULL,
    value TEXT NOT NULL,
    reason TEXT NOT NULL,
    expires_at TEXT NOT NULL
) STRICT;
CREATE INDEX decision_exception_by_decision ON decision_exception (decision_id);

CREATE TABLE assignment (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at TEXT NOT NULL,
    by TEXT NOT NULL,
    cluster_id TEXT NOT NULL,
    assignee TEXT
) STRICT;
CREATE INDEX assignment_by_cluster ON assignment (cluster_id);

CREATE TABLE snooze (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at TEXT NOT NULL,
    by TEXT NOT NULL,
    cluster_id TEXT NOT NULL,
    until TEXT
) STRICT;
CREATE INDEX snooze_by_cluster ON snooze (cluster_id);

-- The token itself is nowhere: `hash` is BLAKE3 of its 256 random bits.
CREATE TABLE token (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at TEXT NOT NULL,
    hash BLOB NOT NULL UNIQUE CHECK (length(hash) = 32),
    user TEXT NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('viewer', 'investigator', 'service', 'admin')),
    expires_at TEXT
) STRICT;

CREATE TABLE token_revocation (
    token_id INTEGER PRIMARY KEY REFERENCES token (id),
    at TEXT NOT NULL
) STRICT;

CREATE TABLE audit (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at TEXT NOT NULL,
    by TEXT NOT NULL,
    role TEXT NOT NULL,
    action TEXT NOT NULL,
    subject TEXT NOT NULL,
    run_id TEXT NOT NULL
) STRICT;
