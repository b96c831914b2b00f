//! Which sort of actor an undeclared identity is, from what was seen of it.
//!
//! Evidence only ever grows, and the kind is the first row of [`TABLE`] whose evidence is there.
//! So the answer gets better as events arrive, and does not depend on their order.
//! A declared kind is never changed.
//!
//! | Seen | Kind |
//! | --- | --- |
//! | the root of an account | human |
//! | a service of the provider itself | workload |
//! | a role of AWS IAM Identity Center (`AWSReservedSSO_…`) | human |
//! | a service-linked role | workload |
//! | a subject of a CI platform, or a role that one assumes; a role that a build service assumes | pipeline |
//! | a role that an agent service assumes | agent |
//! | a role that another AWS service assumes; an instance's session; a Kubernetes or SPIFFE subject | workload |
//! | a role entered through SAML, or with a session named by an e-mail address | human |
//! | a user whose name says software: `ci-deploy`, `svc-backup`; also when it signs in to the console, which thieves do | service account |
//! | a user that signed in to the console or used a second factor | human |
//! | a user seen in a browser, or of a directory of people (Entra, Google, Okta), or whose name is an address or `first.last` | human |
//! | any other user or role | service account |
//! | a client of an API, as its provider lists it | API client |
//! | listed by a provider that does not say what it is, and whose name does not either | unknown |
//! | known only by a key, a federated subject, or as another account | API client |
//!
//! That an account is shared nobody can see: people declare it.

use interlock_model::{
    Actor, Arn, Discovered, Event, IdentityKind, Outcome, Principal, PrincipalKind,
};

/// What was seen of an identity that tells its kind; a set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Evidence(u32);

impl Evidence {
    const ROOT: Self = Self(1);
    pub(crate) const SERVICE: Self = Self(1 << 1);
    const SSO_ROLE: Self = Self(1 << 2);
    const LINKED_ROLE: Self = Self(1 << 3);
    const CI: Self = Self(1 << 4);
    const AGENT: Self = Self(1 << 5);
    const COMPUTE: Self = Self(1 << 6);
    const PERSON_SESSION: Self = Self(1 << 7);
    const SIGNED_IN: Self = Self(1 << 8);
    const MACHINE_NAME: Self = Self(1 << 9);
    const BROWSER: Self = Self(1 << 10);
    const PERSON_NAME: Self = Self(1 << 11);
    const USER: Self = Self(1 << 12);
    const ROLE: Self = Self(1 << 13);
    const CLIENT: Self = Self(1 << 14);
    const LISTED: Self = Self(1 << 15);

    /// The set as bits, as it is stored.
    pub(crate) const fn bits(self) -> u32 {
        self.0
    }

    /// The set of these bits.
    pub(crate) const fn of_bits(bits: u32) -> Self {
        Self(bits)
    }

    /// Adds evidence; whether any of it is new.
    pub(crate) fn add(&mut self, more: Self) -> bool {
        let before = self.0;
        self.0 |= more.0;
        self.0 != before
    }

    pub(crate) const fn has(self, one: Self) -> bool {
        self.0 & one.0 != 0
    }

    /// The kind that this evidence speaks for.
    pub(crate) fn kind(self) -> IdentityKind {
        TABLE
            .iter()
            .find(|(evidence, _)| self.has(*evidence))
            .map_or(IdentityKind::ApiClient, |(_, kind)| *kind)
    }

    /// What the provider itself says of its principal.
    pub(crate) const fn of_discovered(kind: Option<IdentityKind>) -> Self {
        match kind {
            Some(IdentityKind::Human) => Self::PERSON_SESSION,
            Some(IdentityKind::ServiceAccount) => Self::MACHINE_NAME,
            Some(IdentityKind::Workload) => Self::COMPUTE,
            Some(IdentityKind::Pipeline) => Self::CI,
            Some(IdentityKind::Agent) => Self::AGENT,
            Some(IdentityKind::ApiClient) => Self::CLIENT,
            Some(IdentityKind::Shared | IdentityKind::Unknown) | None => Self::LISTED,
        }
    }

