//! Objects in S3, announced by a queue in SQS. Three requests: receive, get, delete.
//!
//! Signed with the official signer and sent as plain HTTP: the SDK of S3 would double the first build.

use crate::http::{Answer, Http, HttpError, Request};
use interlock_connect_aws::Clocks;
use interlock_connect_aws::sign::{SignError, Signer, Unsigned};
use interlock_model::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};
use std::time::{Duration, SystemTime};

/// The largest answer of the queue, in bytes: ten messages of 256 KiB, quoted.
const QUEUE_BYTES: usize = 8 << 20;
/// How many messages are received at a time. Source: SQS API reference, `MaxNumberOfMessages`.
const MESSAGES: u32 = 10;
/// How long the queue waits for a first message, in seconds.
const WAIT: u32 = 10;

/// A queue and the objects that it announces.
#[derive(Debug)]
pub struct Announced {
    signer: Signer,
    http: Http,
    queue: String,
    region: String,
    endpoint: Option<String>,
    visibility: Duration,
    clocks: Clocks,
}

/// A message of the queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Its id.
    pub id: String,
    /// What it is deleted by.
    receipt: String,
    /// What it announces, or why it is not understood.
    pub objects: Result<Vec<Object>, String>,
}

/// One version of one object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    /// Its bucket.
    pub bucket: String,
    /// Its key.
    pub key: String,
    /// The region of the bucket, where the message says it.
    pub region: Option<String>,
    /// The version, where the bucket keeps versions.
    pub version: Option<String>,
    /// What its bytes are known by.
    pub etag: Option<String>,
}

impl Object {
    /// A name that no other version of any object has, as far as the message tells versions apart.
    #[must_use]
    pub fn name(&self) -> String {
        let known = self.version.as_ref().or(self.etag.as_ref());
        let known = known.map(|it| format!("@{it}")).unwrap_or_default();
        format!("s3://{}/{}{known}", self.bucket, self.key)
    }
}

/// Why a request did not succeed; cut by what happens next.
#[derive(Debug, thiserror::Error)]
pub enum AwsError {
    /// Ask again.
    #[error("{0}")]
    Again(String),
    /// This object is not there, or not in this version: asking again gives the same.
    #[error("{0}")]
    Gone(String),
}

impl From<HttpError> for AwsError {
    fn from(error: HttpError) -> Self {
        Self::Again(error.to_string())
    }
}

impl From<SignError> for AwsError {
    fn from(error: SignError) -> Self {
        Self::Again(error.to_string())
    }
}

impl Announced {
    /// A reader of this queue, which keeps a message from others for so long; nothing is asked yet.
    ///
    /// # Errors
    /// TLS cannot be had.
    pub fn new(
        signer: Signer,
        queue: &str,
        region: &str,
        endpoint: Option<&str>,
        visibility: Duration,
    ) -> Result<Self, AwsError> {
        let (queue, region) = (queue.to_owned(), region.to_owned());
        let endpoint = endpoint.map(|it| it.trim_end_matches('/').to_owned());
        let http = Http::new(endpoint.as_deref().unwrap_or(&queue))?;
        let clocks = Clocks::default();
        Ok(Self { signer, http, queue, region, endpoint, visibility, clocks })
    }

    /// Receives some messages; waits a while when there are none.
    ///
    /// # Errors
    /// The queue does not answer, or refuses.
    pub async fn receive(&self, now: SystemTime) -> Result<Vec<Message>, AwsError> {
        #[derive(Deserialize)]
        struct Received {
            #[serde(rename = "Messages", default)]
            messages: Option<Vec<Raw>>,
        }
        #[derive(Deserialize)]
        struct Raw {
            #[serde(rename = "MessageId")]
            id: String,
            #[serde(rename = "ReceiptHandle")]
            receipt: String,
            #[serde(rename = "Body")]
            body: String,
        }
        let asked = json!({
            "QueueUrl": self.queue, "MaxNumberOfMessages": MESSAGES, "WaitTimeSeconds": WAIT,
            "VisibilityTimeout": self.visibility.as_secs(),
        });
        let answer = self.ask("ReceiveMessage", &asked, now).await?;
        let received: Received = serde_json::from_slice(&answer.body)
            .map_err(|error| AwsError::Again(format!("the queue's answer is not read: {error}")))?;
        let message =
            |it: Raw| Message { id: it.id, receipt: it.receipt, objects: announced(&it.body) };
        Ok(received.messages.unwrap_or_default().into_iter().map(message).collect())
    }

