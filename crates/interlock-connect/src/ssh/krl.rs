//! The key revocation list of OpenSSH, as its `PROTOCOL.krl` describes it: read in pieces, of which those
//! that are not ours are written back byte for byte.
//!
//! Each entry of ours is a section of its own at the end, so that to add it and to take it out again gives
//! the same bytes. Where another tool has merged it with others, it alone is cut out.

#[cfg(test)]
pub(super) mod tests;

use super::wire::{Reader, put_string, strings};
use interlock_model::Timestamp;
use sha2::{Digest as _, Sha256};

/// `SSHKRL\n\0`.
const MAGIC: &[u8] = b"SSHKRL\n\0";
/// The only version of the form that there is.
const FORMAT: u32 = 1;
/// What is written into a list that was empty before: by it the undo knows that it may be empty again.
const COMMENT: &[u8] = b"begun by interlock";

const CERTIFICATES: u8 = 1;
const KEYS: u8 = 2;
const SIGNATURE: u8 = 4;
const SHA256: u8 = 5;
const SERIALS: u8 = 0x20;
const RANGE: u8 = 0x21;
const BITMAP: u8 = 0x22;
const KEY_IDS: u8 = 0x23;

/// Why a file cannot be taken for a list that may be changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum KrlError {
    /// Something else, such as a list of public keys in text.
    #[error("it is no key revocation list")]
    NotOne,
    /// A form that nobody knows yet.
    #[error("its form is {0}, this program reads {FORMAT}")]
    Format(u32),
    /// Only whoever has the key may change it.
    #[error("it is signed, and a change would break the signature")]
    Signed,
    /// It ends in the middle of something.
    #[error("it is cut short")]
    CutShort,
    /// A part has more bytes than its kind can have.
    #[error("a part of it has bytes that mean nothing")]
    Surplus,
}

/// What can be revoked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Entry {
    /// A key, by the SHA-256 of its public part; certificates for it with it.
    Key([u8; 32]),
    /// One certificate of an authority, by its serial.
    Serial {
        /// The authority's public key.
        authority: Vec<u8>,
        /// Never 0, which OpenSSH takes for none.
        serial: u64,
    },
    /// Every certificate of an authority with this key id.
    KeyId {
        /// The authority's public key.
        authority: Vec<u8>,
        /// The key id.
        id: String,
    },
}

/// How an entry stands in the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// It does not.
    Absent,
    /// As this connector writes it, alone or merged with others.
    Revoked,
    /// In a wider or another form, which is not ours to take back.
    Otherwise(&'static str),
}

/// One list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Krl {
    /// Everything before the sections, as it was.
    head: Vec<u8>,
    /// Whether there was nothing before this program wrote to it.
    begun_here: bool,
    sections: Vec<Section>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Section {
    /// Certificates of one authority; of every one where the authority is empty.
    Certificates { authority: Vec<u8>, reserved: Vec<u8>, parts: Vec<Part> },
    /// Keys, each as a whole.
    Keys(Vec<Vec<u8>>),
    /// Keys, each by its SHA-256.
    Hashes(Vec<Vec<u8>>),
    /// Whatever else there may be.
    Other { kind: u8, body: Vec<u8> },
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Serials(Vec<u64>),
    Range(u64, u64),
    /// The bit `n` of the number stands for the serial `offset + n`.
    Bitmap {
        offset: u64,
        number: Vec<u8>,
    },
    KeyIds(Vec<Vec<u8>>),
    Other {
        kind: u8,
        body: Vec<u8>,
    },
}

impl Krl {
    /// Reads a list; a file without a byte is one without entries, begun `now`.
    pub(crate) fn read(bytes: &[u8], now: Timestamp) -> Result<Self, KrlError> {
        if bytes.is_empty() {
            return Ok(Self::begin(now));
        }
        let mut rest = Reader(bytes.strip_prefix(MAGIC).ok_or(KrlError::NotOne)?);
        match rest.u32()? {
            FORMAT => {}
            other => return Err(KrlError::Format(other)),
        }
        // The version, when it was made, and flags.
        for _ in 0..3 {
            rest.u64()?;
        }
        rest.string()?;
        let begun_here = rest.string()? == COMMENT;
        let head = bytes.get(..bytes.len() - rest.0.len()).unwrap_or_default().to_vec();
        let mut sections = Vec::new();
        while !rest.is_over() {
            let kind = rest.byte()?;
            if kind == SIGNATURE {
                return Err(KrlError::Signed);
            }
            sections.push(Section::read(kind, rest.string()?)?);
        }
        Ok(Self { head, begun_here, sections })
    }

    fn begin(now: Timestamp) -> Self {
        let mut head = MAGIC.to_vec();
        head.extend(FORMAT.to_be_bytes());
        head.extend(0_u64.to_be_bytes());
        head.extend(u64::try_from(now.as_second()).unwrap_or(0).to_be_bytes());
        head.extend(0_u64.to_be_bytes());
        put_string(&mut head, b"");
        put_string(&mut head, COMMENT);
        Self { head, begun_here: true, sections: Vec::new() }
    }

