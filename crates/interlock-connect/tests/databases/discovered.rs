//! What connectors discover at real database servers.

use crate::drive::now;
use crate::{mariadb_server, postgresql_server, redis_server};
use interlock_contain::{Connector, DiscoverCx};
use interlock_model::{Discovered, Principal, RiskClass};

/// Everything that a connector sees, page by page.
async fn everything(connector: &dyn Connector) -> Vec<Discovered> {
    let cx = DiscoverCx::new(connector.spec().discovery.unwrap(), now());
    let (mut found, mut from) = (Vec::new(), None);
    loop {
        let page = connector.discover(&cx, from.as_deref()).await.unwrap();
        assert_eq!(page.gaps, []);
        found.extend(page.found);
        from = page.next;
        if from.is_none() {
            return found;
        }
    }
}

fn of<'f>(found: &'f [Discovered], provider: &str, name: &str) -> &'f Discovered {
    let wanted = Principal::new(provider, name);
    found.iter().find(|it| it.principal == wanted).unwrap_or_else(|| panic!("{name}: {found:#?}"))
}

fn may(it: &Discovered) -> Vec<String> {
    it.entitlements.iter().map(|it| format!("{} on {}", it.grant, it.scope)).collect()
}

#[tokio::test]
async fn roles_of_postgresql() {
    use postgresql_server::{OLD, Postgres};
    let Some(server) = Postgres::start() else { return };
    server.root("COMMENT ON ROLE app IS 'owner: payments, env=prod'");
    server.root("CREATE ROLE old LOGIN VALID UNTIL '2020-01-01'");
    server.root("CREATE ROLE off NOLOGIN");
    server.root("CREATE ROLE boss LOGIN SUPERUSER");
    let _live = server.session("app", OLD);
    let connector = server.connector();
    let found = everything(&connector).await;
    let app = of(&found, "postgresql", "app");
    assert_eq!(app.enabled, Some(true));
    assert!(app.last_used.is_some(), "it has a session");
    assert_eq!(app.labels["owner"], "payments");
    assert_eq!(app.labels["env"], "prod");
    let rights = may(app);
    assert!(rights.iter().any(|it| it == "member of readers on the server"), "{rights:?}");
    assert!(rights.iter().any(|it| it.starts_with("SELECT on 1 tables of `public`")), "{rights:?}");
    assert_eq!(app.credentials[0].reference.as_str(), "postgresql:password:app");
    let old = of(&found, "postgresql", "old");
    assert_eq!(old.credentials[0].enabled, Some(false), "its time is over");
    assert_eq!(of(&found, "postgresql", "off").enabled, Some(false));
    assert_eq!(of(&found, "postgresql", "boss").entitlements[0].grant, "SUPERUSER");
    let named = |name: &str| found.iter().any(|it| &*it.principal.name == name);
    assert!(!named("readers"), "a role that only serves as a group is nobody");
    assert!(!named("pg_monitor"));
    // From the middle on.
    let cx = DiscoverCx::new(connector.spec().discovery.unwrap(), now());
    let rest = connector.discover(&cx, Some("boss")).await.unwrap();
    assert!(rest.found.iter().all(|it| *it.principal.name > *"boss"));
}

#[tokio::test]
async fn accounts_of_mariadb() {
    let Some(server) = mariadb_server::MariaDb::start() else { return };
    server.root("CREATE ROLE auditor");
    server.root("GRANT auditor TO 'app'@'%'");
    server.root("CREATE USER 'off'@'%' IDENTIFIED BY 'x' ACCOUNT LOCK");
    let found = everything(&server.connector()).await;
    let app = of(&found, "mariadb", "app@%");
    assert_eq!(app.enabled, Some(true));
    let rights = may(app);
    assert!(rights.iter().any(|it| it == "role auditor on the server"), "{rights:?}");
    assert!(rights.iter().any(|it| it.ends_with("on database `shop`")), "{rights:?}");
    assert!(app.credentials[0].issued.is_some(), "{app:?}");
    assert_eq!(of(&found, "mariadb", "off@%").enabled, Some(false));
    let root = found.iter().find(|it| it.principal.name.starts_with("root@")).unwrap();
    assert!(root.entitlements.iter().any(|it| it.risk == RiskClass::Admin), "{root:?}");
    assert!(!found.iter().any(|it| it.principal.name.starts_with("auditor")), "a role is nobody");
}

#[tokio::test]
async fn users_of_redis() {
    let Some(server) = redis_server::Redis::start() else { return };
    let found = everything(&server.connector()).await;
    let app = of(&found, "redis", "app");
    assert_eq!(app.enabled, Some(true));
    assert_eq!(app.credentials[0].reference.as_str(), "redis:password:app");
    assert_eq!(app.entitlements.len(), 1, "{app:?}");
}
