//! Who acted: in sign-ins the user who signs in, elsewhere the actor.

use super::Class;
use super::paths::Path;
use crate::aws_names::{AWS, access_key, principal_of_arn, root_of, user_of};
use crate::source::Core;
use crate::timestamp;
use interlock_model::{
    Actor, Arn, CredentialKind, CredentialRef, Principal, PrincipalKind, SessionRef,
};

/// Where one user stands in the record.
struct User {
    uid: Path,
    alt: Path,
    name: Path,
    email: Path,
    sort: Path,
    sort_id: Path,
    account: Path,
    organisation: Path,
    keys: [Path; 2],
}

const ACTOR: User = User {
    uid: Path::ActorUid,
    alt: Path::ActorAlt,
    name: Path::ActorName,
    email: Path::ActorEmail,
    sort: Path::ActorType,
    sort_id: Path::ActorTypeId,
    account: Path::ActorAccount,
    organisation: Path::ActorOrganisation,
    keys: [Path::ActorKey, Path::ActorCredential],
};

const USER: User = User {
    uid: Path::UserUid,
    alt: Path::UserAlt,
    name: Path::UserName,
    email: Path::UserEmail,
    sort: Path::UserType,
    sort_id: Path::UserTypeId,
    account: Path::UserAccount,
    organisation: Path::UserOrganisation,
    keys: [Path::UserKey, Path::UserCredential],
};

/// Who names the people and services of a product's log.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Authority {
    Aws,
    Entra,
    GitHub,
    Google,
    Kubernetes,
    Okta,
    /// The identity provider, the cloud or the product, as a word.
    Other(String),
}

pub(super) fn read(core: &Core<'_>, class: Class) -> Actor {
    let authority = authority(core);
    let (first, second) = match class {
        Class::Authentication => (&USER, &ACTOR),
        Class::AccountChange | Class::UserAccess | Class::GroupManagement | Class::ApiActivity => {
            (&ACTOR, &ACTOR)
        }
    };
    let who = if first.is_there(core) { first } else { second };
    let principal = who.principal(core, &authority).or_else(|| application(core, &authority));
    let mut via = Vec::new();
    if class == Class::Authentication {
        // An account that is switched into, or a sign-in that somebody else began.
        let other = ACTOR.principal(core, &authority);
        via.extend(other.filter(|it| Some(it) != principal.as_ref()));
    }
    let arn = principal.as_ref().and_then(|it| Arn::read(&it.name)).map(|it| it.name());
    let name = core.text(who.name).or_else(|| core.text(who.email)).or(arn);
    let name = name.or_else(|| core.text(Path::ActorAppName)).or_else(|| core.text(who.uid));
    let account = core.text(who.account).or_else(|| core.text(who.organisation));
    Actor {
        kind: who.kind(core, principal.as_ref()),
        name: name.unwrap_or_default().into(),
        credential: credential(core, who, &authority),
        session: session(core, who),
        via,
        account: account.map(Into::into),
        principal,
    }
}

/// Whom the record is about, when it names a user beside the actor.
pub(super) fn subject(core: &Core<'_>) -> Option<Principal> {
    USER.principal(core, &authority(core))
}

impl User {
    fn is_there(&self, core: &Core<'_>) -> bool {
        [self.uid, self.name, self.email].into_iter().any(|it| core.text(it).is_some())
    }

    fn principal(&self, core: &Core<'_>, authority: &Authority) -> Option<Principal> {
        let (uid, name) = (core.text(self.uid), core.text(self.name));
        let email = core.text(self.email);
        let arn = [uid, core.text(self.alt), name].into_iter().flatten().find(|it| is_arn(it));
        if let Some(arn) = arn {
            return Some(self.of_arn(core, arn));
        }
        match authority {
            Authority::Aws => self.of_aws(core, name.or(uid)?),
            Authority::Entra => {
                Some(Principal::new("entra", &uid.or(name).or(email)?.to_lowercase()))
            }
            Authority::GitHub => Some(Principal::new("github", name.or(uid)?)),
            Authority::Google => {
                Some(Principal::new("google", &email.or(name).or(uid)?.to_lowercase()))
            }
            Authority::Kubernetes => Some(Principal::new("kubernetes", name.or(uid)?)),
            Authority::Okta => Some(Principal::new("okta", uid.or(name).or(email)?)),
            Authority::Other(word) => Some(Principal::new(word, uid.or(name).or(email)?)),
        }
    }

    /// A session's role is known with its path where the session says who issued it.
    fn of_arn(&self, core: &Core<'_>, arn: &str) -> Principal {
        let issuers = [Path::ActorSessionIssuer, Path::SessionIssuer];
        let issuer = issuers.into_iter().find_map(|it| core.text(it)).filter(|it| is_arn(it));
        match issuer {
            Some(issuer) if self.uid == Path::ActorUid && is_session(arn) => {
                principal_of_arn(issuer)
            }
            Some(_) | None => principal_of_arn(arn),
        }
    }

