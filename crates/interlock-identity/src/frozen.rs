//! A derived record as bytes, a tenth of its size, and back.
//!
//! Only what was learned is written: what follows from it (the kind, the name, the way in which a
//! credential can be ended) is found again. Principals are numbers of the alias index.

use crate::aliases::Aliases;
use crate::bytes::{Reader, Writer};
use crate::consumer::{Consumer, Network};
use crate::kind::Evidence;
use crate::near::Near;
use crate::principal::short_name;
use crate::record::Record;
use crate::revocation::Revocations;
use interlock_model::{
    Credential, CredentialStatus, Entitlement, Environment, EnvironmentBasis, EventId, Identity,
    IdentityId, LineageEdge, LineageKind, Ownership, Principal, Provenance, RiskClass,
};

/// The bytes that a derived id is made of; every frozen record begins with them.
pub(crate) type IdBytes = [u8; 10];

const PROTECTED: u8 = 1;
pub(crate) const TOUCHED: u8 = 2;
/// The name is that of the first principal.
pub(crate) const NAMED: u8 = 4;
/// Something is known of the environment.
pub(crate) const PLACED: u8 = 8;
/// Somebody owns it.
pub(crate) const OWNED: u8 = 16;
/// What it may do is known.
pub(crate) const GRANTED: u8 = 32;
/// There are no others.
pub(crate) const FLAGS: u8 = PROTECTED | TOUCHED | NAMED | PLACED | OWNED | GRANTED;

/// The bytes of an id of twenty hex digits.
pub(crate) fn id_bytes(id: &str, prefix: &str) -> Option<IdBytes> {
    let digits: &[u8; 20] = id.strip_prefix(prefix)?.as_bytes().try_into().ok()?;
    let mut bytes = IdBytes::default();
    let (pairs, _) = digits.as_chunks::<2>();
    for (byte, [high, low]) in bytes.iter_mut().zip(pairs) {
        let half = |digit: u8| match digit {
            b'0'..=b'9' => Some(digit - b'0'),
            b'a'..=b'f' => Some(digit - b'a' + 10),
            _ => None,
        };
        *byte = half(*high)? << 4 | half(*low)?;
    }
    Some(bytes)
}

fn id_text(bytes: IdBytes, prefix: &str) -> String {
    let mut text = String::with_capacity(prefix.len() + 20);
    id_text_into(bytes, prefix, &mut text);
    text
}

/// Writes the id that these bytes are.
pub(crate) fn id_text_into(bytes: IdBytes, prefix: &str, text: &mut String) {
    text.push_str(prefix);
    for byte in bytes {
        for half in [byte >> 4, byte & 15] {
            text.extend(char::from_digit(u32::from(half), 16));
        }
    }
}

/// The record as bytes; `None` when it holds what is not written here, and must stay as it is.
pub(crate) fn freeze(record: &Record, aliases: &Aliases) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(256);
    freeze_into(record, aliases, &mut bytes)?;
    Some(bytes)
}

/// Replaces these bytes by the record's.
pub(crate) fn freeze_into(record: &Record, aliases: &Aliases, bytes: &mut Vec<u8>) -> Option<()> {
    bytes.clear();
    let mut to = Writer(std::mem::take(bytes));
    let written = write(record, aliases, &mut to);
    *bytes = to.0;
    written
}

