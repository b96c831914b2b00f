//! Redis as it is spoken to: one connection for each call, so that nothing stale is believed.

use super::error::{Asked, not_in, wrong_password};
use super::rules::{self, Selector};
use crate::Secret;
use crate::database::{
    Account, CONNECT as PATIENCE, Change, Own, Reach, Server, Sessions, Tls, Tried, Words, admit,
};
use interlock_contain::{CallError, Check, Lack, ReadPass, WritePass};
use interlock_model::{DiscoveryPage, Operation};
use redis::aio::MultiplexedConnection;
use redis::{
    AsyncConnectionConfig, Client, Cmd, ConnectionAddr, IntoConnectionInfo as _,
    RedisConnectionInfo, RedisError, TlsCertificates, Value, cmd,
};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::time::Duration;

/// Looks at users.
pub(crate) const ACL_GETUSER: Operation = Operation("ACL GETUSER");
/// Looks at connections.
pub(crate) const CLIENT_LIST: Operation = Operation("CLIENT LIST");
/// Tries a delivered password, as its workload would; needs no right of ours.
pub(crate) const AUTH: Operation = Operation("AUTH");
/// Changes users.
pub(crate) const ACL_SETUSER: Operation = Operation("ACL SETUSER");
/// Ends connections.
pub(crate) const CLIENT_KILL: Operation = Operation("CLIENT KILL");

/// The words of Redis.
pub(crate) static WORDS: Words = Words {
    provider: "redis",
    noun: "user",
    read_account: ACL_GETUSER,
    read_sessions: CLIENT_LIST,
    sign_in: AUTH,
    becoming: "nothing",
};

/// How long a command may take.
const ANSWER: Duration = Duration::from_secs(15);

/// One server.
#[derive(Debug)]
pub(crate) struct Redis {
    reach: Reach,
}

impl Redis {
    /// Nothing asked yet.
    pub(crate) const fn new(reach: Reach) -> Self {
        Self { reach }
    }

    fn client(&self, user: &str, password: Option<&Secret>) -> Result<Client, CallError> {
        let unsupported = |why: String| CallError::Unsupported { why };
        let (host, port) = (self.reach.host.clone(), self.reach.port);
        let (address, root_cert) = match &self.reach.tls {
            Tls::Off => (ConnectionAddr::Tcp(host, port), None),
            Tls::Verified(ca) => {
                let read = |it: &std::path::PathBuf| {
                    std::fs::read(it)
                        .map_err(|why| unsupported(format!("`{}`: {why}", it.display())))
                };
                let ca = ca.as_ref().map(read).transpose()?;
                (ConnectionAddr::TcpTls { host, port, insecure: false, tls_params: None }, ca)
            }
        };
        let mut who = RedisConnectionInfo::default().set_username(user).set_skip_set_lib_name();
        if let Some(password) = password {
            who = who.set_password(password.expose());
        }
        let failed = |it: RedisError| unsupported(it.to_string());
        let info = address.into_connection_info().map_err(failed)?.set_redis_settings(who);
        match root_cert {
            None => Client::open(info).map_err(failed),
            Some(pem) => {
                let certificates = TlsCertificates { client_tls: None, root_cert: Some(pem) };
                Client::build_with_tls(info, certificates).map_err(failed)
            }
        }
    }

    async fn connect(&self) -> Result<MultiplexedConnection, CallError> {
        let client = self.client(&self.reach.user, self.reach.password.as_ref())?;
        let connected = client.get_multiplexed_async_connection_with_config(&patience()).await;
        connected.map_err(|it| not_in(&it, &self.reach.host))
    }

    async fn ask(&self, asked: Asked<'_>, command: &Cmd) -> Result<Value, CallError> {
        let mut connection = self.connect().await?;
        command.query_async(&mut connection).await.map_err(|it| asked.failed(&it))
    }

    /// Changes a user and saves the change in one transaction. A server without an ACL file cannot
    /// save; then the change is in force until it starts again, which the connector's check says.
    async fn change(&self, name: &str, words: &[String]) -> Result<(), CallError> {
        let what = about(name);
        let asked = Asked { operation: ACL_SETUSER, writes: true, what: &what };
        let mut connection = self.connect().await?;
        let mut batch = redis::pipe();
        batch.atomic().ignore_errors();
        batch.cmd("ACL").arg("SETUSER").arg(name).arg(words);
        batch.cmd("ACL").arg("SAVE");
        let answers: Vec<Value> =
            batch.query_async(&mut connection).await.map_err(|it| asked.failed(&it))?;
        match answers.into_iter().next() {
            Some(answer) => answer.extract_error().map(drop).map_err(|it| asked.failed(&it)),
            None => Err(asked.unanswered("no answer to the change")),
        }
    }

    async fn user(&self, name: &str) -> Result<User, CallError> {
        let what = about(name);
        let asked = Asked { operation: ACL_GETUSER, writes: false, what: &what };
        let answer = self.ask(asked, cmd("ACL").arg("GETUSER").arg(name)).await?;
        if answer == Value::Nil {
            return Err(CallError::NotFound { what });
        }
        user(answer)
    }
}

