//! `cargo xtask dist`: the program as it is shipped, built with the profile of a training run (decision 0048).
//!
//! It is built once with counters in it, reads and serves events of ordinary days and the samples of every
//! log source, and is built again with what the counters say: which way branches mostly go, and which
//! functions belong together.

use crate::arguments::Arguments;
use crate::bench::{Folder, Order, Shape, write, write_to};
use crate::places;
use crate::report::{Outcome, cargo, must, output};
use anyhow::{Context, Result, bail};
use std::env;
use std::fs;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// How the verb is called.
pub const USAGE: &str = "dist";

/// What it learns from: another house than the one that is measured, with other events.
const LESSON: Shape = Shape {
    events: 60_000,
    identities: 40_000,
    order: Order::Zipf,
    padding: 150,
    own: false,
    seconds: 5 * 24 * 3600,
};
/// Events that a served house takes in one request, and how many requests.
const LOT: u64 = 50;
const LOTS: u64 = 400;
/// The samples of each source are repeated up to so many bytes, so that no source is a rarity.
const SAMPLE_BYTES: usize = 100_000;

/// Runs the verb on the workspace.
pub fn run(words: &[String]) -> Result<Outcome> {
    Arguments::parse(words, &[], &[])?.without_rest()?;
    let folder = shipped()?;
    println!("{}", folder.join("interlock").display());
    Ok(Outcome::Clean)
}

/// Where [`shipped`] puts what it builds.
pub fn folder() -> Result<PathBuf> {
    Ok(place().join("shipped").join(host()?).join("dist"))
}

/// Builds the program as it is shipped, and its fast half in `examples`; the folder that they are in.
pub fn shipped() -> Result<PathBuf> {
    // Named before anything is built: who edits meanwhile does not give old counts a new name.
    let learnt = learnt_as()?;
    if !learnt.is_file() {
        learn(&learnt)?;
    }
    let flags = format!("-Cprofile-use={}", learnt.display());
    build("shipped", &flags)?;
    folder()
}

fn place() -> PathBuf {
    places::target().join("guided")
}

/// The file of what is learnt, named after everything that is built: what was learnt from other sources
/// is of little use, and cargo builds anew when the name of a file in its flags changes.
fn learnt_as() -> Result<PathBuf> {
    let mut state = DefaultHasher::new();
    output(Command::new("rustc").arg("-vV"))?.hash(&mut state);
    for part in ["Cargo.toml", "Cargo.lock", "crates", "content"] {
        sources(&places::root().join(part), &mut state)?;
    }
    Ok(place().join(format!("{:016x}.profdata", state.finish())))
}

fn sources(at: &Path, state: &mut DefaultHasher) -> Result<()> {
    let cannot = || format!("cannot read `{}`", at.display());
    if at.is_file() {
        at.hash(state);
        fs::read(at).with_context(cannot)?.hash(state);
        return Ok(());
    }
    let inside = fs::read_dir(at).with_context(cannot)?;
    let mut inside: Vec<PathBuf> =
        inside.map(|it| Ok(it?.path())).collect::<std::io::Result<_>>().with_context(cannot)?;
    inside.sort();
    inside.iter().try_for_each(|it| sources(it, state))
}

/// Builds the program with counters, lets it work, and writes down what they say.
fn learn(learnt: &Path) -> Result<()> {
    let merge = merger()?;
    let counts = place().join("counts");
    let _ = fs::remove_dir_all(&counts);
    build("counted", &format!("-Cprofile-generate={}", counts.display()))?;
    let built = place().join("counted").join(host()?).join("dist");
    let program = built.join("interlock");
    let lessons = place().join("lessons");
    fs::create_dir_all(&lessons).context("cannot make the folder of lessons")?;
    let ordinary = lessons.join("ordinary.jsonl");
    write(&ordinary, LESSON)?;
    for threads in ["1", "2"] {
        replay(&program, &["--threads", threads], &ordinary)?;
    }
    replay(&program, &[], &samples(&lessons.join("samples"))?)?;
    let mut fast_half = Command::new(built.join("examples/watch_only"));
    must(fast_half.arg(&ordinary).arg(places::root().join("content/rules")).stdout(Stdio::null()))?;
    serve(&program)?;
    let part = learnt.with_extension("part");
    must(Command::new(merge).args(["merge", "-o"]).args([&part, &counts]))?;
    fs::rename(&part, learnt).context("cannot keep what was learnt")
}

