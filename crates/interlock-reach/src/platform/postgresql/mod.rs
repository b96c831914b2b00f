//! Attributes of roles, predefined roles, and privileges on tables of PostgreSQL.
//!
//! A document says what a role was granted on the tables of a schema, and what pgAudit tells of their use:
//! `{"database", "reads_told", "writes_told", "lent", "tables": [{"name", "rights", "plain"}]}`.

mod smaller;

use super::{Access, Documents, Platform, Row, all, row};
use crate::AccessClass::{self, Credentials, Data, List, Permissions, Read, Secrets, Write};
use interlock_model::{Entitlement, RiskClass};

pub(super) const PLATFORM: Platform = Platform {
    provider: "postgresql",
    within: "on its server",
    sources: &[
        "https://www.postgresql.org/docs/current/role-attributes.html",
        "https://www.postgresql.org/docs/current/predefined-roles.html",
        "https://www.postgresql.org/docs/current/ddl-priv.html",
    ],
    rows: ROWS,
    composed: Some(words),
    documents: Some(Documents {
        access: |_, _| None,
        actions: smaller::actions,
        covers: smaller::covers,
        used: smaller::used,
        smaller: smaller::propose,
        shared: false,
    }),
};

const ROWS: &[Row] = &[
    all("SUPERUSER"),
    row("CREATEROLE", &[Write, Permissions]).more(
        "may make and change roles, and before version 16 become a member of any that is no superuser,",
    ),
    row("REPLICATION", &[Read, Data, Secrets, Credentials])
        .more("may copy the whole server, hashes of passwords with it,"),
    row("BYPASSRLS", &[Read, Data]),
    row("CREATEDB", &[Write]),
    // These three work on the server's machine as the server itself, past every privilege.
    all("member of pg_execute_server_program"),
    all("member of pg_read_server_files"),
    all("member of pg_write_server_files"),
    // It covers the catalog with the hashes of passwords, too.
    row("member of pg_read_all_data", &[List, Read, Data, Secrets, Credentials])
        .more("may read the hashes of all passwords"),
    row("member of pg_write_all_data", &[Write]),
    row("member of pg_database_owner", &[List, Read, Write, Data, Permissions]),
    row("member of pg_create_subscription", &[Write, Data]),
    row("member of pg_monitor", &[List, Read]),
    row("member of pg_read_all_settings", &[Read]),
    row("member of pg_read_all_stats", &[List, Read]),
    row("member of pg_stat_scan_tables", &[Read]),
    row("member of pg_checkpoint", &[Write]),
    row("member of pg_maintain", &[Write]),
    row("member of pg_signal_autovacuum_worker", &[Write]),
    row("member of pg_signal_backend", &[Write]),
    row("member of pg_use_reserved_connections", &[]),
];

/// `INSERT, SELECT` on the tables of a schema; and membership of a role that people made.
fn words(it: &Entitlement) -> Option<Access> {
    let mut access = Access::default();
    if let Some(group) = it.grant.strip_prefix("member of ") {
        if group.starts_with("pg_") {
            return None;
        }
        // What the role has on tables is told beside it; whether it has an attribute, its connector saw.
        match it.risk {
            RiskClass::Admin => {
                access.everything = true;
                AccessClass::ALL.iter().for_each(|class| access.add(*class, &it.grant));
            }
            RiskClass::Permissions => access.add(Permissions, &it.grant),
            RiskClass::Read | RiskClass::Write | RiskClass::Secrets => {}
        }
        return Some(access);
    }
    for word in it.grant.split(", ") {
        let by = format!("{word} on {}", it.scope);
        let gives: &[AccessClass] = match word {
            "SELECT" => &[Read, Data],
            "REFERENCES" => &[Read],
            "DELETE" | "INSERT" | "MAINTAIN" | "TRIGGER" | "TRUNCATE" | "UPDATE" => &[Write],
            _ => return None,
        };
        gives.iter().for_each(|class| access.add(*class, &by));
    }
    Some(access)
}
