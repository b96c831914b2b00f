//! The laws of drills: whatever happens on the way, the canary is let in again, and what is said is so.

use super::{ALL, Disturbance, House};
use crate::{Input, Tried, World, turn};
use interlock_contain::{Phase, grade};
use interlock_model::{DiscoveryPage, Drill, Grade, Mode, ProbedPermission};

/// Long enough for one drill with every pause that it may make, and too short for the next.
const LONG: i64 = 4_000;

fn rehearsing(at: Option<(u32, Disturbance)>) -> House {
    let mut house = House::new(at);
    house.canary = Some("canary");
    house
}

fn run(house: &mut House) {
    house.bounded(Input::Tick, LONG);
}

fn only(house: &House) -> &Drill {
    let ended: Vec<&Drill> =
        house.durable.drills.values().filter(|it| it.ended.is_some()).collect();
    assert_eq!(ended.len(), 1, "{ended:?}");
    ended[0]
}

#[test]
fn a_canary_is_contained_refused_and_let_in_again() {
    let mut house = rehearsing(None);
    run(&mut house);
    assert_eq!(house.provider.writes, ["AKIACANARY=closed", "AKIACANARY=open"]);
    let drill = only(&house);
    assert!(drill.effective && drill.restored, "{drill:?}");
    assert_eq!(drill.fault, None);
    assert_eq!(&*drill.actions[0].action.0, "toy.disable_key");
    let lives = house.lives();
    assert_eq!((lives.len(), &lives[0].phase), (1, &Phase::Undone));
    // One day later again, and not before.
    house.bounded(Input::Tick, 80_000);
    assert_eq!(house.durable.drills.len(), 1);
    house.bounded(Input::Tick, LONG);
    assert_eq!(house.durable.drills.len(), 2);
    assert_eq!(house.provider.writes.len(), 4);
}

#[test]
fn a_way_that_was_not_proven_for_too_long_counts_no_more() {
    let mut house = rehearsing(None);
    run(&mut house);
    let (ended, counts) = (only(&house).time, house.settings().drill_seconds);
    let world = house.world();
    let proven = |seconds: i64| {
        let at = ended + jiff::SignedDuration::from_secs(seconds);
        let (all, _) = world.readiness(None, 100, at);
        all.iter().filter(|it| it.way.as_ref().is_some_and(|it| it.proven.is_some())).count()
    };
    assert!(proven(0) > 0);
    assert_eq!(proven(counts), proven(0));
    assert_eq!(proven(counts + 1), 0);
}

#[test]
fn a_way_says_what_it_needs_of_us_and_what_came_of_trying_it() {
    let mut house = rehearsing(None);
    run(&mut house);
    let (mut world, ended) = (house.world(), only(&house).time);
    let way = |world: &World| {
        let (all, _) = world.readiness(None, 100, ended);
        all.into_iter().filter_map(|it| it.way).find(|it| it.action == "toy.disable_key").unwrap()
    };
    let before = way(&world);
    assert!(!before.permissions.is_empty() && before.hindrances.is_empty(), "{before:?}");
    assert!(before.permissions.iter().all(|it| it.tried == Tried::Never), "{before:?}");
    // One is tried and there, one is tried and missing, and nothing is assumed of any other.
    let names: Vec<&str> = before.permissions.iter().map(|it| it.permission).collect();
    let probe = |permission: &str, missing: Option<&str>| ProbedPermission {
        permission: permission.to_owned(),
        missing: missing.map(str::to_owned),
        not_known: None,
    };
    let page = Ok(DiscoveryPage::default());
    let mut tried = vec![probe(names[0], Some("it is refused"))];
    tried.extend(names.iter().skip(1).take(1).map(|it| probe(it, None)));
    let permissions = Some(tried);
    let input = Input::Discovered { connector: before.connector.clone(), page, permissions };
    turn(&mut world, input, ended);
    let after = way(&world);
    let told: Vec<Tried> = after.permissions.iter().map(|it| it.tried).collect();
    let expected =
        [Tried::Missing, Tried::Given].into_iter().chain(std::iter::repeat(Tried::Never));
    assert_eq!(told, expected.take(names.len()).collect::<Vec<_>>());
    assert!(after.hindrances.iter().any(|it| it.contains("it is refused")), "{after:?}");
    assert_eq!((after.settle, after.leaves), (before.settle, before.leaves));
    // What the provider does not tell hinders nothing, and is not taken for given.
    let mute =
        ProbedPermission { not_known: Some("it does not say".into()), ..probe(names[0], None) };
    let (page, connector) = (Ok(DiscoveryPage::default()), before.connector.clone());
    let input = Input::Discovered { connector, page, permissions: Some(vec![mute]) };
    turn(&mut world, input, ended);
    let after = way(&world);
    assert_eq!(after.permissions[0].tried, Tried::NotKnown);
    assert!(after.hindrances.is_empty(), "{after:?}");
}

