//! Who acted: a role, and who proved to be allowed to be it.

use super::line::Line;
use super::{POSTGRESQL, Path, time};
use crate::source::Core;
use interlock_model::{Actor, Principal, PrincipalKind, SessionRef};

/// The actor of the record.
pub fn read(core: &Core<'_>, line: &Line<'_>) -> Actor {
    let role = core.text(Path::User).filter(|it| *it != "[unknown]");
    let backend = core.text(Path::Backend);
    let kind = match (role, backend) {
        (Some(_), _) => PrincipalKind::User,
        // The server's own processes: `checkpointer`, `autovacuum worker`.
        (None, Some(it)) if !matches!(it, "client backend" | "not initialized") => {
            PrincipalKind::Service
        }
        (None, _) => PrincipalKind::Unknown,
    };
    let name = role.or_else(|| backend.filter(|_| kind == PrincipalKind::Service));
    Actor {
        principal: role.map(|it| Principal::new(POSTGRESQL, it)),
        kind,
        name: name.unwrap_or_default().into(),
        credential: None,
        session: role.and_then(|_| session(core)),
        via: via(line, role),
        account: None,
    }
}

fn session(core: &Core<'_>) -> Option<SessionRef> {
    let id = core.text(Path::SessionId)?;
    let issued = core.text(Path::SessionStart).and_then(time::read);
    Some(SessionRef { id: id.into(), issued, mfa: None })
}

/// The identity behind the role, in the words of who vouches for it. With a password they are the same.
fn via(line: &Line<'_>, role: Option<&str>) -> Vec<Principal> {
    let Some((identity, method)) = &line.proven else { return Vec::new() };
    let provider = match *method {
        "cert" => "x509",
        "gss" | "sspi" => "kerberos",
        "ident" | "peer" => "os",
        "ldap" => "ldap",
        "oauth" => "oauth",
        _ => return Vec::new(),
    };
    if provider == "ldap" {
        let lower = identity.to_lowercase();
        return vec![Principal::new(provider, &lower)];
    }
    let same = provider == "os" && role == Some(identity);
    if same { Vec::new() } else { vec![Principal::new(provider, identity)] }
}
