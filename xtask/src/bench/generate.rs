//! A CloudTrail file of ordinary days, the same bytes every time.
//!
//! The shapes are our own, in the documented format: role sessions of workloads and pipelines, people
//! behind single sign-on, users with keys, AWS services. Each keeps to a few calls, one network and
//! one user agent, with rare exceptions, so that detectors have something to remember.

use anyhow::{Context, Result};
use serde_json::{Value, json};
use std::fs::File;
use std::io::{BufWriter, Write};
use std::ops::Range;
use std::path::Path;

/// Accounts that they are spread over.
const ACCOUNTS: u64 = 20;

/// An ordinary file covers three days from 2026-03-02, a Monday.
const SECONDS: u64 = 3 * 24 * 3600;

/// Calls: the service, the name, whether it only reads, the name of its one parameter.
const CALLS: &[(&str, &str, bool, &str)] = &[
    ("s3", "GetObject", true, "key"),
    ("s3", "PutObject", false, "key"),
    ("s3", "ListObjectsV2", true, "prefix"),
    ("sts", "GetCallerIdentity", true, ""),
    ("sts", "AssumeRole", true, "roleArn"),
    ("kms", "Decrypt", true, "keyId"),
    ("kms", "GenerateDataKey", true, "keyId"),
    ("dynamodb", "Query", true, "tableName"),
    ("dynamodb", "PutItem", false, "tableName"),
    ("ec2", "DescribeInstances", true, ""),
    ("ec2", "DescribeSecurityGroups", true, ""),
    ("ecr", "BatchGetImage", true, "repositoryName"),
    ("ecs", "UpdateService", false, "service"),
    ("lambda", "Invoke", false, "functionName"),
    ("logs", "PutLogEvents", false, "logGroupName"),
    ("secretsmanager", "GetSecretValue", true, "secretId"),
    ("sqs", "ReceiveMessage", true, "queueUrl"),
    ("ssm", "GetParameter", true, "name"),
    ("iam", "GetRole", true, "roleName"),
    ("iam", "ListUsers", true, ""),
    ("cloudformation", "DescribeStacks", true, "stackName"),
    ("autoscaling", "DescribeAutoScalingGroups", true, ""),
];

const AGENTS: &[&str] = &[
    "aws-cli/2.15.24 Python/3.11.8 Linux/6.5.0 exe/x86_64",
    "aws-sdk-go-v2/1.25.3 os/linux lang/go md/GOARCH/arm64",
    "Boto3/1.34.51 md/Botocore#1.34.51 os/linux lang/python#3.11.8",
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/122.0 Safari/537.36",
];

const REGIONS: &[&str] = &["eu-west-1", "us-east-1", "us-west-2"];

/// Who comes how often, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// A few make most of the events.
    Few,
    /// All come equally often, one after the other: whoever comes was idle for longer than anybody else.
    Turn,
    /// All come once, one after the other; then as words of a language do (Zipf's law): the second half as
    /// often as the first, the tenth a tenth as often. Of a million, 16 thousand make 70 % of the events.
    Zipf,
}

/// How a file is made up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape {
    /// Events in it.
    pub events: u64,
    /// Identities in it.
    pub identities: u64,
    /// Who comes how often.
    pub order: Order,
    /// Bytes of parameters that nobody asks for, in every event.
    pub padding: usize,
    /// Whether every identity is a principal of its own: no people behind one role, no services of AWS.
    pub own: bool,
    /// How long the events take by their own clock.
    pub seconds: u64,
}

impl Shape {
    /// Ordinary days.
    pub const ORDINARY: Self = Self {
        events: 200_000,
        identities: 2_000,
        order: Order::Few,
        padding: 0,
        own: false,
        seconds: SECONDS,
    };

    /// A name for its file.
    pub fn name(&self) -> String {
        let Self { events, identities, order, padding, own, seconds } = self;
        let spread = match order {
            Order::Few => "few",
            Order::Turn => "turn",
            Order::Zipf => "zipf",
        };
        let whose = if *own { "-own" } else { "" };
        format!("cloudtrail-{events}-{identities}-{spread}-{padding}{whose}-{seconds}.jsonl")
    }

    /// Whose event it is.
    fn identity(&self, index: u64, dice: &mut Dice) -> u64 {
        let all = self.identities.max(1);
        match self.order {
            // The square of a fraction: a quarter of the identities make half of the events.
            Order::Few => dice.below(1_000) * dice.below(1_000) * self.identities / 1_000_000,
            Order::Turn => index % all,
            Order::Zipf if index < all => index,
            Order::Zipf => {
                // The rank up to which a part of all events goes is that power of how many there are.
                let part = (dice.next() >> 11) as f64 / (1_u64 << 53) as f64;
                let rank = (all as f64).powf(part) as u64;
                // Those who come often are not those who came first.
                rank.wrapping_mul(7_919) % all
            }
        }
    }
}

