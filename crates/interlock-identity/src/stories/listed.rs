//! What connectors listed: nothing of it is lost, and it takes little room.

use crate::aliases::Aliases;
use crate::declare::Declaration;
use crate::directory::Directory;
use crate::listed::Listed;
use interlock_model::{
    ConnectorId, CredentialKind, CredentialRef, Discovered, DiscoveredCredential, Entitlement,
    IdentityKind, InventoryItem, LineageKind, PolicyGrant, PolicyPart, Principal, RiskClass,
    Timestamp,
};
use proptest::prelude::*;

fn text() -> impl Strategy<Value = String> {
    // Few enough that some come again, and none that stands alone.
    prop_oneof!["[a-c]{0,6}", "[a-z0-9./äß ]{0,40}", Just("attached to group admins".to_owned())]
}

fn moment() -> impl Strategy<Value = Timestamp> {
    let nanosecond = prop_oneof![Just(0), 0..1_000_000_000_i32];
    (-2_000_000_000_i64..5_000_000_000, nanosecond)
        .prop_map(|(second, part)| Timestamp::new(second, part).unwrap())
}

fn principal() -> impl Strategy<Value = Principal> {
    let names = [
        "arn:aws:iam::111122223333:user/ana",
        "arn:aws:sts::111122223333:assumed-role/deploy/run-7",
        "arn:aws:iam::111122223333:role/deploy",
        "arn:aws:iam::111122223333:root",
        "Ana@Example.com",
        "straße",
    ];
    let providers = prop::sample::select(vec!["aws", "okta", "keycloak"]);
    (providers, prop::sample::select(names.to_vec()))
        .prop_map(|(provider, name)| Principal::new(provider, name))
}

fn credential() -> impl Strategy<Value = DiscoveredCredential> {
    let kind = prop::sample::select(CredentialKind::ALL.to_vec());
    let provider = prop::sample::select(vec!["aws", "okta"]);
    let times =
        [prop::option::of(moment()), prop::option::of(moment()), prop::option::of(moment())];
    (provider, kind, "[A-Z0-9:/ä]{1,20}", any::<Option<bool>>(), times).prop_map(
        |(provider, kind, id, enabled, [issued, expires, last_used])| DiscoveredCredential {
            reference: CredentialRef::new(provider, kind, &id),
            enabled,
            issued,
            expires,
            last_used,
        },
    )
}

fn entitlement() -> impl Strategy<Value = Entitlement> {
    let risk = prop::sample::select(vec![RiskClass::Read, RiskClass::Secrets, RiskClass::Admin]);
    (text(), text(), text(), risk).prop_map(|(grant, scope, through, risk)| Entitlement {
        grant,
        scope,
        through,
        risk,
    })
}

fn policy() -> impl Strategy<Value = PolicyGrant> {
    let parts = vec![PolicyPart::Grants, PolicyPart::Bounds, PolicyPart::Trusts];
    // Some are longer than what is written in one piece.
    let document = prop_oneof![text(), (60_000..70_000_usize).prop_map(|it| "{x".repeat(it))];
    (text(), text(), prop::option::weighted(0.4, document), prop::sample::select(parts))
        .prop_map(|(name, through, document, part)| PolicyGrant { name, through, document, part })
}

fn seen() -> impl Strategy<Value = Discovered> {
    let kind = prop::option::of(prop::sample::select(IdentityKind::ALL.to_vec()));
    let lineage = prop::sample::select(vec![LineageKind::CreatedBy, LineageKind::IssuedFrom]);
    (
        (principal(), prop::collection::vec(principal(), 0..3), prop::option::of(text()), kind),
        (any::<Option<bool>>(), prop::option::of(moment()), prop::option::of(moment())),
        prop::collection::btree_map(text(), text(), 0..4),
        prop::collection::vec(credential(), 0..4),
        prop::collection::vec(entitlement(), 0..3),
        prop::collection::vec(policy(), 0..3),
        prop::collection::vec((lineage, principal()), 0..3),
    )
        .prop_map(
            |(
                (principal, also, name, kind),
                (enabled, created, last_used),
                labels,
                credentials,
                entitlements,
                policies,
                lineage,
            )| Discovered {
                principal,
                also,
                name,
                kind,
                enabled,
                created,
                last_used,
                labels,
                credentials,
                entitlements,
                policies,
                lineage,
            },
        )
}

fn item() -> impl Strategy<Value = InventoryItem> {
    let connector = prop::sample::select(vec!["aws-prod", "aws-dev", "okta"]);
    (connector, moment(), prop::option::of(moment()), seen()).prop_map(
        |(connector, first, last, seen)| InventoryItem {
            connector: ConnectorId(connector.into()),
            first,
            last: last.unwrap_or(first),
            seen,
        },
    )
}

proptest! {
    /// Whatever was listed, in whatever order and however often: the last word of each connector is
    /// there, exactly.
    #[test]
    fn what_was_listed_is_read_as_it_came(items in prop::collection::vec(item(), 1..12)) {
        let (mut aliases, mut listed) = (Aliases::default(), Listed::default());
        let mut expected: std::collections::BTreeMap<u32, Vec<InventoryItem>> = [].into();
        for item in items {
            let name = aliases.number(&item.seen.principal, usize::MAX).unwrap();
            listed.put(name, &item, &aliases);
            let all = expected.entry(name).or_default();
            match all.iter_mut().find(|it| it.connector == item.connector) {
                Some(known) => *known = item,
                None => all.push(item),
            }
        }
        prop_assert_eq!(listed.names().collect::<Vec<_>>(), expected.keys().copied().collect::<Vec<_>>());
        for (name, items) in &expected {
            prop_assert_eq!(&listed.of(*name, &aliases).collect::<Vec<_>>(), items);
            for it in items {
                prop_assert_eq!(listed.looks(*name, &it.connector), Some((it.first, it.last)));
            }
            let least = items.iter().map(|it| &it.connector).min();
            prop_assert_eq!(listed.first_place(*name), least.cloned());
            let policies = items.iter().any(|it| !it.seen.policies.is_empty());
            prop_assert_eq!(listed.has_policies(*name), policies);
        }
    }
}

