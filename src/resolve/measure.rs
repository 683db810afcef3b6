//! How well keys agree with a known truth, pair by pair.

/// Pairs of rows with equal keys against pairs of rows that are truly the same.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct KeyMeasure {
    /// Pairs that are the same in truth.
    pub true_pairs: u64,
    /// Pairs with equal keys.
    pub found_pairs: u64,
    /// Pairs that are both.
    pub right_pairs: u64,
    /// `right_pairs / found_pairs`; 1 when nothing was found.
    pub precision: f64,
    /// `right_pairs / true_pairs`; 1 when there was nothing to find.
    pub recall: f64,
}

/// Compares keys with the truth over all pairs of rows; row `i` of `keys` and of `truth` belong together.
///
/// A row without a key, or with an empty one, is in no found pair; without a truth, in no true pair.
/// Sorting makes it `O(n log n)`, never all pairs.
///
/// # Panics
/// When the two differ in length.
///
/// ```
/// use ringfence::resolve::measure_keys;
/// let measure = measure_keys(&["a", "a", "a"], &["1", "1", "2"]);
/// assert_eq!((measure.found_pairs, measure.right_pairs), (3, 1));
/// assert!((measure.recall - 1.0).abs() < f64::EPSILON);
/// ```
pub fn measure_keys<K: AsRef<str>, T: AsRef<str>>(keys: &[K], truth: &[T]) -> KeyMeasure {
    assert_eq!(keys.len(), truth.len(), "one truth a key");
    let keys: Vec<&str> = keys.iter().map(AsRef::as_ref).collect();
    let truth: Vec<&str> = truth.iter().map(AsRef::as_ref).collect();
    let true_pairs = pairs_of_equals(truth.iter().filter(|t| !t.is_empty()).collect());
    let found_pairs = pairs_of_equals(keys.iter().filter(|k| !k.is_empty()).collect());
    let right_pairs = pairs_of_equals(
        keys.iter()
            .zip(&truth)
            .filter(|(k, t)| !k.is_empty() && !t.is_empty())
            .collect(),
    );
    KeyMeasure {
        true_pairs,
        found_pairs,
        right_pairs,
        precision: share(right_pairs, found_pairs),
        recall: share(right_pairs, true_pairs),
    }
}

fn pairs_of_equals<T: Ord>(mut items: Vec<T>) -> u64 {
    items.sort_unstable();
    items
        .chunk_by(|a, b| a == b)
        .map(|equals| {
            let n = equals.len() as u64;
            n * (n - 1) / 2
        })
        .sum()
}

#[expect(clippy::cast_precision_loss, reason = "a share, for reading")]
fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 {
        return 1.0;
    }
    part as f64 / whole as f64
}

#[cfg(test)]
mod tests {
    use super::measure_keys;

    #[test]
    fn rows_without_key_or_truth_are_in_no_pair() {
        let measure = measure_keys(&["", "", "a", "a"], &["1", "1", "", ""]);
        assert_eq!(
            (measure.true_pairs, measure.found_pairs, measure.right_pairs),
            (1, 1, 0)
        );
        let empty: [&str; 0] = [];
        assert!((measure_keys(&empty, &empty).precision - 1.0).abs() < f64::EPSILON);
    }
}
