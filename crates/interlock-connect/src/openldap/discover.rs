//! Entries that can bind, as the directory describes them.

use super::OpenLdapConfig;
use super::client::FOR_EVER;
use super::operation as op;
use crate::ldap::{Entry, name};
use interlock_contain::DiscoverySpec;
use interlock_model::{
    CredentialKind, CredentialRef, Discovered, DiscoveredCredential, Entitlement, IdentityKind,
    Principal, RiskClass,
};
use std::collections::BTreeMap;

/// Entries that can hold a password, by their classes.
pub(crate) const FILTER: &str = "(|(objectClass=person)(objectClass=account)(objectClass=posixAccount)(objectClass=simpleSecurityObject)(objectClass=applicationProcess))";

/// What is read of each.
pub(crate) const ATTRIBUTES: [&str; 19] = [
    "objectClass",
    "uid",
    "cn",
    "displayName",
    "mail",
    "description",
    "employeeType",
    "departmentNumber",
    "ou",
    "owner",
    "manager",
    "memberOf",
    "pwdAccountLockedTime",
    "pwdChangedTime",
    "pwdLastSuccess",
    "authTimestamp",
    "createTimestamp",
    "creatorsName",
    "pwdReset",
];

pub(crate) static SPEC: DiscoverySpec = DiscoverySpec {
    sees: "entries of people and services, their locks, groups (`memberOf`), the age of passwords, last binds where an overlay keeps them, owners and managers",
    hides: "groups without the overlay `memberof`, what access rules grant, and last binds without `ppolicy` or `lastbind`",
    reads: &[op::READ_ACCOUNT],
    source: "https://www.openldap.org/software/man.cgi?query=slapo-ppolicy; measured on 2.5 by tests/it/openldap.rs",
};

pub(crate) fn described(entry: &Entry, config: &OpenLdapConfig) -> Discovered {
    let dn = name::normal(&entry.dn);
    let text = |attribute: &str| entry.text(attribute).map(str::to_owned);
    let moment = |attribute: &str| entry.text(attribute).and_then(name::moment);
    let classes: Vec<String> = entry.texts("objectClass").map(str::to_ascii_lowercase).collect();
    let service = classes.iter().any(|it| it == "applicationprocess" || it == "account");
    let person = classes.iter().any(|it| matches!(&**it, "person" | "inetorgperson"));
    let locked = entry.text("pwdAccountLockedTime") == Some(FOR_EVER);
    let mut labels = BTreeMap::new();
    for attribute in ["description", "employeeType", "departmentNumber", "ou", "mail"] {
        if let Some(value) = text(attribute) {
            labels.insert(attribute.to_owned(), value.chars().take(200).collect());
        }
    }
    // Both name an entry: what it is called says more to people and to labels than its whole name.
    for attribute in ["owner", "manager"] {
        if let Some(value) = entry.text(attribute) {
            labels.insert(attribute.to_owned(), name::first_value(value));
        }
    }
    let last_used = moment("pwdLastSuccess").max(moment("authTimestamp"));
    Discovered {
        name: text("displayName").or_else(|| text("uid")).or_else(|| text("cn")),
        kind: match (service, person) {
            (true, _) => Some(IdentityKind::ServiceAccount),
            (false, true) => Some(IdentityKind::Human),
            (false, false) => None,
        },
        enabled: Some(!locked),
        created: moment("createTimestamp"),
        last_used,
        labels,
        credentials: vec![DiscoveredCredential {
            reference: CredentialRef::new("ldap", CredentialKind::Password, &dn),
            enabled: Some(!locked),
            issued: moment("pwdChangedTime").or_else(|| moment("createTimestamp")),
            expires: None,
            last_used,
        }],
        entitlements: entry.texts("memberOf").map(|it| member(it, config)).collect(),
        lineage: text("creatorsName")
            .filter(|it| !name::same(it, &entry.dn))
            .map(|it| (interlock_model::LineageKind::CreatedBy, principal(&it)))
            .into_iter()
            .collect(),
        ..Discovered::of(Principal::new("ldap", &dn))
    }
}

fn principal(dn: &str) -> Principal {
    Principal::new("ldap", &name::normal(dn))
}

fn member(group: &str, config: &OpenLdapConfig) -> Entitlement {
    let powerful = config.privileged_groups.iter().any(|it| name::same(it, group));
    Entitlement {
        grant: format!("member of {}", name::first_value(group)),
        scope: name::normal(group),
        through: "membership".to_owned(),
        risk: if powerful { RiskClass::Admin } else { RiskClass::Read },
    }
}
