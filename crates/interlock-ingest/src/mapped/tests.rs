//! Mapping files that are right and wrong, and what the right ones make of records.

use super::Mapping;
use crate::{Normalised, Normaliser, Record};
use expect_test::{Expect, expect};
use interlock_model::{Event, FieldPlan, Limits, Outcome, Place, Problem, RefusalStage};
use std::fmt::Write as _;

const VPN: &str = r#"
name: acme_vpn
description: Sign-ins at the VPN gateways of Acme.
recognise:
  - path: product
    is: [acme-vpn]
  - path: user
time: {path: at, form: seconds}
id: "{event.id}"
principal:
  provider: acme
  name: ["{user.email|lower}", "{user.name}"]
  kind: user
  shown: "{user.name}"
credential: {provider: acme, kind: certificate, id: "{certificate.serial}"}
session: "{session}"
via:
  - {provider: okta, name: "{idp.subject}"}
service: "vpn/{gateway}"
action: ["{event.kind}", unknown]
objects:
  - {kind: group, name: "{groups.name}"}
outcome:
  path: result
  success: [ok]
  refused: [denied, 403]
  stage: credential
  code: "{why}"
address: "{client}"
user_agent: "{agent}"
account: acme
sigma: {product: acme, service: vpn}
"#;

fn load(text: &str) -> (Vec<Mapping>, Vec<Problem>) {
    Mapping::load(&[("m.yaml".into(), text.to_owned())])
}

fn normaliser(text: &str) -> Normaliser {
    let (mappings, problems) = load(text);
    assert_eq!(problems, []);
    Normaliser::with_mappings(&FieldPlan::new(), Limits::STANDARD, &mappings)
}

fn read(normaliser: &Normaliser, text: &str) -> Result<Event, String> {
    let place = Place { file: "-".into(), record: 0 };
    let record = Record::new(place, text.into(), false);
    match normaliser.normalise(&record) {
        Ok(Normalised::Event(it)) => Ok(*it),
        Ok(Normalised::Alert(it)) => panic!("{it:?}"),
        Err(it) => Err(it.why),
    }
}

#[track_caller]
fn problems(text: &str, wanted: Expect) {
    let (mappings, problems) = load(text);
    let mut shown = String::new();
    for it in &problems {
        let place = it.span.clone().and_then(|it| text.get(it)).unwrap_or("-");
        let place = place.lines().next().unwrap_or_default();
        writeln!(shown, "{place} | {} | {}", it.what, it.help.as_deref().unwrap_or("-")).unwrap();
    }
    assert_eq!(mappings.is_empty(), !problems.is_empty());
    wanted.assert_eq(&shown);
}

