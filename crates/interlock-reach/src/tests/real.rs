//! Tests on data of others, where it is there: published paths, published findings, the provider's own lists.

use super::*;
use std::collections::BTreeSet;
use std::path::PathBuf;

/// A file of the shared data; `None`, and a line that says so, when it is not there.
fn shared(file: &str) -> Option<String> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/iam");
    let text = std::fs::read_to_string(folder.join(file)).ok();
    if text.is_none() {
        println!("skipped: ../shared/data/iam/{file} is not here");
    }
    text
}

/// An account in which a user and a role have these permissions and nothing else, and the targets
/// are such that the technique is what it takes.
fn world(permissions: &[&str], technique: &Technique) -> Account {
    // Who is raised first has nothing worth taking before, and is somebody else.
    let raised = technique.gain == Gain::Anything;
    let target = if raised { document(json!([])) } else { allows(&["*"]) };
    let others = [Target::User, Target::UserWithRoom, Target::Role];
    let on = if raised && others.contains(&technique.target) {
        json!([arn("*/target"), arn("policy/target")])
    } else {
        json!("*")
    };
    let granted = document(json!([statement("Allow", json!(permissions), on)]));
    let services: BTreeSet<&str> = TECHNIQUES.iter().filter_map(|it| it.target.service()).collect();
    let attached = |name: &str| json!([{ "PolicyArn": arn(&format!("policy/{name}")) }]);
    let nothing = document(json!([]));
    let mut attacker = user("mallory", nothing.clone());
    attacker["AttachedManagedPolicies"] = attached("grant");
    attacker["GroupList"] = json!(["staff"]);
    let mut worker = role("worker", trust(json!({ "Service": "example.com" })), nothing.clone());
    worker["AttachedManagedPolicies"] = attached("grant");
    let group = |name: &str, policies: Value| {
        let arn = arn(&format!("group/{name}"));
        json!({ "GroupName": name, "Arn": arn, "GroupPolicyList": policies })
    };
    let own = json!([{ "PolicyName": "own", "PolicyDocument": target }]);
    let mut other = role("target", trust(json!({ "AWS": arn("root") })), target.clone());
    other["AttachedManagedPolicies"] = attached("target");
    let mut account = account(&json!({
        "UserDetailList": [attacker, user("target", target.clone())],
        "GroupDetailList": [group("staff", json!([])), group("target", own)],
        "RoleDetailList": [
            worker,
            other,
            role("machine", trust(json!({ "Service": services })), target),
        ],
        "Policies": [policy("grant", granted), policy("target", nothing)],
    }));
    // Another key needs one deleted, where the technique is for that.
    let deletes = technique.needs.iter().any(|it| it.action == "iam:DeleteAccessKey");
    account.users.get_mut(&arn("user/target")).unwrap().access_keys = Some(1 + u8::from(deletes));
    account
}

/// The techniques found for the user or the role.
fn found(permissions: &[&str], for_technique: &Technique, who: &str) -> Vec<&'static Technique> {
    let account = world(permissions, for_technique);
    let mut found: Vec<_> = account.escalations(&arn(who)).iter().map(|it| it.technique).collect();
    found.dedup();
    found
}

#[test]
fn published_paths_are_recognised_from_exactly_what_they_need() {
    let Some(text) = shared("pathfinding-paths.jsonl") else { return };
    let (mut paths, mut recognised, mut removed) = (0, 0, 0);
    let (mut silent, mut running) = (0, 0);
    for line in text.lines() {
        let path: Value = serde_json::from_str(line).unwrap();
        let required = path["permissions"]["required"].as_array().unwrap();
        let needs: Vec<&str> =
            required.iter().map(|it| it["permission"].as_str().unwrap()).collect();
        paths += 1;
        let same = |it: &&Technique| {
            let own: BTreeSet<_> = it.needs.iter().map(|it| it.action).collect();
            own == needs.iter().copied().collect()
        };
        let known: Vec<_> = TECHNIQUES.iter().filter(same).collect();
        let hit = ["user/mallory", "role/worker"].into_iter().find_map(|who| {
            let it = known.iter().find(|it| found(&needs, it, who).contains(it))?;
            Some((who, *it))
        });
        let Some((who, technique)) = hit else {
            println!("{}: NOT RECOGNISED: {}", path["id"], needs.join(" + "));
            continue;
        };
        recognised += 1;
        println!("{}: `{}` for {who}", path["id"], technique.name);
        for without in &needs {
            let rest: Vec<&str> = needs.iter().copied().filter(|it| it != without).collect();
            let left = found(&rest, technique, who);
            removed += 1;
            assert!(!left.contains(&technique), "{} without {without}", path["id"]);
            if left.is_empty() {
                silent += 1;
                continue;
            }
            // What is left is a way of its own: through something that already runs as the role.
            let names: Vec<_> = left.iter().map(|it| it.name).collect();
            println!("  without {without}: {names:?} is left");
            for it in left {
                assert!(it.needs.iter().all(|it| rest.contains(&it.action)), "{}", it.name);
            }
            running += 1;
        }
    }
    println!("| Published escalation paths | Recognised |");
    println!("| --- | ---: |");
    println!("| from exactly the permissions that each needs | {recognised} of {paths} |");
    println!("| with one of them removed | 0 of {removed} |");
    println!("| of these with no way at all | {silent} |");
    println!("| of these with a smaller way of its own | {running} |");
    assert!(recognised >= 30);
}

