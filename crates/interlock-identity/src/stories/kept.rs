//! What does not depend on order, and what a snapshot keeps: properties over random events.

use super::script::*;
use crate::directory::Directory;
use crate::snapshot::RestoreError;
use interlock_model::{Event, Identity, PrincipalKind, Resolution};
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
fn a_snapshot_of_another_form_is_refused() {
    let restored = |bytes: &[u8]| Directory::restore(declared(DIRECTORY), bytes).map(|_| ());
    assert_eq!(restored(b"interlock-directory/\x63"), Err(RestoreError::Foreign { found: 99 }));
    assert_eq!(restored(b"{"), Err(RestoreError::Damaged));
    let good = bound(&[told("10:00").user(USER).key(AKIA).0]).snapshot();
    assert_eq!(restored(&good[..good.len() - 1]), Err(RestoreError::Damaged));
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