/// One principal with many texts that others say, too: each is found by its number, so that it takes no
/// time to speak of (the square of so many took minutes), and each is used once and let go once.
#[test]
fn an_item_of_many_texts_is_read_as_it_came() {
    const MANY: usize = 100_000;
    let (mut aliases, mut listed) = (Aliases::default(), Listed::default());
    let item = |name: &str| InventoryItem {
        connector: ConnectorId("aws-prod".into()),
        first: Timestamp::UNIX_EPOCH,
        last: Timestamp::UNIX_EPOCH,
        seen: Discovered {
            entitlements: (0..MANY)
                .map(|it| Entitlement {
                    grant: format!("grant number {it}"),
                    scope: format!("scope number {}", it % 7),
                    through: "attached to a group".to_owned(),
                    risk: RiskClass::Read,
                })
                .collect(),
            ..Discovered::of(Principal::new("aws", name))
        },
    };
    let items = [item("ana"), item("bob"), item("ana"), item("cleo")];
    for it in &items {
        let name = aliases.number(&it.seen.principal, usize::MAX).unwrap();
        listed.put(name, it, &aliases);
        assert_eq!(listed.of(name, &aliases).collect::<Vec<_>>(), std::slice::from_ref(it));
    }
    for it in &items {
        let name = aliases.number(&it.seen.principal, usize::MAX).unwrap();
        let none = InventoryItem { seen: Discovered::of(it.seen.principal.clone()), ..it.clone() };
        listed.put(name, &none, &aliases);
    }
    let texts = listed.memory().into_iter().find(|it| it.what.contains("texts")).unwrap();
    assert!(texts.count <= 3, "what nobody says any more stayed: {}", texts.count);
}

/// An account of a cloud as its connector lists it: three keys, a team, a policy that many have.
fn service(number: usize, look: usize) -> Discovered {
    let key = |at: usize| DiscoveredCredential {
        reference: CredentialRef::new(
            "aws",
            CredentialKind::AccessKey,
            &format!("AKIA{number:012}{at:04}"),
        ),
        enabled: Some(at != 2),
        issued: Timestamp::from_second(1_700_000_000 + at as i64).ok(),
        expires: None,
        last_used: Timestamp::from_second(1_750_000_000 + look as i64).ok(),
    };
    let name = format!("arn:aws:iam::111122223333:user/service-{number:07}");
    Discovered {
        credentials: (0..3).map(key).collect(),
        labels: [
            ("team".to_owned(), format!("team-{}", number % 50)),
            // It changes with every look: texts that nobody says any more must go.
            ("checked".to_owned(), format!("look number {look} of this account")),
        ]
        .into(),
        policies: vec![PolicyGrant {
            name: format!("policy-{}", number % 20),
            through: "attached".to_owned(),
            document: Some(format!(
                r#"{{"Statement":[{{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::bucket-{}/*"}}]}}"#,
                number % 20
            )),
            part: PolicyPart::Grants,
        }],
        ..Discovered::of(Principal::new("aws", &name))
    }
}

/// The law of size: one more listed identity with three credentials takes so many bytes, and looking
/// again and again takes no more.
#[test]
fn a_listed_identity_takes_little_room_however_often_it_is_listed() {
    const MANY: usize = 4_000;
    let mut directory = Directory::new(Declaration::default());
    let connector = ConnectorId("aws-prod".into());
    let bytes = |directory: &Directory, what: &str| {
        let parts = directory.memory().into_iter().filter(|it| it.what.contains(what));
        parts.map(|it| it.bytes).sum::<usize>()
    };
    let list = |directory: &mut Directory, from: usize, to: usize, look: usize| {
        let time = Timestamp::from_second(1_780_000_000 + look as i64 * 3_600).unwrap();
        for number in from..to {
            directory.discovered(&connector, time, service(number, look)).unwrap();
        }
    };
    // So many are at hand whatever the number; what others cost shows beyond.
    directory.records.set_at_hand(100);
    list(&mut directory, 0, MANY, 0);
    let (all, listed) = (bytes(&directory, ""), bytes(&directory, "listed"));
    list(&mut directory, MANY, 2 * MANY, 0);
    let more = |now: usize, before: usize| now.saturating_sub(before) / MANY;
    let each = more(bytes(&directory, ""), all);
    let each_listed = more(bytes(&directory, "listed"), listed);
    assert!(each_listed <= LISTED, "{each_listed} bytes for what a connector listed");
    assert!(each <= WHOLE, "{each} bytes for a listed identity: {:#?}", directory.memory());
    let texts = bytes(&directory, "texts");
    let before = bytes(&directory, "listed");
    for look in 1..4 {
        list(&mut directory, 0, 2 * MANY, look);
    }
    let (after, texts_after) = (bytes(&directory, "listed"), bytes(&directory, "texts"));
    assert!(after < before + before / 4, "{before} became {after}");
    assert!(texts_after <= texts + 10_000, "{texts} became {texts_after}");
}

/// Most bytes of what a connector listed of one identity with three credentials.
const LISTED: usize = 200;
/// Most bytes that one such identity takes in all.
const WHOLE: usize = 900;