#[test]
fn published_findings_on_accounts_agree() {
    let file = |name: &str| shared(&format!("authorization-details/{name}"));
    let Some(text) = file("cloudsplaining-example-authz-details.json") else { return };
    let account = Account::read(&text).unwrap();
    assert_eq!(account.unread, []);
    let expected = |name: &str| -> Value { serde_json::from_str(&file(name).unwrap()).unwrap() };
    let (mut agreed, mut all) = (0, 0);
    let mut agree = |what: &str, ours: &BTreeSet<String>, theirs: BTreeSet<String>| {
        all += 1;
        agreed += usize::from(*ours == theirs);
        let word = if *ours == theirs { "agrees" } else { "DIFFERS" };
        println!(
            "{word}: {what}: {ours:?}{}",
            if *ours == theirs { String::new() } else { format!(" against {theirs:?}") }
        );
    };
    let set = |it: &mut dyn Iterator<Item = String>| it.collect::<BTreeSet<_>>();
    let values = |it: &Value| -> BTreeSet<String> {
        let texts = it.as_object().into_iter().flatten().map(|it| it.1.as_str().unwrap());
        texts.map(str::to_owned).collect()
    };
    let list = |it: &Value| -> BTreeSet<String> {
        it.as_array().unwrap().iter().map(|it| it.as_str().unwrap().to_owned()).collect()
    };
    let inline = |it: &Grants| set(&mut it.inline.iter().map(|it| it.name.clone()));
    let attached = |it: &Grants, own: bool| {
        let names = it.attached.iter().filter(|it| it.contains(":aws:policy") != own);
        set(&mut names.map(|it| it.rsplit('/').next().unwrap().to_owned()))
    };

    let group = expected("expected-test_group_detail_results.json");
    let ours = &account.groups[group["name"].as_str().unwrap()];
    agree(
        "group: arn",
        &set(&mut [ours.arn.clone()].into_iter()),
        [group["arn"].as_str().unwrap().to_owned()].into(),
    );
    agree("group: inline", &inline(&ours.grants), values(&group["inline_policies"]));
    agree(
        "group: of the provider",
        &attached(&ours.grants, false),
        values(&group["aws_managed_policies"]),
    );
    agree(
        "group: of the account",
        &attached(&ours.grants, true),
        values(&group["customer_managed_policies"]),
    );

    let user = expected("expected-test_user_detail_results.json");
    let ours = &account.users[user["arn"].as_str().unwrap()];
    agree("user: inline", &inline(&ours.grants), values(&user["inline_policies"]));
    agree("user: attached", &attached(&ours.grants, false), values(&user["managed_policies"]));
    let groups = user["groups"].as_object().unwrap().keys().cloned().collect();
    agree("user: groups", &ours.groups.iter().cloned().collect(), groups);

    let role = expected("expected-test_role_detail_results.json");
    let ours = &account.roles[role["arn"].as_str().unwrap()];
    agree("role: inline", &inline(&ours.grants), values(&role["inline_policies"]));
    agree(
        "role: of the provider",
        &attached(&ours.grants, false),
        values(&role["aws_managed_policies"]),
    );
    agree(
        "role: of the account",
        &attached(&ours.grants, true),
        values(&role["customer_managed_policies"]),
    );
    let profiles = role["instance_profiles"].as_array().unwrap();
    let profiles = profiles.iter().map(|it| it["Arn"].as_str().unwrap().to_owned()).collect();
    agree("role: instance profiles", &ours.instance_profiles.iter().cloned().collect(), profiles);
    let trusted: Vec<&Trusted> = ours
        .trust
        .iter()
        .flat_map(|it| &it.statements)
        .filter_map(|it| match &it.principals {
            Some(Principals::These(list)) => Some(list),
            Some(Principals::AllBut(_)) | None => None,
        })
        .flatten()
        .collect();
    let services = trusted.iter().filter(|it| it.kind == TrustedKind::Service);
    let services = services.map(|it| it.name.split('.').next().unwrap().to_owned()).collect();
    agree(
        "role: services that may assume it",
        &services,
        list(&role["AssumableByComputeServices"]["findings"]),
    );
    let others = trusted
        .iter()
        .filter(|it| it.kind == TrustedKind::Aws && !it.name.contains("012345678901"));
    let others = others.map(|it| it.name.to_string()).collect();
    agree(
        "role: other accounts that may assume it",
        &others,
        list(&role["AssumableByCrossAccountPrincipal"]["findings"]),
    );
    let anybody =
        trusted.iter().filter(|it| &*it.name == "*").map(|it| it.name.to_string()).collect();
    agree(
        "role: anybody may assume it",
        &anybody,
        list(&role["AssumableByAnyPrincipal"]["findings"]),
    );

    let policy = expected("expected-test_inline_policy_results.json");
    let document = policy["PolicyDocument"].clone();
    let lone = super::account(&json!({ "UserDetailList": [super::user("lone", document)] }));
    let summary = lone.subject(&arn("user/lone")).unwrap().summary();
    let of = |class: AccessClass| -> BTreeSet<String> {
        let reach = summary.classes.get(&class);
        reach.into_iter().flat_map(|it| &it.actions).map(|it| it.action.clone()).collect()
    };
    agree(
        "policy: data exfiltration",
        &of(AccessClass::Data),
        list(&policy["DataExfiltration"]["findings"]),
    );
    agree(
        "policy: resource exposure",
        &of(AccessClass::Permissions),
        list(&policy["ResourceExposure"]["findings"]),
    );
    agree(
        "policy: credentials exposure",
        &of(AccessClass::Credentials),
        list(&policy["CredentialsExposure"]["findings"]),
    );
    let ways = lone.escalations(&arn("user/lone"));
    let ways = ways.iter().map(|it| it.technique.name.to_owned()).collect();
    agree("policy: privilege escalation", &ways, list(&policy["PrivilegeEscalation"]["findings"]));
    println!("| Published results on one account | Agreed |");
    println!("| --- | ---: |");
    println!("| grants, trust, exposure, escalation | {agreed} of {all} |");
    assert_eq!(agreed, all);

    for name in [
        "cloudsplaining-example_authz_details_for_overrides_complete.json",
        "cloudsplaining-example_authz_v2.json",
    ] {
        let account = Account::read(&file(name).unwrap()).unwrap();
        assert_eq!(account.unread, [], "{name}");
    }
    for arn in account.users.keys().chain(account.roles.keys()) {
        let subject = account.subject(arn).unwrap();
        let (summary, ways) = (subject.summary(), account.escalations(arn));
        let names: BTreeSet<_> = ways.iter().map(|it| it.technique.name).collect();
        let classes: Vec<_> = summary.classes.keys().map(|it| it.as_str()).collect();
        println!("{arn}: admin {}, {classes:?}, ways {names:?}", summary.is_admin);
    }
}

