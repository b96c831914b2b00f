//! RabbitMQ as it is spoken to: its management API, and AMQP to try a password.

use super::amqp::{self, Answer as Said};
use super::discover;
use super::http::{Ask, Management, segment};
use crate::Secret;
use crate::database::{
    Account, CONNECT, Change, Own, Reach, Server, Sessions, Tls, Tried, Words, admit,
};
use interlock_contain::{CallError, Check, ReadPass, WritePass};
use interlock_model::{DiscoveryGap, DiscoveryPage, Operation, Timestamp};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

/// Looks at users, their tags, limits and permissions.
pub(crate) const READ_USER: Operation = Operation("GET /api/users");
/// Looks at connections.
pub(crate) const READ_CONNECTIONS: Operation = Operation("GET /api/connections");
/// Tries a delivered password, as its workload would; needs no right of ours.
pub(crate) const OPEN: Operation = Operation("AMQP connection.open");
/// Changes how many connections a user may have.
pub(crate) const LIMIT: Operation = Operation("PUT /api/user-limits");
/// Changes what a user may do in virtual hosts.
pub(crate) const PERMISSIONS: Operation = Operation("PUT /api/permissions");
/// Changes a user's password or tags.
pub(crate) const USER: Operation = Operation("PUT /api/users");
/// Ends connections.
pub(crate) const CLOSE: Operation = Operation("DELETE /api/connections");

/// The words of RabbitMQ.
pub(crate) static WORDS: Words = Words {
    provider: "rabbitmq",
    noun: "user",
    read_account: READ_USER,
    read_sessions: READ_CONNECTIONS,
    sign_in: OPEN,
    becoming: "nothing",
};

/// No limit on connections, and no password, as settings say it.
pub(crate) const UNLIMITED: &str = "none";
pub(crate) const CLEARED: &str = "cleared";
const SET: &str = "set";
/// The tag of whoever may change users.
const ADMINISTRATOR: &str = "administrator";
/// How long signing in may take.
const ANSWER: Duration = Duration::from_secs(15);
/// How long to wait before a server is asked again.
const PAUSE: Duration = Duration::from_secs(5);

/// One broker.
#[derive(Debug)]
pub(crate) struct RabbitMq {
    reach: Reach,
    /// The port of AMQP.
    amqp: u16,
    management: Management,
}

/// A user, as the management API lists it.
#[derive(Debug, Deserialize)]
pub(super) struct User {
    pub(super) name: String,
    #[serde(default)]
    pub(super) password_hash: String,
    #[serde(default)]
    hashing_algorithm: Option<String>,
    #[serde(default)]
    pub(super) tags: Tags,
    #[serde(default)]
    pub(super) limits: BTreeMap<String, i64>,
}

/// A permission of anybody, as the list of all has it.
#[derive(Debug, Deserialize)]
pub(super) struct Granted {
    pub(super) user: String,
    pub(super) vhost: String,
    pub(super) configure: String,
    pub(super) write: String,
    pub(super) read: String,
}

/// A list since 3.9, before that a text.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum Tags {
    List(Vec<String>),
    Text(String),
}

impl Default for Tags {
    fn default() -> Self {
        Self::List(Vec::new())
    }
}

impl Tags {
    /// In order, with commas.
    pub(super) fn text(&self) -> String {
        let mut tags: Vec<&str> = match self {
            Self::List(list) => list.iter().map(String::as_str).collect(),
            Self::Text(text) => {
                text.split(',').map(str::trim).filter(|it| !it.is_empty()).collect()
            }
        };
        tags.sort_unstable();
        tags.join(",")
    }
}

impl User {
    fn administers(&self) -> bool {
        self.tags.text().split(',').any(|it| it == ADMINISTRATOR)
    }
}

