//! From what people wrote to what it means: names, paths, references, and what does not fit together.

use super::drill::Drill;
use super::feed::Feed;
use super::near::{listed, nearest};
use super::notify::Notify;
use super::person::Known;
use super::raw::{RawConfig, RawDetect, RawGuard, RawLimits, RawRole, RawToken};
use super::reach::Connector;
use super::tree::Node;
use super::vault::VaultOfSecrets;
use super::{
    BODY_BYTES, Config, Delivers, DeliveryConfig, DirectoryConfig, GeoConfig, GuardConfig, Token,
    TokenRole, units,
};
use crate::content::Content;
use crate::serve::CONNECTIONS_EACH;
use interlock_detect::BehaviourConfig;
use interlock_detect::behaviour::WarmUp;
use interlock_engine::LOCAL;
use interlock_model::{ActionKind, Gravity, Limits, Mode, Problem};
use sha2::{Digest as _, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// What `interlock.toml` says, checked for itself.
#[derive(Debug)]
pub(super) struct Checked {
    pub(super) mode: Mode,
    pub(super) store: PathBuf,
    pub(super) audit_key: PathBuf,
    pub(super) listen: SocketAddr,
    pub(super) body_bytes: usize,
    pub(super) connections_each: usize,
    pub(super) tokens: Vec<Token>,
    pub(super) people: Vec<Known>,
    pub(super) connectors: Vec<Connector>,
    pub(super) deliveries: Vec<DeliveryConfig>,
    pub(super) feeds: Vec<Feed>,
    pub(super) notify: Vec<Notify>,
    pub(super) drills: Vec<Drill>,
    pub(super) guard: GuardConfig,
    pub(super) directory: DirectoryConfig,
    pub(super) behaviour: BehaviourConfig,
    pub(super) geo: GeoConfig,
    pub(super) limits: Limits,
    pub(super) vault: Option<Arc<VaultOfSecrets>>,
    pub(super) places: Places,
}

/// Where files are named.
#[derive(Debug)]
pub(super) struct Places {
    pub(super) store: Option<Range<usize>>,
    pub(super) key: Option<Range<usize>>,
    pub(super) city: Option<Range<usize>>,
    pub(super) asn: Option<Range<usize>>,
    pub(super) vault: Option<Range<usize>>,
}

impl Checked {
    pub(super) fn into_config(self, content: Content) -> Config {
        Config {
            mode: self.mode,
            store: self.store,
            audit_key: self.audit_key,
            listen: self.listen,
            body_bytes: self.body_bytes,
            connections_each: self.connections_each,
            tokens: self.tokens,
            people: self.people.into_iter().map(|it| it.person).collect(),
            connectors: self.connectors.into_iter().map(|it| it.config).collect(),
            deliveries: self.deliveries,
            feeds: self.feeds.into_iter().map(|it| it.config).collect(),
            notify: self.notify.into_iter().map(|it| it.config).collect(),
            drills: self.drills.into_iter().map(|it| it.config).collect(),
            guard: self.guard,
            directory: self.directory,
            behaviour: self.behaviour,
            geo: self.geo,
            limits: self.limits,
            content,
        }
    }
}

/// Checks `interlock.toml` for itself.
pub(super) fn process(
    file: &Arc<str>,
    dir: &Path,
    raw: RawConfig,
    tree: &Node,
    problems: &mut Vec<Problem>,
) -> Checked {
    let vault_written = raw.vault.is_some();
    let mut check = Check { file, dir, problems, vault: None, vault_written };
    check.vault = check.vault(raw.vault, tree);
    let listen = check.listen(raw.serve.listen.as_deref(), tree);
    let tokens = check.tokens(raw.token, tree);
    let people = check.people(raw.person, &tokens, tree);
    let connectors = check.connectors(raw.connector, tree);
    let deliveries = check.deliveries(raw.delivery, &connectors, tree);
    let feeds = check.feeds(raw.feed, tree);
    let notify = check.notify(raw.notify, tree);
    let drills = check.drills(raw.drill, &connectors, tree);
    let guard = check.guard(&raw.guard, tree);
    let directory = check.directory(raw.directory, tree);
    let behaviour = check.behaviour(raw.detect, tree);
    let standard = Limits::STANDARD;
    let place = |section: &str, key: &str| {
        tree.get(section).and_then(|it| it.get(key)).map(|it| it.span.clone())
    };
    let RawLimits { record_bytes, depth, unpacked_bytes } = raw.limits;
    Checked {
        mode: raw.mode,
        store: check.path(raw.store.path.as_deref().unwrap_or("interlock.db")),
        audit_key: check.path(raw.audit.key.as_deref().unwrap_or("audit.key")),
        listen,
        body_bytes: raw.serve.body_bytes.map_or(BODY_BYTES, |it| it as usize),
        connections_each: raw
            .serve
            .connections_per_address
            .map_or(CONNECTIONS_EACH, |it| it as usize),
        tokens,
        people,
        connectors,
        deliveries,
        feeds,
        notify,
        drills,
        guard,
        directory,
        behaviour,
        vault: check.vault.clone(),
        geo: GeoConfig {
            city: raw.geo.city.as_deref().map(|it| check.path(it)),
            asn: raw.geo.asn.as_deref().map(|it| check.path(it)),
        },
        limits: Limits {
            record_bytes: record_bytes.map_or(standard.record_bytes, |it| it as usize),
            depth: depth.map_or(standard.depth, usize::from),
            unpacked_bytes: unpacked_bytes.unwrap_or(standard.unpacked_bytes),
        },
        places: Places {
            store: place("store", "path"),
            key: place("audit", "key"),
            city: place("geo", "city"),
            asn: place("geo", "asn"),
            vault: tree.get("vault").map(|it| it.span.clone()),
        },
    }
}

/// A check under way: where it is, and what it has found.
#[derive(Debug)]
pub(super) struct Check<'a> {
    file: &'a Arc<str>,
    dir: &'a Path,
    problems: &'a mut Vec<Problem>,
    /// What keeps secrets beside variables and files.
    pub(super) vault: Option<Arc<VaultOfSecrets>>,
    /// Whether `[vault]` is there, right or wrong.
    pub(super) vault_written: bool,
}

