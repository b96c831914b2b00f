//! Cases: the open findings on one subject, and how sure they make us together.

use crate::stages::Chain;
use interlock_model::{Case, CaseId, CaseState, Confidence, Finding, FindingSource, Tier};
use std::collections::BTreeSet;

/// The most findings one case keeps.
///
/// When one more arrives the weakest leaves, the oldest of them first: it adds least to the
/// combined confidence. What was dropped is still stored as a finding of its own.
pub const CASE_FINDINGS: usize = 200;

/// The most that findings can make the house believe: never certainty.
pub const CONFIDENCE_CAP: f64 = 0.99;

/// A claim less sure than this is more likely wrong than right, and weak.
pub const WEAK: f64 = 0.5;

/// The most that weak claims and context can make the house believe together. Context is what rules
/// find that are written to be kept for the record (`interlock.response: observe`).
///
/// Busy identities collect such findings for days, and they are not independent of each other.
/// However many there are, no answer that people notice rests on them alone; beside a strong claim
/// they make it surer.
pub const WEAK_CAP: f64 = 0.2;

/// How much of that is left where there is no strong claim beside them.
///
/// Measured on labelled days, of a thousand cases of nothing else not one was right: see the
/// reliability table in `BENCHMARKS.md`. What is left keeps them in order.
pub const WEAK_ALONE: f64 = 0.25;

/// Folds a finding into the open case of its subject, or opens one, and weighs it.
///
/// A finding whose id the case already holds replaces the one it holds: that is how detectors
/// send updates. A closed case is left alone; the finding then opens a new one.
/// `subject` is the key under which the caller keeps open cases, see [`subject_key`]; the case's
/// id is derived from it and from the finding that opens the case.
#[must_use]
pub fn admit(open: Option<Case>, finding: Finding, subject: &str) -> Case {
    let mut case = fold(open, finding, subject);
    weigh(&mut case);
    case
}

/// The same as [`admit`] without weighing: for who looks at a case only after many findings.
/// Until [`weigh`] the case is as sure as before.
#[must_use]
pub fn fold(open: Option<Case>, finding: Finding, subject: &str) -> Case {
    let open = open.filter(|it| it.state == CaseState::Open);
    let mut case = open.unwrap_or_else(|| Case {
        id: CaseId::derive(&[subject, finding.id.as_str()]),
        resolution: finding.resolution.clone(),
        subject: subject.to_owned(),
        findings: Vec::new(),
        confidence: Confidence::new(0.0),
        opened: finding.time,
        updated: finding.last,
        state: CaseState::Open,
    });
    case.opened = case.opened.min(finding.time);
    case.updated = case.updated.max(finding.last);
    case.resolution = finding.resolution.clone();
    if let Some(known) = case.findings.iter().rposition(|it| it.id == finding.id) {
        case.findings.remove(known);
    }
    let place = |it: &Finding| (it.time, &it.id) < (finding.time, &finding.id);
    let place = case.findings.partition_point(place);
    case.findings.insert(place, finding);
    if case.findings.len() > CASE_FINDINGS {
        drop_weakest(&mut case.findings);
    }
    case
}

/// Says anew how sure the findings of a case make us together.
pub fn weigh(case: &mut Case) {
    case.confidence = combined(&case.findings);
}

/// The key of the case that a finding belongs to: its identity; without one its credential;
/// without that its principal; and when the record names nobody at all, its rule.
#[must_use]
pub fn subject_key(finding: &Finding) -> String {
    match (finding.resolution.identity(), &finding.credential, &finding.principal) {
        (Some(identity), _, _) => identity.to_string(),
        (None, Some(credential), _) => format!("credential:{credential}"),
        (None, None, Some(principal)) => format!("principal:{principal}"),
        (None, None, None) => format!("rule:{}", finding.rule.id),
    }
}

