//! Sigma rules matched by `sigma-rust` over a JSON Lines file: a peer of the bench.
//!
//! `sigma-rust-peer RULES-FOLDER FILE` prints how many rules it could use, and how many events matched one.

use sigma_rust::{Event, Rule, event_from_json, rule_from_yaml};
use std::error::Error;
use std::fs::{self, File};
use std::io::{BufRead as _, BufReader};
use std::path::Path;

fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [folder, file] = words.as_slice() else {
        return Err("sigma-rust-peer RULES-FOLDER FILE".into());
    };
    let mut rules = Vec::new();
    read_rules(Path::new(folder), &mut rules)?;
    let (mut events, mut matches) = (0_u64, 0_u64);
    for line in BufReader::new(File::open(file)?).lines() {
        let event: Event = event_from_json(&line?)?;
        events += 1;
        matches += rules.iter().filter(|rule| rule.is_match(&event)).count() as u64;
    }
    println!("{} rules, {events} events, {matches} matches", rules.len());
    Ok(())
}

fn read_rules(folder: &Path, rules: &mut Vec<Rule>) -> Result<(), Box<dyn Error>> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            read_rules(&path, rules)?;
        } else if path.extension().is_some_and(|it| it == "yml") {
            // What it cannot read is left out: it asks for more than Sigma does.
            rules.extend(rule_from_yaml(&fs::read_to_string(&path)?));
        }
    }
    Ok(())
}