#[test]
fn every_part_of_an_event_is_read() {
    let record = r#"{"product":"acme-vpn","at":1767225600.5,"event":{"id":77,"kind":"sign-in"},
        "user":{"email":"Ana@Example.com","name":"Ana"},"certificate":{"serial":"0a1b"},"session":"s1",
        "idp":{"subject":"00u1"},"gateway":"eu-1","groups":[{"name":"admins"},{"name":"ops"}],"result":"DENIED",
        "why":"expired","client":"203.0.113.7:4711","agent":"acme/1"}"#;
    let event = read(&normaliser(VPN), record).unwrap();
    let shown = format!(
        "{} {} {} {}\n{:?}\n{:?}\n{:?}\n{:?}\n{:?}",
        event.source,
        event.time,
        event.service,
        event.operation,
        event.actor,
        event.objects,
        event.outcome,
        event.origin,
        event.account
    );
    expect![[r#"
        acme_vpn 2026-01-01T00:00:00.5Z vpn/eu-1 sign-in
        Actor { principal: Some(Principal { provider: "acme", name: "ana@example.com" }), kind: User, name: "Ana", credential: Some(acme:certificate:0a1b), session: Some(SessionRef { id: "s1", issued: None, mfa: None }), via: [Principal { provider: "okta", name: "00u1" }], account: Some("acme") }
        [Object { kind: "group", name: "admins" }, Object { kind: "group", name: "ops" }]
        Refused { code: "expired", stage: Credential }
        Origin { address: Some(203.0.113.7), service: None, user_agent: Some("acme/1") }
        Some("acme")"#]]
    .assert_eq(&shown);
    let again = read(&normaliser(VPN), &record.replace("DENIED", "ok")).unwrap();
    assert_eq!(again.id, event.id, "the record's own id counts");
    assert_eq!(again.outcome, Outcome::Success);
}

#[test]
fn what_is_not_there_is_left_out_and_what_is_needed_is_named() {
    let normaliser = normaliser(VPN);
    let event = read(&normaliser, r#"{"product":"acme-vpn","at":"1767225600","user":{}}"#).unwrap();
    assert_eq!((&*event.operation, &*event.service), ("unknown", "acme_vpn"));
    assert_eq!(event.actor.principal, None);
    assert_eq!(event.outcome, Outcome::Success);
    for (record, why) in [
        (r#"{"product":"acme-vpn","user":{}}"#, "the mapping `acme_vpn` finds no value for `time`"),
        (
            r#"{"product":"acme-vpn","user":{},"at":"soon"}"#,
            "the mapping `acme_vpn` cannot read `soon` as a time",
        ),
        (
            r#"{"product":"acme-vpn","user":{},"at":1e300}"#,
            "the mapping `acme_vpn` cannot read `1000000000000000000000000000000000000000` as a time",
        ),
    ] {
        assert_eq!(read(&normaliser, record).unwrap_err(), why);
    }
    let unknown = read(&normaliser, r#"{"product":"other","user":{}}"#).unwrap_err();
    assert_eq!(unknown, "no log source recognises a record with the keys `product`, `user`");
}

#[test]
fn built_in_sources_come_first_and_envelopes_are_taken_off() {
    let greedy = VPN.replace("is: [acme-vpn]", "").replace("path: product", "path: eventTime");
    let greedy = greedy.replace("path: user", "path: eventName");
    let record = r#"{"eventVersion":"1.08","eventTime":"2026-01-01T00:00:00Z","eventSource":"s","eventName":"n"}"#;
    assert_eq!(read(&normaliser(&greedy), record).unwrap().source, "aws_cloudtrail");
    let record = r#"{"event":{"product":"acme-vpn","at":1767225600,"user":{"name":"ana"}}}"#;
    let event = read(&normaliser(VPN), record).unwrap();
    assert_eq!(event.actor.principal.as_ref().unwrap().to_string(), "acme:ana");
}

#[test]
fn moments_are_read_as_the_mapping_says() {
    for (form, value, wanted) in [
        ("", r#""2026-01-01T00:00:00+01:00""#, "2025-12-31T23:00:00Z"),
        ("", r#""2026-01-01 00:00:00""#, "2026-01-01T00:00:00Z"),
        ("", "1767225600000", "2026-01-01T00:00:00Z"),
        ("", r#""1767225600""#, "2026-01-01T00:00:00Z"),
        (", form: rfc3339", r#""2026-01-01T00:00:00Z""#, "2026-01-01T00:00:00Z"),
        (", form: milliseconds", "1767225600000", "2026-01-01T00:00:00Z"),
        (", form: microseconds", "1767225600000000", "2026-01-01T00:00:00Z"),
        (
            ", form: '%d/%b/%Y:%H:%M:%S %z'",
            r#""01/Jan/2026:01:00:00 +0100""#,
            "2026-01-01T00:00:00Z",
        ),
        (", form: '%Y%m%d %H%M%S'", r#""20260101 000000""#, "2026-01-01T00:00:00Z"),
    ] {
        let normaliser = normaliser(&VPN.replace(", form: seconds", form));
        let record = format!(r#"{{"product":"acme-vpn","at":{value},"user":{{}}}}"#);
        let event = read(&normaliser, &record);
        assert_eq!(event.unwrap().time.to_string(), wanted, "{form} {value}");
    }
}

#[test]
fn outcomes_have_a_stage_a_code_and_a_rest() {
    let of = |outcome: &str, record: &str| {
        let (before, after) = VPN.split_once("outcome:").unwrap();
        let (_, after) = after.split_once("address:").unwrap();
        let normaliser = normaliser(&format!("{before}outcome: {outcome}\naddress:{after}"));
        let record = format!(r#"{{"product":"acme-vpn","at":1,"user":{{}}{record}}}"#);
        read(&normaliser, &record).unwrap().outcome
    };
    let refused = |code: &str, stage| Outcome::Refused { code: code.into(), stage };
    let failed = |code: &str| Outcome::Failed { code: code.into() };
    for (outcome, record, wanted) in [
        ("{path: e}", "", Outcome::Success),
        ("{path: e}", r#","e":"x""#, Outcome::Success),
        ("{path: e, otherwise: failed}", r#","e":"x""#, failed("x")),
        ("{path: e, success: ok}", r#","e":"x""#, failed("x")),
        ("{path: e, success: ok, missing: failed}", "", failed("unknown")),
        ("{path: e, refused: [401]}", r#","e":401"#, refused("401", RefusalStage::Permission)),
        (
            "{path: e, refused: [false]}",
            r#","e":false"#,
            refused("false", RefusalStage::Permission),
        ),
    ] {
        assert_eq!(of(outcome, record), wanted, "{outcome} {record}");
    }
}

#[test]
fn all_mistakes_of_a_file_are_told_at_once_with_their_place() {
    let (mappings, none) = load("# nothing\n\n");
    assert!(mappings.is_empty() && none.is_empty());
    problems(
        "name: [",
        expect![[r#"
            [ | cannot be read as YAML: unclosed bracket '[' | -
        "#]],
    );
    problems(
        "name: a\ndescripton: x\nprincipal: {provider: acme}\ncredential: {provider: a, kind: acess-key, id: x}\nobjects: {}\nrecognise: []\n",
        expect![[r#"
             | the file needs the key `description` | One or two sentences for people: whose log it is.
             | the file needs the key `time` | When it happened.
             | the file needs the key `action` | What was done, in the log's own words.
            descripton | unknown key `descripton` in the file | did you mean `description`?
            { | `principal` needs the key `name` | Its name there, such as `{user.email|lower}`.
            acess-key | `kind` does not know `acess-key` | did you mean `access-key`?
            { | `objects` must be a list, not keys with values | -
            [ | `recognise` is empty | -
        "#]],
    );
    problems(
        &VPN.replace("acme_vpn", "Acme VPN")
            .replace("form: seconds", "form: secnds")
            .replace("path: product", "path: $.product[0]")
            .replace("address: \"{client}\"", "address: client.ip")
            .replace("{user.email|lower}", "{user.email|upper}")
            .replace("provider: okta", "provider: \"ok:ta\"")
            .replace("{idp.subject}", "{idp.subject")
            .replace("refused: [denied, 403]", "refused: [denied, OK]"),
        expect![[r#"
            Acme VPN | `Acme VPN` is not a name for a log source | a lower-case letter, then up to 63 lower-case letters, digits and underscores
            $.product[0] | `$.product[0]` is not a path: keys with dots between them; lists are looked through, all their elements count | -
            secnds | `form` does not know `secnds` | did you mean `seconds`?
            "{user.email|upper}" | `upper` cannot be done with a value; `lower` can | -
            "{idp.subject" | a `{` is not closed | -
            "ok:ta" | `ok:ta` is not a name for a provider | lower-case letters, digits, `-`, `_` and dots
            OK | `OK` stands twice in `outcome` | -
            client.ip | `client.ip` would be the same for every record | a path stands in braces: `{client.ip}`
        "#]],
    );
    problems(
        &VPN.replace("name: acme_vpn", "name: okta_system_log"),
        expect![[r#"
        okta_system_log | `okta_system_log` is the name of a built-in log source | choose another
    "#]],
    );
    problems(
        &VPN.replace("form: seconds", "form: '%Q%'"),
        expect![[r#"
        '%Q%' | `%Q%` is not a format of time | such as `%Y-%m-%d %H:%M:%S`
    "#]],
    );
    let both = [("a.yaml".into(), VPN.to_owned()), ("b.yaml".into(), VPN.to_owned())];
    let (mappings, problems) = Mapping::load(&both);
    assert_eq!((mappings.len(), problems.len()), (1, 1));
    assert_eq!(problems[0].what, "the name `acme_vpn` is taken by a.yaml");
}

#[test]
fn the_schema_has_the_keys_of_the_form() {
    let schema = Mapping::schema();
    let keys: Vec<&String> = schema["properties"].as_object().unwrap().keys().collect();
    assert!(keys.iter().any(|it| *it == "recognise") && keys.len() > 15, "{keys:?}");
    assert_eq!(
        schema["properties"]["principal"]["required"],
        serde_json::json!(["provider", "name"])
    );
}

proptest::proptest! {
    #[test]
    fn any_text_is_a_mapping_or_a_problem(text in "\\PC{0,80}|([a-z]{1,9}: ?[\\[\\]{}a-z\"',|:]{0,12}\n){0,8}") {
        let (mappings, problems) = load(&text);
        let blank = text.lines().all(|it| it.trim().is_empty() || it.trim_start().starts_with('#'));
        proptest::prop_assert!(blank || mappings.len() == 1 || !problems.is_empty());
        for span in problems.into_iter().filter_map(|it| it.span) {
            proptest::prop_assert!(text.get(span).is_some());
        }
    }
}
