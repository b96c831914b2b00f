//! Policies of Vault and OpenBao, in HCL or JSON.
//!
//! What a path is for follows from its place: `sys`, `auth` and `identity` are the server's own, what lies
//! elsewhere belongs to an engine of secrets. An action is written as a capability and a path: `read kv/data/*`.
//! A `deny` of one path is not taken from what a wider one allows.

mod document;
mod smaller;

use super::{Access, Documents, Platform, Row, all, row};
use crate::AccessClass::{self, Credentials, Data, List, Permissions, Read, Secrets, Write};
use document::{Rule, read};
use interlock_model::Event;

pub(super) const PLATFORM: Platform = Platform {
    provider: "vault",
    within: "on its server",
    sources: &[
        "https://developer.hashicorp.com/vault/docs/concepts/policies",
        "https://openbao.org/docs/concepts/policies/",
        "https://openbao.org/docs/concepts/tokens/",
    ],
    rows: ROWS,
    composed: None,
    documents: Some(Documents {
        access,
        actions,
        covers,
        used,
        smaller: smaller::propose,
        shared: true,
    }),
};

const ROWS: &[Row] = &[all("root"), row("default", &[])];

/// The longest path.
const LONGEST_PATH: usize = 512;
const CHANGES: [&str; 4] = ["create", "update", "patch", "delete"];

impl Rule {
    fn may(&self, capabilities: &[&str]) -> bool {
        self.capabilities.iter().any(|it| capabilities.contains(&it.as_str()))
    }

    fn reaches(&self, paths: &[&str]) -> bool {
        paths.iter().any(|it| meet(&self.path, it))
    }

    /// Whether the word behind the mount is one of these, or the mount may be any. What engine is mounted
    /// where is not known: of `secret/*` nothing more than secrets is said.
    fn names(&self, words: &[&str]) -> bool {
        let mut parts = self.path.split('/');
        parts.next().is_some_and(|it| it.contains(['*', '+']))
            || parts.next().is_some_and(|it| words.contains(&it))
    }

    /// Whether it only lets a token look after itself.
    fn of_itself(&self) -> bool {
        let within = |it: &&str| {
            it.strip_suffix('*').map_or(self.path == **it, |begin| self.path.starts_with(begin))
        };
        self.path.starts_with("identity/") && self.path.contains("{{identity.")
            || ITSELF.iter().any(within)
    }

    /// Whether all that it reaches is of an engine of secrets.
    fn of_engines(&self) -> bool {
        !["sys/", "auth/", "identity/", "cubbyhole/"].iter().any(|it| self.path.starts_with(it))
    }
}

/// What lies at a path that a policy may open, who may what there, and how that leads to more.
struct Site {
    paths: &'static [&'static str],
    capabilities: &'static [&'static str],
    gives: &'static [AccessClass],
    more: Option<&'static str>,
}

const SITES: &[Site] = &[
    Site {
        paths: &["sys/policies/acl/*", "sys/policy/*"],
        capabilities: &["create", "update", "patch"],
        gives: &[Permissions],
        more: Some("may rewrite the policies that it has itself"),
    },
    Site {
        paths: &["sys/policies/*", "sys/policy/*", "sys/mounts/*", "sys/auth/*"],
        capabilities: &CHANGES,
        gives: &[Permissions],
        more: None,
    },
    Site {
        paths: &[
            "identity/entity/*",
            "identity/entity",
            "identity/entity-alias",
            "identity/group/*",
            "identity/group",
        ],
        capabilities: &["create", "update", "patch"],
        gives: &[Permissions],
        more: Some("may give any policy to an entity or a group of its own"),
    },
    Site {
        paths: &["auth/token/create", "auth/token/create-orphan", "auth/token/create/*"],
        capabilities: &["create", "update"],
        gives: &[Credentials],
        more: None,
    },
    Site {
        paths: &["auth/+/role/+/secret-id", "auth/+/role/+/custom-secret-id"],
        capabilities: &["create", "update"],
        gives: &[Credentials],
        more: Some("may sign in as the AppRole"),
    },
    Site {
        paths: &[
            "auth/+/role/+",
            "auth/+/roles/+",
            "auth/+/users/+",
            "auth/+/groups/+",
            "auth/+/map/*",
            "auth/+/certs/+",
            "auth/+/config",
        ],
        capabilities: &["create", "update", "patch"],
        gives: &[Permissions],
        more: Some("may let itself sign in with any policy"),
    },
    Site {
        paths: &["auth/+/users/+/password"],
        capabilities: &["create", "update"],
        gives: &[Credentials],
        more: None,
    },
    Site {
        paths: &["sys/generate-root/*", "sys/raw/*", "sys/storage/raft/snapshot", "sys/rekey/*"],
        capabilities: &["read", "create", "update"],
        gives: &[Secrets, Credentials],
        more: Some("may reach the storage or the root token"),
    },
    Site {
        paths: &["sys/audit/*"],
        capabilities: &CHANGES,
        gives: &[Write],
        more: Some("may turn off the audit log"),
    },
];

