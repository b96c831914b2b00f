//! Each action on a server whose refusals are real: works, contained, refused, undone, works again.
//!
//! Proves: `aws_iam.block_role_issuance`, `aws_iam.delete_access_key`, `aws_iam.delete_password`
//! Proves: `aws_iam.deny_older_role_sessions`, `aws_iam.deny_older_user_sessions`
//! Proves: `aws_iam.deny_role_session`
//! Proves: `aws_iam.disable_access_key`, `aws_iam.quarantine_role`, `aws_iam.quarantine_user`

use crate::account::{Account, Keys, WORK, now};
use crate::drive::{Drive, on, on_key, on_session, role, user};
use crate::servers::ministack;
use interlock_connect_aws::AwsIam;
use interlock_contain::{CallError, Connector as _};
use interlock_model::{
    ActionKind, CredentialKind, CredentialRef, Grade, Intent, Principal, Target,
};

const DEAD: &str = "InvalidClientTokenId";
const DENIED: &str = "AccessDenied";

struct Stage {
    account: Account,
    connector: AwsIam,
    key: Keys,
}

impl Stage {
    /// A user `ci` with a key, a role `deploy` that it may assume, and the connector.
    async fn set(account: Account) -> Self {
        let connector = account.connector().await;
        let key = account.add_user("ci", WORK).await;
        account.add_role("deploy", &account.arn("user/ci")).await;
        Self { account, connector, key }
    }

    fn ci(&self) -> Principal {
        user(&self.account.number, "ci")
    }

    fn deploy(&self) -> Principal {
        role(&self.account.number, "deploy")
    }

    fn key_intent(&self, kind: ActionKind) -> Intent {
        on_key(kind, self.ci(), &self.key.id)
    }

    async fn state(&self) -> String {
        self.account.state("ci", "deploy").await
    }

    /// Contains by one action, lets `probe` see the refusal, undoes, and compares word for word.
    async fn there_and_back(
        &self,
        name: &'static str,
        intent: Intent,
        probe: impl AsyncFn() -> Result<(), String>,
        refusal: &str,
    ) {
        assert_eq!(probe().await, Ok(()), "{name}: works before");
        let before = self.state().await;
        let mut drive = Drive::one(&self.connector, name, intent, now());
        drive.contained().await;
        assert_eq!(drive.grade(), Grade::Applied, "{name}: a yes alone is no proof");
        let refused = probe().await;
        assert_eq!(refused, Err(refusal.to_owned()), "{name}: refused");
        drive.probed(&drive.only_step(), true);
        assert_eq!(drive.grade(), Grade::Effective, "{name}");
        drive.undo().await;
        assert_eq!(probe().await, Ok(()), "{name}: works again");
        assert_eq!(self.state().await, before, "{name}: as it was");
    }
}

#[tokio::test]
async fn a_password_is_gone_and_the_key_is_not() {
    let Some((_server, account)) = ministack().await else { return };
    let stage = Stage::set(account).await;
    let call = stage.account.iam.create_login_profile().user_name("ci");
    call.password("Correct-horse-1").send().await.unwrap();
    let there = async || stage.account.iam.get_login_profile().user_name("ci").send().await.is_ok();
    assert!(there().await);
    let arn = stage.account.arn("user/ci");
    let credential = CredentialRef::new("aws", CredentialKind::Password, &arn);
    let target = Target::Credential { principal: stage.ci(), credential };
    let intent = Intent { kind: ActionKind::DeleteCredential, target };
    let mut drive = Drive::one(&stage.connector, "aws_iam.delete_password", intent, now());
    drive.contained().await;
    assert_eq!(drive.grade(), Grade::Applied);
    assert!(!there().await);
    assert_eq!(stage.account.works(&stage.key).await, Ok(()), "the key is another way in");
}

#[tokio::test]
async fn a_disabled_key_is_refused_until_it_is_undone() {
    let Some((_server, account)) = ministack().await else { return };
    let stage = Stage::set(account).await;
    let session = stage.account.session(&stage.key).await;
    stage
        .there_and_back(
            "aws_iam.disable_access_key",
            stage.key_intent(ActionKind::DisableCredential),
            async || stage.account.works(&stage.key).await,
            DEAD,
        )
        .await;
    // What the action says it leaves is really left.
    let intent = stage.key_intent(ActionKind::DisableCredential);
    Drive::one(&stage.connector, "aws_iam.disable_access_key", intent, now()).contained().await;
    assert_eq!(stage.account.works(&stage.key).await, Err(DEAD.to_owned()));
    assert_eq!(stage.account.works(&session).await, Ok(()));
}

