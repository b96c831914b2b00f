//! Tokens that a platform binds to one running workload, used from somewhere else.

use crate::behaviour::platform::Platform;
use crate::behaviour::{
    Claim, Keep, Key, Memory, Row, RowReader, RowWriter, Rows, Rule, Seen, either, network,
};
use crate::snapshot::RestoreError;
use interlock_model::Severity;
use std::net::IpAddr;

pub(super) const OUTSIDE_WORKLOAD: Rule = Rule {
    id: "token_abuse.outside_workload",
    name: "Workload token used outside its workload",
    severity: Severity::High,
    techniques: &["T1528", "T1550.001"],
};

/// A workload token for every second identity at most, on average.
pub(super) const BYTES_PER_IDENTITY: usize = 2 * Rows::<Token>::BYTES_PER_ROW;

/// A token that was seen at more addresses than this one roams: nothing is said of it.
const ROAMING: u8 = 3;

/// The tokens of workloads in use.
#[derive(Debug)]
pub(super) struct Workloads {
    tokens: Rows<Token>,
}

/// Where one token was first used, and with what.
#[derive(Debug, Clone, Copy, Default)]
struct Token {
    last: u32,
    home: u32,
    client: u32,
    inside: bool,
    moves: u8,
}

impl Workloads {
    pub(super) fn new() -> Self {
        Self { tokens: Rows::new("token_abuse.workloads") }
    }

    /// Kubernetes binds a service account's token to one pod, and a pod keeps its address for life.
    pub(super) fn look(&mut self, seen: &Seen<'_>) -> Option<Claim> {
        let principal = seen.binding.principal.as_ref()?;
        let bound = seen.platform == Platform::Kubernetes
            && principal.name.starts_with("system:serviceaccount:");
        let (credential, address) = (seen.credential?, seen.event.origin.address?);
        if !bound || !seen.is_proven() {
            return None;
        }
        let here = number(address);
        let inside = network::is_internal(address, &[]);
        let client = seen.client.as_ref().map_or(0, |it| it.number);
        let mut fresh = false;
        let row = self.tokens.row(credential, || {
            fresh = true;
            Token { last: seen.second, home: here, client, inside, moves: 0 }
        });
        row.last = row.last.max(seen.second);
        // The installation's own way out is where a cluster may be seen from.
        let own_egress = !inside && seen.from.is_none();
        if fresh || row.home == here || own_egress || row.moves >= ROAMING {
            return None;
        }
        row.moves += 1;
        let base = if row.inside && !inside { 0.75 } else { 0.4 };
        let with_client = if row.client == client { 0.0 } else { 0.3 };
        let confidence = either(base, with_client) * if seen.warm { 1.0 } else { 0.55 };
        let title = format!("a token of `{}` was used outside the pod it belongs to", seen.name);
        let claim = Claim::new(&OUTSIDE_WORKLOAD, confidence, title)
            .with("address", address.to_string())
            .with("home", if row.inside { "inside the cluster's network" } else { "outside" });
        Some(match seen.client.as_ref().filter(|it| it.number != row.client) {
            Some(client) => claim.with("new client", client.family.to_string()),
            None => claim,
        })
    }

    pub(super) fn forget_before(&mut self, second: u32) {
        self.tokens.forget_before(second);
    }

    pub(super) fn memory(&self) -> Memory {
        self.tokens.memory()
    }

    /// For whoever has them come and go with their credential.
    pub(super) const fn rows(&mut self) -> &mut dyn Keep {
        &mut self.tokens
    }
}

fn number(address: IpAddr) -> u32 {
    match address.to_canonical() {
        IpAddr::V4(it) => it.to_bits(),
        IpAddr::V6(it) => {
            Key::of_numbers(&[(it.to_bits() >> 64) as u64, it.to_bits() as u64]).short()
        }
    }
}

impl Row for Token {
    fn last(&self) -> u32 {
        self.last
    }

    fn heap(&self) -> usize {
        0
    }

    fn write(&self, to: &mut RowWriter) {
        to.second(self.last);
        to.word(self.home);
        to.word(self.client);
        to.number(self.inside);
        to.number(self.moves);
    }

    fn read(from: &mut RowReader<'_>) -> Result<Self, RestoreError> {
        Ok(Self {
            last: from.second()?,
            home: from.word()?,
            client: from.word()?,
            inside: from.yes()?,
            moves: from.number()?,
        })
    }
}
