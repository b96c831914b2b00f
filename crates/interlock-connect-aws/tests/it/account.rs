//! An account on a real server, as its operator and as whoever holds a key sees it.

use aws_sdk_iam::config::{Credentials, ProvideCredentials as _};
use aws_sdk_iam::error::ProvideErrorMetadata as _;
use interlock_connect_aws::{AwsConfig, AwsIam, CredentialSource, DeliveryConfig, Secret};
use interlock_model::{ConnectorId, Timestamp};
use std::time::Duration;

/// What lets a workload do its work in these tests.
pub const WORK: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["iam:ListRoles","sts:AssumeRole"],"Resource":"*"}]}"#;

/// A key, or a session's key.
#[derive(Debug, Clone)]
pub struct Keys {
    pub id: String,
    pub secret: String,
    pub token: Option<String>,
}

/// The account, with the operator's key.
pub struct Account {
    pub iam: aws_sdk_iam::Client,
    pub secrets: aws_sdk_secretsmanager::Client,
    pub number: String,
    endpoint: String,
}

impl Keys {
    pub fn of(id: &str, secret: &str) -> Self {
        Self { id: id.into(), secret: secret.into(), token: None }
    }
}

async fn load(endpoint: &str, keys: &Keys) -> aws_config::SdkConfig {
    let token = keys.token.clone();
    let credentials = Credentials::new(&keys.id, &keys.secret, token, None, "test");
    assert!(credentials.provide_credentials().await.is_ok());
    aws_config::defaults(aws_config::BehaviorVersion::latest())
        .http_client(interlock_connect_aws::http_client())
        .region(aws_config::Region::new("us-east-1"))
        .endpoint_url(endpoint)
        .credentials_provider(credentials)
        .load()
        .await
}

#[expect(clippy::disallowed_methods, reason = "a real server compares stamps with its own clock")]
pub fn now() -> Timestamp {
    Timestamp::now()
}

impl Account {
    pub async fn new(endpoint: String, operator: Keys) -> Self {
        let loaded = load(&endpoint, &operator).await;
        let sts = aws_sdk_sts::Client::new(&loaded);
        let number = sts.get_caller_identity().send().await.unwrap().account.unwrap();
        Self {
            iam: aws_sdk_iam::Client::new(&loaded),
            secrets: aws_sdk_secretsmanager::Client::new(&loaded),
            number,
            endpoint,
        }
    }

    /// A user who may do what the policy says, with a key.
    pub async fn add_user(&self, name: &str, policy: &str) -> Keys {
        self.iam.create_user().user_name(name).send().await.unwrap();
        let call = self.iam.put_user_policy().user_name(name).policy_name("work");
        call.policy_document(policy).send().await.unwrap();
        let issued = self.iam.create_access_key().user_name(name).send().await.unwrap();
        let issued = issued.access_key.unwrap();
        Keys::of(&issued.access_key_id, &issued.secret_access_key)
    }

    /// A role that these principals may assume, and that may do the same work.
    pub async fn add_role(&self, name: &str, trusted: &str) {
        let trust = format!(
            r#"{{ "Version": "2012-10-17", "Statement": [ {{"Effect":"Allow","Principal":{{"AWS":"{trusted}"}},"Action":"sts:AssumeRole"}} ] }}"#
        );
        let call = self.iam.create_role().role_name(name);
        call.assume_role_policy_document(trust).send().await.unwrap();
        let call = self.iam.put_role_policy().role_name(name).policy_name("work");
        call.policy_document(WORK).send().await.unwrap();
    }

    pub fn arn(&self, what: &str) -> String {
        format!("arn:aws:iam::{}:{what}", self.number)
    }

    /// The connector, with a user of its own that may do exactly what the specs declare.
    pub async fn connector(&self) -> AwsIam {
        let keys = self.add_user("interlock", &crate::readme::least_privilege()).await;
        AwsIam::connect(self.config(&keys)).await.unwrap()
    }

    pub fn config(&self, keys: &Keys) -> AwsConfig {
        AwsConfig {
            id: ConnectorId("aws-test".into()),
            endpoint: Some(self.endpoint.clone()),
            region: "us-east-1".into(),
            account: Some(self.number.clone()),
            credentials: CredentialSource::Static {
                access_key_id: keys.id.clone(),
                secret: Secret::new(keys.secret.as_str()),
            },
            delivery: DeliveryConfig::default(),
            settle: None,
        }
    }

