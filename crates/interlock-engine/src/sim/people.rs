//! Who may say yes, no and stop, at the one place that all doors lead to.

use super::{House, event, time};
use crate::{Input, Outcome, People, Person, Refusal, World, turn};
use interlock_decide::Role;
use interlock_model::{ActionKind, CaseId, Consent, ContainmentId, IdentityId, Principal};

/// Ann owns `etl` and is `ci`; she acts under three names.
fn people() -> People {
    let ann = Person {
        name: "Ann".into(),
        acts_as: ["ann", "ann-phone", "local:ann"].map(str::to_owned).into(),
        identities: [id("idn_ci")].into(),
        principals: [Principal::new("aws", "arn:aws:iam::111122223333:role/deploy")].into(),
    };
    People::new(vec![ann])
}

fn id(text: &str) -> IdentityId {
    text.parse().unwrap()
}

/// Both are contained, each in a case of its own, and whoever is whose.
fn contained() -> World {
    let mut house = House::new(None);
    for (second, user) in [(1, "ci"), (2, "etl")] {
        house.receive(&event(user, "StopLogging", second, None));
    }
    house.live(Vec::new());
    let mut world = house.world();
    world.settings.people = people();
    world
}

fn of(world: &World, identity: &str) -> (ContainmentId, CaseId) {
    let life = world.containments().find(|it| it.identity.as_str() == identity).unwrap();
    (life.id.clone(), life.case.clone())
}

fn undo(containment: &ContainmentId, by: &str, role: Consent) -> Input {
    let (containment, by) = (containment.clone(), by.to_owned());
    Input::UndoAsked { containment, by, role, accept_re_arm: false }
}

/// What is said to this, and whether the audit chain says that it was refused.
#[track_caller]
fn said(world: &mut World, input: Input) -> (Result<Outcome, Refusal>, bool) {
    let turned = turn(world, input, time(100));
    let audited = turned.batch.audit.iter().any(|it| it.what == "wish.refused");
    (turned.reply, audited)
}

#[track_caller]
fn refused_as_own(world: &mut World, input: Input) {
    let shown = format!("{input:?}");
    let (reply, audited) = said(world, input);
    let Err(refusal @ Refusal::OwnConcern { .. }) = reply else { panic!("{shown}: {reply:?}") };
    let text = refusal.to_string();
    assert!(text.ends_with("somebody else of the security team may"), "it says who may: {text}");
    assert!(!text.contains("`ann` or"), "she is not among those who may: {text}");
    assert!(audited, "{shown}");
}

#[test]
fn nobody_decides_on_their_own_account_under_any_of_their_names() {
    for by in ["ann", "ann-phone", "local:ann", "local:ann as root", "local:bob as ann"] {
        let mut world = contained();
        let (ci, case) = of(&world, "idn_ci");
        let (before, open) =
            (world.containment(&ci).unwrap().clone(), world.case(&case).unwrap().clone());
        for role in [Consent::Owner, Consent::Security] {
            refused_as_own(&mut world, undo(&ci, by, role));
            for granted in [true, false] {
                let by = by.to_owned();
                let containment = ci.clone();
                let answer =
                    Input::Answered { containment, by, role, granted, plan: None, note: None };
                refused_as_own(&mut world, answer);
            }
        }
        refused_as_own(&mut world, Input::Resumed { containment: ci.clone(), by: by.to_owned() });
        let why = "it was I".to_owned();
        refused_as_own(
            &mut world,
            Input::CaseClosed { case: case.clone(), by: by.to_owned(), why },
        );
        assert_eq!(world.containment(&ci), Some(&before), "nothing changed");
        assert_eq!(world.case(&case), Some(&open), "nothing changed");
        // What is another's she may: here as the approver of the team that owns it.
        let (etl, _) = of(&world, "idn_etl");
        let (reply, _) = said(&mut world, undo(&etl, by, Consent::Owner));
        assert!(matches!(reply, Ok(Outcome::Undoing { .. })), "{reply:?}");
        // And another may what she may not.
        let (reply, _) = said(&mut world, undo(&ci, "bob", Consent::Owner));
        assert!(matches!(reply, Ok(Outcome::Undoing { .. })), "{reply:?}");
    }
}

