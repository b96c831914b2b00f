-- The memory's first form. Objects are JSON with a version; columns are what they are found by.
-- Times are microseconds since 1970.

CREATE TABLE house (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    epoch INTEGER NOT NULL,
    run TEXT NOT NULL,
    consumed INTEGER NOT NULL,
    rejected INTEGER NOT NULL,
    audit_entries INTEGER NOT NULL,
    audit_head TEXT NOT NULL
) STRICT;
INSERT INTO house VALUES
    (1, 0, '', 0, 0, 0, '0000000000000000000000000000000000000000000000000000000000000000');

-- AUTOINCREMENT: a position is never used twice, also after trimming.
CREATE TABLE inbox (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    file TEXT NOT NULL,
    record INTEGER NOT NULL,
    alert INTEGER NOT NULL,
    text TEXT NOT NULL
) STRICT;

CREATE TABLE remembered (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    position INTEGER NOT NULL,
    state BLOB NOT NULL
) STRICT;

CREATE TABLE identities (
    id TEXT PRIMARY KEY,
    version INTEGER NOT NULL,
    body TEXT NOT NULL
) STRICT;

CREATE TABLE findings (
    id TEXT PRIMARY KEY,
    identity TEXT,
    rule TEXT NOT NULL,
    time INTEGER NOT NULL,
    version INTEGER NOT NULL,
    body TEXT NOT NULL
) STRICT;
CREATE INDEX findings_by_time ON findings (time DESC, id DESC);
CREATE INDEX findings_by_identity ON findings (identity, time DESC, id DESC);
CREATE INDEX findings_by_rule ON findings (rule, time DESC, id DESC);

CREATE TABLE cases (
    id TEXT PRIMARY KEY,
    identity TEXT,
    open INTEGER NOT NULL,
    updated INTEGER NOT NULL,
    version INTEGER NOT NULL,
    body TEXT NOT NULL
) STRICT;
CREATE INDEX cases_by_update ON cases (updated DESC, id DESC);
CREATE INDEX cases_by_identity ON cases (identity, updated DESC, id DESC);

CREATE TABLE case_findings (
    case_id TEXT NOT NULL REFERENCES cases (id),
    finding TEXT NOT NULL,
    PRIMARY KEY (case_id, finding)
) STRICT, WITHOUT ROWID;

CREATE TABLE decisions (
    id TEXT PRIMARY KEY,
    case_id TEXT NOT NULL,
    time INTEGER NOT NULL,
    version INTEGER NOT NULL,
    body TEXT NOT NULL
) STRICT;
CREATE INDEX decisions_by_case ON decisions (case_id, time, id);

CREATE TABLE journal (
    containment TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    time INTEGER NOT NULL,
    version INTEGER NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (containment, sequence)
) STRICT, WITHOUT ROWID;

CREATE TABLE rejected (
    serial INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    version INTEGER NOT NULL,
    body TEXT NOT NULL
) STRICT;

CREATE TABLE drills (
    connector TEXT NOT NULL,
    action TEXT NOT NULL,
    time INTEGER NOT NULL,
    version INTEGER NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (connector, action, time)
) STRICT, WITHOUT ROWID;

CREATE TABLE notices (
    serial INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    containment TEXT,
    version INTEGER NOT NULL,
    body TEXT NOT NULL
) STRICT;
CREATE INDEX notices_by_containment ON notices (containment, serial);

CREATE TABLE audit (
    sequence INTEGER PRIMARY KEY,
    version INTEGER NOT NULL,
    body TEXT NOT NULL
) STRICT;

CREATE TABLE checkpoints (
    entries INTEGER PRIMARY KEY,
    version INTEGER NOT NULL,
    body TEXT NOT NULL
) STRICT;
