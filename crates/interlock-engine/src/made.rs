//! What an accused identity made for somebody else becomes a finding of its own.
//!
//! A key that an intruder made for another user goes on working when the intruder's is gone. It is
//! bound, decided and contained like anything else, under the policies of whoever it belongs to.

use interlock_decide::combined;
use interlock_identity::Directory;
use interlock_model::{
    Actor, Artefact, Case, Confidence, CredentialKind, CredentialRef, Finding, FindingId,
    FindingSource, PrincipalKind, Resolution, RuleRef, SessionRef, Severity, Tier,
};

/// The rule id of such a finding.
pub(crate) const MADE_BY_ACCUSED: &str = "made_by_accused";

/// A case this sure makes suspicious what its subject made.
const SURE: f64 = 0.7;
/// A finding less sure than this is a remark, and says little of where it came from.
const TELLING: f64 = 0.3;
/// The maker may be guilty and the thing innocent: this much is left of the maker's confidence. What a
/// machine made in one burst of strange calls (0.85) is still worth an answer: playbooks restrict from 0.7.
const LEFT: f64 = 0.85;

/// Whether a finding names what somebody else can use.
pub(crate) fn names_others(maker: &Finding) -> bool {
    maker.artefacts.iter().any(|it| it.credential.is_some() && it.principal.is_some())
}

/// What makes suspicious what a finding names.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Suspicion {
    /// How sure the case is of who the finding is about.
    pub(crate) sure: Confidence,
    /// The title of the surest finding that says so.
    pub(crate) because_of: String,
}

/// What the case says of who this finding of it is about, where that makes suspicious what it names.
///
/// Many act as one role, each with a session: only findings on the same one count. And the owner of a
/// stolen credential goes on working: a remark counts only beside a telling finding from its place.
pub(crate) fn suspicion(maker: &Finding, case: &Case) -> Option<Suspicion> {
    let temporary =
        maker.credential.as_ref().and_then(CredentialRef::kind) == Some(CredentialKind::SessionKey);
    let counts = |it: &&Finding| !temporary || may_be_one(it, maker);
    let sure =
        if temporary { combined(case.findings.iter().filter(counts)) } else { case.confidence };
    let telling = |it: &Finding| it.confidence.value() >= TELLING;
    let from_there =
        |it: &Finding| maker.origin.address.is_none() || it.origin.address == maker.origin.address;
    let implicated = telling(maker) || case.findings.iter().any(|it| telling(it) && from_there(it));
    if sure.value() < SURE || !implicated {
        return None;
    }
    let surest = case.findings.iter().filter(counts).max_by(|a, b| {
        a.confidence.value().total_cmp(&b.confidence.value()).then_with(|| b.id.cmp(&a.id))
    });
    Some(Suspicion { sure, because_of: surest.unwrap_or(maker).title.clone() })
}

/// Whether two findings on one role can be about one actor.
fn may_be_one(one: &Finding, other: &Finding) -> bool {
    let session = |it: &Finding| it.session.as_ref().map(|it| it.id.clone());
    one.credential == other.credential
        || session(one).is_some() && session(one) == session(other)
        || one.origin.address.is_some() && one.origin.address == other.origin.address
}

/// The findings on what this one's subject made for others. Made from one finding or its updates,
/// they have the same ids.
pub(crate) fn findings(
    directory: &mut Directory,
    maker: &Finding,
    suspicion: &Suspicion,
) -> Vec<Finding> {
    if &*maker.rule.id == MADE_BY_ACCUSED {
        return Vec::new();
    }
    let Some(accused) = maker.resolution.identity().cloned() else { return Vec::new() };
    let name =
        directory.identity(&accused).map_or_else(|| accused.to_string(), |it| it.name.clone());
    let mut all = Vec::new();
    for artefact in &maker.artefacts {
        let (Some(credential), Some(principal)) = (&artefact.credential, &artefact.principal)
        else {
            continue;
        };
        let temporary = credential.kind() == Some(CredentialKind::SessionKey);
        let actor = Actor {
            principal: Some(principal.clone()),
            kind: PrincipalKind::Unknown,
            credential: Some(credential.clone()),
            session: temporary.then(|| SessionRef {
                id: credential.id().into(),
                issued: Some(artefact.time),
                mfa: None,
            }),
            ..Actor::default()
        };
        let binding = directory.bind_actor(&actor, None, artefact.time);
        if binding.resolution.identity() == Some(&accused) {
            continue;
        }
        all.push(finding(maker, suspicion, artefact, &name, binding.resolution, actor));
    }
    all
}

