//! Which of the things that a record names were made or changed by it, and let somebody in or give
//! somebody more from then on.
//!
//! Records name more than that: what was only used, who was there, and whom a new credential is for.

use crate::behaviour::{CallRisk, Platform};
use interlock_model::{CredentialKind, Event, Issued, Object};

/// What lets somebody in, or gives somebody more, when it is made or changed.
const LASTING: [&str; 39] = [
    "access_entry",
    "access_key",
    "admission_webhook",
    "api_key",
    "app",
    "auth_method",
    "certificate_request",
    "computer",
    "entity",
    "entity_alias",
    "federation",
    "forwarding_address",
    "group",
    "identity_mapping",
    "identity_provider",
    "instance_profile",
    "journal_rule",
    "mail_connector",
    "mailbox_permission",
    "mailbox_rule",
    "mfa_device",
    "permission_set",
    "policy",
    "principal",
    "recovery_address",
    "role",
    "role_assignment",
    "role_binding",
    "roles_anywhere_profile",
    "runner",
    "secret",
    "service_account",
    "sudo_rule",
    "token",
    "transport_rule",
    "trust_anchor",
    "trusted_domain",
    "user",
    "webhook",
];

/// How words of an operation begin that takes away rather than makes, in any letter case.
const TAKES_AWAY: [&str; 10] = [
    "delete",
    "detach",
    "remove",
    "revoke",
    "disable",
    "deactivate",
    "untag",
    "drop",
    "leave",
    "suspend",
];

/// Operations that take up a role which somebody has already.
const TAKES_UP: [&str; 4] = [
    "Add member to role completed (PIM activation)",
    "Add member to role requested (PIM activation)",
    "SET ROLE",
    "SET SESSION AUTHORIZATION",
];

/// Windows events by which accounts, members and groups leave, or an account is locked.
const WINDOWS_TAKES_AWAY: [&str; 17] = [
    "4725", "4726", "4729", "4730", "4733", "4734", "4740", "4743", "4747", "4748", "4752", "4753",
    "4757", "4758", "4762", "4763", "5141",
];

/// Words for credentials in the names of operations.
const CREDENTIALS: [&str; 7] =
    ["certificate", "credential", "key", "loginprofile", "password", "secret", "token"];

/// Who can hold a credential.
const HOLDERS: [&str; 6] = ["app", "entity", "group", "role", "service_account", "user"];

/// What this event made or changed that lasts, beside the credentials that it issued.
pub(super) fn changed(
    event: &Event,
    platform: Platform,
    risk: CallRisk,
) -> impl Iterator<Item = &Object> {
    let changes = event.read_only != Some(true)
        && changes(risk)
        && event.objects.iter().any(is_lasting)
        && !takes_away(platform, &event.operation);
    let objects = if changes { event.objects.as_slice() } else { &[] };
    objects.iter().filter(move |it| {
        is_lasting(it)
            && !event.issued.iter().any(|issued| is_of(it, issued, &event.operation))
            && !(&*it.kind == "user"
                && risk == CallRisk::Write
                && is_bystander(it, event, platform))
    })
}

fn is_lasting(object: &Object) -> bool {
    LASTING.binary_search(&&*object.kind).is_ok()
}

/// Signing in, looking around and reading secrets name things and change none.
const fn changes(risk: CallRisk) -> bool {
    match risk {
        CallRisk::Read | CallRisk::Recon | CallRisk::Secrets => false,
        CallRisk::Write | CallRisk::Permissions | CallRisk::Evasion => true,
    }
}

/// Whether the object is the new credential once more, or whoever has it from now on.
fn is_of(object: &Object, issued: &Issued, operation: &str) -> bool {
    let id = issued.credential.id();
    let same = |it: &str| it == id || it.strip_suffix(id).is_some_and(|it| it.ends_with('/'));
    // A password is called after its account.
    let named = issued.credential.kind() != Some(CredentialKind::Password) && same(&object.name);
    // Where a credential is all that was made, its holder was there before.
    named || HOLDERS.contains(&&*object.kind) && !makes(operation)
}

/// Whether the operation makes its holder too: `CREATE ROLE`, `Add user`, but not `CreateAccessKey`.
fn makes(operation: &str) -> bool {
    let lower = operation.to_ascii_lowercase();
    ["create", "add"].iter().any(|it| lower.starts_with(it))
        && !CREDENTIALS.iter().any(|it| lower.contains(it))
}