fn write(record: &Record, aliases: &Aliases, to: &mut Writer) -> Option<()> {
    let Identity {
        id,
        kind,
        name,
        environment,
        environment_basis,
        owner,
        principals,
        credentials,
        entitlements,
        dependents,
        lineage,
        protected,
        provenance,
        departed,
        canary,
    } = &record.identity;
    let plain = dependents.is_empty() && departed.is_none() && !*canary;
    if *provenance != Provenance::Derived || !plain || *kind != record.evidence.kind() {
        return None;
    }
    to.0.extend_from_slice(&id_bytes(id.as_str(), IdentityId::PREFIX)?);
    let named = principals.first().is_some_and(|it| short_name(it) == *name);
    let placed =
        (environment, environment_basis) != (&Environment::Unknown, &EnvironmentBasis::None);
    let owned = *owner != Ownership::Unowned;
    let flags = [
        (*protected, PROTECTED),
        (record.touched, TOUCHED),
        (named, NAMED),
        (placed, PLACED),
        (owned, OWNED),
        (!entitlements.is_empty(), GRANTED),
    ];
    to.0.push(flags.iter().filter(|it| it.0).map(|it| it.1).sum());
    to.number(u64::from(record.evidence.bits()));
    if !named {
        to.text(name);
    }
    if placed {
        to.0.push(*environment as u8);
        match environment_basis {
            EnvironmentBasis::Inferred(why) => to.option(Some(why), |to, it| to.text(it)),
            EnvironmentBasis::None => to.option(None::<()>, |_, ()| {}),
            EnvironmentBasis::Declared => return None,
        }
    }
    match owner {
        Ownership::Inferred { owner, from, edge } => {
            to.text(owner.as_str());
            to.text(from);
            to.option(*edge, |to, it| to.0.push(it as u8));
        }
        Ownership::Unowned => {}
        Ownership::Declared { .. } => return None,
    }
    to.option(record.told, Writer::time);
    to.number(principals.len() as u64);
    match (record.name, principals.as_slice()) {
        (Some(name), [_]) => to.number(u64::from(name)),
        (None, _) | (Some(_), _) => {
            for principal in principals {
                to.number(u64::from(aliases.find(principal)?));
            }
        }
    }
    let sound = |it: &Credential| it.reference.kind().is_some() && !it.reference.id().is_empty();
    if !credentials.iter().all(sound) {
        return None;
    }
    let near = Near::of(principals, record.told);
    let number_of = |it: &Principal| aliases.find(it);
    write_learned(to, &near, credentials, lineage.iter(), &record.consumers, number_of);
    if !entitlements.is_empty() {
        to.number(entitlements.len() as u64);
        entitlements.iter().for_each(|it| write_entitlement(to, it));
    }
    Some(())
}

/// Credentials, lineage and consumers, with the numbers that principals have for the reader.
pub(crate) fn write_learned<'r>(
    to: &mut Writer,
    near: &Near<'_>,
    credentials: &[Credential],
    lineage: impl ExactSizeIterator<Item = &'r LineageEdge>,
    consumers: &[Consumer],
    number_of: impl Fn(&Principal) -> Option<u32>,
) {
    to.number(credentials.len() as u64);
    credentials.iter().for_each(|it| write_credential(to, near, it));
    to.number(lineage.len() as u64);
    lineage.for_each(|it| write_edge(to, it, &number_of));
    to.number(consumers.len() as u64);
    consumers.iter().for_each(|it| write_consumer(to, near, it, credentials));
}

/// What [`write_learned`] wrote.
pub(crate) struct Learned {
    pub(crate) credentials: Vec<Credential>,
    pub(crate) lineage: Vec<LineageEdge>,
    pub(crate) consumers: Vec<Consumer>,
}

/// Reads what [`write_learned`] wrote.
pub(crate) fn read_learned(
    from: &mut Reader<'_>,
    near: &Near<'_>,
    revocations: &Revocations,
    principal_of: impl Fn(u32) -> Option<Principal>,
) -> Option<Learned> {
    let credentials = from.list(|it| read_credential(it, near, revocations))?;
    let lineage = from.list(|it| read_edge(it, &principal_of))?;
    let consumers = from.list(|it| read_consumer(it, near, &credentials))?;
    Some(Learned { credentials, lineage, consumers })
}

fn write_credential(to: &mut Writer, near: &Near<'_>, it: &Credential) {
    near.write_credential(to, &it.reference);
    to.0.push(u8::from(it.status == CredentialStatus::Revoked));
    for time in [it.issued, it.expires, it.last_used] {
        near.write_time(to, time);
    }
    near.write_session(to, it.session.as_deref());
}

fn write_entitlement(to: &mut Writer, it: &Entitlement) {
    let Entitlement { grant, scope, through, risk } = it;
    [grant, scope, through].into_iter().for_each(|it| to.text(it));
    to.0.push(*risk as u8);
}

fn read_entitlement(from: &mut Reader<'_>) -> Option<Entitlement> {
    let (grant, scope, through) = (from.text()?, from.text()?, from.text()?);
    let (risk, own) = (read_risk(from)?, str::to_owned);
    Some(Entitlement { grant: own(grant), scope: own(scope), through: own(through), risk })
}

/// How much harm something allows, by its number.
pub(crate) fn read_risk(from: &mut Reader<'_>) -> Option<RiskClass> {
    let risks = [
        RiskClass::Read,
        RiskClass::Write,
        RiskClass::Secrets,
        RiskClass::Permissions,
        RiskClass::Admin,
    ];
    let number = from.byte()?;
    risks.into_iter().find(|it| *it as u8 == number)
}

