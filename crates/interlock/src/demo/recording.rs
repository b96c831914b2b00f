//! The recorded attack, moved to the present.
//!
//! Our own recording in the documented CloudTrail format: four ordinary days of a pipeline that
//! deploys, then a stranger with its deploy key.

use anyhow::Context as _;
use interlock_model::Timestamp;
use jiff::SignedDuration;
use serde_json::Value;

const RECORDING: &str = include_str!("../../../../content/demo/recording.jsonl");
/// From this address the stranger comes.
pub const STRANGER: &str = "203.0.113.77";

/// The recording in two parts.
#[derive(Debug)]
pub struct Recording {
    /// What was ordinary.
    pub ordinary: Vec<Value>,
    /// What the stranger does.
    pub attack: Vec<Value>,
}

/// The recording, with the stranger's first event at this moment.
///
/// # Errors
/// The embedded recording is not what it should be.
pub fn at(moment: Timestamp) -> anyhow::Result<Recording> {
    let events: Vec<Value> = RECORDING
        .lines()
        .map(serde_json::from_str)
        .collect::<Result<_, _>>()
        .context("the embedded recording is no JSON Lines")?;
    let is_attack = |it: &Value| it["sourceIPAddress"] == STRANGER;
    let first = events.iter().find(|it| is_attack(it)).and_then(time_of);
    let shift = moment.duration_since(first.context("the embedded recording has no attack")?);
    let (mut ordinary, mut attack) = (Vec::new(), Vec::new());
    for mut event in events {
        move_times(&mut event, shift);
        if is_attack(&event) { attack.push(event) } else { ordinary.push(event) }
    }
    Ok(Recording { ordinary, attack })
}

fn time_of(event: &Value) -> Option<Timestamp> {
    event["eventTime"].as_str()?.parse().ok()
}

/// Moves every time in the event.
fn move_times(value: &mut Value, shift: SignedDuration) {
    match value {
        Value::String(text) => {
            if let Some(moved) =
                text.parse::<Timestamp>().ok().and_then(|it| it.checked_add(shift).ok())
                && let Ok(second) = Timestamp::from_second(moved.as_second())
            {
                *text = second.to_string();
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|it| move_times(it, shift)),
        Value::Object(fields) => fields.values_mut().for_each(|it| move_times(it, shift)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_attack_begins_at_the_moment_given_and_nothing_is_later_than_needed() {
        let moment: Timestamp = "2026-11-20T12:00:00Z".parse().unwrap();
        let recording = at(moment).unwrap();
        assert_eq!(recording.attack[0]["eventTime"], "2026-11-20T12:00:00Z");
        assert!(recording.ordinary.iter().all(|it| time_of(it).unwrap() < moment));
        assert!(recording.ordinary.len() > 100);
    }
}
