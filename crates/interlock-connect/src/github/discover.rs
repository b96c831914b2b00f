//! Members, outside collaborators, Apps, and repositories with their deploy keys and workflows.
//!
//! A repository is a principal of its own: what its deploy keys and workflows may do is nobody's else.

use super::actions::Shared;
use super::form::{DeployKey, Token};
use super::{operation as op, subject};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use interlock_contain::{CallError, DiscoverCx, DiscoverySpec};
use interlock_model::{
    CredentialKind, CredentialRef, Discovered, DiscoveredCredential, DiscoveryGap, DiscoveryPage,
    Entitlement, IdentityKind, Operation, Principal, RiskClass, Timestamp,
};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

pub(crate) static SPEC: DiscoverySpec = DiscoverySpec {
    sees: "owners, members, outside collaborators, fine-grained tokens with access, installed Apps, repositories with deploy keys, names of secrets, subjects of workflows, and owners by CODEOWNERS",
    hides: "classic tokens and SSH keys of users, sign-ins, and what single sign-on did not authorise",
    reads: &[
        op::READ_METADATA,
        op::READ_MEMBERS,
        op::READ_ADMINISTRATION,
        op::READ_ACTIONS,
        op::READ_TOKENS,
        op::READ_ORGANIZATION,
        op::READ_SECRETS,
        op::READ_CONTENTS,
    ],
    source: "https://docs.github.com/en/rest",
};

/// Repositories of one page: each costs some calls.
const REPOSITORIES: usize = 20;
/// Repositories of one answer, as GitHub gives them.
const PAGE: usize = 100;
/// Where `CODEOWNERS` may be, the first that is there counts.
const CODEOWNERS: [&[&str]; 3] =
    [&[".github", "CODEOWNERS"], &["CODEOWNERS"], &["docs", "CODEOWNERS"]];

/// One part of a look, in this order.
const PARTS: [&str; 5] = ["owners", "members", "outside", "apps", "repositories"];

/// One page.
pub(crate) async fn page(
    shared: &Shared,
    cx: &DiscoverCx<'_>,
    from: Option<&str>,
) -> Result<DiscoveryPage, CallError> {
    let from = from.unwrap_or("owners:1");
    let invalid = || CallError::Invalid { why: format!("`{from}` is no place in a look") };
    let (part, number) = from.split_once(':').ok_or_else(invalid)?;
    let number: usize = number.parse().map_err(|_| invalid())?;
    let index = PARTS.iter().position(|it| *it == part).ok_or_else(invalid)?;
    let mut look = Look { shared, cx, gaps: Vec::new() };
    let (found, more) = match part {
        "owners" => look.people("members", Some("admin"), number).await?,
        "members" => look.people("members", Some("member"), number).await?,
        "outside" => look.people("outside_collaborators", None, number).await?,
        "apps" => look.apps(number).await?,
        _ => look.repositories(number).await?,
    };
    let following = PARTS.get(index + 1).map(|it| format!("{it}:1"));
    let next = if more { Some(format!("{part}:{}", number + 1)) } else { following };
    Ok(DiscoveryPage { found, gaps: look.gaps, next })
}

struct Look<'a> {
    shared: &'a Shared,
    cx: &'a DiscoverCx<'a>,
    gaps: Vec<DiscoveryGap>,
}

#[derive(Deserialize)]
struct Account {
    login: String,
    #[serde(default, rename = "type")]
    kind: String,
}

#[derive(Deserialize)]
struct Installation {
    app_slug: String,
    #[serde(default)]
    app_id: Option<u64>,
    #[serde(default)]
    permissions: BTreeMap<String, String>,
    #[serde(default, deserialize_with = "crate::rest::moment")]
    created_at: Option<Timestamp>,
    #[serde(default, deserialize_with = "crate::rest::moment")]
    suspended_at: Option<Timestamp>,
}

