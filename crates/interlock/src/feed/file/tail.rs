//! One plain file that grows: complete lines out, the place that was reached beside them.

use super::mark::{Identity, Last, Mark, PRINT, Print, Skip};
use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// How much is read at a time, in bytes.
const CHUNK: usize = 256 << 10;

/// After how long without a write the rest of a line is not awaited any more.
const IDLE: Duration = Duration::from_secs(600);

/// A plain file and how far it was read.
#[derive(Debug)]
pub struct Tail {
    file: File,
    /// Where it is now, or was last.
    pub path: PathBuf,
    /// Which file it is.
    pub identity: Identity,
    head: Vec<u8>,
    last: Last,
    offset: u64,
    records: u64,
    skipping: Skip,
    longest: usize,
    /// How much is read at a time.
    size: usize,
    /// The length of the file when no record of it was complete.
    waits_at: Option<u64>,
}

/// What a look into the file gave.
#[derive(Debug)]
pub enum Look {
    /// Nothing new, or only a part of a line.
    Nothing,
    /// It is not the file that was read: cut off, or written anew in its place.
    Replaced,
    /// Complete lines.
    Lines(Lines),
    /// A part of a line that is longer than may be.
    TooLong(Lines),
}

/// Bytes that were read, and what is so once they are stored.
#[derive(Debug)]
pub struct Lines {
    /// The bytes.
    pub bytes: Vec<u8>,
    skipping: Skip,
    /// Whether the bytes are dropped: the rest of a line that is too long.
    pub dropped: bool,
    /// Whether they are the last ones, so that nothing of them has a rest.
    pub last: bool,
}

impl Lines {
    /// The same, of a record that is too long; its rest is passed over where `quoted`: where a line
    /// of it could be taken for a record.
    #[must_use]
    pub fn passed_over(self, quoted: bool) -> Self {
        let skipping = if quoted { Skip::Quoted } else { Skip::Nothing };
        Self { skipping, dropped: true, ..self }
    }

    /// Complete lines.
    #[cfg(test)]
    pub fn of(text: &str) -> Self {
        Self {
            bytes: text.as_bytes().to_vec(),
            skipping: Skip::Nothing,
            dropped: false,
            last: false,
        }
    }
}

