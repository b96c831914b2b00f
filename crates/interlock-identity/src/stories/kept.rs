//! What does not depend on order, and what a snapshot keeps: properties over random events.

use super::script::*;
use crate::declare::Declaration;
use crate::directory::Directory;
use crate::frozen::{freeze, thaw};
use crate::restore::RestoreError;
use crate::survey::{Survey, without};
use interlock_model::{
    ConnectorId, Discovered, Entitlement, Environment, Event, Identity, LineageKind, PrincipalKind,
    Resolution,
};
use proptest::prelude::*;

const USERS: [&str; 4] = [
    USER,
    "aws:arn:aws:iam::111122223333:user/ana.silva",
    "aws:arn:aws:iam::444455556666:user/bob",
    "aws:arn:aws:iam::444455556666:user/team/svc",
];
const ROLES: [&str; 4] = [
    ROLE,
    SECOND,
    "aws:arn:aws:iam::777788889999:role/dev",
    "aws:arn:aws:iam::111122223333:role/p/q",
];
const SUBJECTS: [&str; 3] =
    [GITHUB, "github:repo:acme/infra:pull_request", "aws:ec2.amazonaws.com"];

/// One event of a small world in which everything meets everything.
fn event() -> impl Strategy<Value = Event> {
    let minute = 0..600_u32;
    (minute, 0..10_u8, 0..4_usize, 0..4_usize, 0..3_usize, 0..6_u8, any::<bool>()).prop_map(
        |(minute, story, user, role, subject, number, success)| {
            let time = format!("{:02}:{:02}", 8 + minute / 60, minute % 60);
            let (user, role, subject) = (USERS[user], ROLES[role], SUBJECTS[subject]);
            // A session key belongs to one role and a long-lived key to one user, as in the world.
            let asia =
                format!("ASIA{}{number:0>15}", ROLES.iter().position(|it| *it == role).unwrap());
            let akia =
                format!("AKIA{}{number:0>15}", USERS.iter().position(|it| *it == user).unwrap());
            let it = told(&time);
            let it = match story {
                0 => it.user(user).key(&akia),
                1 => it.role(role).key(&asia).session("run-7", None),
                2 => it.key(&asia),
                3 => it.key(&akia),
                4 => it.user(user).key(&akia).does("sts:AssumeRole").issues(&asia, role),
                5 => it
                    .by(PrincipalKind::Federated, subject)
                    .does("sts:AssumeRoleWithWebIdentity")
                    .issues(&asia, role),
                6 => it.user(USERS[0]).does("iam:CreateAccessKey").issues(&akia, user),
                7 => it
                    .role(role)
                    .does("iam:CreateRole")
                    .to("role", "arn:aws:iam::777788889999:role/dev"),
                8 => it.user(USERS[0]).does("iam:DeleteAccessKey").to("access_key", &akia),
                _ => it.role(role).via(subject).session("i-0abcdef1234567890", None),
            };
            let mut it = if success { it } else { it.refused() };
            it.0.id = interlock_model::EventId::derive(&[&format!("{:?}", it.0)]);
            it.0
        },
    )
}

fn bound(events: &[Event]) -> Directory {
    let mut directory = directory();
    for event in events {
        directory.bind(event);
    }
    directory
}

fn identities(directory: &Directory) -> Vec<Identity> {
    directory.identities().cloned().collect()
}

fn radii(directory: &Directory) -> Vec<String> {
    let ids = directory.identities().map(|it| it.id.clone());
    ids.map(|it| format!("{:?}", directory.blast_radius(&it, at("18:00")))).collect()
}