    /// What the provider's listing says. Directories of people list accounts of software among them,
    /// and there the name tells.
    pub(crate) fn of_listed(seen: &Discovered) -> Self {
        let said = Self::of_discovered(seen.kind);
        let mixed =
            matches!(&*seen.principal.provider, "entra" | "ldap" | "okta" | "scim" | "vault");
        if !mixed || seen.kind != Some(IdentityKind::Human) {
            return said;
        }
        let login = |it: &str| it.split('@').next().map_or(Self(0), of_name);
        // `uid=svc,ou=people,…` is `svc`, `app/svc` as well.
        let own = session_name(&seen.principal.name).split(',').next().unwrap_or_default();
        let own = own.split_once('=').map_or(own, |it| it.1);
        let names = [seen.name.as_deref().unwrap_or_default(), own];
        if names.into_iter().any(|it| login(it).has(Self::MACHINE_NAME)) {
            Self::MACHINE_NAME
        } else {
            Self::PERSON_NAME
        }
    }

    /// What the name alone says.
    pub(crate) fn of_principal(principal: &Principal) -> Self {
        let name = &*principal.name;
        match &*principal.provider {
            "aws" => Self::of_aws(name),
            // A subject of Actions is `repo:…`, a bot ends in `[bot]`; anything else is a login.
            "github" if name.starts_with("repo:") => Self::CI,
            "github" if name.ends_with("[bot]") || name.starts_with("app/") => Self::MACHINE_NAME,
            "gitlab" | "circleci" | "buildkite" | "bitbucket" | "terraform-cloud" => Self::CI,
            // People of a cluster have no `system:` before their names.
            "k8s" | "kubernetes" if name.starts_with("system:") => Self::COMPUTE,
            "spiffe" => Self::COMPUTE,
            "google" if name.ends_with(".gserviceaccount.com") => Self::MACHINE_NAME,
            _ if name.starts_with("system:serviceaccount:") => Self::COMPUTE,
            _ => of_name(name),
        }
    }

    fn of_aws(name: &str) -> Self {
        if name.ends_with(".amazonaws.com") {
            return Self::SERVICE;
        }
        let Some(arn) = Arn::read(name) else { return Self::default() };
        let short = arn.resource.rsplit('/').next().unwrap_or_default();
        let mut found = Self::default();
        if arn.resource.starts_with("role/") || arn.resource.starts_with("assumed-role/") {
            found.add(Self::ROLE);
            if arn.resource.starts_with("role/aws-reserved/sso.amazonaws.com/")
                || short.starts_with("AWSReservedSSO_")
            {
                found.add(Self::SSO_ROLE);
            }
            if arn.resource.starts_with("role/aws-service-role/")
                || short.starts_with("AWSServiceRoleFor")
            {
                found.add(Self::LINKED_ROLE);
            }
        } else if arn.resource.starts_with("user/") {
            found.add(Self::USER);
            found.add(of_name(short));
        } else if arn.resource.starts_with("federated-user/") {
            found.add(of_name(short));
        }
        found
    }

    /// What somebody who acts as a role says of the role.
    pub(crate) fn of_assumer(principal: &Principal) -> Self {
        let name = &*principal.name;
        match &*principal.provider {
            "saml" => Self::PERSON_SESSION,
            "aws" if name.contains(":saml-provider/") => Self::PERSON_SESSION,
            "aws" if name.contains(":oidc-provider/") => of_issuer(name),
            "aws" => name.strip_suffix(".amazonaws.com").map_or(Self::default(), of_service),
            _ => {
                let seen = Self::of_principal(principal);
                if seen.has(Self::CI) || seen.has(Self::COMPUTE) { seen } else { Self::default() }
            }
        }
    }

    /// What the record says of its actor.
    pub(crate) fn of_actor(actor: &Actor) -> Self {
        let mut found = match actor.kind {
            PrincipalKind::User => Self::USER,
            PrincipalKind::Role => Self::ROLE,
            PrincipalKind::Root => Self::ROOT,
            PrincipalKind::Service => Self::SERVICE,
            PrincipalKind::Federated | PrincipalKind::Account | PrincipalKind::Unknown => {
                Self::default()
            }
        };
        let directory = actor.principal.as_ref().map_or("", |it| &it.provider);
        // In a directory of people a user is one, unless its name says software.
        if actor.kind == PrincipalKind::User && matches!(directory, "entra" | "google" | "okta") {
            found.add(Self::PERSON_NAME);
            found.add(of_name(&actor.name));
        }
        let Some(session) = &actor.session else { return found };
        if actor.kind == PrincipalKind::User && session.mfa == Some(true) {
            found.add(Self::SIGNED_IN);
        }
        if actor.kind == PrincipalKind::Role {
            let name = session_name(&session.id);
            if is_instance(name) {
                found.add(Self::COMPUTE);
            } else if is_address(name) {
                found.add(Self::PERSON_SESSION);
            }
        }
        found
    }

