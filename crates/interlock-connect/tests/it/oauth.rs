//! A client and its token on a real authorization server, asked by another client than the connector's.
//!
//! Proves: `oauth.delete_client`, `oauth.revoke_token`

use crate::drive::{Drive, plan};
use crate::oidc_server::{OWN_SECRET, Registered, Server};
use crate::server::must;
use interlock_connect::Secret;
use interlock_connect::delivery::Deliveries;
use interlock_connect::idp::{By, ClientProof, Key, Proof, Provider};
use interlock_connect::oauth::{OauthClient, OauthConfig, connector};
use interlock_connect::okta;
use interlock_contain::{CallError, Connector as _};
use interlock_model::{
    ActionKind, ConnectorId, CredentialKind, CredentialRef, Grade, Intent, Observation, Principal,
    Target,
};
use std::process::Command;

fn config(server: &Server, of: &Registered, token: Option<&str>) -> OauthConfig {
    OauthConfig {
        id: ConnectorId("sso".into()),
        client_id: "interlock".to_owned(),
        client_secret: Secret::new(OWN_SECRET),
        introspection_endpoint: server.url("token/introspection"),
        revocation_endpoint: server.url("token/revocation"),
        clients: vec![OauthClient {
            id: of.id.clone(),
            secret: Secret::new(&*of.secret),
            registration: Some((of.uri.clone(), Secret::new(&*of.registration))),
            token: token.map(Secret::new),
        }],
        global: None,
        settle: None,
    }
}

fn principal(name: &str) -> Principal {
    Principal::new("oauth", &format!("sso/{name}"))
}

fn deletes(name: &str) -> Intent {
    let target = Target::Principal { principal: principal(name) };
    Intent { kind: ActionKind::DeleteCredential, target }
}

fn revokes(name: &str) -> Intent {
    let credential = CredentialRef::new("oauth", CredentialKind::Token, &format!("sso/{name}"));
    let target = Target::Credential { principal: principal(name), credential };
    Intent { kind: ActionKind::DeleteCredential, target }
}

fn said(drive: &Drive<'_>, connector: &Provider) -> String {
    format!("{:?} {:?} {connector:?}", drive.life, drive.journal)
}

#[tokio::test]
async fn a_token_is_inactive_and_its_client_fetches_another() {
    let Some(server) = Server::start().await else { return };
    let client = server.register().await;
    let token = server.token(&client).await["access_token"].as_str().unwrap().to_owned();
    assert!(server.active(&token).await);
    let connector = connector(config(&server, &client, Some(&token)));
    let mut drive = Drive::new(&connector, revokes(&client.id));
    drive.contained("oauth.revoke_token").await;
    assert!(!server.active(&token).await);
    assert_eq!(drive.grade(), Grade::Applied, "asked of the server, and tried on no resource");
    assert!(drive.residual()[0].what.contains("new token"), "{:?}", drive.residual());
    assert_eq!((drive.lost(), drive.writes()), (1, 1));
    // What it says is left is left.
    let another = server.token(&client).await["access_token"].as_str().unwrap().to_owned();
    assert!(server.active(&another).await);
    let said = said(&drive, &connector);
    for secret in [&token, &client.secret, &client.registration, &OWN_SECRET.to_owned()] {
        assert!(!said.contains(secret.as_str()), "{said}");
    }
}

#[tokio::test]
async fn a_client_that_is_deleted_is_an_invalid_client() {
    let Some(server) = Server::start().await else { return };
    let client = server.register().await;
    let other = server.register().await;
    let token = server.token(&client).await["access_token"].as_str().unwrap().to_owned();
    let connector = connector(config(&server, &client, None));
    let mut drive = Drive::new(&connector, deletes(&client.id));
    drive.contained("oauth.delete_client").await;
    assert_eq!(server.token(&client).await["error"], "invalid_client");
    assert_eq!(drive.grade(), Grade::Effective, "{:?}", drive.life);
    assert_eq!((drive.lost(), drive.writes()), (1, 1));
    // RFC 7592 lets a server keep tokens, and this one does: it is said to be left.
    assert!(server.active(&token).await);
    assert!(drive.residual()[0].what.contains("opaque ones"), "{:?}", drive.residual());
    // Nobody else's.
    assert!(server.token(&other).await["access_token"].is_string());
    assert!(matches!(drive.observed().await, Observation::Holds { .. }));
}