proptest! {
    #[test]
    fn order_does_not_matter(
        (events, shuffled) in prop::collection::vec(event(), 0..40)
            .prop_flat_map(|it| (Just(it.clone()), Just(it).prop_shuffle())),
    ) {
        let (one, other) = (bound(&events), bound(&shuffled));
        prop_assert_eq!(identities(&one), identities(&other));
        prop_assert_eq!(radii(&one), radii(&other));
        prop_assert_eq!(one.gaps(at("18:00")), other.gaps(at("18:00")));
        let (mut one, mut other) = (one, other);
        for event in &events {
            prop_assert_eq!(one.bind(event), other.bind(event), "later events are bound the same");
        }
    }

    #[test]
    fn the_same_events_twice_teach_nothing_new_but_counts(
        events in prop::collection::vec(event(), 0..30),
    ) {
        let mut directory = bound(&events);
        let before = identities(&directory);
        for event in &events {
            directory.bind(event);
        }
        prop_assert_eq!(identities(&directory), before);
    }

    #[test]
    fn a_restored_directory_behaves_like_the_saved_one(
        before in prop::collection::vec(event(), 0..30),
        after in prop::collection::vec(event(), 0..15),
    ) {
        let mut one = bound(&before);
        let bytes = one.snapshot();
        let mut other = Directory::restore(declared(DIRECTORY), &bytes).unwrap();
        prop_assert_eq!(identities(&one), identities(&other));
        prop_assert_eq!(&bytes, &other.snapshot(), "saving again gives the same bytes");
        one.changed();
        other.changed();
        for event in &after {
            prop_assert_eq!(one.bind(event), other.bind(event));
        }
        prop_assert_eq!(identities(&one), identities(&other));
        prop_assert_eq!(one.changed(), other.changed());
        prop_assert_eq!(radii(&one), radii(&other));
        prop_assert_eq!(one.gaps(at("18:00")), other.gaps(at("18:00")));
        prop_assert_eq!(one.snapshot(), other.snapshot());
    }

    #[test]
    fn damaged_snapshots_are_refused_or_read_but_never_panic(
        events in prop::collection::vec(event(), 0..5),
        at in any::<prop::sample::Index>(),
        with in any::<u8>(),
    ) {
        let mut bytes = bound(&events).snapshot();
        let at = at.index(bytes.len());
        bytes[at] = with;
        let _ = Directory::restore(declared(DIRECTORY), &bytes);
    }
}

#[test]
fn after_a_start_identities_of_telemetry_are_told_some_at_a_time() {
    let mut before = Directory::new(declared("identities: []"));
    for number in 0..620 {
        let user = format!("arn:aws:iam::111122223333:user/u{number}");
        before.bind(&told("10:00").user(&user).0);
    }
    assert_eq!(before.changed().len(), 620, "what is new is told at once");
    let mut after = Directory::restore(declared("identities: []"), &before.snapshot()).unwrap();
    let first = after.changed();
    assert_eq!((first.len(), after.all_told()), (500, false));
    let second = after.changed();
    assert_eq!((second.len(), after.all_told()), (120, true));
    assert!(second.iter().all(|it| !first.contains(it)));
    assert!(after.changed().is_empty());
}

#[test]
fn what_was_learned_goes_to_the_identity_that_is_declared_by_now() {
    let mut before = Directory::new(declared("identities: []"));
    before.bind(&told("10:00").user(USER).key(AKIA).0);
    let derived = of(&before, USER).id.clone();
    let mut after = Directory::restore(declared(DIRECTORY), &before.snapshot()).unwrap();
    let known = after.resolve(derived.as_str());
    assert_eq!(known, Resolution::Known { identity: "idn_ci-deploy".parse().unwrap() });
    assert_eq!(of(&after, USER).credentials[0].last_used, Some(at("10:00")));
    let binding = after.bind(&told("10:01").user(USER).key(AKIA).0);
    assert_eq!(binding.resolution, known);
}

