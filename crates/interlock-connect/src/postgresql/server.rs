//! PostgreSQL as it is spoken to: one connection for each call, so that nothing stale is believed.

use super::error::{Asked, not_in};
use super::{scram, sql};
use crate::Secret;
use crate::database::{
    Account, CONNECT as PATIENCE, Change, Own, Reach, Server, Sessions, Tls, Tried, Words, admit,
};
use interlock_contain::{CallError, Check, ReadPass, WritePass};
use interlock_model::{DiscoveryPage, Operation};
use sqlx::postgres::{PgConnectOptions, PgConnection, PgDatabaseError, PgRow, PgSslMode};
use sqlx::{ConnectOptions as _, Connection as _, Row as _};
use std::collections::BTreeMap;
use std::future::Future;
use std::time::Duration;
use tokio::time::timeout;

/// Looks at roles and memberships; everybody may.
pub(crate) const SELECT_PG_ROLES: Operation = Operation("SELECT pg_roles");
/// Looks at the sessions of others.
pub(crate) const PG_READ_ALL_STATS: Operation = Operation("pg_read_all_stats");
/// Tries a delivered password, as its workload would; needs no right of ours.
pub(crate) const CONNECT: Operation = Operation("CONNECT");
/// Changes roles and grants them.
pub(crate) const CREATEROLE: Operation = Operation("CREATEROLE");
/// Ends the sessions of others.
pub(crate) const PG_SIGNAL_BACKEND: Operation = Operation("pg_signal_backend");

/// The words of PostgreSQL.
pub(crate) static WORDS: Words = Words {
    provider: "postgresql",
    noun: "role",
    read_account: SELECT_PG_ROLES,
    read_sessions: PG_READ_ALL_STATS,
    sign_in: CONNECT,
    becoming: "SET ROLE",
};

/// How long a statement may take on our side; a little more than the server gives it.
const STATEMENT: Duration = Duration::from_secs(15);
/// The first version in which CREATEROLE reaches only roles that were granted with ADMIN OPTION.
const ADMIN_NEEDED: i32 = 160_000;

/// One server.
#[derive(Debug)]
pub(crate) struct PostgreSql {
    reach: Reach,
}

impl PostgreSql {
    /// Nothing asked yet.
    pub(crate) const fn new(reach: Reach) -> Self {
        Self { reach }
    }

    fn options(&self, user: &str, password: Option<&Secret>) -> PgConnectOptions {
        let reach = &self.reach;
        let options = PgConnectOptions::new_without_pgpass()
            .host(&reach.host)
            .port(reach.port)
            .database(&reach.database)
            .username(user)
            .application_name("interlock")
            .statement_cache_capacity(0)
            .options([
                ("statement_timeout", "10s"),
                ("lock_timeout", "5s"),
                ("search_path", "pg_catalog"),
            ]);
        let options = match &reach.tls {
            Tls::Off => options.ssl_mode(PgSslMode::Disable),
            Tls::Verified(None) => options.ssl_mode(PgSslMode::VerifyFull),
            Tls::Verified(Some(file)) => {
                options.ssl_mode(PgSslMode::VerifyFull).ssl_root_cert(file)
            }
        };
        let options = match password {
            Some(password) => options.password(password.expose()),
            None => options,
        };
        // Statements hold verifiers: they are nobody's to log.
        options.disable_statement_logging()
    }

    async fn connect(&self) -> Result<PgConnection, CallError> {
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

    async fn row(&self, asked: Asked<'_>, text: &'static str, name: &str) -> Found {
        let mut connection = self.connect().await?;
        let query = sqlx::query(text).bind(name.to_owned()).persistent(false);
        let row = within(asked, query.fetch_optional(&mut connection)).await?;
        goodbye(connection).await;
        Ok(row)
    }

    /// Rows of a page: those that come after this name, at most so many.
    pub(super) async fn rows(
        &self,
        text: &'static str,
        after: &str,
        most: i64,
    ) -> Result<Vec<PgRow>, CallError> {
        let asked = Asked { operation: SELECT_PG_ROLES, writes: false, what: "roles" };
        let mut connection = self.connect().await?;
        let query = sqlx::query(text).bind(after.to_owned()).bind(most).persistent(false);
        let rows = within(asked, query.fetch_all(&mut connection)).await?;
        goodbye(connection).await;
        Ok(rows)
    }

    /// Sends statements as one batch, which is one transaction.
    async fn change(&self, asked: Asked<'_>, text: String) -> Result<(), CallError> {
        let mut connection = self.connect().await?;
        let batch = sqlx::raw_sql(sqlx::AssertSqlSafe(text));
        within(asked, async { batch.execute(&mut connection).await }).await?;
        goodbye(connection).await;
        Ok(())
    }
}

type Found = Result<Option<PgRow>, CallError>;

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
async fn goodbye(connection: PgConnection) {
    let _ = timeout(PATIENCE, connection.close()).await;
}

pub(super) fn column<'r, T>(row: &'r PgRow, name: &str) -> Result<T, CallError>
where
    T: sqlx::Decode<'r, sqlx::Postgres> + sqlx::Type<sqlx::Postgres>,
{
    row.try_get(name).map_err(|it| CallError::Invalid {
        why: format!("the column `{name}` is unreadable: {it}"),
    })
}

