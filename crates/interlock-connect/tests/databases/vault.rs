//! Each action on a real OpenBao: what it gave out works with its own client, and is refused once ended.
//!
//! Proves: `vault.destroy_secret_id`, `vault.disable_entity`, `vault.issue_secret_id`,
//! Proves: `vault.quarantine_entity`,
//! Proves: `vault.revoke_lease`, `vault.revoke_prefix`, `vault.revoke_token`, `vault.rotate_role`

use crate::drive::{Drive, action, execute, now, plan};
use crate::postgresql_server::Postgres;
use crate::vault_server::{Bao, rules};
use interlock_connect::vault::{Vault, VaultConfig};
use interlock_contain::{CallError, Connector as _, DiscoverCx, ReadCx, Undo, mirror};
use interlock_model::{
    ActionKind, CredentialKind, CredentialRef, Evidence, Grade, Intent, Principal, Target,
};

fn on(kind: ActionKind, name: &str) -> Intent {
    Intent { kind, target: Target::Principal { principal: Principal::new("vault", name) } }
}

fn of(kind: ActionKind, name: &str, sort: CredentialKind, id: &str) -> Intent {
    let principal = Principal::new("vault", name);
    let credential = CredentialRef::new("vault", sort, id);
    Intent { kind, target: Target::Credential { principal, credential } }
}

#[tokio::test]
async fn a_token_that_the_log_shows_as_its_digest_is_revoked_with_its_children() {
    let Some(bao) = Bao::start() else { return };
    let connector = bao.connector();
    let (secret_id, _) = bao.secret_id("ci");
    let (stolen, other) =
        (bao.sign_in("ci", &secret_id).unwrap(), bao.sign_in("ci", &secret_id).unwrap());
    bao.policy("app", "path \"secret/*\" { capabilities = [\"read\"] }\npath \"auth/token/create\" { capabilities = [\"update\"] }");
    let child = bao.bao(&stolen.token, &["token", "create", "-ttl=30m"]).unwrap();
    let child = child["auth"]["client_token"].as_str().unwrap().to_owned();
    assert!(bao.reads(&other.token) && bao.reads(&child) && bao.reads(&stolen.token));
    let shown = bao.logged_accessor();
    assert!(shown.starts_with("hmac-sha256:"), "{shown}");
    let entity = format!("entity/{}", stolen.entity);
    let intent = of(ActionKind::DeleteCredential, &entity, CredentialKind::Token, &shown);
    let mut drive = Drive::new(&connector, vec![intent.clone()]);
    drive.contained().await;
    assert!(!bao.reads(&stolen.token) && !bao.reads(&child));
    assert!(bao.reads(&other.token), "another token of the same entity goes on");
    assert_eq!(drive.probed().await, Grade::Applied, "only telemetry shows that it is refused");
    // Once more: there is nothing left to be done.
    let step = plan(&connector, "vault.revoke_token", &intent).await.unwrap();
    assert_eq!(step.before, step.after);
    assert!(!drive.said().contains(&stolen.token), "the token is in what it says");

    // By the accessor itself, when the device writes it as it is.
    let intent = of(ActionKind::DeleteCredential, &entity, CredentialKind::Token, &other.accessor);
    Drive::new(&connector, vec![intent]).contained().await;
    assert!(!bao.reads(&other.token));
}

#[tokio::test]
async fn an_entity_is_disabled_with_all_its_tokens_and_batch_tokens_and_comes_back() {
    let Some(bao) = Bao::start() else { return };
    let connector = bao.connector();
    for kind in [ActionKind::DisableIdentity, ActionKind::Quarantine] {
        let (secret_id, _) = bao.secret_id("batch");
        let batch = bao.sign_in("batch", &secret_id).unwrap();
        assert!(batch.accessor.is_empty(), "a batch token has no accessor");
        let (secret_id, _) = bao.secret_id("ci");
        let service = bao.sign_in("ci", &secret_id).unwrap();
        for (role, token) in [("batch", batch), ("ci", service)] {
            assert!(bao.reads(&token.token), "{role}");
            let path = format!("identity/entity/id/{}", token.entity);
            let before = bao.root(&["read", &path])["data"].clone();
            let intent = on(kind, &format!("entity/{}", token.entity));
            let mut drive = Drive::new(&connector, vec![intent]);
            let left = drive.contained().await;
            assert!(left[0].contains("leased"), "{left:?}");
            assert!(!bao.reads(&token.token), "{role}");
            let (secret_id, _) = bao.secret_id(role);
            let again = bao.sign_in(role, &secret_id);
            assert!(again.is_err(), "it gets no new token: {again:?}");
            drive.undo().await;
            assert!(bao.reads(&token.token), "{role}: a token that was kept is good again");
            let mut after = bao.root(&["read", &path])["data"].clone();
            after["last_update_time"] = before["last_update_time"].clone();
            assert_eq!(after, before);
        }
    }
}

