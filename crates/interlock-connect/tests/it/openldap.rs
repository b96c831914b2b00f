//! Each action on a real slapd: works, contained, refused, live sessions as the spec says, undone.
//!
//! Proves: `openldap.invalidate_password`, `openldap.lock_account`, `openldap.lock_password`
//! Proves: `openldap.quarantine_account`, `openldap.remove_from_group`, `openldap.require_reset`

use crate::drive::{Drive, on, plan};
use crate::session::Session;
use crate::slapd::{OPERATORS, QUARANTINE, Rules, SVC, Slapd, principal};
use interlock_connect::openldap::OpenLdap;
use interlock_contain::Connector as _;
use interlock_model::{
    ActionKind, CredentialKind, CredentialRef, Grade, Intent, Observation, Target,
};

fn password(kind: ActionKind) -> Intent {
    let credential = CredentialRef::new("ldap", CredentialKind::Password, SVC);
    Intent { kind, target: Target::Credential { principal: principal(SVC), credential } }
}

#[tokio::test]
async fn a_lock_ends_new_binds_leaves_bound_connections_and_is_proven_by_a_bind() {
    let Some(slapd) = Slapd::start(Rules::ALL).await else { return };
    let connector = slapd.connector();
    for (name, intent) in [
        ("openldap.lock_account", on(ActionKind::DisableIdentity, &principal(SVC))),
        ("openldap.lock_password", password(ActionKind::DisableCredential)),
    ] {
        let before = slapd.dump();
        assert!(slapd.binds(SVC), "it works");
        let mut live = Session::of(&slapd, SVC).await;
        let mut drive = Drive::new(&connector, intent);
        drive.contained(name).await;
        let (bound, said) = slapd.whoami(SVC, crate::slapd::PASSWORD);
        assert!(!bound && said.contains("Account locked"), "{said}");
        assert_eq!(drive.grade(), Grade::Effective, "{:#?}", drive.life);
        assert_eq!(live.reads().await, 0, "a connection that is bound stays bound");
        assert!(drive.residual()[0].what.contains("bound already"), "{:?}", drive.residual());
        drive.undone().await;
        assert!(slapd.binds(SVC), "it works again");
        assert_eq!(slapd.dump(), before, "as before");
        assert_eq!(drive.writes(), 2, "one write to contain, one to undo");
    }
}

#[tokio::test]
async fn a_lock_that_failures_had_set_is_put_back_by_the_undo() {
    let Some(slapd) = Slapd::start(Rules::ALL).await else { return };
    for _ in 0..3 {
        assert!(!slapd.whoami(SVC, "wrong").0);
    }
    let before = slapd.values(SVC, "pwdAccountLockedTime");
    assert_eq!(before.len(), 1, "three failures lock it");
    let connector = slapd.connector();
    let mut drive = Drive::new(&connector, on(ActionKind::DisableIdentity, &principal(SVC)));
    drive.contained("openldap.lock_account").await;
    assert_eq!(slapd.values(SVC, "pwdAccountLockedTime"), ["000001010000Z"]);
    drive.undone().await;
    assert_eq!(slapd.values(SVC, "pwdAccountLockedTime"), before);
}

#[tokio::test]
async fn a_lock_without_a_policy_has_no_effect_and_is_refused_at_planning() {
    let Some(slapd) = Slapd::start(Rules::ALL).await else { return };
    let connector = slapd.connector();
    let intent = on(ActionKind::DisableIdentity, &principal(SVC));
    let mut drive = Drive::new(&connector, intent.clone());
    drive.contained("openldap.lock_account").await;
    let policy = "dn: cn=default,ou=policies,dc=example,dc=com\nchangetype: modify\nreplace: pwdLockout\npwdLockout: FALSE\n";
    slapd.admin("ldapmodify", policy);
    // The attribute is still there, and the server lets the account in.
    assert!(slapd.binds(SVC));
    assert!(matches!(drive.observed().await, Observation::DoesNotHold { .. }));
    let error = plan(&connector, "openldap.lock_account", &intent).await.unwrap_err();
    assert!(error.to_string().contains("does not set `pwdLockout`"), "{error}");
    // A policy of the entry's own counts more than the default.
    let own = "dn: cn=own,ou=policies,dc=example,dc=com\nobjectClass: device\nobjectClass: pwdPolicy\ncn: own\npwdAttribute: userPassword\npwdLockout: TRUE\n";
    slapd.admin("ldapadd", own);
    let subentry = format!(
        "dn: {SVC}\nchangetype: modify\nadd: pwdPolicySubentry\npwdPolicySubentry: cn=own,ou=policies,dc=example,dc=com\n"
    );
    slapd.admin("ldapmodify", &subentry);
    plan(&connector, "openldap.lock_account", &intent).await.unwrap();
    assert!(!slapd.binds(SVC));
}

