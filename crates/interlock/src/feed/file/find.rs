//! Which files a pattern means, and which files beside them may be what became of one of those.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::Metadata;
use std::path::{Path, PathBuf};

/// Most files that one feed looks at.
pub const MOST: usize = 10_000;

/// A file that is there.
#[derive(Debug)]
pub struct Found {
    /// Its path.
    pub path: PathBuf,
    /// What the system says of it.
    pub metadata: Metadata,
    /// Whether the pattern means it; if not it only stands beside one that was.
    pub meant: bool,
}

/// Looks for the files that the pattern means, and for those beside them whose names begin like one
/// that was read before: `app.log.1` and `app.log-20260302.gz` beside `app.log`.
#[must_use]
pub fn find(pattern: &str, read_before: &BTreeSet<PathBuf>) -> Vec<Found> {
    let mut found = Vec::new();
    let mut meant = BTreeSet::new();
    for path in glob::glob(pattern).into_iter().flatten().flatten().take(MOST) {
        if let Ok(metadata) = path.metadata()
            && metadata.is_file()
        {
            meant.insert(path.clone());
            found.push(Found { path, metadata, meant: true });
        }
    }
    let mut stems: BTreeMap<&Path, BTreeSet<String>> = BTreeMap::new();
    for path in meant.iter().chain(read_before) {
        if let (Some(folder), Some(name)) = (path.parent(), path.file_name()) {
            stems.entry(folder).or_default().insert(stem(&name.to_string_lossy()));
        }
    }
    for (folder, stems) in &stems {
        for entry in folder.read_dir().into_iter().flatten().flatten().take(MOST) {
            let path = entry.path();
            if meant.contains(&path) || !begins(&entry.file_name().to_string_lossy(), stems) {
                continue;
            }
            if let Ok(metadata) = path.metadata()
                && metadata.is_file()
            {
                found.push(Found { path, metadata, meant: false });
            }
        }
    }
    found
}

/// A name without its ending: rotation puts numbers and dates before it or behind it.
fn stem(name: &str) -> String {
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    if stem.is_empty() { name.to_owned() } else { stem.to_owned() }
}

/// Whether a name begins with one of these.
fn begins(name: &str, stems: &BTreeSet<String>) -> bool {
    let ends = name.char_indices().map(|(at, letter)| at + letter.len_utf8());
    ends.filter_map(|end| name.get(..end)).any(|it| stems.contains(it))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_and_what_stands_beside() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["a.log", "a.log.1", "a-2026.log.gz", "b.log", "other.txt"] {
            std::fs::write(folder.path().join(name), "x").unwrap();
        }
        std::fs::create_dir(folder.path().join("c.log")).unwrap();
        let names = |pattern: &str, read: &[&str]| {
            let read = read.iter().map(|it| folder.path().join(it)).collect();
            let found = find(&folder.path().join(pattern).display().to_string(), &read);
            let name = |it: &Found| {
                let name = it.path.file_name().unwrap().to_string_lossy().into_owned();
                if it.meant { name } else { format!("({name})") }
            };
            let mut names: Vec<String> = found.iter().map(name).collect();
            names.sort();
            names.join(" ")
        };
        assert_eq!(names("a.log", &[]), "(a-2026.log.gz) (a.log.1) a.log");
        assert_eq!(names("*.log", &[]), "(a-2026.log.gz) (a.log.1) a.log b.log");
        assert_eq!(names("gone.log", &["b.log"]), "(b.log)");
        assert_eq!(names("*.txt", &["a.log"]), "(a-2026.log.gz) (a.log) (a.log.1) other.txt");
        assert_eq!(names("***", &[]), "");
    }
}
