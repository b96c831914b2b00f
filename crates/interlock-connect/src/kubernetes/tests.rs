//! What the laws do not ask: refusals, half changes, what is said, and what is never sent.

use super::fake::{Cluster, OWN, PLANTED, account, group, user};
use super::{Kubernetes, SPEC, operation as op};
use crate::conformance::kubernetes::{TOKEN, at};
use crate::conformance::served::Serving;
use crate::conformance::{noon, permit_for};
use interlock_contain::{CallError, Connector as _, DiscoverCx, ReadCx, WriteCx};
use interlock_model::{
    ActionKind, CredentialKind, CredentialRef, Discovered, Evidence, Intent, Observation,
    Principal, Step, StepId, Target,
};
use serde_json::json;
use std::sync::Arc;

const WEB: &str = "system:serviceaccount:shop:web";

struct Scene {
    fake: Arc<Serving<Cluster>>,
    connector: Kubernetes,
}

fn on(name: &str) -> Target {
    Target::Principal { principal: Principal::new("kubernetes", name) }
}

fn token(name: &str, id: &str) -> Target {
    let principal = Principal::new("kubernetes", name);
    let credential = CredentialRef::new("kubernetes", CredentialKind::Token, id);
    Target::Credential { principal, credential }
}

impl Scene {
    fn new(change: impl FnOnce(&mut Cluster)) -> Self {
        let mut cluster = Cluster::small();
        change(&mut cluster);
        let (fake, connector) = at(cluster);
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

    async fn probe(&self, step: &Step) -> Option<Evidence> {
        let action = self.action(&step.action.0);
        action.probe(&ReadCx::new(action.spec(), noon()), step).await
    }

    async fn residual(&self, step: &Step) -> String {
        match self.verify(step).await {
            Observation::Holds { residual, .. } => {
                residual.iter().map(|it| format!("{}\n", it.what)).collect()
            }
            other @ (Observation::DoesNotHold { .. } | Observation::CannotTell { .. }) => {
                panic!("{other:?}")
            }
        }
    }
}

#[tokio::test]
async fn the_cluster_s_own_the_connector_and_the_last_administrator_are_refused() {
    let scene = Scene::new(|it| {
        it.account("kube-system", "dns", json!({}));
        it.account("protected", "x", json!({}));
        it.bind("", "twins", ("ClusterRole", "view"), json!([user("ops"), group("ops")]));
    });
    for (name, target, says) in [
        ("kubernetes.quarantine_subject", on(OWN), "acts as"),
        ("kubernetes.quarantine_subject", on("system:masters"), "the cluster's own"),
        ("kubernetes.quarantine_subject", on("system:node:node-1"), "the cluster's own"),
        ("kubernetes.quarantine_subject", on("ops"), "of a user and of a group"),
        (
            "kubernetes.recreate_service_account",
            on("system:serviceaccount:kube-system:dns"),
            "runs the cluster",
        ),
        (
            "kubernetes.recreate_service_account",
            on("system:serviceaccount:protected:x"),
            "runs the cluster",
        ),
        ("kubernetes.recreate_service_account", on("ann"), "no service account"),
        (
            "kubernetes.delete_bound_pod",
            token(WEB, "pod/other/job"),
            "names nothing in the namespace",
        ),
        (
            "kubernetes.delete_bound_pod",
            token("system:serviceaccount:shop:default", "pod/shop/job"),
            "does not run as",
        ),
        (
            "kubernetes.delete_token_secret",
            token("system:serviceaccount:shop:default", "secret/shop/web-token"),
            "holds no token of",
        ),
    ] {
        let said = scene.plan(name, target).await.unwrap_err().to_string();
        assert!(said.contains(says), "{name}: {said}");
    }
    // Two hold everything: one may go, the other then not.
    let step = scene.plan("kubernetes.quarantine_subject", on("ann")).await.unwrap();
    scene.execute(&step).await.unwrap();
    for name in ["kubernetes.quarantine_subject", "kubernetes.remove_binding"] {
        let said = scene.plan(name, on("bob")).await.unwrap_err().to_string();
        assert!(said.contains("the last that holds `cluster-admin`"), "{said}");
    }
}

#[tokio::test]
async fn a_certificate_cannot_be_revoked_and_the_plan_says_what_is_done_instead() {
    let scene = Scene::new(|_| {});
    let credential = CredentialRef::new("kubernetes", CredentialKind::Certificate, "0a1b");
    let target = |name: &str| Target::Credential {
        principal: Principal::new("kubernetes", name),
        credential: credential.clone(),
    };
    let name = "kubernetes.quarantine_certificate";
    let step = scene.plan(name, target("ann")).await.unwrap();
    assert_eq!(
        step.summary,
        "a client certificate cannot be revoked in Kubernetes; instead: take from `ann` the role `cluster-admin` by `clusterrolebindings/admins`"
    );
    let stranger = scene.plan(name, target("dave")).await.unwrap();
    assert_eq!(stranger.before, stranger.after);
    assert!(stranger.summary.contains("in no binding that could be changed"));
    assert!(scene.plan(name, target(WEB)).await.is_err());
}

#[tokio::test]
async fn a_change_of_several_bindings_that_breaks_off_is_gone_on_with_in_both_directions() {
    let many = |it: &mut Cluster| {
        for at in 0..4 {
            it.bind(
                "",
                &format!("more-{at}"),
                ("ClusterRole", "view"),
                json!([user("x"), account("shop", "web")]),
            );
        }
    };
    for breaks in 0..5 {
        let scene = Scene::new(many);
        let before = scene.fake.state().shown();
        let step = scene.plan("kubernetes.quarantine_subject", on(WEB)).await.unwrap();
        assert_eq!(step.before.0.len(), 5);
        scene.fake.break_after(Some(breaks));
        let answer = scene.execute(&step).await;
        assert!(matches!(answer, Err(CallError::OutcomeUnknown { .. })), "{answer:?}");
        assert!(matches!(scene.verify(&step).await, Observation::DoesNotHold { .. }));
        // On with it, and half of the way back, and on with that.
        scene.fake.break_after(None);
        let undo = match interlock_contain::mirror(&step, None) {
            interlock_contain::Undo::Step(undo) => *undo,
            interlock_contain::Undo::Impossible { why } => panic!("{why}"),
        };
        if breaks % 2 == 0 {
            scene.execute(&step).await.unwrap();
            assert!(matches!(scene.verify(&step).await, Observation::Holds { .. }));
            scene.fake.break_after(Some(breaks));
            scene.execute(&undo).await.unwrap_err();
            scene.fake.break_after(None);
        }
        scene.execute(&undo).await.unwrap();
        assert!(matches!(scene.verify(&undo).await, Observation::Holds { .. }));
        assert_eq!(scene.fake.state().shown(), before, "broken after {breaks}");
    }
}

#[tokio::test]
async fn an_account_that_was_deleted_and_not_made_anew_is_made_from_what_the_plan_keeps() {
    let scene = Scene::new(|_| {});
    let path = "api/v1/namespaces/shop/serviceaccounts/web";
    let old = scene.fake.state().objects[path].clone();
    let step = scene.plan("kubernetes.recreate_service_account", on(WEB)).await.unwrap();
    scene.fake.break_after(Some(1));
    let answer = scene.execute(&step).await;
    assert!(matches!(answer, Err(CallError::OutcomeUnknown { .. })), "{answer:?}");
    assert!(!scene.fake.state().objects.contains_key(path));
    assert!(matches!(scene.verify(&step).await, Observation::DoesNotHold { .. }));
    scene.fake.break_after(None);
    scene.execute(&step).await.unwrap();
    let new = scene.fake.state().objects[path].clone();
    assert_ne!(new["metadata"]["uid"], old["metadata"]["uid"]);
    assert_eq!(new["metadata"]["labels"], old["metadata"]["labels"]);
    assert_eq!(new["imagePullSecrets"], old["imagePullSecrets"]);
    let role = &new["metadata"]["annotations"]["eks.amazonaws.com/role-arn"];
    assert_eq!(role, "arn:aws:iam::111122223333:role/web");
    let said = scene.residual(&step).await;
    assert!(
        said.contains("pods of the account act as `aws:arn:aws:iam::111122223333:role/web`"),
        "{said}"
    );
    assert!(said.contains("Helm keeps `shop/web`"), "{said}");
    // Whoever made it anew meanwhile did the same: nothing more is written.
    let default = scene
        .plan("kubernetes.recreate_service_account", on("system:serviceaccount:shop:default"))
        .await
        .unwrap();
    let answer = scene.execute(&default).await;
    assert!(
        matches!(answer, Err(CallError::Retry { .. })),
        "`default` is back before us: {answer:?}"
    );
    assert!(matches!(scene.verify(&default).await, Observation::Holds { .. }));
}

#[tokio::test]
async fn a_pod_comes_back_and_its_token_lives_a_minute_longer() {
    let scene = Scene::new(|it| it.lingering = true);
    let step =
        scene.plan("kubernetes.delete_bound_pod", token(WEB, "pod/shop/web-5d9c-1")).await.unwrap();
    assert_eq!(step.summary, "delete pod `web-5d9c-1`, which ReplicaSet web-5d9c starts anew");
    scene.execute(&step).await.unwrap();
    let Observation::Holds { residual, .. } = scene.verify(&step).await else { panic!() };
    let token = residual.iter().find(|it| it.what.contains("a minute longer")).unwrap();
    assert_eq!(token.until.unwrap().to_string(), "2026-03-01T12:01:30Z", "a minute after its end");
    // With a token of its own id there is no pod to be found.
    let actions = SPEC.actions.iter().filter(|it| it.kind == ActionKind::DeleteCredential);
    let jti = self::token(WEB, "5f0c1d2e-3b4a-4c5d-8e6f-7a8b9c0d1e2f");
    assert!(actions.into_iter().all(|it| !it.target.fits(&jti)));
    assert!(scene.plan("kubernetes.replace_tokens", jti).await.is_ok());
}

#[tokio::test]
async fn the_api_server_s_own_decision_is_evidence_unless_rights_remain_by_a_group() {
    let scene = Scene::new(|_| {});
    let step = scene.plan("kubernetes.quarantine_subject", on(WEB)).await.unwrap();
    assert_eq!(scene.probe(&step).await, None, "it is still allowed");
    scene.execute(&step).await.unwrap();
    let Some(Evidence::Probe { how }) = scene.probe(&step).await else { panic!() };
    assert!(how.contains("to `get` `secrets`"), "{how}");
    scene.fake.change(|it| {
        it.bind(
            "shop",
            "everyone",
            ("Role", "reader"),
            json!([group("system:serviceaccounts:shop")]),
        );
    });
    assert_eq!(scene.probe(&step).await, None);
    let said = scene.residual(&step).await;
    assert!(said.contains("as one of `system:serviceaccounts:shop`"), "{said}");
}

#[tokio::test]
async fn values_of_secrets_are_never_asked_for_and_policies_are_no_missing_permission() {
    let scene = Scene::new(|_| {});
    let step = scene
        .plan("kubernetes.delete_token_secret", token(WEB, "secret/shop/web-token"))
        .await
        .unwrap();
    let headers = scene.fake.headers();
    let accept = headers.iter().find(|it| it.0 == "accept").unwrap();
    assert!(accept.1.contains("as=PartialObjectMetadataList"), "{accept:?}");
    let bearer = headers.iter().find(|it| it.0 == "authorization").unwrap();
    assert_eq!(bearer.1, format!("Bearer {TOKEN}"));
    let said = format!("{step:?} {:?}", scene.connector);
    assert!(!said.contains(PLANTED) && !said.contains(TOKEN), "{said}");
    let policy = (super::cluster::MANNER.meant)(403, "admission webhook \"x\" denied the request");
    assert_eq!(policy, Some(crate::http_json::Meant::Refused));
    assert_eq!((super::cluster::MANNER.meant)(403, "pods is forbidden"), None);
}

#[tokio::test]
async fn the_check_prints_the_rule_that_is_missing() {
    let scene = Scene::new(|it| {
        it.denied = vec!["bind roles".to_owned(), "list secrets".to_owned()];
    });
    let checks = scene.connector.check().await;
    let missing: Vec<(&str, String)> = checks
        .iter()
        .filter_map(|it| Some((it.permission.as_str(), it.outcome.as_ref().err()?.to_string())))
        .collect();
    assert_eq!(
        missing,
        [
            (
                op::LIST_SECRETS.0,
                r#"add to the ClusterRole of the connector: {apiGroups: [""], resources: ["secrets"], verbs: ["list"]}"#
                    .to_owned()
            ),
            (
                op::PATCH_BINDINGS.0,
                r#"add to the ClusterRole of the connector: {apiGroups: ["rbac.authorization.k8s.io"], resources: ["roles", "clusterroles"], verbs: ["bind"]}"#
                    .to_owned()
            ),
        ]
    );
    let own = scene.connector.own_principals().await.unwrap();
    assert_eq!(own, [Principal::new("kubernetes", OWN)]);
}

#[tokio::test]
async fn accounts_are_discovered_with_what_they_may_do_and_whom_they_act_as() {
    let scene = Scene::new(|it| {
        for at in 0..600 {
            it.account("many", &format!("a-{at:03}"), json!({}));
        }
    });
    let cx = DiscoverCx::new(SPEC.discovery.unwrap(), noon());
    let first = scene.connector.discover(&cx, None).await.unwrap();
    let second = scene.connector.discover(&cx, first.next.as_deref()).await.unwrap();
    assert!(first.gaps.is_empty() && second.next.is_none());
    let all: Vec<_> = first.found.into_iter().chain(second.found).collect();
    let of = |name: &str| all.iter().find(|it| &*it.principal.name == name).unwrap();
    let web = of(WEB);
    assert_eq!(web.labels["team"], "payments");
    assert_eq!(web.labels["workloads"], "deployment/shop/web");
    assert_eq!(web.labels["images"], "registry.example.com/web:1");
    assert_eq!(web.credentials[0].reference.as_str(), "kubernetes:token:secret/shop/web-token");
    let rules = |it: &Discovered| it.policies[0].document.clone().unwrap_or_default();
    assert_eq!(web.policies[0].through, web.entitlements[0].through);
    assert!(rules(web).contains("secrets"), "{web:?}");
    assert_eq!(of("ann").entitlements[0].scope, "the cluster");
    // Whom the binding names is told too, so that it can be written anew.
    assert!(rules(web).contains(r#""subjects":["#) && rules(web).contains(r#""role":""#));
    assert!(rules(of("ann")).contains(r#""verbs":["*"]"#), "{:?}", of("ann"));
    let role = of("arn:aws:iam::111122223333:role/web");
    assert_eq!(role.lineage[0].1, web.principal);
    assert!(!format!("{all:?}").contains(PLANTED));

    // What may not be seen is a gap, and the rest is seen.
    scene.fake.trouble(op::LIST_SECRETS, crate::conformance::Trouble::Denied);
    let page = scene.connector.discover(&cx, None).await.unwrap();
    assert_eq!(page.gaps.len(), 1);
    assert!(page.gaps[0].remedy.contains(r#"resources: ["secrets"], verbs: ["list"]"#));
}
