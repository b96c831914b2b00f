//! What goes over the wire, and what becomes of answers that are none.

use super::iam::{CreateAccessKey, GetUser};
use super::secrets::DescribeSecret;
use super::{Answered, Api, Failure};
use crate::fake::Fake;
use crate::{AwsConfig, CredentialSource, Secret};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

const GOOD: &str = "<GetUserResponse><GetUserResult><User><Path>/</Path></User></GetUserResult><ResponseMetadata><RequestId>in-the-body</RequestId></ResponseMetadata></GetUserResponse>";

/// Answers one request with these bytes and hangs up; gives the request.
async fn once(answer: String) -> (Api, JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}/prefix/", listener.local_addr().unwrap());
    let served = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut request = String::new();
        let mut buffer = [0; 4096];
        while !complete(&request) {
            let read = stream.read(&mut buffer).await.unwrap();
            request.push_str(&String::from_utf8_lossy(&buffer[..read]));
        }
        drop(stream.write_all(answer.as_bytes()).await);
        request
    });
    (api(endpoint).await, served)
}

async fn api(endpoint: String) -> Api {
    let secret = Secret::new("s3cr3t");
    let config = AwsConfig {
        endpoint: Some(endpoint),
        credentials: CredentialSource::Static { access_key_id: "AKIA".into(), secret },
        ..Fake::config()
    };
    Api::new(&config).await
}

fn complete(request: &str) -> bool {
    let Some((head, body)) = request.split_once("\r\n\r\n") else { return false };
    let length = head.lines().find_map(|it| it.strip_prefix("content-length: "));
    body.len() >= length.and_then(|it| it.parse().ok()).unwrap_or(0)
}

fn http(status: u16, headers: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "HTTP/1.1 {status} X\r\n{headers}Connection: close\r\nContent-Length: {length}\r\n\r\n{body}"
    )
}

async fn asked<C: Answered>(call: &C, answer: String) -> Result<Option<String>, Failure> {
    let (api, served) = once(answer).await;
    let said = api.ask(call).await.map(|(_, request)| request);
    served.await.unwrap();
    said
}

#[tokio::test]
async fn a_request_is_signed_and_says_who_asks() {
    let (api, served) = once(http(200, "", GOOD)).await;
    let (path, request) = api.ask(&GetUser("ci")).await.unwrap();
    assert_eq!((path.as_str(), request.as_deref()), ("/", Some("in-the-body")));
    let sent = served.await.unwrap();
    let (head, body) = sent.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("POST /prefix/ HTTP/1.1\r\n"), "{head}");
    assert_eq!(body, "Action=GetUser&Version=2010-05-08&UserName=ci");
    assert!(head.contains("content-type: application/x-www-form-urlencoded\r\n"), "{head}");
    assert!(head.contains(concat!("user-agent: interlock/", env!("CARGO_PKG_VERSION"))), "{head}");
    let signed =
        "/us-east-1/iam/aws4_request, SignedHeaders=content-type;host;x-amz-date, Signature=";
    assert!(head.contains("authorization: AWS4-HMAC-SHA256 Credential=AKIA/"), "{head}");
    assert!(head.contains(signed), "{head}");
    assert!(!format!("{sent} {api:?}").contains("s3cr3t"));

    let (api, served) = once(http(200, "x-amzn-requestid: r-1\r\n", "{}")).await;
    let (_, request) = api.ask(&DescribeSecret { secret_id: "a" }).await.unwrap();
    assert_eq!(request.as_deref(), Some("r-1"));
    let sent = served.await.unwrap();
    for part in [
        "content-type: application/x-amz-json-1.1\r\n",
        "x-amz-target: secretsmanager.DescribeSecret\r\n",
        "/secretsmanager/aws4_request, SignedHeaders=content-type;host;x-amz-date;x-amz-target,",
    ] {
        assert!(sent.contains(part), "{part}: {sent}");
    }
}

#[tokio::test]
async fn what_is_no_answer_is_told_apart() {
    let cut = http(200, "", GOOD);
    let cut = cut.strip_suffix("</GetUserResponse>").unwrap().to_owned();
    let chunked = "HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n<GetU\r\n".to_owned();
    for lost in [cut, chunked, String::new(), "HTTP/1.1 200 X\r\n".to_owned()] {
        let failure = asked(&GetUser("ci"), lost.clone()).await.unwrap_err();
        assert!(matches!(failure, Failure::Unanswered(_)), "{lost}: {failure:?}");
    }
    let half = GOOD.strip_suffix("</GetUserResponse>").unwrap();
    for unread in [half, "", "{}", "<GetUserResponse/>"] {
        let failure = asked(&GetUser("ci"), http(200, "", unread)).await.unwrap_err();
        assert!(matches!(failure, Failure::Unreadable(_)), "{unread}: {failure:?}");
    }
    let failure = asked(&CreateAccessKey("ci"), http(200, "", GOOD)).await.unwrap_err();
    assert!(matches!(failure, Failure::Unreadable(_)), "{failure:?}");
    // Somebody in between sends us elsewhere: that is followed by nobody.
    let elsewhere = http(302, "Location: http://127.0.0.1:9/\r\n", "");
    let failure = asked(&GetUser("ci"), elsewhere).await.unwrap_err();
    assert!(matches!(failure, Failure::Refused { status: 302, .. }), "{failure:?}");
}

#[tokio::test]
async fn refusals_carry_status_code_and_pause() {
    let body = "{\"__type\":\"ThrottlingException\",\"message\":\"slow\"}";
    let answer = http(400, "Retry-After: 7\r\n", body);
    let failure = asked(&DescribeSecret { secret_id: "a" }, answer).await.unwrap_err();
    assert_eq!(failure.code(), Some("ThrottlingException"));
    let expected = Failure::Refused {
        status: 400,
        code: "ThrottlingException".into(),
        message: "slow".into(),
        pause: Some(Duration::from_secs(7)),
    };
    assert_eq!(failure, expected);
    let failure = asked(&GetUser("ci"), http(503, "", "no words")).await.unwrap_err();
    assert!(matches!(failure, Failure::Refused { status: 503, ref code, .. } if code.is_empty()));
}

/// On one connection the server says 503, then 200 for ever: a second request on it would be seen.
#[tokio::test]
async fn a_connection_that_failed_is_not_used_again() {
    for (first, connections) in [(200, 1), (503, 2)] {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let opened = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&opened);
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let status = if counted.fetch_add(1, Ordering::SeqCst) == 0 { first } else { 200 };
                tokio::spawn(async move {
                    let mut buffer = [0; 4096];
                    let mut request = String::new();
                    while let Ok(read @ 1..) = stream.read(&mut buffer).await {
                        request.push_str(&String::from_utf8_lossy(&buffer[..read]));
                        if complete(&request) {
                            request.clear();
                            let answer =
                                http(status, "", GOOD).replace("Connection: close\r\n", "");
                            stream.write_all(answer.as_bytes()).await.unwrap();
                        }
                    }
                });
            }
        });
        let api = api(endpoint).await;
        assert_eq!(api.ask(&GetUser("ci")).await.is_ok(), first == 200);
        api.ask(&GetUser("ci")).await.unwrap();
        assert_eq!(opened.load(Ordering::SeqCst), connections, "{first}");
    }
}
