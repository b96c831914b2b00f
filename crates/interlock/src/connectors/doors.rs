//! A list of revoked SSH keys, from the configuration to hands.

use super::KEY_BYTES;
use crate::config::{ConnectorConfig, SshConfig};
use crate::content::read_file;
use crate::exit::Failure;
use anyhow::anyhow;
use interlock_connect::ssh::{self, Authority};

/// The list, with the authorities that are known now.
pub(super) fn list(config: &ConnectorConfig, it: &SshConfig) -> Result<ssh::Ssh, Failure> {
    let mut authorities = Vec::new();
    for path in &it.authorities {
        let failed = |why: String| {
            let why = format!("`{}`: {why}", path.display());
            Failure::usage(anyhow!(why).context(format!("connector `{}`", config.id)))
        };
        let text = read_file(path, KEY_BYTES).map_err(|it| failed(it.to_string()))?;
        authorities.extend(Authority::read(&text).map_err(|it| failed(it.to_string()))?);
    }
    Ok(ssh::Ssh::new(ssh::SshConfig {
        id: config.id.clone(),
        revoked_keys: it.revoked_keys.clone(),
        mode: it.mode,
        user: it.user,
        group: it.group,
        authorities,
        door: it.door.clone(),
        ssh_keygen: it.ssh_keygen.clone(),
        settle: config.settle,
    }))
}
