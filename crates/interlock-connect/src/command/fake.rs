//! A small program that behaves, and misbehaves on request: `fake.sh`, run as any other.

use super::{Program, Programs};
use crate::Secret;
use crate::conformance::Trouble;
use crate::declared::fake::{PLANTED, STATES, spec};
use interlock_model::Operation;
use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The system that the program changes.
#[derive(Debug)]
pub(crate) struct Fake(tempfile::TempDir);

fn verb(operation: Operation) -> &'static str {
    operation.0.split_once('.').unwrap().0
}

impl Fake {
    pub(crate) fn new() -> Self {
        let it = Self(tempfile::tempdir().unwrap());
        for action in spec("command").actions {
            fs::write(it.access(verb(action.write)), format!("{}\n", STATES[0])).unwrap();
        }
        it.lag(0);
        it
    }

    fn folder(&self) -> &Path {
        self.0.path()
    }

    fn access(&self, verb: &str) -> PathBuf {
        self.folder().join(format!("access.{verb}"))
    }

    /// How the program is run for every operation.
    pub(crate) fn programs(&self) -> Programs {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/command/fake.sh");
        let one = |operation: Operation| {
            let (verb, call) = operation.0.split_once('.').unwrap();
            let arguments = [script.to_str().unwrap(), self.folder().to_str().unwrap(), verb, call];
            let program = Program {
                path: "/bin/sh".into(),
                arguments: arguments.map(str::to_owned).to_vec(),
                environment: vec![("TOKEN".to_owned(), Secret::new(PLANTED))],
                timeout: Duration::from_secs(20),
                most: 64 << 10,
            };
            (operation.0.to_owned(), program)
        };
        let operations = crate::reference::permissions(spec("command")).enforce;
        Programs(operations.into_iter().map(one).collect())
    }

    /// What is really there.
    pub(crate) fn state(&self) -> BTreeMap<&'static str, String> {
        let verbs = spec("command").actions.iter().map(|it| verb(it.write));
        verbs.map(|it| (it, fs::read_to_string(self.access(it)).unwrap())).collect()
    }

    /// The writes that were asked for, in order, whatever became of them.
    pub(crate) fn writes(&self) -> Vec<Operation> {
        let text = fs::read_to_string(self.folder().join("writes")).unwrap_or_default();
        let known = crate::reference::permissions(spec("command")).enforce;
        let known = |line| *known.iter().find(|it| it.0 == line).unwrap();
        text.lines().map(known).collect()
    }

    /// Makes the next call of an operation misbehave.
    pub(crate) fn trouble(&self, operation: Operation, trouble: Trouble) {
        let word = match trouble {
            Trouble::SilenceBefore => "silence_before",
            Trouble::SilenceAfter => "silence_after",
            Trouble::Throttle => "throttle",
            Trouble::Denied => "denied",
            Trouble::Lie => "lie",
        };
        let path = self.folder().join(format!("trouble.{operation}"));
        let mut file = fs::OpenOptions::new().create(true).append(true).open(path).unwrap();
        writeln!(file, "{word}").unwrap();
    }

    /// Lets so many reads after a write see the state before it.
    pub(crate) fn lag(&self, reads: usize) {
        fs::write(self.folder().join("lag"), format!("{reads}\n")).unwrap();
    }

    /// Somebody else changes it.
    pub(crate) fn change(&self, operation: Operation, to: &str) {
        fs::write(self.access(verb(operation)), format!("{to}\n")).unwrap();
    }
}
