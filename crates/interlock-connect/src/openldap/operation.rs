//! What this connector asks of OpenLDAP, named after the privilege that `olcAccess` has to give.

use interlock_model::Operation;

/// An entry: its classes, its lock and its policy, never its password.
pub const READ_ACCOUNT: Operation = Operation("read:account");
/// The password policies, and which one is the default.
pub const READ_POLICY: Operation = Operation("read:policy");
/// The groups that an entry is in, and their members.
pub const READ_GROUPS: Operation = Operation("read:groups");
/// Whether a password is the one that nobody can use; the stored one is not read.
pub const COMPARE_PASSWORD: Operation = Operation("compare:userPassword");
/// A bind with a random password, to see whether the account is refused whatever the password.
pub const TRY_BIND: Operation = Operation("auth:userPassword");

/// Locks or unlocks an account.
pub const WRITE_LOCK: Operation = Operation("write:pwdAccountLockedTime");
/// Asks for a new password at the next bind, or no longer.
pub const WRITE_RESET: Operation = Operation("write:pwdReset");
/// Replaces a password.
pub const WRITE_PASSWORD: Operation = Operation("write:userPassword");
/// Adds or removes a member of a group.
pub const WRITE_MEMBER: Operation = Operation("write:member");