    /// The list as the file holds it. One that was begun here and has no entries is a file without a byte.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        if self.begun_here && self.sections.is_empty() {
            return Vec::new();
        }
        let mut bytes = self.head.clone();
        for section in &self.sections {
            let (kind, body) = section.written();
            bytes.push(kind);
            put_string(&mut bytes, &body);
        }
        bytes
    }

    /// How an entry stands in the list.
    pub(crate) fn form(&self, entry: &Entry) -> Form {
        let in_any = |fits: &dyn Fn(&Section) -> bool| self.sections.iter().any(fits);
        if in_any(&|it| it.has(entry)) {
            return Form::Revoked;
        }
        if in_any(&|it| it.covers(entry)) {
            return Form::Otherwise(match entry {
                Entry::Key(_) => "revoked by its whole key",
                Entry::Serial { .. } | Entry::KeyId { .. } => "revoked for every authority",
            });
        }
        Form::Absent
    }

    /// Revokes what is not revoked in this form.
    pub(crate) fn add(&mut self, entry: &Entry) {
        if self.form(entry) == Form::Revoked {
            return;
        }
        let certificates = |authority: &[u8], part| Section::Certificates {
            authority: authority.to_vec(),
            reserved: Vec::new(),
            parts: vec![part],
        };
        self.sections.push(match entry {
            Entry::Key(hash) => Section::Hashes(vec![hash.to_vec()]),
            Entry::Serial { authority, serial } => {
                certificates(authority, Part::Serials(vec![*serial]))
            }
            Entry::KeyId { authority, id } => {
                certificates(authority, Part::KeyIds(vec![id.clone().into_bytes()]))
            }
        });
    }

    /// Takes the entry out wherever it stands in this form, and nothing else.
    pub(crate) fn remove(&mut self, entry: &Entry) {
        self.sections.retain_mut(|section| {
            if !section.has(entry) {
                return true;
            }
            section.cut(entry);
            !section.is_empty()
        });
    }
}

impl Section {
    fn read(kind: u8, body: &[u8]) -> Result<Self, KrlError> {
        Ok(match kind {
            CERTIFICATES => {
                let mut rest = Reader(body);
                let (authority, reserved) = (rest.string()?.to_vec(), rest.string()?.to_vec());
                let mut parts = Vec::new();
                while !rest.is_over() {
                    let kind = rest.byte()?;
                    parts.push(Part::read(kind, rest.string()?)?);
                }
                Self::Certificates { authority, reserved, parts }
            }
            KEYS => Self::Keys(Reader(body).strings()?),
            SHA256 => Self::Hashes(Reader(body).strings()?),
            kind => Self::Other { kind, body: body.to_vec() },
        })
    }

    fn written(&self) -> (u8, Vec<u8>) {
        match self {
            Self::Certificates { authority, reserved, parts } => {
                let mut bytes = Vec::new();
                put_string(&mut bytes, authority);
                put_string(&mut bytes, reserved);
                for part in parts {
                    let (kind, body) = part.written();
                    bytes.push(kind);
                    put_string(&mut bytes, &body);
                }
                (CERTIFICATES, bytes)
            }
            Self::Keys(keys) => (KEYS, strings(keys)),
            Self::Hashes(hashes) => (SHA256, strings(hashes)),
            Self::Other { kind, body } => (*kind, body.clone()),
        }
    }

    fn is_empty(&self) -> bool {
        match self {
            Self::Certificates { parts, .. } => parts.is_empty(),
            Self::Keys(all) | Self::Hashes(all) => all.is_empty(),
            Self::Other { .. } => false,
        }
    }

    /// Whether the entry stands here as this connector writes it.
    fn has(&self, entry: &Entry) -> bool {
        match (self, entry) {
            (Self::Hashes(hashes), Entry::Key(hash)) => hashes.iter().any(|it| it == hash),
            (
                Self::Certificates { authority: of, parts, .. },
                Entry::Serial { authority, .. } | Entry::KeyId { authority, .. },
            ) => of == authority && parts.iter().any(|it| it.has(entry)),
            _ => false,
        }
    }

    /// Whether it is revoked by this in a form that is not ours.
    fn covers(&self, entry: &Entry) -> bool {
        match (self, entry) {
            (Self::Keys(keys), Entry::Key(hash)) => {
                keys.iter().any(|it| Sha256::digest(it).as_slice() == hash)
            }
            (
                Self::Certificates { authority: of, parts, .. },
                Entry::Serial { .. } | Entry::KeyId { .. },
            ) => of.is_empty() && parts.iter().any(|it| it.has(entry)),
            _ => false,
        }
    }

