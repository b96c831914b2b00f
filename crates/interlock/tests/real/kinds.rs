//! `identity show` for one of each kind, in a house of six servers that nobody here wrote.

use crate::account::now;
use crate::estate::plain;
use crate::house::{Folder, Made};
use crate::kmock::Kmock;
use crate::postgresql_server::{OWN as PG_OWN, Postgres};
use crate::scim_server::{ANN as SCIM_ANN, Service, TOKEN};
use crate::servers::ministack;
use crate::slapd::{ANN, BASE, OWN, OWN_PASSWORD, Rules, Slapd};
use crate::vault_server::Bao;
use expect_test::expect;
use serde_json::{Value, json};

const PLAYBOOK: &str = "
name: none
description: nothing is answered here
when: {rules: [42f10763-06fc-4a67-a369-196a6a317fc3]}
tiers:
  observe: {confidence: 0}
";

/// What the agents may use.
const AGENT: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:GetObject","secretsmanager:GetSecretValue"],"Resource":"*"}]}"#;

/// A call of a role's session, with who stands behind it.
fn call(account: &str, role: &str, key: &str, what: (&str, &str), number: u32) -> Value {
    let (service, operation) = what;
    let time = now() - jiff::SignedDuration::from_secs(600 - i64::from(number));
    json!({
        "eventVersion": "1.11",
        "userIdentity": {
            "type": "AssumedRole",
            "principalId": format!("AROAEXAMPLE{}:run", role.to_uppercase()),
            "arn": format!("arn:aws:sts::{account}:assumed-role/{role}/run"),
            "accountId": account,
            "accessKeyId": key,
            "sessionContext": {
                "sessionIssuer": {
                    "type": "Role",
                    "principalId": format!("AROAEXAMPLE{}", role.to_uppercase()),
                    "arn": format!("arn:aws:iam::{account}:role/{role}"),
                    "accountId": account,
                    "userName": role,
                },
                "sourceIdentity": "ann",
                "attributes": {"mfaAuthenticated": "false"},
            },
        },
        "eventTime": time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        "eventSource": format!("{service}.amazonaws.com"),
        "eventName": operation,
        "awsRegion": "us-east-1",
        "sourceIPAddress": "198.51.100.40",
        "userAgent": "agent-runtime/1.2",
        "requestParameters": null,
        "responseElements": null,
        "eventID": format!("00000000-0000-4000-8000-{number:012}"),
        "eventType": "AwsApiCall",
        "recipientAccountId": account,
    })
}

