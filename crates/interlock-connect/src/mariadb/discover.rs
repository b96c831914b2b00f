//! Accounts as MariaDB describes them.

use super::server::{MariaDb, SELECT_MYSQL, column, truth};
use super::sql;
use interlock_contain::{CallError, DiscoverySpec};
use interlock_model::{
    CredentialKind, CredentialRef, Discovered, DiscoveredCredential, DiscoveryPage, Entitlement,
    Principal, RiskClass, Timestamp,
};
use sqlx::mysql::MySqlRow;

/// Accounts in one page.
const PAGE: i64 = 500;

pub(crate) static SPEC: DiscoverySpec = DiscoverySpec {
    sees: "accounts, locks, the age of passwords, global rights, rights on databases, and roles",
    hides: "rights on single tables and columns, and when an account was last used",
    reads: &[SELECT_MYSQL],
    source: "https://mariadb.com/kb/en/mysqlglobal_priv-table/; bits: sql/privilege.h of MariaDB",
};

/// Rights on everything, by bit.
const GLOBAL: [(u32, &str, RiskClass); 11] = [
    (0, "SELECT", RiskClass::Secrets),
    (1, "INSERT", RiskClass::Write),
    (2, "UPDATE", RiskClass::Write),
    (3, "DELETE", RiskClass::Write),
    (5, "DROP", RiskClass::Write),
    (7, "SHUTDOWN", RiskClass::Write),
    (9, "FILE", RiskClass::Admin),
    (10, "GRANT OPTION", RiskClass::Permissions),
    (15, "SUPER", RiskClass::Admin),
    (19, "REPLICATION SLAVE", RiskClass::Secrets),
    (25, "CREATE USER", RiskClass::Permissions),
];

impl MariaDb {
    pub(crate) async fn page(&self, from: Option<&str>) -> Result<DiscoveryPage, CallError> {
        let rows = self.rows(sql::LIST, from.unwrap_or_default(), PAGE).await?;
        let mut page = DiscoveryPage::default();
        for row in &rows {
            let name: String = column(row, "name")?;
            page.found.push(account(row, &name)?);
            page.next = Some(name);
        }
        if rows.len() < usize::try_from(PAGE).unwrap_or(usize::MAX) {
            page.next = None;
        }
        Ok(page)
    }
}

fn account(row: &MySqlRow, name: &str) -> Result<Discovered, CallError> {
    let locked = truth(row, "locked")?;
    let expired = truth(row, "password_expired")?;
    let changed: i64 = column(row, "password_changed")?;
    let has_password = truth(row, "has_password")?;
    let access: i64 = column(row, "access")?;
    let mut entitlements: Vec<Entitlement> = GLOBAL
        .into_iter()
        .filter(|(bit, ..)| access >> bit & 1 == 1)
        .map(|(_, word, risk)| Entitlement {
            grant: word.to_owned(),
            scope: "everything".to_owned(),
            through: "global".to_owned(),
            risk,
        })
        .collect();
    let unreadable = |it: serde_json::Error| CallError::Invalid { why: it.to_string() };
    let roles: Vec<String> =
        serde_json::from_str(&column::<String>(row, "roles")?).map_err(unreadable)?;
    entitlements.extend(roles.into_iter().map(|role| Entitlement {
        grant: format!("role {role}"),
        scope: "the server".to_owned(),
        through: "role".to_owned(),
        risk: RiskClass::Read,
    }));
    let databases: Vec<(String, bool, bool, bool)> =
        serde_json::from_str(&column::<String>(row, "databases")?).map_err(unreadable)?;
    for (database, reads, writes, grants) in databases {
        for (has, word, risk) in [
            (reads, "SELECT", RiskClass::Read),
            (writes, "changes", RiskClass::Write),
            (grants, "GRANT OPTION", RiskClass::Permissions),
        ] {
            if has {
                entitlements.push(Entitlement {
                    grant: word.to_owned(),
                    scope: format!("database `{database}`"),
                    through: "database".to_owned(),
                    risk,
                });
            }
        }
    }
    let mut it = Discovered {
        enabled: Some(!locked),
        entitlements,
        ..Discovered::of(Principal::new("mariadb", name))
    };
    if has_password {
        it.credentials.push(DiscoveredCredential {
            reference: CredentialRef::new("mariadb", CredentialKind::Password, name),
            enabled: Some(!locked && !expired),
            issued: Timestamp::from_second(changed).ok().filter(|_| changed > 0),
            expires: None,
            last_used: None,
        });
    }
    Ok(it)
}
