//! Windows and Active Directory: the Security log in the forms of the common shippers, and Samba's audit log.

mod accounts;
mod actor;
mod flat;
mod objects;
mod outcome;
mod paths;
mod samba;
mod time;

use crate::source::{Core, Parsed, Source};
use interlock_model::{Event, EventId, Origin};
use paths::{Around, Data, PATHS, Shaped};
use std::net::IpAddr;

/// The naming authority of accounts.
const AD: &str = "ad";

/// Who writes the Security log.
const PROVIDER: &str = "Microsoft-Windows-Security-Auditing";

/// The log source.
pub const SOURCE: Source = Source {
    name: "windows_security",
    documentation: "https://learn.microsoft.com/en-us/windows-server/identity/ad-ds/plan/appendix-l--events-to-monitor",
    marks: "an event number with the channel `Security`, or Samba's `type` and the object of that name (Windows)",
    paths: PATHS,
    recognise,
    parse,
};

fn recognise(core: &Core<'_>) -> bool {
    samba::is_one(core) || Shaped::of(core).is_some_and(|it| is_security(&it))
}

fn is_security(it: &Shaped<'_>) -> bool {
    it.around(Around::Provider).any(|it| it == PROVIDER)
        || it.around(Around::Channel).any(|it| it.eq_ignore_ascii_case("Security"))
}

fn parse(core: &Core<'_>) -> Result<Parsed, String> {
    if samba::is_one(core) {
        return samba::parse(core);
    }
    let it = Shaped::of(core).ok_or("the event's number is missing")?;
    let number = it.around_number(Around::Number).unwrap_or_default();
    if number.fract() != 0.0 || !(1.0..=65_535.0).contains(&number) {
        return Err(format!("`{number}` is not the number of an event"));
    }
    if let Some(flat) = flat::rewrite(core, &it) {
        return Ok(Parsed::Rewritten(flat));
    }
    let number = number as u16;
    let time = time::read(&it).ok_or("the event's time is missing or cannot be read")?;
    let outcome = outcome::read(&it, number);
    let actor = actor::read(&it, number);
    Ok(Parsed::Event(Box::new(Event {
        id: id(core, &it),
        source: SOURCE.name,
        place: core.place.clone(),
        time,
        service: PROVIDER.into(),
        operation: number.to_string().into(),
        objects: objects::read(&it, number),
        issued: objects::issued(&it, number, &outcome),
        outcome,
        origin: Origin {
            address: it.data(Data::IpAddress).and_then(address),
            service: None,
            user_agent: None,
        },
        read_only: None,
        account: actor.account.clone(),
        region: None,
        actor: actor.into(),
        fields: core.no_fields(),
    })))
}

/// A record's number is unique in one log of one computer, until that log is cleared.
fn id(core: &Core<'_>, it: &Shaped<'_>) -> EventId {
    let computer = it.around(Around::Computer).next();
    let record = it.around_number(Around::Record);
    let time = time::read(it);
    match (computer, record, time) {
        (Some(computer), Some(record), Some(time)) => EventId::derive(&[
            SOURCE.name,
            &computer.to_lowercase(),
            &record.to_string(),
            &time.as_second().to_string(),
        ]),
        _ => EventId::derive(&[SOURCE.name, "text", core.text]),
    }
}

/// `198.51.100.7`, `::ffff:198.51.100.7`; Kerberos writes the latter.
fn address(text: &str) -> Option<IpAddr> {
    text.parse().ok().map(|it: IpAddr| it.to_canonical())
}
