//! Each action on a real domain: works, contained, refused, live sessions as the spec says, undone.
//!
//! Proves: `active_directory.deny_logon_hours`, `active_directory.disable_account`
//! Proves: `active_directory.expire_account`, `active_directory.invalidate_password`
//! Proves: `active_directory.remove_from_group`, `active_directory.require_reset`

use crate::drive::{Drive, on, plan};
use crate::samba::{APP, PASSWORD, Rights, SVC, Samba, principal};
use interlock_contain::{Connector as _, DiscoverCx};
use interlock_model::{
    ActionKind, CredentialKind, CredentialRef, Discovered, IdentityKind, Intent, Observation,
    Principal, Target,
};
use ldap3::{Ldap, LdapConnAsync, LdapConnSettings, Scope};

fn password(kind: ActionKind, principal: &Principal) -> Intent {
    let credential = CredentialRef::new("ad", CredentialKind::Password, &principal.name);
    Intent { kind, target: Target::Credential { principal: principal.clone(), credential } }
}

/// A connection that was bound before.
struct Session(Ldap);

impl Session {
    async fn of(samba: &Samba, name: &str) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let settings = LdapConnSettings::new().set_no_tls_verify(true);
        let opened = LdapConnAsync::with_settings(settings, &samba.url()).await;
        let (connection, mut ldap) = opened.unwrap();
        tokio::spawn(async move { connection.drive().await });
        let user = format!("{name}@corp.example");
        ldap.simple_bind(&user, PASSWORD).await.unwrap().success().unwrap();
        Self(ldap)
    }

    async fn reads(&mut self) -> bool {
        let found = self.0.search(SVC, Scope::Base, "(objectClass=*)", ["cn"]).await.unwrap();
        found.1.rc == 0 && found.0.len() == 1
    }
}

#[tokio::test]
async fn disabling_ends_sign_ins_of_every_sort_and_leaves_connections() {
    let Some(samba) = Samba::start(Rights::Delegated).await else { return };
    let connector = samba.connector();
    let svc = samba.sid(SVC);
    let other_flags = |it: &str| samba.set(SVC, "userAccountControl", it);
    for name in [svc.as_str(), "corp\\svc", "CORP.EXAMPLE\\svc", "svc@corp.example", SVC] {
        let before = samba.dump(SVC);
        assert_eq!(samba.refused("svc"), None, "it works");
        assert!(samba.kinit("svc").0 && samba.kvno("svc").0);
        let mut live = Session::of(&samba, "svc").await;
        let intent = on(ActionKind::DisableIdentity, &principal(name));
        let mut drive = Drive::new(&connector, intent);
        drive.contained("active_directory.disable_account").await;
        assert_eq!(samba.refused("svc").as_deref(), Some("533"), "{name}");
        // The ticket from before is worth nothing on Samba.
        let (granted, said) = samba.kvno("svc");
        assert!(!granted && said.contains("KDC policy rejects request"), "{said}");
        let (granted, said) = samba.kinit("svc");
        assert!(!granted && said.contains("have been revoked"), "{said}");
        assert!(live.reads().await, "a connection that is bound stays bound");
        assert!(drive.residual()[0].what.contains("connections"), "{:?}", drive.residual());
        drive.undone().await;
        assert_eq!(samba.refused("svc"), None, "it works again");
        assert_eq!(samba.dump(SVC), before, "as before");
        assert_eq!(drive.writes(), 2, "one write to contain, one to undo");
    }
    // A flag that somebody else sets meanwhile stays.
    let mut drive = Drive::new(&connector, on(ActionKind::DisableIdentity, &principal(&svc)));
    drive.contained("active_directory.disable_account").await;
    other_flags("66050");
    assert!(matches!(drive.observed().await, Observation::Holds { .. }));
    drive.undone().await;
    assert_eq!(samba.values(SVC, "userAccountControl"), ["66048"]);
}

