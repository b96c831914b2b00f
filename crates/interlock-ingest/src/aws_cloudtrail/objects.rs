//! What an event acted upon.

use super::paths::Path;
use crate::source::Core;
use interlock_model::{Arn, Object};

/// Where each kind of object is named; for some only in the events of one service.
const NAMED: [(Path, &str, Option<&str>); 32] = [
    (Path::ToUserName, "user", None),
    (Path::ToRoleName, "role", None),
    (Path::ToRoleArn, "role", None),
    (Path::ToGroupName, "group", None),
    (Path::ToPolicyArn, "policy", None),
    (Path::ToPolicyName, "policy", None),
    (Path::ToPermissionsBoundary, "policy", None),
    (Path::ToAccessKeyId, "access_key", None),
    (Path::NewAccessKey, "access_key", None),
    (Path::ToInstanceProfile, "instance_profile", None),
    (Path::ToSerialNumber, "mfa_device", Some("iam.amazonaws.com")),
    (Path::NewMfaDevice, "mfa_device", Some("iam.amazonaws.com")),
    (Path::ToSamlProvider, "identity_provider", None),
    (Path::ToOidcProvider, "identity_provider", None),
    (Path::NewSamlProvider, "identity_provider", Some("iam.amazonaws.com")),
    (Path::NewOidcProvider, "identity_provider", Some("iam.amazonaws.com")),
    (Path::ToPrincipalArn, "access_entry", Some("eks.amazonaws.com")),
    (Path::ToPermissionSet, "permission_set", Some("sso.amazonaws.com")),
    (Path::ToServiceCredential, "service_credential", None),
    (Path::ToSecret, "secret", None),
    (Path::ToName, "secret", Some("secretsmanager.amazonaws.com")),
    (Path::ToBucket, "bucket", None),
    (Path::ToObjectKey, "object", Some("s3.amazonaws.com")),
    (Path::ToKey, "key", None),
    (Path::ToFunction, "function", None),
    (Path::ToName, "trail", Some("cloudtrail.amazonaws.com")),
    (Path::ToTrailName, "trail", Some("cloudtrail.amazonaws.com")),
    (Path::ToName, "parameter", Some("ssm.amazonaws.com")),
    (Path::NewTrustAnchor, "trust_anchor", Some("rolesanywhere.amazonaws.com")),
    (Path::ToTrustAnchor, "trust_anchor", Some("rolesanywhere.amazonaws.com")),
    (Path::NewAnywhereProfile, "roles_anywhere_profile", Some("rolesanywhere.amazonaws.com")),
    (Path::InsightOperation, "operation", None),
];

/// What CloudTrail writes for a name that it does not tell.
const HIDDEN: &str = "HIDDEN_DUE_TO_SECURITY_REASONS";

/// At most this many objects of one record, so that a long list costs no memory.
const MOST: usize = 32;

/// Most tags of one session that are kept.
const MOST_TAGS: usize = 16;
/// The tags of a token that say which run a session belongs to.
const TAGS: [(Path, &str); 6] = [
    (Path::TagActor, "Actor"),
    (Path::TagBranch, "Branch"),
    (Path::TagCommit, "Commit"),
    (Path::TagRepository, "Repository"),
    (Path::TagRun, "RunId"),
    (Path::TagWorkflow, "Workflow"),
];

/// The objects of the record, those of the request first, each once.
pub fn read(core: &Core<'_>) -> Vec<Object> {
    let mut objects: Vec<Object> = Vec::new();
    let service = core.text(Path::EventSource);
    let mut add = |kind: &str, name: &str| {
        let known = objects.iter().any(|it| &*it.kind == kind && &*it.name == name);
        if objects.len() < MOST && !known {
            objects.push(Object { kind: kind.into(), name: name.into() });
        }
    };
    for (path, kind, only) in NAMED {
        if core.has(path) && (only.is_none() || only == service) {
            for name in core.texts(path).take(MOST).filter(|it| *it != HIDDEN) {
                add(kind, name);
            }
        }
    }
    match service {
        // The directory of Identity Center hides names, and tells ids.
        Some("identitystore.amazonaws.com") => {
            core.text(Path::NewStoreUser).into_iter().for_each(|it| add("user", it));
        }
        Some("sso.amazonaws.com") => {
            let kind = match core.text(Path::ToPrincipalType) {
                Some("GROUP") => "group",
                _ => "user",
            };
            core.text(Path::ToPrincipalId).into_iter().for_each(|it| add(kind, it));
        }
        _ => {}
    }
    if service == Some("sts.amazonaws.com") {
        // For whom a session is opened, as its opener says; it stays with the session for good.
        if let Some(name) = core.text(Path::ToSourceIdentity) {
            add("source_identity", name);
        }
        // A call that opens a session lists its tags; where a token brings them, they are a map.
        let keys: Vec<&str> = core.texts(Path::TagKey).take(MOST_TAGS).collect();
        let values: Vec<&str> = core.texts(Path::TagValue).take(MOST_TAGS).collect();
        // An empty value is none: which key it belongs to is not known then.
        for (key, value) in keys.iter().zip(&values).filter(|_| keys.len() == values.len()) {
            add("session_tag", &format!("{key}={value}"));
        }
        for (path, key) in TAGS {
            if let Some(value) = core.text(path) {
                add("session_tag", &format!("{key}={value}"));
            }
        }
    }
    for path in [Path::ResourceArn, Path::ResourceArnLower] {
        for arn in core.texts(path).take(MOST) {
            add(kind_of(arn), arn);
        }
    }
    objects
}

fn kind_of(arn: &str) -> &'static str {
    let Some(parsed) = Arn::read(arn) else { return "resource" };
    match (parsed.service, parsed.resource.split(['/', ':']).next().unwrap_or_default()) {
        ("iam", "user") => "user",
        ("iam", "role") => "role",
        ("iam", "group") => "group",
        ("iam", "policy") => "policy",
        ("iam", "instance-profile") => "instance_profile",
        ("iam", "saml-provider" | "oidc-provider") => "identity_provider",
        ("rolesanywhere", "profile") => "roles_anywhere_profile",
        ("rolesanywhere", "trust-anchor") => "trust_anchor",
        ("secretsmanager", "secret") => "secret",
        ("s3", _) if parsed.resource.contains('/') => "object",
        ("s3", _) => "bucket",
        ("kms", "key") => "key",
        ("cloudtrail", "trail") => "trail",
        ("lambda", "function") => "function",
        _ => "resource",
    }
}
