//! MariaDB as it is spoken to: one connection for each call, so that nothing stale is believed.

use super::error::{Asked, not_in, number};
use super::sql;
use crate::Secret;
use crate::database::{
    Account, CONNECT as PATIENCE, Change, Own, Reach, Server, Sessions, Tls, Tried, Words, admit,
};
use interlock_contain::{CallError, Check, ReadPass, WritePass};
use interlock_model::{DiscoveryPage, Operation};
use sha1::{Digest as _, Sha1};
use sqlx::mysql::{MySqlConnectOptions, MySqlConnection, MySqlRow, MySqlSslMode};
use sqlx::{ConnectOptions as _, Connection as _, Row as _};
use std::collections::BTreeMap;
use std::future::Future;
use std::time::Duration;
use tokio::time::timeout;

/// Looks at accounts.
pub(crate) const SELECT_MYSQL: Operation = Operation("SELECT mysql");
/// Looks at the sessions of others.
pub(crate) const PROCESS: Operation = Operation("PROCESS");
/// Tries a delivered password, as its workload would; needs no right of ours.
pub(crate) const CONNECT: Operation = Operation("CONNECT");
/// Changes accounts.
pub(crate) const CREATE_USER: Operation = Operation("CREATE USER");
/// Ends the sessions of others.
pub(crate) const CONNECTION_ADMIN: Operation = Operation("CONNECTION ADMIN");

/// The words of MariaDB.
pub(crate) static WORDS: Words = Words {
    provider: "mariadb",
    noun: "account",
    read_account: SELECT_MYSQL,
    read_sessions: PROCESS,
    sign_in: CONNECT,
    becoming: "PROXY",
};

/// How long a statement may take.
const STATEMENT: Duration = Duration::from_secs(15);
/// No such thread: the session ended by itself.
const GONE: u16 = 1094;

/// One server.
#[derive(Debug)]
pub(crate) struct MariaDb {
    reach: Reach,
}

impl MariaDb {
    /// Nothing asked yet.
    pub(crate) const fn new(reach: Reach) -> Self {
        Self { reach }
    }

    fn options(&self, user: &str, password: Option<&Secret>) -> MySqlConnectOptions {
        let reach = &self.reach;
        let options = MySqlConnectOptions::new()
            .host(&reach.host)
            .port(reach.port)
            .username(user)
            .statement_cache_capacity(0);
        let options = match &reach.tls {
            Tls::Off => options.ssl_mode(MySqlSslMode::Disabled),
            Tls::Verified(None) => options.ssl_mode(MySqlSslMode::VerifyIdentity),
            Tls::Verified(Some(file)) => {
                options.ssl_mode(MySqlSslMode::VerifyIdentity).ssl_ca(file)
            }
        };
        let options = match password {
            Some(password) => options.password(password.expose()),
            None => options,
        };
        // Statements hold hashes: they are nobody's to log.
        options.disable_statement_logging()
    }

    async fn connect(&self) -> Result<MySqlConnection, CallError> {
        let options = self.options(&self.reach.user, self.reach.password.as_ref());
        match timeout(PATIENCE, options.connect()).await {
            Ok(Ok(connection)) => Ok(connection),
            Ok(Err(error)) => Err(not_in(&error, &self.reach.host)),
            Err(_) => {
                let why = format!("`{}` does not answer", self.reach.host);
                Err(CallError::Retry { after: PATIENCE, why })
            }
        }
    }

    /// Rows of a page: those that come after this name, at most so many.
    pub(super) async fn rows(
        &self,
        text: &'static str,
        after: &str,
        most: i64,
    ) -> Result<Vec<MySqlRow>, CallError> {
        let asked = Asked { operation: SELECT_MYSQL, writes: false, what: "accounts" };
        let mut connection = self.connect().await?;
        let query = sqlx::query(text).bind(after.to_owned()).bind(most).persistent(false);
        let rows = within(asked, query.fetch_all(&mut connection)).await?;
        goodbye(connection).await;
        Ok(rows)
    }

    async fn change(&self, asked: Asked<'_>, text: String) -> Result<(), CallError> {
        let mut connection = self.connect().await?;
        let statement = sqlx::raw_sql(sqlx::AssertSqlSafe(text));
        within(asked, async { statement.execute(&mut connection).await }).await?;
        goodbye(connection).await;
        Ok(())
    }
}

async fn within<T>(
    asked: Asked<'_>,
    call: impl Future<Output = Result<T, sqlx::Error>>,
) -> Result<T, CallError> {
    match timeout(STATEMENT, call).await {
        Ok(Ok(it)) => Ok(it),
        Ok(Err(error)) => Err(asked.failed(&error)),
        Err(_) => Err(asked.unanswered("no answer in time")),
    }
}

