//! Google Workspace: activities of the Admin SDK's Reports API.

mod actor;
mod flatten;
mod objects;
mod outcome;

use crate::source::{Core, Parsed, Source, paths};
use crate::timestamp;
use interlock_model::{Event, EventId, Origin};
use std::net::IpAddr;

paths! {
    Kind = "kind",
    Application = "id.applicationName",
    Customer = "id.customerId",
    Time = "id.time",
    Qualifier = "id.uniqueQualifier",
    ActorEmail = "actor.email",
    ActorProfile = "actor.profileId",
    ActorKey = "actor.key",
    ActorClient = "actor.applicationInfo.oauthClientId",
    Impersonation = "actor.applicationInfo.impersonation",
    IpAddress = "ipAddress",

    // The event itself, as `flatten` lays it out.
    Service = "eventService",
    Type = "type",
    Name = "name",
    NestedName = "events.name",
    SingleName = "event.name",

    // As some collectors write them.
    PlainEmail = "email",
    PlainQualifier = "unique_id",
    PlainTime = "timestamp",
    PlainAddress = "ip_address",

    UserAgent = "parameters.user_agent",
    Affected = "parameters.affected_email_address",
    FailureType = "parameters.login_failure_type",
    SamlFailure = "parameters.failure_type",
    ChallengeStatus = "parameters.login_challenge_status",

    UserEmail = "parameters.USER_EMAIL",
    GroupEmail = "parameters.GROUP_EMAIL",
    RoleName = "parameters.ROLE_NAME",
    PrivilegeName = "parameters.PRIVILEGE_NAME",
    SettingName = "parameters.SETTING_NAME",
    ApplicationName = "parameters.APPLICATION_NAME",
    AppName = "parameters.app_name",
    SamlApp = "parameters.application_name",
    ApiClient = "parameters.API_CLIENT_NAME",
    ClientId = "parameters.client_id",
    Domain = "parameters.DOMAIN_NAME",
    OrgUnit = "parameters.ORG_UNIT_NAME",
    Device = "parameters.DEVICE_ID",
    GroupsEmail = "parameters.group_email",
    GroupsUser = "parameters.user_email",
    DocumentId = "parameters.doc_id",
    TargetUser = "parameters.target_user",
    TargetDomain = "parameters.target_domain",
    NewOwner = "parameters.new_owner",
    CalendarId = "parameters.calendar_id",
    Grantee = "parameters.grantee_email",
    ForwardedTo = "parameters.email_forwarding_destination_address",
    IdentityProvider = "parameters.INBOUND_SSO_PROFILE_NAME",
}

/// The log source.
pub const SOURCE: Source = Source {
    name: "google_workspace",
    documentation: "https://developers.google.com/workspace/admin/reports/reference/rest/v1/activities/list",
    marks: "`id.applicationName` and `events` or `name` (Google Workspace)",
    paths: PATHS,
    recognise,
    parse,
};

/// What the API says that an activity is.
const ACTIVITY: &str = "admin#reports#activity";

fn recognise(core: &Core<'_>) -> bool {
    let named = core.has(Path::Name)
        || core.has(Path::NestedName)
        || core.has(Path::SingleName)
        || core.text(Path::Kind) == Some(ACTIVITY);
    let plain = core.has(Path::PlainQualifier) && core.has(Path::PlainEmail);
    named && (core.has(Path::Application) || plain && core.has(Path::Type))
}

fn parse(core: &Core<'_>) -> Result<Parsed, String> {
    if !core.has(Path::Service) {
        return Ok(Parsed::Rewritten(flatten::flatten(core.whole(), core.text(Path::Application))));
    }
    let time = core.text(Path::Time).or_else(|| core.text(Path::PlainTime)).unwrap_or_default();
    let time = timestamp::read(time)
        .ok_or_else(|| format!("`id.time` is not a time: `{}`", short(time)))?;
    let operation = core.text(Path::Name).ok_or("`events[].name` is missing")?;
    let service = core.text(Path::Service).ok_or("`id.applicationName` is no text")?;
    let service = service.strip_suffix(flatten::SERVICE_DOMAIN).unwrap_or(service);
    let outcome = outcome::read(core, service);
    let actor = actor::read(core);
    let objects = objects::read(core, &actor);
    Ok(Parsed::Event(Box::new(Event {
        id: id(core, &objects),
        source: SOURCE.name,
        place: core.place.clone(),
        time,
        service: service.into(),
        operation: operation.into(),
        issued: objects::issued(core, service, &actor, &outcome),
        objects,
        outcome,
        origin: origin(core),
        read_only: None,
        account: core.text(Path::Customer).map(Into::into),
        region: None,
        actor: actor.into(),
        fields: core.no_fields(),
    })))
}

/// From application, time and qualifier, which name an activity.
///
/// Collectors that cut an activity into its events leave them the same three, so what was done to what counts too.
fn id(core: &Core<'_>, objects: &[interlock_model::Object]) -> EventId {
    let qualifier = core.text(Path::Qualifier).or_else(|| core.text(Path::PlainQualifier));
    let Some(qualifier) = qualifier else {
        return EventId::derive(&[SOURCE.name, "text", core.text]);
    };
    let mut parts = vec![SOURCE.name, qualifier];
    let named = [Path::Customer, Path::Application, Path::Time, Path::PlainTime];
    parts.extend(named.into_iter().map(|it| core.text(it).unwrap_or_default()));
    parts.extend(core.texts(Path::Name).take(8));
    for object in objects {
        parts.extend([&*object.kind, &*object.name]);
    }
    EventId::derive(&parts)
}

fn origin(core: &Core<'_>) -> Origin {
    let address = core.text(Path::IpAddress).or_else(|| core.text(Path::PlainAddress));
    Origin {
        address: address.and_then(|it| it.parse::<IpAddr>().ok()),
        service: None,
        user_agent: core.text(Path::UserAgent).map(Into::into),
    }
}

/// At most 40 characters, for messages.
fn short(text: &str) -> String {
    text.chars().filter(|it| !it.is_control() && *it != '`').take(40).collect()
}
