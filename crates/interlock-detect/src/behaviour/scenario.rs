//! Scenarios: days of life and an intrusion in lines that a person can read, and what is found.
//!
//! `scenarios/<name>.txt` beside a behaviour holds the story, `<name>.expect` the findings.
//! One line is `[dDAY] HH:MM[:SS] actor credential address client service:Operation outcome [field=value…]`;
//! `every 30m for 48h` before it repeats it; `late` delivers it after all others. Other lines: `geo`, `egress`, `identity`, `revoked`, `restored`.
//! An actor with a provider before its name (`okta:ana`) is one of that platform's log. A field is a path of the record; `session`, `object`, `via`, `issues`, `account` and `source` are of the event.

use crate::geo::{Geo, Whereabouts};
use crate::sigma::RuleSet;
use crate::{BehaviourConfig, Detectors};
use expect_test::expect_file;
use interlock_model::{
    Actor, Binding, CredentialKind, CredentialRef, Entitlement, Environment, EnvironmentBasis,
    Event, EventId, FieldPlan, FieldValue, FieldsBuilder, Finding, Identity, IdentityId,
    IdentityKind, Issued, LineageEdge, LineageKind, Object, Origin, Outcome, OwnerId, Ownership,
    Place, Principal, PrincipalKind, Provenance, RefusalStage, Resolution, RiskClass, SessionRef,
    Timestamp,
};
use ipnet::IpNet;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

const ACCOUNT: &str = "111122223333";
/// The log source of each provider.
const SOURCES: [(&str, &str); 12] = [
    ("ad", "windows_security"),
    ("aws", "aws_cloudtrail"),
    ("azure", "azure_activity"),
    ("entra", "entra_audit"),
    ("github", "github_audit"),
    ("google", "gcp_audit"),
    ("kubernetes", "kubernetes_audit"),
    ("ldap", "openldap_accesslog"),
    ("okta", "okta_system_log"),
    ("postgresql", "postgresql_log"),
    ("vault", "vault_audit"),
    ("workspace", "google_workspace"),
];
const MIDNIGHT: &str = "2026-03-02T00:00:00Z";

/// A story, read.
#[derive(Debug, Default)]
pub(crate) struct Story {
    acts: Vec<Act>,
    places: Vec<(IpNet, Whereabouts)>,
    egress: Vec<IpNet>,
    identities: BTreeMap<String, Identity>,
}

#[derive(Debug, Clone)]
enum Act {
    Seen(Box<Line>),
    Revoked(CredentialRef, i64),
    Restored(CredentialRef, i64),
}

impl Act {
    fn second(&self) -> i64 {
        match self {
            Self::Seen(it) => it.second,
            Self::Revoked(_, second) | Self::Restored(_, second) => *second,
        }
    }
}

/// One event in short.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    pub(crate) second: i64,
    pub(crate) actor: String,
    pub(crate) credential: String,
    pub(crate) address: String,
    pub(crate) client: String,
    pub(crate) call: String,
    pub(crate) outcome: String,
    pub(crate) fields: Vec<(String, String)>,
}

struct Map(Vec<(IpNet, Whereabouts)>);

impl Geo for Map {
    fn locate(&self, address: IpAddr) -> Option<Whereabouts> {
        self.0.iter().find(|(net, _)| net.contains(&address)).map(|(_, it)| it.clone())
    }
}

#[test]
fn every_scenario_is_told_as_expected() {
    for behaviour in super::registry::BEHAVIOURS {
        for path in scenarios(behaviour.spec.name) {
            let story = Story::read(&std::fs::read_to_string(&path).unwrap());
            let told = story.tell(behaviour.spec.name, Manner::Straight);
            expect_file![path.with_extension("expect")].assert_eq(&told);
            for manner in [Manner::Interrupted, Manner::Twice] {
                let again = story.tell(behaviour.spec.name, manner);
                assert_eq!(told, again, "{manner:?}: {}", path.display());
            }
        }
    }
}

pub(crate) fn scenarios(behaviour: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/behaviour").join(behaviour);
    let entries = std::fs::read_dir(folder.join("scenarios")).unwrap();
    let mut paths: Vec<_> = entries.map(|it| it.unwrap().path()).collect();
    paths.retain(|it| it.extension().is_some_and(|it| it == "txt"));
    paths.sort();
    paths
}

