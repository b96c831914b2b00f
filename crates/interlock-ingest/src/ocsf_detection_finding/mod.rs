//! OCSF Detection Finding, class 2004, of any product.

use crate::aws_names::{AWS, access_key, principal_of_arn};
use crate::source::{Core, Parsed, Source, paths};
use crate::timestamp;
use interlock_model::{
    Actor, Alert, Arn, Confidence, CredentialKind, CredentialRef, EventId, Origin, Principal,
    PrincipalKind, SessionRef, Severity, Timestamp,
};

paths! {
    ClassUid = "class_uid",
    ActivityId = "activity_id",
    StatusId = "status_id",
    Time = "time",
    TimeText = "time_dt",
    SeverityId = "severity_id",
    ConfidenceId = "confidence_id",
    ConfidenceScore = "confidence_score",
    Message = "message",
    ProductName = "metadata.product.name",
    MetadataUid = "metadata.uid",
    FindingUid = "finding_info.uid",
    FindingTitle = "finding_info.title",
    FindingTypes = "finding_info.types",
    FindingAnalytic = "finding_info.analytic.name",
    LastSeen = "finding_info.last_seen_time",
    SubTechnique = "finding_info.attacks.sub_technique.uid",
    Technique = "finding_info.attacks.technique.uid",
    ProfileSubTechnique = "attacks.sub_technique.uid",
    ProfileTechnique = "attacks.technique.uid",
    CloudProvider = "cloud.provider",
    CloudAccount = "cloud.account.uid",
    EvidenceUserUid = "evidences.actor.user.uid",
    EvidenceUserAlt = "evidences.actor.user.uid_alt",
    EvidenceUserName = "evidences.actor.user.name",
    EvidenceKey = "evidences.actor.session.credential_uid",
    EvidenceSession = "evidences.actor.session.uid",
    EvidenceSessionCreated = "evidences.actor.session.created_time",
    EvidenceMfa = "evidences.actor.session.is_mfa",
    EvidenceAddress = "evidences.src_endpoint.ip",
    EvidenceAgent = "evidences.api.request.user_agent",
    EvidenceHttpAgent = "evidences.http_request.user_agent",
    ActorUserUid = "actor.user.uid",
    ActorUserAlt = "actor.user.uid_alt",
    ActorUserName = "actor.user.name",
    ActorKey = "actor.session.credential_uid",
    ActorSession = "actor.session.uid",
    ActorSessionCreated = "actor.session.created_time",
    ActorMfa = "actor.session.is_mfa",
    ActorIdp = "actor.idp.name",
    UserUid = "user.uid",
    UserAlt = "user.uid_alt",
    UserName = "user.name",
    UserKey = "user.programmatic_credentials.uid",
    ResourceUid = "resources.uid",
    ResourceUserUid = "resources.owner.uid",
    Address = "src_endpoint.ip",
}

/// The log source.
pub const SOURCE: Source = Source {
    name: "ocsf_detection_finding",
    documentation: "https://schema.ocsf.io/1.8.0/classes/detection_finding",
    marks: "`class_uid` 2004 (OCSF)",
    paths: PATHS,
    recognise,
    parse,
};

fn recognise(core: &Core<'_>) -> bool {
    core.number(Path::ClassUid) == Some(2004.0)
}

