//! One program that reads a file: how long it took, and how much memory it held.

use anyhow::{Context, Result, bail};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// One program that reads the whole file.
#[derive(Debug, Clone)]
pub struct Contestant {
    /// How the table calls it.
    pub name: String,
    /// Where it is.
    pub program: PathBuf,
    /// What it is told; `{}` stands for the file.
    pub words: Vec<String>,
}

impl Contestant {
    /// A contestant of this name.
    pub fn new(name: &str, program: &Path, words: &[&str]) -> Self {
        let words = words.iter().map(|it| (*it).to_string()).collect();
        Self { name: name.to_string(), program: program.to_path_buf(), words }
    }
}

/// The median of several runs.
#[derive(Debug, Clone, Copy)]
pub struct Median {
    /// What a person waits, in seconds.
    pub wall: f64,
    /// The sum over all threads, in seconds.
    pub processor: f64,
    /// The most memory that was resident at a time, in megabytes; of all runs.
    pub resident: f64,
}

/// Runs a program several times over the file, its output thrown away.
pub fn median(contestant: &Contestant, file: &Path, runs: usize) -> Result<Median> {
    let (mut walls, mut processors, mut resident) = (Vec::new(), Vec::new(), 0.0_f64);
    let words = contestant.words.iter().map(|it| it.replace("{}", &file.to_string_lossy()));
    let words: Vec<String> = words.collect();
    for _ in 0..runs {
        let before = processor_seconds_of_children()?;
        let start = Instant::now();
        let mut child = Command::new(&contestant.program)
            .args(&words)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .with_context(|| format!("cannot run `{}`", contestant.program.display()))?;
        let status = loop {
            if let Some(status) = child.try_wait()? {
                break status;
            }
            resident = resident.max(high_water(child.id()).unwrap_or(0.0));
            thread::sleep(Duration::from_millis(2));
        };
        walls.push(start.elapsed().as_secs_f64());
        processors.push(processor_seconds_of_children()? - before);
        // Code 1 is an answer: replay made findings.
        if !matches!(status.code(), Some(0 | 1)) {
            bail!("`{}` ended with {status}", contestant.name);
        }
    }
    Ok(Median { wall: middle(walls), processor: middle(processors), resident })
}

/// The median; not a number when there are none.
pub fn middle(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    numbers.get(numbers.len() / 2).copied().unwrap_or(f64::NAN)
}

/// The most memory that a process had resident so far, in megabytes (Linux).
pub fn high_water(process: u32) -> Option<f64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|it| it.strip_prefix("VmHWM:"))?;
    let kilobytes: f64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes / 1024.0)
}

/// Processor time of all children that have ended, from `/proc/self/stat` (Linux), in seconds.
fn processor_seconds_of_children() -> Result<f64> {
    let stat = fs::read_to_string("/proc/self/stat").context("the bench needs Linux")?;
    children_in(&stat).context("cannot read `/proc/self/stat`")
}

/// Fields 16 and 17 of the line, in ticks of a hundredth of a second (see proc(5)).
fn children_in(stat: &str) -> Option<f64> {
    // The second field is a name in parentheses and may hold blanks.
    let (_, rest) = stat.rsplit_once(") ")?;
    let mut fields = rest.split_whitespace().skip(13);
    let user: f64 = fields.next()?.parse().ok()?;
    let system: f64 = fields.next()?.parse().ok()?;
    Some((user + system) / 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn processor_time_is_read_behind_the_name() {
        let line = "42 (a (b) c) R 1 2 3 4 5 6 7 8 9 10 11 12 250 50 20 0";
        assert_eq!(children_in(line), Some(3.0));
        assert_eq!(children_in("42 (short) R 1"), None);
    }

    #[test]
    fn the_middle_does_not_care_for_order() {
        assert_eq!(middle(vec![9.0, 1.0, 2.0]), 2.0);
    }
}
