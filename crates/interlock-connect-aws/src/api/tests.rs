//! Requests byte by byte, answers of every sort, endpoints held against the official SDK's.

use super::endpoint::{Endpoint, Place, Protocol, Service};
use super::iam::*;
use super::secrets::{DescribeSecret, GetSecretValue, PutSecretValue};
use super::sts::GetCallerIdentity;
use super::wire::{Answered, Call, Refusal, refusal, request_id};
use super::xml::Element;
use crate::Secret;
use crate::discover::Section;
use proptest::prelude::*;

fn sent<C: Call>(call: &C) -> String {
    String::from_utf8(call.body().unwrap()).unwrap()
}

#[test]
fn requests_are_written_as_documented() {
    assert_eq!(sent(&GetCallerIdentity), "Action=GetCallerIdentity&Version=2011-06-15");
    assert_eq!(
        sent(&PutUserPolicy { user: "ci", policy: "a+b=c", document: "{\"a\": \"é&%\"}\n" }),
        "Action=PutUserPolicy&Version=2010-05-08&UserName=ci&PolicyName=a%2Bb%3Dc&PolicyDocument=%7B%22a%22%3A+%22%C3%A9%26%25%22%7D%0A"
    );
    let page = GetAccountAuthorizationDetails { section: Section::Policies, marker: Some("a/b==") };
    assert_eq!(
        sent(&page),
        "Action=GetAccountAuthorizationDetails&Version=2010-05-08&Filter.member.1=Group&Filter.member.2=LocalManagedPolicy&Filter.member.3=AWSManagedPolicy&MaxItems=1000&Marker=a%2Fb%3D%3D"
    );
    let secret = Secret::new("{\"key\":\"\u{1}\"}");
    let call = PutSecretValue { secret_id: "a", client_request_token: "t", secret_string: &secret };
    assert_eq!(
        sent(&call),
        r#"{"SecretId":"a","ClientRequestToken":"t","SecretString":"{\"key\":\"\u0001\"}"}"#
    );
    assert!(!format!("{call:?}").contains("key"));
}

#[test]
fn answers_are_read_to_their_end_or_not_at_all() {
    let good = "<?xml version=\"1.0\"?><!-- x --><a:GetUserPolicyResponse xmlns:a=\"u\"><GetUserPolicyResult><PolicyDocument>%7B<![CDATA[<&]]>&#x7d;&amp;</PolicyDocument></GetUserPolicyResult><ResponseMetadata><RequestId>r-1</RequestId></ResponseMetadata></a:GetUserPolicyResponse>";
    assert_eq!(GetUserPolicy::read(good.as_bytes()).unwrap(), "%7B<&}&");
    assert_eq!(request_id(good.as_bytes()).as_deref(), Some("r-1"));
    for cut in 0..good.len() {
        assert!(GetUserPolicy::read(&good.as_bytes()[..cut]).is_err(), "{cut}");
    }
    let answer = |inside: &str| {
        format!(
            "<GetUserPolicyResponse><GetUserPolicyResult>{inside}</GetUserPolicyResult></GetUserPolicyResponse>"
        )
    };
    let deep = format!("{}{}", "<a>".repeat(40), "</a>".repeat(40));
    for bad in [
        answer(""),
        answer("<PolicyDocument>&unknown;</PolicyDocument>"),
        answer("<PolicyDocument>&#xD800;</PolicyDocument>"),
        answer("<PolicyDocument>&#+65;</PolicyDocument>"),
        answer("<PolicyDocument>a & b</PolicyDocument>"),
        answer("<PolicyDocument>a</PolicyName>"),
        answer(&deep),
        format!("<!DOCTYPE a [<!ENTITY b \"c\">]>{}", answer("<PolicyDocument>a</PolicyDocument>")),
        format!("{}<b/>", answer("<PolicyDocument>a</PolicyDocument>")),
        "<GetUserResponse><GetUserResult/></GetUserResponse>".to_owned(),
        "{}".to_owned(),
    ] {
        assert!(GetUserPolicy::read(bad.as_bytes()).is_err(), "{bad}");
    }
    assert!(GetUserPolicy::read(b"\xff").is_err());
}

