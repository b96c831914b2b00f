//! Who an event is about: every sort of actor, sessions followed back, names in two hands.

use super::script::*;
use crate::directory::{Bounds, Directory};
use interlock_model::{
    Actor, CredentialStatus, IdentityId, IdentityKind, LineageKind, PrincipalKind, Resolution,
};

#[test]
fn every_sort_of_actor() {
    use PrincipalKind as P;
    let arn = |rest: &str| format!("aws:arn:aws:iam::111122223333:{rest}");
    let sso = "role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Admin_0a1b";
    let provider = "aws:arn:aws:iam::111122223333:saml-provider/idp";
    for (event, expected) in [
        (told("10:00").user(USER), "known service_account ci-deploy"),
        (told("10:00").user(&arn("user/ana.silva")), "undeclared human ana.silva"),
        (told("10:00").user(&arn("user/alice")), "undeclared service_account alice"),
        (
            told("10:00").user(&arn("user/alice")).does("signin:ConsoleLogin"),
            "undeclared human alice",
        ),
        (told("10:00").user(&arn("user/alice")).session("x", Some(true)), "undeclared human alice"),
        (
            told("10:00").user(&arn("user/bob")).does("signin:ConsoleLogin").refused(),
            "undeclared service_account bob",
        ),
        (told("10:00").by(P::Root, &arn("root")), "undeclared human root of 111122223333"),
        (told("10:00").by(P::Account, &arn("root")), "undeclared api_client root of 111122223333"),
        (told("10:00").role(&arn("role/etl")), "undeclared service_account etl"),
        (
            told("10:00").role(&arn("role/web")).session("i-0abcdef1234567890", None),
            "undeclared workload web",
        ),
        (
            told("10:00").role(&arn("role/fn")).via("aws:lambda.amazonaws.com"),
            "undeclared workload fn <- aws:lambda.amazonaws.com",
        ),
        (
            told("10:00").role(ROLE).via(GITHUB),
            "undeclared pipeline shop-prod-deploy <- github:repo:acme/shop:ref:refs/heads/main",
        ),
        (
            told("10:00").role(&arn("role/staff")).via(provider),
            "undeclared human staff <- aws:arn:aws:iam::111122223333:saml-provider/idp",
        ),
        (
            told("10:00").role(&arn("role/admin")).session("ana@example.com", None),
            "undeclared human admin",
        ),
        (told("10:00").role(&arn(sso)), "undeclared human AWSReservedSSO_Admin_0a1b"),
        (told("10:00").by(P::Federated, GITHUB), "known pipeline shop-pipeline"),
        (
            told("10:00")
                .by(P::Federated, "aws:arn:aws:sts::111122223333:federated-user/bob")
                .via(USER),
            "undeclared api_client bob <- aws:arn:aws:iam::111122223333:user/ci-deploy",
        ),
        (
            told("10:00").by(P::Service, "aws:ec2.amazonaws.com"),
            "undeclared workload ec2.amazonaws.com",
        ),
        (
            told("10:00").role("aws:arn:aws:sts::111122223333:assumed-role/etl/run-1"),
            "undeclared service_account etl",
        ),
        (told("10:00").key("AKIAIOSFODNN7EXAMPLF"), "undeclared api_client AKIAIOSFODNN7EXAMPLF"),
        (told("10:00").key(AKIA), "known service_account ci-deploy"),
        (told("10:00"), "unknown"),
        (told("10:00").key("AKIA****************"), "unknown"),
    ] {
        let mut directory = directory();
        let binding = directory.bind(&event.0);
        assert_eq!(shown(&directory, &binding), expected);
        // The second time around the answer is the same, now from the index.
        let again = directory.bind(&event.0);
        assert_eq!(again, binding);
    }
}

#[test]
fn the_kind_gets_better_as_evidence_arrives() {
    let mut directory = directory();
    let alice = "aws:arn:aws:iam::111122223333:user/alice";
    directory.bind(&told("10:00").user(alice).0);
    assert_eq!(of(&directory, alice).kind, IdentityKind::ServiceAccount);
    directory.bind(&told("10:01").user(alice).from("192.0.2.1", "Mozilla/5.0").0);
    assert_eq!(of(&directory, alice).kind, IdentityKind::Human);
    let declared = told("10:02").user(USER).does("signin:ConsoleLogin");
    directory.bind(&declared.0);
    assert_eq!(of(&directory, USER).kind, IdentityKind::ServiceAccount, "declared kinds stay");
}

