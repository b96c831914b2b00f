//! A record that a mapping recognises becomes an event.

use super::text::{Texts, said};
use super::{Effect, Mapping, Moment, Told};
use crate::source::Core;
use crate::timestamp;
use interlock_model::{
    Actor, CredentialRef, Event, EventId, Object, Origin, Outcome, Principal, PrincipalKind,
    SessionRef, Timestamp,
};
use std::net::IpAddr;

/// Most objects of one event, and principals behind one actor.
const MOST: usize = 32;

pub(super) fn event(it: &Mapping, core: &Core<'_>) -> Result<Event, String> {
    let action = it.action.fill(core).ok_or_else(|| missing(it, "action"))?;
    let id = match it.id.as_ref().and_then(|id| id.fill(core)) {
        Some(id) => EventId::derive(&[it.name, &id]),
        None => EventId::derive(&[it.name, "text", core.text]),
    };
    let boxed = |texts: &Texts| texts.fill(core).map(String::into_boxed_str);
    let account = boxed(&it.account);
    Ok(Event {
        id,
        source: it.name,
        place: core.place.clone(),
        time: time(it, core)?,
        actor: actor(it, core, account.clone()).into(),
        service: boxed(&it.service).unwrap_or_else(|| it.name.into()),
        operation: action.into(),
        objects: objects(it, core),
        outcome: it.outcome.as_ref().map_or(Outcome::Success, |it| outcome(it, core)),
        origin: Origin {
            address: it.address.fill(core).and_then(|it| address(&it)),
            service: None,
            user_agent: boxed(&it.user_agent),
        },
        issued: Vec::new(),
        read_only: None,
        account,
        region: boxed(&it.region),
        fields: core.no_fields(),
    })
}

fn missing(it: &Mapping, what: &str) -> String {
    format!("the mapping `{}` finds no value for `{what}`", it.name)
}

fn time(it: &Mapping, core: &Core<'_>) -> Result<Timestamp, String> {
    let (path, form) = &it.time;
    let text = said(core, *path).ok_or_else(|| missing(it, "time"))?;
    moment(form, &text).ok_or_else(|| {
        let shown: String =
            text.chars().filter(|it| !it.is_control() && *it != '`').take(40).collect();
        format!("the mapping `{}` cannot read `{shown}` as a time", it.name)
    })
}

fn moment(form: &Moment, text: &str) -> Option<Timestamp> {
    let number = || text.trim().parse::<f64>().ok();
    match form {
        Moment::Any => written(text).or_else(|| timestamp::from_number(number()?)),
        Moment::Written => written(text),
        Moment::Since { each_second } => {
            let nanoseconds = number()? / each_second * 1e9;
            // Far outside what a timestamp can hold the cast saturates, and is refused.
            Timestamp::from_nanosecond(nanoseconds.round() as i128).ok()
        }
        Moment::Format(format) => Timestamp::strptime(&**format, text)
            .ok()
            .or_else(|| utc(jiff::civil::DateTime::strptime(&**format, text).ok()?)),
    }
}

fn written(text: &str) -> Option<Timestamp> {
    timestamp::read(text).or_else(|| utc(text.parse().ok()?))
}

fn utc(moment: jiff::civil::DateTime) -> Option<Timestamp> {
    moment.to_zoned(jiff::tz::TimeZone::UTC).ok().map(|it| it.timestamp())
}

fn actor(it: &Mapping, core: &Core<'_>, account: Option<Box<str>>) -> Actor {
    let name = it.principal.name.fill(core);
    let principal = name.as_deref().map(|name| Principal::new(&it.principal.provider, name));
    let shown = it.shown.fill(core).or(name).unwrap_or_default();
    let credential = it.credential.as_ref().and_then(|(provider, kind, id)| {
        Some(CredentialRef::new(provider, *kind, &id.fill(core)?))
    });
    let session = it.session.fill(core);
    let via = it.via.iter().flat_map(|via| {
        let names = via.name.fill_all(core, MOST).into_iter();
        names.map(|name| Principal::new(&via.provider, &name)).collect::<Vec<_>>()
    });
    Actor {
        kind: if principal.is_some() { it.kind } else { PrincipalKind::Unknown },
        name: shown.into(),
        credential,
        session: session.map(|id| SessionRef { id: id.into(), issued: None, mfa: None }),
        // Whoever acts stands behind nobody but himself.
        via: via.filter(|it| Some(it) != principal.as_ref()).take(MOST).collect(),
        account,
        principal,
    }
}

fn objects(it: &Mapping, core: &Core<'_>) -> Vec<Object> {
    let all = it.objects.iter().flat_map(|(kind, name)| {
        let names = name.fill_all(core, MOST).into_iter();
        names.map(|name| Object { kind: kind.clone(), name: name.into() }).collect::<Vec<_>>()
    });
    all.take(MOST).collect()
}

fn outcome(it: &Told, core: &Core<'_>) -> Outcome {
    let value = said(core, it.path);
    let effect = match value.as_deref() {
        None => it.missing,
        Some(value) => {
            let known = it.words.iter().find(|(word, _)| word.eq_ignore_ascii_case(value));
            known.map_or(it.otherwise, |(_, effect)| *effect)
        }
    };
    let code = || {
        let code = it.code.fill(core).or_else(|| value.as_deref().map(str::to_owned));
        code.unwrap_or_else(|| "unknown".to_owned()).into_boxed_str()
    };
    match effect {
        Effect::Success => Outcome::Success,
        Effect::Refused => Outcome::Refused { code: code(), stage: it.stage },
        Effect::Failed => Outcome::Failed { code: code() },
    }
}

/// An address alone, with a port behind it, or in brackets.
fn address(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let socket = || text.parse::<std::net::SocketAddr>().ok().map(|it| it.ip());
    text.parse()
        .ok()
        .or_else(socket)
        .or_else(|| text.strip_prefix('[')?.strip_suffix(']')?.parse().ok())
}
