//! Verbs on what applications prove themselves by: a second secret is made, a certificate goes.

use super::discover::thumbprint;
use super::operation as op;
use super::shared::{PRINCIPAL, application, change, credential, kind, service};
use crate::Secret;
use crate::delivery::{DELIVERY, Holds, Issuer, Made, Order};
use crate::idp::act::{On, Seen, Verb};
use crate::idp::ask::{Ask, items, text};
use interlock_contain::{ActionSpec, CallError, ReadCx, ReversalSpec, Role, TargetKind, WritePass};
use interlock_model::{ActionKind, CredentialKind, Snapshot, Step, Stops, Target, Timestamp};
use jiff::SignedDuration;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

/// What it declares.
pub(super) static ISSUE_SECRET: ActionSpec = ActionSpec {
    name: "entra.issue_secret",
    kind: ActionKind::RotateCredential,
    role: Role::Issue,
    target: TargetKind::Credential("entra", CredentialKind::Token),
    summary: "makes a second client secret on the object that has the old one, and delivers it",
    reversal: ReversalSpec::Restores { re_arms: false },
    stops: Stops { new: false, refresh: false, live: false },
    settle: Duration::from_secs(60),
    leaves: "",
    leaves_at_most: None,
    beyond: &[],
    reads: &[op::READ_PRINCIPAL, op::LIST_APPLICATIONS],
    write: op::ADD_SECRET,
    restore: Some(op::REMOVE_SECRET),
    delivery: DELIVERY,
    traps: &[
        "issuing ends nothing: the old secret lives until the rotation's next step removes it",
        "secrets sit on two objects, the application and the service principal: the new one is made where the old one is, because clients of other tenants know only the first",
        "Entra has no way to turn one secret off: the old one is removed once the new one is seen in use, and cannot be given back then",
        "the new secret lives as long as the old one was made for; a tenant's policy may refuse that, and the refusal is shown",
        "the secret's description is `interlock-` and a mark: by it an undelivered one is known again",
    ],
    source: "https://learn.microsoft.com/en-us/graph/api/application-addpassword; https://learn.microsoft.com/en-us/graph/api/serviceprincipal-addpassword",
};

/// What it declares.
pub(super) static REMOVE_CERTIFICATE: ActionSpec = ActionSpec {
    name: "entra.remove_certificate",
    kind: ActionKind::DeleteCredential,
    role: Role::Whole,
    target: TargetKind::Credential("entra", CredentialKind::Certificate),
    summary: "removes a certificate by which an application or a service principal proves itself",
    reversal: ReversalSpec::Final {
        why: "the certificate must be uploaded again by whoever has it",
    },
    stops: Stops { new: true, refresh: false, live: false },
    settle: Duration::from_secs(60),
    leaves: "access tokens that the client fetched, for about an hour; its other secrets, certificates and federated credentials",
    leaves_at_most: None,
    beyond: &[],
    reads: &[op::READ_PRINCIPAL, op::LIST_APPLICATIONS],
    write: op::SET_KEYS,
    restore: None,
    delivery: None,
    traps: &[
        "certificates sit on two objects, as secrets do: both are looked at",
        "the whole list is written without the one: a certificate that is added in the same second by somebody else is lost, for Graph has no mark to guard the list with",
        "a certificate that signs SAML answers is none by which the application signs in: it is refused",
    ],
    source: "https://learn.microsoft.com/en-us/graph/api/application-update; https://learn.microsoft.com/en-us/graph/api/resources/keycredential",
};

/// Where secrets of a service principal are made.
pub(super) const ADD_ON_PRINCIPAL: &str = "/servicePrincipals/{servicePrincipal-id}/addPassword";
const APPLICATION: &str = "application";
const SERVICE: &str = "service principal";

/// Makes a second secret.
#[derive(Debug)]
pub(super) struct IssueSecret(pub(super) Arc<On>);
/// Removes a certificate.
#[derive(Debug)]
pub(super) struct RemoveCertificate;

