//! A real process, killed a hundred times at random moments while it contains, on each real server:
//! no write repeated, none lost. What arrived says the server's own log, or a wire that counts.
//!
//! One test for each server: `cargo xtask kills` runs them one after the other and joins their rows.

use crate::account::WORK;
use crate::active_directory::{self, given};
use crate::counting::{ACCESS_KEY, Marks, Wire};
use crate::house::{Folder, Made};
use crate::killed::{Asked, Killed, contained, entry, jobs, joined, joined_playbook, targets};
use crate::kmock::Kmock;
use crate::mariadb_server::{self, MariaDb};
use crate::postgresql_server::{self, Postgres};
use crate::rabbitmq_server::{self, RabbitMq};
use crate::recorded::Call;
use crate::redis_server::{self, Redis};
use crate::samba::{BASE, Rights, Samba};
use crate::scim_server::{Service, TOKEN};
use crate::servers::ministack;
use crate::slapd::{PASSWORD, Rules, Slapd};
use crate::vault_server::Bao;
use serde_json::json;
use std::collections::BTreeMap;

fn folder(connector: &str, verbs: &str, secret: &str, jobs: &[(String, String)]) -> Folder {
    Folder::of(Made {
        connector,
        identities: jobs,
        playbook: &joined_playbook(verbs),
        secrets: vec![("HOUSE_PASSWORD", secret.to_owned())],
    })
}

/// One record for each of these, that it gave itself a group.
fn all_joined() -> Vec<Asked> {
    let record = |it| Asked::Record(joined(&entry(&format!("job-{it}")), it));
    (0..targets()).map(record).collect()
}

fn names() -> impl Iterator<Item = String> {
    (0..targets()).map(|it| format!("job-{it}"))
}

const WIRE: &str = "a wire before it";
const LOG: &str = "its own log";
const BOTH: &str = "disable_identity, revoke_sessions";

