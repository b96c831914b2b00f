//! Accounts of the domain as its directory describes them: people, services, machines.

use super::ActiveDirectoryConfig;
use super::client::{EXPIRY, FLAGS, Flags, LAST_SET, Listed};
use super::operation as op;
use super::sid::Sid;
use crate::ldap::{Entry, name};
use interlock_contain::DiscoverySpec;
use interlock_model::{
    CredentialKind, CredentialRef, Discovered, DiscoveredCredential, Entitlement, IdentityKind,
    Principal, RiskClass, Timestamp,
};
use std::collections::{BTreeMap, BTreeSet, HashMap};

pub(crate) static SPEC: DiscoverySpec = DiscoverySpec {
    sees: "users, computers and managed service accounts: whether they may sign in, flags of risk, names of services, managers, the groups that they are in (through other groups too), the age of passwords and last sign-ins",
    hides: "rights that access lists and group policies give, members from other domains, certificates, and sign-ins of the last 14 days: `lastLogonTimestamp` is that late",
    reads: &[op::READ_ACCOUNT, op::READ_GROUPS],
    source: "https://learn.microsoft.com/en-us/windows/win32/adschema/c-user; measured on Samba 4.17 by tests/it/active_directory.rs",
};

/// What is read of each account.
pub(crate) const ACCOUNT: [&str; 23] = [
    "objectClass",
    "objectSid",
    "sAMAccountName",
    "userPrincipalName",
    "displayName",
    "givenName",
    "sn",
    "mail",
    "description",
    "department",
    "title",
    "company",
    "manager",
    "managedBy",
    "servicePrincipalName",
    "primaryGroupID",
    "whenCreated",
    "lastLogonTimestamp",
    "lastLogon",
    "dNSHostName",
    FLAGS,
    EXPIRY,
    LAST_SET,
];
/// What is read of each group.
pub(crate) const GROUP: [&str; 4] = ["objectSid", "sAMAccountName", "member", "managedBy"];

/// Flags that make an account easy to take over, or powerful once it is.
/// <https://learn.microsoft.com/en-us/troubleshoot/windows-server/active-directory/useraccountcontrol-manipulate-account-properties>
const FLAGS_OF_RISK: [(u32, &str); 6] = [
    (0x20, "needs no password"),
    (0x80, "password is kept readable"),
    (Flags::NEVER_EXPIRES, "password never expires"),
    (0x8_0000, "trusted for any delegation"),
    (0x40_0000, "needs no pre-authentication"),
    (0x100_0000, "trusted to act for others"),
];
/// The longest value of a label.
const LONGEST: usize = 200;
/// Most groups of one account.
const MOST_GROUPS: usize = 200;
/// Last parts of the identifiers of groups that have a domain in their hands, or its machines.
/// <https://learn.microsoft.com/en-us/windows-server/identity/ad-ds/plan/security-best-practices/appendix-b--privileged-accounts-and-groups-in-active-directory>
const OF_POWER: [u32; 6] = [512, 516, 518, 519, 526, 527];
/// The same, of those that every domain has.
const BUILT_IN_OF_POWER: [&str; 5] =
    ["S-1-5-32-544", "S-1-5-32-548", "S-1-5-32-549", "S-1-5-32-550", "S-1-5-32-551"];
/// Those who may write permissions: policies and names of the domain.
const OF_PERMISSIONS: [u32; 2] = [517, 520];

/// One group.
struct Group {
    dn: String,
    called: String,
    risk: RiskClass,
}

/// Who is in which group.
#[derive(Default)]
struct Groups {
    all: Vec<Group>,
    /// The groups that name an entry as a member.
    of: HashMap<String, Vec<usize>>,
    /// Groups by the last part of their identifier: accounts name their primary one by it.
    by_relative: HashMap<u32, usize>,
}

