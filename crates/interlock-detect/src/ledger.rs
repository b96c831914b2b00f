//! The findings of the hour: hits of one rule on one credential of one identity become one finding.
//! What is only a remark lasts a day (decision 0042).

mod shelf;

use crate::behaviour::{Key, seconds};
use crate::snapshot::{Reader, RestoreError, Writer};
use interlock_model::{
    Binding, Confidence, CredentialRef, Finding, FindingId, Origin, Place, RuleRef, Severity, Tier,
    Timestamp,
};
use shelf::{At, Shelf};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// How long one finding lasts, in seconds: hours since 1970, so that a replay cuts alike.
pub(crate) const WINDOW: u32 = 3600;
/// How many hours a remark lasts: days since 1970.
const DAY_OF_HOURS: u32 = 24;

/// A finding is kept this long after its window for events that come late, in seconds.
const LATE: u32 = 2 * 3600;
/// Most findings of an hour that are kept open; one takes about 10 KB at most.
const MOST_OPEN: usize = 4096;
/// Most remarks of a day that are kept open; one takes about 3 KB at most.
const MOST_REMARKS: usize = 16_384;
/// Most records that carry one finding.
const MOST_EVIDENCE: usize = 100;
/// Most records that carry one remark.
const MOST_EVIDENCE_OF_REMARK: usize = 20;
/// Most things that one finding shows.
const MOST_FACTS: usize = 40;
/// Most credentials of one identity that get their own finding of one rule and window.
const MOST_CREDENTIALS: usize = 8;
/// Of how many rules and subjects the credentials are told apart; one takes about 200 bytes at most.
const MOST_CROWDS: usize = MOST_OPEN + MOST_REMARKS;
/// A rise of confidence by this much is worth giving the finding again.
const RISE: f64 = 0.1;

/// How long hits are one finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lasts {
    /// An hour: what may ask for an answer.
    Hour,
    /// A day: what is kept for the record, and hits ordinary work, too.
    Day,
}

impl Lasts {
    /// The last hour since 1970 of the window that holds this second.
    const fn window(self, second: u32) -> u32 {
        let hour = second / WINDOW;
        match self {
            Self::Hour => hour,
            Self::Day => hour - hour % DAY_OF_HOURS + (DAY_OF_HOURS - 1),
        }
    }

    const fn most_evidence(self) -> usize {
        match self {
            Self::Hour => MOST_EVIDENCE,
            Self::Day => MOST_EVIDENCE_OF_REMARK,
        }
    }
}

/// What a detector says, before it is known whether it is a new finding.
#[derive(Debug, Clone)]
pub(crate) struct Draft<'d> {
    pub(crate) rule: Cow<'d, RuleRef>,
    pub(crate) title: Cow<'d, str>,
    pub(crate) confidence: Confidence,
    pub(crate) severity: Severity,
    pub(crate) techniques: Cow<'d, [Box<str>]>,
    pub(crate) facts: Vec<(String, String)>,
    /// The class of answer that the detector was written for.
    pub(crate) response: Option<Tier>,
    pub(crate) lasts: Lasts,
}

/// What it is said about.
#[derive(Debug, Clone)]
pub(crate) struct About<'a> {
    pub(crate) subject: &'a str,
    pub(crate) binding: &'a Binding,
    pub(crate) origin: &'a Origin,
    /// Stands for the event, so that the same one is not counted twice.
    pub(crate) event: Key,
    pub(crate) first: Timestamp,
    pub(crate) last: Timestamp,
    pub(crate) places: &'a [Place],
}

/// A finding that is made once for its subject, whatever the hour and the credential.
pub(crate) fn once(draft: Draft<'_>, about: &About<'_>) -> Finding {
    let id = FindingId::derive(&[&draft.rule.id, about.subject]);
    let credential = about.binding.credential.as_ref().map(CredentialRef::as_str);
    Finding { id, ..Open::new(draft, about, credential).finding }
}

/// The open findings.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    findings: Shelf,
    remarks: Shelf,
    crowds: BTreeMap<At, Vec<Key>>,
}

#[derive(Debug, Clone)]
struct Open {
    finding: Finding,
    lasts: Lasts,
    hits: u64,
    events: Vec<Key>,
    given_hits: u64,
    given_confidence: f64,
}

