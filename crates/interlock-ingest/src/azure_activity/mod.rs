//! Azure's activity log, and the logs of single resources that share its shape.

mod actor;
mod outcome;
mod paths;
mod resource;

use crate::microsoft_names::{Formed, address, moment, short};
use crate::source::{Core, Parsed, Source};
use interlock_model::{Event, EventId, Origin};
use paths::{FORMS, PATHS, Path};

/// The log source.
pub const SOURCE: Source = Source {
    name: "azure_activity",
    documentation: "https://learn.microsoft.com/en-us/azure/azure-monitor/platform/activity-log-schema",
    marks: "`operationName`, `resourceId` and a time of Azure (Azure activity)",
    paths: PATHS,
    recognise,
    parse,
};

/// The categories of the activity log.
const CATEGORIES: [&str; 8] = [
    "Administrative",
    "Alert",
    "Autoscale",
    "Policy",
    "Recommendation",
    "ResourceHealth",
    "Security",
    "ServiceHealth",
];

const EXPORT: usize = 0;
const REST: usize = 1;
const SDK: usize = 2;
const LOG_ANALYTICS: usize = 3;

/// The record in its form; `None` when it is none of Azure's.
fn form<'a>(core: &'a Core<'a>) -> Option<Formed<'a>> {
    let of = |form| Formed::new(core, FORMS, form);
    let export = of(EXPORT);
    if let Some(operation) = export.text(Path::Operation) {
        // The directory has a category `Policy` too; its operations are sentences, not paths.
        let known = operation.contains('/')
            && export.text(Path::Category).is_some_and(|it| CATEGORIES.contains(&it));
        // Kubernetes puts its own record inside.
        let foreign = export.text(Path::Category).is_some_and(|it| it.starts_with("kube-"));
        let azure = [Path::ResourceId, Path::ResourceUri]
            .into_iter()
            .filter_map(|it| export.text(it))
            .any(|it| resource::subscription(it).is_some());
        if known || azure && !foreign && export.has(Path::Time) {
            return Some(export);
        }
    }
    for form in [REST, SDK] {
        let it = of(form);
        let named = it.has(Path::EventId) || it.has(Path::RecordId);
        if it.has(Path::Time) && it.text(Path::Operation).is_some() && named {
            return Some(it);
        }
    }
    let table = of(LOG_ANALYTICS);
    let named = table.text(Path::Type) == Some("AzureActivity");
    (named || table.has(Path::Operation) && table.has(Path::Time)).then_some(table)
}

fn recognise(core: &Core<'_>) -> bool {
    form(core).is_some()
}

fn parse(core: &Core<'_>) -> Result<Parsed, String> {
    let it = form(core).ok_or("not a record of Azure")?;
    let time = it.text(Path::Time).ok_or("the time is missing")?;
    let time = moment(time).ok_or_else(|| format!("not a time: `{}`", short(time)))?;
    let operation = it.first([Path::Operation, Path::OperationText]);
    let operation = operation.ok_or("`operationName` is missing")?;
    let place = it.first([Path::ResourceId, Path::ResourceUri]).unwrap_or_default();
    let actor = actor::read(it);
    let subscription = resource::subscription(place).map(|it| it.to_lowercase().into());
    let agent = it.first([Path::VaultAgent, Path::StorageAgent]);
    Ok(Parsed::Event(Box::new(Event {
        id: id(core, it),
        source: SOURCE.name,
        place: core.place.clone(),
        time,
        service: resource::provider(operation, place).into(),
        operation: operation.into(),
        objects: resource::objects(place, it.text(Path::VaultObject)),
        issued: Vec::new(),
        outcome: outcome::read(it),
        origin: Origin {
            address: [Path::Address, Path::ClaimAddress]
                .into_iter()
                .find_map(|path| it.text(path).and_then(address)),
            service: None,
            user_agent: agent.map(Into::into),
        },
        read_only: resource::reads(operation),
        account: subscription.or_else(|| actor.account.clone()),
        region: None,
        actor: actor.into(),
        fields: core.no_fields(),
    })))
}

/// From Azure's id of the event; from the whole text when there is none.
fn id(core: &Core<'_>, it: Formed<'_>) -> EventId {
    match it.text(Path::EventId) {
        Some(id) => EventId::derive(&[SOURCE.name, id]),
        None => EventId::derive(&[SOURCE.name, "text", core.text]),
    }
}
