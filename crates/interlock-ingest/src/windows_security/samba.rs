//! Samba's audit log: a record names its type, and holds the object of that name.

use super::accounts::Account;
use super::objects::password;
use super::outcome::sign_in;
use super::paths::Samba;
use super::{AD, SOURCE, address, time};
use crate::source::{Core, Parsed};
use interlock_model::{
    Actor, Event, EventId, Object, Origin, Outcome, Principal, RefusalStage, SessionRef,
};
use std::sync::Arc;

/// What a record tells of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Authentication,
    Authorization,
    Change,
    Password,
    Group,
}

fn kind(core: &Core<'_>) -> Option<Kind> {
    let (kind, mark) = match core.text(Samba::Type)? {
        "Authentication" => (Kind::Authentication, Samba::AuthStatus),
        "Authorization" => (Kind::Authorization, Samba::OpenPeer),
        "dsdbChange" => (Kind::Change, Samba::ChangeOperation),
        "passwordChange" => (Kind::Password, Samba::PasswordAction),
        "groupChange" => (Kind::Group, Samba::GroupAction),
        _ => return None,
    };
    core.has(mark).then_some(kind)
}

/// Whether the record is one of Samba's.
pub(super) fn is_one(core: &Core<'_>) -> bool {
    core.has(Samba::Timestamp) && kind(core).is_some()
}

/// Reads the record.
pub(super) fn parse(core: &Core<'_>) -> Result<Parsed, String> {
    let kind = kind(core).ok_or("`type` is none that is known")?;
    let time = core.text(Samba::Timestamp).and_then(time::from_text);
    let time = time.ok_or("`timestamp` is not a time")?;
    let outcome = outcome(core, kind);
    let peer = [
        Samba::AuthPeer,
        Samba::OpenPeer,
        Samba::ChangePeer,
        Samba::PasswordPeer,
        Samba::GroupPeer,
    ];
    let account = account(core, kind);
    Ok(Parsed::Event(Box::new(Event {
        id: EventId::derive(&[SOURCE.name, "text", core.text]),
        source: SOURCE.name,
        place: core.place.clone(),
        time,
        service: "samba".into(),
        operation: operation(core, kind),
        objects: objects(core, kind),
        issued: match (kind, &outcome) {
            (Kind::Password, Outcome::Success) => {
                let whom = core.text(Samba::PasswordDn).map(str::to_lowercase);
                whom.map(|it| password(Principal::new(AD, &it))).into_iter().collect()
            }
            _ => Vec::new(),
        },
        outcome,
        origin: Origin {
            address: peer.into_iter().find_map(|it| core.text(it)).and_then(peer_address),
            service: None,
            user_agent: None,
        },
        read_only: None,
        account: account.account().map(Into::into),
        region: None,
        actor: Arc::new(Actor {
            kind: account.kind(),
            name: account.short().into(),
            credential: None,
            session: session(core, kind),
            via: Vec::new(),
            account: account.account().map(Into::into),
            principal: account.principal(),
        }),
        fields: core.no_fields(),
    })))
}

/// The number that Windows gives such an event where the record has it, else Samba's own word.
fn operation(core: &Core<'_>, kind: Kind) -> Box<str> {
    let number = match kind {
        Kind::Authentication => core.number(Samba::AuthEventId),
        Kind::Password => core.number(Samba::PasswordEventId),
        Kind::Group => core.number(Samba::GroupEventId),
        Kind::Authorization | Kind::Change => None,
    };
    if let Some(number) = number.filter(|it| *it > 0.0) {
        return number.to_string().into();
    }
    let word = match kind {
        Kind::Authentication | Kind::Authorization => core.text(Samba::Type),
        Kind::Change => core.text(Samba::ChangeOperation),
        Kind::Password => core.text(Samba::PasswordAction),
        Kind::Group => core.text(Samba::GroupAction),
    };
    word.unwrap_or_default().into()
}

fn account<'a>(core: &Core<'a>, kind: Kind) -> Account<'a> {
    let by_sid = |sid: Samba| Account { sid: core.text(sid), ..Account::default() };
    match kind {
        Kind::Authentication => Account {
            sid: core.text(Samba::AuthSid),
            domain: core
                .text(Samba::AuthBecameDomain)
                .or_else(|| core.text(Samba::AuthMappedDomain))
                .or_else(|| core.text(Samba::AuthDomain)),
            name: core
                .text(Samba::AuthBecameAccount)
                .or_else(|| core.text(Samba::AuthMappedAccount))
                .or_else(|| core.text(Samba::AuthAccount)),
        },
        Kind::Authorization => Account {
            sid: core.text(Samba::OpenSid),
            domain: core.text(Samba::OpenDomain),
            name: core.text(Samba::OpenAccount),
        },
        Kind::Change => by_sid(Samba::ChangeSid),
        Kind::Password => by_sid(Samba::PasswordSid),
        Kind::Group => by_sid(Samba::GroupSid),
    }
}