#[tokio::test]
async fn a_secret_id_is_destroyed_and_what_was_issued_for_it_lives() {
    let Some(bao) = Bao::start() else { return };
    let connector = bao.connector();
    let ((stolen, accessor), (kept, _)) = (bao.secret_id("ci"), bao.secret_id("ci"));
    let token = bao.sign_in("ci", &stolen).unwrap();
    let intent =
        of(ActionKind::DeleteCredential, "approle/ci", CredentialKind::Password, &accessor);
    let left = Drive::new(&connector, vec![intent.clone()]).contained().await;
    assert!(left[0].contains("tokens that were issued for it before"), "{left:?}");
    assert!(bao.sign_in("ci", &stolen).unwrap_err().contains("invalid"));
    assert!(bao.sign_in("ci", &kept).is_ok());
    assert!(bao.reads(&token.token), "as it says");
    let step = plan(&connector, "vault.destroy_secret_id", &intent).await.unwrap();
    assert_eq!(step.before, step.after);
    let none =
        of(ActionKind::DeleteCredential, "approle/none", CredentialKind::Password, &accessor);
    let step = plan(&connector, "vault.destroy_secret_id", &none).await.unwrap();
    assert_eq!(step.before, step.after, "a role that is not there has none");
}

#[tokio::test]
async fn a_second_secret_id_is_made_like_the_first_delivered_and_taken_back() {
    let Some(bao) = Bao::start() else { return };
    let connector = bao.connector();
    let role = ["write", "auth/approle/role/ci/secret-id", "metadata={\"team\":\"pay\"}"];
    let made = bao.root(&[&role[..], &["cidr_list=127.0.0.1/32"]].concat());
    let text = |key: &str| made["data"][key].as_str().unwrap().to_owned();
    let (old, accessor) = (text("secret_id"), text("secret_id_accessor"));
    bao.deliver("ci", &old);
    let intent =
        of(ActionKind::RotateCredential, "approle/ci", CredentialKind::Password, &accessor);
    let step = plan(&connector, "vault.issue_secret_id", &intent).await.unwrap();
    let issued = execute(&connector, &step).await.unwrap().issued.unwrap();
    let new = bao.delivered("ci");
    assert_ne!(new, old);
    assert!(bao.sign_in("ci", &old).is_ok(), "the old one lives on");
    let token = bao.sign_in("ci", &new).unwrap();
    assert!(bao.reads(&token.token));
    // It is like the old one, and says which delivery it is.
    let lookup = "auth/approle/role/ci/secret-id-accessor/lookup";
    let id = format!("secret_id_accessor={}", issued.id());
    let seen = bao.root(&["write", lookup, &id]);
    assert_eq!(seen["data"]["metadata"]["team"], "pay");
    assert_eq!(seen["data"]["cidr_list"], serde_json::json!(["127.0.0.1/32"]));
    assert!(!format!("{step:?}{issued:?}{connector:?}").contains(&new));
    // Executed again it makes no other.
    let again = execute(&connector, &step).await.unwrap().issued.unwrap();
    assert_eq!(again, issued);
    assert_eq!(bao.delivered("ci"), new);

    let Undo::Step(undo) = mirror(&step, Some(&issued)) else { panic!("no undo") };
    execute(&connector, &undo).await.unwrap();
    assert_eq!(bao.delivered("ci"), old, "its workload has the old one again");
    assert!(bao.sign_in("ci", &new).is_err() && bao.sign_in("ci", &old).is_ok());

    // Composed: the old one is destroyed once the new one is seen in use, and not before.
    let mut drive = Drive::new(&connector, vec![intent]);
    drive.issued("vault.issue_secret_id").await;
    assert!(bao.sign_in("ci", &old).is_ok());
    assert_eq!(drive.shown().await, None, "nobody signed in with the new one");
    assert!(bao.sign_in("ci", &bao.delivered("ci")).is_ok());
    drive.used().await;
    assert!(bao.sign_in("ci", &old).is_err(), "destroyed");
    let new = bao.delivered("ci");
    assert!(bao.sign_in("ci", &new).is_ok());
    // The next rotation starts from the new one, and sees its own successor's use just so.
    let issued = drive.life.steps[0].issued.clone().unwrap();
    let next =
        of(ActionKind::RotateCredential, "approle/ci", CredentialKind::Password, issued.id());
    let step = plan(&connector, "vault.issue_secret_id", &next).await.unwrap();
    execute(&connector, &step).await.unwrap();
    assert!(bao.sign_in("ci", &bao.delivered("ci")).is_ok());
    let action = action(&connector, "vault.issue_secret_id");
    let cx = ReadCx::new(action.spec(), now());
    assert!(matches!(action.probe(&cx, &step).await, Some(Evidence::SuccessfulUse { .. })));
}

