//! What does not fit together: the process, the content, and the files on the disk.

use super::check::{Checked, one_of, verbs};
use super::exposed::exposed;
use super::near::listed;
use super::{
    ConnectorKind, CredentialReference, FILE, FeedKind, GeoConfig, SecretReference, VaultReader,
    drill, load, person,
};
use crate::content::{Content, Files, Named, read_file};
use crate::{connectors, geo};
use interlock_connect::database::Tls;
use interlock_identity::DeclaredEnvironment;
use interlock_model::{ActionKind, Gravity, IdentityKind, Mode, Problem};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

/// The largest key or credential file that is read, in bytes.
const KEY_BYTES: u64 = 64 << 10;

/// What a configuration is read for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// To be checked, or run: everything that it names must be there.
    Run,
    /// To look at what the store holds: no key and no other secret is asked for.
    Look,
}

/// Checks the process with its content and with the files that it names.
pub(super) fn check(
    purpose: Purpose,
    checked: &Checked,
    files: &Files,
    content: Option<&mut Content>,
    problems: &mut Vec<Problem>,
) {
    let mut report = Report { problems, purpose };
    key(checked, &mut report);
    paths(checked, &mut report);
    vault(checked, &mut report);
    feeds(checked, &mut report);
    notify(checked, &mut report);
    deliveries(checked, &mut report);
    for drill in &checked.drills {
        secret(&drill.config.secret, drill.span.as_ref(), &mut report);
    }
    enforcement(checked, &mut report);
    if let Some(content) = content {
        approvers(checked, files, content, &mut report);
        deliverers(checked, content, &mut report);
        person::known(checked, &content.declaration, &FILE.into(), report.problems);
        served(checked, files, content, &mut report);
        accounts(checked, content, &mut report);
        let (declaration, counts_for) = (&content.declaration, checked.guard.drill);
        drill::declared(&checked.drills, declaration, counts_for, &FILE.into(), report.problems);
        if content.declaration.protected.is_empty() {
            report.say(
                Gravity::Warning,
                &"content/directory".into(),
                None,
                "nothing is protected".to_owned(),
                "name break-glass accounts and Interlock's own identities in protected.yaml",
            );
        }
    }
}

struct Report<'a> {
    problems: &'a mut Vec<Problem>,
    purpose: Purpose,
}

impl Report<'_> {
    fn say(
        &mut self,
        gravity: Gravity,
        file: &Arc<str>,
        span: Option<Range<usize>>,
        what: String,
        help: &str,
    ) {
        let help = (!help.is_empty()).then(|| help.to_owned());
        self.problems.push(Problem { file: Arc::clone(file), span, gravity, what, help });
    }

    fn process(&mut self, gravity: Gravity, span: Option<Range<usize>>, what: String, help: &str) {
        self.say(gravity, &FILE.into(), span, what, help);
    }
}

/// The private key must be there, be a key, and be the owner's alone.
fn key(checked: &Checked, report: &mut Report<'_>) {
    if report.purpose == Purpose::Look {
        return;
    }
    let shown = checked.audit_key.display();
    match read_file(&checked.audit_key, KEY_BYTES) {
        Ok(text) => {
            if let Err(error) = interlock_store::key_from_text(&text) {
                let what = format!("`{shown}`: {error}");
                let span = checked.places.key.clone();
                report.process(Gravity::Error, span, what, "`interlock init` makes one");
            }
        }
        Err(why) => {
            let what = format!("`{shown}`: {why}");
            let help = if checked.audit_key.exists() {
                "let whoever runs this read it, and nobody else"
            } else {
                "`interlock init` makes one; a lost key cannot be had again"
            };
            report.process(Gravity::Error, checked.places.key.clone(), what, help);
        }
    }
    open_to_others(&checked.audit_key, report);
}

/// What others may read although it is secret: nothing begins before that is mended.
fn open_to_others(path: &Path, report: &mut Report<'_>) {
    if let Some((what, help)) = exposed(path) {
        report.process(Gravity::Error, None, what, &help);
    }
}

