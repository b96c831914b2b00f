//! The operations that this connector calls, by their permission names.

pub use crate::control_policies::{DESCRIBE_POLICY, LIST_TARGETS, UPDATE_POLICY};
use interlock_model::Operation;

/// The organisation, with its management account.
pub const DESCRIBE_ORGANIZATION: Operation = Operation("organizations:DescribeOrganization");
/// The unit or root right above an account or unit.
pub const LIST_PARENTS: Operation = Operation("organizations:ListParents");
