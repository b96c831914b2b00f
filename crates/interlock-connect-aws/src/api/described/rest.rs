//! Roles Anywhere as AWS describes it: method, path and query say everything; and ways into a role closed
//! and opened on the fake by requests of that form.
//!
//! Proves: `aws_iam.disable_roles_anywhere_profile`, `aws_iam.disable_trust_anchor`.

use super::{Call, Description, Seen, folder, name};
use crate::AwsIam;
use crate::api::anywhere::*;
use crate::fake::anywhere::{ANCHOR, PROFILE};
use crate::fake::{ACCOUNT, Fake, State};
use expect_test::expect;
use interlock_contain::{Connector as _, ReadCx};
use interlock_model::{
    ActionKind, CredentialKind, CredentialRef, Intent, Observation, Principal, StepId, Target,
    Timestamp,
};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::Arc;

const ID: &str = "0a1b2c3d-1111-4222-8333-444455556666";

impl Description {
    /// Holds the place to which a call is sent against the description.
    pub(super) fn routed<C: Call>(&self, call: &C) -> &Value {
        let (metadata, operation) =
            (&self.0["metadata"], &self.0["operations"][name(C::OPERATION)]);
        let at = C::OPERATION.0;
        assert!(operation.is_object(), "{at} is not described");
        assert_eq!(metadata["protocol"], "rest-json", "{at}");
        assert_eq!(metadata["serviceId"], C::SERVICE.id(), "{at}");
        let signed = metadata.get("signingName").unwrap_or(&metadata["endpointPrefix"]);
        assert_eq!(signed, C::SERVICE.name(), "{at}");
        let route = call.route();
        assert_eq!(operation["http"]["method"], route.method, "{at}");
        assert_eq!(call.body().unwrap(), b"", "{at} has a body, which nothing here describes");
        let (path, query) = route.path.split_once('?').unwrap_or((&route.path, ""));
        let template = operation["http"]["requestUri"].as_str().unwrap();
        let template: Vec<&str> = template.trim_start_matches('/').split('/').collect();
        let parts: Vec<&str> = path.split('/').collect();
        assert_eq!(template.len(), parts.len(), "{at}: {path}");
        let input = self.shape(&operation["input"]);
        let mut given = BTreeSet::new();
        for (wanted, part) in template.into_iter().zip(parts) {
            match wanted.strip_prefix('{').and_then(|it| it.strip_suffix('}')) {
                Some(member) => {
                    assert_eq!(input["members"][member]["location"], "uri", "{at}: {member}");
                    assert!(!part.is_empty(), "{at}: {member}");
                    given.insert(member.to_owned());
                }
                None => assert_eq!(wanted, part, "{at}"),
            }
        }
        for (member, _) in form_urlencoded::parse(query.as_bytes()) {
            let described = &input["members"][&*member];
            assert_eq!(described["location"], "querystring", "{at}: {member}");
            assert_eq!(described["locationName"], *member, "{at}");
            given.insert(member.into_owned());
        }
        for needed in input["required"].as_array().into_iter().flatten() {
            assert!(given.contains(needed.as_str().unwrap()), "{at} lacks {needed}");
        }
        operation
    }
}

/// Holds every operation on Roles Anywhere against its description.
pub(super) fn seen(anywhere: &Description, seen: &mut Seen) {
    seen.answered(
        anywhere,
        &ListProfiles(Some("a/b c+")),
        &expect![[r#"
        Page {
            items: [
                AnywhereProfile {
                    id: "profiles.profileId",
                    name: "profiles.name",
                    enabled: true,
                    roles: {
                        "profiles.roleArns",
                    },
                },
            ],
            next: Some(
                "nextToken",
            ),
        }"#]],
    );
    seen.answered(
        anywhere,
        &ListTrustAnchors(Some("t")),
        &expect![[r#"
        Page {
            items: [
                TrustAnchor {
                    id: "trustAnchors.trustAnchorId",
                    arn: "trustAnchors.trustAnchorArn",
                    name: "trustAnchors.name",
                    enabled: true,
                },
            ],
            next: Some(
                "nextToken",
            ),
        }"#]],
    );
    seen.answered(
        anywhere,
        &GetProfile(ID),
        &expect![[r#"
        AnywhereProfile {
            id: "profile.profileId",
            name: "profile.name",
            enabled: true,
            roles: {
                "profile.roleArns",
            },
        }"#]],
    );
    seen.answered(
        anywhere,
        &GetTrustAnchor(ID),
        &expect![[r#"
        TrustAnchor {
            id: "trustAnchor.trustAnchorId",
            arn: "trustAnchor.trustAnchorArn",
            name: "trustAnchor.name",
            enabled: true,
        }"#]],
    );
    seen.told(anywhere, &EnableProfile(ID));
    seen.told(anywhere, &DisableProfile(ID));
    seen.told(anywhere, &EnableTrustAnchor(ID));
    seen.told(anywhere, &DisableTrustAnchor(ID));
    assert_eq!(
        json!([
            DisableProfile("a/../b").route().path,
            ListProfiles(Some("a/b c+")).route().path,
            ListProfiles(None).route().path,
        ]),
        json!(["profile/a%2F..%2Fb/disable", "profiles?nextToken=a%2Fb%20c%2B", "profiles"])
    );
}

#[tokio::test]
async fn a_way_into_a_role_is_closed_and_opened_as_described() {
    let Some(folder) = folder() else { return };
    let anywhere = Description::read(&folder, "rolesanywhere");
    let fake = Arc::new(Fake::small());
    let connector = AwsIam::with_client(Fake::config(), Arc::<Fake>::clone(&fake));
    let principal = Principal::new("aws", &format!("arn:aws:iam::{ACCOUNT}:role/deploy"));
    let profile: fn(&mut State, bool) = |it, enabled| it.anywhere_profiles[0].enabled = enabled;
    let anchor: fn(&mut State, bool) = |it, enabled| it.trust_anchors[0].enabled = enabled;
    for (id, set) in [
        (format!("roles-anywhere-profile/{PROFILE}"), profile),
        (format!("trust-anchor/{ANCHOR}"), anchor),
    ] {
        let credential = CredentialRef::new("aws", CredentialKind::Token, &id);
        let target = Target::Credential { principal: principal.clone(), credential };
        let actions = connector.actions();
        let action = actions.iter().find(|it| it.spec().target.fits(&target)).unwrap();
        let cx = ReadCx::new(action.spec(), Timestamp::UNIX_EPOCH);
        let intent = Intent { kind: ActionKind::DisableCredential, target };
        let step = action.plan(&cx, &intent, StepId::derive(&["close"])).await.unwrap();
        assert!(matches!(action.verify(&cx, &step).await, Observation::DoesNotHold { .. }));
        fake.change(|it| set(it, false));
        assert!(matches!(action.verify(&cx, &step).await, Observation::Holds { .. }));
        fake.change(|it| set(it, true));
        assert!(matches!(action.verify(&cx, &step).await, Observation::DoesNotHold { .. }));
    }
    let mut seen = Seen::default();
    seen.told(&anywhere, &DisableProfile(PROFILE));
    seen.told(&anywhere, &EnableProfile(PROFILE));
    seen.told(&anywhere, &DisableTrustAnchor(ANCHOR));
    seen.told(&anywhere, &EnableTrustAnchor(ANCHOR));
    let actions = connector.actions();
    let ways = actions.iter().map(|it| it.spec()).filter(|it| it.write.0.starts_with("rolesa"));
    let writes = ways.flat_map(|it| [Some(it.write), it.restore]).flatten();
    assert_eq!(seen.operations(), &writes.collect());
}