    /// What this very event adds to [`Evidence::of_actor`].
    pub(crate) fn of_event(event: &Event) -> Self {
        let mut found = Self::of_actor(&event.actor);
        if event.actor.kind != PrincipalKind::User || event.outcome != Outcome::Success {
            return found;
        }
        if &*event.operation == "ConsoleLogin" {
            found.add(Self::SIGNED_IN);
        }
        let agent = event.origin.user_agent.as_deref().unwrap_or_default();
        if agent.starts_with("Mozilla/") || agent.contains("console.amazonaws.com") {
            found.add(Self::BROWSER);
        }
        found
    }
}

/// Strongest evidence first.
const TABLE: [(Evidence, IdentityKind); 16] = [
    (Evidence::ROOT, IdentityKind::Human),
    (Evidence::SERVICE, IdentityKind::Workload),
    (Evidence::SSO_ROLE, IdentityKind::Human),
    (Evidence::LINKED_ROLE, IdentityKind::Workload),
    (Evidence::CI, IdentityKind::Pipeline),
    (Evidence::AGENT, IdentityKind::Agent),
    (Evidence::COMPUTE, IdentityKind::Workload),
    (Evidence::PERSON_SESSION, IdentityKind::Human),
    (Evidence::MACHINE_NAME, IdentityKind::ServiceAccount),
    (Evidence::SIGNED_IN, IdentityKind::Human),
    (Evidence::BROWSER, IdentityKind::Human),
    (Evidence::PERSON_NAME, IdentityKind::Human),
    (Evidence::USER, IdentityKind::ServiceAccount),
    (Evidence::ROLE, IdentityKind::ServiceAccount),
    (Evidence::CLIENT, IdentityKind::ApiClient),
    (Evidence::LISTED, IdentityKind::Unknown),
];

/// The name of a role session, from its ARN or as it is.
pub(crate) fn session_name(id: &str) -> &str {
    // By bytes: it is asked of every event, and such names are short.
    let slash = id.bytes().rposition(|it| it == b'/');
    slash.and_then(|it| id.get(it + 1..)).unwrap_or(id)
}

/// Whether a session is named after an EC2 instance.
pub(crate) fn is_instance(name: &str) -> bool {
    name.strip_prefix("i-")
        .is_some_and(|it| matches!(it.len(), 8 | 17) && it.bytes().all(|it| it.is_ascii_hexdigit()))
}

fn is_address(name: &str) -> bool {
    name.split_once('@').is_some_and(|(who, host)| !who.is_empty() && host.contains('.'))
}

fn of_service(service: &str) -> Evidence {
    match service {
        "codebuild" | "codepipeline" | "codedeploy" | "cloudformation" | "amplify" => Evidence::CI,
        "bedrock" | "bedrock-agentcore" => Evidence::AGENT,
        _ => Evidence::COMPUTE,
    }
}

fn of_issuer(name: &str) -> Evidence {
    const CI: [&str; 6] = [
        "token.actions.githubusercontent.com",
        "gitlab",
        "circleci",
        "buildkite",
        "bitbucket",
        "app.terraform.io",
    ];
    if CI.iter().any(|it| name.contains(it)) {
        Evidence::CI
    } else if name.contains("oidc.eks.") {
        Evidence::COMPUTE
    } else {
        Evidence::default()
    }
}