/// Whether a change that touches no permissions only says of this user that it was there: whoever
/// acts on the own account, and on GitHub whoever a pull request or a run is by.
fn is_bystander(object: &Object, event: &Event, platform: Platform) -> bool {
    let actor = &event.actor;
    let name = actor.principal.as_ref().map_or(&*actor.name, |it| &it.name);
    platform == Platform::GitHub
        || object.name.eq_ignore_ascii_case(name)
        || object.name.eq_ignore_ascii_case(&actor.name)
}

/// `DeleteUser`, `org.remove_member`, `user.mfa.factor.deactivate`: one of the words says so.
fn takes_away(platform: Platform, operation: &str) -> bool {
    if platform == Platform::Windows && WINDOWS_TAKES_AWAY.contains(&operation) {
        return true;
    }
    let mut words = operation.split(|it: char| !it.is_ascii_alphanumeric());
    TAKES_UP.contains(&operation)
        || words.any(|word| {
            TAKES_AWAY
                .iter()
                .any(|it| word.get(..it.len()).is_some_and(|head| head.eq_ignore_ascii_case(it)))
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::behaviour::scenario::Line;
    use interlock_model::{Actor, CredentialRef, FieldPlan, Principal};
    use std::sync::Arc;

    fn event(operation: &str, objects: &str) -> Event {
        let line = Line {
            second: 36_000,
            actor: "dana".to_owned(),
            credential: String::new(),
            address: "203.0.113.7".to_owned(),
            client: "curl/8".to_owned(),
            call: format!("x:{operation}"),
            outcome: "ok".to_owned(),
            fields: Vec::new(),
        };
        let (mut event, _) = line.event(0, &FieldPlan::new());
        event.operation = operation.into();
        event.read_only = None;
        event.issued.clear();
        event.actor = Arc::new(Actor {
            principal: Some(Principal::new("x", "dana")),
            name: "dana".into(),
            ..Actor::default()
        });
        let object = |it: &str| {
            let (kind, name) = it.split_once(' ').unwrap();
            Object { kind: kind.into(), name: name.into() }
        };
        event.objects = objects.split(", ").filter(|it| !it.is_empty()).map(object).collect();
        event
    }

    #[track_caller]
    fn check(platform: Platform, risk: CallRisk, operation: &str, objects: &str, expected: &str) {
        let event = event(operation, objects);
        let found: Vec<_> =
            changed(&event, platform, risk).map(|it| format!("{} {}", it.kind, it.name)).collect();
        assert_eq!(found.join(", "), expected, "{operation}");
    }

    #[test]
    fn kinds_are_sorted() {
        assert!(LASTING.is_sorted());
    }

    #[test]
    fn what_is_used_or_read_is_not_made() {
        for (platform, risk, operation, objects) in [
            (Platform::Entra, CallRisk::Read, "Sign-in activity", "app Office 365"),
            (Platform::Okta, CallRisk::Read, "policy.evaluate_sign_on", "policy rst1, app 0oa1"),
            (
                Platform::GoogleCloud,
                CallRisk::Secrets,
                "GenerateAccessToken",
                "service_account a@b",
            ),
            (Platform::GoogleCloud, CallRisk::Recon, "GetIamPolicy", "service_account a@b"),
            (Platform::Azure, CallRisk::Secrets, "SecretGet", "secret https://v/secrets/db"),
        ] {
            check(platform, risk, operation, objects, "");
        }
    }

    #[test]
    fn what_is_given_is_named_beside_who_got_it() {
        use CallRisk::Permissions;
        for (platform, operation, objects, expected) in [
            (
                Platform::GoogleCloud,
                "SetIamPolicy",
                "role roles/owner, user m@x",
                "role roles/owner, user m@x",
            ),
            (
                Platform::Aws,
                "AttachRolePolicy",
                "role backup, policy arn:p",
                "role backup, policy arn:p",
            ),
            (Platform::PostgreSql, "GRANT ROLE", "role app, database d", "role app"),
            // Who takes up a role had it before.
            (Platform::PostgreSql, "SET ROLE", "role app", ""),
        ] {
            check(platform, Permissions, operation, objects, expected);
        }
    }

    #[test]
    fn who_was_only_there_was_not_made() {
        use CallRisk::{Permissions, Write};
        check(Platform::GitHub, Write, "pull_request.create", "user eve", "");
        check(Platform::GitHub, Permissions, "org.add_member", "user eve", "user eve");
        check(
            Platform::Okta,
            Write,
            "user.mfa.factor.activate",
            "user dana, mfa_device ost1",
            "mfa_device ost1",
        );
        check(Platform::Okta, Write, "user.lifecycle.create", "user 00uNEW", "user 00uNEW");
        check(Platform::Aws, Permissions, "AttachUserPolicy", "user dana", "user dana");
    }

    #[test]
    fn what_goes_on_moving_mail_and_what_brings_a_person_back_in_is_named() {
        for (platform, operation, objects, expected) in [
            (
                Platform::Entra,
                "New-InboxRule",
                "mailbox_rule alice/., forwarding_address m@x",
                "mailbox_rule alice/., forwarding_address m@x",
            ),
            (
                Platform::Entra,
                "Set-Mailbox",
                "mailbox bob, forwarding_address m@x",
                "forwarding_address m@x",
            ),
            (Platform::Entra, "Set-Mailbox", "mailbox bob", ""),
            (Platform::Entra, "Remove-InboxRule", "mailbox_rule alice/.", ""),
            (
                Platform::Entra,
                "Add-MailboxPermission",
                "mailbox ceo, mailbox_permission ceo/alice, user alice",
                "mailbox_permission ceo/alice, user alice",
            ),
            (
                Platform::Entra,
                "New-TransportRule",
                "transport_rule Copies",
                "transport_rule Copies",
            ),
            (
                Platform::Workspace,
                "recovery_email_edit",
                "recovery_address dana/recovery_email_edit",
                "recovery_address dana/recovery_email_edit",
            ),
            (
                Platform::Workspace,
                "2sv_enroll",
                "mfa_device dana/2sv_enroll",
                "mfa_device dana/2sv_enroll",
            ),
            (Platform::Workspace, "2sv_disable", "user dana", ""),
        ] {
            check(platform, CallRisk::Write, operation, objects, expected);
        }
    }

    #[test]
    fn a_credential_stands_for_itself_and_its_holder() {
        use CredentialKind::{AccessKey, Password};
        for (operation, objects, kind, id, to, expected) in [
            ("CreateAccessKey", "user dana, access_key AKIA1", AccessKey, "AKIA1", "arn/dana", ""),
            (
                "storage.hmacKeys.create",
                "access_key projects/p/hmacKeys/GOOG1, access_key GOOG1",
                AccessKey,
                "GOOG1",
                "sa@p",
                "",
            ),
            ("CREATE ROLE", "role backup, database d", Password, "backup", "backup", "role backup"),
            ("ALTER ROLE", "role postgres", Password, "postgres", "postgres", ""),
            ("add", "user uid=a", Password, "uid=a", "uid=a", "user uid=a"),
            ("Add user", "user 7", Password, "7", "7", "user 7"),
            ("4724", "user backup", Password, "S-1-5-21-1", "S-1-5-21-1", ""),
        ] {
            let mut event = event(operation, objects);
            let credential = CredentialRef::new("x", kind, id);
            let to = Principal::new("x", to);
            event.issued = vec![Issued { credential, to, session: None, expires: None }];
            let found: Vec<_> = changed(&event, Platform::Other, CallRisk::Permissions)
                .map(|it| format!("{} {}", it.kind, it.name))
                .collect();
            assert_eq!(found.join(", "), expected, "{operation}");
        }
    }

    #[test]
    fn what_takes_away_makes_nothing() {
        for operation in
            ["DeleteUser", "org.remove_member", "user.mfa.factor.deactivate", "detachRolePolicy"]
        {
            assert!(takes_away(Platform::Other, operation), "{operation}");
        }
        for operation in
            ["CreateUser", "UpdateAssumeRolePolicy", "google.iam.admin.v1.SetIamPolicy", "4729"]
        {
            assert!(!takes_away(Platform::Other, operation), "{operation}");
        }
        assert!(takes_away(Platform::Windows, "4729"));
        assert!(!takes_away(Platform::Windows, "4728"));
    }
}
