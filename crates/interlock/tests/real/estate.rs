//! An estate of three real servers in one house: who there is, where a session came from, what is
//! missing and what is ready.

use crate::account::WORK;
use crate::house::{Folder, Made};
use crate::postgresql_server::{OWN as PG_OWN, Postgres};
use crate::servers::ministack;
use crate::slapd::{BASE, OWN, OWN_PASSWORD, Rules, SVC, Slapd};
use expect_test::expect;
use serde_json::{Value, json};

const PLAYBOOK: &str = "
name: trail-stopped
description: whoever stops the trail loses the key
when:
  rules: [42f10763-06fc-4a67-a369-196a6a317fc3]
tiers:
  disable:
    confidence: 0.3
    do: [disable_credential]
    consent: {production: automatic, staging: automatic, development: automatic}
";

/// Where a workflow's session of a role begins, and where it stops the trail.
fn workflow(account: &str) -> [Value; 2] {
    let now = jiff::Timestamp::now();
    let at = |ago: i64| {
        (now - jiff::SignedDuration::from_secs(ago)).strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
    };
    let provider =
        format!("arn:aws:iam::{account}:oidc-provider/token.actions.githubusercontent.com");
    let session = format!("arn:aws:sts::{account}:assumed-role/deploy/gh-run-1234567890");
    let subject = "repo:acme/shop:ref:refs/heads/main";
    let enter = json!({
        "eventVersion": "1.11",
        "userIdentity": {
            "type": "WebIdentityUser",
            "principalId": format!("{provider}:sts.amazonaws.com:{subject}"),
            "userName": subject,
            "identityProvider": provider,
        },
        "eventTime": at(120),
        "eventSource": "sts.amazonaws.com",
        "eventName": "AssumeRoleWithWebIdentity",
        "awsRegion": "us-east-1",
        "sourceIPAddress": "198.51.100.23",
        "userAgent": "aws-sdk-nodejs/3.9",
        "requestParameters": {
            "roleArn": format!("arn:aws:iam::{account}:role/deploy"),
            "roleSessionName": "gh-run-1234567890",
        },
        "responseElements": {
            "subjectFromWebIdentityToken": subject,
            "credentials": {"accessKeyId": "ASIAEXAMPLESESSION01", "expiration": at(-3480)},
            "assumedRoleUser": {"arn": session},
            "provider": provider,
            "audience": "sts.amazonaws.com",
        },
        "eventID": "00000000-0000-4000-8000-000000000101",
        "eventType": "AwsApiCall",
        "recipientAccountId": account,
    });
    let stop = json!({
        "eventVersion": "1.11",
        "userIdentity": {
            "type": "AssumedRole",
            "principalId": "AROAEXAMPLEROLE00001:gh-run-1234567890",
            "arn": session,
            "accountId": account,
            "accessKeyId": "ASIAEXAMPLESESSION01",
            "sessionContext": {
                "sessionIssuer": {
                    "type": "Role",
                    "principalId": "AROAEXAMPLEROLE00001",
                    "arn": format!("arn:aws:iam::{account}:role/deploy"),
                    "accountId": account,
                    "userName": "deploy",
                },
                "webIdFederationData": {"federatedProvider": provider},
                "attributes": {"creationDate": at(120), "mfaAuthenticated": "false"},
            },
        },
        "eventTime": at(60),
        "eventSource": "cloudtrail.amazonaws.com",
        "eventName": "StopLogging",
        "awsRegion": "us-east-1",
        "sourceIPAddress": "198.51.100.23",
        "userAgent": "aws-sdk-nodejs/3.9",
        "requestParameters": {"name": "main"},
        "responseElements": null,
        "eventID": "00000000-0000-4000-8000-000000000102",
        "eventType": "AwsApiCall",
        "recipientAccountId": account,
    });
    [enter, stop]
}

/// What is another at every run: times, ids of keys and records.
fn plain(text: &str, keys: &[(&str, &str)]) -> String {
    let mut plain = String::new();
    for line in text.lines() {
        let mut line = line.trim_end().to_owned();
        for (key, word) in keys {
            line = line.replace(key, word);
        }
        let bytes: Vec<char> = line.chars().collect();
        let mut at = 0;
        while at < bytes.len() {
            let rest = &bytes[at..];
            let moment = rest.len() >= 20
                && rest[4] == '-'
                && rest[7] == '-'
                && rest[10] == 'T'
                && rest[..4].iter().all(char::is_ascii_digit);
            let id = ["evt_", "idn_", "fnd_"]
                .iter()
                .find(|it| rest.starts_with(&it.chars().collect::<Vec<_>>()));
            let digits = |rest: &[char]| {
                rest.iter()
                    .take_while(|it| it.is_ascii_digit() || ('a'..='f').contains(*it))
                    .count()
            };
            if moment {
                at += rest.iter().position(|it| *it == 'Z').unwrap() + 1;
                plain.push_str("TIME");
            } else if let Some(id) = id.filter(|_| digits(&rest[4..]) == 20) {
                at += 24;
                plain.push_str(id);
                plain.push('#');
            } else {
                plain.push(bytes[at]);
                at += 1;
            }
        }
        plain.push('\n');
    }
    plain
}

