//! Laws that every registered behaviour obeys.

use super::registry::BEHAVIOURS;
use super::scenario::{self, Line};
use super::{BehaviourConfig, Lens, Memory};
use crate::sigma::RuleSet;
use crate::{Detectors, Geo, RestoreError, Whereabouts};
use interlock_model::{FieldValue, FieldsBuilder, Resolution, Timestamp};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::Path;

/// Puts every address somewhere, so that travel is watched too.
struct Everywhere;

impl Geo for Everywhere {
    fn locate(&self, address: IpAddr) -> Option<Whereabouts> {
        let IpAddr::V4(it) = address else { return None };
        let [a, b, c, d] = it.octets();
        Some(Whereabouts {
            latitude: f64::from(a) - 100.0,
            longitude: f64::from(b) - 127.0,
            radius_km: u32::from(d),
            country: None,
            asn: Some(u32::from(c)),
            as_org: None,
            hosting: d == 1,
        })
    }
}

fn detectors(config: BehaviourConfig) -> Detectors {
    Detectors::new(RuleSet::load(&[]).0, config, Some(Box::new(Everywhere)))
}

fn line(second: i64, actor: &str, credential: &str, address: String, call: String) -> Line {
    Line {
        second,
        actor: actor.to_owned(),
        credential: credential.to_owned(),
        address,
        client: "aws-cli/2".to_owned(),
        call,
        outcome: "ok".to_owned(),
        fields: Vec::new(),
    }
}

#[test]
fn the_registry_is_sorted_and_documented() {
    let names: Vec<_> = BEHAVIOURS.iter().map(|it| it.spec.name).collect();
    assert!(names.is_sorted(), "{names:?}");
    let mut unstated = Vec::new();
    for behaviour in BEHAVIOURS {
        let spec = behaviour.spec;
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/behaviour").join(spec.name);
        let readme = std::fs::read_to_string(folder.join("README.md")).unwrap();
        for heading in
            ["## What it claims", "## Memory", "## Warm-up", "## Confidence", "## False alarms"]
        {
            assert!(readme.contains(heading), "{}: {heading}", spec.name);
        }
        for rule in spec.rules {
            assert_eq!(rule.id.split('.').next(), Some(spec.name));
            assert!(readme.contains(&format!("`{}`", rule.id)), "{} is not in the README", rule.id);
            assert!(!rule.techniques.is_empty());
        }
        let stated = format!("{} bytes", spec.bytes_per_identity);
        if !readme.contains(&stated) {
            unstated.push(format!("{}: {stated}", spec.name));
        }
        assert!(scenario::scenarios(spec.name).len() >= 3, "{}", spec.name);
    }
    assert!(unstated.is_empty(), "the READMEs must state {unstated:?}");
}

#[test]
fn memory_stays_within_what_is_stated() {
    // Just after a map has doubled it is at its emptiest: 7/8 of a power of two, plus one.
    let identities = 256 * 7 / 8 + 1;
    let config = BehaviourConfig { identities, ..BehaviourConfig::standard() };
    let mut detectors = detectors(config);
    let mut out = Vec::new();
    let known: Vec<_> =
        (0..identities).map(|it| scenario::identity(&format!("id{it}"), "agent")).collect();
    for round in 0..200_u32 {
        for (identity, known) in known.iter().enumerate() {
            let credential = format!("AKIA{identity}N{}", round % 2);
            let [_, a, b, c] = round.wrapping_mul(0x9e37_79b9).to_be_bytes();
            let mut line = line(
                i64::from(round) * 600,
                &format!("id{identity}"),
                &credential,
                format!("{}.{b}.{c}.7", 11 + a % 80),
                format!("{}{round}", ["svc:Call", "svc:Get", "iam:Put"][round as usize % 3]),
            );
            line.client = format!("tool{round}/1");
            if round % 4 == 3 {
                "denied".clone_into(&mut line.outcome);
            }
            line.fields.push(("via".to_owned(), format!("okta:p{round}")));
            let (event, binding) = line.event(0, detectors.plan());
            detectors.inspect(&event, &binding, Some(known), &mut out);
        }
        out.clear();
    }
    for (name, memory) in detectors.memory() {
        let spec = BEHAVIOURS.iter().find(|it| it.spec.name == name).unwrap().spec;
        // Two credentials each; all others count identities.
        let most = if name == "credential_reuse" { 2 * identities } else { identities };
        assert!(memory.rows > 0 && memory.rows <= most, "{name}: {memory:?}");
        let stated = spec.bytes_per_identity * identities;
        assert!(memory.bytes <= stated, "{name}: {memory:?}, stated {stated}");
    }
}