#[tokio::test]
async fn a_wrong_registration_token_is_no_deleted_client() {
    let Some(server) = Server::start().await else { return };
    let client = server.register().await;
    let mut wrong = config(&server, &client, None);
    wrong.clients[0].registration = Some((client.uri.clone(), Secret::new("wrong")));
    let it = connector(wrong);
    let error = plan(&it, "oauth.delete_client", &deletes(&client.id)).await.unwrap_err();
    assert!(matches!(error, CallError::Denied { .. }), "{error}");
    let failed = it.check().await.into_iter().filter(|it| it.outcome.is_err());
    let failed: Vec<String> = failed.map(|it| it.permission).collect();
    assert!(failed.iter().all(|it| it.contains("registration access token")), "{failed:?}");
    assert_eq!(failed.len(), 2);
    let error = plan(&it, "oauth.revoke_token", &revokes(&client.id)).await.unwrap_err();
    assert!(error.to_string().contains("has no token"), "{error}");
    for (name, says) in [("interlock", "never contained"), ("stranger", "names no client")] {
        let error = plan(&it, "oauth.delete_client", &deletes(name)).await.unwrap_err();
        assert!(error.to_string().contains(says), "{error}");
    }
    assert!(server.token(&client).await["access_token"].is_string());
    let checks = connector(config(&server, &client, None)).check().await;
    assert!(checks.iter().all(|it| it.outcome.is_ok()), "{checks:#?}");
}

/// A connector whose token comes from this server; what it then asks for is nowhere there.
fn signing(server: &Server, by: By) -> Provider {
    okta::connector(okta::OktaConfig {
        deliveries: Deliveries::default(),
        id: ConnectorId("okta".into()),
        url: server.url("nowhere"),
        proof: Proof::Client(ClientProof {
            token_url: server.url("token"),
            id: "signer".to_owned(),
            scope: "api".to_owned(),
            by,
            now: || interlock_model::Timestamp::from_second(seconds()).unwrap(),
        }),
        protected: Vec::new(),
        settle: None,
    })
}

fn seconds() -> i64 {
    let text = must(Command::new("date").arg("+%s"), "");
    text.trim().parse().unwrap()
}

#[tokio::test]
async fn an_assertion_is_taken_in_both_forms_and_another_key_is_not() {
    let Some(server) = Server::start().await else { return };
    let read = |name: &str| std::fs::read_to_string(server.file(name)).unwrap();
    let pem = Secret::new(read("key.pem"));
    let both = Secret::new(format!("{}{}", read("cert.pem"), read("key.pem")));
    for key in [Key::named(&pem, None), Key::certified(&both)] {
        let checks = signing(&server, By::Key(key.unwrap())).check().await;
        // There is nothing of Okta behind it, and yet a token to ask with.
        let failed = checks.iter().filter_map(|it| it.outcome.as_ref().err());
        assert!(failed.clone().all(|it| it.to_string().contains("is not there")), "{checks:#?}");
        assert!(failed.count() < checks.len() / 2, "{checks:#?}");
    }
    let other = must(Command::new("openssl").args(["genrsa", "2048"]), "");
    let other = Key::named(&Secret::new(other), None).unwrap();
    for by in [By::Key(other), By::Secret(Secret::new("hush-hush"))] {
        let connector = signing(&server, by);
        let checks = connector.check().await;
        // Who a token belongs to is not asked as an app.
        let asked = checks.iter().filter(|it| !it.permission.contains("/users/me "));
        assert!(asked.clone().count() > 30 && asked.clone().all(|it| it.outcome.is_err()));
        let error = plan(&connector, "okta.clear_sessions", &user()).await.unwrap_err();
        assert!(error.to_string().contains("gets no token: answered 401"), "{error}");
        let said = format!("{checks:?} {error} {connector:?}");
        assert!(!said.contains("hush-hush") && !said.contains("PRIVATE"), "{said}");
    }
    let curve = must(
        Command::new("openssl").args([
            "genpkey",
            "-algorithm",
            "EC",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
        ]),
        "",
    );
    for (pem, says) in [(curve, "no RSA key"), ("nothing".to_owned(), "no private key")] {
        let error = Key::named(&Secret::new(pem), None).unwrap_err();
        assert!(error.to_string().contains(says), "{error}");
    }
    let error = Key::certified(&pem).unwrap_err();
    assert!(error.to_string().contains("no certificate"), "{error}");
}

fn user() -> Intent {
    let target = Target::Principal { principal: Principal::new("okta", "00u1") };
    Intent { kind: ActionKind::RevokeSessions, target }
}