/// How a story is told. The findings must not depend on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Manner {
    Straight,
    /// Stored and read back at every hundredth event.
    Interrupted,
    /// Every event arrives twice.
    Twice,
}

impl Story {
    fn detectors(&self) -> Detectors {
        let config =
            BehaviourConfig { known_egress: self.egress.clone(), ..BehaviourConfig::standard() };
        let geo: Option<Box<dyn Geo + Send + Sync>> = match self.places.is_empty() {
            true => None,
            false => Some(Box::new(Map(self.places.clone()))),
        };
        Detectors::new(RuleSet::load(&[]).0, config, geo)
    }

    fn tell(&self, behaviour: &str, manner: Manner) -> String {
        let mut detectors = self.detectors();
        let mut out = Vec::new();
        for (number, act) in self.acts.iter().enumerate() {
            match act {
                Act::Seen(line) => {
                    let (event, binding) = line.event(number, detectors.plan());
                    let identity = self.identities.get(line.short_name());
                    let times = if manner == Manner::Twice { 2 } else { 1 };
                    for _ in 0..times {
                        detectors.inspect(&event, &binding, identity, &mut out);
                    }
                }
                Act::Revoked(credential, second) => detectors.revoked(credential, time(*second)),
                Act::Restored(credential, _) => detectors.restored(credential),
            }
            if manner == Manner::Interrupted && number % 100 == 99 {
                let snapshot = detectors.snapshot();
                detectors = self.detectors();
                detectors.restore(&snapshot).unwrap();
                assert!(detectors.snapshot() == snapshot, "restored is not the same");
            }
        }
        detectors.flush(&mut out);
        render(behaviour, &out)
    }

    fn read(text: &str) -> Self {
        let mut story = Self::default();
        let mut late = Vec::new();
        for line in text.lines().map(str::trim).filter(|it| !it.is_empty() && !it.starts_with('#'))
        {
            let words: Vec<&str> = line.split_whitespace().collect();
            match words[0] {
                "geo" => story.places.push((words[1].parse().unwrap(), place(&words[2..]))),
                "egress" => story.egress.push(words[1].parse().unwrap()),
                "identity" => {
                    let more = declared(identity(words[1], words[2]), &words[3..]);
                    story.identities.insert(words[1].to_owned(), more);
                }
                "revoked" | "restored" => {
                    let (second, rest) = when(&words[1..]);
                    let it = credential(rest[0]);
                    story.acts.push(match words[0] {
                        "revoked" => Act::Revoked(it, second),
                        _ => Act::Restored(it, second),
                    });
                }
                "every" => {
                    let (step, span) = (duration(words[1]), duration(words[3]));
                    let line = Line::read(&words[4..]);
                    for n in 0..span / step {
                        let second = line.second + n * step;
                        story.acts.push(Act::Seen(Box::new(Line { second, ..line.clone() })));
                    }
                }
                "late" => late.push(Act::Seen(Box::new(Line::read(&words[1..])))),
                _ => story.acts.push(Act::Seen(Box::new(Line::read(&words)))),
            }
        }
        story.acts.sort_by_key(Act::second);
        story.acts.extend(late);
        story
    }
}

impl Line {
    fn read(words: &[&str]) -> Self {
        let (second, rest) = when(words);
        let fields = rest[6..].iter().map(|it| it.split_once('=').unwrap());
        Self {
            second,
            actor: rest[0].to_owned(),
            credential: rest[1].to_owned(),
            address: rest[2].to_owned(),
            client: rest[3].replace('_', " "),
            call: rest[4].replace('~', " "),
            outcome: rest[5].to_owned(),
            fields: fields
                .map(|(name, value)| (name.to_owned(), value.replace('~', " ")))
                .collect(),
        }
    }

    /// The name without provider, `role/` and session.
    fn short_name(&self) -> &str {
        if let Some((_, name)) = self.actor.split_once(':') {
            return name;
        }
        self.actor.strip_prefix("role/").map_or(&*self.actor, |it| it.split('/').next().unwrap())
    }

