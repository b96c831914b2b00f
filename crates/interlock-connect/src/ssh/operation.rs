//! What this connector needs of its machine: one file, and one program that reads it.

use interlock_model::Operation;

/// Reads the list that `RevokedKeys` of `sshd` names.
pub const READ_LIST: Operation = Operation("file:ReadRevokedKeys");
/// Asks OpenSSH's own tool what a list revokes: `ssh-keygen -Q -l`. It runs with the rights of the process.
pub const ASK_KEYGEN: Operation = Operation("run:ssh-keygen");

/// Puts another list in the place of that file, from beside it: the folder must let the process write.
pub const WRITE_LIST: Operation = Operation("file:WriteRevokedKeys");
