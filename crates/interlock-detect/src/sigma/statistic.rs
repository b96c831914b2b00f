//! Numbers of many events as one number, and the limits that a correlation sets for it.

use super::matcher::Order;

/// What a correlation makes of the numbers in its window.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Statistic {
    /// All of them together.
    Sum,
    /// Their mean.
    Average,
    /// The value below which so many percent of them lie, from 0 to 100; 50 is the median.
    ///
    /// Between two values it is interpolated in a straight line, as `PERCENTILE_CONT` of SQL does.
    Percentile(f64),
}

impl Statistic {
    /// Its value; `None` of no numbers. The order of the numbers is lost.
    pub(super) fn of(self, numbers: &mut [f64]) -> Option<f64> {
        if numbers.is_empty() {
            return None;
        }
        let sum = || numbers.iter().sum::<f64>();
        match self {
            Self::Sum => Some(sum()),
            Self::Average => Some(sum() / numbers.len() as f64),
            Self::Percentile(percent) => percentile(numbers, percent),
        }
    }
}

fn percentile(numbers: &mut [f64], percent: f64) -> Option<f64> {
    let place = percent.clamp(0.0, 100.0) / 100.0 * (numbers.len() - 1) as f64;
    // INVARIANT: between 0 and the last index, so nothing is cut off.
    let below = place.floor() as usize;
    let (_, low, rest) = numbers.select_nth_unstable_by(below, f64::total_cmp);
    let low = *low;
    let high = rest.iter().copied().min_by(f64::total_cmp).unwrap_or(low);
    Some((high - low).mul_add(place.fract(), low))
}

/// Comparisons that a number must all pass.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Bounds(pub(super) Vec<(Order, f64)>);

impl Bounds {
    /// Whether the number passes.
    pub(super) fn hold(&self, number: f64) -> bool {
        self.0.iter().all(|(order, limit)| order.holds(number, *limit))
    }

    /// The smallest whole number from 0 that these comparisons do not forbid as too small.
    pub(super) fn least(&self) -> f64 {
        let least = |(order, limit): &(Order, f64)| match order {
            Order::Gt => limit.floor() + 1.0,
            Order::Gte | Order::Eq => limit.ceil(),
            Order::Lt | Order::Lte | Order::Neq => 0.0,
        };
        self.0.iter().map(least).fold(0.0, f64::max)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statistics_of_few_numbers() {
        for (statistic, numbers, wanted) in [
            (Statistic::Sum, &[1.0, 2.5, -1.0][..], Some(2.5)),
            (Statistic::Sum, &[], None),
            (Statistic::Average, &[1.0, 2.0, 6.0], Some(3.0)),
            (Statistic::Percentile(50.0), &[9.0, 1.0, 5.0], Some(5.0)),
            (Statistic::Percentile(50.0), &[9.0, 1.0, 5.0, 6.0], Some(5.5)),
            (Statistic::Percentile(0.0), &[9.0, 1.0, 5.0], Some(1.0)),
            (Statistic::Percentile(100.0), &[9.0, 1.0, 5.0], Some(9.0)),
            (Statistic::Percentile(75.0), &[0.0, 10.0, 20.0, 30.0, 40.0], Some(30.0)),
            (Statistic::Percentile(90.0), &[0.0, 10.0], Some(9.0)),
            (Statistic::Percentile(95.0), &[7.0], Some(7.0)),
        ] {
            assert_eq!(statistic.of(&mut numbers.to_vec()), wanted, "{statistic:?} {numbers:?}");
        }
    }

    #[test]
    fn bounds_hold_together() {
        let range = Bounds(vec![(Order::Gte, 2.0), (Order::Lt, 5.0), (Order::Neq, 3.0)]);
        let held: Vec<u8> = (0..7).filter(|it| range.hold(f64::from(*it))).collect();
        assert_eq!(held, [2, 4]);
        assert_eq!(range.least(), 2.0);
        assert_eq!(Bounds(vec![(Order::Gt, 2.0)]).least(), 3.0);
        assert_eq!(Bounds(vec![(Order::Gt, 2.5)]).least(), 3.0);
        assert_eq!(Bounds(vec![(Order::Lte, 2.0)]).least(), 0.0);
    }
}
