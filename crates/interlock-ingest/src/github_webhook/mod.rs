//! Webhooks of GitHub: what an organisation, a repository or an app is told of as it happens.

mod name;
mod objects;
mod paths;

use crate::source::{Core, Parsed, Source};
use crate::timestamp;
use interlock_model::{
    Actor, CredentialKind, CredentialRef, Event, EventId, Issued, Origin, Outcome, Principal,
    PrincipalKind, Timestamp,
};
use paths::{PATHS, Path};

/// The naming authority.
const GITHUB: &str = "github";

/// The log source.
pub const SOURCE: Source = Source {
    name: "github_webhook",
    documentation: "https://docs.github.com/en/webhooks/webhook-events-and-payloads",
    marks: "`sender` with `repository`, `organization` or `installation`, or `github_event` beside `payload` (GitHub's webhooks)",
    paths: PATHS,
    recognise,
    parse,
};

fn recognise(core: &Core<'_>) -> bool {
    // Other forges copy the form; they name who acted at the top.
    if core.has(Path::Foreign) {
        return false;
    }
    let placed = core.text(Path::Repository).is_some()
        || core.text(Path::Organisation).is_some()
        || core.text(Path::Enterprise).is_some()
        || core.has(Path::InstallationId);
    let told = core.text(Path::Event).or_else(|| core.text(Path::EventHeader)).is_some();
    let sent = core.text(Path::Sender).is_some();
    let says = core.text(Path::Action).is_some()
        || core.text(Path::Ref).is_some()
        || core.has(Path::Pages)
        || core.has(Path::Pusher);
    sent && (placed || told || core.text(Path::SenderNode).is_some())
        || core.text(Path::Repository).is_some() && says
        || told && placed
}

fn parse(core: &Core<'_>) -> Result<Parsed, String> {
    let time = time(core)?;
    let event = name::read(core);
    let action = core.text(Path::Action);
    let operation = match action {
        Some(action) => format!("{event}.{action}"),
        None => event.to_owned(),
    };
    let account = account(core);
    Ok(Parsed::Event(Box::new(Event {
        id: id(core),
        source: SOURCE.name,
        place: core.place.clone(),
        time,
        service: GITHUB.into(),
        issued: issued(core, &operation),
        operation: operation.into(),
        objects: objects::read(core, event),
        outcome: Outcome::Success,
        origin: Origin::default(),
        read_only: None,
        account: account.map(Into::into),
        region: None,
        actor: actor(core).into(),
        fields: core.no_fields(),
    })))
}

/// Where the body names a moment of what it tells of.
const MOMENTS: [Path; 29] = [
    Path::AlertCreated,
    Path::AlertUpdated,
    Path::AlertDismissed,
    Path::AlertFixed,
    Path::AlertResolved,
    Path::CommentUpdated,
    Path::CommentCreated,
    Path::DeploymentUpdated,
    Path::StatusUpdated,
    Path::HookUpdated,
    Path::InstallationUpdated,
    Path::InvitationCreated,
    Path::IssueCreated,
    Path::IssueUpdated,
    Path::JobCreated,
    Path::JobStarted,
    Path::JobCompleted,
    Path::KeyCreated,
    Path::PullRequestUpdated,
    Path::ReleaseCreated,
    Path::RepositoryCreated,
    Path::RepositoryPushed,
    Path::RepositoryUpdated,
    Path::ReviewSubmitted,
    Path::RuleUpdated,
    Path::RulesetUpdated,
    Path::RunUpdated,
    Path::Since,
    Path::TokenRequested,
];

/// When it was received, where the receiver says so; else the latest moment that GitHub wrote into the body,
/// which is never later than the event. The times of commits are not among them: whoever commits sets those.
fn time(core: &Core<'_>) -> Result<Timestamp, String> {
    let read = |path| match core.text(path).and_then(timestamp::read) {
        Some(time) => Some(time),
        None => core.number(path).and_then(timestamp::from_number),
    };
    if core.has(Path::Received) {
        return read(Path::Received).ok_or_else(|| "`received` is not a time".to_owned());
    }
    // The body's own moments may be years old: a repository that was quiet until now.
    core.received
        .or_else(|| MOMENTS.into_iter().filter_map(read).max())
        .ok_or_else(|| "the body names no moment, and no `received` stands beside it".to_owned())
}

fn id(core: &Core<'_>) -> EventId {
    match core.text(Path::Delivery).or_else(|| core.text(Path::DeliveryHeader)) {
        Some(id) => EventId::derive(&[SOURCE.name, id]),
        None => EventId::derive(&[SOURCE.name, "text", core.text]),
    }
}

/// The organisation, else who owns the repository, else where the app was installed.
fn account<'a>(core: &Core<'a>) -> Option<&'a str> {
    let owner = || core.text(Path::Repository)?.split_once('/').map(|(owner, _)| owner);
    core.text(Path::Organisation)
        .or_else(owner)
        .or_else(|| core.text(Path::Enterprise))
        .or_else(|| core.text(Path::InstallationAccount))
}

/// Whose doing it was; where the sender was left out, who wrote what the body is about.
fn actor(core: &Core<'_>) -> Actor {
    let paths = [
        Path::Sender,
        Path::CommentUser,
        Path::ReviewUser,
        Path::PullRequestUser,
        Path::IssueUser,
        Path::PusherName,
    ];
    let login = paths.into_iter().find_map(|it| core.text(it));
    let kind = match (login, core.text(Path::SenderKind)) {
        (None, _) => PrincipalKind::Unknown,
        (Some(_), Some("Bot")) => PrincipalKind::Role,
        (Some(login), _) if login.ends_with("[bot]") => PrincipalKind::Role,
        (Some(_), _) => PrincipalKind::User,
    };
    Actor {
        principal: login.map(|it| Principal::new(GITHUB, it)),
        kind,
        name: login.unwrap_or_default().into(),
        account: account(core).map(Into::into),
        ..Actor::default()
    }
}

/// A token that may act on the organisation from now on.
fn issued(core: &Core<'_>, operation: &str) -> Vec<Issued> {
    if operation != "personal_access_token_request.approved" {
        return Vec::new();
    }
    let id = objects::whole(core, Path::TokenId);
    let (Some(id), Some(owner)) = (id, core.text(Path::TokenOwner)) else { return Vec::new() };
    vec![Issued {
        credential: CredentialRef::new(GITHUB, CredentialKind::Token, &id),
        to: Principal::new(GITHUB, owner),
        session: None,
        expires: core.text(Path::TokenExpires).and_then(timestamp::read),
    }]
}
