//! An organisation in memory, at the wire: it answers as GitHub documents it, and misbehaves on request.

use super::operation as op;
use super::{App, Credential, GithubConfig};
use crate::Secret;
use crate::delivery::Deliveries;
use crate::rest::fake::{Answered, Asked, Provider, Routes};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use interlock_model::{ConnectorId, Operation, Timestamp};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The organisation.
pub const ORGANIZATION: &str = "acme";
/// The member that is contained.
pub const MEMBER: &str = "svc-ci";
/// A user from outside.
pub const OUTSIDE: &str = "contractor";
/// The repository that everything is in.
pub const REPOSITORY: &str = "pay";
/// The connector's own token, which must show nowhere.
pub const PLANTED: &str = "planted-github-token";
/// The number of a fine-grained token of the member.
pub const TOKEN: u64 = 9_001;
/// A classic token of the member that was found in a repository.
pub const LEAKED: &str = "ghp_planted0leaked0token0of0the0member0000";
/// The client id of an App of the organisation's own, which is `app/ci`.
pub const OWN_APP: &str = "Iv23ci";
/// The number of its installation.
pub const INSTALLATION: u64 = 5_005;
/// The public half of a deploy key.
pub const DEPLOY_KEY: &str =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8g";

/// What the organisation holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    /// Roles by login; whether the user has yet to accept.
    pub members: BTreeMap<String, (String, bool)>,
    /// Members by team, with their part in it.
    pub teams: BTreeMap<String, BTreeMap<String, String>>,
    /// Who is blocked.
    pub blocked: BTreeSet<String>,
    /// Repositories by name.
    pub repositories: BTreeMap<String, Repository>,
    /// Grants of fine-grained tokens by number: the token's own number, and whose it is.
    pub tokens: BTreeMap<u64, (u64, String)>,
    /// Credentials that single sign-on authorised, by number.
    pub authorizations: BTreeMap<u64, String>,
    /// Installations of Apps whose keys are there, by number, and whether each is suspended.
    pub installations: BTreeMap<u64, (OwnApp, bool)>,
    /// Tokens that were found in repositories, and whether each is still taken.
    pub leaked: BTreeMap<String, bool>,
}

/// An App of the organisation's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnApp {
    /// Its client id, which it signs with.
    pub client: String,
    /// Its number.
    pub id: u64,
    /// Its short name.
    pub slug: String,
}

/// What a repository holds.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Repository {
    /// Deploy keys: title and whether it only reads, by public key.
    pub keys: BTreeMap<String, (String, bool)>,
    /// Whether workflows run, and which actions they may use.
    pub actions: (bool, String, bool),
    /// Runs by number, with their status.
    pub runs: BTreeMap<u64, String>,
    /// What users were given here.
    pub direct: BTreeMap<String, String>,
    /// What users are invited to.
    pub invited: BTreeMap<String, String>,
    /// `CODEOWNERS`, encoded.
    pub codeowners: Option<String>,
}

/// The organisation.
pub type Fake = Provider<State, GitHub>;

impl Fake {
    /// Two owners, one of them the service account that is contained, and something in it for each action.
    #[must_use]
    pub fn small() -> Arc<Self> {
        let named = |it: &str| it.to_owned();
        let pay = Repository {
            keys: BTreeMap::from([(named(DEPLOY_KEY), (named("deploy"), false))]),
            actions: (true, named("selected"), true),
            runs: BTreeMap::from([(71, named("in_progress")), (70, named("completed"))]),
            direct: BTreeMap::from([(named(OUTSIDE), named("write"))]),
            ..Repository::default()
        };
        let owner = || (named("admin"), false);
        Arc::new(Self::new(
            State {
                members: BTreeMap::from([
                    (named("ann"), owner()),
                    (named(MEMBER), owner()),
                    (named("interlock-house"), (named("member"), false)),
                ]),
                teams: BTreeMap::from([
                    (named("payments"), BTreeMap::from([(named(MEMBER), named("maintainer"))])),
                    (named("web"), BTreeMap::from([(named("ann"), named("member"))])),
                ]),
                blocked: BTreeSet::new(),
                repositories: BTreeMap::from([
                    (named(REPOSITORY), pay),
                    (named("web"), Repository::default()),
                ]),
                tokens: BTreeMap::from([(31, (TOKEN, named(MEMBER))), (32, (9_002, named("ann")))]),
                authorizations: BTreeMap::from([(161, named(MEMBER)), (162, named("ann"))]),
                installations: BTreeMap::from([(
                    INSTALLATION,
                    (OwnApp { client: named(OWN_APP), id: 88, slug: named("ci") }, false),
                )]),
                leaked: BTreeMap::from([
                    (named("AKIAIOSFODNN7EXAMPLE"), true),
                    (named(LEAKED), true),
                ]),
            },
            GitHub,
        ))
    }

