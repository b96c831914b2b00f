//! What this connector can do, as data. How each works is the same for all servers with accounts.

use super::server::{
    CLEARED, CLOSE, LIMIT, OPEN, PERMISSIONS, READ_CONNECTIONS, READ_USER, USER, between,
};
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
    kind: "rabbitmq",
    provider: "rabbitmq",
    title: "RabbitMQ: users, their connections, permissions, tags and passwords",
    outer: "the network in front of the broker, and the definitions that its configuration management loads",
    discovery: Some(&super::discover::SPEC),
    actions: &[
        &CLEAR_PASSWORD,
        &CLEAR_TAGS,
        &CLOSE_CONNECTIONS,
        &QUARANTINE_USER,
        &REFUSE_CONNECTIONS,
        &ROTATE_PASSWORD,
    ],
};

/// What the connector is made of.
pub(crate) const PARTS: Parts = Parts { spec: &SPEC, actions: all };

fn all(shared: &Arc<Shared>) -> Vec<Box<dyn Action>> {
    let it = || Arc::clone(shared);
    vec![
        Box::new(Setting { shared: it(), of: &CLEARED_PASSWORD }),
        Box::new(Setting { shared: it(), of: &CLEARED_TAGS }),
        Box::new(EndSessions { shared: it(), spec: &CLOSE_CONNECTIONS }),
        Box::new(Setting { shared: it(), of: &QUARANTINED }),
        Box::new(Setting { shared: it(), of: &REFUSED }),
        Box::new(RotatePassword { shared: it(), spec: &ROTATE_PASSWORD }),
    ]
}

/// Any user.
const ANY: TargetKind = TargetKind::Principal("rabbitmq", &["*"]);
/// A user's password.
const PASSWORD: TargetKind = TargetKind::Credential("rabbitmq", CredentialKind::Password);
/// The node that is asked acts at once; the others of a cluster follow.
const SETTLE: Duration = Duration::from_secs(2);
/// Statistics, which say when a connection began, follow every five seconds.
const SETTLE_CONNECTIONS: Duration = Duration::from_secs(12);

static REFUSE_CONNECTIONS: ActionSpec = ActionSpec {
    name: "rabbitmq.refuse_connections",
    kind: ActionKind::DisableIdentity,
    role: Role::Whole,
    target: ANY,
    summary: "lets a user open no more connections",
    reversal: ReversalSpec::Restores { re_arms: true },
    stops: Stops { new: true, refresh: false, live: false },
    settle: SETTLE,
    leaves: "connections that are open already, and the management API for users with tags",
    leaves_at_most: None,
    beyond: &[],
    reads: &[READ_USER, READ_CONNECTIONS, OPEN],
    write: LIMIT,
    restore: None,
    delivery: None,
    traps: &[
        "an open connection goes on: close connections as well, after this",
        "there is no switch that locks a user: the limit of connections is set to 0, and put back to what it was",
        "a limit needs RabbitMQ 3.8.10 or later, with all feature flags on",
        "the limit is no limit for the management API: a user with tags still signs in there",
        "the only administrator is refused",
    ],
    source: "https://www.rabbitmq.com/docs/user-limits; measured on 3.10 by tests/databases/rabbitmq.rs",
};
static REFUSED: Settled = Settled {
    spec: &REFUSE_CONNECTIONS,
    key: "max_connections",
    wanted: "0",
    met: is_zero,
    between: apart,
    summary: "let {} open no more connections",
    // With the management API beside it, this is never nothing.
    residue: Residue::Always,
    closes: true,
    lowers: false,
};

fn is_zero(value: &str, _now: Timestamp) -> bool {
    value == "0"
}

static CLOSE_CONNECTIONS: ActionSpec = ActionSpec {
    name: "rabbitmq.close_connections",
    kind: ActionKind::RevokeSessions,
    role: Role::Whole,
    target: ANY,
    summary: "closes every open connection of a user",
    reversal: ReversalSpec::Final {
        why: "a connection that was closed cannot be continued; clients connect anew",
    },
    stops: Stops { new: false, refresh: false, live: true },
    settle: SETTLE_CONNECTIONS,
    leaves: "new connections: the user may still sign in",
    leaves_at_most: None,
    beyond: &[],
    reads: &[READ_USER, READ_CONNECTIONS],
    write: CLOSE,
    restore: None,
    delivery: None,
    traps: &[
        "clients connect again by themselves: let the user open no more connections first",
        "when a connection began is known some seconds later only: until then it is taken for an old one",
    ],
    source: "https://www.rabbitmq.com/docs/connections; measured on 3.10 by tests/databases/rabbitmq.rs",
};

