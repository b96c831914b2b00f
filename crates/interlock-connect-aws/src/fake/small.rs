//! The small account that most tests begin with.

use super::anywhere::{ANCHOR, PROFILE};
use super::{ACCOUNT, Fake, FakeRole, PLANTED, State, Stored, User};
use crate::anywhere::{AnywhereProfile, TrustAnchor};
use crate::client::{AccessKey, CredentialSort, Holders, OtherCredential};
use crate::{AwsConfig, CredentialSource, DeliveryConfig};
use interlock_model::ConnectorId;
use std::collections::BTreeMap;

impl Fake {
    /// A small account: user `ci` with one credential of each sort, role `deploy` that `ci`, a workflow,
    /// instances and holders of certificates act as, and an administrator.
    #[must_use]
    pub fn small() -> Self {
        let key =
            AccessKey { id: "AKIAIOSFODNN7EXAMPLE".into(), status: "Active".into(), created: None };
        let other = |id: &str, service: Option<&str>| OtherCredential {
            id: id.into(),
            status: "Active".into(),
            service: service.map(Into::into),
            created: None,
            expires: None,
        };
        let for_bedrock = other("ACCAEXAMPLE123EXAMPLE", Some("bedrock.amazonaws.com"));
        let user = User {
            path: "/".into(),
            keys: vec![key.clone()],
            password: true,
            others: [
                (CredentialSort::ServiceSpecific, vec![for_bedrock]),
                (
                    CredentialSort::SigningCertificate,
                    vec![other("TA7SMP42TDN5Z26OBPJE7EXAMPLE", None)],
                ),
                (CredentialSort::SshPublicKey, vec![other("APKAEIBAERJR2EXAMPLE", None)]),
            ]
            .into(),
            ..User::default()
        };
        let anchor = format!("arn:aws:rolesanywhere:us-east-1:{ACCOUNT}:trust-anchor/{ANCHOR}");
        let trust = format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"AWS":"arn:aws:iam::{ACCOUNT}:user/ci"}},"Action":"sts:AssumeRole"}},{{"Effect":"Allow","Principal":{{"Federated":"arn:aws:iam::{ACCOUNT}:oidc-provider/token.actions.githubusercontent.com"}},"Action":"sts:AssumeRoleWithWebIdentity","Condition":{{"StringLike":{{"token.actions.githubusercontent.com:sub":"repo:acme/shop:*"}}}}}},{{"Effect":"Allow","Principal":{{"Service":"rolesanywhere.amazonaws.com"}},"Action":["sts:AssumeRole","sts:TagSession","sts:SetSourceIdentity"],"Condition":{{"ArnEquals":{{"aws:SourceArn":"{anchor}"}}}}}}]}}"#
        );
        let role = FakeRole { path: "/".into(), trust, policies: BTreeMap::new() };
        let value = format!(r#"{{"AccessKeyId":"{}","SecretAccessKey":"{PLANTED}-0"}}"#, key.id);
        let administrators = Holders { roles: ["admin".to_owned()].into(), ..Holders::default() };
        Self::new(State {
            users: [("ci".to_owned(), user)].into(),
            roles: [("deploy".to_owned(), role)].into(),
            instance_profiles: [("web".to_owned(), Some("deploy".to_owned()))].into(),
            anywhere_profiles: vec![AnywhereProfile {
                id: PROFILE.to_owned(),
                name: "build".to_owned(),
                enabled: true,
                roles: [format!("arn:aws:iam::{ACCOUNT}:role/deploy")].into(),
            }],
            trust_anchors: vec![TrustAnchor {
                id: ANCHOR.to_owned(),
                arn: anchor,
                name: "machines".to_owned(),
                enabled: true,
            }],
            administrators,
            secrets: [("interlock/ci/access-key".to_owned(), Stored::of("v1", &value))].into(),
            ..State::default()
        })
    }

    /// A configuration for a connector on the fake.
    #[must_use]
    pub fn config() -> AwsConfig {
        AwsConfig {
            id: ConnectorId("aws-fake".into()),
            endpoint: None,
            region: "us-east-1".to_owned(),
            account: Some(ACCOUNT.to_owned()),
            credentials: CredentialSource::Default,
            delivery: DeliveryConfig::default(),
            settle: None,
        }
    }
}
