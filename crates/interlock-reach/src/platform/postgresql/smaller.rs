//! Rights on tables: what pgAudit tells of their use, and the statements that take and give back the rest.
//!
//! A statement is not parsed. What counts is a relation that pgAudit names, which it does for every one only
//! where the server says so (`pgaudit.log` with `read` or `write`, and `pgaudit.log_relation`); elsewhere
//! silence says nothing. Of a statement that needs several rights on a table it names the first of
//! `INSERT`, `UPDATE`, `DELETE`, `SELECT`, so the later ones may be hidden behind it.
//! Sources: <https://github.com/pgaudit/pgaudit/blob/main/README.md>,
//! <https://www.postgresql.org/docs/current/sql-revoke.html>

use super::super::smaller::{Cut, Given, Uses, line, unjudged};
use crate::least_privilege::{Proposal, Written};
use interlock_model::Event;
use serde::Deserialize;
use std::fmt::Write as _;

/// The rights that are told by a relation's name, in the order in which one hides the next.
const TOLD: [&str; 4] = ["INSERT", "UPDATE", "DELETE", "SELECT"];
/// What pgAudit calls whatever has such rights.
const RELATIONS: [&str; 5] =
    ["foreign table", "materialized view", "partitioned table", "table", "view"];

const WHY_UNTOLD: &str = "pgAudit names no relation for it";
const WHY_UNHEARD: &str = "`pgaudit.log` does not ask for this class";
const WHY_HIDDEN: &str =
    "a statement that needs several rights on a table is logged as one of them";
const WHY_TANGLED: &str =
    "it was granted by another than the owner, with grant option, or beside rights on columns";

/// What a role was granted on the tables of one schema.
#[derive(Debug, Deserialize)]
struct Tables {
    database: String,
    /// Whether each read, and each write, is told with its relation.
    reads_told: bool,
    writes_told: bool,
    /// Whether others act with these rights under their own names.
    lent: bool,
    tables: Vec<Table>,
}

/// What a role was granted on one table, itself.
#[derive(Debug, Deserialize)]
struct Table {
    /// With its schema, in quotes where it needs them.
    name: String,
    rights: Vec<String>,
    /// Whether the owner granted them and nothing hangs on them.
    plain: bool,
}

impl Tables {
    fn read(document: &str) -> Option<Self> {
        serde_json::from_str(document).ok()
    }

    fn told(&self, right: &str) -> bool {
        TOLD.contains(&right) && if right == "SELECT" { self.reads_told } else { self.writes_told }
    }

    fn action(&self, right: &str, table: &str) -> String {
        format!("{right} {}.{table}", self.database)
    }
}

/// What can be held against uses.
pub(super) fn actions(document: &str) -> Vec<String> {
    let Some(all) = Tables::read(document) else { return Vec::new() };
    let rights = all.tables.iter().flat_map(|it| it.rights.iter().map(move |right| (it, right)));
    rights.filter(|it| all.told(it.1)).map(|(it, right)| all.action(right, &it.name)).collect()
}

/// Whether a right was used, or may have been by a statement that is told by another one.
pub(super) fn covers(pattern: &str, action: &str) -> bool {
    let (Some((right, table)), Some((did, at))) = (pattern.split_once(' '), action.split_once(' '))
    else {
        return false;
    };
    let rank = |it: &str| TOLD.iter().position(|told| *told == it);
    let hidden = rank(did).zip(rank(right)).is_some_and(|(did, right)| did < right);
    table == at && (right == did || hidden)
}

/// The relation of a line of pgAudit.
pub(super) fn used(event: &Event) -> Option<String> {
    let of = |kinds: &[&str]| event.objects.iter().find(|it| kinds.contains(&&*it.kind));
    let (relation, database) = (of(&RELATIONS)?, of(&["database"])?);
    let right = TOLD.iter().find(|it| **it == &*event.operation)?;
    Some(format!("{right} {}.{}", database.name, relation.name))
}

pub(super) fn propose(given: &Given<'_>, uses: &Uses<'_>) -> Option<Proposal> {
    let all = Tables::read(given.document)?;
    let role = identifier(given.principal);
    let every = |it: &Table| (it.name.clone(), it.rights.clone());
    let granted = sql("GRANT", "TO", &role, all.tables.iter().map(every));
    let told = |it: &str| it.split_once(' ').is_some_and(|it| TOLD.contains(&it.0));
    let why = if !all.reads_told && !all.writes_told {
        Some(
            "the server does not let pgAudit name each relation (`pgaudit.log`, `pgaudit.log_relation`)",
        )
    } else if all.lent {
        Some(
            "members of the role, or what runs with its owner's rights, use them under other names",
        )
    } else if let Some(why) = uses.why_not() {
        Some(why)
    } else {
        let none = uses.covered(told).is_empty();
        none.then_some("no line of pgAudit was seen in the window")
    };
    let written = |text| Written::Text { form: "sql", text };
    if let Some(why) = why {
        return Some(unjudged(given, uses.window, why, written(granted)));
    }
    let mut cut = Cut::default();
    let mut gone: Vec<(String, Vec<String>)> = Vec::new();
    for table in &all.tables {
        let mut unused = Vec::new();
        for right in &table.rights {
            let pattern = all.action(right, &table.name);
            let used = uses.covered(|it| it == pattern);
            used.iter().for_each(|it| cut.stays(it));
            let open = if !used.is_empty() {
                continue;
            } else if !TOLD.contains(&right.as_str()) {
                Some(WHY_UNTOLD)
            } else if !all.told(right) {
                Some(WHY_UNHEARD)
            } else if !uses.covered(|it| covers(&pattern, it)).is_empty() {
                Some(WHY_HIDDEN)
            } else {
                (!table.plain).then_some(WHY_TANGLED)
            };
            match open {
                Some(why) => cut.open(&pattern, why, true),
                None => {
                    cut.goes(&pattern);
                    unused.push(right.clone());
                }
            }
        }
        if !unused.is_empty() {
            gone.push((table.name.clone(), unused));
        }
    }
    let head = format!(
        "-- What {} did not use of its {} from {} to {}.\n-- Review it, then as the owner: psql -d {} -f FILE\n-- What it has by other roles, or as everybody, stays.\n",
        line(given.principal),
        line(given.policy),
        uses.window.since,
        uses.window.until,
        line(&identifier(&all.database)),
    );
    let smaller = head + &sql("REVOKE", "FROM", &role, gone.iter().cloned());
    let undo = sql("GRANT", "TO", &role, gone.into_iter());
    cut.proposal(given, uses, table_of, (Some(written(smaller)), written(undo)))
}

