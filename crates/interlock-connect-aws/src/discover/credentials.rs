//! What a user signs in with.

use super::seen;
use crate::actions::Shared;
use crate::client::{CredentialSort, OtherCredential};
use crate::operation as op;
use interlock_contain::{CallError, DiscoverCx};
use interlock_model::{
    CredentialKind, CredentialRef, Discovered, DiscoveredCredential, DiscoveryGap, Timestamp,
};

/// The credentials of a user and whether it has a password; what may not be seen is a gap.
pub(super) async fn of_user(
    shared: &Shared,
    cx: &DiscoverCx<'_>,
    user: &str,
    found: &mut Discovered,
    gaps: &mut Vec<DiscoveryGap>,
) -> Result<(), CallError> {
    let client = &shared.client;
    let keys = client.access_keys(cx.read(op::LIST_ACCESS_KEYS)?, user).await;
    for key in seen(keys, "access keys of users", gaps)?.unwrap_or_default() {
        let pass = cx.read(op::GET_ACCESS_KEY_LAST_USED)?;
        let used = client.key_last_used(pass, &key.id).await;
        let used = seen(used, "last uses of access keys", gaps)?.flatten();
        found.credentials.push(DiscoveredCredential {
            reference: CredentialRef::new("aws", CredentialKind::AccessKey, &key.id),
            enabled: Some(key.status == "Active"),
            issued: key.created.and_then(|it| Timestamp::from_second(it).ok()),
            expires: None,
            last_used: used.and_then(|it| it.parse().ok()),
        });
    }
    for sort in CredentialSort::ALL {
        let all = client.other_credentials(cx.read(sort.list())?, sort, user).await;
        for it in listed(all, sort, gaps)?.unwrap_or_default() {
            found.credentials.push(DiscoveredCredential {
                reference: CredentialRef::new("aws", kind(sort), &it.id),
                enabled: Some(it.status == "Active"),
                issued: it.created.and_then(|it| Timestamp::from_second(it).ok()),
                expires: it.expires.and_then(|it| Timestamp::from_second(it).ok()),
                last_used: None,
            });
        }
    }
    let password = client.has_password(cx.read(op::GET_LOGIN_PROFILE)?, user).await;
    if let Some(has) = seen(password, "console passwords of users", gaps)? {
        let word = if has { "password" } else { "none" };
        found.labels.insert("console".to_owned(), word.to_owned());
    }
    Ok(())
}

/// The kind of each sort, as the actions take them.
const fn kind(sort: CredentialSort) -> CredentialKind {
    match sort {
        CredentialSort::ServiceSpecific => CredentialKind::Token,
        CredentialSort::SigningCertificate => CredentialKind::Certificate,
        CredentialSort::SshPublicKey => CredentialKind::AccessKey,
    }
}

/// What was listed; `None` with a gap when we may not, or where AWS has no such list: one sort that is
/// missing in a partition must not end the look.
fn listed(
    answer: Result<Vec<OtherCredential>, CallError>,
    sort: CredentialSort,
    gaps: &mut Vec<DiscoveryGap>,
) -> Result<Option<Vec<OtherCredential>>, CallError> {
    let what = match sort {
        CredentialSort::ServiceSpecific => "credentials of users for single services",
        CredentialSort::SigningCertificate => "signing certificates of users",
        CredentialSort::SshPublicKey => "SSH keys of users",
    };
    match answer {
        Err(CallError::Unsupported { .. }) => {
            let gap = DiscoveryGap {
                what: what.to_owned(),
                why: format!("`{}` is not answered there", sort.list()),
                remedy: "nothing, where AWS does not offer them".to_owned(),
            };
            if !gaps.contains(&gap) {
                gaps.push(gap);
            }
            Ok(None)
        }
        answer => seen(answer, what, gaps),
    }
}
