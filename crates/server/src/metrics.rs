//! What is measured, and how does Prometheus read it?

use crate::site::Site;
use http::StatusCode;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::Registry;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Answers of one function by the first digit of their status.
#[derive(Debug, Default)]
pub struct Traffic {
    classes: [AtomicU64; 5],
}

impl Traffic {
    /// Counts an answer.
    pub fn count(&self, status: StatusCode) {
        let class = usize::from(status.as_u16() / 100).saturating_sub(1);
        if let Some(count) = self.classes.get(class) {
            count.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// The counts with their labels, `1xx` to `5xx`.
    pub fn counts(&self) -> impl Iterator<Item = (&'static str, u64)> {
        let labels = ["1xx", "2xx", "3xx", "4xx", "5xx"];
        labels.into_iter().zip(self.classes.iter().map(|count| count.load(Ordering::Relaxed)))
    }
}

/// The metrics of what is served, in Prometheus' text format.
pub fn render(site: Arc<Site>) -> String {
    let mut registry = Registry::with_prefix("windlass");
    registry.register_collector(Box::new(Functions(site)));
    let mut text = String::new();
    // Writing to a string fails only if a metric encodes wrongly; then there is nothing to show.
    if prometheus_client::encoding::text::encode(&mut text, &registry).is_err() {
        text.clear();
    }
    text
}

struct Functions(Arc<Site>);

/// Name, help and how to read it.
type Gauge = (&'static str, &'static str, fn(&windlass_runtime::Prepared) -> i64);

impl std::fmt::Debug for Functions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Functions")
    }
}

impl Collector for Functions {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), std::fmt::Error> {
        let counter = ConstCounter::new(0_u64).metric_type();
        let gauge = ConstGauge::new(0_i64).metric_type();
        let mut family = encoder.encode_descriptor("answers", "Answers by status class", None, counter)?;
        for (id, traffic) in &self.0.traffic {
            for (class, count) in traffic.counts() {
                let labels = [("function", id.to_string()), ("status", class.to_owned())];
                ConstCounter::new(count).encode(family.encode_family(&labels)?)?;
            }
        }
        let mut family = encoder.encode_descriptor("calls", "Invocations that began", None, counter)?;
        for prepared in self.0.loaded.iter() {
            let labels = [("function", prepared.function.id.to_string())];
            ConstCounter::new(prepared.counters.calls()).encode(family.encode_family(&labels)?)?;
        }
        let mut family =
            encoder.encode_descriptor("faults", "Invocations that failed, by kind", None, counter)?;
        for prepared in self.0.loaded.iter() {
            for (kind, count) in prepared.counters.faults() {
                let labels =
                    [("function", prepared.function.id.to_string()), ("kind", kind.as_str().to_owned())];
                ConstCounter::new(count).encode(family.encode_family(&labels)?)?;
            }
        }
        let gauges: [Gauge; 3] = [
            ("running", "Invocations that run now", |p| p.counters.running()),
            ("waiting", "Requests that wait for an instance", |p| i64::from(p.waiting())),
            ("peak_memory_bytes", "The most memory that one instance held", |p| {
                i64::try_from(p.counters.peak_memory()).unwrap_or(i64::MAX)
            }),
        ];
        for (name, help, read) in gauges {
            let mut family = encoder.encode_descriptor(name, help, None, gauge)?;
            for prepared in self.0.loaded.iter() {
                let labels = [("function", prepared.function.id.to_string())];
                ConstGauge::new(read(prepared)).encode(family.encode_family(&labels)?)?;
            }
        }
        Ok(())
    }
}