impl Ledger {
    /// Adds what a detector says; gives the finding when it is new, ten times as large as when it
    /// was last given, or surer by a tenth.
    pub(crate) fn add(&mut self, draft: Draft<'_>, about: &About<'_>, out: &mut Vec<Finding>) {
        // Whoever has a finding of its own goes on having it: most hits end here.
        if let Some(open) = self.shelf(draft.lasts).get_mut(own_key(&draft, about)) {
            open.extend(draft, about);
            if open.is_news() {
                out.push(open.given());
            }
            return;
        }
        if let Some(open) = self.entered(draft, about, out)
            && open.is_news()
        {
            out.push(open.given());
        }
    }

    /// The same, but gives the finding in any case.
    pub(crate) fn add_and_give(
        &mut self,
        draft: Draft<'_>,
        about: &About<'_>,
        out: &mut Vec<Finding>,
    ) {
        let whole = draft.clone();
        match self.entered(draft, about, out) {
            Some(open) => out.push(open.given()),
            // INVARIANT: `entered` finds what it has put there; this arm only spares a panic.
            None => out.push(Open::new(whole, about, None).finding),
        }
    }

    fn entered(
        &mut self,
        draft: Draft<'_>,
        about: &About<'_>,
        out: &mut Vec<Finding>,
    ) -> Option<&mut Open> {
        let lasts = draft.lasts;
        let mut known = own_key(&draft, about);
        let shelf = match lasts {
            Lasts::Hour => &mut self.findings,
            Lasts::Day => &mut self.remarks,
        };
        if !shelf.contains(known) {
            let own = own_credential(&mut self.crowds, known.window, &draft.rule.id, about);
            known = key_of(&draft, about, own);
            if !shelf.contains(known) {
                let most = match lasts {
                    Lasts::Hour => MOST_OPEN,
                    Lasts::Day => MOST_REMARKS,
                };
                if shelf.len() >= most
                    && let Some(mut oldest) = shelf.pop_first()
                    && oldest.has_grown()
                {
                    out.push(oldest.given());
                }
                return Some(shelf.insert(known, Open::new(draft, about, own)));
            }
        }
        let open = shelf.get_mut(known)?;
        open.extend(draft, about);
        Some(open)
    }

    /// Gives every finding that has grown since it was last given.
    pub(crate) fn flush(&mut self, out: &mut Vec<Finding>) {
        for shelf in self.shelves() {
            shelf.each(|it| {
                if it.has_grown() {
                    out.push(it.given());
                }
            });
        }
    }

    /// Closes the findings whose window is over for good; those that have grown are given once more.
    pub(crate) fn close(&mut self, now: u32, out: &mut Vec<Finding>) {
        let keep = now.saturating_sub(LATE) / WINDOW;
        for shelf in self.shelves() {
            let grown = shelf.close_before(keep).into_iter().filter(|it| it.has_grown());
            out.extend(grown.map(|mut it| it.given()));
        }
        self.crowds = self.crowds.split_off(&At { window: keep, key: Key(0) });
    }

    const fn shelf(&mut self, lasts: Lasts) -> &mut Shelf {
        match lasts {
            Lasts::Hour => &mut self.findings,
            Lasts::Day => &mut self.remarks,
        }
    }

    const fn shelves(&mut self) -> [&mut Shelf; 2] {
        [&mut self.findings, &mut self.remarks]
    }

    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }

    pub(crate) fn write(&self, to: &mut Writer) {
        for shelf in [&self.findings, &self.remarks] {
            to.number(shelf.len() as u64);
            for (at, open) in shelf.iter() {
                to.number(u64::from(at.window));
                to.hash(at.key.0);
                // INVARIANT: a `Finding` serialises without failing: its maps have text keys.
                to.blob(&serde_json::to_vec(&open.finding).unwrap_or_default());
                to.number(open.hits);
                to.number(open.given_hits);
                to.hash(open.given_confidence.to_bits());
                write_keys(&open.events, to);
            }
        }
        to.number(self.crowds.len() as u64);
        for (at, crowd) in &self.crowds {
            to.number(u64::from(at.window));
            to.hash(at.key.0);
            write_keys(crowd, to);
        }
    }

    pub(crate) fn read(&mut self, from: &mut Reader<'_>) -> Result<(), RestoreError> {
        self.clear();
        for (shelf, lasts) in self.shelves().into_iter().zip([Lasts::Hour, Lasts::Day]) {
            for _ in 0..from.count()? {
                let at = At { window: from.narrow()?, key: Key(from.hash()?) };
                let finding = serde_json::from_slice(from.blob()?).map_err(|_| from.damaged())?;
                let open = Open {
                    finding,
                    lasts,
                    hits: from.number()?,
                    given_hits: from.number()?,
                    given_confidence: f64::from_bits(from.hash()?),
                    events: read_keys(from)?,
                };
                shelf.insert(at, open);
            }
        }
        for _ in 0..from.count()? {
            let at = At { window: from.narrow()?, key: Key(from.hash()?) };
            self.crowds.insert(at, read_keys(from)?);
        }
        Ok(())
    }
}