#[test]
fn a_snapshot_of_the_form_before_is_still_read() {
    // Three users with a key and five uses each, as the program before form 5 wrote them.
    let bytes = include_bytes!("form4.bin");
    let after = Directory::restore(Declaration::default(), bytes).unwrap();
    let shown = identities(&after).into_iter().map(|it| {
        let it: Identity = it;
        let key = &it.credentials[0];
        format!("{} {} {} {}", it.id, it.name, key.reference, key.last_used.unwrap())
    });
    let shown: Vec<String> = shown.collect();
    assert_eq!(
        shown,
        [
            "idn_5aedccedd5d029b818ec service-0000002 aws:access-key:AKIA0000000000000002 2026-06-01T20:26:42Z",
            "idn_834a3c76a7b865b34e6f service-0000001 aws:access-key:AKIA0000000000000001 2026-06-01T20:26:41Z",
            "idn_869f0c6f2390d960a2a2 service-0000000 aws:access-key:AKIA0000000000000000 2026-06-01T20:26:40Z",
        ]
    );
    let again = Directory::restore(Declaration::default(), &after.snapshot()).unwrap();
    assert_eq!(identities(&again), identities(&after));
}

#[test]
fn records_lie_as_they_are_until_something_else_is_declared() {
    let other = DIRECTORY.replace("production, accounts", "staging, accounts");
    let mut before = directory();
    for event in [told("10:00").user(USERS[1]).key(AKIA), told("10:01").role(ROLE).key(ASIA)] {
        before.bind(&event.0);
    }
    let bytes = before.snapshot();
    let ready =
        |it: &Directory| it.memory().iter().find(|it| it.what.contains("at hand")).unwrap().count;
    let same = Directory::restore(declared(DIRECTORY), &bytes).unwrap();
    assert_eq!(
        (ready(&before), ready(&same)),
        (4, 2),
        "those that nobody declared are not made ready"
    );
    assert_eq!(of(&same, ROLE).environment, Environment::Production);
    let changed = Directory::restore(declared(&other), &bytes).unwrap();
    assert_eq!(of(&changed, ROLE).environment, Environment::Staging);
    assert_eq!(identities(&before), identities(&same));
}

#[test]
fn what_connectors_listed_is_not_kept_by_those_that_they_listed() {
    let mut before = Directory::new(Declaration::default());
    before.bind(&told("10:00").user(USER).key(AKIA).0);
    before.bind(&told("10:00").user(USERS[1]).0);
    let entitlement = Entitlement {
        grant: "admin".to_owned(),
        scope: "all".to_owned(),
        through: "attached".to_owned(),
        risk: interlock_model::RiskClass::Admin,
    };
    let seen = Discovered {
        name: Some("Deploys".to_owned()),
        entitlements: vec![entitlement],
        lineage: vec![(LineageKind::CreatedBy, principal(USERS[1]))],
        ..Discovered::of(principal(USER))
    };
    let connector = ConnectorId("aws-prod".into());
    let item = before.discovered(&connector, at("10:05"), seen).unwrap();
    let mut after = Directory::restore(Declaration::default(), &before.snapshot()).unwrap();
    let it = of(&after, USER);
    assert_eq!((&*it.name, it.entitlements.len(), it.lineage.len()), ("ci-deploy", 0, 0));
    assert_eq!(it.credentials.len(), 1);
    after.recall(item);
    assert_eq!(identities(&after), identities(&before));
}

/// Records of all sorts, frozen.
fn frozen(events: &[Event]) -> (Directory, Vec<Vec<u8>>) {
    let it = bound_cold(events);
    let bytes = it.slots().filter_map(|slot| it.records.bytes(slot, &it.aliases));
    let bytes = bytes.map(|it| it.into_owned()).collect();
    (it, bytes)
}

