//! What this connector asks of Vault or OpenBao, by capability and path, as policies name them.

use interlock_model::Operation;

/// The connector's own token.
pub const READ_SELF: Operation = Operation("read auth/token/lookup-self");
/// One token, by its accessor: never the token itself.
pub const LOOKUP_TOKEN: Operation = Operation("update auth/token/lookup-accessor");
/// The accessors of all tokens.
pub const LIST_TOKENS: Operation = Operation("list, sudo auth/token/accessors");
/// How an audit device writes an accessor down.
pub const HASH: Operation = Operation("update sys/audit-hash/+");
/// One entity.
pub const READ_ENTITY: Operation = Operation("read identity/entity/id/+");
/// All entities.
pub const LIST_ENTITIES: Operation = Operation("list identity/entity/id");
/// What one policy allows.
pub const READ_POLICY: Operation = Operation("read sys/policies/acl/+");
/// One lease.
pub const LOOKUP_LEASE: Operation = Operation("update sys/leases/lookup");
/// The leases below a path.
pub const LIST_LEASES: Operation = Operation("list, sudo sys/leases/lookup/*");
/// One secret id of an `AppRole`, by its accessor.
pub const LOOKUP_SECRET_ID: Operation =
    Operation("update auth/{approle}/role/+/secret-id-accessor/lookup");
/// The accessors of an `AppRole`'s secret ids.
pub const LIST_SECRET_IDS: Operation = Operation("list auth/{approle}/role/+/secret-id");
/// The names of all `AppRoles`.
pub const LIST_ROLES: Operation = Operation("list auth/{approle}/role");
/// One static role of a database.
pub const READ_STATIC_ROLE: Operation = Operation("read {database}/static-roles/+");

/// Revokes a token by its accessor.
pub const REVOKE_TOKEN: Operation = Operation("update auth/token/revoke-accessor");
/// Disables an entity, or enables it.
pub const SET_ENTITY: Operation = Operation("update identity/entity/id/+");
/// Revokes a lease.
pub const REVOKE_LEASE: Operation = Operation("update sys/leases/revoke");
/// Revokes every lease below a path.
pub const REVOKE_PREFIX: Operation = Operation("update, sudo sys/leases/revoke-prefix/*");
/// Makes a secret id.
pub const MAKE_SECRET_ID: Operation = Operation("update auth/{approle}/role/+/secret-id");
/// Destroys a secret id by its accessor.
pub const DESTROY_SECRET_ID: Operation =
    Operation("update auth/{approle}/role/+/secret-id-accessor/destroy");
/// Gives a static role of a database another password.
pub const ROTATE: Operation = Operation("update {database}/rotate-role/+");

/// The capabilities and the path of an operation.
pub(crate) fn parts(operation: Operation) -> (Vec<&'static str>, &'static str) {
    let (capabilities, path) = operation.0.rsplit_once(' ').unwrap_or(("", operation.0));
    (capabilities.split(", ").collect(), path)
}