impl Groups {
    fn read(entries: &[Entry], config: &ActiveDirectoryConfig) -> Self {
        let mut it = Self::default();
        for entry in entries {
            let Some(sid) = sid(entry) else { continue };
            let dn = name::normal(&entry.dn);
            let number = it.all.len();
            for member in entry.texts("member") {
                it.of.entry(name::normal(member)).or_default().push(number);
            }
            // `S-1-5-32-…` are the same everywhere; the others are those of the domain.
            let built_in = sid.to_string().starts_with("S-1-5-32-");
            if let Some(relative) = sid.relative().filter(|_| !built_in) {
                it.by_relative.insert(relative, number);
            }
            let called = entry.text("sAMAccountName").unwrap_or(&entry.dn).to_owned();
            it.all.push(Group { risk: risk(&sid, &dn, config), dn, called });
        }
        it
    }

    /// The groups of an account, each with the group that it comes through.
    fn entitlements(&self, dn: &str, primary: Option<u32>) -> Vec<Entitlement> {
        let direct = self.of.get(dn).cloned().unwrap_or_default();
        let primary = primary.and_then(|it| self.by_relative.get(&it)).copied();
        let mut next: Vec<(usize, Option<usize>)> =
            direct.into_iter().chain(primary).map(|it| (it, None)).collect();
        let mut seen = BTreeSet::new();
        let mut found = Vec::new();
        while let Some((number, through)) = next.pop() {
            let Some(group) = self.all.get(number) else { continue };
            // A group may be in itself, through others.
            if !seen.insert(number) {
                continue;
            }
            let via = through.and_then(|it| self.all.get(it));
            found.push(Entitlement {
                grant: format!("member of {}", group.called),
                scope: group.dn.clone(),
                through: via.map_or_else(
                    || "membership".to_owned(),
                    |it| format!("membership through {}", it.called),
                ),
                risk: group.risk,
            });
            let above = self.of.get(&group.dn).into_iter().flatten();
            next.extend(above.map(|it| (*it, through.or(Some(number)))));
        }
        found.sort_by(|a, b| {
            (std::cmp::Reverse(a.risk as u8), &a.scope)
                .cmp(&(std::cmp::Reverse(b.risk as u8), &b.scope))
        });
        found.truncate(MOST_GROUPS);
        found
    }
}

fn risk(sid: &Sid, dn: &str, config: &ActiveDirectoryConfig) -> RiskClass {
    let text = sid.to_string();
    let of_domain = |all: &[u32]| {
        text.starts_with("S-1-5-21-") && sid.relative().is_some_and(|it| all.contains(&it))
    };
    let configured = config.privileged_groups.iter().any(|it| name::normal(it) == dn);
    if configured || BUILT_IN_OF_POWER.contains(&text.as_str()) || of_domain(&OF_POWER) {
        RiskClass::Admin
    } else if of_domain(&OF_PERMISSIONS) {
        RiskClass::Permissions
    } else {
        RiskClass::Read
    }
}

fn sid(entry: &Entry) -> Option<Sid> {
    let values = entry.attributes.get("objectsid")?;
    values.first().and_then(|it| Sid::of_bytes(it))
}

/// Every account, in the order of the directory.
pub(crate) fn described(
    listed: &Listed,
    groups: &[Entry],
    config: &ActiveDirectoryConfig,
    now: Timestamp,
) -> Vec<Discovered> {
    let groups = Groups::read(groups, config);
    listed.accounts.iter().filter_map(|it| account(it, listed, &groups, now)).collect()
}