/// Lets so many identities, each with a credential of its own, make so many different calls in turn.
fn crowd(
    detectors: &mut Detectors,
    what: &str,
    identities: u32,
    calls: u32,
) -> Vec<interlock_model::Finding> {
    let template = line(0, "id", "AKIA0", "150.51.100.7".to_owned(), "s3:GetObject".to_owned());
    let (mut event, mut binding) = template.event(0, detectors.plan());
    let known = scenario::identity("id", what);
    let mut out = Vec::new();
    for number in 0..identities * calls {
        let identity = number % identities;
        event.time = Timestamp::from_second(1_700_000_000 + i64::from(number)).unwrap();
        event.operation = format!("Get{}", number / identities).as_str().into();
        binding.resolution =
            Resolution::Known { identity: format!("idn_{identity}").parse().unwrap() };
        binding.credential = Some(scenario::credential(&format!("AKIA{identity}")));
        detectors.inspect(&event, &binding, Some(&known), &mut out);
    }
    out
}

#[test]
fn many_identities_stay_within_the_room_of_a_tenth() {
    let most = 30_000;
    let config = BehaviourConfig { identities: most, ..BehaviourConfig::standard() };
    let mut detectors = detectors(config);
    let found = crowd(&mut detectors, "agent", 300_000, 1);
    let claimed = |it: &interlock_model::Finding| it.confidence.value() > 0.0;
    assert!(!found.iter().any(claimed), "a cold start is calm");
    for (name, Memory { rows, bytes }) in detectors.memory() {
        let spec = BEHAVIOURS.iter().find(|it| it.spec.name == name).unwrap().spec;
        assert!(rows <= most, "{name}: {rows}");
        assert!(bytes <= spec.bytes_per_identity * most, "{name}: {bytes}");
    }
    let shared: BTreeMap<_, _> = detectors.shared_memory().into_iter().collect();
    let at_hand = shared["acquaintances"];
    assert!(at_hand.bytes <= Lens::BYTES_PER_IDENTITY * most, "{at_hand:?}");
    for (name, most) in [("identities", most), ("credentials", 2 * most)] {
        let Memory { rows, .. } = shared[name];
        assert!(rows <= most && rows > most / 2, "{name}: {rows}");
    }
}

#[test]
fn what_is_written_of_a_cold_identity_takes_160_bytes_at_most() {
    let [few, many] = [30_000, 60_000].map(|identities| {
        let mut detectors = detectors(BehaviourConfig::standard());
        crowd(&mut detectors, "machine", identities, 5);
        let shared: BTreeMap<_, _> = detectors.shared_memory().into_iter().collect();
        assert_eq!(shared["identities"].rows, identities as usize);
        ["identities", "credentials"].map(|it| shared[it].bytes)
    });
    let each = [0, 1].map(|it| many[it].saturating_sub(few[it]) / 30_000);
    assert!(each[0] <= 160 && each[1] <= 80, "{each:?}");
}

/// A day in which an identity does all sorts of things, from all sorts of places.
fn full_day(start: i64, actor: &str, calls: &[&str], step: i64) -> Vec<Line> {
    let clients =
        ["aws-cli/2", "Boto3/1.34", "Terraform/1.7", "Mozilla/5.0 Chrome/122.0", "curl/8"];
    let events = usize::try_from(86_400 / step).unwrap();
    (0..events)
        .map(|n| {
            let draw = n.wrapping_mul(0x9e37_79b9) >> 7;
            let address = format!("{}.{}.100.7", 11 + draw % 7 * 30, draw % 5 * 50);
            let call = calls[draw % calls.len()];
            let mut line = line(start + n as i64 * step, actor, "AKIA1", address, call.to_owned());
            clients[draw % clients.len()].clone_into(&mut line.client);
            ["ok", "ok", "denied", "failed", "dead"][draw % 5].clone_into(&mut line.outcome);
            line.fields.push(("object".to_owned(), format!("secret/s{draw}")));
            line.fields.push(("via".to_owned(), format!("okta:p{}", draw % 9)));
            line
        })
        .collect()
}

