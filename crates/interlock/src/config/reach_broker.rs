//! The built-in broker of `interlock.toml`, from what people wrote to what it means.

use super::check::Check;
use super::raw_parts::RawClient;
use super::tree::Node;
use interlock_connect::broker::{ClientConfig, TokenLife};

impl Check<'_> {
    pub(super) fn token_life(&mut self, text: Option<&str>, node: Option<&Node>) -> TokenLife {
        let Some(text) = text else { return TokenLife::default() };
        let seconds = self.duration(text, node).map(|it| it.as_secs());
        let Some(seconds) = seconds else { return TokenLife::default() };
        i64::try_from(seconds).ok().and_then(TokenLife::from_seconds).unwrap_or_else(|| {
            let what = format!("`{text}` is not the life of a token");
            self.error(node, what, "from `1s` to `1h`");
            TokenLife::default()
        })
    }

    pub(super) fn clients(
        &mut self,
        raw: Vec<RawClient>,
        node: Option<&Node>,
    ) -> Vec<ClientConfig> {
        let mut clients: Vec<ClientConfig> = Vec::new();
        for (index, raw) in raw.into_iter().enumerate() {
            let node = node.map(|it| it.item(index).unwrap_or(it));
            let at = |key: &str| node.map(|it| it.get(key).unwrap_or(it));
            let sound =
                |it: u8| it.is_ascii_lowercase() || it.is_ascii_digit() || b"._-".contains(&it);
            if raw.name.is_empty() || raw.name.len() > 64 || !raw.name.bytes().all(sound) {
                let what = format!("`{}` is not a name for a client", raw.name.escape_debug());
                self.error(
                    at("name"),
                    what,
                    "up to 64 lower-case letters, digits, `.`, `_` and `-`",
                );
            } else if clients.iter().any(|it| it.name == raw.name) {
                let what = format!("the client name `{}` is taken", raw.name);
                self.error(at("name"), what, "give every workload its own name");
            }
            let delivery = raw.delivery.map(|it| self.path(&it));
            if delivery.as_ref().and_then(|it| it.parent()).is_some_and(|it| !it.is_dir()) {
                let what = "the folder of the delivery file is missing".to_owned();
                self.error(
                    at("delivery"),
                    what,
                    "make it, so that the workload's key can be put there",
                );
            }
            clients.push(ClientConfig { name: raw.name, delivery });
        }
        clients
    }
}
