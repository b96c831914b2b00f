//! What the verbs at Entra start from: users and service principals that may be touched.

use super::operation as op;
use crate::idp::act::On;
use crate::idp::ask::{Ask, items, text};
use interlock_contain::{CallError, ReadCx, TargetKind};
use interlock_model::Target;
use serde_json::{Value, json};

/// Users and service principals: both go by their object ids, which do not tell which they are.
pub(super) const ANY: TargetKind = TargetKind::Principal("entra", &["*"]);
/// The role of global administrators, the same in every tenant.
pub(super) const GLOBAL: &str = "62e90394-69f5-4237-9190-012177145e10";
/// The tenant that Microsoft's own applications belong to.
const MICROSOFT: &str = "f8cdef31-a31e-4b4a-93e4-5f571e91255a";
/// How many other administrators are looked at.
const OTHERS: usize = 50;
/// The path of a service principal.
pub(super) const PRINCIPAL: &str = "/servicePrincipals/{servicePrincipal-id}";
const USER_FIELDS: &str =
    "id,userPrincipalName,accountEnabled,onPremisesSyncEnabled,signInSessionsValidFromDateTime";
const PRINCIPAL_FIELDS: &str = "id,appId,displayName,accountEnabled,servicePrincipalType,appOwnerOrganizationId,passwordCredentials,keyCredentials";

/// An agent's own identity: a service principal of this type.
pub(super) const AGENT: &str = "#microsoft.graph.agentIdentity";
/// The account of an agent among users.
pub(super) const AGENT_USER: &str = "#microsoft.graph.agentUser";
/// What agents are made from, and what signs in for them: an application of this type.
pub(super) const BLUEPRINT: &str = "#microsoft.graph.agentIdentityBlueprint";
/// The blueprint's service principal in this tenant.
pub(super) const BLUEPRINT_PRINCIPAL: &str = "#microsoft.graph.agentIdentityBlueprintPrincipal";

/// What Graph calls the sort of service principal that is an agent's identity.
pub(super) const SERVICE_IDENTITY: &str = "ServiceIdentity";

/// The type that Graph names where an object is more than the list it stands in says.
pub(super) fn kind(of: &Value) -> Option<&str> {
    let known = [AGENT, AGENT_USER, BLUEPRINT, BLUEPRINT_PRINCIPAL];
    let named = text(of, "@odata.type").filter(|it| known.contains(it));
    let service = text(of, "servicePrincipalType") == Some(SERVICE_IDENTITY);
    named.or_else(|| service.then_some(AGENT))
}

/// The body of a change, with the type of what is changed: Graph changes agents and their blueprints
/// only where it is said.
///
/// Source: "Update user", "Update servicePrincipal", "Update application".
pub(super) fn change(kind: Option<&str>, name: &str, value: Value) -> Value {
    let kind = kind.map(|it| ("@odata.type".to_owned(), json!(it)));
    Value::Object(kind.into_iter().chain([(name.to_owned(), value)]).collect())
}

/// What a target turned out to be.
#[derive(Debug, Clone)]
pub(super) enum Named {
    /// A user.
    User(Value),
    /// A service principal.
    Principal(Value),
}

impl Named {
    /// What Graph says of it.
    pub(super) const fn body(&self) -> &Value {
        match self {
            Self::User(body) | Self::Principal(body) => body,
        }
    }

    /// Its object id.
    pub(super) fn id(&self) -> &str {
        text(self.body(), "id").unwrap_or_default()
    }

    /// Its type, where it is an agent's.
    pub(super) fn kind(&self) -> Option<&str> {
        kind(self.body())
    }

    /// Whether it is an agent's own identity.
    pub(super) fn is_agent(&self) -> bool {
        self.kind() == Some(AGENT)
    }

    /// How people call it.
    pub(super) fn shown(&self) -> String {
        let (what, name) = match self {
            Self::User(body) => ("user", text(body, "userPrincipalName")),
            Self::Principal(body) if self.is_agent() => ("agent", text(body, "displayName")),
            Self::Principal(body) => ("service principal", text(body, "displayName")),
        };
        format!("{what} `{}`", name.unwrap_or(self.id()))
    }
}

fn id<'a>(on: &On, target: &'a Target) -> Result<&'a str, CallError> {
    let principal = target.principal();
    if &*principal.provider != "entra" || principal.name.is_empty() {
        let why = format!("`{principal}` is nothing of Entra");
        return Err(CallError::Unsupported { why });
    }
    on.refuse_kept(&[&principal.name])?;
    Ok(&principal.name)
}

