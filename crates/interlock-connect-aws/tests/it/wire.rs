//! The wire itself: what is known when nobody listens, when nobody answers, when AWS throttles.

use crate::drive::{noon, on_key, user};
use interlock_connect_aws::fake::Fake;
use interlock_connect_aws::{AwsConfig, AwsIam, CredentialSource, Secret};
use interlock_contain::{CallError, Connector as _};
use interlock_model::{ActionKind, FailureClass, Observation};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

const WHO: &str = "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><GetCallerIdentityResult><Arn>arn:aws:iam::111122223333:user/interlock</Arn><UserId>AIDAEXAMPLE</UserId><Account>111122223333</Account></GetCallerIdentityResult></GetCallerIdentityResponse>";
const KEYS: &str = "<ListAccessKeysResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"><ListAccessKeysResult><IsTruncated>false</IsTruncated><AccessKeyMetadata><member><UserName>ci</UserName><AccessKeyId>AKIAIOSFODNN7EXAMPLE</AccessKeyId><Status>Active</Status></member></AccessKeyMetadata></ListAccessKeysResult></ListAccessKeysResponse>";
const NOBODY: &str = "<ErrorResponse><Error><Code>NoSuchEntity</Code><Message>no such policy</Message></Error></ErrorResponse>";

/// How the server answers the write.
#[derive(Debug, Clone, Copy)]
enum Write {
    /// It hangs up without a word.
    HangUp,
    /// It is gone before the write can reach it.
    Gone,
    /// It answers with this status and body.
    Answer(u16, &'static str),
}

fn config(endpoint: String) -> AwsConfig {
    AwsConfig {
        endpoint: Some(endpoint),
        credentials: CredentialSource::Static {
            access_key_id: "AKIAIOSFODNN7EXAMPLE".into(),
            secret: Secret::new("secret"),
        },
        ..Fake::config()
    }
}

/// A server that knows four operations.
async fn serve(write: Write) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let mut looks = 0;
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = String::new();
            let mut buffer = [0; 4096];
            while !complete(&request) {
                let Ok(read @ 1..) = stream.read(&mut buffer).await else { break };
                request.push_str(&String::from_utf8_lossy(&buffer[..read]));
            }
            let (status, body) = if request.contains("Action=GetCallerIdentity") {
                (200, WHO)
            } else if request.contains("Action=ListAccessKeys") {
                (200, KEYS)
            } else if request.contains("Action=ListEntitiesForPolicy") {
                (404, NOBODY)
            } else {
                // Without a user name AWS would take a key of the caller.
                if !request.contains("UserName=ci&") && !request.ends_with("UserName=ci") {
                    continue;
                }
                match write {
                    Write::HangUp | Write::Gone => continue,
                    Write::Answer(status, body) => (status, body),
                }
            };
            let answer = format!(
                "HTTP/1.1 {status} X\r\nContent-Type: text/xml\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
                body.len()
            );
            drop(stream.write_all(answer.as_bytes()).await);
            // One look for the plan, one for the execution.
            looks += usize::from(request.contains("Action=ListAccessKeys"));
            if matches!(write, Write::Gone) && looks == 2 {
                return;
            }
        }
    });
    endpoint
}

fn complete(request: &str) -> bool {
    let Some((head, body)) = request.split_once("\r\n\r\n") else { return false };
    let head = head.to_lowercase();
    let length = head.lines().find_map(|it| it.strip_prefix("content-length: "));
    body.len() >= length.and_then(|it| it.parse().ok()).unwrap_or(0)
}

#[tokio::test]
async fn what_a_write_without_a_good_answer_means() {
    for (write, class) in [
        (Write::HangUp, FailureClass::OutcomeUnknown),
        (Write::Gone, FailureClass::Retry),
        (
            Write::Answer(
                500,
                "<ErrorResponse><Error><Code>ServiceFailure</Code></Error></ErrorResponse>",
            ),
            FailureClass::OutcomeUnknown,
        ),
        (Write::Answer(503, "no words"), FailureClass::OutcomeUnknown),
        (
            Write::Answer(
                400,
                "<ErrorResponse><Error><Code>Throttling</Code></Error></ErrorResponse>",
            ),
            FailureClass::Retry,
        ),
        (
            Write::Answer(
                403,
                "<ErrorResponse><Error><Code>AccessDenied</Code></Error></ErrorResponse>",
            ),
            FailureClass::Denied,
        ),
        (Write::Answer(404, NOBODY), FailureClass::NotFound),
    ] {
        let connector = AwsIam::connect(config(serve(write).await)).await.unwrap();
        let intent = on_key(
            ActionKind::DisableCredential,
            user("111122223333", "ci"),
            "AKIAIOSFODNN7EXAMPLE",
        );
        let name = "aws_iam.disable_access_key";
        let step = crate::drive::plan(&connector, name, &intent, noon()).await.unwrap();
        let error = crate::drive::execute(&connector, &step, noon()).await.unwrap_err();
        assert_eq!(error.class(), class, "{write:?}: {error}");
        let seen = crate::drive::verify(&connector, &step, noon()).await;
        if matches!(write, Write::Gone) {
            assert!(matches!(seen, Observation::CannotTell { .. }), "{seen:?}");
        } else {
            assert!(matches!(seen, Observation::DoesNotHold { .. }), "{seen:?}");
        }
    }
}

#[tokio::test]
async fn where_nobody_listens_nothing_has_left() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let error = AwsIam::connect(config(endpoint)).await.unwrap_err();
    assert!(matches!(error, CallError::Retry { .. }), "{error}");
}

#[tokio::test]
async fn the_account_is_asked_once() {
    let connector = AwsIam::connect(config(serve(Write::HangUp).await)).await.unwrap();
    let own = connector.own_principals().await.unwrap();
    assert_eq!(own[0].to_string(), "aws:arn:aws:iam::111122223333:user/interlock");
}
