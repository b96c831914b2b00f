//! Whom a finding accuses, from its list of resources.
//!
//! A resource's parts belong together, so the list is read as a list and not field by field.

use super::paths::Path;
use crate::aws_names::{AWS, access_key, principal_of_arn, role_of, root_of, user_of};
use crate::source::Core;
use crate::structure::Value;
use crate::timestamp;
use interlock_model::{Actor, Arn, CredentialRef, Principal, PrincipalKind, SessionRef, Timestamp};

/// At most this many resources of one finding; ASFF allows 32.
const MOST: usize = 32;

/// The owner of a key, else a user or role that is named as a resource, else an instance's profile;
/// among equals those that the finding calls actors come first.
pub fn read(core: &Core<'_>) -> Actor {
    let account = core.text(Path::AwsAccountId);
    let resources = resources(core.whole());
    let find = |read: fn(&Resource, Option<&str>) -> Option<Actor>| {
        let ordered =
            resources.iter().filter(|it| it.acts).chain(resources.iter().filter(|it| !it.acts));
        ordered.clone().find_map(|it| read(it, account))
    };
    let mut actor = find(of_access_key).or_else(|| find(of_identity)).or_else(|| find(of_instance));
    if let Some(actor) = &mut actor {
        // The key stands in a resource of its own beside the user's or role's.
        actor.credential =
            actor.credential.take().or_else(|| resources.iter().find_map(Resource::credential));
    }
    actor.unwrap_or_else(|| Actor {
        credential: resources.iter().find_map(Resource::credential),
        account: account.map(Into::into),
        ..Actor::default()
    })
}

/// What is read of one entry of `Resources`.
#[derive(Debug, Default)]
struct Resource {
    kind: Box<str>,
    id: Box<str>,
    partition: Box<str>,
    acts: bool,
    key: Option<Key>,
    user_name: Option<Box<str>>,
    instance_profile: Option<Box<str>>,
}

/// `Details.AwsIamAccessKey`.
#[derive(Debug, Default)]
struct Key {
    id: Option<Box<str>>,
    account: Option<Box<str>>,
    owner_type: Box<str>,
    owner_name: Option<Box<str>>,
    owner_id: Box<str>,
    issuer: Option<Box<str>>,
    issuer_name: Option<Box<str>>,
    created: Option<Timestamp>,
    mfa: Option<bool>,
}

fn resources(record: Value<'_>) -> Vec<Resource> {
    let list = record.get("Resources").and_then(Value::elements);
    list.into_iter().flatten().take(MOST).map(Resource::read).collect()
}

fn text(it: Value<'_>, path: &[&str]) -> Option<Box<str>> {
    it.at(path)?.text().filter(|it| !it.is_empty()).map(Into::into)
}

impl Resource {
    fn read(it: Value<'_>) -> Self {
        let text = |path: &[&str]| text(it, path);
        Self {
            kind: text(&["Type"]).unwrap_or_default(),
            id: text(&["Id"]).unwrap_or_default(),
            partition: text(&["Partition"]).unwrap_or_else(|| "aws".into()),
            acts: text(&["ResourceRole"]).is_some_and(|it| it.eq_ignore_ascii_case("actor")),
            key: it.at(&["Details", "AwsIamAccessKey"]).map(Key::read),
            user_name: text(&["Details", "AwsIamUser", "UserName"])
                .or_else(|| text(&["Details", "AwsIamRole", "RoleName"])),
            instance_profile: text(&["Details", "AwsEc2Instance", "IamInstanceProfileArn"]),
        }
    }

    fn credential(&self) -> Option<CredentialRef> {
        let inside = self.key.as_ref().and_then(|it| it.id.as_deref());
        let outside = (&*self.kind == "AwsIamAccessKey")
            .then(|| self.id.rsplit([':', '/']).next().unwrap_or_default());
        let id = inside.or(outside)?;
        id.starts_with('A').then(|| access_key(id))
    }
}

impl Key {
    fn read(it: Value<'_>) -> Self {
        let text = |path: &[&str]| text(it, path);
        let mfa = it.at(&["SessionContext", "Attributes", "MfaAuthenticated"]);
        Self {
            id: text(&["AccessKeyId"]),
            account: text(&["AccountId"]),
            owner_type: text(&["PrincipalType"]).unwrap_or_default(),
            owner_name: text(&["PrincipalName"]).or_else(|| text(&["UserName"])),
            owner_id: text(&["PrincipalId"]).unwrap_or_default(),
            issuer: text(&["SessionContext", "SessionIssuer", "Arn"]),
            issuer_name: text(&["SessionContext", "SessionIssuer", "UserName"]),
            created: text(&["SessionContext", "Attributes", "CreationDate"])
                .and_then(|it| timestamp::read(&it)),
            mfa: mfa.and_then(Value::flag),
        }
    }
}

