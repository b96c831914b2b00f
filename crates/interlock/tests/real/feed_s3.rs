//! Objects in S3, announced by SQS, on a server that signs, stores and notifies for real.

use crate::account::{Keys, now};
use crate::clocked::Clocked;
use crate::counted::{Random, each_counted_once, exactly};
use crate::served::{Folder, record};
use crate::servers::ministack;
use interlock_connect_aws::sign::{Signer, Unsigned};
use interlock_connect_aws::{CredentialSource, Secret};
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::io::Write as _;
use std::time::Duration;

/// How often the house is killed.
const KILLS: u64 = 24;
/// How many objects are put along the way, and how many records each holds.
const OBJECTS: usize = 48;
const RECORDS: usize = 10;

/// What the feed's own user may do, as the operating guide names it.
const POLICY: &str = r#"{"Version":"2012-10-17","Statement":[
{"Effect":"Allow","Action":["sqs:ReceiveMessage","sqs:DeleteMessage","sqs:GetQueueAttributes"],"Resource":"*"},
{"Effect":"Allow","Action":["s3:GetObject","s3:GetObjectVersion"],"Resource":"*"}]}"#;

/// The bucket and the queue, as their operator sees them.
struct Bucket {
    signer: Signer,
    client: reqwest::Client,
    endpoint: String,
    queue: String,
}

impl Bucket {
    /// A bucket that tells a queue of every new object.
    async fn new(endpoint: String, account: &str) -> Self {
        let root = CredentialSource::Static {
            access_key_id: "AKIAROOTROOTROOTROOT".to_owned(),
            secret: Secret::new("rootsecret"),
        };
        let signer = Signer::new(&root, "us-east-1").await.unwrap();
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let mut it = Self { signer, client, endpoint, queue: String::new() };
        let arn = format!("arn:aws:sqs:us-east-1:{account}:trail");
        let policy = json!({"Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"},
            "Action": "sqs:SendMessage", "Resource": arn}]});
        let asked = json!({"QueueName": "trail", "Attributes": {"Policy": policy.to_string()}});
        let made = it.queue_call("CreateQueue", asked).await;
        it.queue = made["QueueUrl"].as_str().unwrap().to_owned();
        it.bucket_call("PUT", "/trail", Vec::new()).await;
        let notify = format!(
            "<NotificationConfiguration><QueueConfiguration><Queue>{arn}</Queue><Event>s3:ObjectCreated:*</Event></QueueConfiguration></NotificationConfiguration>"
        );
        it.bucket_call("PUT", "/trail?notification=", notify.into_bytes()).await;
        it
    }

    async fn call(
        &self,
        service: &str,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Vec<u8>,
    ) -> (u16, String) {
        let url = format!("{}{path}", self.endpoint);
        let request =
            Unsigned { service, region: "us-east-1", method, url: &url, headers, body: &body };
        let signed = self.signer.sign(request, now().into()).await.unwrap();
        let method = reqwest::Method::from_bytes(method.as_bytes()).unwrap();
        let mut request = self.client.request(method, &url).body(body);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        for (name, value) in signed {
            request = request.header(name, value);
        }
        let answer = request.send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    }

    async fn bucket_call(&self, method: &str, path: &str, body: Vec<u8>) {
        let (status, said) = self.call("s3", method, path, &[], body).await;
        assert!(status < 300, "{method} {path}: {status} {said}");
    }

    async fn queue_call(&self, action: &str, body: Value) -> Value {
        let target = format!("AmazonSQS.{action}");
        let headers =
            [("content-type", "application/x-amz-json-1.0"), ("x-amz-target", target.as_str())];
        let (status, said) =
            self.call("sqs", "POST", "/", &headers, body.to_string().into_bytes()).await;
        assert!(status < 300, "{action}: {status} {said}");
        serde_json::from_str(&said).unwrap_or_default()
    }

    /// How many messages wait, and how many are in somebody's hands.
    async fn messages(&self) -> (u64, u64) {
        let asked = json!({"QueueUrl": self.queue, "AttributeNames": ["All"]});
        let said = self.queue_call("GetQueueAttributes", asked).await;
        let number = |name: &str| said["Attributes"][name].as_str().unwrap().parse().unwrap();
        (number("ApproximateNumberOfMessages"), number("ApproximateNumberOfMessagesNotVisible"))
    }

    /// A packed object as CloudTrail writes it, with the records of these users.
    async fn put(&self, number: usize) {
        let users = number * RECORDS..(number + 1) * RECORDS;
        let records: Vec<Value> =
            users.map(|it| record(&format!("event-user-{it}"), &format!("user-{it}"))).collect();
        let text = json!({"Records": records}).to_string();
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packed.write_all(text.as_bytes()).unwrap();
        let body = packed.finish().unwrap();
        self.bucket_call("PUT", &format!("/trail/AWSLogs/a%20b/{number}.json.gz"), body).await;
    }

    async fn send(&self, body: &str) {
        let asked = json!({"QueueUrl": self.queue, "MessageBody": body});
        self.queue_call("SendMessage", asked).await;
    }
}