#[derive(Debug, Deserialize)]
struct Permission {
    vhost: String,
    configure: String,
    write: String,
    read: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct Connection {
    name: String,
    #[serde(default)]
    connected_at: Option<i64>,
    #[serde(default)]
    pub(super) user: String,
    #[serde(default)]
    pub(super) peer_host: Option<String>,
    /// What the client says of itself.
    #[serde(default)]
    client_properties: Value,
}

impl Connection {
    /// What the client calls itself, and what it is made with.
    pub(super) fn client(&self) -> Option<String> {
        let said = |key: &str| self.client_properties.get(key).and_then(Value::as_str);
        match (said("connection_name"), said("product")) {
            (Some(name), Some(product)) => Some(format!("{name} ({product})")),
            (name, product) => name.or(product).map(str::to_owned),
        }
    }
}

/// Per virtual host what may be configured, written and read.
type Permissions = BTreeMap<String, [String; 3]>;

/// Permissions as a setting says them.
fn permissions(text: &str) -> Result<Permissions, CallError> {
    let invalid = |_| CallError::Invalid { why: "these are no permissions".to_owned() };
    serde_json::from_str(text).map_err(invalid)
}

/// Whether somebody, or a call that broke off, is on the way from one set of permissions to the other.
pub(super) fn between(from: &str, to: &str, seen: &str) -> bool {
    let (Ok(from), Ok(to), Ok(seen)) = (permissions(from), permissions(to), permissions(seen))
    else {
        return false;
    };
    let known =
        |vhost: &String| seen.get(vhost) == from.get(vhost) || seen.get(vhost) == to.get(vhost);
    from.keys().chain(to.keys()).chain(seen.keys()).all(known)
}

impl RabbitMq {
    /// Nothing asked yet.
    pub(crate) fn new(reach: Reach, amqp: u16) -> Self {
        Self { management: Management::new(&reach), reach, amqp }
    }

    async fn user(&self, operation: Operation, name: &str) -> Result<User, CallError> {
        let ask = Ask::get(operation, format!("/users/{}", segment(name)), about(name));
        self.management.json(ask).await
    }

    async fn permissions(&self, name: &str) -> Result<Permissions, CallError> {
        let path = format!("/users/{}/permissions", segment(name));
        let list: Vec<Permission> =
            self.management.json(Ask::get(READ_USER, path, about(name))).await?;
        Ok(list.into_iter().map(|it| (it.vhost, [it.configure, it.write, it.read])).collect())
    }

    /// The password is taken over as the hash that is there: this API knows no smaller change.
    async fn put_user(
        &self,
        name: &str,
        change: impl FnOnce(&User) -> Value,
    ) -> Result<(), CallError> {
        let user = self.user(USER, name).await.map_err(before)?;
        let ask = Ask::put(USER, format!("/users/{}", segment(name)), change(&user), about(name));
        self.management.ask(ask).await.map(drop)
    }

    async fn put_permissions(&self, name: &str, from: &str, to: &str) -> Result<(), CallError> {
        let (from, to) = (permissions(from)?, permissions(to)?);
        let path = |vhost: &str| format!("/permissions/{}/{}", segment(vhost), segment(name));
        for vhost in from.keys().filter(|it| !to.contains_key(*it)) {
            let ask = Ask::delete(PERMISSIONS, path(vhost), about(name));
            self.management.ask(ask).await?;
        }
        for (vhost, [configure, write, read]) in &to {
            if from.get(vhost) != to.get(vhost) {
                let body = json!({ "configure": configure, "write": write, "read": read });
                let ask = Ask::put(PERMISSIONS, path(vhost), body, about(name));
                self.management.ask(ask).await?;
            }
        }
        Ok(())
    }

    async fn put_limit(&self, name: &str, to: &str) -> Result<(), CallError> {
        let path = format!("/user-limits/{}/max-connections", segment(name));
        let ask = match (to, to.parse::<i64>()) {
            (UNLIMITED, _) => Ask::delete(LIMIT, path, about(name)),
            (_, Ok(most)) => Ask::put(LIMIT, path, json!({ "value": most }), about(name)),
            (_, Err(_)) => {
                return Err(CallError::Invalid { why: format!("`{to}` is no limit") });
            }
        };
        self.management.ask(ask).await.map(drop)
    }

