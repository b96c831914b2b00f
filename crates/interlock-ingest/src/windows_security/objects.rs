//! What an event acted upon, and the credentials that it brought to life.

use super::actor::target;
use super::paths::{Data, Shaped};
use super::{AD, accounts::Account};
use interlock_model::{CredentialKind, CredentialRef, Issued, Object, Outcome, Principal};

/// The objects of the record.
pub(super) fn read(it: &Shaped<'_>, number: u16) -> Vec<Object> {
    let mut objects: Vec<Object> = Vec::new();
    let mut add = |kind: &str, name: Option<&str>| {
        if let Some(name) = name {
            objects.push(Object { kind: kind.into(), name: name.into() });
        }
    };
    let target = it.data(Data::TargetUserName);
    match number {
        4720..=4726 | 4738 | 4740 | 4765..=4767 | 4780 | 4781 | 4794 => {
            add("user", target);
            add("user", it.data(Data::NewTargetUserName));
        }
        4741..=4743 => add("computer", target),
        4727..=4737 | 4744..=4764 => {
            add("group", target);
            let member = it.data(Data::MemberSid).filter(|it| it.starts_with("S-1-"));
            add("user", it.data(Data::MemberName).or(member));
        }
        4648 => {
            add("user", target);
            add("host", it.data(Data::TargetServerName));
        }
        4768..=4773 => add("service", it.data(Data::ServiceName)),
        4662 => add("directory_object", it.data(Data::ObjectName)),
        5136..=5141 => {
            let class = it.data(Data::ObjectClass).unwrap_or_default();
            add(kind_of(number, class, it.data(Data::Attribute)), it.data(Data::ObjectDn));
            add("attribute", it.data(Data::Attribute));
        }
        4886..=4888 => add("certificate", it.data(Data::RequestId)),
        _ => {}
    }
    // Most records name an account one way; these name it both ways, and so tell that both are one.
    if matches!(number, 4624 | 4720 | 4722 | 4738 | 4768)
        && let Some((sid, name)) = super::actor::target(it, number).both()
    {
        objects.push(Object { kind: "account_name".into(), name: format!("{sid} {name}").into() });
    }
    objects
}

/// Attributes with which an object lets others in or counts as somebody else, in lower case.
const POWERS: [&str; 5] = [
    "altsecurityidentities",
    "msds-allowedtoactonbehalfofotheridentity",
    "msds-allowedtodelegateto",
    "msds-keycredentiallink",
    "serviceprincipalname",
];

/// What an object of the directory is that was made, or that lets others in from then on.
fn kind_of(number: u16, class: &str, attribute: Option<&str>) -> &'static str {
    let power =
        attribute.is_some_and(|it| POWERS.iter().any(|power| it.eq_ignore_ascii_case(power)));
    if number != 5137 && !(number == 5136 && power) {
        return "directory_object";
    }
    let is = |word: &str| class.eq_ignore_ascii_case(word);
    if is("computer") {
        "computer"
    } else if is("group") {
        "group"
    } else if is("user")
        || is("inetOrgPerson")
        || class.to_ascii_lowercase().ends_with("managedserviceaccount")
    {
        "user"
    } else {
        "directory_object"
    }
}

/// A password that was set, a certificate that was issued.
pub(super) fn issued(it: &Shaped<'_>, number: u16, outcome: &Outcome) -> Vec<Issued> {
    match outcome {
        Outcome::Success => {}
        Outcome::Refused { .. } | Outcome::Failed { .. } => return Vec::new(),
    }
    let found = match number {
        4723 | 4724 => target(it, number).principal().map(password),
        4887 => certificate(it),
        _ => None,
    };
    found.into_iter().collect()
}

/// A new password of this account.
pub(super) fn password(to: Principal) -> Issued {
    let credential = CredentialRef::new(AD, CredentialKind::Password, &to.name);
    Issued { credential, to, session: None, expires: None }
}

fn certificate(it: &Shaped<'_>) -> Option<Issued> {
    let id = it.data(Data::RequestId)?;
    let to = Account { name: it.data(Data::Requester), ..Account::default() };
    let credential = CredentialRef::new(AD, CredentialKind::Certificate, id);
    Some(Issued { credential, to: to.principal()?, session: None, expires: None })
}
