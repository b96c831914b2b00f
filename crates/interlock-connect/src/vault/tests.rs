//! What the laws do not ask: digests of accessors, refusals, half revocations, and what is said.

use super::fake::{ENTITY, Server};
use super::{SPEC, Vault, VaultConfig, operation as op};
use crate::conformance::served::Serving;
use crate::conformance::vault::{at, config};
use crate::conformance::{noon, permit_for};
use interlock_contain::{CallError, Connector as _, DiscoverCx, ReadCx, WriteCx};
use interlock_model::{
    CredentialKind, CredentialRef, Intent, Observation, Principal, Step, StepId, Target,
};
use std::sync::Arc;

struct Scene {
    fake: Arc<Serving<Server>>,
    connector: Vault,
}

fn of(name: &str, kind: CredentialKind, id: &str) -> Target {
    let principal = Principal::new("vault", name);
    Target::Credential { principal, credential: CredentialRef::new("vault", kind, id) }
}

fn on(name: &str) -> Target {
    Target::Principal { principal: Principal::new("vault", name) }
}

impl Scene {
    fn new(config: VaultConfig, change: impl FnOnce(&mut Server)) -> Self {
        let mut server = Server::small();
        change(&mut server);
        let (fake, connector) = at(config, server);
        Self { fake, connector }
    }

    fn action(&self, name: &str) -> &dyn interlock_contain::Action {
        self.connector.actions().into_iter().find(|it| it.spec().name == name).unwrap()
    }

    async fn plan(&self, name: &str, target: Target) -> Result<Step, CallError> {
        let action = self.action(name);
        let intent = Intent { kind: action.spec().kind, target };
        let cx = ReadCx::new(action.spec(), noon());
        action.plan(&cx, &intent, StepId::derive(&[name])).await
    }

    async fn execute(&self, step: &Step) -> Result<(), CallError> {
        let action = self.action(&step.action.0);
        let permit = permit_for(step, noon()).unwrap();
        let cx = WriteCx::open(action.spec(), permit, &step.id, &step.connector, noon())?;
        action.execute(cx, step).await.map(drop)
    }

    async fn verify(&self, step: &Step) -> Observation {
        let action = self.action(&step.action.0);
        action.verify(&ReadCx::new(action.spec(), noon()), step).await
    }
}

#[tokio::test]
async fn an_accessor_that_a_log_shows_as_its_digest_is_found_or_said_to_be_unknown() {
    let entity = format!("entity/{ENTITY}");
    let scene = Scene::new(config(), |_| {});
    // The fake's digest tells accessors of different lengths apart.
    let digest = |it: &str| format!("hmac-sha256:{}", it.len() * 7);
    let child = of(&entity, CredentialKind::Token, &digest("acc-child"));
    let step = scene.plan("vault.revoke_token", child).await.unwrap();
    assert_eq!(step.before.get("in_force"), Some("acc-child"));
    scene.execute(&step).await.unwrap();
    assert!(matches!(scene.verify(&step).await, Observation::Holds { .. }));
    assert!(!scene.fake.state().tokens.contains_key("acc-child"));
    // Ended in the meantime: nothing is left to be done.
    let gone = of(&entity, CredentialKind::Token, "hmac-sha256:0");
    let step = scene.plan("vault.revoke_token", gone.clone()).await.unwrap();
    assert_eq!(step.before, step.after);
    let id = of("approle/ci", CredentialKind::Password, &digest("other"));
    let step = scene.plan("vault.destroy_secret_id", id).await.unwrap();
    assert_eq!(step.before.get("in_force"), Some("other"));

    let scene = Scene::new(VaultConfig { audit_device: None, ..config() }, |_| {});
    let said = scene.plan("vault.revoke_token", gone.clone()).await.unwrap_err().to_string();
    assert!(said.contains("`audit_device`") && said.contains("`hmac_accessor = false`"), "{said}");
    let scene = Scene::new(config(), |it| {
        for at in 0..1001 {
            it.tokens.insert(format!("acc-{at:05}"), Default::default());
        }
    });
    let said = scene.plan("vault.revoke_token", gone).await.unwrap_err().to_string();
    assert!(said.contains("1005 would have to be compared"), "{said}");
}