/// OpenBao at a database: roles `readonly` and `owner`, and `app` as a static role.
fn with_database(bao: &Bao, database: &Postgres) {
    database.root("CREATE ROLE vaultadmin SUPERUSER LOGIN PASSWORD 'vaultadmin-pw'");
    database.root("CREATE ROLE static LOGIN PASSWORD 'first-password'");
    bao.root(&["secrets", "enable", "database"]);
    let address = format!(
        "connection_url=postgresql://{{{{username}}}}:{{{{password}}}}@127.0.0.1:{}/postgres?sslmode=disable",
        database.port()
    );
    bao.root(&[
        "write",
        "database/config/main",
        "plugin_name=postgresql-database-plugin",
        "allowed_roles=*",
        &address,
        "username=vaultadmin",
        "password=vaultadmin-pw",
    ]);
    for role in ["readonly", "owner"] {
        bao.root(&[
            "write",
            &format!("database/roles/{role}"),
            "db_name=main",
            "creation_statements=CREATE ROLE \"{{name}}\" LOGIN PASSWORD '{{password}}' VALID UNTIL '{{expiration}}' IN ROLE readers",
            "default_ttl=1h",
        ]);
    }
    bao.root(&[
        "write",
        "database/static-roles/app",
        "db_name=main",
        "username=static",
        "rotation_period=24h",
    ]);
}

fn leased(bao: &Bao, role: &str) -> (String, String, String) {
    let answer = bao.root(&["read", &format!("database/creds/{role}")]);
    let text = |it: &serde_json::Value| it.as_str().unwrap().to_owned();
    (
        text(&answer["lease_id"]),
        text(&answer["data"]["username"]),
        text(&answer["data"]["password"]),
    )
}

#[tokio::test]
async fn a_lease_ends_at_the_database_and_a_session_in_another_role_reads_on() {
    let (Some(bao), Some(database)) = (Bao::start(), Postgres::start()) else { return };
    with_database(&bao, &database);
    let connector = bao.connector();
    let (lease, user, password) = leased(&bao, "readonly");
    let mut session = database.session(&user, &password);
    assert_eq!(session.ask("SET ROLE readers; SELECT amount FROM sales;").as_deref(), Some("7"));
    let intent = of(ActionKind::DeleteCredential, "approle", CredentialKind::Password, &lease);
    let left = Drive::new(&connector, vec![intent]).contained().await;
    assert!(left[0].contains("`SET ROLE`"), "{left:?}");
    assert!(database.query(&user, &password, "SELECT 1").is_err(), "the user is gone");
    assert_eq!(
        database.root(&format!("SELECT count(*) FROM pg_roles WHERE rolname = '{user}'")),
        "0"
    );
    assert_eq!(session.ask("SELECT amount FROM sales;").as_deref(), Some("7"), "as it says");
}

#[tokio::test]
async fn all_leases_of_a_role_end_and_no_other_and_one_that_came_since_is_not_what_was_approved() {
    let (Some(bao), Some(database)) = (Bao::start(), Postgres::start()) else { return };
    with_database(&bao, &database);
    let connector = bao.connector();
    let (one, two, other) =
        (leased(&bao, "readonly"), leased(&bao, "readonly"), leased(&bao, "owner"));
    let intent = on(ActionKind::RevokeSessions, "database/creds/readonly");
    let step = plan(&connector, "vault.revoke_prefix", &intent).await.unwrap();
    assert_eq!(step.summary, "revoke the 2 leases of `database/creds/readonly`");
    let three = leased(&bao, "readonly");
    let drifted = crate::drive::execute(&connector, &step).await.unwrap_err();
    assert!(matches!(drifted, CallError::Drifted { .. }), "{drifted}");
    Drive::new(&connector, vec![intent]).contained().await;
    for (_, user, password) in [one, two, three] {
        assert!(database.query(&user, &password, "SELECT 1").is_err(), "{user}");
    }
    assert!(database.query(&other.1, &other.2, "SELECT 1").is_ok());
}

