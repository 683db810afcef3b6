//! Memory that workers reuse: dense arrays with a list of the touched entries.

use std::sync::Mutex;

/// Dense sums by label, cheap to clear.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    sum: Vec<u64>,
    touched: Vec<u32>,
    /// Labels with their sums where there are few; empty in between.
    pub(crate) ties: Vec<(u32, u64)>,
    /// Refined community of each node, valid for the community at hand only.
    pub(crate) refined: Vec<u32>,
    /// Size of each refined community, likewise.
    pub(crate) refined_size: Vec<i64>,
    /// Nodes of each refined community, likewise.
    pub(crate) refined_count: Vec<u32>,
    /// Weight from each refined community to the rest of its community, likewise.
    pub(crate) refined_cut: Vec<u64>,
}

impl Scratch {
    /// Makes room for labels below `n`; sums stay zero.
    fn reserve(&mut self, n: usize) {
        if self.sum.len() < n {
            self.sum.resize(n, 0);
        }
    }

    /// Makes room for refinement among nodes below `n`.
    pub(crate) fn reserve_refinement(&mut self, n: usize) {
        if self.refined.len() < n {
            self.refined.resize(n, 0);
            self.refined_size.resize(n, 0);
            self.refined_count.resize(n, 0);
            self.refined_cut.resize(n, 0);
        }
    }

    /// Adds a positive weight to a label's sum.
    #[inline]
    pub(crate) fn add(&mut self, label: u32, weight: u64) {
        let sum = &mut self.sum[label as usize];
        if *sum == 0 {
            self.touched.push(label);
        }
        *sum += weight;
    }

    /// The sum of a label.
    #[inline]
    pub(crate) fn sum(&self, label: u32) -> u64 {
        self.sum[label as usize]
    }

    /// Labels with a sum, in order of first touch.
    #[inline]
    pub(crate) fn touched(&self) -> &[u32] {
        &self.touched
    }

    /// Zeroes what was touched.
    #[inline]
    pub(crate) fn clear(&mut self) {
        for label in self.touched.drain(..) {
            self.sum[label as usize] = 0;
        }
    }
}

/// Scratches that nobody uses right now. Which worker gets which does not matter: they are clean.
#[derive(Debug, Default)]
pub(crate) struct Pool {
    free: Mutex<Vec<Scratch>>,
}

impl Pool {
    /// Lends a clean scratch with room for labels below `n`.
    pub(crate) fn with<R>(&self, n: usize, work: impl FnOnce(&mut Scratch) -> R) -> R {
        let taken = self.free.lock().expect("no panic while locked").pop();
        let mut scratch = taken.unwrap_or_default();
        scratch.reserve(n);
        let result = work(&mut scratch);
        scratch.clear();
        self.free
            .lock()
            .expect("no panic while locked")
            .push(scratch);
        result
    }
}