    /// A connector's configuration for it.
    #[must_use]
    pub fn config(clock: fn() -> Timestamp) -> GithubConfig {
        GithubConfig {
            id: ConnectorId("github-acme".into()),
            organization: ORGANIZATION.to_owned(),
            endpoint: "https://api.github.com".to_owned(),
            repositories: Vec::new(),
            credential: Credential::Token(Secret::new(PLANTED)),
            own_apps: Vec::new(),
            deliveries: Deliveries::default(),
            clock,
            settle: None,
        }
    }

    /// The App that can be suspended, with this key.
    #[must_use]
    pub fn own_app(private_key: Secret) -> App {
        App { id: OWN_APP.to_owned(), installation: INSTALLATION, private_key }
    }

    /// The same by an App with this key.
    #[must_use]
    pub fn config_of_app(clock: fn() -> Timestamp, private_key: Secret) -> GithubConfig {
        let app = App { id: "Iv23acme".to_owned(), installation: 4_711, private_key };
        GithubConfig { credential: Credential::App(app), ..Self::config(clock) }
    }
}

/// How GitHub understands requests.
#[derive(Debug)]
pub struct GitHub;

impl Routes<State> for GitHub {
    fn operation(&self, method: &str, path: &[String]) -> Option<(Operation, bool)> {
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        let read = method == "GET";
        let either = |reads, writes| Some(if read { (reads, false) } else { (writes, true) });
        let revokes = Some((op::REVOKE_LEAKED, true));
        match path.as_slice() {
            ["app", "installations", number] if *number == INSTALLATION.to_string() => {
                Some((op::READ_INSTALLATION, false))
            }
            ["app", "installations", _, "suspended"] => Some((op::SUSPEND, true)),
            ["user" | "app"] | ["app", "installations", _] => Some((SELF, false)),
            ["app", "installations", _, "access_tokens"] => Some((SELF, false)),
            ["orgs", _, "members" | "memberships" | "teams" | "outside_collaborators", ..] => {
                either(op::READ_MEMBERS, op::WRITE_MEMBERS)
            }
            ["orgs", _, "blocks", _] => either(op::READ_BLOCKS, op::WRITE_BLOCKS),
            ["orgs", _, "personal-access-tokens", ..] => either(op::READ_TOKENS, op::WRITE_TOKENS),
            ["orgs", _, "credential-authorizations" | "installations", ..] => {
                either(op::READ_ORGANIZATION, op::WRITE_ORGANIZATION)
            }
            ["orgs", _, "secret-scanning", "alerts"] => Some((op::READ_LEAKED, false)),
            ["credentials", "revoke"] | ["installation", "token"] => revokes,
            ["rate_limit"] => Some((op::TRY_LEAKED, false)),
            ["orgs", _, "repos"] => Some((op::READ_METADATA, false)),
            ["repos", _, _, "collaborators", ..] => {
                either(op::READ_METADATA, op::WRITE_ADMINISTRATION)
            }
            ["repos", _, _, "keys" | "invitations", ..]
            | ["repos", _, _, "actions", "permissions"] => {
                either(op::READ_ADMINISTRATION, op::WRITE_ADMINISTRATION)
            }
            ["repos", _, _, "actions", "secrets"] => Some((op::READ_SECRETS, false)),
            ["repos", _, _, "actions", ..] => either(op::READ_ACTIONS, op::WRITE_ACTIONS),
            ["repos", _, _, "contents", ..] => Some((op::READ_CONTENTS, false)),
            _ => None,
        }
    }

