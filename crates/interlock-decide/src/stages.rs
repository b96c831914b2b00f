//! Stages: what weak claims mean that follow each other in one hand.
//!
//! A factor is reset, a token is made, a role is given: each alone is somebody's work. Who comes in from
//! nowhere and does all of it within hours is another matter, however ordinary each line.
//! What one rule means is not said here, only what the order of different ones does.

use crate::case::WEAK;
use interlock_model::{Finding, FindingSource, Place};
use std::collections::BTreeSet;
use std::fmt;

/// What one hand does within this long of its first step is one chain, in seconds.
const CHAIN: i64 = 6 * 3_600;

/// The fewest stages that are a chain.
const FEWEST: usize = 3;

/// How sure a chain makes us, by the number of its stages from [`FEWEST`] on: a fresh proof of identity
/// from three, an answer that cuts from four.
///
/// Fewer than the product of their chances would say: the stages of one day's work are not independent.
const SURE: [f64; 3] = [0.6, 0.7, 0.8];

/// Claims less sure than this (remarks of level `informational`) are no stage: every administrator's day
/// holds all of them.
const LEAST: f64 = 0.05;

/// The behaviours that say from where, or how, somebody came.
const ENTRIES: [&str; 10] = [
    "dormant_identity.awake",
    "dormant_identity.credential_awake",
    "impossible_travel",
    "kind_mismatch.person_on_machine",
    "kind_mismatch.tool_on_machine",
    "token_abuse.new_network",
    "token_abuse.outside_issuer",
    "token_abuse.outside_workload",
    "token_abuse.session_replayed",
    "token_abuse.two_networks",
];

/// What a step of an attack on an identity is for: tactics of ATT&CK, without those that ordinary days are
/// full of (discovery, failed guesses).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Stage {
    /// Somebody is in, in a way that was not expected.
    Access,
    /// Something is run.
    Execution,
    /// A way in is left behind.
    Persistence,
    /// More is allowed than before.
    Privilege,
    /// A guard, a record or a proof of identity is taken away.
    Evasion,
    /// Secrets are taken.
    Secrets,
    /// Data is taken.
    Data,
    /// Something is destroyed, or others are shut out.
    Impact,
}

impl Stage {
    /// The stage of a claim: that of the first of its techniques that has one.
    ///
    /// A behaviour that tells of unusual work tells nothing of who does it: only those of [`ENTRIES`] say that
    /// somebody came in, whatever their techniques are.
    fn of(finding: &Finding) -> Option<Self> {
        let stage = || finding.techniques.iter().find_map(|it| Self::of_technique(it));
        match finding.rule.source {
            FindingSource::Behaviour if ENTRIES.contains(&&*finding.rule.id) => Some(Self::Access),
            FindingSource::Behaviour => stage().filter(|it| *it != Self::Access),
            FindingSource::Sigma | FindingSource::Alert => stage(),
        }
    }

    /// Source: the tactics of each technique at <https://attack.mitre.org/techniques/enterprise/>. Where it
    /// has several, the one that it means for an identity.
    fn of_technique(technique: &str) -> Option<Self> {
        let (parent, sub) = technique.split_once('.').unwrap_or((technique, ""));
        Some(match (parent, sub) {
            // Roles and groups that are given to an account.
            ("T1098", "003" | "007") | ("T1134" | "T1484" | "T1548", _) => Self::Privilege,
            ("T1098" | "T1136" | "T1137" | "T1505" | "T1525" | "T1543" | "T1546" | "T1671", _) => {
                Self::Persistence
            }
            ("T1078" | "T1133" | "T1190" | "T1199" | "T1539" | "T1550" | "T1557" | "T1563", _) => {
                Self::Access
            }
            ("T1059" | "T1072" | "T1195" | "T1204" | "T1609" | "T1610" | "T1648" | "T1651", _) => {
                Self::Execution
            }
            ("T1070" | "T1535" | "T1556" | "T1562" | "T1578", _) => Self::Evasion,
            ("T1003" | "T1528" | "T1552" | "T1555" | "T1606" | "T1649", _) => Self::Secrets,
            ("T1020" | "T1048" | "T1114" | "T1119" | "T1213" | "T1530" | "T1537" | "T1567", _) => {
                Self::Data
            }
            ("T1485" | "T1486" | "T1489" | "T1490" | "T1496" | "T1531" | "T1561" | "T1565", _) => {
                Self::Impact
            }
            _ => return None,
        })
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Access => "access",
            Self::Execution => "execution",
            Self::Persistence => "persistence",
            Self::Privilege => "privilege",
            Self::Evasion => "evasion",
            Self::Secrets => "secrets",
            Self::Data => "data",
            Self::Impact => "impact",
        })
    }
}