fn parse(core: &Core<'_>) -> Result<Parsed, String> {
    let uid = core.text(Path::FindingUid).ok_or("`finding_info.uid` is missing")?;
    let closed = core.number(Path::ActivityId) == Some(3.0);
    let status = core.number(Path::StatusId).unwrap_or_default();
    if closed || (3.0..=6.0).contains(&status) {
        return Err("its monitor has closed or suppressed the finding".to_owned());
    }
    let time = time(core).ok_or("`time` is not a time")?;
    let severity = level(core);
    let title = core.text(Path::FindingTitle).or_else(|| core.text(Path::Message));
    let kind = core.text(Path::FindingTypes).or_else(|| core.text(Path::FindingAnalytic)).or(title);
    let actor = actor(core);
    // A monitor updates a finding under one id; each new version of it is news.
    let version = core.text(Path::MetadataUid).map_or_else(|| time.to_string(), ToOwned::to_owned);
    let address = core.texts(Path::EvidenceAddress).chain(core.texts(Path::Address));
    let agent = core.text(Path::EvidenceHttpAgent).or_else(|| core.text(Path::EvidenceAgent));
    Ok(Parsed::Alert(Box::new(Alert {
        id: EventId::derive(&[SOURCE.name, uid, &version]),
        source: SOURCE.name.into(),
        place: core.place.clone(),
        time,
        product: core.text(Path::ProductName).unwrap_or("unnamed product").into(),
        kind: kind.unwrap_or("detection finding").into(),
        title: title.or(kind).unwrap_or("detection finding").into(),
        severity,
        confidence: confidence(core, severity),
        techniques: techniques(core),
        origin: Origin {
            address: { address }.find_map(|it| it.parse().ok()),
            service: None,
            user_agent: agent.map(Into::into),
        },
        account: core.text(Path::CloudAccount).map(Into::into).or_else(|| actor.account.clone()),
        actor,
    })))
}

fn time(core: &Core<'_>) -> Option<Timestamp> {
    let number = |path| core.number(path).and_then(timestamp::from_number);
    number(Path::LastSeen)
        .or_else(|| core.text(Path::TimeText).and_then(timestamp::read))
        .or_else(|| number(Path::Time))
        .or_else(|| core.text(Path::Time).and_then(timestamp::read))
}

fn level(core: &Core<'_>) -> Severity {
    match core.number(Path::SeverityId).unwrap_or_default() as i64 {
        2 => Severity::Low,
        3 => Severity::Medium,
        4 => Severity::High,
        5 | 6 => Severity::Critical,
        1 => Severity::Informational,
        // Unknown or other: neither to be overlooked nor to wake anyone.
        _ => Severity::Medium,
    }
}

fn confidence(core: &Core<'_>, severity: Severity) -> Confidence {
    if let Some(score) = core.number(Path::ConfidenceScore) {
        return Confidence::new(score / 100.0);
    }
    let by_id = match core.number(Path::ConfidenceId).unwrap_or_default() as i64 {
        1 => Some(0.3),
        2 => Some(0.6),
        3 => Some(0.9),
        _ => None,
    };
    Confidence::new(by_id.unwrap_or(match severity {
        Severity::Critical => 0.9,
        Severity::High => 0.8,
        Severity::Medium => 0.6,
        Severity::Low => 0.4,
        Severity::Informational => 0.2,
    }))
}

fn techniques(core: &Core<'_>) -> Vec<Box<str>> {
    let subs: Vec<&str> =
        core.texts(Path::SubTechnique).chain(core.texts(Path::ProfileSubTechnique)).collect();
    let whole = core.texts(Path::Technique).chain(core.texts(Path::ProfileTechnique));
    // A technique goes without saying where its sub-technique is named.
    let whole = whole.filter(|it| !subs.iter().any(|sub| sub.starts_with(it)));
    let mut found: Vec<Box<str>> = Vec::new();
    for text in subs.iter().copied().chain(whole).take(32) {
        let text = text.to_ascii_uppercase();
        if !found.iter().any(|it| **it == *text) {
            found.push(text.into());
        }
    }
    found
}

/// The three places of an actor, the most exact first, each with its own session.
const ACTORS: [[Path; 7]; 2] = [
    [
        Path::EvidenceUserUid,
        Path::EvidenceUserAlt,
        Path::EvidenceUserName,
        Path::EvidenceKey,
        Path::EvidenceSession,
        Path::EvidenceSessionCreated,
        Path::EvidenceMfa,
    ],
    [
        Path::ActorUserUid,
        Path::ActorUserAlt,
        Path::ActorUserName,
        Path::ActorKey,
        Path::ActorSession,
        Path::ActorSessionCreated,
        Path::ActorMfa,
    ],
];

