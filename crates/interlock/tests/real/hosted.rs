//! Services that others run, as the house reaches them: by their own addresses, over TLS, through a proxy
//! that leads to a provider in memory. It lives in the process of the test, which is not killed.

use interlock_connect::http::{Request, Wire};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

/// A proxy, and whoever is behind it.
pub struct Hosted {
    address: SocketAddr,
    folder: tempfile::TempDir,
    /// Whether its certificate is over.
    over: Arc<AtomicBool>,
}

/// A certificate for these hosts in PEM, and TLS with it: of these days, or of a day long ago.
fn certified(hosts: &[&str], over: bool) -> (String, TlsAcceptor) {
    let key = rcgen::KeyPair::generate().unwrap();
    let names: Vec<String> = hosts.iter().map(|it| (*it).to_owned()).collect();
    let mut parameters = rcgen::CertificateParams::new(names).unwrap();
    if over {
        parameters.not_before = rcgen::date_time_ymd(2020, 1, 1);
        parameters.not_after = rcgen::date_time_ymd(2020, 1, 2);
    }
    let certificate = parameters.self_signed(&key).unwrap();
    let own = rustls::pki_types::PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let cryptography = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(cryptography)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], own)
        .unwrap();
    (certificate.pem(), TlsAcceptor::from(Arc::new(config)))
}

impl Hosted {
    /// Lets this provider answer for these hosts.
    pub async fn serve(provider: Arc<dyn Wire>, hosts: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let ((good, well), (old, ill)) = (certified(hosts, false), certified(hosts, true));
        std::fs::write(folder.path().join("authorities.pem"), good + &old).unwrap();
        let over = Arc::new(AtomicBool::new(false));
        let is_over = Arc::clone(&over);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let is_over = is_over.load(Ordering::SeqCst);
                let acceptor = if is_over { ill.clone() } else { well.clone() };
                let provider = Arc::clone(&provider);
                tokio::spawn(async move {
                    let Some((head, _)) = request(&mut stream, Vec::new()).await else { return };
                    let Some(asked) = head.strip_prefix("CONNECT ") else { return };
                    let host = asked.split(':').next().unwrap().to_owned();
                    let yes = b"HTTP/1.1 200 Connected\r\n\r\n";
                    if stream.write_all(yes).await.is_err() {
                        return;
                    }
                    if let Ok(stream) = acceptor.accept(stream).await {
                        answer(stream, &host, &*provider).await;
                    }
                });
            }
        });
        Self { address, folder, over }
    }

    /// Lets its certificate be over, or puts a good one in its place.
    pub fn is_over(&self, over: bool) {
        self.over.store(over, Ordering::SeqCst);
    }

    /// What a house needs to know so that it goes this way, and trusts whom it finds.
    pub fn surroundings(&self) -> Vec<(&'static str, String)> {
        let authorities = self.folder.path().join("authorities.pem");
        vec![
            ("HTTPS_PROXY", format!("http://{}", self.address)),
            ("SSL_CERT_FILE", authorities.display().to_string()),
        ]
    }
}

/// The head of the next request and its body; `None` when the other side is done.
async fn request(
    stream: &mut (impl AsyncRead + Unpin),
    mut bytes: Vec<u8>,
) -> Option<(String, Vec<u8>)> {
    let mut buffer = [0; 16 << 10];
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, _)) = text.split_once("\r\n\r\n") {
            let lines = head.lines().filter_map(|it| it.split_once(": "));
            let mut lengths = lines.filter(|it| it.0.eq_ignore_ascii_case("content-length"));
            let length = lengths.next().map_or(0, |it| it.1.parse::<usize>().unwrap());
            let begin = head.len() + 4;
            if bytes.len() >= begin + length {
                return Some((head.to_owned(), bytes[begin..begin + length].to_vec()));
            }
        }
        match stream.read(&mut buffer).await {
            Ok(count @ 1..) => bytes.extend_from_slice(&buffer[..count]),
            Ok(_) | Err(_) => return None,
        }
    }
}

/// Answers one request after the other. Where the house dies after a request was read, its effect is there.
async fn answer(mut stream: impl AsyncRead + AsyncWrite + Unpin, host: &str, provider: &dyn Wire) {
    while let Some((head, body)) = request(&mut stream, Vec::new()).await {
        let mut lines = head.lines();
        let mut words = lines.next().unwrap().split(' ');
        let (method, path) = (words.next().unwrap(), words.next().unwrap());
        let headers = lines.filter_map(|it| it.split_once(": "));
        let headers = headers.map(|it| (it.0.to_lowercase(), it.1.to_owned())).collect();
        let url = format!("https://{host}{path}");
        let asked = Request { method, url: &url, headers, body };
        let Ok(answer) = provider.ask(asked, usize::MAX).await else { return };
        let more: String =
            answer.headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let head = format!(
            "HTTP/1.1 {} X\r\n{more}content-type: application/json\r\ncontent-length: {}\r\n\r\n",
            answer.status,
            answer.body.len()
        );
        let whole = [head.as_bytes(), &answer.body].concat();
        if stream.write_all(&whole).await.is_err() {
            return;
        }
    }
}