const CALLS: [&str; 14] = [
    "s3:GetObject",
    "s3:PutObject",
    "iam:ListUsers",
    "iam:ListRoles",
    "iam:CreateAccessKey",
    "iam:CreateLoginProfile",
    "sts:AssumeRole",
    "secretsmanager:GetSecretValue",
    "ec2:DescribeInstances",
    "kms:ListKeys",
    "cloudtrail:StopLogging",
    "lambda:ListFunctions",
    "rds:DescribeDBInstances",
    "iam:UpdateUser",
];

#[test]
fn the_first_day_of_an_identity_is_calm() {
    for what in ["human", "machine", "pipeline", "agent", "stranger"] {
        for actor in ["new", "role/new/i-0abc", "role/new/ana@example.com"] {
            let known = scenario::identity("new", what);
            let identity = (what != "stranger").then_some(&known);
            let mut detectors = detectors(BehaviourConfig::standard());
            let mut out = Vec::new();
            for (number, line) in full_day(0, actor, &CALLS, 120).iter().enumerate() {
                let (event, binding) = line.event(number, detectors.plan());
                detectors.inspect(&event, &binding, identity, &mut out);
            }
            detectors.flush(&mut out);
            let own = |it: &&interlock_model::Finding| {
                BEHAVIOURS.iter().any(|b| it.rule.id.starts_with(b.spec.name))
            };
            for finding in out.iter().filter(own) {
                assert!(
                    finding.confidence.value() <= 0.5,
                    "{what} {actor}: {} {} {}",
                    finding.rule.id,
                    finding.confidence.value(),
                    finding.title
                );
            }
        }
    }
}

#[test]
fn a_burst_is_as_strange_the_second_time() {
    let known = scenario::identity("ci", "machine");
    let mut detectors = detectors(BehaviourConfig::standard());
    let mut number = 0;
    let mut look = |lines: &[Line]| {
        let mut out = Vec::new();
        for line in lines {
            number += 1;
            let (event, binding) = line.event(number, detectors.plan());
            detectors.inspect(&event, &binding, Some(&known), &mut out);
        }
        detectors.flush(&mut out);
        let mut surest = BTreeMap::<String, f64>::new();
        for finding in out {
            let most = surest.entry(finding.rule.id.to_string()).or_default();
            *most = most.max(finding.confidence.value());
        }
        surest
    };
    let home = |hours: std::ops::Range<i64>| -> Vec<Line> {
        let at = |n: i64, call: &str| {
            line(n * 900, "ci", "AKIA1", "150.51.100.7".to_owned(), call.to_owned())
        };
        hours.flat_map(|hour| (hour * 4..hour * 4 + 4).map(|n| at(n, "s3:GetObject"))).collect()
    };
    let burst =
        |start: i64| full_day(start, "ci", &CALLS, 3).into_iter().take(600).collect::<Vec<_>>();
    let calm = look(&home(0..72));
    assert!(calm.is_empty(), "{calm:?}");
    let first = look(&burst(72 * 3600));
    look(&home(73..80));
    let second = look(&burst(80 * 3600));
    // How often an identity changed permissions tells of itself, and a place is said once in a day.
    for (rule, sure) in first.iter().filter(|(rule, _)| !rule.starts_with("privilege_spike")) {
        let again = second.get(rule).copied().unwrap_or_default();
        assert!(again >= sure * 0.8, "{rule}: {sure:.2}, then {again:.2}");
    }
    assert!(first.len() >= 6, "{first:?}");
}

