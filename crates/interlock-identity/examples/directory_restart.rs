//! What a restart costs: `directory_restart 1000000 [KEPT]`.
//!
//! A directory learns so many identities from five events each, in turn, with one access key each; it is
//! written down, and a new one goes on from what was written. One line of JSON says what writing and
//! reading took, in seconds of processor time, and how many bytes it is. With `KEPT` the bytes are left in
//! that file, or read from it when it is there, so that reading can be measured alone.
//!
//! Numbers count as an optimised profile gives them:
//! `cargo run --profile dist -p interlock-identity --example directory_restart -- 1000000`.

use interlock_identity::{Bounds, Declaration, Directory};
use interlock_model::{
    Actor, CredentialKind, CredentialRef, Event, EventId, FieldsBuilder, Origin, Outcome, Place,
    Principal, PrincipalKind, Timestamp,
};
use std::path::PathBuf;
use std::process::ExitCode;

fn main() -> ExitCode {
    let mut words = std::env::args().skip(1);
    let size = words.next().and_then(|it| it.parse::<usize>().ok()).unwrap_or(100_000);
    let kept = words.next().map(PathBuf::from);
    let known = kept.as_ref().and_then(|it| std::fs::read(it).ok());
    let (bytes, writing) = match known {
        Some(bytes) => (bytes, 0.0),
        None => {
            let directory = learned(size);
            let before = processor_seconds();
            let bytes = directory.snapshot();
            (bytes, processor_seconds() - before)
        }
    };
    if let Some(kept) = kept
        && let Err(error) = std::fs::write(&kept, &bytes)
    {
        eprintln!("cannot write `{}`: {error}", kept.display());
        return ExitCode::FAILURE;
    }
    let before = processor_seconds();
    let restored = Directory::restore(Declaration::default(), &bytes);
    let reading = processor_seconds() - before;
    let known = match restored {
        Ok(it) => it.identities_known(),
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::FAILURE;
        }
    };
    println!(
        "{{\"identities\":{known},\"bytes\":{},\"writing_seconds\":{writing:.2},\"reading_seconds\":{reading:.2}}}",
        bytes.len()
    );
    ExitCode::SUCCESS
}

/// How many events teach the directory of each identity.
const EACH: usize = 5;

/// A directory that knows so many identities, most of them cold.
fn learned(size: usize) -> Directory {
    let mut directory = Directory::new(Declaration::default()).with_bounds(Bounds::of(size));
    for turn in 0..EACH {
        for number in 0..size {
            directory.bind(&event(turn, number));
        }
    }
    directory.changed();
    directory
}

fn event(turn: usize, number: usize) -> Event {
    let second = 1_780_000_000 + (turn * 86_400 + number % 86_400) as i64;
    let name = format!("service-{number:07}");
    let principal = Principal::new("aws", &format!("arn:aws:iam::111122223333:user/{name}"));
    let key = CredentialRef::new("aws", CredentialKind::AccessKey, &format!("AKIA{number:016}"));
    let actor = Actor {
        principal: Some(principal),
        kind: PrincipalKind::User,
        name: name.into(),
        credential: Some(key),
        ..Actor::default()
    };
    let [_, _, c, d] = (number as u32).to_be_bytes();
    Event {
        id: EventId::derive(&[&format!("{turn} {number}")]),
        source: "aws_cloudtrail",
        place: Place { file: "example".into(), record: 0 },
        time: Timestamp::from_second(second).unwrap_or_default(),
        actor: actor.into(),
        service: "s3.amazonaws.com".into(),
        operation: "GetObject".into(),
        objects: Vec::new(),
        outcome: Outcome::Success,
        origin: Origin {
            address: Some([10, c, d, 7].into()),
            service: None,
            user_agent: Some("aws-cli/2.15".into()),
        },
        issued: Vec::new(),
        read_only: None,
        account: Some("111122223333".into()),
        region: None,
        fields: FieldsBuilder::new("{}".into()).finish(),
    }
}

/// What this process took of the processor, in the program and in the kernel (Linux), in seconds.
fn processor_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // The second field is a name in parentheses and may hold blanks.
    let rest = stat.rsplit_once(") ").map_or("", |it| it.1);
    let ticks = rest.split_whitespace().skip(11).take(2);
    ticks.filter_map(|it| it.parse::<f64>().ok()).sum::<f64>() / 100.0
}
