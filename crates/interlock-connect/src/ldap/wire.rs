//! One connection to a directory: opened when it is needed, bound once, asked many times.
//!
//! Answers are read without trust in their form: what is no entry is left out, never a panic.

use super::{Asked, Code, LdapConfig};
use interlock_contain::CallError;
use ldap3::adapters::{Adapter, EntriesOnly, PagedResults};
use ldap3::asn1::StructureTag;
use ldap3::controls::RawControl;
use ldap3::{Ldap, LdapConnAsync, LdapConnSettings, LdapResult, Mod, Scope, SearchOptions};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;

/// How long a connection may take to come about.
const CONNECT: Duration = Duration::from_secs(5);
/// How long one answer may take.
const ANSWER: Duration = Duration::from_secs(15);
/// At most this many entries of one search.
const ENTRIES: i32 = 1000;
/// At most this many entries of a look at everything.
const ALL_ENTRIES: usize = 200_000;
/// Entries in one page of such a look.
const PAGE: i32 = 500;
/// How many are a few.
const FEW: i32 = 2;
/// Asks a server to try a change and not to make it; OpenLDAP's own control.
const NO_OP: &str = "1.3.6.1.4.1.4203.666.5.2";
/// Asks a server to say why a bind is refused: the password policy control.
const PASSWORD_POLICY: &str = "1.3.6.1.4.1.42.2.27.8.5.1";
/// `accountLocked` in the answer to it.
const ACCOUNT_LOCKED: u8 = 1;

/// The connection.
#[derive(Debug)]
pub(crate) struct Wire {
    config: LdapConfig,
    open: Mutex<Option<Ldap>>,
}

/// One entry, as far as it was asked for: attributes by name in lower case.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Entry {
    /// Its name, as the server spells it.
    pub dn: String,
    /// Its attributes; values that are no text are left out.
    pub attributes: BTreeMap<String, Vec<Vec<u8>>>,
}

/// What to look for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Look<'a> {
    /// Where.
    pub base: &'a str,
    /// Everything under it, or it alone.
    pub below: bool,
    /// The filter, with what came from outside escaped.
    pub filter: &'a str,
    /// The attributes.
    pub attributes: &'a [&'a str],
    /// Whether a few of what is there are enough.
    pub few: bool,
}

/// One change of one attribute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Change {
    /// Adds a value that must not be there.
    Add(&'static str, Vec<u8>),
    /// Removes a value that must be there.
    Delete(&'static str, Vec<u8>),
    /// Whatever was there, afterwards it is this.
    Replace(&'static str, Vec<u8>),
}

/// How a bind was answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Bound {
    /// It was granted.
    Granted,
    /// It was refused because the account is locked, whatever the password.
    Locked,
    /// It was refused with these words; why is not known.
    Refused(String),
}

impl Entry {
    /// The values of an attribute that are text.
    pub(crate) fn texts(&self, name: &str) -> impl Iterator<Item = &str> {
        let values = self.attributes.get(&name.to_ascii_lowercase());
        values.into_iter().flatten().filter_map(|it| std::str::from_utf8(it).ok())
    }

    /// The first of them.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.texts(name).next()
    }

    /// Whether an attribute says yes.
    pub(crate) fn says(&self, name: &str) -> bool {
        self.text(name).is_some_and(|it| it.eq_ignore_ascii_case("TRUE"))
    }

    /// Reads an answer; `None` when it is no entry.
    fn read(answer: StructureTag) -> Option<Self> {
        let mut parts = answer.match_id(4)?.expect_constructed()?.into_iter();
        let dn = String::from_utf8(parts.next()?.expect_primitive()?).ok()?;
        let mut attributes = BTreeMap::new();
        for attribute in parts.next()?.expect_constructed()? {
            let mut parts = attribute.expect_constructed()?.into_iter();
            let name = String::from_utf8(parts.next()?.expect_primitive()?).ok()?;
            let values = parts.next()?.expect_constructed()?;
            let values = values.into_iter().filter_map(StructureTag::expect_primitive).collect();
            attributes.insert(name.to_ascii_lowercase(), values);
        }
        Some(Self { dn, attributes })
    }
}