impl Tail {
    /// Begins a file, at this place. `longest`: the longest line, in bytes.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn begin(mut file: File, path: &Path, offset: u64, longest: usize) -> io::Result<Self> {
        let identity = Identity::of(&file.metadata()?);
        let head = read_at(&mut file, 0, head_length(offset))?;
        let last = Last::of(read_before(&mut file, offset)?);
        let path = path.to_owned();
        let skipping = Skip::Nothing;
        Ok(Self {
            file,
            path,
            identity,
            head,
            last,
            offset,
            records: 0,
            skipping,
            longest,
            size: CHUNK,
            waits_at: None,
        })
    }

    /// The end of the last complete line of a file of this size.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn end_of_lines(file: &mut File, size: u64) -> io::Result<u64> {
        let mut end = size;
        while end > 0 {
            let length = end.min(CHUNK as u64);
            let most = usize::try_from(length).unwrap_or(CHUNK);
            let bytes = read_at(file, end - length, most)?;
            if let Some(at) = bytes.iter().rposition(|it| *it == b'\n') {
                return Ok(end - length + at as u64 + 1);
            }
            end -= length;
        }
        Ok(0)
    }

    /// Goes on with a file where the mark says, when it is that file.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn resume(
        mut file: File,
        path: &Path,
        mark: &Mark,
        longest: usize,
    ) -> io::Result<Result<Self, File>> {
        let metadata = file.metadata()?;
        if metadata.len() < mark.offset {
            return Ok(Err(file));
        }
        let head = read_at(&mut file, 0, usize::try_from(mark.head.length).unwrap_or(PRINT))?;
        let before = read_before(&mut file, mark.offset)?;
        if !mark.fits(&head, &before) {
            return Ok(Err(file));
        }
        Ok(Ok(Self {
            file,
            path: path.to_owned(),
            identity: Identity::of(&metadata),
            head,
            last: Last::of(before),
            offset: mark.offset,
            records: mark.records,
            skipping: mark.skipping,
            longest,
            size: CHUNK,
            waits_at: None,
        }))
    }

    /// Starts over: what is in the file now is another text.
    pub fn start_over(&mut self) {
        self.head.clear();
        self.last = Last::default();
        (self.offset, self.records, self.skipping) = (0, 0, Skip::Nothing);
        (self.size, self.waits_at) = (CHUNK, None);
    }

    /// How far it was read.
    #[must_use]
    pub fn mark(&self) -> Mark {
        Mark {
            path: self.path.display().to_string(),
            identity: Some(self.identity),
            head: Print::of(&self.head),
            before: Print::of(self.last.bytes()),
            offset: self.offset,
            records: self.records,
            skipping: self.skipping,
            packed: None,
        }
    }

    /// The number of the next record.
    #[must_use]
    pub const fn next_record(&self) -> u64 {
        self.records
    }

    /// Whether it is no longer the file that was read.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn replaced(&mut self) -> io::Result<bool> {
        if self.file.metadata()?.len() < self.offset {
            return Ok(true);
        }
        let head = read_at(&mut self.file, 0, self.head.len())?;
        Ok(head != self.head || read_before(&mut self.file, self.offset)? != self.last.bytes())
    }

    /// Reads on. `ended`: nobody writes it any more, so the rest is a line too.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn look(&mut self, ended: bool) -> io::Result<Look> {
        let length = self.file.metadata()?.len();
        if length == self.offset || (self.waits_at == Some(length) && !ended) {
            return Ok(Look::Nothing);
        }
        let mut size = self.size;
        let (mut bytes, cut, last) = loop {
            let bytes = read_at(&mut self.file, self.offset, size)?;
            let full = bytes.len() == size;
            let last = ended && self.offset + bytes.len() as u64 >= length;
            if last {
                let all = bytes.len();
                break (bytes, Some(all), true);
            }
            if let Some(at) = bytes.iter().rposition(|it| *it == b'\n') {
                break (bytes, Some(at + 1), false);
            }
            if self.skipping != Skip::Nothing || !full || size > self.longest {
                break (bytes, None, false);
            }
            size *= 2;
        };
        // Asked after reading: what was read is from the file that was meant.
        if self.replaced()? {
            return Ok(Look::Replaced);
        }
        if bytes.is_empty() {
            return Ok(Look::Nothing);
        }
        if self.skipping != Skip::Nothing {
            let (length, skipping) = self.skipping.pass(&bytes);
            let passed = length == bytes.len();
            bytes.truncate(length);
            let skipping = if last && passed { Skip::Nothing } else { skipping };
            return Ok(Look::Lines(Lines { bytes, skipping, dropped: true, last: false }));
        }
        match cut {
            Some(cut) => {
                bytes.truncate(cut);
                Ok(Look::Lines(Lines { bytes, skipping: Skip::Nothing, dropped: false, last }))
            }
            None if bytes.len() > self.longest => {
                let skipping = Skip::Line;
                Ok(Look::TooLong(Lines { bytes, skipping, dropped: true, last: false }))
            }
            None => Ok(Look::Nothing),
        }
    }

    /// Where the file will have been read to once these lines with so many records are stored.
    #[must_use]
    pub fn after(&self, lines: &Lines, records: u64) -> After {
        let mut head = self.head.clone();
        let room = PRINT.saturating_sub(head.len()).min(lines.bytes.len());
        // The head only grows as long as it is all that was read.
        if head.len() as u64 == self.offset {
            head.extend_from_slice(lines.bytes.get(..room).unwrap_or_default());
        }
        let mut last = self.last.clone();
        last.add(&lines.bytes);
        After {
            head,
            last,
            offset: self.offset + lines.bytes.len() as u64,
            records: self.records + records,
            skipping: lines.skipping,
        }
    }

    /// The mark of such a place.
    #[must_use]
    pub fn mark_after(&self, after: &After) -> Mark {
        Mark {
            head: Print::of(&after.head),
            before: Print::of(after.last.bytes()),
            offset: after.offset,
            records: after.records,
            skipping: after.skipping,
            ..self.mark()
        }
    }

    /// Whether nobody has written for so long that nobody will write the rest of a line.
    ///
    /// # Errors
    /// The file cannot be looked at.
    pub fn is_idle(&self, now: SystemTime) -> io::Result<bool> {
        let written = self.file.metadata()?.modified()?;
        Ok(now.duration_since(written).is_ok_and(|it| it >= IDLE))
    }

    /// The longest line, in bytes.
    #[must_use]
    pub const fn longest(&self) -> usize {
        self.longest
    }

    /// Whether a record that is not complete may wait for its rest: it is not longer than a line may be.
    #[must_use]
    pub const fn may_wait(&self) -> bool {
        self.size <= self.longest
    }

    /// No record was complete: more is read the next time, as soon as there is more.
    ///
    /// # Errors
    /// The file cannot be looked at.
    pub fn wait(&mut self) -> io::Result<()> {
        let length = self.file.metadata()?.len();
        if length - self.offset.min(length) > self.size as u64 {
            self.size *= 2;
        } else {
            self.waits_at = Some(length);
        }
        Ok(())
    }

    /// It is stored.
    pub fn stored(&mut self, after: After) {
        (self.size, self.waits_at) = (CHUNK, None);
        let After { head, last, offset, records, skipping } = after;
        (self.head, self.last, self.offset) = (head, last, offset);
        (self.records, self.skipping) = (records, skipping);
    }
}

