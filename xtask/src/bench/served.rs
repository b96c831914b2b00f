//! A running `interlock serve` on loopback, in a folder of its own, and a connection to it.

use anyhow::{Context, Result, bail};
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// How long anything is waited for.
const PATIENCE: Duration = Duration::from_secs(3_600);

/// A configuration folder as `init` writes it, with an empty store.
#[derive(Debug)]
pub struct Folder {
    program: PathBuf,
    place: PathBuf,
}

/// A running house.
#[derive(Debug)]
pub struct Served {
    child: Child,
    /// Where it listens, without the scheme.
    pub address: String,
    /// The token of its administrator.
    pub token: String,
}

/// One connection, kept open.
#[derive(Debug)]
pub struct Connection {
    stream: BufReader<TcpStream>,
    head: String,
}

impl Folder {
    /// Makes the folder anew.
    pub fn new(program: &Path, place: PathBuf) -> Result<Self> {
        let _ = fs::remove_dir_all(&place);
        fs::create_dir_all(&place)?;
        let done = Command::new(program)
            .args(["init", "house"])
            .current_dir(&place)
            .stdout(Stdio::null())
            .status()
            .with_context(|| format!("cannot run `{}`", program.display()))?;
        if !done.success() {
            bail!("`interlock init` ended with {done}");
        }
        Ok(Self { program: program.to_path_buf(), place })
    }

    /// Starts a house in it and waits until it says where it listens.
    pub fn serve(&self) -> Result<Served> {
        let mut child = Command::new(&self.program)
            .args(["--config", "house", "serve", "--listen", "127.0.0.1:0"])
            .current_dir(&self.place)
            .env("INTERLOCK_LOG", "warn")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let mut lines = BufReader::new(child.stdout.take().context("no way out")?).lines();
        let line = lines.next().context("`interlock serve` ended")??;
        let address = line.strip_prefix("listening on http://").context("it says no address")?;
        let address = address.split_whitespace().next().unwrap_or_default().to_string();
        // The pipe stays open for as long as the house may write to it.
        thread::spawn(move || lines.for_each(drop));
        let token = fs::read_to_string(self.place.join("house/admin.token"))?.trim().to_string();
        Ok(Served { child, address, token })
    }

    /// The bytes of its store.
    pub fn bytes(&self) -> u64 {
        let files = fs::read_dir(self.place.join("house")).into_iter().flatten().flatten();
        let store = files.filter(|it| it.file_name().to_string_lossy().contains(".db"));
        store.filter_map(|it| it.metadata().ok()).map(|it| it.len()).sum()
    }
}

impl Served {
    /// Another connection to it.
    pub fn connect(&self) -> Result<Connection> {
        let stream = TcpStream::connect(&self.address)?;
        stream.set_nodelay(true)?;
        let head = format!("host: {}\r\nauthorization: Bearer {}\r\n", self.address, self.token);
        Ok(Connection { stream: BufReader::new(stream), head })
    }

    /// The process.
    pub fn process(&self) -> u32 {
        self.child.id()
    }

    /// Waits until every record up to this position went through a turn; how long that took.
    pub fn settled(&self, position: u64) -> Result<Duration> {
        let start = Instant::now();
        let mut connection = self.connect()?;
        while start.elapsed() < PATIENCE {
            // A house that is busy for as long as a request may take closes the connection.
            match connection.metric("interlock_store_consumed") {
                Ok(consumed) if consumed as u64 >= position => return Ok(start.elapsed()),
                Ok(_) => {}
                Err(_) => connection = self.connect()?,
            }
            // Asking costs the house something, too: a fiftieth of the time at most.
            thread::sleep(Duration::from_millis(20).max(start.elapsed() / 50));
        }
        bail!("the inbox is not done with")
    }

    /// Ends it: at once, as a power cut would, or as it is asked to.
    pub fn end(mut self, at_once: bool) -> Result<()> {
        if at_once {
            self.child.kill()?;
        } else {
            let id = self.child.id().to_string();
            Command::new("kill").arg(id).status().context("cannot run `kill`")?;
        }
        self.child.wait()?;
        Ok(())
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // Nobody is left to hear that it was gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Connection {
    /// Posts events, one a line; the position of the last of them in the inbox.
    pub fn post(&mut self, events: &[u8]) -> Result<u64> {
        let head = &self.head;
        let request = format!(
            "POST /v1/events HTTP/1.1\r\n{head}content-type: application/x-ndjson\r\ncontent-length: {}\r\n\r\n",
            events.len()
        );
        self.stream.get_mut().write_all(request.as_bytes())?;
        self.stream.get_mut().write_all(events)?;
        let (status, body) = self.answer()?;
        if status != 202 {
            bail!("events were answered with {status}: {body}");
        }
        let accepted: serde_json::Value = serde_json::from_str(&body)?;
        accepted.get("position").and_then(serde_json::Value::as_u64).context("no position")
    }

    /// The value of a metric, by its whole name with labels; 0 when it is not there yet.
    pub fn metric(&mut self, name: &str) -> Result<f64> {
        Ok(value_of(&self.metrics()?, name))
    }

    /// All metrics.
    pub fn metrics(&mut self) -> Result<String> {
        let request = format!("GET /metrics HTTP/1.1\r\n{}\r\n", self.head);
        self.stream.get_mut().write_all(request.as_bytes())?;
        let (status, body) = self.answer()?;
        if status != 200 {
            bail!("metrics were answered with {status}");
        }
        Ok(body)
    }

    fn answer(&mut self) -> Result<(u16, String)> {
        let mut line = String::new();
        self.stream.read_line(&mut line)?;
        let status = line.split_whitespace().nth(1).context("no answer")?.parse()?;
        let mut length = 0;
        loop {
            line.clear();
            if self.stream.read_line(&mut line)? == 0 {
                bail!("the answer broke off");
            }
            let Some((name, value)) = line.trim_end().split_once(':') else { break };
            if name.eq_ignore_ascii_case("content-length") {
                length = value.trim().parse()?;
            }
        }
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body)?;
        Ok((status, String::from_utf8(body)?))
    }
}

/// The value of one line of metrics.
pub fn value_of(metrics: &str, name: &str) -> f64 {
    let line = metrics.lines().find_map(|it| it.strip_prefix(name)?.strip_prefix(' '));
    line.and_then(|it| it.parse().ok()).unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_metric_is_found_by_its_whole_name() {
        let text = "# HELP a_b x\na_b_count 7\na_b{quantile=\"0.5\"} 0.25\na_b 3\n";
        assert_eq!(value_of(text, "a_b"), 3.0);
        assert_eq!(value_of(text, "a_b_count"), 7.0);
        assert_eq!(value_of(text, "a_b{quantile=\"0.5\"}"), 0.25);
        assert_eq!(value_of(text, "c"), 0.0);
    }
}