impl Wire {
    /// Nothing is opened yet.
    pub(crate) fn new(config: LdapConfig) -> Self {
        Self { config, open: Mutex::new(None) }
    }

    /// As whom the connection is bound.
    pub(crate) fn bind_dn(&self) -> &str {
        &self.config.bind_dn
    }

    /// The entries that are found, at most a thousand; an empty list where the base is not there.
    pub(crate) async fn search(
        &self,
        asked: Asked<'_>,
        look: Look<'_>,
    ) -> Result<Vec<Entry>, CallError> {
        let scope = if look.below { Scope::Subtree } else { Scope::Base };
        let options = SearchOptions::new().sizelimit(if look.few { FEW } else { ENTRIES });
        for again in [true, false] {
            let mut ldap = self.bound(asked).await?;
            let found = ldap
                .with_timeout(ANSWER)
                .with_search_options(options.clone())
                .search(look.base, scope, look.filter, look.attributes)
                .await;
            match found {
                Ok(found)
                    if found.1.rc == Code::SUCCESS
                        || (look.few && found.1.rc == Code::SIZE_LIMIT_EXCEEDED) =>
                {
                    return Ok(found.0.into_iter().filter_map(|it| Entry::read(it.0)).collect());
                }
                Ok(found) if found.1.rc == Code::NO_SUCH_OBJECT => return Ok(Vec::new()),
                // A part of the members must not pass for all of them.
                Ok(found) if found.1.rc == Code::SIZE_LIMIT_EXCEEDED => {
                    let why = format!(
                        "more is found under `{}` than the server gives at once",
                        look.base
                    );
                    return Err(CallError::Unsupported { why });
                }
                Ok(found) => return Err(asked.refused(found.1.rc, &found.1.text)),
                Err(error) => {
                    self.forget().await;
                    if !again {
                        return Err(asked.unanswered(&error.to_string()));
                    }
                }
            }
        }
        Err(asked.unanswered("no answer"))
    }

    /// Everything that is found, in pages of the server, at most [`ALL_ENTRIES`].
    pub(crate) async fn search_all(
        &self,
        asked: Asked<'_>,
        look: Look<'_>,
    ) -> Result<Vec<Entry>, CallError> {
        let mut ldap = self.bound(asked).await?;
        let pages: Vec<Box<dyn Adapter<'_, &str, Vec<&str>>>> =
            vec![Box::new(EntriesOnly::new()), Box::new(PagedResults::new(PAGE))];
        let lost = |it: ldap3::LdapError| asked.unanswered(&it.to_string());
        ldap.with_timeout(ANSWER);
        let searching = ldap.streaming_search_with(
            pages,
            look.base,
            Scope::Subtree,
            look.filter,
            look.attributes.to_vec(),
        );
        let mut stream = searching.await.map_err(lost)?;
        let mut entries = Vec::new();
        while let Some(answer) = stream.next().await.map_err(lost)? {
            entries.extend(Entry::read(answer.0));
            if entries.len() > ALL_ENTRIES {
                self.forget().await;
                let why = format!("more than {ALL_ENTRIES} entries lie under `{}`", look.base);
                return Err(CallError::Unsupported { why });
            }
        }
        let end = stream.finish().await;
        match end.rc {
            Code::SUCCESS => Ok(entries),
            Code::NO_SUCH_OBJECT => Ok(Vec::new()),
            code => Err(asked.refused(code, &end.text)),
        }
    }

    /// One entry; `None` when it is not there, or may not be seen.
    pub(crate) async fn entry(
        &self,
        asked: Asked<'_>,
        attributes: &[&str],
    ) -> Result<Option<Entry>, CallError> {
        let look = Look {
            base: asked.dn,
            below: false,
            filter: "(objectClass=*)",
            attributes,
            few: false,
        };
        Ok(self.search(asked, look).await?.into_iter().next())
    }