#[tokio::test]
async fn strangers_tokens_and_the_connector_itself_are_refused() {
    let entity = format!("entity/{ENTITY}");
    let scene = Scene::new(config(), |_| {});
    let token = |name: &str, id: &str| of(name, CredentialKind::Token, id);
    for (name, target, says) in [
        ("vault.revoke_token", token(&entity, "acc-stranger"), "is not of"),
        ("vault.revoke_token", token("approle", "acc-1"), "is not of"),
        ("vault.revoke_token", token("entity/entity-own", "acc-own"), "acts as"),
        ("vault.disable_entity", on("entity/entity-own"), "acts as"),
        ("vault.disable_entity", on("entity/none"), "is not there"),
        ("vault.quarantine_entity", on("entity/a/b"), "is no entity"),
        (
            "vault.rotate_role",
            of("app", CredentialKind::Password, "database/static-creds/none"),
            "is not there",
        ),
        (
            "vault.destroy_secret_id",
            of("ci", CredentialKind::Password, "x"),
            "no role of an auth method",
        ),
    ] {
        let said = scene.plan(name, target).await.unwrap_err().to_string();
        assert!(said.contains(says), "{name}: {said}");
    }
    let stranger = token("token-stranger", "acc-stranger");
    assert!(scene.plan("vault.revoke_token", stranger).await.is_ok());
}

#[tokio::test]
async fn a_lease_that_the_other_system_keeps_is_not_revoked_and_the_rest_of_a_prefix_is_gone_on_with()
 {
    let lease = "database/creds/readonly/aaaa";
    let scene = Scene::new(config(), |it| {
        it.stuck.insert(lease.to_owned());
    });
    let one = of("app", CredentialKind::Password, lease);
    let step = scene.plan("vault.revoke_lease", one).await.unwrap();
    let answer = scene.execute(&step).await;
    assert!(matches!(answer, Err(CallError::OutcomeUnknown { .. })), "{answer:?}");
    assert!(matches!(scene.verify(&step).await, Observation::DoesNotHold { .. }));

    let step = scene.plan("vault.revoke_prefix", on("database/creds/readonly")).await.unwrap();
    assert_eq!(step.summary, "revoke the 2 leases of `database/creds/readonly`");
    scene.execute(&step).await.unwrap_err();
    assert_eq!(
        scene.fake.state().leases.len(),
        2,
        "one went, one stays, and one is another role's"
    );
    assert!(matches!(scene.verify(&step).await, Observation::DoesNotHold { .. }));
    scene.fake.change(|it| it.stuck.clear());
    scene.execute(&step).await.unwrap();
    assert!(matches!(scene.verify(&step).await, Observation::Holds { .. }));
    assert_eq!(scene.fake.state().leases.len(), 1);

    let scene = Scene::new(config(), |it| {
        for at in 0..1001 {
            it.leases.insert(format!("database/creds/many/{at}"), String::new());
        }
    });
    let said = scene.plan("vault.revoke_prefix", on("database/creds/many")).await.unwrap_err();
    assert!(said.to_string().contains("1001 leases: too many for one step"), "{said}");
}

#[tokio::test]
async fn credentials_are_told_apart_by_their_ids() {
    let fits = |id: &str| -> Vec<&str> {
        let target = of("x", CredentialKind::Password, id);
        let fitting = SPEC.actions.iter().filter(|it| it.target.fits(&target));
        fitting.map(|it| it.name).collect()
    };
    let of_secret_ids = ["vault.destroy_secret_id", "vault.issue_secret_id"];
    assert_eq!(fits("84896a0c-1347-aa90-a4f6-aca8b7558780"), of_secret_ids);
    assert_eq!(fits("hmac-sha256:0a1b"), of_secret_ids);
    assert_eq!(fits("my-db-in-prod/creds/a-b/c"), ["vault.revoke_lease"]);
    assert_eq!(fits("database/static-creds/app"), ["vault.revoke_lease", "vault.rotate_role"]);
}

