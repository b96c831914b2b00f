//! Whether the connector's own permissions reach: reads are tried, writes are asked of the simulator.

use super::actions::{GET_CALLER_IDENTITY, SPEC, Shared};
use super::operation as op;
use crate::check::{by_simulation, remedy, writes_of};
use crate::client::Caller;
use interlock_contain::{CallError, Check, DiscoverCx, Lack, ReadCx};
use interlock_model::{Operation, Principal, Timestamp};
use std::collections::BTreeSet;

/// The id of nobody.
const ABSENT: &str = "00000000-0000-0000-0000-000000000000";

/// The id of a root that is none.
const NO_ROOT: &str = "r-0000";

/// Who we are.
pub(super) async fn caller(shared: &Shared) -> Result<Caller, CallError> {
    shared.client.caller(reading(GET_CALLER_IDENTITY)?).await
}

/// The person of Identity Center as whom a caller acts; `None` for any other caller.
pub(super) fn acts_as(arn: &str) -> Option<&str> {
    let session = arn.split_once(":assumed-role/AWSReservedSSO_")?.1;
    session.split_once('/').map(|it| it.1)
}

/// The role or user behind a caller, as the simulator wants it; a session's ARN leaves the path out.
pub(crate) fn source(caller: &Caller) -> String {
    let role = caller.arn.split_once(":assumed-role/").and_then(|it| it.1.split('/').next());
    role.map_or_else(
        || caller.arn.clone(),
        |role| {
            let partition = caller.arn.split(':').nth(1).unwrap_or("aws");
            format!("arn:{partition}:iam::{}:role/{role}", caller.account)
        },
    )
}

/// As whom a caller acts: its role or user, which is what others contain, and the session itself.
pub(crate) fn own(caller: &Caller) -> Vec<Principal> {
    let source = source(caller);
    let session = (source != caller.arn).then(|| Principal::new("aws", &caller.arn));
    std::iter::once(Principal::new("aws", &source)).chain(session).collect()
}

fn reading(operation: Operation) -> Result<interlock_contain::ReadPass, CallError> {
    let action = SPEC.actions.iter().find(|it| it.declares_read(operation));
    match (action, SPEC.discovery) {
        (Some(action), _) => ReadCx::new(action, Timestamp::UNIX_EPOCH).read(operation),
        (None, Some(looks)) => DiscoverCx::new(looks, Timestamp::UNIX_EPOCH).read(operation),
        (None, None) => {
            Err(CallError::Invalid { why: format!("`{operation}` is declared nowhere") })
        }
    }
}

/// Tries every read and asks the simulator about every write. Writes nothing.
pub(super) async fn check(shared: &Shared) -> Vec<Check> {
    let told = |operation: Operation, outcome: Result<(), Lack>| {
        Check::told(operation.to_string(), outcome)
    };
    let caller = match caller(shared).await {
        Ok(caller) => caller,
        Err(error) => {
            let why = format!("{error}; nothing else was tried");
            return vec![told(GET_CALLER_IDENTITY, Err(Lack::Missing(why)))];
        }
    };
    let mut checks = Vec::new();
    let actions = SPEC.actions.iter();
    let looks = SPEC.discovery.into_iter().flat_map(|it| it.reads);
    let reads: BTreeSet<Operation> =
        actions.flat_map(|it| it.reads).chain(looks).copied().collect();
    for operation in reads {
        let outcome = match tried(shared, operation).await {
            Ok(()) | Err(CallError::NotFound { .. } | CallError::Invalid { .. }) => Ok(()),
            Err(CallError::Denied { .. }) => Err(Lack::Missing(remedy(operation))),
            Err(
                error @ (CallError::Retry { .. }
                | CallError::OutcomeUnknown { .. }
                | CallError::Drifted { .. }
                | CallError::Unsupported { .. }),
            ) => Err(Lack::Missing(error.to_string())),
        };
        checks.push(told(operation, outcome));
    }
    let writes: BTreeSet<Operation> = SPEC.actions.iter().flat_map(|it| writes_of(it)).collect();
    let all: Vec<Operation> = writes.iter().copied().collect();
    let refused = if caller.arn.ends_with(":root") {
        Ok(Vec::new())
    } else {
        shared.client.not_allowed(&source(&caller), &all).await
    };
    checks.extend(writes.iter().map(|it| told(*it, by_simulation(&refused, *it))));
    checks
}

/// Tries one read, on nobody.
async fn tried(shared: &Shared, operation: Operation) -> Result<(), CallError> {
    let (client, pass) = (&shared.client, reading(operation)?);
    let policy = shared.config.deny_policy.as_deref();
    match (operation, policy) {
        (op::LIST_USERS, _) => client.people(pass, None).await.map(drop),
        (op::LIST_ACCOUNTS, _) => client.accounts(pass).await.map(drop),
        (op::LIST_ROOTS, _) => client.roots(pass).await.map(drop),
        // Of a root that does not exist.
        (op::LIST_UNITS, _) => client.units(pass, NO_ROOT).await.map(drop),
        (op::LIST_MEMBERS, _) => client.members(pass, NO_ROOT).await.map(drop),
        (op::DESCRIBE_PERMISSION_SET, _) => {
            // Of the form that is asked for, and of nobody.
            let set = format!("{}/ps-0000000000000000", shared.config.instance);
            let set = set.replacen(":instance/", ":permissionSet/", 1);
            client.permission_set(pass, &set).await.map(drop)
        }
        (op::DESCRIBE_USER, _) => client.user(pass, ABSENT).await.map(drop),
        (op::LIST_MEMBERSHIPS, _) => client.memberships(pass, ABSENT).await.map(drop),
        (op::LIST_ASSIGNMENTS, _) => client.assigned(pass, ABSENT).await.map(drop),
        (op::DESCRIBE_POLICY, Some(policy)) => {
            client.policies().policy(pass, policy).await.map(drop)
        }
        (op::LIST_TARGETS, Some(policy)) => client.policies().targets(pass, policy).await.map(drop),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whom_a_session_acts_as() {
        let person =
            "arn:aws:sts::111122223333:assumed-role/AWSReservedSSO_Admin_0a1b/ann@example.com";
        assert_eq!(acts_as(person), Some("ann@example.com"));
        assert_eq!(acts_as("arn:aws:sts::111122223333:assumed-role/interlock/ann"), None);
        let caller = |arn: &str| Caller { account: "111122223333".into(), arn: arn.into() };
        let role = caller("arn:aws:sts::111122223333:assumed-role/interlock/i-1");
        assert_eq!(source(&role), "arn:aws:iam::111122223333:role/interlock");
        let user = "arn:aws:iam::111122223333:user/interlock";
        assert_eq!(source(&caller(user)), user);
        // What another connector would be asked to contain is the role, never one session of it.
        let names = |it: &Caller| own(it).iter().map(|it| it.name.to_string()).collect::<Vec<_>>();
        assert_eq!(names(&role), [source(&role), role.arn.clone()]);
        assert_eq!(names(&caller(user)), [user]);
    }
}
