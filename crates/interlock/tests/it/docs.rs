//! The commands in the documents, run as a reader would run them.
//!
//! A block fenced as `sh` is run: all blocks of one document in order, as one script, in a folder
//! that is empty but for the clone's `content`. A command ends with 0, or with what its comment
//! `# exits with N` says. A block fenced as `console` is not run, since it needs a network, a
//! server or a build; but the commands, subcommands and options of `interlock` that it names exist.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const PROGRAM: &str = env!("CARGO_BIN_EXE_interlock");
/// Where the tools of a plain system are; nothing else is on the path beside the program.
const SYSTEM: &str = "/usr/local/bin:/usr/bin:/bin";

/// One fenced block.
#[derive(Debug, PartialEq, Eq)]
struct Block {
    kind: String,
    /// Each line with its number, counted from 1.
    lines: Vec<(usize, String)>,
}

/// One command with the number of its first line and the exit code that it should end with.
#[derive(Debug, PartialEq, Eq)]
struct Step {
    line: usize,
    text: String,
    exit: i32,
}

#[cfg(unix)]
#[test]
fn what_is_marked_as_sh_runs_as_written() {
    let mut ran = 0;
    for (name, text) in documents() {
        let steps: Vec<Step> =
            blocks(&text).iter().filter(|it| it.kind == "sh").flat_map(steps).collect();
        if steps.is_empty() {
            continue;
        }
        ran += steps.len();
        let folder = tempfile::tempdir().unwrap();
        let output = run(&script(&name, &steps), folder.path());
        assert!(
            output.status.success(),
            "{name} does not run as written\n--- standard output\n{}\n--- standard error\n{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
    }
    assert!(ran > 0, "no document has a block marked `sh`");
}

#[test]
fn what_is_not_run_names_commands_and_options_that_exist() {
    let mut helps = BTreeMap::new();
    let mut wrong = Vec::new();
    for (name, text) in documents() {
        for block in blocks(&text).iter().filter(|it| it.kind == "console") {
            for step in typed(block) {
                for call in calls(&step.text) {
                    if let Err(why) = known(&call, &mut helps) {
                        wrong.push(format!("{name}:{}: {why}", step.line));
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// `README.md` and the pages of `docs/`, in order of name.
fn documents() -> Vec<(String, String)> {
    let root = root();
    let mut names = vec!["README.md".to_owned()];
    for entry in fs::read_dir(root.join("docs")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        if name.ends_with(".md") {
            names.push(format!("docs/{name}"));
        }
    }
    names.sort();
    let read = |name: String| {
        let text = fs::read_to_string(root.join(&name)).unwrap();
        (name, text)
    };
    names.into_iter().map(read).collect()
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

fn blocks(text: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut open: Option<Block> = None;
    for (line, number) in text.lines().zip(1..) {
        match (line.trim_start().strip_prefix("```"), &mut open) {
            (Some(kind), None) => {
                open = Some(Block { kind: kind.trim().to_owned(), lines: Vec::new() });
            }
            (Some(_), Some(_)) => blocks.extend(open.take()),
            (None, Some(block)) => block.lines.push((number, line.to_owned())),
            (None, None) => {}
        }
    }
    assert!(open.is_none(), "a fenced block is not closed");
    blocks
}

/// The commands of a block; a line that ends in `\` goes on in the next.
fn steps(block: &Block) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut going: Option<Step> = None;
    for (line, text) in &block.lines {
        let text = text.trim_end();
        if going.is_none() && (text.trim().is_empty() || text.trim_start().starts_with('#')) {
            continue;
        }
        let step = going.get_or_insert_with(|| Step { line: *line, text: String::new(), exit: 0 });
        if let Some(part) = text.strip_suffix('\\') {
            step.text.push_str(part);
            continue;
        }
        step.text.push_str(text);
        if let Some((_, exit)) = text.rsplit_once("# exits with ") {
            step.exit = exit.trim().parse().unwrap_or_else(|_| panic!("no exit code: {text}"));
        }
        steps.extend(going.take());
    }
    assert!(going.is_none(), "a command is not finished: {going:?}");
    steps
}

/// What a reader types into a block that also shows answers: the lines after the prompt.
fn typed(block: &Block) -> Vec<Step> {
    let mut lines = Vec::new();
    let mut goes_on = false;
    for (number, line) in &block.lines {
        let text = match line.strip_prefix("$ ") {
            Some(text) => text,
            None if goes_on => line,
            None => continue,
        };
        goes_on = text.trim_end().ends_with('\\');
        lines.push((*number, text.to_owned()));
    }
    steps(&Block { kind: block.kind.clone(), lines })
}

/// A script that stops at the first command that does not end as it should.
fn script(name: &str, steps: &[Step]) -> String {
    let mut script = "set -u\n".to_owned();
    for Step { line, text, exit } in steps {
        script.push_str(&format!(
            "{text}\ncode=$?\nif [ $code -ne {exit} ]; then\n\
             echo \"{name}:{line}: exits with $code, not with {exit}\" >&2\nexit 99\nfi\n"
        ));
    }
    script
}

#[cfg(unix)]
fn run(script: &str, folder: &Path) -> Output {
    use std::os::unix::fs::symlink;
    let tools = folder.join("tools");
    fs::create_dir(&tools).unwrap();
    symlink(PROGRAM, tools.join("interlock")).unwrap();
    let work = folder.join("work");
    fs::create_dir(&work).unwrap();
    symlink(root().join("content"), work.join("content")).unwrap();
    Command::new("/bin/sh")
        .args(["-c", script])
        .current_dir(&work)
        .env_clear()
        .env("PATH", format!("{}:{SYSTEM}", tools.display()))
        .env("HOME", folder)
        .env("LC_ALL", "C")
        .output()
        .unwrap()
}

/// The words of each call of `interlock` in a command, without quotes, variables and remarks.
fn calls(text: &str) -> Vec<Vec<String>> {
    let text = text.split(" # ").next().unwrap_or_default();
    let words =
        |part: &str| -> Vec<String> { part.split_whitespace().map(str::to_owned).collect() };
    text.split(['|', ';', '&'])
        .map(words)
        .filter(|it| it.first().is_some_and(|it| it == "interlock"))
        .map(|it| it[1..].to_vec())
        .collect()
}

/// Whether the program knows the command and the options of this call.
fn known(call: &[String], helps: &mut BTreeMap<Vec<String>, Option<String>>) -> Result<(), String> {
    let is_word =
        |it: &&String| !it.is_empty() && it.chars().all(|c| c.is_ascii_lowercase() || c == '-');
    let first: Vec<String> = call.iter().take(2).take_while(is_word).cloned().collect();
    // Two words are a command and its subcommand, or a command and a word for it.
    let found = (1..=first.len()).rev().find_map(|length| {
        let path = first[..length].to_vec();
        helps.entry(path.clone()).or_insert_with(|| help(&path)).clone()
    });
    let Some(text) = found else {
        return Err(format!("there is no command `interlock {}`", call.join(" ")));
    };
    if text.lines().any(|it| it.trim_start().starts_with("Usage:") && it.contains("<COMMAND>")) {
        return Err(format!("`interlock {}` needs a command of its own", first.join(" ")));
    }
    let listed = |option: &str| {
        text.split(|c: char| !(c.is_alphanumeric() || c == '-')).any(|it| it == option)
    };
    let options = call.iter().filter(|it| it.starts_with('-') && it.len() > 1);
    let unknown: Vec<&str> = options
        .map(|it| it.split('=').next().unwrap_or_default())
        .filter(|it| !listed(it))
        .collect();
    if unknown.is_empty() {
        Ok(())
    } else {
        Err(format!("`interlock {}` has no {}", first.join(" "), unknown.join(", ")))
    }
}

/// What `--help` of this command says; nothing when there is no such command.
fn help(path: &[String]) -> Option<String> {
    let output = Command::new(PROGRAM).args(path).arg("--help").env_clear().output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    // A command that takes a value also prints its help when a word follows: the usage line tells.
    let usage = text.lines().find_map(|it| it.trim().strip_prefix("Usage: "))?;
    let words = usage.split_whitespace().skip(1);
    let own: Vec<&str> = words.take_while(|it| !it.starts_with(['[', '<', '-'])).collect();
    (output.status.success() && own == path).then_some(text)
}

#[test]
fn blocks_are_taken_apart_into_commands() {
    let text = "text\n```sh\n# a remark\na \\\n  b\n\nc   # exits with 2\n```\n```json\n{}\n```\n```console\n$ d | interlock e\nanswer\n```\n";
    let blocks = blocks(text);
    let kinds: Vec<&str> = blocks.iter().map(|it| it.kind.as_str()).collect();
    assert_eq!(kinds, ["sh", "json", "console"]);
    let step = |line, text: &str, exit| Step { line, text: text.to_owned(), exit };
    assert_eq!(steps(&blocks[0]), [step(4, "a   b", 0), step(7, "c   # exits with 2", 2)]);
    assert_eq!(typed(&blocks[2]), [step(13, "d | interlock e", 0)]);
    assert_eq!(calls("d | interlock e --f && x # interlock g"), [["e", "--f"]]);
}
