//! The words that the stories are told in: small builders of model events, and short answers.

use crate::declare::{Declaration, load};
use crate::directory::Directory;
use interlock_model::{
    Actor, Binding, CredentialKind, CredentialRef, Event, EventId, FieldsBuilder, Gravity,
    Identity, Issued, Object, Origin, Outcome, Ownership, Place, Principal, PrincipalKind,
    RefusalStage, Resolution, SessionRef, Timestamp,
};
use std::sync::Arc;

pub(super) const USER: &str = "aws:arn:aws:iam::111122223333:user/ci-deploy";
pub(super) const ROLE: &str = "aws:arn:aws:iam::111122223333:role/shop-prod-deploy";
pub(super) const SECOND: &str = "aws:arn:aws:iam::444455556666:role/audit";
pub(super) const GITHUB: &str = "github:repo:acme/shop:ref:refs/heads/main";
pub(super) const AKIA: &str = "AKIAIOSFODNN7EXAMPLE";
pub(super) const ASIA: &str = "ASIAIOSFODNN7EXAMPL1";
pub(super) const ASIB: &str = "ASIAIOSFODNN7EXAMPL2";

pub(super) const DIRECTORY: &str = r#"
teams:
  - { id: own_platform, contact: platform, approvers: [ana] }
  - { id: own_shop, contact: shop }
environments:
  - { environment: production, accounts: [{ id: "111122223333" }], names: ["*-prod-*"] }
  - { environment: staging, names: ["*-staging"] }
  - { environment: development, accounts: [{ id: "777788889999", owner: own_platform }] }
identities:
  - id: idn_ci-deploy
    kind: service_account
    owner: own_platform
    principals: ["aws:arn:aws:iam::111122223333:user/ci-deploy"]
    credentials: ["aws:access-key:AKIAIOSFODNN7EXAMPLE"]
    dependents: [{ name: shop releases }]
  - id: idn_shop-pipeline
    kind: pipeline
    owner: own_shop
    principals: ["github:repo:acme/shop:*"]
protected:
  - { principal: "aws:*:root", reason: root of an account }
"#;

pub(super) fn declared(text: &str) -> Declaration {
    let (declaration, problems) = load(&[("d.yaml".into(), text.to_owned())]);
    assert!(problems.iter().all(|it| it.gravity == Gravity::Warning), "{problems:?}");
    declaration
}

pub(super) fn directory() -> Directory {
    Directory::new(declared(DIRECTORY))
}

/// The directory with more identities.
pub(super) fn directory_with(identities: &str) -> Directory {
    let text = DIRECTORY.replace("protected:", &format!("{identities}\nprotected:"));
    Directory::new(declared(&text))
}

pub(super) fn at(text: &str) -> Timestamp {
    format!("2026-03-01T{text}:00Z").parse().unwrap()
}

pub(super) fn principal(text: &str) -> Principal {
    Principal::from_text(text).unwrap()
}

pub(super) fn key(id: &str) -> CredentialRef {
    let kind =
        if id.starts_with("ASIA") { CredentialKind::SessionKey } else { CredentialKind::AccessKey };
    CredentialRef::new("aws", kind, id)
}

/// An event under construction.
#[derive(Debug, Clone)]
pub(super) struct Told(pub(super) Event);

/// Something happened at this hour and minute of the first of March.
pub(super) fn told(time: &str) -> Told {
    Told(Event {
        id: EventId::derive(&[time]),
        source: "aws_cloudtrail",
        place: Place { file: "story".into(), record: 0 },
        time: at(time),
        actor: Actor::default().into(),
        service: "s3.amazonaws.com".into(),
        operation: "GetObject".into(),
        objects: Vec::new(),
        outcome: Outcome::Success,
        origin: Origin {
            address: Some("192.0.2.10".parse().unwrap()),
            service: None,
            user_agent: Some("aws-cli/2.15".into()),
        },
        issued: Vec::new(),
        read_only: None,
        account: Some("111122223333".into()),
        region: None,
        fields: FieldsBuilder::new("{}".into()).finish(),
    })
}

