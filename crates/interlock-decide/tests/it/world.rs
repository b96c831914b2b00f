//! Identities, findings and contents to decide with.

use interlock_decide::{Playbooks, Policies, Question, admit, decide, starter, subject_key};
use interlock_model::{
    ActionKind, BlastRadius, Case, Confidence, CredentialKind, CredentialRef, Decision, Dependent,
    Environment, EnvironmentBasis, Finding, FindingId, FindingSource, Identity, IdentityKind, Mode,
    Origin, Ownership, Place, Principal, Provenance, Resolution, RuleRef, Severity, Standing,
    Target, Timestamp,
};
use std::sync::Arc;

/// Everything that one decision rests on, to be changed field by field.
#[derive(Debug, Clone)]
pub struct World {
    pub identity: Identity,
    pub resolution: Resolution,
    pub findings: Vec<Finding>,
    pub owner_known: bool,
    pub blast_radius: BlastRadius,
    pub mode: Mode,
    pub disproven: Vec<ActionKind>,
    pub standing: Standing,
    pub ways_in: Vec<Target>,
    pub sessions: Vec<Target>,
    pub deletes: Vec<Target>,
    pub now: Timestamp,
}

impl World {
    /// A machine of `kind` there, accused with one finding on its access key.
    pub fn new(kind: IdentityKind, environment: Environment, confidence: f64) -> Self {
        let identity = identity(kind, environment);
        Self {
            resolution: Resolution::Known { identity: identity.id.clone() },
            identity,
            findings: vec![finding("token_abuse.new_network", confidence)],
            owner_known: true,
            blast_radius: BlastRadius::None,
            mode: Mode::Enforce,
            disproven: Vec::new(),
            standing: Standing::Clear,
            ways_in: Vec::new(),
            sessions: Vec::new(),
            deletes: Vec::new(),
            now: "2026-01-01T12:00:00Z".parse().unwrap(),
        }
    }

    pub fn case(&self) -> Case {
        let mut case = None;
        for finding in &self.findings {
            let mut finding = finding.clone();
            finding.resolution = self.resolution.clone();
            let key = subject_key(&finding);
            case = Some(admit(case, finding, &key));
        }
        case.unwrap()
    }

    pub fn decide(&self, content: &Content) -> Decision {
        let question = Question {
            case: &self.case(),
            identity: Some(&self.identity).filter(|_| self.resolution.identity().is_some()),
            owner_known: self.owner_known,
            criticality: None,
            blast_radius: &self.blast_radius,
            mode: self.mode,
            disproven: &self.disproven,
            standing: self.standing,
            ways_in: &self.ways_in,
            sessions: &self.sessions,
            deletes: &self.deletes,
            now: self.now,
        };
        decide(&question, &content.playbooks, &content.policies)
    }
}

/// Playbooks and policies that go together.
#[derive(Debug)]
pub struct Content {
    pub playbooks: Playbooks,
    pub policies: Policies,
}

impl Content {
    pub fn starter() -> Self {
        let owned = |files: &[(&str, &str)]| files.iter().map(|it| owned(*it)).collect::<Vec<_>>();
        let (playbooks, problems) = Playbooks::load(&owned(starter::PLAYBOOKS));
        assert_eq!(problems, []);
        let (policies, problems) = Policies::load(&owned(starter::POLICIES));
        assert_eq!(problems, []);
        Self { playbooks, policies: policies.unwrap() }
    }

    /// One playbook and one file of policies.
    pub fn of(playbook: &str, policies: &str) -> Self {
        let (playbooks, problems) = Playbooks::load(&[owned(("test.yaml", playbook))]);
        assert_eq!(problems, []);
        let (policies, problems) = Policies::load(&[owned(("test.cedar", policies))]);
        assert_eq!(problems, []);
        Self { playbooks, policies: policies.unwrap() }
    }
}

/// Lets everything pass, so that only the house's own rules hold anybody back.
pub const ANYTHING: &str = "@id(\"anything\") permit(principal, action, resource);";

pub fn owned(file: (&str, &str)) -> (Arc<str>, String) {
    (file.0.into(), file.1.to_owned())
}

pub fn identity(kind: IdentityKind, environment: Environment) -> Identity {
    Identity {
        id: "idn_ci".parse().unwrap(),
        kind,
        name: "ci".to_owned(),
        environment,
        environment_basis: EnvironmentBasis::Declared,
        owner: Ownership::Declared { owner: "own_platform".parse().unwrap() },
        principals: vec![Principal::new("aws", "arn:aws:iam::111122223333:user/ci")],
        credentials: Vec::new(),
        entitlements: Vec::new(),
        dependents: Vec::new(),
        lineage: Vec::new(),
        protected: false,
        provenance: Provenance::Declared,
        departed: None,
        canary: false,
    }
}

/// A finding on the machine's access key. Its id and its evidence follow from the rule.
pub fn finding(rule: &str, confidence: f64) -> Finding {
    let time: Timestamp = "2026-01-01T11:00:00Z".parse().unwrap();
    Finding {
        id: FindingId::derive(&[rule]),
        rule: RuleRef { id: rule.into(), name: rule.into(), source: FindingSource::Behaviour },
        title: format!("{rule} was seen"),
        confidence: Confidence::new(confidence),
        severity: Severity::High,
        techniques: vec!["T1078.004".into()],
        time,
        last: time,
        resolution: Resolution::Unknown,
        principal: Some(Principal::new("aws", "arn:aws:iam::111122223333:user/ci")),
        credential: Some(key(CredentialKind::AccessKey, "AKIAIOSFODNN7EXAMPLE")),
        session: None,
        chain: Vec::new(),
        origin: Origin::default(),
        evidence: vec![Place { file: rule.into(), record: 0 }],
        facts: Vec::new(),
        response: None,
        artefacts: Vec::new(),
        let_in: None,
    }
}

pub fn key(kind: CredentialKind, id: &str) -> CredentialRef {
    CredentialRef::new("aws", kind, id)
}

pub fn session_finding(rule: &str, confidence: f64) -> Finding {
    let mut it = finding(rule, confidence);
    it.principal = Some(Principal::new("aws", "arn:aws:iam::111122223333:role/deploy"));
    it.credential = Some(key(CredentialKind::SessionKey, "ASIAIOSFODNN7EXAMPLE"));
    it
}

pub fn breaks(production: bool, count: usize) -> BlastRadius {
    let one = |index: usize| Dependent {
        name: format!("service-{index}"),
        basis: "declared".to_owned(),
        last_used: None,
        production,
    };
    let dependents = (0..count).map(one).collect();
    if production {
        BlastRadius::Production { dependents }
    } else {
        BlastRadius::Contained { dependents }
    }
}

/// A decision in one line: verdict, tier, consent, intents.
pub fn line(it: &Decision) -> String {
    let intents: Vec<String> = it.intents.iter().map(ToString::to_string).collect();
    let intents = if intents.is_empty() { "-".to_owned() } else { intents.join(" + ") };
    format!("{} {} {}: {intents}", it.verdict, it.tier, it.consent)
        .replace("arn:aws:iam::111122223333:", "")
}
