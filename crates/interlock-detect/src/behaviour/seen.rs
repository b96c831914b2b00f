//! One event as the behaviours see it: who, from which network, with which client, calling what.

use super::activity::{Activity, WarmUp};
use super::agent;
use super::call::{self, CallRisk};
use super::key::Key;
use super::network::{self, Network};
use super::paths::Paths;
use super::place;
use super::platform::Platform;
use super::whom::Whom;
use super::{BehaviourConfig, Held, Keep, Row, RowReader, RowWriter, Rows};
use crate::geo::{Atlas, Whereabouts};
use crate::snapshot::RestoreError;
use interlock_model::{
    Binding, CredentialKind, Event, FieldPlan, Identity, IdentityKind, Outcome, PrincipalKind,
    Provenance, RefusalStage, Timestamp,
};
use ipnet::IpNet;
use std::net::IpAddr;
use std::sync::Arc;

/// One event as the behaviours see it.
#[derive(Debug)]
pub struct Seen<'a> {
    /// The event.
    pub event: &'a Event,
    /// Which platform it comes from.
    pub platform: Platform,
    /// Who it is.
    pub binding: &'a Binding,
    /// What the directory knows of it.
    pub identity: Option<&'a Identity>,
    /// Whose habits it is held against: the identity, or one person's sessions of a shared role.
    /// `None` when nothing says who it is.
    pub habit: Option<Held>,
    /// A name to show.
    pub name: &'a str,
    /// The credential in use.
    pub credential: Option<Held>,
    /// The session, where its name stands for one sign-in: a cookie, a refresh token, a log-on.
    pub session: Option<Held>,
    /// The temporary credentials that it issued.
    pub issued: Vec<Held>,
    /// How long and how often it was seen, with this event.
    pub activity: Activity,
    /// Whether enough was seen of it before this event.
    pub warm: bool,
    /// When, in seconds since 1970.
    pub second: u32,
    /// From which network, when the address says something about the caller.
    pub from: Option<From>,
    /// With which family of client; `None` when the provider called on the actor's behalf.
    pub client: Option<Client>,
    /// How much harm the call can do.
    pub risk: CallRisk,
    /// Whether a person is behind it, as far as one can tell.
    pub human: bool,
    /// Whether the provider itself acts: there is no credential that anybody could steal.
    pub by_provider: bool,
    /// Whether the identity is under suspicion: nothing is learned soon.
    pub suspected: bool,
}

/// Where a call came from.
#[derive(Debug, Clone)]
pub struct From {
    /// The address.
    pub address: IpAddr,
    /// Its network.
    pub network: Network,
    /// Where it is, when a geo database knows.
    pub whereabouts: Option<Arc<Whereabouts>>,
}

impl From {
    /// The network in words.
    #[must_use]
    pub fn describe(&self) -> String {
        network::describe(self.address, self.whereabouts.as_deref())
    }
}

/// What client software made a call.
#[derive(Debug, Clone)]
pub struct Client {
    /// Its family.
    pub family: Arc<str>,
    /// The family as a number.
    pub number: u32,
    /// What sort of client the family is.
    pub sort: agent::Sort,
    /// Whether people at a screen use it.
    pub interactive: bool,
}