/// The role, quoted for people.
fn about(name: &str) -> String {
    format!("role `{name}`")
}

fn account(row: &PgRow) -> Result<Account, CallError> {
    let name: String = column(row, "name")?;
    let superuser: bool = column(row, "super")?;
    let login: bool = column(row, "login")?;
    let member_of: String = column(row, "member_of")?;
    let others: String = column(row, "others")?;
    let other_superusers: i64 = column(row, "other_superusers")?;
    let unreadable = |it: serde_json::Error| CallError::Invalid { why: it.to_string() };
    // Written again by us, so that the same memberships are always the same text.
    let member_of: Vec<(String, bool)> = serde_json::from_str(&member_of).map_err(unreadable)?;
    let kept = if column(row, "own")? {
        Some("is what the connector itself acts as: containing it would end every undo")
    } else if name.starts_with("pg_") {
        Some("belongs to PostgreSQL itself")
    } else {
        None
    };
    Ok(Account {
        settings: BTreeMap::from([
            ("login", if login { "yes" } else { "no" }.to_owned()),
            ("valid_until", column(row, "valid_until")?),
            ("member_of", serde_json::to_string(&member_of).map_err(unreadable)?),
        ]),
        kept: kept.map(str::to_owned),
        beyond: (superuser && !column::<bool>(row, "we_super")?).then_some("SUPERUSER"),
        last_administrator: superuser && other_superusers == 0,
        no_password: None,
        open: login,
        others: serde_json::from_str(&others).map_err(unreadable)?,
    })
}

