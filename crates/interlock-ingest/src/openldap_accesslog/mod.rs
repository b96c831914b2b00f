//! OpenLDAP's accesslog overlay, exported from its database as JSON.

use crate::source::{Core, Parsed, Source, Spelled, paths};
use interlock_model::{
    Actor, CredentialKind, CredentialRef, Event, EventId, Issued, Object, Origin, Outcome,
    Principal, PrincipalKind, RefusalStage, SessionRef, Timestamp,
};
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

/// The naming authority of entries.
const LDAP: &str = "ldap";

/// At most this many objects of one record.
const MOST: usize = 32;

/// The extended operation that sets a password (RFC 3062).
const PASSWORD_MODIFY: &str = "1.3.6.1.4.1.4203.1.11.1";

/// Attributes that hold who belongs to a group.
const MEMBERS: [&str; 3] = ["member", "uniqueMember", "memberUid"];

paths! {
    Start = "reqStart" / "attributes.reqStart",
    Type = "reqType" / "attributes.reqType",
    Session = "reqSession" / "attributes.reqSession",
    AuthzId = "reqAuthzID" / "attributes.reqAuthzID",
    Dn = "reqDN" / "attributes.reqDN",
    Result = "reqResult" / "attributes.reqResult",
    Message = "reqMessage" / "attributes.reqMessage",
    Mod = "reqMod" / "attributes.reqMod",
    Uuid = "entryUUID" / "attributes.entryUUID",
}

/// The log source.
pub const SOURCE: Source = Source {
    name: "openldap_accesslog",
    documentation: "https://www.openldap.org/software/man.cgi?query=slapo-accesslog",
    marks: "`reqType` and `reqStart` (OpenLDAP)",
    paths: PATHS,
    recognise,
    parse,
};

fn spelling<'a>(core: &'a Core<'a>) -> Spelled<'a> {
    let nested = !core.has(Path::Type);
    Spelled::new(core, if nested { PATHS.len() / 2 } else { 0 })
}

fn recognise(core: &Core<'_>) -> bool {
    let it = spelling(core);
    it.has(Path::Type) && it.has(Path::Start)
}

fn parse(core: &Core<'_>) -> Result<Parsed, String> {
    let it = spelling(core);
    let operation = it.text(Path::Type).ok_or("`reqType` is empty or no text")?;
    let time = it.text(Path::Start).and_then(generalized_time);
    let time = time.ok_or("`reqStart` is not a generalized time")?;
    let outcome = outcome(&it)?;
    Ok(Parsed::Event(Box::new(Event {
        id: id(core, &it),
        source: SOURCE.name,
        place: core.place.clone(),
        time,
        service: LDAP.into(),
        operation: operation.into(),
        objects: objects(&it, operation),
        issued: issued(&it, operation, &outcome),
        outcome,
        // The overlay does not know where a connection comes from.
        origin: Origin::default(),
        read_only: match operation {
            "search" | "compare" => Some(true),
            "add" | "delete" | "modify" | "modrdn" => Some(false),
            _ => None,
        },
        account: None,
        region: None,
        actor: actor(&it, operation).into(),
        fields: core.no_fields(),
    })))
}

fn id(core: &Core<'_>, it: &Spelled<'_>) -> EventId {
    match (it.text(Path::Uuid), it.text(Path::Start)) {
        (Some(uuid), Some(start)) => EventId::derive(&[SOURCE.name, uuid, start]),
        _ => EventId::derive(&[SOURCE.name, "text", core.text]),
    }
}

/// `20260105090000.000001Z`
fn generalized_time(text: &str) -> Option<Timestamp> {
    let text = text.strip_suffix('Z')?;
    let (whole, fraction) = text.split_once(['.', ',']).unwrap_or((text, "0"));
    let civil = DateTime::strptime("%Y%m%d%H%M%S", whole).ok()?;
    let digits = fraction.get(..9.min(fraction.len()))?;
    let places = u32::try_from(digits.len()).ok()?;
    let nanoseconds = digits.parse::<i32>().ok()?.checked_mul(10_i32.checked_pow(9 - places)?)?;
    let civil = civil.with().subsec_nanosecond(nanoseconds).build().ok()?;
    civil.to_zoned(TimeZone::UTC).ok().map(|it| it.timestamp())
}

