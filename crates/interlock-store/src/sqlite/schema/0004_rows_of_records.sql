-- Accepted records, many in a row: what came together is written and read together.
-- `records` holds one after the other: its index, a blank, its length in bytes, a line feed, its text.
CREATE TABLE inbox_rows (
    -- The position of its last record. AUTOINCREMENT: never used twice, also after trimming.
    last INTEGER PRIMARY KEY AUTOINCREMENT,
    first INTEGER NOT NULL,
    file TEXT NOT NULL,
    alert INTEGER NOT NULL,
    records BLOB NOT NULL
) STRICT;
INSERT INTO inbox_rows (last, first, file, alert, records)
    SELECT position, position, file, alert, CAST(
        printf('%d %d', record, length(CAST(text AS BLOB))) || char(10) || text AS BLOB
    )
    FROM inbox ORDER BY position;
DELETE FROM sqlite_sequence WHERE name = 'inbox_rows';
INSERT INTO sqlite_sequence (name, seq)
    SELECT 'inbox_rows', seq FROM sqlite_sequence WHERE name = 'inbox';
DROP TABLE inbox;
ALTER TABLE inbox_rows RENAME TO inbox;