    fn cut(&mut self, entry: &Entry) {
        match (self, entry) {
            (Self::Hashes(hashes), Entry::Key(hash)) => hashes.retain(|it| it != hash),
            (Self::Certificates { parts, .. }, entry) => {
                let former = std::mem::take(parts);
                parts.extend(former.into_iter().flat_map(|it| it.without(entry)));
            }
            _ => {}
        }
    }
}

impl Part {
    fn read(kind: u8, body: &[u8]) -> Result<Self, KrlError> {
        let mut rest = Reader(body);
        let part = match kind {
            SERIALS => {
                let mut serials = Vec::new();
                while !rest.is_over() {
                    serials.push(rest.u64()?);
                }
                Self::Serials(serials)
            }
            RANGE => Self::Range(rest.u64()?, rest.u64()?),
            BITMAP => Self::Bitmap { offset: rest.u64()?, number: rest.string()?.to_vec() },
            KEY_IDS => return Ok(Self::KeyIds(rest.strings()?)),
            kind => return Ok(Self::Other { kind, body: body.to_vec() }),
        };
        if rest.is_over() { Ok(part) } else { Err(KrlError::Surplus) }
    }

    fn written(&self) -> (u8, Vec<u8>) {
        match self {
            Self::Serials(serials) => {
                (SERIALS, serials.iter().flat_map(|it| it.to_be_bytes()).collect())
            }
            Self::Range(low, high) => (RANGE, [low.to_be_bytes(), high.to_be_bytes()].concat()),
            Self::Bitmap { offset, number } => {
                let mut bytes = offset.to_be_bytes().to_vec();
                put_string(&mut bytes, number);
                (BITMAP, bytes)
            }
            Self::KeyIds(ids) => (KEY_IDS, strings(ids)),
            Self::Other { kind, body } => (*kind, body.clone()),
        }
    }

    fn has(&self, entry: &Entry) -> bool {
        match (self, entry) {
            (Self::Serials(all), Entry::Serial { serial, .. }) => all.contains(serial),
            (Self::Range(low, high), Entry::Serial { serial, .. }) => {
                (low..=high).contains(&serial)
            }
            (Self::Bitmap { offset, number }, Entry::Serial { serial, .. }) => {
                bit(*offset, number.len(), *serial)
                    .is_some_and(|(at, mask)| number.get(at).is_some_and(|it| it & mask != 0))
            }
            (Self::KeyIds(ids), Entry::KeyId { id, .. }) => {
                ids.iter().any(|it| it == id.as_bytes())
            }
            _ => false,
        }
    }

    /// What is left of it without the entry.
    fn without(self, entry: &Entry) -> Vec<Self> {
        if !self.has(entry) {
            return vec![self];
        }
        match (self, entry) {
            (Self::Serials(mut all), Entry::Serial { serial, .. }) => {
                all.retain(|it| it != serial);
                if all.is_empty() { Vec::new() } else { vec![Self::Serials(all)] }
            }
            (Self::Range(low, high), Entry::Serial { serial, .. }) => {
                let below = serial.checked_sub(1).filter(|it| low <= *it).map(|it| (low, it));
                let above = serial.checked_add(1).filter(|it| *it <= high).map(|it| (it, high));
                below.into_iter().chain(above).map(|(low, high)| Self::Range(low, high)).collect()
            }
            (Self::Bitmap { offset, mut number }, Entry::Serial { serial, .. }) => {
                if let Some((at, mask)) = bit(offset, number.len(), *serial)
                    && let Some(byte) = number.get_mut(at)
                {
                    *byte &= !mask;
                }
                let number = shortest(&number);
                if number.is_empty() { Vec::new() } else { vec![Self::Bitmap { offset, number }] }
            }
            (Self::KeyIds(mut ids), Entry::KeyId { id, .. }) => {
                ids.retain(|it| it != id.as_bytes());
                if ids.is_empty() { Vec::new() } else { vec![Self::KeyIds(ids)] }
            }
            (part, _) => vec![part],
        }
    }
}

/// Where the bit of a serial is in a bitmap of so many bytes: the byte, and the bit in it.
fn bit(offset: u64, bytes: usize, serial: u64) -> Option<(usize, u8)> {
    let bit = serial.checked_sub(offset)?;
    let from_the_end = usize::try_from(bit / 8).ok()?.checked_add(1)?;
    Some((bytes.checked_sub(from_the_end)?, 1 << (bit % 8)))
}

/// A number as SSH writes it: no leading zeros but the one that keeps it positive. Empty when it is 0.
fn shortest(number: &[u8]) -> Vec<u8> {
    let digits: Vec<u8> = number.iter().copied().skip_while(|it| *it == 0).collect();
    match digits.first() {
        Some(first) if first & 0x80 != 0 => [&[0], digits.as_slice()].concat(),
        Some(_) | None => digits,
    }
}