fn account(entry: &Entry, listed: &Listed, groups: &Groups, now: Timestamp) -> Option<Discovered> {
    let sid = sid(entry)?;
    let signs_in = entry.text("sAMAccountName")?;
    let flags: i32 = entry.text(FLAGS)?.parse().ok()?;
    let flags = Flags(flags.cast_unsigned());
    let text = |attribute: &str| entry.text(attribute).map(str::to_owned);
    let moment = |attribute: &str| entry.text(attribute).and_then(interval);
    let of_class =
        |class: &str| entry.texts("objectClass").any(|it| it.eq_ignore_ascii_case(class));
    let managed = of_class("msDS-GroupManagedServiceAccount")
        || of_class("msDS-ManagedServiceAccount")
        || of_class("msDS-DelegatedManagedServiceAccount");
    let services: Vec<&str> = entry.texts("servicePrincipalName").collect();
    let person = ["givenName", "sn", "mail"].iter().any(|it| entry.text(it).is_some());
    let kind = if managed {
        Some(IdentityKind::ServiceAccount)
    } else if of_class("computer") {
        Some(IdentityKind::Workload)
    } else if !services.is_empty() {
        Some(IdentityKind::ServiceAccount)
    } else {
        person.then_some(IdentityKind::Human)
    };
    let expires = moment(EXPIRY);
    let enabled = !flags.has(Flags::DISABLED) && expires.is_none_or(|it| it > now);
    let last_used = moment("lastLogonTimestamp").max(moment("lastLogon"));
    let principal = Principal::new("ad", &sid.to_string());
    let lower = signs_in.to_lowercase();
    let mut also: Vec<Principal> = listed
        .domain
        .iter()
        .map(|it| Principal::new("ad", &format!("{}\\{lower}", it.to_lowercase())))
        .collect();
    also.extend(entry.text("userPrincipalName").map(|it| Principal::new("ad", &it.to_lowercase())));
    also.push(Principal::new("ad", &name::normal(&entry.dn)));
    Some(Discovered {
        name: Some(text("displayName").unwrap_or_else(|| signs_in.to_owned())),
        kind,
        enabled: Some(enabled),
        created: entry.text("whenCreated").and_then(name::moment),
        last_used,
        labels: labels(entry, flags, managed, &services),
        // What the domain or the machine renews by itself is nobody's to look after.
        credentials: (!managed && !of_class("computer"))
            .then(|| DiscoveredCredential {
                reference: CredentialRef::new("ad", CredentialKind::Password, &sid.to_string()),
                enabled: Some(enabled),
                // Zero: it has to be changed before anything else.
                issued: moment(LAST_SET),
                expires,
                last_used,
            })
            .into_iter()
            .collect(),
        entitlements: groups.entitlements(
            &name::normal(&entry.dn),
            entry.text("primaryGroupID").and_then(|it| it.parse().ok()),
        ),
        also,
        ..Discovered::of(principal)
    })
}

fn labels(
    entry: &Entry,
    flags: Flags,
    managed: bool,
    services: &[&str],
) -> BTreeMap<String, String> {
    let mut labels = BTreeMap::new();
    let mut say = |key: &str, value: &str| {
        if !value.is_empty() {
            labels.insert(key.to_owned(), value.chars().take(LONGEST).collect());
        }
    };
    for attribute in ["description", "department", "title", "company", "mail", "dNSHostName"] {
        say(attribute, entry.text(attribute).unwrap_or_default());
    }
    // Both name an entry: what it is called says more to people than its whole name.
    for attribute in ["manager", "managedBy"] {
        say(attribute, &entry.text(attribute).map(name::first_value).unwrap_or_default());
    }
    say("servicePrincipalName", &services.join(", "));
    if managed {
        say("managed", "the domain renews its password by itself");
    }
    let risks: Vec<&str> =
        FLAGS_OF_RISK.iter().filter(|it| flags.has(it.0)).map(|it| it.1).collect();
    say("flags", &risks.join(", "));
    labels
}