fn replay(program: &Path, words: &[&str], from: &Path) -> Result<()> {
    must(
        Command::new(program)
            .args(["replay", "--json", "--no-progress"])
            .args(words)
            .arg(from)
            .stdout(Stdio::null())
            .stderr(Stdio::null()),
    )
}

/// A folder with the samples of every log source, each often enough to count.
fn samples(folder: &Path) -> Result<PathBuf> {
    let _ = fs::remove_dir_all(folder);
    fs::create_dir_all(folder).context("cannot make the folder of samples")?;
    let sources = fs::read_dir(places::root().join("crates/interlock-ingest/src"))?;
    for source in sources {
        let source = source?;
        let Ok(corpus) = fs::read_dir(source.path().join("corpus")) else { continue };
        for sample in corpus {
            let sample = sample?.path();
            let (Some(name), Ok(bytes)) = (sample.file_name(), fs::read(&sample)) else { continue };
            let name = format!("{}-{}", source.file_name().display(), name.display());
            if name.ends_with(".expect") || bytes.is_empty() {
                continue;
            }
            fs::write(folder.join(name), bytes.repeat(SAMPLE_BYTES / bytes.len() + 1))?;
        }
    }
    Ok(folder.to_path_buf())
}

/// A house that is sent events, and ends as it is asked to.
fn serve(program: &Path) -> Result<()> {
    let folder = Folder::new(program, place().join("house"))?;
    let house = folder.serve()?;
    let mut connection = house.connect()?;
    let mut position = 0;
    for lot in 0..LOTS {
        let mut body = Vec::new();
        write_to(&mut body, LESSON, lot * LOT..(lot + 1) * LOT)?;
        position = connection.post(&body)?;
    }
    house.settled(position)?;
    house.end(false)
}

/// Both at once: built by itself either would take other features of its libraries, and other counts.
fn build(name: &str, flags: &str) -> Result<()> {
    let before = env::var("RUSTFLAGS").unwrap_or_default();
    must(
        cargo()
            .env("RUSTFLAGS", format!("{before} {flags}"))
            // With a target named, build scripts and macros are built without the flags.
            .args(["build", "--profile", "dist", "--locked", "--target", &host()?, "--target-dir"])
            .arg(place().join(name))
            .args(["--package", "interlock", "--bin", "interlock"])
            .args(["--package", "interlock-detect", "--example", "watch_only"]),
    )
}

/// The machine that the compiler builds for when nothing is said.
fn host() -> Result<String> {
    let about = output(Command::new("rustc").arg("-vV"))?;
    let host = about.lines().find_map(|it| it.strip_prefix("host: "));
    host.map(str::to_owned).context("`rustc -vV` names no host")
}

/// The compiler's own tool that puts counts together, installed when it is missing.
fn merger() -> Result<PathBuf> {
    let root =
        output(Command::new("rustc").args(["--print", "sysroot"]).current_dir(places::root()))?;
    let tool = Path::new(root.trim()).join("lib/rustlib").join(host()?).join("bin/llvm-profdata");
    if !tool.is_file() {
        let added = Command::new("rustup").args(["component", "add", "llvm-tools"]).status();
        if !added.is_ok_and(|it| it.success()) || !tool.is_file() {
            bail!("`llvm-profdata` is missing; run `rustup component add llvm-tools`");
        }
    }
    Ok(tool)
}
