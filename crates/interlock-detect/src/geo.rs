//! Where an address is, asked of whoever has a database; remembered for the addresses of the moment.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

/// Knows where addresses are. The process implements it over a GeoIP and ASN database.
pub trait Geo {
    /// Where this address is; `None` when the database does not say.
    fn locate(&self, address: IpAddr) -> Option<Whereabouts>;
}

/// Where an address is, and whose network it belongs to.
#[derive(Debug, Clone, PartialEq)]
pub struct Whereabouts {
    /// Degrees north.
    pub latitude: f64,
    /// Degrees east.
    pub longitude: f64,
    /// The address is within this many kilometres of the point.
    pub radius_km: u32,
    /// ISO 3166 alpha-2 code: `NO`.
    pub country: Option<Box<str>>,
    /// The number of the autonomous system.
    pub asn: Option<u32>,
    /// The name of the organisation behind it.
    pub as_org: Option<Box<str>>,
    /// Whether it is a hosting, VPN or proxy network: the person may be anywhere.
    pub hosting: bool,
}

/// Great-circle distance between two points in kilometres, on a sphere of 6,371 km.
#[must_use]
pub fn distance_km(from: (f64, f64), to: (f64, f64)) -> f64 {
    let (lat_a, lat_b) = (from.0.to_radians(), to.0.to_radians());
    let half_lat = ((lat_b - lat_a) / 2.0).sin();
    let half_lon = ((to.1 - from.1).to_radians() / 2.0).sin();
    let chord = half_lat * half_lat + lat_a.cos() * lat_b.cos() * half_lon * half_lon;
    2.0 * 6371.0 * chord.clamp(0.0, 1.0).sqrt().asin()
}

type Remembered = (IpAddr, Option<Arc<Whereabouts>>);

/// A geo database behind a memory of the last addresses: at most [`Atlas::REMEMBERED`] of them.
pub(crate) struct Atlas {
    geo: Box<dyn Geo + Send + Sync>,
    memory: Vec<Option<Remembered>>,
}

impl Atlas {
    const REMEMBERED: usize = 4096;

    pub(crate) fn new(geo: Box<dyn Geo + Send + Sync>) -> Self {
        Self { geo, memory: vec![None; Self::REMEMBERED] }
    }

    /// Where this address is.
    pub(crate) fn locate(&mut self, address: IpAddr) -> Option<Arc<Whereabouts>> {
        let bits = match address {
            IpAddr::V4(it) => u128::from(it.to_bits()),
            IpAddr::V6(it) => it.to_bits() ^ it.to_bits() >> 64,
        };
        let mixed = (bits as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 52;
        let place = self.memory.get_mut(mixed as usize)?;
        if let Some((known, answer)) = place
            && *known == address
        {
            return answer.clone();
        }
        let answer = self.geo.locate(address).map(Arc::new);
        *place = Some((address, answer.clone()));
        answer
    }
}

impl fmt::Debug for Atlas {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Atlas")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_of_known_cities() {
        let (oslo, lima) = ((59.91, 10.75), (-12.05, -77.04));
        let km = distance_km(oslo, lima);
        assert!((11_000.0..11_200.0).contains(&km), "{km}");
        assert!(distance_km(oslo, oslo).abs() < 0.001);
        let km = distance_km((0.0, 179.5), (0.0, -179.5));
        assert!((110.0..112.0).contains(&km), "across the date line: {km}");
    }

    #[test]
    fn every_address_has_a_place_in_memory() {
        struct Nowhere;
        impl Geo for Nowhere {
            fn locate(&self, address: IpAddr) -> Option<Whereabouts> {
                let IpAddr::V4(it) = address else { return None };
                Some(Whereabouts {
                    latitude: f64::from(it.octets()[3]),
                    longitude: 0.0,
                    radius_km: 1,
                    country: None,
                    asn: None,
                    as_org: None,
                    hosting: false,
                })
            }
        }
        let mut atlas = Atlas::new(Box::new(Nowhere));
        for last in (0..=255).chain(0..=255) {
            let it = atlas.locate(IpAddr::from([198, 51, 100, last])).unwrap();
            assert!((it.latitude - f64::from(last)).abs() < 0.1);
        }
        assert_eq!(atlas.locate("2001:db8::1".parse().unwrap()), None);
    }
}
