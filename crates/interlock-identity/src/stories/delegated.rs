//! An agent: for whom it acts, with which tools, as declared and as seen.

use super::script::*;
use crate::directory::Directory;
use interlock_model::{LineageKind, Outcome};

const PLANNER: &str = "aws:arn:aws:iam::111122223333:role/planner";
const HELPER: &str = "aws:arn:aws:iam::111122223333:role/helper";
const ANA: &str = "source_identity:ana";

const AGENTS: &str = r#"  - { id: idn_ana, kind: human, owner: own_shop, principals: ["source_identity:ana"] }
  - { id: idn_planner, kind: agent, owner: own_platform, principals: ["aws:arn:aws:iam::111122223333:role/planner"], assumed_by: ["source_identity:*"] }
  - id: idn_helper
    kind: agent
    owner: own_platform
    principals: ["aws:arn:aws:iam::111122223333:role/helper"]
    assumed_by: ["aws:arn:aws:iam::111122223333:role/planner"]
    entitlements: [{ grant: "s3:Get*", risk: read }, { grant: crm.read, risk: read }]"#;

fn said(directory: &Directory, whose: &str) -> String {
    let it = directory.delegation(of(directory, whose)).unwrap();
    let told = |it: Option<bool>| match it {
        Some(true) => "declared",
        Some(false) => "not declared",
        None => "nothing declared",
    };
    let mut text = String::new();
    for it in &it.chains {
        let chain: Vec<String> = it
            .chain
            .iter()
            .map(|it| format!("{} {}", it.kind, it.principal.name.rsplit('/').next().unwrap()))
            .collect();
        let seen = it.seen.map_or("never".to_owned(), |it| it.to_string());
        text += &format!("for {}: {}, {seen}\n", chain.join(" for "), told(it.declared));
    }
    for it in &it.tools {
        let used = it.used.map_or(0, |it| it.0);
        text += &format!("tool {}: {}, {used}\n", it.name, told(it.declared));
    }
    text
}

#[test]
fn an_agent_is_shown_with_whom_it_acts_for_and_its_tools() {
    let mut it = directory_with(AGENTS);
    assert_eq!(
        said(&it, "helper"),
        "for agent planner for human ana: declared, never
tool s3:Get*: declared, 0
tool crm.read: declared, 0
"
        .replace("human ana", "unknown *")
    );
    it.bind(&told("10:00").role(PLANNER).via(ANA).0);
    it.bind(&assumes("10:01", told("10:01").role(PLANNER).via(ANA).key(ASIA), HELPER, ASIB).0);
    for (time, does) in
        [("10:02", "s3:GetObject"), ("10:03", "s3:GetObject"), ("10:04", "kms:Decrypt")]
    {
        it.bind(&told(time).role(HELPER).via(PLANNER).key(ASIB).does(does).0);
    }
    it.bind(&told("10:05").role(HELPER).key(ASIB).does("mcp:CallTool").to("tool", "crm.read").0);
    let mut refused = told("10:06").role(HELPER).key(ASIB).does("iam:CreateUser");
    refused.0.outcome = Outcome::Failed { code: "x".into() };
    it.bind(&refused.0);
    // Somebody whom nobody declared has it act as well.
    it.bind(&told("10:07").role(HELPER).via(USER).key(ASIB).does("s3:GetObject").0);
    let all = "for service_account ci-deploy: not declared, 2026-03-01T10:07:00Z
for agent planner for human ana: declared, 2026-03-01T10:01:00Z
tool s3:Get*: declared, 0
tool crm.read: declared, 1
tool kms:Decrypt: not declared, 1
tool s3:GetObject: declared, 3
";
    let lines = |text: &str| {
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        lines.sort();
        lines
    };
    assert_eq!(lines(&said(&it, "helper")), lines(all));
    // What was declared stays declared when it was seen.
    let edges = &of(&it, "helper").lineage;
    let planner = edges.iter().find(|it| it.to == principal(PLANNER)).unwrap();
    assert!(planner.declared && planner.kind == LineageKind::AssumedBy, "{edges:?}");
    // After a restart it is the same.
    let text = DIRECTORY.replace("protected:", &format!("{AGENTS}\nprotected:"));
    let restored = Directory::restore(declared(&text), &it.snapshot()).unwrap();
    assert_eq!(lines(&said(&restored, "helper")), lines(all));
    assert!(it.delegation(of(&it, "ci-deploy")).is_none());
}

#[test]
fn agents_that_let_each_other_act_are_no_endless_chain() {
    let mut it = directory_with(AGENTS);
    it.bind(&told("10:00").role(PLANNER).via(HELPER).0);
    let text = said(&it, "planner");
    assert!(text.contains("for agent helper for agent planner"), "{text}");
    assert!(text.lines().count() < 8, "{text}");
}
