//! The poller on the fake that misbehaves: every event once, none passed over.

use super::fake::{FakeLog, Mood, NOW};
use super::{Api, Page, PollError, Poller, Reached};
use crate::Secret;
use interlock_model::Timestamp;
use std::time::Duration;

/// A poller on a fake, and what it has read.
struct Reading {
    log: FakeLog,
    poller: Poller,
    reached: Reached,
    read: Vec<String>,
}

fn now() -> Timestamp {
    Timestamp::from_second(NOW).unwrap()
}

fn both() -> [Api; 2] {
    [Api::OktaSystemLog, Api::GithubAuditLog { organization: "acme".to_owned() }]
}

impl Reading {
    fn of(api: Api) -> Self {
        let log = FakeLog::start(api.clone());
        let (hour, minutes) = (Duration::from_secs(3_600), Duration::from_secs(600));
        let poller = Poller::new(api, &log.base, hour, minutes).unwrap();
        Self { log, poller, reached: Reached::default(), read: Vec::new() }
    }

    async fn ask(&mut self) -> Result<Page, PollError> {
        let token = Secret::new("the-token");
        let page = self.poller.ask(&token, &self.reached, now()).await?;
        for event in &page.fresh {
            let number = event.split("\"e").nth(1).unwrap().split('"').next().unwrap();
            self.read.push(number.to_owned());
        }
        // As the cursor: through its stored form.
        let stored = serde_json::to_string(&page.reached).unwrap();
        self.reached = serde_json::from_str(&stored).unwrap();
        Ok(page)
    }

    /// Asks until there is no more.
    async fn all(&mut self) -> String {
        for _ in 0..20 {
            if !self.ask().await.unwrap().more {
                return self.read.join(" ");
            }
        }
        panic!("it does not end");
    }
}

#[tokio::test]
async fn every_event_once_over_pages_and_over_time() {
    for api in both() {
        let mut it = Reading::of(api);
        it.log.event(-7_200, 0);
        for number in 1..=7 {
            it.log.event(i64::from(number) - 100, number);
        }
        assert_eq!(it.all().await, "1 2 3 4 5 6 7", "what is older than the lookback is left out");
        assert_eq!(it.all().await, "1 2 3 4 5 6 7");
        it.log.event(-50, 8);
        it.log.event(-50, 9);
        assert_eq!(it.all().await, "1 2 3 4 5 6 7 8 9");
        assert_eq!(it.reached.count, 9);
    }
}

#[tokio::test]
async fn an_event_that_comes_late_is_found_and_the_others_are_not_read_again() {
    let [_, github] = both();
    let mut it = Reading::of(github);
    it.log.event(-100, 1);
    it.log.event(-10, 2);
    assert_eq!(it.all().await, "1 2");
    it.log.event(-300, 3);
    it.log.event(-5, 4);
    assert_eq!(it.all().await, "1 2 3 4");
    // Beyond the overlap nobody looks.
    it.log.event(-2_000, 5);
    assert_eq!(it.all().await, "1 2 3 4");
}

#[tokio::test]
async fn a_place_that_is_lost_is_found_again_from_the_newest_event_on() {
    let [okta, _] = both();
    let mut it = Reading::of(okta);
    it.log.event(-100, 1);
    it.log.event(-10, 2);
    assert_eq!(it.all().await, "1 2");
    it.log.event(-60, 3);
    it.log.mood(Mood::Refuses(400, Vec::new()));
    assert!(matches!(it.ask().await, Err(PollError::Lost(_))));
    it.reached.next = None;
    assert_eq!(it.all().await, "1 2 3");
    let since = format!("since={}", Timestamp::from_second(NOW - 10 - 600).unwrap());
    let asked = it.log.asked();
    assert!(asked.iter().any(|it| it.replace("%3A", ":").starts_with(&since)), "{asked:?}");
}