fn paths(checked: &Checked, report: &mut Report<'_>) {
    if checked.store.parent().is_none_or(|it| !it.is_dir()) {
        let what = format!("the folder of the store `{}` is missing", checked.store.display());
        let span = checked.places.store.clone();
        report.process(Gravity::Error, span, what, "make it, or change `path` in `[store]`");
    }
    // It holds no secrets, but all that is known of everybody.
    if let Some((what, help)) = exposed(&checked.store) {
        report.process(Gravity::Warning, None, what, &help);
    }
    if let Some(dir) = checked.audit_key.parent() {
        let token = dir.join("admin.token");
        if token.exists() {
            open_to_others(&token, report);
        }
    }
    let GeoConfig { city, asn } = checked.geo.clone();
    for (config, span) in [
        (GeoConfig { city, asn: None }, &checked.places.city),
        (GeoConfig { city: None, asn }, &checked.places.asn),
    ] {
        if let Err(error) = geo::open(&config) {
            let help = "name an MMDB file in `[geo]`";
            report.process(Gravity::Error, span.clone(), format!("{error:#}"), help);
        }
    }
    for connector in &checked.connectors {
        let span = connector.span.as_ref();
        // What only acts is left where it is unless the house acts.
        let acting = connector.config.acting.as_deref();
        let acting = acting.filter(|_| checked.mode == Mode::Enforce);
        for kind in [&connector.config.kind].into_iter().chain(acting) {
            if let ConnectorKind::AwsIam(aws) = kind {
                credentials(&aws.credentials, span, report);
            }
            if let ConnectorKind::AwsIdentityCenter(center) = kind {
                credentials(&center.credentials, span, report);
            }
            if let ConnectorKind::AwsOrganizations(organization) = kind {
                credentials(&organization.credentials, span, report);
            }
            kind.secrets().into_iter().for_each(|it| secret(it, span, report));
        }
        if let Some(Tls::Verified(Some(path))) = connector.config.kind.database().map(|it| &it.tls)
            && let Err(why) = read_file(path, KEY_BYTES)
        {
            let what = format!("`{}`: {why}", path.display());
            report.process(Gravity::Error, span.cloned(), what, "certificates in PEM");
        }
    }
}

fn credentials(
    reference: &CredentialReference,
    span: Option<&Range<usize>>,
    report: &mut Report<'_>,
) {
    if report.purpose == Purpose::Look {
        return;
    }
    match reference {
        CredentialReference::Default | CredentialReference::Profile(_) => {}
        CredentialReference::Environment { access_key_id, secret_access_key } => {
            is_set(access_key_id, span, report);
            is_set(secret_access_key, span, report);
        }
        CredentialReference::File(path) => {
            if let Err(error) = connectors::key_in_file(path) {
                let what = format!("{error:#}");
                let help = "a JSON object with `AccessKeyId` and `SecretAccessKey`";
                report.process(Gravity::Error, span.cloned(), what, help);
            }
            open_to_others(path, report);
        }
    }
}

fn is_set(name: &str, span: Option<&Range<usize>>, report: &mut Report<'_>) {
    // A name that is none was said already, and is not repeated: it may be the secret itself.
    if !name.is_empty() && load::variable(name).is_none_or(|it| it.is_empty()) {
        let what = format!("the environment variable `{name}` is not set here");
        let help = "it must be where `interlock serve` runs";
        report.process(Gravity::Warning, span.cloned(), what, help);
    }
}

fn secret(reference: &SecretReference, span: Option<&Range<usize>>, report: &mut Report<'_>) {
    if report.purpose == Purpose::Look {
        return;
    }
    match reference {
        SecretReference::Environment(name) => is_set(name, span, report),
        // `connector test` reads it: a check of the folder reaches nothing.
        SecretReference::Vault(_) => {}
        SecretReference::File(path) => {
            if let Err(error) = crate::feed::secret(reference) {
                let help = "a file that holds the secret and nothing else";
                report.process(Gravity::Error, span.cloned(), error, help);
            }
            open_to_others(path, report);
        }
    }
}

/// What reads the vault must be there.
fn vault(checked: &Checked, report: &mut Report<'_>) {
    let Some(vault) = &checked.vault else { return };
    let span = checked.places.vault.as_ref();
    if let VaultReader::Token(reference) = &vault.reader {
        secret(reference, span, report);
    }
    if let Some(path) = &vault.ca
        && let Err(why) = read_file(path, KEY_BYTES)
    {
        let what = format!("`{}`: {why}", path.display());
        report.process(Gravity::Error, span.cloned(), what, "certificates in PEM");
    }
}