    fn answer(&self, state: &mut State, asked: &Asked<'_>) -> Answered {
        let path: Vec<&str> = asked.path.iter().map(String::as_str).collect();
        match path.as_slice() {
            ["user"] => (200, json!({ "login": "interlock-house", "id": 7, "type": "User" })),
            ["app"] => (200, json!({ "id": 77, "slug": "interlock", "name": "Interlock" })),
            ["app", "installations", "4711"] => (
                200,
                json!({
                    "id": 4711,
                    "permissions": {
                        "metadata": "read", "members": "write", "administration": "write",
                        "actions": "read", "organization_personal_access_tokens": "write",
                    },
                }),
            ),
            ["app", "installations", "4711", "access_tokens"] => {
                (201, json!({ "token": PLANTED, "expires_at": "2099-01-01T00:00:00Z" }))
            }
            ["app", "installations", number, rest @ ..] => {
                let number: Option<u64> = number.parse().ok();
                let found = number.and_then(|it| Some((it, state.installations.get_mut(&it)?)));
                found.map_or_else(missing, |of| installation(of, asked, rest))
            }
            ["credentials", "revoke"] | ["installation", "token"] => revoked(state, asked),
            ["rate_limit"] => match asked.token.as_ref().and_then(|it| state.leaked.get(it)) {
                Some(true) => (200, json!({ "resources": {}, "rate": { "limit": 5000 } })),
                Some(false) | None => (401, json!({ "message": "Bad credentials" })),
            },
            ["orgs", ORGANIZATION, rest @ ..] => organization(state, asked, rest),
            ["repos", ORGANIZATION, name, rest @ ..] => {
                let repository = state.repositories.get_mut(*name);
                let answered = repository.and_then(|it| in_repository(it, asked, rest));
                answered.unwrap_or_else(missing)
            }
            _ => missing(),
        }
    }

    fn refusal(&self, status: u16) -> Value {
        let message = match status {
            403 => "Resource not accessible by integration",
            429 => "You have exceeded a secondary rate limit",
            _ => "Not Found",
        };
        json!({ "message": message, "documentation_url": "https://docs.github.com/rest" })
    }
}

/// Who one is needs no permission.
const SELF: Operation = Operation("GET /user");

fn missing() -> Answered {
    (404, GitHub.refusal(404))
}

fn done() -> Answered {
    (204, Value::Null)
}

fn user(login: &str) -> Value {
    json!({ "login": login, "id": login.len(), "type": "User" })
}

/// One page of a list.
fn paged(asked: &Asked<'_>, all: Vec<Value>) -> Answered {
    let number = |name: &str, other: usize| {
        asked.query(name).and_then(|it| it.parse().ok()).unwrap_or(other)
    };
    let (count, page) = (number("per_page", 30), number("page", 1));
    let page: Vec<Value> = all.into_iter().skip((page - 1) * count).take(count).collect();
    (200, Value::Array(page))
}

fn within(name: &str, (status, items): Answered) -> Answered {
    let total = items.as_array().map_or(0, Vec::len);
    (status, json!({ "total_count": total, name: items }))
}

