//! Entities, their tokens and `AppRoles`, as the server lists them.

use super::actions::Shared;
use super::operation::{self as op, parts};
use super::server::{Entity, Token, moment, text, texts};
use interlock_contain::{CallError, DiscoverCx, DiscoverySpec};
use interlock_model::{
    CredentialKind, CredentialRef, Discovered, DiscoveredCredential, DiscoveryGap, DiscoveryPage,
    Entitlement, IdentityKind, LineageKind, Operation, PolicyGrant, PolicyPart, Principal,
    RiskClass,
};
use serde_json::Value;
use std::collections::BTreeMap;

pub(crate) static SPEC: DiscoverySpec = DiscoverySpec {
    sees: "entities, whether they are disabled, their aliases, policies with what these allow, and metadata, their service tokens with their policies by accessor with their ages; AppRoles with their secret ids by accessor; roles of databases with the number of their leases",
    hides: "batch tokens, policies that come from groups, and last uses",
    reads: &[
        op::LIST_ENTITIES,
        op::READ_ENTITY,
        op::READ_POLICY,
        op::LIST_TOKENS,
        op::LOOKUP_TOKEN,
        op::HASH,
        op::LIST_ROLES,
        op::LIST_SECRET_IDS,
        op::LIST_LEASES,
    ],
    source: "https://openbao.org/api-docs/secret/identity/entity/",
};

/// Entities of one page.
const PAGE: usize = 100;
/// How many tokens are looked up for one page.
const TOKENS: usize = 500;
/// How many policies are read for one page.
const POLICIES: usize = 200;
/// How many secret ids of one role are shown.
const SECRET_IDS: usize = 100;

struct Look<'l> {
    shared: &'l Shared,
    cx: &'l DiscoverCx<'l>,
    gaps: Vec<DiscoveryGap>,
    /// What policies allow, by name; `None` where that cannot be seen.
    policies: BTreeMap<String, Option<String>>,
}

