//! One packed file: read once, as a whole, after it has come to rest.

pub use super::mark::PackedMark;
use super::mark::{Identity, Last, Mark, PRINT, Print};
use crate::feed::intake::{self, Lot};
use flate2::read::MultiGzDecoder;
use interlock_ingest::Records;
use interlock_model::Limits;
use std::fmt;
use std::fs::File;
use std::io::{self, BufReader, Read, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Records that are handed on at a time.
const LOT: u64 = 1_000;

type Unpacked = MultiGzDecoder<BufReader<File>>;

/// A packed file and how far it was read.
pub struct Packed {
    /// Where it is.
    pub path: PathBuf,
    /// Which file it is.
    pub identity: Identity,
    mark: Mark,
    records: Records<Unpacked>,
}

impl fmt::Debug for Packed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Packed").field("path", &self.path).field("mark", &self.mark).finish()
    }
}

/// Whether a file is packed, by its first bytes.
///
/// # Errors
/// It cannot be read.
pub fn is_packed(file: &mut File) -> io::Result<bool> {
    file.seek(SeekFrom::Start(0))?;
    let mut magic = Vec::with_capacity(2);
    file.by_ref().take(2).read_to_end(&mut magic)?;
    file.seek(SeekFrom::Start(0))?;
    Ok(magic == [0x1f, 0x8b])
}

/// How the packed file itself is known.
///
/// # Errors
/// It cannot be read.
pub fn known_by(file: &mut File) -> io::Result<PackedMark> {
    let size = file.metadata()?.len();
    let length = size.min(PRINT as u64);
    file.seek(SeekFrom::Start(size - length))?;
    let mut end = Vec::with_capacity(PRINT);
    file.by_ref().take(length).read_to_end(&mut end)?;
    file.seek(SeekFrom::Start(0))?;
    Ok(PackedMark { size, end: Print::of(&end), taken: 0, whole: false })
}

/// Whether what is inside begins with what was read under this mark.
///
/// # Errors
/// It cannot be read.
pub fn continues(file: &File, mark: &Mark) -> io::Result<bool> {
    let mut inside = unpack(file)?;
    let mut head = Vec::with_capacity(PRINT);
    inside.by_ref().take(mark.head.length).read_to_end(&mut head)?;
    if mark.head.length == 0 || !mark.head.begins(&head) {
        return Ok(false);
    }
    let mut last = Last::of(head.clone());
    let mut at = head.len() as u64;
    let mut buffer = vec![0; 64 << 10];
    while at < mark.offset {
        let most = usize::try_from(mark.offset - at).unwrap_or(usize::MAX).min(buffer.len());
        let read = inside.read(buffer.get_mut(..most).unwrap_or_default())?;
        if read == 0 {
            return Ok(false);
        }
        last.add(buffer.get(..read).unwrap_or_default());
        at += read as u64;
    }
    Ok(mark.fits(&head, last.bytes()))
}

fn unpack(file: &File) -> io::Result<Unpacked> {
    let mut file = file.try_clone()?;
    file.seek(SeekFrom::Start(0))?;
    Ok(MultiGzDecoder::new(BufReader::new(file)))
}

impl Packed {
    /// Goes on with a packed file where the mark says; an empty mark begins it.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn open(
        mut file: File,
        path: &Path,
        mark: Mark,
        name: &Arc<str>,
        limits: Limits,
    ) -> io::Result<Self> {
        let identity = Identity::of(&file.metadata()?);
        let packed = match mark.packed {
            Some(packed) => packed,
            None => known_by(&mut file)?,
        };
        let mut inside = unpack(&file)?;
        io::copy(&mut inside.by_ref().take(mark.offset), &mut io::sink())?;
        let mut records = Records::open(inside, Arc::clone(name), limits);
        for _ in 0..packed.taken {
            if records.next().is_none() {
                break;
            }
        }
        let mark = Mark {
            path: path.display().to_string(),
            identity: Some(identity),
            packed: Some(packed),
            ..mark
        };
        Ok(Self { path: path.to_owned(), identity, mark, records })
    }

    /// The next records and what is so once they are stored; `None` at the end.
    pub fn next(&mut self, alert: bool) -> Option<(Lot, Mark)> {
        let packed = self.mark.packed.as_ref()?;
        if packed.whole {
            return None;
        }
        let mut lot = Lot::default();
        let mut whole = false;
        while lot.count() < LOT {
            match self.records.next() {
                Some(record) => intake::add(&mut lot, record, self.mark.records, alert),
                None => {
                    whole = true;
                    break;
                }
            }
        }
        let taken = packed.taken + lot.count();
        let packed = PackedMark { taken, whole, ..packed.clone() };
        Some((lot, Mark { packed: Some(packed), ..self.mark.clone() }))
    }

    /// How far it was read.
    #[must_use]
    pub const fn mark(&self) -> &Mark {
        &self.mark
    }

    /// It is stored.
    pub fn stored(&mut self, mark: Mark) {
        self.mark = mark;
    }
}
