//! The feeds of `interlock.toml`, from what people wrote to what it means.

use super::CredentialReference;
use super::check::Check;
use super::raw_feed::{RawFeed, RawFrom, RawSecret, RawTls};
use super::reach::{is_name, is_variable};
use super::render::NEVER_SHOWN;
use super::tree::Node;
use super::vault::VaultSecret;
use interlock_model::Gravity;
use std::net::SocketAddr;
use std::ops::Range;
use std::path::PathBuf;
use std::time::Duration;

/// One way in that the house opens itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedConfig {
    /// Its name.
    pub id: String,
    /// Whether its records are alerts.
    pub alerts: bool,
    /// What it reads.
    pub kind: FeedKind,
}

/// What a feed reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FeedKind {
    /// Files.
    File(FileFeed),
    /// The audit log of a GitHub organisation.
    GithubAuditLog(PollFeed),
    /// What GitHub sends.
    GithubWebhook(SecretReference),
    /// A stream of NATS JetStream.
    Nats(NatsFeed),
    /// The System Log of an Okta organisation.
    OktaSystemLog(PollFeed),
    /// Objects that a queue announces.
    S3(S3Feed),
    /// Senders of syslog.
    Syslog(SyslogFeed),
}

/// Files that are followed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileFeed {
    /// The absolute path or pattern.
    pub path: String,
    /// Whether files that are there at the first look are begun at their end.
    pub from_end: bool,
}

/// An API that is asked again and again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PollFeed {
    /// The address of the API, without a slash at its end.
    pub endpoint: String,
    /// The organisation, where the address does not say it.
    pub organization: String,
    /// Where its token is.
    pub token: SecretReference,
    /// How often it is asked.
    pub every: Duration,
    /// How far back the first question goes.
    pub lookback: Duration,
    /// How far back later ones go.
    pub overlap: Duration,
}

/// A stream of NATS JetStream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NatsFeed {
    /// The servers, with commas between.
    pub server: String,
    /// The stream.
    pub stream: String,
    /// The durable consumer.
    pub consumer: String,
    /// Only this subject.
    pub subject: Option<String>,
    /// Whose password the secret is; without a user it is a token.
    pub user: Option<String>,
    /// Where the secret is.
    pub secret: Option<SecretReference>,
    /// The authorities of the server's certificate.
    pub ca: Option<PathBuf>,
}

/// Objects that a queue announces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct S3Feed {
    /// The address of the queue.
    pub queue: String,
    /// The region of the queue.
    pub region: String,
    /// Where S3 answers, when not at its own addresses.
    pub endpoint: Option<String>,
    /// How long a message is kept from other readers.
    pub visibility: Duration,
    /// What requests are signed with.
    pub credentials: CredentialReference,
}

/// Senders of syslog.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyslogFeed {
    /// Where it listens.
    pub listen: SocketAddr,
    /// With TLS.
    pub tls: Option<TlsFiles>,
}

/// The files of a door with TLS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsFiles {
    /// The certificate with its chain.
    pub cert: PathBuf,
    /// Its private key.
    pub key: PathBuf,
    /// The authorities of senders.
    pub client_ca: Option<PathBuf>,
}

/// Where a secret is found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecretReference {
    /// An environment variable.
    Environment(String),
    /// A file.
    File(PathBuf),
    /// A value that a vault keeps.
    Vault(VaultSecret),
}

impl FeedKind {
    /// The kind as `interlock.toml` names it.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::File(_) => "file",
            Self::GithubAuditLog(_) => "github_audit_log",
            Self::GithubWebhook(_) => "github_webhook",
            Self::Nats(_) => "nats",
            Self::OktaSystemLog(_) => "okta_system_log",
            Self::S3(_) => "s3",
            Self::Syslog(_) => "syslog",
        }
    }

    /// The secrets that it needs.
    #[must_use]
    pub fn secrets(&self) -> Vec<&SecretReference> {
        match self {
            Self::GithubAuditLog(it) | Self::OktaSystemLog(it) => vec![&it.token],
            Self::GithubWebhook(secret) => vec![secret],
            Self::Nats(it) => it.secret.iter().collect(),
            Self::File(_) | Self::S3(_) | Self::Syslog(_) => Vec::new(),
        }
    }
}

impl FeedConfig {
    /// Where it reads from, for people.
    #[must_use]
    pub fn from(&self) -> String {
        match &self.kind {
            FeedKind::File(it) => it.path.clone(),
            FeedKind::GithubAuditLog(it) => format!("{} of {}", it.endpoint, it.organization),
            FeedKind::GithubWebhook(_) => format!("/v1/webhooks/github/{}", self.id),
            FeedKind::Nats(it) => format!("{} of {}", it.stream, it.server),
            FeedKind::OktaSystemLog(it) => it.endpoint.clone(),
            FeedKind::S3(it) => it.queue.clone(),
            FeedKind::Syslog(it) => {
                let with = if it.tls.is_some() { "tls" } else { "tcp" };
                format!("{with}://{}", it.listen)
            }
        }
    }
}

