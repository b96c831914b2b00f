//! Whether the connector's own permissions reach: reads are tried, writes are asked of the simulator.

use super::operation as op;
use super::{SPEC, Shared};
use crate::check::{by_simulation, remedy, writes_of};
use crate::client::Caller;
use crate::identity_center::check::source;
use crate::operation::GET_CALLER_IDENTITY;
use interlock_contain::{CallError, Check, Lack, ReadCx, ReadPass};
use interlock_model::{Operation, Timestamp};
use std::collections::BTreeSet;

/// The number of no account.
const ABSENT: &str = "000000000000";

/// Who we are.
pub(super) async fn caller(shared: &Shared) -> Result<Caller, CallError> {
    shared.client.caller(reading(GET_CALLER_IDENTITY)?).await
}

fn reading(operation: Operation) -> Result<ReadPass, CallError> {
    ReadCx::new(&super::deny_principal::SPEC, Timestamp::UNIX_EPOCH).read(operation)
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
    let reads: BTreeSet<Operation> = SPEC.actions.iter().flat_map(|it| it.reads).copied().collect();
    for operation in reads {
        let outcome = match tried(shared, operation).await {
            Ok(()) => Ok(()),
            // Nothing is known of an account that is none.
            Err(CallError::NotFound { .. } | CallError::Invalid { .. })
                if operation == op::LIST_PARENTS =>
            {
                Ok(())
            }
            Err(CallError::Denied { .. }) => Err(Lack::Missing(remedy(operation))),
            Err(
                error @ (CallError::Retry { .. }
                | CallError::OutcomeUnknown { .. }
                | CallError::Drifted { .. }
                | CallError::Unsupported { .. }
                | CallError::NotFound { .. }
                | CallError::Invalid { .. }),
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

/// Tries one read, on nobody; the policy is ours and must be there.
async fn tried(shared: &Shared, operation: Operation) -> Result<(), CallError> {
    let (client, pass) = (&shared.client, reading(operation)?);
    let policy = shared.config.deny_policy.as_str();
    match operation {
        op::DESCRIBE_ORGANIZATION => client.management(pass).await.map(drop),
        op::LIST_PARENTS => client.parents(pass, ABSENT).await.map(drop),
        op::DESCRIBE_POLICY => client.policies().policy(pass, policy).await.map(drop),
        op::LIST_TARGETS => client.policies().targets(pass, policy).await.map(drop),
        _ => Ok(()),
    }
}
