//! The statements: names and texts are quoted here, and nowhere else.

use interlock_contain::CallError;
use std::collections::BTreeMap;

/// One role with all that is asked of it.
pub(crate) const ROLE: &str = "\
select r.rolname::text as name,
  r.rolsuper as super,
  r.rolcanlogin as login,
  r.rolname in (session_user, current_user) as own,
  coalesce((select o.rolsuper from pg_roles o where o.rolname = current_user), false) as we_super,
  case
    when r.rolvaliduntil is null or r.rolvaliduntil = 'infinity' then 'infinity'
    when r.rolvaliduntil = '-infinity' then '-infinity'
    else to_char(r.rolvaliduntil at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')
  end as valid_until,
  (select count(*) from pg_roles s where s.rolsuper and s.rolcanlogin and s.oid <> r.oid
    and (s.rolvaliduntil is null or s.rolvaliduntil > now())) as other_superusers,
  (select coalesce(json_agg(json_build_array(it.name, it.admin) order by it.name), '[]')::text from
    (select g.rolname::text as name, bool_or(m.admin_option) as admin
      from pg_auth_members m join pg_roles g on g.oid = m.roleid
      where m.member = r.oid group by g.rolname) it) as member_of,
  (select coalesce(json_agg(o.rolname::text order by o.rolname), '[]')::text from pg_roles o
    where o.oid <> r.oid and o.rolcanlogin and not o.rolsuper
      and pg_has_role(o.oid, r.oid, 'MEMBER')) as others
from pg_roles r where r.rolname = $1";

/// When the sessions of a role began, and what time it is there, in microseconds.
///
/// Without the right to see it the beginning is hidden: such a session counts as older than all.
pub(crate) const SESSIONS: &str = "\
select (extract(epoch from clock_timestamp()) * 1000000)::bigint as now,
  array(select coalesce((extract(epoch from a.backend_start) * 1000000)::bigint, 0)
    from pg_stat_activity a join pg_roles r on r.oid = a.usesysid
    where r.rolname = $1 and a.pid <> pg_backend_pid()) as begun";

/// Ends the sessions of a role.
pub(crate) const END_SESSIONS: &str = "\
select count(*) filter (where pg_terminate_backend(a.pid))
from pg_stat_activity a join pg_roles r on r.oid = a.usesysid
where r.rolname = $1 and a.pid <> pg_backend_pid()";

/// Whom we act as, and what we may.
pub(crate) const OWN: &str = "\
select session_user::text as name, current_user::text as acting, o.rolsuper as super,
  o.rolcreaterole as createrole,
  pg_has_role(current_user, 'pg_signal_backend', 'USAGE') as signal,
  pg_has_role(current_user, 'pg_read_all_stats', 'USAGE') as stats,
  exists(select from pg_auth_members m where m.member = o.oid and m.admin_option) as administers,
  pg_is_in_recovery() as standby,
  current_setting('server_version_num')::int4 as version
from pg_roles o where o.rolname = current_user";

/// A page of roles, without those that only serve as groups.
pub(crate) const LIST: &str = "\
with acl as (
  select n.nspname::text as schema, a.grantee, array_agg(distinct a.privilege_type) as words,
    count(distinct c.oid) as tables
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
    cross join lateral aclexplode(coalesce(c.relacl, acldefault('r', c.relowner))) a
  where c.relkind in ('r', 'p', 'v', 'm', 'f') and n.nspname !~ '^(pg_|information_schema)'
  group by n.nspname, a.grantee),
direct as (
  select n.nspname::text as schema, format('%I.%I', n.nspname, c.relname) as name, a.grantee,
    array_agg(distinct a.privilege_type::text) as words,
    bool_and(a.grantor = c.relowner and not a.is_grantable) and not exists(
      select from pg_attribute t cross join lateral aclexplode(t.attacl) o
      where t.attrelid = c.oid and o.grantee = a.grantee) as plain
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
    cross join lateral aclexplode(c.relacl) a
  where c.relkind in ('r', 'p', 'v', 'm', 'f') and n.nspname !~ '^(pg_|information_schema)'
    and a.grantee not in (0, c.relowner)
  group by n.nspname, c.oid, c.relname, c.relowner, a.grantee)