proptest! {
    #[test]
    fn what_a_survey_passes_is_a_record(
        events in prop::collection::vec(event(), 1..20),
        which in any::<prop::sample::Index>(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..3),
        cut in prop::option::of(any::<prop::sample::Index>()),
    ) {
        let (directory, all) = frozen(&events);
        prop_assume!(!all.is_empty());
        let mut bytes = all[which.index(all.len())].clone();
        let whole = changes.is_empty() && cut.is_none();
        for (at, with) in changes {
            let at = at.index(bytes.len());
            bytes[at] = with;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        let mut survey = Survey::default();
        let passed = survey.read(&bytes, &directory.aliases).is_some();
        let record = thaw(&bytes, &directory.aliases, &directory.revocations);
        prop_assert!(passed || !whole);
        if passed {
            let record = record.unwrap();
            let principals = record.identity.principals.iter();
            let names: Vec<u32> =
                principals.map(|it| directory.aliases.find(it).unwrap()).collect();
            prop_assert_eq!(&names, &survey.principals);
            prop_assert_eq!(record.touched, survey.touched());
        }
    }
}

proptest! {
    #[test]
    fn a_credential_is_taken_out_of_frozen_bytes_as_out_of_the_record(
        events in prop::collection::vec(event(), 1..20),
        which in any::<prop::sample::Index>(),
        key in any::<prop::sample::Index>(),
    ) {
        let (directory, all) = frozen(&events);
        prop_assume!(!all.is_empty());
        let bytes = &all[which.index(all.len())];
        let mut record = thaw(bytes, &directory.aliases, &directory.revocations).unwrap();
        let keys: Vec<_> = record.identity.credentials.iter().map(|it| it.reference.clone()).collect();
        let other = interlock_model::CredentialRef::from_text("aws:token:other").unwrap();
        prop_assert_eq!(without(bytes, &other, &directory.aliases), None);
        prop_assume!(!keys.is_empty());
        let gone = &keys[key.index(keys.len())];
        record.identity.credentials.retain(|it| it.reference != *gone);
        record.touched = true;
        let expected = freeze(&record, &directory.aliases).unwrap();
        prop_assert_eq!(without(bytes, gone, &directory.aliases), Some(expected));
    }

    #[test]
    fn any_bytes_keep_their_credentials_or_lose_one(
        bytes: Vec<u8>,
    ) {
        let directory = directory();
        let key = interlock_model::CredentialRef::from_text("aws:token:other").unwrap();
        let _ = without(&bytes, &key, &directory.aliases);
        let _ = Survey::default().read(&bytes, &directory.aliases);
    }
}

#[test]
fn a_snapshot_of_another_form_is_refused() {
    let restored = |bytes: &[u8]| Directory::restore(declared(DIRECTORY), bytes).map(|_| ());
    assert_eq!(restored(b"interlock-directory/\x63"), Err(RestoreError::Foreign { found: 99 }));
    assert_eq!(restored(b"{"), Err(RestoreError::Damaged { at: 0 }));
    let good = bound(&[told("10:00").user(USER).key(AKIA).0]).snapshot();
    let cut = good.len() - 1;
    assert_eq!(restored(&good[..cut]), Err(RestoreError::Damaged { at: cut }));
}

/// A directory of which nearly every record is frozen all the time.
fn bound_cold(events: &[Event]) -> Directory {
    let mut directory = directory();
    directory.records.set_at_hand(1);
    for event in events {
        directory.bind(event);
    }
    directory
}

proptest! {
    #[test]
    fn frozen_records_are_as_good_as_others(
        events in prop::collection::vec(event(), 0..40),
        more in prop::collection::vec(event(), 0..20),
    ) {
        let (mut one, mut cold) = (bound(&events), bound_cold(&events));
        for event in &more {
            prop_assert_eq!(one.bind(event), cold.bind(event));
        }
        prop_assert_eq!(one.snapshot(), cold.snapshot());
        prop_assert_eq!(one.changed(), cold.changed());
        prop_assert_eq!(identities(&one), identities(&cold));
        prop_assert_eq!(radii(&one), radii(&cold));
        prop_assert_eq!(one.gaps(at("18:00")), cold.gaps(at("18:00")));
        prop_assert_eq!(one.snapshot(), cold.snapshot());
    }
}