impl Look<'_> {
    /// What may not be seen is a gap, and nothing is there.
    fn seen<T: Default>(
        &mut self,
        operation: Operation,
        what: &str,
        answer: Result<T, CallError>,
    ) -> Result<T, CallError> {
        let why = match answer {
            Ok(found) => return Ok(found),
            Err(error @ (CallError::Denied { .. } | CallError::Unsupported { .. })) => error,
            Err(error) => return Err(error),
        };
        let (capabilities, path) = parts(operation);
        let capabilities: Vec<String> = capabilities.iter().map(|it| format!("\"{it}\"")).collect();
        self.gap(DiscoveryGap {
            what: what.to_owned(),
            why: why.to_string(),
            remedy: format!("path \"{path}\" {{ capabilities = [{}] }}", capabilities.join(", ")),
        });
        Ok(T::default())
    }

    fn gap(&mut self, gap: DiscoveryGap) {
        if !self.gaps.contains(&gap) {
            self.gaps.push(gap);
        }
    }

    /// An accessor as the log shows it.
    async fn shown(&mut self, accessor: String) -> Result<String, CallError> {
        let Some(device) = &self.shared.config.audit_device else { return Ok(accessor) };
        let digest = self.shared.server.hash(&self.cx.read(op::HASH)?, device, &accessor).await;
        let digest = self.seen(op::HASH, "how the audit device writes accessors", digest)?;
        Ok(if digest.is_empty() { accessor } else { digest })
    }

    async fn tokens(&mut self) -> Result<Vec<Token>, CallError> {
        let server = &self.shared.server;
        let listed = server.accessors(&self.cx.read(op::LIST_TOKENS)?).await;
        let accessors = self.seen(op::LIST_TOKENS, "tokens", listed)?;
        if accessors.len() > TOKENS {
            self.gap(DiscoveryGap {
                what: "tokens of entities".to_owned(),
                why: format!("there are {} of them: more than {TOKENS}", accessors.len()),
                remedy: "shorter lives of tokens; or watch the audit log".to_owned(),
            });
            return Ok(Vec::new());
        }
        let mut tokens = Vec::new();
        for accessor in accessors {
            let found = server.token(&self.cx.read(op::LOOKUP_TOKEN)?, &accessor).await;
            // One that ended meanwhile is not there.
            if let Some(token) = self.seen(op::LOOKUP_TOKEN, "tokens of entities", found)? {
                tokens.push(token);
            }
        }
        Ok(tokens)
    }

    /// What a policy allows.
    async fn policy(&mut self, name: &str) -> Result<Option<String>, CallError> {
        if let Some(known) = self.policies.get(name) {
            return Ok(known.clone());
        }
        // The root policy has no text.
        if name == "root" || self.policies.len() >= POLICIES {
            return Ok(None);
        }
        let found = self.shared.server.policy(&self.cx.read(op::READ_POLICY)?, name).await;
        let found = self.seen(op::READ_POLICY, "what policies allow", found)?;
        self.policies.insert(name.to_owned(), found.clone());
        Ok(found)
    }

    /// What an entity may do by its own policies and by those of its tokens.
    async fn grants(
        &mut self,
        entity: &Entity,
        tokens: &[Token],
    ) -> Result<(Vec<Entitlement>, Vec<PolicyGrant>), CallError> {
        let mut named: BTreeMap<String, &str> = BTreeMap::new();
        for token in tokens.iter().filter(|it| it.entity == entity.id) {
            for name in &token.policies {
                named.insert(name.clone(), "policy of a token");
            }
        }
        for name in texts(&entity.whole, "policies") {
            named.insert(name, "policy");
        }
        let mut grants = (Vec::new(), Vec::new());
        for (name, through) in named {
            grants.1.push(PolicyGrant {
                name: name.clone(),
                through: through.to_owned(),
                document: self.policy(&name).await?,
                part: PolicyPart::Grants,
            });
            grants.0.push(policy(name, through));
        }
        Ok(grants)
    }

    async fn entity(&mut self, entity: &Entity, tokens: &[Token]) -> Result<Discovered, CallError> {
        let mut credentials = Vec::new();
        for token in tokens.iter().filter(|it| it.entity == entity.id) {
            let id = self.shown(token.accessor.clone()).await?;
            credentials.push(DiscoveredCredential {
                reference: CredentialRef::new("vault", CredentialKind::Token, &id),
                enabled: Some(!entity.disabled),
                issued: token.issued,
                expires: token.expires,
                last_used: None,
            });
        }
        let mut labels: BTreeMap<String, String> = BTreeMap::new();
        let metadata = entity.whole.get("metadata").and_then(Value::as_object);
        for (key, value) in metadata.into_iter().flatten() {
            if let Some(value) = value.as_str() {
                labels.insert(key.clone(), value.chars().take(200).collect());
            }
        }
        let aliases = entity.whole.get("aliases").and_then(Value::as_array);
        let mut lineage = Vec::new();
        let mut named = Vec::new();
        for alias in aliases.into_iter().flatten() {
            named.push(format!("{}{}", text(alias, "mount_path"), text(alias, "name")));
            let metadata = alias.get("metadata").unwrap_or(&Value::Null);
            let place = text(metadata, "service_account_namespace");
            let account = text(metadata, "service_account_name");
            if !place.is_empty() && !account.is_empty() {
                let name = format!("system:serviceaccount:{place}:{account}");
                lineage.push((LineageKind::AssumedBy, Principal::new("kubernetes", &name)));
            }
        }
        if !named.is_empty() {
            labels.insert("aliases".to_owned(), named.join(", ").chars().take(200).collect());
        }
        let (entitlements, policies) = self.grants(entity, tokens).await?;
        Ok(Discovered {
            name: Some(entity.name.clone()).filter(|it| !it.is_empty()),
            kind: kind(&entity.whole),
            enabled: Some(!entity.disabled),
            created: moment(&entity.whole, "creation_time"),
            labels,
            credentials,
            entitlements,
            policies,
            lineage,
            ..Discovered::of(Principal::new("vault", &format!("entity/{}", entity.id)))
        })
    }

    async fn roles(&mut self) -> Result<Vec<Discovered>, CallError> {
        let shared = self.shared;
        let mut found = Vec::new();
        for mount in &shared.config.approle_mounts {
            let listed = shared.server.roles(&self.cx.read(op::LIST_ROLES)?, mount).await;
            for role in self.seen(op::LIST_ROLES, &format!("roles of `{mount}`"), listed)? {
                let pass = self.cx.read(op::LIST_SECRET_IDS)?;
                let listed = shared.server.secret_ids(&pass, (mount, &role)).await;
                let ids = self.seen(op::LIST_SECRET_IDS, "secret ids of AppRoles", listed)?;
                let mut credentials = Vec::new();
                for id in ids.into_iter().take(SECRET_IDS) {
                    let id = self.shown(id).await?;
                    credentials.push(DiscoveredCredential {
                        reference: CredentialRef::new("vault", CredentialKind::Password, &id),
                        enabled: Some(true),
                        issued: None,
                        expires: None,
                        last_used: None,
                    });
                }
                found.push(Discovered {
                    kind: Some(IdentityKind::ApiClient),
                    credentials,
                    labels: BTreeMap::from([("auth".to_owned(), "approle".to_owned())]),
                    ..Discovered::of(Principal::new("vault", &format!("{mount}/{role}")))
                });
            }
        }
        for mount in &shared.config.database_mounts {
            let path = format!("{mount}/creds");
            let listed = shared.server.leases(&self.cx.read(op::LIST_LEASES)?, &path).await;
            for role in self.seen(op::LIST_LEASES, &format!("leases of `{mount}`"), listed)? {
                let Some(role) = role.strip_suffix('/') else { continue };
                let path = format!("{path}/{role}");
                let leases = shared.server.leases(&self.cx.read(op::LIST_LEASES)?, &path).await;
                let count = self.seen(op::LIST_LEASES, "leases", leases)?.len();
                found.push(Discovered {
                    labels: BTreeMap::from([("leases".to_owned(), count.to_string())]),
                    ..Discovered::of(Principal::new("vault", &path))
                });
            }
        }
        Ok(found)
    }
}

