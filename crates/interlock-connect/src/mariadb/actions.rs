//! What this connector can do, as data. How each works is the same for all database servers.

use super::server::{CONNECT, CONNECTION_ADMIN, CREATE_USER, PROCESS, SELECT_MYSQL};
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
    kind: "mariadb",
    provider: "mariadb",
    title: "MariaDB: accounts, their sessions and passwords",
    outer: "the network in front of the server, and the proxy or secrets engine that logs in on behalf of others",
    discovery: Some(&super::discover::SPEC),
    actions: &[&END_SESSIONS, &EXPIRE_PASSWORD, &FORBID_LOGIN, &LOCK_ACCOUNT, &ROTATE_PASSWORD],
};

/// What the connector is made of.
pub(crate) const PARTS: Parts = Parts { spec: &SPEC, actions: all };

fn all(shared: &Arc<Shared>) -> Vec<Box<dyn Action>> {
    let it = || Arc::clone(shared);
    vec![
        Box::new(EndSessions { shared: it(), spec: &END_SESSIONS }),
        Box::new(Setting { shared: it(), of: &EXPIRED }),
        Box::new(Setting { shared: it(), of: &FORBIDDEN }),
        Box::new(Setting { shared: it(), of: &LOCKED }),
        Box::new(RotatePassword { shared: it(), spec: &ROTATE_PASSWORD }),
    ]
}

/// Any account, as `user@host`.
const ANY: TargetKind = TargetKind::Principal("mariadb", &["*@*"]);
/// An account's password.
const PASSWORD: TargetKind = TargetKind::Credential("mariadb", CredentialKind::Password);
/// The server acts at once; what it is ending may take a moment.
const SETTLE: Duration = Duration::from_secs(5);
const LOCK_TRAPS: &[&str] = &[
    "an open session goes on: end sessions as well, after this",
    "an account is a user and a host: the same user from another host is another account, and is not touched",
    "who has PROXY on it may become it: such accounts are named as what is left",
    "CREATE USER is enough to lock root: the last account with SUPER that can sign in is refused here",
];

const fn lock(name: &'static str, kind: ActionKind, summary: &'static str) -> ActionSpec {
    ActionSpec {
        name,
        kind,
        role: Role::Whole,
        target: ANY,
        summary,
        reversal: ReversalSpec::Restores { re_arms: true },
        stops: Stops { new: true, refresh: true, live: false },
        settle: SETTLE,
        leaves: "sessions that are open already",
        leaves_at_most: None,
        beyond: &[],
        reads: &[SELECT_MYSQL, PROCESS, CONNECT],
        write: CREATE_USER,
        restore: None,
        delivery: None,
        traps: LOCK_TRAPS,
        source: "https://mariadb.com/kb/en/account-locking/; measured on 10.11 by tests/databases/mariadb.rs",
    }
}

static LOCK_ACCOUNT: ActionSpec = lock(
    "mariadb.lock_account",
    ActionKind::DisableIdentity,
    "locks an account, so that nobody can sign in as it",
);
static LOCKED: Settled = Settled {
    spec: &LOCK_ACCOUNT,
    key: "locked",
    wanted: "yes",
    met: is_yes,
    between: apart,
    summary: "lock {}",
    residue: Residue::Sessions,
    closes: true,
    lowers: false,
};

static FORBID_LOGIN: ActionSpec = lock(
    "mariadb.forbid_login",
    ActionKind::BlockPrincipal,
    "locks an account, so that no session is opened",
);
static FORBIDDEN: Settled = Settled {
    spec: &FORBID_LOGIN,
    key: "locked",
    wanted: "yes",
    met: is_yes,
    between: apart,
    summary: "open no more sessions of {}",
    residue: Residue::Sessions,
    closes: true,
    lowers: false,
};

fn is_yes(value: &str, _now: Timestamp) -> bool {
    value == "yes"
}

static EXPIRE_PASSWORD: ActionSpec = ActionSpec {
    name: "mariadb.expire_password",
    kind: ActionKind::RequireReauthentication,
    role: Role::Whole,
    target: ANY,
    summary: "lets a password expire, so that a new one must be set before anything else",
    reversal: ReversalSpec::Final {
        why: "only a new password ends it, and that is the owner's to set",
    },
    stops: Stops { new: false, refresh: false, live: false },
    settle: SETTLE,
    leaves: "sessions that are open already; and whoever has the password may set the new one",
    leaves_at_most: None,
    beyond: &[],
    reads: &[SELECT_MYSQL],
    write: CREATE_USER,
    restore: None,
    delivery: None,
    traps: &[
        "who stole the password can set the new one: against a thief rotate it instead",
        "with disconnect_on_expired_password clients that cannot set a password are refused altogether",
    ],
    source: "https://mariadb.com/kb/en/user-password-expiry/; measured on 10.11 by tests/databases/mariadb.rs",
};
static EXPIRED: Settled = Settled {
    spec: &EXPIRE_PASSWORD,
    key: "password_expired",
    wanted: "yes",
    met: is_yes,
    between: apart,
    summary: "let the password of {} expire",
    residue: Residue::Always,
    closes: false,
    lowers: false,
};

static END_SESSIONS: ActionSpec = ActionSpec {
    name: "mariadb.end_sessions",
    kind: ActionKind::RevokeSessions,
    role: Role::Whole,
    target: ANY,
    summary: "ends every open session of an account",
    reversal: ReversalSpec::Final {
        why: "a session that was ended cannot be continued; clients connect anew",
    },
    stops: Stops { new: false, refresh: false, live: true },
    settle: SETTLE,
    leaves: "new sessions: the account may still sign in",
    leaves_at_most: None,
    beyond: &[],
    reads: &[SELECT_MYSQL, PROCESS],
    write: CONNECTION_ADMIN,
    restore: None,
    delivery: None,
    traps: &[
        "an account that may still sign in connects again at once: lock it first",
        "the list of sessions names user and client, not the account: all sessions of the user from a client that fits the account's host are ended",
        "without PROCESS only the own sessions are listed, and the server would seem empty",
        "what the session had not committed is rolled back, which may take as long as it took",
    ],
    source: "https://mariadb.com/kb/en/kill/; measured on 10.11 by tests/databases/mariadb.rs",
};

static ROTATE_PASSWORD: ActionSpec = ActionSpec {
    name: "mariadb.rotate_password",
    kind: ActionKind::RotateCredential,
    role: Role::Whole,
    target: PASSWORD,
    summary: "gives an account a new password and puts it into its delivery file",
    reversal: ReversalSpec::Final {
        why: "the old password is what was stolen, and is kept nowhere",
    },
    stops: Stops { new: true, refresh: true, live: false },
    settle: SETTLE,
    leaves: "sessions that are open already",
    leaves_at_most: None,
    beyond: &[],
    reads: &[SELECT_MYSQL, CONNECT],
    write: CREATE_USER,
    restore: None,
    delivery: Some(Delivery { operation: PUT_DELIVERY }),
    traps: &[
        "the server is sent the hash that it keeps, never the password, which its logs would keep",
        "only accounts that sign in by mysql_native_password alone: another plugin keeps another hash",
        "there is one password: the workload must read its file again when it is refused",
        "the new password is on disk beside the file before the server hears of it, so that no death in between loses it",
    ],
    source: "https://mariadb.com/kb/en/alter-user/; measured on 10.11 by tests/databases/mariadb.rs",
};
