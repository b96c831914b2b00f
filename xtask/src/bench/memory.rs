//! What the fast half remembers of many identities, by behaviour and by part of the directory.

use super::generate::{Order, Shape, write_to};
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
///
/// Where two sizes are measured, their difference says what one more identity costs: those that were
/// not used for a while are written down small, and of few all are at hand.
pub fn run(watch: &Path, sizes: &[u64], each: u64) -> Result<()> {
    let mut before: Option<(u64, Vec<(String, f64)>)> = None;
    for identities in sizes {
        let shape = Shape {
            events: identities * each,
            identities: *identities,
            order: Order::Turn,
            own: true,
            ..Shape::ORDINARY
        };
        eprintln!("bench: {identities} identities, {} events", shape.events);
        let mut child = Command::new(watch)
            .args(["--memory", "--identities", &identities.to_string(), "-"])
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
        let said = String::from_utf8_lossy(&output.stdout);
        println!("{}", said.trim_end());
        let parts = parts_of(&said);
        if let Some((fewer, known)) = &before {
            println!("\nEach identity beyond {fewer}:\n\n| Part | Bytes |\n| --- | ---: |");
            for (name, bytes) in &parts {
                let then = known.iter().find(|it| it.0 == *name).map_or(0.0, |it| it.1);
                let more = (bytes - then) / identities.saturating_sub(*fewer).max(1) as f64;
                println!("| {name} | {more:.1} |");
            }
        }
        before = Some((*identities, parts));
    }
    Ok(())
}

/// The parts of the table, each with its bytes.
fn parts_of(said: &str) -> Vec<(String, f64)> {
    let rows = said.lines().filter(|it| it.starts_with("| "));
    rows.filter_map(|row| {
        let mut cells = row.split('|').skip(1).map(str::trim);
        let name = cells.next()?.to_string();
        Some((name, cells.nth(1)?.parse().ok()?))
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_read_back() {
        let said = "12 events\n| Part | Things | Bytes | For each |\n| --- | ---: | ---: | ---: |\n| `a` | 3 | 30 | 10.0 |\n| all | | 30 | 10.0 |\n";
        assert_eq!(parts_of(said), [("`a`".to_string(), 30.0), ("all".to_string(), 30.0)]);
    }
}
