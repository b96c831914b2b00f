//! The rights that the house is given in these tests: what the AWS actions declare, and no more.

use interlock_connect_aws::SPEC;
use interlock_contain::ConnectorSpec;
use std::collections::BTreeSet;

/// A policy that allows just the operations of the specs.
pub fn least_privilege() -> String {
    least_privilege_of(&SPEC)
}

/// The same of another connector to AWS.
pub fn least_privilege_of(spec: &ConnectorSpec) -> String {
    let mut operations = BTreeSet::from(["sts:GetCallerIdentity"]);
    for action in spec.actions {
        operations.extend(action.reads.iter().map(|it| it.0));
        operations.insert(action.write.0);
        operations.extend(action.restore.map(|it| it.0));
        operations.extend(action.delivery.map(|it| it.operation.0));
    }
    let statement = serde_json::json!({"Effect": "Allow", "Action": operations, "Resource": "*"});
    serde_json::json!({"Version": "2012-10-17", "Statement": [statement]}).to_string()
}