fn write_edge(to: &mut Writer, edge: &LineageEdge, number_of: &impl Fn(&Principal) -> Option<u32>) {
    to.0.push(edge.kind as u8);
    write_principal(to, &edge.to, number_of);
    to.option(edge.seen, Writer::time);
    to.option(edge.shown_by.as_ref(), write_event);
}

/// A principal by its number, or else by its name.
pub(crate) fn write_principal(
    to: &mut Writer,
    principal: &Principal,
    number_of: &impl Fn(&Principal) -> Option<u32>,
) {
    match number_of(principal) {
        Some(number) => to.number(u64::from(number) + 1),
        None => {
            to.number(0);
            to.text(&principal.provider);
            to.text(&principal.name);
        }
    }
}

/// What [`write_principal`] wrote.
pub(crate) fn read_principal(
    from: &mut Reader<'_>,
    principal_of: &impl Fn(u32) -> Option<Principal>,
) -> Option<Principal> {
    match from.number()?.checked_sub(1) {
        Some(number) => principal_of(u32::try_from(number).ok()?),
        None => Some(Principal::new(from.text()?, from.text()?)),
    }
}

/// The id of an event, by its bytes where they are all of it.
pub(crate) fn write_event(to: &mut Writer, id: &EventId) {
    match id_bytes(id.as_str(), EventId::PREFIX) {
        Some(bytes) => {
            to.0.push(0);
            to.0.extend_from_slice(&bytes);
        }
        None => {
            to.0.push(1);
            to.text(id.as_str());
        }
    }
}

/// What [`write_event`] wrote.
pub(crate) fn read_event(from: &mut Reader<'_>) -> Option<EventId> {
    match from.byte()? {
        0 => id_text(from.take(10)?.try_into().ok()?, EventId::PREFIX).parse().ok(),
        1 => from.text()?.parse().ok(),
        _ => None,
    }
}

fn write_consumer(to: &mut Writer, near: &Near<'_>, it: &Consumer, credentials: &[Credential]) {
    let Consumer { credential, agent, network, session, first, last, uses } = it;
    let known =
        credential.as_ref().map(|it| credentials.iter().position(|known| known.reference == *it));
    match known {
        None => to.number(0),
        Some(None) => {
            to.number(1);
            credential.iter().for_each(|it| near.write_credential(to, it));
        }
        Some(Some(index)) => to.number(index as u64 + 2),
    }
    to.text(agent);
    match network {
        Network::V4(it) => {
            to.0.push(0);
            to.0.extend_from_slice(it);
        }
        Network::V6(it) => {
            to.0.push(1);
            to.0.extend_from_slice(it);
        }
        Network::Service(it) => {
            to.0.push(2);
            to.text(it);
        }
        Network::Unknown => to.0.push(3),
    }
    to.text(session);
    near.write_moment(to, *first);
    near.write_moment(to, *last);
    to.number(*uses);
}

/// The record again. `None` for bytes that [`freeze`] never gave.
pub(crate) fn thaw(bytes: &[u8], aliases: &Aliases, revocations: &Revocations) -> Option<Record> {
    thaw_with(bytes, revocations, |it| aliases.principal(it))
}