/// A house that reads the queue as a user who may do no more than that.
fn folder(bucket: &Bucket, keys: &Keys) -> Folder {
    folder_at(&bucket.endpoint, &bucket.queue, keys)
}

/// The same by these addresses.
fn folder_at(endpoint: &str, queue: &str, keys: &Keys) -> Folder {
    let folder = Folder::new();
    let key = json!({"AccessKeyId": keys.id, "SecretAccessKey": keys.secret});
    crate::program::write_secret(folder.path().join("feed.json"), key.to_string());
    let mut feed = String::new();
    let _ = write!(
        feed,
        "\n[[feed]]\nid = \"trail\"\nkind = \"s3\"\nqueue = \"{}\"\nendpoint = \"{}\"\nregion = \"us-east-1\"\nvisibility = \"2s\"\ncredentials = {{ from = \"file\", path = \"feed.json\" }}\n",
        queue, endpoint
    );
    folder.add(&feed);
    folder
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_while_objects_come_in_each_record_counts_once() {
    let Some((server, account)) = ministack().await else { return };
    let bucket = Bucket::new(server.endpoint(), &account.number).await;
    let keys = account.add_user("feed", POLICY).await;
    let folder = folder(&bucket, &keys);
    let mut random = Random::seeded();
    let mut put = 0;
    for kill in 0..KILLS {
        let due = usize::try_from(kill + 1).unwrap() * OBJECTS / usize::try_from(KILLS).unwrap();
        while put < due {
            bucket.put(put).await;
            put += 1;
        }
        let house = folder.serve();
        tokio::time::sleep(Duration::from_millis(random.below(900))).await;
        house.kill();
    }
    let house = folder.serve();
    exactly(&house, OBJECTS * RECORDS).await;
    each_counted_once(&house, OBJECTS * RECORDS).await;
    house.until("the queue is empty", async || bucket.messages().await == (0, 0)).await;
    // The same object once more, byte for byte, and told of anew.
    bucket.put(0).await;
    house.until("the queue is empty", async || bucket.messages().await == (0, 0)).await;
    exactly(&house, OBJECTS * RECORDS).await;
    let (_, feeds) = house.get("rita", "/v1/feeds").await;
    assert_eq!(feeds[0]["well"], true, "{feeds}");
    println!("{OBJECTS} objects with {RECORDS} records each, {KILLS} kills");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_understood_or_not_there_is_said_and_left_and_holds_nothing_up() {
    let Some((server, account)) = ministack().await else { return };
    let bucket = Bucket::new(server.endpoint(), &account.number).await;
    let keys = account.add_user("feed", POLICY).await;
    let folder = folder(&bucket, &keys);
    bucket.send("hello").await;
    let absent = json!({"s3Bucket": "trail", "s3ObjectKey": ["absent"]});
    bucket.send(&absent.to_string()).await;
    bucket.put(0).await;
    let tested = folder.run(&["feed", "test", "trail"]);
    assert_eq!(tested.code, 0, "{}{}", tested.out, tested.err);
    assert!(tested.out.contains("the queue answers"), "{}", tested.out);
    let house = folder.serve();
    exactly(&house, RECORDS).await;
    house
        .until("both are listed", async || {
            let (_, rejected) = house.get("rita", "/v1/rejected").await;
            rejected["items"].as_array().is_some_and(|it| it.len() == 2)
        })
        .await;
    let (_, rejected) = house.get("rita", "/v1/rejected").await;
    let text = rejected.to_string();
    assert!(text.contains("not a notification about objects in S3"), "{text}");
    assert!(text.contains("s3://trail/absent"), "{text}");
    let (waiting, held) = bucket.messages().await;
    assert_eq!(waiting + held, 2, "they are left to the queue's redrive policy");
    let counted = house.get("rita", "/v1/feeds").await.1[0]["rejected"].clone();
    assert_eq!(counted, 2, "each is noted once, however often it comes back");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_is_five_minutes_off_costs_a_refused_request_and_no_record() {
    let Some((server, account)) = ministack().await else { return };
    let bucket = Bucket::new(server.endpoint(), &account.number).await;
    let keys = account.add_user("feed", POLICY).await;
    let direct = server.endpoint();
    // Five minutes are taken; a little more is refused once, and learned.
    for (round, (ahead, refused)) in [(290, 0), (330, 1), (-330, 1)].into_iter().enumerate() {
        let aws = Clocked::before(direct.trim_start_matches("http://"), ahead).await;
        let queue = bucket.queue.replacen(&direct, &aws.url(), 1);
        assert_ne!(queue, bucket.queue, "the queue is asked by that clock, too");
        let folder = folder_at(&aws.url(), &queue, &keys);
        bucket.put(2 * round).await;
        let house = folder.serve();
        exactly(&house, RECORDS).await;
        bucket.put(2 * round + 1).await;
        exactly(&house, 2 * RECORDS).await;
        house.until("the queue is empty", async || bucket.messages().await == (0, 0)).await;
        assert_eq!(aws.refused(), refused, "{ahead} s ahead");
        let (_, feeds) = house.get("rita", "/v1/feeds").await;
        assert_eq!(feeds[0]["well"], true, "{ahead} s ahead: {feeds}");
    }
}
