//! The database servers among the connectors, from what people wrote to what it means.

use super::DatabaseConfig;
use super::check::Check;
use super::raw_feed::RawSecret;
use super::reach::is_loopback;
use super::tree::Node;
use interlock_connect::database::Tls;
use interlock_model::Gravity;

/// What people wrote about one server.
#[derive(Debug)]
pub(super) struct Written {
    pub(super) host: String,
    pub(super) port: Option<u16>,
    pub(super) database: Option<String>,
    pub(super) user: Option<String>,
    pub(super) password: Option<RawSecret>,
    pub(super) tls: Option<bool>,
    pub(super) ca: Option<String>,
    pub(super) delivery: Option<String>,
}

/// What holds for its kind where nothing is said.
#[derive(Debug)]
pub(super) struct Standard {
    pub(super) port: u16,
    pub(super) database: &'static str,
}

impl Check<'_> {
    pub(super) fn database<'n>(
        &mut self,
        written: Written,
        standard: &Standard,
        at: &impl Fn(&str) -> Option<&'n Node>,
    ) -> DatabaseConfig {
        let Written { host, port, database, user, password, tls, ca, delivery } = written;
        let sound = |it: u8| it.is_ascii_alphanumeric() || b".-_:[]".contains(&it);
        if host.is_empty() || !host.bytes().all(sound) {
            // The text is not repeated: people paste whole connection strings, with the password.
            let what = "`host` is not the name of a server".to_owned();
            let help = "a name or an address without port or user, such as `db.example.com`";
            self.error(at("host"), what, help);
        }
        let tls = match (tls, ca) {
            (Some(false), None) => {
                if !is_loopback(&host) {
                    let what = "the server is spoken to without TLS".to_owned();
                    self.report(Gravity::Warning, at("tls"), what, "leave `tls` out");
                }
                Tls::Off
            }
            (Some(false), Some(_)) => {
                let what = "`ca` is of no use without TLS".to_owned();
                self.error(at("ca"), what, "leave `tls` out");
                Tls::Off
            }
            (Some(true) | None, ca) => Tls::Verified(ca.map(|it| self.path(&it))),
        };
        let delivery = delivery.map(|it| {
            if !it.rsplit('/').next().is_some_and(|it| it.contains("{name}")) {
                let what =
                    "the file's name must hold `{name}`, or two accounts share one password file"
                        .to_owned();
                self.error(at("delivery"), what, "such as `delivered/{name}.json`");
            }
            self.path(&it)
        });
        if delivery.as_ref().and_then(|it| it.parent()).is_some_and(|it| !it.is_dir()) {
            let what = "the folder of the delivery files is missing".to_owned();
            self.error(at("delivery"), what, "make it, so that new passwords can be put there");
        }
        DatabaseConfig {
            host,
            port: port.unwrap_or(standard.port),
            database: database.unwrap_or_else(|| standard.database.to_owned()),
            user: user.unwrap_or_else(|| "interlock".to_owned()),
            password: password.map(|it| self.secret(it, at("password"))),
            tls,
            delivery,
        }
    }
}
