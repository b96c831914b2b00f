//! A client hands a token back: its own, and no other's.

use super::state::{State, key_ref, principal};
use super::{Broker, BrokerError, BrokerEvent, BrokerOperation, Denied, about};
use crate::Secret;
use interlock_model::{Origin, Outcome, RefusalStage, Timestamp};

/// Why a token was not ended for a client. For the record: a bad key is told no more than "no".
#[derive(Debug, thiserror::Error)]
pub enum NotHandedBack {
    /// The client did not prove itself: no such key, not its secret, or disabled.
    #[error("the key was refused: {0}")]
    Key(Denied),
    /// The token was issued to another client, and is as live as before.
    #[error("the token was issued to another client")]
    OfAnother,
    /// The state cannot be written: the token is still live.
    #[error(transparent)]
    Unavailable(#[from] BrokerError),
}

impl Broker {
    /// Ends a token for the client to which it was issued. A token that is not known is as good as ended.
    ///
    /// A client whose issuance is blocked may still end tokens: that only takes access away.
    ///
    /// # Errors
    /// The key is not good, the token is another client's, or the state cannot be written.
    pub fn hand_back(
        &self,
        (key, secret): (&str, &Secret),
        token: &str,
        now: Timestamp,
        origin: &Origin,
    ) -> Result<(), NotHandedBack> {
        let mut event = BrokerEvent::new(BrokerOperation::RevokeToken, now, origin);
        let answer = self.end(&mut event, (key, secret), token, now);
        if let Err(error) = &answer {
            event.outcome = match error {
                NotHandedBack::Key(denied) => denied.outcome(),
                NotHandedBack::OfAnother => Outcome::Refused {
                    code: "not_own_token".into(),
                    stage: RefusalStage::Permission,
                },
                NotHandedBack::Unavailable(_) => Outcome::Failed { code: "unavailable".into() },
            };
        }
        self.record(event);
        answer
    }

    fn end(
        &self,
        event: &mut BrokerEvent,
        (key, secret): (&str, &Secret),
        token: &str,
        now: Timestamp,
    ) -> Result<(), NotHandedBack> {
        let state = self.state();
        let caller = state.keys.get(key);
        if let Some(caller) = caller {
            event.principal = Some(principal(&caller.client));
            event.key = Some(key_ref(key));
        }
        state.proves(key, secret).map_err(NotHandedBack::Key)?;
        let caller = caller.ok_or(NotHandedBack::Key(Denied::BadKey))?;
        if !caller.active {
            return Err(NotHandedBack::Key(Denied::KeyDisabled));
        }
        let Some((id, found)) = state.token(token) else { return Ok(()) };
        if found.client != caller.client {
            return Err(NotHandedBack::OfAnother);
        }
        about(event, id, found);
        event.key = Some(key_ref(key));
        let end = |state: &mut State| {
            state.sweep(now);
            if let Some(token) = state.tokens.get_mut(id) {
                token.revoked = true;
            }
            Ok::<_, BrokerError>(())
        };
        Ok(self.write(end)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::broker::{ClientConfig, NewKey, TokenLife};

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;

    fn client(broker: &Broker, name: &str) -> (NewKey, Secret) {
        broker.register(&ClientConfig { name: name.to_owned(), delivery: None }).unwrap();
        let key = broker.enrol(name, NOW).unwrap();
        let issued = broker.issue(key.id.id(), &key.secret, NOW, &Origin::default()).unwrap();
        (key, issued.token)
    }

    #[test]
    fn a_client_ends_its_own_tokens_and_no_others() {
        let broker = Broker::in_memory(TokenLife::default());
        let ((mine, token), (_, other)) = (client(&broker, "shop"), client(&broker, "mill"));
        let hand_back = |key: &NewKey, secret: &Secret, token: &str| {
            broker.hand_back((key.id.id(), secret), token, NOW, &Origin::default())
        };
        let _ = broker.events();
        assert!(matches!(
            hand_back(&mine, &mine.secret, other.expose()),
            Err(NotHandedBack::OfAnother)
        ));
        let wrong = Secret::new("guess");
        assert!(matches!(
            hand_back(&mine, &wrong, token.expose()),
            Err(NotHandedBack::Key(Denied::BadKey))
        ));
        assert!(broker.introspect(token.expose(), NOW).active);
        hand_back(&mine, &mine.secret, "bt_0.0").unwrap();
        hand_back(&mine, &mine.secret, token.expose()).unwrap();
        assert!(!broker.introspect(token.expose(), NOW).active);
        assert!(broker.introspect(other.expose(), NOW).active);
        let end = |state: &mut State| {
            state.keys.get_mut(mine.id.id()).unwrap().active = false;
            Ok::<_, BrokerError>(())
        };
        broker.write(end).unwrap();
        assert!(matches!(
            hand_back(&mine, &mine.secret, token.expose()),
            Err(NotHandedBack::Key(Denied::KeyDisabled))
        ));
        let seen: Vec<String> = broker
            .events()
            .iter()
            .filter(|it| it.operation == BrokerOperation::RevokeToken)
            .map(|it| match &it.outcome {
                Outcome::Success => "success".to_owned(),
                Outcome::Refused { code, .. } | Outcome::Failed { code } => code.to_string(),
            })
            .collect();
        assert_eq!(seen, ["not_own_token", "bad_key", "success", "success", "key_disabled"]);
    }
}
