//! Every connector at a server whose certificate is over, over real TLS: nothing is asked, the certificate
//! is named, no secret is told, and a step gives up after a few attempts with pauses between them, or asks
//! for a person at once.

use super::drive::{Drive, Subject};
use super::postbox::Postbox;
use super::tests::BENCHES;
use super::{Bench, noon};
use crate::Secret;
use crate::aws::identity_center::{self, IdentityCenter, IdentityCenterConfig};
use crate::aws::organizations::{self, Organizations, OrganizationsConfig};
use crate::aws::{AwsConfig, AwsIam, CredentialSource};
use crate::database::{Reach, Tls};
use crate::http::{Answer, Http, HttpError, Request, Wire};
use crate::idp::By;
use crate::{
    active_directory, aws, declared, entra, github, google_cloud, keycloak, kubernetes, oauth,
    okta, openldap, rabbitmq, redis, scim, vault, webhook,
};
use interlock_contain::{CallError, Connector, DiscoverCx, Phase};
use interlock_model::{ConnectorId, Fact, Observation, Operation};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpListener;

/// What every connector here proves itself by, and must never tell.
const PLANTED: &str = "planted-proof-of-the-connector";

/// A server on this machine whose certificate is of a day long ago.
struct Over {
    port: u16,
    /// How often somebody connected.
    met: Arc<AtomicUsize>,
    /// Bytes that came through TLS all the same.
    heard: Arc<AtomicUsize>,
    /// Its certificate, in PEM.
    certificate: String,
    /// Where that lies, for whoever reads it from a file.
    folder: tempfile::TempDir,
}

impl Over {
    async fn start() -> Self {
        let key = rcgen::KeyPair::generate().unwrap();
        let mut parameters = rcgen::CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        parameters.not_before = rcgen::date_time_ymd(2020, 1, 1);
        parameters.not_after = rcgen::date_time_ymd(2020, 1, 2);
        let certificate = parameters.self_signed(&key).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let own = rustls::pki_types::PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], own)
            .unwrap();
        let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("localhost:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let it = Self {
            port,
            met: Arc::default(),
            heard: Arc::default(),
            certificate: certificate.pem(),
            folder: tempfile::tempdir().unwrap(),
        };
        std::fs::write(it.authority(), &it.certificate).unwrap();
        let (met, heard) = (Arc::clone(&it.met), Arc::clone(&it.heard));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                met.fetch_add(1, Ordering::SeqCst);
                let (acceptor, heard) = (acceptor.clone(), Arc::clone(&heard));
                tokio::spawn(async move {
                    let Ok(mut stream) = acceptor.accept(stream).await else { return };
                    let mut buffer = [0; 256];
                    while let Ok(read @ 1..) = stream.read(&mut buffer).await {
                        heard.fetch_add(read, Ordering::SeqCst);
                    }
                });
            }
        });
        it
    }

    fn at(&self, path: &str) -> String {
        format!("https://localhost:{}{path}", self.port)
    }

    fn authority(&self) -> std::path::PathBuf {
        self.folder.path().join("authority.pem")
    }

    fn met(&self) -> usize {
        self.met.load(Ordering::SeqCst)
    }
}

/// Asks this machine whatever host is named: where addresses are the vendor's own and fixed.
#[derive(Debug)]
struct Here {
    http: Http,
    base: String,
}

#[async_trait::async_trait]
impl Wire for Here {
    async fn ask(&self, request: Request<'_>, most: usize) -> Result<Answer, HttpError> {
        let (path, _) = crate::http::path_and_query(request.url).unwrap();
        let url = format!("{}{path}", self.base);
        self.http.ask(Request { url: &url, ..request }, most).await
    }
}

fn planted() -> Secret {
    Secret::new(PLANTED)
}

fn key() -> CredentialSource {
    CredentialSource::Static { access_key_id: "AKIAEXAMPLE".to_owned(), secret: planted() }
}

fn reach(over: &Over, provider: &str) -> Reach {
    Reach {
        host: "localhost".to_owned(),
        port: over.port,
        database: String::new(),
        user: "interlock".to_owned(),
        password: Some(planted()),
        tls: Tls::Verified(Some(over.authority())),
        delivery: None,
        deliveries: Postbox::default().deliveries(provider),
    }
}

