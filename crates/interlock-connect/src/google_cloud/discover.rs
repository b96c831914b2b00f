//! Service accounts with their keys and roles, who else has a role on the project, and pools.

use super::actions::Shared;
use super::operation as op;
use super::server::{Account, Key, Pool};
use super::subject::Subject;
use interlock_contain::{CallError, DiscoverCx, DiscoverySpec};
use interlock_model::{
    CredentialKind, CredentialRef, Discovered, DiscoveredCredential, DiscoveryGap, DiscoveryPage,
    Entitlement, IdentityKind, Principal, RiskClass,
};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

pub(crate) static SPEC: DiscoverySpec = DiscoverySpec {
    sees: "service accounts of the project with their keys, every role on the project, and workload identity pools",
    hides: "roles on folders, the organisation and single resources, members of groups, sign-ins, and live access tokens",
    reads: &[op::LIST_ACCOUNTS, op::LIST_KEYS, op::GET_POLICY, op::LIST_POOLS],
    source: "https://cloud.google.com/iam/docs/reference/rest",
};

/// One page; the place says which part, and Google's own mark within it.
pub(crate) async fn page(
    shared: &Shared,
    cx: &DiscoverCx<'_>,
    from: Option<&str>,
) -> Result<DiscoveryPage, CallError> {
    let from = from.unwrap_or("accounts:");
    let invalid = || CallError::Invalid { why: format!("`{from}` is no place in a look") };
    let (part, mark) = from.split_once(':').ok_or_else(invalid)?;
    let mark = (!mark.is_empty()).then_some(mark);
    let mut look = Look { shared, cx, gaps: Vec::new() };
    let (found, next) = match part {
        "accounts" => {
            let (found, next) = look.accounts(mark).await?;
            (found, next.map_or_else(|| "people:".to_owned(), |it| format!("accounts:{it}")))
        }
        "people" => (look.people().await?, "pools:".to_owned()),
        "pools" => {
            let (found, next) = look.pools(mark).await?;
            (found, next.map(|it| format!("pools:{it}")).unwrap_or_default())
        }
        _ => return Err(invalid()),
    };
    Ok(DiscoveryPage { found, gaps: look.gaps, next: (!next.is_empty()).then_some(next) })
}

struct Look<'a> {
    shared: &'a Shared,
    cx: &'a DiscoverCx<'a>,
    gaps: Vec<DiscoveryGap>,
}