#[tokio::test]
async fn a_computer_is_disabled_too_and_what_only_people_have_is_refused() {
    let Some(samba) = Samba::start(Rights::Delegated).await else { return };
    let connector = samba.connector();
    let app = principal(&samba.sid(APP));
    let mut drive = Drive::new(&connector, on(ActionKind::DisableIdentity, &app));
    drive.contained("active_directory.disable_account").await;
    assert_eq!(samba.values(APP, "userAccountControl"), ["4098"]);
    assert!(!samba.kinit("APP1$").0);
    drive.undone().await;
    assert_eq!(samba.values(APP, "userAccountControl"), ["4096"]);
    assert!(samba.kinit("APP1$").0);
    for (name, kind) in [
        ("active_directory.deny_logon_hours", ActionKind::Quarantine),
        ("active_directory.require_reset", ActionKind::RequireReauthentication),
    ] {
        let error = plan(&connector, name, &on(kind, &app)).await.unwrap_err();
        assert!(error.to_string().contains("no effect"), "{error}");
    }
}

#[tokio::test]
async fn an_expired_account_lets_nobody_in_and_gets_its_date_back() {
    let Some(samba) = Samba::start(Rights::Delegated).await else { return };
    let connector = samba.connector();
    let svc = principal(&samba.sid(SVC));
    for date in ["9223372036854775807", "0", "152000000000000000"] {
        samba.set(SVC, "accountExpires", date);
        let before = samba.dump(SVC);
        assert_eq!(samba.refused("svc"), None, "it works");
        let mut live = Session::of(&samba, "svc").await;
        let mut drive = Drive::new(&connector, password(ActionKind::DisableCredential, &svc));
        drive.contained("active_directory.expire_account").await;
        assert_eq!(samba.refused("svc").as_deref(), Some("701"));
        assert!(!samba.kinit("svc").0);
        assert!(live.reads().await, "a connection that is bound stays bound");
        drive.undone().await;
        assert_eq!(samba.refused("svc"), None, "it works again");
        assert_eq!(samba.dump(SVC), before, "as before");
    }
    // Expired already: nothing to do, nothing to take back.
    samba.set(SVC, "accountExpires", "100000000000000000");
    let intent = password(ActionKind::DisableCredential, &svc);
    let step = plan(&connector, "active_directory.expire_account", &intent).await.unwrap();
    assert_eq!(step.before, step.after);
}

#[tokio::test]
async fn no_hour_of_the_week_is_left_and_the_hours_come_back() {
    let Some(samba) = Samba::start(Rights::Delegated).await else { return };
    let connector = samba.connector();
    let svc = principal(&samba.sid(SVC));
    for set in [false, true] {
        if set {
            let hours = "////////////////////////////";
            samba.admin(
                "ldapmodify",
                &format!(
                    "dn: {SVC}\nchangetype: modify\nreplace: logonHours\nlogonHours:: {hours}\n"
                ),
            );
        }
        let before = samba.dump(SVC);
        assert_eq!(samba.refused("svc"), None, "it works");
        let mut live = Session::of(&samba, "svc").await;
        let mut drive = Drive::new(&connector, on(ActionKind::Quarantine, &svc));
        drive.contained("active_directory.deny_logon_hours").await;
        assert_eq!(samba.refused("svc").as_deref(), Some("530"));
        assert!(!samba.kinit("svc").0);
        assert!(live.reads().await, "a connection that is bound stays bound");
        drive.undone().await;
        assert_eq!(samba.refused("svc"), None, "it works again");
        assert_eq!(samba.dump(SVC), before, "as before");
    }
}

#[tokio::test]
async fn a_demand_for_a_new_password_lets_nobody_in_where_it_counts() {
    let Some(samba) = Samba::start(Rights::Delegated).await else { return };
    let connector = samba.connector();
    let svc = principal(&samba.sid(SVC));
    let intent = on(ActionKind::RequireReauthentication, &svc);
    let mut drive = Drive::new(&connector, intent.clone());
    drive.contained("active_directory.require_reset").await;
    assert_eq!(samba.refused("svc").as_deref(), Some("773"));
    drive.undone().await;
    assert_eq!(samba.refused("svc"), None, "it works again");
    assert_ne!(samba.values(SVC, "pwdLastSet"), ["0"]);
    // The demand is ignored where the password never expires.
    let mut drive = Drive::new(&connector, intent.clone());
    drive.contained("active_directory.require_reset").await;
    samba.set(SVC, "userAccountControl", "66048");
    assert_eq!(samba.refused("svc"), None, "ignored");
    assert!(matches!(drive.observed().await, Observation::DoesNotHold { .. }));
    let error = plan(&connector, "active_directory.require_reset", &intent).await.unwrap_err();
    assert!(error.to_string().contains("never expires"), "{error}");
}

