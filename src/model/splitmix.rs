//! `SplitMix64` (Steele, Lea and Flood, Fast splittable pseudorandom number generators, OOPSLA 2014): numbers that
//! depend on their seed alone, the same on every machine.

/// What the state of a stream grows by.
pub(crate) const GAMMA: u64 = 0x9e37_79b9_7f4a_7c15;

/// A stream of numbers. Any seed will do, zero included.
#[derive(Clone, Debug)]
pub(crate) struct SplitMix {
    state: u64,
}

impl SplitMix {
    pub(crate) fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    /// The next 64 bits.
    pub(crate) fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(GAMMA);
        mix(self.state)
    }
}

/// The finalizer: a bijection that scatters neighbouring numbers.
pub(crate) fn mix(value: u64) -> u64 {
    let mut mixed = value;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

#[cfg(test)]
mod tests {
    use super::SplitMix;

    /// The numbers that the authors' reference gives for the seed 1234567.
    #[test]
    fn the_stream_is_the_published_one() {
        let mut stream = SplitMix::new(1_234_567);
        let drawn = [stream.next(), stream.next(), stream.next()];
        let published = [
            6_457_827_717_110_365_317,
            3_203_168_211_198_807_973,
            9_817_491_932_198_370_423,
        ];
        assert_eq!(drawn, published);
    }
}