/// The statements, all or none of them.
fn sql(
    verb: &str,
    word: &str,
    role: &str,
    tables: impl Iterator<Item = (String, Vec<String>)>,
) -> String {
    let mut text = "BEGIN;\n".to_owned();
    for (table, rights) in tables {
        let _ = writeln!(text, "{verb} {} ON TABLE {table} {word} {role};", rights.join(", "));
    }
    text + "COMMIT;\n"
}

fn identifier(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// The table that an action is on, with its database and schema.
fn table_of(action: &str) -> &str {
    action.split_once(' ').map_or(action, |it| it.1)
}

#[cfg(test)]
mod tests {
    use super::super::super::platform;
    use super::super::super::proposed::{told, used, window};
    use super::*;
    use expect_test::expect;

    const SHOP: &str = r#"{"database":"shop","reads_told":true,"writes_told":true,"lent":false,"tables":[
        {"name":"public.sales","rights":["DELETE","INSERT","SELECT","TRUNCATE","UPDATE"],"plain":true},
        {"name":"public.\"Cards\"","rights":["SELECT"],"plain":true},
        {"name":"public.orders","rights":["INSERT"],"plain":false}
    ]}"#;

    fn given(document: &str) -> Given<'_> {
        let policy = "grants on tables of `public` in `shop`";
        Given { principal: "app\"x", policy, through: "grants", scope: "", document, others: &[] }
    }

    #[test]
    fn what_was_granted_and_not_used_is_taken_back_by_statements() {
        let used = used(&["UPDATE shop.public.sales", "postgresql:SELECT"]);
        let postgresql = platform("postgresql").unwrap();
        let it = postgresql.propose(&given(SHOP), &used, window()).unwrap();
        expect![[r#"
            stays UPDATE shop.public.sales
            goes SELECT shop.public."Cards"
            goes INSERT shop.public.sales
            kept DELETE shop.public.sales: a statement that needs several rights on a table is logged as one of them
            kept INSERT shop.public.orders: it was granted by another than the owner, with grant option, or beside rights on columns
            kept SELECT shop.public.sales: a statement that needs several rights on a table is logged as one of them
            kept TRUNCATE shop.public.sales: pgAudit names no relation for it
            ===
            -- What app"x did not use of its grants on tables of `public` in `shop` from 2026-01-01T00:00:00Z to 2026-04-01T00:00:00Z.
            -- Review it, then as the owner: psql -d "shop" -f FILE
            -- What it has by other roles, or as everybody, stays.
            BEGIN;
            REVOKE INSERT ON TABLE public.sales FROM "app""x";
            REVOKE SELECT ON TABLE public."Cards" FROM "app""x";
            COMMIT;
        "#]].assert_eq(&told(&it));
        expect![[r#"
            BEGIN;
            GRANT INSERT ON TABLE public.sales TO "app""x";
            GRANT SELECT ON TABLE public."Cards" TO "app""x";
            COMMIT;
        "#]]
        .assert_eq(it.former.to_json().as_str().unwrap());
        // What is shown as unused leaves out what may be hidden behind another right.
        let idle = |it: &&String| !postgresql.covers(it, "UPDATE shop.public.sales");
        let actions = postgresql.actions(SHOP);
        let unused: Vec<&str> = actions.iter().filter(idle).map(String::as_str).collect();
        assert_eq!(
            unused,
            [
                "INSERT shop.public.orders",
                "INSERT shop.public.sales",
                "SELECT shop.public.\"Cards\""
            ]
        );
    }

    #[test]
    fn where_the_log_is_silent_nothing_is_judged() {
        let postgresql = platform("postgresql").unwrap();
        let why = |document: &str, actions: &[&str]| {
            let it = postgresql.propose(&given(document), &used(actions), window()).unwrap();
            assert!(it.goes.is_empty() && it.proposed.as_ref() == Some(&it.former));
            it.undecided[0].why.clone()
        };
        let silent = SHOP.replace("_told\":true", "_told\":false");
        let uses = ["SELECT shop.public.sales"];
        assert!(why(&silent, &uses).starts_with("the server does not let pgAudit"));
        assert!(postgresql.actions(&silent).is_empty());
        let lent = SHOP.replace("\"lent\":false", "\"lent\":true");
        assert!(why(&lent, &uses).starts_with("members of the role"));
        assert!(why(SHOP, &[]).starts_with("nothing was used"));
        assert!(why(SHOP, &["postgresql:SELECT"]).starts_with("no line of pgAudit"));
        // Reads alone are told: of writes nothing is said.
        let reads = SHOP.replace("\"writes_told\":true", "\"writes_told\":false");
        let it = postgresql.propose(&given(&reads), &used(&uses), window()).unwrap();
        let goes: Vec<&String> = it.goes.values().flatten().collect();
        assert_eq!(goes, ["SELECT shop.public.\"Cards\""]);
    }
}
