//! How requests are written and answers read: the Query protocol, JSON 1.1, and JSON by REST.

use super::endpoint::{Protocol, Service};
use super::xml::{Element, Unread};
use form_urlencoded::Serializer;
use interlock_model::Operation;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// How much of AWS's own words about a refusal is kept, in characters.
const MESSAGE: usize = 1_000;

/// One operation of one service, and what is asked of it.
///
/// An operation of another JSON service is one more [`Service`], and a structure with `Serialize` whose
/// body is made by [`json`] and whose answer is read by [`from_json`].
pub(crate) trait Call: Sync {
    /// The service.
    const SERVICE: Service;
    /// The operation by its permission's name, which is the API's own name after the colon.
    const OPERATION: Operation;

    /// The body of the request.
    fn body(&self) -> Result<Vec<u8>, Unread>;

    /// How and where it is sent; all but REST post to one place.
    fn route(&self) -> Route {
        Route::of("POST")
    }
}

/// How and where a request is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Route {
    /// The HTTP method.
    pub method: &'static str,
    /// Path and query, encoded, without the slash in front.
    pub path: String,
}

impl Route {
    /// By this method, to the root.
    pub(crate) const fn of(method: &'static str) -> Self {
        Self { method, path: String::new() }
    }

    /// One part of the path further down.
    pub(crate) fn part(mut self, part: &str) -> Self {
        if !self.path.is_empty() {
            self.path.push('/');
        }
        self.path.push_str(&encoded(part));
        self
    }

    /// With this in the query, where there is a value; after all parts.
    pub(crate) fn maybe(mut self, name: &str, value: Option<&str>) -> Self {
        if let Some(value) = value {
            self.path.push(if self.path.contains('?') { '&' } else { '?' });
            self.path.push_str(&format!("{name}={}", encoded(value)));
        }
        self
    }
}

/// Encoded as a part of a path or a value of a query.
///
/// Source: "Create a signed AWS API request": all but letters, digits, `-`, `.`, `_` and `~`.
fn encoded(text: &str) -> String {
    let byte = |it: u8| {
        if it.is_ascii_alphanumeric() || b"-._~".contains(&it) {
            char::from(it).to_string()
        } else {
            format!("%{it:02X}")
        }
    };
    text.bytes().map(byte).collect()
}

/// An operation of whose answer more counts than the yes.
pub(crate) trait Answered: Call {
    /// What the answer says.
    type Answer;

    /// Reads the answer.
    fn read(body: &[u8]) -> Result<Self::Answer, Unread>;
}

/// The API's own name of an operation: `GetUser` of `iam:GetUser`.
pub(crate) fn name(operation: Operation) -> &'static str {
    operation.0.split_once(':').map_or(operation.0, |(_, name)| name)
}

/// A request of the Query protocol.
pub(crate) struct Form(Serializer<'static, String>);

impl Form {
    /// A request for the operation of this call.
    pub(crate) fn of<C: Call>() -> Self {
        let mut form = Serializer::new(String::new());
        form.append_pair("Action", name(C::OPERATION));
        if let Protocol::Query { version } = C::SERVICE.protocol() {
            form.append_pair("Version", version);
        }
        Self(form)
    }

    /// With this parameter.
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.0.append_pair(name, value);
        self
    }

    /// With this parameter, where there is a value.
    pub(crate) fn maybe(self, name: &str, value: Option<&str>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    /// With this list.
    pub(crate) fn list<'a>(mut self, name: &str, values: impl Iterator<Item = &'a str>) -> Self {
        for (value, number) in values.zip(1_u32..) {
            self.0.append_pair(&format!("{name}.member.{number}"), value);
        }
        self
    }

    /// The bytes.
    pub(crate) fn done(mut self) -> Result<Vec<u8>, Unread> {
        Ok(self.0.finish().into_bytes())
    }
}

/// The result in an answer of the Query protocol.
pub(crate) fn result<C: Answered>(body: &[u8]) -> Result<Element, Unread> {
    let action = name(C::OPERATION);
    let root = document(body)?;
    if root.name() != format!("{action}Response") {
        return Err(Unread::new(format!("no answer to `{action}`")));
    }
    let result = root.take(&format!("{action}Result"));
    result.ok_or_else(|| Unread::new(format!("no result of `{action}`")))
}

/// The body of a JSON request.
pub(crate) fn json(request: &impl Serialize) -> Result<Vec<u8>, Unread> {
    serde_json::to_vec(request).map_err(|_| Unread::new("the request is no JSON"))
}

/// A JSON answer. Its faults are told by their place: serde's own words would quote the answer.
pub(crate) fn from_json<T: DeserializeOwned>(body: &[u8]) -> Result<T, Unread> {
    serde_json::from_slice(body).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        Unread::new(format!("not the JSON that is expected at {line}:{column}"))
    })
}

/// What AWS says about a refusal.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Refusal {
    /// Its code; empty where it gives none.
    pub code: String,
    /// Its words.
    pub message: String,
}

/// Reads a refusal. `named` is the code in the header of JSON answers.
///
/// What is unreadable has no code: the status speaks for itself.
pub(crate) fn refusal(protocol: Protocol, body: &[u8], named: Option<&str>) -> Refusal {
    let found = match protocol {
        Protocol::Query { .. } => refused_in_xml(body),
        Protocol::Json { .. } | Protocol::RestJson => refused_in_json(body, named),
    };
    let Some((code, message)) = found else { return Refusal::default() };
    Refusal { code, message: message.chars().take(MESSAGE).collect() }
}

fn refused_in_xml(body: &[u8]) -> Option<(String, String)> {
    let root = document(body).ok()?;
    let error = root.child("Error")?;
    let text = |name| error.text(name).unwrap_or_default().trim().to_owned();
    Some((text("Code"), text("Message")))
}

/// Source: Smithy, "AWS JSON 1.1 protocol", "Operation error serialization": what stands before a `#` and
/// after a `:` is no part of the code.
fn refused_in_json(body: &[u8], named: Option<&str>) -> Option<(String, String)> {
    let value: Value = serde_json::from_slice(body).unwrap_or_default();
    let text = |names: [&str; 2]| names.iter().find_map(|it| value.get(it)?.as_str());
    let code = named.or_else(|| text(["__type", "code"]))?;
    let code = code.split_once(':').map_or(code, |(code, _)| code);
    let code = code.rsplit_once('#').map_or(code, |(_, code)| code);
    Some((code.trim().to_owned(), text(["message", "Message"]).unwrap_or_default().to_owned()))
}

/// The id of the request in an answer of the Query protocol, where no header has it.
pub(crate) fn request_id(body: &[u8]) -> Option<String> {
    let root = document(body).ok()?;
    root.child("ResponseMetadata")?.text("RequestId").map(str::to_owned)
}

fn document(body: &[u8]) -> Result<Element, Unread> {
    let text = std::str::from_utf8(body).map_err(|_| Unread::new("the answer is no text"))?;
    Element::read(text)
}