/// What an entity is, by how it signs in; nothing where its ways in say different things.
fn kind(entity: &Value) -> Option<IdentityKind> {
    let aliases = entity.get("aliases").and_then(Value::as_array)?;
    let of = |alias: &Value| match text(alias, "mount_type").as_str() {
        "approle" => Some(IdentityKind::ApiClient),
        "aws" | "azure" | "cf" | "gcp" | "kubernetes" => Some(IdentityKind::Workload),
        "github" | "kerberos" | "ldap" | "oidc" | "okta" | "radius" | "userpass" => {
            Some(IdentityKind::Human)
        }
        // A certificate or a signed token may be anybody's.
        _ => None,
    };
    let mut kinds = aliases.iter().map(of);
    let first = kinds.next().flatten()?;
    kinds.all(|it| it == Some(first)).then_some(first)
}

/// What a policy allows stands in the policy; where that is hidden, it may be secrets.
fn policy(name: String, through: &str) -> Entitlement {
    let risk = if name == "root" { RiskClass::Admin } else { RiskClass::Secrets };
    Entitlement { grant: name, scope: "vault".to_owned(), through: through.to_owned(), risk }
}

/// A page of entities; with the last come the roles.
pub(crate) async fn page(
    shared: &Shared,
    cx: &DiscoverCx<'_>,
    from: Option<&str>,
) -> Result<DiscoveryPage, CallError> {
    let mut look = Look { shared, cx, gaps: Vec::new(), policies: BTreeMap::new() };
    let listed = shared.server.entities(&cx.read(op::LIST_ENTITIES)?).await;
    let ids = look.seen(op::LIST_ENTITIES, "entities", listed)?;
    let rest: Vec<&String> =
        ids.iter().filter(|it| from.is_none_or(|from| it.as_str() > from)).collect();
    let tokens = look.tokens().await?;
    let mut found = Vec::new();
    for id in rest.iter().take(PAGE) {
        let entity = shared.server.entity(&cx.read(op::READ_ENTITY)?, id).await;
        if let Some(entity) = look.seen(op::READ_ENTITY, "entities", entity)? {
            found.push(look.entity(&entity, &tokens).await?);
        }
    }
    let next = (rest.len() > PAGE).then(|| rest.get(PAGE - 1)).flatten();
    let next = next.map(|it| (*it).clone());
    if next.is_none() {
        found.extend(look.roles().await?);
    }
    Ok(DiscoveryPage { found, gaps: look.gaps, next })
}
