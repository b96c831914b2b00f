//! The contexts through which an action reaches its provider.
//!
//! They refuse an operation that the action's spec does not declare, so that the generated
//! permission lists cannot lie, and they let exactly one write out per permit.
//! This guards against accident, not against malice: a reviewer still reads each connector.

use crate::{ActionSpec, CallError, DiscoverySpec, Permit};
use interlock_model::{ConnectorId, Operation, StepId, Timestamp};
use std::sync::Mutex;

/// Leave to read at the provider; has no way to write.
///
/// ```compile_fail
/// fn write(cx: &interlock_contain::ReadCx<'_>) {
///     cx.write(interlock_model::Operation("iam:UpdateAccessKey"));
/// }
/// ```
#[derive(Debug)]
pub struct ReadCx<'a> {
    spec: &'a ActionSpec,
    now: Timestamp,
    called: Mutex<Vec<Operation>>,
}

/// Leave to look for identities; has no way to write.
#[derive(Debug)]
pub struct DiscoverCx<'a> {
    spec: &'a DiscoverySpec,
    now: Timestamp,
}

/// Leave to try a canary's own secret, as its holder would; has no way to write.
#[derive(Debug, Clone, Copy, Default)]
pub struct CanaryCx(());

/// Proof that one read was declared; a client's read method asks for it.
#[derive(Debug)]
pub struct ReadPass {
    operation: Operation,
}

/// Leave to make the one write of one step.
#[derive(Debug)]
pub struct WriteCx<'a> {
    read: ReadCx<'a>,
}

/// Proof that one write was permitted; a client's write method uses it up.
///
/// ```compile_fail
/// fn twice(pass: interlock_contain::WritePass, write: fn(interlock_contain::WritePass)) {
///     write(pass);
///     write(pass);
/// }
/// ```
#[derive(Debug)]
pub struct WritePass {
    operation: Operation,
    delivery: Option<Operation>,
}

impl<'a> ReadCx<'a> {
    /// Leave to read what this action declares.
    #[must_use]
    pub const fn new(spec: &'a ActionSpec, now: Timestamp) -> Self {
        Self { spec, now, called: Mutex::new(Vec::new()) }
    }

    /// The moment of the call.
    #[must_use]
    pub const fn now(&self) -> Timestamp {
        self.now
    }

    /// The action this is for.
    #[must_use]
    pub const fn spec(&self) -> &ActionSpec {
        self.spec
    }

    /// Asks to call a read operation.
    ///
    /// # Errors
    /// `Invalid` when the spec does not declare it.
    pub fn read(&self, operation: Operation) -> Result<ReadPass, CallError> {
        if !self.spec.declares_read(operation) {
            return Err(undeclared(self.spec, operation));
        }
        if let Ok(mut called) = self.called.lock() {
            called.push(operation);
        }
        Ok(ReadPass { operation })
    }

    /// The operations called so far, for the conformance laws.
    #[must_use]
    pub fn called(&self) -> Vec<Operation> {
        self.called.lock().map(|it| it.clone()).unwrap_or_default()
    }
}

impl<'a> DiscoverCx<'a> {
    /// Leave to read what this way of looking declares.
    #[must_use]
    pub const fn new(spec: &'a DiscoverySpec, now: Timestamp) -> Self {
        Self { spec, now }
    }

    /// The moment of the call.
    #[must_use]
    pub const fn now(&self) -> Timestamp {
        self.now
    }

    /// Asks to call a read operation.
    ///
    /// # Errors
    /// `Invalid` when the spec does not declare it.
    pub fn read(&self, operation: Operation) -> Result<ReadPass, CallError> {
        if self.spec.reads.contains(&operation) {
            return Ok(ReadPass { operation });
        }
        let why = format!("looking for identities does not declare `{operation}`");
        Err(CallError::Invalid { why })
    }
}

impl CanaryCx {
    /// Leave to try. Only drills have it.
    #[must_use]
    pub const fn new() -> Self {
        Self(())
    }

    /// Asks to try this: it needs no right of the connector's own, so no action declares it.
    #[must_use]
    pub const fn read(&self, operation: Operation) -> ReadPass {
        ReadPass { operation }
    }
}

impl ReadPass {
    /// The operation that was declared.
    #[must_use]
    pub const fn operation(&self) -> Operation {
        self.operation
    }
}

impl<'a> WriteCx<'a> {
    /// Uses up a permit. The permit must open this step at this connector now.
    ///
    /// # Errors
    /// `Invalid` when it does not.
    pub fn open(
        spec: &'a ActionSpec,
        permit: Permit,
        step: &StepId,
        connector: &ConnectorId,
        now: Timestamp,
    ) -> Result<Self, CallError> {
        if !permit.opens(step, connector, now) {
            let why = format!("the permit does not open step `{step}` at `{connector}` now");
            return Err(CallError::Invalid { why });
        }
        Ok(Self { read: ReadCx::new(spec, now) })
    }

    /// The reads that the action declares.
    #[must_use]
    pub const fn reading(&self) -> &ReadCx<'a> {
        &self.read
    }

    /// Lets the one write out.
    ///
    /// # Errors
    /// `Invalid` when the spec does not declare it.
    pub fn write(self, operation: Operation) -> Result<WritePass, CallError> {
        if !self.read.spec.declares_write(operation) {
            return Err(undeclared(self.read.spec, operation));
        }
        let delivery = self.read.spec.delivery.map(|it| it.operation);
        Ok(WritePass { operation, delivery })
    }
}

impl WritePass {
    /// The operation that was permitted.
    #[must_use]
    pub const fn operation(&self) -> Operation {
        self.operation
    }

    /// Whether the write may go on to deliver the secret it issued, with this operation.
    #[must_use]
    pub fn may_deliver(&self, operation: Operation) -> bool {
        self.delivery == Some(operation)
    }
}

fn undeclared(spec: &ActionSpec, operation: Operation) -> CallError {
    CallError::Invalid { why: format!("`{}` does not declare `{operation}`", spec.name) }
}
