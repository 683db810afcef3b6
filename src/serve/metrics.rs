//! Counters for Prometheus.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

/// Upper bounds of the latency buckets, in seconds.
const BOUNDS: [f64; 10] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0];

/// What the service counts of itself.
#[derive(Debug, Default)]
pub(super) struct Metrics {
    /// Answers by the hundreds of their status: 1xx to 5xx.
    by_class: [AtomicU64; 5],
    buckets: [AtomicU64; BOUNDS.len()],
    micros: AtomicU64,
    pub(super) swaps: AtomicU64,
    pub(super) failed_loads: AtomicU64,
    pub(super) connections: AtomicU64,
    pub(super) refused_connections: AtomicU64,
}

impl Metrics {
    /// Counts an answer.
    pub(super) fn answered(&self, status: u16, took: Duration) {
        let class = usize::from(status / 100).clamp(1, 5) - 1;
        self.by_class[class].fetch_add(1, Relaxed);
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        self.micros.fetch_add(micros, Relaxed);
        if let Some(at) = BOUNDS.iter().position(|&bound| took.as_secs_f64() <= bound) {
            self.buckets[at].fetch_add(1, Relaxed);
        }
    }

    /// The text that Prometheus reads, but for what is known of the run.
    pub(super) fn render(&self) -> String {
        let mut text = String::new();
        let get = |counter: &AtomicU64| counter.load(Relaxed);
        family(
            &mut text,
            "ringfence_http_requests_total",
            "counter",
            "Answers by class of status.",
        );
        let mut all = 0;
        for (class, counter) in (1..).zip(&self.by_class) {
            all += get(counter);
            line(
                &mut text,
                &format!("ringfence_http_requests_total{{class=\"{class}xx\"}}"),
                get(counter),
            );
        }
        let name = "ringfence_http_request_duration_seconds";
        family(
            &mut text,
            name,
            "histogram",
            "Time from a request's head to its answer's.",
        );
        let mut below = 0;
        for (bound, counter) in BOUNDS.iter().zip(&self.buckets) {
            below += get(counter);
            line(
                &mut text,
                &format!("{name}_bucket{{le=\"{bound}\"}}"),
                below,
            );
        }
        line(&mut text, &format!("{name}_bucket{{le=\"+Inf\"}}"), all);
        let seconds = Duration::from_micros(get(&self.micros)).as_secs_f64();
        writeln!(text, "{name}_sum {seconds}").expect("a String takes everything");
        line(&mut text, &format!("{name}_count"), all);
        let rest = [
            (
                "ringfence_run_swaps_total",
                "counter",
                "Runs swapped in.",
                &self.swaps,
            ),
            (
                "ringfence_run_load_failures_total",
                "counter",
                "Runs that could not be loaded.",
                &self.failed_loads,
            ),
            (
                "ringfence_connections",
                "gauge",
                "Open connections.",
                &self.connections,
            ),
            (
                "ringfence_connections_refused_total",
                "counter",
                "Connections beyond the limit.",
                &self.refused_connections,
            ),
        ];
        for (name, kind, help, counter) in rest {
            family(&mut text, name, kind, help);
            line(&mut text, name, get(counter));
        }
        text
    }
}

/// The two lines above the values of a metric.
pub(super) fn family(text: &mut String, name: &str, kind: &str, help: &str) {
    write!(text, "# HELP {name} {help}\n# TYPE {name} {kind}\n")
        .expect("a String takes everything");
}

/// A value.
pub(super) fn line(text: &mut String, name: &str, value: u64) {
    writeln!(text, "{name} {value}").expect("a String takes everything");
}