#[test]
fn a_session_key_leads_back_to_the_first_actor() {
    let mut directory = directory();
    let enter = told("10:00").by(PrincipalKind::Federated, GITHUB);
    directory.bind(&assumes("10:00", enter, ROLE, ASIA).0);
    directory.bind(&assumes("10:05", told("10:05").role(ROLE).key(ASIA), SECOND, ASIB).0);

    let binding = directory.bind(&told("10:10").key(ASIB).0);
    assert_eq!(
        shown(&directory, &binding),
        "undeclared service_account audit <- github:repo:acme/shop:ref:refs/heads/main -> aws:arn:aws:iam::111122223333:role/shop-prod-deploy"
    );
    assert_eq!(binding.principal, Some(principal(SECOND)));
    assert_eq!(binding.session.map(|it| it.id), Some(format!("session of {ASIB}").into()));

    // An alert that names only the key ends at the same place.
    let actor = Actor { credential: Some(key(ASIB)), ..Actor::default() };
    let alert = directory.bind_actor(&actor, None, at("10:20"));
    assert_eq!(alert.chain, binding.chain);
    assert_eq!(alert.resolution, binding.resolution);
}

#[test]
fn a_session_token_of_a_user_is_the_user() {
    let mut directory = directory();
    directory
        .bind(&told("10:00").user(USER).key(AKIA).does("sts:GetSessionToken").issues(ASIA, USER).0);
    let binding = directory.bind(&told("10:01").key(ASIA).0);
    assert_eq!(shown(&directory, &binding), "known service_account ci-deploy");
    assert!(of(&directory, USER).lineage.is_empty(), "nobody is their own origin");

    let federated = "aws:arn:aws:sts::111122223333:federated-user/bob";
    directory.bind(
        &told("10:02")
            .user(USER)
            .key(AKIA)
            .does("sts:GetFederationToken")
            .issues(ASIB, federated)
            .0,
    );
    let binding = directory.bind(&told("10:03").key(ASIB).0);
    assert_eq!(
        shown(&directory, &binding),
        "undeclared api_client bob <- aws:arn:aws:iam::111122223333:user/ci-deploy"
    );
    assert_eq!(of(&directory, federated).lineage[0].kind, LineageKind::IssuedFrom);
}

#[test]
fn a_key_seen_before_its_issue_is_merged_when_the_issue_arrives() {
    let mut directory = directory();
    let early = directory.bind(&told("10:10").key(ASIA).from("198.51.100.7", "Boto3/1.34").0);
    assert_eq!(shown(&directory, &early), format!("undeclared api_client {ASIA}"));
    let early = early.resolution.identity().unwrap().clone();

    directory.bind(&assumes("10:00", told("10:00").user(USER).key(AKIA), ROLE, ASIA).0);

    let later = directory.bind(&told("10:20").key(ASIA).0);
    assert_eq!(
        shown(&directory, &later),
        "undeclared service_account shop-prod-deploy <- aws:arn:aws:iam::111122223333:user/ci-deploy"
    );
    let role = of(&directory, ROLE).id.clone();
    assert_eq!(directory.identity(&early).map(|it| &it.id), Some(&role), "the old id is an alias");
    assert_eq!(directory.merged().collect::<Vec<_>>(), [(&early, &role)]);
    assert_eq!(
        directory.resolve(early.as_str()),
        Resolution::Undeclared { identity: role.clone() }
    );
    let credential = &of(&directory, ROLE).credentials[0];
    assert_eq!(credential.issued, Some(at("10:00")));
    assert_eq!(credential.last_used, Some(at("10:20")));
    assert_eq!(credential.expires, Some(at("11:00")));
    assert!(!directory.identities().any(|it| it.id == early));
    assert_eq!(directory.dependents_of(&key(ASIA), at("10:30")).len(), 0, "session names differ");
    assert_eq!(directory.blast_radius(&role, at("10:30")).dependents().len(), 2);
}