#[test]
fn lists_go_on_where_they_say_so() {
    let answer = |rest: &str| {
        format!(
            "<GetGroupResponse><GetGroupResult><Users><member><UserName>a</UserName></member><member><UserName>b</UserName></member></Users>{rest}</GetGroupResult></GetGroupResponse>"
        )
    };
    for (rest, next) in [
        ("", Ok(None)),
        ("<IsTruncated>false</IsTruncated><Marker>m</Marker>", Ok(None)),
        ("<IsTruncated>true</IsTruncated><Marker>m&amp;</Marker>", Ok(Some("m&".to_owned()))),
        ("<IsTruncated>true</IsTruncated>", Err(())),
        ("<IsTruncated>true</IsTruncated><Marker/>", Err(())),
    ] {
        let read = GetGroup::read(answer(rest).as_bytes()).map_err(drop);
        let expected = next.map(|next| Page { items: vec!["a".to_owned(), "b".to_owned()], next });
        assert_eq!(read, expected, "{rest}");
    }
}

#[test]
fn a_secret_in_an_answer_is_in_no_error() {
    for body in [
        "\"s3cr3t\"",
        "{\"SecretString\":{\"s3cr3t\":1}}",
        "{\"SecretString\":\"s3cr3t\"",
        "{\"SecretString\":\"s3cr3t\",\"SecretString\":\"s3cr3t\"}",
    ] {
        let error = GetSecretValue::read(body.as_bytes()).unwrap_err().to_string();
        assert!(!error.contains("s3cr3t"), "{error}");
    }
    assert_eq!(GetSecretValue::read(b"{\"SecretBinary\":\"eA==\"}").unwrap(), None);
    let key = "<CreateAccessKeyResponse><CreateAccessKeyResult><AccessKey><AccessKeyId>AKIAIOSFODNN7EXAMPLE</AccessKeyId><SecretAccessKey>s3cr3t</SecretAccessKey></AccessKey></CreateAccessKeyResult></CreateAccessKeyResponse>";
    let issued = CreateAccessKey::read(key.as_bytes()).unwrap();
    assert_eq!((issued.0.as_str(), issued.1.expose()), ("AKIAIOSFODNN7EXAMPLE", "s3cr3t"));
    assert!(!format!("{issued:?}").contains("s3cr3t"));
    assert_eq!(format!("{:?}", Element::read(key).unwrap()), "<CreateAccessKeyResponse>");
    for cut in 0..key.len() {
        if let Err(error) = CreateAccessKey::read(&key.as_bytes()[..cut]) {
            assert!(!error.to_string().contains("s3c"), "{error}");
        }
    }
}

