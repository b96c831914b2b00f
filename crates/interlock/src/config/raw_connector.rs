//! What `interlock.toml` says about the connectors, as it is written.

use super::raw_acting::RawActing;
use super::raw_declared::{RawProgramVerb, RawServiceVerb};
use super::raw_feed::RawSecret;
use super::raw_parts::{
    RawClient, RawCredentials, RawDelivery, RawDialect, RawGithubApp, RawPlace, verbs,
};
use super::raw_provider::{
    RawEntra, RawGlobalRevocation, RawIdentityCenter, RawKeycloak, RawOauthClient, RawOrganizations,
};
use super::raw_ssh::RawSsh;
use interlock_model::ActionKind;
use schemars::JsonSchema;
use serde::Deserialize;

/// One account or system that the house reaches.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum RawConnector {
    /// One domain of Active Directory: accounts, passwords and groups.
    ActiveDirectory {
        /// The connector's name, unique: lower-case letters, digits and hyphens. No default. Since 0.1.0.
        id: String,
        /// The verbs that it may write, such as `["disable_identity"]`. Default: none, it only reads. Since 0.1.0.
        #[serde(default)]
        #[schemars(schema_with = "verbs")]
        enforce: Vec<ActionKind>,
        /// How long the other domain controllers may take to follow, as `1m` or `3h`; replaces what
        /// each action says of itself. Default: what each action says. Since 0.1.0.
        settle: Option<String>,
        /// The most calls a second that it makes, from 1 to 1000. Default: 50. Since 0.1.0.
        calls_per_second: Option<u32>,
        /// What it writes with, when not with what it looks with. Default: the same. Since 0.1.0.
        enforce_with: Option<RawActing>,
        /// A domain controller that takes writes: `ldaps://dc1.corp.example.com`, or `ldap://…` with
        /// `start_tls`. No default. Since 0.1.0.
        url: String,
        /// Whether a connection by `ldap://` is turned into TLS first. Default: false. Since 0.1.0.
        #[serde(default)]
        start_tls: bool,
        /// The authorities that the server's certificate may come from, in PEM, relative to this
        /// folder. Default: those of the system. Since 0.1.0.
        ca: Option<String>,
        /// The account as which the connector signs in: `interlock@corp.example.com`,
        /// `CORP\interlock`, or its entry. No default. Since 0.1.0.
        user: String,
        /// Where its password is: always a reference, never the password. No default. Since 0.1.0.
        password: RawSecret,
        /// The entry under which everything lies that may be contained: `DC=corp,DC=example,DC=com`.
        /// No default. Since 0.1.0.
        base: String,
        /// More groups whose members have power, the most powerful first: they count before those that
        /// every domain has, and their last member is never cut off. Default: none. Since 0.1.0.
        #[serde(default)]
        privileged_groups: Vec<String>,
    },
    /// One AWS account: keys, policies and roles of IAM.
    AwsIam {
        /// The connector's name, unique: lower-case letters, digits and hyphens. No default. Since 0.1.0.
        id: String,
        /// The account, 12 digits in quotes. The connector refuses to act in another, and acts only
        /// on what is in it. Default: the account that the credentials belong to; then it is asked
        /// about principals of every account. Since 0.1.0.
        account: Option<String>,
        /// Where the account belongs to, for identities of which the directory says nothing else.
        /// Needs `account`. Default: what `content/directory` says. Since 0.1.0.
        environment: Option<RawPlace>,
        /// The verbs that it may write, such as `["disable_credential"]`. Default: none, it only reads. Since 0.1.0.
        #[serde(default)]
        #[schemars(schema_with = "verbs")]
        enforce: Vec<ActionKind>,
        /// How long the provider may take to act on a write, as `30s` or `5m`; replaces what each
        /// action says of itself. Default: what each action says. Since 0.1.0.
        settle: Option<String>,
        /// The most calls a second that it makes, from 1 to 1000. Default: 10. Since 0.1.0.
        calls_per_second: Option<u32>,
        /// What it writes with, when not with what it looks with. Default: the same. Since 0.1.0.
        enforce_with: Option<RawActing>,
        /// The region that STS and Secrets Manager are called in. Default: `us-east-1`. Since 0.1.0.
        region: Option<String>,
        /// Where AWS answers, for private endpoints and test servers: `https://…`. Default: AWS's own
        /// addresses. Since 0.1.0.
        endpoint: Option<String>,
        /// What the connector signs with: always a reference, never the secret. Default: `{ from = "default" }`. Since 0.1.0.
        #[serde(default)]
        credentials: RawCredentials,
        /// Where rotated keys go.
        #[serde(default)]
        delivery: RawDelivery,
    },
    /// One instance of AWS IAM Identity Center: people, their assignments and groups.
    AwsIdentityCenter(RawIdentityCenter),
    /// One organisation of AWS: a deny for one principal of a member account.
    AwsOrganizations(RawOrganizations),
    /// The built-in broker, which issues short-lived tokens to workloads.
    Broker {
        /// The connector's name, unique: lower-case letters, digits and hyphens. No default. Since 0.1.0.
        id: String,
        /// The verbs that it may write, such as `["revoke_sessions"]`. Default: none, it only reads. Since 0.1.0.
        #[serde(default)]
        #[schemars(schema_with = "verbs")]
        enforce: Vec<ActionKind>,
        /// How long a write may take to act, as `5s`. Default: what each action says. Since 0.1.0.
        settle: Option<String>,
        /// The most calls a second that it makes, from 1 to 1000. Default: 1000. Since 0.1.0.
        calls_per_second: Option<u32>,
        /// The file in which it remembers its clients and tokens (as digests), relative to this
        /// folder. Made when it is missing. Default: `broker.json`. Since 0.1.0.
        state: Option<String>,
        /// How long a token lives, from `1s` to `1h`. Default: `15m`. Since 0.1.0.
        token_life: Option<String>,
        /// The workloads that may exchange a key for tokens. Default: none. Since 0.1.0.
        #[serde(default)]
        client: Vec<RawClient>,
    },
    /// Programs of your own, for a system that no other connector knows.
    Command {
        /// The connector's name, unique: lower-case letters, digits and hyphens. No default. Since 0.1.0.
        id: String,
        /// The verbs that it may write, such as `["disable_credential"]`. Default: none, it only reads. Since 0.1.0.
        #[serde(default)]
        #[schemars(schema_with = "verbs")]
        enforce: Vec<ActionKind>,
        /// How long a write may take to act, as `30s`; replaces what each verb says of itself.
        /// Default: what each verb says. Since 0.1.0.
        settle: Option<String>,
        /// The most calls a second that it makes, from 1 to 1000. Default: 10. Since 0.1.0.
        calls_per_second: Option<u32>,
        /// What stands before the colon in the names of its principals and credentials: `bastion` for
        /// `bastion:svc`. No default. Since 0.1.0.
        provider: String,
        /// The names of the principals that it acts as, and never acts on. Default: none. Since 0.1.0.
        #[serde(default)]
        acts_as: Vec<String>,
        /// What it can do.
        #[serde(default)]
        verb: Vec<RawProgramVerb>,
    },
    /// One organisation of GitHub: members, collaborators, deploy keys, tokens and workflows.
    Github {
        /// The connector's name, unique: lower-case letters, digits and hyphens. No default. Since 0.1.0.
        id: String,
        /// The verbs that it may write, such as `["disable_identity"]`. Default: none, it only reads. Since 0.1.0.
        #[serde(default)]
        #[schemars(schema_with = "verbs")]
        enforce: Vec<ActionKind>,
        /// How long GitHub may take to act on a write, as `30s` or `5m`; replaces what each action says
        /// of itself. Default: what each action says. Since 0.1.0.
        settle: Option<String>,
        /// The most calls a second that it makes, from 1 to 1000. Default: 10. Since 0.1.0.
        calls_per_second: Option<u32>,
        /// What it writes with, when not with what it looks with. Default: the same. Since 0.1.0.
        enforce_with: Option<RawActing>,
        /// Where GitHub answers: `https://github.example.com/api/v3` for a server of your own. Default:
        /// `https://api.github.com`. Since 0.1.0.
        endpoint: Option<String>,
        /// The organisation's short name, as in its address. No default. Since 0.1.0.
        organization: String,
        /// The repositories that are looked into for deploy keys and collaborators, by their short
        /// names. Default: all. Since 0.1.0.
        #[serde(default)]
        repositories: Vec<String>,
        /// Where a token of an owner is: always a reference, never the token. Default: none, then there
        /// is an `app`. Since 0.1.0.
        token: Option<RawSecret>,
        /// A GitHub App that is installed in the organisation; only an App can revoke fine-grained
        /// tokens. Default: none, then there is a `token`. Since 0.1.0.
        app: Option<RawGithubApp>,
        /// Other Apps whose installations in the organisation may be suspended: GitHub takes that from an
        /// App's own key alone. Default: none. Since 0.1.0.
        #[serde(default)]
        own_apps: Vec<RawGithubApp>,
    },
    /// One project of Google Cloud, and the people of Workspace beside it.
    GoogleCloud {
        /// The connector's name, unique: lower-case letters, digits and hyphens. No default. Since 0.1.0.
        id: String,
        /// The verbs that it may write, such as `["disable_identity"]`. Default: none, it only reads. Since 0.1.0.
        #[serde(default)]
        #[schemars(schema_with = "verbs")]
        enforce: Vec<ActionKind>,
        /// How long Google may take to act on a write, as `30s` or `5m`; replaces what each action says
        /// of itself. Default: what each action says. Since 0.1.0.
        settle: Option<String>,
        /// The most calls a second that it makes, from 1 to 1000. Default: 10. Since 0.1.0.
        calls_per_second: Option<u32>,
        /// What it writes with, when not with what it looks with. Default: the same. Since 0.1.0.
        enforce_with: Option<RawActing>,
        /// The project's id, such as `acme-prod`; never its number. No default. Since 0.1.0.
        project: String,
        /// Where the key of a service account is, the JSON file that Google gives out: always a
        /// reference, never the key. Default: none, then it is the service account of the machine.
        /// Since 0.1.0.
        key: Option<RawSecret>,
        /// Where an access token is, instead of a key; with `acts_as`. Default: none. Since 0.1.0.
        token: Option<RawSecret>,
        /// Whose the token is, by address; never contained. Default: none; needed with `token`.
        /// Since 0.1.0.
        acts_as: Option<String>,
        /// The administrator of Workspace in whose name people are looked at and suspended, by address;
        /// needs a `key` with domain-wide delegation. Default: none, then people of Workspace are not
        /// acted on. Since 0.1.0.
        workspace_admin: Option<String>,
    },
    /// One realm of Keycloak: users, their sessions, and clients.
    Keycloak(RawKeycloak),
    /// One Kubernetes cluster: tokens of service accounts, and the bindings of roles.
    Kubernetes {
        /// The connector's name, unique: lower-case letters, digits and hyphens. No default. Since 0.1.0.
        id: String,
        /// The verbs that it may write, such as `["quarantine"]`. Default: none, it only reads. Since 0.1.0.
        #[serde(default)]
        #[schemars(schema_with = "verbs")]
        enforce: Vec<ActionKind>,
        /// How long a write may take to act, as `30s`; replaces what each action says of itself.
        /// Default: what each action says. Since 0.1.0.
        settle: Option<String>,
        /// The most calls a second that it makes, from 1 to 1000. Default: 50. Since 0.1.0.
        calls_per_second: Option<u32>,
        /// What it writes with, when not with what it looks with. Default: the same. Since 0.1.0.
        enforce_with: Option<RawActing>,
        /// Where the API server answers: `https://k8s.example.com:6443`. Default: where a pod of the
        /// cluster finds it. Since 0.1.0.
        endpoint: Option<String>,
        /// Where the connector's token is: always a reference, never the token. One in a file is read
        /// anew for each request. Default: where a pod finds its own. Since 0.1.0.
        token: Option<RawSecret>,
        /// The authorities of the server's certificate, in PEM, relative to this folder. Default: in a
        /// pod the cluster's own, else those of the system. Since 0.1.0.
        ca: Option<String>,
        /// More namespaces whose accounts are never touched, beside `kube-system`, `kube-public` and
        /// `kube-node-lease`. Default: none. Since 0.1.0.
        #[serde(default)]
        protected_namespaces: Vec<String>,
    },
    /// One tenant of Microsoft Entra ID: users, service principals and applications.
    Entra(RawEntra),
    /// One MariaDB server: accounts, their sessions and their passwords.
    Mariadb {
        /// The connector's name, unique: lower-case letters, digits and hyphens. No default. Since 0.1.0.
        id: String,
        /// The verbs that it may write, such as `["disable_identity", "revoke_sessions"]`. Default:
        /// none, it only reads. Since 0.1.0.
        #[serde(default)]
        #[schemars(schema_with = "verbs")]
        enforce: Vec<ActionKind>,
        /// How long a write may take to act, as `5s`. Default: what each action says. Since 0.1.0.
        settle: Option<String>,
        /// The most calls a second that it makes, from 1 to 1000. Default: 50. Since 0.1.0.
        calls_per_second: Option<u32>,
        /// What it writes with, when not with what it looks with. Default: the same. Since 0.1.0.
        enforce_with: Option<RawActing>,
        /// The primary's name or address; a proxy in between would hide whose sessions are whose.
        /// No default. Since 0.1.0.
        host: String,
        /// Its port. Default: 3306. Since 0.1.0.
        port: Option<u16>,
        /// The user that it acts as. Default: `interlock`. Since 0.1.0.
        user: Option<String>,
        /// That user's password: always a reference, never the password. Default: none. Since 0.1.0.
        password: Option<RawSecret>,
        /// Whether the wire is protected by TLS, and the server must show its certificate. Default:
        /// true. Since 0.1.0.
        tls: Option<bool>,
        /// The authorities of the server's certificate, in PEM, relative to this folder. Default: those
        /// of the system. Since 0.1.0.
        ca: Option<String>,
        /// The file in which an account finds its password, relative to this folder, `{name}` standing
        /// for the account, as `app@%`. Default: none; then passwords cannot be rotated. Since 0.1.0.
        delivery: Option<String>,
    },
    /// One authorization server of OAuth and OpenID Connect: clients that registered themselves, and
    /// their tokens.
    Oauth {
        /// The connector's name, unique: lower-case letters, digits and hyphens. The server's
        /// clients are `oauth:<id>/<client id>`. No default. Since 0.1.0.
        id: String,
        /// The verbs that it may write, such as `["delete_credential"]`. Default: none, it only reads. Since 0.1.0.
        #[serde(default)]
        #[schemars(schema_with = "verbs")]
        enforce: Vec<ActionKind>,
        /// How long the provider may take to act on a write, as `30s` or `5m`; replaces what each
        /// action says of itself. Default: what each action says. Since 0.1.0.
        settle: Option<String>,
        /// The most calls a second that it makes, from 1 to 1000. Default: 10. Since 0.1.0.
        calls_per_second: Option<u32>,
        /// What it writes with, when not with what it looks with. Default: the same. Since 0.1.0.
        enforce_with: Option<RawActing>,
        /// The client as which the connector asks about tokens; it is never contained. No default. Since 0.1.0.
        client_id: String,
        /// Where that client's secret is: always a reference, never the secret. No default. Since 0.1.0.
        client_secret: RawSecret,
        /// Where tokens are asked about (RFC 7662). No default. Since 0.1.0.
        introspection_endpoint: String,
        /// Where tokens are revoked (RFC 7009). No default. Since 0.1.0.
        revocation_endpoint: String,
        /// The clients that may be contained. Default: none. Since 0.1.0.
        #[serde(default)]
        client: Vec<RawOauthClient>,
        /// Where all tokens of a user are revoked. Default: none; then no user can be contained. Since 0.1.0.
        global_revocation: Option<RawGlobalRevocation>,
    },
    /// One organisation of Okta: users, administrator roles, apps and their credentials.
    Okta {
        /// The connector's name, unique: lower-case letters, digits and hyphens. No default. Since 0.1.0.
        id: String,
        /// The verbs that it may write, such as `["disable_identity"]`. Default: none, it only reads. Since 0.1.0.
        #[serde(default)]
        #[schemars(schema_with = "verbs")]
        enforce: Vec<ActionKind>,
        /// How long the provider may take to act on a write, as `30s` or `5m`; replaces what each
        /// action says of itself. Default: what each action says. Since 0.1.0.
        settle: Option<String>,
        /// The most calls a second that it makes, from 1 to 1000. Default: 10. Since 0.1.0.
        calls_per_second: Option<u32>,
        /// What it writes with, when not with what it looks with. Default: the same. Since 0.1.0.
        enforce_with: Option<RawActing>,
        /// Where the organisation answers: `https://acme.okta.com`. No default. Since 0.1.0.
        url: String,
        /// Where an administrator's API token is: always a reference, never the token. Default: none;
        /// then a service app is used. Since 0.1.0.
        token: Option<RawSecret>,
        /// The service app as which the connector acts: its client id. Default: none; then `token` is
        /// used. Since 0.1.0.
        client_id: Option<String>,
        /// Where the private key of that app is, in PEM, RSA. Default: none. Since 0.1.0.
        key: Option<RawSecret>,
        /// The id by which Okta knows the key (`kid`). Default: none; Okta tries every key of the app. Since 0.1.0.
        key_id: Option<String>,
        /// Whom it never contains, by id, login or label of an app. Default: none. Since 0.1.0.
        #[serde(default)]
        protected: Vec<String>,
    },
    /// One directory of OpenLDAP: accounts, passwords and groups.
    Openldap {
        /// The connector's name, unique: lower-case letters, digits and hyphens. No default. Since 0.1.0.
        id: String,
        /// The verbs that it may write, such as `["disable_identity"]`. Default: none, it only reads. Since 0.1.0.
        #[serde(default)]
        #[schemars(schema_with = "verbs")]
        enforce: Vec<ActionKind>,
        /// How long replicas may take to follow, as `30s` or `5m`; replaces what each action says of
        /// itself. Default: what each action says. Since 0.1.0.
        settle: Option<String>,
        /// The most calls a second that it makes, from 1 to 1000. Default: 50. Since 0.1.0.
        calls_per_second: Option<u32>,
        /// What it writes with, when not with what it looks with. Default: the same. Since 0.1.0.
        enforce_with: Option<RawActing>,
        /// The server that takes writes: `ldaps://ldap.example.com`, or `ldap://…` with `start_tls`.
        /// No default. Since 0.1.0.
        url: String,
        /// Whether a connection by `ldap://` is turned into TLS first. Default: false. Since 0.1.0.
        #[serde(default)]
        start_tls: bool,
        /// The authorities that the server's certificate may come from, in PEM, relative to this
        /// folder. Default: those of the system. Since 0.1.0.
        ca: Option<String>,
        /// The entry as which the connector binds. No default. Since 0.1.0.
        bind_dn: String,
        /// Where its password is: always a reference, never the password. No default. Since 0.1.0.
        password: RawSecret,
        /// The entry under which everything lies that may be contained: `dc=example,dc=com`.
        /// No default. Since 0.1.0.
        base: String,
        /// The password policy that is in force where an entry names none. Default: what `cn=config`
        /// says, which the connector then has to be allowed to read. Since 0.1.0.
        default_policy: Option<String>,
        /// The group whose members the access rules deny everything. Default: none; then nobody can
        /// be put into quarantine. Since 0.1.0.
        quarantine_group: Option<String>,
        /// The groups whose members have power, the most powerful first: an account is taken out of
        /// the first that it is in, and the last member of one is never cut off. Default: none. Since 0.1.0.
        #[serde(default)]
        privileged_groups: Vec<String>,
    },
    /// One PostgreSQL server: roles, their sessions and their passwords.
    Postgresql {
        /// The connector's name, unique: lower-case letters, digits and hyphens. No default. Since 0.1.0.
        id: String,
        /// The verbs that it may write, such as `["disable_identity", "revoke_sessions"]`. Default:
        /// none, it only reads. Since 0.1.0.
        #[serde(default)]
        #[schemars(schema_with = "verbs")]
        enforce: Vec<ActionKind>,
        /// How long a write may take to act, as `5s`. Default: what each action says. Since 0.1.0.
        settle: Option<String>,
        /// The most calls a second that it makes, from 1 to 1000. Default: 50. Since 0.1.0.
        calls_per_second: Option<u32>,
        /// What it writes with, when not with what it looks with. Default: the same. Since 0.1.0.
        enforce_with: Option<RawActing>,
        /// The primary's name or address; a pooler in between would hide whose sessions are whose.
        /// No default. Since 0.1.0.
        host: String,
        /// Its port. Default: 5432. Since 0.1.0.
        port: Option<u16>,
        /// The database that it connects to; roles are those of the whole server. Default:
        /// `postgres`. Since 0.1.0.
        database: Option<String>,
        /// The role that it acts as. Default: `interlock`. Since 0.1.0.
        user: Option<String>,
        /// That role's password: always a reference, never the password. Default: none. Since 0.1.0.
        password: Option<RawSecret>,
        /// Whether the wire is protected by TLS, and the server must show its certificate. Default:
        /// true. Since 0.1.0.
        tls: Option<bool>,
        /// The authorities of the server's certificate, in PEM, relative to this folder. Default: those
        /// of the system. Since 0.1.0.
        ca: Option<String>,
        /// The file in which a role finds its password, relative to this folder, `{name}` standing for
        /// the role's name. Default: none; then passwords cannot be rotated. Since 0.1.0.
        delivery: Option<String>,
    },
    /// One RabbitMQ broker: users, their connections, permissions, tags and passwords.
    Rabbitmq {
        /// The connector's name, unique: lower-case letters, digits and hyphens. No default. Since 0.1.0.
        id: String,
        /// The verbs that it may write, such as `["disable_identity", "revoke_sessions"]`. Default:
        /// none, it only reads. Since 0.1.0.
        #[serde(default)]
        #[schemars(schema_with = "verbs")]
        enforce: Vec<ActionKind>,
        /// How long a write may take to act, as `5s`. Default: what each action says. Since 0.1.0.
        settle: Option<String>,
        /// The most calls a second that it makes, from 1 to 1000. Default: 50. Since 0.1.0.
        calls_per_second: Option<u32>,
        /// What it writes with, when not with what it looks with. Default: the same. Since 0.1.0.
        enforce_with: Option<RawActing>,
        /// The name or address of a node. No default. Since 0.1.0.
        host: String,
        /// The port of its management API. Default: 15671, without TLS 15672. Since 0.1.0.
        port: Option<u16>,
        /// Its port for AMQP, where delivered passwords are tried. Default: 5671, without TLS 5672. Since 0.1.0.
        amqp_port: Option<u16>,
        /// The user that it acts as, with the tag `administrator`. Default: `interlock`. Since 0.1.0.
        user: Option<String>,
        /// That user's password: always a reference, never the password. Default: none. Since 0.1.0.
        password: Option<RawSecret>,
        /// Whether the wire is protected by TLS, and the broker must show its certificate. Default:
        /// true. Since 0.1.0.
        tls: Option<bool>,
        /// The authorities of the broker's certificate, in PEM, relative to this folder. Default: those
        /// of the system. Since 0.1.0.
        ca: Option<String>,
        /// The file in which a user finds its password, relative to this folder, `{name}` standing for
        /// the user's name. Default: none; then passwords cannot be rotated. Since 0.1.0.
        delivery: Option<String>,
    },
    /// One Redis server: ACL users, their connections, commands and passwords.
    Redis {
        /// The connector's name, unique: lower-case letters, digits and hyphens. No default. Since 0.1.0.
        id: String,
        /// The verbs that it may write, such as `["quarantine", "revoke_sessions"]`. Default: none, it
        /// only reads. Since 0.1.0.
        #[serde(default)]
        #[schemars(schema_with = "verbs")]
        enforce: Vec<ActionKind>,
        /// How long a write may take to act, as `5s`. Default: what each action says. Since 0.1.0.
        settle: Option<String>,
        /// The most calls a second that it makes, from 1 to 1000. Default: 50. Since 0.1.0.
        calls_per_second: Option<u32>,
        /// What it writes with, when not with what it looks with. Default: the same. Since 0.1.0.
        enforce_with: Option<RawActing>,
        /// The primary's name or address. No default. Since 0.1.0.
        host: String,
        /// Its port. Default: 6379. Since 0.1.0.
        port: Option<u16>,
        /// The user that it acts as. Default: `interlock`. Since 0.1.0.
        user: Option<String>,
        /// That user's password: always a reference, never the password. Default: none. Since 0.1.0.
        password: Option<RawSecret>,
        /// Whether the wire is protected by TLS, and the server must show its certificate. Default:
        /// true. Since 0.1.0.
        tls: Option<bool>,
        /// The authorities of the server's certificate, in PEM, relative to this folder. Default: those
        /// of the system. Since 0.1.0.
        ca: Option<String>,
        /// The file in which a user finds its password, relative to this folder, `{name}` standing for
        /// the user's name. Default: none; then passwords cannot be rotated. Since 0.1.0.
        delivery: Option<String>,
    },
    /// One application that speaks SCIM 2.0: its users and groups.
    Scim {
        /// The connector's name, unique: lower-case letters, digits and hyphens. The application's
        /// users are `scim:<id>/<userName>`. No default. Since 0.1.0.
        id: String,
        /// The verbs that it may write, such as `["disable_identity"]`. Default: none, it only reads. Since 0.1.0.
        #[serde(default)]
        #[schemars(schema_with = "verbs")]
        enforce: Vec<ActionKind>,
        /// How long the application may take to act on a write, as `30s` or `5m`; replaces what each
        /// action says of itself. Default: what each action says. Since 0.1.0.
        settle: Option<String>,
        /// The most calls a second that it makes, from 1 to 1000. Default: 10. Since 0.1.0.
        calls_per_second: Option<u32>,
        /// What it writes with, when not with what it looks with. Default: the same. Since 0.1.0.
        enforce_with: Option<RawActing>,
        /// Where the service answers: `https://app.example.com/scim/v2`. No default. Since 0.1.0.
        endpoint: String,
        /// Where its bearer token is: always a reference, never the token. No default. Since 0.1.0.
        token: RawSecret,
        /// How the service wants its changes written: `rfc`, `entra` or `okta`, as these identity
        /// providers send them. Default: `rfc`. Since 0.1.0.
        #[serde(default)]
        dialect: RawDialect,
        /// The user that the token belongs to, who is never contained. Default: the token belongs to
        /// no user. Since 0.1.0.
        acts_as: Option<String>,
        /// The groups whose members have power, by name, the most powerful first: a user is taken out
        /// of the first that it is in, and the last active member of one is never cut off.
        /// Default: none. Since 0.1.0.
        #[serde(default)]
        privileged_groups: Vec<String>,
    },
    /// One list of revoked SSH keys and certificates.
    Ssh(RawSsh),
    /// One Vault or OpenBao: tokens, entities, leases, secret ids and static roles.
    Vault {
        /// The connector's name, unique: lower-case letters, digits and hyphens. No default. Since 0.1.0.
        id: String,
        /// The verbs that it may write, such as `["delete_credential"]`. Default: none, it only reads. Since 0.1.0.
        #[serde(default)]
        #[schemars(schema_with = "verbs")]
        enforce: Vec<ActionKind>,
        /// How long a write may take to act, as `30s`; replaces what each action says of itself.
        /// Default: what each action says. Since 0.1.0.
        settle: Option<String>,
        /// The most calls a second that it makes, from 1 to 1000. Default: 50. Since 0.1.0.
        calls_per_second: Option<u32>,
        /// What it writes with, when not with what it looks with. Default: the same. Since 0.1.0.
        enforce_with: Option<RawActing>,
        /// Where it answers: `https://vault.example.com:8200`. No default. Since 0.1.0.
        endpoint: String,
        /// Where the connector's token is: always a reference, never the token. One in a file is read
        /// anew for each request. No default. Since 0.1.0.
        token: RawSecret,
        /// The authorities of the server's certificate, in PEM, relative to this folder. Default: those
        /// of the system. Since 0.1.0.
        ca: Option<String>,
        /// The namespace. Default: the root. Since 0.1.0.
        namespace: Option<String>,
        /// The audit device whose log is read, as `file`, where it writes accessors as digests.
        /// Default: none; then only accessors that are written as they are can be revoked. Since 0.1.0.
        audit_device: Option<String>,
        /// Where `AppRole` is mounted. Default: `["approle"]`. Since 0.1.0.
        approle_mounts: Option<Vec<String>>,
        /// Where databases are mounted. Default: `["database"]`. Since 0.1.0.
        database_mounts: Option<Vec<String>>,
    },
    /// A service of your own behind HTTPS, for a system that no other connector knows.
    Webhook {
        /// The connector's name, unique: lower-case letters, digits and hyphens. No default. Since 0.1.0.
        id: String,
        /// The verbs that it may write, such as `["disable_credential"]`. Default: none, it only reads. Since 0.1.0.
        #[serde(default)]
        #[schemars(schema_with = "verbs")]
        enforce: Vec<ActionKind>,
        /// How long a write may take to act, as `30s`; replaces what each verb says of itself.
        /// Default: what each verb says. Since 0.1.0.
        settle: Option<String>,
        /// The most calls a second that it makes, from 1 to 1000. Default: 10. Since 0.1.0.
        calls_per_second: Option<u32>,
        /// What stands before the colon in the names of its principals and credentials: `bastion` for
        /// `bastion:svc`. No default. Since 0.1.0.
        provider: String,
        /// The names of the principals that it acts as, and never acts on. Default: none. Since 0.1.0.
        #[serde(default)]
        acts_as: Vec<String>,
        /// Where questions are posted: `https://…`. No default. Since 0.1.0.
        url: String,
        /// What questions are signed with, as Standard Webhooks say: always a reference, never the
        /// secret. No default. Since 0.1.0.
        secret: RawSecret,
        /// How long an answer may take, at most `25s`. Default: `10s`. Since 0.1.0.
        timeout: Option<String>,
        /// What it can do.
        #[serde(default)]
        verb: Vec<RawServiceVerb>,
    },
}