#[tokio::test]
async fn a_deleted_key_is_refused_for_ever() {
    let Some((_server, account)) = ministack().await else { return };
    let stage = Stage::set(account).await;
    assert_eq!(stage.account.works(&stage.key).await, Ok(()));
    let intent = stage.key_intent(ActionKind::DeleteCredential);
    let mut drive = Drive::one(&stage.connector, "aws_iam.delete_access_key", intent, now());
    drive.contained().await;
    assert_eq!(stage.account.works(&stage.key).await, Err(DEAD.to_owned()));
    let (back, lost) =
        interlock_contain::plan_undo(drive.life.plan.as_ref().unwrap(), &drive.life.steps);
    assert!(back.steps.is_empty());
    assert!(lost[0].contains("cannot bring a deleted access key back"), "{lost:?}");
}

#[tokio::test]
async fn a_quarantined_user_or_role_is_denied_everything() {
    let Some((_server, account)) = ministack().await else { return };
    let stage = Stage::set(account).await;
    stage
        .there_and_back(
            "aws_iam.quarantine_user",
            on(ActionKind::Quarantine, stage.ci()),
            async || stage.account.works(&stage.key).await,
            DENIED,
        )
        .await;
    let session = stage.account.assume(&stage.key, "deploy").await.unwrap();
    stage
        .there_and_back(
            "aws_iam.quarantine_role",
            on(ActionKind::Quarantine, stage.deploy()),
            async || stage.account.works(&session).await,
            DENIED,
        )
        .await;
    // What stood under our policy's name comes back word for word.
    let odd = "{ \"Version\":\"2012-10-17\",\n \"Statement\":[{\"Effect\":\"Allow\",  \"Action\":\"s3:ListAllMyBuckets\",\"Resource\":\"*\"}] }\n";
    let call =
        stage.account.iam.put_user_policy().user_name("ci").policy_name("InterlockQuarantine");
    call.policy_document(odd).send().await.unwrap();
    stage
        .there_and_back(
            "aws_iam.quarantine_user",
            on(ActionKind::Quarantine, stage.ci()),
            async || stage.account.works(&stage.key).await,
            DENIED,
        )
        .await;
}

#[tokio::test]
async fn older_sessions_are_denied_and_newer_ones_are_not() {
    let Some((_server, account)) = ministack().await else { return };
    let stage = Stage::set(account).await;
    for (name, intent, of_role) in [
        ("aws_iam.deny_older_role_sessions", on(ActionKind::RevokeSessions, stage.deploy()), true),
        ("aws_iam.deny_older_user_sessions", on(ActionKind::RevokeSessions, stage.ci()), false),
    ] {
        let mint = async || {
            if of_role {
                stage.account.assume(&stage.key, "deploy").await.unwrap()
            } else {
                stage.account.session(&stage.key).await
            }
        };
        let old = mint().await;
        stage
            .there_and_back(name, intent.clone(), async || stage.account.works(&old).await, DENIED)
            .await;
        let began = now();
        Drive::one(&stage.connector, name, intent, began).contained().await;
        assert_eq!(stage.account.works(&old).await, Err(DENIED.to_owned()), "{name}");
        stage.account.past(began.as_second() + 1).await;
        let new = mint().await;
        assert_eq!(stage.account.works(&new).await, Ok(()), "{name}: a newer session works");
        assert_eq!(stage.account.works(&stage.key).await, Ok(()), "{name}: the key works");
    }
}

#[tokio::test]
async fn one_session_is_denied_and_its_neighbours_are_not() {
    let Some((_server, account)) = ministack().await else { return };
    let stage = Stage::set(account).await;
    let open = async |name| stage.account.assume_as(&stage.key, "deploy", name).await.unwrap();
    let works = async |it: &Keys| stage.account.works(it).await;
    // Its record and the server's own note of the second may differ by one.
    let issued = now();
    let (stolen, neighbour) = (open("run-7").await, open("run-8").await);
    let intent = on_session(stage.deploy(), &stage.account.number, "run-7", issued);
    let name = "aws_iam.deny_role_session";
    stage.there_and_back(name, intent.clone(), async || works(&stolen).await, DENIED).await;

    Drive::one(&stage.connector, name, intent, now()).contained().await;
    assert_eq!(works(&stolen).await, Err(DENIED.to_owned()));
    assert_eq!(works(&neighbour).await, Ok(()), "a session of the same second goes on");
    assert_eq!(works(&stage.key).await, Ok(()), "so does who opened it");
    stage.account.past(issued.as_second() + 2).await;
    let next = open("run-7").await;
    assert_eq!(works(&next).await, Ok(()), "the next of that name is another session");
    // Two such denials stand beside each other, and each is undone by itself.
    let intent = on_session(stage.deploy(), &stage.account.number, "run-8", issued);
    stage.there_and_back(name, intent, async || works(&neighbour).await, DENIED).await;
    assert_eq!(works(&stolen).await, Err(DENIED.to_owned()));
}

