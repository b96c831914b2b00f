//! Who acted: for sign-ins the account that signs in, for changes the subject.

use super::AD;
use super::accounts::Account;
use super::paths::{Around, Data, Shaped};
use interlock_model::{Actor, CredentialKind, CredentialRef, Principal, SessionRef};

/// Whom an event's data name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Acts {
    /// The account in the target fields: it signs in, or out, or asks for a ticket.
    Target,
    /// The account in the subject fields.
    Subject,
    /// The one who asked for a certificate.
    Requester,
}

fn acts(number: u16) -> Acts {
    match number {
        // A lockout is reported by the domain controller; the account's own sign-ins caused it.
        4624 | 4625 | 4634 | 4647 | 4740 | 4768..=4777 | 4800 | 4801 | 4964 => Acts::Target,
        4886..=4888 => Acts::Requester,
        _ => Acts::Subject,
    }
}

/// The account in the subject fields.
pub(super) fn subject<'a>(it: &Shaped<'a>) -> Account<'a> {
    Account {
        sid: it.data(Data::SubjectUserSid),
        domain: it.data(Data::SubjectDomainName),
        name: it.data(Data::SubjectUserName),
    }
}

/// The account in the target fields. In a lockout the field for the domain names the calling computer.
pub(super) fn target<'a>(it: &Shaped<'a>, number: u16) -> Account<'a> {
    let domain = if number == 4740 { Data::SubjectDomainName } else { Data::TargetDomainName };
    Account {
        sid: it.data(Data::TargetUserSid).or_else(|| it.data(Data::TargetSid)),
        domain: it.data(domain),
        name: it.data(Data::TargetUserName),
    }
}

/// The actor of the record.
pub(super) fn read(it: &Shaped<'_>, number: u16) -> Actor {
    let acts = acts(number);
    let requester = Account { name: it.data(Data::Requester), ..Account::default() };
    let account = match acts {
        Acts::Target => target(it, number),
        Acts::Subject if subject(it).is_named() => subject(it),
        Acts::Subject => target(it, number),
        Acts::Requester => requester,
    };
    let logon = match acts {
        Acts::Target => it.data(Data::TargetLogonId),
        Acts::Subject => it.data(Data::SubjectLogonId),
        Acts::Requester => None,
    };
    let principal = account.principal();
    let via = if acts == Acts::Target && matches!(number, 4624 | 4625) {
        on_behalf(subject(it).principal(), subject(it).sid, principal.as_ref())
    } else {
        Vec::new()
    };
    Actor {
        kind: account.kind(),
        name: account.short().into(),
        credential: certificate(it, number),
        session: logon.and_then(|id| session(it, id)),
        via,
        account: account.account().map(Into::into),
        principal,
    }
}

/// The account that signed in for another (`runas`), not the system that received the sign-in.
fn on_behalf(
    subject: Option<Principal>,
    sid: Option<&str>,
    target: Option<&Principal>,
) -> Vec<Principal> {
    let real = sid.is_some_and(|it| it.starts_with("S-1-5-21-"));
    subject.filter(|it| real && Some(it) != target).into_iter().collect()
}

/// A logon's number is unique on one computer only.
fn session(it: &Shaped<'_>, id: &str) -> Option<SessionRef> {
    // The system's own logons (`0x3e7`) are there as long as the computer runs.
    if matches!(id, "0x0" | "0x3e4" | "0x3e5" | "0x3e7") {
        return None;
    }
    let computer = it.around(Around::Computer).next().unwrap_or_default().to_lowercase();
    let id = if computer.is_empty() { id.to_owned() } else { format!("{computer}/{id}") };
    Some(SessionRef { id: id.into(), issued: None, mfa: None })
}

/// Kerberos names the certificate that a ticket was asked for with.
fn certificate(it: &Shaped<'_>, number: u16) -> Option<CredentialRef> {
    let thumbprint = it.data(Data::CertThumbprint).filter(|_| matches!(number, 4768 | 4771))?;
    Some(CredentialRef::new(AD, CredentialKind::Certificate, thumbprint))
}