    async fn amqp(&self, vhost: &str, name: &str, password: &Secret) -> io::Result<Said> {
        let host = self.reach.host.trim_matches(['[', ']']);
        let mut stream = TcpStream::connect((host, self.amqp)).await?;
        match &self.reach.tls {
            Tls::Off => amqp::sign_in(&mut stream, vhost, (name, password)).await,
            Tls::Verified(authorities) => {
                let mut roots = RootCertStore::empty();
                match authorities {
                    Some(path) => {
                        for it in CertificateDer::pem_file_iter(path).map_err(io::Error::other)? {
                            roots.add(it.map_err(io::Error::other)?).map_err(io::Error::other)?;
                        }
                    }
                    None => {
                        let found = rustls_native_certs::load_native_certs().certs;
                        roots.add_parsable_certificates(found);
                    }
                }
                // Fails only when there is one already.
                let _ = rustls::crypto::ring::default_provider().install_default();
                let config =
                    ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
                let named = ServerName::try_from(host.to_owned()).map_err(io::Error::other)?;
                let mut stream =
                    TlsConnector::from(Arc::new(config)).connect(named, stream).await?;
                amqp::sign_in(&mut stream, vhost, (name, password)).await
            }
        }
    }
}

fn about(name: &str) -> String {
    format!("user `{name}`")
}

/// What failed before the write was sent has changed nothing.
fn before(error: CallError) -> CallError {
    match error {
        CallError::OutcomeUnknown { why } => CallError::Retry { after: PAUSE, why },
        other @ (CallError::Retry { .. }
        | CallError::Drifted { .. }
        | CallError::Denied { .. }
        | CallError::NotFound { .. }
        | CallError::Unsupported { .. }
        | CallError::Invalid { .. }) => other,
    }
}

#[async_trait::async_trait]
impl Server for RabbitMq {
    fn words(&self) -> &'static Words {
        &WORDS
    }

    async fn account(&self, pass: ReadPass, name: &str) -> Result<Account, CallError> {
        admit(pass.operation(), READ_USER)?;
        if name.bytes().all(|it| it == b'.') {
            // Not a name in an address, but a way out of it.
            return Err(CallError::NotFound { what: about(name) });
        }
        let user = self.user(READ_USER, name).await?;
        let permissions = self.permissions(name).await?;
        let all: Vec<User> =
            self.management.json(Ask::get(READ_USER, "/users".to_owned(), about(name))).await?;
        // Ourselves left out: people must be able to come in as well.
        let ours = |it: &&User| it.name == user.name || it.name == self.reach.user;
        let others = all.iter().filter(|it| !ours(it) && it.administers());
        let limit = user.limits.get("max-connections");
        let limit = limit.map_or_else(|| UNLIMITED.to_owned(), ToString::to_string);
        let password = if user.password_hash.is_empty() { CLEARED } else { SET };
        let own = user.name == self.reach.user;
        Ok(Account {
            open: limit != "0",
            settings: BTreeMap::from([
                ("max_connections", limit),
                ("password", password.to_owned()),
                ("permissions", serde_json::to_string(&permissions).unwrap_or_default()),
                ("tags", user.tags.text()),
            ]),
            kept: own.then(|| {
                "is what the connector itself acts as: containing it would end every undo"
                    .to_owned()
            }),
            beyond: None,
            last_administrator: user.administers() && others.count() == 0,
            no_password: None,
            others: Vec::new(),
        })
    }

    async fn sessions(&self, pass: ReadPass, name: &str) -> Result<Sessions, CallError> {
        admit(pass.operation(), READ_CONNECTIONS)?;
        let path = format!("/connections/username/{}", segment(name));
        let ask = Ask::get(READ_CONNECTIONS, path, about(name));
        let (now, listed): (i64, Vec<Connection>) = self.management.dated(ask).await?;
        let mut begun = Vec::new();
        for connection in listed {
            let path =
                format!("/connections/{}?columns=name,connected_at", segment(&connection.name));
            let ask = Ask::get(READ_CONNECTIONS, path, about(name));
            begun.push(match self.management.json::<Connection>(ask).await {
                // Statistics follow some seconds later: until then it counts as an old one.
                Ok(it) => it.connected_at.unwrap_or(0),
                Err(CallError::NotFound { .. }) => 0,
                Err(error) => return Err(error),
            });
        }
        Ok(Sessions { now, begun })
    }

    async fn sign_in(
        &self,
        pass: ReadPass,
        name: &str,
        password: &Secret,
    ) -> Result<Tried, CallError> {
        admit(pass.operation(), OPEN)?;
        let vhost = self.permissions(name).await?.into_keys().next();
        let vhost = vhost.unwrap_or_else(|| "/".to_owned());
        let tried = tokio::time::timeout(CONNECT + ANSWER, self.amqp(&vhost, name, password)).await;
        match tried {
            Ok(Ok(Said::Open)) => Ok(Tried::Accepted),
            Ok(Ok(Said::WrongPassword)) => Ok(Tried::WrongPassword),
            Ok(Ok(Said::Refused(why))) => Ok(Tried::Barred(why)),
            Ok(Err(error)) => {
                let why = format!("`{OPEN}` as `{name}`: {error}");
                Err(CallError::Retry { after: PAUSE, why })
            }
            Err(_) => {
                let why = format!("`{OPEN}` as `{name}`: no answer in time");
                Err(CallError::Retry { after: PAUSE, why })
            }
        }
    }

