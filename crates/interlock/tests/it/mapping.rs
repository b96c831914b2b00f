//! A log that no built-in source knows, from a mapping to a finding, with the real program.

use crate::init_check::{all, check};
use crate::program::interlock;
use crate::replay::Told;
use expect_test::expect;
use serde_json::json;
use std::fs;
use std::path::Path;

const MAPPING: &str = r#"
name: acme_vpn
description: Sign-ins at the VPN gateways of Acme.
recognise:
  - {path: product, is: acme-vpn}
time: {path: at}
id: "{id}"
principal: {provider: acme, name: "{user.email|lower}", kind: user}
credential: {provider: acme, kind: certificate, id: "{certificate}"}
session: "{session}"
action: "{event}"
outcome: {path: result, success: ok, refused: denied, stage: credential}
address: "{client}"
sigma: {product: acme, service: vpn}
"#;

const RULES: [(&str, &str, &str); 3] = [
    ("5a2f6a0e-9c58-4a0c-9d3e-1f2b3c4d5e01", "product: acme_vpn", "gateway.mode: open"),
    ("5a2f6a0e-9c58-4a0c-9d3e-1f2b3c4d5e02", "product: acme\n  service: vpn", "event: bypass"),
    ("5a2f6a0e-9c58-4a0c-9d3e-1f2b3c4d5e03", "service: acme_vpn", "event: bypass"),
];

fn write_rules(folder: &Path) {
    for (id, source, condition) in RULES {
        let rule = format!(
            "title: Gateway without control {id}\nid: {id}\nstatus: test\nlevel: high\nlogsource:\n  {source}\n\
             detection:\n  it:\n    {condition}\n  condition: it\ntags:\n  - attack.t1078\n"
        );
        fs::write(folder.join(format!("{id}.yml")), rule).unwrap();
    }
}

fn records() -> String {
    let record = |number: u32, event: &str| {
        json!({
            "product": "acme-vpn", "id": number, "at": format!("2026-03-02T09:{number:02}:00Z"), "event": event,
            "user": {"email": "Ana@Example.com"}, "certificate": "0a1b", "session": format!("s{number}"),
            "result": "ok", "client": "203.0.113.7", "gateway": {"mode": "open"},
        })
    };
    let lines = [record(1, "bypass"), json!({"product": "acme-vpn", "id": 2}), json!({"other": 1})];
    lines.iter().map(|it| format!("{it}\n")).collect()
}

#[test]
fn a_mapped_log_goes_through_the_whole_flow() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(interlock(folder.path(), &["init", "house"]).code, 0);
    fs::write(folder.path().join("house/content/mappings/acme.yaml"), MAPPING).unwrap();
    write_rules(&folder.path().join("house/content/rules"));
    fs::write(folder.path().join("vpn.jsonl"), records()).unwrap();
    let ran = interlock(folder.path(), &["replay", "--json", "--config", "house", "vpn.jsonl"]);
    let told = Told::of(&ran);
    for (id, ..) in RULES {
        let found = told.findings(id);
        assert_eq!(found.len(), 1, "{id}: {}", ran.out);
        assert_eq!(found[0]["principal"], "acme:ana@example.com", "{}", found[0]);
        assert_eq!(found[0]["credential"], "acme:certificate:0a1b", "{}", found[0]);
    }
    let refused: Vec<&str> =
        told.all("rejected").iter().filter_map(|it| it["why"].as_str()).collect();
    assert_eq!(refused.len(), 2);
    assert_eq!(refused[0], "the mapping `acme_vpn` finds no value for `action`");
    assert_eq!(refused[1], "no log source recognises a record with the keys `other`");
    // A folder of rules that is named sees the mapped log as well; without the house nobody does.
    fs::create_dir(folder.path().join("rules")).unwrap();
    write_rules(&folder.path().join("rules"));
    let with = ["replay", "--json", "--config", "house", "--rules", "rules", "vpn.jsonl"];
    assert_eq!(Told::of(&interlock(folder.path(), &with)).findings(RULES[0].0).len(), 1);
    let without = ["replay", "--json", "--rules", "rules", "vpn.jsonl"];
    let ran = interlock(folder.path(), &without);
    assert_eq!(ran.code, 1, "{}", ran.err);
    assert!(!ran.out.contains(r#""type":"finding""#), "{}", ran.out);
}

#[test]
fn mistakes_in_a_mapping() {
    check(
        "content/mappings/acme.yaml",
        all(
            "name: Acme\ndescripton: x\nrecognise: [{path: a}]\ntime: {path: at}\nprincipal: {provider: acme, name: user}\naction: a\n",
        ),
        1,
        expect![[r#"
            house/content/mappings/acme.yaml:1:1: error: the file needs the key `description`
              help: One or two sentences for people: whose log it is.
            house/content/mappings/acme.yaml:2:1: error: unknown key `descripton` in the file
              help: did you mean `description`?
        "#]],
    );
    check(
        "content/mappings/acme.yaml",
        all(
            "name: Acme\ndescription: x\nrecognise: [{path: a}]\ntime: {path: at}\nprincipal: {provider: acme, name: user}\naction: a\n",
        ),
        1,
        expect![[r#"
            house/content/mappings/acme.yaml:1:7: error: `Acme` is not a name for a log source
              help: a lower-case letter, then up to 63 lower-case letters, digits and underscores
            house/content/mappings/acme.yaml:5:35: error: `user` would be the same for every record
              help: a path stands in braces: `{user}`
        "#]],
    );
}
