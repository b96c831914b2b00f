//! Credentials that are out of force: told by the engine, or learned from the provider's own log.

use crate::behaviour::platform::Platform;
use crate::behaviour::{Claim, Key, Memory, Row, RowReader, RowWriter, Rule, Seen, Setup, Table};
use crate::snapshot::{Reader, RestoreError, Writer};
use interlock_model::{CredentialKind, CredentialRef, Outcome, RefusalStage, Severity, Slot};

pub(super) const USED: Rule = Rule {
    id: "token_abuse.revoked_used",
    name: "Revoked credential still works",
    severity: Severity::Critical,
    techniques: &["T1550.001"],
};

pub(super) const REFUSED: Rule = Rule {
    id: "token_abuse.revoked_refused",
    name: "Revoked credential tried and refused",
    severity: Severity::Informational,
    techniques: &["T1550.001"],
};

pub(super) const PATHS: &[&str] = &["requestParameters.accessKeyId", "requestParameters.status"];

/// One revoked credential for each identity at most, on average.
pub(super) const BYTES_PER_IDENTITY: usize = Table::<Revoked>::BYTES_PER_ROW;

/// Puts a credential out of force.
const REVOKES: [&str; 9] = [
    "system.api_token.revoke",
    "app.oauth2.token.revoke",
    "google.iam.admin.v1.DeleteServiceAccountKey",
    "google.iam.admin.v1.DisableServiceAccountKey",
    "personal_access_token.access_revoked",
    "org_credential_authorization.revoke",
    "public_key.delete",
    "deploy_key.destroy",
    "revoke-accessor",
];

/// Puts it in force again.
const RESTORES: [&str; 2] =
    ["google.iam.admin.v1.EnableServiceAccountKey", "org_credential_authorization.grant"];

/// Providers settle within seconds; a use this soon may have begun before.
const SETTLE_SECONDS: u32 = 60;

/// Credentials that are out of force.
#[derive(Debug)]
pub(super) struct Revocations {
    revoked: Table<Revoked>,
    key: Option<Slot>,
    status: Option<Slot>,
}

/// Since when a credential is out of force, and when that last mattered.
#[derive(Debug, Clone, Copy)]
struct Revoked {
    at: u32,
    last: u32,
}

impl Revocations {
    pub(super) fn new(setup: &Setup<'_>) -> Self {
        Self {
            revoked: Table::new(setup.config.identities),
            key: setup.plan.find("requestParameters.accessKeyId"),
            status: setup.plan.find("requestParameters.status"),
        }
    }

    pub(super) fn revoked(&mut self, credential: &CredentialRef, second: u32) {
        let row = self
            .revoked
            .row(Key::of(&[credential.as_str()]), || Revoked { at: second, last: second });
        // The first revocation counts: being told again does not excuse a use in between.
        row.at = row.at.min(second);
        row.last = row.last.max(second);
    }

    pub(super) fn restored(&mut self, credential: &CredentialRef) {
        self.revoked.remove(Key::of(&[credential.as_str()]));
    }

    pub(super) fn look(&mut self, seen: &Seen<'_>, out: &mut Vec<Claim>) {
        if let Some(revoked) = seen.credential.and_then(|it| self.revoked.get_mut(it.key()))
            && seen.second > revoked.at
        {
            revoked.last = revoked.last.max(seen.second);
            out.push(claim(seen, seen.second - revoked.at));
        }
        self.learn(seen);
    }

    fn learn(&mut self, seen: &Seen<'_>) {
        match seen.platform {
            Platform::Aws => self.learn_from_aws(seen),
            Platform::Azure
            | Platform::Entra
            | Platform::GitHub
            | Platform::GoogleCloud
            | Platform::Kubernetes
            | Platform::Ldap
            | Platform::Okta
            | Platform::PostgreSql
            | Platform::Vault
            | Platform::Windows
            | Platform::Workspace
            | Platform::Other => self.learn_from_objects(seen),
        }
    }

