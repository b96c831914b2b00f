//! Where workloads find a credential: where one was delivered, or where the configuration says that one goes.

use crate::world::World;
use interlock_contain::ways;
use interlock_identity::wildcard;
use interlock_model::{
    ActionKind, ContainmentId, CredentialRef, Identity, Principal, Step, Target, Timestamp,
};
use std::fmt;

/// The places that the configuration names. The first whose shape fits counts.
#[derive(Default)]
pub struct Places(Vec<(Vec<String>, Name)>);

/// How the place of a workload is called for people, from the last part of the workload's name.
type Name = Box<dyn Fn(&str) -> String + Send + Sync>;

impl fmt::Debug for Places {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|it| &it.0)).finish()
    }
}

impl Places {
    /// Whoever has a name of one of these shapes, in which `*` is any text, finds its credential there.
    pub fn add(
        &mut self,
        shapes: Vec<String>,
        name: impl Fn(&str) -> String + Send + Sync + 'static,
    ) {
        self.0.push((shapes, Box::new(name)));
    }

    fn of(&self, principal: &Principal) -> Option<String> {
        let text = principal.to_string();
        let fits = |shape: &String| wildcard(shape, &text, |a, b| a == b);
        let (_, name) = self.0.iter().find(|it| it.0.iter().any(fits))?;
        let last = principal.name.rsplit('/').next().unwrap_or(&principal.name);
        Some(name(last))
    }
}

/// Where a credential is found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The place, for people.
    pub place: String,
    /// The containment that delivered it there, and when that was read back; `None`: the configuration
    /// says that a new one goes there.
    pub delivered: Option<(ContainmentId, Timestamp)>,
}

impl World {
    /// Where workloads find this credential of an identity. Sessions, and what nobody delivers, are nowhere.
    #[must_use]
    pub fn found_at(&self, identity: &Identity, credential: &CredentialRef) -> Option<Found> {
        let own =
            self.containments.values().filter(|it| it.identity == identity.id && it.undo.is_none());
        let made = own.flat_map(|life| life.steps.iter().map(move |it| (life, it)));
        let delivered = made.filter_map(|(life, it)| {
            let at = it.verified()?;
            let place = place(&it.step)?;
            (it.issued.as_ref() == Some(credential)).then_some((at, place, &life.id))
        });
        if let Some((at, place, by)) = delivered.max_by_key(|it| it.0) {
            return Some(Found { place, delivered: Some((by.clone(), at)) });
        }
        let provider = credential.provider();
        identity
            .principals
            .iter()
            .filter(|it| &*it.provider == provider)
            .find_map(|principal| {
                let target = Target::Credential {
                    principal: principal.clone(),
                    credential: credential.clone(),
                };
                let rotates = |kind| kind == ActionKind::RotateCredential;
                let mut ways = ways(&target, &self.settings.connectors);
                ways.any(|it| rotates(it.1.kind)).then(|| self.settings.places.of(principal))?
            })
            .map(|place| Found { place, delivered: None })
    }
}

/// Where a step delivers, as its state says.
fn place(step: &Step) -> Option<String> {
    let place = step.after.get("delivery").or_else(|| step.after.get("secret"))?;
    // A place has a name in words; a bare one is that of a secret.
    Some(if place.contains('`') { place.to_owned() } else { format!("secret `{place}`") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_place_that_fits_counts() {
        let mut places = Places::default();
        places
            .add(vec!["aws:*:user/ci".to_owned()], |name| format!("entry `apps/{name}` of Vault"));
        places.add(vec!["aws:arn:*:iam::111122223333:user/*".to_owned()], |name| {
            format!("secret `interlock/{name}/access-key`")
        });
        let of = |name: &str| places.of(&Principal::new("aws", name));
        let user = |name: &str| format!("arn:aws:iam::111122223333:user/{name}");
        assert_eq!(of(&user("ci")).unwrap(), "entry `apps/ci` of Vault");
        assert_eq!(of(&user("jobs/nightly")).unwrap(), "secret `interlock/nightly/access-key`");
        assert_eq!(of("arn:aws:iam::444455556666:user/ops"), None);
    }
}