fn actor(core: &Core<'_>) -> Actor {
    let arns = [
        Path::EvidenceUserUid,
        Path::EvidenceUserAlt,
        Path::ActorUserUid,
        Path::ActorUserAlt,
        Path::UserUid,
        Path::UserAlt,
        Path::ResourceUid,
        Path::ResourceUserUid,
    ];
    let arn = arns.into_iter().flat_map(|it| core.texts(it)).find(|it| is_identity(it));
    let names = [
        Path::EvidenceUserName,
        Path::ActorUserName,
        Path::UserName,
        Path::EvidenceUserUid,
        Path::ActorUserUid,
        Path::UserUid,
    ];
    let name = names.into_iter().find_map(|it| core.text(it));
    let principal = match arn {
        Some(arn) => Some(principal_of_arn(arn)),
        None => name.map(|name| Principal::new(&provider(core), name)),
    };
    let key = ACTORS
        .iter()
        .find_map(|[.., key, _, _, _]| core.text(*key))
        .or_else(|| core.text(Path::UserKey));
    Actor {
        kind: arn.map_or(PrincipalKind::Unknown, kind_of),
        name: name
            .or_else(|| arn.and_then(Arn::read).map(|it| it.name()))
            .unwrap_or_default()
            .into(),
        credential: key.map(|it| credential(core, it)),
        session: session(core, arn),
        via: Vec::new(),
        account: core.text(Path::CloudAccount).map(Into::into),
        principal,
    }
}

fn is_identity(text: &str) -> bool {
    Arn::read(text).is_some_and(|it| {
        let resource = it.resource;
        (it.service == "iam"
            && (resource.starts_with("user/")
                || resource.starts_with("role/")
                || resource == "root"))
            || (it.service == "sts" && resource.starts_with("assumed-role/"))
    })
}

fn kind_of(arn: &str) -> PrincipalKind {
    match Arn::read(arn).map(|it| it.resource) {
        Some("root") => PrincipalKind::Root,
        Some(it) if it.starts_with("user/") => PrincipalKind::User,
        Some(_) => PrincipalKind::Role,
        None => PrincipalKind::Unknown,
    }
}

/// The naming authority of a name that is no ARN: the identity provider, the cloud, or the product.
fn provider(core: &Core<'_>) -> String {
    let text = core.text(Path::ActorIdp).or_else(|| core.text(Path::CloudProvider));
    let text = text.or_else(|| core.text(Path::ProductName)).unwrap_or("ocsf");
    text.chars()
        .map(|it| if it.is_ascii_alphanumeric() { it.to_ascii_lowercase() } else { '_' })
        .collect()
}

fn credential(core: &Core<'_>, id: &str) -> CredentialRef {
    if id.starts_with("AKIA")
        || id.starts_with("ASIA")
        || core.text(Path::CloudProvider) == Some("AWS")
    {
        access_key(id)
    } else {
        let provider = provider(core);
        let provider = if provider.is_empty() { AWS } else { &provider };
        CredentialRef::new(provider, CredentialKind::Token, id)
    }
}

/// For AWS a session is named by its ARN, where the finding has it, as CloudTrail names it.
fn session(core: &Core<'_>, arn: Option<&str>) -> Option<SessionRef> {
    let arn = arn.filter(|it| Arn::read(it).is_some_and(|it| it.service == "sts"));
    for [.., id, created, mfa] in ACTORS {
        if let Some(id) = core.text(id) {
            return Some(SessionRef {
                id: arn.unwrap_or(id).into(),
                issued: core.number(created).and_then(timestamp::from_number),
                mfa: core.flag(mfa),
            });
        }
    }
    Some(SessionRef { id: arn?.into(), issued: None, mfa: None })
}
