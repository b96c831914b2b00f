//! Who acted: every `userIdentity` type.

use super::paths::Path;
use crate::aws_names::{AWS, access_key, principal_of_arn, role_of, root_of, user_of, web_subject};
use crate::source::Core;
use crate::timestamp;
use interlock_model::{
    Actor, Arn, CredentialKind, CredentialRef, Principal, PrincipalKind, SessionRef,
};
use std::sync::Arc;

/// What CloudTrail writes instead of a name that may be a password typed into the wrong field.
const HIDDEN: &str = "HIDDEN_DUE_TO_SECURITY_REASONS";

/// The actor of the record.
pub fn read(core: &Core<'_>) -> Actor {
    let arn = core.text(Path::Arn);
    let parsed = arn.and_then(Arn::read);
    let account = core.text(Path::AccountId).or_else(|| core.text(Path::IssuerAccount));
    let account = account.or_else(|| parsed.map(|it| it.account).filter(|it| !it.is_empty()));
    let partition = parsed.map_or("aws", |it| it.partition);
    let user_name = core.text(Path::UserName).filter(|it| *it != HIDDEN);
    let issuer = core.text(Path::IssuerArn);
    let read = Reader { core, arn, parsed, account, partition, user_name, issuer };
    let (kind, principal) = read.principal();
    Actor {
        kind,
        name: read.name(kind, principal.as_ref()),
        credential: read.credential(kind),
        session: read.session(kind, principal.as_ref()),
        via: read.via(principal.as_ref()),
        account: account.map(Into::into),
        principal,
    }
}

struct Reader<'a> {
    core: &'a Core<'a>,
    arn: Option<&'a str>,
    parsed: Option<Arn<'a>>,
    account: Option<&'a str>,
    partition: &'a str,
    user_name: Option<&'a str>,
    issuer: Option<&'a str>,
}

impl<'a> Reader<'a> {
    fn principal(&self) -> (PrincipalKind, Option<Principal>) {
        let named = |name| Principal::new(AWS, name);
        match self.core.text(Path::IdentityType).unwrap_or_default() {
            "Root" => {
                let root = self.account.map(|it| root_of(self.partition, it));
                (PrincipalKind::Root, root.or_else(|| self.arn.map(named)))
            }
            "IAMUser" => {
                let derived = || Some(user_of(self.partition, self.account?, self.user_name?));
                (PrincipalKind::User, self.arn.map(named).or_else(derived))
            }
            "AssumedRole" | "Role" => (PrincipalKind::Role, self.role()),
            "FederatedUser" => {
                let by = self.issuer.or(self.arn).map(named);
                (PrincipalKind::Federated, by)
            }
            "Directory" => {
                let by = self.arn.or(self.user_name).or_else(|| self.core.text(Path::PrincipalId));
                (
                    PrincipalKind::Federated,
                    by.map(|it| match self.arn {
                        Some(arn) => named(arn),
                        None => Principal::new("aws_directory", it),
                    }),
                )
            }
            "AWSAccount" => (PrincipalKind::Account, self.account.map(named)),
            "AWSService" => (PrincipalKind::Service, self.service().map(named)),
            "IdentityCenterUser" => (PrincipalKind::Federated, self.identity_center_user()),
            "SAMLUser" => (PrincipalKind::Federated, self.saml_user()),
            "WebIdentityUser" => (PrincipalKind::Federated, self.web_identity_user()),
            // `Unknown`, a type of tomorrow, or no identity at all: only what names itself is taken.
            _ => match (self.parsed.and(self.arn), self.core.text(Path::InvokedBy)) {
                (Some(arn), _) => (PrincipalKind::Unknown, Some(principal_of_arn(arn))),
                (None, Some(service)) => (PrincipalKind::Service, Some(named(service))),
                (None, None) => (PrincipalKind::Unknown, None),
            },
        }
    }

    /// The role behind a session: its issuer, whose ARN shows the path, else what the session's ARN shows.
    fn role(&self) -> Option<Principal> {
        let issuer = self.issuer.filter(|_| self.core.text(Path::IssuerType) != Some("User"));
        if let Some(issuer) = issuer {
            return Some(Principal::new(AWS, issuer));
        }
        match self.arn {
            Some(arn) => Some(principal_of_arn(arn)),
            None => {
                let name = self.core.text(Path::IssuerName).or(self.user_name)?;
                Some(role_of(self.partition, self.account?, name))
            }
        }
    }

