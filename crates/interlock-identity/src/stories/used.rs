//! What was used is held against what was given.

use super::script::*;
use crate::{Directory, Suggestion};
use interlock_model::{ConnectorId, Discovered, InventoryItem, PolicyGrant, PolicyPart, Timestamp};

const BOB: &str = "aws:arn:aws:iam::444455556666:user/bob";
const EVE: &str = "aws:arn:aws:iam::444455556666:user/eve";
const SHARED: &str = "arn:aws:iam::444455556666:policy/stores";

fn given(name: &str, policies: &[(&str, &str)]) -> Discovered {
    let policy = |(name, actions): &(&str, &str)| PolicyGrant {
        name: (*name).to_owned(),
        through: if name.starts_with("arn:") { "attached" } else { "inline" }.to_owned(),
        document: Some(format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":[{actions}],"Resource":"*"}}]}}"#
        )),
        part: PolicyPart::Grants,
    };
    let policies = policies.iter().map(policy).collect();
    Discovered { policies, ..Discovered::of(principal(name)) }
}

fn account() -> (Directory, Vec<InventoryItem>) {
    let mut it = directory();
    let place = ConnectorId("b".into());
    let own = r#""sqs:SendMessage","ec2:RunInstances","sqs:CreateQueue""#;
    let bob = given(BOB, &[("own", own), (SHARED, r#""iam:*""#)]);
    let eve = given(EVE, &[(SHARED, r#""iam:*""#)]);
    let items = [bob, eve].map(|seen| it.discovered(&place, at("02:00"), seen).unwrap());
    (it, items.into())
}

fn suggested(it: &Directory, name: &str, since: &str) -> Vec<Suggestion> {
    let id = it.resolve(name).identity().unwrap().clone();
    it.seen_accounts(&id).suggestions(at(since), at("23:00"))
}

/// The actions that a suggestion leaves, and those that it takes away.
fn changes(it: &Suggestion) -> (Vec<&str>, Vec<&str>) {
    let stays = it.proposal.stays.values().flatten().map(|it| it.action.as_str());
    let goes = it.proposal.goes.values().flatten().map(String::as_str);
    (stays.collect(), goes.collect())
}

fn used(it: &mut Directory) {
    it.bind(&told("03:00").user(BOB).does("sqs:CreateQueue").0);
    it.bind(&told("04:00").user(BOB).does("ec2:RunInstances").refused().0);
    it.bind(&told("05:00").user(EVE).does("iam:ListUsers").0);
    it.bind(&told("06:00").user(BOB).does("iam:GetUser").0);
}

#[test]
fn what_was_given_and_not_used_is_proposed_to_go() {
    let (mut it, _) = account();
    used(&mut it);
    let all = suggested(&it, BOB, "00:00");
    let own = all.iter().find(|it| it.proposal.policy == "own").unwrap();
    // A refusal is no use; and of what the log may be silent, nothing is taken.
    let (stays, goes) = changes(own);
    assert_eq!((stays, goes), (vec!["sqs:CreateQueue"], vec!["ec2:RunInstances"]));
    assert_eq!(own.shared_with, [] as [String; 0]);
    assert_eq!(own.proposal.window.since, at("02:00"), "since it is counted");
    // What others use who have the same policy stays.
    let shared = all.iter().find(|it| it.proposal.policy == SHARED).unwrap();
    assert_eq!(changes(shared).0, ["iam:GetUser", "iam:ListUsers"]);
    assert_eq!(shared.shared_with, [EVE]);
    // In a shorter time less was used.
    let late = suggested(&it, BOB, "05:30");
    let shared = late.iter().find(|it| it.proposal.policy == SHARED).unwrap();
    assert_eq!(changes(shared).0, ["iam:GetUser"]);
}

#[test]
fn uses_outlive_the_process() {
    let (mut it, items) = account();
    used(&mut it);
    let before = suggested(&it, BOB, "00:00");
    let mut again = Directory::restore(declared(DIRECTORY), &it.snapshot()).unwrap();
    items.iter().for_each(|it| again.recall(it.clone()));
    assert_eq!(suggested(&again, BOB, "00:00"), before);
    // Without what was stored the window begins anew, and is said to.
    let mut cold = directory();
    cold.bind(&told("07:00").user(BOB).0);
    items.iter().for_each(|it| cold.recall(it.clone()));
    let since: Vec<Timestamp> =
        suggested(&cold, BOB, "00:00").iter().map(|it| it.proposal.window.since).collect();
    assert!(since.iter().all(|it| *it == at("07:00")), "{since:?}");
}
