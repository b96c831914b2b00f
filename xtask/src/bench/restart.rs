//! How soon a house that knows many identities is ready again.

use super::generate::{Order, Shape, write_to};
use super::measure::high_water;
use super::served::Folder;
use crate::places;
use anyhow::Result;
use std::path::Path;
use std::time::Instant;

/// Identities when no number is given.
pub const SIZES: [u64; 2] = [100_000, 1_000_000];

/// Events in one request.
const LOT: u64 = 2_000;

/// Lets a house learn so many identities, one event each; ends it, and times the next one until it
/// says where it listens: then it answers.
pub fn run(program: &Path, sizes: &[u64]) -> Result<()> {
    println!(
        "\n| Identities | Learned in | Store | Resident before | Ended | Ready after | Resident then |"
    );
    println!("| ---: | ---: | ---: | ---: | --- | ---: | ---: |");
    for identities in sizes {
        let shape = Shape {
            events: *identities,
            identities: *identities,
            order: Order::Turn,
            own: true,
            ..Shape::ORDINARY
        };
        let folder = Folder::new(program, places::target().join("bench/restart"))?;
        let mut house = folder.serve()?;
        let start = Instant::now();
        let mut connection = house.connect()?;
        let (mut sent, mut last) = (0, 0);
        while sent < shape.events {
            let end = shape.events.min(sent + LOT);
            let mut body = Vec::new();
            write_to(&mut body, shape, sent..end)?;
            last = connection.post(&body)?;
            sent = end;
        }
        house.settled(last)?;
        let learned = start.elapsed().as_secs_f64();
        for (how, at_once) in [("as asked", false), ("at once, as by a power cut", true)] {
            let before = high_water(house.process()).unwrap_or(f64::NAN);
            house.end(at_once)?;
            let start = Instant::now();
            house = folder.serve()?;
            let known = house.connect()?.metric("interlock_store_identities")?;
            let ready = start.elapsed().as_secs_f64();
            println!(
                "| {known} | {learned:.0} s | {:.0} MB | {before:.0} MB | {how} | {ready:.1} s | {:.0} MB |",
                folder.bytes() as f64 / 1e6,
                high_water(house.process()).unwrap_or(f64::NAN),
            );
        }
        house.end(false)?;
    }
    Ok(())
}
