//! What is decided: directory, mappings, rules, playbooks and policies, from a folder or built in.

use crate::exit::Failure;
use interlock_decide::{Playbooks, Policies, starter};
use interlock_detect::sigma::{RULES, Row, RuleSet};
use interlock_identity::{Declaration, declare};
use interlock_ingest::Mapping;
use interlock_model::{Gravity, Problem};
use std::fs;
use std::io::Read as _;
use std::path::Path;
use std::sync::Arc;

/// The largest single rule or directory file that is read, in bytes.
const FILE_BYTES: u64 = 1 << 20;
/// Most bytes of all files of one folder together.
const FOLDER_BYTES: usize = 256 << 20;
/// Most files of one folder: a checkout of all public Sigma rules has some 4,000.
const FOLDER_FILES: usize = 50_000;
/// Deepest folder.
const DEPTH: usize = 16;

/// A file's name, as problems show it, and its text.
pub type Named = (Arc<str>, String);

/// What is decided, checked and ready for use.
#[derive(Debug)]
pub struct Content {
    /// Who there is, who owns them, what is protected.
    pub declaration: Declaration,
    /// Which logs are read besides those of built-in sources.
    pub mappings: Vec<Mapping>,
    /// What is suspicious.
    pub rules: RuleSet,
    /// What is proposed.
    pub playbooks: Playbooks,
    /// What is allowed.
    pub policies: Policies,
}

/// The same as text.
#[derive(Debug, Default)]
pub struct Files {
    /// `content/directory/*.yaml`
    pub directory: Vec<Named>,
    /// `content/mappings/*.yaml`
    pub mappings: Vec<Named>,
    /// `content/rules/**/*.yml`
    pub rules: Vec<Named>,
    /// `content/playbooks/*.yaml`
    pub playbooks: Vec<Named>,
    /// `content/policies/*.cedar`
    pub policies: Vec<Named>,
}

impl Content {
    /// The built-in content: the rule pack, the starter playbooks and policies, an empty directory.
    ///
    /// # Errors
    /// Never: a test compiles it.
    pub fn built_in() -> Result<Self, Failure> {
        Self::of_built_in(Files::built_in())
    }

    /// The same without rules, for whoever brings others: the pack takes longest of all to load.
    ///
    /// # Errors
    /// Never, as above.
    pub fn built_in_without_rules() -> Result<Self, Failure> {
        Self::of_built_in(Files { rules: Vec::new(), ..Files::built_in() })
    }

    fn of_built_in(files: Files) -> Result<Self, Failure> {
        let mut problems = Vec::new();
        files.compile(&mut problems).ok_or_else(|| {
            Failure::usage(anyhow::anyhow!("the built-in content does not load: {problems:?}"))
        })
    }
}

impl Files {
    /// The built-in content.
    #[must_use]
    pub fn built_in() -> Self {
        let named = |folder: &str, files: &[(&str, &str)]| {
            let named = |(name, text): &(&str, &str)| {
                (Arc::from(format!("content/{folder}/{name}")), (*text).to_owned())
            };
            files.iter().map(named).collect()
        };
        Self {
            directory: Vec::new(),
            mappings: Vec::new(),
            rules: named("rules", RULES),
            playbooks: named("playbooks", starter::PLAYBOOKS),
            policies: named("policies", starter::POLICIES),
        }
    }

    /// Reads `content` below this folder; what cannot be read is a problem.
    #[must_use]
    pub fn read(dir: &Path, problems: &mut Vec<Problem>) -> Self {
        let mut folder = |name: &str, endings: &[&str], without: &str| {
            let place = format!("content/{name}");
            let path = dir.join(&place);
            if without.is_empty() && !path.is_dir() {
                return Vec::new();
            }
            if !path.is_dir() {
                let what = format!("the folder is missing: {without}");
                problems.push(problem(&place, Gravity::Warning, what));
                return Vec::new();
            }
            let mut walk = Walk::new(endings, name != "rules");
            walk.folder(&path, &place, 0);
            let told = name != "directory" && !without.is_empty();
            if walk.files.is_empty() && walk.problems.is_empty() && told {
                let what = format!("the folder has no file: {without}");
                problems.push(problem(&place, Gravity::Warning, what));
            }
            problems.append(&mut walk.problems);
            walk.files
        };
        Self {
            directory: folder("directory", &["yaml", "yml"], "nobody is declared"),
            // Few need one, and nothing is amiss without.
            mappings: folder("mappings", &["yaml", "yml"], ""),
            rules: folder("rules", &["yml", "yaml"], "only behaviours watch"),
            playbooks: folder("playbooks", &["yaml", "yml"], "nothing is ever proposed"),
            policies: folder("policies", &["cedar"], "everything is refused"),
        }
    }

