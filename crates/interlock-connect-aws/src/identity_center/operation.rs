//! The operations that this connector calls, by their permission names.

pub use crate::control_policies::{DESCRIBE_POLICY, LIST_TARGETS, UPDATE_POLICY};
use interlock_model::Operation;

/// The people of the identity store.
pub const LIST_USERS: Operation = Operation("identitystore:ListUsers");
/// The accounts of the organisation.
pub const LIST_ACCOUNTS: Operation = Operation("organizations:ListAccounts");
/// The root of the organisation.
pub const LIST_ROOTS: Operation = Operation("organizations:ListRoots");
/// The organisational units right below a root or unit.
pub const LIST_UNITS: Operation = Operation("organizations:ListOrganizationalUnitsForParent");
/// The accounts right below a root or unit.
pub const LIST_MEMBERS: Operation = Operation("organizations:ListAccountsForParent");
/// A permission set.
pub const DESCRIBE_PERMISSION_SET: Operation = Operation("sso:DescribePermissionSet");
/// A person of the identity store.
pub const DESCRIBE_USER: Operation = Operation("identitystore:DescribeUser");
/// The groups that a person is in.
pub const LIST_MEMBERSHIPS: Operation = Operation("identitystore:ListGroupMembershipsForMember");
/// What a person may use in which account.
pub const LIST_ASSIGNMENTS: Operation = Operation("sso:ListAccountAssignmentsForPrincipal");

/// Takes a person out of a group.
pub const DELETE_MEMBERSHIP: Operation = Operation("identitystore:DeleteGroupMembership");
/// Takes a person into a group.
pub const CREATE_MEMBERSHIP: Operation = Operation("identitystore:CreateGroupMembership");
/// Takes a permission set in an account from a person.
pub const DELETE_ASSIGNMENT: Operation = Operation("sso:DeleteAccountAssignment");
/// Gives a person a permission set in an account.
pub const CREATE_ASSIGNMENT: Operation = Operation("sso:CreateAccountAssignment");
