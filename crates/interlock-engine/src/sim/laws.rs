//! The laws of the house.

use super::{ALL, Disturbance, Ended, House, event};
use crate::Input;
use interlock_contain::{Phase, grade};
use interlock_model::{Consent, ContainmentId, Digest, Grade};

fn undo_asked(id: &ContainmentId) -> Input {
    Input::UndoAsked {
        containment: id.clone(),
        by: "ann".to_owned(),
        role: Consent::Owner,
        accept_re_arm: false,
    }
}

fn attacked(house: &mut House) {
    for (second, user) in [(1, "ci"), (2, "etl")] {
        house.receive(&event(user, "StopLogging", second, None));
    }
}

fn chain_verifies(house: &House) {
    let mut previous = Digest::ZERO;
    for (index, entry) in house.durable.audit.iter().enumerate() {
        entry.follows(index as u64, previous).unwrap();
        previous = entry.digest;
    }
}

#[test]
fn a_calm_run_contains_both_with_one_write_each() {
    let mut house = House::new(None);
    attacked(&mut house);
    house.live(Vec::new());
    house.provider.writes.sort();
    assert_eq!(house.provider.writes, ["AKIAEXAMPLECI=closed", "AKIAEXAMPLEETL=closed"]);
    for life in house.lives() {
        assert!(matches!(life.phase, Phase::Contained { watched: true, .. }));
        assert_eq!(grade(&life), Grade::Applied, "nothing has shown its effect");
    }
    chain_verifies(&house);
}

#[test]
fn death_or_loss_at_every_point_changes_nothing_in_the_end() {
    let mut calm = House::new(None);
    attacked(&mut calm);
    calm.live(Vec::new());
    let points = calm.points;
    let mut tried = 0;
    for point in 1..=points {
        for kind in ALL {
            let mut house = House::new(Some((point, kind)));
            attacked(&mut house);
            house.live(Vec::new());
            let mut writes = house.provider.writes.clone();
            writes.sort();
            assert_eq!(
                writes,
                ["AKIAEXAMPLECI=closed", "AKIAEXAMPLEETL=closed"],
                "{kind:?} at {point}"
            );
            let lives = house.lives();
            assert_eq!(lives.len(), 2, "{kind:?} at {point}");
            for life in lives {
                assert!(
                    matches!(life.phase, Phase::Contained { .. }),
                    "{kind:?} at {point}: {:?}",
                    life.phase
                );
            }
            chain_verifies(&house);
            tried += 1;
        }
    }
    assert!(tried >= 40, "only {tried} points");
}

#[test]
fn a_repeated_log_line_changes_nothing() {
    let mut house = House::new(None);
    attacked(&mut house);
    attacked(&mut house);
    house.live(Vec::new());
    attacked(&mut house);
    house.live(Vec::new());
    assert_eq!(house.provider.writes.len(), 2);
    assert_eq!(house.lives().len(), 2);
}

#[test]
fn a_refused_use_proves_it_and_a_successful_use_climbs_the_ladder() {
    let mut house = House::new(None);
    attacked(&mut house);
    house.live(Vec::new());
    house.clock = house.clock.max(60);
    house.receive(&event("ci", "ListBuckets", 60, Some("InvalidClientTokenId")));
    // A missing permission is no evidence that the key is dead; it is evidence that it lives.
    house.receive(&event("etl", "ListBuckets", 60, None));
    house.live(Vec::new());
    let grades: Vec<(String, Grade)> =
        house.lives().iter().map(|it| (it.steps[0].step.summary.clone(), grade(it))).collect();
    assert!(grades.contains(&("close AKIAEXAMPLECI".to_owned(), Grade::Held)), "{grades:?}");
    assert!(grades.contains(&("close AKIAEXAMPLEETL".to_owned(), Grade::Applied)), "{grades:?}");
    assert!(
        house.provider.writes.contains(&"arn:aws:iam::111122223333:user/etl=closed".to_owned()),
        "the ladder goes on to a step that works: {:?}",
        house.provider.writes
    );
    assert!(house.durable.findings.values().any(|it| &*it.rule.id == "containment_ineffective"));
}

