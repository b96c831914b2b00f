//! One request, named by its operation: `POST /users/{id}/suspend (users.manage)`.

use crate::Secret;
use interlock_contain::{CallError, ReadPass, WritePass};
use interlock_model::{Operation, Timestamp};
use serde_json::Value;
use std::fmt::Debug;

/// An id that nothing has, for trying what is allowed.
pub(crate) const ABSENT: &str = "interlock-permission-check";

/// One request. Its method and its path are what the operation says.
#[derive(Debug, Clone)]
pub(crate) struct Ask {
    /// What it is declared as.
    pub operation: Operation,
    /// Another path than the operation's, where one operation stands for two of the same permission.
    template: Option<&'static str>,
    /// Another method than the operation's, where one operation takes two requests.
    method: Option<&'static str>,
    /// What stands in the place of each `{name}`.
    values: Vec<(&'static str, String)>,
    /// Names and values of the query.
    pub query: Vec<(&'static str, String)>,
    /// What is sent along.
    pub body: Body,
    /// The whole address instead: the next page of a list, or an endpoint of its own.
    pub at: Option<String>,
    /// The header by which this request proves itself, instead of the connector's own proof.
    pub authorization: Option<Secret>,
    /// Whether that header shows the connector itself, and nobody whose proof may be over.
    pub own: bool,
    /// What it is about, for messages.
    pub what: String,
    /// Whether it only reads although its method is not `GET`.
    harmless: bool,
}

/// What is sent along.
#[derive(Debug, Clone)]
pub(crate) enum Body {
    /// Nothing.
    Empty,
    /// JSON.
    Json(Value),
    /// A form; its values may be secrets.
    Form(Vec<(&'static str, Secret)>),
}

/// An answer that is a success.
#[derive(Debug, Clone, Default)]
pub(crate) struct Said {
    /// What it says; `Null` when it says nothing.
    pub body: Value,
    /// Where the list goes on.
    pub next: Option<String>,
    /// When it was answered, by the provider's clock, where that is said.
    pub at: Option<Timestamp>,
}

/// A provider's API, or a fake that is asked the same.
#[async_trait::async_trait]
pub(crate) trait Api: Send + Sync + Debug {
    /// Reads.
    async fn read(&self, pass: ReadPass, ask: Ask) -> Result<Said, CallError>;
    /// Writes.
    async fn write(&self, pass: WritePass, ask: Ask) -> Result<Said, CallError>;
    /// Writes in several requests, one after the other, that are one operation.
    async fn write_all(&self, pass: WritePass, asks: Vec<Ask>) -> Result<(), CallError>;
    /// Tries what is allowed, on what is not there, or asks whom we act as.
    async fn look(&self, ask: Ask) -> Result<Said, CallError>;
}

impl Ask {
    /// The request that an operation names, with these values in its path.
    pub(crate) fn new(operation: Operation, values: &[(&'static str, &str)]) -> Self {
        let what = values.last().map_or_else(|| operation.to_string(), |it| format!("`{}`", it.1));
        Self {
            operation,
            template: None,
            method: None,
            values: values.iter().map(|it| (it.0, it.1.to_owned())).collect(),
            query: Vec::new(),
            body: Body::Empty,
            at: None,
            authorization: None,
            own: false,
            what,
            harmless: false,
        }
    }

    /// A request that comes first where another operation takes two, under the same permission.
    pub(crate) fn first(
        of: Operation,
        request: Operation,
        values: &[(&'static str, &str)],
    ) -> Self {
        let method = Some(method(request));
        Self { method, ..Self::new(of, values).on(template(request)) }
    }

    /// The same at another path.
    pub(crate) fn on(mut self, template: &'static str) -> Self {
        self.template = Some(template);
        self
    }

    /// With this in the query.
    pub(crate) fn with(mut self, name: &'static str, value: &str) -> Self {
        self.query.push((name, value.to_owned()));
        self
    }

    /// With this JSON.
    pub(crate) fn json(mut self, body: Value) -> Self {
        self.body = Body::Json(body);
        self
    }

    /// At this whole address, where there is one.
    pub(crate) fn at(mut self, address: Option<&str>) -> Self {
        self.at = address.map(str::to_owned);
        self
    }

    /// Proving itself by this header.
    pub(crate) fn by(mut self, authorization: Secret) -> Self {
        self.authorization = Some(authorization);
        self
    }

    /// Proving the connector itself by this header.
    pub(crate) fn by_own(mut self, authorization: Secret) -> Self {
        self.own = true;
        self.by(authorization)
    }

    /// With this form.
    pub(crate) fn form(mut self, form: Vec<(&'static str, Secret)>) -> Self {
        self.body = Body::Form(form);
        self
    }

    /// About this, for messages.
    pub(crate) fn about(mut self, what: &str) -> Self {
        what.clone_into(&mut self.what);
        self
    }

    /// The method.
    pub(crate) fn method(&self) -> &'static str {
        self.method.unwrap_or_else(|| method(self.operation))
    }

    /// It only reads, whatever its method.
    pub(crate) fn harmless(mut self) -> Self {
        self.harmless = true;
        self
    }

    /// Whether it changes anything.
    pub(crate) fn writes(&self) -> bool {
        self.method() != "GET" && !self.harmless
    }

    /// The path with its names.
    pub(crate) fn template(&self) -> &'static str {
        self.template.unwrap_or_else(|| template(self.operation))
    }

    /// The parts of the path, names replaced, nothing encoded yet.
    pub(crate) fn path(&self) -> Vec<String> {
        let parts = self.template().split('/').filter(|it| !it.is_empty());
        let filled = parts.map(|part| {
            let name = part.strip_prefix('{').and_then(|it| it.strip_suffix('}'));
            let value = name.and_then(|name| self.values.iter().find(|it| it.0 == name));
            value.map_or_else(|| part.to_owned(), |it| it.1.clone())
        });
        filled.collect()
    }
}

/// The method that an operation names.
pub(crate) fn method(operation: Operation) -> &'static str {
    operation.0.split(' ').next().unwrap_or_default()
}

/// The path that an operation names.
pub(crate) fn template(operation: Operation) -> &'static str {
    operation.0.split(' ').nth(1).unwrap_or_default()
}

/// The permission that an operation needs: what stands in brackets behind it.
pub(crate) fn permission(operation: Operation) -> &'static str {
    let after = operation.0.split_once(" (").map(|it| it.1);
    after.and_then(|it| it.strip_suffix(')')).unwrap_or(operation.0)
}

/// A text of an answer.
pub(crate) fn text<'a>(of: &'a Value, name: &str) -> Option<&'a str> {
    of.get(name).and_then(Value::as_str)
}

/// The items of a list.
pub(crate) fn items(of: &Value) -> impl Iterator<Item = &Value> {
    of.as_array().into_iter().flatten()
}

/// Refuses a pass that was given for another operation.
pub(crate) fn admit(given: Operation, ask: &Ask) -> Result<(), CallError> {
    if given == ask.operation {
        return Ok(());
    }
    let why = format!("a pass for `{given}` does not open `{}`", ask.operation);
    Err(CallError::Invalid { why })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SUSPEND: Operation = Operation("POST /users/{id}/lifecycle/suspend (users.manage)");

    #[test]
    fn an_operation_names_method_path_and_permission() {
        let ask = Ask::new(SUSPEND, &[("id", "a/../b")]);
        assert_eq!(ask.method(), "POST");
        assert_eq!(ask.path(), ["users", "a/../b", "lifecycle", "suspend"]);
        assert_eq!(permission(SUSPEND), "users.manage");
        assert!(ask.writes());
        assert_eq!(ask.what, "`a/../b`");
    }
}