/// What feeds need must be there, and what is secret the owner's alone.
fn feeds(checked: &Checked, report: &mut Report<'_>) {
    for feed in &checked.feeds {
        let span = feed.span.as_ref();
        feed.config.kind.secrets().into_iter().for_each(|it| secret(it, span, report));
        match &feed.config.kind {
            FeedKind::S3(it) => credentials(&it.credentials, span, report),
            FeedKind::Syslog(it) => {
                let Some(tls) = it.tls.as_ref().filter(|_| report.purpose == Purpose::Run) else {
                    continue;
                };
                if let Err(error) = crate::feed::syslog::tls(tls) {
                    let help = "PEM files: a certificate with its chain, and its private key";
                    report.process(Gravity::Error, span.cloned(), error, help);
                }
                open_to_others(&tls.key, report);
            }
            FeedKind::Nats(it) => {
                let Some(path) = &it.ca else { continue };
                if let Err(why) = read_file(path, KEY_BYTES) {
                    let what = format!("`{}`: {why}", path.display());
                    report.process(Gravity::Error, span.cloned(), what, "certificates in PEM");
                }
            }
            FeedKind::File(_)
            | FeedKind::GithubAuditLog(_)
            | FeedKind::GithubWebhook(_)
            | FeedKind::OktaSystemLog(_) => {}
        }
    }
}

/// What signs questions to services that take credentials must be there.
fn deliveries(checked: &Checked, report: &mut Report<'_>) {
    for delivery in &checked.deliveries {
        delivery.to.secrets().into_iter().for_each(|it| secret(it, None, report));
    }
}

/// What signs notices, and where they go, must be there.
fn notify(checked: &Checked, report: &mut Report<'_>) {
    for receiver in &checked.notify {
        let span = receiver.span.as_ref();
        receiver.config.secrets().into_iter().for_each(|it| secret(it, span, report));
    }
}

fn enforcement(checked: &Checked, report: &mut Report<'_>) {
    if checked.mode == Mode::Enforce
        && checked.connectors.iter().all(|it| it.config.enforce.is_empty())
    {
        let what = "mode is `enforce`, but no connector may write".to_owned();
        let help = "add `enforce = [\"disable_credential\"]` to a `[[connector]]`";
        report.process(Gravity::Warning, None, what, help);
    }
    for connector in &checked.connectors {
        let config = &connector.config;
        let apart = config.acting.is_some() || config.kind.credentials().is_empty();
        if checked.mode == Mode::Enforce && !config.enforce.is_empty() && !apart {
            let what = format!("`{}` looks with the credentials that it writes with", config.id);
            let keys = listed(config.kind.credentials());
            let help = format!("give it others to write with: `enforce_with` with {keys}");
            report.process(Gravity::Warning, connector.span.clone(), what, &help);
        }
    }
}

/// The approvers of teams must name tokens that may answer.
fn approvers(checked: &Checked, files: &Files, content: &Content, report: &mut Report<'_>) {
    let names: BTreeMap<&str, usize> =
        checked.tokens.iter().enumerate().map(|(index, it)| (it.name.as_str(), index)).collect();
    for owner in &content.declaration.owners {
        for approver in &owner.approvers {
            let Some(token) = names.get(approver.as_str()).and_then(|it| checked.tokens.get(*it))
            else {
                let (file, span) = place(&files.directory, approver, "content/directory");
                let what = format!(
                    "approver `{}` of `{}` names no token",
                    approver.escape_debug(),
                    owner.id
                );
                // A person who is known and has no token yet is no typing mistake.
                let person = content
                    .declaration
                    .identities
                    .iter()
                    .any(|it| it.kind == IdentityKind::Human && it.name == *approver);
                let (gravity, help) = if person {
                    (Gravity::Warning, "give them a `[[token]]` with the role `owner`".to_owned())
                } else {
                    (Gravity::Error, one_of(approver, &names))
                };
                report.say(gravity, &file, span, what, &help);
                continue;
            };
            let may = [super::TokenRole::Owner, super::TokenRole::Admin];
            if may.iter().all(|it| !token.roles.contains(it)) {
                let (file, span) = place(&files.directory, approver, "content/directory");
                let what = format!(
                    "approver `{approver}` of `{}` has a token that may not answer",
                    owner.id
                );
                report.say(Gravity::Warning, &file, span, what, "give it the role `owner`");
            }
        }
    }
}