#[derive(Deserialize)]
struct Repository {
    name: String,
    #[serde(default)]
    archived: bool,
    #[serde(default)]
    visibility: Option<String>,
    #[serde(default, deserialize_with = "crate::rest::moment")]
    created_at: Option<Timestamp>,
}

fn principal(name: &str) -> Principal {
    Principal::new("github", name)
}

impl Look<'_> {
    /// What was read, or nothing and a gap where it may not be seen.
    fn seen<T: Default>(&mut self, what: &str, of: Result<T, CallError>) -> Result<T, CallError> {
        let gap = |why: String, remedy: String| DiscoveryGap { what: what.to_owned(), why, remedy };
        match of {
            Ok(it) => Ok(it),
            Err(CallError::Denied { permission }) => {
                let remedy = format!("give the connector `{permission}`");
                self.gap(gap("GitHub refuses it".to_owned(), remedy));
                Ok(T::default())
            }
            Err(CallError::NotFound { what: of }) => {
                let remedy = "GitHub says the same where it may not be seen".to_owned();
                self.gap(gap(format!("{of} is not there"), remedy));
                Ok(T::default())
            }
            Err(error) => Err(error),
        }
    }

    /// Said once, however many repositories it is about.
    fn gap(&mut self, gap: DiscoveryGap) {
        if !self.gaps.contains(&gap) {
            self.gaps.push(gap);
        }
    }

    /// Asks first whether the look may read it.
    fn may(&self, operation: Operation) -> Result<Operation, CallError> {
        Ok(self.cx.read(operation)?.operation())
    }

    async fn people(
        &mut self,
        list: &str,
        role: Option<&str>,
        number: usize,
    ) -> Result<(Vec<Discovered>, bool), CallError> {
        let server = &self.shared.server;
        let organization = self.shared.config.organization.clone();
        let path = ["orgs", &*organization, list];
        let query: Vec<(&str, &str)> = role.iter().map(|it| ("role", *it)).collect();
        let operation = self.may(op::READ_MEMBERS)?;
        let page = server.page::<Account>(operation, &path, &query, None, number).await;
        let (accounts, more) = self.seen(list, page)?;
        let tokens = server.tokens(self.cx.read(op::READ_TOKENS)?, &[]).await;
        // Once is enough to say that they cannot be seen.
        let tokens = match (tokens, role, number) {
            (tokens, Some("admin"), 1) => self.seen("fine-grained tokens", tokens)?,
            (Err(CallError::Denied { .. } | CallError::NotFound { .. }), ..) => Vec::new(),
            (tokens, ..) => tokens?,
        };
        let risk = match role {
            Some("admin") => RiskClass::Admin,
            _ => RiskClass::Write,
        };
        let grant = match role {
            Some("admin") => "owner",
            Some(_) => "member",
            None => "outside collaborator",
        };
        let found = accounts.into_iter().map(|it| {
            let own = tokens.iter().filter(|token| token.owner.login == it.login);
            Discovered {
                kind: match it.kind.as_str() {
                    "User" => Some(IdentityKind::Human),
                    "Bot" => Some(IdentityKind::ServiceAccount),
                    _ => None,
                },
                entitlements: vec![Entitlement {
                    grant: grant.to_owned(),
                    scope: organization.clone(),
                    through: "membership".to_owned(),
                    risk,
                }],
                credentials: own.map(token).collect(),
                ..Discovered::of(principal(&it.login))
            }
        });
        Ok((found.collect(), more))
    }

    async fn apps(&mut self, number: usize) -> Result<(Vec<Discovered>, bool), CallError> {
        let organization = &self.shared.config.organization;
        let (path, within) = (["orgs", organization, "installations"], Some("installations"));
        let operation = self.may(op::READ_ORGANIZATION)?;
        let page = self.shared.server.page::<Installation>(operation, &path, &[], within, number);
        let page = page.await;
        let (apps, more) = self.seen("installed Apps", page)?;
        let found = apps.into_iter().map(|it| {
            let grants = it.permissions.iter().map(|(name, level)| Entitlement {
                grant: format!("{name}: {level}"),
                scope: organization.clone(),
                through: "installation".to_owned(),
                risk: risk(name, level),
            });
            let also = std::iter::once(format!("{}[bot]", it.app_slug))
                .chain(it.app_id.map(|it| format!("app/{it}")));
            Discovered {
                also: also.map(|it| principal(&it)).collect(),
                kind: Some(IdentityKind::ApiClient),
                enabled: Some(it.suspended_at.is_none()),
                created: it.created_at,
                entitlements: grants.collect(),
                ..Discovered::of(principal(&format!("app/{}", it.app_slug)))
            }
        });
        Ok((found.collect(), more))
    }

    async fn repositories(&mut self, number: usize) -> Result<(Vec<Discovered>, bool), CallError> {
        let organization = &self.shared.config.organization;
        let first = (number.max(1) - 1) * REPOSITORIES;
        let path = ["orgs", organization, "repos"];
        let operation = self.may(op::READ_METADATA)?;
        let page =
            self.shared.server.page::<Repository>(operation, &path, &[], None, first / PAGE + 1);
        let page = page.await;
        let (all, more) = self.seen("repositories", page)?;
        let here = first % PAGE;
        let more = more || all.len() > here + REPOSITORIES;
        let mut found = Vec::new();
        for it in all.into_iter().skip(here).take(REPOSITORIES) {
            found.push(self.repository(it).await?);
        }
        Ok((found, more))
    }

    async fn repository(&mut self, of: Repository) -> Result<Discovered, CallError> {
        let server = &self.shared.server;
        let organization = self.shared.config.organization.clone();
        let name = format!("{organization}/{}", of.name);
        let keys = server.deploy_keys(self.cx.read(op::READ_ADMINISTRATION)?, &of.name).await;
        let keys = self.seen("deploy keys", keys)?;
        let mut labels = BTreeMap::new();
        labels.extend(of.visibility.map(|it| ("visibility".to_owned(), it)));
        let added = keys
            .iter()
            .filter_map(|it| Some(format!("{} by {}", it.of.title, it.added_by.as_ref()?)));
        let added: Vec<String> = added.collect();
        if !added.is_empty() {
            labels.insert("deploy_keys_added".to_owned(), short(&added.join(", ")));
        }
        self.secrets(&organization, &of.name, &mut labels).await?;
        self.subjects(&organization, &of.name, &mut labels).await?;
        self.owners(&organization, &of.name, &mut labels).await?;
        let grants = keys.iter().map(|it| Entitlement {
            grant: if it.of.read_only { "read" } else { "write" }.to_owned(),
            scope: name.clone(),
            through: format!("deploy key {}", it.of.title),
            risk: if it.of.read_only { RiskClass::Read } else { RiskClass::Write },
        });
        Ok(Discovered {
            kind: Some(IdentityKind::Pipeline),
            enabled: Some(!of.archived),
            created: of.created_at,
            labels,
            entitlements: grants.collect(),
            credentials: keys.iter().filter_map(deploy_key).collect(),
            ..Discovered::of(principal(&name))
        })
    }

    /// Names of secrets; what they hold is never asked for, and GitHub would not say it.
    async fn secrets(
        &mut self,
        organization: &str,
        repository: &str,
        labels: &mut BTreeMap<String, String>,
    ) -> Result<(), CallError> {
        let path = ["repos", organization, repository, "actions", "secrets"];
        let operation = self.may(op::READ_SECRETS)?;
        let all = self.shared.server.list::<Value>(operation, &path, &[], Some("secrets")).await;
        let all = self.seen("names of secrets", all)?;
        let names = all.iter().filter_map(|it| it.get("name")?.as_str());
        let names: Vec<&str> = names.collect();
        if !names.is_empty() {
            labels.insert("actions_secrets".to_owned(), short(&names.join(", ")));
        }
        Ok(())
    }

    /// By which claims a workflow is named to clouds, where that is not the usual way.
    async fn subjects(
        &mut self,
        organization: &str,
        repository: &str,
        labels: &mut BTreeMap<String, String>,
    ) -> Result<(), CallError> {
        let path = ["repos", organization, repository, "actions", "oidc", "customization", "sub"];
        let operation = self.may(op::READ_ACTIONS)?;
        let of = self.shared.server.look::<Value>(operation, &path).await;
        let of = self.seen("subjects of workflows", of)?;
        let claims = of.as_ref().and_then(|it| it.get("include_claim_keys")?.as_array());
        if let Some(claims) = claims {
            let claims: Vec<&str> = claims.iter().filter_map(Value::as_str).collect();
            labels.insert("oidc_subject_claims".to_owned(), short(&claims.join(", ")));
        }
        Ok(())
    }

    /// Who owns everything in it: the last line of `CODEOWNERS` that is for all files.
    async fn owners(
        &mut self,
        organization: &str,
        repository: &str,
        labels: &mut BTreeMap<String, String>,
    ) -> Result<(), CallError> {
        let operation = self.may(op::READ_CONTENTS)?;
        for place in CODEOWNERS {
            let head = ["repos", organization, repository, "contents"];
            let path: Vec<&str> = head.iter().chain(place).copied().collect();
            let file = self.shared.server.look::<Value>(operation, &path).await;
            let Some(file) = self.seen("CODEOWNERS", file)? else { continue };
            if let Some(owner) = file.get("content").and_then(Value::as_str).and_then(owner) {
                labels.insert("CODEOWNERS/owner".to_owned(), short(&owner));
            }
            return Ok(());
        }
        Ok(())
    }
}