/// What the server keeps of a user.
struct User {
    enabled: bool,
    hashes: Vec<String>,
    commands: String,
    selectors: Vec<Selector>,
}

fn patience() -> AsyncConnectionConfig {
    AsyncConnectionConfig::new()
        .set_connection_timeout(Some(PATIENCE))
        .set_response_timeout(Some(ANSWER))
}

fn about(name: &str) -> String {
    format!("user `{name}`")
}

fn unreadable(error: &dyn std::fmt::Display) -> CallError {
    CallError::Invalid { why: format!("an unreadable answer: {error}") }
}

fn text(value: Option<Value>) -> Result<String, CallError> {
    redis::from_redis_value(value.unwrap_or(Value::Nil)).map_err(|it| unreadable(&it))
}

/// Names and values, in either form of the protocol.
fn map(value: Value) -> Result<BTreeMap<String, Value>, CallError> {
    redis::from_redis_value(value).map_err(|it| unreadable(&it))
}

fn user(answer: Value) -> Result<User, CallError> {
    let mut fields = map(answer)?;
    let mut list = |name: &str| -> Result<Vec<String>, CallError> {
        let value = fields.remove(name).unwrap_or(Value::Nil);
        redis::from_redis_value(value).map_err(|it| unreadable(&it))
    };
    let (flags, hashes) = (list("flags")?, list("passwords")?);
    let selectors: Vec<Value> = match fields.remove("selectors") {
        Some(value) => redis::from_redis_value(value).map_err(|it| unreadable(&it))?,
        None => Vec::new(),
    };
    let selector = |value: Value| -> Result<Selector, CallError> {
        let mut fields = map(value)?;
        Ok(Selector {
            commands: text(fields.remove("commands"))?,
            keys: text(fields.remove("keys"))?,
            channels: text(fields.remove("channels"))?,
        })
    };
    Ok(User {
        enabled: flags.iter().any(|it| it == "on"),
        hashes,
        commands: text(fields.remove("commands"))?,
        selectors: selectors.into_iter().map(selector).collect::<Result<_, _>>()?,
    })
}

/// The users of `ACL LIST` that are on and may do everything.
fn administrators(lines: &[String]) -> Vec<&str> {
    let administrator = |line: &&String| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let at = words.iter().position(|it| it.starts_with(['+', '-']));
        let commands = at.and_then(|at| words.get(at..)).unwrap_or_default().join(" ");
        words.contains(&"on") && rules::administers(&commands)
    };
    lines.iter().filter(administrator).filter_map(|it| it.split_whitespace().nth(1)).collect()
}

