//! Our clock is minutes off: what is signed is signed again by AWS's clock, and what AWS dates is judged by
//! it. The server takes a signature of the last or next five minutes, as AWS does.

use crate::drive::{action, on, permit_for, role};
use interlock_connect_aws::fake::Fake;
use interlock_connect_aws::{AwsConfig, AwsIam, CredentialSource, Secret};
use interlock_contain::{Access, CallError, CanaryCx, Connector as _, ReadCx, WriteCx};
use interlock_model::{ActionKind, Observation, StepId, Timestamp};
use jiff::SignedDuration;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

const ACCOUNT: &str = "111122223333";
/// What AWS takes, in seconds.
const TAKEN: i64 = 300;
const WHO: &str = "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::111122223333:user/interlock</Arn><UserId>AIDAEXAMPLE</UserId><Account>111122223333</Account></GetCallerIdentityResult></GetCallerIdentityResponse>";
const ROLE: &str = "<GetRoleResponse><GetRoleResult><Role><Path>/</Path><RoleName>deploy</RoleName><RoleId>AROAEXAMPLE</RoleId><Arn>arn:aws:iam::111122223333:role/deploy</Arn><CreateDate>2026-01-01T00:00:00Z</CreateDate><AssumeRolePolicyDocument>%7B%22Statement%22%3A%5B%5D%7D</AssumeRolePolicyDocument></Role></GetRoleResult></GetRoleResponse>";
const NOBODY: &str = "<ErrorResponse><Error><Code>NoSuchEntity</Code><Message>none</Message></Error></ErrorResponse>";

/// AWS, whose clock is ahead of ours.
struct Aws {
    ahead: SignedDuration,
    /// Whether its answers say what time it is.
    dated: bool,
    /// Writes that it took.
    written: Mutex<Vec<String>>,
    /// Requests whose time it refused.
    refused: Mutex<usize>,
}

fn ours() -> Timestamp {
    #[expect(clippy::disallowed_methods, reason = "requests are signed by the system's clock")]
    Timestamp::now()
}

impl Aws {
    async fn start(ahead: i64, dated: bool) -> (Arc<Self>, AwsIam) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let ahead = SignedDuration::from_secs(ahead);
        let it =
            Arc::new(Self { ahead, dated, written: Mutex::default(), refused: Mutex::default() });
        let aws = Arc::clone(&it);
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut request = String::new();
                let mut buffer = [0; 4096];
                while !complete(&request) {
                    let Ok(read @ 1..) = stream.read(&mut buffer).await else { break };
                    request.push_str(&String::from_utf8_lossy(&buffer[..read]));
                }
                let (status, body) = aws.answer(&request);
                let date = aws.now().strftime("%a, %d %b %Y %H:%M:%S GMT");
                let date = if aws.dated { format!("Date: {date}\r\n") } else { String::new() };
                let answer = format!(
                    "HTTP/1.1 {status} X\r\n{date}Content-Type: text/xml\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
                    body.len()
                );
                drop(stream.write_all(answer.as_bytes()).await);
            }
        });
        let config = AwsConfig {
            endpoint: Some(endpoint),
            credentials: CredentialSource::Static {
                access_key_id: "AKIAIOSFODNN7EXAMPLE".into(),
                secret: Secret::new("s3cr3t"),
            },
            ..Fake::config()
        };
        (it, AwsIam::prepare(config).await)
    }

    fn now(&self) -> Timestamp {
        ours() + self.ahead
    }

    fn answer(&self, request: &str) -> (u16, String) {
        let signed = request.lines().find_map(|it| it.strip_prefix("x-amz-date: ")).unwrap().trim();
        let signed = jiff::civil::DateTime::strptime("%Y%m%dT%H%M%SZ", signed).unwrap();
        let signed = signed.to_zoned(jiff::tz::TimeZone::UTC).unwrap().timestamp();
        let off = self.now().duration_since(signed).as_secs();
        if off.abs() > TAKEN {
            *self.refused.lock().unwrap() += 1;
            let said = if off > 0 {
                "Signature expired: then is now earlier than now"
            } else {
                "Signature not yet current: then is still later than now"
            };
            let body = format!(
                "<ErrorResponse><Error><Code>SignatureDoesNotMatch</Code><Message>{said}</Message></Error></ErrorResponse>"
            );
            return (403, body);
        }
        let body = request.split_once("\r\n\r\n").map_or("", |it| it.1);
        let (status, body) = match body {
            body if body.contains("Action=GetCallerIdentity") => (200, WHO),
            body if body.contains("Action=GetRole&") => (200, ROLE),
            body if body.contains("Action=PutRolePolicy") => {
                self.written.lock().unwrap().push(body.to_owned());
                (200, "<PutRolePolicyResponse/>")
            }
            _ => (404, NOBODY),
        };
        (status, body.to_owned())
    }
}

