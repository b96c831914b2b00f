//! Calls that hardly any identity of the same sort makes.
//!
//! Per group of peers at most 128 calls, each with a count of its members without a list, and 16 on
//! trial: bounded. See the README for warm-up, confidence and false alarms.

use super::activity::{Activity, WarmUp};
use super::distinct::Distinct;
use super::trial::{Look, Trials, Verdict};
use super::{
    Behaviour, Claim, Key, Memory, Row, RowReader, RowWriter, Rule, Seen, Setup, Spec, Table,
};
use crate::snapshot::{Reader, RestoreError, Writer};
use interlock_model::{Identity, Severity};

/// What it is.
pub const SPEC: Spec = Spec {
    name: "peer_rare_call",
    about: "calls that hardly any identity of the same sort makes",
    rules: &[RARE],
    paths: &[],
    bytes_per_identity: (Table::<Group>::BYTES_PER_ROW + Group::HEAP) / MEMBERS + 1,
};

const RARE: Rule = Rule {
    id: "peer_rare_call",
    name: "API call that is rare among peers",
    severity: Severity::Low,
    techniques: &["T1078.004", "T1580"],
};

/// One group for so many identities at most.
const MEMBERS: usize = 16;
/// Fewer members say nothing about each other.
const LEAST_MEMBERS: u32 = 5;
/// Calls that are remembered of a group.
const CALLS: usize = 128;
/// A call that more than this share of members make is not rare.
const RARE_SHARE: f64 = 0.1;
/// Less than this is not worth a word.
const LEAST: f64 = 0.1;
/// What one rare call can reach.
const MOST: f64 = 0.45;

type OnTrial = Trials<16>;

/// Makes it.
///
/// # Errors
/// Never: it needs nothing.
pub fn make(setup: &Setup<'_>) -> Result<Box<dyn Behaviour>, String> {
    Ok(Box::new(PeerRareCall {
        warm_up: setup.config.warm_up,
        groups: Table::new(setup.config.identities / MEMBERS),
    }))
}

#[derive(Debug)]
struct PeerRareCall {
    warm_up: WarmUp,
    groups: Table<Group>,
}

/// What the identities of one sort call.
#[derive(Debug, Default)]
struct Group {
    activity: Activity,
    members: Distinct<1>,
    calls: Vec<Call>,
    trials: OnTrial,
}

/// One call: 16 bytes.
#[derive(Debug, Clone, Copy)]
struct Call {
    /// One bit for each member that makes it, as far as one can tell.
    members: u64,
    what: u32,
    day: u16,
}

impl Behaviour for PeerRareCall {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn look(&mut self, seen: &Seen<'_>, out: &mut Vec<Claim>) {
        let direct = !seen.by_provider && seen.event.origin.service.is_none();
        let (Some(habit), Some(identity)) = (seen.habit.filter(|_| direct), seen.identity) else {
            return;
        };
        let event = seen.event;
        let row = self.groups.row(peers(seen, identity), Group::default);
        let warm = row.activity.count(seen.second, self.warm_up);
        row.members.see(habit.key().short());
        let what = Key::of(&[&event.service, &event.operation]).short();
        let bit = 1_u64 << (habit.key().short() % 64);
        let makers = row.makers(what, bit, seen.second);
        if makers.is_none() {
            return;
        }
        let settled = warm && row.members.count() >= LEAST_MEMBERS;
        let look = Look {
            what: what ^ habit.key().short(),
            weight: seen.risk.weight(),
            second: seen.second,
            warm: settled,
            suspected: seen.suspected,
            proven: seen.is_proven(),
        };
        if !settled {
            if look.proven && !seen.suspected {
                row.learn(what, bit, seen.second);
            }
            return;
        }
        match row.trials.look(look) {
            Verdict::Passed => {
                row.learn(what, bit, seen.second);
                return;
            }
            Verdict::Said => return,
            Verdict::First | Verdict::Again => {}
        }
        let makers = makers.unwrap_or_default();
        out.extend(row.claim(seen, makers));
    }

    fn forget_before(&mut self, second: u32) {
        self.groups.forget_before(second);
    }

    fn memory(&self) -> Memory {
        self.groups.memory()
    }

    fn snapshot(&self, to: &mut Writer) {
        self.groups.write(to);
    }

    fn restore(&mut self, from: &mut Reader<'_>) -> Result<(), RestoreError> {
        self.groups.read(from)
    }
}

