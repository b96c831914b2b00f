//! Syslog over TCP and TLS into a running house.

use crate::counted::{each_counted_once, exactly};
use crate::served::{Folder, Served, read, record};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, ExtendedKeyUsagePurpose, IsCa, KeyPair,
};
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::sync::Arc;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned, crypto};

/// Where the feed says that it listens.
fn address(folder: &Folder, feed: &str) -> String {
    for _ in 0..200 {
        let log = read(&folder.log());
        let said = format!("feed {feed} listens on ");
        if let Some((_, rest)) = log.rsplit_once(&said) {
            return rest.lines().next().unwrap().to_owned();
        }
        pause();
    }
    panic!("{}", read(&folder.log()));
}

/// Between two looks at what another process writes.
#[expect(clippy::disallowed_methods, reason = "what another process does takes real time")]
fn pause() {
    std::thread::sleep(std::time::Duration::from_millis(25));
}

fn line(user: usize) -> String {
    record(&format!("event-user-{user}"), &format!("user-{user}")).to_string()
}

async fn last_error(house: &Served) -> String {
    let (_, feeds) = house.get("rita", "/v1/feeds").await;
    feeds[0]["last_error"].as_str().unwrap_or_default().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_of_every_form_come_in_over_tcp() {
    let folder = Folder::new();
    folder.add("\n[[feed]]\nid = \"net\"\nkind = \"syslog\"\nlisten = \"127.0.0.1:0\"\n");
    let house = folder.serve();
    let mut stream = TcpStream::connect(address(&folder, "net")).unwrap();
    let modern = format!("<134>1 2026-03-02T10:00:00Z host app - - [x@1 k=\"]\"] {}", line(0));
    write!(stream, "{} {modern}", modern.len()).unwrap();
    writeln!(stream, "<13>Mar  2 10:00:00 host app[7]: {}", line(1)).unwrap();
    let old = format!("<13>2026-03-02T10:00:00+00:00 host app: @cee: {}", line(2));
    let (first, second) = old.split_at(old.len() / 2);
    stream.write_all(first.as_bytes()).unwrap();
    stream.flush().unwrap();
    exactly(&house, 2).await;
    writeln!(stream, "{second}").unwrap();
    // The last one has no end of line: the end of the connection is its end.
    write!(stream, "{}", line(3)).unwrap();
    drop(stream);
    exactly(&house, 4).await;
    each_counted_once(&house, 4).await;

    let mut stream = TcpStream::connect(address(&folder, "net")).unwrap();
    stream.write_all(b"<13>Mar  2 10:00:00 host sshd[7]: no record at all\n").unwrap();
    drop(stream);
    house
        .until("what is no record is listed", async || {
            let (_, rejected) = house.get("rita", "/v1/rejected").await;
            rejected["items"].as_array().is_some_and(|it| it.len() == 1)
        })
        .await;
    let open = TcpStream::connect(address(&folder, "net")).unwrap();
    assert_eq!(house.terminate(), Some(0), "an open connection does not hold the house");
    drop(open);
}

/// An authority, and what it issued.
struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    fn issue(&self, folder: &Path, name: &str, purpose: ExtendedKeyUsagePurpose) {
        let mut params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        params.extended_key_usages = vec![purpose];
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &*self.0).unwrap();
        std::fs::write(folder.join(format!("{name}.pem")), certificate.pem()).unwrap();
        crate::program::write_secret(folder.join(format!("{name}.key")), key.serialize_pem());
    }
}

/// Sends a line as a client with this certificate; whether the server took it.
fn send(
    address: &str,
    authority: &Authority,
    folder: &Path,
    own: Option<&str>,
    text: &str,
) -> bool {
    let mut roots = RootCertStore::empty();
    roots.add(authority.0.der().clone()).unwrap();
    let provider = Arc::new(crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots);
    let config = match own {
        None => builder.with_no_client_auth(),
        Some(name) => {
            let chain = CertificateDer::from_pem_file(folder.join(format!("{name}.pem"))).unwrap();
            let key = PrivateKeyDer::from_pem_file(folder.join(format!("{name}.key"))).unwrap();
            builder.with_client_auth_cert(vec![chain], key).unwrap()
        }
    };
    let name = ServerName::try_from("localhost").unwrap();
    let connection = ClientConnection::new(Arc::new(config), name).unwrap();
    let socket = TcpStream::connect(address).unwrap();
    let mut stream = StreamOwned::new(connection, socket);
    if write!(stream, "{} {text}", text.len()).is_err() {
        return false;
    }
    stream.conn.send_close_notify();
    // A refusal of the own certificate arrives only when something is read.
    let _ = stream.flush();
    let _ = stream.sock.shutdown(std::net::Shutdown::Write);
    stream.read_to_end(&mut Vec::new()).is_ok()
}

#[tokio::test(flavor = "multi_thread")]
async fn tls_lets_in_only_whom_the_authority_knows() {
    let folder = Folder::new();
    let path = folder.path();
    let (authority, stranger) = (Authority::new(), Authority::new());
    std::fs::write(path.join("ca.pem"), authority.0.pem()).unwrap();
    authority.issue(&path, "server", ExtendedKeyUsagePurpose::ServerAuth);
    authority.issue(&path, "sender", ExtendedKeyUsagePurpose::ClientAuth);
    stranger.issue(&path, "stranger", ExtendedKeyUsagePurpose::ClientAuth);
    folder.add(
        "\n[[feed]]\nid = \"net\"\nkind = \"syslog\"\nlisten = \"127.0.0.1:0\"\ntls = { cert = \"server.pem\", key = \"server.key\", client_ca = \"ca.pem\" }\n",
    );
    let house = folder.serve();
    let at = address(&folder, "net");
    assert!(send(&at, &authority, &path, Some("sender"), &line(0)));
    exactly(&house, 1).await;
    assert!(!send(&at, &authority, &path, Some("stranger"), &line(1)), "of another authority");
    assert!(!send(&at, &authority, &path, None, &line(1)), "without a certificate");
    house
        .until("it is said", async || last_error(&house).await.contains("no TLS with 127.0.0.1"))
        .await;
    // Plain text is no TLS either, and keeps nobody.
    let mut plain = TcpStream::connect(&at).unwrap();
    let _ = writeln!(plain, "{}", line(1));
    assert!(send(&at, &authority, &path, Some("sender"), &line(1)));
    exactly(&house, 2).await;
    each_counted_once(&house, 2).await;
}