#[tokio::test]
async fn a_static_role_gets_another_password() {
    let (Some(bao), Some(database)) = (Bao::start(), Postgres::start()) else { return };
    with_database(&bao, &database);
    let connector = bao.connector();
    let password = || {
        let answer = bao.root(&["read", "database/static-creds/app"]);
        answer["data"]["password"].as_str().unwrap().to_owned()
    };
    let old = password();
    assert!(database.query("static", &old, "SELECT 1").is_ok());
    let id = "database/static-creds/app";
    let intent = of(ActionKind::RotateCredential, "app", CredentialKind::Password, id);
    let mut drive = Drive::new(&connector, vec![intent]);
    drive.contained().await;
    assert!(database.query("static", &old, "SELECT 1").is_err());
    assert!(database.query("static", &password(), "SELECT 1").is_ok());
    assert!(!drive.said().contains(&password()), "the password is in what it says");
}

#[tokio::test]
async fn the_check_prints_what_is_missing_and_writes_nothing_and_strangers_are_refused() {
    let Some(bao) = Bao::start() else { return };
    let connector = bao.connector();
    let checks = connector.check().await;
    assert!(checks.iter().all(|it| it.outcome.is_ok()), "{checks:#?}");
    let sudo = ", \"sudo\"] }\n";
    let less: String = rules().replace(sudo, "] }\n");
    bao.policy("less", &less);
    let token = bao.token("less");
    let checks = Vault::prepare(bao.config(&token)).check().await;
    let missing: Vec<String> =
        checks.into_iter().filter_map(|it| it.outcome.err().map(|it| it.to_string())).collect();
    assert_eq!(
        missing.len(),
        less.len().abs_diff(rules().len()) / ", \"sudo\"".len(),
        "{missing:#?}"
    );
    assert!(missing.contains(&r#"add to the policy of the connector: path "sys/leases/revoke-prefix/*" { capabilities = ["update", "sudo"] }"#.to_owned()), "{missing:#?}");
    assert!(!format!("{missing:?}").contains(&token));

    // Its own token, and one that is somebody else's.
    let own = connector.own_principals().await.unwrap();
    assert_eq!(own, [Principal::new("vault", "token-own")]);
    let (secret_id, _) = bao.secret_id("ci");
    let token = bao.sign_in("ci", &secret_id).unwrap();
    let stranger =
        of(ActionKind::DeleteCredential, "token-own", CredentialKind::Token, &token.accessor);
    let said = plan(&connector, "vault.revoke_token", &stranger).await.unwrap_err().to_string();
    assert!(said.contains("is not of `token-own`"), "{said}");
    let accessors = bao.root(&["list", "auth/token/accessors"]);
    let mut refused = 0;
    for accessor in accessors.as_array().unwrap() {
        let accessor = accessor.as_str().unwrap();
        let mine = of(ActionKind::DeleteCredential, "token-own", CredentialKind::Token, accessor);
        if let Err(error) = plan(&connector, "vault.revoke_token", &mine).await {
            refused += usize::from(error.to_string().contains("the connector's own token"));
        }
    }
    assert_eq!(refused, 1);
    // A token that is not taken is said, and not shown.
    let config = VaultConfig { audit_device: None, ..bao.config("wrong-and-secret") };
    let checks = Vault::prepare(config).check().await;
    // The folder of deliveries is no business of the token.
    let mut asked = checks.iter().filter(|it| !it.permission.starts_with("write to"));
    assert!(asked.all(|it| it.outcome.is_err()), "{checks:#?}");
    assert!(!format!("{checks:?}").contains("wrong-and-secret"));
}

#[tokio::test]
async fn entities_with_their_tokens_are_discovered_under_the_names_that_the_log_uses() {
    let Some(bao) = Bao::start() else { return };
    let connector = bao.connector();
    let (secret_id, _) = bao.secret_id("ci");
    let token = bao.sign_in("ci", &secret_id).unwrap();
    assert!(bao.reads(&token.token));
    let cx = DiscoverCx::new(connector.spec().discovery.unwrap(), now());
    let page = connector.discover(&cx, None).await.unwrap();
    assert!(page.next.is_none() && page.gaps.is_empty(), "{:?}", page.gaps);
    let name = format!("entity/{}", token.entity);
    let entity = page.found.iter().find(|it| *it.principal.name == *name).unwrap();
    assert_eq!(entity.enabled, Some(true));
    assert!(entity.created.is_some());
    assert_eq!(entity.credentials.len(), 1);
    assert_eq!(entity.credentials[0].reference.id(), bao.logged_accessor());
    assert!(entity.credentials[0].issued.is_some() && entity.credentials[0].expires.is_some());
    let role = page.found.iter().find(|it| &*it.principal.name == "approle/ci").unwrap();
    assert_eq!(role.credentials.len(), 1);
    assert!(!format!("{page:?}").contains(&token.token));
}