#[tokio::test(flavor = "multi_thread")]
async fn on_ministack() {
    let Some((server, account)) = ministack().await else { return };
    let own = account.add_user("interlock", &crate::readme::least_privilege()).await;
    let wire = Wire::to(server.endpoint().trim_start_matches("http://"), ACCESS_KEY);
    let mut users = Vec::new();
    for index in 0..targets() {
        let name = format!("job-{index}");
        let key = account.add_user(&name, WORK).await;
        users.push((name, key));
    }
    let names: Vec<&str> = users.iter().map(|(name, _)| name.as_str()).collect();
    let folder = Folder::new(&format!("http://{}", wire.address()), &account.number, &own, &names);
    let records = users.iter().map(|(name, key)| {
        let mut stop = Call::now(&account.number, name, &key.id, "cloudtrail", "StopLogging");
        stop.id = format!("{name}-stop");
        Asked::Record(stop.record())
    });
    let killed = Killed {
        server: "AWS IAM (ministack)",
        verbs: "disable_credential",
        counted: WIRE,
        folder: &folder,
        asked: records.collect(),
        rests: contained,
    };
    let rest = killed.to_rest().await;
    for (name, key) in &users {
        assert!(account.works(key).await.is_err(), "{name} gets in");
    }
    rest.each_once(&users.iter().map(|(_, key)| wire.count(&key.id)).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread")]
async fn on_postgresql() {
    let Some(server) = Postgres::start() else { return };
    for name in names() {
        server.root(&format!("CREATE ROLE \"{name}\" LOGIN PASSWORD '{}'", postgresql_server::OLD));
    }
    let mut sessions: Vec<_> =
        names().map(|it| server.session(&it, postgresql_server::OLD)).collect();
    let connector = format!(
        r#"
[[connector]]
id = "pg-test"
kind = "postgresql"
host = "127.0.0.1"
port = {}
tls = false
settle = "2s"
enforce = ["disable_identity", "revoke_sessions"]
password = {{ from = "env", name = "HOUSE_PASSWORD" }}
"#,
        server.port()
    );
    let jobs = jobs(targets(), |it| format!("postgresql:{it}"));
    let folder = folder(&connector, BOTH, postgresql_server::OWN, &jobs);
    let killed = Killed {
        server: "PostgreSQL",
        verbs: BOTH,
        counted: LOG,
        folder: &folder,
        asked: all_joined(),
        rests: contained,
    };
    let rest = killed.to_rest().await;
    for (name, session) in names().zip(&mut sessions) {
        let why = server.query(&name, postgresql_server::OLD, "SELECT 1").unwrap_err();
        assert!(why.contains("is not permitted to log in"), "{name}: {why}");
        assert_eq!(session.ask("SELECT 1;"), None, "{name}");
    }
    let log = server.log();
    let writes = names()
        .map(|it| log.matches(&format!("statement: ALTER ROLE \"{it}\" NOLOGIN")).count())
        .collect::<Vec<_>>();
    rest.each_once(&writes);
}

#[tokio::test(flavor = "multi_thread")]
async fn on_mariadb() {
    let Some(server) = MariaDb::start() else { return };
    for name in names() {
        server.root(&format!("CREATE USER '{name}'@'%' IDENTIFIED BY '{}'", mariadb_server::OLD));
    }
    let mut sessions: Vec<_> = names().map(|it| server.session(&it, mariadb_server::OLD)).collect();
    let connector = format!(
        r#"
[[connector]]
id = "my-test"
kind = "mariadb"
host = "127.0.0.1"
port = {}
tls = false
settle = "2s"
enforce = ["disable_identity", "revoke_sessions"]
password = {{ from = "env", name = "HOUSE_PASSWORD" }}
"#,
        server.reach("", "").port
    );
    let jobs = jobs(targets(), |it| format!("mariadb:{it}@%"));
    let folder = folder(&connector, BOTH, mariadb_server::OWN, &jobs);
    let killed = Killed {
        server: "MariaDB",
        verbs: BOTH,
        counted: LOG,
        folder: &folder,
        asked: all_joined(),
        rests: contained,
    };
    let rest = killed.to_rest().await;
    for (name, session) in names().zip(&mut sessions) {
        let why = server.query(&name, mariadb_server::OLD, "SELECT 1").unwrap_err();
        assert!(why.contains("account is locked"), "{name}: {why}");
        assert_eq!(session.ask("SELECT 1;"), None, "{name}");
    }
    let log = server.log();
    let writes = names()
        .map(|it| {
            log.lines()
                .filter(|line| line.contains("ALTER USER") && line.contains("ACCOUNT LOCK"))
                .filter(|line| line.contains(&format!("'{it}'@")))
                .count()
        })
        .collect::<Vec<_>>();
    rest.each_once(&writes);
}

#[tokio::test(flavor = "multi_thread")]
async fn on_redis() {
    let Some(server) = Redis::start() else { return };
    for name in names() {
        let password = format!(">{}", redis_server::OLD);
        server.root(&["ACL", "SETUSER", &name, "on", &password, "~*", "-@all", "+get"]);
    }
    let _sessions: Vec<_> = names().map(|it| server.session(&it, redis_server::OLD)).collect();
    const SETUSER: Marks = Marks { write: "SETUSER\r\n", name: "\r\n", end: "\r\n" };
    let wire = Wire::to(&format!("127.0.0.1:{}", server.port()), SETUSER);
    let connector = format!(
        r#"
[[connector]]
id = "redis-test"
kind = "redis"
host = "127.0.0.1"
port = {}
tls = false
settle = "2s"
enforce = ["disable_identity", "revoke_sessions"]
password = {{ from = "env", name = "HOUSE_PASSWORD" }}
"#,
        wire.address().port()
    );
    let jobs = jobs(targets(), |it| format!("redis:{it}"));
    let folder = folder(&connector, BOTH, redis_server::OWN, &jobs);
    let killed = Killed {
        server: "Redis",
        verbs: BOTH,
        counted: WIRE,
        folder: &folder,
        asked: all_joined(),
        rests: contained,
    };
    let rest = killed.to_rest().await;
    // Its client says nothing when its connection is gone, so the server is asked.
    let clients = server.root(&["CLIENT", "LIST"]);
    for name in names() {
        let said = server.cli(&name, redis_server::OLD, &["GET", "sales"]);
        assert!(said.contains("WRONGPASS") || said.contains("NOAUTH"), "{name}: {said}");
        assert!(!clients.contains(&format!(" user={name} ")), "{name}: {clients}");
    }
    rest.each_once(&names().map(|it| wire.count(&it)).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread")]
async fn on_openldap() {
    let Some(slapd) = Slapd::start(Rules::ALL).await else { return };
    for name in names() {
        slapd.admin("ldapadd", &format!("dn: {}\nobjectClass: account\nobjectClass: simpleSecurityObject\nuid: {name}\nuserPassword: {PASSWORD}\n", entry(&name)));
    }
    let folder = crate::openldap::folder(&slapd, &jobs(targets(), |_| String::new()));
    let killed = Killed {
        server: "OpenLDAP",
        verbs: "disable_identity",
        counted: LOG,
        folder: &folder,
        asked: all_joined(),
        rests: contained,
    };
    let rest = killed.to_rest().await;
    for name in names() {
        assert!(!slapd.binds(&entry(&name)), "{name} gets in");
    }
    rest.each_once(&names().map(|it| slapd.changes(&entry(&it))).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread")]
async fn on_scim() {
    let Some(service) = Service::start().await else { return };
    let mut ids = Vec::new();
    for name in names() {
        let user = json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
            "userName": name,
            "active": true,
        });
        let (status, user) = service.ask("POST", "Users", Some(&user));
        assert_eq!(status, 201, "{user}");
        ids.push(user["id"].as_str().unwrap().to_owned());
    }
    const PATCH: Marks = Marks { write: "PATCH ", name: concat!("/Users", "/"), end: " " };
    let endpoint = service.endpoint();
    let server = endpoint.trim_start_matches("http://").trim_end_matches("/v2");
    let wire = Wire::to(server, PATCH);
    let connector = format!(
        r#"
[[connector]]
id = "app"
kind = "scim"
endpoint = "http://{}/v2"
token = {{ from = "env", name = "HOUSE_PASSWORD" }}
calls_per_second = 50
settle = "2s"
enforce = ["disable_identity"]
"#,
        wire.address()
    );
    let jobs = jobs(targets(), |it| format!("scim:app/{it}"));
    let folder = folder(&connector, "disable_identity", TOKEN, &jobs);
    let killed = Killed {
        server: "SCIM (scim2-server)",
        verbs: "disable_identity",
        counted: WIRE,
        folder: &folder,
        asked: all_joined(),
        rests: contained,
    };
    let rest = killed.to_rest().await;
    for name in names() {
        assert_eq!(service.user(&name)["active"], false, "{name}");
    }
    rest.each_once(&ids.iter().map(|it| wire.count(it)).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread")]
async fn on_openbao() {
    let Some(bao) = Bao::start() else { return };
    let ids: BTreeMap<String, String> = names()
        .map(|name| {
            let made = bao.root(&["write", "identity/entity", &format!("name={name}")]);
            let id = made["data"]["id"].as_str().unwrap().to_owned();
            (name, id)
        })
        .collect();
    let connector = format!(
        r#"
[[connector]]
id = "vault"
kind = "vault"
endpoint = "{}"
token = {{ from = "env", name = "HOUSE_PASSWORD" }}
settle = "2s"
enforce = ["quarantine"]
"#,
        bao.endpoint()
    );
    let jobs = jobs(targets(), |it| format!("vault:entity/{}", ids[it]));
    let folder = folder(&connector, "quarantine", &bao.token("interlock"), &jobs);
    let killed = Killed {
        server: "OpenBao",
        verbs: "quarantine",
        counted: LOG,
        folder: &folder,
        asked: all_joined(),
        rests: contained,
    };
    let rest = killed.to_rest().await;
    for (name, id) in &ids {
        let entity = bao.root(&["read", &format!("identity/entity/id/{id}")]);
        assert_eq!(entity["data"]["disabled"], true, "{name}");
    }
    let log = bao.log();
    let writes = |id: &String| {
        let path = format!("identity/entity/id/{id}");
        let asked =
            log.iter().filter(|it| it["type"] == "request" && it["request"]["path"] == path);
        asked.filter(|it| it["request"]["operation"] == "update").count()
    };
    rest.each_once(&ids.values().map(writes).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread")]
async fn on_samba() {
    let Some(samba) = Samba::start(Rights::Delegated).await else { return };
    let names: Vec<String> = names().collect();
    samba.users(&names);
    let dn = |name: &str| format!("CN={name},OU=Services,{BASE}");
    let accounts: Vec<(String, String)> =
        names.iter().map(|it| (it.clone(), samba.sid(&dn(it)))).collect();
    let folder = active_directory::folder(&samba, &accounts, false);
    let asked = accounts.iter().enumerate().map(|(at, (_, sid))| Asked::Record(given(sid, at)));
    let asked = asked.collect();
    let killed = Killed {
        server: "Active Directory (Samba)",
        verbs: "disable_identity",
        counted: LOG,
        folder: &folder,
        asked,
        rests: contained,
    };
    let rest = killed.to_rest().await;
    for name in &names {
        assert_eq!(samba.refused(name).as_deref(), Some("533"), "{name} gets in");
    }
    let writes = names.iter().map(|it| samba.changes(&dn(it), "userAccountControl"));
    rest.each_once(&writes.collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread")]
async fn on_rabbitmq() {
    let Some(server) = RabbitMq::start() else { return };
    for name in names() {
        let user = json!({"password": rabbitmq_server::OLD, "tags": ""});
        server.put(&format!("users/{name}"), &user);
        let all = json!({"configure": ".*", "write": ".*", "read": ".*"});
        server.put(&format!("permissions/%2F/{name}"), &all);
    }
    const LIMIT: Marks = Marks { write: "PUT /api/user-limits", name: "/", end: "/" };
    let (management, amqp) = server.ports();
    let wire = Wire::to(&format!("127.0.0.1:{management}"), LIMIT);
    let connector = format!(
        r#"
[[connector]]
id = "queue"
kind = "rabbitmq"
host = "127.0.0.1"
port = {}
amqp_port = {amqp}
tls = false
calls_per_second = 50
settle = "2s"
password = {{ from = "env", name = "HOUSE_PASSWORD" }}
enforce = ["disable_identity", "revoke_sessions"]
"#,
        wire.address().port()
    );
    let jobs = jobs(targets(), |it| format!("rabbitmq:{it}"));
    let folder = folder(&connector, BOTH, rabbitmq_server::OWN, &jobs);
    let killed = Killed {
        server: "RabbitMQ",
        verbs: BOTH,
        counted: WIRE,
        folder: &folder,
        asked: all_joined(),
        rests: contained,
    };
    let rest = killed.to_rest().await;
    for name in names() {
        let limits = server.get(&format!("user-limits/{name}"));
        assert_eq!(limits[0]["value"]["max-connections"], 0, "{name}: {limits}");
    }
    let refused = server.session("job-0", rabbitmq_server::OLD, "/").err().unwrap();
    assert!(refused.contains("connection limit"), "{refused}");
    rest.each_once(&names().map(|it| wire.count(&it)).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread")]
async fn on_kmock() {
    let Some(cluster) = Kmock::start().await else { return };
    for name in names() {
        cluster.bind(&name).await;
    }
    const PATCH: Marks = Marks { write: "PATCH /apis", name: "/rolebindings/", end: " " };
    let wire = Wire::to(cluster.address(), PATCH);
    let connector = format!(
        r#"
[[connector]]
id = "cluster"
kind = "kubernetes"
endpoint = "http://{}"
token = {{ from = "env", name = "HOUSE_PASSWORD" }}
calls_per_second = 50
settle = "2s"
enforce = ["quarantine"]
"#,
        wire.address()
    );
    let jobs = jobs(targets(), |it| format!("kubernetes:system:serviceaccount:shop:{it}"));
    let folder = folder(&connector, "quarantine", "token-of-the-connector", &jobs);
    let killed = Killed {
        server: "Kubernetes (kmock)",
        verbs: "quarantine",
        counted: WIRE,
        folder: &folder,
        asked: all_joined(),
        rests: contained,
    };
    let rest = killed.to_rest().await;
    for name in names() {
        assert_eq!(cluster.subjects(&name).await, ["bob"], "{name}");
    }
    rest.each_once(&names().map(|it| wire.count(&it)).collect::<Vec<_>>());
}
