//! One identity in two places that nobody could travel between in the time.

use super::activity::{Activity, HOUR, WarmUp};
use super::habit::{Habit, Look};
use super::seen::From;
use super::{
    Behaviour, Claim, Key, Memory, Row, RowReader, RowWriter, Rule, Seen, Setup, Spec, Table,
};
use crate::geo::distance_km;
use crate::snapshot::{Reader, RestoreError, Writer};
use interlock_model::Severity;

/// What it is.
pub const SPEC: Spec = Spec {
    name: "impossible_travel",
    about: "one identity in two places that nobody could travel between in the time",
    rules: &[TRAVEL],
    paths: &[],
    bytes_per_identity: Table::<Traveller>::BYTES_PER_ROW + Homes::HEAP,
};

const TRAVEL: Rule = Rule {
    id: "impossible_travel",
    name: "Impossible travel",
    severity: Severity::High,
    techniques: &["T1078.004", "T1550.001"],
};

/// Below this distance the databases are too coarse, in kilometres.
const LEAST_KM: f64 = 500.0;
/// Faster than any airliner, in kilometres an hour.
const AIRLINER_KMH: f64 = 1000.0;
/// Stops are remembered this long, in seconds.
const REMEMBERED: u32 = 24 * 3600;
/// In so many different hours a region must be seen to be a home.
const HOME_HOURS: u8 = 3;
/// After this many hours the same way is worth saying again.
const EPISODE_HOURS: u32 = 6;
/// How many stops are remembered.
const STOPS: usize = 3;

/// Regions in which an identity is at home.
type Homes = Habit<12, 4>;

/// Makes it.
///
/// # Errors
/// Never: without a geo database it works where a log says where a call came from.
pub fn make(setup: &Setup<'_>) -> Result<Box<dyn Behaviour>, String> {
    Ok(Box::new(ImpossibleTravel {
        warm_up: setup.config.warm_up,
        travellers: Table::new(setup.config.identities),
    }))
}

#[derive(Debug)]
struct ImpossibleTravel {
    warm_up: WarmUp,
    travellers: Table<Traveller>,
}

/// Where one person or machine was.
#[derive(Debug, Default)]
struct Traveller {
    activity: Activity,
    homes: Homes,
    stops: [Stop; STOPS],
    /// The way that was said last, and in which hour since 1970.
    said: u32,
    said_hour: u32,
}

/// One place at one time: 16 bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Stop {
    /// Seconds since 1970; 0 when there is none.
    second: u32,
    network: u32,
    /// Hundredths of a degree.
    latitude: i16,
    longitude: i16,
    radius_km: u16,
    hosting: bool,
}

impl Behaviour for ImpossibleTravel {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn look(&mut self, seen: &Seen<'_>, out: &mut Vec<Claim>) {
        let (Some(habit), Some(from)) = (seen.habit, &seen.from) else { return };
        // A sign-in that failed may be anybody's.
        let Some(here) = Stop::at(seen.second, from).filter(|_| seen.is_proven()) else { return };
        let key = match seen.session_name() {
            Some(session) => Key::of_numbers(&[habit.key().0, Key::of(&[session]).0]),
            None => habit.key(),
        };
        let row = self.travellers.row(key, Traveller::default);
        let warm = row.activity.count(seen.second, self.warm_up);
        let region = here.region();
        let here_hours = row.homes.hours_of(region);
        let look = Look {
            what: region,
            weight: 0,
            second: seen.second,
            warm,
            suspected: seen.suspected,
            proven: true,
        };
        row.homes.look(look, &row.activity);
        let farthest = row
            .stops
            .iter()
            .filter_map(|there| Leg::between(*there, here))
            .max_by(|one, other| one.km.total_cmp(&other.km));
        if let Some(leg) = farthest {
            let at_home =
                here_hours >= HOME_HOURS && row.homes.hours_of(leg.other().region()) >= HOME_HOURS;
            if !at_home && row.is_worth_saying(&leg) {
                let surprise = match (warm, seen.human) {
                    (true, _) => row.homes.surprise(&row.activity) * row.homes.narrowness(),
                    (false, true) => 0.58,
                    // Machines may live in several regions from their first day on.
                    (false, false) => 0.4,
                };
                out.push(leg.claim(seen, from, leg.confidence() * surprise));
            }
        }
        row.remember(here);
    }

    fn forget_before(&mut self, second: u32) {
        self.travellers.forget_before(second);
    }

    fn memory(&self) -> Memory {
        self.travellers.memory()
    }

    fn snapshot(&self, to: &mut Writer) {
        self.travellers.write(to);
    }

    fn restore(&mut self, from: &mut Reader<'_>) -> Result<(), RestoreError> {
        self.travellers.read(from)
    }
}

/// The way between two stops that nobody could make.
struct Leg {
    /// The stops, the earlier one first.
    stops: [Stop; 2],
    /// Whether the event that is looked at is the earlier one.
    late: bool,
    km: f64,
    minutes: f64,
}