#[tokio::test]
async fn a_blocked_role_cannot_be_assumed_and_its_sessions_live_on() {
    let Some((_server, account)) = ministack().await else { return };
    let stage = Stage::set(account).await;
    let session = stage.account.assume(&stage.key, "deploy").await.unwrap();
    stage
        .there_and_back(
            "aws_iam.block_role_issuance",
            on(ActionKind::BlockPrincipal, stage.deploy()),
            async || stage.account.assume(&stage.key, "deploy").await.map(drop),
            DENIED,
        )
        .await;
    // Together with the revocation nothing is left.
    let intents = vec![
        on(ActionKind::RevokeSessions, stage.deploy()),
        on(ActionKind::BlockPrincipal, stage.deploy()),
    ];
    let before = stage.state().await;
    let mut drive = Drive::new(&stage.connector, intents, now());
    drive.contained().await;
    let order: Vec<&str> = drive.life.steps.iter().map(|it| &*it.step.action.0).collect();
    assert_eq!(order, ["aws_iam.block_role_issuance", "aws_iam.deny_older_role_sessions"]);
    assert_eq!(stage.account.works(&session).await, Err(DENIED.to_owned()));
    assert_eq!(stage.account.assume(&stage.key, "deploy").await.map(drop), Err(DENIED.to_owned()));
    drive.undo().await;
    assert_eq!(stage.account.works(&session).await, Ok(()));
    assert!(stage.account.assume(&stage.key, "deploy").await.is_ok());
    assert_eq!(stage.state().await, before);
}

#[tokio::test]
async fn a_rotation_hands_over_without_a_gap_and_can_be_undone() {
    let Some((_server, account)) = ministack().await else { return };
    let stage = Stage::set(account).await;
    let name = "interlock/ci/access-key";
    let first = serde_json::json!({
        "AccessKeyId": stage.key.id, "SecretAccessKey": stage.key.secret,
    });
    let call = stage.account.secrets.create_secret().name(name);
    call.secret_string(first.to_string()).send().await.unwrap();
    let before = stage.state().await;

    let intent = stage.key_intent(ActionKind::RotateCredential);
    let mut drive = Drive::new(&stage.connector, vec![intent], now());
    drive.run().await;
    let new = delivered(&stage.account, name).await;
    assert_ne!(new.id, stage.key.id);
    assert_eq!(stage.account.works(&new).await, Ok(()), "the delivered key works");
    assert_eq!(stage.account.works(&stage.key).await, Ok(()), "the old one still does");
    let issued = drive.life.steps[0].issued.clone().unwrap();
    assert_eq!(issued.id(), new.id);

    // The new key is seen in use: the old one is disabled, and rests before it is deleted.
    let issue = drive.life.steps[0].step.id.clone();
    drive.probed(&issue, true);
    let grace = 24 * 3600;
    let rested = drive.now;
    while drive.life.steps[1].verified().is_none() {
        drive.step().await;
    }
    assert_eq!(stage.account.works(&stage.key).await, Err(DEAD.to_owned()), "refused");
    assert_eq!(stage.account.works(&new).await, Ok(()));
    assert!(drive.now.as_second() < rested.as_second() + grace, "undone before the grace ends");

    drive.undo().await;
    assert_eq!(stage.account.works(&stage.key).await, Ok(()), "the old key works again");
    assert_eq!(stage.account.works(&new).await, Err(DEAD.to_owned()), "the new one is gone");
    assert_eq!(delivered(&stage.account, name).await.id, stage.key.id, "readers get the old one");
    assert_eq!(stage.state().await, before);
    let journal: Vec<String> =
        drive.journal.iter().map(|it| serde_json::to_string(it).unwrap()).collect();
    assert!(!journal.join("\n").contains(&new.secret));
}

