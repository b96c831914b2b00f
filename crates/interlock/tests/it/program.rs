//! Runs the program and gives back what it said.

use std::path::Path;
use std::process::{Command, Stdio};

/// How a run of the program ended.
#[derive(Debug)]
pub struct Ran {
    /// The exit code.
    pub code: i32,
    /// Results.
    pub out: String,
    /// Notes and errors.
    pub err: String,
}

/// Runs the program in this folder, with nothing of the surroundings that it listens to.
#[track_caller]
pub fn interlock(folder: &Path, arguments: &[&str]) -> Ran {
    let output = command(folder, arguments).output().unwrap();
    Ran {
        code: output.status.code().unwrap_or(-1),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// The same, not started yet.
pub fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_interlock"));
    command.args(arguments).current_dir(folder).stdin(Stdio::null());
    for name in ["INTERLOCK_CONFIG", "INTERLOCK_LOG", "INTERLOCK_SERVER", "INTERLOCK_TOKEN"] {
        command.env_remove(name);
    }
    command
}

/// Writes a file that holds a secret: its owner's alone, or the program refuses it.
#[track_caller]
pub fn write_secret(path: impl AsRef<Path>, text: impl AsRef<[u8]>) {
    std::fs::write(&path, text).unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).unwrap();
    }
}