impl Seen<'_> {
    /// The call as people write it: `iam:CreateAccessKey`.
    #[must_use]
    pub fn call(&self) -> String {
        call::show(&self.event.service, &self.event.operation)
    }

    /// Whether the caller was refused.
    #[must_use]
    pub const fn is_refused(&self) -> bool {
        matches!(self.event.outcome, Outcome::Refused { .. })
    }

    /// Whether the event proves that the identity itself acted: a key that is refused one call was
    /// still accepted, a refused sign-in was not.
    #[must_use]
    pub const fn is_proven(&self) -> bool {
        !matches!(self.event.outcome, Outcome::Refused { stage: RefusalStage::Credential, .. })
    }

    /// Whether a name in the record is the actor's own.
    #[must_use]
    pub fn is_actor(&self, name: &str) -> bool {
        let same = |own: &str| own.eq_ignore_ascii_case(name);
        same(&self.event.actor.name)
            || self.binding.principal.as_ref().is_some_and(|it| same(&it.name))
            || self.credential.is_some()
                && self.binding.credential.as_ref().map(interlock_model::CredentialRef::id)
                    == Some(name)
    }

    /// Whether a person looks after the own account where people have one: a new telephone, a forgotten
    /// password.
    #[must_use]
    pub fn serves_itself(&self) -> bool {
        let mut users = self.event.objects.iter().filter(|it| &*it.kind == "user").peekable();
        self.human
            && matches!(self.platform, Platform::Entra | Platform::Okta | Platform::Workspace)
            && users.peek().is_some()
            && users.all(|it| self.is_actor(&it.name))
    }

    /// Whether the credential is a temporary one.
    #[must_use]
    pub fn is_session_key(&self) -> bool {
        let credential = self.binding.credential.as_ref();
        credential.and_then(interlock_model::CredentialRef::kind)
            == Some(CredentialKind::SessionKey)
    }

    /// The last part of the session's name, where many share one role and name their sessions.
    #[must_use]
    pub fn session_name(&self) -> Option<&str> {
        session_name(self.binding).filter(|_| self.session.is_none())
    }

    /// Whether a person declared or telemetry showed that it is software.
    #[must_use]
    pub fn is_machine(&self) -> bool {
        self.identity.is_some_and(|it| it.kind.is_machine())
    }
}

/// Turns events into [`Seen`]: knows the own egress, the geo database, the clients of the moment.
#[derive(Debug)]
pub(crate) struct Lens {
    pub(crate) egress: Vec<IpNet>,
    pub(crate) atlas: Option<Atlas>,
    paths: Paths,
    warm_up: WarmUp,
    acquaintances: Rows<Acquaintance>,
    clients: Vec<Option<(Box<str>, Client)>>,
}

impl Lens {
    /// The agents of so many clients of the moment are remembered, up to so many bytes of each.
    const CLIENTS: usize = 1024;
    const LONGEST_AGENT: usize = 1024;
    /// What it costs to know how long and how often an identity was seen.
    #[cfg(test)]
    pub(crate) const BYTES_PER_IDENTITY: usize = Rows::<Acquaintance>::BYTES_PER_ROW;

    pub(crate) fn new(config: &BehaviourConfig, plan: &FieldPlan, atlas: Option<Atlas>) -> Self {
        Self {
            egress: config.known_egress.clone(),
            atlas,
            paths: Paths::new(plan, Self::paths()),
            warm_up: config.warm_up,
            acquaintances: Rows::new("acquaintances"),
            clients: vec![None; Self::CLIENTS],
        }
    }