/// What engines hand out that proves an identity, by the word behind their mount: leases, certificates,
/// signatures, tokens.
const ISSUES: [&str; 7] = ["creds", "issue", "key", "sign", "static-creds", "sts", "token"];
/// Where engines open what was sealed.
const OPENS: [&str; 3] = ["datakey", "decrypt", "export"];
/// What lets a token look after itself, as the policy does that every token has: it reaches nobody else's.
const ITSELF: [&str; 13] = [
    "auth/token/lookup-self",
    "auth/token/renew-self",
    "auth/token/revoke-self",
    "cubbyhole/*",
    "identity/oidc/provider/+/authorize",
    "sys/capabilities-self",
    "sys/control-group/request",
    "sys/internal/ui/resultant-acl",
    "sys/leases/lookup",
    "sys/leases/renew",
    "sys/renew",
    "sys/tools/*",
    "sys/wrapping/*",
];

fn access(document: &str, _scope: &str) -> Option<Access> {
    let mut access = Access::default();
    for rule in read(document)? {
        if rule.may(&["deny"]) || rule.of_itself() {
            continue;
        }
        let whole = rule.path == "*" && rule.may(&["sudo"]) && rule.may(&["create", "update"]);
        access.everything |= whole;
        let by = format!("{} {}", rule.capabilities.join("+"), rule.path);
        for (capabilities, class) in
            [(&["list", "scan"][..], List), (&["read"], Read), (&CHANGES, Write)]
        {
            if rule.may(capabilities) {
                access.add(class, &by);
            }
        }
        let engines = rule.of_engines();
        if engines && rule.may(&["read"]) {
            access.add(Secrets, &by);
        }
        if engines && rule.may(&["read", "create", "update"]) {
            if rule.names(&ISSUES) {
                access.add(Credentials, &by);
            }
            if rule.names(&OPENS) {
                access.add(Data, &by);
            }
        }
        for site in SITES.iter().filter(|it| rule.may(it.capabilities) && rule.reaches(it.paths)) {
            site.gives.iter().for_each(|class| access.add(*class, &by));
            if let Some(way) = site.more {
                access.add_more(&format!("{way} through {by}"));
            }
        }
        // Without `sudo` a token has no policy that its maker has not.
        if rule.may(&["sudo"]) && rule.reaches(&["auth/token/create", "auth/token/create/*"]) {
            access.add_more(&format!("may make tokens with any policy through {by}"));
        }
    }
    Some(access)
}

/// The paths of a policy with their capabilities, for tests.
#[cfg(test)]
pub(super) fn paths(document: &str) -> Vec<(String, Vec<String>)> {
    let rules = read(document).unwrap_or_default();
    rules.into_iter().map(|it| (it.path, it.capabilities)).collect()
}

fn actions(document: &str) -> Vec<String> {
    let rules = read(document).unwrap_or_default();
    let told = |it: &Rule| !it.may(&["deny"]) && !it.of_itself();
    let each = rules.iter().filter(|it| told(it)).flat_map(|rule| {
        let wanted = rule.capabilities.iter().filter(|it| *it != "sudo");
        wanted.map(|it| format!("{it} {}", rule.path)).collect::<Vec<_>>()
    });
    each.collect()
}

fn covers(pattern: &str, action: &str) -> bool {
    let (Some((may, path)), Some((did, at))) = (pattern.split_once(' '), action.split_once(' '))
    else {
        return false;
    };
    // The log says `update` of what a policy may have to call `create` or `patch`, and the other way.
    let writes = |it: &str| matches!(it, "create" | "patch" | "update");
    let same = may == did || writes(may) && writes(did);
    same && meet(&smaller::pattern(path), at)
}

/// An audit record names the path as its object, but of the server's own paths only the beginning is
/// certain: all that begins so then counts as used.
fn used(event: &Event) -> Option<String> {
    let (did, at) = event.operation.split_once(' ')?;
    let own = ["sys/", "identity/", "auth/token/"].iter().any(|it| at.starts_with(it));
    match event.objects.first() {
        Some(object) if !own => Some(format!("{did} {}", object.name)),
        Some(_) | None => Some(format!("{did} {at}*")),
    }
}

/// Whether some path fits both patterns, where `*` is any text and `+` one part of a path.
fn meet(a: &str, b: &str) -> bool {
    if a.len() > LONGEST_PATH || b.len() > LONGEST_PATH {
        return false;
    }
    let (a, b) = (a.as_bytes(), b.as_bytes());
    // `row[j]`: whether what is behind in `a` and the first `j` bytes of `b` can be the same text.
    let skips = |it: u8| it == b'*' || it == b'+';
    let mut row = Vec::with_capacity(b.len() + 1);
    row.push(true);
    for it in b {
        row.push(row.last().copied().unwrap_or(false) && skips(*it));
    }
    for x in a {
        let mut next = Vec::with_capacity(b.len() + 1);
        next.push(row.first().copied().unwrap_or(false) && skips(*x));
        for (j, y) in b.iter().enumerate() {
            let diagonal = row.get(j).copied().unwrap_or(false);
            let above = row.get(j + 1).copied().unwrap_or(false);
            let left = next.last().copied().unwrap_or(false);
            // A wildcard takes nothing, or one more of the other side; `+` no slash.
            let takes = |wild: u8, other: u8| wild == b'*' || wild == b'+' && other != b'/';
            let mut fits = diagonal && x == y;
            if skips(*x) {
                fits |= above || left && takes(*x, *y) || left && skips(*y);
            }
            if skips(*y) {
                fits |= left || above && takes(*y, *x) || above && skips(*x);
            }
            next.push(fits);
        }
        row = next;
    }
    row.last().copied().unwrap_or(false)
}