impl Leg {
    /// The same whichever of the two events arrives first.
    fn between(there: Stop, here: Stop) -> Option<Self> {
        if there.second == 0 || there.network == here.network {
            return None;
        }
        let apart = there.second.abs_diff(here.second);
        let slack = f64::from(there.radius_km) + f64::from(here.radius_km);
        let km = distance_km(there.point(), here.point()) - slack;
        let minutes = f64::from(apart) / 60.0;
        let reach = AIRLINER_KMH * minutes / 60.0;
        let late = here.second < there.second;
        let stops = if late { [here, there] } else { [there, here] };
        (apart <= REMEMBERED && km >= LEAST_KM && km > reach).then_some(Self {
            stops,
            late,
            km,
            minutes,
        })
    }

    /// The stop that was known before.
    const fn other(&self) -> Stop {
        let [first, second] = self.stops;
        if self.late { second } else { first }
    }

    /// The same for both directions.
    fn number(&self) -> u32 {
        let [first, second] = self.stops.map(Stop::region);
        Key::of_numbers(&[u64::from(first.min(second)), u64::from(first.max(second))]).short()
    }

    fn hosting(&self) -> usize {
        self.stops.iter().filter(|it| it.hosting).count()
    }

    fn confidence(&self) -> f64 {
        let speed = self.km / (self.minutes / 60.0).max(1.0 / 60.0);
        let base = if speed >= 3.0 * AIRLINER_KMH && self.km >= 2000.0 { 0.85 } else { 0.6 };
        match self.hosting() {
            0 => base,
            1 => base * 0.6,
            _ => base * 0.3,
        }
    }

    fn claim(&self, seen: &Seen<'_>, from: &From, confidence: f64) -> Claim {
        let country = from.whereabouts.as_ref().and_then(|it| it.country.as_deref()).unwrap_or("?");
        let title = format!(
            "`{}` was in two places {:.0} km apart within {:.0} minutes",
            seen.name, self.km, self.minutes
        );
        let [first, second] = self.stops.map(|it| {
            let (latitude, longitude) = it.point();
            format!("{latitude:.1}, {longitude:.1}")
        });
        let mut claim = Claim::new(&TRAVEL, confidence, title)
            .with("first", first)
            .with("then", second)
            .with("address", format!("{} ({country})", from.address));
        if self.hosting() > 0 {
            claim =
                claim.with("hosting network", "lowers the confidence: the caller may be anywhere");
        }
        claim
    }
}

impl Stop {
    fn at(second: u32, from: &From) -> Option<Self> {
        let it = from.whereabouts.as_ref()?;
        let sound = it.latitude.abs() <= 90.0 && it.longitude.abs() <= 180.0 && second > 0;
        sound.then(|| Self {
            second,
            network: from.network.0,
            latitude: (it.latitude * 100.0) as i16,
            longitude: (it.longitude * 100.0) as i16,
            radius_km: u16::try_from(it.radius_km).unwrap_or(u16::MAX),
            hosting: it.hosting,
        })
    }

    fn point(self) -> (f64, f64) {
        (f64::from(self.latitude) / 100.0, f64::from(self.longitude) / 100.0)
    }

    /// A cell of five degrees.
    fn region(self) -> u32 {
        let cell = |it: i16| u64::from((i32::from(it) + 18_000) as u32 / 500);
        Key::of_numbers(&[cell(self.latitude), cell(self.longitude)]).short()
    }
}

impl Traveller {
    /// One way is said within one hour, and again some hours later.
    fn is_worth_saying(&mut self, leg: &Leg) -> bool {
        let hour = leg.stops.iter().map(|it| it.second).max().unwrap_or(0) / HOUR;
        let since = hour.saturating_sub(self.said_hour);
        if leg.number() == self.said && (1..EPISODE_HOURS).contains(&since) {
            return false;
        }
        self.said = leg.number();
        self.said_hour = self.said_hour.max(hour);
        true
    }

    /// Keeps the newest stop of each network, and of those the newest three.
    fn remember(&mut self, here: Stop) {
        let same = self.stops.iter_mut().find(|it| it.second > 0 && it.network == here.network);
        if let Some(same) = same {
            if here.second > same.second {
                *same = here;
            }
            return;
        }
        if let Some(oldest) = self.stops.iter_mut().min_by_key(|it| it.second)
            && here.second >= oldest.second
        {
            *oldest = here;
        }
    }
}

impl Row for Traveller {
    fn last(&self) -> u32 {
        self.activity.last()
    }

    fn heap(&self) -> usize {
        self.homes.heap()
    }

    fn write(&self, to: &mut RowWriter) {
        self.activity.write(to);
        self.homes.write(to);
        to.word(self.said);
        to.hour(self.said_hour);
        for stop in &self.stops {
            to.second(stop.second);
            to.word(stop.network);
            to.number(stop.latitude.cast_unsigned());
            to.number(stop.longitude.cast_unsigned());
            to.number(stop.radius_km);
            to.number(stop.hosting);
        }
    }

    fn read(from: &mut RowReader<'_>) -> Result<Self, RestoreError> {
        let mut it = Self {
            activity: Activity::read(from)?,
            homes: Homes::read(from)?,
            said: from.word()?,
            said_hour: from.hour()?,
            stops: Default::default(),
        };
        for stop in &mut it.stops {
            *stop = Stop {
                second: from.second()?,
                network: from.word()?,
                latitude: from.number::<u16>()?.cast_signed(),
                longitude: from.number::<u16>()?.cast_signed(),
                radius_km: from.number()?,
                hosting: from.yes()?,
            };
        }
        Ok(it)
    }
}
