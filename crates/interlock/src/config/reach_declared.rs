//! The connectors whose verbs people declare, from what they wrote to what it means.

use super::SecretReference;
use super::check::Check;
use super::raw_declared::{RawProgramVerb, RawServiceVerb, RawStops, RawVariable};
use super::raw_feed::RawSecret;
use super::reach::is_loopback;
use super::tree::Node;
use interlock_connect::declared::{Aim, Declaration, VerbDeclaration, intern};
use interlock_connect::{command, webhook};
use interlock_contain::ConnectorSpec;
use interlock_model::{ActionKind, CredentialKind, Gravity, Stops};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long a verb may take to act where nothing is said.
const SETTLE: Duration = Duration::from_secs(30);
/// How long one call may take where nothing is said, and at most: a step looks and writes within the
/// minute after which its outcome is unknown.
const TIMEOUT: (Duration, Duration) = (Duration::from_secs(10), Duration::from_secs(25));
/// The most that a program may answer where nothing is said, in bytes.
const OUTPUT: u32 = 64 << 10;
/// What a verb leaves where nothing is said.
const LEAVES: &str = "what its declaration does not say: sessions, tokens and other credentials";

/// Programs of the operator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommandConfig {
    /// What is declared.
    pub spec: &'static ConnectorSpec,
    /// The principals that it never acts on.
    pub acts_as: Vec<String>,
    /// The program of each operation.
    pub programs: Vec<ProgramConfig>,
}

/// The program of one operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProgramConfig {
    /// The operation: `remove_key.write`.
    pub operation: String,
    /// The program.
    pub path: PathBuf,
    /// Its arguments.
    pub arguments: Vec<String>,
    /// Its environment.
    pub environment: Vec<(String, SecretReference)>,
    /// How long it may take.
    pub timeout: Duration,
    /// The most that it may answer, in bytes.
    pub most: usize,
}

/// A service of the operator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookConfig {
    /// What is declared.
    pub spec: &'static ConnectorSpec,
    /// The principals that it never acts on.
    pub acts_as: Vec<String>,
    /// Where questions are posted.
    pub url: String,
    /// What they are signed with.
    pub secret: SecretReference,
    /// How long an answer may take.
    pub timeout: Duration,
}

/// What both sorts of verbs say of themselves.
struct Said {
    name: String,
    does: ActionKind,
    credential: Option<CredentialKind>,
    principals: Vec<String>,
    summary: String,
    undo: bool,
    probe: bool,
    re_arms: Option<bool>,
    stops: RawStops,
    leaves: Option<String>,
    leaves_at_most: Option<String>,
    settle: Option<String>,
}

