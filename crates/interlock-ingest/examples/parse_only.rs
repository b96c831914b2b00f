//! Parses a JSON Lines file of CloudTrail events and does nothing with them: the bench's yardstick.
//!
//! `parse_only value FILE` builds a `serde_json::Value` of every line, `parse_only fields FILE` takes
//! twelve fields with `sonic-rs`. Prints how many lines parsed; `cargo xtask bench` holds the watch.
#![expect(clippy::disallowed_methods, reason = "an example ends with an exit code of its own")]

use serde::Deserialize;
use std::borrow::Cow;
use std::process::exit;

/// The fields that a finding cannot do without.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Fields<'a> {
    #[serde(borrow, default)]
    event_time: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    event_source: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    event_name: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    aws_region: Option<Cow<'a, str>>,
    #[serde(borrow, default, rename = "sourceIPAddress")]
    source_ip_address: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    user_agent: Option<Cow<'a, str>>,
    #[serde(borrow, default, rename = "eventID")]
    event_id: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    error_code: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    user_identity: UserIdentity<'a>,
}

/// The caller's part of them.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct UserIdentity<'a> {
    #[serde(borrow, default, rename = "type")]
    kind: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    arn: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    principal_id: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    access_key_id: Option<Cow<'a, str>>,
}

impl Fields<'_> {
    /// Bytes of text in the twelve fields, so that no parser can leave them out.
    fn weight(&self) -> usize {
        let caller = &self.user_identity;
        [
            &self.event_time,
            &self.event_source,
            &self.event_name,
            &self.aws_region,
            &self.source_ip_address,
            &self.user_agent,
            &self.event_id,
            &self.error_code,
            &caller.kind,
            &caller.arn,
            &caller.principal_id,
            &caller.access_key_id,
        ]
        .into_iter()
        .flatten()
        .map(|text| text.len())
        .sum()
    }
}

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [way, file] = words.as_slice() else {
        eprintln!("usage: parse_only value|fields FILE");
        exit(2)
    };
    let bytes = match std::fs::read(file) {
        Ok(bytes) => bytes,
        Err(error) => {
            eprintln!("cannot read `{file}`: {error}");
            exit(3)
        }
    };
    let lines = bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    let (mut parsed, mut weight) = (0_usize, 0_usize);
    for line in lines {
        let found = match way.as_str() {
            "value" => serde_json::from_slice::<serde_json::Value>(line)
                .ok()
                .and_then(|event| event.as_object().map(serde_json::Map::len)),
            _ => sonic_rs::from_slice::<Fields<'_>>(line).ok().map(|fields| fields.weight()),
        };
        if let Some(found) = found {
            parsed += 1;
            weight += found;
        }
    }
    println!("{parsed} events parsed, {weight} in them");
}