/// Closes a connection; the answer is in hand already, so how that ends does not matter.
async fn goodbye(connection: MySqlConnection) {
    let _ = timeout(PATIENCE, connection.close()).await;
}

pub(super) fn column<'r, T>(row: &'r MySqlRow, name: &str) -> Result<T, CallError>
where
    T: sqlx::Decode<'r, sqlx::MySql> + sqlx::Type<sqlx::MySql>,
{
    row.try_get(name).map_err(|it| CallError::Invalid {
        why: format!("the column `{name}` is unreadable: {it}"),
    })
}

/// A truth value, which is a number here.
pub(super) fn truth(row: &MySqlRow, name: &str) -> Result<bool, CallError> {
    column::<i64>(row, name).map(|it| it != 0)
}

async fn sessions(
    connection: &mut MySqlConnection,
    asked: Asked<'_>,
    name: &str,
) -> Result<Vec<i64>, CallError> {
    let (user, host) = sql::parts(name)?;
    let query = sqlx::query(sql::SESSIONS)
        .bind(user.to_owned())
        .bind(host.to_owned())
        .bind(host.to_owned())
        .persistent(false);
    let rows = within(asked, query.fetch_all(connection)).await?;
    rows.iter().map(|it| column(it, "id")).collect()
}

fn about(name: &str) -> String {
    format!("account `{name}`")
}

fn account(name: &str, row: &MySqlRow) -> Result<Account, CallError> {
    let yes = |it: bool| if it { "yes" } else { "no" }.to_owned();
    let locked = truth(row, "locked")?;
    let plugin: String = column(row, "plugin")?;
    let others: String = column(row, "others")?;
    let kept = if truth(row, "own")? {
        Some("is what the connector itself acts as: containing it would end every undo")
    } else if truth(row, "is_role")? {
        Some("is a role, which nobody signs in as")
    } else if ["mariadb.sys@", "mysql.sys@", "mysql.session@"].iter().any(|it| name.starts_with(it))
    {
        Some("belongs to MariaDB itself")
    } else {
        None
    };
    let native = plugin == "mysql_native_password" && !truth(row, "several")?;
    Ok(Account {
        settings: BTreeMap::from([
            ("locked", yes(locked)),
            ("password_expired", yes(truth(row, "password_expired")?)),
        ]),
        kept: kept.map(str::to_owned),
        beyond: None,
        last_administrator: truth(row, "super")? && column::<i64>(row, "other_supers")? == 0,
        no_password: (!native)
            .then(|| format!("it signs in by `{plugin}`, not by mysql_native_password alone")),
        open: !locked,
        others: serde_json::from_str(&others)
            .map_err(|it| CallError::Invalid { why: it.to_string() })?,
    })
}

/// What the server keeps of a password: the plugin's own double SHA-1. A password of 256 random bits
/// loses nothing by that.
fn hash(password: &Secret) -> Secret {
    let once = Sha1::digest(password.expose().as_bytes());
    Secret::new(format!("*{}", hex::encode_upper(Sha1::digest(once))))
}