fn of_name(name: &str) -> Evidence {
    /// The one word for machines that has digits of base 16 alone.
    const CD: &str = "cd";
    const MACHINE: [&str; 37] = [
        "agent",
        "api",
        "app",
        "automation",
        "backup",
        "batch",
        "bot",
        "build",
        "ci",
        "client",
        "cron",
        "deploy",
        "deployer",
        "deployment",
        "exporter",
        "github",
        "gitlab",
        "ingest",
        "integration",
        "jenkins",
        "job",
        "lambda",
        "monitor",
        "monitoring",
        "pipeline",
        "reader",
        "robot",
        "runner",
        "sa",
        "server",
        "service",
        "svc",
        "sync",
        "system",
        "terraform",
        "worker",
        "writer",
    ];
    if is_address(name) {
        return Evidence::PERSON_NAME;
    }
    let machine = name
        .split(|it: char| !it.is_ascii_alphabetic())
        .any(|part| MACHINE.iter().any(|word| part.eq_ignore_ascii_case(word)));
    // Among digits it is a piece of an id that was drawn: `3f1cd45e`.
    let alone = |it: &str| it.eq_ignore_ascii_case(CD);
    if machine || name.split(|it: char| !it.is_ascii_alphanumeric()).any(alone) {
        return Evidence::MACHINE_NAME;
    }
    let is_part = |it: &str| it.len() >= 2 && it.chars().all(char::is_alphabetic);
    match name.split_once('.') {
        Some((first, last)) if is_part(first) && is_part(last) => Evidence::PERSON_NAME,
        _ => Evidence::default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(text: &str) -> IdentityKind {
        Evidence::of_principal(&Principal::from_text(text).unwrap()).kind()
    }

    #[test]
    fn what_a_name_alone_says() {
        for (name, expected) in [
            ("aws:arn:aws:iam::111122223333:user/ci-deploy", IdentityKind::ServiceAccount),
            ("aws:arn:aws:iam::111122223333:user/ana.silva", IdentityKind::Human),
            ("aws:arn:aws:iam::111122223333:user/ana@example.com", IdentityKind::Human),
            ("aws:arn:aws:iam::111122223333:user/shop.api", IdentityKind::ServiceAccount),
            ("aws:arn:aws:iam::111122223333:user/alice", IdentityKind::ServiceAccount),
            ("aws:arn:aws:iam::111122223333:role/shop", IdentityKind::ServiceAccount),
            (
                "aws:arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Admin_0a",
                IdentityKind::Human,
            ),
            (
                "aws:arn:aws:iam::111122223333:role/aws-service-role/x.amazonaws.com/AWSServiceRoleForX",
                IdentityKind::Workload,
            ),
            ("aws:lambda.amazonaws.com", IdentityKind::Workload),
            ("aws:111122223333", IdentityKind::ApiClient),
            ("github:repo:acme/shop:ref:refs/heads/main", IdentityKind::Pipeline),
            ("k8s:system:serviceaccount:shop:api", IdentityKind::Workload),
            ("vault:entity/0b1cd2e4-51cd-4cd5-9cd1-3cd4a7b8c9d0", IdentityKind::ApiClient),
            ("vault:entity/shop-cd", IdentityKind::ServiceAccount),
            ("okta:ana@example.com", IdentityKind::Human),
            ("github:dependabot[bot]", IdentityKind::ServiceAccount),
            ("google:sync@acme.iam.gserviceaccount.com", IdentityKind::ServiceAccount),
            ("google:ana@example.com", IdentityKind::Human),
            ("kubernetes:ana@example.com", IdentityKind::Human),
        ] {
            assert_eq!(kind(name), expected, "{name}");
        }
    }

    #[test]
    fn what_a_listing_says() {
        use IdentityKind as K;
        for (principal, name, kind, expected) in [
            ("postgresql:orders", None, None, K::Unknown),
            ("okta:0oa1", Some("Wiki"), Some(K::ApiClient), K::ApiClient),
            ("okta:00u1", Some("ana@example.com"), Some(K::Human), K::Human),
            ("entra:0a1b", Some("svc-backup@example.com"), Some(K::Human), K::ServiceAccount),
            ("ldap:uid=ann,ou=people,dc=example,dc=com", Some("Ann"), Some(K::Human), K::Human),
            (
                "ldap:uid=backup,ou=people,dc=example,dc=com",
                Some("Nightly"),
                Some(K::Human),
                K::ServiceAccount,
            ),
            ("scim:wiki/ci", None, Some(K::Human), K::ServiceAccount),
            ("github:build-guild", None, Some(K::Human), K::Human),
        ] {
            let mut seen = Discovered::of(Principal::from_text(principal).unwrap());
            seen.name = name.map(str::to_owned);
            seen.kind = kind;
            let mut evidence = Evidence::default();
            evidence.add(Evidence::of_listed(&seen));
            assert_eq!(evidence.kind(), expected, "{principal}");
        }
    }

    #[test]
    fn who_assumes_a_role_says_what_the_role_is() {
        for (assumer, expected) in [
            ("github:repo:acme/shop:ref:refs/heads/main", IdentityKind::Pipeline),
            ("aws:codebuild.amazonaws.com", IdentityKind::Pipeline),
            ("aws:ec2.amazonaws.com", IdentityKind::Workload),
            ("aws:bedrock.amazonaws.com", IdentityKind::Agent),
            ("aws:arn:aws:iam::111122223333:saml-provider/idp", IdentityKind::Human),
            (
                "aws:arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com",
                IdentityKind::Pipeline,
            ),
            ("aws:arn:aws:iam::111122223333:user/ana.silva", IdentityKind::ServiceAccount),
        ] {
            let mut evidence = Evidence::ROLE;
            evidence.add(Evidence::of_assumer(&Principal::from_text(assumer).unwrap()));
            assert_eq!(evidence.kind(), expected, "{assumer}");
        }
    }
}