/// The owner of all files, without the mark before its name.
fn owner(content: &str) -> Option<String> {
    let content: String = content.split_whitespace().collect();
    let text = String::from_utf8(BASE64_STANDARD.decode(content).ok()?).ok()?;
    let lines = text.lines().filter_map(|it| it.trim().strip_prefix("* "));
    let first = lines.filter_map(|it| it.split_whitespace().next()).next_back()?;
    Some(first.strip_prefix('@').unwrap_or(first).to_owned())
}

fn short(text: &str) -> String {
    text.chars().take(200).collect()
}

fn token(of: &Token) -> DiscoveredCredential {
    let number = of.token_id.to_string();
    DiscoveredCredential {
        reference: CredentialRef::new("github", CredentialKind::Token, &number),
        enabled: Some(true),
        issued: of.access_granted_at,
        expires: of.token_expires_at,
        last_used: of.token_last_used_at,
    }
}

fn deploy_key(of: &DeployKey) -> Option<DiscoveredCredential> {
    let print = subject::fingerprint(&of.of.key)?;
    Some(DiscoveredCredential {
        reference: CredentialRef::new("github", CredentialKind::AccessKey, &print),
        enabled: Some(true),
        issued: of.created_at,
        expires: None,
        last_used: of.last_used,
    })
}

fn risk(name: &str, level: &str) -> RiskClass {
    let secret = name.contains("secret") || name.contains("personal_access_tokens");
    match (name, level) {
        (_, "read") if secret => RiskClass::Secrets,
        (_, "read") => RiskClass::Read,
        ("administration" | "organization_administration", _) => RiskClass::Admin,
        ("members" | "organization_user_blocking", _) => RiskClass::Permissions,
        _ if secret || name == "workflows" => RiskClass::Secrets,
        _ => RiskClass::Write,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codeowners_name_the_owner_of_everything() {
        for (text, is) in [
            ("# who\n* @acme/payments @ann\ndocs/ @acme/docs\n", Some("acme/payments")),
            ("* @acme/old\n* @acme/new\n", Some("acme/new")),
            ("docs/ @acme/docs\n", None),
            ("*.rs @acme/rust\n", None),
            ("", None),
        ] {
            let content = BASE64_STANDARD.encode(text);
            assert_eq!(owner(&content).as_deref(), is, "{text}");
        }
    }
}
