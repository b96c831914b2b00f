//! A stream of NATS JetStream on a real server, with the house killed while it reads.

use crate::counted::{Random, each_counted_once, exactly};
use crate::served::{Folder, record};
use crate::servers::{free_port, program};
use async_nats::jetstream::consumer::{PullConsumer, pull};
use async_nats::jetstream::message::PublishMessage;
use async_nats::jetstream::{self, stream};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// How often the house is killed.
const KILLS: u64 = 24;
/// How many messages are published along the way.
const MESSAGES: u64 = 480;

/// A running server with its streams in a folder of its own.
struct Nats {
    child: Child,
    address: String,
    _folder: tempfile::TempDir,
}

impl Drop for Nats {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

impl Nats {
    async fn start() -> Option<(Self, jetstream::Context)> {
        let program = program("INTERLOCK_TEST_NATS")?;
        let folder = tempfile::tempdir().unwrap();
        let port = free_port();
        let child = Command::new(program)
            .args(["-js", "-a", "127.0.0.1", "-p", &port.to_string(), "--auth", "the-token", "-sd"])
            .arg(folder.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let address = format!("nats://127.0.0.1:{port}");
        let it = Self { child, address, _folder: folder };
        let mut pace = tokio::time::interval(Duration::from_millis(100));
        for _ in 0..300 {
            pace.tick().await;
            let options = async_nats::ConnectOptions::new().token("the-token".to_owned());
            if let Ok(client) = options.connect(&it.address).await {
                return Some((it, jetstream::new(client)));
            }
        }
        panic!("the server does not answer at {}", it.address);
    }
}

fn folder(nats: &Nats) -> Folder {
    let folder = Folder::new();
    crate::program::write_secret(folder.path().join("nats.token"), "the-token\n");
    folder.add(&format!(
        "\n[[feed]]\nid = \"bus\"\nkind = \"nats\"\nserver = \"{}\"\nstream = \"EVENTS\"\nsubject = \"audit.>\"\nsecret = {{ from = \"file\", path = \"nats.token\" }}\n",
        nats.address
    ));
    folder
}

async fn stream(context: &jetstream::Context) -> stream::Stream {
    let config = stream::Config {
        name: "EVENTS".to_owned(),
        subjects: vec!["audit.>".to_owned(), "other.>".to_owned()],
        ..stream::Config::default()
    };
    context.create_stream(config).await.unwrap()
}

async fn publish(context: &jetstream::Context, subject: &str, user: u64) {
    let text = record(&format!("event-user-{user}"), &format!("user-{user}")).to_string();
    // The server takes a publication that was cut off and is sent again once, by its id.
    let id = format!("{subject}-{user}");
    let message = PublishMessage::build().payload(text.into()).message_id(id);
    let sent = context.send_publish(subject.to_owned(), message).await.unwrap();
    sent.await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_while_messages_come_in_each_counts_once() {
    let Some((nats, context)) = Nats::start().await else { return };
    let events = stream(&context).await;
    // What a dead process held comes again after two seconds here, not after a minute.
    let config = pull::Config {
        durable_name: Some("interlock-bus".to_owned()),
        filter_subject: "audit.>".to_owned(),
        ack_wait: Duration::from_secs(2),
        ..pull::Config::default()
    };
    let _consumer: PullConsumer =
        events.get_or_create_consumer("interlock-bus", config).await.unwrap();
    let folder = folder(&nats);
    let mut random = Random::seeded();
    let mut next = 0;
    for kill in 0..KILLS {
        let house = folder.serve();
        let life = Duration::from_millis(random.below(700));
        let until = (kill + 1) * MESSAGES / KILLS;
        let publishing = async {
            while next < until {
                publish(&context, "audit.aws", next).await;
                next += 1;
                if next % 7 == 0 {
                    publish(&context, "other.thing", next).await;
                }
            }
            std::future::pending::<()>().await;
        };
        let _ = tokio::time::timeout(life, publishing).await;
        house.kill();
    }
    while next < MESSAGES {
        publish(&context, "audit.aws", next).await;
        next += 1;
    }
    let house = folder.serve();
    let messages = usize::try_from(MESSAGES).unwrap();
    exactly(&house, messages).await;
    each_counted_once(&house, messages).await;
    house
        .until("everything is acknowledged", async || {
            let mut consumer: PullConsumer = events.get_consumer("interlock-bus").await.unwrap();
            let info = consumer.info().await.unwrap();
            info.num_pending == 0 && info.num_ack_pending == 0
        })
        .await;
    println!("{messages} messages, {KILLS} kills");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_goes_away_makes_the_feed_sick_and_only_that() {
    let Some((nats, context)) = Nats::start().await else { return };
    let _events = stream(&context).await;
    let folder = folder(&nats);
    let tested = folder.run(&["feed", "test"]);
    assert_eq!(tested.code, 0, "{}{}", tested.out, tested.err);
    let house = folder.serve();
    publish(&context, "audit.aws", 0).await;
    exactly(&house, 1).await;
    drop(nats);
    house
        .until("the feed is sick", async || {
            let (_, feeds) = house.get("rita", "/v1/feeds").await;
            feeds[0]["well"] == false && feeds[0]["last_error"].is_string()
        })
        .await;
    let health = house.get("rita", "/health").await;
    assert_eq!((health.0, &health.1["feeds"]["sick"]), (200, &1.into()), "{}", health.1);
    let (status, _) = house.events(record("event-user-1", "user-1").to_string(), &[]).await;
    assert_eq!(status, 202, "the other ways in are as before");
    assert_eq!(house.terminate(), Some(0));
    let tested = folder.run(&["feed", "test"]);
    assert_eq!(tested.code, 1, "{}{}", tested.out, tested.err);
    assert!(!(tested.out + &tested.err).contains("the-token"));
}