fn outcome(it: &Spelled<'_>) -> Result<Outcome, String> {
    // The overlay writes an unbind and an abandon without a result.
    if !it.has(Path::Result) {
        return Ok(Outcome::Success);
    }
    let code = it.number(Path::Result).ok_or("`reqResult` is no number")?;
    let locked = || it.text(Path::Message).is_some_and(|it| it.to_lowercase().contains("locked"));
    let stage = match code as i64 {
        // False and true of a comparison, a referral, a step of SASL.
        0 | 5 | 6 | 10 | 14 => return Ok(Outcome::Success),
        49 if locked() => Some(RefusalStage::ExplicitDeny),
        48 | 49 => Some(RefusalStage::Credential),
        8 | 13 | 50 => Some(RefusalStage::Permission),
        _ => None,
    };
    let code = format!("{code}").into();
    Ok(match stage {
        Some(stage) => Outcome::Refused { code, stage },
        None => Outcome::Failed { code },
    })
}

/// A name without `dn:` before it, as people write it: lower case.
fn principal(dn: &str) -> Option<Principal> {
    let dn = dn.strip_prefix("dn:").unwrap_or(dn).trim();
    (!dn.is_empty()).then(|| Principal::new(LDAP, &dn.to_lowercase()))
}

/// Who acted: at a bind who it is that binds, else who had bound.
fn actor(it: &Spelled<'_>, operation: &str) -> Actor {
    let bound = it.text(Path::AuthzId).and_then(principal);
    let named = if operation == "bind" { it.text(Path::Dn).and_then(principal) } else { None };
    let principal = named.or(bound);
    let name = principal.as_ref().map(|it| short(&it.name)).unwrap_or_default().into();
    Actor {
        kind: if principal.is_some() { PrincipalKind::User } else { PrincipalKind::Unknown },
        name,
        credential: None,
        session: it.text(Path::Session).map(|id| SessionRef {
            id: id.into(),
            issued: None,
            mfa: None,
        }),
        via: Vec::new(),
        account: None,
        principal,
    }
}

/// `deploy` of `uid=deploy,ou=services,dc=example,dc=com`
fn short(dn: &str) -> &str {
    let first = dn.split(',').next().unwrap_or(dn);
    first.split_once('=').map_or(first, |(_, name)| name)
}

/// The changes of a modification: attribute, what is done to it, value.
fn changes<'a>(it: &Spelled<'a>) -> impl Iterator<Item = (&'a str, char, &'a str)> + use<'a> {
    it.texts(Path::Mod).filter_map(|change| {
        let (attribute, rest) = change.split_once(':')?;
        let mut rest = rest.chars();
        let how = rest.next()?;
        Some((attribute, how, rest.as_str().trim_start()))
    })
}

fn objects(it: &Spelled<'_>, operation: &str) -> Vec<Object> {
    let mut objects: Vec<Object> = Vec::new();
    let mut add = |kind: &str, name: &str| {
        let known = objects.iter().any(|it| &*it.kind == kind && &*it.name == name);
        if objects.len() < MOST && !known && !name.is_empty() {
            objects.push(Object { kind: kind.into(), name: name.into() });
        }
    };
    if operation != "bind"
        && let Some(dn) = it.text(Path::Dn)
    {
        let kind = match operation {
            "add" => made(it),
            "modify" => opened(it),
            _ => "directory_object",
        };
        add(kind, dn);
    }
    for (attribute, how, value) in changes(it) {
        add("attribute", attribute);
        let member = MEMBERS.iter().any(|it| it.eq_ignore_ascii_case(attribute));
        match how {
            '+' | '=' if member => add("user", value),
            '-' if member => add("former_member", value),
            _ => {}
        }
    }
    objects
}