    fn service(&self) -> Option<&'a str> {
        let source = self.core.text(Path::SourceIpAddress);
        self.core
            .text(Path::InvokedBy)
            .or_else(|| source.filter(|it| it.ends_with(".amazonaws.com")))
    }

    fn identity_center_user(&self) -> Option<Principal> {
        let user = self.core.text(Path::OnBehalfOfUser)?;
        let store = self.core.text(Path::OnBehalfOfStore).and_then(|it| it.rsplit('/').next());
        Some(Principal::new(AWS, &format!("identitystore/{}/{user}", store.unwrap_or("-"))))
    }

    fn saml_user(&self) -> Option<Principal> {
        let from_id = || self.core.text(Path::PrincipalId)?.split_once(':').map(|(_, name)| name);
        self.user_name.or_else(from_id).map(|it| Principal::new("saml", it))
    }

    /// `principalId` is `provider:audience:subject`; the provider may be an ARN with colons of its own.
    fn web_identity_user(&self) -> Option<Principal> {
        let id = self.core.text(Path::PrincipalId).unwrap_or_default();
        let provider = self.core.text(Path::IdentityProvider);
        let provider = provider.or_else(|| self.core.text(Path::WebProvider));
        let in_id = || id.split_once("oidc-provider/").map_or(id, |(_, it)| it).split(':').next();
        let provider = provider.or_else(|| in_id().filter(|it| !it.is_empty()))?;
        let from_id = || {
            let rest = id
                .strip_prefix(provider)
                .or_else(|| id.split_once("oidc-provider/").map(|(_, it)| it))?;
            let rest = rest.trim_start_matches(|it| it != ':').strip_prefix(':')?;
            rest.split_once(':').map(|(_, subject)| subject)
        };
        let subject =
            self.user_name.or_else(|| self.core.text(Path::WebSubject)).or_else(from_id)?;
        Some(web_subject(provider, subject))
    }

    fn name(&self, kind: PrincipalKind, principal: Option<&Principal>) -> Arc<str> {
        let issuer = self.core.text(Path::IssuerName);
        let last = || principal.map(|it| Arn::read(&it.name).map_or(&*it.name, |arn| arn.name()));
        let name = match kind {
            PrincipalKind::Role => issuer.or_else(last),
            PrincipalKind::Root => Some("root"),
            PrincipalKind::Federated => {
                let federated = self.parsed.map(|it| it.name()).filter(|it| !it.is_empty());
                let store = || principal?.name.strip_prefix("identitystore/")?.rsplit('/').next();
                self.user_name.or(federated).or_else(store).or_else(last)
            }
            PrincipalKind::User
            | PrincipalKind::Service
            | PrincipalKind::Account
            | PrincipalKind::Unknown => self.user_name.or_else(last),
        };
        name.unwrap_or_default().into()
    }

    fn credential(&self, kind: PrincipalKind) -> Option<CredentialRef> {
        if kind == PrincipalKind::Service {
            return None;
        }
        match self.core.text(Path::AccessKeyId) {
            Some(id) => Some(access_key(id)),
            None => {
                let id = self.core.text(Path::CredentialId)?;
                Some(CredentialRef::new(AWS, CredentialKind::Token, id))
            }
        }
    }

    /// A role's and a federated user's session has an ARN; a user's own session is named by its key.
    fn session(&self, kind: PrincipalKind, principal: Option<&Principal>) -> Option<SessionRef> {
        let created = self.core.text(Path::SessionCreated).and_then(timestamp::read);
        let key = self.core.text(Path::AccessKeyId).filter(|it| it.starts_with("ASIA"));
        let id: &str = match kind {
            PrincipalKind::Role | PrincipalKind::Federated => {
                self.parsed.filter(|it| it.service == "sts").and(self.arn).or(key)?
            }
            PrincipalKind::User | PrincipalKind::Root | PrincipalKind::Unknown => {
                let console = || principal.filter(|_| created.is_some()).map(|it| &*it.name);
                key.or_else(console)?
            }
            PrincipalKind::Service | PrincipalKind::Account => return None,
        };
        let mfa = self.core.flag(Path::SessionMfa);
        let mfa = mfa.or_else(|| match self.core.text(Path::MfaUsed)? {
            "Yes" => Some(true),
            "No" => Some(false),
            _ => None,
        });
        Some(SessionRef { id: id.into(), issued: created, mfa })
    }

    /// Who stands behind the principal, the original actor first.
    fn via(&self, principal: Option<&Principal>) -> Vec<Principal> {
        let mut via = Vec::new();
        let mut add = |it: Principal| {
            if Some(&it) != principal && !via.contains(&it) {
                via.push(it);
            }
        };
        let kind = self.core.text(Path::IdentityType).unwrap_or_default();
        if let Some(name) = self.core.text(Path::SourceIdentity) {
            add(Principal::new("source_identity", name));
        }
        if kind != "IdentityCenterUser"
            && let Some(user) = self.identity_center_user()
        {
            add(user);
        }
        if let Some(provider) = self.core.text(Path::FederatedProvider) {
            add(Principal::new(AWS, provider));
        }
        if kind == "FederatedUser"
            && let Some(arn) = self.arn
        {
            add(Principal::new(AWS, arn));
        }
        if kind == "AWSAccount"
            && let Some(id) = self.core.text(Path::PrincipalId)
            && self.account != Some(id)
        {
            add(Principal::new(AWS, self.arn.unwrap_or(id)));
        }
        if kind != "AWSService"
            && let Some(service) = self.core.text(Path::InvokedBy)
        {
            add(Principal::new(AWS, service));
        }
        via
    }
}
