//! Used beside granted: a discovered account, its calls as events, a smaller policy that works.

use crate::account::WORK;
use crate::house::{Folder, Made};
use crate::postgresql_server::{OLD, OWN, Postgres};
use crate::recorded::Call;
use crate::servers::ministack;
use crate::vault_server::Bao;
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread")]
async fn what_a_key_never_used_is_proposed_to_go_and_the_smaller_policy_is_enough() {
    let Some((server, account)) = ministack().await else { return };
    let own = account.add_user("interlock", &crate::readme::least_privilege()).await;
    let look = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["iam:GetAccountAuthorizationDetails","iam:ListAccessKeys","iam:GetAccessKeyLastUsed","iam:GetLoginProfile"],"Resource":"*"}]}"#;
    let call = account.iam.put_user_policy().user_name("interlock").policy_name("look");
    call.policy_document(look).send().await.unwrap();
    let key = account.add_user("ci", WORK).await;
    let folder = Folder::new(&server.endpoint(), &account.number, &own, &["ci"]);
    let house = folder.serve();
    house
        .until("the account was looked at", async || {
            let looks = house.get("/v1/discoveries").await;
            looks.as_array().unwrap().first().is_some_and(|it| it["last"].is_string())
        })
        .await;
    let call = Call::now(&account.number, "ci", &key.id, "iam", "ListRoles");
    assert!(house.post(&[call.record()]).await);
    let asked = ["identity", "least-privilege", "ci", "--json", "--server", house.address()];
    let mut found = Value::Null;
    house
        .until("the use is counted", async || {
            let (_, text) = folder.run(&asked);
            text.contains("\"iam:ListRoles\",\"count\":1")
        })
        .await;
    let (enough, text) = folder.run(&asked);
    for line in text.lines() {
        found = serde_json::from_str(line).unwrap_or(found);
    }
    assert!(!enough, "something goes: {text}");
    assert_eq!(found["goes"], json!(["sts:AssumeRole"]), "{found:#}");
    let undo: Value = serde_json::from_str(WORK).unwrap();
    assert_eq!(found["undo"]["Statement"][0]["Action"], undo["Statement"][0]["Action"]);
    // The server itself is asked whether the proposal is enough, and no more.
    let call = account.iam.put_user_policy().user_name("ci").policy_name("work");
    call.policy_document(found["proposed"].to_string()).send().await.unwrap();
    assert_eq!(account.works(&key).await, Ok(()));
    account.add_role("deploy", &account.arn("user/ci")).await;
    assert!(account.assume(&key, "deploy").await.is_err(), "what it never used is gone");
    // The way back is the document as it was, and everything works as before.
    let call = account.iam.put_user_policy().user_name("ci").policy_name("work");
    call.policy_document(found["undo"].to_string()).send().await.unwrap();
    assert_eq!(account.works(&key).await, Ok(()));
    assert!(account.assume(&key, "deploy").await.is_ok(), "undone");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_policy_of_a_vault_was_not_used_for_goes_and_the_undo_gives_it_back() {
    let Some(bao) = Bao::start() else { return };
    let rules = "# of the shop\npath \"secret/data/*\" { capabilities = [\"create\", \"update\", \"read\"] }\npath \"sys/mounts\" { capabilities = [\"read\"] }\n";
    bao.policy("app", rules);
    bao.root(&["kv", "put", "-mount=secret", "y", "held=8"]);
    let (secret_id, _) = bao.secret_id("ci");
    let client = bao.sign_in("ci", &secret_id).unwrap();
    let connector = format!(
        r#"
[[connector]]
id = "vault"
kind = "vault"
endpoint = "{}"
token = {{ from = "env", name = "HOUSE_VAULT" }}
audit_device = "file"
"#,
        bao.endpoint()
    );
    let folder = Folder::of(Made {
        connector: &connector,
        identities: &[],
        playbook: crate::reached::PLAYBOOK,
        secrets: vec![("HOUSE_VAULT", bao.token("interlock"))],
    });
    folder.set("mode = \"enforce\"", "mode = \"recommend\"");
    let house = folder.serve();
    house
        .until("the server was looked at", async || {
            let looks = house.get("/v1/discoveries").await;
            looks.as_array().unwrap().first().is_some_and(|it| it["last"].is_string())
        })
        .await;
    let may = |words: &[&str]| match bao.bao(&client.token, words) {
        Ok(_) => true,
        Err(why) => {
            assert!(why.contains("permission denied"), "{why}");
            false
        }
    };
    let (reads_another, writes) =
        (["read", "secret/data/y"], ["kv", "put", "-mount=secret", "x", "held=7"]);
    assert!(bao.reads(&client.token) && may(&["read", "sys/mounts"]), "it may more than it does");
    let read = |it: &&Value| {
        it["request"]["path"] == "secret/data/x" && it["auth"]["entity_id"] == *client.entity
    };
    let records: Vec<Value> = bao.log().iter().filter(read).cloned().collect();
    assert!(house.post(&records).await);
    let entity = format!("vault:entity/{}", client.entity);
    let asked = ["identity", "least-privilege", &entity, "--json", "--server", house.address()];
    house
        .until("the use is counted", async || {
            folder.run(&asked).1.contains("\"read secret/data/x\"")
        })
        .await;
    let (enough, text) = folder.run(&asked);
    assert!(!enough, "something goes: {text}");
    let found: Value = text
        .lines()
        .filter_map(|it| serde_json::from_str::<Value>(it).ok())
        .find(|it| it["policy"] == "app")
        .unwrap();
    assert_eq!(found["form"], "hcl");
    assert_eq!(found["undo"], rules);
    let proposed = found["proposed"].as_str().unwrap();
    assert!(
        proposed.contains("# of the shop\npath \"secret/data/x\" { capabilities = [\"read\"] }"),
        "{proposed}"
    );
    assert!(!proposed.contains("sys/mounts"), "{proposed}");
    // The server itself is asked whether the proposal is enough, and no more.
    bao.policy("app", proposed);
    assert!(bao.reads(&client.token), "what it used still works");
    assert!(!may(&reads_another) && !may(&writes) && !may(&["read", "sys/mounts"]), "and no more");
    bao.policy("app", found["undo"].as_str().unwrap());
    assert!(may(&reads_another) && may(&writes) && may(&["read", "sys/mounts"]), "undone");
}

