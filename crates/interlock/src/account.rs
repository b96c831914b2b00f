//! Who gives a command on this machine: the account that the system knows, not what variables say.

#[cfg(unix)]
pub use unix::name;

/// The account of whoever gives this command.
///
/// Where accounts have no numbers it is what the environment says, which whoever runs it may change.
#[cfg(not(unix))]
#[must_use]
pub fn name() -> String {
    crate::config::variable("USERNAME").unwrap_or_else(|| "unknown".to_owned())
}

#[cfg(unix)]
mod unix {
    use crate::config::variable;
    use crate::content::read_file;
    use interlock_engine::AS;
    use std::path::Path;

    /// The largest list of accounts that is read, in bytes.
    const ACCOUNTS_BYTES: u64 = 16 << 20;
    /// What the kernel says of a process whose account nobody signed in with.
    const NOBODY: u32 = u32::MAX;

    /// The account of whoever gives this command; with another's rights, as through `sudo`, both.
    ///
    /// Whose rights they are the kernel says. Who stands behind them says the audit login id, which Linux
    /// lets nobody change who has signed in; where there is none, what `sudo` leaves behind, which an
    /// account that acts with its own rights can invent: the second name is always true.
    #[must_use]
    pub fn name() -> String {
        let own = rustix::process::getuid().as_raw();
        let login = read_file(Path::new("/proc/self/loginuid"), 64).ok();
        let login = login.and_then(|it| it.trim().parse().ok()).filter(|it| *it != NOBODY);
        let behind = login.or_else(|| variable("SUDO_UID").and_then(|it| it.parse().ok()));
        let accounts = read_file(Path::new("/etc/passwd"), ACCOUNTS_BYTES).unwrap_or_default();
        told(own, behind, &accounts)
    }

    fn told(own: u32, behind: Option<u32>, accounts: &str) -> String {
        let name = |it| account(it, accounts);
        match behind {
            Some(behind) if behind != own => format!("{}{AS}{}", name(behind), name(own)),
            Some(_) | None => name(own),
        }
    }

    /// The name of an account by the system's own list; of one that a directory keeps, its number.
    fn account(number: u32, accounts: &str) -> String {
        let named = accounts.lines().find_map(|line| {
            let mut fields = line.split(':');
            let (name, _, id) = (fields.next()?, fields.next()?, fields.next()?);
            (id.parse() == Ok(number) && !name.is_empty()).then(|| name.to_owned())
        });
        named.unwrap_or_else(|| format!("uid-{number}"))
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        const ACCOUNTS: &str = "root:x:0:0:root:/root:/bin/sh\n# a remark\nbroken\n:x:7:7::/:\nmira:x:1000:1000::/srv:/bin/sh\n";

        #[test]
        fn who_acts_and_with_whose_rights() {
            for (own, behind, name) in [
                (1000, None, "mira"),
                (1000, Some(1000), "mira"),
                (0, None, "root"),
                (0, Some(1000), "mira as root"),
                (0, Some(4711), "uid-4711 as root"),
                (7, None, "uid-7"),
                (1000, Some(0), "root as mira"),
            ] {
                assert_eq!(told(own, behind, ACCOUNTS), name, "{own} {behind:?}");
            }
        }
    }
}
