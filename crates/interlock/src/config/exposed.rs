//! Files that hold secrets are for whoever runs the house, and for nobody else.

use std::path::Path;

/// Where Docker and Kubernetes put secrets: files that all in the container may read, and nobody else.
#[cfg(unix)]
const MOUNTED: [&str; 2] = ["/run/secrets", "/var/run/secrets"];

/// What is wrong with a file that holds a secret, and how to mend it; `None`: nothing, or it is not there.
///
/// As `ssh` has it: of a file of one's own nobody else may have anything. A file of another account, such
/// as of root, may be open to a group, since somebody gave it to that; never to everybody.
#[cfg(unix)]
#[must_use]
pub fn exposed(path: &Path) -> Option<(String, String)> {
    use std::os::unix::fs::MetadataExt as _;
    if MOUNTED.iter().any(|it| path.starts_with(it)) {
        return None;
    }
    let metadata = path.metadata().ok()?;
    let own = metadata.uid() == rustix::process::geteuid().as_raw();
    too_open(path, metadata.mode() & 0o777, own)
}

/// Where files have no modes nothing is said.
#[cfg(not(unix))]
#[must_use]
pub fn exposed(_: &Path) -> Option<(String, String)> {
    None
}

#[cfg(unix)]
fn too_open(path: &Path, mode: u32, own: bool) -> Option<(String, String)> {
    let (others, remedy) = if own { (0o077, "chmod 600") } else { (0o007, "chmod o=") };
    if mode & others == 0 {
        return None;
    }
    let shown = path.display();
    Some((format!("`{shown}` is open to others (mode {mode:04o})"), format!("{remedy} {shown}")))
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn who_else_may_read_a_secret() {
        for (mode, own, help) in [
            (0o600, true, None),
            (0o400, true, None),
            (0o640, true, Some("chmod 600 key")),
            (0o604, true, Some("chmod 600 key")),
            (0o620, true, Some("chmod 600 key")),
            (0o640, false, None),
            (0o644, false, Some("chmod o= key")),
            (0o602, false, Some("chmod o= key")),
        ] {
            let said = too_open(Path::new("key"), mode, own).map(|it| it.1);
            assert_eq!(said.as_deref(), help, "{mode:o} {own}");
        }
        assert_eq!(exposed(Path::new("/run/secrets/kubernetes.io/serviceaccount/token")), None);
    }
}