select r.rolname::text as name, r.rolcanlogin as login, r.rolsuper as super,
  r.rolcreaterole as createrole, r.rolcreatedb as createdb, r.rolreplication as replication,
  r.rolbypassrls as bypassrls, current_database()::text as database,
  current_user::text as acting,
  pg_has_role(current_user, 'pg_read_all_stats', 'USAGE') as sees_sessions,
  shobj_description(r.oid, 'pg_authid') as comment,
  coalesce(r.rolvaliduntil <= now(), false) as over,
  case when isfinite(r.rolvaliduntil) then extract(epoch from r.rolvaliduntil)::float8 end
    as valid_until,
  (select extract(epoch from max(s.backend_start))::float8 from pg_stat_activity s
    where s.usesysid = r.oid and s.pid <> pg_backend_pid()) as last_used,
  (select coalesce(json_agg(json_build_array(g.rolname::text, g.rolsuper, g.rolcreaterole)
      order by g.rolname), '[]')::text
    from pg_roles g where g.oid <> r.oid and not r.rolsuper
      and pg_has_role(r.oid, g.oid, 'MEMBER')) as member_of,
  (select coalesce(json_agg(json_build_array(it.schema, it.words, it.tables) order by it.schema),
      '[]')::text
    from (select acl.schema, array_agg(distinct w) as words, max(acl.tables) as tables
      from acl cross join lateral unnest(acl.words) w
      where not r.rolsuper and (acl.grantee = 0 or pg_has_role(r.oid, acl.grantee, 'USAGE'))
      group by acl.schema) it) as grants,
  (select coalesce(json_agg(json_build_array(d.schema, d.name, d.words, d.plain)
      order by d.name), '[]')::text
    from direct d where d.grantee = r.oid and not r.rolsuper) as direct,
  exists(select from pg_auth_members m where m.roleid = r.oid)
    or exists(select from pg_proc p where p.proowner = r.oid and p.prosecdef)
    or exists(select from pg_class c where c.relowner = r.oid and c.relkind in ('v', 'm')) as lent,
  -- A setting of one role or database may say otherwise: then nothing is certain.
  case when current_setting('pgaudit.log_relation', true) = 'on'
      and not exists(select from pg_db_role_setting s cross join lateral unnest(s.setconfig) w
        where w like 'pgaudit.%')
    then current_setting('pgaudit.log', true) end as audited
from pg_roles r
where r.rolname > $1 and r.rolname !~ '^pg_'
  and (r.rolcanlogin or not exists (select from pg_auth_members m where m.roleid = r.oid))
order by r.rolname limit $2";

/// Gives one setting of a role another value.
pub(crate) fn set(name: &str, setting: &str, from: &str, to: &str) -> Result<String, CallError> {
    let role = identifier(name)?;
    match (setting, to) {
        ("login", "yes") => Ok(format!("ALTER ROLE {role} LOGIN")),
        ("login", "no") => Ok(format!("ALTER ROLE {role} NOLOGIN")),
        ("valid_until", until) => Ok(format!("ALTER ROLE {role} VALID UNTIL {}", literal(until)?)),
        ("member_of", _) => memberships(&role, from, to),
        _ => Err(CallError::Invalid { why: format!("`{setting}` cannot become `{to}`") }),
    }
}

/// Gives a role the password that belongs to a verifier.
pub(crate) fn set_verifier(name: &str, verifier: &str) -> Result<String, CallError> {
    Ok(format!("ALTER ROLE {} PASSWORD {}", identifier(name)?, literal(verifier)?))
}

/// The statements from one set of memberships to another; sent together, they are one transaction.
fn memberships(role: &str, from: &str, to: &str) -> Result<String, CallError> {
    let (from, to) = (members(from)?, members(to)?);
    let mut statements = Vec::new();
    for group in from.keys().filter(|it| !to.contains_key(*it)) {
        statements.push(format!("REVOKE {} FROM {role}", identifier(group)?));
    }
    for (group, admin) in to.iter().filter(|(group, admin)| from.get(*group) != Some(admin)) {
        let option = if *admin { " WITH ADMIN OPTION" } else { "" };
        statements.push(format!("GRANT {} TO {role}{option}", identifier(group)?));
    }
    Ok(statements.join("; "))
}

/// Memberships as a snapshot keeps them: the role, and whether it may grant it on.
fn members(text: &str) -> Result<BTreeMap<String, bool>, CallError> {
    let all: Vec<(String, bool)> = serde_json::from_str(text)
        .map_err(|it| CallError::Invalid { why: format!("no list of memberships: {it}") })?;
    Ok(all.into_iter().collect())
}

/// A name, quoted.
fn identifier(name: &str) -> Result<String, CallError> {
    if name.is_empty() || name.contains('\0') {
        return Err(CallError::Unsupported { why: "no role can have this name".to_owned() });
    }
    Ok(format!("\"{}\"", name.replace('"', "\"\"")))
}

/// A text, quoted whatever `standard_conforming_strings` says.
fn literal(text: &str) -> Result<String, CallError> {
    if text.contains(['\0', '\\']) {
        return Err(CallError::Invalid { why: "a text that cannot be quoted".to_owned() });
    }
    Ok(format!("'{}'", text.replace('\'', "''")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_names() {
        let hostile = r#"a"; DROP ROLE "b"#;
        assert_eq!(
            set(hostile, "login", "yes", "no").unwrap(),
            r#"ALTER ROLE "a""; DROP ROLE ""b" NOLOGIN"#
        );
        assert!(set("a\0b", "login", "yes", "no").is_err());
        assert!(set("a", "login", "yes", "maybe").is_err());
        assert!(set("a", "superuser", "yes", "no").is_err());
        assert_eq!(
            set("a", "valid_until", "infinity", "x'y").unwrap(),
            r#"ALTER ROLE "a" VALID UNTIL 'x''y'"#
        );
        assert!(set("a", "valid_until", "infinity", r"x\'").is_err());
    }

    #[test]
    fn memberships_are_the_difference() {
        let (none, some) = ("[]", r#"[["readers",false],["writers",true]]"#);
        assert_eq!(
            set("a", "member_of", some, none).unwrap(),
            r#"REVOKE "readers" FROM "a"; REVOKE "writers" FROM "a""#
        );
        assert_eq!(
            set("a", "member_of", none, some).unwrap(),
            r#"GRANT "readers" TO "a"; GRANT "writers" TO "a" WITH ADMIN OPTION"#
        );
        assert!(set("a", "member_of", some, "readers").is_err());
    }
}
