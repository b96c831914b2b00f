-- What the watch has learned, in pieces: a large state is written beside everything else, a few rows
-- at a time, and counts only once `remembered` names its generation.
CREATE TABLE pieces (
    generation INTEGER NOT NULL,
    number INTEGER NOT NULL,
    bytes BLOB NOT NULL,
    PRIMARY KEY (generation, number)
) STRICT;
INSERT INTO pieces SELECT 1, 0, state FROM remembered;

CREATE TABLE remembered_in_pieces (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    position INTEGER NOT NULL,
    generation INTEGER NOT NULL,
    -- Of all its pieces together, in bytes.
    length INTEGER NOT NULL
) STRICT;
INSERT INTO remembered_in_pieces SELECT 1, position, 1, length(state) FROM remembered;
DROP TABLE remembered;
ALTER TABLE remembered_in_pieces RENAME TO remembered;