#[test]
fn a_late_issue_completes_the_chain_of_later_events() {
    let mut directory = directory();
    directory.bind(&assumes("10:05", told("10:05").role(ROLE).key(ASIA), SECOND, ASIB).0);
    let before = directory.bind(&told("10:10").role(SECOND).key(ASIB).0);
    assert_eq!(before.chain, [principal(ROLE)]);
    directory.bind(&assumes("10:00", told("10:00").user(USER).key(AKIA), ROLE, ASIA).0);
    let after = directory.bind(&told("10:11").role(SECOND).key(ASIB).0);
    assert_eq!(after.chain, [principal(USER), principal(ROLE)]);
}

#[test]
fn a_principal_with_two_owners_is_ambiguous_until_the_credential_tells() {
    let shared = "aws:arn:aws:iam::111122223333:user/shared";
    let declaration = declared(&format!(
        r#"
teams: [{{id: own_a, contact: a}}, {{id: own_b, contact: b}}]
identities:
  - {{id: idn_one, kind: human, owner: own_a, principals: ["{shared}"], credentials: ["aws:access-key:{AKIA}"]}}
  - {{id: idn_two, kind: human, owner: own_b, principals: ["{shared}"]}}
"#
    ));
    let mut directory = Directory::new(declaration);
    let other = "AKIAIOSFODNN7EXAMPLF";
    let binding = directory.bind(&told("10:00").user(shared).key(other).0);
    assert_eq!(shown(&directory, &binding), "ambiguous idn_one|idn_two");
    let by_key = directory.bind(&told("10:01").key(other).0);
    assert_eq!(shown(&directory, &by_key), "ambiguous idn_one|idn_two");
    let binding = directory.bind(&told("10:02").user(shared).key(AKIA).0);
    assert_eq!(shown(&directory, &binding), "known human idn_one".replace("idn_", ""));
    let texts: Vec<_> = directory
        .gaps(at("11:00"))
        .into_iter()
        .filter(|it| it.kind == crate::GapKind::Ambiguous)
        .map(|it| format!("{} {}", it.identity, it.text))
        .collect();
    assert!(
        texts.contains(&format!("idn_one `{shared}` is claimed by `idn_two` too")),
        "{texts:?}"
    );
}

#[test]
fn a_role_under_a_path_is_found_by_the_session_that_hides_the_path() {
    let mut directory = directory();
    let role = "aws:arn:aws:iam::111122223333:role/team/a/etl";
    let direct = directory.bind(&told("10:00").role(role).0);
    let session = "aws:arn:aws:sts::111122223333:assumed-role/etl/run-1";
    let hidden = directory.bind(&told("10:01").role(session).0);
    assert_eq!(direct.resolution, hidden.resolution);
    assert_eq!(hidden.principal, Some(principal(role)));
}

#[test]
fn the_nearest_pattern_wins_and_equal_ones_are_ambiguous() {
    let mut directory = Directory::new(declared(
        r#"
identities:
  - {id: idn_all, kind: pipeline, principals: ["github:repo:acme/*"]}
  - {id: idn_shop, kind: pipeline, principals: ["github:repo:acme/shop:*"]}
  - {id: idn_main, kind: pipeline, principals: ["github:repo:*:ref:refs/heads/main"]}
  - {id: idn_exact, kind: pipeline, principals: ["github:repo:acme/shop:environment:x"]}
  - {id: idn_same, kind: pipeline, principals: ["github:repo:acme/shop?*"]}
"#,
    ));
    for (subject, expected) in [
        ("github:repo:acme/infra:pull_request", "known pipeline all"),
        ("github:repo:acme/shop:pull_request", "known pipeline shop"),
        ("github:repo:acme/shop:ref:refs/heads/main", "known pipeline main"),
        ("github:repo:acme/shop:environment:x", "known pipeline exact"),
        ("github:repo:acme/shop-2:pull_request", "known pipeline same"),
    ] {
        let binding = directory.bind(&told("10:00").by(PrincipalKind::Federated, subject).0);
        assert_eq!(shown(&directory, &binding), expected, "{subject}");
    }
}

