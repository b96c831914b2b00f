//! `[[notify]]`: whither notices go.

use super::SecretReference;
use super::check::Check;
use super::raw::RawNotify;
use super::render::NEVER_SHOWN;
use super::tree::Node;
use std::collections::BTreeSet;
use std::ops::Range;

/// One receiver of notices.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotifyConfig {
    /// Its name.
    pub id: String,
    /// Where to post.
    pub address: NotifyAddress,
    /// What notices are signed with.
    pub secret: Option<SecretReference>,
    /// Only notices to these; empty: all.
    pub to: BTreeSet<String>,
}

/// Where notices are posted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotifyAddress {
    /// Here.
    Plain(String),
    /// The address is a secret itself.
    Hidden(SecretReference),
}

/// A receiver, and where the configuration speaks of it.
#[derive(Debug)]
pub(super) struct Notify {
    pub(super) config: NotifyConfig,
    pub(super) span: Option<Range<usize>>,
}

impl NotifyConfig {
    /// The secrets that it needs.
    #[must_use]
    pub fn secrets(&self) -> Vec<&SecretReference> {
        let address = match &self.address {
            NotifyAddress::Hidden(it) => Some(it),
            NotifyAddress::Plain(_) => None,
        };
        address.into_iter().chain(&self.secret).collect()
    }
}

/// Why an address is none that notices may go to; `None`: it is one.
#[must_use]
pub fn unfit(url: &str) -> Option<&'static str> {
    let Ok(parsed) = reqwest::Url::parse(url) else { return Some("is no address") };
    let Some(host) = parsed.host_str() else { return Some("names no host") };
    if parsed.password().is_some() || !parsed.username().is_empty() {
        return Some("holds credentials");
    }
    match parsed.scheme() {
        "https" => None,
        "http" if super::reach::is_loopback(host) => None,
        "http" => Some("is without TLS, beyond the own machine"),
        _ => Some("is neither `https` nor `http`"),
    }
}

impl Check<'_> {
    pub(super) fn notify(&mut self, raw: Vec<RawNotify>, tree: &Node) -> Vec<Notify> {
        let mut all: Vec<Notify> = Vec::new();
        for (index, raw) in raw.into_iter().enumerate() {
            let node = tree.get("notify").and_then(|it| it.item(index));
            let at = |key: &str| node.map(|it| it.get(key).unwrap_or(it));
            let fits = |it: char| it.is_ascii_lowercase() || it.is_ascii_digit() || it == '-';
            if raw.id.is_empty() || !raw.id.chars().all(fits) {
                let what = format!("`{}` is no name of a receiver", raw.id.escape_debug());
                self.error(at("id"), what, "lower-case letters, digits and hyphens");
            } else if all.iter().any(|it| it.config.id == raw.id) {
                let what = format!("there are two receivers `{}`", raw.id);
                self.error(at("id"), what, "give each its own name");
            }
            let address = match (raw.url, raw.url_from) {
                (Some(url), None) => {
                    if let Some(why) = unfit(&url) {
                        // The address is not repeated: it may be a secret.
                        let help = "such as `https://alerts.example.com/interlock`";
                        self.error(at("url"), format!("the address in `url` {why}"), help);
                    }
                    NotifyAddress::Plain(url)
                }
                (None, Some(from)) => NotifyAddress::Hidden(self.secret(from, at("url_from"))),
                (None, None) | (Some(_), Some(_)) => {
                    let what = "a receiver has either `url` or `url_from`".to_owned();
                    self.error(
                        node,
                        what,
                        &format!("`url_from` where it is a secret; {NEVER_SHOWN}"),
                    );
                    NotifyAddress::Plain(String::new())
                }
            };
            let secret = raw.secret.map(|it| self.secret(it, at("secret")));
            let to = raw.to.into_iter().collect();
            all.push(Notify {
                config: NotifyConfig { id: raw.id, address, secret, to },
                span: node.map(|it| it.span.clone()),
            });
        }
        all
    }
}
