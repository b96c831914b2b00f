//! What an operation acted upon: the resource's id tells type and name.

use crate::microsoft_names::object;
use interlock_model::Object;

/// Types of resources that the house has a word for, in lower case; the last that stands in the id wins.
const KINDS: [(&str, &str); 16] = [
    ("accesspolicies", "policy"),
    ("federatedidentitycredentials", "federation"),
    ("keys", "key"),
    ("locks", "lock"),
    ("policyassignments", "policy"),
    ("policydefinitions", "policy"),
    ("roleassignments", "role_assignment"),
    ("roledefinitions", "role"),
    ("roleeligibilityschedulerequests", "role_assignment"),
    ("roleassignmentschedulerequests", "role_assignment"),
    ("secrets", "secret"),
    ("storageaccounts", "bucket"),
    ("userassignedidentities", "service_account"),
    ("vaults", "vault"),
    ("managedclusters", "cluster"),
    ("registrationassignments", "federation"),
];

/// The subscription in a resource's id.
pub fn subscription(id: &str) -> Option<&str> {
    let mut parts = id.split('/').skip_while(|it| it.is_empty());
    let first = parts.next()?;
    let next = parts.next().filter(|it| !it.is_empty())?;
    first.eq_ignore_ascii_case("subscriptions").then_some(next)
}

/// The resource provider: the operation's own first word, else the last provider in the id.
pub fn provider<'a>(operation: &'a str, id: &'a str) -> &'a str {
    if let Some((first, _)) = operation.split_once('/')
        && first.contains('.')
    {
        return first;
    }
    let mut parts = id.split('/').rev();
    let mut after = "";
    for part in parts.by_ref() {
        if part.eq_ignore_ascii_case("providers") {
            return after;
        }
        after = part;
    }
    "azure"
}

/// The resource of the record, and what a vault's record names inside of it.
pub fn objects(id: &str, inside: Option<&str>) -> Vec<Object> {
    let named = Some(id).filter(|it| !it.is_empty());
    named.into_iter().chain(inside).map(|it| object(kind_of(it), it)).collect()
}

fn kind_of(id: &str) -> &'static str {
    let of = |part: &str| KINDS.iter().find(|(it, _)| it.eq_ignore_ascii_case(part));
    id.rsplit('/').find_map(of).map_or("resource", |(_, kind)| kind)
}

/// Whether the operation's last word says that it only reads.
pub fn reads(operation: &str) -> Option<bool> {
    let last = operation.rsplit('/').next()?;
    let is = |word: &str| last.eq_ignore_ascii_case(word);
    if is("read") {
        Some(true)
    } else if is("write") || is("delete") {
        Some(false)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_tell_subscription_provider_and_kind() {
        let id = "/SUBSCRIPTIONS/0B1F6471-1BF0-4DDA-AEC3-111122223333/RESOURCEGROUPS/RG/PROVIDERS/MICROSOFT.KEYVAULT/VAULTS/V";
        assert_eq!(subscription(id), Some("0B1F6471-1BF0-4DDA-AEC3-111122223333"));
        assert_eq!(subscription("/tenants/x/providers/Microsoft.aadiam"), None);
        assert_eq!(provider("SecretGet", id), "MICROSOFT.KEYVAULT");
        assert_eq!(provider("Microsoft.Compute/disks/delete", id), "Microsoft.Compute");
        assert_eq!(provider("x", ""), "azure");
        assert_eq!(kind_of(id), "vault");
        assert_eq!(kind_of("https://v.vault.azure.net/secrets/db/1"), "secret");
        assert_eq!(kind_of(&format!("{id}/accessPolicies/add")), "policy");
        assert_eq!(
            kind_of("/x/providers/Microsoft.Authorization/roleAssignments/1"),
            "role_assignment"
        );
        assert_eq!(reads("Microsoft.Storage/storageAccounts/READ"), Some(true));
        assert_eq!(reads("Microsoft.Storage/storageAccounts/listKeys/action"), None);
    }
}
