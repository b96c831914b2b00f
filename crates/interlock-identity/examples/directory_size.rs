//! How a directory grows: `directory_size 10000 100000 1000000`.
//!
//! For each size, one line of JSON: seconds to take in that many identities with three credentials each,
//! as a connector lists them; bytes of memory in all; how long it takes to resolve a principal, and to give
//! a page of 100 of a list: identities from the first on, from the middle on, and gaps. Sizes go upwards: what
//! a larger one took stays in the memory of the process.
//!
//! What each part of the directory takes of it goes to standard error, part by part.
//!
//! Numbers count as an optimised profile gives them:
//! `cargo run --profile dist -p interlock-identity --example directory_size -- 10000 100000 1000000`.
//! `credentials_found` of them lead from their id to whose they are.
//! It fails when a page takes 50 ms or a resolution 5 microseconds, at the 99th of a hundred.

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
/// How many credentials are looked for; one that is not known is looked for among all names.
const KEYS: usize = 30;

/// What is promised, whatever the size.
const RESOLVE_NS: u128 = 5_000;
const PAGE_MS: f64 = 50.0;

fn main() -> std::process::ExitCode {
    let mut kept = true;
    for size in std::env::args().skip(1).filter_map(|it| it.parse::<usize>().ok()) {
        kept &= measure(size.max(1));
    }
    // Without optimisation the numbers say nothing.
    if kept || cfg!(debug_assertions) { 0.into() } else { 1.into() }
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

/// The longest of several pages, in milliseconds.
fn longest(mut give: impl FnMut(Option<&str>) -> Option<String>, mut after: Option<String>) -> f64 {
    let mut longest = 0.0_f64;
    for _ in 0..PAGES {
        let begun = Instant::now();
        let next = give(after.as_deref());
        longest = longest.max(begun.elapsed().as_secs_f64() * 1e3);
        after = next.or(after);
    }
    longest
}

fn measure(size: usize) -> bool {
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
    let keys = |it: usize| format!("AKIA{:012}{:04}", it.wrapping_mul(7_919) % size, it % 3);
    let found = (0..KEYS).filter(|it| directory.resolve(&keys(*it)).identity().is_some()).count();
    let list = |after: Option<&str>| {
        let (page, more) = directory.page(after, 100);
        page.last().filter(|_| more).map(|it| it.id.to_string())
    };
    let gaps =
        |after: Option<&str>| directory.gaps_page(after, 100, time).1.map(|it| it.to_string());
    let (first, middle) = (longest(list, None), longest(list, Some("idn_8".to_owned())));
    let gaps = longest(gaps, None);
    println!(
        "{{\"identities\":{size},\"credentials\":{},\"credentials_found\":\"{} of {KEYS}\",\"import_seconds\":{:.2},\"memory_bytes\":{},\"resolve_p50_ns\":{},\"resolve_p99_ns\":{},\"page_ms\":{first:.2},\"page_in_the_middle_ms\":{middle:.2},\"page_of_gaps_ms\":{gaps:.2}}}",
        size * 3,
        found,
        import.as_secs_f64(),
        memory(),
        at(50),
        at(99),
    );
    for share in directory.memory() {
        eprintln!("{:>12} bytes, {:>9} {}", share.bytes, share.count, share.what);
    }
    at(99) < RESOLVE_NS && [first, middle, gaps].into_iter().all(|it| it < PAGE_MS)
}

/// Resident memory of this process.
fn memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|it| it.strip_prefix("VmRSS:"));
    let kilobytes = line.and_then(|it| it.split_whitespace().next()?.parse::<u64>().ok());
    kilobytes.unwrap_or_default() * 1024
}