#[tokio::test(flavor = "multi_thread")]
async fn three_platforms_are_one_directory() {
    let Some((server, account)) = ministack().await else { return };
    let Some(postgres) = Postgres::start() else { return };
    let Some(slapd) = Slapd::start(Rules::ALL).await else { return };
    let own = account.add_user("interlock", &crate::readme::least_privilege()).await;
    let look = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["iam:GetAccountAuthorizationDetails","iam:ListAccessKeys","iam:GetAccessKeyLastUsed","iam:GetLoginProfile"],"Resource":"*"}]}"#;
    let call = account.iam.put_user_policy().user_name("interlock").policy_name("look");
    call.policy_document(look).send().await.unwrap();
    let key = account.add_user("ci", WORK).await;
    account.add_role("deploy", &account.arn("user/ci")).await;
    let (number, ca) = (&account.number, slapd.authority());
    let connectors = format!(
        r#"
[[connector]]
id = "aws"
kind = "aws_iam"
account = "{number}"
region = "us-east-1"
endpoint = "{}"
calls_per_second = 1000
enforce = ["disable_credential", "quarantine"]
credentials = {{ from = "env", access_key_id = "HOUSE_KEY", secret_access_key = "HOUSE_SECRET" }}

[[connector]]
id = "orders"
kind = "postgresql"
host = "127.0.0.1"
port = {}
tls = false
enforce = ["disable_identity", "revoke_sessions"]
password = {{ from = "env", name = "HOUSE_PG" }}

[[connector]]
id = "people"
kind = "openldap"
url = "{}"
ca = "{ca}"
bind_dn = "{OWN}"
password = {{ from = "env", name = "HOUSE_LDAP" }}
base = "{BASE}"
enforce = ["disable_identity"]
"#,
        server.endpoint(),
        postgres.port(),
        slapd.config().ldap.url,
    );
    let identities = [
        ("ci".to_owned(), format!("aws:{}", account.arn("user/ci"))),
        ("shop-pipeline".to_owned(), "github:repo:acme/shop:*".to_owned()),
        ("orders".to_owned(), "postgresql:app".to_owned()),
        ("svc".to_owned(), format!("ldap:{SVC}")),
    ];
    let folder = Folder::of(Made {
        connector: &connectors,
        identities: &identities,
        playbook: PLAYBOOK,
        secrets: vec![
            ("HOUSE_KEY", own.id.clone()),
            ("HOUSE_SECRET", own.secret.clone()),
            ("HOUSE_PG", PG_OWN.to_owned()),
            ("HOUSE_LDAP", OWN_PASSWORD.to_owned()),
        ],
    });
    folder.set("mode = \"enforce\"", "mode = \"recommend\"");
    let house = folder.serve();
    house
        .until("all three were looked at", async || {
            let looks = house.get("/v1/discoveries").await;
            let looks = looks.as_array().unwrap();
            looks.len() == 3 && looks.iter().all(|it| it["last"].is_string())
        })
        .await;
    assert!(house.post(&workflow(number)).await);
    house
        .until("the trail's end is found", async || {
            let found = house.get("/v1/findings").await;
            found["items"].as_array().is_some_and(|it| !it.is_empty())
        })
        .await;
    let keys =
        [(key.id.as_str(), "AKIACI"), (own.id.as_str(), "AKIAOWN"), (number.as_str(), "ACCOUNT")];
    let run = |arguments: &[&str]| {
        let mut all = arguments.to_vec();
        all.extend(["--server", house.address()]);
        plain(&folder.run(&all).1, &keys)
    };
    let mut said = String::new();
    for name in ["ASIAEXAMPLESESSION01", "ci", "orders", "svc"] {
        said.push_str(&run(&["identity", "show", name]));
        said.push('\n');
    }
    expect![[r#""#]].assert_eq(&said);
    let found = house.get("/v1/findings").await;
    let id = found["items"][0]["id"].as_str().unwrap().to_owned();
    expect![[r#""#]].assert_eq(&run(&["finding", "show", &id]));
    expect![[r#""#]].assert_eq(&run(&["identity", "gaps", "--limit", "1000"]));
    let readiness = run(&["readiness"]);
    let (scores, _) = readiness.split_once("\n\n").unwrap();
    expect![[r#""#]].assert_eq(scores);
    // The same list in pages.
    let (mut paged, mut after) = (Vec::new(), String::new());
    loop {
        let page = house.get(&format!("/v1/identities/gaps?limit=5{after}")).await;
        paged.extend(page["items"].as_array().unwrap().clone());
        let Some(next) = page["next"].as_str() else { break };
        after = format!("&after={next}");
    }
    let whole = house.get("/v1/identities/gaps?limit=1000").await;
    assert_eq!(Value::Array(paged), whole["items"]);
    // Who owned it in March: the history begins with the first that was known.
    let past = run(&["identity", "history", "ci"]);
    assert!(past.contains("own_platform (declared)"), "{past}");
}
