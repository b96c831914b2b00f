//! `[[feed]]` as people write it: ways in that the house opens itself.

use super::raw_parts::RawCredentials;
use schemars::JsonSchema;
use serde::Deserialize;

/// One way in that the house opens itself.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum RawFeed {
    /// Files that are followed across rotation: JSON Lines, packed ones in any form that `replay` reads.
    File {
        /// The feed's name, unique: lower-case letters, digits and hyphens. Its cursors are kept under
        /// this name. No default. Since 0.1.0.
        id: String,
        /// Whether the records are alerts of another monitor. Default: false. Since 0.1.0.
        #[serde(default)]
        alerts: bool,
        /// A path, relative to this folder, or a pattern with `*`, `?`, `[…]` and `**`. Rotated files
        /// beside it are found by what is in them. No default. Since 0.1.0.
        path: String,
        /// Where files are begun that are there at the very first look: `start` or `end`. Later ones
        /// are always read from their start. Default: `start`. Since 0.1.0.
        from: Option<RawFrom>,
    },
    /// The audit log of a GitHub organisation, polled.
    GithubAuditLog {
        /// The feed's name, unique: lower-case letters, digits and hyphens. No default. Since 0.1.0.
        id: String,
        /// The organisation's name. No default. Since 0.1.0.
        organization: String,
        /// The address of the API. Default: `https://api.github.com`. Since 0.1.0.
        endpoint: Option<String>,
        /// The token, with `read:audit_log`: always a reference, never the token. No default. Since 0.1.0.
        token: RawSecret,
        /// How often it is asked, as `30s`. Default: `30s`. Since 0.1.0.
        every: Option<String>,
        /// How far back the first question goes. Default: `1h`. Since 0.1.0.
        lookback: Option<String>,
        /// How far back every question goes, for events that come late. Default: `10m`. Since 0.1.0.
        overlap: Option<String>,
    },
    /// The webhook of a GitHub organisation or repository: `POST /v1/webhooks/github/{id}`.
    GithubWebhook {
        /// The feed's name, unique, and the end of the address: lower-case letters, digits and
        /// hyphens. No default. Since 0.1.0.
        id: String,
        /// The secret that GitHub signs with: always a reference, never the secret. No default. Since 0.1.0.
        secret: RawSecret,
    },
    /// A stream of NATS JetStream, by a durable pull consumer.
    Nats {
        /// The feed's name, unique: lower-case letters, digits and hyphens. No default. Since 0.1.0.
        id: String,
        /// Whether the records are alerts of another monitor. Default: false. Since 0.1.0.
        #[serde(default)]
        alerts: bool,
        /// The server: `nats://…` or `tls://…`, several with commas. No default. Since 0.1.0.
        server: String,
        /// The stream. It must exist. No default. Since 0.1.0.
        stream: String,
        /// The durable consumer; made when it is missing. Default: `interlock-` and the feed's name. Since 0.1.0.
        consumer: Option<String>,
        /// Only messages of this subject; wildcards as NATS has them. Default: every subject of the stream. Since 0.1.0.
        subject: Option<String>,
        /// The user whose password `secret` is. Default: none; then `secret` is a token. Since 0.1.0.
        user: Option<String>,
        /// A token, or the password of `user`: always a reference, never the secret. Default: none. Since 0.1.0.
        secret: Option<RawSecret>,
        /// The authorities of the server's certificate, in PEM, relative to this folder. Default: those
        /// of the system. Since 0.1.0.
        ca: Option<String>,
    },
    /// The System Log of an Okta organisation, polled.
    OktaSystemLog {
        /// The feed's name, unique: lower-case letters, digits and hyphens. No default. Since 0.1.0.
        id: String,
        /// The address of the organisation: `https://acme.okta.com`. No default. Since 0.1.0.
        endpoint: String,
        /// An API token of a read-only administrator: always a reference, never the token. No default. Since 0.1.0.
        token: RawSecret,
        /// How often it is asked, as `10s`. Default: `10s`. Since 0.1.0.
        every: Option<String>,
        /// How far back the first question goes. Default: `1h`. Since 0.1.0.
        lookback: Option<String>,
        /// How far back a question goes when its place was lost, for events that come late. Default: `10m`. Since 0.1.0.
        overlap: Option<String>,
    },
    /// Objects in S3, announced by a queue in SQS.
    S3 {
        /// The feed's name, unique: lower-case letters, digits and hyphens. No default. Since 0.1.0.
        id: String,
        /// Whether the records are alerts of another monitor. Default: false. Since 0.1.0.
        #[serde(default)]
        alerts: bool,
        /// The address of the queue. No default. Since 0.1.0.
        queue: String,
        /// The region of the queue, and of buckets where the notification names none. Default: what the
        /// address of the queue says, else `us-east-1`. Since 0.1.0.
        region: Option<String>,
        /// Where S3 answers, for private endpoints and test servers: `https://…`. Default: AWS's own
        /// addresses. Since 0.1.0.
        endpoint: Option<String>,
        /// How long a message is kept from other readers while its objects are stored; after a crash
        /// it comes again no earlier. At most `12h`. Default: `5m`. Since 0.1.0.
        visibility: Option<String>,
        /// What the requests are signed with: always a reference, never the secret. Default: `{ from = "default" }`. Since 0.1.0.
        #[serde(default)]
        credentials: RawCredentials,
    },
    /// A door for syslog over TCP, with or without TLS. The message itself must be a record.
    Syslog {
        /// The feed's name, unique: lower-case letters, digits and hyphens. No default. Since 0.1.0.
        id: String,
        /// Whether the records are alerts of another monitor. Default: false. Since 0.1.0.
        #[serde(default)]
        alerts: bool,
        /// Address and port. The port 0 takes a free one. No default. Since 0.1.0.
        listen: String,
        /// Speak TLS; beyond the own machine it is needed. Default: none. Since 0.1.0.
        tls: Option<RawTls>,
    },
}

/// Where a file is begun.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RawFrom {
    /// At its start.
    Start,
    /// At its end: only what is written from now on.
    End,
}

/// Where a secret is found. The secret itself never stands in this file.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(tag = "from", rename_all = "snake_case", deny_unknown_fields)]
pub enum RawSecret {
    /// An environment variable.
    Env {
        /// The variable's name. No default. Since 0.1.0.
        name: String,
    },
    /// A file that holds nothing else; only its owner may read it.
    File {
        /// The file, relative to this folder. No default. Since 0.1.0.
        path: String,
    },
    /// A value in the Vault or OpenBao of `[vault]`, in its second form of key and value.
    Vault {
        /// Where the engine is mounted. Default: `secret`. Since 0.1.0.
        mount: Option<String>,
        /// The path below it: `interlock/okta`. No default. Since 0.1.0.
        path: String,
        /// The key within. No default. Since 0.1.0.
        field: String,
    },
}

/// What a door shows, and whom it lets in.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawTls {
    /// The certificate with its chain, in PEM, relative to this folder. No default. Since 0.1.0.
    pub cert: String,
    /// Its private key, in PEM; only its owner may read it. No default. Since 0.1.0.
    pub key: String,
    /// The authorities whose certificates senders must show, in PEM. Default: none, everybody may
    /// send. Since 0.1.0.
    pub client_ca: Option<String>,
}
