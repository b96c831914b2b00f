//! Our own small form of an alert, for monitors that speak no other.

use crate::aws_names::{access_key, principal_of_arn};
use crate::source::{Core, Parsed, Source, Spelled, paths};
use crate::timestamp;
use interlock_model::{
    Actor, Alert, Arn, Confidence, CredentialRef, EventId, Origin, Principal, PrincipalKind,
    SessionRef, Severity,
};

paths! {
    Id = "alert.id" / "id",
    Time = "alert.time" / "time",
    Title = "alert.title" / "title",
    Severity = "alert.severity" / "severity",
    Kind = "alert.kind" / "kind",
    Confidence = "alert.confidence" / "confidence",
    Principal = "alert.principal" / "principal",
    Credential = "alert.credential" / "credential",
    Session = "alert.session" / "session",
    Techniques = "alert.techniques" / "techniques",
    Address = "alert.address" / "address",
    UserAgent = "alert.user_agent" / "user_agent",
    Product = "alert.product" / "product",
    Account = "alert.account" / "account",
}

/// The log source.
pub const SOURCE: Source = Source {
    name: "generic_alert",
    documentation: "README.md",
    marks: "`alert` with `id` and `title` (generic)",
    paths: PATHS,
    recognise,
    parse,
};

/// Without `alert` around it only where the sender says that it is one.
fn spelling<'a>(core: &'a Core<'a>) -> Spelled<'a> {
    let bare = core.alert_hint && !core.has(Path::Id);
    Spelled::new(core, if bare { PATHS.len() / 2 } else { 0 })
}

fn recognise(core: &Core<'_>) -> bool {
    let it = spelling(core);
    it.has(Path::Id) && it.has(Path::Title)
}

fn parse(core: &Core<'_>) -> Result<Parsed, String> {
    let it = spelling(core);
    let id = it.text(Path::Id).ok_or("`alert.id` is empty or no text")?;
    let title = it.text(Path::Title).ok_or("`alert.title` is empty or no text")?;
    let time = it.text(Path::Time).and_then(timestamp::read);
    let time = time.ok_or("`alert.time` is not an RFC 3339 time")?;
    let severity = it.text(Path::Severity).and_then(level).ok_or(
        "`alert.severity` is none of `informational`, `low`, `medium`, `high`, `critical`",
    )?;
    let confidence = match (it.number(Path::Confidence), it.has(Path::Confidence)) {
        (Some(it), _) if (0.0..=1.0).contains(&it) => it,
        (None, false) => 0.5,
        _ => return Err("`alert.confidence` is no number from 0 to 1".to_owned()),
    };
    let product = it.text(Path::Product).unwrap_or("unnamed product");
    let address = match it.text(Path::Address) {
        Some(text) => Some(text.parse().map_err(|_| "`alert.address` is no network address")?),
        None => None,
    };
    let actor = actor(&it)?;
    Ok(Parsed::Alert(Box::new(Alert {
        id: EventId::derive(&[SOURCE.name, product, id]),
        source: SOURCE.name.into(),
        place: core.place.clone(),
        time,
        product: product.into(),
        kind: it.text(Path::Kind).unwrap_or(title).into(),
        title: title.into(),
        severity,
        confidence: Confidence::new(confidence),
        techniques: core
            .texts(Path::Techniques)
            .take(32)
            .map(|it| it.to_ascii_uppercase().into())
            .collect(),
        origin: Origin {
            address,
            service: None,
            user_agent: it.text(Path::UserAgent).map(Into::into),
        },
        account: it.text(Path::Account).map(Into::into).or_else(|| actor.account.clone()),
        actor,
    })))
}

fn level(text: &str) -> Option<Severity> {
    let all = [
        Severity::Informational,
        Severity::Low,
        Severity::Medium,
        Severity::High,
        Severity::Critical,
    ];
    all.into_iter().find(|it| it.as_str().eq_ignore_ascii_case(text))
}

fn actor(it: &Spelled<'_>) -> Result<Actor, String> {
    let named = it.text(Path::Principal);
    let bare =
        named.map(|it| it.strip_prefix("aws:").filter(|it| it.starts_with("arn:")).unwrap_or(it));
    let arn = bare.and_then(Arn::read);
    let principal = match (arn, bare) {
        (Some(_), Some(text)) => Some(principal_of_arn(text)),
        (None, Some(text)) => Some(Principal::from_text(text).ok_or(
            "`alert.principal` is not `provider:name`, for example `aws:arn:aws:iam::111122223333:user/ci`",
        )?),
        (_, None) => None,
    };
    let credential = match it.text(Path::Credential) {
        Some(id) if id.starts_with("AKIA") || id.starts_with("ASIA") => Some(access_key(id)),
        Some(text) => Some(CredentialRef::from_text(text).ok_or(
            "`alert.credential` is not `provider:kind:id`, for example `broker:token:7f3a`",
        )?),
        None => None,
    };
    let session =
        it.text(Path::Session).or(bare.filter(|_| arn.is_some_and(|it| it.service == "sts")));
    let kind = match arn {
        Some(it) if it.service == "sts" || it.resource.starts_with("role/") => PrincipalKind::Role,
        Some(it) if it.resource.starts_with("user/") => PrincipalKind::User,
        Some(it) if it.resource == "root" => PrincipalKind::Root,
        Some(_) | None => PrincipalKind::Unknown,
    };
    let name = principal.as_ref().map(|it| Arn::read(&it.name).map_or(&*it.name, |arn| arn.name()));
    Ok(Actor {
        kind,
        name: name.unwrap_or_default().into(),
        credential,
        session: session.map(|it| SessionRef { id: it.into(), issued: None, mfa: None }),
        via: Vec::new(),
        account: arn.map(|it| it.account).filter(|it| !it.is_empty()).map(Into::into),
        principal,
    })
}
