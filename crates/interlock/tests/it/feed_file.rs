//! Files that are followed while the house is killed and the files are rotated: each line once.

use crate::counted::{Random, each_counted_once, exactly};
use crate::served::{Folder, record};
use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How often the house is killed.
const KILLS: usize = 24;

/// What writes a log and rotates it, as services and their rotation do.
struct Writer {
    folder: PathBuf,
    out: File,
    written: usize,
    rotated: usize,
    /// The second half of a line that was begun.
    rest: Option<Vec<u8>>,
}

impl Writer {
    fn new(folder: &Path) -> Self {
        fs::create_dir_all(folder).unwrap();
        let out = File::options().create(true).append(true).open(folder.join("app.log")).unwrap();
        Self { folder: folder.to_owned(), out, written: 0, rotated: 0, rest: None }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Writes a line, sometimes only the first half of it.
    fn line(&mut self, whole: bool) {
        if let Some(rest) = self.rest.take() {
            self.out.write_all(&rest).unwrap();
        }
        let name = format!("user-{}", self.written);
        let mut line = record(&format!("event-{name}"), &name).to_string().into_bytes();
        line.push(b'\n');
        self.written += 1;
        if whole {
            self.out.write_all(&line).unwrap();
        } else {
            let rest = line.split_off(line.len() / 2);
            self.out.write_all(&line).unwrap();
            self.rest = Some(rest);
        }
    }

    /// Renames the log and begins another.
    fn rename(&mut self) {
        self.whole();
        self.rotated += 1;
        fs::rename(self.path("app.log"), self.path(&format!("app.log.{}", self.rotated))).unwrap();
        self.out = File::options().create(true).append(true).open(self.path("app.log")).unwrap();
    }

    /// Copies the log and cuts it off.
    fn copy_and_truncate(&mut self) {
        self.whole();
        self.rotated += 1;
        fs::copy(self.path("app.log"), self.path(&format!("app.log.{}", self.rotated))).unwrap();
        self.out.set_len(0).unwrap();
    }

    /// Packs the log that was rotated last.
    fn pack(&self) {
        let plain = self.path(&format!("app.log.{}", self.rotated));
        let Ok(bytes) = fs::read(&plain) else { return };
        let packed = self.path(&format!("app.log.{}.gz", self.rotated));
        let out = File::create(packed).unwrap();
        let mut out = flate2::write::GzEncoder::new(out, flate2::Compression::fast());
        out.write_all(&bytes).unwrap();
        out.finish().unwrap();
        fs::remove_file(plain).unwrap();
    }

    fn whole(&mut self) {
        if let Some(rest) = self.rest.take() {
            self.out.write_all(&rest).unwrap();
        }
    }

    /// One random thing that happens to a log.
    fn live(&mut self, random: &mut Random) {
        match random.below(60) {
            0 => self.rename(),
            1 => self.copy_and_truncate(),
            2 => self.pack(),
            3..12 => self.line(false),
            _ => self.line(true),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_while_files_are_followed_and_rotated_each_line_counts_once() {
    let mut random = Random::seeded();
    let folder = Folder::new();
    folder.add("\n[[feed]]\nid = \"app\"\nkind = \"file\"\npath = \"logs/app.log*\"\n");
    let mut writer = Writer::new(&folder.path().join("logs"));
    for _ in 0..KILLS {
        let house = folder.serve();
        let mut pace = tokio::time::interval(Duration::from_millis(4));
        for _ in 0..random.below(35) {
            pace.tick().await;
            writer.live(&mut random);
        }
        house.kill();
        for _ in 0..random.below(20) {
            writer.live(&mut random);
        }
    }
    writer.whole();
    println!("{} lines, {} rotations, {KILLS} kills", writer.written, writer.rotated);
    let house = folder.serve();
    exactly(&house, writer.written).await;
    each_counted_once(&house, writer.written).await;
    // Once more from the beginning: everything is known.
    assert_eq!(house.terminate(), Some(0));
    let house = folder.serve();
    exactly(&house, writer.written).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_path_is_followed_across_every_sort_of_rotation() {
    let folder = Folder::new();
    let logs = folder.path().join("logs");
    let mut writer = Writer::new(&logs);
    writer.line(true);
    writer.line(false);
    folder.add(&format!(
        "\n[[feed]]\nid = \"app\"\nkind = \"file\"\npath = \"{}\"\n",
        logs.join("app.log").display()
    ));
    let house = folder.serve();
    exactly(&house, 1).await;
    writer.line(true);
    writer.rename();
    writer.line(true);
    writer.line(true);
    exactly(&house, 5).await;
    writer.copy_and_truncate();
    writer.line(true);
    exactly(&house, 6).await;
    assert_eq!(house.terminate(), Some(0));
    // While nobody looks: what is rotated away is found beside the path, and packed it is found too.
    writer.line(true);
    writer.rename();
    writer.pack();
    writer.line(true);
    let house = folder.serve();
    exactly(&house, 8).await;
    each_counted_once(&house, 8).await;
    let (_, feeds) = house.get("rita", "/v1/feeds").await;
    assert_eq!(feeds[0]["id"], "app");
    assert_eq!(feeds[0]["well"], true, "{feeds}");
    assert_eq!(feeds[0]["records"], 2, "{feeds}");
}

#[tokio::test(flavor = "multi_thread")]
async fn from_the_end_means_only_what_is_written_from_now_on() {
    let folder = Folder::new();
    let logs = folder.path().join("logs");
    let mut writer = Writer::new(&logs);
    writer.line(true);
    writer.line(true);
    folder.add("\n[[feed]]\nid = \"app\"\nkind = \"file\"\npath = \"logs/*\"\nfrom = \"end\"\n");
    let house = folder.serve();
    house
        .until("the first look was taken", async || {
            let (_, feeds) = house.get("rita", "/v1/feeds").await;
            feeds[0]["lag_seconds"].as_f64().is_some_and(|it| it < 0.2)
        })
        .await;
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    writer.line(true);
    exactly(&house, 1).await;
    assert_eq!(house.terminate(), Some(0));
    // What is written while nobody looks is read, and so is a file that appears then.
    writer.line(true);
    fs::write(logs.join("other.log"), format!("{}\n", record("event-other", "other"))).unwrap();
    let house = folder.serve();
    exactly(&house, 3).await;
}

/// A row of csvlog, as PostgreSQL writes it.
fn row(statement: &str) -> String {
    let statement = statement.replace('"', "\"\"");
    format!(
        "2026-03-02 10:00:00.003 UTC,\"app\",\"shop\",7,\"198.51.100.7:5000\",69a55c2f.7,1,\"SELECT\",2026-03-02 09:59:00 UTC,3/4,0,LOG,00000,\"statement: {statement}\",,,,,,,,,\"psql\",\"client backend\",,0\n"
    )
}

/// Whoever may send a statement must not be able to write the log: neither where a look into the
/// file ends between two lines of it, nor where the statement is longer than any record may be.
#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_spans_lines_is_one_record_however_it_arrives() {
    let folder = Folder::new();
    let path = folder.path().join("postgresql.csv");
    let mut out = File::options().create(true).append(true).open(&path).unwrap();
    folder.add("\n[[feed]]\nid = \"db\"\nkind = \"file\"\npath = \"postgresql.csv\"\n");
    let house = folder.serve();
    let forged = row("ALTER ROLE auditor NOLOGIN");
    let text = row("SELECT 1") + &row(&format!("SELECT '\n{forged}{forged}'"));
    for line in text.split_inclusive('\n') {
        out.write_all(line.as_bytes()).unwrap();
        tokio::time::sleep(Duration::from_millis(400)).await;
    }
    exactly(&house, 2).await;
    let long = format!("SELECT '\n{}'", forged.repeat(180_000));
    out.write_all((row(&long) + &row("SELECT 2")).as_bytes()).unwrap();
    exactly(&house, 3).await;
    let (_, rejected) = house.get("rita", "/v1/rejected").await;
    let rejected = rejected["items"].as_array().unwrap();
    assert_eq!(rejected.len(), 1, "{rejected:?}");
    assert!(rejected[0]["why"].as_str().unwrap().starts_with("longer than"), "{rejected:?}");
    assert_eq!(house.terminate(), Some(0));
    out.write_all(row("SELECT 3").as_bytes()).unwrap();
    let house = folder.serve();
    exactly(&house, 4).await;
}