#[async_trait::async_trait]
impl Server for Redis {
    fn words(&self) -> &'static Words {
        &WORDS
    }

    async fn account(&self, pass: ReadPass, name: &str) -> Result<Account, CallError> {
        admit(pass.operation(), ACL_GETUSER)?;
        let user = self.user(name).await?;
        let asked = Asked { operation: ACL_GETUSER, writes: false, what: "all users" };
        let lines = self.ask(asked, cmd("ACL").arg("LIST")).await?;
        let lines: Vec<String> = redis::from_redis_value(lines).map_err(|it| unreadable(&it))?;
        let all = administrators(&lines);
        let own = name == self.reach.user;
        Ok(Account {
            settings: BTreeMap::from([
                ("enabled", if user.enabled { "yes" } else { "no" }.to_owned()),
                ("rules", rules::of(&user.commands, &user.selectors)?),
            ]),
            kept: own.then(|| {
                "is what the connector itself acts as: containing it would end every undo"
                    .to_owned()
            }),
            beyond: None,
            last_administrator: all.contains(&name) && all.len() == 1,
            no_password: None,
            open: user.enabled,
            others: Vec::new(),
        })
    }

    async fn sessions(&self, pass: ReadPass, name: &str) -> Result<Sessions, CallError> {
        admit(pass.operation(), CLIENT_LIST)?;
        let asked = Asked { operation: CLIENT_LIST, writes: false, what: &about(name) };
        let mut connection = self.connect().await?;
        let failed = |it: RedisError| asked.failed(&it);
        let now: i64 =
            cmd("CLIENT").arg("ID").query_async(&mut connection).await.map_err(failed)?;
        let list: String =
            cmd("CLIENT").arg("LIST").query_async(&mut connection).await.map_err(failed)?;
        let begun = list.lines().filter_map(|line| {
            let field = |name: &str| line.split(' ').find_map(|it| it.strip_prefix(name));
            let id: i64 = field("id=")?.parse().ok()?;
            (field("user=") == Some(name) && id != now).then_some(id)
        });
        Ok(Sessions { now, begun: begun.collect() })
    }

    async fn sign_in(
        &self,
        pass: ReadPass,
        name: &str,
        password: &Secret,
    ) -> Result<Tried, CallError> {
        admit(pass.operation(), AUTH)?;
        let asked = Asked { operation: AUTH, writes: false, what: name };
        let client = self.client(name, Some(password))?;
        match client.get_multiplexed_async_connection_with_config(&patience()).await {
            Ok(_) => Ok(Tried::Accepted),
            Err(error) if wrong_password(&error) => {
                // The server says the same of both, so we look which it is.
                let good = self.user(name).await?.hashes.contains(&hash(password));
                Ok(if good { Tried::Barred(error.to_string()) } else { Tried::WrongPassword })
            }
            // It is in, and may not even say hello.
            Err(error) if error.code() == Some("NOPERM") => Ok(Tried::Barred(error.to_string())),
            Err(error) => Err(asked.failed(&error)),
        }
    }

    async fn list(&self, pass: ReadPass, _from: Option<&str>) -> Result<DiscoveryPage, CallError> {
        admit(pass.operation(), ACL_GETUSER)?;
        let asked = Asked { operation: ACL_GETUSER, writes: false, what: "all users" };
        let lines = self.ask(asked, cmd("ACL").arg("LIST")).await?;
        let lines: Vec<String> = redis::from_redis_value(lines).map_err(|it| unreadable(&it))?;
        let found = lines.iter().filter_map(|it| super::discover::described(it)).collect();
        Ok(DiscoveryPage { found, ..DiscoveryPage::default() })
    }

    async fn own(&self) -> Result<Own, CallError> {
        let user = &self.reach.user;
        let mut checks = Vec::new();
        let mut connection = self.connect().await?;
        let dry: &[(Operation, &[&str], &str)] = &[
            (ACL_GETUSER, &["ACL", "GETUSER", "x"], "+acl|getuser +acl|list"),
            (CLIENT_LIST, &["CLIENT", "LIST"], "+client|list +client|id"),
            (ACL_SETUSER, &["ACL", "SETUSER", "x"], "+acl|setuser +acl|save +multi +exec"),
            (CLIENT_KILL, &["CLIENT", "KILL", "USER", "x"], "+client|kill"),
        ];
        for (operation, words, rules) in dry {
            let mut command = cmd("ACL");
            command.arg("DRYRUN").arg(user).arg(*words);
            let answer: Result<String, RedisError> = command.query_async(&mut connection).await;
            let outcome = match answer {
                Ok(answer) if answer == "OK" => Ok(()),
                Ok(_) => Err(Lack::Missing(format!("run `ACL SETUSER {user} {rules}`"))),
                Err(_) => {
                    Err(Lack::NotKnown(format!("run `ACL SETUSER {user} +acl|dryrun {rules}`")))
                }
            };
            checks.push(Check::told(operation.to_string(), outcome));
        }
        let mut command = cmd("CONFIG");
        command.arg("GET").arg("aclfile");
        let file: Result<BTreeMap<String, String>, RedisError> =
            command.query_async(&mut connection).await;
        let outcome = match file {
            Ok(file) if file.values().any(|it| !it.is_empty()) => Ok(()),
            Ok(_) => Err(Lack::Missing(
                "the server forgets its users when it starts again: give it an `aclfile`"
                    .to_owned(),
            )),
            Err(_) => Err(Lack::NotKnown(format!("run `ACL SETUSER {user} +config|get`"))),
        };
        checks.push(Check::told("aclfile".to_owned(), outcome));
        Ok(Own { names: vec![user.clone()], checks })
    }

    async fn set(
        &self,
        pass: WritePass,
        name: &str,
        setting: &str,
        change: Change<'_>,
    ) -> Result<(), CallError> {
        admit(pass.operation(), ACL_SETUSER)?;
        let words = match (setting, change.to) {
            ("enabled", "yes") => vec!["on".to_owned()],
            ("enabled", "no") => vec!["off".to_owned()],
            ("rules", to) => rules::words(to)?,
            (setting, to) => {
                let why = format!("`{setting}` cannot become `{to}`");
                return Err(CallError::Invalid { why });
            }
        };
        self.change(name, &words).await
    }

    async fn end_sessions(&self, pass: WritePass, name: &str) -> Result<(), CallError> {
        admit(pass.operation(), CLIENT_KILL)?;
        let asked = Asked { operation: CLIENT_KILL, writes: true, what: &about(name) };
        self.ask(asked, cmd("CLIENT").arg("KILL").arg("USER").arg(name)).await.map(drop)
    }

    async fn set_password(
        &self,
        pass: WritePass,
        name: &str,
        password: &Secret,
    ) -> Result<(), CallError> {
        admit(pass.operation(), ACL_SETUSER)?;
        self.change(name, &["resetpass".to_owned(), format!("#{}", hash(password))]).await
    }
}

/// What the server keeps of a password.
fn hash(password: &Secret) -> String {
    hex::encode(Sha256::digest(password.expose().as_bytes()))
}
