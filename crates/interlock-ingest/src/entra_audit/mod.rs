//! Microsoft Entra audit: what was changed in the directory, and by whom.

mod changes;
mod paths;

use crate::microsoft_names::{Formed, Named, address, list, moment, principal, short, somebody};
use crate::source::{Core, Parsed, Source};
use changes::Target;
use interlock_model::{Actor, Event, EventId, Origin, Outcome, PrincipalKind, RefusalStage};
use paths::{FORMS, PATHS, Path};

/// The log source.
pub const SOURCE: Source = Source {
    name: "entra_audit",
    documentation: "https://learn.microsoft.com/en-us/graph/api/resources/directoryaudit",
    marks: "`activityDisplayName` with `initiatedBy` or `loggedByService` (Entra audit)",
    paths: PATHS,
    recognise,
    parse,
};

/// The forms: their number, and where targets and further details stand in each.
const PLACES: [(&[&str], &[&str]); 3] = [
    (&["properties", "targetResources"], &["properties", "additionalDetails"]),
    (&["targetResources"], &["additionalDetails"]),
    (&["TargetResources"], &["AdditionalDetails"]),
];

/// The record in its form, with the form's number; `None` when it is no directory audit.
fn form<'a>(core: &'a Core<'a>) -> Option<(Formed<'a>, usize)> {
    let forms = (0..FORMS).map(|number| (Formed::new(core, FORMS, number), number));
    forms.into_iter().find(|(it, _)| {
        let named = it.has(Path::Activity) || it.text(Path::Type) == Some("AuditLogs");
        named && (it.has(Path::InitiatedBy) || it.has(Path::Service))
    })
}

fn recognise(core: &Core<'_>) -> bool {
    form(core).is_some()
}

fn parse(core: &Core<'_>) -> Result<Parsed, String> {
    let (it, form) = form(core).ok_or("not a directory audit")?;
    let operation = it.first([Path::Activity, Path::Operation]);
    let operation = operation.ok_or("`activityDisplayName` is missing")?.trim();
    let time = it.first([Path::Time, Path::Logged]).ok_or("`activityDateTime` is missing")?;
    let time = moment(time)
        .ok_or_else(|| format!("`activityDateTime` is not a time: `{}`", short(time)))?;
    let (targets, details) = PLACES.get(form).copied().unwrap_or_default();
    let targets: Vec<Target> = list(core, targets);
    let details: Vec<Named> = list(core, details);
    let outcome = outcome(it);
    let actor = actor(it);
    let agent = it.text(Path::UserAgent).or_else(|| Named::value(&details, "User-Agent"));
    Ok(Parsed::Event(Box::new(Event {
        id: match it.text(Path::Id) {
            Some(id) => EventId::derive(&[SOURCE.name, id]),
            None => EventId::derive(&[SOURCE.name, "text", core.text]),
        },
        source: SOURCE.name,
        place: core.place.clone(),
        time,
        service: it.text(Path::Service).unwrap_or("Core Directory").into(),
        operation: operation.into(),
        objects: changes::objects(operation, &targets),
        issued: changes::issued(operation, &targets, &details, &outcome),
        outcome,
        origin: Origin {
            address: [Path::UserAddress, Path::Address]
                .into_iter()
                .find_map(|path| it.text(path).and_then(address)),
            service: None,
            user_agent: agent.map(Into::into),
        },
        read_only: Some(false),
        account: actor.account.clone(),
        region: None,
        actor: actor.into(),
        fields: core.no_fields(),
    })))
}

fn actor(it: Formed<'_>) -> Actor {
    let account = it.text(Path::Tenant).map(|it| it.to_lowercase().into());
    let user = it.text(Path::UserId).and_then(somebody).or_else(|| it.text(Path::UserName));
    if let Some(user) = user {
        return Actor {
            principal: Some(principal(user)),
            kind: PrincipalKind::User,
            name: it.first([Path::UserName, Path::UserDisplayName]).unwrap_or(user).into(),
            account,
            ..Actor::default()
        };
    }
    let id = it.text(Path::AppPrincipal).and_then(somebody).or_else(|| it.text(Path::AppId));
    // Microsoft's own services have a name and no id.
    let kind = match (id, it.text(Path::AppName)) {
        (Some(_), _) => PrincipalKind::Role,
        (None, Some(_)) => PrincipalKind::Service,
        (None, None) => PrincipalKind::Unknown,
    };
    let named = id.or_else(|| it.text(Path::AppName));
    Actor {
        principal: named.map(principal),
        kind,
        name: it.text(Path::AppName).or(id).unwrap_or_default().into(),
        account,
        ..Actor::default()
    }
}

/// The directory says success or failure, and the reason in words.
fn outcome(it: Formed<'_>) -> Outcome {
    let result = it.first([Path::Result, Path::ResultType]).unwrap_or("success");
    let good = ["success", "succeeded", "0", "none", "unknownfuturevalue"];
    if good.iter().any(|it| it.eq_ignore_ascii_case(result)) {
        return Outcome::Success;
    }
    let reason = it.text(Path::Reason).unwrap_or_default();
    let code = if reason.is_empty() || reason.contains(' ') { result } else { reason };
    let code = short(code).into();
    let refused = ["Authorization_RequestDenied", "nsufficient privileges", "not authorized"];
    if refused.iter().any(|it| reason.contains(it)) {
        return Outcome::Refused { code, stage: RefusalStage::Permission };
    }
    Outcome::Failed { code }
}
