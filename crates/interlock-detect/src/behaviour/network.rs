//! Which network an address belongs to, as one small number whose upper half is its neighbourhood.

use super::key::Key;
use crate::geo::Whereabouts;
use ipnet::IpNet;
use std::net::IpAddr;

/// A network: an autonomous system when a geo database is there, else a /24 or a /48.
///
/// The upper 16 bits stand for its neighbourhood: the country, else the /16 or the /32.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Network(pub u32);

impl Network {
    /// The network of this address.
    #[must_use]
    pub fn of(address: IpAddr, whereabouts: Option<&Whereabouts>) -> Self {
        if let Some(whereabouts) = whereabouts
            && let Some(asn) = whereabouts.asn
        {
            let country = Key::of(&[whereabouts.country.as_deref().unwrap_or("?")]);
            return Self::joined(country, Key::of_numbers(&[0, u64::from(asn)]));
        }
        let (wide, narrow) = match address.to_canonical() {
            IpAddr::V4(it) => (u64::from(it.to_bits() >> 16), u64::from(it.to_bits() >> 8)),
            IpAddr::V6(it) => ((it.to_bits() >> 96) as u64, (it.to_bits() >> 80) as u64),
        };
        let version = if address.to_canonical().is_ipv4() { 4 } else { 6 };
        Self::joined(Key::of_numbers(&[version, wide]), Key::of_numbers(&[version, narrow]))
    }

    /// Whether both are of one neighbourhood.
    #[must_use]
    pub const fn is_near(self, other: Self) -> bool {
        self.0 >> 16 == other.0 >> 16
    }

    const fn joined(wide: Key, narrow: Key) -> Self {
        Self(wide.short() & 0xffff_0000 | narrow.short() >> 16)
    }
}

/// The network of an address in words: `AS64500 Example Net (NO)` or `198.51.100.0/24`.
#[must_use]
pub fn describe(address: IpAddr, whereabouts: Option<&Whereabouts>) -> String {
    if let Some(whereabouts) = whereabouts
        && let Some(asn) = whereabouts.asn
    {
        let organisation = whereabouts.as_org.as_deref().unwrap_or("unnamed");
        let country = whereabouts.country.as_deref().unwrap_or("?");
        return format!("AS{asn} {organisation} ({country})");
    }
    let canonical = address.to_canonical();
    let prefix = if canonical.is_ipv4() { 24 } else { 48 };
    IpNet::new(canonical, prefix)
        .map_or_else(|_| canonical.to_string(), |it| it.trunc().to_string())
}

/// Whether an address says nothing about where the caller is: private, local, shared or documented
/// as the installation's own egress.
#[must_use]
pub fn is_internal(address: IpAddr, egress: &[IpNet]) -> bool {
    let canonical = address.to_canonical();
    let local = match canonical {
        IpAddr::V4(it) => {
            let [a, b, ..] = it.octets();
            it.is_private()
                || it.is_loopback()
                || it.is_link_local()
                || it.is_unspecified()
                || a == 100 && (64..128).contains(&b)
        }
        IpAddr::V6(it) => {
            let [first, ..] = it.segments();
            it.is_loopback()
                || it.is_unspecified()
                || first & 0xfe00 == 0xfc00
                || first & 0xffc0 == 0xfe80
        }
    };
    local || egress.iter().any(|it| it.contains(&canonical))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network(text: &str) -> Network {
        Network::of(text.parse().unwrap(), None)
    }

    #[test]
    fn neighbours() {
        assert_eq!(network("198.51.100.7"), network("198.51.100.200"));
        assert_eq!(network("198.51.100.7"), network("::ffff:198.51.100.7"));
        assert_ne!(network("198.51.100.7"), network("198.51.7.7"));
        assert!(network("198.51.100.7").is_near(network("198.51.7.7")));
        assert!(!network("198.51.100.7").is_near(network("203.0.113.7")));
        assert_eq!(network("2001:db8:1::1"), network("2001:db8:1:ff::9"));
        assert!(network("2001:db8:1::1").is_near(network("2001:db8:2::1")));
    }

    #[test]
    fn inside_and_outside() {
        let egress = ["192.0.2.0/24".parse().unwrap()];
        for inside in [
            "10.1.2.3",
            "100.64.0.1",
            "127.0.0.1",
            "169.254.1.1",
            "fd00::1",
            "fe80::1",
            "192.0.2.9",
        ] {
            assert!(is_internal(inside.parse().unwrap(), &egress), "{inside}");
        }
        for outside in ["100.128.0.1", "198.51.100.1", "2001:db8::1"] {
            assert!(!is_internal(outside.parse().unwrap(), &egress), "{outside}");
        }
    }

    #[test]
    fn in_words() {
        assert_eq!(describe("198.51.100.7".parse().unwrap(), None), "198.51.100.0/24");
        assert_eq!(describe("2001:db8:1:2::7".parse().unwrap(), None), "2001:db8:1::/48");
    }
}