#[async_trait::async_trait]
impl Server for PostgreSql {
    fn words(&self) -> &'static Words {
        &WORDS
    }

    async fn account(&self, pass: ReadPass, name: &str) -> Result<Account, CallError> {
        admit(pass.operation(), SELECT_PG_ROLES)?;
        let what = about(name);
        let asked = Asked { operation: SELECT_PG_ROLES, writes: false, what: &what };
        match self.row(asked, sql::ROLE, name).await? {
            Some(row) => account(&row),
            None => Err(CallError::NotFound { what }),
        }
    }

    async fn sessions(&self, pass: ReadPass, name: &str) -> Result<Sessions, CallError> {
        admit(pass.operation(), PG_READ_ALL_STATS)?;
        let what = about(name);
        let asked = Asked { operation: PG_READ_ALL_STATS, writes: false, what: &what };
        let row = self.row(asked, sql::SESSIONS, name).await?;
        let row = row.ok_or_else(|| asked.unanswered("no row"))?;
        Ok(Sessions { now: column(&row, "now")?, begun: column(&row, "begun")? })
    }

    async fn sign_in(
        &self,
        pass: ReadPass,
        name: &str,
        password: &Secret,
    ) -> Result<Tried, CallError> {
        admit(pass.operation(), CONNECT)?;
        let asked = Asked { operation: CONNECT, writes: false, what: name };
        let options = self.options(name, Some(password));
        let error = match timeout(PATIENCE, options.connect()).await {
            Ok(Ok(connection)) => {
                goodbye(connection).await;
                return Ok(Tried::Accepted);
            }
            Ok(Err(error)) => error,
            Err(_) => return Err(asked.unanswered("no answer in time")),
        };
        let sqlx::Error::Database(said) = &error else { return Err(asked.failed(&error)) };
        let code = said.code().unwrap_or_default().into_owned();
        let why = format!("{code}: {}", said.message());
        let routine = said.try_downcast_ref::<PgDatabaseError>().and_then(PgDatabaseError::routine);
        match (code.as_str(), routine) {
            ("28P01", _) => Ok(Tried::WrongPassword),
            // Said only after the password was found good.
            ("28000", Some("InitializeSessionUserId")) | ("53300" | "42501" | "3D000", _) => {
                Ok(Tried::Barred(why))
            }
            _ => Err(CallError::Unsupported {
                why: format!("`{name}` cannot be tried from here: {why}"),
            }),
        }
    }

    async fn list(&self, pass: ReadPass, from: Option<&str>) -> Result<DiscoveryPage, CallError> {
        admit(pass.operation(), SELECT_PG_ROLES)?;
        self.page(from).await
    }

    async fn own(&self) -> Result<Own, CallError> {
        let asked = Asked { operation: SELECT_PG_ROLES, writes: false, what: "our own role" };
        let mut connection = self.connect().await?;
        let query = sqlx::query(sql::OWN).persistent(false);
        let row = within(asked, query.fetch_one(&mut connection)).await?;
        goodbye(connection).await;
        own(&row)
    }

    async fn set(
        &self,
        pass: WritePass,
        name: &str,
        setting: &str,
        change: Change<'_>,
    ) -> Result<(), CallError> {
        admit(pass.operation(), CREATEROLE)?;
        let asked = Asked { operation: CREATEROLE, writes: true, what: &about(name) };
        self.change(asked, sql::set(name, setting, change.from, change.to)?).await
    }

    async fn end_sessions(&self, pass: WritePass, name: &str) -> Result<(), CallError> {
        admit(pass.operation(), PG_SIGNAL_BACKEND)?;
        let asked = Asked { operation: PG_SIGNAL_BACKEND, writes: true, what: &about(name) };
        self.row(asked, sql::END_SESSIONS, name).await.map(drop)
    }

    async fn set_password(
        &self,
        pass: WritePass,
        name: &str,
        password: &Secret,
    ) -> Result<(), CallError> {
        admit(pass.operation(), CREATEROLE)?;
        let mut salt = [0; 16];
        getrandom::fill(&mut salt)
            .map_err(|it| CallError::Retry { after: PATIENCE, why: it.to_string() })?;
        let asked = Asked { operation: CREATEROLE, writes: true, what: &about(name) };
        let verifier = scram::verifier(password, &salt);
        self.change(asked, sql::set_verifier(name, verifier.expose())?).await
    }
}

fn own(row: &PgRow) -> Result<Own, CallError> {
    let (name, acting): (String, String) = (column(row, "name")?, column(row, "acting")?);
    let superuser: bool = column(row, "super")?;
    let version: i32 = column(row, "version")?;
    let standby: bool = column(row, "standby")?;
    let check = |operation: Operation, there: bool, remedy: String| Check {
        permission: operation.to_string(),
        outcome: if there { Ok(()) } else { Err(format!("run `{remedy}` as a superuser").into()) },
    };
    let granted = |operation: Operation, there: bool| {
        check(operation, superuser || there, format!(r#"GRANT {operation} TO "{acting}""#))
    };
    let mut checks = vec![
        Check { permission: SELECT_PG_ROLES.to_string(), outcome: Ok(()) },
        granted(PG_READ_ALL_STATS, column(row, "stats")?),
        check(
            CREATEROLE,
            superuser || column(row, "createrole")?,
            format!(r#"ALTER ROLE "{acting}" CREATEROLE"#),
        ),
        granted(PG_SIGNAL_BACKEND, column(row, "signal")?),
    ];
    if version >= ADMIN_NEEDED && !superuser {
        let there = column(row, "administers")?;
        let remedy =
            format!("GRANT <role> TO \"{acting}\" WITH ADMIN TRUE, INHERIT FALSE, SET FALSE");
        let outcome = if there {
            Ok(())
        } else {
            Err(format!("run `{remedy}` for each role that it shall contain"))
        };
        checks.push(Check::told("ADMIN OPTION".to_owned(), outcome));
    }
    if standby {
        checks.push(Check {
            permission: "primary".to_owned(),
            outcome: Err("this is a standby and read-only: point `host` at the primary"
                .to_owned()
                .into()),
        });
    }
    let mut names = vec![name];
    if !names.contains(&acting) {
        names.push(acting);
    }
    Ok(Own { names, checks })
}
