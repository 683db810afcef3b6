//! Intervals by resampling, with a seed and no luck.

use crate::model::{SplitMix, mix};

/// Resamples units with Poisson weights: each unit is there 0, 1, 2, ... times, once on average.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bootstrap {
    pub(super) replicates: u32,
    pub(super) seed: u64,
}

/// A value with the ends of its interval.
pub(super) type Measured = (Option<f64>, Option<f64>, Option<f64>);

impl Bootstrap {
    /// Measures with every unit once, then over the replicates for the 2.5 % and 97.5 % quantiles.
    /// `measure` is given each unit's weight and returns the same number of values every time.
    pub(super) fn intervals(
        &self,
        units: usize,
        measure: impl Fn(&[u32]) -> Vec<Option<f64>>,
    ) -> Vec<Measured> {
        let values = measure(&vec![1; units]);
        let mut samples = vec![Vec::new(); values.len()];
        let mut weights = vec![0; units];
        for replicate in 0..self.replicates {
            let mut stream = SplitMix::new(mix(self.seed ^ mix(u64::from(replicate))));
            for weight in &mut weights {
                *weight = poisson(stream.next());
            }
            for (sample, value) in samples.iter_mut().zip(measure(&weights)) {
                sample.extend(value);
            }
        }
        let ends = samples.into_iter().map(quantiles);
        values
            .into_iter()
            .zip(ends)
            .map(|(value, (low, high))| (value, low, high))
            .collect()
    }
}

/// A Poisson number of mean 1 from 64 even bits, by its cumulated probabilities.
fn poisson(bits: u64) -> u32 {
    // Cumulated e^-1 / k!, in units of 2^-32.
    const CUMULATED: [u64; 9] = [
        1_580_030_169,
        3_160_060_338,
        3_950_075_422,
        4_213_413_784,
        4_279_248_374,
        4_292_415_292,
        4_294_609_778,
        4_294_923_276,
        4_294_962_463,
    ];
    let even = bits >> 32;
    CUMULATED.iter().map(|end| u32::from(even >= *end)).sum()
}

fn quantiles(mut sample: Vec<f64>) -> (Option<f64>, Option<f64>) {
    sample.sort_by(f64::total_cmp);
    let n = sample.len();
    if n == 0 {
        return (None, None);
    }
    let cut = n / 40;
    (Some(sample[cut]), Some(sample[n - 1 - cut]))
}

#[cfg(test)]
mod tests {
    use super::Bootstrap;

    #[test]
    fn interval_of_a_mean_holds_the_mean_and_has_the_right_width() {
        let bootstrap = Bootstrap {
            replicates: 400,
            seed: 3,
        };
        let mean = |weights: &[u32]| {
            let total: u32 = weights.iter().sum();
            let even: u32 = weights.iter().step_by(2).sum();
            vec![Some(f64::from(even) / f64::from(total)), None]
        };
        let found = bootstrap.intervals(400, mean);
        let (Some(value), Some(low), Some(high)) = found[0] else {
            panic!("a mean is always defined");
        };
        assert!((value - 0.5).abs() < 1e-12);
        // Twice 1.96 standard errors of 0.025.
        assert!((high - low - 0.098).abs() < 0.02, "{low} {high}");
        assert!(low < 0.5 && high > 0.5);
        assert_eq!(found[1], (None, None, None));
        assert_eq!(found, bootstrap.intervals(400, mean));
    }
}
