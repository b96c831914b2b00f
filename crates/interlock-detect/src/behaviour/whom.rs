//! Whom one event is about, as keys: of what is remembered by identity, and by credential.

use super::key::Key;
use super::platform::Platform;
use super::seen::person_in;
use interlock_model::{Binding, CredentialKind, Event};

/// Whom one event is about.
#[derive(Debug)]
pub struct Whom<K> {
    /// Which platform it comes from.
    pub platform: Platform,
    /// Whose habits it is held against: the identity, or one person's sessions of a shared role.
    /// `None` when nothing says who it is.
    pub habit: Option<K>,
    /// The credential in use.
    pub credential: Option<K>,
    /// The session, where its name stands for one sign-in: a cookie, a refresh token, a log-on.
    pub session: Option<K>,
    /// The temporary credentials that it issued.
    pub issued: Vec<K>,
}

impl Whom<Key> {
    /// Whom this event is about.
    pub(crate) fn of(event: &Event, binding: &Binding) -> Self {
        let platform = Platform::of(event.source);
        let by_sign_in = !matches!(platform, Platform::Aws | Platform::Other);
        let session = binding.session.as_ref().filter(|_| by_sign_in);
        let issued = event.issued.iter().map(|it| &it.credential);
        Self {
            platform,
            habit: habit_of(binding),
            credential: binding.credential.as_ref().map(|it| Key::of(&[it.as_str()])),
            session: session.map(|it| Key::of(&["session", event.source, &it.id])),
            issued: issued
                .filter(|it| it.kind() == Some(CredentialKind::SessionKey))
                .map(|it| Key::of(&[it.as_str()]))
                .collect(),
        }
    }
}

/// Whose habits apply: an identity's, but one person's where a shared role names the person in
/// the session (`…/ana@example.com`), since people do not share habits.
fn habit_of(binding: &Binding) -> Option<Key> {
    let person = person_in(binding).unwrap_or_default();
    if let Some(identity) = binding.resolution.identity() {
        return Some(Key::of(&[identity.as_str(), person]));
    }
    if let Some(principal) = &binding.principal {
        return Some(Key::of(&[&principal.provider, &principal.name, person]));
    }
    binding.credential.as_ref().map(|it| Key::of(&[it.as_str()]))
}
