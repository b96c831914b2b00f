//! An estate of three real servers in one house: who there is, where a session came from, what is
//! missing and what is ready.

use crate::account::{WORK, now};
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
    let at_once = now();
    let at = |ago: i64| {
        (at_once - jiff::SignedDuration::from_secs(ago)).strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
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
pub fn plain(text: &str, keys: &[(&str, &str)]) -> String {
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
            let id = ["evt_", "idn_", "fnd_", "http:"]
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
            } else if let Some(id) = id.filter(|it| digits(&rest[it.len()..]) >= 20) {
                at += id.len() + digits(&rest[id.len()..]);
                plain.push_str(id);
                plain.push('#');
            } else {
                plain.push(bytes[at]);
                at += 1;
            }
        }
        plain.push('\n');
    }
    // How long ago something was differs by what the test took.
    let words: Vec<&str> = plain.split(' ').collect();
    let ago = |at: usize| {
        words.get(at + 1) == Some(&"s") && words.get(at + 2).is_some_and(|it| it.starts_with("ago"))
    };
    let told = words.iter().enumerate().map(|(at, it)| if ago(at) { "SOME" } else { it });
    told.collect::<Vec<_>>().join(" ")
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
    expect![[r#"
        deploy  pipeline  idn_#
          owner         Platform (assumed by `ci`, whose owner is declared), reached at #platform
          approvers     admin
          environment   unknown (none)
          standing      watched
          provenance    derived
          known as      aws:arn:aws:iam::ACCOUNT:role/deploy
          credentials   aws:session-key:ASIAEXAMPLESESSION01  active, last used TIME, ended by aws_iam.deny_older_role_sessions at aws
          lineage       assumed by aws:arn:aws:iam::ACCOUNT:oidc-provider/token.actions.githubusercontent.com
                        assumed by aws:arn:aws:iam::ACCOUNT:user/ci
                        assumed by github:repo:acme/shop:ref:refs/heads/main
          came from     `aws:session-key:ASIAEXAMPLESESSION01` was issued by `github:repo:acme/shop:ref:refs/heads/main` at TIME (evt_#)
          deployed by   `github:repo:acme/shop:ref:refs/heads/main` (repository acme/shop, for refs/heads/main, run 1234567890)
          application   shop-pipeline of `own_platform` (declared)
          replace       nothing lasting was used: every run of `github:repo:acme/shop:ref:refs/heads/main` is let in anew; narrow the trust of `deploy`, and mend what runs there
          may           work on the resources of the policy (inline, secrets, seen at aws TIME)
          reach         list: iam:ListRoles
                        write: sts:AssumeRole
                        credentials exposure: sts:AssumeRole
          seen          aws:arn:aws:iam::ACCOUNT:role/deploy at aws since TIME, last TIME
          use           one call from aws-sdk-nodejs at 198.51.100.0/24 as session gh-run-# in unknown; last used SOME s ago; nothing is declared to depend on it, disabling it stops this client
          breaks        production if it stops
                        aws-sdk-nodejs from 198.51.100.0/24 as session gh-run-# (used it once since TIME)

        ci  pipeline  idn_ci
          owner         Platform (declared), reached at #platform
          approvers     admin
          environment   development (declared)
          standing      clear
          provenance    declared
          known as      aws:arn:aws:iam::ACCOUNT:user/ci
          credentials   aws:access-key:AKIACI  active, never seen in use, ended by aws_iam.disable_access_key at aws
                          found at secret `interlock/ci/access-key` (where a new one goes)
          application   ci of `own_platform` (declared)
          replace       replace `aws:access-key:AKIACI` of `ci`: until then the access comes back
          may           work on the resources of the policy (inline, secrets, seen at aws TIME)
          reach         list: iam:ListRoles
                        write: sts:AssumeRole
                        credentials exposure: sts:AssumeRole
          seen          aws:arn:aws:iam::ACCOUNT:user/ci at aws since TIME, last TIME; console: none
          use           nobody was seen using it in the last 30 days; nothing is declared to depend on it; `aws` can replace its credential without stopping anything: the old one lives until the new one is used
          breaks        unknown if it stops

        orders  pipeline  idn_orders
          owner         Platform (declared), reached at #platform
          approvers     admin
          environment   development (declared)
          standing      clear
          provenance    declared
          known as      postgresql:app
          credentials   postgresql:password:app  active, never seen in use, ended by postgresql.expire_password at orders
          application   orders of `own_platform` (declared)
          replace       replace `postgresql:password:app` of `app`: until then the access comes back
          may           SELECT on 1 tables of `public` in `postgres` (grants, read, seen at orders TIME)
                        member of readers on the server (membership, read, seen at orders TIME)
          reach         read: SELECT on 1 tables of `public` in `postgres`
                        data exposure: SELECT on 1 tables of `public` in `postgres`
          seen          postgresql:app at orders since TIME, last TIME, enabled
          use           nobody was seen using it in the last 30 days; nothing is declared to depend on it; `orders` can replace its credential at once: whoever holds the old one is cut off until it has the new one
          breaks        unknown if it stops

        svc  pipeline  idn_svc
          owner         Platform (declared), reached at #platform
          approvers     admin
          environment   development (declared)
          standing      clear
          provenance    declared
          known as      ldap:uid=svc,ou=services,dc=example,dc=com
          credentials   ldap:password:uid=svc,ou=services,dc=example,dc=com  active, never seen in use, ended by openldap.lock_password at people
          lineage       created by ldap:cn=admin,dc=example,dc=com
          application   svc of `own_platform` (declared)
          replace       replace `ldap:password:uid=svc,ou=services,dc=example,dc=com` of `uid=svc,ou=services,dc=example,dc=com`: until then the access comes back
          may           member of operators on cn=operators,ou=groups,dc=example,dc=com (membership, read, seen at people TIME)
                        member of readers on cn=readers,ou=groups,dc=example,dc=com (membership, read, seen at people TIME)
          seen          ldap:uid=svc,ou=services,dc=example,dc=com at people since TIME, last TIME, enabled
          conflicts     kind: declared pipeline, `people` lists it as service_account
          use           nobody was seen using it in the last 30 days; nothing is declared to depend on it
          breaks        unknown if it stops

    "#]].assert_eq(&said);
    let found = house.get("/v1/findings").await;
    let id = found["items"][0]["id"].as_str().unwrap().to_owned();
    expect![[r#"
        Trail stopped
          id          fnd_#
          time        TIME to TIME
          severity    high, 75 % sure
          rule        Trail stopped (sigma, 42f10763-06fc-4a67-a369-196a6a317fc3)
          who         deploy (idn_#)
          principal   aws:arn:aws:iam::ACCOUNT:role/deploy
          credential  aws:session-key:ASIAEXAMPLESESSION01
          session     arn:aws:sts::ACCOUNT:assumed-role/deploy/gh-run-1234567890
          from        198.51.100.23
          client      aws-sdk-nodejs/3.9
          techniques  T1562.008
          userIdentity.arn arn:aws:sts::ACCOUNT:assumed-role/deploy/gh-run-1234567890
          userIdentity.accessKeyId ASIAEXAMPLESESSION01
          sourceIPAddress 198.51.100.23
          requestParameters.name main
          access_path `aws:session-key:ASIAEXAMPLESESSION01` was issued by `github:repo:acme/shop:ref:refs/heads/main` at TIME (evt_#)
          deployed_by `github:repo:acme/shop:ref:refs/heads/main` (repository acme/shop, for refs/heads/main, run 1234567890)
          application shop-pipeline of `own_platform` (declared)
          replace     nothing lasting was used: every run of `github:repo:acme/shop:ref:refs/heads/main` is let in anew; narrow the trust of `deploy`, and mend what runs there
          evidence    http:# record 1
    "#]].assert_eq(&run(&["finding", "show", &id]));
    // By what is said: the ids of what nobody declared are digests of names.
    let gaps = run(&["identity", "gaps", "--limit", "1000"]);
    let mut lines: Vec<&str> = gaps.lines().map(str::trim).collect();
    lines[1..].sort_unstable();
    expect![[r#"
        IDENTITY                  NAME       MISSING              WHAT IS SO                                                                               REMEDY
        idn_#  ann        environment unknown  nothing says where it acts, so it is treated as production                               declare `environment`, or its account in `environments`
        idn_#  ann        undeclared           `ann` exists at `people`, and nobody declared it                                         declare it in `identities`, or remove it at the provider
        idn_#  ann        unowned              nobody is known to answer for it                                                         declare `owner` in `identities`, or an owner of its account in `environments`
        idn_#  deploy     environment unknown  nothing says where it acts, so it is treated as production                               declare `environment`, or its account in `environments`
        idn_#  deploy     owner inferred       its owner `own_platform` is inferred: assumed by `ci`, whose owner is declared           confirm it with `owner` in `identities`
        idn_#  deploy     undeclared           `deploy` exists at `aws`, and nobody declared it                                         declare it in `identities`, or remove it at the provider
        idn_#  interlock  environment unknown  nothing says where it acts, so it is treated as production                               declare `environment`, or its account in `environments`
        idn_#  interlock  environment unknown  nothing says where it acts, so it is treated as production                               declare `environment`, or its account in `environments`
        idn_#  interlock  environment unknown  nothing says where it acts, so it is treated as production                               declare `environment`, or its account in `environments`
        idn_#  interlock  long lived           `aws:access-key:AKIAOWN` of a service account lasts until somebody ends it  let it assume a role: of the instance, pod or function where it runs in AWS, by OpenID Connect or IAM Roles Anywhere where it runs elsewhere
        idn_#  interlock  long lived           `postgresql:password:interlock` of an unknown lasts until somebody ends it               let it fetch a password that ends by itself, from Vault or OpenBao (`database`, `rabbitmq`), or let the connector's broker deliver one
        idn_#  interlock  undeclared           `interlock` exists at `aws`, and nobody declared it                                      declare it in `identities`, or remove it at the provider
        idn_#  interlock  undeclared           `interlock` exists at `orders`, and nobody declared it                                   declare it in `identities`, or remove it at the provider
        idn_#  interlock  undeclared           `interlock` exists at `people`, and nobody declared it                                   declare it in `identities`, or remove it at the provider
        idn_#  interlock  unowned              nobody is known to answer for it                                                         declare `owner` in `identities`, or an owner of its account in `environments`
        idn_#  interlock  unowned              nobody is known to answer for it                                                         declare `owner` in `identities`, or an owner of its account in `environments`
        idn_#  interlock  unowned              nobody is known to answer for it                                                         declare `owner` in `identities`, or an owner of its account in `environments`
        idn_#  postgres   environment unknown  nothing says where it acts, so it is treated as production                               declare `environment`, or its account in `environments`
        idn_#  postgres   long lived           `postgresql:password:postgres` of an unknown lasts until somebody ends it                let it fetch a password that ends by itself, from Vault or OpenBao (`database`, `rabbitmq`), or let the connector's broker deliver one
        idn_#  postgres   undeclared           `postgres` exists at `orders`, and nobody declared it                                    declare it in `identities`, or remove it at the provider
        idn_#  postgres   unowned              nobody is known to answer for it                                                         declare `owner` in `identities`, or an owner of its account in `environments`
        idn_ci                    ci         long lived           `aws:access-key:AKIACI` of a pipeline lasts until somebody ends it         let the pipeline assume a role by OpenID Connect: an identity provider in IAM, and a trust that names its subject
        idn_orders                orders     long lived           `postgresql:password:app` of a pipeline lasts until somebody ends it                     let it fetch a password that ends by itself, from Vault or OpenBao (`database`, `rabbitmq`), or let the connector's broker deliver one
        idn_svc                   svc        conflict             kind: declared pipeline, `people` lists it as service_account                            correct the declaration, or the provider"#]].assert_eq(&lines.join("\n"));
    let readiness = run(&["readiness"]);
    let (scores, _) = readiness.split_once("\n\n").unwrap();
    let scores: Vec<&str> = scores.lines().map(str::trim).collect();
    expect![[r#"
        IN ALL  SEEN        OWNED      REVOCABLE  PROVEN   WINDOW
        all          everything    18      17 (94 %)   8 (44 %)   7 (38 %)   0 (0 %)  no end
        platform     aws           5       5 (100 %)   3 (60 %)   3 (60 %)   0 (0 %)  no end
        platform     github        1       0 (0 %)     1 (100 %)  0 (0 %)    0 (0 %)  no end
        platform     ldap          6       6 (100 %)   2 (33 %)   2 (33 %)   0 (0 %)  no end
        platform     postgresql    6       6 (100 %)   2 (33 %)   2 (33 %)   0 (0 %)  no end
        team         nobody        10      10 (100 %)  0 (0 %)    2 (20 %)   0 (0 %)  no end
        team         own_platform  8       7 (87 %)    8 (100 %)  5 (62 %)   0 (0 %)  no end
        environment  development   7       6 (85 %)    7 (100 %)  4 (57 %)   0 (0 %)  no end
        environment  unknown       11      11 (100 %)  1 (9 %)    3 (27 %)   0 (0 %)  no end"#]]
    .assert_eq(&scores.join("\n"));
    // With which permissions of ours, tried and not assumed, how fast, and what stays alive how long.
    let (_, items) = readiness.split_once("\n\n").unwrap();
    let of = |what: &str| {
        let lines = items.lines().skip_while(|it| !it.trim_start().starts_with(what));
        let mut lines = lines.map(str::trim);
        let first = lines.next().into_iter();
        let rest = lines.take_while(|it| !it.contains(", owner "));
        first.chain(rest).collect::<Vec<_>>().join("\n")
    };
    let shown = ["aws:access-key:AKIACI", "postgresql:app ", "ldap:uid=svc"].map(of);
    expect![[r#"
        aws:access-key:AKIACI  ci in development, owner own_platform
        by aws_iam.disable_access_key at aws, never proven, or too long ago, window: 129610 s
        done within 10 s, 4 of 6 permissions tried and given; not known: `iam:UpdateAccessKey`; not tried: `sts:GetCallerIdentity`
        stays alive: sessions minted with the key by GetSessionToken or GetFederationToken
        postgresql:app  orders in development, owner own_platform
        by postgresql.disable_role at orders, never proven, or too long ago, window: 5 s
        done within 5 s, 3 of 4 permissions tried and given; not tried: `CONNECT`
        stays alive: sessions that are open already
        ldap:uid=svc,ou=services,dc=example,dc=com  svc in development, owner own_platform
        by openldap.lock_account at people, never proven, or too long ago, window: what stays alive has no end
        done within 10 s, 5 of 5 permissions tried and given
        stays alive: connections that are bound already, and binds by SASL, which ask no policy"#]].assert_eq(&shown.join("\n"));
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