    pub(crate) fn event(&self, number: usize, plan: &FieldPlan) -> (Event, Binding) {
        let name = self.short_name();
        let field = |name: &str| {
            self.fields.iter().find(|(field, _)| field == name).map(|(_, it)| it.as_str())
        };
        let (principal, kind, session) = match self.actor.strip_prefix("role/") {
            Some(rest) => {
                let session = rest.split_once('/').map(|(_, it)| it).unwrap_or("session");
                let session = format!("arn:aws:sts::{ACCOUNT}:assumed-role/{name}/{session}");
                let role = format!("arn:aws:iam::{ACCOUNT}:role/{name}");
                (Principal::new("aws", &role), PrincipalKind::Role, Some(session))
            }
            None => {
                let user = format!("arn:aws:iam::{ACCOUNT}:user/{name}");
                let principal = match self.actor.contains(':') {
                    true => Principal::from_text(&self.actor).unwrap(),
                    false => Principal::new("aws", &user),
                };
                (principal, PrincipalKind::User, field("session").map(str::to_owned))
            }
        };
        let session = session.map(|id| SessionRef { id: id.into(), issued: None, mfa: None });
        let via: Vec<Principal> = field("via")
            .map(|it| it.split(',').map(|it| Principal::from_text(it).unwrap()).collect())
            .unwrap_or_default();
        let objects = self.fields.iter().filter(|(name, _)| name == "object").map(|(_, it)| {
            let (kind, name) = it.split_once('/').unwrap();
            Object { kind: kind.into(), name: name.into() }
        });
        let account: Box<str> = field("account").unwrap_or(ACCOUNT).into();
        let source = field("source").unwrap_or(&principal.provider);
        let source = SOURCES.iter().find(|(it, _)| *it == source).unwrap().1;
        let credential = (self.credential != "-").then(|| credential(&self.credential));
        let (service, operation) = self.call.split_once(':').unwrap();
        let mut fields = FieldsBuilder::new("{}".into());
        let mut issued = Vec::new();
        for (field, value) in &self.fields {
            if field == "issues" {
                issued.push(Issued {
                    credential: super::scenario::credential(value),
                    to: principal.clone(),
                    session: None,
                    expires: None,
                });
            } else if let Some(slot) =
                plan.find(field).or_else(|| plan.find(&format!("requestParameters.{field}")))
            {
                fields.push(slot, FieldValue::Text(value));
            }
        }
        let code = "AccessDenied".into();
        let outcome = match self.outcome.as_str() {
            "ok" => Outcome::Success,
            "failed" => Outcome::Failed { code: "NoSuchEntity".into() },
            "denied" => Outcome::Refused { code, stage: RefusalStage::Permission },
            "forbidden" => Outcome::Refused { code, stage: RefusalStage::ExplicitDeny },
            "dead" => Outcome::Refused { code, stage: RefusalStage::Credential },
            other => panic!("outcome {other}"),
        };
        let binding = Binding {
            resolution: Resolution::Known { identity: id_of(name) },
            principal: Some(principal.clone()),
            credential: credential.clone(),
            session: session.clone(),
            chain: via.clone(),
        };
        let event = Event {
            id: EventId::derive(&["scenario", &number.to_string()]),
            source,
            place: Place { file: "scenario".into(), record: number as u64 },
            time: time(self.second),
            actor: Arc::new(Actor {
                principal: Some(principal),
                kind,
                name: name.into(),
                credential,
                session,
                via,
                account: Some(account.clone()),
            }),
            service: match source {
                "aws_cloudtrail" => format!("{service}.amazonaws.com").into(),
                _ => service.into(),
            },
            operation: operation.into(),
            objects: objects.collect(),
            outcome,
            origin: Origin {
                address: self.address.parse().ok(),
                service: self.address.ends_with(".com").then(|| self.address.as_str().into()),
                user_agent: Some(self.client.as_str().into()),
            },
            issued,
            read_only: None,
            account: Some(account),
            region: Some("eu-north-1".into()),
            fields: fields.finish(),
        };
        (event, binding)
    }
}

/// The last form of each finding of this behaviour, by time.
fn render(behaviour: &str, findings: &[Finding]) -> String {
    let own = |it: &&Finding| it.rule.id.split('.').next() == Some(behaviour);
    let mut last: BTreeMap<_, &Finding> = BTreeMap::new();
    for finding in findings.iter().filter(own) {
        last.insert((finding.time, &finding.rule.id, &finding.id), finding);
    }
    let mut text = String::new();
    for finding in last.into_values() {
        let second = finding.time.as_second() - midnight();
        let (day, minute) = (second / 86_400, second / 60 % 1440);
        let _ = writeln!(
            text,
            "d{day} {:02}:{:02} {} {:.2} {}\n    {}",
            minute / 60,
            minute % 60,
            finding.rule.id,
            finding.confidence.value(),
            finding.credential.as_ref().map_or("-", CredentialRef::id),
            finding.title,
        );
        for (name, value) in &finding.facts {
            let _ = writeln!(text, "      {name}: {value}");
        }
    }
    if text.is_empty() { "nothing\n".to_owned() } else { text }
}

