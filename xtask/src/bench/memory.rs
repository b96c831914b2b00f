//! What the fast half remembers of many identities, by behaviour and by part of the directory.

use super::generate::{Shape, write_to};
use anyhow::{Context, Result, bail};
use std::io::{BufWriter, Write};
use std::path::Path;
use std::process::{Command, Stdio};

/// Identities when no number is given.
pub const SIZES: [u64; 2] = [100_000, 1_000_000];

/// Events of each identity when no number is given.
pub const EACH: u64 = 5;

/// Lets the fast half see so many identities, each with one credential and a few events in turn, and
/// prints what it says of its memory.
pub fn run(watch: &Path, sizes: &[u64], each: u64) -> Result<()> {
    for identities in sizes {
        let shape = Shape {
            events: identities * each,
            identities: *identities,
            even: true,
            own: true,
            ..Shape::ORDINARY
        };
        eprintln!("bench: {identities} identities, {} events", shape.events);
        let mut child = Command::new(watch)
            .args(["--memory", "-"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot run `{}`", watch.display()))?;
        // No file: a million identities would fill some gigabytes.
        let mut out = BufWriter::new(child.stdin.take().context("no way in")?);
        write_to(&mut out, shape, 0..shape.events).context("it stopped reading")?;
        out.flush().context("it stopped reading")?;
        drop(out);
        let output = child.wait_with_output()?;
        if !output.status.success() {
            bail!("`watch_only` ended with {}", output.status);
        }
        println!("\n{identities} identities with a credential and {each} events each:\n");
        println!("{}", String::from_utf8_lossy(&output.stdout).trim_end());
    }
    Ok(())
}