impl Look<'_> {
    fn seen<T: Default>(&mut self, what: &str, of: Result<T, CallError>) -> Result<T, CallError> {
        match of {
            Err(CallError::Denied { permission }) => {
                let gap = DiscoveryGap {
                    what: what.to_owned(),
                    why: "Google refuses it".to_owned(),
                    remedy: format!(
                        "grant a role with `{permission}` on project `{}`",
                        self.shared.config.project
                    ),
                };
                if !self.gaps.contains(&gap) {
                    self.gaps.push(gap);
                }
                Ok(T::default())
            }
            other => other,
        }
    }

    /// Every role of every member.
    async fn roles(&mut self) -> Result<BTreeMap<String, Vec<Entitlement>>, CallError> {
        let policy = self.shared.server.policy(self.cx.read(op::GET_POLICY)?).await;
        let policy = self.seen("roles on the project", policy)?;
        let mut roles: BTreeMap<String, Vec<Entitlement>> = BTreeMap::new();
        let bindings = policy.get("bindings").and_then(Value::as_array).into_iter().flatten();
        for binding in bindings {
            let Some(role) = binding.get("role").and_then(Value::as_str) else { continue };
            let condition = binding.pointer("/condition/title").and_then(Value::as_str);
            let members = binding.get("members").and_then(Value::as_array).into_iter().flatten();
            for member in members.filter_map(Value::as_str) {
                roles.entry(member.to_owned()).or_default().push(Entitlement {
                    grant: role.to_owned(),
                    scope: format!("projects/{}", self.shared.config.project),
                    through: match condition {
                        Some(title) => format!("binding, if {title}"),
                        None => "binding".to_owned(),
                    },
                    risk: risk(role),
                });
            }
        }
        Ok(roles)
    }

    async fn accounts(
        &mut self,
        mark: Option<&str>,
    ) -> Result<(Vec<Discovered>, Option<String>), CallError> {
        let server = &self.shared.server;
        let operation = self.cx.read(op::LIST_ACCOUNTS)?.operation();
        let page = server.page::<Account>(operation, &["serviceAccounts"], "accounts", mark).await;
        let (accounts, next) = self.seen("service accounts", page)?;
        let mut roles = self.roles().await?;
        let mut found = Vec::new();
        for it in accounts {
            let keys = server.keys(self.cx.read(op::LIST_KEYS)?, &it.email).await;
            let keys = self.seen("keys of service accounts", keys)?;
            let mut labels = BTreeMap::new();
            labels.extend(it.description.map(|it| ("description".to_owned(), short(&it))));
            labels.extend(it.unique_id.map(|it| ("unique_id".to_owned(), it)));
            found.push(Discovered {
                name: it.display_name,
                kind: Some(IdentityKind::ServiceAccount),
                enabled: Some(!it.disabled),
                labels,
                credentials: keys.iter().map(|key| credential(&it.email, key)).collect(),
                entitlements: roles
                    .remove(&format!("serviceAccount:{}", it.email))
                    .unwrap_or_default(),
                ..Discovered::of(Principal::new("google", &it.email.to_lowercase()))
            });
        }
        Ok((found, next))
    }

    /// Who has a role and is no service account of the project.
    async fn people(&mut self) -> Result<Vec<Discovered>, CallError> {
        let own = format!("@{}.iam.gserviceaccount.com", self.shared.config.project);
        let mut seen = BTreeSet::new();
        let mut found = Vec::new();
        for (member, entitlements) in self.roles().await? {
            let (sort, name) = member.split_once(':').unwrap_or(("", &member));
            let (name, kind) = match sort {
                "user" => (name.to_lowercase(), Some(IdentityKind::Human)),
                "serviceAccount" if !name.ends_with(&own) => {
                    (name.to_lowercase(), Some(IdentityKind::ServiceAccount))
                }
                "principal" => (member.clone(), Some(IdentityKind::Workload)),
                _ => continue,
            };
            let principal = Principal::new("google", &name);
            if Subject::of(&principal).is_ok() && seen.insert(name) {
                found.push(Discovered { kind, entitlements, ..Discovered::of(principal) });
            }
        }
        Ok(found)
    }

    async fn pools(
        &mut self,
        mark: Option<&str>,
    ) -> Result<(Vec<Discovered>, Option<String>), CallError> {
        let operation = self.cx.read(op::LIST_POOLS)?.operation();
        let place = ["locations", "global", "workloadIdentityPools"];
        let server = &self.shared.server;
        let page = server.page::<Pool>(operation, &place, "workloadIdentityPools", mark).await;
        let (pools, next) = self.seen("workload identity pools", page)?;
        let found = pools.into_iter().map(|it| {
            let name = format!("principal://iam.googleapis.com/{}", it.name);
            Discovered {
                name: it.display_name,
                kind: Some(IdentityKind::Workload),
                enabled: Some(!it.disabled),
                ..Discovered::of(Principal::new("google", &name))
            }
        });
        Ok((found.collect(), next))
    }
}

fn credential(email: &str, key: &Key) -> DiscoveredCredential {
    let id = format!("{}/keys/{}", email.to_lowercase(), key.number());
    DiscoveredCredential {
        reference: CredentialRef::new("google", CredentialKind::AccessKey, &id),
        enabled: Some(!key.disabled),
        issued: key.valid_after_time,
        // One that never ends says the last day of the year 9999, which is none.
        expires: key.valid_before_time,
        last_used: None,
    }
}

fn short(text: &str) -> String {
    text.chars().take(200).collect()
}

fn risk(role: &str) -> RiskClass {
    let name = role.rsplit('/').next().unwrap_or(role);
    let has = |part: &str| name.to_ascii_lowercase().contains(part);
    if name == "owner" {
        RiskClass::Admin
    } else if has("iam.") && has("admin") || has("securityadmin") || has("projectiamadmin") {
        RiskClass::Permissions
    } else if has("secretaccessor")
        || has("tokencreator")
        || has("keyadmin")
        || has("serviceaccountuser")
    {
        RiskClass::Secrets
    } else if has("viewer") || has("reader") {
        RiskClass::Read
    } else {
        RiskClass::Write
    }
}
