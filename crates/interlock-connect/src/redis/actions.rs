//! What this connector can do, as data. How each works is the same for all database servers.

use super::server::{ACL_GETUSER, ACL_SETUSER, AUTH, CLIENT_KILL, CLIENT_LIST};
use crate::database::{
    EndSessions, PUT_DELIVERY, Parts, Residue, RotatePassword, Setting, Settled, Shared, apart,
};
use interlock_contain::{
    Action, ActionSpec, ConnectorSpec, Delivery, ReversalSpec, Role, TargetKind,
};
use interlock_model::{ActionKind, CredentialKind, Stops, Timestamp};
use std::sync::Arc;
use std::time::Duration;

/// What the connector declares.
pub static SPEC: ConnectorSpec = ConnectorSpec {
    kind: "redis",
    provider: "redis",
    title: "Redis: ACL users, their connections, commands and passwords",
    outer: "the network in front of the server, and the ACL file that its configuration management writes",
    discovery: Some(&super::discover::SPEC),
    actions: &[&DISABLE_USER, &END_SESSIONS, &FORBID_LOGIN, &QUARANTINE_USER, &ROTATE_PASSWORD],
};

/// What the connector is made of.
pub(crate) const PARTS: Parts = Parts { spec: &SPEC, actions: all };

fn all(shared: &Arc<Shared>) -> Vec<Box<dyn Action>> {
    let it = || Arc::clone(shared);
    vec![
        Box::new(Setting { shared: it(), of: &DISABLED }),
        Box::new(EndSessions { shared: it(), spec: &END_SESSIONS }),
        Box::new(Setting { shared: it(), of: &FORBIDDEN }),
        Box::new(Setting { shared: it(), of: &QUARANTINED }),
        Box::new(RotatePassword { shared: it(), spec: &ROTATE_PASSWORD }),
    ]
}

/// Any user.
const ANY: TargetKind = TargetKind::Principal("redis", &["*"]);
/// A user's password.
const PASSWORD: TargetKind = TargetKind::Credential("redis", CredentialKind::Password);
/// The server acts at once; what it is ending may take a moment.
const SETTLE: Duration = Duration::from_secs(2);
const OFF_TRAPS: &[&str] = &[
    "an open connection goes on: end sessions as well, after this",
    "ACL users live in memory: a server without `aclfile` forgets the change when it starts again, and says so when the connector is tested",
    "replicas and the nodes of a cluster have ACL users of their own, and are not touched",
    "the last enabled user that may do everything is refused",
];

const fn off(name: &'static str, kind: ActionKind, summary: &'static str) -> ActionSpec {
    ActionSpec {
        name,
        kind,
        role: Role::Whole,
        target: ANY,
        summary,
        reversal: ReversalSpec::Restores { re_arms: true },
        stops: Stops { new: true, refresh: true, live: false },
        settle: SETTLE,
        leaves: "connections that are open already",
        leaves_at_most: None,
        beyond: &[],
        reads: &[ACL_GETUSER, CLIENT_LIST, AUTH],
        write: ACL_SETUSER,
        restore: None,
        delivery: None,
        traps: OFF_TRAPS,
        source: "https://redis.io/docs/latest/commands/acl-setuser/; measured on 7.0 by tests/databases/redis.rs",
    }
}

static DISABLE_USER: ActionSpec = off(
    "redis.disable_user",
    ActionKind::DisableIdentity,
    "switches a user off, so that nobody can sign in as it",
);
static DISABLED: Settled = Settled {
    spec: &DISABLE_USER,
    key: "enabled",
    wanted: "no",
    met: is_no,
    between: apart,
    summary: "switch {} off",
    residue: Residue::Sessions,
    closes: true,
    lowers: false,
};

