//! Microsoft Entra sign-ins: of people, of applications, and of managed identities.

mod actor;
mod outcome;
mod paths;

use crate::microsoft_names::{Formed, address, moment, object, short};
use crate::source::{Core, Parsed, Source};
use interlock_model::{Event, EventId, Object, Origin};
use paths::{FORMS, PATHS, Path};

/// The log source.
pub const SOURCE: Source = Source {
    name: "entra_sign_in",
    documentation: "https://learn.microsoft.com/en-us/graph/api/resources/signin",
    marks: "a `category` of sign-in logs, `signInEventTypes`, or `createdDateTime` with `appId` (Entra sign-in)",
    paths: PATHS,
    recognise,
    parse,
};

/// The feeds, with the names of the tables in Log Analytics that hold the same.
const FEEDS: [(&str, &str); 5] = [
    ("SignInLogs", "SigninLogs"),
    ("NonInteractiveUserSignInLogs", "AADNonInteractiveUserSignInLogs"),
    ("ServicePrincipalSignInLogs", "AADServicePrincipalSignInLogs"),
    ("ManagedIdentitySignInLogs", "AADManagedIdentitySignInLogs"),
    ("MicrosoftServicePrincipalSignInLogs", "MicrosoftServicePrincipalSignInLogs"),
];

const EXPORT: usize = 0;
const GRAPH: usize = 1;
const LOG_ANALYTICS: usize = 2;

/// The record in its form; `None` when it is no sign-in.
fn form<'a>(core: &'a Core<'a>) -> Option<Formed<'a>> {
    let exported = Formed::new(core, FORMS, EXPORT);
    if exported.text(Path::Category).is_some_and(is_feed) {
        return Some(exported);
    }
    let table = Formed::new(core, FORMS, LOG_ANALYTICS);
    if table.text(Path::Type).or_else(|| table.text(Path::Category)).is_some_and(is_feed) {
        return Some(table);
    }
    let graph = Formed::new(core, FORMS, GRAPH);
    let kind = [Path::EventTypes, Path::ConditionalAccess, Path::ClientApp, Path::Interactive];
    let who = [Path::UserId, Path::UserName, Path::ServicePrincipal];
    let marked = graph.has(Path::Time)
        && graph.has(Path::AppId)
        && kind.into_iter().any(|it| graph.has(it))
        && who.into_iter().any(|it| graph.has(it));
    marked.then_some(graph)
}

fn is_feed(name: &str) -> bool {
    FEEDS
        .iter()
        .any(|(feed, table)| feed.eq_ignore_ascii_case(name) || table.eq_ignore_ascii_case(name))
}

fn recognise(core: &Core<'_>) -> bool {
    form(core).is_some()
}

fn parse(core: &Core<'_>) -> Result<Parsed, String> {
    let it = form(core).ok_or("not a sign-in")?;
    let time = it.first([Path::Time, Path::Logged]).ok_or("`createdDateTime` is missing")?;
    let time = moment(time)
        .ok_or_else(|| format!("`createdDateTime` is not a time: `{}`", short(time)))?;
    let outcome = outcome::read(it);
    let actor = actor::read(it, &outcome);
    if actor.principal.is_none() && !it.has(Path::AppId) {
        return Err("neither a user, a service principal nor an application is named".to_owned());
    }
    Ok(Parsed::Event(Box::new(Event {
        id: match it.text(Path::Id) {
            Some(id) => EventId::derive(&[SOURCE.name, id]),
            None => EventId::derive(&[SOURCE.name, "text", core.text]),
        },
        source: SOURCE.name,
        place: core.place.clone(),
        time,
        service: service(it).into(),
        operation: it.text(Path::Operation).unwrap_or("Sign-in activity").into(),
        objects: objects(it),
        issued: Vec::new(),
        outcome,
        origin: Origin {
            address: it.first([Path::Address, Path::OuterAddress]).and_then(address),
            service: None,
            user_agent: it.text(Path::UserAgent).map(Into::into),
        },
        read_only: None,
        account: actor.account.clone(),
        region: None,
        actor: actor.into(),
        fields: core.no_fields(),
    })))
}

/// The feed, by the name of its category.
fn service(it: Formed<'_>) -> &'static str {
    let named = it.text(Path::Type).or_else(|| it.text(Path::Category)).unwrap_or_default();
    let feed = FEEDS.iter().find(|(feed, table)| {
        feed.eq_ignore_ascii_case(named) || table.eq_ignore_ascii_case(named)
    });
    let of_type = || match it.text(Path::EventTypes)? {
        "nonInteractiveUser" => Some("NonInteractiveUserSignInLogs"),
        "servicePrincipal" => Some("ServicePrincipalSignInLogs"),
        "managedIdentity" => Some("ManagedIdentitySignInLogs"),
        _ => None,
    };
    feed.map(|(feed, _)| *feed).or_else(of_type).unwrap_or("SignInLogs")
}

/// What was signed in to.
fn objects(it: Formed<'_>) -> Vec<Object> {
    let resource = it.first([Path::Resource, Path::ResourceId, Path::ResourcePrincipal]);
    resource.map(|name| object("app", name)).into_iter().collect()
}