fn of_access_key(it: &Resource, account: Option<&str>) -> Option<Actor> {
    let key = it.key.as_ref()?;
    let account = key.account.as_deref().or(account);
    let issuer = key.issuer.as_deref().filter(|it| Arn::read(it).is_some());
    let name = key.owner_name.as_deref().or(key.issuer_name.as_deref()).unwrap_or_default();
    let named = |make: fn(&str, &str, &str) -> Principal| {
        account.filter(|_| !name.is_empty()).map(|account| make(&it.partition, account, name))
    };
    let (kind, principal) = match (&*key.owner_type, issuer) {
        ("Root", _) => (PrincipalKind::Root, account.map(|id| root_of(&it.partition, id))),
        ("IAMUser" | "User", _) => (PrincipalKind::User, named(user_of)),
        ("FederatedUser", _) => (PrincipalKind::Federated, named(user_of)),
        (_, Some(issuer)) => (kind_of(issuer), Some(principal_of_arn(issuer))),
        ("AssumedRole" | "Role", None) => (PrincipalKind::Role, named(role_of)),
        _ => (PrincipalKind::Unknown, None),
    };
    let role = principal.as_ref().and_then(|it| Arn::read(&it.name)).map(|it| it.name());
    let session = key.owner_id.split_once(':').map(|(_, session)| session);
    let id = match (kind, role, session, account) {
        (PrincipalKind::Role, Some(role), Some(session), Some(account)) => {
            Some(format!("arn:{}:sts::{account}:assumed-role/{role}/{session}", it.partition))
        }
        _ => key.id.as_deref().filter(|it| it.starts_with("ASIA")).map(ToOwned::to_owned),
    };
    let shown = match kind {
        PrincipalKind::Root => "root",
        PrincipalKind::Role => role.unwrap_or(name),
        PrincipalKind::User
        | PrincipalKind::Federated
        | PrincipalKind::Service
        | PrincipalKind::Account
        | PrincipalKind::Unknown => name,
    };
    Some(Actor {
        kind,
        name: shown.into(),
        credential: it.credential(),
        session: id.map(|id| SessionRef { id: id.into(), issued: key.created, mfa: key.mfa }),
        via: Vec::new(),
        account: account.map(Into::into),
        principal,
    })
}

fn of_identity(it: &Resource, account: Option<&str>) -> Option<Actor> {
    let arn = Arn::read(&it.id)?;
    let identity = match arn.service {
        "iam" => ["user/", "role/", "root"].iter().any(|start| arn.resource.starts_with(start)),
        "sts" => arn.resource.starts_with("assumed-role/"),
        _ => false,
    };
    if !identity {
        return None;
    }
    let session = (arn.service == "sts").then(|| it.id.clone());
    Some(Actor {
        kind: kind_of(&it.id),
        name: it.user_name.as_deref().map(Into::into).unwrap_or_else(|| match arn.assumed_role() {
            Some((role, _)) => role.into(),
            None => arn.name().into(),
        }),
        principal: Some(principal_of_arn(&it.id)),
        session: session.map(|id| SessionRef { id: id.into(), issued: None, mfa: None }),
        account: Some(arn.account).filter(|it| !it.is_empty()).or(account).map(Into::into),
        ..Actor::default()
    })
}

/// An instance acts through its profile; which role that holds the finding does not say.
fn of_instance(it: &Resource, account: Option<&str>) -> Option<Actor> {
    let profile = it.instance_profile.as_deref()?;
    Some(Actor {
        kind: PrincipalKind::Role,
        name: Arn::read(profile).map_or(profile, |it| it.name()).into(),
        principal: Some(Principal::new(AWS, profile)),
        account: account.map(Into::into),
        ..Actor::default()
    })
}

fn kind_of(arn: &str) -> PrincipalKind {
    match Arn::read(arn).map(|it| it.resource) {
        Some("root") => PrincipalKind::Root,
        Some(it) if it.starts_with("user/") => PrincipalKind::User,
        Some(it) if it.starts_with("role/") || it.starts_with("assumed-role/") => {
            PrincipalKind::Role
        }
        Some(_) | None => PrincipalKind::Unknown,
    }
}