#[tokio::test]
async fn after_one_new_password_the_old_one_is_let_in_and_after_two_it_is_not() {
    let Some(samba) = Samba::start(Rights::Delegated).await else { return };
    let connector = samba.connector();
    let svc = principal(&samba.sid(SVC));
    // The trap, with one new password.
    samba.set_password(SVC, "Another-horse-2");
    assert_eq!(samba.refused("svc"), None, "the old password is let in");
    samba.set_password(SVC, PASSWORD);
    let mut live = Session::of(&samba, "svc").await;
    let mut drive = Drive::new(&connector, password(ActionKind::DeleteCredential, &svc));
    drive.contained("active_directory.invalidate_password").await;
    for guess in [PASSWORD, "Another-horse-2"] {
        assert!(!samba.binds("svc", guess).0, "{guess}");
    }
    assert!(!samba.kinit("svc").0);
    assert!(live.reads().await, "a connection that is bound stays bound");
    assert_eq!(drive.lost(), 1, "there is no way back");
    let word = samba.values(SVC, "adminDescription");
    assert!(word[0].starts_with("interlock: this password is known to nobody"), "{word:?}");
    // Held: planning again finds nothing to do.
    let intent = password(ActionKind::DeleteCredential, &svc);
    let name = "active_directory.invalidate_password";
    let step = plan(&connector, name, &intent).await.unwrap();
    assert_eq!(step.before, step.after);
    // The owner gets a new one: the account works again, and the containment no longer holds.
    samba.set_password(SVC, PASSWORD);
    assert_eq!(samba.refused("svc"), None);
    assert!(matches!(drive.observed().await, Observation::DoesNotHold { .. }));
    let step = plan(&connector, name, &intent).await.unwrap();
    assert_ne!(step.before, step.after);
    // What somebody else noted is not overwritten.
    samba.set(SVC, "adminDescription", "ask Ann");
    let error = plan(&connector, name, &intent).await.unwrap_err();
    assert!(error.to_string().contains("holds something else"), "{error}");
}

#[tokio::test]
async fn power_is_taken_and_given_back() {
    let Some(samba) = Samba::start(Rights::Delegated).await else { return };
    let connector = samba.connector();
    let svc = principal(&samba.sid(SVC));
    let before = samba.dump(SVC);
    let mut drive = Drive::new(&connector, on(ActionKind::RemoveEntitlement, &svc));
    drive.contained("active_directory.remove_from_group").await;
    assert!(samba.values(SVC, "memberOf").is_empty());
    assert_eq!(samba.refused("svc"), None, "sign-ins are left");
    drive.undone().await;
    assert_eq!(samba.dump(SVC), before, "as before");
    // Power through a group within a group is said.
    let nested = "dn: CN=helpers,OU=Services,DC=corp,DC=example\nobjectClass: group\nsAMAccountName: helpers\nmember: CN=svc,OU=Services,DC=corp,DC=example\n";
    samba.admin("ldapadd", nested);
    samba.admin("ldapmodify", "dn: CN=Administrators,CN=Builtin,DC=corp,DC=example\nchangetype: modify\nadd: member\nmember: CN=helpers,OU=Services,DC=corp,DC=example\n");
    let mut drive = Drive::new(&connector, on(ActionKind::RemoveEntitlement, &svc));
    drive.contained("active_directory.remove_from_group").await;
    let left = drive.residual();
    assert!(left.iter().any(|it| it.what.contains("still in CN=Administrators")), "{left:?}");
}

#[tokio::test]
async fn a_domain_controller_that_came_back_is_reached_again() {
    let Some(mut samba) = Samba::start(Rights::Delegated).await else { return };
    let connector = samba.connector();
    let intent = on(ActionKind::DisableIdentity, &principal("corp\\svc"));
    plan(&connector, "active_directory.disable_account", &intent).await.unwrap();
    samba.restart().await;
    let mut drive = Drive::new(&connector, intent);
    drive.contained("active_directory.disable_account").await;
    assert_eq!(samba.refused("svc").as_deref(), Some("533"));
}