    /// Elsewhere the event names the credential as what it acted upon.
    fn learn_from_objects(&mut self, seen: &Seen<'_>) {
        let event = seen.event;
        let revokes = REVOKES.contains(&&*event.operation);
        if event.outcome != Outcome::Success || !revokes && !RESTORES.contains(&&*event.operation) {
            return;
        }
        let Some(principal) = &seen.binding.principal else { return };
        for object in &event.objects {
            let kind = match &*object.kind {
                "access_key" | "deploy_key" | "service_account_key" => CredentialKind::AccessKey,
                "token" | "api_token" | "secret" => CredentialKind::Token,
                "certificate" => CredentialKind::Certificate,
                _ => continue,
            };
            // A key of Google's is known by what stands after `serviceAccounts/`.
            let name = object.name.rsplit("serviceAccounts/").next().unwrap_or_default();
            let credential = CredentialRef::new(&principal.provider, kind, name);
            if revokes {
                self.revoked(&credential, seen.second);
            } else {
                self.restored(&credential);
            }
        }
    }

    /// `UpdateAccessKey` and `DeleteAccessKey` say when a key goes out of force and comes back.
    fn learn_from_aws(&mut self, seen: &Seen<'_>) {
        let event = seen.event;
        if event.outcome != Outcome::Success || &*event.service != "iam.amazonaws.com" {
            return;
        }
        let text =
            |slot: Option<Slot>| slot.and_then(|it| event.fields.text(it)).unwrap_or_default();
        let key = text(self.key);
        if key.is_empty() {
            return;
        }
        let credential = CredentialRef::new("aws", CredentialKind::AccessKey, key);
        match (&*event.operation, text(self.status)) {
            ("DeleteAccessKey", _) | ("UpdateAccessKey", "Inactive") => {
                self.revoked(&credential, seen.second);
            }
            ("UpdateAccessKey", "Active") => self.restored(&credential),
            _ => {}
        }
    }

    pub(super) fn forget_before(&mut self, second: u32) {
        self.revoked.forget_before(second);
    }

    pub(super) fn memory(&self) -> Memory {
        self.revoked.memory()
    }

    pub(super) fn write(&self, to: &mut Writer) {
        self.revoked.write(to);
    }

    pub(super) fn read(&mut self, from: &mut Reader<'_>) -> Result<(), RestoreError> {
        self.revoked.read(from)
    }
}

fn claim(seen: &Seen<'_>, after: u32) -> Claim {
    let credential = seen.binding.credential.as_ref().map_or("", CredentialRef::id);
    let call = seen.call();
    let claim = match (&seen.event.outcome, after <= SETTLE_SECONDS) {
        (Outcome::Refused { code, stage }, _) => {
            let title = format!("`{}` tried the revoked `{credential}` and was refused", seen.name);
            let (confidence, stage) = match stage {
                RefusalStage::Credential => (0.1, "the credential is not accepted"),
                RefusalStage::ExplicitDeny => (0.1, "something denies it by name"),
                RefusalStage::Permission => (0.3, "the credential may still be accepted"),
            };
            let claim = Claim::new(&REFUSED, confidence, title);
            claim.with("refused with", code.to_string()).with("refused because", stage)
        }
        (Outcome::Success | Outcome::Failed { .. }, true) => {
            let title =
                format!("`{credential}` of `{}` was used right after its revocation", seen.name);
            Claim::new(&USED, 0.5, title).with(
                "settling",
                format!("{after} s after the revocation, within {SETTLE_SECONDS} s"),
            )
        }
        (Outcome::Success | Outcome::Failed { .. }, false) => {
            let title =
                format!("`{credential}` of `{}` still works after its revocation", seen.name);
            Claim::new(&USED, 0.95, title)
        }
    };
    claim.with("call", call)
}

impl Row for Revoked {
    fn last(&self) -> u32 {
        self.last
    }

    fn heap(&self) -> usize {
        0
    }

    fn write(&self, to: &mut RowWriter) {
        to.second(self.at);
        to.second(self.last);
    }

    fn read(from: &mut RowReader<'_>) -> Result<Self, RestoreError> {
        Ok(Self { at: from.second()?, last: from.second()? })
    }
}