pub(crate) fn credential(id: &str) -> CredentialRef {
    if let Some(credential) = CredentialRef::from_text(id) {
        return credential;
    }
    let kind =
        if id.starts_with("ASIA") { CredentialKind::SessionKey } else { CredentialKind::AccessKey };
    CredentialRef::new("aws", kind, id)
}

fn id_of(name: &str) -> IdentityId {
    let plain = |it: char| if it.is_ascii_alphanumeric() { it } else { '-' };
    format!("idn_{}", name.chars().map(plain).collect::<String>()).parse().unwrap()
}

/// An owned identity of this name; `human`, `machine`, or anything else for nobody's.
pub(crate) fn identity(name: &str, what: &str) -> Identity {
    let owner: OwnerId = "own_platform".parse().unwrap();
    Identity {
        id: id_of(name),
        kind: match what {
            "human" => IdentityKind::Human,
            "agent" => IdentityKind::Agent,
            "pipeline" => IdentityKind::Pipeline,
            _ => IdentityKind::ServiceAccount,
        },
        name: name.to_owned(),
        environment: Environment::Production,
        environment_basis: EnvironmentBasis::Declared,
        owner: match what {
            "nobody" => Ownership::Unowned,
            _ => Ownership::Declared { owner },
        },
        principals: Vec::new(),
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

/// What more is declared of an identity: `canary`, `departed=d3`, `grant=name:risk`,
/// `assumed_by=provider:name`.
fn declared(mut identity: Identity, more: &[&str]) -> Identity {
    for word in more {
        let (key, value) = word.split_once('=').unwrap_or((word, ""));
        match key {
            "canary" => identity.canary = true,
            "departed" => {
                let days: i64 = value.trim_start_matches('d').parse().unwrap();
                identity.departed = Some(time(days * 86_400));
            }
            "grant" => {
                let (grant, risk) = value.split_once(':').unwrap();
                identity.entitlements.push(Entitlement {
                    grant: grant.to_owned(),
                    scope: "*".to_owned(),
                    through: "declared".to_owned(),
                    risk: match risk {
                        "read" => RiskClass::Read,
                        "write" => RiskClass::Write,
                        "secrets" => RiskClass::Secrets,
                        _ => RiskClass::Admin,
                    },
                });
            }
            "assumed_by" => identity.lineage.push(LineageEdge {
                kind: LineageKind::AssumedBy,
                to: Principal::from_text(value).unwrap(),
                seen: None,
                shown_by: None,
                declared: true,
            }),
            other => panic!("nothing is called {other}"),
        }
    }
    identity
}

fn place(words: &[&str]) -> Whereabouts {
    Whereabouts {
        latitude: words[0].parse().unwrap(),
        longitude: words[1].parse().unwrap(),
        radius_km: words[2].parse().unwrap(),
        country: Some(words[3].into()),
        asn: Some(words[4].parse().unwrap()),
        as_org: Some(words[5].into()),
        hosting: words.get(6) == Some(&"hosting"),
    }
}

fn when<'a, 'b>(words: &'b [&'a str]) -> (i64, &'b [&'a str]) {
    let day = words[0].strip_prefix('d').and_then(|it| it.parse::<i64>().ok());
    let rest = if day.is_some() { &words[1..] } else { words };
    let clock: Vec<i64> = rest[0].split(':').map(|it| it.parse().unwrap()).collect();
    let second = clock[0] * 3600 + clock[1] * 60 + clock.get(2).unwrap_or(&0);
    (day.unwrap_or(0) * 86_400 + second, &rest[1..])
}

fn duration(word: &str) -> i64 {
    let (number, unit) = word.split_at(word.len() - 1);
    number.parse::<i64>().unwrap() * if unit == "h" { 3600 } else { 60 }
}

fn midnight() -> i64 {
    MIDNIGHT.parse::<Timestamp>().unwrap().as_second()
}

fn time(second: i64) -> Timestamp {
    Timestamp::from_second(midnight() + second).unwrap()
}