static FORBID_LOGIN: ActionSpec = off(
    "redis.forbid_login",
    ActionKind::BlockPrincipal,
    "switches a user off, so that no connection is opened",
);
static FORBIDDEN: Settled = Settled {
    spec: &FORBID_LOGIN,
    key: "enabled",
    wanted: "no",
    met: is_no,
    between: apart,
    summary: "open no more connections of {}",
    residue: Residue::Sessions,
    closes: true,
    lowers: false,
};

fn is_no(value: &str, _now: Timestamp) -> bool {
    value == "no"
}

static QUARANTINE_USER: ActionSpec = ActionSpec {
    name: "redis.quarantine_user",
    kind: ActionKind::Quarantine,
    role: Role::Whole,
    target: ANY,
    summary: "takes every command from a user, on open connections too",
    reversal: ReversalSpec::Restores { re_arms: true },
    stops: Stops { new: true, refresh: true, live: true },
    settle: SETTLE,
    leaves: "",
    leaves_at_most: None,
    beyond: &[],
    reads: &[ACL_GETUSER],
    write: ACL_SETUSER,
    restore: None,
    delivery: None,
    traps: &[
        "selectors would allow on what the commands do not: they are taken away too, and given back",
        "a subscription that is open already goes on receiving: end sessions as well where that matters",
        "AUTH is open to everybody: signing in still succeeds, and is of no use",
        "ACL users live in memory: a server without `aclfile` forgets the change when it starts again, and says so when the connector is tested",
        "the last enabled user that may do everything is refused",
    ],
    source: "https://redis.io/docs/latest/operate/oss_and_stack/management/security/acl/; measured on 7.0 by tests/databases/redis.rs",
};
static QUARANTINED: Settled = Settled {
    spec: &QUARANTINE_USER,
    key: "rules",
    wanted: super::rules::NONE,
    met: is_none,
    between: apart,
    summary: "take every command from {}",
    residue: Residue::Nothing,
    closes: true,
    lowers: false,
};

fn is_none(value: &str, _now: Timestamp) -> bool {
    value == super::rules::NONE
}

static END_SESSIONS: ActionSpec = ActionSpec {
    name: "redis.end_sessions",
    kind: ActionKind::RevokeSessions,
    role: Role::Whole,
    target: ANY,
    summary: "ends every open connection of a user",
    reversal: ReversalSpec::Final {
        why: "a connection that was ended cannot be continued; clients connect anew",
    },
    stops: Stops { new: false, refresh: false, live: true },
    settle: SETTLE,
    leaves: "new connections: the user may still sign in",
    leaves_at_most: None,
    beyond: &[],
    reads: &[ACL_GETUSER, CLIENT_LIST],
    write: CLIENT_KILL,
    restore: None,
    delivery: None,
    traps: &[
        "a user that may still sign in connects again at once: switch it off first",
        "a replica that follows as this user is cut off too",
    ],
    source: "https://redis.io/docs/latest/commands/client-kill/; measured on 7.0 by tests/databases/redis.rs",
};

static ROTATE_PASSWORD: ActionSpec = ActionSpec {
    name: "redis.rotate_password",
    kind: ActionKind::RotateCredential,
    role: Role::Whole,
    target: PASSWORD,
    summary: "gives a user one new password instead of all it has and puts it into its delivery file",
    reversal: ReversalSpec::Final {
        why: "the old passwords are what was stolen, and are kept nowhere",
    },
    stops: Stops { new: true, refresh: true, live: false },
    settle: SETTLE,
    leaves: "connections that are open already",
    leaves_at_most: None,
    beyond: &[],
    reads: &[ACL_GETUSER, AUTH],
    write: ACL_SETUSER,
    restore: None,
    delivery: Some(Delivery { operation: PUT_DELIVERY }),
    traps: &[
        "the server is sent the SHA-256 that it keeps, never the password",
        "a user may have several passwords: all of them go, and so does `nopass`",
        "the new password is on disk beside the file before the server hears of it, so that no death in between loses it",
    ],
    source: "https://redis.io/docs/latest/commands/acl-setuser/; measured on 7.0 by tests/databases/redis.rs",
};