fn finding(
    maker: &Finding,
    suspicion: &Suspicion,
    artefact: &Artefact,
    by: &str,
    resolution: Resolution,
    actor: Actor,
) -> Finding {
    let accused = maker.resolution.identity().map_or("", |it| it.as_str());
    let whose = artefact.principal.as_ref().map_or("", |it| &it.name);
    Finding {
        id: FindingId::derive(&[MADE_BY_ACCUSED, accused, &artefact.kind, &artefact.name]),
        rule: RuleRef {
            id: MADE_BY_ACCUSED.into(),
            name: "Made by an accused identity".into(),
            source: FindingSource::Behaviour,
        },
        title: format!("{} of `{whose}` was made by `{by}`, who is accused", artefact.kind),
        confidence: Confidence::new(suspicion.sure.value() * LEFT),
        severity: maker.severity.max(Severity::Medium),
        techniques: vec!["T1098.001".into()],
        time: artefact.time,
        last: artefact.time,
        resolution,
        principal: actor.principal,
        credential: actor.credential,
        session: actor.session,
        chain: maker.principal.iter().cloned().collect(),
        origin: maker.origin.clone(),
        evidence: vec![artefact.place.clone()],
        facts: vec![
            ("made_by".to_owned(), by.to_owned()),
            ("operation".to_owned(), artefact.operation.to_string()),
            ("because_of".to_owned(), suspicion.because_of.clone()),
        ],
        response: Some(Tier::Restrict),
        artefacts: Vec::new(),
        let_in: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use interlock_model::{CaseId, CaseState, CredentialRef, Origin, Timestamp};

    /// Credential, session, address and confidence of a finding on one role.
    type Seen<'a> = (&'a str, &'a str, &'a str, f64);

    fn seen((credential, session, address, confidence): Seen<'_>, number: usize) -> Finding {
        let kind = if credential.starts_with("ASIA") {
            CredentialKind::SessionKey
        } else {
            CredentialKind::AccessKey
        };
        let rule = format!("rule-{number}");
        Finding {
            id: FindingId::derive(&[&rule]),
            rule: RuleRef {
                id: rule.as_str().into(),
                name: "r".into(),
                source: FindingSource::Sigma,
            },
            title: "t".to_owned(),
            confidence: Confidence::new(confidence),
            severity: Severity::High,
            techniques: Vec::new(),
            time: Timestamp::UNIX_EPOCH,
            last: Timestamp::UNIX_EPOCH,
            resolution: Resolution::Unknown,
            principal: None,
            credential: Some(CredentialRef::new("aws", kind, credential)),
            session: Some(SessionRef { id: session.into(), issued: None, mfa: None }),
            chain: Vec::new(),
            origin: Origin { address: address.parse().ok(), ..Origin::default() },
            evidence: Vec::new(),
            facts: Vec::new(),
            response: None,
            artefacts: Vec::new(),
            let_in: None,
        }
    }

    /// Whether what the last of these findings names is suspicious.
    #[track_caller]
    fn check(all: &[Seen<'_>], expect: bool) {
        let findings: Vec<Finding> =
            all.iter().enumerate().map(|(number, it)| seen(*it, number)).collect();
        let maker = findings.last().unwrap().clone();
        let case = Case {
            id: CaseId::derive(&["c"]),
            resolution: Resolution::Unknown,
            subject: "deploy".to_owned(),
            confidence: combined(&findings),
            findings,
            opened: Timestamp::UNIX_EPOCH,
            updated: Timestamp::UNIX_EPOCH,
            state: CaseState::Open,
        };
        assert_eq!(suspicion(&maker, &case).is_some(), expect, "{all:?}");
    }

    #[test]
    fn what_a_colleague_makes_in_a_shared_role_accuses_nobody() {
        let thief = ("ASIA1", "s/ana", "203.0.113.7", 0.75);
        check(&[thief], true);
        check(&[thief, ("ASIA2", "s/bob", "198.51.100.7", 0.4)], false);
        // The same session, the next key of it, and whoever comes from the thief's place.
        check(&[thief, ("ASIA1", "s/ana", "198.51.100.9", 0.4)], true);
        check(&[thief, ("ASIA3", "s/ana", "198.51.100.9", 0.4)], true);
        check(&[thief, ("ASIA4", "s/eve", "203.0.113.7", 0.1)], true);
        // The owner goes on working: a remark from another place is no accusation.
        check(&[thief, ("ASIA1", "s/ana", "198.51.100.9", 0.1)], false);
        check(&[("ASIA1", "s/ana", "203.0.113.7", 0.5)], false);
    }

    #[test]
    fn a_lasting_key_stands_for_its_identity() {
        let thief = ("AKIA1", "", "203.0.113.7", 0.75);
        check(&[thief, ("AKIA2", "", "198.51.100.7", 0.4)], true);
        check(&[thief, ("AKIA2", "", "198.51.100.7", 0.1)], false);
        check(&[thief, ("AKIA1", "", "203.0.113.7", 0.1)], true);
    }
}