static QUARANTINE_USER: ActionSpec = ActionSpec {
    name: "rabbitmq.quarantine_user",
    kind: ActionKind::Quarantine,
    role: Role::Whole,
    target: ANY,
    summary: "takes a user's permissions in every virtual host",
    reversal: ReversalSpec::Restores { re_arms: true },
    stops: Stops { new: true, refresh: false, live: false },
    settle: SETTLE,
    leaves: "consumers that are open go on receiving, and channels go on for up to a minute with what they did before; and the management API for users with tags",
    leaves_at_most: None,
    beyond: &[],
    reads: &[READ_USER, OPEN],
    write: PERMISSIONS,
    restore: None,
    delivery: None,
    traps: &[
        "an open channel remembers for up to a minute what it was allowed, and what it consumes is not asked for again: close connections as well",
        "each virtual host is a call of its own: one that breaks off half-way is gone on with, in both directions",
        "an administrator can give itself permissions again: clear its tags as well",
        "the only administrator is refused",
    ],
    source: "https://www.rabbitmq.com/docs/access-control; measured on 3.10 by tests/databases/rabbitmq.rs",
};
static QUARANTINED: Settled = Settled {
    spec: &QUARANTINE_USER,
    key: "permissions",
    wanted: "{}",
    met: is_empty_map,
    between,
    summary: "take the permissions of {} in every virtual host",
    residue: Residue::Always,
    closes: true,
    lowers: false,
};

fn is_empty_map(value: &str, _now: Timestamp) -> bool {
    value == "{}"
}

static CLEAR_TAGS: ActionSpec = ActionSpec {
    name: "rabbitmq.clear_tags",
    kind: ActionKind::RemoveEntitlement,
    role: Role::Whole,
    target: ANY,
    summary: "takes a user's tags, which open the management API and make administrators",
    reversal: ReversalSpec::Restores { re_arms: true },
    stops: Stops { new: false, refresh: false, live: false },
    settle: SETTLE,
    leaves: "signing in, connections, and what permissions give",
    leaves_at_most: None,
    beyond: &[],
    reads: &[READ_USER],
    write: USER,
    restore: None,
    delivery: None,
    traps: &[
        "the management API knows no smaller change than the whole user: the hash that is there is sent back",
        "the only administrator is refused",
    ],
    source: "https://www.rabbitmq.com/docs/management#permissions; measured on 3.10 by tests/databases/rabbitmq.rs",
};
static CLEARED_TAGS: Settled = Settled {
    spec: &CLEAR_TAGS,
    key: "tags",
    wanted: "",
    met: is_empty,
    between: apart,
    summary: "take the tags of {}",
    residue: Residue::Always,
    closes: false,
    lowers: true,
};

fn is_empty(value: &str, _now: Timestamp) -> bool {
    value.is_empty()
}

static CLEAR_PASSWORD: ActionSpec = ActionSpec {
    name: "rabbitmq.clear_password",
    kind: ActionKind::DeleteCredential,
    role: Role::Whole,
    target: PASSWORD,
    summary: "leaves a user without a password",
    reversal: ReversalSpec::Final {
        why: "the password is what was stolen, and its hash is kept nowhere",
    },
    stops: Stops { new: true, refresh: false, live: false },
    settle: SETTLE,
    leaves: "connections that are open already, and signing in by certificate where the broker takes one",
    leaves_at_most: None,
    beyond: &[],
    reads: &[READ_USER, READ_CONNECTIONS],
    write: USER,
    restore: None,
    delivery: None,
    traps: &[
        "an open connection goes on: close connections as well, after this",
        "the empty password does not sign in either",
        "the only administrator is refused",
    ],
    source: "https://www.rabbitmq.com/docs/passwords; measured on 3.10 by tests/databases/rabbitmq.rs",
};
static CLEARED_PASSWORD: Settled = Settled {
    spec: &CLEAR_PASSWORD,
    key: "password",
    wanted: CLEARED,
    met: is_cleared,
    between: apart,
    summary: "leave {} without a password",
    residue: Residue::Always,
    closes: false,
    lowers: true,
};

fn is_cleared(value: &str, _now: Timestamp) -> bool {
    value == CLEARED
}

static ROTATE_PASSWORD: ActionSpec = ActionSpec {
    name: "rabbitmq.rotate_password",
    kind: ActionKind::RotateCredential,
    role: Role::Whole,
    target: PASSWORD,
    summary: "gives a user a new password and puts it into its delivery file",
    reversal: ReversalSpec::Final {
        why: "the old password is what was stolen, and is kept nowhere",
    },
    stops: Stops { new: true, refresh: false, live: false },
    settle: SETTLE,
    leaves: "connections that are open already",
    leaves_at_most: None,
    beyond: &[],
    reads: &[READ_USER, OPEN],
    write: USER,
    restore: None,
    delivery: Some(Delivery { operation: PUT_DELIVERY }),
    traps: &[
        "an open connection goes on with the old password",
        "the broker is sent the salted hash that it keeps, never the password",
        "the new password is on disk beside the file before the broker hears of it, so that no death in between loses it",
    ],
    source: "https://www.rabbitmq.com/docs/passwords; measured on 3.10 by tests/databases/rabbitmq.rs",
};