/// Different stages of one hand within six hours, in the order of an attack.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Chain {
    pub(crate) stages: Vec<Stage>,
}

impl Chain {
    /// The longest chain among these findings, `None` where none is long enough.
    ///
    /// It begins with an access that was not expected, and holds what the same hand did afterwards: who
    /// works from where they always do is not accused by the sum of their work. Each stage has a record of its
    /// own.
    /// Which of the findings came first does not matter.
    pub(crate) fn among<'f>(findings: impl IntoIterator<Item = &'f Finding>) -> Option<Self> {
        let mut claims: Vec<(Stage, &Finding)> = findings
            .into_iter()
            .filter(|it| it.confidence.value() >= LEAST)
            .filter_map(|it| Some((Stage::of(it)?, it)))
            .collect();
        let all: BTreeSet<Stage> = claims.iter().map(|it| it.0).collect();
        if all.len() < FEWEST || !all.contains(&Stage::Access) {
            return None;
        }
        let sure = |it: &Finding| it.confidence.value();
        claims.sort_by(|(_, a), (_, b)| sure(b).total_cmp(&sure(a)).then_with(|| a.id.cmp(&b.id)));
        let entries = claims.iter().filter(|it| it.0 == Stage::Access);
        entries
            .map(|(_, entry)| Self::from(entry, &claims))
            .filter(|it| it.stages.len() >= FEWEST)
            .max_by_key(|it| it.stages.len())
    }

    fn from(entry: &Finding, claims: &[(Stage, &Finding)]) -> Self {
        let mut stages = BTreeSet::from([Stage::Access]);
        // A claim of a new network gathers all that came from there: its first record is the entry.
        let mut records: BTreeSet<&Place> = entry.evidence.iter().take(1).collect();
        let until = entry.last.as_second().max(entry.time.as_second().saturating_add(CHAIN));
        for (stage, claim) in claims {
            let then = claim.last >= entry.time && claim.time.as_second() <= until;
            if !then || stages.contains(stage) || !one_hand(entry, claim) {
                continue;
            }
            let own = claim.evidence.iter().find(|it| !records.contains(it));
            if own.is_some() || claim.evidence.is_empty() {
                stages.insert(*stage);
                records.extend(own);
            }
        }
        Self { stages: stages.into_iter().collect() }
    }

    /// How sure it makes us.
    pub(crate) fn sure(&self) -> f64 {
        let beyond = self.stages.len().saturating_sub(FEWEST);
        SURE.get(beyond).or(SURE.last()).copied().unwrap_or(WEAK)
    }
}

