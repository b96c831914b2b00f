//! A key that is delivered to Parameter Store: on both servers with boto3 as its operator and reader, and
//! on a store that misbehaves.
//!
//! Proves: `aws_iam.issue_access_key`

use crate::account::{Account, Keys, WORK, now};
use crate::drive::{Drive, execute, noon, on_key, plan, user, verify};
use crate::servers::{Server, ministack, moto, program};
use interlock_connect_aws::delivery::{Deliveries, Leave};
use interlock_connect_aws::fake::{ACCOUNT, Fake};
use interlock_connect_aws::parameter::{
    Parameter, ParameterFields, ParameterTarget, Parameters, Version,
};
use interlock_connect_aws::{AwsConfig, AwsIam, Secret};
use interlock_contain::{CallError, Connector as _};
use interlock_model::{ActionKind, Observation, Step};
use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex};

const NAME: &str = "aws_iam.issue_access_key";
/// Just these parameters.
const EXACT: &str = "arn:aws:ssm:*:*:parameter/apps/*/key";

fn parameter() -> Parameter {
    let key_id = Some("AccessKeyId".to_owned());
    let fields = ParameterFields { key_id, secret: "SecretAccessKey".to_owned() };
    Parameter { name: "/apps/{name}/key".to_owned(), fields: Some(fields) }
}

fn delivering(mut config: AwsConfig, target: ParameterTarget) -> AwsConfig {
    config.delivery.elsewhere = Deliveries::default();
    config.delivery.elsewhere.add(vec!["aws:*".to_owned()], Arc::new(target));
    config
}

/// AWS's own client for Python, which moto needs itself.
struct Boto<'a> {
    endpoint: String,
    keys: &'a Keys,
}

impl Boto<'_> {
    /// What an operation of SSM answers, or the code with which it is refused.
    fn ssm(&self, operation: &str, input: &Value) -> Result<Value, String> {
        let moto = program("INTERLOCK_TEST_MOTO").unwrap();
        let python = Path::new(&moto).with_file_name("python");
        let script = "
import boto3, json, sys
from botocore.exceptions import ClientError
endpoint, key, secret, operation, given = sys.argv[1:]
client = boto3.client('ssm', endpoint_url=endpoint, region_name='us-east-1',
                      aws_access_key_id=key, aws_secret_access_key=secret)
try:
    print(json.dumps(getattr(client, operation)(**json.loads(given)), default=str))
except ClientError as error:
    print(json.dumps({'refused': error.response['Error']['Code']}))
";
        let Keys { id, secret, .. } = self.keys;
        let arguments = [&self.endpoint, id, secret, operation, &input.to_string()];
        let done = Command::new(python).args(["-c", script]).args(arguments).output().unwrap();
        let said = String::from_utf8_lossy(&done.stderr);
        assert!(done.status.success(), "{operation}: {said}");
        let answer: Value = serde_json::from_slice(&done.stdout).unwrap();
        answer["refused"].as_str().map_or_else(|| Ok(answer.clone()), |it| Err(it.to_owned()))
    }

    fn put(&self, name: &str, value: &Value, more: &Value) {
        let mut input = json!({"Name": name, "Value": value.to_string(), "Overwrite": true});
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        self.ssm("put_parameter", &input).unwrap();
    }

    /// What a reader gets, and which version that is.
    fn read(&self, name: &str) -> (Value, u64) {
        let input = json!({"Name": name, "WithDecryption": true});
        let found = self.ssm("get_parameter", &input).unwrap();
        assert_eq!(found["Parameter"]["Type"], "SecureString");
        let value = found["Parameter"]["Value"].as_str().unwrap();
        (serde_json::from_str(value).unwrap(), found["Parameter"]["Version"].as_u64().unwrap())
    }
}

