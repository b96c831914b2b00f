//! What an accused identity made for somebody else becomes a finding of its own.
//!
//! A key that an intruder made for another user goes on working when the intruder's is gone. It is
//! bound, decided and contained like anything else, under the policies of whoever it belongs to.

use interlock_identity::Directory;
use interlock_model::{
    Actor, Artefact, Confidence, CredentialKind, Finding, FindingId, FindingSource, PrincipalKind,
    Resolution, RuleRef, SessionRef, Severity, Tier,
};

/// The rule id of such a finding.
pub(crate) const MADE_BY_ACCUSED: &str = "made_by_accused";

/// A case this sure makes suspicious what its subject made.
const SURE: f64 = 0.7;
/// The maker may be guilty and the thing innocent: this much is left of the maker's confidence.
const LEFT: f64 = 0.8;

/// The findings on what this one's subject made for others. Made from one finding or its updates,
/// they have the same ids. `sure` is the confidence of the case that the finding is in.
pub(crate) fn findings(
    directory: &mut Directory,
    maker: &Finding,
    sure: Confidence,
) -> Vec<Finding> {
    if sure.value() < SURE || &*maker.rule.id == MADE_BY_ACCUSED {
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
        all.push(finding(maker, sure, artefact, &name, binding.resolution, actor));
    }
    all
}

fn finding(
    maker: &Finding,
    sure: Confidence,
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
        confidence: Confidence::new(sure.value() * LEFT),
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
            ("because_of".to_owned(), maker.title.clone()),
        ],
        response: Some(Tier::Restrict),
        artefacts: Vec::new(),
    }
}