#[test]
fn an_identity_is_known_by_its_principal_too() {
    let mut world = contained();
    let input = Input::ContainAsked {
        identity: id("idn_deploy"),
        kind: ActionKind::Quarantine,
        credential: None,
        by: "ann".to_owned(),
        role: Role::Owner,
        why: "mine was stolen".to_owned(),
    };
    // To have oneself contained is no privilege; to take it back is one.
    let (reply, _) = said(&mut world, input);
    let Ok(Outcome::Containment(deploy)) = reply else { panic!("{reply:?}") };
    refused_as_own(&mut world, Input::Resumed { containment: deploy, by: "ann-phone".to_owned() });
}

#[test]
fn an_owner_does_not_take_back_what_security_ordered() {
    let mut world = contained();
    let ordered = |role| Input::ContainAsked {
        identity: id("idn_deploy"),
        kind: ActionKind::Quarantine,
        credential: None,
        by: "sue".to_owned(),
        role,
        why: "seen on a forum".to_owned(),
    };
    let (reply, _) = said(&mut world, ordered(Role::Security));
    let Ok(Outcome::Containment(deploy)) = reply else { panic!("{reply:?}") };
    world.settings.people = People::default();
    // The plan is there, nothing is written yet: an owner's no would stop it as well.
    let no = |role| Input::Answered {
        containment: deploy.clone(),
        by: "ann".to_owned(),
        role,
        granted: false,
        plan: None,
        note: None,
    };
    for input in [no(Consent::Owner), undo(&deploy, "ann", Consent::Owner)] {
        let (reply, audited) = said(&mut world, input);
        let Err(Refusal::RoleTooLow { .. }) = reply else { panic!("{reply:?}") };
        assert!(audited);
    }
    // The role reaches; that nothing is planned yet is another matter.
    let (reply, _) = said(&mut world, undo(&deploy, "sue", Consent::Security));
    assert!(matches!(reply, Err(Refusal::NotNow { .. })), "{reply:?}");
    // What the house did by itself an owner may take back, and what an owner ordered too.
    let (etl, _) = of(&world, "idn_etl");
    let (reply, _) = said(&mut world, undo(&etl, "ann", Consent::Owner));
    assert!(matches!(reply, Ok(Outcome::Undoing { .. })), "{reply:?}");
}

/// An undo closes its case: then nobody is asked any more what the security team was to be asked.
#[test]
fn an_owner_does_not_undo_in_a_case_that_security_is_asked_about() {
    let mut world = contained();
    world.settings.people = People::default();
    let (etl, case) = of(&world, "idn_etl");
    let mut asked = world.decision(&world.containment(&etl).unwrap().decision).unwrap().clone();
    asked.consent = Consent::Security;
    asked.id = interlock_model::DecisionId::derive(&["later"]);
    assert_eq!(asked.case, case);
    world.decisions.insert(asked.id.clone(), asked);
    let (reply, _) = said(&mut world, undo(&etl, "ann", Consent::Owner));
    assert!(matches!(reply, Err(Refusal::RoleTooLow { .. })), "{reply:?}");
    let (reply, _) = said(&mut world, undo(&etl, "sue", Consent::Security));
    assert!(matches!(reply, Ok(Outcome::Undoing { .. })), "{reply:?}");
}

/// Ann alone approves for the team that owns `ci`, and is `ci`: then the security team is asked.
#[test]
fn where_only_the_concerned_could_answer_the_security_team_is_asked() {
    for (people, consent) in [(People::default(), Consent::Owner), (people(), Consent::Security)] {
        let mut house = House::new(None);
        house.starter = true;
        let mut world = house.world();
        world.settings.people = people;
        let input = Input::ContainAsked {
            identity: id("idn_ci"),
            kind: ActionKind::DisableIdentity,
            credential: None,
            by: "tom".to_owned(),
            role: Role::Owner,
            why: "left".to_owned(),
        };
        let turned = turn(&mut world, input, time(1));
        let decided = turned.batch.changes.iter().find_map(|it| {
            let interlock_model::Change::Decision { decision } = it else { return None };
            Some(decision.consent)
        });
        assert_eq!(decided, Some(consent), "{turned:?}");
    }
}