#[tokio::test]
async fn the_check_prints_the_stanza_that_is_missing_and_the_namespace_travels() {
    let absent = "interlock-permission-check";
    let scene = Scene::new(config(), |it| {
        it.capabilities.insert("sys/leases/revoke".to_owned(), vec!["update"]);
        it.capabilities.insert(format!("sys/leases/revoke-prefix/{absent}"), vec!["update"]);
        let path = format!("auth/approle/role/{absent}/secret-id-accessor/destroy");
        it.capabilities.insert(path, vec!["root"]);
    });
    let checks = scene.connector.check().await;
    let of = |operation: interlock_model::Operation| {
        checks.iter().find(|it| it.permission == operation.0).unwrap().outcome.clone()
    };
    assert_eq!(of(op::REVOKE_LEASE), Ok(()));
    assert_eq!(of(op::DESTROY_SECRET_ID), Ok(()));
    assert_eq!(
        of(op::REVOKE_PREFIX).unwrap_err().to_string(),
        r#"add to the policy of the connector: path "sys/leases/revoke-prefix/*" { capabilities = ["update", "sudo"] }"#
    );
    assert_eq!(
        of(op::ROTATE).unwrap_err().to_string(),
        r#"add to the policy of the connector: path "database/rotate-role/+" { capabilities = ["update"] }"#
    );
    let headers = scene.fake.headers();
    assert!(headers.contains(&("x-vault-namespace".to_owned(), "team-a".to_owned())));
    let own = scene.connector.own_principals().await.unwrap();
    assert_eq!(own, [Principal::new("vault", "entity/entity-own")]);
}

#[tokio::test]
async fn entities_tokens_and_roles_are_discovered_in_pages() {
    let scene = Scene::new(VaultConfig { audit_device: None, ..config() }, |it| {
        for at in 0..150 {
            it.entities.insert(format!("more-{at:03}"), at % 2 == 0);
        }
    });
    let cx = DiscoverCx::new(SPEC.discovery.unwrap(), noon());
    let first = scene.connector.discover(&cx, None).await.unwrap();
    assert_eq!(first.found.len(), 100);
    let second = scene.connector.discover(&cx, first.next.as_deref()).await.unwrap();
    assert!(second.next.is_none() && second.gaps.is_empty());
    let all: Vec<_> = first.found.into_iter().chain(second.found).collect();
    let of = |name: &str| all.iter().find(|it| &*it.principal.name == name).unwrap();
    let entity = of(&format!("entity/{ENTITY}"));
    assert_eq!(entity.credentials.len(), 2);
    assert_eq!(entity.labels["team"], "payments");
    assert_eq!(&*entity.lineage[0].1.name, "system:serviceaccount:shop:web");
    let grants: Vec<_> =
        entity.policies.iter().map(|it| (&*it.name, &*it.through, it.document.is_some())).collect();
    let token = "policy of a token";
    assert_eq!(
        grants,
        [("default", token, false), ("payments", "policy", true), ("shop", token, false)]
    );
    assert_eq!(entity.entitlements.len(), 3);
    assert_eq!(of("entity/more-000").enabled, Some(false));
    assert_eq!(of("approle/ci").credentials.len(), 2);
    assert_eq!(of("database/creds/readonly").labels["leases"], "2");

    scene.fake.trouble(op::LIST_TOKENS, crate::conformance::Trouble::Denied);
    let page = scene.connector.discover(&cx, None).await.unwrap();
    assert_eq!(
        page.gaps[0].remedy,
        r#"path "auth/token/accessors" { capabilities = ["list", "sudo"] }"#
    );
    scene.fake.trouble(op::READ_POLICY, crate::conformance::Trouble::Denied);
    let page = scene.connector.discover(&cx, None).await.unwrap();
    let remedy = r#"path "sys/policies/acl/+" { capabilities = ["read"] }"#;
    assert!(page.gaps.iter().any(|it| it.remedy == remedy), "{:?}", page.gaps);
}
