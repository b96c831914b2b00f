//! Any bytes as an audit export: an answer, never a panic, and never "whole" without a signature.

#![no_main]

use interlock_store::{SigningKey, verify::verify_export};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let key = SigningKey::from_bytes(&[200; 32]).verifying_key();
    let _ = verify_export(bytes, &key);
    // Behind a good header, so that the other lines are reached too. No corpus is signed with this key.
    let public: String = key.as_bytes().iter().map(|it| format!("{it:02x}")).collect();
    let mut export =
        format!("{{\"format\":\"interlock-audit/1\",\"public_key\":\"{public}\"}}\n").into_bytes();
    export.extend_from_slice(bytes);
    assert!(verify_export(&export[..], &key).is_err(), "verified without a signature");
});
