//! One run of one program, in a process group of its own that ends with it.

use super::program::Program;
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};
use std::io::{self, Read, Write as _};
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};

/// The most of what a program says beside its answer that is kept, in bytes.
const SAID: usize = 4 << 10;

/// What came of it.
#[derive(Debug)]
pub(crate) struct Run {
    pub ended: Ended,
    /// Its standard output.
    pub answer: Vec<u8>,
    /// The beginning of its standard error.
    pub said: String,
}

/// How it ended.
#[derive(Debug)]
pub(crate) enum Ended {
    /// It was never there.
    NotStarted(io::Error),
    /// By itself, with this code.
    Exit(i32),
    /// By a signal of somebody else.
    Signal,
    /// By us: it took too long.
    TimedOut,
    /// By us: it answered too much.
    TooMuch,
}

/// The processes that must not outlive what waits for them.
#[derive(Debug, Default)]
struct Group(Mutex<Members>);

#[derive(Debug, Default)]
enum Members {
    /// Nobody is in it yet.
    #[default]
    Awaited,
    /// Those of this number.
    Running(Pid),
    /// Nobody may be in it any more.
    Over,
}

impl Group {
    /// Ends whoever is in it, and whoever will be.
    fn end(&self) {
        let mut members = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Members::Running(pid) = *members {
            // Fails only when nobody is left in it.
            let _ = kill_process_group(pid, Signal::KILL);
        }
        *members = Members::Over;
    }

    /// The group has begun.
    fn begin(&self, pid: Option<Pid>) {
        let mut members = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match (&*members, pid) {
            (Members::Over, Some(pid)) => {
                let _ = kill_process_group(pid, Signal::KILL);
            }
            (_, Some(pid)) => *members = Members::Running(pid),
            (_, None) => {}
        }
    }

    /// How its first process ended. Until it is taken off the list of processes here, its number, which
    /// names the group, is given to nobody else.
    fn ended(&self, child: &mut Child, pid: Option<Pid>) -> Ended {
        if let Some(pid) = pid {
            let _ = waitid(WaitId::Pid(pid), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT);
        }
        let mut members = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *members = Members::Over;
        match child.wait().map(|it| it.code()) {
            Ok(Some(code)) => Ended::Exit(code),
            Ok(None) | Err(_) => Ended::Signal,
        }
    }
}

/// Ends the group when nobody waits for it any more.
struct Ends(Arc<Group>);

impl Drop for Ends {
    fn drop(&mut self) {
        self.0.end();
    }
}

/// Runs it with this input. Whatever happens, nobody of its group is left when this is over, or dropped.
pub(crate) async fn run(program: &Program, input: Vec<u8>) -> Run {
    let (group, timeout) = (Arc::new(Group::default()), program.timeout);
    let ends = Ends(Arc::clone(&group));
    let program = program.clone();
    let mut work = tokio::task::spawn_blocking(move || to_its_end(&program, &input, &group));
    let in_time = tokio::time::timeout(timeout, &mut work).await;
    let lost = |error| Run {
        ended: Ended::NotStarted(io::Error::other(error)),
        answer: Vec::new(),
        said: String::new(),
    };
    match in_time {
        Ok(done) => done.unwrap_or_else(lost),
        Err(_) => {
            ends.0.end();
            let run = work.await.unwrap_or_else(lost);
            match run.ended {
                // It came to its end while we were looking at the clock.
                Ended::Exit(_) | Ended::NotStarted(_) => run,
                Ended::Signal | Ended::TimedOut | Ended::TooMuch => {
                    Run { ended: Ended::TimedOut, ..run }
                }
            }
        }
    }
}

fn to_its_end(program: &Program, input: &[u8], group: &Group) -> Run {
    let mut command = Command::new(&program.path);
    command
        .args(&program.arguments)
        .env_clear()
        .envs(program.environment.iter().map(|(name, value)| (name, value.expose())))
        .current_dir("/")
        .process_group(0)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = match command.spawn() {
        Ok(child) => child,
        Err(error) => {
            return Run {
                ended: Ended::NotStarted(error),
                answer: Vec::new(),
                said: String::new(),
            };
        }
    };
    let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    group.begin(pid);
    let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let (answer, whole, said) = std::thread::scope(|scope| {
        // A program need not read what it is asked.
        scope.spawn(|| stdin.map(|mut it| it.write_all(input)));
        let said = scope.spawn(|| beginning(stderr));
        let (answer, whole) = bounded(stdout, program.most);
        if !whole {
            group.end();
        }
        (answer, whole, said.join().unwrap_or_default())
    });
    // Its output is closed: what it goes on with in the background has no hold on us.
    let ended = group.ended(&mut child, pid);
    let ended = if whole { ended } else { Ended::TooMuch };
    Run { ended, answer, said: String::from_utf8_lossy(&said).into_owned() }
}

/// Reads all of it; `false` when it is more than so many bytes.
fn bounded(from: Option<impl Read>, most: usize) -> (Vec<u8>, bool) {
    let mut bytes = Vec::new();
    if let Some(from) = from {
        // One byte more shows that there is more.
        let bound = u64::try_from(most).unwrap_or(u64::MAX).saturating_add(1);
        let _ = from.take(bound).read_to_end(&mut bytes);
    }
    let whole = bytes.len() <= most;
    (bytes, whole)
}

/// Keeps the beginning and reads on, so that nobody waits for it.
fn beginning(from: Option<impl Read>) -> Vec<u8> {
    let (mut kept, mut piece) = (Vec::new(), [0; 1024]);
    let Some(mut from) = from else { return kept };
    while let Ok(read @ 1..) = from.read(&mut piece) {
        let room = SAID.saturating_sub(kept.len()).min(read);
        kept.extend_from_slice(piece.get(..room).unwrap_or_default());
    }
    kept
}
