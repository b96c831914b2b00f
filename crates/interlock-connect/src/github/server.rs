//! GitHub as it is spoken to.
//!
//! It answers 404 where something is not there and where one may not see it: what has no other sign is
//! never taken for absent.

use super::credential::{self, Credential, Installed};
use super::operation as op;
use super::{GithubConfig, form};
use crate::aws::Clocks;
use crate::http::{Answer, Wire};
use crate::rest::{Ask, Bearer, Fixed, Rest, Terms, admit};
use form::{DeployKey, Grant, Grants, Key, Membership, Settings};
use interlock_contain::{CallError, ReadPass, WritePass};
use interlock_model::Operation;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use tokio::sync::{Mutex, OnceCell};

/// Items of one page.
const PAGE: usize = 100;
/// Pages of one list that are read.
const PAGES: usize = 50;
/// How many repositories or teams are looked into one by one.
pub(crate) const MOST: usize = 300;
/// The states of a run that is not over.
const UNFINISHED: [&str; 5] = ["in_progress", "pending", "queued", "requested", "waiting"];

/// GitHub's own way.
pub(crate) static TERMS: Terms = Terms {
    headers: &[("accept", "application/vnd.github+json"), ("x-github-api-version", "2022-11-28")],
    throttled,
    again: |answer| answer.header("x-ratelimit-reset")?.parse().ok(),
    said: |it| it.get("message").and_then(Value::as_str).map(str::to_owned),
};

/// A limit is said with 403, too: nothing is left of it, or there is a time to wait.
fn throttled(answer: &Answer) -> bool {
    answer.header("retry-after").is_some()
        || answer.header("x-ratelimit-remaining") == Some("0")
        || answer.words().to_ascii_lowercase().contains("rate limit")
}

/// One organisation.
#[derive(Debug)]
pub(crate) struct Server {
    pub(super) rest: Rest,
    pub(super) credential: Credential,
    pub(super) organization: String,
    repositories: Vec<String>,
    itself: OnceCell<Vec<String>>,
}

impl Server {
    /// Nothing is asked yet.
    pub(crate) fn new(config: &GithubConfig, wire: Arc<dyn Wire>) -> Self {
        let rest = Self::rest(config, wire);
        let (credential, organization) = (config.credential.clone(), config.organization.clone());
        let repositories = config.repositories.clone();
        Self { rest, credential, organization, repositories, itself: OnceCell::new() }
    }

    /// How this organisation is asked.
    pub(crate) fn rest(config: &GithubConfig, wire: Arc<dyn Wire>) -> Rest {
        let base = config.endpoint.trim_end_matches('/').to_owned();
        let bearer: Box<dyn Bearer> = match &config.credential {
            Credential::Token(token) => Box::new(Fixed(token.clone())),
            Credential::App(app) => Box::new(Installed {
                base: base.clone(),
                app: app.clone(),
                clock: config.clock,
                held: Mutex::new(None),
                clocks: Clocks::default(),
            }),
        };
        Rest { base, wire, bearer, terms: &TERMS, clock: config.clock }
    }

    /// The names of the connector itself.
    pub(crate) async fn itself(&self) -> Result<&[String], CallError> {
        let names =
            self.itself.get_or_try_init(|| credential::itself(&self.credential, &self.rest));
        names.await.map(Vec::as_slice)
    }

    /// What the installation of an App may do; `None` for a token.
    pub(crate) async fn granted(&self) -> Result<Option<Value>, CallError> {
        credential::granted(&self.credential, &self.rest).await
    }

