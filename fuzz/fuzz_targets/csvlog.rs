//! Any texts in a row of PostgreSQL's csvlog: they come back as they were, and take no other row with them;
//! any bytes between two good rows cost neither.
#![no_main]

use interlock_ingest::Records;
use interlock_model::Limits;
use libfuzzer_sys::fuzz_target;
use std::sync::Arc;

const LIMITS: Limits = Limits { record_bytes: 4096, depth: 16, unpacked_bytes: 1 << 16 };

/// A row as the server writes it, with this message.
fn row(line: u32, message: &[u8]) -> Vec<u8> {
    let mut row = b"2026-01-05 09:00:00.101 UTC,\"a\",\"d\",7,\"[local]\",1.7,".to_vec();
    row.extend(line.to_string().bytes());
    row.extend(b",\"idle\",2026-01-05 08:00:00 UTC,1/1,0,LOG,00000,\"");
    for byte in message {
        row.push(*byte);
        if *byte == b'"' {
            row.push(b'"');
        }
    }
    row.extend(b"\",,,,,,,,,\"psql\",\"client backend\",,0\n");
    row
}

fn lines(input: &[u8]) -> Vec<Result<Arc<str>, String>> {
    let records = Records::open(input, Arc::from("f"), LIMITS);
    records.map(|it| it.map(|it| it.text).map_err(|it| it.why)).collect()
}

fuzz_target!(|bytes: &[u8]| {
    // Properly quoted: one record, and nothing in it is taken for another.
    let found = lines(&[row(1, b"first"), row(2, bytes), row(3, b"last")].concat());
    assert_eq!(found.len(), 3, "{found:?}");
    assert!(found[0].as_ref().is_ok_and(|it| it.contains("\"message\":\"first\"")));
    assert!(found[2].as_ref().is_ok_and(|it| it.contains("\"message\":\"last\"")));
    if std::str::from_utf8(bytes).is_ok() && bytes.len() < 512 {
        assert!(found[1].is_ok(), "{found:?}");
    }
    // Whatever stands there: the row before it is read, and what is read is an object.
    let found =
        lines(&[row(1, b"first"), bytes.to_vec(), b"\n".to_vec(), row(3, b"last")].concat());
    assert!(found[0].as_ref().is_ok_and(|it| it.contains("\"message\":\"first\"")));
    for text in found.into_iter().flatten() {
        assert!(text.starts_with('{') && text.ends_with('}'), "{text}");
    }
});
