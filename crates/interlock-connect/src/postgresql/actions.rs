//! What this connector can do, as data. How each works is the same for all database servers.

use super::server::{CONNECT, CREATEROLE, PG_READ_ALL_STATS, PG_SIGNAL_BACKEND, SELECT_PG_ROLES};
use crate::aws::surely_past;
use crate::database::{
    EndSessions, PUT_DELIVERY, Parts, Residue, RotatePassword, Setting, Settled, Shared, apart,
};
use interlock_contain::{
    Action, ActionSpec, ConnectorSpec, Delivery, Left, ReversalSpec, Role, TargetKind,
};
use interlock_model::{ActionKind, CredentialKind, Operation, Stops, Timestamp};
use std::sync::Arc;
use std::time::Duration;

/// What the connector declares.
pub static SPEC: ConnectorSpec = ConnectorSpec {
    kind: "postgresql",
    provider: "postgresql",
    title: "PostgreSQL: roles, their sessions, passwords and memberships",
    outer: "`pg_hba.conf` and the network in front of the server, which refuse a role before the database is asked",
    discovery: Some(&super::discover::SPEC),
    actions: &[
        &DISABLE_ROLE,
        &END_SESSIONS,
        &EXPIRE_PASSWORD,
        &FORBID_LOGIN,
        &REVOKE_MEMBERSHIPS,
        &ROTATE_PASSWORD,
    ],
};

/// What the connector is made of.
pub(crate) const PARTS: Parts = Parts { spec: &SPEC, actions: all };

fn all(shared: &Arc<Shared>) -> Vec<Box<dyn Action>> {
    let it = || Arc::clone(shared);
    vec![
        Box::new(Setting { shared: it(), of: &DISABLED }),
        Box::new(EndSessions { shared: it(), spec: &END_SESSIONS }),
        Box::new(Setting { shared: it(), of: &EXPIRED }),
        Box::new(Setting { shared: it(), of: &FORBIDDEN }),
        Box::new(Setting { shared: it(), of: &REVOKED }),
        Box::new(RotatePassword { shared: it(), spec: &ROTATE_PASSWORD }),
    ]
}

/// Any role.
const ANY: TargetKind = TargetKind::Principal("postgresql", &["*"]);
/// A role's password.
const PASSWORD: TargetKind = TargetKind::Credential("postgresql", CredentialKind::Password);
/// The server acts at once; its log, in which effect is seen, and what it is ending may take a moment.
const SETTLE: Duration = Duration::from_secs(5);
/// What looking takes, with the try of a delivered password.
const LOOKS: &[Operation] = &[SELECT_PG_ROLES, PG_READ_ALL_STATS, CONNECT];
const LOGIN_LEAVES: &str = "sessions that are open already";
const LOGIN_TRAPS: &[&str] = &[
    "an open session goes on, also after a change of password and after REVOKE CONNECT: end sessions as well, after this",
    "it is in force when the statement is committed, which it is before the answer: sessions are ended by a later step, so that none slips in between",
    "roles that are members of it may still become it by SET ROLE: they are named as what is left",
    "CONNECTION LIMIT 0 is not used: it does not hold superusers off",
    "the last superuser that can sign in is refused",
];
/// Who signed in as another role and took this one is not signed in as this one.
const BECOMES: Left = Left {
    what: "sessions of other roles that became it by SET ROLE, and the members that may become it",
    at_most: None,
};
const LOGIN_SOURCE: &str = "https://www.postgresql.org/docs/15/sql-alterrole.html; measured on 15 by tests/databases/postgresql.rs";

const fn login(name: &'static str, kind: ActionKind, summary: &'static str) -> ActionSpec {
    ActionSpec {
        name,
        kind,
        role: Role::Whole,
        target: ANY,
        summary,
        reversal: ReversalSpec::Restores { re_arms: true },
        stops: Stops { new: true, refresh: true, live: false },
        settle: SETTLE,
        leaves: LOGIN_LEAVES,
        leaves_at_most: None,
        beyond: &[BECOMES],
        reads: LOOKS,
        write: CREATEROLE,
        restore: None,
        delivery: None,
        traps: LOGIN_TRAPS,
        source: LOGIN_SOURCE,
    }
}

static DISABLE_ROLE: ActionSpec = login(
    "postgresql.disable_role",
    ActionKind::DisableIdentity,
    "takes LOGIN from a role, so that nobody can sign in as it",
);
static DISABLED: Settled = Settled {
    spec: &DISABLE_ROLE,
    key: "login",
    wanted: "no",
    met: is_no,
    between: apart,
    summary: "take LOGIN from {}",
    residue: Residue::Sessions,
    closes: true,
    lowers: false,
};

static FORBID_LOGIN: ActionSpec = login(
    "postgresql.forbid_login",
    ActionKind::BlockPrincipal,
    "takes LOGIN from a role, so that no session is opened",
);
static FORBIDDEN: Settled = Settled {
    spec: &FORBID_LOGIN,
    key: "login",
    wanted: "no",
    met: is_no,
    between: apart,
    summary: "open no more sessions of {}",
    residue: Residue::Sessions,
    closes: true,
    lowers: false,
};

fn is_no(value: &str, _now: Timestamp) -> bool {
    value == "no"
}