#[test]
fn what_people_type() {
    let mut directory = directory();
    directory.bind(&told("10:00").role(ROLE).key(ASIA).0);
    directory.bind(&told("10:00").user("aws:arn:aws:iam::111122223333:user/twin").0);
    directory.bind(&told("10:00").user("aws:arn:aws:iam::444455556666:user/twin").0);
    for (text, expected) in [
        ("idn_ci-deploy", "known"),
        ("ci-deploy", "known"),
        ("CI-Deploy", "known"),
        (USER, "known"),
        ("arn:aws:iam::111122223333:user/ci-deploy", "known"),
        ("arn:aws:sts::111122223333:assumed-role/shop-prod-deploy/x", "undeclared"),
        ("shop-prod-deploy", "undeclared"),
        (AKIA, "known"),
        (ASIA, "undeclared"),
        ("aws:session-key:ASIAIOSFODNN7EXAMPL1", "undeclared"),
        ("github:repo:acme/shop:pull_request", "known"),
        ("twin", "ambiguous"),
        ("nobody", "unknown"),
        ("", "unknown"),
        ("idn_", "unknown"),
        ("é", "unknown"),
    ] {
        assert_eq!(directory.resolve(text).as_str(), expected, "{text}");
    }
}

#[test]
fn an_alert_with_only_a_name_is_found_in_its_account() {
    let mut directory = directory();
    directory.bind(&told("10:00").user("aws:arn:aws:iam::444455556666:user/ci-deploy").0);
    let actor = Actor { name: "ci-deploy".into(), ..Actor::default() };
    let known = directory.bind_actor(&actor, Some("111122223333"), at("10:00"));
    assert_eq!(shown(&directory, &known), "known service_account ci-deploy");
    assert_eq!(known.principal, Some(principal(USER)));
    let unseen = Actor { credential: Some(key("AKIAIOSFODNN7EXAMPLX")), ..actor.clone() };
    let named = directory.bind_actor(&unseen, Some("111122223333"), at("10:00"));
    assert_eq!(
        named.resolution, known.resolution,
        "a name in an account counts before an unseen key"
    );
    let by_key = directory.resolve("AKIAIOSFODNN7EXAMPLX");
    assert_eq!(by_key, known.resolution, "and the key is known from then on");
    let either = directory.bind_actor(&actor, None, at("10:00"));
    assert_eq!(either.resolution.as_str(), "ambiguous");
    let nowhere = directory.bind_actor(&actor, Some("000000000000"), at("10:00"));
    assert_eq!(nowhere.resolution, Resolution::Unknown);
}

#[test]
fn creation_and_deletion_leave_their_marks() {
    let mut directory = directory();
    let bob = "aws:arn:aws:iam::111122223333:user/bob";
    let key_id = "AKIAIOSFODNN7EXAMPLB";
    directory.bind(&told("10:00").user(USER).key(AKIA).does("iam:CreateUser").to("user", "bob").0);
    directory.bind(
        &told("10:01").user(USER).key(AKIA).does("iam:CreateAccessKey").issues(key_id, bob).0,
    );
    directory.bind(
        &told("10:02").user(USER).key(AKIA).does("iam:CreateUser").to("user", "eve").refused().0,
    );
    let it = of(&directory, bob);
    let kinds: Vec<_> = it.lineage.iter().map(|it| (it.kind, it.to.to_string())).collect();
    assert_eq!(
        kinds,
        [(LineageKind::CreatedBy, USER.to_owned()), (LineageKind::IssuedFrom, USER.to_owned())]
    );
    assert!(it.lineage.iter().all(|it| it.shown_by.is_some() && it.seen.is_some()));
    assert_eq!(it.credentials[0].issued, Some(at("10:01")));
    assert_eq!(directory.resolve("eve"), Resolution::Unknown, "what was refused did not happen");

    directory
        .bind(&told("10:05").user(USER).does("iam:DeleteAccessKey").to("access_key", key_id).0);
    assert_eq!(of(&directory, bob).credentials[0].status, CredentialStatus::Revoked);
    directory.bind(&told("10:03").user(bob).key(key_id).0);
    assert_eq!(of(&directory, bob).credentials[0].status, CredentialStatus::Revoked, "used before");
    directory.bind(&told("10:06").user(bob).key(key_id).0);
    assert_eq!(of(&directory, bob).credentials[0].status, CredentialStatus::Active, "it lives");
}