/// How sure several findings make us together.
///
/// `1 - (1 - c1)(1 - c2)…`, the chance that not all independent claims are wrong, over findings that
/// are independent of each other, and at most [`CONFIDENCE_CAP`]; weak ones count together, up to
/// [`WEAK_CAP`] beside a strong one and [`WEAK_ALONE`] of that without.
///
/// Findings are taken from the surest to the least sure.
/// One of a [line](line_of) that is counted adds nothing but its records: they belong to that line.
/// One that shares a record with a line that is counted repeats what is known and adds nothing.
/// The order in which findings arrived does not matter.
/// A claim that ties others together, as a correlation does, repeats them: where they alone make us surer
/// than it, they count, so that seeing more never makes us less sure.
///
/// Where one hand came in and went through the stages of an attack ([`Chain`]), it is at least as sure as
/// the chain makes it: what holds for weak claims that pile up does not hold for those that follow each
/// other.
#[must_use]
pub fn combined<'f>(findings: impl IntoIterator<Item = &'f Finding>) -> Confidence {
    let mut all: Vec<&Finding> = findings.into_iter().collect();
    all.sort_by(|a, b| {
        b.confidence.value().total_cmp(&a.confidence.value()).then_with(|| a.id.cmp(&b.id))
    });
    let sure = not_all_wrong(&all);
    let apart: Vec<&Finding> = all.iter().copied().filter(|it| !ties(it, &all)).collect();
    let sure = if apart.len() < all.len() { sure.max(not_all_wrong(&apart)) } else { sure };
    let chain = Chain::among(all.iter().copied()).map_or(0.0, |it| it.sure());
    Confidence::new(sure.max(chain).min(CONFIDENCE_CAP))
}

/// Whether a claim of a rule holds records of two other claims, larger than both, that share none.
fn ties(claim: &Finding, all: &[&Finding]) -> bool {
    if claim.rule.source == FindingSource::Behaviour || claim.evidence.len() < 2 || is_weak(claim) {
        return false;
    }
    let own: BTreeSet<(u64, &str)> = places(claim).collect();
    let mut parts = all.iter().filter(|it| {
        !is_weak(it)
            && it.evidence.len() < claim.evidence.len()
            && places(it).any(|place| own.contains(&place))
    });
    let Some(first) = parts.next() else { return false };
    let of_first: BTreeSet<(u64, &str)> = places(first).collect();
    parts.any(|it| {
        line_of(it) != line_of(first) && !places(it).any(|place| of_first.contains(&place))
    })
}

/// The records that a finding rests on, by number first: files have long names that begin alike.
fn places(finding: &Finding) -> impl Iterator<Item = (u64, &str)> + Clone {
    finding.evidence.iter().map(|it| (it.record, &*it.file))
}

/// The chance that not all of these are wrong, where each counts that is independent of those before it.
fn not_all_wrong(findings: &[&Finding]) -> f64 {
    let mut lines = BTreeSet::new();
    let mut records = BTreeSet::new();
    let (mut all_wrong, mut weak_wrong) = (1.0, 1.0);
    let mut weight_of_weak = WEAK_ALONE;
    for finding in findings {
        let line_counted = lines.contains(line_of(finding));
        let mut places = places(finding);
        if !line_counted && places.clone().any(|it| records.contains(&it)) {
            continue;
        }
        lines.insert(line_of(finding));
        records.extend(&mut places);
        if line_counted {
            continue;
        }
        let wrong = 1.0 - finding.confidence.value();
        if is_weak(finding) {
            weak_wrong *= wrong;
        } else {
            weight_of_weak = 1.0;
            all_wrong *= wrong;
        }
    }
    all_wrong *= 1.0 - (1.0_f64 - weak_wrong).min(WEAK_CAP) * weight_of_weak;
    1.0 - all_wrong
}

/// Whether a claim is more likely wrong than right, or context.
fn is_weak(finding: &Finding) -> bool {
    finding.response == Some(Tier::Observe) || finding.confidence.value() < WEAK
}

/// The line of evidence that a finding belongs to: all claims of one behaviour rest on what it
/// remembers of the subject, so that its single calls and their burst are one line; a rule and
/// another monitor's finding are a line of their own.
fn line_of(finding: &Finding) -> &str {
    let id = &*finding.rule.id;
    match finding.rule.source {
        FindingSource::Behaviour => id.split_once('.').map_or(id, |(behaviour, _)| behaviour),
        FindingSource::Sigma | FindingSource::Alert => id,
    }
}

