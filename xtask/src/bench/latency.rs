//! How long after its acknowledgement an event's finding is committed, at given rates.
//!
//! `serve` runs on loopback with the embedded store. Each rate has a house of its own: four connections
//! send lots of events, each at its moment; the house measures from a lot's being durable, which is
//! when it is acknowledged, to the commit of the turn that took its last record, and findings are in
//! that commit. The events happen as fast as they are sent. A rate holds when nine tenths of it are really sent and the last lot is done with
//! within a second; the next higher one is tried only then.

use super::generate::{Shape, write_to};
use super::served::{Folder, value_of};
use crate::places;
use anyhow::{Context, Result, anyhow};
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

/// Events a second when no rate is given.
pub const RATES: [u64; 7] = [500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000];

/// For how long each rate is sent when nothing is given.
pub const SECONDS: u64 = 20;

/// Events in one request when nothing is given.
pub const LOT: u64 = 50;

const CONNECTIONS: u64 = 4;

/// Measures every rate, until one does not hold.
pub fn run(program: &Path, rates: &[u64], seconds: u64, lot: u64) -> Result<()> {
    println!("\n{seconds} s each, lots of {lot} events over {CONNECTIONS} connections\n");
    println!(
        "| Events a second, asked | Sent | p50 | p99 | Most | Behind at the end | Findings | Holds |"
    );
    println!("| ---: | ---: | ---: | ---: | ---: | ---: | ---: | --- |");
    for rate in rates {
        if !one(program, *rate, seconds, lot)? {
            break;
        }
    }
    Ok(())
}

/// Measures one rate; whether it holds.
fn one(program: &Path, rate: u64, seconds: u64, lot: u64) -> Result<bool> {
    let place = places::target().join("bench/latency");
    let lots = (rate * seconds / lot).max(1);
    let shape = Shape { events: lots * lot, seconds, ..Shape::ORDINARY };
    let mut parts: Vec<Vec<(Duration, Vec<u8>)>> = vec![Vec::new(); CONNECTIONS as usize];
    for number in 0..lots {
        let mut body = Vec::new();
        write_to(&mut body, shape, number * lot..(number + 1) * lot)?;
        let due = Duration::from_secs_f64((number * lot) as f64 / rate as f64);
        let part = (number % CONNECTIONS) as usize;
        parts.get_mut(part).context("no such part")?.push((due, body));
    }
    let folder = Folder::new(program, place)?;
    let house = folder.serve()?;
    let start = Instant::now();
    let ends: Vec<Result<u64>> = thread::scope(|scope| {
        let senders: Vec<_> = parts
            .iter()
            .map(|part| {
                let connection = house.connect();
                scope.spawn(move || {
                    let mut connection = connection?;
                    let mut last = 0;
                    for (due, body) in part {
                        thread::sleep(due.saturating_sub(start.elapsed()));
                        last = connection.post(body)?;
                    }
                    Ok(last)
                })
            })
            .collect();
        senders
            .into_iter()
            .map(|it| it.join().unwrap_or_else(|_| Err(anyhow!("a sender broke off"))))
            .collect()
    });
    let took = start.elapsed();
    let last = ends.into_iter().collect::<Result<Vec<u64>>>()?.into_iter().max().unwrap_or(0);
    let behind = house.settled(last)?;
    let metrics = house.connect()?.metrics()?;
    let lag = |quantile: &str| {
        let name = format!("interlock_turn_lag_seconds{{quantile=\"{quantile}\"}}");
        1e3 * value_of(&metrics, &name)
    };
    let sent = shape.events as f64 / took.as_secs_f64();
    let holds = sent >= 0.9 * rate as f64 && behind <= Duration::from_secs(1);
    println!(
        "| {rate} | {sent:.0} | {:.1} ms | {:.1} ms | {:.1} ms | {:.2} s | {} | {} |",
        lag("0.5"),
        lag("0.99"),
        lag("1"),
        behind.as_secs_f64(),
        value_of(&metrics, "interlock_store_findings"),
        if holds { "yes" } else { "no" },
    );
    house.end(false)?;
    Ok(holds)
}
