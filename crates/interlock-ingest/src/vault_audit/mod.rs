//! HashiCorp Vault and OpenBao audit devices: requests and what came of them.

mod actor;
mod issued;
mod objects;
mod outcome;
mod paths;

use crate::source::{Core, Parsed, Source};
use crate::timestamp;
use interlock_model::{Event, EventId, Origin, RefusalStage};
use paths::{PATHS, Path};
use std::net::{IpAddr, SocketAddr};

/// The log source.
pub const SOURCE: Source = Source {
    name: "vault_audit",
    documentation: "https://developer.hashicorp.com/vault/docs/audit/schema",
    marks: "`type`, `request.operation` and `request.path` (Vault, OpenBao)",
    paths: PATHS,
    recognise,
    parse,
};

fn recognise(core: &Core<'_>) -> bool {
    matches!(core.text(Path::Type), Some("request" | "response"))
        && core.has(Path::Operation)
        && core.has(Path::Target)
}

fn parse(core: &Core<'_>) -> Result<Parsed, String> {
    let time = core.text(Path::Time).ok_or("`time` is missing")?;
    let time =
        timestamp::read(time).ok_or_else(|| format!("`time` is not a time: `{}`", short(time)))?;
    let operation = core.text(Path::Operation).ok_or("`request.operation` is no text")?;
    let path = core.text(Path::Target).ok_or("`request.path` is empty or no text")?;
    let path = path.trim_start_matches('/');
    let mount =
        core.text(Path::MountPoint).map_or_else(|| first(path), |it| it.trim_end_matches('/'));
    let outcome = outcome::read(core, path);
    let actor = actor::read(core, path);
    Ok(Parsed::Event(Box::new(Event {
        id: id(core),
        source: SOURCE.name,
        place: core.place.clone(),
        time,
        service: core.text(Path::MountType).unwrap_or_else(|| first(path)).into(),
        operation: format!("{operation} {}", what(path, mount)).into(),
        objects: objects::read(core, path),
        issued: issued::read(core, path, &actor, &outcome, time),
        outcome,
        origin: Origin {
            address: core.text(Path::RemoteAddress).and_then(address),
            service: None,
            user_agent: core.text(Path::UserAgent).map(Into::into),
        },
        read_only: Some(matches!(operation, "read" | "list" | "help" | "alias-lookahead")),
        account: actor.account.clone(),
        region: None,
        actor: actor.into(),
        fields: core.no_fields(),
    })))
}

/// From the request's id, which the two records of a request share, and which of them this is.
fn id(core: &Core<'_>) -> EventId {
    match (core.text(Path::RequestId), core.text(Path::Type)) {
        (Some(id), Some(kind)) => EventId::derive(&[SOURCE.name, id, kind]),
        _ => EventId::derive(&[SOURCE.name, "text", core.text]),
    }
}

/// Whether the request is one that gets a token by proving who one is.
fn is_login(path: &str) -> bool {
    path.strip_prefix("auth/")
        .is_some_and(|it| it.split('/').skip(1).any(|it| matches!(it, "login" | "callback")))
}

/// The part of a path that names an operation and no single object: two words of the system's own
/// paths, else where the engine is mounted.
fn what<'a>(path: &'a str, mount: &'a str) -> &'a str {
    let words = match mount {
        "sys" | "identity" => 2,
        it if it.starts_with("auth/token") => 3,
        _ => return mount,
    };
    let end = path.match_indices('/').nth(words - 1).map_or(path.len(), |(at, _)| at);
    path.get(..end).unwrap_or(path)
}

fn first(path: &str) -> &str {
    path.split('/').next().unwrap_or_default()
}

/// Older versions write the port behind the address.
fn address(text: &str) -> Option<IpAddr> {
    text.parse().ok().or_else(|| text.parse::<SocketAddr>().ok().map(|it| it.ip()))
}

/// At most 40 characters, for messages.
fn short(text: &str) -> String {
    text.chars().filter(|it| !it.is_control() && *it != '`').take(40).collect()
}

/// How far a refused caller came: whoever has no token, or one that is not known, is nobody.
fn stage(core: &Core<'_>, path: &str) -> RefusalStage {
    if is_login(path) || !core.has(Path::Accessor) && !core.has(Path::EntityId) {
        RefusalStage::Credential
    } else {
        RefusalStage::Permission
    }
}