/// Where the finding about the credential in use stands, when it has one of its own.
fn own_key(draft: &Draft<'_>, about: &About<'_>) -> At {
    key_of(draft, about, about.binding.credential.as_ref().map(CredentialRef::as_str))
}

fn key_of(draft: &Draft<'_>, about: &About<'_>, credential: Option<&str>) -> At {
    let window = draft.lasts.window(seconds(about.last));
    At { window, key: Key::of(&[&draft.rule.id, about.subject, credential.unwrap_or_default()]) }
}

/// The credential that gets its own finding; `None` when there is none, or there are too many.
fn own_credential<'a>(
    crowds: &mut BTreeMap<At, Vec<Key>>,
    window: u32,
    rule: &str,
    about: &About<'a>,
) -> Option<&'a str> {
    let credential = about.binding.credential.as_ref()?.as_str();
    let at = At { window, key: Key::of(&[rule, about.subject]) };
    if crowds.len() >= MOST_CROWDS && !crowds.contains_key(&at) {
        crowds.pop_first();
    }
    let crowd = crowds.entry(at).or_default();
    let key = Key::of(&[credential]);
    if !crowd.contains(&key) {
        if crowd.len() >= MOST_CREDENTIALS {
            return None;
        }
        crowd.push(key);
    }
    Some(credential)
}

impl Open {
    fn new(draft: Draft<'_>, about: &About<'_>, credential: Option<&str>) -> Self {
        let lasts = draft.lasts;
        let window = lasts.window(seconds(about.last)).to_string();
        let named = credential.unwrap_or_default();
        let id = FindingId::derive(&[&draft.rule.id, about.subject, named, &window]);
        let binding = about.binding;
        let mut finding = Finding {
            id,
            rule: draft.rule.into_owned(),
            title: draft.title.into_owned(),
            confidence: draft.confidence,
            severity: draft.severity,
            techniques: draft.techniques.into_owned(),
            time: about.first,
            last: about.last,
            resolution: binding.resolution.clone(),
            principal: binding.principal.clone(),
            credential: binding.credential.clone(),
            session: binding.session.clone(),
            chain: binding.chain.clone(),
            origin: about.origin.clone(),
            evidence: about.places.iter().take(lasts.most_evidence()).cloned().collect(),
            facts: draft.facts.into_iter().take(MOST_FACTS).collect(),
            response: draft.response,
            artefacts: Vec::new(),
            let_in: None,
        };
        if credential.is_none() && finding.credential.is_some() {
            finding.credential = None;
            finding.session = None;
            let time = match lasts {
                Lasts::Hour => "hour",
                Lasts::Day => "day",
            };
            let many = format!("more than {MOST_CREDENTIALS} in this {time}");
            finding.facts.insert(0, ("credentials".to_owned(), many));
        }
        let events = vec![about.event];
        Self { finding, lasts, hits: 1, events, given_hits: 0, given_confidence: 0.0 }
    }

    fn extend(&mut self, draft: Draft<'_>, about: &About<'_>) {
        let seen_before = holds(&self.events, about.event);
        if !seen_before {
            self.hits += 1;
            let most = self.lasts.most_evidence();
            if self.events.len() < most {
                self.events.push(about.event);
            }
            let evidence = &mut self.finding.evidence;
            for place in about.places {
                if evidence.len() >= most {
                    break;
                }
                // By number first: files have long names that begin alike.
                let same = |it: &Place| it.record == place.record && it.file == place.file;
                if !evidence.iter().any(same) {
                    evidence.push(place.clone());
                }
            }
        }
        let finding = &mut self.finding;
        finding.time = finding.time.min(about.first);
        finding.last = finding.last.max(about.last);
        if draft.confidence > finding.confidence {
            finding.confidence = draft.confidence;
            finding.severity = draft.severity;
            finding.title = draft.title.into_owned();
        }
        for fact in draft.facts {
            if finding.facts.len() < MOST_FACTS && !finding.facts.contains(&fact) {
                finding.facts.push(fact);
            }
        }
    }

