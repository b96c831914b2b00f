//! Services that others run, and what the connectors for them prove themselves by.

use super::check::Check;
use super::feed::SecretReference;
use super::raw_feed::RawSecret;
use super::raw_parts::RawGithubApp;
use super::tree::Node;

/// Where GitHub answers when nothing is said.
const GITHUB: &str = "https://api.github.com";

/// One organisation of GitHub.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GithubConfig {
    /// Where GitHub answers.
    pub endpoint: String,
    /// The organisation's short name.
    pub organization: String,
    /// The repositories that are looked into; empty: all.
    pub repositories: Vec<String>,
    /// What the connector proves itself by.
    pub credential: GithubCredential,
    /// Other Apps whose installations may be suspended.
    pub own_apps: Vec<GithubApp>,
}

/// A GitHub App by which nothing is done but that its installation is suspended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GithubApp {
    /// Its client id.
    pub id: String,
    /// The number of its installation.
    pub installation: u64,
    /// Its private key.
    pub private_key: SecretReference,
}

impl GithubConfig {
    /// Where what is secret of it is.
    #[must_use]
    pub fn secrets(&self) -> Vec<&SecretReference> {
        let own = self.own_apps.iter().map(|it| &it.private_key);
        std::iter::once(self.credential.secret()).chain(own).collect()
    }
}

/// What the connector for GitHub proves itself by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GithubCredential {
    /// A personal access token.
    Token(SecretReference),
    /// A GitHub App.
    App {
        /// Its client id.
        id: String,
        /// The number of its installation.
        installation: u64,
        /// Its private key.
        private_key: SecretReference,
    },
}

impl GithubCredential {
    /// Where what is secret of it is.
    #[must_use]
    pub const fn secret(&self) -> &SecretReference {
        match self {
            Self::Token(secret) | Self::App { private_key: secret, .. } => secret,
        }
    }
}

/// What an organisation and its repositories are called.
#[derive(Debug)]
pub(super) struct Names {
    pub(super) organization: String,
    pub(super) repositories: Vec<String>,
}

/// Whether GitHub gives such a name to an organisation or a repository: it becomes a part of addresses.
fn is_name(text: &str) -> bool {
    let letter = |it: u8| it.is_ascii_alphanumeric() || b"-_.".contains(&it);
    !text.is_empty() && text.bytes().all(letter) && text != "." && text != ".."
}

/// One project of Google Cloud.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GoogleCloudConfig {
    /// The project's id.
    pub project: String,
    /// What the connector proves itself by.
    pub credential: GoogleCredential,
    /// The administrator of Workspace in whose name it asks.
    pub workspace_admin: Option<String>,
}

/// What the connector for Google Cloud proves itself by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GoogleCredential {
    /// The service account of the machine.
    Machine,
    /// A key of a service account.
    Key(SecretReference),
    /// An access token.
    Token {
        /// The token.
        token: SecretReference,
        /// Whose it is.
        acts_as: String,
    },
}

impl GoogleCredential {
    /// Where what is secret of it is, where something is.
    #[must_use]
    pub const fn secret(&self) -> Option<&SecretReference> {
        match self {
            Self::Machine => None,
            Self::Key(secret) | Self::Token { token: secret, .. } => Some(secret),
        }
    }
}

/// What is said about who the connector for Google Cloud is.
#[derive(Debug)]
pub(super) struct GoogleProof {
    pub(super) key: Option<RawSecret>,
    pub(super) token: Option<RawSecret>,
    pub(super) acts_as: Option<String>,
    pub(super) workspace_admin: Option<String>,
}

/// Whether Google gives such an id to a project.
fn is_project(text: &str) -> bool {
    let letter = |it: u8| it.is_ascii_lowercase() || it.is_ascii_digit() || b"-.:".contains(&it);
    text.bytes().next().is_some_and(|it| it.is_ascii_lowercase()) && text.bytes().all(letter)
}

