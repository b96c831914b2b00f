//! Where addresses are, from MMDB files that the user names: a city database, and an ASN database beside it.

use crate::config::GeoConfig;
use anyhow::anyhow;
use interlock_detect::{Geo, Whereabouts};
use maxminddb::{Reader, geoip2, path};
use std::fmt;
use std::net::IpAddr;
use std::path::Path;

/// Networks in which machines are rented by the hour, and VPN providers' favourites: who calls from
/// there may sit anywhere.
///
/// Source: the operators' own entries in the public registries of autonomous systems.
const RENTED: &[u32] = &[
    8_075,   // Microsoft
    9_009,   // M247
    12_876,  // Scaleway
    13_335,  // Cloudflare
    14_061,  // DigitalOcean
    14_618,  // Amazon
    15_169,  // Google
    16_276,  // OVH
    16_509,  // Amazon
    20_473,  // Vultr
    24_940,  // Hetzner
    31_898,  // Oracle
    36_351,  // IBM
    45_102,  // Alibaba
    51_167,  // Contabo
    60_068,  // Datacamp
    63_949,  // Akamai
    132_203, // Tencent
    212_238, // Datacamp
    396_982, // Google
];

/// Flags of the databases that say the same.
const FLAGS: [&str; 4] =
    ["is_hosting_provider", "is_anonymous_vpn", "is_public_proxy", "is_tor_exit_node"];

/// A city database, with an ASN database where there is one.
struct Databases {
    city: Reader<Vec<u8>>,
    asn: Option<Reader<Vec<u8>>>,
}

/// Opens the databases; `None` without a city database; then impossible travel knows only the places that logs name.
///
/// # Errors
/// A file is missing or is no such database.
pub fn open(config: &GeoConfig) -> anyhow::Result<Option<Box<dyn Geo + Send + Sync>>> {
    let asn = config.asn.as_deref().map(|it| read(it, "ASN")).transpose()?;
    let Some(city) = config.city.as_deref() else { return Ok(None) };
    Ok(Some(Box::new(Databases { city: read(city, "City")?, asn })))
}

fn read(path: &Path, sort: &str) -> anyhow::Result<Reader<Vec<u8>>> {
    let shown = path.display();
    let reader = Reader::open_readfile(path)
        .map_err(|it| anyhow!("`{shown}` cannot be read as an MMDB database: {it}"))?;
    let found = &reader.metadata().database_type;
    let fits = found.contains(sort) || (sort == "City" && found.contains("Enterprise"));
    anyhow::ensure!(fits, "`{shown}` is a database of the type `{found}`, not of {sort}");
    Ok(reader)
}

impl Geo for Databases {
    fn locate(&self, address: IpAddr) -> Option<Whereabouts> {
        let found = self.city.lookup(address).ok()?;
        let city: geoip2::City<'_> = found.decode().ok()??;
        let (latitude, longitude) = (city.location.latitude?, city.location.longitude?);
        let flagged = FLAGS.iter().any(|flag| {
            matches!(found.decode_path::<bool>(&path!["traits", *flag]), Ok(Some(true)))
        });
        let network = self.asn.as_ref().and_then(|it| it.lookup(address).ok());
        let network = network.and_then(|it| it.decode::<geoip2::Asn<'_>>().ok().flatten());
        let asn = network.as_ref().and_then(|it| it.autonomous_system_number);
        let organisation = network.and_then(|it| it.autonomous_system_organization);
        Some(Whereabouts {
            latitude,
            longitude,
            radius_km: u32::from(city.location.accuracy_radius.unwrap_or(100)),
            country: city.country.iso_code.map(Into::into),
            asn,
            as_org: organisation.map(Into::into),
            hosting: flagged || asn.is_some_and(|it| RENTED.contains(&it)),
        })
    }
}

impl fmt::Debug for Databases {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Databases")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::PathBuf;

    #[test]
    fn known_networks_are_in_order() {
        assert!(RENTED.is_sorted());
    }

    #[test]
    fn what_is_no_database_is_said() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("city.mmdb");
        std::fs::write(&file, "no database").unwrap();
        for path in [file, folder.path().join("absent.mmdb")] {
            let config = GeoConfig { city: Some(path.clone()), asn: None };
            let error = open(&config).map(|it| it.is_some()).unwrap_err().to_string();
            assert!(error.contains(&path.display().to_string()), "{error}");
        }
        assert!(open(&GeoConfig::default()).unwrap().is_none());
    }

    #[test]
    fn test_databases_answer() {
        let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/geo/mmdb-test");
        if !data.is_dir() {
            println!("skipped: ../shared/data is not here");
            return;
        }
        let file = |name: &str| -> Option<PathBuf> { Some(data.join(name)) };
        let config =
            GeoConfig { city: file("GeoIP2-City-Test.mmdb"), asn: file("GeoLite2-ASN-Test.mmdb") };
        let geo = open(&config).unwrap().unwrap();
        let place = geo.locate("81.2.69.142".parse().unwrap()).unwrap();
        assert_eq!(place.country.as_deref(), Some("GB"));
        assert!((51.0..52.0).contains(&place.latitude), "{place:?}");
        assert_eq!(geo.locate("127.0.0.1".parse().unwrap()), None);
        let swapped = GeoConfig { city: file("GeoLite2-ASN-Test.mmdb"), asn: None };
        let error = open(&swapped).map(|it| it.is_some()).unwrap_err().to_string();
        assert!(error.contains("not of City"), "{error}");
        let broken =
            GeoConfig { city: file("GeoIP2-City-Test-Broken-Double-Format.mmdb"), asn: None };
        if let Ok(Some(geo)) = open(&broken) {
            assert_eq!(geo.locate("81.2.69.142".parse().unwrap()), None, "broken, but no panic");
        }
    }
}