/// Whose peer it is: the same platform, kind, team, environment and, where declared, the same role.
fn peers(seen: &Seen<'_>, identity: &Identity) -> Key {
    let owner = identity.owner.owner().map_or("", |it| it.as_str());
    let role = identity.entitlements.iter().find(|it| it.through == "declared");
    Key::of(&[
        "peers",
        seen.event.source,
        identity.kind.as_str(),
        owner,
        identity.environment.as_str(),
        role.map_or("", |it| &it.grant),
    ])
}

impl Group {
    const HEAP: usize = CALLS * size_of::<Call>() + OnTrial::HEAP;

    /// How many other members make a call; `None` when the member itself does.
    fn makers(&mut self, what: u32, bit: u64, second: u32) -> Option<u32> {
        let Some(call) = self.calls.iter_mut().find(|it| it.what == what) else { return Some(0) };
        call.day = call.day.max(day(second));
        (call.members & bit == 0).then(|| call.members.count_ones())
    }

    fn learn(&mut self, what: u32, bit: u64, second: u32) {
        if let Some(call) = self.calls.iter_mut().find(|it| it.what == what) {
            call.members |= bit;
            return;
        }
        if self.calls.len() >= CALLS
            && let Some((least, _)) = self
                .calls
                .iter()
                .enumerate()
                .min_by_key(|(_, it)| (it.members.count_ones() > 1, it.day))
        {
            self.calls.swap_remove(least);
        }
        if self.calls.len() == self.calls.capacity() {
            let more = (self.calls.len() / 2).clamp(1, CALLS - self.calls.len());
            self.calls.reserve_exact(more);
        }
        self.calls.push(Call { members: bit, what, day: day(second) });
    }

    fn claim(&self, seen: &Seen<'_>, makers: u32) -> Option<Claim> {
        let members = self.members.count().max(LEAST_MEMBERS);
        let share = f64::from(makers) / f64::from(members);
        if makers > 1 && share > RARE_SHARE {
            return None;
        }
        // The chance that the next member makes it, by Laplace.
        let expected = (f64::from(makers) + 1.0) / (f64::from(members) + 2.0);
        // Where each does its own, nobody's own is telling: Good and Turing's share of what one does.
        let alone = self.calls.iter().filter(|it| it.members.count_ones() <= 1).count();
        let alike = 1.0 - (alone as f64 + 1.0) / (self.calls.len() as f64 + 2.0);
        // A group that calls everything has forgotten some of it.
        let full = if self.calls.len() >= CALLS { 0.5 } else { 1.0 };
        let people = if seen.human { 0.6 } else { 1.0 };
        let refused = if seen.is_refused() { 0.8 } else { 1.0 };
        let weight = f64::from(seen.risk.weight()) / 100.0;
        let confidence = (weight * (1.0 - expected) * alike * full * people * refused).min(MOST);
        if confidence < LEAST {
            return None;
        }
        let call = seen.call();
        let title = format!("`{}` called {call}, which {makers} of {members} peers do", seen.name);
        let claim = Claim::new(&RARE, confidence, title).with("call", call);
        Some(claim.with("risk", seen.risk.as_str()).with("peers", members.to_string()))
    }
}

fn day(second: u32) -> u16 {
    u16::try_from(second / 86_400).unwrap_or(u16::MAX)
}

impl Row for Group {
    fn last(&self) -> u32 {
        self.activity.last()
    }

    fn heap(&self) -> usize {
        self.calls.capacity() * size_of::<Call>() + self.trials.heap()
    }

    fn write(&self, to: &mut RowWriter) {
        self.activity.write(to);
        self.members.write(to);
        self.trials.write(to);
        to.number(self.calls.len() as u64);
        for call in &self.calls {
            to.hash(call.members);
            to.spread(call.what);
            to.number(call.day);
        }
    }

    fn read(from: &mut RowReader<'_>) -> Result<Self, RestoreError> {
        let mut it = Self {
            activity: Activity::read(from)?,
            members: Distinct::read(from)?,
            trials: Trials::read(from)?,
            calls: Vec::new(),
        };
        let count = from.count(CALLS)?;
        it.calls.reserve_exact(count);
        for _ in 0..count {
            it.calls.push(Call {
                members: from.hash()?,
                what: from.spread()?,
                day: from.number()?,
            });
        }
        Ok(it)
    }
}