    /// Whether this key gets work done; otherwise the code with which it is refused.
    pub async fn works(&self, keys: &Keys) -> Result<(), String> {
        let iam = aws_sdk_iam::Client::new(&load(&self.endpoint, keys).await);
        let answer = iam.list_roles().send().await;
        answer.map(drop).map_err(|it| {
            let status = it.raw_response().map_or(0, |it| it.status().as_u16());
            it.code().map_or_else(|| format!("status {status}"), str::to_owned)
        })
    }

    /// Assumes a role; otherwise the code with which that is refused.
    pub async fn assume(&self, keys: &Keys, role: &str) -> Result<Keys, String> {
        self.assume_as(keys, role, "test").await
    }

    /// The same, for a session that calls itself this.
    pub async fn assume_as(&self, keys: &Keys, role: &str, name: &str) -> Result<Keys, String> {
        let sts = aws_sdk_sts::Client::new(&load(&self.endpoint, keys).await);
        let call = sts.assume_role().role_arn(self.arn(&format!("role/{role}")));
        let answer = call.role_session_name(name).send().await;
        let answer = answer.map_err(|it| it.code().unwrap_or_default().to_owned())?;
        let issued = answer.credentials.unwrap();
        Ok(Keys {
            id: issued.access_key_id,
            secret: issued.secret_access_key,
            token: Some(issued.session_token),
        })
    }

    /// Assumes a role with a token of somebody else's; otherwise the code with which that is refused.
    pub async fn assume_with(&self, role: &str, token: &str) -> Result<Keys, String> {
        let nobody = Keys::of("AKIANOBODY", "nothing");
        let sts = aws_sdk_sts::Client::new(&load(&self.endpoint, &nobody).await);
        let call = sts.assume_role_with_web_identity().web_identity_token(token);
        let call = call.role_arn(self.arn(&format!("role/{role}"))).role_session_name("test");
        let answer = call.send().await;
        let answer = answer.map_err(|it| it.code().unwrap_or_default().to_owned())?;
        let issued = answer.credentials.unwrap();
        Ok(Keys {
            id: issued.access_key_id,
            secret: issued.secret_access_key,
            token: Some(issued.session_token),
        })
    }

    /// A session of a user, which lives on when its key does not.
    pub async fn session(&self, keys: &Keys) -> Keys {
        let sts = aws_sdk_sts::Client::new(&load(&self.endpoint, keys).await);
        let issued = sts.get_session_token().send().await.unwrap().credentials.unwrap();
        Keys {
            id: issued.access_key_id,
            secret: issued.secret_access_key,
            token: Some(issued.session_token),
        }
    }

    /// Everything that IAM lists and stores about a user and a role, word for word.
    pub async fn state(&self, user: &str, role: &str) -> String {
        let iam = &self.iam;
        let mut text = String::new();
        let keys = iam.list_access_keys().user_name(user).send().await.unwrap();
        let mut keys: Vec<String> =
            keys.access_key_metadata.iter().map(|it| format!("{it:?}")).collect();
        keys.sort();
        text.push_str(&keys.join("\n"));
        let names = iam.list_user_policies().user_name(user).send().await.unwrap().policy_names;
        for name in names {
            let call = iam.get_user_policy().user_name(user).policy_name(&name);
            text.push_str(&format!("\n{name}: {}", call.send().await.unwrap().policy_document));
        }
        let found = iam.get_role().role_name(role).send().await.unwrap().role.unwrap();
        text.push_str(&format!("\ntrust: {}", found.assume_role_policy_document.unwrap()));
        let names = iam.list_role_policies().role_name(role).send().await.unwrap().policy_names;
        for name in names {
            let call = iam.get_role_policy().role_name(role).policy_name(&name);
            text.push_str(&format!("\n{name}: {}", call.send().await.unwrap().policy_document));
        }
        let all = iam.get_account_authorization_details().send().await.unwrap();
        text.push_str(&format!("\n{:#?}\n{:#?}", all.user_detail_list, all.role_detail_list));
        text
    }

    /// Waits until the clock is past this second, as a caller would who tries again.
    pub async fn past(&self, second: i64) {
        let mut pace = tokio::time::interval(Duration::from_millis(50));
        while now().as_second() <= second {
            pace.tick().await;
        }
    }
}