/// Classes of entries that let somebody in or say who may do what, in lower case (RFC 2798, RFC 4519,
/// draft-howard-rfc2307bis, sudo's schema).
const CLASSES: [(&str, &str); 12] = [
    ("account", "user"),
    ("groupofmembers", "group"),
    ("groupofnames", "group"),
    ("groupofuniquenames", "group"),
    ("inetorgperson", "user"),
    ("organizationalperson", "user"),
    ("person", "user"),
    ("posixaccount", "user"),
    ("posixgroup", "group"),
    ("simplesecurityobject", "user"),
    ("sudorole", "sudo_rule"),
    ("uidobject", "user"),
];

/// What an entry is that was added, by its classes.
fn made(it: &Spelled<'_>) -> &'static str {
    let classes = changes(it).filter(|(name, ..)| name.eq_ignore_ascii_case("objectClass"));
    let known = |class: &str| CLASSES.iter().find(|(it, _)| it.eq_ignore_ascii_case(class));
    let kind = classes.filter_map(|(_, _, class)| known(class)).map(|(_, kind)| *kind).next();
    kind.unwrap_or("directory_object")
}

/// Attributes by whose change an entry lets somebody in, or says anew who may do what, in lower case.
const POWERS: [(&str, &str); 9] = [
    ("authzto", "user"),
    ("ipasshpubkey", "user"),
    ("olcaccess", "policy"),
    ("olcauthzregexp", "policy"),
    ("olcrootdn", "policy"),
    ("olcrootpw", "policy"),
    ("sshpublickey", "user"),
    ("sudocommand", "sudo_rule"),
    ("sudouser", "sudo_rule"),
];

/// What an entry is that was changed, where the change gives somebody more.
fn opened(it: &Spelled<'_>) -> &'static str {
    let given = changes(it).filter(|(_, how, _)| matches!(how, '+' | '='));
    let known = |name: &str| POWERS.iter().find(|(it, _)| it.eq_ignore_ascii_case(name));
    let kind = given.filter_map(|(name, ..)| known(name)).map(|(_, kind)| *kind).next();
    kind.unwrap_or("directory_object")
}

/// A password that the operation gave to an entry.
fn issued(it: &Spelled<'_>, operation: &str, outcome: &Outcome) -> Vec<Issued> {
    match outcome {
        Outcome::Success => {}
        Outcome::Refused { .. } | Outcome::Failed { .. } => return Vec::new(),
    }
    let set = changes(it).any(|(name, how, _)| {
        name.eq_ignore_ascii_case("userPassword") && matches!(how, '+' | '=')
    });
    let whom = if matches!(operation, "add" | "modify") && set {
        it.text(Path::Dn)
    } else if operation.contains(PASSWORD_MODIFY) {
        // Without a name it is one's own.
        it.text(Path::Dn).or_else(|| it.text(Path::AuthzId))
    } else {
        None
    };
    let to = whom.and_then(principal);
    let issued = |to: Principal| Issued {
        credential: CredentialRef::new(LDAP, CredentialKind::Password, &to.name),
        to,
        session: None,
        expires: None,
    };
    to.map(issued).into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_fractions_or_none() {
        for (text, expected) in [
            ("20260105090000.000001Z", "2026-01-05T09:00:00.000001Z"),
            ("20260105090000Z", "2026-01-05T09:00:00Z"),
            ("20260105090000.5Z", "2026-01-05T09:00:00.5Z"),
        ] {
            assert_eq!(generalized_time(text), expected.parse().ok(), "{text}");
        }
        for text in
            ["", "Z", "20260105Z", "20260105090000.", "20260105090000.xZ", "20261305090000Z"]
        {
            assert_eq!(generalized_time(text), None, "{text}");
        }
    }
}