    /// Whether an attribute of an entry has this value; `None` when it has no value at all.
    pub(crate) async fn compare(
        &self,
        asked: Asked<'_>,
        attribute: &str,
        value: &[u8],
    ) -> Result<Option<bool>, CallError> {
        let mut ldap = self.bound(asked).await?;
        match ldap.with_timeout(ANSWER).compare(asked.dn, attribute, value).await {
            Ok(answer) => match answer.0.rc {
                Code::COMPARE_TRUE => Ok(Some(true)),
                Code::COMPARE_FALSE => Ok(Some(false)),
                Code::NO_SUCH_ATTRIBUTE => Ok(None),
                code => Err(asked.refused(code, &answer.0.text)),
            },
            Err(error) => {
                self.forget().await;
                Err(asked.unanswered(&error.to_string()))
            }
        }
    }

    /// Makes changes of one entry, all or none.
    pub(crate) async fn modify(
        &self,
        asked: Asked<'_>,
        changes: &[Change],
    ) -> Result<(), CallError> {
        let mut ldap = self.bound(asked).await?;
        match ldap.with_timeout(ANSWER).modify(asked.dn, mods(changes)).await {
            Ok(answer) if answer.rc == Code::SUCCESS => Ok(()),
            Ok(answer) => Err(asked.refused(answer.rc, &answer.text)),
            Err(error) => {
                self.forget().await;
                Err(asked.unanswered(&error.to_string()))
            }
        }
    }

    /// Whether the server would make changes, which it is asked not to make; `None` when it cannot say.
    pub(crate) async fn would_modify(
        &self,
        asked: Asked<'_>,
        changes: &[Change],
    ) -> Result<Option<()>, CallError> {
        let mut ldap = self.bound(asked).await?;
        let only_try = RawControl { ctype: NO_OP.to_owned(), crit: true, val: None };
        ldap.with_controls(vec![only_try]).with_timeout(ANSWER);
        match ldap.modify(asked.dn, mods(changes)).await {
            Ok(answer) => match answer.rc {
                Code::NO_OPERATION => Ok(Some(())),
                Code::SUCCESS | Code::UNAVAILABLE_CRITICAL_EXTENSION => Ok(None),
                code => Err(asked.refused(code, &answer.text)),
            },
            Err(error) => {
                self.forget().await;
                Err(Asked { writes: false, ..asked }.unanswered(&error.to_string()))
            }
        }
    }

    /// Tries a bind on a connection of its own.
    pub(crate) async fn try_bind(
        &self,
        asked: Asked<'_>,
        password: &str,
    ) -> Result<Bound, CallError> {
        let mut ldap = self.connect(asked).await?;
        let explain = RawControl { ctype: PASSWORD_POLICY.to_owned(), crit: false, val: None };
        ldap.with_controls(vec![explain]).with_timeout(ANSWER);
        let answer = ldap.simple_bind(asked.dn, password).await;
        let answer = answer.map_err(|it| asked.unanswered(&it.to_string()))?;
        drop(ldap.unbind().await);
        match answer.rc {
            Code::SUCCESS => Ok(Bound::Granted),
            Code::INVALID_CREDENTIALS if locked(&answer) => Ok(Bound::Locked),
            Code::INVALID_CREDENTIALS => Ok(Bound::Refused(answer.text)),
            code => Err(asked.refused(code, &answer.text)),
        }
    }

    /// The connection, opened and bound when it is not.
    async fn bound(&self, asked: Asked<'_>) -> Result<Ldap, CallError> {
        let mut open = self.open.lock().await;
        if let Some(mut ldap) = open.clone()
            && !ldap.is_closed()
        {
            return Ok(ldap);
        }
        let mut ldap = self.connect(asked).await?;
        let (name, password) = (&self.config.bind_dn, self.config.password.expose());
        let answer = ldap.with_timeout(ANSWER).simple_bind(name, password).await;
        match answer {
            Ok(answer) if answer.rc == Code::SUCCESS => {
                *open = Some(ldap.clone());
                Ok(ldap)
            }
            Ok(answer) if answer.rc == Code::INVALID_CREDENTIALS => {
                Err(CallError::Denied { permission: format!("bind as {name}") })
            }
            // Nothing was asked yet but to be let in.
            Ok(answer) => Err(Asked { writes: false, ..asked }.refused(answer.rc, &answer.text)),
            Err(error) => Err(asked.unreachable(&error.to_string())),
        }
    }