    /// Checks everything; `None` when an error keeps it from use. Wrong rules are left out and do not.
    #[must_use]
    pub fn compile(&self, problems: &mut Vec<Problem>) -> Option<Content> {
        let (declaration, wrong) = declare::load(&self.directory);
        let mut fatal = wrong.iter().any(|it| it.gravity == Gravity::Error);
        problems.extend(wrong);
        let (mappings, wrong) = Mapping::load(&self.mappings);
        fatal |= wrong.iter().any(|it| it.gravity == Gravity::Error);
        problems.extend(wrong);
        let (playbooks, wrong) = Playbooks::load(&self.playbooks);
        fatal |= wrong.iter().any(|it| it.gravity == Gravity::Error);
        problems.extend(wrong);
        let (policies, wrong) = Policies::load(&self.policies);
        problems.extend(wrong);
        let (rules, wrong) = RuleSet::load_beside(&self.rules, &rows(&mappings));
        problems.extend(wrong);
        let policies = policies?;
        (!fatal).then_some(Content { declaration, mappings, rules, playbooks, policies })
    }
}

/// How Sigma rules call the log sources of these mappings.
fn rows(mappings: &[Mapping]) -> Vec<Row> {
    let row = |it: &Mapping| {
        let source = it.name();
        it.called().map(|(product, service)| Row { product, service, source }).collect::<Vec<_>>()
    };
    mappings.iter().flat_map(row).collect()
}

/// The rules of a folder, its sub-folders included: any checkout of Sigma rules, for built-in log
/// sources and for these mappings.
///
/// What is no rule, not supported, too large or not readable is a problem; all other rules are loaded.
///
/// # Errors
/// There is no such folder.
pub fn rules(dir: &Path, mappings: &[Mapping]) -> Result<(RuleSet, Vec<Problem>), Failure> {
    if !dir.is_dir() {
        let error = anyhow::anyhow!("there is no folder `{}` with rules", dir.display());
        return Err(Failure::usage(error));
    }
    let mut walk = Walk::new(&["yml", "yaml"], false);
    walk.folder(dir, &dir.to_string_lossy(), 0);
    let (rules, wrong) = RuleSet::load_beside(&walk.files, &rows(mappings));
    walk.problems.extend(wrong);
    Ok((rules, walk.problems))
}

/// Reads a text file of at most so many bytes.
///
/// # Errors
/// Why it cannot be read, in words.
pub fn read_file(path: &Path, most: u64) -> Result<String, String> {
    let file = fs::File::open(path).map_err(|error| {
        let kind = error.kind();
        if kind == std::io::ErrorKind::NotFound {
            "the file is missing".to_owned()
        } else if kind == std::io::ErrorKind::PermissionDenied {
            "the file may not be read".to_owned()
        } else {
            format!("the file cannot be opened: {error}")
        }
    })?;
    // Of what is too large nothing is read; a pipe or a device has no size, and is cut off below.
    let size = file.metadata().map_or(0, |it| it.len());
    if size > most {
        return Err(too_large(Some(size), most));
    }
    let mut bytes = Vec::new();
    let read = file.take(most + 1).read_to_end(&mut bytes);
    read.map_err(|it| format!("the file cannot be read: {it}"))?;
    if bytes.len() as u64 > most {
        return Err(too_large(None, most));
    }
    String::from_utf8(bytes).map_err(|it| {
        format!("the file is not UTF-8: wrong at byte {}", it.utf8_error().valid_up_to())
    })
}

