//! Any bytes as an input: records numbered without gaps, the same however the reader cuts them.
#![no_main]

use interlock_ingest::Records;
use interlock_model::Limits;
use libfuzzer_sys::fuzz_target;
use std::io::{self, Read};
use std::sync::Arc;

/// Small enough that the fuzzer finds its way beyond them.
const LIMITS: Limits = Limits { record_bytes: 512, depth: 16, unpacked_bytes: 1 << 16 };

/// Gives a few bytes at a time.
struct Dripping<'a>(&'a [u8], usize);

impl Read for Dripping<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let size = self.1.min(into.len());
        self.0.read(into.get_mut(..size).unwrap_or_default())
    }
}

const GOOD: &str = "{\"good\":1}";

fuzz_target!(|bytes: &[u8]| {
    let whole: Vec<_> = Records::open(bytes, Arc::from("f"), LIMITS).collect();
    for (index, it) in whole.iter().enumerate() {
        let place = match it {
            Ok(record) => &record.place,
            Err(rejected) => &rejected.place,
        };
        assert_eq!(place.record, index as u64);
    }
    // Unpacking may give more or less before it meets damage, so only plain input is compared.
    if !bytes.starts_with(&[0x1f, 0x8b]) {
        let size = bytes.len() % 7 + 1;
        let dripped: Vec<_> =
            Records::open(Dripping(bytes, size), Arc::from("f"), LIMITS).collect();
        assert_eq!(whole, dripped);
    }
    // Once the input has shown that it is made of lines, nothing swallows a good one.
    let lines = [GOOD.as_bytes(), b"\n", bytes, b"\n", GOOD.as_bytes(), b"\n"].concat();
    let found = Records::open(&lines[..], Arc::from("f"), LIMITS).flatten();
    assert!(found.filter(|it| &*it.text == GOOD).count() >= 2, "a good line is lost");
});