/// Tokens deliver of sources that there are.
fn deliverers(checked: &Checked, content: &Content, report: &mut Report<'_>) {
    let built_in = interlock_ingest::SOURCES.iter().map(|it| it.name);
    let mapped = content.mappings.iter().map(interlock_ingest::Mapping::name);
    let names: Vec<&str> = built_in.chain(mapped).collect();
    for token in &checked.tokens {
        for source in token.delivers.sources.iter().filter(|it| !names.contains(&&***it)) {
            let what = format!(
                "`{}` of the token `{}` is no log source",
                source.escape_debug(),
                token.name.escape_debug()
            );
            let help = match super::near::nearest(source, &names) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("there are {}", listed(&names)),
            };
            report.process(Gravity::Error, None, what, &help);
        }
    }
}

/// Every verb of a playbook must be served by some connector.
fn served(checked: &Checked, files: &Files, content: &Content, report: &mut Report<'_>) {
    if checked.connectors.is_empty() {
        if content.playbooks.iter().next().is_some() && checked.mode != Mode::Observe {
            let what = "no connector is configured: nothing can be contained".to_owned();
            report.process(Gravity::Warning, None, what, "add a `[[connector]]`");
        }
        return;
    }
    let served: BTreeSet<ActionKind> = checked
        .connectors
        .iter()
        .flat_map(|it| connectors::spec(&it.config.kind).actions)
        .map(|it| it.kind)
        .collect();
    let mut missing: BTreeMap<ActionKind, Vec<&str>> = BTreeMap::new();
    for playbook in content.playbooks.iter() {
        let wanted = playbook.answers.iter().flat_map(|it| it.actions.iter().chain(&it.instead));
        for verb in wanted.filter(|it| !served.contains(it)).collect::<BTreeSet<_>>() {
            missing.entry(*verb).or_default().push(&playbook.name);
        }
    }
    for (verb, playbooks) in missing {
        let (file, span) = place(&files.playbooks, verb.as_str(), "content/playbooks");
        let word = if playbooks.len() == 1 { "playbook" } else { "playbooks" };
        let what = format!("no connector can `{verb}`, wanted by {word} {}", listed(&playbooks));
        let help = format!("the connectors can {}", verbs(served.iter().copied()));
        report.say(Gravity::Warning, &file, span, what, &help);
    }
}

/// A connector's environment says where its account belongs to, unless the directory says otherwise.
fn accounts(checked: &Checked, content: &mut Content, report: &mut Report<'_>) {
    for connector in &checked.connectors {
        let (ConnectorKind::AwsIam(aws), Some(environment)) =
            (&connector.config.kind, connector.environment)
        else {
            continue;
        };
        let Some(account) = aws.account.as_deref() else { continue };
        let declared = content
            .declaration
            .environments
            .iter()
            .find(|it| it.accounts.iter().any(|(id, _)| **id == *account))
            .map(|it| it.environment);
        match declared {
            None => content.declaration.environments.push(DeclaredEnvironment {
                environment,
                accounts: vec![(account.into(), None)],
                names: Vec::new(),
            }),
            Some(declared) if declared == environment => {}
            Some(declared) => {
                let what = format!(
                    "connector `{}` puts account {account} into {}, content/directory into {}",
                    connector.config.id,
                    environment.as_str(),
                    declared.as_str()
                );
                report.process(
                    Gravity::Error,
                    connector.span.clone(),
                    what,
                    "let only one of them say it",
                );
            }
        }
    }
}

/// Where a word stands in these files, comments left out; the folder when it is not found.
fn place(files: &[Named], word: &str, folder: &str) -> (Arc<str>, Option<Range<usize>>) {
    for (file, text) in files {
        let mut start = 0;
        for line in text.split_inclusive('\n') {
            let spoken = line.split('#').next().unwrap_or_default();
            if let Some(at) = spoken.find(word) {
                let at = start + at;
                return (Arc::clone(file), Some(at..at + word.len()));
            }
            start += line.len();
        }
    }
    (folder.into(), None)
}
