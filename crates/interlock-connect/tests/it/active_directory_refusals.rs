//! What the connector never does, and what it says of its own rights, on a real domain.

use crate::drive::{on, plan};
use crate::samba::{ADMINISTRATOR, ANN, BASE, OWN, Rights, SVC, Samba, principal};
use interlock_connect::Secret;
use interlock_connect::active_directory::ActiveDirectory;
use interlock_contain::{CallError, Connector as _};
use interlock_model::ActionKind;

const DISABLE: &str = "active_directory.disable_account";

#[tokio::test]
async fn itself_what_the_domain_rests_on_strangers_and_the_last_of_a_group_are_never_touched() {
    let Some(samba) = Samba::start(Rights::Delegated).await else { return };
    let connector = samba.connector();
    let disable = |name: &str| on(ActionKind::DisableIdentity, &principal(name));
    let (own, administrator) = (samba.sid(OWN), samba.sid(ADMINISTRATOR));
    for (name, says) in [
        (own.as_str(), "acts as"),
        ("corp\\interlock", "acts as"),
        ("Interlock@corp.example", "acts as"),
        ("cn=\\69nterlock, cn=users,dc=corp,dc=example", "acts as"),
        (&administrator, "came with"),
        ("corp\\krbtgt", "seals its tickets"),
        ("corp\\dc1$", "domain controller"),
        ("other\\svc", "none of the names"),
        ("svc", "does not say of which domain"),
        ("svc@other.example", "is not there"),
        ("corp\\nobody", "is not there"),
        ("corp\\*", "is not there"),
        ("S-1-5-21-1-2-3-1105", "is not there"),
        // A group is no account.
        ("CN=Domain Admins,CN=Users,DC=corp,DC=example", "is not there"),
    ] {
        let error = plan(&connector, DISABLE, &disable(name)).await.unwrap_err();
        assert!(error.to_string().contains(says), "{name}: {error}");
    }
    let own = connector.own_principals().await.unwrap();
    for name in [samba.sid(OWN), "corp\\interlock".into(), "corp.example\\interlock".into()] {
        assert!(own.contains(&principal(&name)), "{name}: {own:?}");
    }
    let mut config = samba.config();
    config.base = format!("OU=People,{BASE}");
    let elsewhere = ActiveDirectory::prepare(config);
    let error = plan(&elsewhere, DISABLE, &disable("corp\\svc")).await.unwrap_err();
    assert!(error.to_string().contains("does not lie under"), "{error}");

    // Two are left besides; one by one they cannot sign in any more, each in another way.
    samba.set(ANN, "accountExpires", "100000000000000000");
    plan(&connector, DISABLE, &disable("corp\\svc")).await.unwrap();
    samba.admin(
        "ldapmodify",
        &format!("dn: {ADMINISTRATOR}\nchangetype: modify\nreplace: userAccountControl\nuserAccountControl: 514\n"),
    );
    for (name, kind) in [
        (DISABLE, ActionKind::DisableIdentity),
        ("active_directory.deny_logon_hours", ActionKind::Quarantine),
        ("active_directory.require_reset", ActionKind::RequireReauthentication),
        ("active_directory.remove_from_group", ActionKind::RemoveEntitlement),
    ] {
        let error = plan(&connector, name, &on(kind, &principal("corp\\svc"))).await.unwrap_err();
        assert!(error.to_string().contains("last member"), "{name}: {error}");
    }
}

#[tokio::test]
async fn the_check_finds_what_is_delegated_and_names_what_is_missing() {
    let Some(samba) = Samba::start(Rights::Delegated).await else { return };
    let before = samba.dump(SVC);
    let checks = samba.connector().check().await;
    assert!(checks.iter().all(|it| it.outcome.is_ok()), "{checks:#?}");
    assert_eq!(checks.len(), 8);
    assert_eq!(samba.dump(SVC), before, "nothing was written");
    drop(samba);

    let samba = Samba::start(Rights::None).await.unwrap();
    let checks = samba.connector().check().await;
    for check in &checks {
        let write = !check.permission.starts_with("read:");
        assert_eq!(check.outcome.is_err(), write, "{check:?}");
        if let Err(remedy) = &check.outcome {
            assert!(remedy.to_string().contains("dsacls \"DC=corp,DC=example\""), "{remedy}");
        }
    }
}

#[tokio::test]
async fn a_wrong_password_and_a_strange_certificate_are_said_and_nothing_leaks() {
    let Some(samba) = Samba::start(Rights::Delegated).await else { return };
    let intent = on(ActionKind::DisableIdentity, &principal("corp\\svc"));
    let mut config = samba.config();
    config.ldap.password = Secret::new("wrong-and-secret");
    let connector = ActiveDirectory::prepare(config.clone());
    let error = plan(&connector, DISABLE, &intent).await.unwrap_err();
    assert!(matches!(&error, CallError::Denied { permission } if permission.contains("interlock")));
    let said = format!("{error} {error:?} {connector:?} {:?}", connector.check().await);
    assert!(!said.contains("wrong-and-secret"), "{said}");
    config.ldap.authorities = None;
    let connector = ActiveDirectory::prepare(config);
    let error = plan(&connector, DISABLE, &intent).await.unwrap_err();
    assert!(error.to_string().contains("certificate"), "{error}");
}
