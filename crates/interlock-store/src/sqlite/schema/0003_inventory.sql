-- What connectors saw at their providers, and how far they looked.
CREATE TABLE inventory (
    connector TEXT NOT NULL,
    principal TEXT NOT NULL,
    version INTEGER NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (connector, principal)
) STRICT, WITHOUT ROWID;

CREATE TABLE discoveries (
    connector TEXT NOT NULL PRIMARY KEY,
    version INTEGER NOT NULL,
    body TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- What people ask of an identity in hindsight: a row whenever the answer changed.
CREATE TABLE identity_history (
    serial INTEGER PRIMARY KEY,
    identity TEXT NOT NULL,
    time INTEGER NOT NULL,
    version INTEGER NOT NULL,
    body TEXT NOT NULL
) STRICT;

CREATE INDEX identity_history_by_identity ON identity_history (identity, serial);
