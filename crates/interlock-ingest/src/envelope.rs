//! What others put around a record: EventBridge, CloudEvents, Pub/Sub, deliveries of webhooks, log shippers.

use crate::structure::{Piece, Source, Tokens, Value};
use aho_corasick::packed::Searcher;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use interlock_model::Limits;
use std::sync::LazyLock;

/// How many envelopes may be around each other.
pub const DEEPEST: usize = 4;

/// A top-level key whose value may be the record itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wrapping {
    /// `detail`: EventBridge.
    Detail,
    /// `data`: CloudEvents in structured mode.
    Data,
    /// `findings`: a list with one finding, in Security Hub's events.
    Findings,
    /// `CloudTrailEvent`: text in the answer of `lookup-events`.
    CloudTrailEvent,
    /// `AuditData`: text in the answer of `Search-UnifiedAuditLog`.
    AuditDataText,
    /// `auditData`: the record in the answer of Microsoft Graph's audit log query.
    AuditData,
    /// `event`: Splunk's HTTP collector and its kin.
    Event,
    /// `properties`: Azure Monitor, around `log` of a managed cluster.
    Properties,
    /// `log`: log shippers; with or without `log_type` beside it.
    Log,
    /// `message`: log shippers, as text; a message of Pub/Sub.
    ShippedMessage,
    /// `Message`: text in a notification of SNS.
    SnsMessage,
    /// `payload`: the body of a webhook, with its headers beside it.
    Payload,
    /// `_raw`: text in an export of Splunk.
    Raw,
}

impl Wrapping {
    /// Every one, in the order in which they are tried.
    pub const ALL: [Self; 13] = [
        Self::Detail,
        Self::Data,
        Self::Findings,
        Self::CloudTrailEvent,
        Self::AuditDataText,
        Self::AuditData,
        Self::Event,
        Self::Properties,
        Self::Log,
        Self::ShippedMessage,
        Self::SnsMessage,
        Self::Payload,
        Self::Raw,
    ];

    /// The key.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Detail => "detail",
            Self::Data => "data",
            Self::Findings => "findings",
            Self::CloudTrailEvent => "CloudTrailEvent",
            Self::AuditDataText => "AuditData",
            Self::AuditData => "auditData",
            Self::Event => "event",
            Self::Properties => "properties",
            Self::Log => "log",
            Self::ShippedMessage => "message",
            Self::SnsMessage => "Message",
            Self::Payload => "payload",
            Self::Raw => "_raw",
        }
    }

    /// Whether the inside's own keys count as keys of the record, since what stands beside it belongs to it:
    /// a webhook's body does not say which event it is, only its header does.
    pub fn is_body(self, record: Source<'_>) -> bool {
        let named = |key: &str| record.whole().get(key).is_some();
        self == Self::Payload && (named("github_event") || named("x_github_event"))
    }
}

/// The values of such keys in one record, by the numbers of their tokens.
#[derive(Debug, Default)]
pub struct Wrappings(Vec<(Wrapping, usize)>);

/// The inside of an envelope.
#[derive(Debug, PartialEq, Eq)]
pub enum Inside<'t> {
    /// A part of the envelope's own text.
    Part(&'t str),
    /// Text that was written as a string.
    Text(String),
}

impl Wrappings {
    /// Sets a value aside.
    pub fn push(&mut self, wrapping: Wrapping, number: usize) {
        self.0.push((wrapping, number));
    }

    /// Whether none was.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All values that were set aside.
    pub fn all(&self) -> impl Iterator<Item = (Wrapping, usize)> {
        self.0.iter().copied()
    }

    /// The record inside, when there is one; an error when there is more than one.
    pub fn open<'t>(&self, source: Source<'t>) -> Result<Option<Inside<'t>>, String> {
        for wrapping in Wrapping::ALL {
            let found = self.0.iter().find(|(it, _)| *it == wrapping);
            let Some((_, number)) = found else { continue };
            if let Some(inside) = inside(wrapping, source, *number)? {
                return Ok(Some(inside));
            }
        }
        Ok(None)
    }
}

fn inside(
    wrapping: Wrapping,
    source: Source<'_>,
    number: usize,
) -> Result<Option<Inside<'_>>, String> {
    match source.piece(number) {
        Some(Piece::Object) => Ok(source.written(number).map(Inside::Part)),
        Some(Piece::Text { .. }) => {
            let text = source.value(number).text().unwrap_or_default();
            Ok(text.trim_start().starts_with('{').then(|| Inside::Text(text.into_owned())))
        }
        Some(Piece::List) if wrapping == Wrapping::Findings => {
            let (first, end) = (number + 1, source.behind(number));
            let next = |it: &usize| Some(source.behind(*it)).filter(|it| *it < end);
            match std::iter::successors(Some(first).filter(|it| *it < end), next).count() {
                0 => Ok(None),
                1 if source.piece(first) == Some(Piece::Object) => {
                    Ok(source.written(first).map(Inside::Part))
                }
                1 => Ok(None),
                many => Err(format!("{many} findings in one event, where one is expected")),
            }
        }
        Some(Piece::List | Piece::Atom(_)) | None => Ok(None),
    }
}

