//! Who a person at a command line, or a monitor that knows only a name, may mean.

use crate::aliases::Slot;
use crate::directory::{Directory, Who};
use crate::principal::{account, short_name};
use interlock_model::{CredentialKind, CredentialRef, IdentityId, Principal, Resolution};

impl Directory {
    /// Resolves what people type, without learning from it.
    ///
    /// Understood are, in this order: an identity id, with or without `idn_`; a credential
    /// (`aws:access-key:…` or the bare `AKIA…`, `ASIA…`); a principal (`aws:arn:…` or the bare
    /// ARN, also of a role session); a name as it is shown, ASCII letters of either case.
    /// A name that several identities bear is [`Resolution::Ambiguous`].
    #[must_use]
    pub fn resolve(&self, text: &str) -> Resolution {
        let text = text.trim();
        let prefixed = format!("{}{text}", IdentityId::PREFIX);
        for id in [text, &prefixed].into_iter().filter_map(|it| it.parse::<IdentityId>().ok()) {
            if let Some(slot) = self.slot(&id) {
                return self.resolution(Who::One(slot));
            }
        }
        let aws = |kind| Some(CredentialRef::new("aws", kind, text));
        let credential = match text.get(..4) {
            Some("AKIA") => aws(CredentialKind::AccessKey),
            Some("ASIA") => aws(CredentialKind::SessionKey),
            _ => CredentialRef::from_text(text),
        };
        if let Some(key) = credential.and_then(|it| self.keys.get(&it)) {
            return self.resolution(self.holders(key));
        }
        let principal = if text.starts_with("arn:") {
            Some(Principal::new("aws", text))
        } else {
            Principal::from_text(text)
        };
        let claiming = principal.map(|it| self.aliases.peek(&it)).unwrap_or_default();
        match claiming.as_slice() {
            [] => {}
            [one] => return self.resolution(Who::One(*one)),
            _ => return self.resolution(Who::Several(claiming)),
        }
        match self.by_name(text, None).as_slice() {
            [] => Resolution::Unknown,
            [one] => self.resolution(Who::One(*one)),
            several => self.resolution(Who::Several(several.to_vec())),
        }
    }

    /// The identities that are shown by this name or have a principal of it, in this account where
    /// one is given. Looks at every record: for people and alerts, not for events.
    pub(crate) fn by_name(&self, name: &str, within: Option<&str>) -> Vec<Slot> {
        if name.is_empty() {
            return Vec::new();
        }
        let called = |it: &str| it.eq_ignore_ascii_case(name);
        self.slots()
            .filter(|slot| {
                self.peek(*slot).is_some_and(|it| {
                    let it = &it.identity;
                    let mut principals = it.principals.iter();
                    match within {
                        Some(_) => {
                            principals.any(|it| account(it) == within && called(&short_name(it)))
                        }
                        None => called(&it.name) || principals.any(|it| called(&short_name(it))),
                    }
                })
            })
            .collect()
    }
}