impl Check<'_> {
    pub(super) fn programs<'n>(
        &mut self,
        provider: String,
        acts_as: Vec<String>,
        verbs: Vec<RawProgramVerb>,
        at: &impl Fn(&str) -> Option<&'n Node>,
    ) -> CommandConfig {
        self.provider(&provider, at);
        let mut declared = Vec::new();
        let mut programs = Vec::new();
        self.some(verbs.is_empty(), at);
        for (index, raw) in verbs.into_iter().enumerate() {
            let node = at("verb").map(|it| it.item(index).unwrap_or(it));
            let at = |key: &str| node.map(|it| it.get(key).unwrap_or(it));
            let timeout = self.timeout(raw.timeout.as_deref(), at("timeout"));
            let environment = self.environment(raw.env, at("env"));
            let most = usize::try_from(raw.output_bytes.unwrap_or(OUTPUT)).unwrap_or(usize::MAX);
            for (call, vector, needed) in [
                ("read", &raw.read, true),
                ("write", &raw.write, true),
                ("verify", &raw.verify, true),
                ("undo", &raw.undo, false),
                ("probe", &raw.probe, false),
            ] {
                let Some((program, arguments)) = vector.split_first() else {
                    if needed {
                        let what = format!("`{call}` names no program");
                        self.error(at(call), what, "a list: the program, then its arguments");
                    }
                    continue;
                };
                programs.push(ProgramConfig {
                    operation: format!("{}.{call}", raw.name),
                    path: self.program(program, at(call)),
                    arguments: arguments.to_vec(),
                    environment: environment.clone(),
                    timeout,
                    most,
                });
            }
            let said = Said {
                name: raw.name,
                does: raw.does,
                credential: raw.credential,
                principals: raw.principals,
                summary: raw.summary,
                undo: !raw.undo.is_empty(),
                probe: !raw.probe.is_empty(),
                re_arms: raw.re_arms,
                stops: raw.stops,
                leaves: raw.leaves,
                leaves_at_most: raw.leaves_at_most,
                settle: raw.settle,
            };
            declared.extend(self.verb(said, &declared, &at));
        }
        let title = format!("programs of your own, for `{provider}`");
        let verbs = declared;
        let kind = command::SPEC.kind;
        let spec = intern(&Declaration { kind, provider, title, verbs });
        CommandConfig { spec, acts_as, programs }
    }

    #[expect(clippy::too_many_arguments, reason = "one for each option of the connector")]
    pub(super) fn service<'n>(
        &mut self,
        provider: String,
        acts_as: Vec<String>,
        url: String,
        secret: RawSecret,
        timeout: Option<&str>,
        verbs: Vec<RawServiceVerb>,
        at: &impl Fn(&str) -> Option<&'n Node>,
    ) -> WebhookConfig {
        self.provider(&provider, at);
        self.service_address(&url, at);
        let secret = self.secret(secret, at("secret"));
        let timeout = self.timeout(timeout, at("timeout"));
        let mut declared = Vec::new();
        self.some(verbs.is_empty(), at);
        for (index, raw) in verbs.into_iter().enumerate() {
            let node = at("verb").map(|it| it.item(index).unwrap_or(it));
            let at = |key: &str| node.map(|it| it.get(key).unwrap_or(it));
            let said = Said {
                name: raw.name,
                does: raw.does,
                credential: raw.credential,
                principals: raw.principals,
                summary: raw.summary,
                undo: raw.undo,
                probe: raw.probe,
                re_arms: raw.re_arms,
                stops: raw.stops,
                leaves: raw.leaves,
                leaves_at_most: raw.leaves_at_most,
                settle: raw.settle,
            };
            declared.extend(self.verb(said, &declared, &at));
        }
        let title = format!("a service of your own, for `{provider}`");
        let kind = webhook::SPEC.kind;
        let spec = intern(&Declaration { kind, provider, title, verbs: declared });
        WebhookConfig { spec, acts_as, url, secret, timeout }
    }

    fn some<'n>(&mut self, none: bool, at: &impl Fn(&str) -> Option<&'n Node>) {
        if none {
            let what = "it declares no verb".to_owned();
            self.error(at("verb"), what, "add `[[connector.verb]]` below it");
        }
    }

    fn provider<'n>(&mut self, provider: &str, at: &impl Fn(&str) -> Option<&'n Node>) {
        let sound = |it: u8| it.is_ascii_lowercase() || it.is_ascii_digit() || b"-_".contains(&it);
        if provider.is_empty() || !provider.bytes().all(sound) {
            let what = format!("`{}` is not the name of a provider", provider.escape_debug());
            let help = "what stands before the colon in the names of its principals: lower-case letters, digits, `-` and `_`";
            self.error(at("provider"), what, help);
        }
    }

    /// What one verb says; `None` when it cannot be used.
    fn verb<'n>(
        &mut self,
        said: Said,
        known: &[VerbDeclaration],
        at: &impl Fn(&str) -> Option<&'n Node>,
    ) -> Option<VerbDeclaration> {
        let sound = |it: u8| it.is_ascii_lowercase() || it == b'_';
        if !said.name.contains('_') || !said.name.bytes().all(sound) {
            let what = format!("`{}` is not a name for a verb", said.name.escape_debug());
            self.error(at("name"), what, "verb and object in lower case, such as `remove_key`");
            return None;
        }
        if known.iter().any(|it| it.name == said.name) {
            let what = format!("the verb `{}` is there twice", said.name);
            self.error(at("name"), what, "give each its own name");
            return None;
        }
        let on_credential =
            matches!(said.does, ActionKind::DisableCredential | ActionKind::DeleteCredential);
        let names = said.principals;
        let aim = match (on_credential, said.credential) {
            (true, Some(kind)) => Aim::Credential(kind),
            (true, None) => {
                let what = format!("`{}` needs `credential`: which kind it is aimed at", said.does);
                self.error(at("does"), what, "such as `credential = \"access-key\"`");
                return None;
            }
            (false, Some(_)) => {
                let what = format!("`{}` is aimed at principals, not at credentials", said.does);
                self.error(at("credential"), what, "leave `credential` out");
                return None;
            }
            (false, None) if names.is_empty() => Aim::Principal(vec!["*".to_owned()]),
            (false, None) => Aim::Principal(names.clone()),
        };
        if on_credential && !names.is_empty() {
            let what = format!("`{}` is aimed at credentials, whosever they are", said.does);
            self.error(at("principals"), what, "leave `principals` out");
        }
        let RawStops { new, refresh, live } = said.stops;
        let stops = Stops { new, refresh, live };
        if stops == Stops::default() {
            let what = format!("`{}` ends no access, so it contains nobody by itself", said.name);
            let help = "say in `stops` what it is known to end";
            self.report(Gravity::Warning, at("stops"), what, help);
        }
        let leaves = said.leaves.unwrap_or_else(|| LEAVES.to_owned());
        if leaves.is_empty() && !live {
            let what = "it leaves something: access that is open now is not in `stops`".to_owned();
            self.error(at("leaves"), what, "say what stays alive, or that it stops `live`");
            return None;
        }
        let length = |it: &mut Self, text: Option<String>, key: &str| {
            text.and_then(|text| it.duration(&text, at(key)))
        };
        let leaves_at_most = length(self, said.leaves_at_most, "leaves_at_most");
        Some(VerbDeclaration {
            name: said.name,
            does: said.does,
            aim,
            summary: said.summary.trim_end_matches('.').to_owned(),
            undo: said.undo.then(|| said.re_arms.unwrap_or(true)),
            probe: said.probe,
            stops,
            settle: length(self, said.settle, "settle").unwrap_or(SETTLE),
            leaves_at_most: leaves_at_most.filter(|_| !leaves.is_empty()),
            leaves,
        })
    }

    /// Where a service of the operator's answers.
    pub(super) fn service_address<'n>(
        &mut self,
        url: &str,
        at: &impl Fn(&str) -> Option<&'n Node>,
    ) {
        let parsed = reqwest::Url::parse(url).ok();
        let far = |it: &reqwest::Url| !it.host_str().is_some_and(is_loopback);
        if parsed.is_some_and(|it| it.scheme() == "http" && far(&it)) {
            let what = "whoever stands between could read and hold back what is asked".to_owned();
            self.error(at("url"), what, "use `https://`");
        } else {
            self.endpoint(Some(url), "url", at);
        }
    }

    pub(super) fn timeout(&mut self, text: Option<&str>, node: Option<&Node>) -> Duration {
        let Some(text) = text else { return TIMEOUT.0 };
        let Some(length) = self.duration(text, node) else { return TIMEOUT.0 };
        if length.is_zero() || length > TIMEOUT.1 {
            let what = format!("`{text}` is no time that a call may take");
            self.error(node, what, "from `1s` to `25s`");
            return TIMEOUT.0;
        }
        length
    }

    /// A program's path, which must be there and be a program.
    fn program(&mut self, path: &str, node: Option<&Node>) -> PathBuf {
        let path = self.path(path);
        let path = std::path::absolute(&path).unwrap_or(path);
        if !is_program(&path) {
            let what = format!("`{}` is no program", path.display());
            self.error(node, what, "a file that may be executed, beside this one or absolute");
        }
        path
    }

    fn environment(
        &mut self,
        raw: Vec<RawVariable>,
        node: Option<&Node>,
    ) -> Vec<(String, SecretReference)> {
        let mut environment: Vec<(String, SecretReference)> = Vec::new();
        for (index, raw) in raw.into_iter().enumerate() {
            let node = node.map(|it| it.item(index).unwrap_or(it));
            let at = |key: &str| node.map(|it| it.get(key).unwrap_or(it));
            let sound = |it: u8| it.is_ascii_alphanumeric() || it == b'_';
            let once = environment.iter().all(|it| it.0 != raw.name);
            if raw.name.is_empty() || !raw.name.bytes().all(sound) || !once {
                let what = format!("`{}` is not a variable of its own", raw.name.escape_debug());
                self.error(at("name"), what, "letters, digits and `_`, each once");
            }
            let value = self.secret(raw.value, at("value"));
            environment.push((raw.name, value));
        }
        environment
    }
}

fn is_program(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::metadata(path).is_ok_and(|it| it.is_file() && it.permissions().mode() & 0o111 != 0)
}
