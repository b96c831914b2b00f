//! The door for GitHub: known by its signature, each delivery once.

use crate::served::{Folder, Served, answer, token};
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::Value;
use sha2::Sha256;

const SECRET: &str = "It's a Secret to Everybody";

fn signature(secret: &str, body: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(body.as_bytes());
    format!("sha256={}", hex::encode(mac.finalize().into_bytes()))
}

async fn send(house: &Served, name: &str, body: &str, headers: &[(&str, &str)]) -> (u16, Value) {
    let mut request = house
        .request("POST", &format!("/v1/webhooks/github/{name}"))
        .header("content-type", "application/json")
        .body(body.to_owned());
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    answer(request).await
}

#[test]
fn the_signature_is_the_one_that_github_documents() {
    // The values to test with of GitHub's page "Validating webhook deliveries".
    let expected = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
    assert_eq!(signature(SECRET, "Hello, World!"), expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_signed_is_taken_once_and_nothing_else_at_all() {
    let folder = Folder::new();
    crate::program::write_secret(folder.path().join("github.secret"), format!("{SECRET}\n"));
    folder.add(
        "\n[[feed]]\nid = \"org\"\nkind = \"github_webhook\"\nsecret = { from = \"file\", path = \"github.secret\" }\n",
    );
    let house = folder.serve();
    let body =
        r#"{"action":"created","organization":{"login":"acme"},"sender":{"login":"octocat"}}"#;
    let signed = signature(SECRET, body);
    let event = ("x-github-event", "deploy_key");
    let delivery = ("x-github-delivery", "72d3162e-cc78-11e3-81ab-4c9367dc0958");
    let good = ("x-hub-signature-256", signed.as_str());

    let foreign = signature("another secret", body);
    let upper = signed.to_uppercase();
    for wrong in [
        &foreign,
        "",
        "sha256=",
        "sha256=00",
        signed.strip_prefix("sha256=").unwrap(),
        upper.as_str(),
        "sha1=00",
    ] {
        let headers = [event, delivery, ("x-hub-signature-256", wrong)];
        let (status, _) = send(&house, "org", body, &headers).await;
        assert_eq!(status, 401, "{wrong}");
    }
    assert_eq!(send(&house, "org", body, &[event, delivery]).await.0, 401, "none at all");
    assert_eq!(send(&house, "org", &format!("{body} "), &[event, delivery, good]).await.0, 401);
    let bearer = format!("Bearer {}", token("carl"));
    let headers = [event, delivery, ("authorization", bearer.as_str())];
    let (status, said) = send(&house, "absent", body, &headers).await;
    assert!(matches!(status, 401 | 429), "whether there is such a door is not told: {said}");

    assert_eq!(send(&house, "org", body, &[event, good]).await.0, 400, "no delivery");
    assert_eq!(send(&house, "org", body, &[delivery, good]).await.0, 400, "no event");
    let odd = ("x-github-event", "a\"b");
    assert_eq!(send(&house, "org", body, &[odd, delivery, good]).await.0, 400);
    let text = "not json";
    let signed_text = signature(SECRET, text);
    let headers = [event, delivery, ("x-hub-signature-256", signed_text.as_str())];
    assert_eq!(send(&house, "org", text, &headers).await.0, 400);

    for _ in 0..3 {
        let (status, said) = send(&house, "org", body, &[event, delivery, good]).await;
        assert_eq!((status, &said["accepted"]), (202, &Value::from(1)), "{said}");
    }
    let (_, feeds) = house.get("rita", "/v1/feeds").await;
    assert_eq!(feeds[0]["records"], 1, "the same delivery again adds nothing: {feeds}");
    let ping = ("x-github-event", "ping");
    let (status, said) = send(&house, "org", body, &[ping, delivery, good]).await;
    assert_eq!((status, &said["accepted"]), (202, &Value::from(0)), "{said}");
    let metrics = house.request("GET", "/metrics").bearer_auth(token("rita"));
    let metrics = metrics.send().await.unwrap().text().await.unwrap();
    assert!(metrics.contains("interlock_webhook_refused_total{feed=\"org\"} 9"), "{metrics}");
    assert!(
        metrics.contains("interlock_feed_records_total{feed=\"org\",kind=\"github_webhook\"} 1")
    );
    assert_eq!(house.get("rita", "/v1/webhooks/github/org").await.0, 405);
}