fn complete(request: &str) -> bool {
    let Some((head, body)) = request.split_once("\r\n\r\n") else { return false };
    let head = head.to_lowercase();
    let length = head.lines().find_map(|it| it.strip_prefix("content-length: "));
    body.len() >= length.and_then(|it| it.parse().ok()).unwrap_or(0)
}

/// The second before which sessions are denied.
fn stamp(document: &str) -> Timestamp {
    let at = document.split_once("\"aws:TokenIssueTime\":\"").unwrap().1;
    at.split('"').next().unwrap().parse().unwrap()
}

#[tokio::test]
async fn sessions_of_the_last_minutes_by_the_clock_of_aws_are_denied() {
    for (ahead, refused) in [(0, 0), (3, 0), (290, 0), (-290, 0), (420, 1), (-420, 1)] {
        let (aws, connector) = Aws::start(ahead, true).await;
        let action = action(&connector, "aws_iam.deny_older_role_sessions");
        let (now, before) = (ours(), aws.now());
        let intent = on(ActionKind::RevokeSessions, role(ACCOUNT, "deploy"));
        let cx = ReadCx::new(action.spec(), now);
        let step = action.plan(&cx, &intent, StepId::derive(&["s"])).await.unwrap();
        // A session that AWS gave out a moment before carries that second at most.
        let stamp = stamp(step.after.get("document").unwrap());
        assert!(stamp.as_second() > before.as_second(), "{ahead}: {stamp} for {before}");
        let late = stamp.as_second() - aws.now().as_second();
        // Less than what is noticed may be the way of an answer.
        assert!(late <= 3, "{ahead}: {late} s later than needed");
        let permit = permit_for(&step, now);
        let cx = WriteCx::open(action.spec(), permit, &step.id, &step.connector, now).unwrap();
        action.execute(cx, &step).await.unwrap();
        assert_eq!(aws.written.lock().unwrap().len(), 1, "{ahead}: written once");
        assert_eq!(*aws.refused.lock().unwrap(), refused, "{ahead}: refused once and learned");
    }
}

/// Whether this is said with two hours for `{}`: dates have whole seconds, and a request takes a moment.
fn said(why: &str, says: &str) -> bool {
    (7_198..=7_202).any(|it| why.contains(&says.replace("{}", &it.to_string())))
}

#[tokio::test]
async fn a_clock_that_is_not_corrected_is_said_and_proves_nothing() {
    for (ahead, dated, says) in [
        (7_200, true, "our clock is {} s behind the provider's"),
        (-7_200, true, "our clock is {} s ahead of the provider's"),
        (420, false, "our clock is off"),
    ] {
        let told = |why: &str| said(why, says);
        let (aws, connector) = Aws::start(ahead, dated).await;
        let action = action(&connector, "aws_iam.deny_older_role_sessions");
        let intent = on(ActionKind::RevokeSessions, role(ACCOUNT, "deploy"));
        let cx = ReadCx::new(action.spec(), ours());
        let error = action.plan(&cx, &intent, StepId::derive(&["s"])).await.unwrap_err();
        let CallError::Unsupported { why } = &error else { panic!("{error:?}") };
        assert!(told(why) && !why.contains("s3cr3t"), "{why}");
        assert_eq!(*aws.refused.lock().unwrap(), 1, "not asked again and again");
        // The canary's key is refused for the time alone: that is no sign that it is off.
        let user = crate::drive::user(ACCOUNT, "canary");
        let access = connector.try_access(&CanaryCx::new(), &user, "AKIACANARY:s3cr3t").await;
        let Access::CannotTell { why } = access else { panic!("{access:?}") };
        assert!(told(&why), "{why}");
        assert!(aws.written.lock().unwrap().is_empty());
    }
}

#[tokio::test]
async fn what_cannot_be_read_back_for_the_time_does_not_hold() {
    let (aws, connector) = Aws::start(0, true).await;
    let action = action(&connector, "aws_iam.deny_older_role_sessions");
    let intent = on(ActionKind::RevokeSessions, role(ACCOUNT, "deploy"));
    let cx = ReadCx::new(action.spec(), ours());
    let step = action.plan(&cx, &intent, StepId::derive(&["s"])).await.unwrap();
    let (_, skewed) = Aws::start(7_200, true).await;
    let action = crate::drive::action(&skewed, "aws_iam.deny_older_role_sessions");
    let seen = action.verify(&ReadCx::new(action.spec(), ours()), &step).await;
    assert!(
        matches!(&seen, Observation::CannotTell { why } if said(why, "{} s behind")),
        "{seen:?}"
    );
    assert!(aws.written.lock().unwrap().is_empty());
}