impl Check<'_> {
    pub(super) fn google<'n>(
        &mut self,
        project: String,
        proof: GoogleProof,
        at: &impl Fn(&str) -> Option<&'n Node>,
    ) -> GoogleCloudConfig {
        if !is_project(&project) {
            let what = format!("`{}` is not the id of a project", project.escape_debug());
            self.error(
                at("project"),
                what,
                "such as `acme-prod`; the number of a project is not taken",
            );
        }
        let admin = proof.workspace_admin;
        if let Some(admin) = admin.as_ref().filter(|it| !it.contains('@')) {
            let what = format!("`{}` is no address", admin.escape_debug());
            self.error(at("workspace_admin"), what, "such as `admin@example.com`");
        }
        if admin.is_some() && proof.key.is_none() {
            let what = "`workspace_admin` needs a `key`".to_owned();
            let help = "only a service account's key can ask Workspace in the name of another";
            self.error(at("workspace_admin"), what, help);
        }
        let credential = match (proof.key, proof.token) {
            (Some(key), token) => {
                if token.is_some() {
                    let what = "there are both `key` and `token`".to_owned();
                    self.error(
                        at("token"),
                        what,
                        "say one of them, or none on a machine of Google's",
                    );
                }
                GoogleCredential::Key(self.secret(key, at("key")))
            }
            (None, Some(token)) => {
                let token = self.secret(token, at("token"));
                let Some(acts_as) = proof.acts_as else {
                    let what = "`token` needs `acts_as`".to_owned();
                    let help = "the address of whom it belongs to, who is never contained";
                    self.error(at("token"), what, help);
                    return GoogleCloudConfig {
                        project,
                        credential: GoogleCredential::Machine,
                        workspace_admin: admin,
                    };
                };
                GoogleCredential::Token { token, acts_as }
            }
            (None, None) => GoogleCredential::Machine,
        };
        GoogleCloudConfig { project, credential, workspace_admin: admin }
    }

    pub(super) fn github<'n>(
        &mut self,
        endpoint: Option<String>,
        names: Names,
        (token, app): (Option<RawSecret>, Option<RawGithubApp>),
        own_apps: Vec<RawGithubApp>,
        at: &impl Fn(&str) -> Option<&'n Node>,
    ) -> GithubConfig {
        let endpoint = endpoint.unwrap_or_else(|| GITHUB.to_owned());
        self.application(&endpoint, at);
        if !is_name(&names.organization) {
            let what = format!(
                "`{}` is not the short name of an organisation",
                names.organization.escape_debug()
            );
            self.error(at("organization"), what, "such as `acme` in `https://github.com/acme`");
        }
        for it in names.repositories.iter().filter(|it| !is_name(it)) {
            let what = format!("`{}` is not the short name of a repository", it.escape_debug());
            self.error(at("repositories"), what, "such as `pay` in `https://github.com/acme/pay`");
        }
        let one = "say either `token`, or `app` with `id`, `installation` and `private_key`";
        let credential = match (token, app) {
            (Some(token), app) => {
                if app.is_some() {
                    let what = "there are both `token` and `app`".to_owned();
                    self.error(at("app"), what, one);
                }
                GithubCredential::Token(self.secret(token, at("token")))
            }
            (None, Some(app)) => {
                let node = at("app");
                let key = node.and_then(|it| it.get("private_key"));
                GithubCredential::App {
                    id: app.id,
                    installation: app.installation,
                    private_key: self.secret(app.private_key, key),
                }
            }
            (None, None) => {
                self.error(at("token"), "there is neither `token` nor `app`".to_owned(), one);
                GithubCredential::Token(SecretReference::Environment(String::new()))
            }
        };
        let own_apps = self.own_apps(own_apps, &credential, at("own_apps"));
        GithubConfig {
            endpoint,
            organization: names.organization,
            repositories: names.repositories,
            credential,
            own_apps,
        }
    }

    /// Each App once, and none that the connector acts as.
    fn own_apps(
        &mut self,
        raw: Vec<RawGithubApp>,
        credential: &GithubCredential,
        node: Option<&Node>,
    ) -> Vec<GithubApp> {
        let mut apps: Vec<GithubApp> = Vec::new();
        for (place, it) in raw.into_iter().enumerate() {
            let node = node.and_then(|node| node.item(place));
            let acts_as = match credential {
                GithubCredential::App { id, .. } => *id == it.id,
                GithubCredential::Token(_) => false,
            };
            if acts_as {
                let what = format!("the connector acts as App `{}` itself", it.id.escape_debug());
                self.error(node, what, "it would shut itself out: name other Apps");
            }
            if apps.iter().any(|other| other.installation == it.installation) {
                let what = format!("installation `{}` is named twice", it.installation);
                self.error(node, what, "each App once");
            }
            let key = node.and_then(|it| it.get("private_key"));
            let private_key = self.secret(it.private_key, key);
            apps.push(GithubApp { id: it.id, installation: it.installation, private_key });
        }
        apps
    }
}