#[test]
fn versions_of_a_secret() {
    let body = br#"{"Name":"a","VersionIdsToStages":{"v1":["AWSPREVIOUS"],"v2":["AWSCURRENT","x"]},"DeletedDate":null}"#;
    let read = DescribeSecret::read(body).unwrap();
    assert_eq!(read.versions.current.as_deref(), Some("v2"));
    assert_eq!((read.versions.all.len(), read.leaves), (2, false));
    assert!(DescribeSecret::read(br#"{"DeletedDate":1.6E9}"#).unwrap().leaves);
}

#[test]
fn refusals_are_read_or_have_no_code() {
    let query = Service::Iam.protocol();
    let json = Service::SecretsManager.protocol();
    let xml = "<ErrorResponse xmlns=\"u\"><Error><Type>Sender</Type><Code>NoSuchEntity</Code><Message>no &lt;user&gt;</Message></Error><RequestId>r</RequestId></ErrorResponse>";
    let said = |protocol: Protocol, body: &str, named: Option<&str>| {
        let Refusal { code, message } = refusal(protocol, body.as_bytes(), named);
        format!("{code}|{message}")
    };
    for (protocol, body, named, expected) in [
        (query, xml, None, "NoSuchEntity|no <user>"),
        (query, "no words", None, "|"),
        (query, "<Error><Code>A</Code></Error>", None, "|"),
        (json, r#"{"__type":"com.amazon.coral#A","message":"m"}"#, None, "A|m"),
        (json, r#"{"__type":"B","Message":"m"}"#, Some("ns#A:http://x/#y"), "A|m"),
        (json, r#"{"code":"A"}"#, None, "A|"),
        (json, "no words", Some("A"), "A|"),
        (json, "[]", None, "|"),
    ] {
        assert_eq!(said(protocol, body, named), expected, "{body}");
    }
    let long = format!("{{\"__type\":\"A\",\"message\":\"{}\"}}", "é".repeat(5_000));
    assert_eq!(refusal(json, long.as_bytes(), None).message.chars().count(), 1_000);
}

const REGIONS: [&str; 12] = [
    "us-east-1",
    "us-west-2",
    "eu-central-1",
    "mx-central-1",
    "xx-nowhere-9",
    "cn-north-1",
    "cn-northwest-1",
    "us-gov-east-1",
    "eusc-de-east-1",
    "us-iso-west-1",
    "us-isob-east-1",
    "eu-isoe-west-1",
];

/// What the official SDK says: the address, and the region that signatures name.
fn as_the_sdk(endpoint: &aws_smithy_types::endpoint::Endpoint, region: &str) -> Endpoint {
    let schemes = endpoint.properties().get("authSchemes").and_then(|it| it.as_array());
    let named = schemes.and_then(|it| it.first()?.as_object()?.get("signingRegion")?.as_string());
    Endpoint { url: endpoint.url().to_owned(), region: named.unwrap_or(region).to_owned() }
}

/// Where the rule set of IAM in botocore 1.44 names other endpoints than `aws-sdk-iam` 1.103, which is older:
/// FIPS in China, IPv6 in the European partition. Ours are those of the newer one.
fn newer(service: Service, place: Place<'_>) -> bool {
    let china = place.fips && place.region.starts_with("cn-");
    let europe = !place.fips && place.dual_stack && place.region.starts_with("eusc-");
    service == Service::Iam && (china || europe)
}

/// Every service, every sort of region, with and without FIPS and IPv6: as the official SDK has it.
#[tokio::test]
async fn endpoints_are_those_of_the_sdk() {
    use aws_sdk_iam::config::endpoint::ResolveEndpoint as _;
    use aws_sdk_secretsmanager::config::endpoint::ResolveEndpoint as _;
    use aws_sdk_sts::config::endpoint::ResolveEndpoint as _;
    macro_rules! theirs {
        ($sdk:ident, $place:expr) => {{
            let params = $sdk::config::endpoint::Params::builder()
                .region($place.region.to_owned())
                .use_fips($place.fips)
                .use_dual_stack($place.dual_stack)
                .build()
                .unwrap();
            let resolver = $sdk::config::endpoint::DefaultResolver::new();
            let found = resolver.resolve_endpoint(&params).await.unwrap();
            as_the_sdk(&found, $place.region)
        }};
    }
    let mut wrong = Vec::new();
    for region in REGIONS {
        for (fips, dual_stack) in [(false, false), (true, false), (false, true), (true, true)] {
            let place = Place { region, own: None, fips, dual_stack };
            for (service, theirs) in [
                (Service::Iam, theirs!(aws_sdk_iam, place)),
                (Service::SecretsManager, theirs!(aws_sdk_secretsmanager, place)),
                (Service::Sts, theirs!(aws_sdk_sts, place)),
            ] {
                let ours = service.endpoint(place);
                if ours.as_ref() != Ok(&theirs) && !newer(service, place) {
                    wrong.push(format!("{service:?} {place:?}: {ours:?}, they {theirs:?}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// There is no SDK of it here: what the rule set of SSM in botocore 1.44 says.
#[test]
fn endpoints_of_systems_manager() {
    for (region, fips, dual_stack, host) in [
        ("eu-central-1", false, false, "ssm.eu-central-1.amazonaws.com"),
        ("us-east-1", true, false, "ssm-fips.us-east-1.amazonaws.com"),
        ("us-gov-west-1", true, false, "ssm.us-gov-west-1.amazonaws.com"),
        ("us-gov-west-1", true, true, "ssm-fips.us-gov-west-1.api.aws"),
        ("eu-central-1", false, true, "ssm.eu-central-1.api.aws"),
        ("cn-north-1", false, false, "ssm.cn-north-1.amazonaws.com.cn"),
    ] {
        let found = Service::Ssm.endpoint(Place { region, own: None, fips, dual_stack }).unwrap();
        assert_eq!((found.url, found.region), (format!("https://{host}"), region.to_owned()));
    }
}

/// The same of Identity Center, its store and Organizations.
#[test]
fn endpoints_of_identity_center_and_organizations() {
    use Service::{IdentityCenter, IdentityStore, Organizations};
    for (service, region, fips, dual_stack, host) in [
        (IdentityCenter, "eu-central-1", false, false, "sso.eu-central-1.amazonaws.com"),
        (IdentityCenter, "us-gov-west-1", true, false, "sso.us-gov-west-1.amazonaws.com"),
        (IdentityStore, "us-east-1", true, false, "identitystore-fips.us-east-1.amazonaws.com"),
        (IdentityStore, "eu-central-1", false, true, "identitystore.eu-central-1.api.aws"),
        (Organizations, "eu-central-1", false, false, "organizations.us-east-1.amazonaws.com"),
        (Organizations, "us-west-2", true, true, "organizations-fips.us-east-1.api.aws"),
        (Organizations, "us-gov-east-1", true, false, "organizations.us-gov-west-1.amazonaws.com"),
        (Organizations, "us-gov-east-1", true, true, "organizations.us-gov-west-1.api.aws"),
        (
            Organizations,
            "cn-north-1",
            false,
            false,
            "organizations.cn-northwest-1.amazonaws.com.cn",
        ),
    ] {
        let found = service.endpoint(Place { region, own: None, fips, dual_stack }).unwrap();
        assert_eq!(found.url, format!("https://{host}"));
        let signed = host.split('.').nth(1).unwrap();
        assert_eq!(found.region, signed, "{host}");
    }
}

#[test]
fn an_endpoint_of_ones_own() {
    let own = Place {
        region: "eu-central-1",
        own: Some("http://127.0.0.1:4566/x/"),
        fips: false,
        dual_stack: false,
    };
    let endpoint = Service::Iam.endpoint(own).unwrap();
    assert_eq!(
        (endpoint.url.as_str(), endpoint.region.as_str()),
        ("http://127.0.0.1:4566/x", "eu-central-1")
    );
    assert!(Service::Iam.endpoint(Place { fips: true, ..own }).is_err());
    for region in ["", "eu@evil.example", "a/b", "a.b"] {
        assert!(Service::Sts.endpoint(Place { region, own: None, ..own }).is_err(), "{region}");
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

proptest! {
    #[test]
    fn any_bytes_are_read_without_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = GetAccountAuthorizationDetails::read(&bytes);
        let _ = DescribeSecret::read(&bytes);
        let _ = refusal(Service::Iam.protocol(), &bytes, None);
        let _ = refusal(Service::Sts.protocol(), &bytes, Some("a#b:c"));
    }

    #[test]
    fn anything_like_xml_is_read_without_a_panic(text in "(<[/!?]?[ab:]{0,2}[ />]|[]&#x;<>a!\\[-]|&[a-z#0-9]{0,4};){0,30}") {
        let _ = Element::read(&text);
    }

    #[test]
    fn what_is_written_is_read(names in proptest::collection::vec("[ -~é𐍈]{0,8}", 0..6)) {
        let members: String = names
            .iter()
            .map(|it| format!("<member><UserName>{}</UserName></member>", escaped(it)))
            .collect();
        let answer = format!("<GetGroupResponse><GetGroupResult><Users>{members}</Users></GetGroupResult></GetGroupResponse>");
        prop_assert_eq!(GetGroup::read(answer.as_bytes()).unwrap().items, names);
    }

    #[test]
    fn a_parameter_stays_one(value in any::<String>()) {
        let body = sent(&GetUser(&value));
        let pairs: Vec<(String, String)> = form_urlencoded::parse(body.as_bytes()).into_owned().collect();
        let expected = [("Action", "GetUser"), ("Version", "2010-05-08"), ("UserName", value.as_str())];
        let expected: Vec<(String, String)> =
            expected.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
        prop_assert_eq!(pairs, expected);
    }
}
