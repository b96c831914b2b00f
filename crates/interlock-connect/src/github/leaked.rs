//! Tokens that leaked into repositories: found by secret scanning, tried, and revoked by their values.

use super::credential::Credential;
use super::operation as op;
use super::server::Server;
use super::subject::digest;
use crate::Secret;
use crate::rest::{Ask, Fixed, Rest, admit};
use interlock_contain::{CallError, ReadPass, WritePass};
use interlock_model::Operation;
use serde::Deserialize;
use serde_json::json;
use std::sync::Arc;

/// How the tokens begin that GitHub revokes for whoever holds them and that can be tried: classic and
/// fine-grained tokens, and those of users by OAuth applications and by GitHub Apps.
const REVOCABLE: [&str; 4] = ["ghp_", "github_pat_", "gho_", "ghu_"];

/// How the tokens of installations begin, `GITHUB_TOKEN` of a workflow among them: they end themselves.
const OF_INSTALLATION: &str = "ghs_";

/// What secret scanning found.
#[derive(Deserialize)]
struct Alert {
    secret: Option<String>,
}

impl Server {
    /// The leaked token of this digest; `None`: secret scanning found none.
    pub(crate) async fn leaked(
        &self,
        pass: ReadPass,
        wanted: &str,
    ) -> Result<Option<Secret>, CallError> {
        admit(pass.operation(), op::READ_LEAKED)?;
        let path = ["orgs", &self.organization, "secret-scanning", "alerts"];
        // Closed alerts too: whoever closes one need not have revoked anything.
        let alerts: Vec<Alert> = self.list(pass.operation(), &path, &[], None).await?;
        let mut tokens = alerts.into_iter().filter_map(|it| it.secret).map(Secret::new);
        let found = tokens.find(|it| digest(it.expose()) == wanted);
        let Some(token) = found else { return Ok(None) };
        let mut sorts = REVOCABLE.iter().chain([&OF_INSTALLATION]);
        if !sorts.any(|it| token.expose().starts_with(it)) {
            let why = "GitHub revokes no token of this sort by its value".to_owned();
            return Err(CallError::Unsupported { why });
        }
        if let Credential::Token(own) = &self.credential
            && own.expose() == token.expose()
        {
            let why = "the leaked token is the connector's own: give it another first".to_owned();
            return Err(CallError::Unsupported { why });
        }
        Ok(Some(token))
    }

    /// Whether GitHub still takes a token: it is asked for its own limits, which counts as no use.
    pub(crate) async fn takes(&self, pass: ReadPass, token: &Secret) -> Result<bool, CallError> {
        admit(pass.operation(), op::TRY_LEAKED)?;
        let ask = self.leak_ask(pass.operation(), ("GET", false), &["rate_limit"])?;
        self.by(token.clone()).accepted(&ask).await
    }

    /// Revokes a token, proving to be nobody: GitHub refuses the call from whoever is somebody. The token of
    /// an installation is revoked by whoever proves to be it.
    pub(crate) async fn revoke_leaked(
        &self,
        pass: WritePass,
        token: &Secret,
    ) -> Result<(), CallError> {
        admit(pass.operation(), op::REVOKE_LEAKED)?;
        if token.expose().starts_with(OF_INSTALLATION) {
            let how = ("DELETE", true);
            let ask = self.leak_ask(pass.operation(), how, &["installation", "token"])?;
            return self.by(token.clone()).ask(&ask).await.map(drop);
        }
        let mut ask =
            self.leak_ask(pass.operation(), ("POST", true), &["credentials", "revoke"])?;
        ask.body = Some(json!({ "credentials": [token.expose()] }));
        self.by(Secret::new("")).ask(&ask).await.map(drop)
    }

    fn leak_ask(
        &self,
        operation: Operation,
        (method, writes): (&'static str, bool),
        path: &[&str],
    ) -> Result<Ask, CallError> {
        let (url, what) = (self.rest.url(path, &[])?, "the leaked token".to_owned());
        Ok(Ask { operation, writes, method, url, body: None, what })
    }

    /// The same GitHub, asked with another proof.
    fn by(&self, token: Secret) -> Rest {
        Rest {
            base: self.rest.base.clone(),
            wire: Arc::clone(&self.rest.wire),
            bearer: Box::new(Fixed(token)),
            terms: self.rest.terms,
            clock: self.rest.clock,
        }
    }
}