/// The connector of a kind as the process makes it, at this server; `None`: it speaks no TLS, or only
/// after words of its own, which `tests/real/sick.rs` of the program has for PostgreSQL.
async fn connector(kind: &str, over: &Over, bench: &dyn Bench) -> Option<Box<dyn Connector>> {
    let id = || ConnectorId(bench.connector().id().0.clone());
    let pem = || Some(over.certificate.clone().into_bytes());
    let at_postbox = |provider: &str| Postbox::default().deliveries(provider);
    Some(match kind {
        "active_directory" => {
            let mut config = active_directory::fake::Fake::config();
            config.ldap.url = over.at("").replace("https", "ldaps");
            (config.ldap.authorities, config.ldap.password) = (pem(), planted());
            Box::new(active_directory::ActiveDirectory::prepare(config))
        }
        "aws_iam" => {
            let endpoint = Some(over.at(""));
            let config = aws::fake::Fake::config();
            let config = AwsConfig { endpoint, credentials: key(), ..config };
            Box::new(AwsIam::prepare(config).await)
        }
        "aws_identity_center" => {
            let endpoint = Some(over.at(""));
            let config = identity_center::fake::Fake::config();
            let config = IdentityCenterConfig { endpoint, credentials: key(), ..config };
            Box::new(IdentityCenter::prepare(config).await)
        }
        "aws_organizations" => {
            let endpoint = Some(over.at(""));
            let config = organizations::fake::Fake::config();
            let config = OrganizationsConfig { endpoint, credentials: key(), ..config };
            Box::new(Organizations::prepare(config).await)
        }
        "entra" => Box::new(entra::connector(entra::EntraConfig {
            id: id(),
            tenant: "example.com".to_owned(),
            client_id: "interlock".to_owned(),
            by: By::Secret(planted()),
            graph: over.at("/v1.0"),
            risk_of_agents: false,
            login: over.at(""),
            protected: Vec::new(),
            deliveries: at_postbox("entra"),
            settle: None,
            now: noon,
        })),
        "github" => {
            let config = github::fake::Fake::config(noon);
            let credential = github::Credential::Token(planted());
            let (endpoint, deliveries) = (over.at(""), at_postbox("github"));
            let own_apps = vec![github::fake::Fake::own_app(super::clocks::KEY.clone())];
            let config =
                github::GithubConfig { endpoint, credential, deliveries, own_apps, ..config };
            Box::new(github::Github::prepare(config))
        }
        "google_cloud" => {
            let config = google_cloud::fake::Fake::config(noon);
            let acts_as = "interlock@acme.iam.gserviceaccount.com".to_owned();
            let credential = google_cloud::Credential::Token { token: planted(), acts_as };
            let deliveries = at_postbox("google_cloud");
            let config = google_cloud::GoogleCloudConfig { credential, deliveries, ..config };
            let here = Here { http: Http::new(&over.at("")).unwrap(), base: over.at("") };
            Box::new(google_cloud::GoogleCloud::on(config, Arc::new(here)))
        }
        "keycloak" => Box::new(keycloak::connector(keycloak::KeycloakConfig {
            id: id(),
            url: over.at(""),
            realm: "acme".to_owned(),
            client_id: "interlock".to_owned(),
            client_secret: planted(),
            protected: Vec::new(),
            settle: None,
            now: noon,
        })),
        "kubernetes" => {
            let token = crate::http_json::Token::Given(planted());
            let (endpoint, authorities) = (over.at(""), pem());
            let config = super::kubernetes::config();
            let config = kubernetes::KubernetesConfig { endpoint, token, authorities, ..config };
            Box::new(kubernetes::Kubernetes::prepare(config))
        }
        "oauth" => Box::new(oauth::connector(oauth::OauthConfig {
            id: id(),
            client_id: "interlock".to_owned(),
            client_secret: planted(),
            introspection_endpoint: over.at("/introspect"),
            revocation_endpoint: over.at("/revoke"),
            clients: vec![oauth::OauthClient {
                id: "ci".to_owned(),
                secret: planted(),
                registration: Some((over.at("/reg/ci"), planted())),
                token: Some(Secret::new(oauth::fake::TOKEN)),
            }],
            global: Some(oauth::GlobalRevocation {
                endpoint: over.at("/gtr"),
                issuer: "https://house.example.com".to_owned(),
                key: crate::jwt::Key::named(&super::clocks::KEY, None).unwrap(),
                subject_issuer: None,
                witnesses: [("ann@example.com".to_owned(), planted())].into(),
                protected: Vec::new(),
                now: noon,
            }),
            settle: None,
        })),
        "okta" => Box::new(okta::connector(okta::OktaConfig {
            id: id(),
            url: over.at(""),
            proof: crate::idp::Proof::Token { scheme: "SSWS", token: planted() },
            protected: Vec::new(),
            deliveries: at_postbox("okta"),
            settle: None,
        })),
        "openldap" => {
            let mut config = openldap::fake::Fake::config();
            config.ldap.url = over.at("").replace("https", "ldaps");
            (config.ldap.authorities, config.ldap.password) = (pem(), planted());
            Box::new(openldap::OpenLdap::prepare(config))
        }
        "rabbitmq" => {
            let reach = reach(over, "rabbitmq");
            Box::new(rabbitmq::connector(id(), reach, over.port, None))
        }
        "redis" => Box::new(redis::connector(id(), reach(over, "redis"), None)),
        "scim" => {
            let (endpoint, token) = (over.at("/v2"), planted());
            let config = scim::ScimConfig { endpoint, token, ..scim::fake::Fake::config() };
            Box::new(scim::Scim::prepare(config))
        }
        "vault" => {
            let token = crate::http_json::Token::Given(planted());
            let (endpoint, authorities, deliveries) = (over.at(""), pem(), at_postbox("vault"));
            let config = super::vault::config();
            let config = vault::VaultConfig { endpoint, token, authorities, deliveries, ..config };
            Box::new(vault::Vault::prepare(config))
        }
        "webhook" => {
            let address = webhook::Address {
                url: over.at("/interlock"),
                key: planted(),
                timeout: Duration::from_secs(20),
                now: noon,
            };
            Box::new(webhook::connector(declared::fake::config("webhook"), address))
        }
        "broker" | "command" | "mariadb" | "postgresql" | "ssh" => return None,
        other => panic!("say how `{other}` is reached"),
    })
}

