//! Apps whose own keys the configuration has: each says by its key how its installation stands, and suspends
//! it. GitHub takes that from nobody else.

use super::credential::{App, Itself};
use super::operation as op;
use crate::rest::{Ask, Rest, admit};
use interlock_contain::{CallError, ReadPass, WritePass};
use interlock_model::Operation;
use serde::Deserialize;
use serde_json::Value;

/// The Apps, each with a way to ask as it.
#[derive(Debug)]
pub(crate) struct OwnApps {
    organization: String,
    apps: Vec<(App, Rest)>,
}

/// An installation as GitHub shows it to its App.
#[derive(Debug, Deserialize)]
pub(crate) struct Installation {
    /// Its number.
    pub id: u64,
    app_id: u64,
    app_slug: String,
    #[serde(default)]
    account: Option<Account>,
    #[serde(default)]
    suspended_at: Option<Value>,
}

#[derive(Debug, Deserialize)]
struct Account {
    #[serde(default)]
    login: String,
}

impl Installation {
    /// Whether the App is kept out.
    pub(crate) fn suspended(&self) -> bool {
        self.suspended_at.as_ref().is_some_and(|it| !it.is_null())
    }

    /// What the App is called, the first for messages.
    pub(crate) fn names(&self) -> [String; 3] {
        let (slug, id) = (&self.app_slug, self.app_id);
        [format!("app/{slug}"), format!("{slug}[bot]"), format!("app/{id}")]
    }
}

impl OwnApps {
    /// Nothing is asked yet.
    pub(crate) fn new(organization: &str, apps: &[App], rest: &Rest) -> Self {
        let apps = apps.iter().map(|it| (it.clone(), Itself::asks(it, rest)));
        Self { organization: organization.to_owned(), apps: apps.collect() }
    }

    /// The installation of the App of this name.
    pub(crate) async fn named(
        &self,
        pass: &ReadPass,
        name: &str,
    ) -> Result<Installation, CallError> {
        admit(pass.operation(), op::READ_INSTALLATION)?;
        let mut unread = None;
        for of in &self.apps {
            match self.read(of).await {
                Ok(it) if it.names().iter().any(|it| it.eq_ignore_ascii_case(name)) => {
                    return Ok(it);
                }
                Ok(_) => {}
                // It may be the one that is meant.
                Err(error) => unread = Some(error),
            }
        }
        Err(unread.unwrap_or_else(|| CallError::Unsupported {
            why: format!(
                "the key of `{name}` is not among `own_apps`: without it an owner of `{}` suspends the App by hand",
                self.organization
            ),
        }))
    }

    async fn read(&self, (app, rest): &(App, Rest)) -> Result<Installation, CallError> {
        let ask = ask((op::READ_INSTALLATION, "GET"), rest, app.installation, None)?;
        let it: Installation = rest.json(&ask).await?;
        let account = it.account.as_ref().map(|it| it.login.as_str()).unwrap_or_default();
        if !account.eq_ignore_ascii_case(&self.organization) {
            let why = format!(
                "installation `{}` is one of `{account}` and not of `{}`",
                app.installation, self.organization
            );
            return Err(CallError::Unsupported { why });
        }
        Ok(it)
    }

    /// Keeps the App of an installation out, or lets it in again.
    pub(crate) async fn suspend(
        &self,
        pass: WritePass,
        installation: u64,
        suspended: bool,
    ) -> Result<(), CallError> {
        admit(pass.operation(), op::SUSPEND)?;
        let of = self.apps.iter().find(|it| it.0.installation == installation);
        let (_, rest) = of.ok_or_else(|| CallError::Invalid {
            why: format!("installation `{installation}` is of no App in `own_apps`"),
        })?;
        let method = if suspended { "PUT" } else { "DELETE" };
        let ask = ask((pass.operation(), method), rest, installation, Some("suspended"))?;
        rest.ask(&ask).await.map(drop)
    }

    /// What each App says about its installation, by its number.
    pub(crate) async fn check(&self) -> Vec<(u64, Result<(), CallError>)> {
        let mut all = Vec::new();
        for of in &self.apps {
            all.push((of.0.installation, self.read(of).await.map(drop)));
        }
        all
    }
}

fn ask(
    (operation, method): (Operation, &'static str),
    rest: &Rest,
    installation: u64,
    part: Option<&str>,
) -> Result<Ask, CallError> {
    let number = installation.to_string();
    let path: Vec<&str> = ["app", "installations", &number].into_iter().chain(part).collect();
    Ok(Ask {
        operation,
        writes: method != "GET",
        method,
        url: rest.url(&path, &[])?,
        body: None,
        what: format!("installation `{number}`"),
    })
}