    /// Deletes a message: everything that it announced is stored.
    ///
    /// # Errors
    /// As [`Announced::receive`].
    pub async fn delete(&self, message: &Message, now: SystemTime) -> Result<(), AwsError> {
        let asked = json!({ "QueueUrl": self.queue, "ReceiptHandle": message.receipt });
        self.ask("DeleteMessage", &asked, now).await.map(drop)
    }

    /// How many messages wait, about.
    ///
    /// # Errors
    /// As [`Announced::receive`].
    pub async fn waiting(&self, now: SystemTime) -> Result<String, AwsError> {
        let asked =
            json!({ "QueueUrl": self.queue, "AttributeNames": ["ApproximateNumberOfMessages"] });
        let answer = self.ask("GetQueueAttributes", &asked, now).await?;
        let answer: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        let waiting = answer.pointer("/Attributes/ApproximateNumberOfMessages");
        Ok(waiting.and_then(Value::as_str).unwrap_or("?").to_owned())
    }

    /// Gets an object, piece by piece.
    ///
    /// # Errors
    /// It is gone, or there is no whole answer.
    pub async fn get(
        &self,
        object: &Object,
        now: SystemTime,
        mut each: impl FnMut(&[u8]) -> std::io::Result<()>,
    ) -> Result<(), AwsError> {
        let region = object.region.as_deref().unwrap_or(&self.region);
        let url = self.address(object, region);
        let mut wanted = Vec::new();
        if object.version.is_none()
            && let Some(etag) = &object.etag
        {
            // Another object under the same key is announced by a message of its own.
            wanted.push(("if-match".to_owned(), format!("\"{etag}\"")));
        }
        let headers: Vec<(&str, &str)> =
            wanted.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let request = Unsigned {
            service: "s3",
            region,
            method: "GET",
            url: &url,
            headers: &headers,
            body: b"",
        };
        let (mut time, mut again) = (self.theirs(now), true);
        let status = loop {
            let mut signed = self.signer.sign(request, time).await?;
            signed.extend(wanted.iter().cloned());
            let request = Request { method: "GET", url: &url, headers: signed, body: Vec::new() };
            let kept = self.http.keep(request, |bytes| each(bytes).map_err(HttpError::NotKept));
            let answer = kept.await?;
            match self.learn(&answer, time, now).filter(|_| std::mem::take(&mut again)) {
                Some(other) => time = other,
                None => break answer.status,
            }
        };
        let name = object.name();
        match status {
            200 => Ok(()),
            404 | 412 => Err(AwsError::Gone(format!("`{name}` is not there: status {status}"))),
            status => Err(AwsError::Again(format!("`{name}` cannot be read: status {status}"))),
        }
    }

    /// The time to sign for, as far as the clock of AWS is known.
    fn theirs(&self, now: SystemTime) -> SystemTime {
        Timestamp::try_from(now).map_or(now, |it| self.clocks.theirs(it).into())
    }

    /// Takes in what AWS says of its clock; the time to sign for instead, where what was signed for this
    /// time was refused and may be taken for another.
    fn learn(&self, answer: &Answer, signed: SystemTime, now: SystemTime) -> Option<SystemTime> {
        let (time, at) = (Timestamp::try_from(now).ok()?, Timestamp::try_from(signed).ok()?);
        self.clocks.learn(answer.header("date"), time);
        let refused = matches!(answer.status, 400 | 401 | 403);
        (refused && self.clocks.other_than(at, time)).then(|| self.theirs(now))
    }