/// The same where principals have other numbers than the alias index gives them.
pub(crate) fn thaw_with(
    bytes: &[u8],
    revocations: &Revocations,
    principal_of: impl Fn(u32) -> Option<Principal>,
) -> Option<Record> {
    let mut from = Reader(bytes);
    let from = &mut from;
    let id = id_text(from.take(10)?.try_into().ok()?, IdentityId::PREFIX).parse().ok()?;
    let flags = from.byte()?;
    let evidence = Evidence::of_bits(u32::try_from(from.number()?).ok()?);
    let name = if flags & NAMED == 0 { Some(from.text()?.to_owned()) } else { None };
    let (mut environment, mut basis) = (Environment::Unknown, EnvironmentBasis::None);
    if flags & PLACED != 0 {
        environment = match from.byte()? {
            0 => Environment::Production,
            1 => Environment::Staging,
            2 => Environment::Development,
            _ => Environment::Unknown,
        };
        if let Some(why) = from.option(Reader::text)? {
            basis = EnvironmentBasis::Inferred(why.to_owned());
        }
    }
    let mut owner = Ownership::Unowned;
    if flags & OWNED != 0 {
        owner = Ownership::Inferred {
            owner: from.text()?.parse().ok()?,
            from: from.text()?.to_owned(),
            edge: from.option(read_edge_kind)?,
        };
    }
    let told = from.option(Reader::time)?;
    let mut only = None;
    let principals = from.list(|it| {
        let name = u32::try_from(it.number()?).ok()?;
        only = Some(name);
        principal_of(name)
    })?;
    let Learned { credentials, lineage, consumers } =
        read_learned(from, &Near::of(&principals, told), revocations, principal_of)?;
    let entitlements = if flags & GRANTED == 0 { Vec::new() } else { from.list(read_entitlement)? };
    let name = match (name, principals.first()) {
        (Some(name), _) => name,
        (None, first) => short_name(first?).into_owned(),
    };
    let identity = Identity {
        id,
        kind: evidence.kind(),
        name,
        environment,
        environment_basis: basis,
        owner,
        principals,
        credentials,
        entitlements,
        dependents: Vec::new(),
        lineage,
        protected: flags & PROTECTED != 0,
        provenance: Provenance::Derived,
        departed: None,
        canary: false,
    };
    let mut record = Record::new(identity, evidence);
    record.consumers = consumers;
    record.touched = flags & TOUCHED != 0;
    record.told = told;
    record.name = only.filter(|_| record.identity.principals.len() == 1);
    Some(record)
}

/// What an edge of lineage says, by its number.
pub(crate) fn read_edge_kind(from: &mut Reader<'_>) -> Option<LineageKind> {
    let number = from.byte()?;
    let all = [
        LineageKind::AssumedBy,
        LineageKind::CreatedBy,
        LineageKind::DeployedBy,
        LineageKind::IssuedFrom,
    ];
    all.into_iter().find(|it| *it as u8 == number)
}

fn read_credential(
    from: &mut Reader<'_>,
    near: &Near<'_>,
    revocations: &Revocations,
) -> Option<Credential> {
    let reference = near.read_credential(from)?;
    let revoked = from.byte()? == 1;
    Some(Credential {
        status: if revoked { CredentialStatus::Revoked } else { CredentialStatus::Active },
        issued: near.read_time(from)?,
        expires: near.read_time(from)?,
        last_used: near.read_time(from)?,
        session: near.read_session(from)?,
        revocation: revocations.of(&reference).cloned(),
        reference,
    })
}

fn read_edge(
    from: &mut Reader<'_>,
    principal_of: &impl Fn(u32) -> Option<Principal>,
) -> Option<LineageEdge> {
    Some(LineageEdge {
        kind: read_edge_kind(from)?,
        to: read_principal(from, principal_of)?,
        seen: from.option(Reader::time)?,
        shown_by: from.option(read_event)?,
        // What people declared is never written down.
        declared: false,
    })
}

fn read_consumer(
    from: &mut Reader<'_>,
    near: &Near<'_>,
    credentials: &[Credential],
) -> Option<Consumer> {
    let credential = match from.number()? {
        0 => None,
        1 => Some(near.read_credential(from)?),
        index => Some(credentials.get(usize::try_from(index - 2).ok()?)?.reference.clone()),
    };
    let agent = from.text()?.into();
    let network = match from.byte()? {
        0 => Network::V4(from.take(3)?.try_into().ok()?),
        1 => Network::V6(from.take(6)?.try_into().ok()?),
        2 => Network::Service(from.text()?.into()),
        3 => Network::Unknown,
        _ => return None,
    };
    Some(Consumer {
        credential,
        agent,
        network,
        session: from.text()?.into(),
        first: near.read_moment(from)?,
        last: near.read_moment(from)?,
        uses: from.number()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    #[test]
    fn ids_are_their_digits() {
        let id = IdentityId::derive(&["principal", "aws:x"]);
        let bytes = id_bytes(id.as_str(), IdentityId::PREFIX).unwrap();
        assert_eq!(id_text(bytes, IdentityId::PREFIX), id.as_str());
        for other in
            ["idn_ci-deploy", "idn_0123456789abcdef0123456", "idn_0123456789ABCDEF0123", ""]
        {
            assert_eq!(id_bytes(other, IdentityId::PREFIX), None, "{other}");
        }
    }
}