/// Writes the events as JSON Lines, ordered by time.
pub fn write(file: &Path, shape: Shape) -> Result<()> {
    let create = || format!("cannot write `{}`", file.display());
    let mut out = BufWriter::new(File::create(file).with_context(create)?);
    write_to(&mut out, shape, 0..shape.events).with_context(create)?;
    out.flush().with_context(create)
}

/// Writes some of the events, in order.
pub fn write_to(out: &mut impl Write, shape: Shape, which: Range<u64>) -> std::io::Result<()> {
    for index in which {
        serde_json::to_writer(&mut *out, &event(index, shape))?;
        out.write_all(b"\n")?;
    }
    Ok(())
}

/// The event at one place of the file.
fn event(index: u64, shape: Shape) -> Value {
    let mut dice = Dice(mix(index));
    let identity = shape.identity(index, &mut dice);
    let mut habits = mix(identity ^ 0x1d);
    if shape.own && !matches!(habits % 10, 0..=5 | 8) {
        // The next kind below that is nobody else's: a workload, or a user with a key.
        habits = if habits % 10 == 9 { habits - 1 } else { habits - habits % 10 };
    }
    let account = format!("{:012}", 111_122_220_000 + identity % ACCOUNTS);
    let call = pick(CALLS, habits.rotate_left(8).wrapping_add(dice.below(6)));
    let (service, name, read_only, parameter) =
        call.unwrap_or(&("sts", "GetCallerIdentity", true, ""));
    let second = shape.seconds * index / shape.events.max(1);
    let region = pick(REGIONS, habits >> 16).copied().unwrap_or_default();
    let mut event = json!({
        "eventVersion": "1.09",
        "userIdentity": user_identity(identity, habits, &account),
        "eventTime": time(second),
        "eventSource": format!("{service}.amazonaws.com"),
        "eventName": name,
        "awsRegion": region,
        "sourceIPAddress": address(identity, habits, &mut dice),
        "userAgent": pick(AGENTS, habits >> 24).copied().unwrap_or_default(),
        "requestParameters": Value::Null,
        "responseElements": Value::Null,
        "requestID": format!("{:08X}{:08X}", dice.next() >> 32, dice.next() >> 32),
        "eventID": uuid(index),
        "readOnly": read_only,
        "eventType": "AwsApiCall",
        "managementEvent": true,
        "recipientAccountId": account,
        "eventCategory": "Management",
        "tlsDetails": {
            "tlsVersion": "TLSv1.3",
            "cipherSuite": "TLS_AES_128_GCM_SHA256",
            "clientProvidedHostHeader": format!("{service}.{region}.amazonaws.com"),
        },
    });
    if let Some(fields) = event.as_object_mut() {
        if !parameter.is_empty() {
            let value = format!("{service}-{}", habits.wrapping_add(dice.below(8)) % 500);
            fields.insert("requestParameters".to_string(), json!({ *parameter: value }));
        }
        if shape.padding > 0 {
            fields.insert("additionalEventData".to_string(), padding(shape.padding, &mut dice));
        }
        if dice.below(50) == 0 {
            let message = format!("User is not authorized to perform: {service}:{name}");
            fields.insert("errorCode".to_string(), json!("AccessDenied"));
            fields.insert("errorMessage".to_string(), json!(message));
        }
    }
    event
}

/// About so many bytes of an object, in pairs of 50 bytes.
fn padding(bytes: usize, dice: &mut Dice) -> Value {
    let pair =
        |number: usize| (format!("parameter{number:03}"), json!(format!("{:032x}", dice.next())));
    Value::Object((0..bytes / 50).map(pair).collect())
}

/// Who calls: the kind depends on the identity alone.
fn user_identity(identity: u64, habits: u64, account: &str) -> Value {
    let key = |kind: &str| format!("{kind}{:016X}", mix(identity) % 0xFFFF_FFFF_FFFF);
    match habits % 10 {
        0..=5 => {
            let role = format!("workload-{identity}");
            let session = format!("i-{:012x}", mix(habits) >> 16);
            session_identity(account, &role, &session, &key("ASIA"), identity)
        }
        6..=7 => {
            let role = "AWSReservedSSO_Developer_0a1b2c3d4e5f6071";
            let session = format!("person{identity}@example.com");
            session_identity(account, role, &session, &key("ASIA"), identity)
        }
        8 => json!({
            "type": "IAMUser",
            "principalId": format!("AIDA{:016X}", mix(identity)),
            "arn": format!("arn:aws:iam::{account}:user/service-{identity}"),
            "accountId": account,
            "accessKeyId": key("AKIA"),
            "userName": format!("service-{identity}"),
        }),
        _ => json!({ "type": "AWSService", "invokedBy": "autoscaling.amazonaws.com" }),
    }
}