#[tokio::test]
async fn limits_are_honoured_by_the_clock_of_the_provider() {
    let seconds = |outcome: Result<Page, PollError>| match outcome {
        Err(PollError::Asked { pause, .. }) => pause.as_secs(),
        other => panic!("{other:?}"),
    };
    for api in both() {
        let github = matches!(api, Api::GithubAuditLog { .. });
        let mut it = Reading::of(api);
        it.log.event(-10, 1);
        it.log.mood(Mood::Refuses(429, vec![("retry-after", "7".to_owned())]));
        assert_eq!(seconds(it.ask().await), 7);
        // Its clock is a minute ahead of ours: only the difference on its own counts.
        it.log.clock(60);
        let reset = (NOW + 60 + 20).to_string();
        let header = if github { "x-ratelimit-reset" } else { "x-rate-limit-reset" };
        it.log.mood(Mood::Refuses(429, vec![(header, reset.clone())]));
        assert_eq!(seconds(it.ask().await), 20);
        it.log.mood(Mood::Refuses(429, vec![(header, "99999999999999".to_owned())]));
        assert_eq!(seconds(it.ask().await), 3_600, "never longer than an hour");
        it.log.mood(Mood::Refuses(429, Vec::new()));
        assert_eq!(seconds(it.ask().await), 60);
        if github {
            it.log.mood(Mood::Refuses(403, vec![("retry-after", "9".to_owned())]));
            assert_eq!(seconds(it.ask().await), 9);
        }
        // What is left is not used up: others call the same API.
        let (left, of) = if github {
            ("x-ratelimit-remaining", "x-ratelimit-limit")
        } else {
            ("x-rate-limit-remaining", "x-rate-limit-limit")
        };
        let says = |many: &str| {
            vec![(left, many.to_owned()), (of, "60".to_owned()), (header, reset.clone())]
        };
        it.log.mood(Mood::Says(says("6")));
        let page = it.ask().await.unwrap();
        assert_eq!(page.pause, Some(Duration::from_secs(20)));
        it.log.mood(Mood::Says(says("50")));
        assert_eq!(it.ask().await.unwrap().pause, None);
        assert_eq!(it.read, ["1"]);
    }
}

#[tokio::test]
async fn what_breaks_off_or_makes_no_sense_passes_nothing_over() {
    for api in both() {
        let mut it = Reading::of(api);
        for number in 1..=4 {
            it.log.event(-10, number);
        }
        for mood in [
            Mood::BreaksOff,
            Mood::Babbles,
            Mood::Refuses(500, Vec::new()),
            Mood::Refuses(401, Vec::new()),
        ] {
            it.log.mood(mood.clone());
            let before = it.reached.clone();
            let error = it.ask().await.unwrap_err();
            assert!(matches!(error, PollError::Again(_)), "{mood:?}: {error}");
            assert_eq!(it.reached, before);
            assert!(!error.to_string().contains("the-token"), "{error}");
        }
        assert_eq!(it.all().await, "1 2 3 4");
    }
}

#[tokio::test]
async fn a_page_that_leads_to_itself_or_away_is_no_trap() {
    for api in both() {
        let mut it = Reading::of(api);
        for number in 1..=4 {
            it.log.event(-10, number);
        }
        it.ask().await.unwrap();
        for _ in 0..3 {
            it.log.mood(Mood::RepeatsItself);
            it.ask().await.unwrap();
        }
        it.log.mood(Mood::LinksAway);
        it.ask().await.unwrap();
        assert_eq!(it.all().await, "1 2 3 4");
        assert!(it.log.asked().len() < 12);
    }
}

#[tokio::test]
async fn clocks_that_differ_hide_nothing() {
    for api in both() {
        // Ours is two hours ahead of theirs: asked by it, the log would begin in their future.
        let mut it = Reading::of(api.clone());
        it.log.clock(-7_200);
        it.log.event(-7_200 - 60, 1);
        assert_eq!(it.all().await, "1");
        // An event of the future does not hide those that come after it.
        let mut it = Reading::of(api);
        it.log.event(90_000, 1);
        assert_eq!(it.all().await, "1");
        it.log.event(-5, 2);
        assert_eq!(it.all().await, "1 2");
    }
}