    /// The fields of the record that are read for all behaviours.
    pub(crate) fn paths() -> impl Iterator<Item = &'static str> {
        call::PATHS.into_iter().flatten().chain(place::PATHS).copied()
    }

    pub(crate) fn look<'a>(
        &mut self,
        event: &'a Event,
        binding: &'a Binding,
        identity: Option<&'a Identity>,
        whom: Whom<Held>,
        suspected: bool,
    ) -> Seen<'a> {
        let platform = whom.platform;
        let by_provider = event.actor.kind == PrincipalKind::Service;
        let direct = !by_provider && event.origin.service.is_none();
        let client = direct
            .then_some(event.origin.user_agent.as_deref())
            .flatten()
            .filter(|it| !it.is_empty())
            .map(|it| self.client(it));
        let interactive = client.as_ref().is_some_and(|it| it.interactive);
        let person = person_in(binding).is_some()
            || event.actor.kind == PrincipalKind::User
                && event.actor.name.contains('@')
                && !event.actor.name.ends_with(".gserviceaccount.com");
        let human = match identity {
            Some(it) if it.provenance == Provenance::Declared => it.kind == IdentityKind::Human,
            Some(it) if it.kind == IdentityKind::Human => true,
            Some(_) | None => person || interactive,
        };
        let second = seconds(event.time);
        let (activity, warm) = self.acquaint(whom.habit.filter(|_| !by_provider), second);
        Seen {
            event,
            platform,
            binding,
            identity,
            habit: whom.habit,
            name: match identity {
                // What a provider calls a user may be a number; the record says how people know it.
                Some(it)
                    if it.provenance == Provenance::Declared || event.actor.name.is_empty() =>
                {
                    &it.name
                }
                Some(_) | None => &event.actor.name,
            },
            credential: whom.credential,
            session: whom.session,
            issued: whom.issued,
            activity,
            warm,
            second,
            from: event.origin.address.filter(|_| direct).and_then(|it| self.from(it, event)),
            client,
            risk: CallRisk::of(platform, event, &self.paths),
            human,
            by_provider,
            suspected,
        }
    }

    /// Counts one event of an identity; what is known of it then, and whether that was enough before.
    fn acquaint(&mut self, habit: Option<Held>, second: u32) -> (Activity, bool) {
        let Some(habit) = habit else { return (Activity::default(), false) };
        let row = self.acquaintances.row(habit, Acquaintance::default);
        let warm = row.0.count(second, self.warm_up);
        (row.0, warm)
    }

    pub(crate) fn forget_before(&mut self, second: u32) {
        self.acquaintances.forget_before(second);
    }

    pub(crate) fn memory(&self) -> super::Memory {
        self.acquaintances.memory()
    }

    /// Its own rows about identities.
    pub(crate) const fn rows(&mut self) -> &mut dyn Keep {
        &mut self.acquaintances
    }

    fn from(&mut self, address: IpAddr, event: &Event) -> Option<From> {
        if network::is_internal(address, &self.egress) {
            return None;
        }
        let located = self.atlas.as_mut().and_then(|it| it.locate(address));
        // The network is named alike for every log; what one log says of places stays with it.
        let network = Network::of(address, located.as_deref());
        let whereabouts = located.or_else(|| place::of(event, &self.paths).map(Arc::new));
        Some(From { address, network, whereabouts })
    }

    fn client(&mut self, agent: &str) -> Client {
        let key = Key::of(&[agent]);
        let make = || {
            let family = agent::family(agent);
            Client {
                number: Key::of(&["client", &family]).short(),
                sort: agent::sort(&family),
                interactive: agent::is_interactive(&family),
                family: family.into(),
            }
        };
        let place = self.clients.get_mut(key.0 as usize % Self::CLIENTS);
        let Some(place) = place.filter(|_| agent.len() <= Self::LONGEST_AGENT) else {
            return make();
        };
        match place {
            Some((known, client)) if **known == *agent => client.clone(),
            Some(_) | None => {
                let client = make();
                *place = Some((agent.into(), client.clone()));
                client
            }
        }
    }
}

/// How long and how often an identity was seen, whatever it did.
#[derive(Debug, Default)]
struct Acquaintance(Activity);

impl Row for Acquaintance {
    fn last(&self) -> u32 {
        self.0.last()
    }

    fn heap(&self) -> usize {
        0
    }

    fn write(&self, to: &mut RowWriter) {
        self.0.write(to);
    }

    fn read(from: &mut RowReader<'_>) -> Result<Self, RestoreError> {
        Activity::read(from).map(Self)
    }
}

/// The same for every process: seconds since 1970, held within what 32 bits can say.
#[must_use]
pub(crate) fn seconds(time: Timestamp) -> u32 {
    u32::try_from(time.as_second().max(0)).unwrap_or(u32::MAX)
}

/// The last part of the session's name.
fn session_name(binding: &Binding) -> Option<&str> {
    let id = &*binding.session.as_ref()?.id;
    // By bytes: it is asked of every event, and such names are short.
    let slash = id.bytes().rposition(|it| it == b'/');
    Some(slash.and_then(|it| id.get(it + 1..)).unwrap_or(id))
}

/// The person that a session of a shared role is named after.
pub(crate) fn person_in(binding: &Binding) -> Option<&str> {
    session_name(binding).filter(|it| it.bytes().any(|it| it == b'@'))
}