/// One feed, and where it stands.
#[derive(Debug)]
pub(super) struct Feed {
    pub(super) config: FeedConfig,
    pub(super) span: Option<Range<usize>>,
}

impl Check<'_> {
    pub(super) fn feeds(&mut self, raw: Vec<RawFeed>, tree: &Node) -> Vec<Feed> {
        let mut feeds: Vec<Feed> = Vec::new();
        for (index, raw) in raw.into_iter().enumerate() {
            let node = tree.get("feed").and_then(|it| it.item(index));
            let at = |key: &str| node.and_then(|it| it.get(key)).or(node);
            let (id, alerts, kind) = self.feed(raw, &at);
            if !is_name(&id) {
                let what = format!("`{}` is not a name for a feed", id.escape_debug());
                self.error(at("id"), what, "up to 64 lower-case letters, digits and hyphens");
            }
            if feeds.iter().any(|it| it.config.id == id) {
                let what = format!("the feed id `{}` is taken", id.escape_debug());
                self.error(
                    at("id"),
                    what,
                    "its cursors are kept under it: every feed needs its own",
                );
            }
            let config = FeedConfig { id, alerts, kind };
            feeds.push(Feed { config, span: node.map(|it| it.span.clone()) });
        }
        feeds
    }

    fn feed<'n>(
        &mut self,
        raw: RawFeed,
        at: &impl Fn(&str) -> Option<&'n Node>,
    ) -> (String, bool, FeedKind) {
        match raw {
            RawFeed::File { id, alerts, path, from } => {
                let absolute = self.path(&path).display().to_string();
                if path.is_empty() || glob::Pattern::new(&absolute).is_err() {
                    let what = format!("`{}` is not a path or pattern", path.escape_debug());
                    let help =
                        "such as `/var/log/app/*.json`; `*`, `?`, `[…]` and `**` stand for others";
                    self.error(at("path"), what, help);
                }
                let from_end = matches!(from, Some(RawFrom::End));
                (id, alerts, FeedKind::File(FileFeed { path: absolute, from_end }))
            }
            RawFeed::GithubAuditLog {
                id,
                organization,
                endpoint,
                token,
                every,
                lookback,
                overlap,
            } => {
                let endpoint = endpoint.unwrap_or_else(|| "https://api.github.com".to_owned());
                let letter = |it: u8| it.is_ascii_alphanumeric() || it == b'-' || it == b'_';
                if organization.is_empty() || !organization.bytes().all(letter) {
                    let text = organization.escape_debug();
                    let what = format!("`{text}` is not the name of an organisation");
                    self.error(at("organization"), what, "as in `https://github.com/acme`: `acme`");
                }
                let [every, lookback, overlap] = self.lengths(30, [every, lookback, overlap], at);
                let token = self.secret(token, at("token"));
                let feed = self.poll(endpoint, organization, token, [every, lookback, overlap], at);
                (id, false, FeedKind::GithubAuditLog(feed))
            }
            RawFeed::GithubWebhook { id, secret } => {
                (id, false, FeedKind::GithubWebhook(self.secret(secret, at("secret"))))
            }
            RawFeed::Nats { id, alerts, server, stream, consumer, subject, user, secret, ca } => {
                let consumer = consumer.unwrap_or_else(|| format!("interlock-{id}"));
                for (key, name) in [("stream", &stream), ("consumer", &consumer)] {
                    let bad =
                        |it: char| it.is_whitespace() || it.is_control() || ".*>/\\".contains(it);
                    if name.is_empty() || name.contains(bad) {
                        let what = format!("`{}` is not a name of NATS", name.escape_debug());
                        self.error(at(key), what, "without spaces, dots, `*` and `>`");
                    }
                }
                if user.is_some() && secret.is_none() {
                    let what = "`user` needs `secret`: its password".to_owned();
                    self.error(
                        at("user"),
                        what,
                        "`secret = { from = \"env\", name = \"NATS_PASSWORD\" }`",
                    );
                }
                for address in server.split(',') {
                    self.nats_server(address.trim(), at("server"));
                }
                let feed = NatsFeed {
                    server,
                    stream,
                    consumer,
                    subject,
                    secret: secret.map(|it| self.secret(it, at("secret"))),
                    ca: ca.map(|it| self.path(&it)),
                    user,
                };
                (id, alerts, FeedKind::Nats(feed))
            }
            RawFeed::OktaSystemLog { id, endpoint, token, every, lookback, overlap } => {
                let lengths = self.lengths(10, [every, lookback, overlap], at);
                let token = self.secret(token, at("token"));
                let feed = self.poll(endpoint, String::new(), token, lengths, at);
                (id, false, FeedKind::OktaSystemLog(feed))
            }
            RawFeed::S3 { id, alerts, queue, region, endpoint, visibility, credentials } => {
                self.endpoint(Some(&queue), "queue", at);
                self.endpoint(endpoint.as_deref(), "endpoint", at);
                let said = queue.split_once("://sqs.").and_then(|(_, rest)| rest.split('.').next());
                let region = region
                    .or_else(|| said.map(str::to_owned))
                    .unwrap_or_else(|| "us-east-1".to_owned());
                self.region(&region, at);
                let credentials = self.credentials(credentials, at);
                let visibility = self.visibility(visibility, at("visibility"));
                let feed = S3Feed { queue, region, endpoint, visibility, credentials };
                (id, alerts, FeedKind::S3(feed))
            }
            RawFeed::Syslog { id, alerts, listen, tls } => {
                let listen = self.syslog_address(&listen, tls.is_some(), at("listen"));
                let tls = tls.map(|RawTls { cert, key, client_ca }| TlsFiles {
                    cert: self.path(&cert),
                    key: self.path(&key),
                    client_ca: client_ca.map(|it| self.path(&it)),
                });
                (id, alerts, FeedKind::Syslog(SyslogFeed { listen, tls }))
            }
        }
    }

    fn poll<'n>(
        &mut self,
        endpoint: String,
        organization: String,
        token: SecretReference,
        [every, lookback, overlap]: [Duration; 3],
        at: &impl Fn(&str) -> Option<&'n Node>,
    ) -> PollFeed {
        self.endpoint(Some(&endpoint), "endpoint", at);
        let endpoint = endpoint.trim_end_matches('/').to_owned();
        PollFeed { endpoint, organization, token, every, lookback, overlap }
    }

    fn lengths<'n>(
        &mut self,
        every: u64,
        written: [Option<String>; 3],
        at: &impl Fn(&str) -> Option<&'n Node>,
    ) -> [Duration; 3] {
        let standard = [every, 3_600, 600].map(Duration::from_secs);
        let mut lengths = standard;
        let keys = ["every", "lookback", "overlap"];
        for ((key, text), length) in keys.iter().zip(written).zip(&mut lengths) {
            if let Some(it) = text.and_then(|it| self.duration(&it, at(key))) {
                *length = it;
            }
        }
        let [asked, ..] = &mut lengths;
        if asked.is_zero() {
            self.error(at("every"), "`every` is no time at all".to_owned(), "at least `1s`");
        }
        lengths
    }

    fn visibility(&mut self, text: Option<String>, node: Option<&Node>) -> Duration {
        let standard = Duration::from_secs(300);
        let length = text.and_then(|it| self.duration(&it, node)).unwrap_or(standard);
        // Source: SQS API reference, `VisibilityTimeout`: at most twelve hours.
        if length.is_zero() || length > Duration::from_secs(12 * 3_600) {
            let what = "`visibility` is not how long a queue can hide a message".to_owned();
            self.error(node, what, "from `1s` to `12h`");
        }
        length
    }

    pub(super) fn secret(&mut self, raw: RawSecret, node: Option<&Node>) -> SecretReference {
        match raw {
            RawSecret::File { path } => SecretReference::File(self.path(&path)),
            RawSecret::Vault { mount, path, field } => self.vault_secret(mount, path, field, node),
            RawSecret::Env { name } => {
                if !is_variable(&name) {
                    // The text is not repeated: it may be the secret itself.
                    let what = "`name` must be the name of an environment variable".to_owned();
                    let node = node.map(|it| it.get("name").unwrap_or(it));
                    self.error(node, what, &format!("such as `OKTA_TOKEN`; {NEVER_SHOWN}"));
                    return SecretReference::Environment(String::new());
                }
                SecretReference::Environment(name)
            }
        }
    }

    fn nats_server(&mut self, address: &str, node: Option<&Node>) {
        let parsed = reqwest::Url::parse(address).ok();
        let host = parsed.as_ref().filter(|it| matches!(it.scheme(), "nats" | "tls"));
        let Some(host) = host.and_then(|it| it.host_str()) else {
            let what = format!("`{}` is not the address of a server", address.escape_debug());
            return self.error(node, what, "such as `tls://nats.example.com:4222`");
        };
        if parsed.as_ref().is_some_and(|it| it.password().is_some() || !it.username().is_empty()) {
            let what = "the address of the server holds credentials".to_owned();
            return self.error(node, what, &format!("use `user` and `secret`; {NEVER_SHOWN}"));
        }
        if address.starts_with("nats:") && !super::reach::is_loopback(host) {
            let what = "NATS may be spoken to without TLS".to_owned();
            self.report(Gravity::Warning, node, what, "use `tls://`");
        }
    }

    fn syslog_address(&mut self, text: &str, tls: bool, node: Option<&Node>) -> SocketAddr {
        let Ok(address) = text.parse::<SocketAddr>() else {
            let what = format!("`{}` is not an address with a port", text.escape_debug());
            self.error(node, what, "such as `127.0.0.1:6514`");
            return SocketAddr::from(([127, 0, 0, 1], 0));
        };
        if !address.ip().is_loopback() && !tls {
            let what = format!("`{address}` is reachable from outside, and everybody may send");
            self.report(Gravity::Warning, node, what, "add `tls` with a `client_ca`");
        }
        address
    }
}
