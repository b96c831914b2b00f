//! Asks a receiver to end all sessions and refresh tokens of one user: Global Token Revocation.

use super::operation as op;
use super::{GlobalRevocation, OauthConfig};
use crate::Secret;
use crate::idp::act::{On, Seen, Verb, undoes};
use crate::idp::ask::Ask;
use interlock_contain::{ActionSpec, CallError, ReadCx, ReversalSpec, Role, TargetKind};
use interlock_model::{ActionKind, Snapshot, Step, Stops, Target};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

/// The type of the token by which the request proves itself.
const KIND: &str = "global-token-revocation+jwt";
/// How long before and after now that token is good, in seconds, for clocks that differ.
///
/// Source: Okta, "Universal Logout": five minutes both ways.
const APART: i64 = 300;
/// What stands in a state of which nothing is known.
const REQUESTED: &str = "requested";

/// What it declares.
pub(crate) static SPEC: ActionSpec = ActionSpec {
    name: "oauth.revoke_user_tokens",
    kind: ActionKind::RevokeSessions,
    role: Role::Whole,
    target: TargetKind::Principal("oauth", &["*/user/*"]),
    summary: "asks the receiver to end a user's sessions and to revoke all refresh tokens of the user",
    reversal: ReversalSpec::Final { why: "the user signs in again" },
    stops: Stops { new: false, refresh: true, live: false },
    settle: Duration::from_secs(60),
    leaves: "access tokens, which the receiver need not revoke, until they expire; and the user, who signs in again",
    leaves_at_most: None,
    beyond: &[],
    reads: &[op::INTROSPECT],
    write: op::REVOKE_USER,
    restore: None,
    delivery: None,
    traps: &[
        "a 204 says that the receiver tries: without a known refresh token of the user the step stays attempted and is never called proven",
        "a known token speaks for itself alone: that it is inactive shows that the receiver acted, and not that it found every other",
        "a known token that is inactive before counts as done, and nothing is sent: name one that is alive",
        "a receiver that does not know the user answers 404, and 422 where it cannot do it",
        "it stops nobody from signing in again: disable the user where the identity is",
    ],
    source: "https://datatracker.ietf.org/doc/html/draft-parecki-oauth-global-token-revocation-04; https://help.okta.com/oie/en-us/content/topics/itp/universal-logout.htm",
};

/// The verb.
#[derive(Debug)]
pub(super) struct RevokeUserTokens(pub(super) Arc<OauthConfig>);

impl RevokeUserTokens {
    fn global(&self) -> Result<&GlobalRevocation, CallError> {
        self.0.global.as_ref().ok_or_else(|| CallError::Unsupported {
            why: format!("connector `{}` has no `global_revocation`", self.0.id),
        })
    }

    /// The user that a target names.
    fn user<'t>(&self, target: &'t Target) -> Result<&'t str, CallError> {
        let principal = target.principal();
        let own =
            principal.name.strip_prefix(&*self.0.id.0).filter(|_| &*principal.provider == "oauth");
        let user = own.and_then(|it| it.strip_prefix("/user/")).filter(|it| !it.is_empty());
        user.ok_or_else(|| CallError::Unsupported {
            why: format!("`{principal}` is no user of connector `{}`", self.0.id),
        })
    }

    fn witness(&self, user: &str) -> Option<&Secret> {
        self.0.global.as_ref()?.witnesses.get(user)
    }
}

impl GlobalRevocation {
    /// The user as RFC 9493 writes subjects.
    fn subject(&self, user: &str) -> Value {
        match &self.subject_issuer {
            Some(issuer) => json!({ "format": "iss_sub", "iss": issuer, "sub": user }),
            None => json!({ "format": "email", "email": user }),
        }
    }