/// The record in an envelope that holds it as Base64; `None` when the text is no such thing.
pub fn open_base64(text: &str, limits: Limits) -> Result<Option<String>, String> {
    // Searched without their quotes, which every record is full of.
    static KEYS: LazyLock<Option<Searcher>> = LazyLock::new(|| Searcher::new(BASE64_KEYS));
    let has_key = match &*KEYS {
        Some(keys) => keys.find(text).is_some(),
        // Where the machine has no instructions for it.
        None => BASE64_KEYS.iter().any(|it| text.contains(it)),
    };
    if !has_key {
        return Ok(None);
    }
    crate::json_shape::check(text, limits)?;
    // What is no JSON is said to be none where all records are read.
    let Some(tokens) = Tokens::of(text, limits.depth) else { return Ok(None) };
    let record = Source { text, tokens: &tokens }.whole();
    match cloud_event(record)? {
        Some(inner) => Ok(Some(inner)),
        None => Ok(pubsub_message(record)),
    }
}

/// Keys at whose sight an object is looked at for Base64: CloudEvents, and both spellings of Pub/Sub.
const BASE64_KEYS: [&str; 3] = ["data_base64", "messageId", "message_id"];

/// Whether a key at the top lets the object be an envelope with Base64.
pub fn may_hold_base64(key: &[u8]) -> bool {
    matches!(key, b"data_base64" | b"message" | b"data")
}

fn cloud_event(record: Value<'_>) -> Result<Option<String>, String> {
    let packed = record.get("data_base64").and_then(Value::text);
    let Some(packed) = packed.filter(|_| record.get("specversion").is_some()) else {
        return Ok(None);
    };
    let bytes = unpack(&packed).ok_or("the CloudEvent's data is not Base64")?;
    let inner =
        String::from_utf8(bytes).map_err(|_| "the CloudEvent's data is not UTF-8".to_owned())?;
    if inner.trim_start().starts_with('{') {
        Ok(Some(inner))
    } else {
        Err("the CloudEvent's data is not a JSON object".to_owned())
    }
}

/// A message as it is pushed (`{"message":{"data":…,"messageId":…}}`), or by itself.
/// Mail logs have keys of these names too, so that anything else is left to the sources.
fn pubsub_message(record: Value<'_>) -> Option<String> {
    let text_at = |path: &[&str]| record.at(path).and_then(Value::text);
    let packed = text_at(&["message", "data"]).or_else(|| text_at(&["data"]))?;
    let inner = String::from_utf8(unpack(&packed)?).ok()?;
    inner.trim_start().starts_with('{').then_some(inner)
}

fn unpack(packed: &str) -> Option<Vec<u8>> {
    let packed = packed.trim_end_matches('=');
    STANDARD_NO_PAD.decode(packed).or_else(|_| STANDARD.decode(packed)).ok()
}

#[cfg(test)]
mod tests {
    use crate::{Normalised, samples};

    const RECORD: &str = r#"{"eventVersion":"1.08","eventTime":"2026-01-01T00:00:00Z","eventSource":"s3.amazonaws.com","eventName":"ListBuckets"}"#;

    /// What came out: the operation, or why nothing did.
    fn read(input: &str) -> Vec<String> {
        let all = samples::run(input.as_bytes()).into_iter();
        all.map(|it| match it {
            Ok(Normalised::Event(it)) => it.operation.to_string(),
            Ok(Normalised::Alert(it)) => it.kind.to_string(),
            Err(it) => it.why,
        })
        .collect()
    }

    #[test]
    fn cloud_events_are_opened_in_every_mode_that_has_a_body_of_its_own() {
        use base64::Engine as _;
        let head = r#""specversion":"1.0","id":"1","source":"/acme","type":"com.acme.audit""#;
        let text = serde_json::to_string(RECORD).unwrap();
        let packed = base64::engine::general_purpose::STANDARD.encode(RECORD);
        let whole = format!(r#"{{{head},"datacontenttype":"application/json","data":{RECORD}}}"#);
        let as_text = format!(r#"{{{head},"data":{text}}}"#);
        let as_base64 = format!(r#"{{{head},"data_base64":"{packed}"}}"#);
        for one in [&whole, &as_text, &as_base64] {
            assert_eq!(read(one), ["ListBuckets"], "{one}");
        }
        let batch = format!("[{whole},\n{as_text},{as_base64}]");
        assert_eq!(read(&batch), ["ListBuckets"; 3]);
        assert!(read("[]").is_empty());
        // One that cannot be used costs only itself.
        let broken = format!(r#"[{whole},{{{head},"data_base64":"{{"}},{whole}]"#);
        assert_eq!(
            read(&broken),
            ["ListBuckets", "the CloudEvent's data is not Base64", "ListBuckets"]
        );
        let list = base64::engine::general_purpose::STANDARD.encode(format!("[{RECORD}]"));
        let list = format!(r#"{{{head},"data_base64":"{list}"}}"#);
        assert_eq!(read(&list), ["the CloudEvent's data is not a JSON object"]);
    }
}
