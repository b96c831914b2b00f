//! OCSF events about identities: account changes, sign-ins, access and groups, calls of interfaces.

mod actor;
mod objects;
mod outcome;
mod paths;

use crate::source::{Core, Parsed, Source};
use crate::timestamp;
use interlock_model::{Event, EventId, Origin, Timestamp};
use paths::{PATHS, Path};

/// The log source.
pub const SOURCE: Source = Source {
    name: "ocsf_events",
    documentation: "https://schema.ocsf.io/1.8.0/categories/iam",
    marks: "`class_uid` 3001, 3002, 3005, 3006 or 6003 (OCSF)",
    paths: PATHS,
    recognise,
    parse,
};

/// The classes that are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    AccountChange,
    Authentication,
    UserAccess,
    GroupManagement,
    ApiActivity,
}

/// Classes that tell of no act of anybody, or that another class tells better; refused by name.
const REFUSED: &[(u16, &str)] = &[
    (2001, "Security Finding, which OCSF has replaced by Detection Finding (2004)"),
    (2002, "Vulnerability Finding"),
    (2003, "Compliance Finding"),
    (2005, "Incident Finding, which repeats detection findings"),
    (2006, "Data Security Finding"),
    (2007, "Application Security Posture Finding"),
    (2008, "IAM Analysis Finding"),
    (3003, "Authorize Session"),
    (3004, "Entity Management"),
];

fn number(core: &Core<'_>) -> Option<u16> {
    let number = core.number(Path::ClassUid)?;
    (number.fract() == 0.0 && (1.0..65_536.0).contains(&number)).then_some(number as u16)
}

fn class(core: &Core<'_>, number: u16) -> Option<Class> {
    Some(match number {
        3001 => Class::AccountChange,
        3002 => Class::Authentication,
        // Before 1.0 this was the number of API Activity, and Security Lake has written much of it.
        3005 if core.has(Path::ApiOperation) && !core.has(Path::Privileges) => Class::ApiActivity,
        3005 => Class::UserAccess,
        3006 => Class::GroupManagement,
        6003 => Class::ApiActivity,
        _ => return None,
    })
}

fn recognise(core: &Core<'_>) -> bool {
    number(core).is_some_and(|it| {
        class(core, it).is_some() || REFUSED.iter().any(|(refused, _)| *refused == it)
    })
}

fn parse(core: &Core<'_>) -> Result<Parsed, String> {
    let number = number(core).unwrap_or_default();
    let Some(class) = class(core, number) else {
        let name = REFUSED.iter().find(|(it, _)| *it == number).map_or("unknown", |it| it.1);
        return Err(format!("class {number} of OCSF is not read: {name}"));
    };
    let time = time(core).ok_or("`time` is not a time")?;
    let actor = actor::read(core, class);
    let account = core.text(Path::CloudAccount).or_else(|| core.text(Path::LakeAccount));
    let account = account.or_else(|| core.text(Path::Tenant)).map(Into::into);
    Ok(Parsed::Event(Box::new(Event {
        id: id(core),
        source: SOURCE.name,
        place: core.place.clone(),
        time,
        service: service(core).into(),
        operation: operation(core, class).into(),
        objects: objects::read(core, class),
        issued: Vec::new(),
        outcome: outcome::read(core, class),
        origin: origin(core),
        read_only: read_only(core, class),
        account: account.or_else(|| actor.account.clone()),
        region: core.text(Path::CloudRegion).map(Into::into),
        actor: actor.into(),
        fields: core.no_fields(),
    })))
}

fn id(core: &Core<'_>) -> EventId {
    match core.text(Path::Uid) {
        Some(id) => {
            let product = core.text(Path::ProductName).unwrap_or_default();
            EventId::derive(&[SOURCE.name, product, id])
        }
        None => EventId::derive(&[SOURCE.name, "text", core.text]),
    }
}

fn time(core: &Core<'_>) -> Option<Timestamp> {
    let text = |path| core.text(path).and_then(timestamp::read);
    core.number(Path::Time)
        .and_then(timestamp::from_number)
        .or_else(|| text(Path::TimeText))
        .or_else(|| text(Path::Time))
}

fn service<'a>(core: &Core<'a>) -> &'a str {
    let places = [Path::ApiService, Path::Service, Path::Destination, Path::DestinationHost];
    let named = places.into_iter().find_map(|it| core.text(it));
    named.or_else(|| core.text(Path::ProductName)).unwrap_or("unnamed service")
}

/// The product's own word where it stands in the event, else the schema's.
fn operation<'a>(core: &Core<'a>, class: Class) -> &'a str {
    let activity = core.text(Path::ActivityName).filter(|it| *it != "Other" && *it != "Unknown");
    // For CloudTrail the code is the sort of event and not what was called.
    let code = core.text(Path::EventCode).filter(|it| !it.starts_with("Aws"));
    let said = core.text(Path::ApiOperation).or(code).or(activity);
    said.unwrap_or_else(|| {
        let activity = core.number(Path::ActivityId).unwrap_or_default() as u16;
        activities(class).iter().find(|(it, _)| *it == activity).map_or("Other", |it| it.1)
    })
}

const fn activities(class: Class) -> &'static [(u16, &'static str)] {
    match class {
        Class::AccountChange => &[
            (1, "Create"),
            (2, "Enable"),
            (3, "Password Change"),
            (4, "Password Reset"),
            (5, "Disable"),
            (6, "Delete"),
            (7, "Attach Policy"),
            (8, "Detach Policy"),
            (9, "Lock"),
            (10, "MFA Factor Enable"),
            (11, "MFA Factor Disable"),
            (12, "Unlock"),
        ],
        Class::Authentication => &[
            (1, "Logon"),
            (2, "Logoff"),
            (3, "Authentication Ticket"),
            (4, "Service Ticket Request"),
            (5, "Service Ticket Renew"),
            (6, "Preauth"),
            (7, "Account Switch"),
        ],
        Class::UserAccess => &[(1, "Assign Privileges"), (2, "Revoke Privileges")],
        Class::GroupManagement => &[
            (1, "Assign Privileges"),
            (2, "Revoke Privileges"),
            (3, "Add User"),
            (4, "Remove User"),
            (5, "Delete"),
            (6, "Create"),
            (7, "Add Subgroup"),
            (8, "Remove Subgroup"),
        ],
        Class::ApiActivity => &[(1, "Create"), (2, "Read"), (3, "Update"), (4, "Delete")],
    }
}

fn read_only(core: &Core<'_>, class: Class) -> Option<bool> {
    let activity = core.number(Path::ActivityId).unwrap_or_default() as u16;
    match (class, activity) {
        (Class::ApiActivity, 2) => Some(true),
        (Class::Authentication, _) | (_, 0 | 99) => None,
        (
            Class::ApiActivity | Class::AccountChange | Class::UserAccess | Class::GroupManagement,
            _,
        ) => Some(false),
    }
}

fn origin(core: &Core<'_>) -> Origin {
    let address = core.texts(Path::Address).find_map(|it| it.parse().ok());
    let service = core.text(Path::ActorInvokedBy).or_else(|| core.text(Path::SourceService));
    let service = service.or_else(|| {
        core.text(Path::SourceDomain)
            .filter(|it| address.is_none() && it.ends_with(".amazonaws.com"))
    });
    Origin {
        address,
        service: service.map(Into::into),
        user_agent: core.text(Path::UserAgent).map(Into::into),
    }
}