impl Told {
    pub(super) fn by(mut self, kind: PrincipalKind, text: &str) -> Self {
        Arc::make_mut(&mut self.0.actor).kind = kind;
        Arc::make_mut(&mut self.0.actor).principal = Some(principal(text));
        self.0.id = EventId::derive(&[self.0.id.as_str(), text]);
        self
    }

    pub(super) fn user(self, text: &str) -> Self {
        self.by(PrincipalKind::User, text)
    }

    pub(super) fn role(self, text: &str) -> Self {
        self.by(PrincipalKind::Role, text)
    }

    pub(super) fn key(mut self, id: &str) -> Self {
        Arc::make_mut(&mut self.0.actor).credential = Some(key(id));
        self.0.id = EventId::derive(&[self.0.id.as_str(), id]);
        self
    }

    pub(super) fn via(mut self, text: &str) -> Self {
        Arc::make_mut(&mut self.0.actor).via.push(principal(text));
        self
    }

    pub(super) fn session(mut self, name: &str, mfa: Option<bool>) -> Self {
        let id = format!("arn:aws:sts::111122223333:assumed-role/role/{name}").into();
        Arc::make_mut(&mut self.0.actor).session = Some(SessionRef { id, issued: None, mfa });
        self
    }

    pub(super) fn does(mut self, operation: &str) -> Self {
        let (service, operation) = operation.split_once(':').unwrap();
        self.0.service = format!("{service}.amazonaws.com").into();
        self.0.operation = operation.into();
        self
    }

    pub(super) fn to(mut self, kind: &str, name: &str) -> Self {
        self.0.objects.push(Object { kind: kind.into(), name: name.into() });
        self
    }

    pub(super) fn issues(mut self, id: &str, to: &str) -> Self {
        let session = id.starts_with("ASIA").then(|| SessionRef {
            id: format!("session of {id}").into(),
            issued: Some(self.0.time),
            mfa: None,
        });
        let hour = jiff::SignedDuration::from_hours(1);
        let expires = session.is_some().then(|| self.0.time + hour);
        self.0.issued.push(Issued { credential: key(id), to: principal(to), session, expires });
        self
    }

    pub(super) fn from(mut self, address: &str, agent: &str) -> Self {
        self.0.origin.address = Some(address.parse().unwrap());
        self.0.origin.user_agent = Some(agent.into());
        self
    }

    pub(super) fn refused(mut self) -> Self {
        let stage = RefusalStage::Permission;
        self.0.outcome = Outcome::Refused { code: "AccessDenied".into(), stage };
        self
    }
}

/// `user` enters `role` and gets a key.
pub(super) fn assumes(time: &str, by: Told, role: &str, id: &str) -> Told {
    let mut it = by.does("sts:AssumeRole").issues(id, role);
    it.0.time = at(time);
    it
}

/// An answer in one line.
pub(super) fn shown(directory: &Directory, binding: &Binding) -> String {
    let who = match &binding.resolution {
        Resolution::Known { identity } | Resolution::Undeclared { identity } => {
            let it = directory.identity(identity).unwrap();
            format!("{} {} {}", binding.resolution.as_str(), it.kind, it.name)
        }
        Resolution::Ambiguous { candidates } => {
            let ids: Vec<_> = candidates.iter().map(|it| it.as_str()).collect();
            format!("ambiguous {}", ids.join("|"))
        }
        Resolution::Unknown => "unknown".to_owned(),
    };
    let chain: Vec<String> = binding.chain.iter().map(ToString::to_string).collect();
    if chain.is_empty() { who } else { format!("{who} <- {}", chain.join(" -> ")) }
}

pub(super) fn of<'d>(directory: &'d Directory, text: &str) -> &'d Identity {
    let resolution = directory.resolve(text);
    directory.identity(resolution.identity().unwrap()).unwrap()
}

pub(super) fn ownership(it: &Identity) -> String {
    match &it.owner {
        Ownership::Declared { owner } => format!("{owner} declared"),
        Ownership::Inferred { owner, from, .. } => format!("{owner}: {from}"),
        Ownership::Unowned => "unowned".to_owned(),
    }
}
