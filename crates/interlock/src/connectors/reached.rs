//! Whatever an action declares, a decision can come to it: by a person's wish at least.

use super::imagined;
use interlock_contain::{ActionSpec, ConnectorInstance, TargetKind, compose, deletes, takes};
use interlock_decide::{ManualQuestion, Policies, Role, manual};
use interlock_model::{
    BlastRadius, CredentialKind, CredentialRef, Environment, EnvironmentBasis, Identity,
    IdentityId, IdentityKind, Mode, OwnerId, Ownership, Principal, Provenance, SessionRef, Target,
    Timestamp,
};

/// The first name that these shapes take.
fn name(shapes: &[&str]) -> String {
    let shape = shapes.iter().find(|it| !it.starts_with('!')).copied().unwrap_or("*");
    shape.replace('*', "x")
}

/// What the action can be aimed at: whose, and which credential, where it is one.
fn aim(action: &ActionSpec) -> (Principal, Option<CredentialRef>) {
    match action.target {
        TargetKind::Principal(provider, shapes) => (Principal::new(provider, &name(shapes)), None),
        TargetKind::Credential(provider, kind) => {
            (Principal::new(provider, "x"), Some(CredentialRef::new(provider, kind, "x")))
        }
        TargetKind::CredentialNamed(provider, kind, shapes) => {
            let id = name(shapes);
            (Principal::new(provider, "x"), Some(CredentialRef::new(provider, kind, &id)))
        }
    }
}

fn identity(principal: &Principal) -> Identity {
    Identity {
        id: IdentityId::derive(&["x"]),
        kind: IdentityKind::ServiceAccount,
        name: "x".to_owned(),
        environment: Environment::Development,
        environment_basis: EnvironmentBasis::Declared,
        owner: Ownership::Declared { owner: OwnerId::derive(&["x"]) },
        principals: vec![principal.clone()],
        credentials: Vec::new(),
        entitlements: Vec::new(),
        dependents: Vec::new(),
        lineage: Vec::new(),
        protected: false,
        provenance: Provenance::Declared,
        departed: None,
        canary: false,
    }
}

/// The actions that a wish for this one's verb comes to, at a house that has this connector alone.
fn wished(action: &ActionSpec, connector: &ConnectorInstance) -> Vec<&'static str> {
    let (principal, credential) = aim(action);
    let identity = identity(&principal);
    let here = std::slice::from_ref(connector);
    let session = credential.as_ref().filter(|it| it.kind() == Some(CredentialKind::SessionKey));
    // A session is named by its key, and ended by its name.
    let alone: Vec<Target> = session
        .map(|_| {
            let id = "arn:aws:sts::111122223333:assumed-role/x/x".into();
            let it = SessionRef { id, issued: Some(Timestamp::UNIX_EPOCH), mfa: None };
            let credential = CredentialRef::one_session(&principal.provider, &it).unwrap();
            Target::Credential { principal: principal.clone(), credential }
        })
        .into_iter()
        .collect();
    let named = credential.clone().map(|credential| {
        let principal = principal.clone();
        Target::Credential { principal, credential }
    });
    let named = named.filter(|it| takes(action.kind, it, here));
    let anything = [("a.cedar".into(), "permit (principal, action, resource);".to_owned())];
    let (policies, problems) = Policies::load(&anything);
    assert!(problems.is_empty(), "{problems:?}");
    let question = ManualQuestion {
        by: "ann",
        role: Role::Security,
        kind: action.kind,
        identity: &identity,
        credential: credential.as_ref(),
        named: named.as_ref(),
        sessions: &alone,
        deletes: &deletes(identity.principals.iter(), here),
        case: None,
        owner_known: true,
        criticality: None,
        blast_radius: &BlastRadius::None,
        mode: Mode::Enforce,
        hold_seconds: None,
        now: Timestamp::UNIX_EPOCH,
    };
    let decision = manual(&question, &policies.unwrap());
    let all = compose(&decision.id, &decision.intents, Some(&identity), here);
    all.wanted.iter().map(|it| it.action.name).collect()
}

#[test]
fn every_action_is_one_that_somebody_can_ask_for() {
    let mut lost = Vec::new();
    for connector in imagined() {
        for action in connector.spec.actions {
            let told = wished(action, &connector);
            if !told.contains(&action.name) {
                lost.push(format!("{}: `{}` comes to {told:?}", action.name, action.kind));
            }
        }
    }
    assert!(lost.is_empty(), "{}", lost.join("\n"));
}