    async fn list(&self, pass: ReadPass, _: Option<&str>) -> Result<DiscoveryPage, CallError> {
        admit(pass.operation(), READ_USER)?;
        let all = |operation, path: &str, what: &str| {
            Ask::get(operation, path.to_owned(), what.to_owned())
        };
        let (now, users): (i64, Vec<User>) =
            self.management.dated(all(READ_USER, "/users", "all users")).await?;
        let granted: Vec<Granted> =
            self.management.json(all(READ_USER, "/permissions", "all permissions")).await?;
        let path = "/connections?columns=name,user,peer_host,client_properties,connected_at";
        let open = all(READ_CONNECTIONS, path, "all connections");
        let (open, gaps) = match self.management.json::<Vec<Connection>>(open).await {
            Ok(open) => (Some(open), Vec::new()),
            Err(error @ (CallError::Denied { .. } | CallError::Unsupported { .. })) => {
                let gap = DiscoveryGap {
                    what: "who is connected, and as what client".to_owned(),
                    why: error.to_string(),
                    remedy: format!("give `{}` the tag `monitoring`", self.reach.user),
                };
                (None, vec![gap])
            }
            Err(error) => return Err(error),
        };
        let now = Timestamp::from_millisecond(now).unwrap_or(Timestamp::UNIX_EPOCH);
        let described = |it| discover::described(it, &granted, open.as_deref(), now);
        let found = users.iter().map(described).collect();
        Ok(DiscoveryPage { found, gaps, next: None })
    }

    async fn own(&self) -> Result<Own, CallError> {
        let user = &self.reach.user;
        let ask = Ask::get(READ_USER, "/whoami".to_owned(), about(user));
        let tags: User = match self.management.json(ask).await {
            Ok(it) => it,
            Err(CallError::Denied { .. }) => User {
                name: user.clone(),
                password_hash: String::new(),
                hashing_algorithm: None,
                tags: Tags::default(),
                limits: BTreeMap::new(),
            },
            Err(error) => return Err(error),
        };
        let outcome = if tags.administers() {
            Ok(())
        } else {
            Err(format!("run `rabbitmqctl set_user_tags {user} {ADMINISTRATOR}`"))
        };
        let operations = [READ_USER, READ_CONNECTIONS, LIMIT, PERMISSIONS, USER, CLOSE];
        let check = |it: Operation| Check::told(it.to_string(), outcome.clone());
        Ok(Own { names: vec![user.clone()], checks: operations.map(check).to_vec() })
    }

    async fn set(
        &self,
        pass: WritePass,
        name: &str,
        setting: &str,
        Change { from, to }: Change<'_>,
    ) -> Result<(), CallError> {
        let (given, needed) = (
            pass.operation(),
            match setting {
                "max_connections" => LIMIT,
                "permissions" => PERMISSIONS,
                _ => USER,
            },
        );
        admit(given, needed)?;
        match (setting, to) {
            ("max_connections", to) => self.put_limit(name, to).await,
            ("permissions", to) => self.put_permissions(name, from, to).await,
            ("tags", to) => {
                let body = |user: &User| {
                    json!({
                        "password_hash": user.password_hash,
                        "hashing_algorithm": user.hashing_algorithm,
                        "tags": to,
                    })
                };
                self.put_user(name, body).await
            }
            ("password", CLEARED) => {
                let body = |user: &User| json!({ "password_hash": "", "tags": user.tags.text() });
                self.put_user(name, body).await
            }
            (setting, to) => {
                Err(CallError::Invalid { why: format!("`{setting}` cannot become `{to}`") })
            }
        }
    }

    async fn end_sessions(&self, pass: WritePass, name: &str) -> Result<(), CallError> {
        admit(pass.operation(), CLOSE)?;
        let path = format!("/connections/username/{}", segment(name));
        self.management.ask(Ask::delete(CLOSE, path, about(name))).await.map(drop)
    }

    async fn set_password(
        &self,
        pass: WritePass,
        name: &str,
        password: &Secret,
    ) -> Result<(), CallError> {
        admit(pass.operation(), USER)?;
        let hash = super::hash::of(password)?;
        let body = |user: &User| {
            json!({
                "password_hash": hash,
                "hashing_algorithm": super::hash::ALGORITHM,
                "tags": user.tags.text(),
            })
        };
        self.put_user(name, body).await
    }
}
