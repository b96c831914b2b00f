//! Laws over policies of any make: denials only take away, allowances only give.

use super::*;
use proptest::prelude::*;

fn action() -> impl Strategy<Value = String> {
    let service = prop::sample::select(vec!["s3", "iam", "kms"]);
    let verb = prop::sample::select(vec!["Get", "Put", "List", "Pass"]);
    let rest = prop::sample::select(vec!["Object", "Role", "*", "", "?bject"]);
    let written = (service, verb, rest).prop_map(|(a, b, c)| format!("{a}:{b}{c}"));
    prop_oneof![8 => written, 1 => Just("*".to_owned()), 1 => Just("s3:*".to_owned())]
}

fn resource() -> impl Strategy<Value = String> {
    prop::sample::select(vec![
        "*",
        "arn:aws:s3:::a/*",
        "arn:aws:s3:::a/x",
        "arn:aws:s3:::${aws:username}/*",
        "arn:aws:s3:::${aws:SourceVpc}/*",
        "arn:aws:iam::111122223333:role/?ob",
    ])
    .prop_map(str::to_owned)
}

fn condition() -> impl Strategy<Value = Value> {
    prop::sample::select(vec![
        Value::Null,
        Value::Null,
        json!({ "Bool": { "aws:SecureTransport": "true" } }),
        json!({ "StringEquals": { "aws:username": "alice" } }),
        json!({ "StringNotEquals": { "aws:username": "alice" } }),
    ])
}

fn any_statement(effect: &'static str) -> impl Strategy<Value = Value> {
    let names = (prop::collection::vec(action(), 1..4), prop::collection::vec(resource(), 1..3));
    (names, any::<(bool, bool)>(), condition()).prop_map(
        move |((actions, resources), (not_action, not_resource), condition)| {
            let mut out = json!({ "Effect": effect });
            out[if not_action { "NotAction" } else { "Action" }] = json!(actions);
            out[if not_resource { "NotResource" } else { "Resource" }] = json!(resources);
            if !condition.is_null() {
                out["Condition"] = condition;
            }
            out
        },
    )
}

fn statements() -> impl Strategy<Value = Vec<Value>> {
    let one = prop_oneof![3 => any_statement("Allow"), 1 => any_statement("Deny")];
    prop::collection::vec(one, 0..5)
}

fn rank(policy: &[Value], boundary: Option<&[Value]>, action: &str, resource: &str) -> u8 {
    let mut alice = user("alice", document(json!(policy)));
    let mut page = json!({});
    if let Some(boundary) = boundary {
        alice["PermissionsBoundary"] = json!({ "PermissionsBoundaryArn": arn("policy/limit") });
        page["Policies"] = json!([self::policy("limit", document(json!(boundary)))]);
    }
    page["UserDetailList"] = json!([alice]);
    let account = account(&page);
    let subject = account.subject(&arn("user/alice")).unwrap();
    subject.decide(&Request { action, resource, known: &[] }).rank()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_denial_added_never_widens(
        policy in statements(), deny in any_statement("Deny"), at in 0_usize..5,
        action in action(), resource in resource(),
    ) {
        let mut more = policy.clone();
        more.insert(at.min(policy.len()), deny);
        prop_assert!(rank(&more, None, &action, &resource) <= rank(&policy, None, &action, &resource));
    }

    #[test]
    fn an_allowance_removed_never_adds(
        policy in statements(), at in 0_usize..5, action in action(), resource in resource(),
    ) {
        let mut less = policy.clone();
        if less.get(at).is_some_and(|it| it["Effect"] == "Allow") {
            less.remove(at);
        }
        prop_assert!(rank(&less, None, &action, &resource) <= rank(&policy, None, &action, &resource));
    }

    #[test]
    fn a_boundary_never_widens(
        policy in statements(), boundary in statements(), action in action(), resource in resource(),
    ) {
        let limited = rank(&policy, Some(&boundary), &action, &resource);
        prop_assert!(limited <= rank(&policy, None, &action, &resource));
        prop_assert!(limited <= rank(&boundary, None, &action, &resource));
    }

    #[test]
    fn a_proposal_never_allows_what_the_policy_did_not(
        policy in statements(), action in action(), resource in resource(),
        used in prop::collection::vec(action(), 0..6),
    ) {
        let since: interlock_model::Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        let until = "2026-04-01T00:00:00Z".parse().unwrap();
        let mut uses = UsedActions::default();
        for it in used.iter().filter(|it| !it.contains(['*', '?'])) {
            uses.count(it, 1, since);
        }
        let former = Document::from_json(&document(json!(policy))).unwrap();
        if let Some(proposal) = propose("own", &former, &uses, Window { since, until }) {
            prop_assert_eq!(&proposal.former, &Written::Document(former.clone()));
            let smaller = proposal.proposed.as_ref().map(Written::to_json);
            let smaller = smaller.map_or_else(Vec::new, |it| it["Statement"].as_array().unwrap().clone());
            let after = rank(&smaller, None, &action, &resource);
            prop_assert!(after <= rank(&policy, None, &action, &resource));
            for it in uses.since(since) {
                let before = rank(&policy, None, &it.action, &resource);
                prop_assert_eq!(rank(&smaller, None, &it.action, &resource), before, "{}", it.action);
            }
        }
    }

    #[test]
    fn whatever_the_text_reading_ends(text in "[{}\\[\\]\":,A-Za-z0-9*?$%]{0,200}") {
        let _ = Document::read(&text);
        let _ = Account::read(&text);
    }
}