/// A place further on in a file.
#[derive(Debug)]
pub struct After {
    head: Vec<u8>,
    last: Last,
    offset: u64,
    records: u64,
    skipping: Skip,
}

fn head_length(offset: u64) -> usize {
    usize::try_from(offset).unwrap_or(PRINT).min(PRINT)
}

/// At most so many bytes from here on.
fn read_at(file: &mut File, offset: u64, most: usize) -> io::Result<Vec<u8>> {
    file.seek(SeekFrom::Start(offset))?;
    let mut bytes = Vec::with_capacity(most);
    file.take(most as u64).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The bytes just before this place.
fn read_before(file: &mut File, offset: u64) -> io::Result<Vec<u8>> {
    let length = head_length(offset);
    read_at(file, offset - length as u64, length)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;

    fn lines(tail: &mut Tail, ended: bool) -> String {
        match tail.look(ended).unwrap() {
            Look::Lines(lines) => {
                let text = String::from_utf8(lines.bytes.clone()).unwrap();
                let after = tail.after(&lines, 1);
                tail.stored(after);
                text
            }
            Look::Nothing => "nothing".to_owned(),
            Look::Replaced => {
                tail.start_over();
                "replaced".to_owned()
            }
            Look::TooLong(lines) => {
                let after = tail.after(&lines, 1);
                tail.stored(after);
                "too long".to_owned()
            }
        }
    }

    fn file() -> (tempfile::TempDir, PathBuf, File) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.log");
        let file = File::options().create(true).append(true).open(&path).unwrap();
        (folder, path, file)
    }

    #[test]
    fn a_part_of_a_line_waits_and_a_file_that_is_cut_off_starts_over() {
        let (_folder, path, mut out) = file();
        let mut tail = Tail::begin(File::open(&path).unwrap(), &path, 0, 1 << 20).unwrap();
        assert_eq!(lines(&mut tail, false), "nothing");
        out.write_all(b"one\ntwo\nthr").unwrap();
        assert_eq!(lines(&mut tail, false), "one\ntwo\n");
        assert_eq!(lines(&mut tail, false), "nothing");
        out.write_all(b"ee\n").unwrap();
        assert_eq!(lines(&mut tail, false), "three\n");
        out.set_len(0).unwrap();
        out.write_all(b"four\n").unwrap();
        assert_eq!(lines(&mut tail, false), "replaced");
        assert_eq!(lines(&mut tail, false), "four\n");
        // Grown beyond the old place before anybody looked.
        out.set_len(0).unwrap();
        out.write_all(b"five\nsix\nseven\n").unwrap();
        assert_eq!(lines(&mut tail, false), "replaced");
        assert_eq!(lines(&mut tail, false), "five\nsix\nseven\n");
        out.write_all(b"rest").unwrap();
        assert_eq!(lines(&mut tail, true), "rest");
        assert_eq!(lines(&mut tail, true), "nothing");
    }

    #[test]
    fn a_mark_goes_on_in_its_file_and_in_a_copy_and_nowhere_else() {
        let (folder, path, mut out) = file();
        out.write_all(b"one\ntwo\n").unwrap();
        let mut tail = Tail::begin(File::open(&path).unwrap(), &path, 0, 1 << 20).unwrap();
        assert_eq!(lines(&mut tail, false), "one\ntwo\n");
        let mark = tail.mark();
        out.write_all(b"three\n").unwrap();
        let copy = folder.path().join("a.log.1");
        std::fs::copy(&path, &copy).unwrap();
        for path in [&path, &copy] {
            let again = Tail::resume(File::open(path).unwrap(), path, &mark, 1 << 20).unwrap();
            assert_eq!(lines(&mut again.unwrap(), false), "three\n");
        }
        std::fs::write(&copy, "one\ntwx\nthree\n").unwrap();
        assert!(Tail::resume(File::open(&copy).unwrap(), &copy, &mark, 1 << 20).unwrap().is_err());
        std::fs::write(&copy, "one\n").unwrap();
        assert!(Tail::resume(File::open(&copy).unwrap(), &copy, &mark, 1 << 20).unwrap().is_err());
    }

    #[test]
    fn a_line_that_is_too_long_costs_only_itself() {
        let (_folder, path, mut out) = file();
        let mut tail = Tail::begin(File::open(&path).unwrap(), &path, 0, 1_000).unwrap();
        out.write_all(&vec![b'x'; CHUNK * 3]).unwrap();
        assert_eq!(lines(&mut tail, false), "too long");
        assert_eq!(tail.mark().skipping, Skip::Line);
        out.write_all(b"xx\nnext\n").unwrap();
        while tail.mark().skipping != Skip::Nothing {
            assert!(lines(&mut tail, false).starts_with('x'));
        }
        assert_eq!(lines(&mut tail, false), "next\n");
    }
}
