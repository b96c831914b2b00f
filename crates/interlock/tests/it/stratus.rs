//! Recorded attack techniques, replayed one by one with the built-in rules: each must be found, bound
//! to who did it and with what, and what was made by it must be named.
//!
//! The recordings lie beside the project, and so does what is known of them.

use crate::program::interlock;
use crate::replay::Told;
use serde_json::Value;
use std::path::{Path, PathBuf};

/// The recordings and what is known of them, when they are here.
fn recordings() -> Option<(PathBuf, Vec<Value>)> {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/stratus");
    let Ok(truth) = std::fs::read_to_string(data.join("truth.jsonl")) else {
        println!("skipped: ../shared/data/stratus is not here");
        return None;
    };
    let truth = truth.lines().map(|it| serde_json::from_str(it).unwrap()).collect();
    Some((data.join("logs-neutral").canonicalize().unwrap(), truth))
}

/// The claims of a run: findings by rules and behaviours that say more than whose an identity is.
fn claims(told: &Told) -> Vec<&Value> {
    let mut last: Vec<&Value> = Vec::new();
    for it in told.all("finding").into_iter().filter(|it| it["confidence"] != 0.0) {
        last.retain(|known| known["id"] != it["id"]);
        last.push(it);
    }
    last
}

/// Whether the claim accuses this actor, by the credential that it used.
fn accuses(claim: &Value, actor: &Value) -> bool {
    // A session is bound to the role behind it, since its name is the caller's to choose.
    let who = actor["session_issuer"].as_str().or_else(|| actor["arn"].as_str()).unwrap();
    let key = actor["accessKeyId"].as_str().unwrap();
    let kind = if key.starts_with("ASIA") { "session-key" } else { "access-key" };
    claim["principal"] == format!("aws:{who}")
        && claim["credential"] == format!("aws:{kind}:{key}")
        && claim["identity"]["id"].as_str().is_some()
}

/// Whether the artefact of a finding is this one of the recording.
fn is_it(listed: &Value, wanted: &Value) -> bool {
    let text = |it: &Value| it.as_str().unwrap_or_default().to_owned();
    let (name, id, on) = (text(&listed["name"]), text(&wanted["id"]), text(&wanted["on"]));
    let whose = text(&listed["principal"]);
    let last = |it: &str| it.rsplit('/').next().unwrap_or_default().to_owned();
    match wanted["kind"].as_str().unwrap() {
        "access_key" => {
            listed["credential"] == format!("aws:access-key:{id}")
                && whose.ends_with(&format!("user/{on}"))
        }
        "temp_credentials" => {
            listed["credential"] == format!("aws:session-key:{id}")
                && whose == format!("aws:{}", text(&wanted["role"]))
        }
        "login_profile" => {
            text(&listed["credential"]).starts_with("aws:password:")
                && whose.ends_with(&format!("user/{on}"))
        }
        "policy_grant" => listed["kind"] == "policy" && name == text(&wanted["policy"]),
        "trust_policy_change" => listed["kind"] == "role" && last(&name) == on,
        "trust_anchor" => listed["kind"] == "trust_anchor" && name == id,
        "user" => listed["kind"] == "user" && last(&name) == last(&id),
        other => panic!("an artefact of an unknown kind: {other}"),
    }
}

#[test]
fn every_recorded_technique_is_found_and_what_it_made_is_named() {
    let Some((folder, truth)) = recordings() else { return };
    let home = tempfile::tempdir().unwrap();
    let (mut unfound, mut unbound) = (Vec::new(), Vec::new());
    let (mut named, mut known, mut actors_bound, mut actors_known) = (0, 0, 0, 0);
    println!("| Technique | Claims | Surest | Actors accused | Artefacts named |");
    println!("| --- | ---: | ---: | ---: | ---: |");
    for it in &truth {
        let technique = it["technique"].as_str().unwrap();
        let file = folder.join(format!("{technique}.jsonl"));
        let ran = interlock(home.path(), &["replay", "--json", file.to_str().unwrap()]);
        let told = Told::of(&ran);
        let claims = claims(&told);
        let surest = claims.iter().map(|it| it["confidence"].as_f64().unwrap()).fold(0.0, f64::max);
        let actors = it["actors"].as_array().unwrap();
        let accused = actors.iter().filter(|it| claims.iter().any(|claim| accuses(claim, it)));
        let accused = accused.count();
        let listed: Vec<&Value> =
            claims.iter().flat_map(|it| it["artefacts"].as_array().unwrap()).collect();
        let artefacts = it["artefacts"].as_array().unwrap();
        let (there, missing): (Vec<&Value>, Vec<&Value>) =
            artefacts.iter().partition(|it| listed.iter().any(|listed| is_it(listed, it)));
        println!(
            "| {technique} | {} | {surest:.2} | {accused} of {} | {} of {} |",
            claims.len(),
            actors.len(),
            there.len(),
            artefacts.len()
        );
        missing.iter().for_each(|it| println!("  not named: {it}"));
        if claims.is_empty() {
            unfound.push(technique);
        }
        // The last actor of a recording is who did it; those before only lent it the session.
        if !actors.last().is_some_and(|it| claims.iter().any(|claim| accuses(claim, it))) {
            unbound.push(technique);
        }
        named += there.len();
        known += artefacts.len();
        actors_bound += accused;
        actors_known += actors.len();
    }
    let (all, found, bound) =
        (truth.len(), truth.len() - unfound.len(), truth.len() - unbound.len());
    println!(
        "| {found} of {all} found, {bound} bound | | | {actors_bound} of {actors_known} | {named} of {known} |"
    );
    assert_eq!(unfound, [""; 0]);
    assert_eq!(unbound, [""; 0]);
    assert!(named * 10 >= known * 9, "{named} of {known} artefacts named");
}
