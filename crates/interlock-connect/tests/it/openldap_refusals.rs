//! What the connector never does, and what it says of its own rights, on a real slapd.

use crate::drive::{Drive, on, plan};
use crate::slapd::{ANN, BASE, OPERATORS, OWN, Rules, SVC, Slapd, principal};
use interlock_connect::Secret;
use interlock_connect::openldap::OpenLdap;
use interlock_contain::{CallError, Connector as _};
use interlock_model::ActionKind;

#[tokio::test]
async fn itself_strangers_and_the_last_of_a_group_are_never_touched() {
    let Some(slapd) = Slapd::start(Rules::ALL).await else { return };
    let connector = slapd.connector();
    let lock = |dn: &str| on(ActionKind::DisableIdentity, &principal(dn));
    for (dn, says) in [
        (OWN, "acts as"),
        ("CN=Interlock, ou=services,dc=example,dc=com", "acts as"),
        // The escaped spelling of the same entry.
        ("cn=\\69nterlock,ou=services,dc=example,dc=com", "acts as"),
        ("uid=svc,dc=other,dc=com", "does not lie under"),
        ("uid=nobody,ou=services,dc=example,dc=com", "is not there"),
        ("uid=*,ou=services,dc=example,dc=com", "is not there"),
    ] {
        let error = plan(&connector, "openldap.lock_account", &lock(dn)).await.unwrap_err();
        assert!(error.to_string().contains(says), "{dn}: {error}");
    }
    let own = connector.own_principals().await.unwrap();
    assert_eq!(own, [principal(OWN)]);

    let mut drive = Drive::new(&connector, lock(ANN));
    drive.contained("openldap.lock_account").await;
    for (name, kind) in [
        ("openldap.lock_account", ActionKind::DisableIdentity),
        ("openldap.quarantine_account", ActionKind::Quarantine),
        ("openldap.remove_from_group", ActionKind::RemoveEntitlement),
    ] {
        let error = plan(&connector, name, &on(kind, &principal(SVC))).await.unwrap_err();
        assert!(error.to_string().contains("last member"), "{name}: {error}");
    }
}

#[tokio::test]
async fn which_group_is_meant_has_to_be_said_and_the_only_member_stays() {
    let Some(slapd) = Slapd::start(Rules::ALL).await else { return };
    let remove = on(ActionKind::RemoveEntitlement, &principal(SVC));
    let planned = async |groups: &[&str]| {
        let mut config = slapd.config();
        config.privileged_groups = groups.iter().map(|&it| it.to_owned()).collect();
        plan(&OpenLdap::prepare(config), "openldap.remove_from_group", &remove).await
    };
    let error = planned(&[]).await.unwrap_err();
    assert!(error.to_string().contains("is in 2 groups"), "{error}");
    let readers = format!("cn=readers,ou=groups,{BASE}");
    let error = planned(&[&readers, OPERATORS]).await.unwrap_err();
    assert!(error.to_string().contains("only member"), "{error}");
    let step = planned(&[OPERATORS, &readers]).await.unwrap();
    assert_eq!(step.before.get("group"), Some(OPERATORS));
}

#[tokio::test]
async fn the_check_finds_what_the_readme_gives_and_names_what_is_missing() {
    let Some(slapd) = Slapd::start(Rules::ALL).await else { return };
    // More than one search gives.
    let many: String = (0..1100)
        .map(|it| format!("dn: uid=u{it},ou=people,{BASE}\nobjectClass: account\nuid: u{it}\n\n"))
        .collect();
    slapd.admin("ldapadd", &many);
    let before = slapd.dump();
    let checks = slapd.connector().check().await;
    assert!(checks.iter().all(|it| it.outcome.is_ok()), "{checks:#?}");
    assert_eq!(checks.len(), 9);
    assert_eq!(slapd.dump(), before, "nothing was written");
    drop(slapd);

    let rules = Rules { rights: false, config: false, quarantine: true };
    let slapd = Slapd::start(rules).await.unwrap();
    let checks = slapd.connector().check().await;
    let missing = |name: &str| {
        let check = checks.iter().find(|it| it.permission == name).unwrap();
        check.outcome.clone().unwrap_err().to_string()
    };
    for name in
        ["write:member", "write:pwdAccountLockedTime", "write:pwdReset", "write:userPassword"]
    {
        assert!(missing(name).contains("add `olcAccess: to dn.subtree"), "{}", missing(name));
        assert!(missing(name).contains(OWN), "{}", missing(name));
    }
    assert!(missing("compare:userPassword").contains("attrs=userPassword"));
    assert!(missing("read:policy").contains("set `default_policy`"));
    let mut config = slapd.config();
    config.default_policy = Some(format!("cn=default,ou=policies,{BASE}"));
    let step = plan(
        &OpenLdap::prepare(config),
        "openldap.lock_account",
        &on(ActionKind::DisableIdentity, &principal(SVC)),
    )
    .await;
    step.unwrap();
}

#[tokio::test]
async fn a_wrong_password_and_a_closed_door_are_said_and_nothing_leaks() {
    let Some(slapd) = Slapd::start(Rules::ALL).await else { return };
    let intent = on(ActionKind::DisableIdentity, &principal(SVC));
    let mut config = slapd.config();
    config.ldap.password = Secret::new("wrong-and-secret");
    let connector = OpenLdap::prepare(config.clone());
    let error = plan(&connector, "openldap.lock_account", &intent).await.unwrap_err();
    assert!(matches!(&error, CallError::Denied { permission } if permission.contains(OWN)));
    let said = format!("{error} {error:?} {connector:?} {:?}", connector.check().await);
    assert!(!said.contains("wrong-and-secret"), "{said}");
    config.ldap.url = format!("ldaps://localhost:{}", crate::server::free_port());
    let connector = OpenLdap::prepare(config);
    let error = plan(&connector, "openldap.lock_account", &intent).await.unwrap_err();
    assert!(matches!(error, CallError::Retry { .. }), "{error}");
}