    fn address(&self, object: &Object, region: &str) -> String {
        let key = encoded(&object.key, true);
        let base = match &self.endpoint {
            Some(endpoint) => format!("{endpoint}/{}", object.bucket),
            // A name with dots is no name that a certificate of S3 covers.
            None if object.bucket.contains('.') => {
                format!("https://s3.{region}.amazonaws.com/{}", object.bucket)
            }
            None => format!("https://{}.s3.{region}.amazonaws.com", object.bucket),
        };
        let version = object.version.as_ref();
        let version = version.map(|it| format!("?versionId={}", encoded(it, false)));
        format!("{base}/{key}{}", version.unwrap_or_default())
    }

    async fn ask(&self, action: &str, asked: &Value, now: SystemTime) -> Result<Answer, AwsError> {
        let url = origin(&self.queue);
        let target = format!("AmazonSQS.{action}");
        let headers =
            [("content-type", "application/x-amz-json-1.0"), ("x-amz-target", target.as_str())];
        let body = asked.to_string().into_bytes();
        let request = Unsigned {
            service: "sqs",
            region: &self.region,
            method: "POST",
            url: &url,
            headers: &headers,
            body: &body,
        };
        let (mut time, mut again) = (self.theirs(now), true);
        let answer = loop {
            let mut signed = self.signer.sign(request, time).await?;
            signed.extend(headers.map(|(name, value)| (name.to_owned(), value.to_owned())));
            let body = body.clone();
            let request = Request { method: "POST", url: &url, headers: signed, body };
            let answer = self.http.ask(request, QUEUE_BYTES).await?;
            // What was refused for its time did nothing, and is said once more.
            match self.learn(&answer, time, now).filter(|_| std::mem::take(&mut again)) {
                Some(other) => time = other,
                None => break answer,
            }
        };
        if answer.status == 200 {
            return Ok(answer);
        }
        let said = answer.words();
        Err(AwsError::Again(format!(
            "the queue refuses `{action}`: status {}: {said}",
            answer.status
        )))
    }
}

/// Scheme, host and port of an address, with a slash.
fn origin(url: &str) -> String {
    let after = url.find("://").map_or(0, |it| it + 3);
    let host = url.get(after..).unwrap_or_default().split('/').next().unwrap_or_default();
    format!("{}{host}/", url.get(..after).unwrap_or_default())
}

