//! Who called: an account, a federated subject, and those on whose behalf it was.

use super::names;
use super::paths::Path;
use crate::source::Core;
use interlock_model::{Actor, Principal, PrincipalKind};
use serde::Deserialize;

/// At most this many stages of a delegation are kept.
const MOST: usize = 16;

/// The actor of the entry.
pub fn read(core: &Core<'_>) -> Actor {
    let email = core.text(Path::PrincipalEmail);
    let subject = core.text(Path::PrincipalSubject);
    let named = email.and_then(names::principal);
    let spoken = subject.and_then(names::principal);
    let (kind, principal) = named.clone().or_else(|| spoken.clone()).unzip();
    let shown = principal.as_ref().map(|it| short(&it.name));
    let mut via = delegation(core);
    // A federated caller whose address is told as well.
    if let Some((PrincipalKind::Federated, it)) = spoken
        && principal.as_ref() != Some(&it)
        && !via.contains(&it)
    {
        via.insert(0, it);
    }
    via.retain(|it| Some(it) != principal.as_ref());
    let address = email.unwrap_or_default();
    Actor {
        kind: kind.unwrap_or_default(),
        name: shown.or(email).unwrap_or_default().into(),
        credential: core
            .text(Path::KeyName)
            .and_then(|it| names::key(it, email))
            .map(|(credential, _)| credential),
        session: None,
        via,
        account: names::project(address).map(Into::into),
        principal,
    }
}

/// What people read: an address as it is, of a federated subject its last part.
fn short(name: &str) -> &str {
    match name.split_once("/subject/") {
        Some((_, subject)) if name.starts_with("principal") => subject,
        Some(_) | None => name,
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Stage {
    #[serde(default)]
    principal_subject: Option<String>,
    #[serde(default)]
    first_party_principal: Option<FirstParty>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct FirstParty {
    #[serde(default)]
    principal_email: Option<String>,
}

/// Those who lent their rights on the way, the original caller first, as the entry has them.
///
/// A stage names itself by address or by subject, so that the list is read as a whole.
fn delegation(core: &Core<'_>) -> Vec<Principal> {
    if !core.has(Path::Delegation) {
        return Vec::new();
    }
    let path = ["protoPayload", "authenticationInfo", "serviceAccountDelegationInfo"];
    let Some(list) = core.whole().at(&path) else { return Vec::new() };
    let stages: Vec<Stage> = serde_json::from_str(list.written()).unwrap_or_default();
    let mut found = Vec::new();
    for stage in stages.into_iter().take(MOST) {
        let email = stage.first_party_principal.and_then(|it| it.principal_email);
        let named = email.as_deref().and_then(names::principal);
        let named = named.or_else(|| names::principal(stage.principal_subject.as_deref()?));
        if let Some((_, it)) = named
            && !found.contains(&it)
        {
            found.push(it);
        }
    }
    found
}