    async fn connect(&self, asked: Asked<'_>) -> Result<Ldap, CallError> {
        let settings = settings(&self.config)?;
        let connecting = LdapConnAsync::with_settings(settings, &self.config.url);
        // The library's own limit does not cover the handshake.
        let connected = tokio::time::timeout(CONNECT * 2, connecting).await;
        let url = &self.config.url;
        let connected = connected.map_err(|_| asked.unreachable(&format!("`{url}`: timeout")))?;
        let (connection, ldap) =
            connected.map_err(|it| asked.unreachable(&format!("`{url}`: {it}")))?;
        tokio::spawn(async move {
            if let Err(error) = connection.drive().await {
                tracing::debug!(%error, "a connection to a directory ended");
            }
        });
        Ok(ldap)
    }

    /// The next call opens anew.
    async fn forget(&self) {
        *self.open.lock().await = None;
    }
}

fn settings(config: &LdapConfig) -> Result<LdapConnSettings, CallError> {
    // Fails only when there is one already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let settings = LdapConnSettings::new().set_conn_timeout(CONNECT).set_starttls(config.start_tls);
    let Some(pem) = &config.authorities else { return Ok(settings) };
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(pem) {
        let sound = certificate.ok().is_some_and(|it| roots.add(it).is_ok());
        if !sound {
            let why = "the file of authorities holds something that is no certificate".to_owned();
            return Err(CallError::Unsupported { why });
        }
    }
    let tls = ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
    Ok(settings.set_config(Arc::new(tls)))
}

fn mods(changes: &[Change]) -> Vec<Mod<Vec<u8>>> {
    let one = |value: &Vec<u8>| HashSet::from([value.clone()]);
    let name = |name: &str| name.as_bytes().to_vec();
    let each = |change: &Change| match change {
        Change::Add(attribute, value) => Mod::Add(name(attribute), one(value)),
        Change::Delete(attribute, value) => Mod::Delete(name(attribute), one(value)),
        Change::Replace(attribute, value) => Mod::Replace(name(attribute), one(value)),
    };
    changes.iter().map(each).collect()
}

/// Whether the answer to a bind says that the account is locked.
fn locked(answer: &LdapResult) -> bool {
    let controls = answer.ctrls.iter().map(|it| &it.1);
    controls
        .filter(|it| it.ctype == PASSWORD_POLICY)
        .any(|it| policy_error(it.val.as_deref().unwrap_or_default()) == Some(ACCOUNT_LOCKED))
}

/// The error in the answer of a password policy: `SEQUENCE { [0] warning, [1] error }`, short forms only.
fn policy_error(value: &[u8]) -> Option<u8> {
    let [0x30, length, rest @ ..] = value else { return None };
    if usize::from(*length) != rest.len() {
        return None;
    }
    let mut rest = rest;
    while let [tag, length, tail @ ..] = rest {
        let (content, after) = tail.split_at_checked(usize::from(*length))?;
        if *tag == 0x81 {
            return content.first().copied();
        }
        rest = after;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_reason_of_a_refused_bind_is_read() {
        assert_eq!(policy_error(&[0x30, 3, 0x81, 1, 1]), Some(ACCOUNT_LOCKED));
        assert_eq!(policy_error(&[0x30, 8, 0xa0, 3, 0x80, 1, 9, 0x81, 1, 2]), Some(2));
        assert_eq!(policy_error(&[0x30, 0]), None);
        assert_eq!(policy_error(&[0x30, 3, 0x81, 9, 1]), None);
    }

    proptest! {
        #[test]
        fn any_bytes_give_a_reason_or_none(bytes in proptest::collection::vec(any::<u8>(), 0..32)) {
            policy_error(&bytes);
        }
    }
}
