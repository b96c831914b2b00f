//! Microsoft 365's unified audit log: Exchange, SharePoint, Teams, and the directory as they see it.

mod actor;
mod changes;
mod mailboxes;
mod outcome;
mod paths;

use crate::microsoft_names::{Formed, Named, address, list, moment, short};
use crate::source::{Core, Parsed, Source};
use interlock_model::{Event, EventId, Origin};
use paths::{FORMS, PATHS, Path};

/// The log source.
pub const SOURCE: Source = Source {
    name: "m365_audit",
    documentation: "https://learn.microsoft.com/en-us/office/office-365-management-api/office-365-management-activity-api-schema",
    marks: "`CreationTime`, `Operation` and `RecordType` (Microsoft 365 audit)",
    paths: PATHS,
    recognise,
    parse,
};

/// The record in its form; `None` when it is no unified audit record.
fn form<'a>(core: &'a Core<'a>) -> Option<Formed<'a>> {
    let record = Formed::new(core, FORMS, 0);
    let typed = record.has(Path::RecordType) || record.has(Path::Workload);
    if record.has(Path::Time) && record.has(Path::Operation) && typed {
        return Some(record);
    }
    let table = Formed::new(core, FORMS, 1);
    let named = table.text(Path::Type) == Some("OfficeActivity") || table.has(Path::Workload);
    (named && table.has(Path::Time) && table.has(Path::Operation)).then_some(table)
}

fn recognise(core: &Core<'_>) -> bool {
    form(core).is_some()
}

fn parse(core: &Core<'_>) -> Result<Parsed, String> {
    let it = form(core).ok_or("not a unified audit record")?;
    let time = it.text(Path::Time).unwrap_or_default();
    let time =
        moment(time).ok_or_else(|| format!("`CreationTime` is not a time: `{}`", short(time)))?;
    let operation = it.text(Path::Operation).ok_or("`Operation` is missing")?.trim();
    let outcome = outcome::read(it, operation);
    let modified: Vec<Named> = list(core, &["ModifiedProperties"]);
    let extended: Vec<Named> = list(core, &["ExtendedProperties"]);
    let device: Vec<Named> = list(core, &["DeviceProperties"]);
    let targets: Vec<changes::Target> = list(core, &["Target"]);
    let actor = actor::read(it, operation, Named::value(&device, "SessionId"));
    let agent = it
        .text(Path::UserAgent)
        .or_else(|| Named::value(&extended, "UserAgent"))
        .or_else(|| it.text(Path::ClientInfo));
    let id = it.first([Path::Id, Path::SourceId]);
    // What a mailbox's commands are given is read where there are such.
    let exchange = it.text(Path::Workload) == Some("Exchange");
    let of_exchange = |name| if exchange { list(core, &[name]) } else { Vec::new() };
    let parameters: Vec<Named> = of_exchange("Parameters");
    let properties: Vec<Named> = of_exchange("OperationProperties");
    let objects = Some(())
        .filter(|()| exchange)
        .and_then(|()| mailboxes::objects(it, operation, &parameters, &properties));
    Ok(Parsed::Event(Box::new(Event {
        id: match id {
            Some(id) => EventId::derive(&[SOURCE.name, id]),
            None => EventId::derive(&[SOURCE.name, "text", core.text]),
        },
        source: SOURCE.name,
        place: core.place.clone(),
        time,
        service: it.text(Path::Workload).unwrap_or("Office 365").into(),
        operation: operation.into(),
        objects: objects.unwrap_or_else(|| changes::objects(it, &targets, &modified)),
        issued: changes::issued(operation, &targets, &modified, &outcome),
        outcome,
        origin: Origin {
            address: [Path::ClientAddress, Path::ActorAddress, Path::MailAddress]
                .into_iter()
                .find_map(|path| it.text(path).and_then(address)),
            service: None,
            user_agent: agent.map(Into::into),
        },
        read_only: None,
        account: it.text(Path::Organization).map(|it| it.to_lowercase().into()),
        region: None,
        actor: actor.into(),
        fields: core.no_fields(),
    })))
}