impl Check<'_> {
    pub(super) fn report(
        &mut self,
        gravity: Gravity,
        node: Option<&Node>,
        what: String,
        help: &str,
    ) {
        let file = Arc::clone(self.file);
        let help = (!help.is_empty()).then(|| help.to_owned());
        self.problems.push(Problem {
            file,
            span: node.map(|it| it.span.clone()),
            gravity,
            what,
            help,
        });
    }

    pub(super) fn error(&mut self, node: Option<&Node>, what: String, help: &str) {
        self.report(Gravity::Error, node, what, help);
    }

    /// Whether something inside this value was reported: then what is missing from it is no news.
    fn said_inside(&self, node: Option<&Node>) -> bool {
        let Some(within) = node.map(|it| &it.span) else { return false };
        let spans = self.problems.iter().filter_map(|it| it.span.as_ref());
        spans.into_iter().any(|it| within.contains(&it.start))
    }

    /// A path below the folder, or as it is when it is absolute.
    pub(super) fn path(&self, text: &str) -> PathBuf {
        let dir = std::path::absolute(self.dir).unwrap_or_else(|_| self.dir.to_path_buf());
        dir.join(text)
    }

    fn listen(&mut self, text: Option<&str>, tree: &Node) -> SocketAddr {
        let standard = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 7300);
        let Some(text) = text else { return standard };
        let node = tree.get("serve").and_then(|it| it.get("listen"));
        let Ok(address) = text.parse::<SocketAddr>() else {
            let help = "such as `127.0.0.1:7300` or `[::1]:7300`";
            self.error(
                node,
                format!("`{}` is not an address with a port", text.escape_debug()),
                help,
            );
            return standard;
        };
        if !address.ip().is_loopback() {
            let what =
                format!("`{address}` is reachable from outside, and the API speaks without TLS");
            let help = "listen on 127.0.0.1 and put a proxy with TLS in front";
            self.report(Gravity::Warning, node, what, help);
        }
        address
    }

    fn tokens(&mut self, raw: Vec<RawToken>, tree: &Node) -> Vec<Token> {
        let mut tokens: Vec<Token> = Vec::new();
        for (index, raw) in raw.into_iter().enumerate() {
            let node = tree.get("token").and_then(|it| it.item(index));
            let at = |key: &str| node.and_then(|it| it.get(key)).or(node);
            if raw.name.trim().is_empty() || raw.name.chars().any(char::is_control) {
                self.error(
                    at("name"),
                    "a token needs a name".to_owned(),
                    "people read it in the audit chain",
                );
            }
            if raw.name.starts_with(LOCAL) {
                let what = format!("`{}` is the name of an account here", raw.name.escape_debug());
                self.error(at("name"), what, "commands that are given here are recorded so");
            }
            if tokens.iter().any(|it| it.name == raw.name) {
                let what = format!("the token name `{}` is taken", raw.name.escape_debug());
                self.error(at("name"), what, "give every caller its own name");
            }
            if raw.roles.is_empty() && !self.said_inside(at("roles")) {
                let what = format!(
                    "the token `{}` has no role, so it may do nothing",
                    raw.name.escape_debug()
                );
                self.error(
                    at("roles"),
                    what,
                    "one of `ingest`, `read`, `owner`, `security` and `admin`",
                );
            }
            let mut hash = [0; 32];
            if hex::decode_to_slice(&raw.sha256, &mut hash).is_err() {
                let what = "`sha256` must be 64 hex digits: the SHA-256 of the token".to_owned();
                self.error(at("sha256"), what, "printf %s \"$TOKEN\" | sha256sum");
            } else if hash[..] == *Sha256::digest(b"") {
                let what = "`sha256` is that of an empty text, which is no token".to_owned();
                self.error(at("sha256"), what, "printf %s \"$TOKEN\" | sha256sum");
            } else if tokens.iter().any(|it| it.hash == hash) {
                let what = "another token has the same `sha256`".to_owned();
                self.error(at("sha256"), what, "give every caller its own token");
            }
            let roles: BTreeSet<TokenRole> = raw.roles.into_iter().map(role).collect();
            let delivers = Delivers {
                sources: raw.sources.into_iter().map(String::into_boxed_str).collect(),
                accounts: raw.accounts.into_iter().map(String::into_boxed_str).collect(),
            };
            let may = [TokenRole::Ingest, TokenRole::Admin].iter().any(|it| roles.contains(it));
            if delivers != Delivers::default() && !may {
                let what = format!("the token `{}` delivers nothing", raw.name.escape_debug());
                self.report(
                    Gravity::Warning,
                    node,
                    what,
                    "give it the role `ingest`, or take `sources` and `accounts` away",
                );
            }
            tokens.push(Token { name: raw.name, roles, hash, delivers });
        }
        tokens
    }

    fn guard(&mut self, raw: &RawGuard, tree: &Node) -> GuardConfig {
        let standard = GuardConfig::STANDARD;
        let node = tree.get("guard");
        let count = |it: Option<u32>, standard: usize| it.map_or(standard, |it| it as usize);
        let mut length = |key: &str, text: &Option<String>, standard: Duration| {
            let node = node.and_then(|it| it.get(key));
            text.as_deref().and_then(|it| self.duration(it, node)).unwrap_or(standard)
        };
        GuardConfig {
            watch: length("watch", &raw.watch, standard.watch),
            read_back: length("read_back", &raw.read_back, standard.read_back),
            approval: length("approval", &raw.approval, standard.approval),
            undo_hold: length("undo_hold", &raw.undo_hold, standard.undo_hold),
            drill: length("drill", &raw.drill, standard.drill),
            automatic_per_hour: count(raw.automatic_per_hour, standard.automatic_per_hour),
            per_connector: count(raw.automatic_per_hour_per_connector, standard.per_connector),
            per_rule: count(raw.automatic_per_hour_per_rule, standard.per_rule),
        }
    }

    fn behaviour(&mut self, raw: RawDetect, tree: &Node) -> BehaviourConfig {
        let standard = BehaviourConfig::standard();
        let node = tree.get("detect").and_then(|it| it.get("known_egress"));
        let mut known_egress = Vec::new();
        for (index, text) in raw.known_egress.iter().enumerate() {
            match text.parse().or_else(|_| text.parse::<IpAddr>().map(ipnet::IpNet::from)) {
                Ok(network) => known_egress.push(network),
                Err(_) => {
                    let what = format!("`{}` is not a network", text.escape_debug());
                    let node = node.map(|it| it.item(index).unwrap_or(it));
                    self.error(node, what, "such as `192.0.2.0/24` or `2001:db8::/32`");
                }
            }
        }
        BehaviourConfig {
            known_egress,
            off: raw.off.into_iter().map(String::into_boxed_str).collect(),
            identities: raw.identities.map_or(standard.identities, |it| it as usize),
            warm_up: WarmUp {
                events: raw.warm_up_events.unwrap_or(standard.warm_up.events),
                hours: raw.warm_up_hours.unwrap_or(standard.warm_up.hours),
                span_hours: raw.warm_up_span_hours.unwrap_or(standard.warm_up.span_hours),
            },
            memory_days: raw.memory_days.unwrap_or(standard.memory_days),
            dormant_days: raw.dormant_days.unwrap_or(standard.dormant_days),
        }
    }

    pub(super) fn duration(&mut self, text: &str, node: Option<&Node>) -> Option<Duration> {
        let duration = units::duration(text);
        if duration.is_none() {
            let what = format!("`{}` is not a length of time", text.escape_debug());
            let help = "a whole number and `s`, `m`, `h` or `d`, such as `72h`; at most `365d`";
            self.error(node, what, help);
        }
        duration
    }
}

/// Verbs as prose, each once.
pub(super) fn verbs(kinds: impl Iterator<Item = ActionKind>) -> String {
    let kinds: BTreeSet<&str> = kinds.map(ActionKind::as_str).collect();
    listed(&kinds.into_iter().collect::<Vec<_>>())
}

/// The help for a name that is none of these.
pub(super) fn one_of(typed: &str, names: &BTreeMap<&str, usize>) -> String {
    let names: Vec<&str> = names.keys().copied().collect();
    match nearest(typed, &names) {
        Some(near) => format!("did you mean `{near}`?"),
        None if names.is_empty() => "there is no token yet".to_owned(),
        None => format!("there are {}", listed(&names)),
    }
}

const fn role(raw: RawRole) -> TokenRole {
    match raw {
        RawRole::Ingest => TokenRole::Ingest,
        RawRole::Read => TokenRole::Read,
        RawRole::Owner => TokenRole::Owner,
        RawRole::Security => TokenRole::Security,
        RawRole::Admin => TokenRole::Admin,
    }
}