/// `resource` is what the connector's right is limited to.
async fn delivered_and_put_back(server: Server, account: Account, resource: &str) {
    if program("INTERLOCK_TEST_MOTO").is_none() {
        return;
    }
    let old = account.add_user("ci", WORK).await;
    let any = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"ssm:*","Resource":"*"}]}"#;
    let operator = account.add_user("operator-of-parameters", any).await;
    let boto = Boto { endpoint: server.endpoint(), keys: &operator };
    let path = "/apps/ci/key";
    let held =
        json!({"region": "eu-central-1", "AccessKeyId": old.id, "SecretAccessKey": old.secret});
    let secure = json!({"Type": "SecureString", "Description": "of an operator"});

    let own = account.add_user("interlock", &crate::readme::least_privilege()).await;
    let config = account.config(&own);
    let target = ParameterTarget::new(config.clone(), parameter());
    let connector = AwsIam::connect(delivering(config, target)).await.unwrap();
    let intent = || on_key(ActionKind::RotateCredential, user(&account.number, "ci"), &old.id);
    let said = async || {
        let checks = connector.check().await;
        let of_it = checks.iter().find(|it| it.permission.contains("/apps/{name}/key"));
        of_it.unwrap().outcome.clone()
    };
    let why = said().await.unwrap_err();
    assert!(why.to_string().contains(&format!(r#""Resource":"{EXACT}""#)), "{why}");
    let rights = format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":["ssm:GetParameterHistory","ssm:PutParameter"],"Resource":"{resource}"}}]}}"#
    );
    let call = account.iam.put_user_policy().user_name("interlock").policy_name("parameters");
    call.policy_document(rights).send().await.unwrap();
    assert_eq!(said().await, Ok(()));

    let why = plan(&connector, NAME, &intent(), now()).await.unwrap_err().to_string();
    assert!(why.contains("create it as a SecureString"), "{why}");
    boto.put(path, &held, &json!({"Type": "String"}));
    let why = plan(&connector, NAME, &intent(), now()).await.unwrap_err().to_string();
    assert!(why.contains("no SecureString"), "{why}");
    boto.put(path, &held, &secure);

    let mut drive = Drive::one(&connector, NAME, intent(), now());
    drive.contained().await;
    let (value, version) = boto.read(path);
    assert_eq!((&value["region"], version), (&json!("eu-central-1"), 3), "other fields stay");
    let text = |key: &str| value[key].as_str().unwrap().to_owned();
    let new = Keys::of(&text("AccessKeyId"), &text("SecretAccessKey"));
    assert_ne!(new.id, old.id);
    assert_eq!(account.works(&new).await, Ok(()));
    let journal = format!("{:?}", drive.journal);
    assert!(!journal.contains(&new.secret) && !journal.contains(&old.secret));

    drive.undo().await;
    assert_eq!(boto.read(path), (held.clone(), 4), "as before, as one version more");
    assert!(account.works(&new).await.is_err() && account.works(&old).await == Ok(()));

    // Somebody writes a version between plan and write: it is not displaced, and nothing is issued.
    let step = plan(&connector, NAME, &intent(), now()).await.unwrap();
    let theirs = json!({"AccessKeyId": "theirs", "SecretAccessKey": "theirs"});
    boto.put(path, &theirs, &json!({"Type": "SecureString"}));
    execute(&connector, &step, now()).await.unwrap_err();
    assert_eq!(boto.read(path), (theirs, 5));
    let listed = account.iam.list_access_keys().user_name("ci").send().await.unwrap();
    assert_eq!(listed.access_key_metadata.len(), 1);
}

#[tokio::test]
async fn on_ministack() {
    let Some((server, account)) = ministack().await else { return };
    delivered_and_put_back(server, account, EXACT).await;
}

#[tokio::test]
async fn on_moto() {
    let Some((server, account)) = moto().await else { return };
    // It compares the resources of S3 alone.
    delivered_and_put_back(server, account, "*").await;
}

/// What goes wrong at the next write.
#[derive(Debug, Clone, Copy)]
enum Wrong {
    SilenceBefore,
    SilenceAfter,
    Denied,
    Lie,
    /// Somebody else's write arrives just before.
    Raced,
}

#[derive(Debug, Default)]
struct Store {
    versions: Mutex<Vec<Version>>,
    wrong: Mutex<Option<Wrong>>,
}

impl Store {
    fn version(&self, value: &str) -> Version {
        let number = self.versions.lock().unwrap().last().map_or(1, |it| it.number + 1);
        Version {
            number,
            value: Secret::new(value),
            secure: true,
            description: String::new(),
            key: Some("alias/theirs".to_owned()),
            tier: None,
            pattern: None,
        }
    }

    fn hold(&self, value: &str) {
        let version = self.version(value);
        self.versions.lock().unwrap().push(version);
    }

    fn delivered(&self) -> String {
        let versions = self.versions.lock().unwrap();
        let value: Value = serde_json::from_str(versions.last().unwrap().value.expose()).unwrap();
        value["AccessKeyId"].as_str().unwrap().to_owned()
    }
}

#[async_trait::async_trait]
impl Parameters for Store {
    async fn versions(&self, name: &str) -> Result<Vec<Version>, CallError> {
        assert_eq!(name, "/apps/ci/key");
        // In no order.
        let mut all = self.versions.lock().unwrap().clone();
        all.reverse();
        Ok(all)
    }

    async fn put(
        &self,
        _: Leave,
        _: &str,
        before: &Version,
        value: &Secret,
        description: &str,
    ) -> Result<(), CallError> {
        let wrong = self.wrong.lock().unwrap().take();
        let silence = CallError::OutcomeUnknown { why: "no answer".to_owned() };
        match wrong {
            Some(Wrong::SilenceBefore) => return Err(silence),
            Some(Wrong::Denied) => {
                return Err(CallError::Denied { permission: "ssm:PutParameter".to_owned() });
            }
            Some(Wrong::Lie) => return Ok(()),
            Some(Wrong::Raced) => {
                self.hold(r#"{"AccessKeyId":"theirs","SecretAccessKey":"theirs"}"#)
            }
            Some(Wrong::SilenceAfter) | None => {}
        }
        let mut version = self.version(value.expose());
        version.description = description.to_owned();
        version.key = before.key.clone();
        self.versions.lock().unwrap().push(version);
        if matches!(wrong, Some(Wrong::SilenceAfter)) { Err(silence) } else { Ok(()) }
    }
}

fn keys(fake: &Fake) -> Vec<String> {
    fake.state().users["ci"].keys.iter().map(|it| it.id.clone()).collect()
}

async fn holds(connector: &AwsIam, step: &Step) -> bool {
    matches!(verify(connector, step, noon()).await, Observation::Holds { issued: Some(_), .. })
}

#[tokio::test]
async fn whatever_goes_wrong_no_key_is_left_that_nobody_has() {
    const KEY: &str = "AKIAIOSFODNN7EXAMPLE";
    for wrong in
        [Wrong::SilenceBefore, Wrong::SilenceAfter, Wrong::Denied, Wrong::Lie, Wrong::Raced]
    {
        let (fake, store) = (Arc::new(Fake::small()), Arc::new(Store::default()));
        store.hold(r#"{"AccessKeyId":"AKIAIOSFODNN7EXAMPLE","SecretAccessKey":"old-secret"}"#);
        let target = ParameterTarget::over(Arc::<Store>::clone(&store), parameter());
        let config = delivering(Fake::config(), target);
        let connector = AwsIam::with_client(config, Arc::<Fake>::clone(&fake));
        let intent = on_key(ActionKind::RotateCredential, user(ACCOUNT, "ci"), KEY);
        *store.wrong.lock().unwrap() = Some(wrong);
        let step = plan(&connector, NAME, &intent, noon()).await.unwrap();
        let mut first = execute(&connector, &step, noon()).await.map(drop);
        for _ in 0..4 {
            if holds(&connector, &step).await {
                break;
            }
            first = execute(&connector, &step, noon()).await.map(drop);
        }
        assert!(holds(&connector, &step).await, "{wrong:?}: {first:?}");
        let (issued, delivered) = (keys(&fake), store.delivered());
        assert_eq!(issued, [KEY.to_owned(), delivered], "{wrong:?}: an orphan");
        let all = store.versions.lock().unwrap().clone();
        assert!(all.iter().all(|it| it.key.as_deref() == Some("alias/theirs")), "{wrong:?}");
        // What somebody changes behind our back is theirs, though the description may still be ours.
        let mut last = all.last().unwrap().clone();
        last.number += 1;
        last.value = Secret::new(r#"{"AccessKeyId":"theirs","SecretAccessKey":"theirs"}"#);
        store.versions.lock().unwrap().push(last);
        assert!(!holds(&connector, &step).await, "{wrong:?}");
    }
}