fn too_large(size: Option<u64>, most: u64) -> String {
    let size = size.map_or_else(|| format!("more than {most}"), |it| it.to_string());
    format!("the file has {size} bytes, and at most {most} are read of one: split it into several")
}

/// A way through a folder, bounded in depth, number and bytes; links to folders are not followed.
struct Walk<'a> {
    endings: &'a [&'a str],
    /// Whether a file with another ending is worth a word.
    strict: bool,
    files: Vec<Named>,
    bytes: usize,
    problems: Vec<Problem>,
}

impl<'a> Walk<'a> {
    const fn new(endings: &'a [&'a str], strict: bool) -> Self {
        Self { endings, strict, files: Vec::new(), bytes: 0, problems: Vec::new() }
    }

    fn folder(&mut self, path: &Path, shown: &str, depth: usize) {
        let entries = match fs::read_dir(path) {
            Ok(entries) => entries,
            Err(error) => {
                let what = format!("the folder cannot be read: {error}");
                return self.problems.push(problem(shown, Gravity::Error, what));
            }
        };
        if depth > DEPTH {
            let what = format!("the folder is more than {DEPTH} folders deep and is left out");
            return self.problems.push(problem(shown, Gravity::Warning, what));
        }
        let mut entries: Vec<fs::DirEntry> = entries.flatten().collect();
        entries.sort_by_key(fs::DirEntry::file_name);
        for entry in entries {
            let name = entry.file_name().to_string_lossy().into_owned();
            if name.starts_with('.') {
                continue;
            }
            let shown = format!("{}/{name}", shown.trim_end_matches('/'));
            if entry.file_type().is_ok_and(|it| it.is_dir()) {
                self.folder(&entry.path(), &shown, depth + 1);
            } else {
                self.file(&entry.path(), &shown);
            }
        }
    }

    fn file(&mut self, path: &Path, shown: &str) {
        let ending = path.extension().and_then(|it| it.to_str()).unwrap_or_default();
        if !self.endings.contains(&ending) {
            if self.strict {
                let what = format!(
                    "the file is not read: its name does not end in `.{}`",
                    self.endings.join("` or `.")
                );
                self.problems.push(problem(shown, Gravity::Warning, what));
            }
            return;
        }
        if self.files.len() >= FOLDER_FILES || self.bytes >= FOLDER_BYTES {
            let what = format!(
                "the folder has more than {FOLDER_FILES} files or {FOLDER_BYTES} bytes; the file is left out"
            );
            return self.problems.push(problem(shown, Gravity::Error, what));
        }
        match read_file(path, FILE_BYTES) {
            Ok(text) => {
                self.bytes += text.len();
                self.files.push((shown.into(), text));
            }
            Err(why) => self.problems.push(problem(shown, Gravity::Error, why)),
        }
    }
}

fn problem(file: &str, gravity: Gravity, what: String) -> Problem {
    Problem { file: file.into(), span: None, gravity, what, help: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_content_has_no_problem() {
        let mut problems = Vec::new();
        let content = Files::built_in().compile(&mut problems).unwrap();
        assert_eq!(problems, []);
        assert!(content.rules.rules().count() >= RULES.len());
        assert_eq!(content.playbooks.iter().count(), starter::PLAYBOOKS.len());
        assert!(!content.policies.is_empty());
    }

    #[test]
    fn a_folder_is_read_whole_and_what_cannot_be_is_said() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, bytes: &[u8]| {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, bytes).unwrap();
        };
        let rule = RULES[0].1.as_bytes();
        write("a/b/c/one.yml", rule);
        write("two.yaml", b"title: \xff");
        write("large.yml", &vec![b' '; FILE_BYTES as usize + 1]);
        write(".git/three.yml", b"no rule at all");
        write("readme.md", b"no rule at all");
        let (rules, problems) = super::rules(folder.path(), &[]).unwrap();
        assert_eq!(rules.rules().count(), 1);
        let said: Vec<&str> = problems.iter().map(|it| &*it.what).collect();
        assert_eq!(
            said,
            [
                "the file has 1048577 bytes, and at most 1048576 are read of one: split it into several",
                "the file is not UTF-8: wrong at byte 7"
            ]
        );
        assert!(super::rules(&folder.path().join("absent"), &[]).is_err());
    }
}