/// A text as it stands in an address. Slashes stay where they part a path.
fn encoded(text: &str, path: bool) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        let plain =
            byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) || (path && byte == b'/');
        if plain {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

/// A key as notifications write it: spaces as `+`, other letters by their octets.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        let octet = (*first == b'%').then(|| after.get(..2)).flatten();
        let octet = octet.and_then(|it| std::str::from_utf8(it).ok());
        match octet.and_then(|it| u8::from_str_radix(it, 16).ok()) {
            Some(octet) => {
                bytes.push(octet);
                rest = after.get(2..).unwrap_or_default();
            }
            None => bytes.push(if *first == b'+' { b' ' } else { *first }),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// What a message announces. Known are S3's own notifications, the same through SNS and EventBridge,
/// and CloudTrail's.
fn announced(body: &str) -> Result<Vec<Object>, String> {
    let unknown = || "not a notification about objects in S3".to_owned();
    let body: Value = serde_json::from_str(body).map_err(|_| unknown())?;
    let text = |it: &Value, path: &str| it.pointer(path).and_then(Value::as_str).map(str::to_owned);
    if body.get("Type").and_then(Value::as_str) == Some("Notification") {
        return announced(&text(&body, "/Message").ok_or_else(unknown)?);
    }
    // What S3 sends when a notification is set up.
    if body.get("Event").and_then(Value::as_str) == Some("s3:TestEvent") {
        return Ok(Vec::new());
    }
    if let Some(records) = body.get("Records").and_then(Value::as_array) {
        let mut objects = Vec::new();
        for record in records {
            let created = text(record, "/eventName").unwrap_or_default();
            if !created.trim_start_matches("s3:").starts_with("ObjectCreated") {
                continue;
            }
            objects.push(Object {
                bucket: text(record, "/s3/bucket/name").ok_or_else(unknown)?,
                key: decoded(&text(record, "/s3/object/key").ok_or_else(unknown)?),
                region: text(record, "/awsRegion").filter(|it| !it.is_empty()),
                version: text(record, "/s3/object/versionId").filter(|it| !it.is_empty()),
                etag: text(record, "/s3/object/eTag").filter(|it| !it.is_empty()),
            });
        }
        return Ok(objects);
    }
    if body.get("detail-type").and_then(Value::as_str) == Some("Object Created") {
        return Ok(vec![Object {
            bucket: text(&body, "/detail/bucket/name").ok_or_else(unknown)?,
            key: text(&body, "/detail/object/key").ok_or_else(unknown)?,
            region: text(&body, "/region"),
            version: text(&body, "/detail/object/version-id"),
            etag: text(&body, "/detail/object/etag"),
        }]);
    }
    if let (Some(bucket), Some(keys)) =
        (text(&body, "/s3Bucket"), body.get("s3ObjectKey").and_then(Value::as_array))
    {
        let object = |key: &Value| {
            let key = key.as_str().map(str::to_owned)?;
            let bucket = bucket.clone();
            Some(Object { bucket, key, region: None, version: None, etag: None })
        };
        return keys.iter().map(object).collect::<Option<_>>().ok_or_else(unknown);
    }
    Err(unknown())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_messages_announce() {
        let record = json!({"eventName": "ObjectCreated:Put", "awsRegion": "eu-central-1", "s3": {
            "bucket": {"name": "trail"}, "object": {"key": "a+b/%C3%BC%25.json.gz", "eTag": "e1"}}});
        let removed = json!({"eventName": "ObjectRemoved:Delete", "s3": {}});
        let direct = json!({"Records": [record, removed]}).to_string();
        let through_sns = json!({"Type": "Notification", "Message": direct}).to_string();
        for body in [&direct, &through_sns] {
            let objects = announced(body).unwrap();
            assert_eq!(objects.len(), 1);
            assert_eq!(objects[0].key, "a b/ü%.json.gz");
            assert_eq!(objects[0].region.as_deref(), Some("eu-central-1"));
            assert_eq!(objects[0].name(), "s3://trail/a b/ü%.json.gz@e1");
        }
        let bridged = json!({"detail-type": "Object Created", "region": "us-west-2", "detail": {
            "bucket": {"name": "trail"}, "object": {"key": "a b", "version-id": "v", "etag": "e"}}});
        assert_eq!(announced(&bridged.to_string()).unwrap()[0].name(), "s3://trail/a b@v");
        let trail = json!({"s3Bucket": "trail", "s3ObjectKey": ["x", "y"]}).to_string();
        assert_eq!(announced(&trail).unwrap().len(), 2);
        assert_eq!(announced(r#"{"Event": "s3:TestEvent"}"#), Ok(Vec::new()));
        for foreign in
            ["", "{}", "[]", "hello", r#"{"Records":[{"eventName":"ObjectCreated:Put"}]}"#]
        {
            assert!(announced(foreign).is_err(), "{foreign}");
        }
    }

    #[test]
    fn addresses() {
        assert_eq!(
            origin("https://sqs.eu-central-1.amazonaws.com/1/q"),
            "https://sqs.eu-central-1.amazonaws.com/"
        );
        assert_eq!(origin("http://127.0.0.1:4566/1/q"), "http://127.0.0.1:4566/");
        assert_eq!(encoded("a b/ü+%", true), "a%20b/%C3%BC%2B%25");
        assert_eq!(encoded("a/b", false), "a%2Fb");
        assert_eq!(decoded("100%"), "100%");
    }
}
