//! Policy documents and pages of an account: whatever the text, reading it ends, what was read is written
//! and read as the same, and questions about it are answered.
#![no_main]

use interlock_reach::{Account, Document, Request, UsedActions, Window, propose};
use libfuzzer_sys::fuzz_target;
use serde_json::json;

const ARN: &str = "arn:aws:iam::111122223333:user/alice";

fuzz_target!(|text: &str| {
    let _ = Account::read(text).map(|account| ask(&account));
    let Ok(document) = Document::read(text) else { return };
    let written = document.to_json();
    let again = Document::from_json(&written).expect("what is written can be read");
    assert_eq!(again.to_json(), written);
    let page = json!({
        "UserDetailList": [{
            "UserName": "alice",
            "Arn": ARN,
            "UserPolicyList": [{ "PolicyName": "own", "PolicyDocument": text }],
        }],
        "RoleDetailList": [{
            "RoleName": "job",
            "Arn": "arn:aws:iam::111122223333:role/job",
            "AssumeRolePolicyDocument": text,
        }],
    });
    let account = Account::read(&page.to_string()).expect("a page that was made here");
    ask(&account);
    let window = Window { since: Default::default(), until: Default::default() };
    let _ = propose("own", &document, &UsedActions::default(), window).map(|it| it.to_json());
});

fn ask(account: &Account) {
    for arn in account.users.keys().chain(account.roles.keys()).take(4) {
        let subject = account.subject(arn).expect("it is one of the account's");
        let request = Request { action: "s3:GetObject", resource: "arn:aws:s3:::a/b", known: &[] };
        let _ = (subject.decide(&request), subject.summary(), account.way_to_everything(arn));
    }
}