fn organization(state: &mut State, asked: &Asked<'_>, path: &[&str]) -> Answered {
    match (asked.method, path) {
        ("GET", ["repos"]) => {
            let named = state.repositories.keys().enumerate();
            paged(asked, named.map(|(id, it)| json!({ "id": id + 1, "name": it })).collect())
        }
        ("GET", ["members"]) => {
            let role = asked.query("role").unwrap_or("all");
            let active = state.members.iter().filter(|it| !it.1.1);
            let of = active.filter(|it| role == "all" || it.1.0 == role);
            paged(asked, of.map(|it| user(it.0)).collect())
        }
        ("GET", ["outside_collaborators"]) => {
            let given = state.repositories.values().flat_map(|it| it.direct.keys());
            let outside: BTreeSet<&String> =
                given.filter(|it| !state.members.contains_key(*it)).collect();
            paged(asked, outside.into_iter().map(|it| user(it)).collect())
        }
        ("DELETE", ["members", login]) => {
            let active = state.members.get(*login).is_some_and(|it| !it.1);
            if active { removed(state, login) } else { missing() }
        }
        (method, ["memberships", login]) => membership(state, asked, method, login),
        ("GET", ["teams"]) => {
            let named = state.teams.keys().enumerate();
            paged(asked, named.map(|(id, it)| json!({ "id": id + 1, "slug": it })).collect())
        }
        (method, ["teams", team, "memberships", login]) => {
            let Some(of) = state.teams.get_mut(*team) else { return missing() };
            if method == "PUT" {
                let role = asked.text("role").unwrap_or("member").to_owned();
                of.insert((*login).to_owned(), role);
            }
            of.get(*login)
                .map_or_else(missing, |it| (200, json!({ "role": it, "state": "active" })))
        }
        ("GET", ["blocks", login]) => {
            if state.blocked.contains(*login) {
                done()
            } else {
                missing()
            }
        }
        ("PUT", ["blocks", login]) => {
            if state.members.contains_key(*login) {
                return (422, json!({ "message": "a member cannot be blocked" }));
            }
            state.blocked.insert((*login).to_owned());
            done()
        }
        ("DELETE", ["blocks", login]) => {
            state.blocked.remove(*login);
            done()
        }
        ("GET", ["secret-scanning", "alerts"]) => {
            let each = state.leaked.keys().enumerate().map(|(number, secret)| {
                json!({
                    "number": number + 1, "state": "open", "secret": secret,
                    "created_at": "2026-02-01T00:00:00Z",
                })
            });
            paged(asked, each.collect())
        }
        (_, ["personal-access-tokens", ..]) => tokens(state, asked, path),
        ("GET", ["credential-authorizations"]) => {
            let login = asked.query("login");
            let of = state.authorizations.iter().filter(|it| login.is_none_or(|of| of == it.1));
            let each = of.map(|(id, login)| {
                json!({ "credential_id": id, "login": login, "credential_type": "SSH key" })
            });
            paged(asked, each.collect())
        }
        ("DELETE", ["credential-authorizations", id]) => {
            let gone = id.parse().ok().and_then(|it: u64| state.authorizations.remove(&it));
            gone.map_or_else(missing, |_| done())
        }
        ("GET", ["installations"]) => {
            let app = json!({
                "id": 4711, "app_id": 77, "app_slug": "interlock", "suspended_at": null,
                "permissions": { "members": "write", "metadata": "read" },
                "created_at": "2026-01-01T00:00:00Z",
            });
            within("installations", paged(asked, vec![app]))
        }
        _ => missing(),
    }
}

/// Only the App itself is let near its installation.
fn installation(
    (number, (app, suspended)): (u64, &mut (OwnApp, bool)),
    asked: &Asked<'_>,
    path: &[&str],
) -> Answered {
    let claims = asked.token.as_deref().and_then(|it| it.split('.').nth(1));
    let claims = claims.and_then(|it| BASE64_URL_SAFE_NO_PAD.decode(it).ok());
    let claims: Value = claims.and_then(|it| serde_json::from_slice(&it).ok()).unwrap_or_default();
    if claims.get("iss").and_then(Value::as_str) != Some(&*app.client) {
        return (401, json!({ "message": "A JSON web token could not be decoded" }));
    }
    match (asked.method, path) {
        ("GET", []) => {
            let at = suspended.then_some("2026-03-01T12:00:00Z");
            let account = json!({ "login": ORGANIZATION, "id": 1, "type": "Organization" });
            (
                200,
                json!({
                    "id": number, "app_id": app.id, "app_slug": app.slug, "account": account,
                    "suspended_at": at, "suspended_by": null, "permissions": {},
                }),
            )
        }
        ("PUT" | "DELETE", ["suspended"]) => {
            *suspended = asked.method == "PUT";
            done()
        }
        _ => missing(),
    }
}

