//! What this connector asks of a SCIM service, by method and resource.

use interlock_model::Operation;

/// Users, found by their name or read by their id.
pub const READ_USERS: Operation = Operation("GET /Users");
/// Groups with their members, found by their name.
pub const READ_GROUPS: Operation = Operation("GET /Groups");

/// Makes a user active or inactive.
pub const PATCH_USER: Operation = Operation("PATCH /Users");
/// Adds or removes a member of a group.
pub const PATCH_GROUP: Operation = Operation("PATCH /Groups");
