//! The fast half alone over a JSON Lines file: read, bind, match rules, run behaviours.
//!
//! `watch_only [--memory] [--identities N] [--after N] FILE [RULES-FOLDER]…` prints how many events and findings there
//! were, a number that stands for the ids of all findings in their order, and the memory that was resident
//! at most; with `--memory` also what each behaviour and each part of the directory takes. It remembers at
//! most N identities, a million without that. With `--after N` it says how long the processor had each
//! event that comes after the first N. `-` is standard input. For whoever works on the hot path: it
//! builds in a minute, where `interlock` takes many.
#![expect(clippy::disallowed_methods, reason = "an example reads files and the clock")]

use interlock_detect::sigma::RuleSet;
use interlock_detect::{BehaviourConfig, Detectors};
use interlock_identity::{Bounds, Declaration, Directory};
use interlock_ingest::{Normalised, Normaliser, Records, Room};
use interlock_model::Limits;
use std::fs::{self, File};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io::Read;
use std::path::Path;
use std::process::exit;
use std::sync::Arc;
use std::time::Instant;

/// As in the program itself.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    let mut words: Vec<String> = std::env::args().skip(1).collect();
    let tell_memory = words.first().is_some_and(|it| it == "--memory");
    if tell_memory {
        words.remove(0);
    }
    let mut config = BehaviourConfig::standard();
    if words.first().is_some_and(|it| it == "--identities") {
        let most = words.get(1).and_then(|it| it.parse().ok());
        config.identities = most.unwrap_or_else(|| usage());
        words.drain(..2);
    }
    let mut after = u64::MAX;
    if words.first().is_some_and(|it| it == "--after") {
        after = words.get(1).and_then(|it| it.parse().ok()).unwrap_or_else(|| usage());
        words.drain(..2);
    }
    let Some((file, folders)) = words.split_first() else { usage() };
    let mut files = Vec::new();
    for folder in folders {
        rules_below(Path::new(folder), &mut files);
    }
    files.sort();
    let (rules, _) = RuleSet::load(&files);
    let rules_in_use = rules.active();
    let bounds = Bounds::of(config.identities);
    let mut detectors = Detectors::new(rules, config, None);
    let normaliser = Normaliser::new(detectors.plan(), Limits::STANDARD);
    let mut directory = Directory::new(Declaration::default()).with_bounds(bounds);
    let input: Box<dyn Read> = match File::open(file) {
        _ if file == "-" => Box::new(std::io::stdin()),
        Ok(input) => Box::new(input),
        Err(error) => {
            eprintln!("cannot read `{file}`: {error}");
            exit(3)
        }
    };
    let started = Instant::now();
    let (mut events, mut rejected, mut found) = (0_u64, 0_u64, 0_u64);
    let mut all = DefaultHasher::new();
    let mut out = Vec::new();
    let mut room = Room::default();
    let mut before = None;
    for record in Records::open(input, "file".into(), Limits::STANDARD) {
        if events == after {
            before = before.or_else(on_processor);
        }
        let read = record.and_then(|it| normaliser.normalise_in(&it, None, &mut room));
        match read {
            Ok(Normalised::Event(event)) => {
                let binding = directory.bind(&event);
                let identity = binding.resolution.identity().and_then(|it| directory.identity(it));
                detectors.inspect(&event, &binding, identity, &mut out);
                room.give_back(event.fields);
                events += 1;
            }
            Ok(Normalised::Alert(_)) => events += 1,
            Err(_) => rejected += 1,
        }
        for finding in out.drain(..) {
            found += 1;
            finding.id.as_str().hash(&mut all);
            finding.confidence.value().to_bits().hash(&mut all);
        }
    }
    if let (Some(before), Some(now)) = (before, on_processor()) {
        let each = (now - before) / 1e3 / (events - after).max(1) as f64;
        println!("{each:.3} microseconds for each event after the first {after}");
    }
    detectors.flush(&mut out);
    for finding in out.drain(..) {
        found += 1;
        format!("{finding:?}").hash(&mut all);
    }
    let seconds = started.elapsed().as_secs_f64();
    println!(
        "{events} events, {rejected} rejected, {found} findings {:016x}, {rules_in_use} rules, {seconds:.2} s, {:.0} a second, {}",
        all.finish(),
        events as f64 / seconds,
        resident("VmHWM:")
    );
    if tell_memory {
        tell(&directory, &detectors);
    }
}

/// What everything takes, as a table.
fn tell(directory: &Directory, detectors: &Detectors) {
    let identities = directory.identities_known();
    let each = |bytes: usize| bytes as f64 / identities.max(1) as f64;
    let (mut learned, mut known) = (0, 0);
    println!("| Part | Things | Bytes | For each identity |");
    println!("| --- | ---: | ---: | ---: |");
    for (name, memory) in detectors.memory().chain(detectors.shared_memory()) {
        learned += memory.bytes;
        println!("| `{name}` | {} | {} | {:.1} |", memory.rows, memory.bytes, each(memory.bytes));
    }
    println!("| all that behaviours remember | | {learned} | {:.1} |", each(learned));
    for share in directory.memory() {
        known += share.bytes;
        println!(
            "| {} | {} | {} | {:.1} |",
            share.what,
            share.count,
            share.bytes,
            each(share.bytes)
        );
    }
    println!("| all of the directory | {identities} | {known} | {:.1} |", each(known));
    let kilobytes: Option<usize> =
        resident("VmRSS:").split_whitespace().next().and_then(|it| it.parse().ok());
    let resident = kilobytes.unwrap_or_default() * 1024;
    println!("| resident at the end | | {resident} | {:.1} |", each(resident));
}

/// The memory that is resident now, or was at most, in the system's words (Linux).
fn resident(what: &str) -> String {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|it| it.strip_prefix(what));
    line.map_or_else(|| "memory unknown".to_owned(), |it| format!("{} resident", it.trim()))
}

/// For how long this thread had a processor, in nanoseconds (Linux).
fn on_processor() -> Option<f64> {
    let told = fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    told.split_whitespace().next()?.parse().ok()
}

fn rules_below(folder: &Path, files: &mut Vec<(Arc<str>, String)>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            rules_below(&path, files);
        } else if path.extension().is_some_and(|it| it == "yml")
            && let Ok(text) = fs::read_to_string(&path)
        {
            files.push((path.to_string_lossy().as_ref().into(), text));
        }
    }
}

fn usage() -> ! {
    eprintln!("usage: watch_only [--memory] [--identities N] [--after N] FILE [RULES-FOLDER]…");
    exit(2)
}