#[test]
fn a_refusal_that_a_clock_dates_ahead_proves_nothing_before_it_is_sure() {
    let mut house = House::new(None);
    house.receive(&event("ci", "StopLogging", 1, None));
    house.live(Vec::new());
    let proof = |house: &House| grade(house.lives().first().unwrap());
    assert_eq!(proof(&house), Grade::Applied);
    let refused = |house: &House, ahead: i64| {
        event("ci", "ListBuckets", house.clock + ahead, Some("InvalidClientTokenId"))
    };
    // From before the step or after it: one is dated five minutes after it was received, and one of the
    // same source took its time to come.
    house.clock += 120;
    house.receive(&refused(&house, 300));
    house.receive(&refused(&house, 0));
    house.live(Vec::new());
    assert_eq!(proof(&house), Grade::Applied);
    // By that clock it came after the step, whatever the way took.
    house.clock += 300;
    house.receive(&refused(&house, 300));
    house.live(Vec::new());
    assert!(proof(&house) >= Grade::Effective, "{:?}", proof(&house));
}

#[test]
fn answers_to_other_steps_are_no_plan() {
    let mut house = House::new(None);
    house.outdated = 2;
    attacked(&mut house);
    house.live(Vec::new());
    house.provider.writes.sort();
    assert_eq!(house.provider.writes, ["AKIAEXAMPLECI=closed", "AKIAEXAMPLEETL=closed"]);
    for life in house.lives() {
        assert_eq!(life.plan.map(|it| it.steps.len()), Some(1));
    }
}

#[test]
fn undo_restores_exactly_and_does_not_fire_again() {
    for kind in ALL {
        for point in [0, 1, 2, 3, 4, 5, 6] {
            let mut house = House::new(None);
            attacked(&mut house);
            house.live(Vec::new());
            house.at = (point > 0).then_some((house.points + point, kind));
            let ids: Vec<_> = house.lives().iter().map(|it| it.id.clone()).collect();
            for id in &ids {
                let life = house.lives().into_iter().find(|it| it.id == *id).unwrap();
                if life.undo.is_none() {
                    house.live(vec![undo_asked(id)]);
                }
            }
            for id in &ids {
                // A process that died before the request was durable never had it: ask again.
                let life = house.lives().into_iter().find(|it| it.id == *id).unwrap();
                if life.undo.is_none() {
                    house.live(vec![undo_asked(id)]);
                }
            }
            assert!(house.lives().iter().all(|it| it.phase == Phase::Undone), "{kind:?} {point}");
            assert!(house.provider.state.values().all(|it| it == "open"), "{kind:?} {point}");
            let writes = house.provider.writes.len();
            house.receive(&event("ci", "StopLogging", 90, None));
            house.live(Vec::new());
            assert_eq!(house.provider.writes.len(), writes, "the finding that fired is on hold");
            chain_verifies(&house);
        }
    }
}

#[test]
fn nothing_is_written_unless_the_mode_is_enforce() {
    for mode in [interlock_model::Mode::Observe, interlock_model::Mode::Recommend] {
        let mut house = House::new(None);
        house.mode = mode;
        attacked(&mut house);
        house.live(Vec::new());
        assert!(house.provider.writes.is_empty());
        assert_eq!(house.durable.decisions.len(), 2);
        let planned = house.lives().iter().filter(|it| it.plan.is_some()).count();
        assert_eq!(planned, if mode == interlock_model::Mode::Recommend { 2 } else { 0 });
    }
}

#[test]
fn hostile_records_are_refused_beside_good_ones() {
    let mut house = House::new(None);
    house.receive("{\"not\": \"a log\"}");
    house.receive("garbage");
    attacked(&mut house);
    house.live(Vec::new());
    assert_eq!(house.durable.refused, 2);
    assert_eq!(house.provider.writes.len(), 2);
}