static EXPIRE_PASSWORD: ActionSpec = ActionSpec {
    name: "postgresql.expire_password",
    kind: ActionKind::DisableCredential,
    role: Role::Whole,
    target: PASSWORD,
    summary: "lets the password's validity end in the past",
    reversal: ReversalSpec::Restores { re_arms: true },
    stops: Stops { new: true, refresh: true, live: false },
    settle: SETTLE,
    leaves: "sessions that are open already, and signing in without a password: trust, peer, certificate, Kerberos",
    leaves_at_most: None,
    beyond: &[],
    reads: &[SELECT_PG_ROLES],
    write: CREATEROLE,
    restore: None,
    delivery: None,
    traps: &[
        "VALID UNTIL is asked by password methods only: with trust, peer, cert or gss in pg_hba.conf the role still signs in",
        "a validity that was never set comes back as `infinity`, which means the same",
        "PASSWORD NULL would lose the verifier, so that nothing could be taken back: it is not used",
        "the last superuser that can sign in is refused",
    ],
    source: "https://www.postgresql.org/docs/15/sql-alterrole.html; measured on 15 by tests/databases/postgresql.rs",
};
static EXPIRED: Settled = Settled {
    spec: &EXPIRE_PASSWORD,
    key: "valid_until",
    wanted: "1970-01-01T00:00:00.000000Z",
    met: is_past,
    between: apart,
    summary: "let the password of {} be valid until 1970",
    residue: Residue::Always,
    closes: true,
    lowers: false,
};

fn is_past(value: &str, now: Timestamp) -> bool {
    value == "-infinity" || value.parse::<Timestamp>().is_ok_and(|it| surely_past(it, now))
}

static REVOKE_MEMBERSHIPS: ActionSpec = ActionSpec {
    name: "postgresql.revoke_memberships",
    kind: ActionKind::RemoveEntitlement,
    role: Role::Whole,
    target: ANY,
    summary: "takes a role out of every role that it is a member of",
    reversal: ReversalSpec::Compensates {
        loses: "who granted the membership, which from then on is the connector's role",
    },
    stops: Stops { new: false, refresh: false, live: false },
    settle: SETTLE,
    leaves: "what was granted to the role itself or to PUBLIC, what it owns, and sessions that had taken one of the roles by SET ROLE",
    leaves_at_most: None,
    beyond: &[],
    reads: &[SELECT_PG_ROLES],
    write: CREATEROLE,
    restore: None,
    delivery: None,
    traps: &[
        "a session that took a granted role by SET ROLE keeps its rights to its end: end sessions as well",
        "a running statement and an open cursor finish",
        "from PostgreSQL 16 on a membership that another role granted stays until that role takes it away: it is read back as not done",
    ],
    source: "https://www.postgresql.org/docs/15/role-membership.html; measured on 15 by tests/databases/postgresql.rs",
};
static REVOKED: Settled = Settled {
    spec: &REVOKE_MEMBERSHIPS,
    key: "member_of",
    wanted: "[]",
    met: is_empty,
    between: apart,
    summary: "take {} out of every role that it is a member of",
    residue: Residue::Always,
    closes: false,
    lowers: false,
};

fn is_empty(value: &str, _now: Timestamp) -> bool {
    value == "[]"
}

static END_SESSIONS: ActionSpec = ActionSpec {
    name: "postgresql.end_sessions",
    kind: ActionKind::RevokeSessions,
    role: Role::Whole,
    target: ANY,
    summary: "ends every open session of a role",
    reversal: ReversalSpec::Final {
        why: "a session that was ended cannot be continued; clients connect anew",
    },
    stops: Stops { new: false, refresh: false, live: true },
    settle: SETTLE,
    leaves: "new sessions: the role may still sign in",
    leaves_at_most: None,
    beyond: &[BECOMES],
    reads: &[SELECT_PG_ROLES, PG_READ_ALL_STATS],
    write: PG_SIGNAL_BACKEND,
    restore: None,
    delivery: None,
    traps: &[
        "a role that may still sign in connects again at once: forbid its login first",
        "what the session had not committed is rolled back; what it had prepared for two phases stays",
        "a session that took the role by SET ROLE is listed under the role that signed in",
        "a standby that streams as this role is cut off too",
        "behind a pooler sessions are the pooler's: every client that shares the role is hit",
    ],
    source: "https://www.postgresql.org/docs/15/functions-admin.html#FUNCTIONS-ADMIN-SIGNAL; measured on 15 by tests/databases/postgresql.rs",
};

static ROTATE_PASSWORD: ActionSpec = ActionSpec {
    name: "postgresql.rotate_password",
    kind: ActionKind::RotateCredential,
    role: Role::Whole,
    target: PASSWORD,
    summary: "gives a role a new password and puts it into its delivery file",
    reversal: ReversalSpec::Final {
        why: "the old password is what was stolen, and is kept nowhere",
    },
    stops: Stops { new: true, refresh: true, live: false },
    settle: SETTLE,
    leaves: "sessions that are open already, and signing in without a password: trust, peer, certificate, Kerberos",
    leaves_at_most: None,
    beyond: &[],
    reads: &[SELECT_PG_ROLES, CONNECT],
    write: CREATEROLE,
    restore: None,
    delivery: Some(Delivery { operation: PUT_DELIVERY }),
    traps: &[
        "the server is sent a SCRAM verifier, never the password, which its log would keep",
        "there is one password: the workload must read its file again when it is refused",
        "the new password is on disk beside the file before the server hears of it, so that no death in between loses it",
        "a role whose password is expired or that may not sign in stays so",
    ],
    source: "https://www.postgresql.org/docs/15/sql-alterrole.html; https://www.postgresql.org/docs/15/auth-password.html; measured on 15 by tests/databases/postgresql.rs",
};
