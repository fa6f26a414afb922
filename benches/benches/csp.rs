//! The workloads of csp alone, to see whether a change made a difference: `cargo bench`.

use std::time::Duration;

use criterion::{Criterion, SamplingMode, Throughput, criterion_group, criterion_main};
use csp_bench::peers;
use csp_bench::workloads::{self, Measure};

/// Each is warm, and takes the time that it tells: what sleeps cannot be repeated often enough.
fn all(criterion: &mut Criterion) {
    let csp = &peers::ALL[0];
    let mut group = criterion.benchmark_group("csp");
    group.sample_size(20).warm_up_time(Duration::from_millis(500)).measurement_time(Duration::from_secs(2));
    group.sampling_mode(SamplingMode::Flat);
    for workload in workloads::ALL.iter().filter(|workload| !workload.cold && workload.measures == [Measure::Wall]) {
        let n = workload.n / 100;
        group.throughput(Throughput::Elements(n));
        group.bench_function(workload.name, |bencher| {
            bencher.iter_custom(|times| {
                let runs = (csp.run)(workload.name, n, times as u32 + 1).expect("csp has them all");
                // The first run of each runtime makes its stacks and tables.
                runs.iter().skip(1).map(|(_, reading)| Duration::from_nanos(reading.wall_ns)).sum()
            })
        });
    }
    group.finish();
}

criterion_group!(csp, all);
criterion_main!(csp);
