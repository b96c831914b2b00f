//! How a directory grows: `directory_size 10000 100000 1000000`.
//!
//! For each size, one line of JSON: seconds to take in that many identities with three credentials each,
//! as a connector lists them; bytes of memory in all; how long it takes to resolve a principal and to
//! give a page of a list.

#![expect(clippy::disallowed_methods, reason = "it measures time")]

use interlock_identity::{Declaration, Directory};
use interlock_model::{
    ConnectorId, CredentialKind, CredentialRef, Discovered, DiscoveredCredential, Entitlement,
    Principal, RiskClass, Timestamp,
};
use std::time::Instant;

/// How many principals are resolved, and pages given.
const ROUNDS: usize = 100_000;
const PAGES: usize = 50;

fn main() {
    for size in std::env::args().skip(1).filter_map(|it| it.parse::<usize>().ok()) {
        measure(size);
    }
}

fn arn(number: usize) -> String {
    format!("arn:aws:iam::111122223333:user/service-{number:07}")
}

fn discovered(number: usize) -> Discovered {
    let credential = |at: usize| DiscoveredCredential {
        reference: CredentialRef::new(
            "aws",
            CredentialKind::AccessKey,
            &format!("AKIA{number:012}{at:04}"),
        ),
        enabled: Some(at != 2),
        issued: Timestamp::from_second(1_700_000_000 + i64::from(at == 1)).ok(),
        expires: None,
        last_used: Timestamp::from_second(1_750_000_000).ok(),
    };
    Discovered {
        credentials: (0..3).map(credential).collect(),
        labels: [("team".to_owned(), format!("team-{}", number % 50))].into(),
        entitlements: vec![Entitlement {
            grant: format!("policy-{}", number % 200),
            scope: "the resources of the policy".to_owned(),
            through: "attached".to_owned(),
            risk: RiskClass::Write,
        }],
        ..Discovered::of(Principal::new("aws", &arn(number)))
    }
}

fn measure(size: usize) {
    let connector = ConnectorId("aws-prod".into());
    let time = Timestamp::from_second(1_780_000_000).unwrap_or(Timestamp::UNIX_EPOCH);
    let mut directory = Directory::new(Declaration::default());
    let begun = Instant::now();
    for number in 0..size {
        let _ = directory.discovered(&connector, time, discovered(number));
    }
    let import = begun.elapsed();
    let names: Vec<String> =
        (0..ROUNDS).map(|it| format!("aws:{}", arn(it.wrapping_mul(7_919) % size))).collect();
    let mut took: Vec<u128> = Vec::with_capacity(ROUNDS);
    for name in &names {
        let begun = Instant::now();
        let found = directory.resolve(name).identity().is_some();
        took.push(begun.elapsed().as_nanos());
        assert!(found, "{name}");
    }
    took.sort_unstable();
    let at = |share: usize| took.get(took.len() * share / 100).copied().unwrap_or_default();
    let begun = Instant::now();
    let mut after: Option<String> = None;
    for _ in 0..PAGES {
        let (page, more) = directory.page(after.as_deref(), 100);
        after = page.last().filter(|_| more).map(|it| it.id.to_string());
    }
    let page = begun.elapsed() / u32::try_from(PAGES).unwrap_or(1);
    println!(
        "{{\"identities\":{size},\"credentials\":{},\"import_seconds\":{:.2},\"memory_bytes\":{},\"resolve_p50_ns\":{},\"resolve_p99_ns\":{},\"page_ms\":{:.2}}}",
        size * 3,
        import.as_secs_f64(),
        memory(),
        at(50),
        at(99),
        page.as_secs_f64() * 1e3
    );
}

/// Resident memory of this process.
fn memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|it| it.strip_prefix("VmRSS:"));
    let kilobytes = line.and_then(|it| it.split_whitespace().next()?.parse::<u64>().ok());
    kilobytes.unwrap_or_default() * 1024
}