#[tokio::test]
async fn an_invalid_password_ends_new_binds_for_good_and_keeps_a_lock() {
    let Some(slapd) = Slapd::start(Rules::ALL).await else { return };
    let connector = slapd.connector();
    let mut live = Session::of(&slapd, SVC).await;
    let mut lock = Drive::new(&connector, on(ActionKind::DisableIdentity, &principal(SVC)));
    lock.contained("openldap.lock_account").await;
    let mut drive = Drive::new(&connector, password(ActionKind::DeleteCredential));
    drive.contained("openldap.invalidate_password").await;
    assert_eq!(drive.lost(), 1, "there is no way back");
    assert!(matches!(lock.observed().await, Observation::Holds { .. }), "the lock is kept");
    lock.undone().await;
    for guess in
        [crate::slapd::PASSWORD, "interlock", "", "{SSHA}AAAAAAAAAAAAAAAAAAAAAAAAAABpbnRlcmxvY2s="]
    {
        assert!(guess.is_empty() || !slapd.whoami(SVC, guess).0, "{guess}");
    }
    assert_eq!(live.reads().await, 0, "a connection that is bound stays bound");
    assert_eq!(drive.grade(), Grade::Applied, "nothing was tried");
    // The owner sets a new one: the account works again, and the containment no longer holds.
    slapd.admin(
        "ldapmodify",
        &format!(
            "dn: {SVC}\nchangetype: modify\nreplace: userPassword\nuserPassword: {}\n",
            crate::slapd::PASSWORD
        ),
    );
    assert!(slapd.binds(SVC));
    assert!(matches!(drive.observed().await, Observation::DoesNotHold { .. }));
}

#[tokio::test]
async fn the_quarantine_reaches_connections_that_are_bound() {
    let Some(slapd) = Slapd::start(Rules::ALL).await else { return };
    let connector = slapd.connector();
    let before = slapd.dump();
    let mut live = Session::of(&slapd, SVC).await;
    assert_eq!((live.reads().await, live.writes().await), (0, 0));
    let before_writes = slapd.dump();
    assert_ne!(before, before_writes);
    let mut drive = Drive::new(&connector, on(ActionKind::Quarantine, &principal(SVC)));
    drive.contained("openldap.quarantine_account").await;
    assert_eq!((live.reads().await, live.writes().await), (32, 50), "denied at the next operation");
    assert!(slapd.binds(SVC), "a bind is still granted, as the spec says");
    assert!(!slapd.reads(SVC).0, "and nothing can be done with it");
    drive.undone().await;
    assert_eq!((live.reads().await, live.writes().await), (0, 0), "works again");
    assert_eq!(slapd.dump(), before_writes, "as before");
    assert!(!slapd.values(QUARANTINE, "member").contains(&SVC.to_owned()));
}

#[tokio::test]
async fn a_quarantine_that_no_rule_names_is_refused_at_planning() {
    let Some(slapd) = Slapd::start(Rules { quarantine: false, ..Rules::ALL }).await else { return };
    let connector = slapd.connector();
    let intent = on(ActionKind::Quarantine, &principal(SVC));
    let error = plan(&connector, "openldap.quarantine_account", &intent).await.unwrap_err();
    assert!(error.to_string().contains("no access rule names"), "{error}");
}

