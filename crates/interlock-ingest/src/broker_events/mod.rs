//! The feed of the built-in broker: every use of a key or a token, granted or refused.

use crate::source::{Core, Parsed, Source, paths};
use crate::timestamp;
use interlock_model::{
    Actor, CredentialRef, Event, EventId, Issued, Object, Origin, Outcome, Principal,
    PrincipalKind, RefusalStage, SessionRef, Timestamp,
};

paths! {
    Broker = "broker",
    Time = "time",
    Operation = "operation",
    Outcome = "outcome",
    RefusedCode = "outcome.refused.code",
    RefusedStage = "outcome.refused.stage",
    FailedCode = "outcome.failed.code",
    Provider = "principal.provider",
    Name = "principal.name",
    Key = "key",
    Token = "token_id",
    Issued = "issued",
    Expires = "expires",
    Address = "address",
    UserAgent = "user_agent",
}

/// The log source.
pub const SOURCE: Source = Source {
    name: "broker_events",
    documentation: "README.md",
    marks: "`broker`, `operation` and `outcome` (the built-in broker)",
    paths: PATHS,
    recognise,
    parse,
};

/// What was asked of the broker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asked {
    Issue,
    Introspect,
    Revoke,
}

fn recognise(core: &Core<'_>) -> bool {
    core.has(Path::Broker) && core.has(Path::Operation) && core.has(Path::Outcome)
}

fn parse(core: &Core<'_>) -> Result<Parsed, String> {
    let time = moment(core, Path::Time, "time")?.ok_or("`time` is missing")?;
    let operation = core.text(Path::Operation).unwrap_or_default();
    let asked = match operation {
        "issue_token" => Asked::Issue,
        "introspect_token" => Asked::Introspect,
        "revoke_token" => Asked::Revoke,
        _ => {
            return Err(
                "`operation` is none of `issue_token`, `introspect_token`, `revoke_token`".into()
            );
        }
    };
    let outcome = outcome(core)?;
    let named = Named::read(core)?;
    let address = match core.text(Path::Address) {
        Some(text) => Some(text.parse().map_err(|_| "`address` is no network address")?),
        None => None,
    };
    Ok(Parsed::Event(Box::new(Event {
        id: EventId::derive(&[SOURCE.name, core.text]),
        source: SOURCE.name,
        place: core.place.clone(),
        time,
        service: "broker".into(),
        operation: operation.into(),
        objects: named.objects(asked),
        issued: named.brought_to_life(asked, &outcome),
        actor: named.actor(asked, &outcome).into(),
        outcome,
        origin: Origin {
            address,
            service: None,
            user_agent: core.text(Path::UserAgent).map(Into::into),
        },
        read_only: Some(asked == Asked::Introspect),
        account: None,
        region: None,
        fields: core.no_fields(),
    })))
}

fn outcome(core: &Core<'_>) -> Result<Outcome, String> {
    if let Some(code) = core.text(Path::RefusedCode) {
        // The stage follows from what refused: the key or token itself, or a word against its client.
        let stage = match (code, core.text(Path::RefusedStage)) {
            ("token_revoked" | "issuance_blocked", _) | (_, Some("explicit_deny")) => {
                RefusalStage::ExplicitDeny
            }
            (_, Some("permission")) => RefusalStage::Permission,
            (_, Some("credential")) => RefusalStage::Credential,
            _ => {
                return Err("`outcome.refused.stage` is none of `credential`, `explicit_deny`, `permission`".into());
            }
        };
        return Ok(Outcome::Refused { code: code.into(), stage });
    }
    match (core.text(Path::FailedCode), core.text(Path::Outcome)) {
        (Some(code), _) => Ok(Outcome::Failed { code: code.into() }),
        (None, Some("success")) => Ok(Outcome::Success),
        (None, _) => Err("`outcome` is neither `success`, `refused` nor `failed`".into()),
    }
}

/// Whom and what a record names.
struct Named {
    principal: Option<Principal>,
    key: Option<CredentialRef>,
    token: Option<CredentialRef>,
    issued: Option<Timestamp>,
    expires: Option<Timestamp>,
}

impl Named {
    fn read(core: &Core<'_>) -> Result<Self, String> {
        let credential = |path: Path, name: &str| match core.text(path) {
            None => Ok(None),
            Some(text) => CredentialRef::from_text(text)
                .map(Some)
                .ok_or_else(|| format!("`{name}` is not `provider:kind:id`")),
        };
        let principal = match (core.text(Path::Provider), core.text(Path::Name)) {
            (Some(provider), Some(name)) => Some(Principal::new(provider, name)),
            (None, None) => None,
            (Some(_), None) | (None, Some(_)) => {
                return Err("`principal` lacks its `provider` or its `name`".to_owned());
            }
        };
        Ok(Self {
            principal,
            key: credential(Path::Key, "key")?,
            token: credential(Path::Token, "token_id")?,
            issued: moment(core, Path::Issued, "issued")?,
            expires: moment(core, Path::Expires, "expires")?,
        })
    }

    /// Who acted. Whoever names a key and does not have its secret is nobody that is known.
    fn actor(&self, asked: Asked, outcome: &Outcome) -> Actor {
        let proven = !matches!(outcome, Outcome::Refused { code, .. } if &**code == "bad_key");
        let Some(principal) = self.principal.as_ref().filter(|_| proven) else {
            return Actor::default();
        };
        let (credential, session) = match asked {
            Asked::Issue | Asked::Revoke => (self.key.clone(), None),
            Asked::Introspect => (self.token.clone(), self.session()),
        };
        Actor {
            principal: Some(principal.clone()),
            kind: PrincipalKind::Unknown,
            name: principal.name.clone(),
            credential,
            session,
            via: Vec::new(),
            account: None,
        }
    }

    fn objects(&self, asked: Asked) -> Vec<Object> {
        let object = |kind: &str, name: &str| Object { kind: kind.into(), name: name.into() };
        let client = self.principal.iter().map(|it| object("client", &it.name));
        let key = self.key.iter().map(|it| object("access_key", it.id()));
        let token = self.token.iter().map(|it| object("token", it.id()));
        match asked {
            Asked::Issue => client.chain(key).collect(),
            Asked::Introspect | Asked::Revoke => token.collect(),
        }
    }

    fn brought_to_life(&self, asked: Asked, outcome: &Outcome) -> Vec<Issued> {
        match (asked, outcome, &self.token, &self.principal) {
            (Asked::Issue, Outcome::Success, Some(token), Some(principal)) => vec![Issued {
                credential: token.clone(),
                to: principal.clone(),
                session: self.session(),
                expires: self.expires,
            }],
            _ => Vec::new(),
        }
    }

    /// A token is a session of its client.
    fn session(&self) -> Option<SessionRef> {
        let token = self.token.as_ref()?;
        Some(SessionRef { id: token.id().into(), issued: self.issued, mfa: None })
    }
}

fn moment(core: &Core<'_>, path: Path, name: &str) -> Result<Option<Timestamp>, String> {
    match core.text(path) {
        None => Ok(None),
        Some(text) => timestamp::read(text)
            .map(Some)
            .ok_or_else(|| format!("`{name}` is not an RFC 3339 time")),
    }
}