/// The values alone count, and whoever proves to be somebody is refused; an installation's token ends itself.
fn revoked(state: &mut State, asked: &Asked<'_>) -> Answered {
    let own = asked.token.as_deref().filter(|it| it.starts_with("ghs_"));
    if asked.token.is_some() != own.is_some() {
        return (403, GitHub.refusal(403));
    }
    let named = asked.body.get("credentials").and_then(Value::as_array);
    for it in named.into_iter().flatten().filter_map(Value::as_str).chain(own) {
        if let Some(taken) = state.leaked.get_mut(it) {
            *taken = false;
        }
    }
    if own.is_some() { done() } else { (202, json!({})) }
}

fn removed(state: &mut State, login: &str) -> Answered {
    state.members.remove(login);
    for members in state.teams.values_mut() {
        members.remove(login);
    }
    done()
}

fn membership(state: &mut State, asked: &Asked<'_>, method: &str, login: &str) -> Answered {
    match method {
        "DELETE" if state.members.contains_key(login) => return removed(state, login),
        "PUT" => {
            let role = asked.text("role").unwrap_or("member").to_owned();
            // Whoever is no member has to accept first.
            let pending = state.members.get(login).is_none_or(|it| it.1);
            state.members.insert(login.to_owned(), (role, pending));
        }
        _ => {}
    }
    let Some((role, pending)) = state.members.get(login) else { return missing() };
    let standing = if *pending { "pending" } else { "active" };
    (200, json!({ "role": role, "state": standing, "user": user(login) }))
}

fn tokens(state: &mut State, asked: &Asked<'_>, path: &[&str]) -> Answered {
    if asked.method == "GET" {
        let (owner, token) = (asked.query("owner[]"), asked.query("token_id[]"));
        let of = state.tokens.iter().filter(|(_, (number, login))| {
            owner.is_none_or(|it| it == login) && token.is_none_or(|it| it == number.to_string())
        });
        let each = of.map(|(id, (number, login))| {
            json!({
                "id": id, "token_id": number, "owner": user(login),
                "access_granted_at": "2026-01-01T00:00:00Z", "token_expired": false,
                "token_expires_at": null, "token_last_used_at": "2026-02-01T00:00:00Z",
            })
        });
        return paged(asked, each.collect());
    }
    let named = asked.body.get("pat_ids").and_then(Value::as_array);
    let one = path.get(1).and_then(|it| it.parse().ok());
    let all: Vec<u64> = named.into_iter().flatten().filter_map(Value::as_u64).chain(one).collect();
    let known = all.iter().all(|it| state.tokens.contains_key(it));
    state.tokens.retain(|it, _| !all.contains(it));
    match (one, known) {
        (Some(_), false) => missing(),
        (Some(_), true) => done(),
        (None, _) => (202, json!({})),
    }
}

/// Deploy keys have numbers, which are made here from what they are.
fn number(key: &str, of: (&String, &bool)) -> u64 {
    let text = format!("{key}{}{}", of.0, of.1);
    text.bytes().fold(7, |sum, it| (sum * 31 + u64::from(it)) % 1_000_003)
}

