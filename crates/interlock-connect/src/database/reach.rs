//! Where a server is, as whom it is spoken to, and where new passwords go.

use crate::Secret;
use crate::delivery::Deliveries;
use interlock_contain::CallError;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long a connection may take to come about.
pub(crate) const CONNECT: Duration = Duration::from_secs(10);

/// What a connector of a database server needs to know.
#[derive(Debug, Clone)]
pub struct Reach {
    /// The server's name or address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// The database that is connected to, where the server has several.
    pub database: String,
    /// Whom the connector acts as.
    pub user: String,
    /// Its password, already resolved; `None`: it proves itself in another way.
    pub password: Option<Secret>,
    /// How the wire is protected.
    pub tls: Tls,
    /// The file in which an account finds its password, `{name}` standing for the account's name.
    pub delivery: Option<PathBuf>,
    /// Where accounts find their password instead.
    pub deliveries: Deliveries,
}

/// How the wire to a server is protected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tls {
    /// TLS, and the certificate must be the server's: signed by these authorities (PEM), or by those
    /// that the system trusts.
    Verified(Option<PathBuf>),
    /// None. For a server on this machine.
    Off,
}

impl Reach {
    /// The file that an account's password goes into.
    pub(crate) fn delivery_of(&self, name: &str) -> Result<PathBuf, CallError> {
        let unsupported = |why: String| CallError::Unsupported { why };
        let pattern = self.delivery.as_deref().and_then(Path::to_str).ok_or_else(|| {
            unsupported(
                "there is no place for new passwords: configure `delivery` to rotate them"
                    .to_owned(),
            )
        })?;
        let sound =
            |it: char| it.is_ascii_alphanumeric() || matches!(it, '_' | '-' | '.' | '@' | '%');
        if name.is_empty() || name.starts_with('.') || !name.chars().all(sound) {
            return Err(unsupported(format!("`{name}` is no name for a delivery file")));
        }
        Ok(PathBuf::from(pattern.replace("{name}", name)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_never_leads_out_of_the_folder() {
        let reach = Reach {
            host: "localhost".into(),
            port: 5432,
            database: "postgres".into(),
            user: "interlock".into(),
            password: None,
            tls: Tls::Off,
            delivery: Some("delivered/{name}.json".into()),
            deliveries: Deliveries::default(),
        };
        assert_eq!(reach.delivery_of("app").unwrap(), Path::new("delivered/app.json"));
        for name in ["", "..", "../etc/passwd", "a/b", "a\0b", ".ssh"] {
            assert!(reach.delivery_of(name).is_err(), "{name:?}");
        }
        let nowhere = Reach { delivery: None, ..reach };
        assert!(nowhere.delivery_of("app").unwrap_err().to_string().contains("`delivery`"));
    }
}