#[test]
fn without_a_connector_that_can_people_are_told_and_nothing_hangs() {
    let mut house = House::new(None);
    house.no_connector = true;
    attacked(&mut house);
    house.live(Vec::new());
    assert!(house.lives().is_empty(), "nothing begins that cannot be carried out");
    assert!(house.durable.notices.iter().any(|it| it.contains("no connector reaches")));
    let told = house.durable.audit.iter().filter(|it| it.fact.what == "decision.unserved").count();
    assert!((2..=8).contains(&told), "each rung of the ladder once: {told}");
}

#[test]
fn what_others_undo_is_written_again_and_then_climbs_the_ladder() {
    let mut house = House::new(None);
    house.receive(&event("ci", "StopLogging", 1, None));
    house.live(Vec::new());
    house.read_back = 30;
    let key = "AKIAEXAMPLECI";
    let closed = |house: &House| house.provider.state[key] == "closed";
    for undone in 1..=2 {
        assert!(closed(&house));
        house.provider.state.insert(key.to_owned(), "open".to_owned());
        house.bounded(Input::Tick, 90);
        assert!(closed(&house), "undone {undone} times");
    }
    let told = house.durable.notices.iter().filter(|it| it.contains("undone by somebody"));
    assert_eq!(told.count(), 4, "the owner and security, each time");
    let undone = house.durable.findings.values().filter(|it| &*it.rule.id == "containment_undone");
    assert_eq!(undone.count(), 2);
    assert!(
        house.provider.writes.contains(&"arn:aws:iam::111122223333:user/ci=closed".to_owned()),
        "what does not last is followed by what does: {:?}",
        house.provider.writes
    );
    chain_verifies(&house);
}

#[test]
fn what_still_holds_is_read_back_without_a_word() {
    let mut house = House::new(None);
    house.receive(&event("ci", "StopLogging", 1, None));
    house.live(Vec::new());
    house.read_back = 30;
    let entries = house.durable.audit.len();
    let looks = house.looks;
    house.bounded(Input::Tick, 600);
    assert!(house.looks >= looks + 10, "{} looks", house.looks - looks);
    assert_eq!(house.durable.audit.len(), entries);
}

#[test]
fn a_death_while_it_is_written_again_repeats_nothing() {
    for kind in ALL {
        for point in 1..=8 {
            let mut house = House::new(None);
            house.receive(&event("ci", "StopLogging", 1, None));
            house.live(Vec::new());
            house.read_back = 30;
            house.provider.state.insert("AKIAEXAMPLECI".to_owned(), "open".to_owned());
            house.at = Some((house.points + point, kind));
            house.bounded(Input::Tick, 60);
            house.bounded(Input::Tick, 60);
            assert_eq!(
                house.provider.writes,
                ["AKIAEXAMPLECI=closed", "AKIAEXAMPLECI=closed"],
                "{kind:?} at {point}"
            );
            chain_verifies(&house);
        }
    }
}

#[test]
fn a_time_box_ends_in_a_question_once_a_day_and_changes_nothing_itself() {
    let mut house = House::new(None);
    house.hold = Some("2h");
    house.receive(&event("ci", "StopLogging", 1, None));
    let asked = |house: &House| {
        house.durable.notices.iter().filter(|it| it.starts_with("decide: ")).count()
    };
    house.bounded(Input::Tick, 3_600);
    assert_eq!(asked(&house), 0);
    house.bounded(Input::Tick, 29 * 3_600);
    assert_eq!(asked(&house), 4, "the owner and security, and both again a day later");
    assert_eq!(house.provider.writes, ["AKIAEXAMPLECI=closed"]);
}

#[test]
fn deaths_of_the_process_do_not_make_a_write_stuck() {
    let mut house = House::new(None);
    house.receive(&event("ci", "StopLogging", 1, None));
    for round in 0..12 {
        // Where the intent is durable and the write is not made yet.
        house.at = Some((house.points + 3, Disturbance::BeforeCalls));
        assert_eq!(house.process(Vec::new(), None), Ended::Died, "{round}");
    }
    let attempts = house.lives()[0].steps[0].attempts;
    assert!(attempts >= 10, "only {attempts} attempts");
    house.live(Vec::new());
    assert!(matches!(house.lives()[0].phase, Phase::Contained { .. }));
    assert_eq!(house.provider.writes, ["AKIAEXAMPLECI=closed"]);
}