    fn ask(
        &self,
        (operation, method): (Operation, &'static str),
        path: &[&str],
        query: &[(&str, &str)],
        body: Option<Value>,
    ) -> Result<Ask, CallError> {
        Ok(Ask {
            operation,
            writes: method != "GET",
            method,
            url: self.rest.url(path, query)?,
            body,
            what: format!("`{}`", path.join("/")),
        })
    }

    /// All items of a list; an error where there are more than are read.
    pub(crate) async fn list<T: DeserializeOwned>(
        &self,
        operation: Operation,
        path: &[&str],
        query: &[(&str, &str)],
        within: Option<&str>,
    ) -> Result<Vec<T>, CallError> {
        let mut all = Vec::new();
        for number in 1..=PAGES {
            let (page, more) = self.page(operation, path, query, within, number).await?;
            all.extend(page);
            if !more {
                return Ok(all);
            }
        }
        let why = format!("`{}` has more than {} items", path.join("/"), PAGES * PAGE);
        Err(CallError::Unsupported { why })
    }

    /// One page of a list, counted from 1, and whether there are more.
    pub(crate) async fn page<T: DeserializeOwned>(
        &self,
        operation: Operation,
        path: &[&str],
        query: &[(&str, &str)],
        within: Option<&str>,
        number: usize,
    ) -> Result<(Vec<T>, bool), CallError> {
        let (count, number) = (PAGE.to_string(), number.to_string());
        let paged = [query, &[("per_page", &*count), ("page", &*number)]].concat();
        let ask = self.ask((operation, "GET"), path, &paged, None)?;
        let mut answer: Value = self.rest.json(&ask).await?;
        let items = match within {
            Some(name) => answer.get_mut(name).map(Value::take).unwrap_or_default(),
            None => answer,
        };
        let Value::Array(items) = items else {
            let why = format!("the answer of `{operation}` about {} is no list", ask.what);
            return Err(CallError::Invalid { why });
        };
        let more = items.len() >= PAGE;
        let not = |_| CallError::Invalid {
            why: format!("the answer of `{operation}` about {} is not understood", ask.what),
        };
        let read = items.into_iter().map(|it| serde_json::from_value(it).map_err(not));
        Ok((read.collect::<Result<_, _>>()?, more))
    }

    async fn found<T: DeserializeOwned>(
        &self,
        operation: Operation,
        path: &[&str],
    ) -> Result<Option<T>, CallError> {
        self.rest.found(&self.ask((operation, "GET"), path, &[], None)?).await
    }

    async fn put(
        &self,
        how: (Operation, &'static str),
        path: &[&str],
        body: Option<Value>,
    ) -> Result<(), CallError> {
        self.rest.ask(&self.ask(how, path, &[], body)?).await.map(drop)
    }

    /// The membership of a user; `None` when it is none.
    pub(crate) async fn membership(
        &self,
        pass: ReadPass,
        login: &str,
    ) -> Result<Option<Membership>, CallError> {
        admit(pass.operation(), op::READ_MEMBERS)?;
        let path = ["orgs", &self.organization, "memberships", login];
        let found = self.found(pass.operation(), &path).await?;
        // Nobody is a member of what may not be seen, or is not there.
        if found.is_none() && self.owners(pass).await?.is_empty() {
            let why = format!("the owners of `{}` cannot be seen", self.organization);
            return Err(CallError::Unsupported { why });
        }
        Ok(found)
    }

    /// The owners.
    pub(crate) async fn owners(&self, pass: ReadPass) -> Result<Vec<String>, CallError> {
        admit(pass.operation(), op::READ_MEMBERS)?;
        let path = ["orgs", &self.organization, "members"];
        let query = [("role", "admin")];
        let owners: Vec<form::User> = self.list(pass.operation(), &path, &query, None).await?;
        Ok(owners.into_iter().map(|it| it.login).collect())
    }

    /// The teams, by their short names; no more than are looked into.
    pub(crate) async fn teams(&self, pass: ReadPass) -> Result<Vec<String>, CallError> {
        admit(pass.operation(), op::READ_MEMBERS)?;
        let path = ["orgs", &self.organization, "teams"];
        let teams: Vec<form::Team> = self.list(pass.operation(), &path, &[], None).await?;
        Ok(teams.into_iter().map(|it| it.slug).take(MOST).collect())
    }

    /// The part that a user has in a team; `None`: none.
    pub(crate) async fn team_role(
        &self,
        pass: ReadPass,
        team: &str,
        login: &str,
    ) -> Result<Option<String>, CallError> {
        admit(pass.operation(), op::READ_MEMBERS)?;
        let path = ["orgs", &self.organization, "teams", team, "memberships", login];
        let found: Option<Membership> = self.found(pass.operation(), &path).await?;
        Ok(found.map(|it| it.role))
    }

    /// Takes a user out of the organisation, or takes the invitation back.
    pub(crate) async fn remove_member(
        &self,
        pass: WritePass,
        login: &str,
        of: &Membership,
    ) -> Result<(), CallError> {
        admit(pass.operation(), op::WRITE_MEMBERS)?;
        let list = if of.pending() { "memberships" } else { "members" };
        let path = ["orgs", &self.organization, list, login];
        self.put((pass.operation(), "DELETE"), &path, None).await
    }

    /// Lets a user in again, with this role and into these teams.
    pub(crate) async fn invite(
        &self,
        pass: WritePass,
        login: &str,
        role: &str,
        teams: &Grants,
    ) -> Result<(), CallError> {
        admit(pass.operation(), op::WRITE_MEMBERS)?;
        let how = (pass.operation(), "PUT");
        let path = ["orgs", &self.organization, "memberships", login];
        self.put(how, &path, Some(json!({ "role": role }))).await?;
        for (team, role) in teams {
            let path = ["orgs", &self.organization, "teams", team, "memberships", login];
            match self.put(how, &path, Some(json!({ "role": role }))).await {
                // A team that is gone since cannot be entered again.
                Err(CallError::NotFound { .. }) | Ok(()) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Whether a user is blocked.
    pub(crate) async fn blocked(&self, pass: ReadPass, login: &str) -> Result<bool, CallError> {
        admit(pass.operation(), op::READ_BLOCKS)?;
        let path = ["orgs", &self.organization, "blocks", login];
        match self.rest.ask(&self.ask((pass.operation(), "GET"), &path, &[], None)?).await {
            Ok(_) => Ok(true),
            Err(CallError::NotFound { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Blocks a user or lets it be.
    pub(crate) async fn block(
        &self,
        pass: WritePass,
        login: &str,
        blocked: bool,
    ) -> Result<(), CallError> {
        admit(pass.operation(), op::WRITE_BLOCKS)?;
        let path = ["orgs", &self.organization, "blocks", login];
        let method = if blocked { "PUT" } else { "DELETE" };
        self.put((pass.operation(), method), &path, None).await
    }

    /// The repositories of the organisation, and whether there are more than are looked into.
    pub(crate) async fn repositories(
        &self,
        pass: ReadPass,
    ) -> Result<(Vec<String>, bool), CallError> {
        admit(pass.operation(), op::READ_METADATA)?;
        if !self.repositories.is_empty() {
            return Ok((self.repositories.clone(), false));
        }
        let path = ["orgs", &self.organization, "repos"];
        let mut all: Vec<form::Repository> = self.list(pass.operation(), &path, &[], None).await?;
        let more = all.len() > MOST;
        all.truncate(MOST);
        Ok((all.into_iter().map(|it| it.name).collect(), more))
    }

    /// The deploy keys of a repository.
    pub(crate) async fn deploy_keys(
        &self,
        pass: ReadPass,
        repository: &str,
    ) -> Result<Vec<DeployKey>, CallError> {
        admit(pass.operation(), op::READ_ADMINISTRATION)?;
        let path = ["repos", &self.organization, repository, "keys"];
        self.list(pass.operation(), &path, &[], None).await
    }

    /// Takes a deploy key away.
    pub(crate) async fn remove_deploy_key(
        &self,
        pass: WritePass,
        repository: &str,
        id: u64,
    ) -> Result<(), CallError> {
        admit(pass.operation(), op::WRITE_ADMINISTRATION)?;
        let id = id.to_string();
        let path = ["repos", &self.organization, repository, "keys", &id];
        self.put((pass.operation(), "DELETE"), &path, None).await
    }

    /// Gives a repository a deploy key.
    pub(crate) async fn add_deploy_key(
        &self,
        pass: WritePass,
        repository: &str,
        key: &Key,
    ) -> Result<(), CallError> {
        admit(pass.operation(), op::WRITE_ADMINISTRATION)?;
        let path = ["repos", &self.organization, repository, "keys"];
        let body = json!({ "title": key.title, "key": key.key, "read_only": key.read_only });
        self.put((pass.operation(), "POST"), &path, Some(body)).await
    }

    /// What workflows of a repository may do.
    pub(crate) async fn settings(
        &self,
        pass: ReadPass,
        repository: &str,
    ) -> Result<Settings, CallError> {
        admit(pass.operation(), op::READ_ADMINISTRATION)?;
        let path = ["repos", &self.organization, repository, "actions", "permissions"];
        self.rest.json(&self.ask((pass.operation(), "GET"), &path, &[], None)?).await
    }

    /// Says what workflows of a repository may do.
    pub(crate) async fn set(
        &self,
        pass: WritePass,
        repository: &str,
        settings: &Settings,
    ) -> Result<(), CallError> {
        admit(pass.operation(), op::WRITE_ADMINISTRATION)?;
        let path = ["repos", &self.organization, repository, "actions", "permissions"];
        let body = serde_json::to_value(settings).unwrap_or_default();
        self.put((pass.operation(), "PUT"), &path, Some(body)).await
    }

    /// The runs of a repository that are not over, by number.
    pub(crate) async fn runs(
        &self,
        pass: ReadPass,
        repository: &str,
    ) -> Result<BTreeSet<u64>, CallError> {
        admit(pass.operation(), op::READ_ACTIONS)?;
        let path = ["repos", &self.organization, repository, "actions", "runs"];
        let mut all = BTreeSet::new();
        for status in UNFINISHED {
            let (query, within) = ([("status", status)], Some("workflow_runs"));
            let runs: Vec<form::Run> = self.list(pass.operation(), &path, &query, within).await?;
            all.extend(runs.into_iter().filter(|it| it.status != "completed").map(|it| it.id));
        }
        Ok(all)
    }

    /// Ends runs.
    pub(crate) async fn cancel(
        &self,
        pass: WritePass,
        repository: &str,
        runs: &BTreeSet<u64>,
    ) -> Result<(), CallError> {
        admit(pass.operation(), op::WRITE_ACTIONS)?;
        for run in runs {
            let run = run.to_string();
            let path =
                ["repos", &self.organization, repository, "actions", "runs", &run, "force-cancel"];
            match self.put((pass.operation(), "POST"), &path, None).await {
                // One that came to its end meanwhile cannot be cancelled: the read-back says so.
                Ok(()) | Err(CallError::NotFound { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// What a user was given in a repository itself, or is invited to: the role; `None`: nothing.
    pub(crate) async fn grant(
        &self,
        passes: (ReadPass, ReadPass),
        repository: &str,
        login: &str,
    ) -> Result<Option<Grant>, CallError> {
        admit(passes.0.operation(), op::READ_METADATA)?;
        admit(passes.1.operation(), op::READ_ADMINISTRATION)?;
        let path = ["repos", &self.organization, repository, "collaborators"];
        let query = [("affiliation", "direct")];
        let operation = passes.0.operation();
        let direct: Vec<form::User> = self.list(operation, &path, &query, None).await?;
        if direct.iter().any(|it| it.login.eq_ignore_ascii_case(login)) {
            let path =
                ["repos", &self.organization, repository, "collaborators", login, "permission"];
            let of: form::Permission =
                self.rest.json(&self.ask((operation, "GET"), &path, &[], None)?).await?;
            return Ok(Some(Grant { role: of.given(), invitation: None }));
        }
        let path = ["repos", &self.organization, repository, "invitations"];
        let operation = passes.1.operation();
        let invited: Vec<form::Invitation> = match self.list(operation, &path, &[], None).await {
            Err(CallError::NotFound { .. }) => Vec::new(),
            other => other?,
        };
        let of_user = |it: &form::Invitation| {
            it.invitee.as_ref().is_some_and(|it| it.login.eq_ignore_ascii_case(login))
        };
        Ok(invited
            .into_iter()
            .find(of_user)
            .map(|it| Grant { role: form::given(&it.permissions), invitation: Some(it.id) }))
    }

    /// Takes what a user was given in repositories, or gives it again.
    pub(crate) async fn regrant(
        &self,
        pass: WritePass,
        login: &str,
        changes: &BTreeMap<String, (Option<Grant>, Option<String>)>,
    ) -> Result<(), CallError> {
        admit(pass.operation(), op::WRITE_ADMINISTRATION)?;
        let operation = pass.operation();
        for (repository, (from, to)) in changes {
            let invitation = from.as_ref().and_then(|it| it.invitation).map(|it| it.to_string());
            let direct = ["repos", &self.organization, repository, "collaborators", login];
            match (to, &invitation) {
                (Some(role), _) => {
                    let body = Some(json!({ "permission": role }));
                    self.put((operation, "PUT"), &direct, body).await?;
                }
                (None, None) => self.put((operation, "DELETE"), &direct, None).await?,
                (None, Some(id)) => {
                    let path = ["repos", &self.organization, repository, "invitations", id];
                    self.put((operation, "DELETE"), &path, None).await?;
                }
            }
        }
        Ok(())
    }

    /// The fine-grained tokens with access to the organisation: of this owner, or this one.
    pub(crate) async fn tokens(
        &self,
        pass: ReadPass,
        query: &[(&str, &str)],
    ) -> Result<Vec<form::Token>, CallError> {
        admit(pass.operation(), op::READ_TOKENS)?;
        let path = ["orgs", &self.organization, "personal-access-tokens"];
        self.list(pass.operation(), &path, query, None).await
    }

    /// Takes the access of tokens to the organisation, by the numbers of their grants.
    pub(crate) async fn revoke(
        &self,
        pass: WritePass,
        grants: &BTreeSet<u64>,
    ) -> Result<(), CallError> {
        admit(pass.operation(), op::WRITE_TOKENS)?;
        let path = ["orgs", &self.organization, "personal-access-tokens"];
        for part in grants.iter().collect::<Vec<_>>().chunks(PAGE) {
            let body = json!({ "action": "revoke", "pat_ids": part });
            self.put((pass.operation(), "POST"), &path, Some(body)).await?;
        }
        Ok(())
    }

    /// The credentials of a user that single sign-on authorised.
    pub(crate) async fn authorizations(
        &self,
        pass: ReadPass,
        login: &str,
    ) -> Result<BTreeSet<u64>, CallError> {
        admit(pass.operation(), op::READ_ORGANIZATION)?;
        let path = ["orgs", &self.organization, "credential-authorizations"];
        let (operation, query) = (pass.operation(), [("login", login)]);
        let all: Vec<form::Authorization> = self.list(operation, &path, &query, None).await?;
        let own = all.into_iter().filter(|it| it.login.eq_ignore_ascii_case(login));
        Ok(own.map(|it| it.credential_id).collect())
    }

    /// Takes authorisations away.
    pub(crate) async fn unauthorize(
        &self,
        pass: WritePass,
        credentials: &BTreeSet<u64>,
    ) -> Result<(), CallError> {
        admit(pass.operation(), op::WRITE_ORGANIZATION)?;
        for id in credentials {
            let id = id.to_string();
            let path = ["orgs", &self.organization, "credential-authorizations", &id];
            match self.put((pass.operation(), "DELETE"), &path, None).await {
                Ok(()) | Err(CallError::NotFound { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Something that is only looked at, for discovery and checks.
    pub(crate) async fn look<T: DeserializeOwned>(
        &self,
        operation: Operation,
        path: &[&str],
    ) -> Result<Option<T>, CallError> {
        self.found(operation, path).await
    }

    /// Tries a write on what is not there.
    pub(crate) async fn may(
        &self,
        how: (Operation, &'static str),
        path: &[&str],
        body: Option<Value>,
    ) -> Result<(), CallError> {
        self.put(how, path, body).await
    }
}