/// The planner lets the assistant in, and that works: for ann, with two tools, one of them its own idea.
fn delegated(account: &str) -> Vec<Value> {
    let mut enter = call(account, "planner", "ASIAEXAMPLEPLANNER01", ("sts", "AssumeRole"), 1);
    enter["requestParameters"] = json!({
        "roleArn": format!("arn:aws:iam::{account}:role/assistant"),
        "roleSessionName": "run",
        "sourceIdentity": "ann",
    });
    enter["responseElements"] = json!({
        "credentials": {"accessKeyId": "ASIAEXAMPLEASSIST001", "sessionToken": "x"},
        "assumedRoleUser": {"arn": format!("arn:aws:sts::{account}:assumed-role/assistant/run")},
        "sourceIdentity": "ann",
    });
    let mut all = vec![enter];
    for (number, what) in
        [("s3", "GetObject"), ("s3", "GetObject"), ("secretsmanager", "GetSecretValue")]
            .into_iter()
            .enumerate()
    {
        let number = u32::try_from(number).unwrap() + 2;
        all.push(call(account, "assistant", "ASIAEXAMPLEASSIST001", what, number));
    }
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn one_of_each_kind_is_shown_from_servers_that_nobody_here_wrote() {
    let Some((server, account)) = ministack().await else { return };
    let Some(postgres) = Postgres::start() else { return };
    let Some(slapd) = Slapd::start(Rules::ALL).await else { return };
    let Some(scim) = Service::start().await else { return };
    let Some(bao) = Bao::start() else { return };
    let Some(cluster) = Kmock::start().await else { return };
    cluster.workload("web").await;
    let own = account.add_user("interlock", &crate::readme::least_privilege()).await;
    let look = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["iam:GetAccountAuthorizationDetails","iam:ListAccessKeys","iam:GetAccessKeyLastUsed","iam:GetLoginProfile"],"Resource":"*"}]}"#;
    let put = account.iam.put_user_policy().user_name("interlock").policy_name("look");
    put.policy_document(look).send().await.unwrap();
    let number = account.number.clone();
    let backup = account.add_user("svc-backup", crate::account::WORK).await;
    for role in ["planner", "assistant"] {
        account.add_role(role, &account.arn("user/svc-backup")).await;
        let put = account.iam.put_role_policy().role_name(role).policy_name("work");
        put.policy_document(AGENT).send().await.unwrap();
    }
    let trust = json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow",
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Principal": {"Federated": account.arn("oidc-provider/token.actions.githubusercontent.com")},
        "Condition": {"StringEquals": {
            "token.actions.githubusercontent.com:sub": "repo:acme/shop:ref:refs/heads/main",
        }},
    }]});
    let role = account.iam.create_role().role_name("deploy");
    role.assume_role_policy_document(trust.to_string()).send().await.unwrap();
    let (secret_id, _) = bao.secret_id("ci");
    let client = bao.sign_in("ci", &secret_id).unwrap().entity;
    let connectors = format!(
        r#"
[[connector]]
id = "aws"
kind = "aws_iam"
account = "{number}"
region = "us-east-1"
endpoint = "{}"
calls_per_second = 1000
credentials = {{ from = "env", access_key_id = "HOUSE_KEY", secret_access_key = "HOUSE_SECRET" }}

[[connector]]
id = "orders"
kind = "postgresql"
host = "127.0.0.1"
port = {}
tls = false
password = {{ from = "env", name = "HOUSE_PG" }}

[[connector]]
id = "people"
kind = "openldap"
url = "{}"
ca = "{}"
bind_dn = "{OWN}"
password = {{ from = "env", name = "HOUSE_LDAP" }}
base = "{BASE}"

[[connector]]
id = "wiki"
kind = "scim"
endpoint = "{}"
token = {{ from = "env", name = "HOUSE_SCIM" }}
dialect = "entra"
privileged_groups = ["admins"]

[[connector]]
id = "vault"
kind = "vault"
endpoint = "{}"
token = {{ from = "env", name = "HOUSE_VAULT" }}
audit_device = "file"

[[connector]]
id = "cluster"
kind = "kubernetes"
endpoint = "http://{}"
token = {{ from = "env", name = "HOUSE_CLUSTER" }}
"#,
        server.endpoint(),
        postgres.port(),
        slapd.config().ldap.url,
        slapd.authority(),
        scim.endpoint(),
        bao.endpoint(),
        cluster.address(),
    );
    let folder = Folder::of(Made {
        connector: &connectors,
        identities: &[],
        playbook: PLAYBOOK,
        secrets: vec![
            ("HOUSE_KEY", own.id.clone()),
            ("HOUSE_SECRET", own.secret.clone()),
            ("HOUSE_PG", PG_OWN.to_owned()),
            ("HOUSE_LDAP", OWN_PASSWORD.to_owned()),
            ("HOUSE_SCIM", TOKEN.to_owned()),
            ("HOUSE_VAULT", bao.token("interlock")),
            ("HOUSE_CLUSTER", "any".to_owned()),
        ],
    });
    folder.declare(&format!(
        "teams:
  - {{ id: own_shop, name: Shop, contact: '#shop', approvers: [admin] }}
identities:
  - id: idn_ann
    name: ann
    kind: human
    owner: own_shop
    environment: production
    principals: ['ldap:{ANN}', 'scim:wiki/{SCIM_ANN}', 'source_identity:ann']
  - id: idn_planner
    name: planner
    kind: agent
    owner: own_shop
    environment: production
    principals: ['aws:arn:aws:iam::{number}:role/planner']
    assumed_by: ['source_identity:*']
  - id: idn_assistant
    name: assistant
    kind: agent
    owner: own_shop
    environment: production
    principals: ['aws:arn:aws:iam::{number}:role/assistant']
    assumed_by: ['aws:arn:aws:iam::{number}:role/planner']
    entitlements:
      - {{ grant: s3:GetObject, scope: 'arn:aws:s3:::shop-documents/*', risk: read }}
      - {{ grant: s3:ListBucket, scope: 'arn:aws:s3:::shop-documents', risk: read }}
  - id: idn_counter
    name: counter
    kind: shared
    owner: own_shop
    environment: production
    principals: ['postgresql:app']
"
    ));
    folder.set("mode = \"enforce\"", "mode = \"recommend\"");
    let house = folder.serve();
    house
        .until("all six were looked at", async || {
            let looks = house.get("/v1/discoveries").await;
            let looks = looks.as_array().unwrap();
            looks.len() == 6 && looks.iter().all(|it| it["last"].is_string())
        })
        .await;
    assert!(house.post(&delegated(&number)).await);
    house
        .until("what the agent used is counted", async || {
            let shown = house.get("/v1/identities/idn_assistant").await;
            shown["delegation"]["tools"].as_array().is_some_and(|it| it.len() == 3)
        })
        .await;
    // The vault makes up names of its own at every start.
    let entity = format!("vault:entity/{client}");
    let shown = folder.run(&["--json", "identity", "show", &entity, "--server", house.address()]).1;
    let shown: Value = serde_json::from_str(shown.lines().next().unwrap()).unwrap();
    let text = |it: &Value| it.as_str().unwrap().to_owned();
    let (name, alias) = (text(&shown["name"]), text(&shown["discovered"][0]["labels"]["aliases"]));
    let tokens: Vec<String> =
        shown["credentials"].as_array().unwrap().iter().map(|it| text(&it["reference"])).collect();
    let mut keys = vec![
        (backup.id.as_str(), "AKIABACKUP"),
        (number.as_str(), "ACCOUNT"),
        (client.as_str(), "ENTITY"),
        (name.as_str(), "NAME"),
        (alias.as_str(), "auth/approle/ROLE"),
    ];
    keys.extend(tokens.iter().map(|it| (it.as_str(), "vault:token:DIGEST")));
    let mut said = String::new();
    for name in [
        "ann".to_owned(),
        "svc-backup".to_owned(),
        "kubernetes:system:serviceaccount:shop:web".to_owned(),
        entity.clone(),
        "deploy".to_owned(),
        "assistant".to_owned(),
        "counter".to_owned(),
        "postgresql:postgres".to_owned(),
    ] {
        let shown = folder.run(&["identity", "show", &name, "--server", house.address()]).1;
        said.push_str(&plain(&shown, &keys));
        said.push('\n');
    }
    expect![[r#"
        ann  human  idn_ann
          owner         Shop (declared), reached at #shop
          approvers     admin
          environment   production (declared)
          standing      clear
          provenance    declared
          known as      ldap:uid=ann,ou=people,dc=example,dc=com
                        scim:wiki/ann@example.com
                        source_identity:ann
          credentials   ldap:password:uid=ann,ou=people,dc=example,dc=com  active, never seen in use, ended by openldap.lock_password at people
          lineage       created by ldap:cn=admin,dc=example,dc=com
          application   ann of `own_shop` (declared)
          replace       replace `ldap:password:uid=ann,ou=people,dc=example,dc=com` of `uid=ann,ou=people,dc=example,dc=com`: until then the access comes back
          may           member of operators on cn=operators,ou=groups,dc=example,dc=com (membership, read, seen at people TIME)
          seen          ldap:uid=ann,ou=people,dc=example,dc=com at people since TIME, last TIME, enabled
                        scim:wiki/ann@example.com at wiki since TIME, last TIME, enabled
          conflicts     kind: declared human, `people` lists it as service_account
          use           nobody was seen using it in the last 30 days; nothing is declared to depend on it
          breaks        unknown if it stops

        svc-backup  service account  idn_#
          owner         unowned
          environment   unknown (none)
          standing      clear
          provenance    derived
          known as      aws:arn:aws:iam::ACCOUNT:user/svc-backup
          credentials   aws:access-key:AKIABACKUP  active, never seen in use, ended by aws_iam.disable_access_key at aws
                          found at secret `interlock/svc-backup/access-key` (where a new one goes)
          replace       replace `aws:access-key:AKIABACKUP` of `svc-backup`: until then the access comes back
          may           work on the resources of the policy (inline, secrets, seen at aws TIME)
          reach         list: iam:ListRoles
                        write: sts:AssumeRole
                        credentials exposure: sts:AssumeRole
          more by       may become role `arn:aws:iam::ACCOUNT:role/assistant` through sts:AssumeRole
                        may become role `arn:aws:iam::ACCOUNT:role/planner` through sts:AssumeRole
          seen          aws:arn:aws:iam::ACCOUNT:user/svc-backup at aws since TIME, last TIME; console: none
          use           nobody was seen using it in the last 30 days; nothing is declared to depend on it; `aws` can replace its credential without stopping anything: the old one lives until the new one is used
          breaks        unknown if it stops

        shop/web  workload  idn_#
          owner         unowned
          environment   unknown (none)
          standing      clear
          provenance    derived
          known as      kubernetes:system:serviceaccount:shop:web
          lineage       assumed by kubernetes:replicaset/shop/web-5d9c
          came from     `kubernetes:system:serviceaccount:shop:web` is assumed by `kubernetes:replicaset/shop/web-5d9c` at TIME
          deployed by   `kubernetes:replicaset/shop/web-5d9c` (repository github.com/acme/shop, commit 0a1b2c3, image registry.example.com/web:1)
          replace       nothing lasting was used: `replicaset/shop/web-5d9c` gets a new token by itself as long as it runs; replace its pods, and what they run
          seen          kubernetes:system:serviceaccount:shop:web at cluster since TIME, last TIME; app.kubernetes.io/part-of: shop, images: registry.example.com/web:1, org.opencontainers.image.revision: 0a1b2c3, org.opencontainers.image.source: https://github.com/acme/shop, pods: web-5d9c-x2, workloads: replicaset/shop/web-5d9c
          use           nobody was seen using it in the last 30 days; nothing is declared to depend on it
          breaks        unknown if it stops

        NAME  api client  idn_#
          owner         unowned
          environment   unknown (none)
          standing      clear
          provenance    derived
          known as      vault:entity/ENTITY
          credentials   vault:token:DIGEST  active, never seen in use, ended by vault.revoke_token at vault
          may           app on vault (policy of a token, secrets, seen at vault TIME)
                        default on vault (policy of a token, read, seen at vault TIME)
          reach         read: read secret/*, read database/creds/*
                        secrets: read secret/*, read database/creds/*
                        credentials exposure: read database/creds/*
          used          since TIME: nothing of it
          not used      read database/creds/*, read secret/*
          seen          vault:entity/ENTITY at vault since TIME, last TIME, enabled; aliases: auth/approle/ROLE
          use           nobody was seen using it in the last 30 days; nothing is declared to depend on it
          breaks        unknown if it stops

        deploy  pipeline  idn_#
          owner         unowned
          environment   unknown (none)
          standing      clear
          provenance    derived
          known as      aws:arn:aws:iam::ACCOUNT:role/deploy
          lineage       assumed by github:repo:acme/shop:ref:refs/heads/main
          came from     `aws:arn:aws:iam::ACCOUNT:role/deploy` is assumed by `github:repo:acme/shop:ref:refs/heads/main` at TIME
          deployed by   `github:repo:acme/shop:ref:refs/heads/main` (repository acme/shop, for refs/heads/main)
          replace       nothing lasting was used: every run of `github:repo:acme/shop:ref:refs/heads/main` is let in anew; narrow the trust of `deploy`, and mend what runs there
          reach         nothing that its policies say
          seen          aws:arn:aws:iam::ACCOUNT:role/deploy at aws since TIME, last TIME
          use           nobody was seen using it in the last 30 days; nothing is declared to depend on it
          breaks        unknown if it stops

        assistant  agent  idn_assistant
          owner         Shop (declared), reached at #shop
          approvers     admin
          environment   production (declared)
          standing      watched
          provenance    declared
          known as      aws:arn:aws:iam::ACCOUNT:role/assistant
          credentials   aws:session-key:ASIAEXAMPLEASSIST001  active, last used TIME, ended by aws_iam.deny_older_role_sessions at aws
          lineage       assumed by aws:arn:aws:iam::ACCOUNT:role/planner
                        assumed by aws:arn:aws:iam::ACCOUNT:user/svc-backup
                        assumed by source_identity:ann
                        3 act as `assistant`, and which it was is not known: `aws:arn:aws:iam::ACCOUNT:role/planner`, `aws:arn:aws:iam::ACCOUNT:user/svc-backup`, `source_identity:ann`
          application   assistant of `own_shop` (declared)
          replace       not known: too little of where the access came from was seen
          acts for      aws:arn:aws:iam::ACCOUNT:role/planner (agent of own_shop), which acts for aws:arn:aws:iam::ACCOUNT:user/svc-backup (service account), as declared, seen since TIME
                        aws:arn:aws:iam::ACCOUNT:role/planner (agent of own_shop), which acts for source_identity:ann (human of own_shop), as declared, seen since TIME
                        aws:arn:aws:iam::ACCOUNT:user/svc-backup (service account), not declared, seen since TIME
                        source_identity:ann (human of own_shop), not declared, seen since TIME
          tools         s3:GetObject  as declared, used 2 times, last TIME
                        s3:ListBucket  as declared, never seen in use
                        secretsmanager:GetSecretValue  not declared, used once, at TIME
          may           work on the resources of the policy (inline, secrets, seen at aws TIME)
                        s3:GetObject on arn:aws:s3:::shop-documents/* (declared, read)
                        s3:ListBucket on arn:aws:s3:::shop-documents (declared, read)
          reach         read: s3:GetObject, secretsmanager:GetSecretValue
                        data exposure: s3:GetObject
                        secrets: secretsmanager:GetSecretValue
          seen          aws:arn:aws:iam::ACCOUNT:role/assistant at aws since TIME, last TIME
          use           3 calls from agent-runtime at 198.51.100.0/24 as session run in production; last used 9 minutes ago; nothing is declared to depend on it, disabling it stops this client
          breaks        production if it stops
                        agent-runtime from 198.51.100.0/24 as session run (used it 3 times since TIME)

        counter  shared  idn_counter
          owner         Shop (declared), reached at #shop
          approvers     admin
          environment   production (declared)
          standing      clear
          provenance    declared
          known as      postgresql:app
          credentials   postgresql:password:app  active, never seen in use, ended by postgresql.expire_password at orders
          application   counter of `own_shop` (declared)
          replace       replace `postgresql:password:app` of `app`: until then the access comes back
          may           SELECT on 1 tables of `public` in `postgres` (grants, read, seen at orders TIME)
                        member of readers on the server (membership, read, seen at orders TIME)
          reach         read: SELECT on 1 tables of `public` in `postgres`
                        data exposure: SELECT on 1 tables of `public` in `postgres`
          seen          postgresql:app at orders since TIME, last TIME, enabled
          use           nobody was seen using it in the last 30 days; nothing is declared to depend on it; `orders` can replace its credential at once: whoever holds the old one is cut off until it has the new one
          breaks        unknown if it stops

        postgres  unknown  idn_#
          owner         unowned
          environment   unknown (none)
          standing      clear
          provenance    derived
          known as      postgresql:postgres
          credentials   postgresql:password:postgres  active, last used TIME, ended by postgresql.expire_password at orders
          replace       replace `postgresql:password:postgres` of `postgres`: until then the access comes back
          may           SUPERUSER on the server (attribute, admin, seen at orders TIME)
                        CREATEROLE on the server (attribute, permissions, seen at orders TIME)
                        REPLICATION on the server (attribute, secrets, seen at orders TIME)
                        CREATEDB on the server (attribute, write, seen at orders TIME)
                        BYPASSRLS on the server (attribute, read, seen at orders TIME)
          reach         everything on its server
          more by       may make and change roles, and before version 16 become a member of any that is no superuser, through CREATEROLE
                        may copy the whole server, hashes of passwords with it, through REPLICATION
          seen          postgresql:postgres at orders since TIME, last TIME, enabled
          use           no use of it was seen here, its provider says that it was last used SOME s ago; nothing is declared to depend on it; `orders` can replace its credential at once: whoever holds the old one is cut off until it has the new one
          breaks        unknown if it stops

    "#]].assert_eq(&said);
}