#[test]
fn a_snapshot_of_another_version_or_damaged_leaves_a_cold_start() {
    let mut detectors = detectors(BehaviourConfig::standard());
    let mut out = Vec::new();
    for n in 0..100 {
        let line =
            line(n * 3600, "ci", "AKIA1", "198.51.100.7".to_owned(), format!("s3:Get{}", n % 7));
        let (event, binding) = line.event(n as usize, detectors.plan());
        detectors.inspect(&event, &binding, None, &mut out);
    }
    let cold = self::detectors(BehaviourConfig::standard()).snapshot();
    let good = detectors.snapshot();
    assert_ne!(good, cold);
    let foreign = detectors.restore(b"something else").unwrap_err();
    assert_eq!(foreign, RestoreError::Foreign { found: "something else".into() });
    assert_eq!(detectors.snapshot(), cold);
    for cut in (19..good.len()).step_by(7) {
        detectors.restore(&good).unwrap();
        if detectors.restore(&good[..cut]).is_err() {
            assert_eq!(detectors.snapshot(), cold, "cut at {cut}");
        }
    }
    detectors.restore(&good).unwrap();
    assert_eq!(detectors.snapshot(), good);
}

#[test]
fn off_says_which_and_why() {
    let config =
        BehaviourConfig { off: vec!["privilege_spike".into()], ..BehaviourConfig::standard() };
    let detectors = Detectors::new(RuleSet::load(&[]).0, config, None);
    assert_eq!(
        detectors.off(),
        [("privilege_spike", "switched off in the configuration".to_owned())]
    );
}

prop_compose! {
    fn any_line()(
        second in -90_000_000_000_i64..200_000_000_000,
        actor in "[a-z]{1,3}|role/[a-z]{1,3}(/i-0|/ana@example.com)?",
        credential in "(AKIA|ASIA)[0-3]|-",
        address in "[0-9]{1,3}\\.[0-9]{1,2}\\.1\\.1|2001:db8::[0-9a-f]{1,4}|ec2.amazonaws.com|-",
        client in "\\PC{0,20}",
        call in prop_oneof![
            Just("iam:PutUserPolicy"), Just("iam:UpdateAssumeRolePolicy"), Just("iam:CreateAccessKey"),
            Just("iam:UpdateAccessKey"), Just("iam:DeleteAccessKey"), Just("sts:AssumeRole"),
            Just("iam:AddUserToGroup"), Just("s3:GetObject"), Just(":"), Just("iam:CreatePolicyVersion"),
        ],
        outcome in "ok|failed|denied|forbidden|dead",
        document in "\\PC{0,40}|\\{\"Statement\":\\{\"Effect\":\"Allow\",\"Action\":\"\\PC{0,9}\"\\}\\}",
        key in "(AKIA|ASIA)[0-3]",
    ) -> Line {
        Line {
            second, actor, credential, address, client, call: call.to_owned(), outcome,
            fields: vec![
                ("policyDocument".to_owned(), document),
                ("accessKeyId".to_owned(), key.clone()),
                ("status".to_owned(), "Inactive".to_owned()),
                ("setAsDefault".to_owned(), "true".to_owned()),
                ("issues".to_owned(), key),
            ],
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_event_makes_a_panic(lines in prop::collection::vec(any_line(), 1..60), noise: Vec<u8>) {
        let config = BehaviourConfig { identities: 4, ..BehaviourConfig::standard() };
        let mut detectors = detectors(config);
        let mut out = Vec::new();
        for (number, line) in lines.iter().enumerate() {
            let (mut event, binding) = line.event(number, detectors.plan());
            if number % 5 == 0 {
                let mut fields = FieldsBuilder::new("{}".into());
                for path in ["requestParameters.policyDocument", "requestParameters.accessKeyId"] {
                    fields.push(detectors.plan().find(path).unwrap(), FieldValue::Composite);
                }
                event.fields = fields.finish();
            }
            detectors.inspect(&event, &binding, None, &mut out);
        }
        for finding in &out {
            prop_assert!(finding.evidence.len() <= 100 && finding.time <= finding.last);
        }
        let snapshot = detectors.snapshot();
        detectors.restore(&snapshot).unwrap();
        prop_assert!(detectors.snapshot() == snapshot);
        detectors.forget(Timestamp::MAX, &mut out);
        let mut garbage = b"interlock-detect/3\n".to_vec();
        garbage.extend(noise);
        let _ = detectors.restore(&garbage);
        let mut flipped = snapshot.clone();
        if let Some(byte) = flipped.get_mut(snapshot.len() / 2) {
            *byte ^= 0x55;
        }
        let _ = detectors.restore(&flipped);
    }
}