fn session(core: &Core<'_>, kind: Kind) -> Option<SessionRef> {
    let id = match kind {
        Kind::Authentication => core.text(Samba::AuthLogonId).filter(|it| *it != "0"),
        Kind::Authorization => core.text(Samba::OpenSession),
        Kind::Change => core.text(Samba::ChangeSession),
        Kind::Password => core.text(Samba::PasswordSession),
        Kind::Group => core.text(Samba::GroupSession),
    }?;
    Some(SessionRef { id: id.into(), issued: None, mfa: None })
}

fn outcome(core: &Core<'_>, kind: Kind) -> Outcome {
    let (status, code) = match kind {
        Kind::Authorization => return Outcome::Success,
        Kind::Authentication => {
            let status = core.text(Samba::AuthStatus).unwrap_or("NT_STATUS_OK");
            if status == "NT_STATUS_OK" {
                return Outcome::Success;
            }
            let code = named(status).unwrap_or(0xC000_006D);
            return match sign_in(code) {
                Some(stage) => Outcome::Refused { code: status.into(), stage },
                None => Outcome::Failed { code: status.into() },
            };
        }
        Kind::Change => (Samba::ChangeStatus, Samba::ChangeCode),
        Kind::Password => (Samba::PasswordStatus, Samba::PasswordCode),
        Kind::Group => (Samba::GroupStatus, Samba::GroupCode),
    };
    let text = core.text(status).unwrap_or("Success");
    match core.number(code) {
        Some(0.0) => Outcome::Success,
        None if text == "Success" => Outcome::Success,
        // LDAP's `insufficientAccessRights`.
        Some(50.0) => Outcome::Refused { code: text.into(), stage: RefusalStage::Permission },
        Some(49.0) => Outcome::Refused { code: text.into(), stage: RefusalStage::Credential },
        Some(_) | None => Outcome::Failed { code: text.into() },
    }
}

/// The NTSTATUS of a name, for those that mean something else than a wrong credential.
fn named(status: &str) -> Option<u32> {
    Some(match status {
        "NT_STATUS_PASSWORD_EXPIRED" => 0xC000_0071,
        "NT_STATUS_ACCOUNT_DISABLED" => 0xC000_0072,
        "NT_STATUS_ACCOUNT_EXPIRED" => 0xC000_0193,
        "NT_STATUS_PASSWORD_MUST_CHANGE" => 0xC000_0224,
        "NT_STATUS_ACCOUNT_LOCKED_OUT" => 0xC000_0234,
        "NT_STATUS_ACCOUNT_RESTRICTION" => 0xC000_006E,
        "NT_STATUS_INVALID_LOGON_HOURS" => 0xC000_006F,
        "NT_STATUS_INVALID_WORKSTATION" => 0xC000_0070,
        "NT_STATUS_LOGON_TYPE_NOT_GRANTED" => 0xC000_015B,
        "NT_STATUS_AUTHENTICATION_FIREWALL_FAILED" => 0xC000_0413,
        "NT_STATUS_NO_LOGON_SERVERS" => 0xC000_005E,
        "NT_STATUS_TIME_DIFFERENCE_AT_DC" => 0xC000_0133,
        _ => return None,
    })
}

fn objects(core: &Core<'_>, kind: Kind) -> Vec<Object> {
    let named: &[(&str, Samba)] = match kind {
        Kind::Authentication => &[("service", Samba::AuthService)],
        Kind::Authorization => &[("service", Samba::OpenService)],
        Kind::Change => &[("directory_object", Samba::ChangeDn)],
        Kind::Password => &[("user", Samba::PasswordDn)],
        Kind::Group => &[("group", Samba::GroupDn), ("user", Samba::GroupMember)],
    };
    let found = named.iter().filter_map(|(kind, path)| Some((kind, core.text(*path)?)));
    found.map(|(kind, name)| Object { kind: (*kind).into(), name: name.into() }).collect()
}

/// `ipv4:198.51.100.7:49152`, `ipv6:2001:db8::7:49152`, `unix:`
fn peer_address(text: &str) -> Option<std::net::IpAddr> {
    let rest = text.strip_prefix("ipv4:").or_else(|| text.strip_prefix("ipv6:"))?;
    address(rest.rsplit_once(':')?.0)
}
