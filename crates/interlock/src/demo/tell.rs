//! Tells the demo's story: chapters, who says what, and the audit chain as it grows.

use crate::clock;
use crate::plain;
use crate::runner::House;
use anstyle::{AnsiColor, Color, Style};
use interlock_model::{AuditEntry, Case, Identity, Owner};
use std::io::Write as _;
use std::path::Path;
use std::time::Instant;

const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();

/// Prints as it goes.
#[derive(Debug)]
pub struct Teller {
    json: bool,
    began: Instant,
    told: u64,
}

impl Teller {
    /// The story begins now.
    pub fn new(json: bool) -> Self {
        Self { json, began: clock::stopwatch(), told: 0 }
    }

    /// A new chapter.
    pub fn chapter(&self, title: &str) {
        if !self.json {
            self.line(&format!("\n{BOLD}{title}{BOLD:#}"));
        }
    }

    /// Somebody on the stage has something to say.
    pub fn say(&self, who: &str, what: &str) {
        let style = match who {
            "stranger" | "finding.made" => Style::new().fg_color(Some(Color::Ansi(AnsiColor::Red))),
            "workload" | "effective" => Style::new().fg_color(Some(Color::Ansi(AnsiColor::Green))),
            "measured" | "decision.made" | "bound to" => BOLD,
            _ => DIM,
        };
        let seconds = self.began.elapsed().as_secs_f64();
        if self.json {
            let line =
                serde_json::json!({"type": "story", "seconds": seconds, "who": who, "what": what});
            self.line(&line.to_string());
        } else {
            self.line(&format!("{DIM}{seconds:6.2} s{DIM:#}  {style}{who:<13}{style:#}  {what}"));
        }
    }

    /// One recorded event goes in.
    pub fn event(&self, event: &serde_json::Value) {
        let text = |name: &str| event[name].as_str().unwrap_or_default().to_owned();
        let service = text("eventSource").replace(".amazonaws.com", "");
        self.say(
            "stranger",
            &format!("{service}:{} from {}", text("eventName"), text("sourceIPAddress")),
        );
    }

    /// Tells what the audit chain gained.
    pub async fn follow(&mut self, house: &House) {
        loop {
            let Ok(page) = house.store().audit_entries(self.told, 200).await else { return };
            let Some(last) = page.last() else { return };
            self.told = last.sequence + 1;
            for entry in &page {
                self.entry(entry);
            }
        }
    }

    fn entry(&mut self, entry: &AuditEntry) {
        let fact = &entry.fact;
        let silent = ["containment.requested", "containment.joined", "step.acknowledged"];
        if silent.contains(&fact.what.as_str()) || fact.what.starts_with("api.") {
            return;
        }
        let what = fact.what.trim_start_matches("containment.").trim_start_matches("step.");
        let text = fact.text.split("; why: ").next().unwrap_or_default();
        self.say(what, text);
    }

    /// Whom the findings are about, as the directory knows it.
    pub fn bound(&self, identity: &Identity, owner: Option<&Owner>, case: &Case) {
        let owner =
            owner.map_or_else(|| "nobody".to_owned(), |it| format!("{} ({})", it.name, it.contact));
        let (kind, name, place) = (identity.kind, &identity.name, identity.environment);
        self.say("bound to", &format!("{kind} `{name}`, {place}, owner {owner}"));
        let first = case.findings.first();
        if let Some(credential) = first.and_then(|it| it.credential.as_ref()) {
            self.say("with", credential.as_str());
        }
        let chain: Vec<String> =
            first.map(|it| it.chain.iter().map(ToString::to_string).collect()).unwrap_or_default();
        if !chain.is_empty() {
            self.say("issued by", &chain.join(" -> "));
        }
    }

    /// Where the page is.
    pub fn page(&self, address: &str, token: &str, folder: &Path) {
        if self.json {
            let line = serde_json::json!({"type": "page", "address": address, "token": token});
            return self.line(&line.to_string());
        }
        self.chapter("Look around");
        self.line(&format!("  page    {address}/"));
        self.line(&format!("  token   {token}"));
        self.line(&format!("  folder  {}", folder.display()));
    }

    fn line(&self, text: &str) {
        // A closed pipe ends the telling, not the story.
        let _ = writeln!(anstream::stdout(), "{}", plain::coloured(text));
    }
}