#[async_trait::async_trait]
impl Server for MariaDb {
    fn words(&self) -> &'static Words {
        &WORDS
    }

    async fn account(&self, pass: ReadPass, name: &str) -> Result<Account, CallError> {
        admit(pass.operation(), SELECT_MYSQL)?;
        let what = about(name);
        let asked = Asked { operation: SELECT_MYSQL, writes: false, what: &what };
        let (user, host) = sql::parts(name)?;
        let mut connection = self.connect().await?;
        let query =
            sqlx::query(sql::ACCOUNT).bind(user.to_owned()).bind(host.to_owned()).persistent(false);
        let row = within(asked, query.fetch_optional(&mut connection)).await?;
        goodbye(connection).await;
        match row {
            Some(row) => account(name, &row),
            None => Err(CallError::NotFound { what }),
        }
    }

    async fn sessions(&self, pass: ReadPass, name: &str) -> Result<Sessions, CallError> {
        admit(pass.operation(), PROCESS)?;
        let asked = Asked { operation: PROCESS, writes: false, what: &about(name) };
        let mut connection = self.connect().await?;
        let query = sqlx::query(sql::NOW).persistent(false);
        let row = within(asked, query.fetch_one(&mut connection)).await?;
        let begun = sessions(&mut connection, asked, name).await?;
        goodbye(connection).await;
        Ok(Sessions { now: column(&row, "id")?, begun })
    }

    async fn sign_in(
        &self,
        pass: ReadPass,
        name: &str,
        password: &Secret,
    ) -> Result<Tried, CallError> {
        admit(pass.operation(), CONNECT)?;
        let asked = Asked { operation: CONNECT, writes: false, what: name };
        let options = self.options(sql::parts(name)?.0, Some(password));
        let error = match timeout(PATIENCE, options.connect()).await {
            Ok(Ok(connection)) => {
                goodbye(connection).await;
                return Ok(Tried::Accepted);
            }
            Ok(Err(error)) => error,
            Err(_) => return Err(asked.unanswered("no answer in time")),
        };
        match number(&error) {
            Some(1045 | 1698) => Ok(Tried::WrongPassword),
            // Locked, expired, too many: said only after the password was found good.
            Some(1203 | 1226 | 1820 | 1862 | 4151) => Ok(Tried::Barred(error.to_string())),
            Some(_) => Err(CallError::Unsupported {
                why: format!("`{name}` cannot be tried from here: {error}"),
            }),
            None => Err(asked.failed(&error)),
        }
    }

    async fn list(&self, pass: ReadPass, from: Option<&str>) -> Result<DiscoveryPage, CallError> {
        admit(pass.operation(), SELECT_MYSQL)?;
        self.page(from).await
    }

    async fn own(&self) -> Result<Own, CallError> {
        let asked = Asked { operation: SELECT_MYSQL, writes: false, what: "our own account" };
        let mut connection = self.connect().await?;
        let query = sqlx::query(sql::OWN).persistent(false);
        let row = within(asked, query.fetch_one(&mut connection)).await?;
        let looked = sqlx::query("select 1 from mysql.global_priv, mysql.proxies_priv limit 1");
        let looked = looked.persistent(false).fetch_optional(&mut connection).await;
        goodbye(connection).await;
        own(&row, looked.map(drop))
    }

    async fn set(
        &self,
        pass: WritePass,
        name: &str,
        setting: &str,
        change: Change<'_>,
    ) -> Result<(), CallError> {
        admit(pass.operation(), CREATE_USER)?;
        let asked = Asked { operation: CREATE_USER, writes: true, what: &about(name) };
        self.change(asked, sql::set(name, setting, change.to)?).await
    }

    /// One session after the other: the server has no statement for all of an account.
    async fn end_sessions(&self, pass: WritePass, name: &str) -> Result<(), CallError> {
        admit(pass.operation(), CONNECTION_ADMIN)?;
        let what = about(name);
        let asked = Asked { operation: CONNECTION_ADMIN, writes: true, what: &what };
        let mut connection = self.connect().await?;
        let open = sessions(&mut connection, Asked { writes: false, ..asked }, name).await?;
        for id in open {
            let kill = sqlx::raw_sql(sqlx::AssertSqlSafe(format!("KILL HARD CONNECTION {id}")));
            match timeout(STATEMENT, async { kill.execute(&mut connection).await }).await {
                Ok(Ok(_)) => {}
                Ok(Err(error)) if number(&error) == Some(GONE) => {}
                Ok(Err(error)) => return Err(asked.failed(&error)),
                Err(_) => return Err(asked.unanswered("no answer in time")),
            }
        }
        goodbye(connection).await;
        Ok(())
    }

    async fn set_password(
        &self,
        pass: WritePass,
        name: &str,
        password: &Secret,
    ) -> Result<(), CallError> {
        admit(pass.operation(), CREATE_USER)?;
        let asked = Asked { operation: CREATE_USER, writes: true, what: &about(name) };
        self.change(asked, sql::set_hash(name, hash(password).expose())?).await
    }
}

fn own(row: &MySqlRow, looked: Result<(), sqlx::Error>) -> Result<Own, CallError> {
    let name: String = column(row, "name")?;
    let granted: Option<String> = column(row, "granted")?;
    let granted: Vec<String> = granted.unwrap_or_default().split(',').map(str::to_owned).collect();
    let (user, host) = sql::parts(&name)?;
    let to = format!("TO '{user}'@'{host}'");
    let has = |it: &str| granted.iter().any(|granted| granted == it);
    let check = |operation: Operation, there: bool| Check {
        permission: operation.to_string(),
        outcome: if there {
            Ok(())
        } else {
            Err(format!("run `GRANT {operation} ON *.* {to}` as an administrator").into())
        },
    };
    let mut checks = vec![
        Check {
            permission: SELECT_MYSQL.to_string(),
            outcome: looked.map_err(|_| {
                format!("run `GRANT SELECT ON mysql.* {to}` as an administrator").into()
            }),
        },
        check(PROCESS, has("PROCESS")),
        check(CREATE_USER, has("CREATE USER")),
        check(CONNECTION_ADMIN, has("CONNECTION ADMIN") || has("SUPER")),
    ];
    if truth(row, "read_only")? {
        checks.push(Check {
            permission: "primary".to_owned(),
            outcome: Err("this server is read-only: point `host` at the primary".to_owned().into()),
        });
    }
    Ok(Own { names: vec![name], checks })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_that_of_the_server() {
        // What `SELECT PASSWORD('pw1')` says.
        let hash = hash(&Secret::new("pw1"));
        assert_eq!(hash.expose(), "*2B602296A79E0A8784ACC5C88D92E46588CCA3C3");
    }
}
