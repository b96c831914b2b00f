//! A log over loopback that behaves as Okta's or GitHub's does, and misbehaves on request.
//!
//! It is ours and no server of theirs: what it does comes from their documentation.

use super::Api;
use std::collections::VecDeque;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// The time on the fake's clock when nothing else is said, in seconds since 1970.
pub(super) const NOW: i64 = 1_772_445_600;

/// How the next answers go wrong.
#[derive(Debug, Clone)]
pub(super) enum Mood {
    /// Refuses with this status and these headers.
    Refuses(u16, Vec<(&'static str, String)>),
    /// Closes in the middle of the body.
    BreaksOff,
    /// Says that the next page is the one that was asked for.
    RepeatsItself,
    /// Links to another host.
    LinksAway,
    /// Adds these headers.
    Says(Vec<(&'static str, String)>),
    /// Answers with something that is no page.
    Babbles,
}

#[derive(Debug, Default)]
struct Held {
    /// Time and number of each event, in the order of arrival.
    events: Vec<(i64, u32)>,
    moods: VecDeque<Mood>,
    asked: Vec<String>,
    clock: i64,
}

/// The running fake.
#[derive(Debug, Clone)]
pub(super) struct FakeLog {
    api: Api,
    held: Arc<Mutex<Held>>,
    pub(super) base: String,
}

impl FakeLog {
    pub(super) fn start(api: Api) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let held = Arc::new(Mutex::new(Held { clock: NOW, ..Held::default() }));
        let it = Self { api, held, base };
        let serving = it.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                serving.answer(stream);
            }
        });
        it
    }

    /// An event that arrives now and happened so many seconds after [`NOW`].
    pub(super) fn event(&self, at: i64, number: u32) {
        self.held.lock().unwrap().events.push((NOW + at, number));
    }

    pub(super) fn mood(&self, mood: Mood) {
        self.held.lock().unwrap().moods.push_back(mood);
    }

    /// Sets the clock so many seconds after [`NOW`].
    pub(super) fn clock(&self, at: i64) {
        self.held.lock().unwrap().clock = NOW + at;
    }

    /// The queries so far.
    pub(super) fn asked(&self) -> Vec<String> {
        self.held.lock().unwrap().asked.clone()
    }

    fn answer(&self, mut stream: TcpStream) {
        let mut head = Vec::new();
        let mut byte = [0];
        while !head.ends_with(b"\r\n\r\n") {
            if stream.read(&mut byte).unwrap_or(0) == 0 {
                return;
            }
            head.push(byte[0]);
        }
        let head = String::from_utf8(head).unwrap();
        let target = head.split(' ').nth(1).unwrap();
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let mut held = self.held.lock().unwrap();
        held.asked.push(query.to_owned());
        let mood = held.moods.pop_front();
        let scheme = match self.api {
            Api::OktaSystemLog => "authorization: SSWS the-token",
            Api::GithubAuditLog { .. } => "authorization: Bearer the-token",
        };
        let known = head.to_ascii_lowercase().contains(&scheme.to_ascii_lowercase());
        let date = jiff::Timestamp::from_second(held.clock).unwrap();
        let date = date.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
        let mut headers = vec![("date", date), ("content-type", "application/json".to_owned())];
        let (mut status, mut body) = (if known { 200 } else { 401 }, String::new());
        if status == 200 {
            let (events, next) = page(&self.api, &held.events, query);
            body = format!("[{}]", events.join(",\n"));
            let link = |query: &str, base: &str| format!("<{base}{path}?{query}>; rel=\"next\"");
            headers.push(("link", format!("<{}{path}>; rel=\"self\"", self.base)));
            match (&mood, next) {
                (Some(Mood::RepeatsItself), _) => headers.push(("link", link(query, &self.base))),
                (Some(Mood::LinksAway), Some(next)) => {
                    headers.push(("link", link(&next, "https://example.com")));
                }
                (_, Some(next)) => headers.push(("link", link(&next, &self.base))),
                (_, None) => {}
            }
        }
        drop(held);
        let mut missing = 0;
        match mood {
            Some(Mood::Refuses(with, more)) => {
                status = with;
                headers.retain(|it| it.0 != "link");
                headers.extend(more);
                body = r#"{"errorSummary":"not now"}"#.to_owned();
            }
            Some(Mood::Says(more)) => headers.extend(more),
            Some(Mood::BreaksOff) => missing = body.len() / 2,
            Some(Mood::Babbles) => body = "<html>maintenance</html>".to_owned(),
            Some(Mood::RepeatsItself | Mood::LinksAway) | None => {}
        }
        let mut text = format!(
            "HTTP/1.1 {status} x\r\ncontent-length: {}\r\nconnection: close\r\n",
            body.len()
        );
        for (name, value) in headers {
            text += &format!("{name}: {value}\r\n");
        }
        text += "\r\n";
        text += body.get(..body.len() - missing).unwrap_or_default();
        let _ = stream.write_all(text.as_bytes());
    }
}

/// The events that a query means, at most three, and the query of the next page.
fn page(api: &Api, events: &[(i64, u32)], query: &str) -> (Vec<String>, Option<String>) {
    let value = |name: &str| {
        query.split('&').filter_map(|it| it.split_once('=')).find(|it| it.0 == name).map(|it| it.1)
    };
    let plain = |text: &str| text.replace("%3A", ":").replace("%3E%3D", ">=");
    let since = value("since").or(value("phrase")).map(plain).unwrap_or_default();
    let since = since.trim_start_matches("created:>=");
    let since = since.parse::<jiff::Timestamp>().map_or(i64::MIN, |it| it.as_second());
    let from: usize = value("after").and_then(|it| it.parse().ok()).unwrap_or(0);
    let numbered = events.iter().enumerate().skip(from);
    let meant: Vec<_> = numbered.filter(|(_, it)| it.0 >= since).take(3).collect();
    let end = meant.last().map_or(from, |(at, _)| at + 1);
    let more = events.iter().skip(end).any(|it| it.0 >= since);
    let mut texts = Vec::new();
    for (_, (time, number)) in meant {
        let at = jiff::Timestamp::from_second(*time).unwrap();
        texts.push(match api {
            Api::OktaSystemLog => format!("{{\"uuid\": \"e{number}\",\n \"published\": \"{at}\"}}"),
            Api::GithubAuditLog { .. } => {
                format!(r#"{{"_document_id":"e{number}","@timestamp":{}}}"#, time * 1_000)
            }
        });
    }
    let rest = query.split('&').filter(|it| !it.starts_with("after=") && !it.is_empty());
    let mut rest: Vec<String> = rest.map(str::to_owned).collect();
    rest.push(format!("after={end}"));
    let next = match api {
        Api::OktaSystemLog => true,
        Api::GithubAuditLog { .. } => more,
    };
    (texts, next.then(|| rest.join("&")))
}