#[tokio::test]
async fn accounts_are_discovered_with_flags_services_groups_and_managed_ones() {
    let Some(samba) = Samba::start(Rights::Delegated).await else { return };
    samba.admin("ldapmodify", &format!("dn: {SVC}\nchangetype: modify\nadd: servicePrincipalName\nservicePrincipalName: HTTP/web.corp.example\n-\nadd: manager\nmanager: CN=ann,OU=Services,DC=corp,DC=example\n-\nadd: description\ndescription: runs the web shop\n"));
    samba.set(SVC, "userAccountControl", "66048");
    samba.admin("ldapadd", "dn: CN=gsvc,OU=Services,DC=corp,DC=example\nobjectClass: msDS-GroupManagedServiceAccount\nsAMAccountName: gsvc$\nmsDS-ManagedPasswordInterval: 30\nuserAccountControl: 4096\n");
    // Power comes through another group, too.
    samba.admin("ldapadd", "dn: CN=helpers,OU=Services,DC=corp,DC=example\nobjectClass: group\nsAMAccountName: helpers\nmember: CN=APP1,OU=Services,DC=corp,DC=example\n");
    samba.admin("ldapmodify", "dn: CN=Administrators,CN=Builtin,DC=corp,DC=example\nchangetype: modify\nadd: member\nmember: CN=helpers,OU=Services,DC=corp,DC=example\n");
    assert_eq!(samba.refused("ann"), None, "a sign-in that the domain notes");
    let connector = samba.connector();
    let now = "2026-03-01T00:00:00Z".parse().unwrap();
    let cx = DiscoverCx::new(connector.spec().discovery.unwrap(), now);
    let page = connector.discover(&cx, None).await.unwrap();
    assert_eq!((page.next, page.gaps), (None, Vec::new()));
    let of = |sid: String| page.found.iter().find(|it| *it.principal.name == sid).unwrap();
    let svc = of(samba.sid(SVC));
    assert_eq!((svc.kind, svc.enabled), (Some(IdentityKind::ServiceAccount), Some(true)));
    assert_eq!(svc.labels["servicePrincipalName"], "HTTP/web.corp.example");
    assert_eq!(svc.labels["manager"], "ann");
    assert_eq!(svc.labels["flags"], "password never expires");
    let grants = |it: &Discovered| -> Vec<String> {
        let all = it.entitlements.iter();
        all.map(|it| format!("{} by {}, {:?}", it.grant, it.through, it.risk)).collect()
    };
    assert_eq!(
        grants(svc)[..2],
        [
            "member of Administrators by membership through Domain Admins, Admin",
            "member of Domain Admins by membership, Admin"
        ],
        "{:?}",
        grants(svc)
    );
    let password = &svc.credentials[0];
    assert_eq!(password.reference.as_str(), format!("ad:password:{}", samba.sid(SVC)));
    let age = password.issued.unwrap().duration_since(svc.created.unwrap()).as_secs();
    assert!((-5..600).contains(&age), "set when it was made: {age} s later");
    let names: Vec<&str> = svc.also.iter().map(|it| &*it.name).collect();
    assert!(names.contains(&"corp\\svc") && names.contains(&"svc@corp.example"), "{names:?}");
    // The domain renews these passwords by itself: nobody has one to look after.
    let managed = of(samba.sid("CN=gsvc,OU=Services,DC=corp,DC=example"));
    assert_eq!((managed.kind, managed.credentials.len()), (Some(IdentityKind::ServiceAccount), 0));
    assert_eq!(managed.labels["managed"], "the domain renews its password by itself");
    let app = of(samba.sid(APP));
    assert_eq!((app.kind, app.credentials.len()), (Some(IdentityKind::Workload), 0));
    assert_eq!(grants(app)[0], "member of Administrators by membership through helpers, Admin");
    // What is disabled is listed as such, by the same look that anybody may take.
    samba.set(SVC, "userAccountControl", "514");
    let page = connector.discover(&cx, None).await.unwrap();
    let svc = page.found.iter().find(|it| it.principal == principal(&samba.sid(SVC))).unwrap();
    assert_eq!(svc.enabled, Some(false));
    assert!(!format!("{page:?}").contains(PASSWORD));
}
