//! What this connector asks of Keycloak, by method, path and the role of `realm-management` that it needs.

use interlock_model::Operation;

/// A user.
pub const READ_USER: Operation = Operation("GET /admin/realms/{realm}/users/{id} (view-users)");
/// Users of one name, or all of them.
pub const FIND_USER: Operation = Operation("GET /admin/realms/{realm}/users (view-users)");
/// The sessions of a user.
pub const READ_SESSIONS: Operation =
    Operation("GET /admin/realms/{realm}/users/{id}/sessions (view-users)");
/// Clients of one client id, or all of them.
pub const FIND_CLIENT: Operation = Operation("GET /admin/realms/{realm}/clients (view-clients)");
/// The users that hold a role of a client.
pub const READ_HOLDERS: Operation =
    Operation("GET /admin/realms/{realm}/clients/{id}/roles/{role}/users (view-users)");

/// Writes a user.
pub const WRITE_USER: Operation = Operation("PUT /admin/realms/{realm}/users/{id} (manage-users)");
/// Ends the sessions of a user.
pub const LOGOUT: Operation =
    Operation("POST /admin/realms/{realm}/users/{id}/logout (manage-users)");
/// Writes a client.
pub const WRITE_CLIENT: Operation =
    Operation("PUT /admin/realms/{realm}/clients/{id} (manage-clients)");