#[test]
fn beyond_the_bounds_the_answer_is_right_and_nothing_is_kept() {
    let bounds = Bounds { identities: 2, principals: 6, credentials: 3 };
    let mut small = directory().with_bounds(bounds);
    let mut large = directory();
    for number in 0..50 {
        let user = format!("aws:arn:aws:iam::111122223333:user/u{number}");
        let event = told("10:00").user(&user).key(&format!("AKIA{number:016}")).0;
        assert_eq!(small.bind(&event).resolution, large.bind(&event).resolution);
    }
    assert_eq!(small.identities().count(), 2 + 2);
    assert_eq!(small.unrecorded(), 48);
    assert!(small.keys.len() <= 3);
    let known = small.bind(&told("10:01").user(USER).key(AKIA).0);
    assert_eq!(shown(&small, &known), "known service_account ci-deploy");
}

#[test]
fn sessions_are_forgotten_a_day_and_a_half_after_their_end() {
    let mut directory = directory();
    directory.bind(&assumes("10:00", told("10:00").user(USER).key(AKIA), ROLE, ASIA).0);
    let mut later = told("10:00").user(USER).key(AKIA);
    for days in 1..4 {
        later.0.time += jiff::SignedDuration::from_hours(20);
        directory.bind(&later.0);
        let known = directory.keys.contains(&key(ASIA));
        assert_eq!(known, days == 1, "after {} hours", days * 20);
    }
    assert!(of(&directory, ROLE).credentials.is_empty());
    assert_eq!(of(&directory, USER).credentials.len(), 1, "long-lived keys stay");
}

#[test]
fn one_identity_stays_bounded() {
    let mut directory = directory();
    for number in 0..300 {
        let mut event = told("10:00")
            .role(ROLE)
            .key(&format!("ASIA{number:016}"))
            .via(&format!("aws:arn:aws:iam::111122223333:user/u{number}"))
            .from(&format!("10.0.{}.1", number % 250), "aws-cli/2")
            .0;
        event.time += jiff::SignedDuration::from_secs(number);
        directory.bind(&event);
        let subject = format!("github:repo:acme/shop:ref:refs/heads/b{number}");
        directory.bind(&told("10:00").by(PrincipalKind::Federated, &subject).0);
    }
    let slot = directory.slot(&of(&directory, ROLE).id.clone()).unwrap();
    let record = directory.record(slot).unwrap();
    assert_eq!(record.consumers.len(), crate::consumer::MOST_CONSUMERS);
    assert_eq!(record.identity.credentials.len(), crate::record::MOST_SESSIONS);
    assert_eq!(record.identity.lineage.len(), crate::record::MOST_EDGES);
    let pipeline: IdentityId = "idn_shop-pipeline".parse().unwrap();
    let pipeline = directory.identity(&pipeline).unwrap();
    assert_eq!(pipeline.principals.len(), crate::record::MOST_PRINCIPALS);
}

#[test]
fn whom_the_provider_names_by_an_id_is_shown_by_the_login_of_a_record_that_succeeded() {
    let mut it = directory();
    let mut tell = |time: &str, who: &str, login: &str, refused: bool| {
        let mut event = told(time).user(who).0;
        std::sync::Arc::make_mut(&mut event.actor).name = login.into();
        if refused {
            let stage = interlock_model::RefusalStage::Credential;
            event.outcome = interlock_model::Outcome::Refused { code: "INVALID".into(), stage };
        }
        let binding = it.bind(&event);
        let id = binding.resolution.identity().unwrap().clone();
        it.identity(&id).unwrap().name.clone()
    };
    assert_eq!(tell("09:00", "okta:00u1EXAMPLE", "eve@example.com", true), "00u1EXAMPLE");
    assert_eq!(tell("09:01", "okta:00u1EXAMPLE", "ann@example.com", false), "ann@example.com");
    assert_eq!(tell("09:02", "okta:00u1EXAMPLE", "eve@example.com", false), "ann@example.com");
    // Where the name of the principal says it, it stays.
    let user = "aws:arn:aws:iam::999999999999:user/bob";
    assert_eq!(tell("09:03", user, "somebody", false), "bob");
}