#[test]
fn death_or_loss_at_every_point_leaves_no_canary_shut_out() {
    let mut calm = rehearsing(None);
    run(&mut calm);
    let points = calm.points;
    for point in 1..=points {
        for kind in ALL {
            let mut house = rehearsing(Some((point, kind)));
            run(&mut house);
            assert_eq!(
                house.provider.writes,
                ["AKIACANARY=closed", "AKIACANARY=open"],
                "{kind:?} at {point}"
            );
            let drill = only(&house);
            assert!(drill.effective && drill.restored, "{kind:?} at {point}: {drill:?}");
        }
    }
    assert!(points >= 8, "only {points} points");
}

#[test]
fn the_policies_of_a_new_house_let_a_canary_outside_production_be_rehearsed_on() {
    let mut house = rehearsing(None);
    house.starter = true;
    run(&mut house);
    assert!(only(&house).effective && only(&house).restored, "{:?}", only(&house));
}

#[test]
fn what_is_proven_on_a_canary_is_evidence_for_others() {
    let mut house = rehearsing(None);
    house.bounded(Input::Tick, 600);
    let event = super::event("ci", "StopLogging", 601, None);
    house.receive(&event);
    house.bounded(Input::Tick, 100);
    let life = house.lives().into_iter().find(|it| it.phase != Phase::Undone).unwrap();
    assert_eq!(grade(&life), Grade::Held, "{life:?}");
}

#[test]
fn a_yes_without_effect_proves_nothing_and_is_taken_back() {
    let mut house = rehearsing(None);
    house.provider.lies = true;
    run(&mut house);
    let drill = only(&house);
    assert!(!drill.effective && drill.restored, "{drill:?}");
    assert!(drill.fault.as_deref().unwrap().contains("was accepted after"), "{drill:?}");
    assert_eq!(house.provider.writes, ["AKIACANARY=closed", "AKIACANARY=open"]);
}

#[test]
fn a_canary_that_is_shut_out_already_is_left_alone() {
    let mut house = rehearsing(None);
    house.provider.state.insert("AKIACANARY".to_owned(), "closed".to_owned());
    run(&mut house);
    assert!(only(&house).fault.as_deref().unwrap().contains("before anything was done"));
    assert!(house.provider.writes.is_empty());
}

#[test]
fn nobody_is_contained_who_was_not_made_for_it() {
    for (canary, mode, said) in [
        ("ci", Mode::Enforce, Some("is not declared with `for_drills: true`")),
        ("stranger", Mode::Enforce, Some("is no identity that the directory knows")),
        ("canary", Mode::Recommend, None),
    ] {
        let mut house = rehearsing(None);
        (house.canary, house.mode) = (Some(canary), mode);
        run(&mut house);
        assert!(house.provider.writes.is_empty(), "{canary}");
        match said {
            Some(said) => assert!(only(&house).fault.as_deref().unwrap().contains(said)),
            None => assert!(house.durable.drills.is_empty()),
        }
    }
}
