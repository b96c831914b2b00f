//! What people ask for by hand goes through the same policies and the same consent.

use crate::world::{Content, identity, key, line};
use expect_test::expect;
use interlock_decide::{ManualQuestion, Role, manual};
use interlock_model::{
    ActionKind, BlastRadius, Credential, CredentialKind, CredentialRef, CredentialStatus,
    Environment, IdentityKind, Mode, SessionRef, Target, Verdict,
};

#[test]
fn by_role_place_and_verb() {
    let content = Content::starter();
    let mut table = String::new();
    for (kind, environment, protected) in [
        (IdentityKind::Pipeline, Environment::Development, false),
        (IdentityKind::Pipeline, Environment::Production, false),
        (IdentityKind::Human, Environment::Production, false),
        (IdentityKind::Pipeline, Environment::Production, true),
    ] {
        let mut identity = identity(kind, environment);
        identity.protected = protected;
        for reference in [
            key(CredentialKind::AccessKey, "AKIAIOSFODNN7EXAMPLE"),
            key(CredentialKind::SessionKey, "ASIAIOSFODNN7EXAMPLE"),
        ] {
            identity.credentials.push(Credential {
                reference,
                status: CredentialStatus::Active,
                issued: None,
                expires: None,
                last_used: None,
                session: None,
                revocation: None,
            });
        }
        let guarded = if protected { " protected" } else { "" };
        table += &format!("{kind} in {environment}{guarded}\n");
        for role in [Role::Operator, Role::Owner, Role::Security] {
            for verb in [
                ActionKind::RequireReauthentication,
                ActionKind::DisableCredential,
                ActionKind::DeleteCredential,
            ] {
                let question = ManualQuestion {
                    by: "ann",
                    role,
                    kind: verb,
                    identity: &identity,
                    credential: None,
                    named: None,
                    sessions: &[],
                    deletes: &[],
                    case: None,
                    owner_known: true,
                    criticality: None,
                    blast_radius: &BlastRadius::None,
                    mode: Mode::Enforce,
                    hold_seconds: Some(3_600),
                    now: "2026-01-01T12:00:00Z".parse().unwrap(),
                };
                let made = manual(&question, &content.policies);
                table += &format!("  {:<9}{}\n", role.as_str(), line(&made));
            }
        }
    }
    expect![[r#"
        pipeline in development
          operator refuse revalidate both: require_reauthentication `user/ci`
          operator refuse restrict both: disable_credential credential `AKIAIOSFODNN7EXAMPLE` of `user/ci`
          operator refuse disable both: delete_credential credential `AKIAIOSFODNN7EXAMPLE` of `user/ci`
          owner    act revalidate automatic: require_reauthentication `user/ci`
          owner    act restrict automatic: disable_credential credential `AKIAIOSFODNN7EXAMPLE` of `user/ci`
          owner    ask disable security: delete_credential credential `AKIAIOSFODNN7EXAMPLE` of `user/ci`
          security act revalidate automatic: require_reauthentication `user/ci`
          security act restrict automatic: disable_credential credential `AKIAIOSFODNN7EXAMPLE` of `user/ci`
          security ask disable security: delete_credential credential `AKIAIOSFODNN7EXAMPLE` of `user/ci`
        pipeline in production
          operator refuse revalidate both: require_reauthentication `user/ci`
          operator refuse restrict both: disable_credential credential `AKIAIOSFODNN7EXAMPLE` of `user/ci`
          operator refuse disable both: delete_credential credential `AKIAIOSFODNN7EXAMPLE` of `user/ci`
          owner    act revalidate automatic: require_reauthentication `user/ci`
          owner    ask restrict owner: disable_credential credential `AKIAIOSFODNN7EXAMPLE` of `user/ci`
          owner    ask disable security: delete_credential credential `AKIAIOSFODNN7EXAMPLE` of `user/ci`
          security act revalidate automatic: require_reauthentication `user/ci`
          security ask restrict security: disable_credential credential `AKIAIOSFODNN7EXAMPLE` of `user/ci`
          security ask disable security: delete_credential credential `AKIAIOSFODNN7EXAMPLE` of `user/ci`
        human in production
          operator refuse revalidate both: require_reauthentication `user/ci`
          operator refuse restrict both: disable_credential credential `AKIAIOSFODNN7EXAMPLE` of `user/ci`
          operator refuse disable both: delete_credential credential `AKIAIOSFODNN7EXAMPLE` of `user/ci`
          owner    act revalidate automatic: require_reauthentication `user/ci`
          owner    ask restrict security: disable_credential credential `AKIAIOSFODNN7EXAMPLE` of `user/ci`
          owner    ask disable security: delete_credential credential `AKIAIOSFODNN7EXAMPLE` of `user/ci`
          security act revalidate automatic: require_reauthentication `user/ci`
          security ask restrict security: disable_credential credential `AKIAIOSFODNN7EXAMPLE` of `user/ci`
          security ask disable security: delete_credential credential `AKIAIOSFODNN7EXAMPLE` of `user/ci`
        pipeline in production protected
          operator refuse revalidate both: require_reauthentication `user/ci`
          operator refuse restrict both: disable_credential credential `AKIAIOSFODNN7EXAMPLE` of `user/ci`
          operator refuse disable both: delete_credential credential `AKIAIOSFODNN7EXAMPLE` of `user/ci`
          owner    refuse revalidate both: require_reauthentication `user/ci`
          owner    refuse restrict both: disable_credential credential `AKIAIOSFODNN7EXAMPLE` of `user/ci`
          owner    refuse disable both: delete_credential credential `AKIAIOSFODNN7EXAMPLE` of `user/ci`
          security refuse revalidate both: require_reauthentication `user/ci`
          security refuse restrict both: disable_credential credential `AKIAIOSFODNN7EXAMPLE` of `user/ci`
          security refuse disable both: delete_credential credential `AKIAIOSFODNN7EXAMPLE` of `user/ci`
    "#]].assert_eq(&table);
}

#[test]
fn the_same_wish_later_is_another_decision() {
    let content = Content::starter();
    let identity = identity(IdentityKind::Pipeline, Environment::Production);
    let session = key(CredentialKind::SessionKey, "ASIAIOSFODNN7EXAMPLE");
    let mut question = ManualQuestion {
        by: "ann",
        role: Role::Security,
        kind: ActionKind::DisableCredential,
        identity: &identity,
        credential: Some(&session),
        named: None,
        sessions: &[],
        deletes: &[],
        case: None,
        owner_known: true,
        criticality: None,
        blast_radius: &BlastRadius::Unknown,
        mode: Mode::Enforce,
        hold_seconds: None,
        now: "2026-01-01T12:00:00Z".parse().unwrap(),
    };
    let first = manual(&question, &content.policies);
    assert_eq!(first.id, manual(&question, &content.policies).id);
    expect![[r#"
        ask restrict security: block_principal `user/ci` + revoke_sessions `user/ci`
        `ann` asks for `disable_credential` on `ci` in the role security.
        `disable_credential` becomes `block_principal` and `revoke_sessions` on the principal: a session's key ends with its session.
        Policies `breaking_production_asks` and `production_asks` forbid `revoke_sessions` and `block_principal` without asking: production depends on it, or too little was seen to say that it does not; in production, and where the environment is unknown, nothing above revalidate is automatic."#]].assert_eq(&format!("{}\n{}", line(&first), first.reasons.join("\n")));
    question.now = "2026-01-01T13:00:00Z".parse().unwrap();
    // Where its session can be ended alone, it is.
    let run = "arn:aws:sts::111122223333:assumed-role/ci/run-7";
    let run = SessionRef { id: run.into(), issued: Some(question.now), mfa: None };
    let alone = [Target::Credential {
        principal: identity.principals[0].clone(),
        credential: CredentialRef::one_session("aws", &run).unwrap(),
    }];
    let narrow = manual(&ManualQuestion { sessions: &alone, ..question }, &content.policies);
    expect!["ask restrict security: revoke_sessions session `run-7` of `user/ci` issued 2026-01-01T13:00:00Z"].assert_eq(&line(&narrow));
    assert_ne!(first.id, manual(&question, &content.policies).id);
}

#[test]
fn nothing_known_is_refused() {
    let content = Content::starter();
    let mut identity = identity(IdentityKind::Pipeline, Environment::Development);
    identity.principals.clear();
    let question = ManualQuestion {
        by: "ann",
        role: Role::Security,
        kind: ActionKind::Quarantine,
        identity: &identity,
        credential: None,
        named: None,
        sessions: &[],
        deletes: &[],
        case: None,
        owner_known: true,
        criticality: None,
        blast_radius: &BlastRadius::None,
        mode: Mode::Enforce,
        hold_seconds: None,
        now: "2026-01-01T12:00:00Z".parse().unwrap(),
    };
    assert_eq!(manual(&question, &content.policies).verdict, Verdict::Refuse);
}