    fn of_aws(&self, core: &Core<'_>, name: &str) -> Option<Principal> {
        let accounts = [self.account, Path::CloudAccount, Path::LakeAccount];
        let account = accounts.into_iter().find_map(|it| core.text(it));
        match (core.text(self.sort), account) {
            (Some("Root"), Some(account)) => Some(root_of("aws", account)),
            (Some("IAMUser"), Some(account)) => Some(user_of("aws", account, name)),
            (Some("AWSService" | "AWSAccount"), _) => Some(Principal::new(AWS, name)),
            // A bare name of another sort says neither user nor role.
            _ => None,
        }
    }

    fn kind(&self, core: &Core<'_>, principal: Option<&Principal>) -> PrincipalKind {
        let resource = principal.and_then(|it| Arn::read(&it.name)).map(|it| it.resource);
        match resource {
            Some("root") => return PrincipalKind::Root,
            Some(it) if it.starts_with("user/") => return PrincipalKind::User,
            Some(it) if it.starts_with("role/") => return PrincipalKind::Role,
            Some(_) | None => {}
        }
        match core.number(self.sort_id).unwrap_or_default() as u8 {
            1 | 2 => PrincipalKind::User,
            3 => PrincipalKind::Service,
            4 => PrincipalKind::Role,
            _ => PrincipalKind::Unknown,
        }
    }
}

/// An actor that is an application and no user.
fn application(core: &Core<'_>, authority: &Authority) -> Option<Principal> {
    let id = core.text(Path::ActorAppUid).or_else(|| core.text(Path::ActorAppName))?;
    Some(match authority {
        Authority::Aws => return None,
        Authority::Entra => Principal::new("entra", &id.to_lowercase()),
        Authority::GitHub => Principal::new("github", &format!("app/{id}")),
        Authority::Google => Principal::new("google", id),
        Authority::Kubernetes => Principal::new("kubernetes", id),
        Authority::Okta => Principal::new("okta", id),
        Authority::Other(word) => Principal::new(word, id),
    })
}

fn is_arn(text: &str) -> bool {
    Arn::read(text).is_some_and(|it| matches!(it.service, "iam" | "sts"))
}

fn is_session(arn: &str) -> bool {
    Arn::read(arn).is_some_and(|it| it.assumed_role().is_some())
}

fn authority(core: &Core<'_>) -> Authority {
    let vendor = core.text(Path::ProductVendor).unwrap_or_default().to_ascii_lowercase();
    let product = core.text(Path::ProductName).unwrap_or_default().to_ascii_lowercase();
    let cloud = core.text(Path::Cloud).unwrap_or_default().to_ascii_lowercase();
    let says = |word: &str| vendor.contains(word) || product.contains(word);
    if product.contains("eks") || says("kubernetes") {
        Authority::Kubernetes
    } else if says("okta") {
        Authority::Okta
    } else if says("github") {
        Authority::GitHub
    } else if says("microsoft") || says("azure") || says("entra") || cloud == "azure" {
        Authority::Entra
    } else if says("google") || cloud == "gcp" {
        Authority::Google
    } else if vendor == "aws" || says("amazon") || says("cloudtrail") || cloud == "aws" {
        Authority::Aws
    } else {
        let named = core.text(Path::ActorIdp).or_else(|| core.text(Path::ProductName));
        let letter =
            |it: char| if it.is_ascii_alphanumeric() { it.to_ascii_lowercase() } else { '_' };
        Authority::Other(named.unwrap_or("ocsf").chars().map(letter).collect())
    }
}

fn word(authority: &Authority) -> &str {
    match authority {
        Authority::Aws => AWS,
        Authority::Entra => "entra",
        Authority::GitHub => "github",
        Authority::Google => "google",
        Authority::Kubernetes => "kubernetes",
        Authority::Okta => "okta",
        Authority::Other(word) => word,
    }
}

fn credential(core: &Core<'_>, who: &User, authority: &Authority) -> Option<CredentialRef> {
    let sessions = [Path::ActorSessionKey, Path::SessionKey];
    let id = sessions.into_iter().chain(who.keys).find_map(|it| core.text(it));
    if let Some(id) = id {
        let key = id.starts_with("AKIA") || id.starts_with("ASIA");
        return Some(match authority {
            Authority::Aws => access_key(id),
            _ if key => access_key(id),
            Authority::Entra
            | Authority::GitHub
            | Authority::Google
            | Authority::Kubernetes
            | Authority::Okta
            | Authority::Other(_) => CredentialRef::new(word(authority), CredentialKind::Token, id),
        });
    }
    let serial = core.text(Path::Certificate)?;
    Some(CredentialRef::new(word(authority), CredentialKind::Certificate, serial))
}

/// For AWS a session is named by its ARN, as CloudTrail names it.
fn session(core: &Core<'_>, who: &User) -> Option<SessionRef> {
    let arn =
        [who.uid, who.alt].into_iter().find_map(|it| core.text(it).filter(|it| is_session(it)));
    let ids = [Path::ActorSession, Path::Session];
    let id = arn.or_else(|| ids.into_iter().find_map(|it| core.text(it)))?;
    let created = [Path::ActorSessionCreated, Path::SessionCreated];
    let mfa = [Path::ActorSessionMfa, Path::SessionMfa, Path::IsMfa, Path::Mfa];
    Some(SessionRef {
        id: id.into(),
        issued: created.into_iter().find_map(|it| core.number(it)).and_then(timestamp::from_number),
        mfa: mfa.into_iter().find_map(|it| core.flag(it)),
    })
}