/// The user that a target names.
pub(super) async fn user(on: &On, cx: &ReadCx<'_>, target: &Target) -> Result<Named, CallError> {
    let id = id(on, target)?;
    let ask = Ask::new(op::READ_USER, &[("user-id", id)]).about(&format!("user `{id}`"));
    let ask = ask.with("$select", USER_FIELDS);
    let body = on.api.read(cx.read(op::READ_USER)?, ask).await?.body;
    let names = ["id", "userPrincipalName"].map(|it| text(&body, it).unwrap_or_default());
    on.refuse_kept(&names)?;
    Ok(Named::User(body))
}

/// The service principal that a target names.
pub(super) async fn service(on: &On, cx: &ReadCx<'_>, target: &Target) -> Result<Named, CallError> {
    let id = id(on, target)?;
    let ask = Ask::new(op::READ_PRINCIPAL, &[("servicePrincipal-id", id)]);
    let ask = ask.about(&format!("service principal `{id}`")).with("$select", PRINCIPAL_FIELDS);
    let body = on.api.read(cx.read(op::READ_PRINCIPAL)?, ask).await?.body;
    let names = ["id", "appId", "displayName"].map(|it| text(&body, it).unwrap_or_default());
    on.refuse_kept(&names)?;
    if text(&body, "appOwnerOrganizationId") == Some(MICROSOFT) {
        let why = format!("service principal `{id}` is Microsoft's own");
        return Err(CallError::Unsupported { why });
    }
    Ok(Named::Principal(body))
}

/// The user or the service principal that a target names.
pub(super) async fn account(on: &On, cx: &ReadCx<'_>, target: &Target) -> Result<Named, CallError> {
    match user(on, cx, target).await {
        Err(CallError::NotFound { .. }) => service(on, cx, target).await,
        found => found,
    }
}

/// The application of a service principal, where it belongs to this tenant. An agent has none.
pub(super) async fn application(
    on: &On,
    cx: &ReadCx<'_>,
    of: &Named,
) -> Result<Option<Value>, CallError> {
    if of.is_agent() {
        let why = format!(
            "{} has no application, no secret and no certificate of its own: its blueprint signs in for it and for every other agent that was made from it; disable the agent, or name the blueprint",
            of.shown()
        );
        return Err(CallError::Unsupported { why });
    }
    let Some(app) = text(of.body(), "appId") else { return Ok(None) };
    let filter = format!("appId eq '{}'", app.replace('\'', "''"));
    let ask = Ask::new(op::LIST_APPLICATIONS, &[]).with("$filter", &filter);
    let said = on.api.read(cx.read(op::LIST_APPLICATIONS)?, ask).await?.body;
    let all = said.get("value").unwrap_or(&Value::Null);
    Ok(items(all).find(|it| text(it, "appId") == Some(app)).cloned())
}

/// Refuses what would leave no other enabled global administrator among users.
pub(super) async fn refuse_last(on: &On, cx: &ReadCx<'_>, id: &str) -> Result<(), CallError> {
    let filter = format!("roleDefinitionId eq '{GLOBAL}'");
    let ask = Ask::new(op::READ_ROLES, &[]).with("$filter", &filter);
    let said = on.api.read(cx.read(op::READ_ROLES)?, ask).await?.body;
    let all = said.get("value").unwrap_or(&Value::Null);
    let holders: Vec<&str> = items(all).filter_map(|it| text(it, "principalId")).collect();
    if !holders.contains(&id) {
        return Ok(());
    }
    for other in holders.into_iter().filter(|it| *it != id).take(OTHERS) {
        let ask = Ask::new(op::READ_USER, &[("user-id", other)]).with("$select", USER_FIELDS);
        match on.api.read(cx.read(op::READ_USER)?, ask).await {
            Ok(said) if said.body.get("accountEnabled") == Some(&json!(true)) => return Ok(()),
            // Off, or no user: a group or a service principal lets nobody in.
            Ok(_) | Err(CallError::NotFound { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    let why = format!(
        "`{id}` is the last global administrator that is enabled: give the role to another first"
    );
    Err(CallError::Unsupported { why })
}

/// Refuses what is no service principal.
pub(super) fn credential(target: &Target) -> Result<&str, CallError> {
    let credential = target.credential().map(interlock_model::CredentialRef::id);
    credential
        .filter(|it| !it.is_empty())
        .ok_or_else(|| CallError::Invalid { why: format!("{target} is no credential") })
}
