//! How Google Cloud names people, service accounts and their keys.

use interlock_model::{CredentialKind, CredentialRef, Principal, PrincipalKind};

/// The naming authority.
pub const GOOGLE: &str = "google";

/// The principal behind a subject or an e-mail address, with its kind; `None` for nobody in particular.
///
/// Reads `user:`, `serviceAccount:`, `group:` and `deleted:` forms, `principal://…`, plain addresses
/// and the names of Kubernetes, which stand as they are in the place of an address.
pub fn principal(text: &str) -> Option<(PrincipalKind, Principal)> {
    let text = text.strip_prefix("deleted:").unwrap_or(text);
    if text.starts_with("principal://") || text.starts_with("principalSet://") {
        return Some((PrincipalKind::Federated, Principal::new(GOOGLE, text)));
    }
    if text.starts_with("system:") {
        let account = text.starts_with("system:serviceaccount:");
        let kind = if account { PrincipalKind::Role } else { PrincipalKind::Service };
        return Some((kind, Principal::new("kubernetes", text)));
    }
    let plain = ["user:", "serviceAccount:", "group:"].iter().find_map(|it| text.strip_prefix(it));
    let plain = plain.unwrap_or(text).split("?uid=").next().unwrap_or_default();
    if plain.is_empty() || !plain.contains(['@', '[']) && !plain.ends_with(ACCOUNTS) {
        return None;
    }
    Some((kind(plain), Principal::new(GOOGLE, &plain.to_lowercase())))
}

/// The end of every service account's address.
const ACCOUNTS: &str = ".gserviceaccount.com";

fn kind(address: &str) -> PrincipalKind {
    if address.contains(".svc.id.goog[") {
        return PrincipalKind::Federated;
    }
    let (local, host) = address.split_once('@').unwrap_or((address, ""));
    if !host.ends_with("gserviceaccount.com") {
        return PrincipalKind::User;
    }
    // The accounts with which Google's own services act in a project.
    let number = local.strip_prefix("service-").unwrap_or(local);
    let numbered = !number.is_empty() && number.bytes().all(|it| it.is_ascii_digit());
    let agent = numbered && (local.starts_with("service-") || host.starts_with("cloudservices."));
    if agent || host == "system.gserviceaccount.com" {
        PrincipalKind::Service
    } else {
        PrincipalKind::Role
    }
}

/// The project that a service account belongs to, where its address shows it.
pub fn project(address: &str) -> Option<&str> {
    let (_, host) = address.split_once('@')?;
    host.strip_suffix(".iam.gserviceaccount.com").filter(|it| !it.is_empty())
}

/// The key in a name such as `…/serviceAccounts/<account>/keys/<id>`, and the account.
///
/// `address` replaces an account that is named by its number.
pub fn key<'a>(name: &'a str, address: Option<&'a str>) -> Option<(CredentialRef, &'a str)> {
    let (_, rest) = name.rsplit_once("serviceAccounts/")?;
    let (account, id) = rest.split_once("/keys/")?;
    let account = if account.contains('@') { account } else { address? };
    if account.is_empty() || id.is_empty() {
        return None;
    }
    let id = format!("{}/keys/{id}", account.to_lowercase());
    Some((CredentialRef::new(GOOGLE, CredentialKind::AccessKey, &id), account))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_to_name_somebody() {
        use PrincipalKind::{Federated, Role, Service, User};
        for (text, kind, name) in [
            ("user:Dana@acme.example", User, "google:dana@acme.example"),
            ("dana@acme.example", User, "google:dana@acme.example"),
            (
                "serviceAccount:sync@acme-prod.iam.gserviceaccount.com",
                Role,
                "google:sync@acme-prod.iam.gserviceaccount.com",
            ),
            (
                "deleted:serviceAccount:sync@acme-prod.iam.gserviceaccount.com?uid=1",
                Role,
                "google:sync@acme-prod.iam.gserviceaccount.com",
            ),
            (
                "123456789012-compute@developer.gserviceaccount.com",
                Role,
                "google:123456789012-compute@developer.gserviceaccount.com",
            ),
            (
                "service-123456789012@gcp-sa-logging.iam.gserviceaccount.com",
                Service,
                "google:service-123456789012@gcp-sa-logging.iam.gserviceaccount.com",
            ),
            (
                "123456789012@cloudservices.gserviceaccount.com",
                Service,
                "google:123456789012@cloudservices.gserviceaccount.com",
            ),
            (
                "serviceAccount:acme-prod.svc.id.goog[shop/web]",
                Federated,
                "google:acme-prod.svc.id.goog[shop/web]",
            ),
            (
                "principal://iam.googleapis.com/locations/global/workforcePools/p/subject/Dana",
                Federated,
                "google:principal://iam.googleapis.com/locations/global/workforcePools/p/subject/Dana",
            ),
            ("system:serviceaccount:shop:web", Role, "kubernetes:system:serviceaccount:shop:web"),
            ("system:node:n1", Service, "kubernetes:system:node:n1"),
        ] {
            let found = principal(text).map(|(kind, it)| (kind, it.to_string()));
            assert_eq!(found, Some((kind, name.to_owned())), "{text}");
        }
        for nobody in ["", "user:", "allUsers", "allAuthenticatedUsers", "domain:acme.example"] {
            assert_eq!(principal(nobody), None, "{nobody}");
        }
    }
}