fn drop_weakest(findings: &mut Vec<Finding>) {
    let weakest = findings
        .iter()
        .enumerate()
        .min_by(|(_, a), (_, b)| {
            a.confidence
                .value()
                .total_cmp(&b.confidence.value())
                .then_with(|| (a.time, &a.id).cmp(&(b.time, &b.id)))
        })
        .map(|(index, _)| index);
    if let Some(index) = weakest {
        findings.remove(index);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::sample::{finding, place};
    use interlock_model::{IdentityId, Resolution};
    use proptest::prelude::*;

    #[track_caller]
    fn check(findings: &[(&str, f64, &[u64])], expect: &str) {
        let findings: Vec<Finding> = findings
            .iter()
            .enumerate()
            .map(|(index, (rule, confidence, records))| {
                let mut it = finding(rule, *confidence, index as u64);
                if let Some(name) = rule.strip_prefix("rule ") {
                    (it.rule.id, it.rule.source) = (name.into(), FindingSource::Sigma);
                }
                it.evidence = records.iter().map(|it| place(*it)).collect();
                it
            })
            .collect();
        assert_eq!(format!("{:.4}", combined(&findings).value()), expect);
    }

    #[test]
    fn independent_claims_add_up_and_repetitions_do_not() {
        check(&[], "0.0000");
        check(&[("a", 0.7, &[1])], "0.7000");
        check(&[("a", 0.7, &[1]), ("b", 0.6, &[2])], "0.8800");
        check(&[("a", 0.7, &[1]), ("a", 0.6, &[2])], "0.7000");
        check(&[("a", 0.7, &[1]), ("b", 0.6, &[1])], "0.7000");
        check(&[("a", 0.7, &[1, 2]), ("b", 0.6, &[2, 3]), ("c", 0.5, &[3])], "0.8500");
        check(&[("a", 1.0, &[1])], "0.9900");
        check(&[("a", 0.95, &[1]), ("b", 0.95, &[2]), ("c", 0.95, &[3])], "0.9900");
        check(&[("a", 0.7, &[]), ("b", 0.7, &[])], "0.9100");
    }

    #[test]
    fn what_ties_claims_together_never_makes_less_sure() {
        let (one, other) = (("rule a", 0.75, &[1_u64][..]), ("rule b", 0.5, &[2_u64][..]));
        let tie = |confidence| ("rule c", confidence, &[1_u64, 2, 3][..]);
        check(&[one, other], "0.8750");
        check(&[one, other, tie(0.6)], "0.8750");
        check(&[one, other, tie(0.8)], "0.8750");
        check(&[one, other, tie(0.9)], "0.9000");
        // Remarks on the same records change nothing about that.
        check(&[one, other, tie(0.8), ("rule d", 0.02, &[2])], "0.8750");
        // A burst is no such claim: its single calls are of its own line.
        check(&[("a", 0.6, &[1]), ("b", 0.6, &[2]), ("c", 0.7, &[1, 2, 3])], "0.7000");
    }

    #[test]
    fn a_line_takes_the_records_of_all_its_claims() {
        // The third rests on a record of the second, which is of the first one's line.
        check(&[("a", 0.7, &[1]), ("a", 0.6, &[2]), ("c", 0.5, &[2])], "0.7000");
        // But a weaker claim that touches both of two strong ones does not make one of them.
        check(&[("a", 0.7, &[1]), ("b", 0.6, &[2]), ("c", 0.5, &[1, 2])], "0.8800");
        check(&[("a", 0.7, &[1]), ("b", 0.6, &[2]), ("a", 0.5, &[2])], "0.8800");
    }

    #[test]
    fn claims_of_one_behaviour_are_one_line_of_evidence() {
        // A burst names its last record; its single calls were said before, some of them hours ago.
        let burst = ("first_seen_call.burst", 0.6, &[9_u64][..]);
        let calls = ("first_seen_call.new_call", 0.5, &[3_u64, 8][..]);
        let rare = ("peer_rare_call", 0.5, &[3_u64][..]);
        check(&[burst, calls, rare], "0.6000");
        check(&[burst, calls, ("peer_rare_call", 0.5, &[4])], "0.8000");
        let mut rule = finding("0.a", 0.7, 1);
        let mut other = finding("0.b", 0.6, 2);
        for it in [&mut rule, &mut other] {
            it.rule.source = FindingSource::Alert;
        }
        assert_eq!(format!("{:.4}", combined(&[rule, other]).value()), "0.8800");
    }

    #[test]
    fn context_alone_convinces_nobody() {
        let context = |n: u64| {
            let mut it = finding(&format!("c{n}"), 0.25, n);
            it.evidence = vec![place(n)];
            it.response = Some(Tier::Observe);
            it
        };
        let mut all: Vec<Finding> = (0..20).map(context).collect();
        let least = format!("{:.4}", WEAK_CAP * WEAK_ALONE);
        assert_eq!(format!("{:.4}", combined(&all).value()), least);
        all.iter_mut().for_each(|it| it.response = None);
        assert_eq!(format!("{:.4}", combined(&all).value()), least);
        all[0].confidence = Confidence::new(0.1);
        assert_eq!(format!("{:.3}", combined(&all[..1]).value()), "0.025");
        let mut claim = finding("claim", 0.5, 99);
        claim.evidence = vec![place(99)];
        all.push(claim);
        assert_eq!(format!("{:.2}", combined(&all).value()), "0.60");
    }

    #[test]
    fn an_update_replaces_and_a_closed_case_stays_closed() {
        let first = finding("a", 0.5, 1);
        let case = admit(None, first.clone(), "idn_ci");
        let mut update = first.clone();
        update.confidence = Confidence::new(0.8);
        update.last = "2026-01-01T05:00:00Z".parse().unwrap();
        let updated = admit(Some(case.clone()), update, "idn_ci");
        assert_eq!(updated.id, case.id);
        assert_eq!(updated.findings.len(), 1);
        assert_eq!(updated.confidence.value(), 0.8);
        assert_eq!(updated.updated.to_string(), "2026-01-01T05:00:00Z");

        let mut closed = case.clone();
        closed.state = CaseState::Closed { by: "ann".to_owned(), why: "a test".to_owned() };
        let second = admit(Some(closed), finding("b", 0.5, 2), "idn_ci");
        assert_ne!(second.id, case.id);
        assert_eq!(second.findings.len(), 1);
    }

    #[test]
    fn the_weakest_leaves_a_full_case() {
        let mut case = None;
        for index in 0..250 {
            let confidence = 0.1 + 0.8 * (f64::from(index) / 250.0);
            case = Some(admit(case, finding("a", confidence, index as u64), "idn_ci"));
        }
        let case = case.unwrap();
        assert_eq!(case.findings.len(), CASE_FINDINGS);
        assert!(case.findings.iter().all(|it| it.confidence.value() > 0.25));
    }

    #[test]
    fn a_case_is_kept_by_identity_then_credential_then_principal() {
        let mut it = finding("a", 0.5, 1);
        it.resolution = Resolution::Known { identity: "idn_ci".parse::<IdentityId>().unwrap() };
        assert_eq!(subject_key(&it), "idn_ci");
        it.resolution = Resolution::Unknown;
        assert_eq!(subject_key(&it), "credential:aws:access-key:AKIAIOSFODNN7EXAMPLE");
        it.credential = None;
        assert_eq!(subject_key(&it), "principal:aws:arn:aws:iam::111122223333:user/ci");
        it.principal = None;
        assert_eq!(subject_key(&it), "rule:a");
    }

    proptest! {
        #[test]
        fn the_order_of_arrival_does_not_matter(
            mut claims in prop::collection::vec((0..4u8, 0.0..1.0f64, 0..6u64), 1..12),
            turn in 0..12usize,
        ) {
            let build = |claims: &[(usize, (u8, f64, u64))]| {
                let mut case = None;
                for (index, (rule, confidence, record)) in claims {
                    let mut it = finding(&format!("r{rule}"), *confidence, *index as u64);
                    it.evidence = vec![place(*record)];
                    case = Some(admit(case, it, "idn_ci"));
                }
                case.unwrap()
            };
            let mut numbered: Vec<_> = claims.drain(..).enumerate().collect();
            let one = build(&numbered);
            let turn = turn % numbered.len();
            numbered.rotate_left(turn);
            let two = build(&numbered);
            prop_assert_eq!(one.confidence, two.confidence);
            prop_assert_eq!(one.findings, two.findings);
            prop_assert!(one.confidence.value() <= CONFIDENCE_CAP);
        }
    }
}
