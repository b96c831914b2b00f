//! `cargo xtask layers`: the arrows that must not exist, checked over `cargo metadata`.
//!
//! Checks N1, N3, N4 (rooms), N2 (purity, as far as dependencies show it) and N9 (libraries with a
//! home) of ARCHITECTURE.md. What is allowed is data in `allowed.rs`.

mod allowed;

use crate::arguments::Arguments;
use crate::metadata::{Graph, Way};
use crate::report::Outcome;
use allowed::{IMPURE, OWNED, ROOMS, Room, VETTED, means};
use anyhow::Result;
use std::collections::BTreeSet;

/// How the verb is called.
pub const USAGE: &str = "layers";

/// One thing that must not be.
#[derive(Debug, PartialEq, Eq)]
pub struct Breach {
    /// What was seen.
    pub what: String,
    /// What to do about it.
    pub remedy: &'static str,
}

/// Runs the verb on the workspace.
pub fn run(words: &[String]) -> Result<Outcome> {
    Arguments::parse(words, &[], &[])?.without_rest()?;
    let graph = Graph::ask()?;
    let breaches = check(&graph);
    for breach in &breaches {
        println!("layers: {}\n  remedy: {}", breach.what, breach.remedy);
    }
    for vetted in VETTED {
        println!(
            "layers: vetted: `{}` through `{}`: {}",
            vetted.library, vetted.through, vetted.reason
        );
    }
    if breaches.is_empty() {
        println!("layers: {} crates, no forbidden arrow", graph.members().len());
        Ok(Outcome::Clean)
    } else {
        println!("layers: {} breaches", breaches.len());
        Ok(Outcome::Faulty)
    }
}

/// Everything that must not be in this graph.
pub fn check(graph: &Graph) -> Vec<Breach> {
    let mut breaches = Vec::new();
    let mut vetted_in_use = BTreeSet::new();
    for (id, member) in graph.members() {
        let Some(room) = ROOMS.iter().find(|room| room.name == member.name) else {
            breaches.push(Breach {
                what: format!("`{}` is not a known room", member.name),
                remedy: "write a decision record, then list the crate in xtask/src/layers/allowed.rs",
            });
            continue;
        };
        breaches.extend(forbidden_arrows(graph, id, room));
        if room.pure {
            breaches.extend(impurities(graph, id, room, &mut vetted_in_use));
        }
    }
    for vetted in VETTED {
        if !vetted_in_use.contains(&(vetted.through, vetted.library)) {
            breaches.push(Breach {
                what: format!(
                    "`{}` through `{}` is vetted, but no pure room reaches it",
                    vetted.library, vetted.through
                ),
                remedy: "delete the exception from xtask/src/layers/allowed.rs",
            });
        }
    }
    breaches
}

/// The direct dependencies of one room that it must not have.
fn forbidden_arrows(graph: &Graph, id: &str, room: &Room) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for (way, _, used) in graph.uses(id) {
        let name = used.name.as_str();
        let in_tests = if way == Way::Dev { " in its tests" } else { "" };
        if used.member {
            let allowed = room.may_use.contains(&name)
                || (way == Way::Dev && room.tests_may_use.contains(&name));
            if !allowed && name != room.name {
                breaches.push(Breach {
                    what: format!("`{}` must not use `{name}`{in_tests}", room.name),
                    remedy: "move the code to the room that ARCHITECTURE.md section 4 names, or \
                             pass the noun through interlock-model",
                });
            }
        } else if way != Way::Dev
            && let Some(owned) = OWNED.iter().find(|owned| means(owned.library, name))
            && !owned.rooms.contains(&room.name)
        {
            breaches.push(Breach {
                what: format!("`{}` must not use `{name}`: {}", room.name, owned.reason),
                remedy: "ask the room that owns the library",
            });
        }
    }
    breaches
}

/// The impure libraries that a pure room reaches through code that ships, each with the way there.
fn impurities(
    graph: &Graph,
    id: &str,
    room: &Room,
    vetted_in_use: &mut BTreeSet<(&'static str, &'static str)>,
) -> Vec<Breach> {
    let mut breaches = Vec::new();
    let mut seen = BTreeSet::from([id]);
    let mut ahead = vec![(id, room.name, vec![room.name])];
    while let Some((id, name, path)) = ahead.pop() {
        for (way, to, used) in graph.uses(id) {
            if way != Way::Normal {
                continue;
            }
            let used_name = used.name.as_str();
            let mut path = path.clone();
            path.push(used_name);
            if let Some(impure) = IMPURE.iter().find(|impure| means(impure.library, used_name)) {
                let vetted = VETTED
                    .iter()
                    .find(|vetted| vetted.library == used_name && vetted.through == name);
                match vetted {
                    Some(vetted) => {
                        vetted_in_use.insert((vetted.through, vetted.library));
                    }
                    None => {
                        breaches.push(Breach {
                            what: format!(
                                "`{}` is pure, but reaches {}: {}",
                                room.name,
                                impure.reaches,
                                path.join(" -> ")
                            ),
                            remedy: "take the value as an argument and let `interlock`, `connect` \
                                     or `store` fetch it; a harmless use goes on the vetted list",
                        });
                        // What lies behind it is its consequence, not another finding.
                        continue;
                    }
                }
            }
            // Another room answers for what it reaches itself.
            if !used.member && seen.insert(to) {
                ahead.push((to, used_name, path));
            }
        }
    }
    breaches
}

#[cfg(test)]
mod tests;