fn session_identity(account: &str, role: &str, session: &str, key: &str, identity: u64) -> Value {
    let principal = format!("AROA{:016X}", mix(identity));
    json!({
        "type": "AssumedRole",
        "principalId": format!("{principal}:{session}"),
        "arn": format!("arn:aws:sts::{account}:assumed-role/{role}/{session}"),
        "accountId": account,
        "accessKeyId": key,
        "sessionContext": {
            "sessionIssuer": {
                "type": "Role",
                "principalId": principal,
                "arn": format!("arn:aws:iam::{account}:role/{role}"),
                "accountId": account,
                "userName": role,
            },
            "attributes": { "creationDate": time(0), "mfaAuthenticated": "false" },
        },
    })
}

/// One address of the identity's own small network; services name themselves.
fn address(identity: u64, habits: u64, dice: &mut Dice) -> String {
    if habits % 10 == 9 {
        return "autoscaling.amazonaws.com".to_string();
    }
    let network = ["192.0.2", "198.51.100", "203.0.113"];
    let network = pick(&network, identity).copied().unwrap_or_default();
    format!("{network}.{}", (habits >> 32) % 250 + dice.below(4))
}

/// A time of the file, `second` seconds after its start.
fn time(second: u64) -> String {
    let (day, hour, minute) = (second / 86_400, second / 3_600 % 24, second / 60 % 60);
    format!("2026-03-{:02}T{hour:02}:{minute:02}:{:02}Z", 2 + day, second % 60)
}

/// An id of the documented form, derived from a number.
fn uuid(number: u64) -> String {
    let (high, low) = (mix(number ^ 0xA5), mix(number ^ 0x5A));
    format!(
        "{:08x}-{:04x}-4{:03x}-8{:03x}-{:012x}",
        high >> 32,
        high >> 16 & 0xFFFF,
        high & 0xFFF,
        low >> 48 & 0xFFF,
        low & 0xFFFF_FFFF_FFFF
    )
}

fn pick<T>(list: &[T], number: u64) -> Option<&T> {
    let index = number.checked_rem(list.len() as u64)?;
    list.get(usize::try_from(index).ok()?)
}

/// Numbers that look drawn and are derived (the finalizer of splitmix64).
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        mix(self.0)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }
}

fn mix(number: u64) -> u64 {
    let number = (number ^ number >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let number = (number ^ number >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
    number ^ number >> 31
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn the_same_place_gives_the_same_event() {
        let shape = Shape { events: 100, padding: 500, ..Shape::ORDINARY };
        assert_eq!(event(7, shape), event(7, shape));
        assert_ne!(event(7, shape), event(8, shape));
    }

    #[test]
    fn by_zipfs_law_all_come_once_and_then_few_make_most() {
        let shape = Shape { events: 0, identities: 10_000, order: Order::Zipf, ..Shape::ORDINARY };
        let who = |index| shape.identity(index, &mut Dice(mix(index)));
        assert_eq!((0..10_000).map(who).collect::<BTreeSet<_>>().len(), 10_000);
        let mut times = std::collections::BTreeMap::<u64, usize>::new();
        (10_000..110_000).for_each(|it| *times.entry(who(it)).or_default() += 1);
        let mut times: Vec<usize> = times.into_values().collect();
        times.sort_unstable_by_key(|it| std::cmp::Reverse(*it));
        let most: usize = times.iter().take(100).sum();
        assert!((45_000..55_000).contains(&most), "half of all events: {most}");
        assert!(times.len() > 5_000, "and many are among the others: {}", times.len());
    }

    #[test]
    fn every_identity_can_be_a_principal_of_its_own() {
        let shape = Shape {
            events: 400,
            identities: 200,
            order: Order::Turn,
            own: true,
            ..Shape::ORDINARY
        };
        let who = |event: &Value| {
            let identity = event.pointer("/userIdentity/sessionContext/sessionIssuer/arn");
            identity.or(event.pointer("/userIdentity/arn")).unwrap().to_string()
        };
        let all: BTreeSet<String> = (0..400).map(|index| who(&event(index, shape))).collect();
        assert_eq!(all.len(), 200);
    }

    #[test]
    fn events_are_ordered_distinct_and_of_every_kind() {
        let shape = Shape { events: 5_000, ..Shape::ORDINARY };
        let events: Vec<Value> = (0..5_000).map(|index| event(index, shape)).collect();
        let all = |pointer: &str| -> Vec<String> {
            events.iter().map(|event| event.pointer(pointer).unwrap().to_string()).collect()
        };
        assert!(all("/eventTime").is_sorted());
        assert_eq!(all("/eventID").iter().collect::<BTreeSet<_>>().len(), 5_000);
        let kinds: BTreeSet<String> = all("/userIdentity/type").into_iter().collect();
        assert_eq!(kinds.len(), 3);
        assert!(all("/eventName").iter().collect::<BTreeSet<_>>().len() > 15);
        for address in all("/sourceIPAddress") {
            let address = address.trim_matches('"');
            let named = address.ends_with(".amazonaws.com");
            assert!(named || address.parse::<std::net::Ipv4Addr>().is_ok(), "{address}");
        }
    }
}