fn in_repository(state: &mut Repository, asked: &Asked<'_>, path: &[&str]) -> Option<Answered> {
    Some(match (asked.method, path) {
        ("GET", ["keys"]) => {
            let each = state.keys.iter().map(|(key, (title, read_only))| {
                json!({
                    "id": number(key, (title, read_only)), "key": key, "title": title,
                    "read_only": read_only, "verified": true, "added_by": "ann",
                    "created_at": "2026-01-01T00:00:00Z", "last_used": null,
                })
            });
            paged(asked, each.collect())
        }
        ("POST", ["keys"]) => {
            let key = asked.text("key")?.to_owned();
            if state.keys.contains_key(&key) {
                return Some((422, json!({ "message": "key is already in use" })));
            }
            let read_only = asked.body.get("read_only").and_then(Value::as_bool).unwrap_or(false);
            let title = asked.text("title").unwrap_or_default().to_owned();
            let id = number(&key, (&title, &read_only));
            state.keys.insert(key, (title, read_only));
            (201, json!({ "id": id, "read_only": read_only }))
        }
        ("DELETE", ["keys", id]) => {
            let is =
                |key: &String, of: &(String, bool)| number(key, (&of.0, &of.1)).to_string() == *id;
            let there = state.keys.iter().any(|it| is(it.0, it.1));
            state.keys.retain(|key, of| !is(key, of));
            if there { done() } else { missing() }
        }
        ("GET", ["actions", "permissions"]) => {
            let (enabled, allowed, pinned) = &state.actions;
            (
                200,
                match enabled {
                    true => json!({
                        "enabled": true, "allowed_actions": allowed, "sha_pinning_required": pinned,
                    }),
                    false => json!({ "enabled": false }),
                },
            )
        }
        ("PUT", ["actions", "permissions"]) => {
            state.actions.0 = asked.body.get("enabled")?.as_bool()?;
            if let Some(allowed) = asked.text("allowed_actions") {
                state.actions.1 = allowed.to_owned();
            } else if state.actions.0 {
                "all".clone_into(&mut state.actions.1);
            }
            let pinned = asked.body.get("sha_pinning_required").and_then(Value::as_bool);
            state.actions.2 = pinned.unwrap_or(!state.actions.0 && state.actions.2);
            done()
        }
        ("GET", ["actions", "runs"]) => {
            let status = asked.query("status");
            let of = state.runs.iter().filter(|it| status.is_none_or(|of| of == it.1));
            let each = of.map(|(id, status)| json!({ "id": id, "status": status }));
            within("workflow_runs", paged(asked, each.collect()))
        }
        ("POST", ["actions", "runs", run, "force-cancel"]) => {
            let status = state.runs.get_mut(&run.parse().ok()?)?;
            if status == "completed" {
                return Some((409, json!({ "message": "the run is over" })));
            }
            "completed".clone_into(status);
            (202, json!({}))
        }
        ("GET", ["actions", "secrets"]) => {
            let secret = json!({ "name": "DEPLOY_TOKEN", "created_at": "2026-01-01T00:00:00Z" });
            within("secrets", paged(asked, vec![secret]))
        }
        ("GET", ["actions", "oidc", "customization", "sub"]) => {
            (200, json!({ "use_default": false, "include_claim_keys": ["repo", "environment"] }))
        }
        ("GET", ["contents", "CODEOWNERS"]) => {
            let content = state.codeowners.as_ref()?;
            (200, json!({ "type": "file", "encoding": "base64", "content": content }))
        }
        _ => return collaborators(state, asked, path),
    })
}

fn collaborators(state: &mut Repository, asked: &Asked<'_>, path: &[&str]) -> Option<Answered> {
    Some(match (asked.method, path) {
        ("GET", ["collaborators"]) => {
            paged(asked, state.direct.keys().map(|it| user(it)).collect())
        }
        ("GET", ["collaborators", login, "permission"]) => {
            let role = state.direct.get(*login)?;
            (200, json!({ "permission": role, "role_name": role, "user": user(login) }))
        }
        ("PUT", ["collaborators", login]) => {
            let role = match asked.text("permission").unwrap_or("push") {
                "pull" => "read",
                "push" => "write",
                other => other,
            };
            if let Some(given) = state.direct.get_mut(*login) {
                role.clone_into(given);
                return Some(done());
            }
            state.invited.insert((*login).to_owned(), role.to_owned());
            (201, json!({ "id": invitation(login), "permissions": role, "invitee": user(login) }))
        }
        ("DELETE", ["collaborators", login]) => {
            state.direct.remove(*login);
            done()
        }
        ("GET", ["invitations"]) => {
            let each = state.invited.iter().map(|(login, role)| {
                json!({ "id": invitation(login), "permissions": role, "invitee": user(login) })
            });
            paged(asked, each.collect())
        }
        ("DELETE", ["invitations", id]) => {
            state.invited.retain(|login, _| invitation(login).to_string() != *id);
            done()
        }
        _ => return None,
    })
}

fn invitation(login: &str) -> u64 {
    login.bytes().fold(3, |sum, it| (sum * 31 + u64::from(it)) % 10_007)
}