#[tokio::test]
async fn a_removal_from_a_group_reaches_connections_that_are_bound_and_member_of_follows() {
    let Some(slapd) = Slapd::start(Rules::ALL).await else { return };
    let connector = slapd.connector();
    let mut live = Session::of(&slapd, SVC).await;
    assert_eq!(live.writes().await, 0);
    let before = slapd.dump();
    let mut drive = Drive::new(&connector, on(ActionKind::RemoveEntitlement, &principal(SVC)));
    drive.contained("openldap.remove_from_group").await;
    assert_eq!(live.writes().await, 50, "denied at the next operation");
    assert_eq!(live.reads().await, 0, "what others may do it may still do");
    assert!(!slapd.values(SVC, "memberOf").contains(&OPERATORS.to_owned()));
    drive.undone().await;
    assert!(slapd.values(SVC, "memberOf").contains(&OPERATORS.to_owned()));
    assert_eq!(live.writes().await, 0, "works again");
    let sorted = |text: &str| {
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        lines.sort();
        lines
    };
    // The order of values is not kept by the server.
    assert_eq!(sorted(&slapd.dump()), sorted(&before), "as before");
}

#[tokio::test]
async fn a_demand_for_a_new_password_allows_nothing_else() {
    let Some(slapd) = Slapd::start(Rules::ALL).await else { return };
    let connector = slapd.connector();
    let before = slapd.dump();
    let mut live = Session::of(&slapd, SVC).await;
    let intent = on(ActionKind::RequireReauthentication, &principal(SVC));
    let mut drive = Drive::new(&connector, intent.clone());
    drive.contained("openldap.require_reset").await;
    let (done, said) = slapd.reads(SVC);
    assert!(!done && said.contains("Operations are restricted"), "{said}");
    assert_eq!(live.reads().await, 0, "a connection that is bound stays bound");
    drive.undone().await;
    assert!(slapd.reads(SVC).0, "works again");
    assert_eq!(slapd.dump(), before, "as before");
    let policy = "dn: cn=default,ou=policies,dc=example,dc=com\nchangetype: modify\nreplace: pwdMustChange\npwdMustChange: FALSE\n";
    slapd.admin("ldapmodify", policy);
    let error = plan(&connector, "openldap.require_reset", &intent).await.unwrap_err();
    assert!(error.to_string().contains("would have no effect"), "{error}");
}

#[tokio::test]
async fn a_server_that_came_back_is_reached_again() {
    let Some(mut slapd) = Slapd::start(Rules::ALL).await else { return };
    let connector = slapd.connector();
    let intent = on(ActionKind::DisableIdentity, &principal(SVC));
    plan(&connector, "openldap.lock_account", &intent).await.unwrap();
    slapd.restart().await;
    let mut drive = Drive::new(&connector, intent);
    drive.contained("openldap.lock_account").await;
    assert!(!slapd.binds(SVC));
}

#[tokio::test]
async fn start_tls_is_spoken_and_a_certificate_of_nobody_is_refused() {
    let Some(slapd) = Slapd::start(Rules::ALL).await else { return };
    let intent = on(ActionKind::DisableIdentity, &principal(SVC));
    let mut config = slapd.config();
    config.ldap.url = slapd.plain_url();
    config.ldap.start_tls = true;
    let connector = OpenLdap::prepare(config.clone());
    plan(&connector, "openldap.lock_account", &intent).await.unwrap();
    config.ldap.authorities = None;
    let connector = OpenLdap::prepare(config);
    let error = plan(&connector, "openldap.lock_account", &intent).await.unwrap_err();
    assert!(error.to_string().contains("certificate"), "{error}");
}

#[tokio::test]
async fn accounts_are_discovered_with_groups_locks_and_owners() {
    let Some(slapd) = Slapd::start(Rules::ALL).await else { return };
    let connector = slapd.connector();
    let see = async || {
        let spec = connector.spec().discovery.unwrap();
        let cx = interlock_contain::DiscoverCx::new(spec, interlock_model::Timestamp::UNIX_EPOCH);
        let page = connector.discover(&cx, None).await.unwrap();
        assert_eq!((page.next, page.gaps), (None, Vec::new()));
        page.found.into_iter().find(|it| it.principal == principal(SVC)).unwrap()
    };
    let svc = see().await;
    assert_eq!(svc.enabled, Some(true));
    assert!(svc.created.is_some());
    let groups: Vec<&str> = svc.entitlements.iter().map(|it| it.grant.as_str()).collect();
    assert!(groups.contains(&"member of operators"), "{groups:?}");
    assert_eq!(svc.credentials[0].reference.id(), &*principal(SVC).name);
    let mut drive = Drive::new(&connector, on(ActionKind::DisableIdentity, &principal(SVC)));
    drive.contained("openldap.lock_account").await;
    assert_eq!(see().await.enabled, Some(false), "what is locked is listed as disabled");
}