/// A line that pgAudit writes when `app` reads the table.
fn reads_sales() -> Value {
    let time = crate::account::now().strftime("%Y-%m-%d %H:%M:%S.000 UTC").to_string();
    json!({
        "timestamp": time, "user": "app", "dbname": "postgres", "pid": 4242, "session_id": "6a.1",
        "line_num": 4, "ps": "SELECT", "session_start": time, "error_severity": "LOG",
        "message": "AUDIT: SESSION,1,1,READ,SELECT,TABLE,public.sales,select amount from sales,<none>",
        "backend_type": "client backend",
    })
}

/// The server is real; it has no pgAudit, only its settings, and the line is written here in its form.
#[tokio::test(flavor = "multi_thread")]
async fn rights_on_tables_that_were_not_used_are_taken_and_given_back_by_statements() {
    let Some(postgres) = Postgres::start() else { return };
    postgres.root("CREATE TABLE orders (amount int)");
    postgres.root("GRANT SELECT, INSERT ON sales TO app; GRANT SELECT ON orders TO app");
    let connector = format!(
        r#"
[[connector]]
id = "orders"
kind = "postgresql"
host = "127.0.0.1"
port = {}
tls = false
password = {{ from = "env", name = "HOUSE_PG" }}
"#,
        postgres.port()
    );
    let made = || {
        let folder = Folder::of(Made {
            connector: &connector,
            identities: &[],
            playbook: crate::reached::PLAYBOOK,
            secrets: vec![("HOUSE_PG", OWN.to_owned())],
        });
        folder.set("mode = \"enforce\"", "mode = \"recommend\"");
        folder
    };
    let looked = async |house: &crate::house::House<'_>| {
        house
            .until("the server was looked at", async || {
                let looks = house.get("/v1/discoveries").await;
                looks.as_array().unwrap().first().is_some_and(|it| it["last"].is_string())
            })
            .await;
    };
    // Without pgAudit nothing can be judged, and that is said.
    let folder = made();
    let house = folder.serve();
    looked(&house).await;
    let ran =
        folder.run(&["identity", "least-privilege", "postgresql:app", "--server", house.address()]);
    assert!(
        ran.0 && ran.1.contains("the server does not let pgAudit name each relation"),
        "{}",
        ran.1
    );
    drop(house);
    let file = postgres.folder().join("data/postgresql.conf");
    let settings = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, settings + "pgaudit.log = 'read,write'\npgaudit.log_relation = on\n")
        .unwrap();
    postgres.root("SELECT pg_reload_conf()");
    let folder = made();
    let house = folder.serve();
    looked(&house).await;
    assert!(house.post(&[reads_sales()]).await);
    let asked =
        ["identity", "least-privilege", "postgresql:app", "--json", "--server", house.address()];
    house
        .until("the use is counted", async || {
            folder.run(&asked).1.contains("SELECT postgres.public.sales")
        })
        .await;
    let (enough, text) = folder.run(&asked);
    assert!(!enough, "something goes: {text}");
    let found: Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
    assert_eq!(
        found["goes"],
        json!(["SELECT postgres.public.orders", "INSERT postgres.public.sales"])
    );
    assert_eq!(found["form"], "sql");
    let may = |sql: &str| match postgres.query("app", OLD, sql) {
        Ok(_) => true,
        Err(why) => {
            assert!(why.contains("permission denied"), "{why}");
            false
        }
    };
    let uses = ["SELECT amount FROM sales", "INSERT INTO sales VALUES (1)", "SELECT * FROM orders"];
    assert_eq!(uses.map(may), [true, true, true]);
    postgres.root(found["proposed"].as_str().unwrap());
    assert_eq!(uses.map(may), [true, false, false], "what it used works, and no more");
    postgres.root(found["undo"].as_str().unwrap());
    assert_eq!(uses.map(may), [true, true, true], "undone");
}
