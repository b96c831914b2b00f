//! What this connector asks of Active Directory, named after the right that has to be delegated.

use interlock_model::Operation;

/// An account: its names, its flags, its hours, when its password was set; and whose token is our own.
pub const READ_ACCOUNT: Operation = Operation("read:account");
/// The groups that an account is in, and who else is in them.
pub const READ_GROUPS: Operation = Operation("read:groups");

/// Enables or disables an account.
pub const WRITE_FLAGS: Operation = Operation("write:userAccountControl");
/// Says when an account expires.
pub const WRITE_EXPIRY: Operation = Operation("write:accountExpires");
/// Asks for a new password at the next sign-in, or no longer.
pub const WRITE_LAST_SET: Operation = Operation("write:pwdLastSet");
/// Says in which hours an account may sign in.
pub const WRITE_HOURS: Operation = Operation("write:logonHours");
/// Adds or removes a member of a group.
pub const WRITE_MEMBER: Operation = Operation("write:member");
/// Resets a password, and leaves word of it in `adminDescription`.
pub const RESET_PASSWORD: Operation = Operation("reset:unicodePwd");