fn listed<'a>(of: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> {
    items(of.get(name).unwrap_or(&Value::Null))
}

fn secret_of<'a>(of: &'a Value, key: &str) -> Option<&'a Value> {
    let mut all = listed(of, "passwordCredentials");
    all.find(|it| text(it, "keyId").is_some_and(|it| it.eq_ignore_ascii_case(key)))
}

/// For how long a secret was made, in seconds.
fn lifetime(of: &Value) -> Option<i64> {
    let at = |name: &str| text(of, name)?.parse::<Timestamp>().ok();
    let life = at("endDateTime")?.duration_since(at("startDateTime")?).as_secs();
    (life > 0).then_some(life)
}

#[async_trait::async_trait]
impl Issuer for IssueSecret {
    fn spec(&self) -> &'static ActionSpec {
        &ISSUE_SECRET
    }

    async fn holds(
        &self,
        cx: &ReadCx<'_>,
        target: &Target,
        step: Option<&Step>,
    ) -> Result<Holds, CallError> {
        let key = credential(target)?;
        let named = service(&self.0, cx, target).await?;
        let app = application(&self.0, cx, &named).await?;
        let planned = step.and_then(|it| it.before.get("on"));
        let of_app = app.as_ref().and_then(|it| Some((APPLICATION, text(it, "id")?, it)));
        let of_service = Some((SERVICE, named.id(), named.body()));
        let mut places = [of_app, of_service].into_iter().flatten();
        let found = places.find(|(kind, id, body)| match planned {
            Some(on) => on == format!("{kind} {id}"),
            None => secret_of(body, key).is_some(),
        });
        let Some((kind, id, body)) = found else {
            if app.is_none() && planned.is_none() {
                let why = format!(
                    "the application of {} belongs to another tenant, which has its secrets: rotate it there",
                    named.shown()
                );
                return Err(CallError::Unsupported { why });
            }
            return Err(CallError::NotFound { what: target.to_string() });
        };
        let id_of = |it: &Value| Some(text(it, "keyId")?.to_lowercase());
        let label = |it: &Value| text(it, "displayName").map(str::to_owned);
        let all = listed(body, "passwordCredentials");
        let life = secret_of(body, key).and_then(lifetime);
        Ok(Holds {
            shown: named.shown(),
            on: format!("{kind} {id}"),
            all: all.filter_map(|it| Some((id_of(it)?, label(it)))).collect(),
            called: BTreeMap::new(),
            used: BTreeSet::new(),
            labelled: true,
            most: None,
            like: Snapshot(
                life.map(|it| ("seconds".to_owned(), it.to_string())).into_iter().collect(),
            ),
        })
    }

    async fn make(&self, pass: WritePass, order: &Order<'_>) -> Result<Made, CallError> {
        let ask = match order.of.on.strip_prefix("application ") {
            Some(id) => Ask::new(op::ADD_SECRET, &[("application-id", id)]),
            None => {
                let id = &*order.target.principal().name;
                Ask::new(op::ADD_SECRET, &[("servicePrincipal-id", id)]).on(ADD_ON_PRINCIPAL)
            }
        };
        let mut secret = json!({ "displayName": order.mark });
        let life = order.of.like.get("seconds").and_then(|it| it.parse().ok());
        let ends = life.and_then(|it| order.now.checked_add(SignedDuration::from_secs(it)).ok());
        if let (Some(ends), Some(secret)) = (ends, secret.as_object_mut()) {
            secret.insert("endDateTime".to_owned(), ends.to_string().into());
        }
        let said =
            self.0.api.write(pass, ask.json(json!({ "passwordCredential": secret }))).await?;
        let (id, value) = (text(&said.body, "keyId"), text(&said.body, "secretText"));
        let (Some(id), Some(value)) = (id, value) else {
            let why = "Graph shows no new secret in its answer".to_owned();
            return Err(CallError::OutcomeUnknown { why });
        };
        Ok(Made { id: id.to_lowercase(), secret: Secret::new(value) })
    }

    async fn unmake(&self, pass: WritePass, of: &Holds, id: &str) -> Result<(), CallError> {
        let ask = match of.on.split_once("principal ") {
            None => {
                let app = of.on.strip_prefix("application ").unwrap_or_default();
                Ask::new(op::REMOVE_SECRET, &[("application-id", app)])
            }
            Some((_, service)) => Ask::new(op::REMOVE_SECRET, &[("servicePrincipal-id", service)])
                .on(super::apps::ON_PRINCIPAL),
        };
        self.0.api.write(pass, ask.json(json!({ "keyId": id }))).await.map(drop)
    }
}