async fn delivered(account: &Account, name: &str) -> Keys {
    let value = account.secrets.get_secret_value().secret_id(name).send().await.unwrap();
    let value: serde_json::Value = serde_json::from_str(&value.secret_string.unwrap()).unwrap();
    Keys::of(value["AccessKeyId"].as_str().unwrap(), value["SecretAccessKey"].as_str().unwrap())
}

#[tokio::test]
async fn the_connector_knows_itself_and_what_it_lacks() {
    let Some((_server, account)) = ministack().await else { return };
    let stage = Stage::set(account).await;
    let own = stage.connector.own_principals().await.unwrap();
    assert_eq!(own, [user(&stage.account.number, "interlock")]);
    let intent = on(ActionKind::Quarantine, own[0].clone());
    assert!(matches!(intent.target, Target::Principal { .. }));
    let name = "aws_iam.quarantine_user";
    let error = crate::drive::plan(&stage.connector, name, &intent, now()).await.unwrap_err();
    assert!(matches!(error, CallError::Unsupported { .. }), "{error}");

    let policy = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["iam:SimulatePrincipalPolicy","iam:ListAccessKeys"],"Resource":"*"}]}"#;
    let call = stage.account.iam.put_user_policy().user_name("interlock").policy_name("work");
    call.policy_document(policy).send().await.unwrap();
    let checks = stage.connector.check().await;
    let of = |name: &str| checks.iter().find(|it| it.permission == name).unwrap();
    assert_eq!(of("iam:ListAccessKeys").outcome, Ok(()));
    for name in ["iam:GetRole", "iam:UpdateAccessKey"] {
        let why = of(name).outcome.as_ref().unwrap_err();
        assert!(why.to_string().contains(&format!(r#""Action":"{name}""#)), "{why}");
    }

    let mut config = stage.account.config(&stage.key);
    config.account = Some("999999999999".into());
    let error = AwsIam::connect(config).await.unwrap_err();
    assert!(matches!(error, CallError::Unsupported { .. }), "{error}");
    let config = stage.account.config(&Keys::of(&stage.key.id, "wrong"));
    let error = AwsIam::connect(config).await.unwrap_err();
    assert!(error.to_string().contains("own credentials"), "{error}");
}

#[tokio::test]
async fn users_and_roles_are_discovered_with_keys_policies_and_trust() {
    let Some((_server, account)) = ministack().await else { return };
    let stage = Stage::set(account).await;
    let spec = stage.connector.spec().discovery.unwrap();
    let cx = interlock_contain::DiscoverCx::new(spec, now());
    let (mut found, mut missing) = (Vec::new(), Vec::new());
    let mut from = None;
    loop {
        let page = stage.connector.discover(&cx, from.as_deref()).await.unwrap();
        // Three lists the server does not have, and two are of a service that it refuses to those who
        // are not root; what it has is seen all the same.
        let lacking = |it: &str| {
            it.ends_with("is not answered there")
                || it.starts_with("`rolesanywhere:") && it.ends_with("is denied")
        };
        assert!(page.gaps.iter().all(|it| lacking(&it.why)), "{:?}", page.gaps);
        missing.extend(page.gaps.into_iter().map(|it| it.what));
        found.extend(page.found);
        from = page.next;
        if from.is_none() {
            break;
        }
    }
    assert_eq!(
        missing,
        [
            "profiles of Roles Anywhere",
            "trust anchors of Roles Anywhere",
            "credentials of users for single services",
            "signing certificates of users",
            "SSH keys of users"
        ]
    );
    let of = |principal: Principal| found.iter().find(|it| it.principal == principal).unwrap();
    let ci = of(stage.ci());
    assert_eq!(ci.name.as_deref(), Some("ci"));
    let key = &ci.credentials[0];
    assert_eq!(key.reference.id(), stage.key.id);
    assert_eq!(key.enabled, Some(true));
    assert!(key.issued.is_some());
    assert!(ci.policies.iter().any(|it| it.through == "inline" && it.document.is_some()));
    assert_eq!(ci.labels["console"], "none");
    let deploy = of(stage.deploy());
    let trusted: Vec<String> = deploy.lineage.iter().map(|it| it.1.to_string()).collect();
    assert_eq!(trusted, [format!("aws:{}", stage.account.arn("user/ci"))]);
    let page = stage.connector.discover(&cx, Some("roles:")).await.unwrap();
    assert!(page.found.iter().any(|it| it.principal == stage.deploy()));
}
