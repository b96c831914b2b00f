-- How far each way in has been read. Written only with the records that it covers.
-- Times are microseconds since 1970.

CREATE TABLE cursors (
    feed TEXT NOT NULL,
    part TEXT NOT NULL,
    time INTEGER NOT NULL,
    state TEXT NOT NULL,
    PRIMARY KEY (feed, part)
) STRICT, WITHOUT ROWID;
