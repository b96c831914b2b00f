//! The statements: names and texts are quoted here, and nowhere else.

use interlock_contain::CallError;

/// One account with all that is asked of it. Its hash stays on the server.
///
/// `access` is a set of bits; SUPER is the sixteenth: sql/privilege.h of MariaDB.
pub(crate) const ACCOUNT: &str = "\
select
  coalesce(json_value(g.Priv, '$.account_locked'), '0') in ('1', 'true') as locked,
  coalesce(json_value(g.Priv, '$.password_last_changed'), '1') = '0' as password_expired,
  coalesce(json_value(g.Priv, '$.is_role'), '0') in ('1', 'true') as is_role,
  coalesce(json_value(g.Priv, '$.plugin'), '') as plugin,
  json_exists(g.Priv, '$.auth_or') as several,
  (cast(coalesce(json_value(g.Priv, '$.access'), '0') as unsigned) & 32768) > 0 as super,
  concat(g.User, '@', g.Host) = current_user() as own,
  (select count(*) from mysql.global_priv s
    where not (s.User = g.User and s.Host = g.Host)
      and coalesce(json_value(s.Priv, '$.account_locked'), '0') not in ('1', 'true')
      and coalesce(json_value(s.Priv, '$.is_role'), '0') not in ('1', 'true')
      and (cast(coalesce(json_value(s.Priv, '$.access'), '0') as unsigned) & 32768) > 0) as other_supers,
  (select coalesce(json_arrayagg(concat(p.User, '@', p.Host)), '[]') from mysql.proxies_priv p
    where p.Proxied_user = g.User and p.Proxied_host = g.Host) as others
from mysql.global_priv g where g.User = ? and g.Host = ?";

/// A page of accounts, without roles and the anonymous one. Hashes stay on the server.
pub(crate) const LIST: &str = "\
select concat(g.User, '@', g.Host) as name,
  coalesce(json_value(g.Priv, '$.account_locked'), '0') in ('1', 'true') as locked,
  coalesce(json_value(g.Priv, '$.password_last_changed'), '1') = '0' as password_expired,
  cast(coalesce(json_value(g.Priv, '$.password_last_changed'), '0') as signed) as password_changed,
  coalesce(json_value(g.Priv, '$.authentication_string'), '') <> '' as has_password,
  cast(coalesce(json_value(g.Priv, '$.access'), '0') as signed) as access,
  coalesce((select json_arrayagg(r.Role) from mysql.roles_mapping r
    where r.User = g.User and r.Host = g.Host), '[]') as roles,
  coalesce((select json_arrayagg(json_array(d.Db, d.Select_priv = 'Y',
      d.Insert_priv = 'Y' or d.Update_priv = 'Y' or d.Delete_priv = 'Y' or d.Drop_priv = 'Y',
      d.Grant_priv = 'Y'))
    from mysql.db d where d.User = g.User and d.Host = g.Host), '[]') as `databases`
from mysql.global_priv g
where concat(g.User, '@', g.Host) > ? and g.User <> ''
  and coalesce(json_value(g.Priv, '$.is_role'), '0') not in ('1', 'true')
order by name limit ?";

/// The sessions of a user from clients that fit the account's host, ours left out. Their ids grow.
///
/// A host with a net mask is taken for any: rather one session too many than one too few.
pub(crate) const SESSIONS: &str = "\
select cast(l.ID as signed) as id from information_schema.processlist l
where l.USER = ? and l.ID <> connection_id()
  and (? like '%/%' or regexp_replace(l.HOST, ':[0-9]+$', '') like ?)";

/// The id of the newest session: ours.
pub(crate) const NOW: &str = "select cast(connection_id() as signed) as id";

/// Whom we act as, and what we were granted.
pub(crate) const OWN: &str = "\
select current_user() as name,
  (select group_concat(p.PRIVILEGE_TYPE) from information_schema.user_privileges p
    where p.GRANTEE = concat('\\'', replace(current_user(), '@', '\\'@\\''), '\\'')) as granted,
  @@global.read_only as read_only";

/// Gives one setting of an account another value.
pub(crate) fn set(name: &str, setting: &str, to: &str) -> Result<String, CallError> {
    let account = account(name)?;
    match (setting, to) {
        ("locked", "yes") => Ok(format!("ALTER USER {account} ACCOUNT LOCK")),
        ("locked", "no") => Ok(format!("ALTER USER {account} ACCOUNT UNLOCK")),
        ("password_expired", "yes") => Ok(format!("ALTER USER {account} PASSWORD EXPIRE")),
        _ => Err(CallError::Invalid { why: format!("`{setting}` cannot become `{to}`") }),
    }
}

/// Gives an account the password that belongs to a hash.
pub(crate) fn set_hash(name: &str, hash: &str) -> Result<String, CallError> {
    let hash = literal(hash)?;
    Ok(format!("ALTER USER {} IDENTIFIED VIA mysql_native_password USING {hash}", account(name)?))
}

/// User and host of an account; a user's name may hold `@`, a host's may not.
pub(crate) fn parts(name: &str) -> Result<(&str, &str), CallError> {
    match name.rsplit_once('@') {
        Some((user, host)) if !user.is_empty() && !host.is_empty() => Ok((user, host)),
        Some(_) | None => Err(CallError::Unsupported {
            why: format!("`{name}` is not an account: write it as `user@host`"),
        }),
    }
}

fn account(name: &str) -> Result<String, CallError> {
    let (user, host) = parts(name)?;
    Ok(format!("{}@{}", literal(user)?, literal(host)?))
}

/// A text, quoted whatever the mode of the server says.
fn literal(text: &str) -> Result<String, CallError> {
    if text.contains(['\0', '\\', '\'']) {
        return Err(CallError::Unsupported {
            why: "a name that cannot be quoted safely".to_owned(),
        });
    }
    Ok(format!("'{text}'"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_names() {
        assert_eq!(set("app@%", "locked", "yes").unwrap(), "ALTER USER 'app'@'%' ACCOUNT LOCK");
        assert_eq!(
            set("a@b@10.%", "locked", "no").unwrap(),
            "ALTER USER 'a@b'@'10.%' ACCOUNT UNLOCK"
        );
        for hostile in ["app", "@%", "app@", "a'; drop user b@%", "a\\@%", "a\0@%"] {
            assert!(set(hostile, "locked", "yes").is_err(), "{hostile:?}");
        }
        assert!(set("app@%", "locked", "maybe").is_err());
        assert!(set("app@%", "password_expired", "no").is_err());
    }
}