    /// The header by which one request proves itself.
    fn proof(&self, client: &str) -> Result<Secret, CallError> {
        let unsigned = |why: String| CallError::Unsupported { why };
        let mut random = [0; 16];
        getrandom::fill(&mut random).map_err(|it| unsigned(it.to_string()))?;
        let now = (self.now)().as_second();
        let claims = json!({
            "jti": hex::encode(random), "iss": self.issuer, "sub": client, "aud": self.endpoint,
            "iat": now, "nbf": now - APART, "exp": now + APART,
        });
        let signed = self.key.sign_as(KIND, &claims).map_err(|it| unsigned(it.to_string()))?;
        Ok(Secret::new(format!("Bearer {}", signed.expose())))
    }
}

#[async_trait::async_trait]
impl Verb for RevokeUserTokens {
    fn spec(&self) -> &'static ActionSpec {
        &SPEC
    }

    async fn look(
        &self,
        on: &On,
        cx: &ReadCx<'_>,
        target: &Target,
        step: Option<&Step>,
    ) -> Result<Seen, CallError> {
        let (global, user) = (self.global()?, self.user(target)?);
        if global.protected.iter().any(|it| it.eq_ignore_ascii_case(user)) {
            let why = format!(
                "`{user}` is never contained: `protected` of connector `{}` names it",
                on.id
            );
            return Err(CallError::Unsupported { why });
        }
        let Some(witness) = self.witness(user) else {
            let of = |it: &str| Snapshot::of([(REQUESTED, it.to_owned())]);
            let summary = format!(
                "ask for all tokens of `{user}` to be revoked; nothing of it can be read back"
            );
            return Ok(Seen::of(of("not known"), of("yes"), summary));
        };
        let ask = self.0.introspect(witness, &format!("the known token of `{user}`"));
        let said = on.api.read(cx.read(op::INTROSPECT)?, ask).await?;
        let active = said.body.get("active").and_then(Value::as_bool);
        let active = active.ok_or_else(|| CallError::Invalid {
            why: format!("`{}` does not say whether the token is active", op::INTROSPECT),
        })?;
        if active || step.is_some() {
            let summary = format!("revoke all tokens of `{user}`, seen by one that is known");
            return Ok(Seen::value("active", &active.to_string(), "false", summary));
        }
        let summary = format!(
            "nothing: the known token of `{user}` is inactive already, and says nothing of others; name one that is alive, or none"
        );
        Ok(Seen::value("active", "false", "false", summary))
    }

    fn write(&self, step: &Step, _: &Seen) -> Result<Ask, CallError> {
        let (global, user) = (self.global()?, self.user(&step.target)?);
        let ask = Ask::new(op::REVOKE_USER, &[]).at(Some(&global.endpoint));
        let ask = ask.json(json!({ "sub_id": global.subject(user) }));
        Ok(ask.by_own(global.proof(&self.0.client_id)?).about(&format!("user `{user}`")))
    }

    fn unseen(&self, step: &Step) -> Option<String> {
        if undoes(step) || step.after.get(REQUESTED).is_none() {
            return None;
        }
        let user = self.user(&step.target).unwrap_or("the user");
        Some(format!(
            "attempted, not proven: the receiver said that it tries, and connector `{}` knows no refresh token of `{user}` by which it could be seen",
            self.0.id
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::super::fake::{TOKEN, USER, config, unwitnessed, with_user};
    use super::super::with_api;
    use super::*;
    use crate::idp::ask::Body;
    use crate::idp::fake::Fake;
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use interlock_contain::Connector as _;
    use interlock_model::{Intent, Observation, Principal, StepId, Timestamp};

    async fn planned(fake: &Arc<Fake>, config: OauthConfig, user: &str) -> Result<Step, CallError> {
        let connector = with_api(config, Arc::<Fake>::clone(fake) as _);
        let actions = connector.actions();
        let action = actions.iter().find(|it| it.spec().name == SPEC.name).unwrap();
        let principal = Principal::new("oauth", user);
        let intent = Intent { kind: SPEC.kind, target: Target::Principal { principal } };
        let cx = ReadCx::new(&SPEC, Timestamp::UNIX_EPOCH);
        action.plan(&cx, &intent, StepId::derive(&["revoke"])).await
    }

    #[tokio::test]
    async fn the_request_is_that_of_the_draft() {
        let fake = with_user();
        let mut config = config();
        let step = planned(&fake, config.clone(), USER).await.unwrap();
        let seen = Seen::of(step.before.clone(), step.after.clone(), String::new());
        let ask = RevokeUserTokens(Arc::new(config.clone())).write(&step, &seen).unwrap();
        assert_eq!(
            (ask.method(), ask.at.as_deref()),
            ("POST", Some("https://sso.example.com/gtr"))
        );
        let Body::Json(body) = &ask.body else { panic!("no JSON") };
        let email = json!({ "sub_id": { "format": "email", "email": "ann@example.com" } });
        assert_eq!(*body, email);
        let header = ask.authorization.unwrap();
        let mut parts = header.expose().strip_prefix("Bearer ").unwrap().split('.');
        let mut part = || -> Value {
            serde_json::from_slice(&URL_SAFE_NO_PAD.decode(parts.next().unwrap()).unwrap()).unwrap()
        };
        let (head, claims) = (part(), part());
        assert_eq!(head["typ"], "global-token-revocation+jwt");
        assert_eq!(claims["aud"], "https://sso.example.com/gtr");
        assert_eq!(
            (&claims["iss"], &claims["sub"]),
            (&json!("https://house.example.com"), &json!("interlock"))
        );
        let second = |name: &str| claims[name].as_i64().unwrap();
        assert_eq!((second("iat") - second("nbf"), second("exp") - second("iat")), (300, 300));

        config.global.as_mut().unwrap().subject_issuer = Some("https://idp.example.com".to_owned());
        let ask = RevokeUserTokens(Arc::new(config)).write(&step, &seen).unwrap();
        let Body::Json(body) = &ask.body else { panic!("no JSON") };
        assert_eq!(body["sub_id"]["format"], "iss_sub");
        assert_eq!(body["sub_id"]["iss"], "https://idp.example.com");
    }

    #[tokio::test]
    async fn without_a_known_token_it_stays_attempted() {
        let fake = with_user();
        let step = planned(&fake, unwitnessed(), USER).await.unwrap();
        assert!(step.summary.contains("nothing of it can be read back"), "{}", step.summary);
        let connector = with_api(unwitnessed(), Arc::<Fake>::clone(&fake) as _);
        let actions = connector.actions();
        let action = actions.iter().find(|it| it.spec().name == SPEC.name).unwrap();
        let cx = ReadCx::new(&SPEC, Timestamp::UNIX_EPOCH);
        for _ in 0..2 {
            match action.verify(&cx, &step).await {
                Observation::CannotTell { why } => assert!(why.contains("not proven"), "{why}"),
                other @ (Observation::Holds { .. } | Observation::DoesNotHold { .. }) => {
                    panic!("{other:?}")
                }
            }
            fake.change(|it| it["token"] = json!(false));
        }
        // What is inactive already shows nothing, and the plan says so before anybody consents.
        let step = planned(&fake, config(), USER).await.unwrap();
        assert_eq!(step.before, step.after);
        assert!(step.summary.contains("says nothing of others"), "{}", step.summary);
    }

    #[tokio::test]
    async fn whom_it_is_not_for() {
        let fake = with_user();
        let mut protected = config();
        protected.global.as_mut().unwrap().protected = vec!["Ann@example.com".to_owned()];
        let without = OauthConfig { global: None, ..config() };
        for (config, user, words) in [
            (protected, USER, "never contained"),
            (without, USER, "no `global_revocation`"),
            (config(), "sso/ci", "is no user"),
            (config(), "sso/user/", "is no user"),
            (config(), "other/user/ann@example.com", "is no user"),
        ] {
            let error = planned(&fake, config, user).await.unwrap_err();
            assert!(error.to_string().contains(words), "{error}");
        }
        assert!(!format!("{:?}", config()).contains(TOKEN));
    }
}