/// Whether two claims can be about one actor: one session, or one address. Where an address is not told the
/// credential says it, for a lasting one is used by its owner and by whoever stole it.
///
/// All runs of a pipeline may bear one name of a session: when it was issued tells them apart.
fn one_hand(one: &Finding, other: &Finding) -> bool {
    if let (Some(one), Some(other)) = (&one.session, &other.session)
        && one.id == other.id
        && one.issued == other.issued
    {
        return true;
    }
    match (one.origin.address, other.origin.address) {
        (Some(one), Some(other)) => one == other,
        (None, _) | (_, None) => one.credential.is_some() && one.credential == other.credential,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::combined;
    use crate::words::sample::{finding, place};
    use interlock_model::{Confidence, SessionRef, Tier, Timestamp};

    const THIEF: &str = "203.0.113.7";
    const HOME: &str = "198.51.100.7";

    /// A remark of a rule: technique, minute, address.
    fn remark((technique, minute, address): (&str, i64, &str), number: usize) -> Finding {
        let mut it = finding(&format!("rule-{number}"), 0.08, number as u64);
        it.rule.source = FindingSource::Sigma;
        it.response = Some(Tier::Observe);
        it.techniques = vec![technique.into()];
        it.time = Timestamp::from_second(1_767_225_600 + minute * 60).unwrap();
        it.last = it.time;
        it.evidence = vec![place(number as u64)];
        it.origin.address = address.parse().ok();
        it
    }

    fn remarks(all: &[(&str, i64, &str)]) -> Vec<Finding> {
        all.iter().enumerate().map(|(number, it)| remark(*it, number)).collect()
    }

    #[track_caller]
    fn holds(findings: &[Finding], stages: &str, sure: &str) {
        let chain = Chain::among(findings);
        let found: Vec<String> =
            chain.iter().flat_map(|it| &it.stages).map(ToString::to_string).collect();
        assert_eq!(found.join(" "), stages);
        assert_eq!(format!("{:.2}", combined(findings).value()), sure);
    }

    #[track_caller]
    fn check(all: &[(&str, i64, &str)], stages: &str, sure: &str) {
        holds(&remarks(all), stages, sure);
    }

    #[test]
    fn one_hand_that_comes_in_and_goes_through_stages_is_more_than_its_lines() {
        let entry = ("T1078.004", 0, THIEF);
        let factor = ("T1556.006", 10, THIEF);
        let token = ("T1098.001", 20, THIEF);
        let role = ("T1098.003", 30, THIEF);
        let data = ("T1567", 40, THIEF);
        check(&[entry, factor], "", "0.04");
        check(&[entry, factor, token], "access persistence evasion", "0.60");
        check(&[role, token, factor, entry], "access persistence privilege evasion", "0.70");
        check(
            &[entry, factor, token, role, data],
            "access persistence privilege evasion data",
            "0.80",
        );
    }

    #[test]
    fn the_work_of_a_day_is_no_chain() {
        // An administrator who works from where they always do.
        check(
            &[
                ("T1556.006", 0, HOME),
                ("T1098.001", 9, HOME),
                ("T1098.003", 20, HOME),
                ("T1562.008", 30, HOME),
                ("T1552", 40, HOME),
            ],
            "",
            "0.05",
        );
        // Three tokens are one stage; what has no stage is none.
        check(
            &[
                ("T1078", 0, THIEF),
                ("T1098.001", 1, THIEF),
                ("T1136", 2, THIEF),
                ("T1580", 3, THIEF),
            ],
            "",
            "0.05",
        );
        // Others act at the same time, from elsewhere; so does the owner of a stolen password.
        check(
            &[
                ("T1078", 0, THIEF),
                ("T1098.001", 1, HOME),
                ("T1556", 2, HOME),
                ("T1098.003", 3, HOME),
            ],
            "",
            "0.05",
        );
        // Before the entry, and on another day.
        check(&[("T1078", 100, THIEF), ("T1098.001", 1, THIEF), ("T1556", 2, THIEF)], "", "0.05");
        check(
            &[("T1078", 0, THIEF), ("T1098.001", 400, THIEF), ("T1556", 1_500, THIEF)],
            "",
            "0.05",
        );
    }

    #[test]
    fn the_hand_is_known_by_its_session_or_where_no_address_is_told_by_its_credential() {
        let mut all = remarks(&[("T1078", 0, THIEF), ("T1098.001", 1, HOME), ("T1556", 2, "")]);
        holds(&all, "", "0.05");
        for it in &mut all[..2] {
            it.session = Some(SessionRef { id: "s-1".into(), issued: None, mfa: None });
        }
        holds(&all, "access persistence evasion", "0.60");
        // The next run of a pipeline, under the name that all of them have.
        let next = all[0].time;
        all[0].session.iter_mut().for_each(|it| it.issued = Some(next));
        holds(&all, "", "0.05");
        all[0].session.iter_mut().for_each(|it| it.issued = None);
        all[2].credential = None;
        holds(&all, "", "0.05");
    }

    #[test]
    fn a_record_is_one_stage_and_remarks_for_the_record_are_none() {
        let all = remarks(&[("T1078", 0, THIEF), ("T1098.001", 1, THIEF), ("T1556", 2, THIEF)]);
        let mut shared = all.clone();
        shared[2].evidence = shared[1].evidence.clone();
        holds(&shared, "", "0.04");
        let mut informational = all.clone();
        informational[2].confidence = Confidence::new(0.02);
        holds(&informational, "", "0.04");
        // Unusual calls say nothing of who makes them.
        let mut unusual = all.clone();
        unusual[0].rule.source = FindingSource::Behaviour;
        holds(&unusual, "", "0.05");
        unusual[0].rule.id = "token_abuse.new_network".into();
        holds(&unusual, "access persistence evasion", "0.60");
    }

    #[test]
    fn a_chain_makes_nobody_less_sure() {
        let mut all = remarks(&[("T1078", 0, THIEF), ("T1098.001", 1, THIEF), ("T1556", 2, THIEF)]);
        for (confidence, expected) in [(0.5, "0.60"), (0.75, "0.79")] {
            all[0].confidence = Confidence::new(confidence);
            all[0].response = None;
            holds(&all, "access persistence evasion", expected);
        }
    }

    #[test]
    fn entries_are_sorted() {
        assert!(ENTRIES.is_sorted());
    }
}