/// Whether a certificate is this one, and one that its owner signs in by.
fn is(of: &Value, wanted: &str) -> bool {
    thumbprint(of).is_some_and(|it| it.eq_ignore_ascii_case(wanted))
}

#[async_trait::async_trait]
impl Verb for RemoveCertificate {
    fn spec(&self) -> &'static ActionSpec {
        &REMOVE_CERTIFICATE
    }

    async fn look(
        &self,
        on: &On,
        cx: &ReadCx<'_>,
        target: &Target,
        step: Option<&Step>,
    ) -> Result<Seen, CallError> {
        let wanted = credential(target)?;
        let named = service(on, cx, target).await?;
        let app = application(on, cx, &named).await?;
        let find = |of: &Value| listed(of, "keyCredentials").find(|it| is(it, wanted)).cloned();
        let of_app = app.as_ref().and_then(|it| Some((APPLICATION, it, find(it)?)));
        let found = of_app.or_else(|| Some((SERVICE, named.body(), find(named.body())?)));
        let planned = step.and_then(|it| it.before.get("on"));
        if app.is_none() && found.is_none() && planned != Some(SERVICE) {
            let why = format!(
                "the application of {} belongs to another tenant, which has its certificates: disable the service principal here",
                named.shown()
            );
            return Err(CallError::Unsupported { why });
        }
        let summary = format!("remove certificate `{wanted}` of {}", named.shown());
        let place = found.as_ref().map_or("nowhere", |it| it.0);
        let mut seen = Seen::value("on", place, "nowhere", summary);
        if let Some((place, body, found)) = &found {
            if text(found, "usage") == Some("Sign") {
                let why = format!(
                    "certificate `{wanted}` signs what {} says and lets nobody in",
                    named.shown()
                );
                return Err(CallError::Unsupported { why });
            }
            let left: Vec<&Value> =
                listed(body, "keyCredentials").filter(|it| !is(it, wanted)).collect();
            let id = text(body, "id").filter(|_| *place == APPLICATION);
            seen.key = json!({ "id": id, "kind": kind(body), "left": left }).to_string();
        }
        let count = |of: &Value| {
            let keys = listed(of, "keyCredentials").filter(|it| !is(it, wanted)).count();
            keys + listed(of, "passwordCredentials").count()
        };
        let others = count(named.body()) + app.as_ref().map_or(0, count);
        if others > 0 {
            seen.also.push(format!("{others} other secrets and certificates of it"));
        }
        Ok(seen)
    }

    fn write(&self, step: &Step, seen: &Seen) -> Result<Ask, CallError> {
        let key: Value = serde_json::from_str(&seen.key).unwrap_or_default();
        let Some(left) = key.get("left") else {
            return Err(CallError::NotFound { what: step.target.to_string() });
        };
        let ask = match text(&key, "id") {
            Some(id) => Ask::new(op::SET_KEYS, &[("application-id", id)]),
            None => {
                let id = &*step.target.principal().name;
                Ask::new(op::SET_KEYS, &[("servicePrincipal-id", id)]).on(PRINCIPAL)
            }
        };
        Ok(ask.json(change(text(&key, "kind"), "keyCredentials", left.clone())))
    }
}