#[test]
fn access_levels_agree_with_the_provider_s_list() {
    let Some(text) = shared("aws-actions.tsv") else { return };
    let (mut agreed, mut all) = (0, 0);
    let mut differ = std::collections::BTreeMap::<(String, &str), usize>::new();
    for line in text.lines().skip(1) {
        let mut columns = line.split('\t');
        let (service, action, level) =
            (columns.next().unwrap(), columns.next().unwrap(), columns.next().unwrap());
        let theirs = match level {
            "List" => AccessClass::List,
            "Read" => AccessClass::Read,
            "Permissions management" => AccessClass::Permissions,
            _ => AccessClass::Write,
        };
        let ours = classes(&format!("{service}:{action}"));
        all += 1;
        if ours.contains(&theirs) {
            agreed += 1;
        } else {
            let four = [
                AccessClass::List,
                AccessClass::Read,
                AccessClass::Write,
                AccessClass::Permissions,
            ];
            let ours = ours.iter().find(|it| four.contains(it)).unwrap();
            *differ.entry((level.to_owned(), ours.as_str())).or_default() += 1;
        }
    }
    println!("access levels: {agreed} of {all} agree; {differ:?}");
    assert!(agreed * 100 >= all * 92);
}

#[test]
fn every_policy_of_the_provider_is_read() {
    let Some(text) = shared("aws-managed-policies.jsonl") else { return };
    let (mut all, mut counts) = (0, [[0_usize; 4]; 3]);
    // Very long ones take seconds without optimisation: a tenth of them speaks for the others then.
    let every = if cfg!(debug_assertions) { 10 } else { 1 };
    for line in text.lines().step_by(every) {
        let it: Value = serde_json::from_str(line).unwrap();
        let page = json!({ "UserDetailList": [user("lone", it["document"].clone())] });
        let account = account(&page);
        let subject = account.subject(&arn("user/lone")).unwrap();
        let summary = subject.summary();
        all += 1;
        let has = |class| summary.classes.contains_key(&class);
        let ours = [
            has(AccessClass::Data) || has(AccessClass::Secrets),
            has(AccessClass::Credentials),
            has(AccessClass::Permissions),
        ];
        let theirs = ["data_access", "credentials_exposure", "resource_exposure"];
        for ((ours, theirs), counts) in ours.into_iter().zip(theirs).zip(&mut counts) {
            let Some(theirs) = it[theirs].as_bool() else { continue };
            counts[usize::from(ours) * 2 + usize::from(theirs)] += 1;
        }
    }
    println!("{all} policies read");
    for (name, [neither, theirs, ours, both]) in
        ["data or secrets", "credentials", "permissions"].iter().zip(counts)
    {
        println!("{name}: both {both}, neither {neither}, only ours {ours}, only theirs {theirs}");
    }
    assert!(all * every > 1000);
}