/// Whether a kind tries again for a while before a person is asked; databases ask at once.
fn waits(kind: &str) -> bool {
    kind != "redis"
}

/// The certificate is named, and nothing else is told.
#[track_caller]
fn names_the_certificate(of: &str, said: &str, secrets: &[String]) {
    let lower = said.to_lowercase();
    assert!(lower.contains("certificate") && lower.contains("expired"), "{of}: {said}");
    for secret in secrets.iter().map(String::as_str).chain([PLANTED]) {
        assert!(!said.contains(secret), "{of} tells a secret: {said}");
    }
}

#[tokio::test]
async fn a_certificate_that_is_over_lets_nothing_through_at_any_connector() {
    let over = Over::start().await;
    for (kind, make) in BENCHES {
        let bench = make();
        let Some(connector) = connector(kind, &over, &*bench).await else { continue };
        assert_eq!(connector.spec().kind, *kind);
        let secrets = bench.secrets();
        for action in connector.actions() {
            let (name, spec) = (action.spec().name, action.spec());
            let on_fake = Subject::new(&*bench, name).unwrap();
            let there = Subject { bench: &*bench, action, intent: bench.aim(spec) };
            let before = over.met();
            let error = there.plan().await.unwrap_err();
            names_the_certificate(name, &error, &secrets);
            assert!(over.met() > before, "{name}: nobody was asked");
            // It was planned while the certificate was good.
            let step = on_fake.plan().await.unwrap();
            let error = there.execute(&step).await.unwrap_err();
            let fits = match waits(kind) {
                true => matches!(error, CallError::Retry { .. }),
                false => matches!(error, CallError::Unsupported { .. }),
            };
            assert!(fits, "{name}: {error:?}");
            names_the_certificate(name, &error.to_string(), &secrets);
            let seen = there.verify(&step).await;
            let Observation::CannotTell { why } = seen else { panic!("{name}: {seen:?}") };
            names_the_certificate(name, &why, &secrets);
        }
        for check in connector.check().await {
            if let Err(said) = check.outcome {
                for secret in secrets.iter().map(String::as_str).chain([PLANTED]) {
                    assert!(!said.to_string().contains(secret), "{kind} tells a secret: {said}");
                }
            }
        }
        if let Some(discovery) = connector.spec().discovery {
            let cx = DiscoverCx::new(discovery, noon());
            let before = over.met();
            match connector.discover(&cx, None).await {
                Err(error) => names_the_certificate(kind, &error.to_string(), &secrets),
                // What the configuration names is shown without asking anybody.
                Ok(page) => assert_eq!(over.met(), before, "{kind}: {page:#?}"),
            }
        }
        assert_eq!(bench.writes(), Vec::<Operation>::new(), "{kind}");
    }
    assert_eq!(over.heard.load(Ordering::SeqCst), 0, "something was said to it");
}

#[tokio::test]
async fn a_step_gives_up_on_it_after_a_few_attempts_with_pauses_between() {
    let over = Over::start().await;
    for (kind, make) in BENCHES {
        let bench = make();
        let Some(connector) = connector(kind, &over, &*bench).await else { continue };
        let action = connector.actions().into_iter().next().unwrap();
        let step = Subject::new(&*bench, action.spec().name).unwrap().plan().await.unwrap();
        let intent = bench.aim(action.spec());
        let subject = Subject { bench: &*bench, action, intent };
        let mut drive = Drive::new(&subject).unwrap();
        let met = over.met();
        let end = drive.goes_on_from(&step).await;
        let intended = drive.journal.iter().filter(|it| matches!(it.fact, Fact::Intended { .. }));
        let times: Vec<_> = intended.map(|it| it.time).collect();
        if waits(kind) {
            let end = end.unwrap_err();
            assert!(end.starts_with("GiveUp") && end.contains("tried 6 times"), "{kind}: {end}");
            assert_eq!(times.len(), 6, "{kind}");
        } else {
            assert!(matches!(drive.life.phase, Phase::Held { .. }), "{kind}: {end:?}");
            assert_eq!(times.len(), 1, "{kind}");
        }
        for pair in times.windows(2) {
            let pause = pair[1].duration_since(pair[0]);
            assert!(pause.as_secs() >= 1, "{kind}: again after {pause}");
        }
        // A client may try both addresses of a name.
        assert!(over.met() - met <= 4 * times.len(), "{kind}: {} connections", over.met() - met);
        let text = format!("{:?}", drive.journal);
        names_the_certificate(kind, &text, &bench.secrets());
    }
    assert_eq!(over.heard.load(Ordering::SeqCst), 0, "something was said to it");
}