    const fn has_grown(&self) -> bool {
        self.hits > self.given_hits || self.finding.confidence.value() > self.given_confidence
    }

    fn is_news(&self) -> bool {
        self.given_hits == 0
            || self.hits >= self.given_hits.saturating_mul(10)
            || self.finding.confidence.value() >= self.given_confidence + RISE
    }

    fn given(&mut self) -> Finding {
        self.given_hits = self.hits;
        self.given_confidence = self.finding.confidence.value();
        let mut finding = self.finding.clone();
        if self.hits > 1 {
            finding.facts.push(("events".to_owned(), self.hits.to_string()));
        }
        finding
    }
}

/// Whether this key is among them: eight at a time, which vectors do better than one question each.
fn holds(keys: &[Key], key: Key) -> bool {
    let (eights, rest) = keys.as_chunks::<8>();
    let in_eight = |it: &[Key; 8]| it.iter().fold(false, |found, it| found | (*it == key));
    eights.iter().any(in_eight) || rest.contains(&key)
}

fn write_keys(keys: &[Key], to: &mut Writer) {
    to.number(keys.len() as u64);
    for key in keys {
        to.hash(key.0);
    }
}

fn read_keys(from: &mut Reader<'_>) -> Result<Vec<Key>, RestoreError> {
    let count = from.count()?;
    (0..count).map(|_| from.hash().map(Key)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use interlock_model::{CredentialKind, FindingSource, IdentityId, Resolution};

    fn add(
        ledger: &mut Ledger,
        event: u64,
        second: i64,
        confidence: f64,
        key: &str,
    ) -> Vec<Finding> {
        let binding = Binding {
            resolution: Resolution::Known { identity: "idn_ci".parse::<IdentityId>().unwrap() },
            principal: None,
            credential: Some(CredentialRef::new("aws", CredentialKind::AccessKey, key)),
            session: None,
            chain: Vec::new(),
        };
        let draft = Draft {
            rule: Cow::Owned(RuleRef {
                id: "r".into(),
                name: "R".into(),
                source: FindingSource::Behaviour,
            }),
            title: Cow::Owned(format!("sure {confidence}")),
            confidence: Confidence::new(confidence),
            severity: Severity::Low,
            techniques: Cow::default(),
            facts: vec![("call".to_owned(), format!("c{}", event % 50))],
            response: None,
            lasts: if confidence < 0.1 { Lasts::Day } else { Lasts::Hour },
        };
        let time = Timestamp::from_second(second).unwrap();
        let about = About {
            subject: "idn_ci",
            binding: &binding,
            origin: &Origin::default(),
            event: Key(event),
            first: time,
            last: time,
            places: &[Place { file: "f".into(), record: event }],
        };
        let mut out = Vec::new();
        ledger.add(draft, &about, &mut out);
        out
    }

    #[test]
    fn a_flood_is_one_finding_given_at_each_power_of_ten() {
        let mut ledger = Ledger::default();
        let given: Vec<usize> = (0..1000)
            .filter_map(|n| add(&mut ledger, n, 7200 + n as i64, 0.3, "AKIA1").pop())
            .map(|it| it.evidence.len())
            .collect();
        assert_eq!(given, [1, 10, 100, 100]);
        let mut out = Vec::new();
        ledger.flush(&mut out);
        assert!(out.is_empty(), "all was given");
        add(&mut ledger, 5000, 7300, 0.3, "AKIA1");
        ledger.close(7200 + 3 * 3600, &mut out);
        assert_eq!(out.len(), 1);
        assert_eq!(out[0].facts.last().unwrap().1, "1001");
        assert!(out[0].facts.len() <= MOST_FACTS + 1);
    }

    #[test]
    fn the_same_event_counts_once_and_order_does_not_matter() {
        let (mut one, mut other) = (Ledger::default(), Ledger::default());
        for n in [1, 2, 3, 2, 1] {
            add(&mut one, n, 7200 + n as i64, 0.3 + n as f64 / 100.0, "AKIA1");
        }
        for n in [3, 3, 2, 1] {
            add(&mut other, n, 7200 + n as i64, 0.3 + n as f64 / 100.0, "AKIA1");
        }
        let (mut a, mut b) = (Vec::new(), Vec::new());
        one.flush(&mut a);
        other.flush(&mut b);
        let simple = |mut it: Vec<Finding>| {
            it[0].evidence.sort();
            it[0].facts.sort();
            it.remove(0)
        };
        assert_eq!(simple(a), simple(b));
    }

    #[test]
    fn a_rise_is_given_at_once_and_an_hour_later_it_is_another() {
        let mut ledger = Ledger::default();
        let first = add(&mut ledger, 1, 7200, 0.3, "AKIA1");
        assert!(add(&mut ledger, 2, 7201, 0.35, "AKIA1").is_empty());
        let risen = add(&mut ledger, 3, 7202, 0.6, "AKIA1");
        assert_eq!(risen[0].id, first[0].id);
        assert_eq!(risen[0].title, "sure 0.6");
        assert_ne!(add(&mut ledger, 4, 7200 + 3600, 0.3, "AKIA1")[0].id, first[0].id);
    }

    #[test]
    fn a_remark_lasts_a_day_and_its_records_are_few() {
        let mut ledger = Ledger::default();
        let day = 40 * 24 * 3600;
        let given: Vec<Finding> = (0..48)
            .flat_map(|n| add(&mut ledger, n, day + 1800 * n as i64, 0.05, "AKIA1"))
            .collect();
        assert_eq!(given.iter().map(|it| it.evidence.len()).collect::<Vec<_>>(), [1, 10]);
        let next = add(&mut ledger, 100, day + 24 * 3600, 0.05, "AKIA1");
        assert_ne!(next[0].id, given[0].id);
        let mut out = Vec::new();
        ledger.close((day + 26 * 3600 - 1) as u32, &mut out);
        assert!(out.is_empty(), "late events may still come");
        ledger.close((day + 26 * 3600) as u32, &mut out);
        let [closed] = &out[..] else { panic!("{out:?}") };
        assert_eq!((&closed.id, closed.evidence.len()), (&given[0].id, MOST_EVIDENCE_OF_REMARK));
        assert_eq!(closed.facts.last().unwrap().1, "48");
    }

    #[test]
    fn credentials_have_their_own_until_there_are_too_many() {
        let mut ledger = Ledger::default();
        let ids: std::collections::BTreeSet<_> = (0..50)
            .flat_map(|n| add(&mut ledger, n, 7200, 0.3, &format!("AKIA{n}")))
            .map(|it| it.id)
            .collect();
        assert_eq!(ids.len(), MOST_CREDENTIALS + 1);
    }

    #[test]
    fn who_uses_many_credentials_is_not_remembered_without_end() {
        let mut crowds = BTreeMap::new();
        let binding = Binding {
            resolution: Resolution::Unknown,
            principal: None,
            credential: Some(CredentialRef::new("aws", CredentialKind::AccessKey, "AKIA1")),
            session: None,
            chain: Vec::new(),
        };
        let time = Timestamp::UNIX_EPOCH;
        let (origin, event) = (Origin::default(), Key(0));
        for number in 0..MOST_CROWDS + 10 {
            let subject = &number.to_string();
            let (binding, origin, places) = (&binding, &origin, &[][..]);
            let about = About { subject, binding, origin, event, first: time, last: time, places };
            assert!(own_credential(&mut crowds, number as u32, "r", &about).is_some());
        }
        assert_eq!(crowds.len(), MOST_CROWDS);
        assert_eq!(crowds.first_key_value().map(|(at, _)| at.window), Some(10));
    }

    #[test]
    fn reads_back_what_it_wrote() {
        let mut ledger = Ledger::default();
        for n in 0..30 {
            add(&mut ledger, n, 7200 + 300 * n as i64, 0.3, "AKIA1");
            add(&mut ledger, n, 7200 + 300 * n as i64, 0.05, "AKIA1");
        }
        let write = |it: &Ledger| {
            let mut to = Writer::new();
            it.write(&mut to);
            to.finish()
        };
        let bytes = write(&ledger);
        let mut again = Ledger::default();
        again.read(&mut Reader::new("findings", &bytes)).unwrap();
        assert_eq!(write(&again), bytes);
    }
}