/// A moment as a directory counts it, in 100 ns since 1601; zero and the last one are none.
fn interval(text: &str) -> Option<Timestamp> {
    let ticks: i64 = text.parse().ok().filter(|it| *it > 0 && *it != i64::MAX)?;
    Timestamp::from_second(ticks / 10_000_000 - 11_644_473_600).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::active_directory::fake::{Fake, sid as numbered};

    fn entry(dn: &str, sid: &str, attributes: &[(&str, &[&str])]) -> Entry {
        let bytes = |it: &&str| it.as_bytes().to_vec();
        let mut all: BTreeMap<String, Vec<Vec<u8>>> = attributes
            .iter()
            .map(|(name, values)| (name.to_lowercase(), values.iter().map(bytes).collect()))
            .collect();
        all.insert("objectsid".to_owned(), vec![Sid::parse(sid).unwrap().bytes()]);
        Entry { dn: dn.to_owned(), attributes: all }
    }

    fn user(name: &str, relative: u32, more: &[(&str, &[&str])]) -> Entry {
        let dn = format!("CN={name},DC=corp,DC=example");
        let mut all: Vec<(&str, &[&str])> = vec![("objectClass", &["top", "person", "user"])];
        let names = [name];
        all.push(("sAMAccountName", &names));
        all.extend(more);
        entry(&dn, &numbered(relative).to_string(), &all)
    }

    #[test]
    fn accounts_are_described_with_what_they_are_and_what_groups_give() {
        let listed = Listed {
            domain: vec!["corp.example".to_owned(), "CORP".to_owned()],
            accounts: vec![
                user(
                    "Ann",
                    1105,
                    &[
                        ("userAccountControl", &["66048"]),
                        ("givenName", &["Ann"]),
                        ("pwdLastSet", &["133485408000000000"]),
                        ("lastLogonTimestamp", &["133500960000000000"]),
                        ("accountExpires", &["9223372036854775807"]),
                        ("whenCreated", &["20240101000000.0Z"]),
                        ("manager", &["CN=Bob Boss,DC=corp,DC=example"]),
                        ("userPrincipalName", &["Ann@corp.example"]),
                        ("primaryGroupID", &["513"]),
                    ],
                ),
                user(
                    "svc",
                    1104,
                    &[
                        ("userAccountControl", &["4194818"]),
                        ("servicePrincipalName", &["MSSQLSvc/db.corp.example:1433"]),
                        ("pwdLastSet", &["0"]),
                    ],
                ),
                user("no-flags", 1199, &[]),
            ],
        };
        let group = |name: &str, sid: &str, members: &[&str]| {
            entry(
                &format!("CN={name},DC=corp,DC=example"),
                sid,
                &[("sAMAccountName", &[name]), ("member", members)],
            )
        };
        let admins = numbered(512).to_string();
        let groups = [
            group("Domain Admins", &admins, &["CN=helpers,DC=corp,DC=example"]),
            group(
                "helpers",
                &numbered(1300).to_string(),
                &["cn=ann,dc=corp,dc=example", "CN=Domain Admins,DC=corp,DC=example"],
            ),
            group("Domain Users", &numbered(513).to_string(), &[]),
        ];
        let now = "2024-03-01T00:00:00Z".parse().unwrap();
        let found = described(&listed, &groups, &Fake::config(), now);
        let [ann, svc] = found.as_slice() else { panic!("{found:?}") };
        assert_eq!(ann.kind, Some(IdentityKind::Human));
        assert_eq!(ann.enabled, Some(true));
        assert_eq!(ann.created, Some("2024-01-01T00:00:00Z".parse().unwrap()));
        assert_eq!(ann.credentials[0].issued, Some("2024-01-01T00:00:00Z".parse().unwrap()));
        assert_eq!(ann.last_used, Some("2024-01-19T00:00:00Z".parse().unwrap()));
        assert_eq!(ann.labels["manager"], "Bob Boss");
        assert_eq!(ann.labels["flags"], "password never expires");
        let also: Vec<&str> = ann.also.iter().map(|it| &*it.name).collect();
        assert_eq!(
            also,
            ["corp.example\\ann", "corp\\ann", "ann@corp.example", "cn=ann,dc=corp,dc=example"]
        );
        let gives: Vec<String> = ann
            .entitlements
            .iter()
            .map(|it| format!("{} by {}, {:?}", it.grant, it.through, it.risk))
            .collect();
        assert_eq!(
            gives,
            [
                "member of Domain Admins by membership through helpers, Admin",
                "member of Domain Users by membership, Read",
                "member of helpers by membership, Read",
            ]
        );
        assert_eq!(svc.kind, Some(IdentityKind::ServiceAccount));
        assert_eq!((svc.enabled, svc.credentials[0].issued), (Some(false), None));
        assert_eq!(svc.labels["flags"], "needs no pre-authentication");
    }
}
